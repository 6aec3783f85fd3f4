"""From an aligned image to the phase of the specimen: undoing contrast transfer.

The aligned sum is I = 1 + 2 φ ⊛ F⁻¹{L}, see `transfer`. L(q) swings between positive and negative: some frequencies of
the specimen are bright, others dark. Flipping the negative ones, I → 1 + 2 φ ⊛ F⁻¹{|L|}, makes all of them bright;
dividing by L as far as noise allows, Wiener's way, also gives back their strength: I → 1 + 2 φ, what an ideal phase
plate would show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import scipy.fft
import scipy.ndimage

from ._checks import positive_number, positive_pair, require
from .aberrations import FittedOptics
from .optics import electron_wavelength
from .resolution import RingCorrelation, fourier_ring_correlation, half_sets
from .rings import ring_points
from .transfer import ENOUGH_ACROSS, disk_grid, is_quadratic, summed_transfer, tcbf_transfer
from .upsampling import UpsampledImage, upsample

_METHODS = ("flip", "wiener")
# share of a ring's power that the borders spill into its neighbours; from 0.03 to 0.2 the demo's corrected image is
# nearest to the true phase, at any dose from 100 electrons/Å² on
_SPILL = 0.1
_FADE = 16  # beyond its borders an image fades to its mean over this part of its shorter side
_HOW_TO_FIT = "from tcbf.fit_aberrations(alignment) or tcbf.refine_aberrations(stack)"
_FAINTEST = 0.05  # least transfer of a kernel that is made up for
_WORK = 2**17  # frequencies in work at once: their transfer takes many times the memory that they do


@dataclass(frozen=True, eq=False)
class SpectralSNR:
    """Signal-to-noise ratio of an image, frequency by frequency.

    q : (rings,) 1/Å
    full : (rings,) the ratio at full transfer, L = 1: power of 2φ over that of the noise
    measured : (rings,) the ratio of the image itself, as half-sets show it: about full · |L|²
    """

    q: np.ndarray
    full: np.ndarray
    measured: np.ndarray

    def at(self, q) -> np.ndarray:
        """Ratio at full transfer for frequencies ``q`` (..., 2) in 1/Å, linear between rings, 0 beyond the last."""
        return np.interp(np.linalg.norm(np.asarray(q, float), axis=-1), self.q, self.full, right=0.0)


def spectral_snr(correlation: RingCorrelation, fit: FittedOptics) -> SpectralSNR:
    """Signal-to-noise ratio of the mean of two half-sets, and what it would be without losses in transfer.

    The correlation c of the halves gives the ratio of their mean, 2c/(1-c). It follows |L|², (A⋆A sin χ)² without
    higher aberrations, through its zeros, while the object's own spectrum is smooth: it is fitted to the neighbouring
    rings, each with the weight that the scatter of its correlation leaves it.

    Parameters
    ----------
    correlation : of two half-sets, from `resolution.fourier_ring_correlation`
    fit : aberrations, energy, semi-angle

    Returns
    -------
    SpectralSNR
    """
    require("correlation", correlation, RingCorrelation, "from tcbf.fourier_ring_correlation(first, second)")
    require("fit", fit, FittedOptics, _HOW_TO_FIT)
    q, c = correlation.q, np.clip(correlation.values, -0.999, 0.999)
    measured = 2 * c / (1 - c)
    transferred = _ring_power(q, fit)
    # δc = (1 - c²)/√counts, so δsnr = 2 (1 + c)/(1 - c)/√counts; for c < 0, which only noise gives, as for 0
    above = np.maximum(c, 0)
    weight = correlation.counts * ((1 - above) / (1 + above)) ** 2
    ring = np.arange(len(q))
    near = np.exp(-0.5 * ((ring - ring[:, None]) / (1 + ring[:, None] / 8)) ** 2)
    power = np.maximum(near @ (weight * transferred**2), 1e-30)
    fitted = np.maximum(near @ (weight * transferred * measured) / power, 0)
    # what the borders cut off spills from strong rings into their neighbours: error that both halves share
    spilt = _SPILL * scipy.ndimage.maximum_filter1d(fitted * transferred, 5)
    return SpectralSNR(q, fitted / (1 + spilt), np.maximum(measured, 0))


def _ring_power(q: np.ndarray, fit: FittedOptics) -> np.ndarray:
    """Mean of |L|² over rings around the frequencies ``q`` (rings,)."""
    width = q[1] - q[0] if len(q) > 1 else 0.0
    return np.mean(np.abs(image_transfer(ring_points(q, width), fit)) ** 2, axis=(1, 2))


def image_transfer(q, fit: FittedOptics) -> np.ndarray:
    """Transfer L(q) of the aligned sum with the aberrations of ``fit``: in closed form where exact, else the sum.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å, scan axes
    fit : aberrations, energy, semi-angle

    Returns
    -------
    (...) complex
    """
    q = np.asarray(q, float)
    optics = (fit.aberrations, fit.energy, fit.semiangle)
    if is_quadratic(fit.aberrations):
        return tcbf_transfer(q, *optics).astype(complex)
    transfer = np.zeros(q.shape[:-1], complex)
    passed = np.linalg.norm(q, axis=-1) < 2e-3 * fit.semiangle / electron_wavelength(fit.energy)
    transfer[passed] = summed_transfer(q[passed], disk_grid(fit.energy, fit.semiangle, ENOUGH_ACROSS), *optics)
    return transfer


def correct_contrast(image, fit: FittedOptics, method: str = "flip", snr=None, sampling=None):
    """Undo the contrast transfer of an aligned image: heavy becomes bright at all frequencies.

    ``"flip"`` multiplies each frequency with L*/|L|: the sign of sin χ for defocus and astigmatism. Noise keeps its
    strength, and so does the transfer |L|, whose zeros stay. ``"wiener"`` multiplies with L* s/(|L|² s + 1), s being
    the spectral signal-to-noise ratio at full transfer, and divides by the kernel of `upsample`: the least squared
    distance from 1 + 2φ. Both set to zero what lies beyond 2α/λ, where there is no signal.

    Coma turns the phase of frequencies in the sum. The literature's factor sign[sin χ_even] exp(-iχ_odd) holds for the
    axial image and not for the sum; L here is the sum's own (`transfer.summed_transfer`).

    Contrast of a defocused image reaches far. So that nothing wraps around, the image is continued beyond its borders
    by its own size, fading to its mean. What lay outside of the field stays unknown, and within the largest
    displacement of the border (120 Å at 1.5 µm and 4 mrad) the result is less certain.

    Parameters
    ----------
    image : `UpsampledImage`, or (ny, nx) array relative to its mean
    fit : aberrations, energy and semi-angle, from `fit_aberrations` or `refine_aberrations`; the image must be the one
        aligned by its shifts
    method : "flip" or "wiener"
    snr : for "wiener": `SpectralSNR`, or one number for all frequencies; by default measured between half-sets of
        ``fit.stack``, upsampled like the image
    sampling : Å per pixel of an array, one number or (y, x); by default that of the scan if it has the scan's shape

    Returns
    -------
    the same kind as ``image``: UpsampledImage with new values, or float64 array. Flipped, it is 1 + 2 φ ⊛ F⁻¹{|L|}; by
    "wiener", an estimate of 1 + 2φ

    Raises
    ------
    ValueError for an unknown method; an array of unknown sampling; aberrations that are all zero, which give a weak
        phase no contrast; half-sets without a common signal

    Reference for phase flipping of aligned images: Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250.

    >>> import tcbf_widgets as tcbf
    >>> stack = tcbf.bright_field_stack(tcbf.demo.apoferritin())
    >>> fit = tcbf.fit_aberrations(tcbf.align(stack))
    >>> correct_contrast(tcbf.upsample(stack, fit.shifts), fit)
    UpsampledImage(96 x 192 pixels of 2.5 x 2.5 Å, 4 per scan step)
    """
    values = _checked_values(image, fit, method)
    sampling = _checked_sampling(image, fit, sampling)
    if method == "flip":
        correction = partial(_phase_flip, fit=fit)
    else:
        correction = partial(_wiener_filter, image=image, fit=fit, ratio=_signal_to_noise(image, fit, snr))
    corrected = _filtered(values, correction, sampling)
    return replace(image, values=corrected.astype(np.float32)) if isinstance(image, UpsampledImage) else corrected


def _checked_values(image, fit, method) -> np.ndarray:
    """The image as a float array, or an error that says what is wrong with it, the fit or the method."""
    require("fit", fit, FittedOptics, _HOW_TO_FIT)
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(map(repr, _METHODS))}, got {method!r}")
    if not any(fit.aberrations[name] for name in fit.aberrations.names()):
        raise ValueError("fit has no aberrations at all: a weak phase in focus has no contrast that could be corrected")
    values = np.asarray(image, float)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError(f"image must be a finite (y, x) image, got shape {values.shape}")
    return values


def _phase_flip(q: np.ndarray, fit: FittedOptics) -> np.ndarray:
    """Factor L*/|L| of each frequency, 0 where nothing is transferred."""
    transfer = image_transfer(q, fit)
    size = np.abs(transfer)
    return np.divide(transfer.conj(), size, out=np.zeros_like(transfer), where=size > 0)


def _wiener_filter(q: np.ndarray, image, fit: FittedOptics, ratio) -> np.ndarray:
    """Factor L* s/(|L|² s + 1) of each frequency, divided by the kernel of an upsampled image."""
    transfer, ratio = image_transfer(q, fit), ratio.at(q) if isinstance(ratio, SpectralSNR) else ratio
    correction = transfer.conj() * ratio / (np.abs(transfer) ** 2 * ratio + 1)
    if isinstance(image, UpsampledImage):
        # what a wide kernel has all but removed stays away: dividing by next to nothing would bring up rounding
        correction /= np.maximum(image.kernel_transfer(q), _FAINTEST)
    return correction


def _filtered(values: np.ndarray, correction, sampling) -> np.ndarray:
    """The image, its deviation from the mean multiplied in Fourier space by what ``correction`` gives for each q."""
    # room for the field again: whatever leaves it on one side does not come in on the other
    shape = tuple(scipy.fft.next_fast_len(2 * n, real=True) for n in values.shape)
    mean, fade = values.mean(), min(values.shape) // _FADE
    faded = np.pad(values - mean, fade, mode="linear_ramp")
    spectrum = scipy.fft.rfft2(faded, s=shape)
    qy, qx = np.fft.fftfreq(shape[0], sampling[0]), np.fft.rfftfreq(shape[1], sampling[1])
    step = max(1, _WORK // len(qx))
    for start in range(0, shape[0], step):
        rows = slice(start, start + step)
        spectrum[rows] *= correction(np.stack(np.meshgrid(qy[rows], qx, indexing="ij"), axis=-1))
    corrected = scipy.fft.irfft2(spectrum, s=shape, overwrite_x=True)
    return mean + corrected[tuple(slice(fade, fade + own) for own in values.shape)]


def _checked_sampling(image, fit: FittedOptics, sampling) -> tuple[float, float]:
    if sampling is not None:
        sampling = positive_pair("sampling", sampling, "in Å per pixel")
        if isinstance(image, UpsampledImage) and not np.allclose(sampling, image.sampling):
            raise ValueError(
                f"sampling is {sampling}, but image has its own, {image.sampling} Å per pixel: leave it out"
            )
        return sampling
    if isinstance(image, UpsampledImage):
        return image.sampling
    if np.shape(image) == fit.stack.scan_shape:
        return fit.stack.scan_sampling
    raise ValueError(
        f"sampling must be given in Å per pixel for an image of shape {np.shape(image)}; only that of the scan, "
        f"{fit.stack.scan_shape}, is known"
    )


def _signal_to_noise(image, fit: FittedOptics, snr) -> float | SpectralSNR:
    """Signal-to-noise ratio at full transfer: that which was given, or measured."""
    if snr is not None and not isinstance(snr, SpectralSNR):
        return positive_number("snr", snr, "the ratio of powers at full transfer, or a SpectralSNR")
    found = _measured_snr(image, fit) if snr is None else snr
    if not found.full.any():
        raise ValueError(
            "snr is zero at all frequencies: half-sets of fit.stack have no signal in common; give snr as a number"
        )
    return found


def _measured_snr(image, fit: FittedOptics) -> SpectralSNR:
    if isinstance(image, UpsampledImage):
        factor, kernel_width = image.factor, image.kernel_width
    elif np.shape(image) == fit.stack.scan_shape:
        factor, kernel_width = 1, 0.0
    else:
        raise ValueError("snr must be given for an image that is neither an UpsampledImage nor of the scan's shape")
    halves = [upsample(fit.stack, fit.shifts, factor, kernel_width, half) for half in half_sets(fit.stack)]
    return spectral_snr(fourier_ring_correlation(*halves), fit)
