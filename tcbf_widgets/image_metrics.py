"""How alike two images are, and what must be aligned before one may ask."""

from __future__ import annotations

import numpy as np
import scipy.ndimage

from ._checks import positive_number

SSIM_WINDOW = 7  # pixels along the window in which it compares
_STABLE = (0.01, 0.03)  # shares of the data range below which mean and contrast are not compared


def with_common_phase(wave, reference) -> np.ndarray:
    """A complex image times the one phase factor that brings it closest to a reference.

    Intensities leave one phase of a whole image open, so no error may be stated before this. Of several slices each
    has its own: what one gains as a whole, the next may lose.

    Parameters
    ----------
    wave, reference : complex arrays of one shape, one image or several, (..., ny, nx)

    Returns
    -------
    complex array; the image itself where the two have nothing in common
    """
    wave, reference = _same_shape(np.asarray(wave, complex), np.asarray(reference, complex))
    overlap = np.sum(np.conj(wave) * reference, axis=(-2, -1) if wave.ndim > 2 else None, keepdims=True)
    size = np.abs(overlap)
    return wave * np.divide(overlap, size, out=np.ones_like(overlap), where=size > 0)


def phase_error(wave, reference) -> np.ndarray:
    """Difference of two phases in rad, -π to π, with the one phase of each image that is open aligned."""
    return np.angle(with_common_phase(wave, reference) * np.conj(reference))


def psnr(image, reference, data_range: float) -> float:
    """Peak signal-to-noise ratio in dB, 10 log10(R² / mean square difference); infinite for equal images.

    Parameters
    ----------
    image, reference : real arrays of one shape
    data_range : R, of the values that are possible, such as 2π for a phase

    The definition is that of scikit-image, `skimage.metrics.peak_signal_noise_ratio`.

    >>> round(psnr([0.0, 1.0], [0.1, 1.1], 1.0), 6)
    20.0
    """
    image, reference = _same_shape(np.asarray(image, float), np.asarray(reference, float))
    data_range = positive_number("data_range", data_range, "in the unit of the image")
    square = np.mean((image - reference) ** 2)
    return float(10 * np.log10(data_range**2 / square)) if square > 0 else float("inf")


def ssim(image, reference, data_range: float) -> float:
    """Structural similarity of two images, 1 for equal ones.

    Parameters
    ----------
    image, reference : (ny, nx) real, at least 7 x 7
    data_range : of the values that are possible

    The definition is that of scikit-image, `skimage.metrics.structural_similarity`: square windows of 7 pixels, sample
    covariances, and the mean over all windows that lie inside the image.

    Reference: Wang et al., IEEE Transactions on Image Processing 13 (2004) 600, doi:10.1109/TIP.2003.819861.
    """
    x, y = _same_shape(np.asarray(image, float), np.asarray(reference, float))
    if x.ndim != 2 or min(x.shape) < SSIM_WINDOW:
        raise ValueError(f"image must have axes (y, x) of at least {SSIM_WINDOW} pixels, got shape {x.shape}")
    floors = [(share * positive_number("data_range", data_range, "in the unit of the image")) ** 2 for share in _STABLE]

    def mean(values):
        return scipy.ndimage.uniform_filter(values, SSIM_WINDOW)

    sample = SSIM_WINDOW**2 / (SSIM_WINDOW**2 - 1)
    mean_x, mean_y = mean(x), mean(y)
    covariance = sample * (mean(x * y) - mean_x * mean_y)
    variances = sample * (mean(x * x) - mean_x**2 + mean(y * y) - mean_y**2)
    alike = (2 * mean_x * mean_y + floors[0]) * (2 * covariance + floors[1])
    alike /= (mean_x**2 + mean_y**2 + floors[0]) * (variances + floors[1])
    inside = (SSIM_WINDOW - 1) // 2
    return float(alike[inside:-inside, inside:-inside].mean())


def _same_shape(image: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if image.shape != reference.shape:
        raise ValueError(f"image and reference must have one shape, got {image.shape} and {reference.shape}")
    return image, reference
