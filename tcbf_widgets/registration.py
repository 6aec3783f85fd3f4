"""Sub-pixel registration of two images by cross-correlation, and shifting in Fourier space."""

from __future__ import annotations

import numpy as np
import scipy.fft

from .geometry import frequency_grid
from .subpixel import paraboloid_offset


def shift_ramps(shape: tuple[int, int], shifts) -> tuple[np.ndarray, np.ndarray]:
    """Phase ramps that move images by ``shifts``, for spectra of `scipy.fft.rfft2`.

    Parameters
    ----------
    shape : (ny, nx) of the images
    shifts : (n, 2) pixels (y, x); an image moves towards larger indices

    Returns
    -------
    (n, ny) and (n, nx // 2 + 1) complex64; their outer product is exp(-2πi q·shift)
    """
    shifts = np.asarray(shifts, float)
    qy, qx = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
    return phase_factors(shifts[:, :1] * qy), phase_factors(shifts[:, 1:] * qx)


def phase_factors(cycles: np.ndarray) -> np.ndarray:
    """exp(-2πi cycles) as complex64, 1e-6 off; sine and cosine are several times faster than a complex exp."""
    angle = (-2 * np.pi * cycles).astype(np.float32)
    factors = np.empty(angle.shape, np.complex64)
    np.cos(angle, out=factors.real)
    np.sin(angle, out=factors.imag)
    return factors


def shift_images(images, shifts) -> np.ndarray:
    """Move periodic images by exact Fourier interpolation, in double precision.

    Parameters
    ----------
    images : (n, ny, nx)
    shifts : (n, 2) pixels (y, x)

    Returns
    -------
    (n, ny, nx) float64; of what cannot be real, at the Nyquist frequency, the real part is taken
    """
    images = np.asarray(images, float)
    q = frequency_grid(images.shape[-2:], 1.0)
    ramps = np.exp(-2j * np.pi * np.tensordot(np.asarray(shifts, float), q, axes=(-1, -1)))
    return np.fft.ifft2(np.fft.fft2(images) * ramps).real


def matched_weight(first: np.ndarray, second: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Weight of each frequency for the correlation of noisy images, learnt from half-sets.

    With signal power S and noise power N, the correlation of two images has mean S and a spread of
    S + N at each frequency, so its peak is safest with the weight S/(S + N)². S is what two half-sets
    of the same image share. Both are averaged over rings of equal |q| and over the images.

    Parameters
    ----------
    first, second : (n, ny, nx // 2 + 1) spectra of the two halves of each image
    shape : (ny, nx) of the images

    Returns
    -------
    (ny, nx // 2 + 1) float, at most 1
    """
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1]))
    ring = np.rint(frequency * max(shape)).astype(int).ravel()
    members = np.bincount(ring)

    def over_rings(power):
        return np.bincount(ring, power.sum(axis=0).ravel()) / members

    shared = np.maximum(over_rings((first * second.conj()).real), 0)
    total = over_rings(np.abs(first + second) ** 2 / 4)
    weight = np.divide(shared, total**2, out=np.zeros_like(total), where=total > 0)
    weight[0] = 0  # the mean carries no position
    top = weight.max()
    return (weight / top if top > 0 else np.ones_like(weight))[ring].reshape(frequency.shape)


class Registration:
    """Finds the shift between two images of one shape by upsampled cross-correlation.

    The peak of the cross-correlation is found to a pixel, then refined by a matrix Fourier
    transform on a fine grid around it and a paraboloid through the finest values.

    Reference: Guizar-Sicairos, Thurman, Fienup, Opt. Lett. 33 (2008) 156, doi:10.1364/OL.33.000156.

    Parameters
    ----------
    shape : (ny, nx) of the images
    upsampling : points per pixel of the fine grid
    weight : (ny, nx // 2 + 1) weight of each frequency in the correlation, 1 if None
    """

    def __init__(self, shape: tuple[int, int], upsampling: int = 8, weight=None):
        self.shape, self.upsampling, self.weight = shape, upsampling, weight
        span = np.arange(-upsampling, upsampling + 1) / upsampling
        qy, qx = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
        # a real image needs only half of the spectrum: its other half is counted twice here
        twice = np.full(len(qx), 2.0)
        twice[0] = 1.0
        if shape[1] % 2 == 0:
            twice[-1] = 1.0
        self._qy, self._qx = qy, qx
        self._fine_y = np.exp(2j * np.pi * np.outer(span, qy))
        self._fine_x = np.exp(2j * np.pi * np.outer(qx, span)) * twice[:, None]
        self._span = span

    def __call__(self, spectrum: np.ndarray, reference: np.ndarray, near=(0.0, 0.0), reach=np.inf) -> np.ndarray:
        """Shift (y, x) in pixels of one image against another.

        Parameters
        ----------
        spectrum, reference : rfft2 spectra of the image and of what it is compared with
        near, reach : only shifts within ``reach`` pixels of ``near`` (y, x) are considered
        """
        product = spectrum * reference.conj()
        if self.weight is not None:
            product *= self.weight
        peak = self._highest(scipy.fft.irfft2(product, s=self.shape), np.rint(near).astype(int), reach)
        to_peak_y = np.exp(2j * np.pi * peak[0] * self._qy)
        to_peak_x = np.exp(2j * np.pi * peak[1] * self._qx)
        centred = product * to_peak_y[:, None] * to_peak_x
        fine = (self._fine_y @ centred @ self._fine_x).real
        row, column = np.unravel_index(np.argmax(fine), fine.shape)
        return peak + self._span[[row, column]] + _offset(fine, row, column) / self.upsampling

    def _highest(self, correlation: np.ndarray, near: np.ndarray, reach: float) -> np.ndarray:
        """Whole-pixel shift of the largest correlation within ``reach`` of ``near``."""
        spans = [np.arange(-min(reach, (n - 1) // 2), min(reach, n // 2) + 1).astype(int) for n in self.shape]
        rows, columns = ((span + middle) % n for span, middle, n in zip(spans, near, self.shape, strict=True))
        patch = correlation[rows[:, None], columns]
        outside = np.square(spans[0])[:, None] + np.square(spans[1]) > max(reach, 1) ** 2
        if not np.ptp(patch):  # nothing to find in images without structure
            return near
        best = np.unravel_index(np.argmax(np.where(outside, -np.inf, patch)), patch.shape)
        return near + np.array([spans[0][best[0]], spans[1][best[1]]])


def _offset(values: np.ndarray, row: int, column: int) -> np.ndarray:
    """Offset (y, x) in grid steps of the peak around a grid maximum; 0 at the border of the grid."""
    if not (0 < row < values.shape[0] - 1 and 0 < column < values.shape[1] - 1):
        return np.zeros(2)
    return paraboloid_offset(values[row - 1 : row + 2, column - 1 : column + 2])
