"""Contrast transfer against closed forms, direct sums, and the Fourier transform of simulated images."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.geometry import detector_to_scan
from tcbf_widgets.optics import Aberrations, electron_wavelength, interaction_parameter, orders
from tcbf_widgets.specimen import Specimen
from tcbf_widgets.transfer import (
    aperture_autocorrelation,
    disk_grid,
    is_quadratic,
    pixel_transfer,
    scherzer_defocus,
    summed_transfer,
    tcbf_transfer,
)

ENERGY = 300e3
RIM = 4e-3 / electron_wavelength(ENERGY)
EVERYTHING = Aberrations(
    C10=-8000, C12x=1500, C12y=-700, C21x=-2e4, C21y=9e3, C23x=1.2e4, C30=3e6, C32x=-2e6, C32y=1e6, C34x=1e6, C34y=4e5
)
QUADRATIC = {
    "defocus": Aberrations(C10=-15_000),
    "overfocus": Aberrations(C10=9_000),
    "astigmatism": Aberrations(C10=-15_000, C12x=2000),
    "astigmatism at an angle": Aberrations(C10=-7_000, C12x=-800, C12y=3100),
    "astigmatism alone": Aberrations(C12y=-4000),
}


def some_q(n=60, limit=2.2 * RIM, seed=3):
    return np.random.default_rng(seed).uniform(-limit, limit, (n, 2))


def line_of_q(semiangle, n=400):
    return np.column_stack([np.zeros(n), np.linspace(0, 2 * semiangle / 4 * RIM, n)])


@pytest.mark.parametrize("aberrations", QUADRATIC.values(), ids=QUADRATIC)
def test_axial_pixel_shows_two_sin_chi(aberrations):
    q = some_q(limit=0.7 * RIM)
    axial = 1j * pixel_transfer(q, np.zeros(2), aberrations, ENERGY, 4.0)
    assert np.allclose(axial, 2 * np.sin(aberrations.chi(q, ENERGY)), rtol=0, atol=1e-12)
    beyond = pixel_transfer([0, 1.01 * RIM], np.zeros(2), aberrations, ENERGY, 4.0)
    assert beyond == 0


def test_real_objects_have_real_images():
    """The image is real, so its Fourier transform at -q is the complex conjugate of that at q."""
    q, k = some_q(), disk_grid(ENERGY, 4.0, 9)
    there = 1j * pixel_transfer(q, k, EVERYTHING, ENERGY, 4.0)
    back = 1j * pixel_transfer(-q, k, EVERYTHING, ENERGY, 4.0)
    assert there.shape == (len(k), len(q))
    assert np.allclose(there, back.conj(), rtol=0, atol=1e-12)


def test_shapes_of_q_and_k_are_kept():
    q, k = some_q(6).reshape(2, 3, 2), disk_grid(ENERGY, 4.0, 3).reshape(3, 3, 2)
    gamma = pixel_transfer(q, k, EVERYTHING, ENERGY, 4.0, edge=0.01)
    assert gamma.shape == (3, 3, 2, 3)
    assert gamma[2, 1, 1, 0] == pytest.approx(pixel_transfer(q[1, 0], k[2, 1], EVERYTHING, ENERGY, 4.0, edge=0.01))
    assert summed_transfer(q, k, EVERYTHING, ENERGY, 4.0).shape == (2, 3)


def test_autocorrelation_of_the_aperture_has_its_closed_form():
    x = np.array([0, 0.25, 0.5, 0.75, 1, 1.5])
    angle = np.linspace(0, 2, 6)
    q = 2 * RIM * x[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    printed = [1, 0.68504, 0.39100, 0.14429, 0, 0]
    assert np.allclose(aperture_autocorrelation(q, ENERGY, 4.0), printed, rtol=0, atol=5e-6)


def test_autocorrelation_of_the_aperture_is_the_overlap_of_two_disks():
    """Counted on a grid: n points leave some √n of them undecided at the rim."""
    k = disk_grid(ENERGY, 4.0, 601)
    for q in some_q(5, limit=1.4 * RIM):
        counted = np.mean(np.linalg.norm(k - q, axis=1) <= RIM)
        assert aperture_autocorrelation(q, ENERGY, 4.0) == pytest.approx(counted, abs=1e-3)


@pytest.mark.parametrize("aberrations", QUADRATIC.values(), ids=QUADRATIC)
@pytest.mark.parametrize("across", [8, 33])
def test_sum_is_autocorrelation_times_sin_chi_for_quadratic_aberrations(aberrations, across):
    """On the same grid of pixels, for any q, and directly from Γ."""
    q, k = some_q(), disk_grid(ENERGY, 4.0, across)
    autocorrelation = np.mean(np.linalg.norm(k - q[:, None], axis=-1) <= RIM, axis=1)
    expected = autocorrelation * np.sin(aberrations.chi(q, ENERGY))
    assert np.abs(expected).max() > 0.2
    assert np.allclose(direct_sum(q, k, aberrations), expected, rtol=0, atol=1e-12)
    assert np.allclose(summed_transfer(q, k, aberrations, ENERGY, 4.0), expected, rtol=0, atol=1e-12)


def direct_sum(q, k, aberrations, semiangle=4.0):
    moved_back = np.exp(-1j * aberrations.gradient(k, ENERGY) @ q.T)
    return 0.5j * np.mean(pixel_transfer(q, k, aberrations, ENERGY, semiangle) * moved_back, axis=0)


@pytest.mark.parametrize("name", Aberrations.names())
def test_sum_equals_the_direct_sum_of_pixels(name):
    q, k = some_q(), disk_grid(ENERGY, 4.0, 15) + 0.003  # not symmetric
    for aberrations in (Aberrations(**{name: 10.0 ** (2 + 1.5 * orders(name)[0])}), EVERYTHING):
        exact = summed_transfer(q, k, aberrations, ENERGY, 4.0)
        inside = k[np.linalg.norm(k, axis=1) <= RIM]
        assert np.allclose(exact, direct_sum(q, inside, aberrations), rtol=0, atol=1e-12)


def test_closed_form_is_the_limit_of_the_sum():
    q = line_of_q(4)
    exact = summed_transfer(q, disk_grid(ENERGY, 4.0, 129), QUADRATIC["defocus"], ENERGY, 4.0)
    # 129 pixels across: 13 000 in the disk, of which a few hundred at the rim are half in, half out
    assert np.allclose(exact, tcbf_transfer(q, QUADRATIC["defocus"], ENERGY, 4.0), rtol=0, atol=2e-3)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("semiangle, C10, largest", [(4.0, 15_000, 0.14), (8.0, 7_000, 0.80)])
def test_closed_form_misses_the_sum_with_spherical_aberration(semiangle, C10, largest, sign):
    """300 kV, Cs 2.7 mm: the known sizes of the difference, for either sign of defocus."""
    q, aberrations = line_of_q(semiangle), Aberrations(C10=sign * C10, C30=2.7e7)
    exact = summed_transfer(q, disk_grid(ENERGY, semiangle, 129), aberrations, ENERGY, semiangle)
    apart = np.abs(exact - tcbf_transfer(q, aberrations, ENERGY, semiangle)).max()
    assert apart == pytest.approx(largest, abs=0.005)


@pytest.mark.parametrize("name", ["C21x", "C21y", "C23x", "C23y"])
def test_coma_turns_the_phase_of_the_sum_by_minus_half_of_that_of_the_axial_image(name):
    """The axial image carries exp(iχ_odd); in the sum, waves interfere half-way across the disk."""
    aberrations = Aberrations(C10=-15_000, **{name: 3e4})
    q = some_q(limit=0.4 * RIM)
    q = q[np.abs(np.sin(Aberrations(C10=-15_000).chi(q, ENERGY))) > 0.3]
    odd = (aberrations.chi(q, ENERGY) - aberrations.chi(-q, ENERGY)) / 2
    assert np.abs(odd).max() > 0.005
    real = tcbf_transfer(q, aberrations, ENERGY, 4.0)
    axial = 1j * pixel_transfer(q, np.zeros(2), aberrations, ENERGY, 4.0)
    assert np.allclose(np.angle(axial / real), odd, rtol=0, atol=1e-12)
    summed = summed_transfer(q, disk_grid(ENERGY, 4.0, 65), aberrations, ENERGY, 4.0)
    # of first order in the coma, and 65 pixels across
    assert np.allclose(np.angle(summed / real), -odd / 2, rtol=0, atol=0.03 * np.abs(odd).max())


def test_weights_count_pixels():
    q, k = some_q(20), disk_grid(ENERGY, 4.0, 9)
    weights = np.zeros(len(k))
    weights[[10, 30]] = [3.0, 1.0]
    weighted = summed_transfer(q, k, EVERYTHING, ENERGY, 4.0, weights)
    assert np.allclose(weighted, summed_transfer(q, k[[10, 10, 10, 30]], EVERYTHING, ENERGY, 4.0))


def weak_scan(aberrations, rotation, transpose, period=128, step=8, weakness=1e-3):
    """A scan over one period of a weak periodic phase, and this phase at the positions: spectra without borders."""
    rng = np.random.default_rng(11)
    steps = period // step
    y, x = np.indices((5 * period, 5 * period)) - (5 * period - 1) / 2
    positions = tcbf.simulate.scan_positions((steps, steps), step, rotation)
    phase, at_positions = np.zeros(y.shape), np.zeros((steps, steps))
    for n, m in rng.integers(-steps // 2 + 1, steps // 2, (25, 2)):
        offset = rng.uniform(0, 2 * np.pi)
        phase += np.cos(2 * np.pi * (n * y + m * x) / period + offset)
        at_positions += np.cos(2 * np.pi * (positions @ [n, m]) / period + offset)
    potential = weakness / 5 * phase / interaction_parameter(ENERGY)
    specimen = Specimen(potential[None].astype(np.float32), 1.0, 10.0)
    data = tcbf.simulate_scan(
        specimen,
        aberrations=aberrations,
        scan_shape=(steps, steps),
        scan_sampling=step,
        detector_shape=(256, 256),
        dose=None,
        rotation_deg=rotation,
        transpose=transpose,
    )
    return data, weakness / 5 * at_positions


@pytest.mark.parametrize(
    "aberrations, rotation, transpose",
    [
        (Aberrations(C10=-9000), 0, False),
        (Aberrations(C10=6000, C12x=2000, C12y=1000), 90, False),
        (Aberrations(C10=-5000, C12y=1500, C21x=3e5, C23y=2e5, C30=1e7), -90, True),
    ],
)
def test_transfer_is_that_of_simulated_images_of_a_weak_phase(aberrations, rotation, transpose):
    """F_k = i φ Γ, with its sign and its factor i, for pixels all over the disk and at its soft rim."""
    data, phase = weak_scan(aberrations, rotation, transpose)
    q = np.stack(np.meshgrid(*2 * [np.fft.fftfreq(16, 8.0)], indexing="ij"), axis=-1)
    pixels = np.array([[128, 128], [128, 150], [110, 128], [100, 110], [150, 160], [161, 165], [90, 163]])
    k = detector_to_scan((pixels - 128) / 256, rotation, transpose)
    images = np.moveaxis(data.array[:, :, pixels[:, 0], pixels[:, 1]], -1, 0).astype(float)
    edge = 1 / 256  # the rim of a simulated probe
    gamma = pixel_transfer(q, k, aberrations, ENERGY, 4.0, edge=edge)
    plateau = np.mean(data.array[:, :, 128, 128])
    found = np.fft.fft2(images / plateau)
    expected = 1j * np.fft.fft2(phase) * gamma
    found[:, 0, 0] = expected[:, 0, 0] = 0
    inside = tcbf.optics.aperture(k, 4.0, ENERGY, edge=edge)
    assert 0 < inside[-2:].min() < 1  # one of the pixels is cut by the rim
    assert np.abs(expected).max() > 0.05
    # what is left out is of second order in a phase of 1e-3
    assert np.abs(found - expected).max() < 3e-3 * np.abs(expected).max()


@pytest.mark.parametrize("aberrations", [Aberrations(C10=-9000), Aberrations(C10=-9000, C21x=4e5, C21y=-3e5, C23x=3e5)])
def test_transfer_of_the_sum_is_that_of_simulated_images(aberrations):
    """All images of a weak phase, moved back and averaged: its size without coma, and its phase with it.

    With coma, its phase decides between -χ_odd/2 and the χ_odd of the axial image.
    """
    data, phase = weak_scan(aberrations, 0, False)
    q = np.stack(np.meshgrid(*2 * [np.fft.fftfreq(16, 8.0)], indexing="ij"), axis=-1)
    pixels = np.argwhere(np.hypot(*(np.indices((256, 256)) - 128)) < 256 * RIM - 1)  # none cut by the soft rim
    k = (pixels - 128) / 256
    spectra = np.fft.fft2(np.moveaxis(data.array[:, :, pixels[:, 0], pixels[:, 1]], -1, 0).astype(float))
    moved_back = np.exp(-1j * np.tensordot(aberrations.gradient(k, ENERGY), q, axes=(-1, -1)))
    average = np.mean(spectra * moved_back, axis=0) / data.array[:, :, 128, 128].mean()
    true = np.fft.fft2(phase)
    seen = np.abs(true) > 0.3 * np.abs(true).max()
    seen[0, 0] = False
    found = average[seen] / (2 * true[seen])
    exact = summed_transfer(q[seen], k, aberrations, ENERGY, 4.0)
    # waves scattered into the rim pass it in part: one pixel of 52 across
    assert np.allclose(found, exact, rtol=0, atol=0.02)
    odd = (aberrations.chi(q[seen], ENERGY) - aberrations.chi(-q[seen], ENERGY)) / 2
    if np.any(odd):
        turned = np.angle(found / tcbf_transfer(q[seen], aberrations, ENERGY, 4.0))
        strong = np.abs(found) > 0.2
        assert np.abs(1.5 * odd[strong]).max() > 0.1
        assert np.sqrt(np.mean((turned + odd / 2)[strong] ** 2)) < 0.1 * np.sqrt(np.mean((turned - odd)[strong] ** 2))


def test_scherzer_defocus_has_the_printed_values():
    assert scherzer_defocus(2.7e7, ENERGY) == pytest.approx(892.9, abs=0.05)
    assert scherzer_defocus(1.3e7, ENERGY) == pytest.approx(619.6, abs=0.05)
    assert scherzer_defocus(-1.3e7, ENERGY) == -scherzer_defocus(1.3e7, ENERGY)
    assert scherzer_defocus(0, ENERGY) == 0


def test_scherzer_defocus_opens_one_broad_band():
    """sin χ stays near -1 over a broad band: above 0.7 over a third of the frequencies up to its first zero."""
    C30 = 1.3e7
    q = np.column_stack([np.zeros(500), np.linspace(0, 0.5, 500)])
    chi = Aberrations(C10=-scherzer_defocus(C30, ENERGY), C30=C30).chi(q, ENERGY)
    assert chi.min() == pytest.approx(-0.75 * np.pi)
    first_zero = np.argmax(chi[1:] > 0)
    assert np.mean(np.sin(chi[:first_zero]) < -0.7) > 1 / 3


def test_only_defocus_and_astigmatism_are_quadratic():
    assert all(is_quadratic(aberrations) for aberrations in QUADRATIC.values())
    for name in Aberrations.names():
        assert is_quadratic(Aberrations(C10=-1e4, **{name: 1.0} if name != "C10" else {})) == name.startswith("C1")


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: pixel_transfer(np.zeros(3), np.zeros(2), EVERYTHING, ENERGY, 4.0),
            "q must end with an axis of length 2",
        ),
        (lambda: pixel_transfer(np.zeros(2), [[0, np.nan]], EVERYTHING, ENERGY, 4.0), "k must be finite"),
        (lambda: tcbf_transfer(np.zeros(2), EVERYTHING, ENERGY, 0), "semiangle must be a number > 0, got 0; in mrad"),
        (lambda: tcbf_transfer(np.zeros(2), EVERYTHING, 300, 4.0), "energy must be at least 1000 eV, got 300"),
        (
            lambda: summed_transfer(np.zeros(2), [[0, 0.3]], EVERYTHING, ENERGY, 4.0),
            "pixels inside of the disk.* none of 1",
        ),
        (
            lambda: summed_transfer(np.zeros(2), np.zeros((3, 2)), EVERYTHING, ENERGY, 4.0, [1, 2]),
            "each of the 3 pixels",
        ),
        (lambda: scherzer_defocus(np.inf, ENERGY), "C30 must be a finite number"),
        (lambda: disk_grid(ENERGY, 4.0, 2.5), "across must be a positive integer, got 2.5"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_aberrations_must_be_aberrations():
    with pytest.raises(TypeError, match="aberrations must be an Aberrations.*got dict"):
        pixel_transfer(np.zeros(2), np.zeros(2), {"C10": -1e4}, ENERGY, 4.0)
