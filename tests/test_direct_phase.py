"""Direct ptychography of a whole scan: against the true phase, written-out least squares, and measured noise."""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import direct_phase
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.direct_phase import direct_ptychography
from tcbf_widgets.group_transfer import PixelGroups
from tcbf_widgets.lens import Lens
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.patch import Patch, without_plane
from tcbf_widgets.resolution import fourier_ring_correlation, half_sets
from tcbf_widgets.specimen import Specimen
from tcbf_widgets.transfer import pixel_transfer

MIXED = Aberrations(C10=-9000, C12x=800, C21y=2e4, C30=2.7e7)


def scan_of(specimen, weaker, **more):
    """A scan of the protein with so much less potential, and the function that gives the true phase on its grid."""
    weak = Specimen(specimen.potential / weaker, specimen.sampling, specimen.slice_thickness)
    scan = tcbf.simulate_scan(weak, **more)
    return scan, lambda found: tcbf.simulate.phase_on_scan(weak, scan, found.factor)


def lens_of(scan):
    return Lens(scan.truth.aberrations, scan.truth.rotation_deg, scan.truth.transpose)


def slope_and_likeness(found, phase, edge):
    """Least-squares factor between two images inside of a border, and their correlation there."""
    inside = (slice(edge, -edge),) * 2
    found, phase = (np.asarray(image, float)[inside] for image in (found, phase))
    found, phase = found - found.mean(), phase - phase.mean()
    return np.vdot(phase, found) / np.vdot(phase, phase), np.vdot(phase, found) / np.sqrt(
        np.vdot(phase, phase) * np.vdot(found, found)
    )


@pytest.mark.parametrize(
    ("aberrations", "transpose"),
    [(Aberrations(C10=-12_000), False), (MIXED, True)],
    ids=["defocus", "mixed, transposed"],
)
def test_a_weak_phase_is_found_in_radians_with_its_sign_in_its_place(specimen, aberrations, transpose):
    """Noiseless, a fiftieth of the protein. Pixels of the detector see 1/128 1/Å of the disk each, over which the image
    moves by λ C10/128, up to 2 Å: that takes some percent of the finest detail. Slow waves across the field are
    hardly imaged at all; together they leave 2 % of the power."""
    scan, phase_of = scan_of(
        specimen, 50, aberrations=aberrations, rotation_deg=25.0, transpose=transpose, dose=None, scan_shape=(20, 28)
    )
    found = direct_ptychography(tcbf.bright_field_stack(scan), lens_of(scan))
    assert found.shape == (80, 112)
    slope, likeness = slope_and_likeness(found, phase_of(found), edge=8)
    assert slope == pytest.approx(1, abs=0.05)
    assert likeness > 0.98


@pytest.fixture(scope="module")
def few(stack):
    """Some 20 pixels of the inner disk, 8 x 9 positions: small enough to write everything out."""
    near = np.linalg.norm(stack.k, axis=1) < 0.4 * stack.rim
    near &= np.random.default_rng(6).random(len(stack)) < 0.06
    images = stack.images[near, :8, :9]
    # k ± q then stays inside the disk for all frequencies of the tests, where the rim's width does not matter
    return replace(stack, images=images, mean_counts=stack.mean_counts[near], pixels=stack.pixels[near])


@pytest.mark.parametrize("factor", [1, 2])
def test_the_estimate_is_written_out_least_squares(few, monkeypatch, factor):
    """Every image is a sum of waves, each with its Γ; ridge regression by a dense solver gives the same phase, where
    conjugate gradients have settled. Float32 images leave a thousandth."""
    monkeypatch.setattr(direct_phase, "_ITERATIONS", 400)
    monkeypatch.setattr(direct_phase, "steadied", lambda stack: stack)
    lens, snr = Lens(Aberrations(C10=-3000, C12x=200), -15.0), 30.0
    found = direct_ptychography(few, lens, factor, snr)
    step, variance = np.array(few.scan_sampling), few.noise_variance
    margin = np.ceil(np.abs(lens.shifts(few.k, few.energy)).max(axis=0) / step).astype(int) + 1
    frame = Patch(np.zeros((8, 9, 1), np.float32), step, margin, 0.5 * factor / step.max())
    counts = few.mean_counts / variance
    transfer = 1j * pixel_transfer(
        frame.q, lens.scan_k(few.k), lens.aberrations, few.energy, 1e3 * few.wavelength * few.rim
    )
    y, x = np.meshgrid(10.0 * np.arange(8), 10.0 * np.arange(9), indexing="ij")
    waves = 2 / frame.frame_positions * np.exp(2j * np.pi * np.stack([y, x], axis=-1).reshape(-1, 2) @ frame.q.T)
    weighted = np.sqrt(counts)[:, None] * transfer
    columns = []
    for part in (1, 1j):
        images = (waves[:, None] * weighted * part).real  # (positions, pixels, q)
        columns.append(without_plane(images.reshape(8, 9, -1).astype(np.float32)).reshape(72 * len(few), -1))
    model = np.hstack(columns).astype(float)
    data = without_plane(np.moveaxis((few.images - 1) * np.sqrt(counts)[:, None, None], 0, -1)).ravel()
    power = np.sum(np.abs(weighted) ** 2, axis=0)
    # the power of a component is to that of its noise as snr, at full transfer
    ridge = 2 / frame.frame_positions * power / (snr * power / (4 * counts.sum()))
    solved = np.linalg.solve(model.T @ model + np.diag(np.tile(ridge, 2)), model.T @ data)
    spectrum = solved[: len(power)] + 1j * solved[len(power) :]
    fine = [((np.arange(factor * n) + 0.5) / factor - 0.5) * 10.0 for n in (8, 9)]
    places = np.stack(np.meshgrid(*fine, indexing="ij"), axis=-1)
    expected = 2 / frame.frame_positions * (np.exp(2j * np.pi * places @ frame.q.T) @ spectrum).real
    expected -= expected.mean()
    np.testing.assert_allclose(found.values, expected, atol=2e-3 * np.abs(expected).max())


@pytest.fixture(scope="module")
def found(stack, demo):
    return direct_ptychography(stack, lens_of(demo))


def test_more_like_the_truth_than_the_aligned_sum_at_fine_detail(found, stack, demo, fit, true_phase):
    """At 100 electrons/Å². Per ring, power of signal over noise c²/(1-c²) from the correlation c with the truth: about
    alike below 1/25 Å, where all pixels show two sidebands; several times more where sin χ passes through zero, and on
    average twice as much beyond."""
    phase = true_phase(demo, found.shape)
    direct = fourier_ring_correlation(found.values, phase, found.sampling)
    flipped = tcbf.correct_contrast(tcbf.upsample(stack, fit.shifts), fit)
    summed = fourier_ring_correlation(flipped.values, phase, found.sampling)
    ratio = [c.values**2 / (1 - c.values**2) for c in (direct, summed)]
    q = direct.q
    coarse, zero, fine = q < 0.04, np.abs(q - 0.0582) < 0.003, (q > 0.1) & (q < 0.19)
    assert np.mean(ratio[0][coarse]) > 0.9 * np.mean(ratio[1][coarse])
    assert np.mean(ratio[0][zero]) > 1.5 * np.mean(ratio[1][zero])
    assert np.mean(ratio[0][fine]) > 1.5 * np.mean(ratio[1][fine])
    assert direct.values[fine].mean() > 0.5


def test_signal_to_noise_that_it_states_is_that_of_half_sets(found, stack, demo):
    """Half-sets measure it apart from any model. With 60 to 270 components in a ring its logarithm scatters by 0.4, and
    the mean over 17 rings by 0.1; borders, which the halves share, make theirs larger by a fifth. From ring to ring
    the logarithm varies by 1.4: a scatter of 0.4 lets it correlate by 0.96."""
    halves = [direct_ptychography(stack, lens_of(demo), 2, subset=half) for half in half_sets(stack)]
    correlation = fourier_ring_correlation(*(half.values for half in halves), halves[0].sampling)
    near = (correlation.q > 0.02) & (correlation.q < 0.09)
    stated = np.interp(correlation.q, found.snr.q, found.snr.measured)[near]
    measured = correlation.snr[near]
    assert np.mean(np.log(stated / measured)) == pytest.approx(0, abs=0.4)
    assert np.corrcoef(np.log(stated), np.log(measured))[0, 1] > 0.9


@pytest.fixture(scope="module")
def coarse(stack, demo):
    return direct_ptychography(stack, lens_of(demo), factor=1)


def test_parts_of_a_large_scan_join_without_a_seam(coarse, stack, demo, monkeypatch):
    """In two or more overlapping parts the same, but for waves as long as a part, which its mean and plane contain."""
    monkeypatch.setattr(direct_phase, "_LARGEST_PART", 28)
    parts = direct_ptychography(stack, lens_of(demo), factor=1)
    assert np.corrcoef(parts.values.ravel(), coarse.values.ravel())[0, 1] > 0.99


def test_a_stated_ratio_takes_the_place_of_the_measured_one(coarse, stack, demo):
    """Stated, it is read off between its rings, where measured it has steps: 4 % of the image, in squares 0.002. Of a
    component with the ratio ρ the part ρ/(1 + ρ) is kept: under a hundredth if ρ is 0.01 at full transfer, and more
    than two thirds as it is measured, but for the slowest waves."""
    again = direct_ptychography(stack, lens_of(demo), factor=1, snr=coarse.snr)
    assert np.corrcoef(again.values.ravel(), coarse.values.ravel())[0, 1] > 0.998
    hesitant = direct_ptychography(stack, lens_of(demo), factor=1, snr=0.01)
    assert np.std(hesitant.values) < 0.01 / (2 / 3) * np.std(coarse.values)


def test_pixels_are_summed_rather_than_memory_exceeded(stack, demo, monkeypatch):
    monkeypatch.setattr(direct_phase, "_MOST_BYTES", 2**22)
    sizes = []
    monkeypatch.setattr(direct_phase, "PixelGroups", lambda *args: sizes.append(args[1]) or PixelGroups(*args))
    assert np.isfinite(direct_ptychography(stack, lens_of(demo), factor=1).values).all()
    assert sizes[0] > 1


def test_result_is_an_image_of_its_grid(found):
    assert np.asarray(found).dtype == np.float32
    assert np.asarray(found).mean() == pytest.approx(0, abs=1e-6)
    assert found.sampling == (2.5, 2.5)
    assert repr(found) == "DirectPhase(96 x 192 pixels of 2.5 x 2.5 Å, 4 per scan step)"


def test_a_progress_bar_is_shown_on_request(stack, demo, capsys, monkeypatch):
    """One count for the transfer, and one for each of four iterations of each of three parts."""
    monkeypatch.setattr(direct_phase, "_LARGEST_PART", 28)
    small = replace(stack, images=stack.images[:, :10])
    direct_ptychography(small, lens_of(demo), factor=1)
    assert not capsys.readouterr().err
    direct_ptychography(small, lens_of(demo), factor=1, progress=True)
    shown = capsys.readouterr().err
    assert "direct" in shown
    assert "13/13" in shown


def test_transfer_without_sidebands_is_the_same(stack, demo):
    """Also where it is made in several blocks."""
    groups = PixelGroups(stack, 4)
    q = np.random.default_rng(0).uniform(-0.3, 0.3, (700, 2))
    whole, bare = (groups.transfer(q, lens_of(demo), keep_sidebands=keep) for keep in (True, False))
    assert np.array_equal(whole.direction, bare.direction)
    assert np.array_equal(whole.length, bare.length)
    assert bare.lower is None
    assert bare.upper is None


def test_noise_alone_gives_next_to_no_phase(stack, demo):
    """As many counts as the demo has; of the phase that they show there, 0.053 rad rms, less than a tenth."""
    counts = np.random.default_rng(0).poisson(4.7, (len(stack), 12, 16)).astype(np.float32)
    mean = counts.mean(axis=(1, 2))
    noise = replace(stack, images=counts / mean[:, None, None], mean_counts=mean)
    assert np.std(direct_ptychography(noise, lens_of(demo), factor=2).values) < 0.005


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stack": None}, "stack must be a BrightFieldStack"),
        ({"fit": Aberrations(C10=-1e4)}, "fit must be a FittedOptics"),
        ({"factor": 0}, "factor"),
        ({"factor": 9}, "at most 8"),
        ({"snr": -1}, "snr must be a number > 0"),
        ({"subset": [True]}, "subset must be"),
    ],
)
def test_bad_input_is_named(stack, demo, change, message):
    arguments = {"stack": stack, "fit": lens_of(demo), **change}
    with pytest.raises((ValueError, TypeError), match=message):
        direct_ptychography(**arguments)


def test_a_scan_of_few_positions_is_refused(stack, demo):
    with pytest.raises(ValueError, match="8 x 8"):
        direct_ptychography(replace(stack, images=stack.images[:, :5, :5]), lens_of(demo))


def test_fitted_optics_and_their_lens_are_the_same(stack, demo):
    fit = FittedOptics(stack, demo.truth.aberrations, -15.0, False, ("C10",), np.eye(1), np.inf)
    one, other = (direct_ptychography(stack, optics, factor=1) for optics in (fit, fit.lens))
    assert np.array_equal(one.values, other.values)
