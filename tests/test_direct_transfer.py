"""Direct ptychography beside the aligned sum: what each makes of the same images, pixel by pixel and in closed form."""

import numpy as np
import pytest

from tcbf_widgets import direct_transfer
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.contrast import SpectralSNR, image_transfer
from tcbf_widgets.optics import Aberrations, aperture, electron_wavelength
from tcbf_widgets.transfer import disk_grid, pixel_transfer, summed_transfer, tcbf_transfer

ENERGY, SEMIANGLE = 300e3, 4.0
LENS = (ENERGY, SEMIANGLE)
RIM = 4e-3 / electron_wavelength(ENERGY)
QUADRATIC = Aberrations(C10=-15_000, C12x=900, C12y=-500)
OTHERS = Aberrations(C10=-15_000, C12y=700, C21x=4e5, C30=2.7e7)


def some_q(n=80, limit=1.3 * RIM, seed=1):
    return np.random.default_rng(seed).uniform(-limit, limit, (n, 2))


def sidebands(q, k):
    """(k, q) bool: does the wave pass the aperture that was scattered from k - q, and from k + q."""
    there = aperture(k, SEMIANGLE, ENERGY)[:, None] > 0
    return tuple(there & (aperture(k[:, None] + sign * q, SEMIANGLE, ENERGY) > 0) for sign in (-1, 1))


def images_of(q, k, aberrations, phase, noise, seed=0):
    """Fourier components F_k(q) of all pixels, with noise of the given standard deviation."""
    rng = np.random.default_rng(seed)
    scatter = rng.normal(size=(2, len(k), len(q))) * noise / np.sqrt(2)
    return 1j * phase * pixel_transfer(q, k, aberrations, *LENS) + scatter[0] + 1j * scatter[1]


def test_two_sidebands_make_a_moved_axial_image_and_one_does_not():
    """The approximation in one line: Γ = -2i sin χ(q) exp(i q·∇χ(k)) where both sidebands pass; with one, |Γ| = 1."""
    q, k = some_q(), disk_grid(*LENS, 25)
    transfer = pixel_transfer(q, k, QUADRATIC, *LENS)
    below, above = sidebands(q, k)
    moved = np.exp(1j * QUADRATIC.gradient(k, ENERGY) @ q.T)
    approximation = -2j * np.sin(QUADRATIC.chi(q, ENERGY)) * moved
    two, one = below & above, below ^ above
    assert min(two.sum(), one.sum()) > 1000
    # phases of up to some hundred radians lose the last digits
    np.testing.assert_allclose(transfer[two], approximation[two], atol=1e-11)
    np.testing.assert_allclose(np.abs(transfer[one]), 1, atol=1e-11)
    assert np.abs(transfer[one] - approximation[one]).max() > 1


def test_the_aligned_sum_is_the_direct_estimate_with_the_approximate_transfer():
    """Any images, noise too: least squares with -2i sin χ exp(i q·∇χ) in place of Γ is the aligned sum over 2 sin χ;
    over the pixels with two sidebands it is the exact estimate."""
    q, k = some_q(), disk_grid(*LENS, 25)
    images = images_of(q, k, QUADRATIC, 0.1, 0.3)
    sine, moved = np.sin(QUADRATIC.chi(q, ENERGY)), np.exp(1j * QUADRATIC.gradient(k, ENERGY) @ q.T)
    approximation = -2j * sine * moved

    def estimate(transfer, of):
        power = np.sum(np.abs(transfer) ** 2, axis=0, where=of)
        return np.sum((1j * transfer).conj() * images, axis=0, where=of) / np.maximum(power, 1e-30)

    everywhere, two = np.ones(images.shape, bool), np.logical_and(*sidebands(q, k))
    aligned = np.mean(images * moved.conj(), axis=0) / (2 * sine)
    np.testing.assert_allclose(estimate(approximation, everywhere), aligned, rtol=1e-9)
    seen = two.any(axis=0) & (np.abs(sine) > 1e-3)
    exact = estimate(pixel_transfer(q, k, QUADRATIC, *LENS), two)
    np.testing.assert_allclose(exact[seen], estimate(approximation, two)[seen], rtol=1e-7)


@pytest.mark.parametrize("aberrations", [QUADRATIC, OTHERS], ids=["quadratic", "coma and C30"])
def test_signal_to_noise_of_both_estimates_is_that_of_their_transfer(aberrations):
    """400 draws of noise know a variance to 7 %; weighted least squares gains D²/|L|² in power over the aligned sum."""
    q, k, noise, phase = some_q(12, 0.9 * RIM), disk_grid(*LENS, 15), 0.5, 0.02
    transfer = pixel_transfer(q, k, aberrations, *LENS)
    moved = np.exp(1j * aberrations.gradient(k, ENERGY) @ q.T)
    draws = [images_of(q, k, aberrations, phase, noise, seed) for seed in range(400)]
    for weights, expected in (
        ((1j * transfer).conj(), direct_transfer.over_pixels(q, k, aberrations, *LENS)),
        (moved.conj(), np.abs(summed_transfer(q, k, aberrations, *LENS))),
    ):
        found = np.array([np.sum(weights * images, axis=0) for images in draws])
        signal = np.sum(weights * 1j * phase * transfer, axis=0)
        ratio = np.abs(signal) ** 2 / np.mean(np.abs(found - signal) ** 2, axis=0)
        # 2φ at full transfer, n images of this noise averaged
        np.testing.assert_allclose(ratio, expected**2 * 4 * phase**2 * len(k) / noise**2, rtol=0.25)


@pytest.mark.parametrize("aberrations", [QUADRATIC, OTHERS, Aberrations()], ids=["quadratic", "others", "in focus"])
def test_never_less_than_the_aligned_sum(aberrations):
    q, k = some_q(300, 1.9 * RIM / np.sqrt(2)), disk_grid(*LENS, 25)
    direct = direct_transfer.over_pixels(q, k, aberrations, *LENS)
    assert (direct >= np.abs(summed_transfer(q, k, aberrations, *LENS)) - 1e-9).all()
    assert (direct <= 1).all()


@pytest.mark.parametrize("aberrations", [QUADRATIC, Aberrations(C10=7000), Aberrations()])
def test_closed_form_is_the_sum_over_a_fine_grid(aberrations):
    """65 pixels across: the area of an overlap is known to the pixels on its rim, 1/65 or so of the disk."""
    q, k = some_q(200, 2.1 * RIM / np.sqrt(2)), disk_grid(*LENS, 65)
    exact = direct_transfer.over_pixels(q, k, aberrations, *LENS) ** 2
    np.testing.assert_allclose(direct_transfer.closed_form(q, aberrations, *LENS) ** 2, exact, atol=0.01)


def test_closed_form_on_counted_pixels_is_exact():
    q, k = some_q(), disk_grid(*LENS, 25)
    below, above = sidebands(q, k)
    one, two = below.mean(axis=0), (below & above).mean(axis=0)
    expected = (one - two * np.cos(2 * QUADRATIC.chi(q, ENERGY))) / 2
    found = direct_transfer.over_pixels(q, k, QUADRATIC, *LENS) ** 2
    np.testing.assert_allclose(found, expected, atol=1e-11)


def test_zeros_of_the_aligned_sum_are_none_of_direct_ptychography():
    """At sin χ = 0 one sideband is left: D² = [A(q) - A(2q)]/2, half of the disk's share that has only one."""
    q = np.linspace(0.01, 0.19, 40_000)[:, None] * [0.0, 1.0]
    lens = (Aberrations(C10=-15_000), *LENS)
    sine = np.sin(lens[0].chi(q, ENERGY))
    zeros = q[:-1][sine[:-1] * sine[1:] < 0]
    assert len(zeros) > 8
    assert np.abs(tcbf_transfer(zeros, *lens)).max() < 1e-3
    assert direct_transfer.closed_form(zeros, *lens).min() > 0.29


def test_in_focus_there_is_contrast_with_one_sideband():
    """Without aberrations the aligned sum shows nothing of a phase; D² = [A(q) - A(2q)]/2, most at mid frequencies."""
    q = np.array([0, 0.5, 1.0, 1.5, 2.0])[:, None] * RIM * [1.0, 0.0]
    found = direct_transfer.closed_form(q, Aberrations(), *LENS) ** 2
    np.testing.assert_allclose(found, [0, (0.68504 - 0.39100) / 2, 0.39100 / 2, 0.14429 / 2, 0], atol=1e-5)
    assert not tcbf_transfer(q, Aberrations(), *LENS).any()


def test_spherical_aberration_costs_the_aligned_sum_and_not_direct_ptychography():
    """8 mrad, -700 nm, 2.7 mm: images of different pixels then differ by more than a displacement."""
    wide = (ENERGY, 8.0)
    q, k = some_q(400, 1.2 * RIM), disk_grid(*wide, 41)
    powers = {}
    for C30 in (0.0, 2.7e7):
        lens = (Aberrations(C10=7000, C30=C30), *wide)
        summed = np.mean(np.abs(summed_transfer(q, k, *lens)) ** 2)
        powers[C30] = summed, np.mean(direct_transfer.over_pixels(q, k, *lens) ** 2)
    assert powers[2.7e7][0] < 0.7 * powers[0.0][0]
    assert powers[2.7e7][1] == pytest.approx(powers[0.0][1], rel=0.05)


def test_pixels_outside_of_the_disk_do_not_count():
    q, k = some_q(20), disk_grid(*LENS, 15)
    more = np.vstack([k, [[0, 1.5 * RIM]]])
    whole = direct_transfer.over_pixels(q, k, QUADRATIC, *LENS)
    np.testing.assert_allclose(direct_transfer.over_pixels(q, more, QUADRATIC, *LENS), whole)
    assert direct_transfer.over_pixels(q.reshape(4, 5, 2), k, QUADRATIC, *LENS).shape == (4, 5)


@pytest.fixture(scope="module")
def optics(stack):
    """Function (aberrations) -> what a fit would have found."""
    return lambda aberrations: FittedOptics(stack, aberrations, -15.0, False, ("C10",), np.eye(1), np.inf)


@pytest.mark.parametrize("aberrations", [QUADRATIC, OTHERS], ids=["quadratic", "coma and C30"])
def test_transfer_of_a_fit_is_that_of_its_lens(optics, aberrations):
    """In closed form where it is exact; else by a sum over pixels, as good as its constant says."""
    q, fit = some_q(300), optics(aberrations)
    lens = (aberrations, fit.energy, fit.semiangle)
    found = direct_transfer.of_fit(q, fit)
    fine = direct_transfer.over_pixels(q, disk_grid(fit.energy, fit.semiangle, 65), *lens)
    assert np.sqrt(np.mean((found - fine) ** 2)) < 0.01
    if aberrations is QUADRATIC:
        assert np.array_equal(found, direct_transfer.closed_form(q, *lens))


def test_expected_correlations_are_those_of_an_estimate_in_noise(optics):
    """2000 phases of random sign and strength, each seen with the transfer of its place on the ring, in noise: Wiener's
    estimate of them correlates with them as foretold. Chance leaves 1/√2000."""
    fit, q, ratio = optics(QUADRATIC), np.array([0.03, 0.0582, 0.12]), np.array([4.0, 30.0, 3.0])
    foretold = direct_transfer.expected_correlations(q, 0.004, fit, SpectralSNR(q, ratio, ratio))
    rng = np.random.default_rng(3)
    transfers = {"direct": lambda at: direct_transfer.of_fit(at, fit), "summed": lambda at: image_transfer(at, fit)}
    for ring, length in enumerate(q):
        radius, angle = length + rng.uniform(-0.002, 0.002, 2000), rng.uniform(0, 2 * np.pi, 2000)
        points = radius[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
        s = SpectralSNR(q, ratio, ratio).at(points)
        truth, noise = rng.normal(size=(2, 2000))
        for name, of in transfers.items():
            transfer = np.abs(of(points))
            # a phase of the power s in noise of the power 1
            found = transfer * s / (transfer**2 * s + 1) * (transfer * np.sqrt(s) * truth + noise)
            correlation = np.corrcoef(found, np.sqrt(s) * truth)[0, 1]
            assert foretold[name][ring] == pytest.approx(correlation, abs=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda q, k: direct_transfer.closed_form(q, OTHERS, *LENS), "two-fold astigmatism only"),
        (lambda q, k: direct_transfer.closed_form(q, 15_000, *LENS), "aberrations must be an Aberrations"),
        (lambda q, k: direct_transfer.over_pixels(q, k + 1, OTHERS, *LENS), "inside of the disk"),
        (lambda q, k: direct_transfer.over_pixels(q[:, 0], k, OTHERS, *LENS), "length 2"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call(some_q(5), disk_grid(*LENS, 9))
