"""The example for ptychography: is it what it says, and is its object found."""

import warnings

import numpy as np
import pytest

from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.multislice import fresnel_propagator, propagator
from tcbf_widgets.optics import electron_wavelength
from tcbf_widgets.ptychography import amplitude_loss
from tcbf_widgets.ptychography_scan import crystallite, linear_overlap, overlap_scan, probe_width
from tcbf_widgets.reconstruction import reconstruct

DOSES = (1e3, 1e4, 1e5)


@pytest.fixture(scope="module")
def scan():
    return overlap_scan()


@pytest.fixture(scope="module")
def layered():
    return overlap_scan(slices=2)


def away(shape=(64, 64), sampling=0.5):
    """Distance of each pixel from the middle pixel in Å."""
    y, x = np.indices(shape)
    return sampling * np.hypot(y - shape[0] // 2, x - shape[1] // 2)


def half_radius(probe):
    """Radius in Å that holds half of the electrons."""
    order = np.argsort(away().ravel(), kind="stable")
    held = np.cumsum(np.abs(probe).ravel()[order] ** 2)
    return away().ravel()[order][np.searchsorted(held, 0.5)]


def test_the_probe_stands_in_the_middle_of_its_window(scan):
    intensity = np.abs(scan.probe) ** 2
    assert intensity.sum() == pytest.approx(1, abs=1e-12)
    # unchanged when y and x are mirrored about the pixel in the middle, or swapped
    assert np.allclose(intensity[1:, 1:], intensity[:0:-1, :0:-1], atol=1e-15)
    assert np.allclose(intensity, intensity.T, atol=1e-15)


def test_the_probe_is_as_wide_as_the_cone_of_the_beam():
    probes = {defocus: overlap_scan(defocus=defocus).probe for defocus in (650, -650, 1200)}
    for defocus, probe in probes.items():
        # nearly all electrons are in the disk of radius α·defocus; at its edge Fresnel fringes leave it
        inside = np.sum(np.abs(probe)[away() <= 10e-3 * abs(defocus)] ** 2)
        assert 0.87 < inside < 0.95
    # a disk of even brightness has half of it within 1/√2 of its radius; the fringes at the edge do not grow with it,
    # so the difference shows the cone. Pixels of 0.5 Å are an eighth of it
    grown = half_radius(probes[1200]) - half_radius(probes[650])
    assert grown == pytest.approx(10e-3 * 550 / np.sqrt(2), abs=0.5)
    assert half_radius(probes[650]) == half_radius(probes[-650])


@pytest.mark.parametrize(
    "options, width, overlap",
    [
        ({}, 13.0, 1 - 2 / 13),
        ({"defocus": -650, "step": 16}, 13.0, 1 - 8 / 13),
        ({"step": 32}, 13.0, 0),
        ({"defocus": 0}, 2.402, 1 - 2 / 2.402),  # 1.22 λ/α
    ],
)
def test_width_and_overlap_are_those_of_the_cone_and_of_the_airy_disk(options, width, overlap):
    scan = overlap_scan(**options)
    assert scan.probe_width == probe_width(scan.defocus, 10, 300e3) == pytest.approx(width, rel=1e-3)
    assert scan.overlap == linear_overlap(scan.probe_width, scan.step * 0.5) == pytest.approx(overlap, abs=1e-3)


def test_probes_as_wide_as_the_window_and_apertures_as_wide_as_its_frequencies_are_taken():
    """The cone is 2α|Δf| = 32 Å wide; 19.68 mrad is just below the Nyquist frequency, where the pixels end."""
    assert overlap_scan(defocus=-1600).probe_width == pytest.approx(32)
    steep = overlap_scan(semiangle=19.68)
    lit = np.abs(np.fft.fft2(steep.probe)) > 1e-6
    # a full circle in the square of all frequencies, with a rim of half a pixel
    assert np.mean(lit) == pytest.approx(np.pi / 4 * (1 + 0.5 / 32) ** 2, abs=0.01)


def test_a_scan_says_what_it_is_in_one_line():
    assert repr(overlap_scan(step=16)) == (
        "OverlapScan(16 patterns, steps of 16 pixels of 0.5 Å, defocus 650 Å, 10 mrad, 300 kV, no noise)"
    )
    several = repr(overlap_scan(1e4, slices=2, step=16))
    assert several.endswith("2 slices 200 Å apart, defocus 650 Å, 10 mrad, 300 kV, 1e+04 electrons each)")


def test_nothing_is_absorbed_or_lost(scan, layered):
    for example in (scan, layered):
        assert np.allclose(example.data.intensities.sum(axis=(1, 2)), 1, atol=1e-12)
        assert np.allclose(np.abs(example.truth), 1)


def test_a_pattern_is_the_transform_of_probe_times_moved_object(scan):
    for number in (0, 37, 255):
        y, x = scan.centres[number]
        # the pixel under the middle of the probe is brought to the middle
        under = np.roll(scan.truth[0], (32 - y, 32 - x), axis=(0, 1))
        expected = np.abs(np.fft.fft2(scan.probe * under) / 64) ** 2
        assert np.allclose(scan.data.intensities[number], expected, atol=1e-15)


def test_positions_are_a_raster_over_the_whole_object():
    for step in (4, 16):
        scan = overlap_scan(step=step)
        grid = np.arange(0, 64, step)
        assert scan.step == step
        assert sorted(map(tuple, scan.centres)) == [(y, x) for y in grid for x in grid]
        assert np.array_equal(scan.data.positions[0], [-32, -32])
        assert np.array_equal((scan.data.positions + 32) % 64, scan.centres)
        assert scan.data.intensities.shape == ((64 // step) ** 2, 64, 64)


def test_phases_of_each_slice_go_from_nothing_to_the_strongest(scan, layered):
    assert scan.propagator is None
    assert scan.slice_distance is None
    assert layered.truth.shape == (2, 64, 64)
    assert np.array_equal(layered.truth[0], scan.truth[0])
    for phase in np.angle(layered.truth):
        assert phase.min() == pytest.approx(0, abs=1e-12)
        assert phase.max() == pytest.approx(0.4)
    assert abs(np.corrcoef(*(p.ravel() for p in np.angle(layered.truth)))[0, 1]) < 0.5


def test_slices_lie_their_distance_apart():
    scan = overlap_scan(slices=2, slice_distance=300)
    chi = np.pi * electron_wavelength(300e3) * 300 * np.sum(frequency_grid((64, 64), 0.5) ** 2, axis=-1)
    assert np.allclose(scan.propagator, np.exp(-1j * chi), atol=1e-12)
    assert np.array_equal(scan.propagator, propagator(scan.data.window, scan.sampling, scan.energy, 300))
    assert scan.slice_distance == 300


def test_a_propagator_is_made_for_pixels_of_two_sizes():
    made = propagator((6, 8), (0.5, 0.75), 300e3, 120.0)
    assert np.allclose(made, fresnel_propagator(frequency_grid((6, 8), (0.5, 0.75)), 300e3, 120.0))
    assert np.allclose(propagator(6, 0.5, 300e3, -20.0), propagator((6, 6), (0.5, 0.5), 300e3, 20.0).conj())
    for message, bad in (("window", (0, 0.5)), ("sampling", (8, -1)), ("sampling", (8, (1, 2, 3)))):
        with pytest.raises(ValueError, match=f"{message} must be"):
            propagator(*bad, 300e3, 10.0)
    with pytest.raises(ValueError, match="distance must be a finite number, got nan"):
        propagator(8, 0.5, 300e3, np.nan)


def column(row, number, direction_deg=15.0):
    """Pixel (y, x) of an atom of the twin: rows 2.36 Å apart, atoms 2.9 Å apart, a third of it further each row."""
    y, x = 2.36 * row, 2.9 * number + 2.9 / 3 * abs(row)
    c, s = np.cos(np.deg2rad(direction_deg)), np.sin(np.deg2rad(direction_deg))
    return 32 + (c * y + s * x) / 0.5, 32 + (c * x - s * y) / 0.5


def test_one_atom_is_heavy_and_one_is_missing():
    phase = crystallite(15.0)

    def strength(row, number):
        """Mean phase within 0.6 Å of the atom."""
        y, x = column(row, number)
        pixels = np.hypot(*(np.indices(phase.shape) - np.array([y, x])[:, None, None])) < 1.2
        return phase[pixels].mean()

    heavy, missing = (2, -2), (-2, 1)
    usual = [(r, n) for r in (-2, -1, 0, 1, 2) for n in (-2, -1, 0, 1) if (r, n) not in (heavy, missing)]
    strengths = [strength(*atom) for atom in usual]
    brightest = np.unravel_index(phase.argmax(), phase.shape)
    assert np.hypot(*(np.array(brightest) - column(*heavy))) < 1
    # the film below is uneven, so no two atoms are alike
    assert strength(*heavy) > 1.1 * max(strengths)
    assert strength(*missing) < 0.8 * min(strengths)


def test_electrons_arrive_one_by_one_as_poisson_says(scan):
    electrons = 1e4
    noisy = overlap_scan(electrons)
    counts, expected = noisy.data.intensities * electrons, scan.data.intensities * electrons
    assert np.allclose(counts, counts.round(), atol=1e-6)
    # five standard deviations of the sum
    assert counts.sum() == pytest.approx(expected.sum(), abs=5 * np.sqrt(expected.sum()))
    many = expected > 5
    square = (counts - expected)[many] ** 2 / expected[many]
    # its mean is 1; its variance 2 + 1/λ
    assert square.mean() == pytest.approx(1, abs=5 * np.sqrt(2.2 / many.sum()))
    assert np.array_equal(noisy.data.intensities, overlap_scan(electrons).data.intensities)
    assert not np.array_equal(noisy.data.intensities, overlap_scan(electrons, seed=1).data.intensities)
    assert np.array_equal(noisy.truth, scan.truth)


def test_the_lectures_example_is_solved_in_twenty_epochs(scan):
    *_, adam = reconstruct(scan.data, scan.probe, truth=scan.truth)
    *_, epie = reconstruct(scan.data, scan.probe, method="epie", truth=scan.truth)
    # the aims; Adam's steps of 0.03 end as noise of their own, ePIE has no such floor
    assert adam.number == epie.number == 20
    assert adam.phase_rms() <= 0.008
    assert epie.phase_rms() <= 1e-4
    assert epie.psnr() > adam.psnr() > 20 * np.log10(0.4 / 0.008)
    assert epie.ssim() > adam.ssim() > 0.98


@pytest.mark.parametrize("step, gaps", [(16, False), (32, True)])
def test_circles_that_do_not_touch_are_told(step, gaps):
    """They are 26 pixels wide, so those of steps of 32 have only their tails in common."""
    sparse = overlap_scan(step=step)
    with warnings.catch_warnings(record=True) as said:
        reconstruct(sparse.data, sparse.probe)
    assert len(said) == gaps
    assert (sparse.overlap == 0) == gaps


def test_two_layers_are_told_apart_where_one_cannot_explain_the_patterns(layered):
    options = {"phase_only": True, "epochs": 40, "batches": 4, "step": 0.02}
    *_, two = reconstruct(
        layered.data, layered.probe, slices=2, propagator=layered.propagator, truth=layered.truth, **options
    )
    *_, one = reconstruct(layered.data, layered.probe, **options)
    # two layers explain the patterns to what Adam's steps leave; one cannot, however long it tries
    assert two.loss < 0.01 * one.loss
    # within the aim for a single one; large shapes, of which the beam does not tell the depth, are the last to come
    assert two.phase_rms() < 0.012
    for found, true, other in zip(two.slices, layered.truth, layered.truth[::-1], strict=True):
        alike = [np.corrcoef(np.angle(found).ravel(), np.angle(x).ravel())[0, 1] for x in (true, other)]
        assert alike[0] > 0.95
        assert alike[1] < 0.5


def test_errors_fall_with_the_dose_and_stay_above_the_bound_of_counting(scan):
    """No pattern of electrons tells a phase better than 1/(2 √n), n electrons a pixel of the object, so each frequency.

    That holds where nothing is presumed: for frequencies of the object within the aperture, which all patterns tell
    well. Finer ones are so faint in the truth that a reconstruction which leaves them at zero, where it starts, would
    be better than the bound by presuming right.
    """
    within = np.linalg.norm(frequency_grid((64, 64), 0.5), axis=-1) < 10e-3 / electron_wavelength(300e3)
    errors = []
    for electrons in DOSES:
        noisy = overlap_scan(electrons)
        *_, last = reconstruct(noisy.data, noisy.probe, truth=scan.truth)
        errors.append(last.phase_rms())
        spectrum = np.fft.fft2(last.phase_error()[0], norm="ortho")
        bound = 0.5 / np.sqrt(256 * electrons / 64**2)
        assert np.sqrt(np.mean(np.abs(spectrum[within]) ** 2)) > bound
    assert errors[0] > 1.3 * errors[1] > 1.6 * errors[2]


def test_single_precision_is_enough_for_the_slopes(layered):
    """`reconstruct` works in single precision, whose slopes are off by some hundred thousandths of the largest.

    That is rounding, 6e-8, times what it grows where waves are faint and their phase counts as much as any.
    """
    rng = np.random.default_rng(0)
    slices = np.exp(0.1j * rng.standard_normal(layered.truth.shape))
    measured = layered.data.positions, np.sqrt(layered.data.intensities)
    double = amplitude_loss(layered.probe, slices, *measured, layered.propagator)
    single = amplitude_loss(
        layered.probe.astype(np.complex64),
        slices.astype(np.complex64),
        measured[0],
        measured[1].astype(np.float32),
        layered.propagator.astype(np.complex64),
    )
    assert single.slices.dtype == single.probe.dtype == np.complex64
    for name in ("slices", "probe"):
        exact = getattr(double, name)
        assert np.abs(getattr(single, name) - exact).max() < 5e-5 * np.abs(exact).max()
    assert single.value == pytest.approx(double.value, rel=1e-5)


@pytest.mark.parametrize(
    "message, options",
    [
        ("step must divide the 64 pixels of the object into two parts or more, got 5", {"step": 5}),
        ("two parts or more, got 64", {"step": 64}),
        ("step must be a positive integer, got 4.0", {"step": 4.0}),
        ("electrons must be a number > 0, got 0; per pattern; None for no noise", {"electrons": 0}),
        ("electrons must be a number > 0, got -1000.0", {"electrons": -1e3}),
        ("electrons must be a number > 0, got nan", {"electrons": np.nan}),
        ("defocus must be a finite number, got inf", {"defocus": np.inf}),
        ("semiangle must be a number > 0, got -1", {"semiangle": -1}),
        ("energy must be a number > 0, got 0", {"energy": 0}),
        ("slices must be a positive integer, got 0", {"slices": 0}),
        ("slice_distance must be a number > 0, got 0; in Å", {"slices": 2, "slice_distance": 0}),
        ("seed must be an integer >= 0, got -1", {"seed": -1}),
        ("the probe is 100 Å wide and a window only 32 Å, at a defocus of 5000 Å", {"defocus": 5000}),
        ("the probe is 48 Å wide and a window only 32 Å, .* of 0.5 mrad", {"semiangle": 0.5}),
        ("at a defocus of -1750 Å in the last slice", {"slices": 3, "slice_distance": 1200}),
        ("semiangle must be less than 19.69 mrad, .* pixels of 0.5 Å hold; got 100", {"semiangle": 100}),
    ],
)
def test_what_cannot_be_scanned_is_refused(message, options):
    with pytest.raises(ValueError, match=message):
        overlap_scan(**options)


def test_what_is_no_crystallite_is_refused():
    with pytest.raises(ValueError, match="direction_deg must be a finite number, got 'x'"):
        crystallite("x")
