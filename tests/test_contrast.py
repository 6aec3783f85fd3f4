"""Contrast correction against its definition, the true phase of simulated scans, and known signals in known noise."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import contrast
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.contrast import SpectralSNR, correct_contrast, image_transfer, spectral_snr
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.resolution import fourier_ring_correlation, half_sets
from tcbf_widgets.specimen import Specimen
from tcbf_widgets.transfer import disk_grid, pixel_transfer, tcbf_transfer
from tcbf_widgets.upsampling import UpsampledImage, upsample

SHAPE, SAMPLING = (90, 84), (4.0, 4.5)
LENSES = {
    "defocus": Aberrations(C10=-9000),
    "overfocus": Aberrations(C10=7000),
    "astigmatism": Aberrations(C10=-9000, C12x=1500, C12y=-1000),
    "coma and spherical aberration": Aberrations(C10=-9000, C21x=4e5, C21y=-3e5, C30=1e7),
}


def fit_with(stack, aberrations, rotation_deg=0.0, transpose=False):
    return FittedOptics(stack, aberrations, rotation_deg, transpose, ("C10",), np.eye(1), np.inf)


def true_fit(stack, scan):
    return fit_with(stack, scan.truth.aberrations, scan.truth.rotation_deg, scan.truth.transpose)


def blob():
    """A phase that vanishes well before the border, with structure down to some pixels."""
    y, x = ((np.arange(n) - (n - 1) / 2) * step for n, step in zip(SHAPE, SAMPLING, strict=True))
    envelope = np.exp(-0.5 * (y[:, None] ** 2 + x**2) / 15**2)
    return 0.05 * envelope * (1 + np.cos(2 * np.pi * (0.06 * y[:, None] + 0.05 * x)))


def filtered(image, response):
    return np.fft.ifft2(np.fft.fft2(image) * response).real


@cache
def transfer_of(aberrations, semiangle, energy=300e3):
    """Transfer of the sum, straight from its definition."""
    q, k = frequency_grid(SHAPE, SAMPLING).reshape(-1, 2), disk_grid(energy, semiangle, 21)
    moved_back = np.exp(-1j * aberrations.gradient(k, energy) @ q.T)
    return 0.5j * np.mean(pixel_transfer(q, k, aberrations, energy, semiangle) * moved_back, axis=0).reshape(SHAPE)


@pytest.mark.parametrize("method", ["flip", "wiener"])
@pytest.mark.parametrize("aberrations", LENSES.values(), ids=LENSES)
def test_what_transfer_did_to_a_phase_is_undone(stack, aberrations, method):
    """Far from borders: flipped, each frequency of 2φ has the strength |L|; by Wiener L² s/(L² s + 1)."""
    fit = fit_with(stack, aberrations)
    transfer = transfer_of(aberrations, fit.semiangle)
    image = 1 + 2 * filtered(blob(), transfer)
    strength, snr = np.abs(transfer), 50.0
    kept = strength if method == "flip" else strength**2 * snr / (strength**2 * snr + 1)
    expected = image.mean() + 2 * filtered(blob() - blob().mean(), kept)
    corrected = correct_contrast(image, fit, method, snr if method == "wiener" else None, sampling=SAMPLING)
    assert isinstance(corrected, np.ndarray)
    # 21 pixels across the disk: the closed form and their sum differ by up to 0.03. Contrast of single frequencies
    # reaches the border and fades out beyond it
    assert np.abs(corrected - expected).max() < 0.03 * np.abs(expected - 1).max()
    assert np.std(expected - image) > 0.2 * np.std(expected)  # there was something to undo


def weak_scan(specimen, true_phase, aberrations, rotation=0.0, transpose=False):
    """A noiseless scan of the protein with a fiftieth of its potential; function image -> true phase on its grid."""
    weak = Specimen(specimen.potential / 50, specimen.sampling, specimen.slice_thickness)
    scan = tcbf.simulate_scan(weak, aberrations=aberrations, rotation_deg=rotation, transpose=transpose, dose=None)
    return scan, tcbf.bright_field_stack(scan), lambda image: true_phase(scan, image.shape, weak)


@pytest.mark.parametrize(
    "aberrations, rotation, transpose",
    [
        (Aberrations(C10=-12_000), -15, False),
        (Aberrations(C10=12_000), 60, False),
        (Aberrations(C10=-9_000, C12x=1500, C12y=2000), 30, True),
    ],
)
def test_heavy_is_bright_in_corrected_images_of_a_weak_specimen(specimen, true_phase, aberrations, rotation, transpose):
    """The whole way from counts, signs included."""
    scan, stack, phase_of = weak_scan(specimen, true_phase, aberrations, rotation, transpose)
    fit = true_fit(stack, scan)
    image = upsample(stack, fit.shifts, 4)
    for method, snr in (("flip", None), ("wiener", 100.0)):
        correlation = fourier_ring_correlation(correct_contrast(image, fit, method, snr), phase_of(image))
        band = (correlation.q > 0.01) & (correlation.q < 0.1)
        assert correlation.values[band].mean() > 0.8
    before = fourier_ring_correlation(image, phase_of(image))
    first = np.abs(image_transfer(np.column_stack([0 * before.q, before.q]), fit)) > 0.3
    assert np.sign(before.values[first][0]) == np.sign(aberrations.C10)  # defocus > 0: heavy was dark


def gain(image, phase, sampling, band):
    """How much of the true phase an image 1 + 2φ shows: regression over a band of frequencies, borders faded."""
    window = np.outer(*(np.hanning(n) for n in phase.shape))
    found, true = (np.fft.fft2(window * (values - values.mean())) for values in ((np.asarray(image) - 1) / 2, phase))
    length = np.linalg.norm(frequency_grid(phase.shape, sampling), axis=-1)
    chosen = (length > band[0]) & (length < band[1])
    return np.sum((found * true.conj()).real[chosen]) / np.sum(np.abs(true[chosen]) ** 2)


@pytest.mark.parametrize("method", ["flip", "wiener"])
def test_corrected_images_have_the_strength_of_the_phase_in_radians(specimen, true_phase, method):
    """The values are 1 + 2φ, less what the transfer, the kernel and the filter are known to take away."""
    scan, stack, phase_of = weak_scan(specimen, true_phase, Aberrations(C10=-12_000))
    fit = true_fit(stack, scan)
    image = upsample(stack, fit.shifts, 4)
    phase = phase_of(image)
    corrected = correct_contrast(image, fit, method, 100.0 if method == "wiener" else None)
    q = frequency_grid(image.shape, image.sampling)
    transfer = np.abs(image_transfer(q, fit))
    kept = transfer * image.kernel_transfer(q) if method == "flip" else transfer**2 / (transfer**2 + 0.01)
    for band in ((0.02, 0.045), (0.06, 0.1), (0.1, 0.15)):
        found, expected = (
            gain(values, phase, image.sampling, band) for values in (corrected, 1 + 2 * filtered(phase, kept))
        )
        assert found == pytest.approx(expected, rel=0.1)


def test_wiener_is_nearer_to_the_truth_than_the_flip_and_nearer_with_more_electrons(demo, stack, true_phase):
    errors = []
    for scan, images in ((demo, stack), (tcbf.demo.apoferritin(dose=1000), None)):
        images = images or tcbf.bright_field_stack(scan)
        fit = true_fit(images, scan)
        image = upsample(images, fit.shifts, 4)
        phase = true_phase(scan, image.shape)
        for method in ("flip", "wiener"):
            estimate = (correct_contrast(image, fit, method).values - 1) / 2
            errors.append(np.std(estimate - phase) / np.std(phase))
    # measured: 0.80 and 0.57 at 100, 0.79 and 0.43 at 1000 electrons/Å²
    assert errors[1] < 0.85 * errors[0]
    assert errors[3] < 0.75 * errors[2]
    assert errors[3] < errors[1]


def test_frequencies_without_signal_are_removed(stack):
    rng = np.random.default_rng(0)
    noisy = 1 + 0.1 * rng.normal(size=(64, 64))
    fit = fit_with(stack, LENSES["defocus"])
    corrected = correct_contrast(noisy, fit, sampling=0.8)
    q = np.linalg.norm(frequency_grid((64, 64), 0.8), axis=-1)
    inner = np.outer(np.hanning(64), np.hanning(64))
    power = np.abs(np.fft.fft2(inner * (corrected - 1))) ** 2
    limit = 2e-3 * fit.semiangle / stack.wavelength
    assert power[q > 1.1 * limit].mean() < 1e-4 * power[q < 0.9 * limit].mean()
    assert corrected.mean() == pytest.approx(noisy.mean(), abs=0.01)


def test_nothing_wraps_around(stack):
    """A spot with a dark ring near the upper border, against the same in a wide empty field, and in a periodic one."""
    fit = fit_with(stack, Aberrations(C10=-12_000))

    def spot(shape, top, left):
        y, x = np.indices(shape)
        squared = (y - top) ** 2 + (x - left) ** 2
        return np.exp(-squared / 2) - np.exp(-squared / 8) / 4  # sums to zero

    def flipped(image):
        return filtered(image, np.sign(image_transfer(frequency_grid(image.shape, SAMPLING), fit)))

    corrected = correct_contrast(1 + spot(SHAPE, 6, 40), fit, sampling=SAMPLING)
    wide = flipped(spot((450, 420), 186, 208))[180:270, 168:252]
    periodic = flipped(spot(SHAPE, 6, 40))
    below = slice(-20, None)
    ours, wrapped = (np.std((image - wide)[below]) for image in (corrected, periodic))
    # the sign of a sum of waves is not smooth, so its effect on a spot has a faint tail that never ends
    assert ours < 0.2 * wrapped


def test_upsampled_images_keep_everything_but_their_values(demo, stack, alignment):
    image = upsample(stack, alignment.shifts, 3)
    corrected = correct_contrast(image, true_fit(stack, demo))
    assert isinstance(corrected, UpsampledImage)
    assert corrected.values.dtype == np.float32
    assert (corrected.sampling, corrected.factor) == (image.sampling, image.factor)
    assert corrected.coverage is image.coverage
    assert not np.allclose(corrected.values, image.values, atol=1e-3)


def test_images_of_the_scan_know_their_sampling(demo, stack, alignment):
    fit = true_fit(stack, demo)
    known = correct_contrast(alignment.image, fit)
    assert np.array_equal(known, correct_contrast(alignment.image, fit, sampling=stack.scan_sampling))
    assert np.isfinite(correct_contrast(alignment.image, fit, "wiener")).all()


def test_snr_is_taken_as_number_or_spectrum(demo, stack, alignment):
    fit = true_fit(stack, demo)
    image = upsample(stack, alignment.shifts, 2)
    spectrum = SpectralSNR(np.array([0.0, 1.0]), np.full(2, 7.0), np.full(2, 7.0))
    by_number, by_spectrum = (correct_contrast(image, fit, "wiener", snr).values for snr in (7, spectrum))
    assert np.allclose(by_number, by_spectrum)
    halves = [upsample(stack, fit.shifts, 2, subset=half) for half in half_sets(stack)]
    measured = spectral_snr(fourier_ring_correlation(*halves), fit)
    assert np.allclose(
        correct_contrast(image, fit, "wiener").values, correct_contrast(image, fit, "wiener", measured).values
    )


@pytest.mark.parametrize("aberrations", [LENSES["defocus"], LENSES["astigmatism"]])
def test_spectral_snr_finds_the_ratio_that_was_put_in(stack, aberrations, monkeypatch):
    """A smooth ratio falls from 30 to 0.3, seen through contrast transfer with its zeros.

    The fit averages over some eighth of the frequency, over which this ratio falls by up to a half.
    """
    fit, shape, sampling = fit_with(stack, aberrations), (256, 256), 2.2
    q = frequency_grid(shape, sampling)
    length = np.linalg.norm(q, axis=-1)
    true = lambda q: 30 * np.exp(-q / 0.04)  # noqa: E731
    transfer = tcbf_transfer(q, aberrations, fit.energy, fit.semiangle)
    monkeypatch.setattr("tcbf_widgets.contrast._SPILL", 0.0)  # there are no borders here
    found = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        signal, one, other = rng.normal(size=(3, *shape))
        signal = filtered(signal, transfer * np.sqrt(true(length)))
        halves = [signal + np.sqrt(2) * noise for noise in (one, other)]  # their mean has the noise power 1
        found.append(spectral_snr(fourier_ring_correlation(*halves, sampling), fit))
    ratio = np.mean([snr.full for snr in found], axis=0) / true(found[0].q)
    band = (found[0].q > 0.02) & (found[0].q < 0.18)
    assert np.all(np.abs(ratio[band] - 1) < 0.3)
    assert np.mean(ratio[band]) == pytest.approx(1, abs=0.1)


def test_spectral_snr_of_noise_is_near_zero(stack):
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(2, 128, 128))
    snr = spectral_snr(fourier_ring_correlation(one, other, 2.5), fit_with(stack, LENSES["defocus"]))
    strong = snr.q > 0.02
    assert np.median(snr.full[strong]) < 0.1
    assert np.isfinite(snr.full).all()


def test_snr_vanishes_beyond_the_measured_rings():
    snr = SpectralSNR(np.array([0.01, 0.02]), np.array([4.0, 2.0]), np.array([1.0, 1.0]))
    assert np.allclose(snr.at([[0, 0], [0, 0.015], [0.02, 0], [0.03, 0.04]]), [4, 3, 2, 0])


def test_closed_form_is_used_where_it_is_exact(stack):
    q = frequency_grid((8, 8), 3.0)
    quadratic = fit_with(stack, LENSES["astigmatism"])
    assert np.array_equal(
        image_transfer(q, quadratic), tcbf_transfer(q, LENSES["astigmatism"], 300e3, quadratic.semiangle)
    )
    turned = image_transfer(q, fit_with(stack, LENSES["coma and spherical aberration"]))
    assert np.abs(turned.imag).max() > 0.01


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"method": "phase"}, "method must be one of 'flip', 'wiener', got 'phase'"),
        ({"image": np.ones((3, 4, 5))}, r"image must be a finite \(y, x\) image, got shape \(3, 4, 5\)"),
        ({"image": np.full((24, 48), np.nan)}, "image must be a finite"),
        ({"image": np.ones((30, 40))}, r"sampling must be given in Å per pixel for an image of shape \(30, 40\)"),
        ({"image": np.ones((30, 40)), "sampling": -2}, "sampling must be a number > 0, got -2"),
        ({"image": np.ones((30, 40)), "sampling": 2, "method": "wiener"}, "snr must be given for an image that is"),
        ({"method": "wiener", "snr": -1}, "snr must be a number > 0, got -1; the ratio of powers"),
        ({"method": "wiener", "snr": "high"}, "snr must be a number > 0, got 'high'"),
    ],
)
def test_bad_arguments_are_named(demo, stack, arguments, message):
    with pytest.raises(ValueError, match=message):
        correct_contrast(**({"image": np.ones((24, 48)), "fit": true_fit(stack, demo)} | arguments))


def test_in_focus_there_is_nothing_to_correct(stack):
    with pytest.raises(ValueError, match="no aberrations at all: a weak phase in focus has no contrast"):
        correct_contrast(np.ones((24, 48)), fit_with(stack, Aberrations()))


def test_no_signal_is_an_error_and_not_an_image(demo, stack):
    flat = replace(stack, images=np.ones_like(stack.images))
    fit = true_fit(flat, demo)
    with pytest.raises(ValueError, match="snr is zero at all frequencies.*no signal in common"):
        correct_contrast(upsample(flat, fit.shifts, 2), fit, "wiener")


def test_types_are_named(demo, stack):
    with pytest.raises(TypeError, match="fit must be a FittedOptics, from tcbf.fit_aberrations.*got Truth"):
        correct_contrast(np.ones((24, 48)), demo.truth)
    with pytest.raises(TypeError, match="correlation must be a RingCorrelation"):
        spectral_snr(np.ones(5), true_fit(stack, demo))


@pytest.mark.parametrize("method", ["flip", "wiener"])
def test_frequencies_in_pieces_give_the_same(demo, stack, alignment, monkeypatch, method):
    """A large image is filtered a few rows of frequencies at a time."""
    image = upsample(stack, alignment.shifts, 2)
    whole = correct_contrast(image, true_fit(stack, demo), method).values
    monkeypatch.setattr(contrast, "_WORK", 1000)
    assert np.array_equal(whole, correct_contrast(image, true_fit(stack, demo), method).values)
