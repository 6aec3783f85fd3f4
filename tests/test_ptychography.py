"""The forward model of ptychography against sums written out, and its gradient against finite differences."""

import numpy as np
import pytest

from tcbf_widgets import ptychography
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.multislice import fresnel_propagator, probe_spectrum
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.ptychography import Diffraction, Windows, amplitude_loss, diffract

SHAPE, WINDOW = (13, 12), (8, 6)
ENERGY = 300e3


@pytest.fixture(scope="module")
def scene():
    """Probe, three slices, positions (some of whose windows wrap), amplitudes of another object, and a propagator."""
    rng = np.random.default_rng(3)
    spectrum = probe_spectrum(WINDOW, 1.0, ENERGY, 8.0, Aberrations.from_defocus(300))
    probe = np.fft.ifft2(spectrum, norm="ortho")
    slices = np.exp(0.5j * rng.standard_normal((3, *SHAPE))) * (1 - 0.1 * rng.random((3, *SHAPE)))
    positions = np.array([(0, 0), (2, 9), (9, 3), (12, 11), (5, 5)])
    propagator = fresnel_propagator(frequency_grid(WINDOW, 1.0), ENERGY, 20.0)
    other = np.exp(0.5j * rng.standard_normal(SHAPE))
    amplitudes = np.abs(diffract(probe, other, positions))
    return probe, slices, positions, amplitudes, propagator


def test_waves_are_the_sums_of_the_definition(scene):
    probe, slices, positions, _, propagator = scene
    ky, kx = (np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n) / np.sqrt(n) for n in WINDOW)
    for count in (1, 3):
        waves = diffract(probe, slices[:count], positions, propagator)
        for (y, x), found in zip(positions, waves, strict=True):
            wave = probe
            for number, layer in enumerate(slices[:count]):
                if number:
                    wave = np.conj(ky).T @ ((ky @ wave @ kx.T) * propagator) @ np.conj(kx)
                rows, columns = ((start + np.arange(n)) % m for start, n, m in zip((y, x), WINDOW, SHAPE, strict=True))
                wave = wave * layer[np.ix_(rows, columns)]
            assert np.allclose(found, ky @ wave @ kx.T, atol=1e-13)


def test_adding_windows_is_the_adjoint_of_taking_them(scene):
    positions = scene[2]
    rng = np.random.default_rng(0)
    windows = Windows(positions, WINDOW, SHAPE)
    image, values = rng.standard_normal(SHAPE), rng.standard_normal((len(positions), *WINDOW))
    values = values + 1j * rng.standard_normal(values.shape)
    assert np.vdot(windows.of(image), values) == pytest.approx(np.vdot(image, windows.added(values)))


@pytest.mark.parametrize("count", [1, 3])
def test_gradient_equals_finite_differences(scene, count):
    probe, slices, *measured, propagator = scene
    slices = slices[:count]
    loss = amplitude_loss(probe, slices, *measured, propagator)
    rng = np.random.default_rng(1)
    step = 1e-6
    d_slices, d_probe = (rng.standard_normal(a.shape) + 1j * rng.standard_normal(a.shape) for a in (slices, probe))
    d_phases = rng.standard_normal(slices.shape)
    cases = (
        (lambda t: (probe, slices + t * d_slices), np.vdot(loss.slices, d_slices).real),
        (lambda t: (probe + t * d_probe, slices), np.vdot(loss.probe, d_probe).real),
        (lambda t: (probe, slices * np.exp(1j * t * d_phases)), np.sum(loss.phases(slices) * d_phases)),
    )
    for change, slope in cases:
        ends = [amplitude_loss(*change(sign * step), *measured, propagator).value for sign in (1, -1)]
        # central differences: of third order in the step (1e-12), and rounding of the loss over it (1e-9)
        assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(slope, rel=1e-7, abs=1e-7)


def test_a_sum_in_parts_is_the_sum(scene, monkeypatch):
    """Many patterns are worked on in parts; the parts are of equal size or one apart, and none is lost."""
    probe, slices, positions, amplitudes, propagator = scene
    whole = amplitude_loss(probe, slices, positions, amplitudes, propagator)
    for part in (1, 3 * probe.size):
        monkeypatch.setattr(ptychography, "_PART", part)
        parts = amplitude_loss(probe, slices, positions, amplitudes, propagator)
        assert parts.value == pytest.approx(whole.value, rel=1e-12)
        assert np.allclose(parts.slices, whole.slices, atol=1e-12)
        assert np.allclose(parts.probe, whole.probe, atol=1e-12)


def test_the_true_object_has_no_loss_and_no_slope(scene):
    probe, slices, positions, _, propagator = scene
    amplitudes = np.abs(diffract(probe, slices, positions, propagator))
    loss = amplitude_loss(probe, slices, positions, amplitudes, propagator)
    assert loss.value < 1e-28
    assert np.abs(loss.slices).max() < 1e-14


def test_dark_pixels_have_a_slope_of_zero(scene):
    probe, slices, positions, amplitudes, propagator = scene
    loss = amplitude_loss(np.zeros_like(probe), slices, positions, amplitudes, propagator)
    assert loss.value == pytest.approx(np.sum(amplitudes**2))
    assert not loss.probe.any()


@pytest.mark.parametrize(
    "message, change",
    [
        (r"axes \(position, y, x\), got shape \(8, 6\)", {"intensities": np.ones(WINDOW)}),
        ("intensities must be real numbers, got complex128", {"intensities": np.ones((2, *WINDOW), complex)}),
        ("finite and >= 0", {"intensities": np.full((2, *WINDOW), -1.0)}),
        ("finite and >= 0", {"intensities": np.full((2, *WINDOW), np.nan)}),
        ("hold electrons, got zeros only", {"intensities": np.zeros((2, *WINDOW))}),
        ("object_shape must be one integer or a", {"object_shape": (13, 12, 2)}),
        ("object_shape must be a positive integer, got -13", {"object_shape": (-13, 12)}),
        (r"integers of shape \(2, 2\).*got float64", {"positions": np.zeros((2, 2))}),
        (r"integers of shape \(2, 2\).*of shape \(3, 2\)", {"positions": np.zeros((3, 2), int)}),
        (r"must hold the window \(8, 6\), got \(7, 12\)", {"object_shape": (7, 12)}),
        (
            r"within one object \(13, 12\) of its first pixel, got \[-14, 0\]",
            {"positions": np.array([(0, 0), (-14, 0)])},
        ),
        ("overlap nowhere", {"positions": np.array([(0, 0), (0, 6)])}),
    ],
)
def test_data_that_do_not_fit_together_are_refused(message, change):
    good = {"intensities": np.ones((2, *WINDOW)), "positions": np.zeros((2, 2), int), "object_shape": SHAPE}
    assert Diffraction(**good).window == WINDOW
    with pytest.raises(ValueError, match=message):
        Diffraction(**(good | change))


@pytest.mark.parametrize(
    "given, kept", [("float32", "float32"), ("uint16", "float32"), ("float64", "float64"), ("int64", "float64")]
)
def test_patterns_keep_the_precision_that_they_have(given, kept):
    intensities = np.arange(96).reshape(2, *WINDOW).astype(given)
    data = Diffraction(intensities, np.zeros((2, 2), int), SHAPE)
    assert data.intensities.dtype == kept
    assert np.array_equal(data.intensities, intensities)
    # as large as memory allows: what came as it is needed is not copied
    assert np.shares_memory(data.intensities, intensities) == (given == kept)


def test_reprs_are_of_one_line(scene):
    probe, slices, positions, amplitudes, propagator = scene
    data = Diffraction(amplitudes**2, positions, SHAPE)
    assert repr(data) == "Diffraction(5 patterns of 8 x 6 pixels, object of 13 x 12)"
    assert repr(amplitude_loss(probe, slices, positions, amplitudes, propagator)).startswith("Loss(value=")
    assert len(repr(amplitude_loss(probe, slices, positions, amplitudes, propagator))) < 40


@pytest.mark.parametrize(
    "positions, message",
    [
        (np.zeros((2, 2)), r"positions must be integers of shape \(n, 2\), .*; got float64 of shape \(2, 2\)"),
        (np.zeros((0, 2), int), r"positions must be integers .*; got int64 of shape \(0, 2\)"),
        ([], r"positions must be integers .* of shape \(0,\)"),
        (3, r"positions must be integers .* of shape \(\)"),
        ([(0, 1, 2)], r"positions must be integers .* of shape \(1, 3\)"),
        ([(0, 25)], r"positions must lie within one object \(13, 12\) of its first pixel, got \[0, 25\]"),
    ],
)
def test_positions_of_no_windows_are_refused(scene, positions, message):
    probe, slices, _, amplitudes, _ = scene
    with pytest.raises(ValueError, match=message):
        diffract(probe, slices[0], positions)
    with pytest.raises(ValueError, match=message):
        amplitude_loss(probe, slices[0], positions, amplitudes[: np.size(positions) // 2])


@pytest.mark.parametrize(
    "propagator, message",
    [
        (None, r"propagator is needed between 3 slices: .* tcbf.multislice.propagator\(window, sampling"),
        (np.ones(SHAPE), r"propagator must be .* the window's shape \(8, 6\), got \(13, 12\)"),
        (1.0, r"propagator must be .* the window's shape \(8, 6\), got \(\)"),
        (np.full(WINDOW, np.inf), r"propagator must be finite numbers .* with NaN or infinity"),
    ],
)
def test_propagators_that_lead_nowhere_are_refused(scene, propagator, message):
    probe, slices, positions, amplitudes, _ = scene
    with pytest.raises(ValueError, match=message):
        diffract(probe, slices, positions, propagator)
    with pytest.raises(ValueError, match=message):
        amplitude_loss(probe, slices, positions, amplitudes, propagator)
    assert np.isfinite(diffract(probe, slices[0], positions, propagator)).all()  # a single slice needs none


def test_shapes_that_do_not_fit_together_are_refused(scene):
    probe, slices, positions, amplitudes, propagator = scene
    with pytest.raises(ValueError, match=r"for each position, \(5, 8, 6\); got \(4, 8, 6\)"):
        amplitude_loss(probe, slices, positions, amplitudes[:4], propagator)
    with pytest.raises(ValueError, match=r"probe must fit into the object \(13, 12\), got shape \(14, 6\)"):
        diffract(np.ones((14, 6)), slices[0], positions)
    with pytest.raises(ValueError, match=r"slices must have axes .* got shape \(12,\)"):
        diffract(probe, slices[0, 0], positions)
