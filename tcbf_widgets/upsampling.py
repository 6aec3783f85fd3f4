"""A finer image than the scan: every sample of every virtual image, put where it belongs.

The virtual images are displaced by fractions of a scan step, each by its own. Their samples, moved back, therefore fall
between the probe positions, and together they sample the specimen much more finely than the scan did: what is folded
back at the scan's Nyquist frequency in each image comes apart in their sum. The limit is then set by the optics, 2α/λ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._checks import non_negative_number, positive_integer, require
from .bright_field import BrightFieldStack
from .kernel_density import deposit_images, gaussian, join_samples

_LARGEST_FACTOR = 8


@dataclass(frozen=True, eq=False)
class UpsampledImage:
    """An aligned image on a grid finer than the scan.

    Each scan pixel is divided into factor x factor pixels, so that scan image and upsampled image cover the same field.

    values : (factor · scan_y, factor · scan_x) float32, relative to the mean of the scan; `numpy.asarray` gives these
    sampling : (y, x) Å per pixel
    coverage : as values, float32; samples that meet at each pixel, 1 where all images do. Noise falls as 1/√coverage.
        Where it is below 0.001 the values are inpainted
    factor : pixels per scan step
    kernel_width : standard deviation of the Gaussian that joins the samples, scan steps
    """

    values: np.ndarray
    sampling: tuple[float, float]
    coverage: np.ndarray
    factor: int
    kernel_width: float

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype, copy=True if copy else None)

    def __repr__(self) -> str:
        (ny, nx), (sy, sx) = self.shape, self.sampling
        return f"UpsampledImage({ny} x {nx} pixels of {sy:.3g} x {sx:.3g} Å, {self.factor} per scan step)"

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return self.values.shape

    def kernel_transfer(self, q) -> np.ndarray:
        """What joining the samples leaves of each frequency, signal and noise alike; ``q`` (..., 2) in 1/Å.

        A sample is shared linearly between neighbouring pixels, sinc², and then spread by the Gaussian.
        """
        kernel = gaussian(self.kernel_width * self.factor)
        reach = np.arange(len(kernel)) - len(kernel) // 2
        cycles = np.asarray(q, float) * self.sampling
        spread = np.cos(2 * np.pi * cycles[..., None] * reach) @ kernel
        return np.prod(np.sinc(cycles) ** 2 * spread, axis=-1)


def upsample(
    stack: BrightFieldStack, shifts, factor: int = 4, kernel_width: float = 0.125, subset=None
) -> UpsampledImage:
    """Align and sum the virtual images on a finer grid, by kernel density estimation.

    The sample of image k at the probe position r shows the specimen at r - shift(k). It is deposited there, shared
    between the four nearest pixels, weighted with the mean counts of its image: a count's relative noise is one over
    the square root of the mean, so this weight leaves the least noise. Sum and sum of weights are both smoothed by a
    Gaussian, then divided.

    Borders. Nothing wraps around. What images show of the specimen outside of the scanned field is left out, and
    towards the border fewer images meet: see `UpsampledImage.coverage`. Pixels that no sample reaches (at the border
    after large shifts; between the samples if the images are hardly displaced) are inpainted with Gaussians of doubled
    and redoubled width, each used where the one before has no sample in reach.

    Parameters
    ----------
    stack : virtual images
    shifts : (n, 2) Å, scan axes: where each image lies, such as ``alignment.shifts`` or ``fit.shifts``
    factor : pixels per scan step, 1 to 8
    kernel_width : standard deviation of the Gaussian in scan steps, >= 0. Wider is smoother,
        `UpsampledImage.kernel_transfer`
    subset : (n,) bool, the images to use (`resolution.half_sets`); all by default

    Returns
    -------
    UpsampledImage

    Raises
    ------
    ValueError if factor is not an integer from 1 to 8, if shifts are not (n, 2) finite numbers, or so large that no
        image remains in the field

    Reference: Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250, section on upsampling.

    >>> import tcbf_widgets as tcbf
    >>> data = tcbf.demo.apoferritin()
    >>> stack = tcbf.bright_field_stack(data)
    >>> upsample(stack, data.truth.image_shifts(stack.k, data.energy), factor=4)
    UpsampledImage(96 x 192 pixels of 2.5 x 2.5 Å, 4 per scan step)
    """
    require("stack", stack, BrightFieldStack, "from tcbf.bright_field_stack(data)")
    factor, kernel_width = checked_factor(factor), non_negative_number("kernel_width", kernel_width)
    # scan steps: samples beyond the border reach into the field
    margin = -(-(len(gaussian(kernel_width * factor)) // 2 + 1) // factor)
    ratio, coverage = join_samples(*deposit_samples(stack, shifts, factor, margin, subset), kernel_width * factor)
    inside = tuple(slice(margin * factor, (margin + n) * factor) for n in stack.scan_shape)
    if not coverage[inside].any():
        raise ValueError("shifts move every image out of the scanned field; they are in Å, relative to the axial image")
    sampling = tuple(step / factor for step in stack.scan_sampling)
    return UpsampledImage(1 + ratio[inside], sampling, coverage[inside].copy(), factor, kernel_width)


def deposit_samples(
    stack: BrightFieldStack, shifts, factor: int, margin: int, subset=None
) -> tuple[np.ndarray, np.ndarray]:
    """Deposit all samples where they belong: the first half of `upsample`, before anything is smoothed or divided.

    Parameters
    ----------
    stack, shifts, factor, subset : as for `upsample`
    margin : scan steps that the grid reaches beyond the scanned field on each side

    Returns
    -------
    two float32 arrays (factor · (scan_y + 2 margin), factor · (scan_x + 2 margin)): the weighted sum of the samples'
    deviations from 1, and the sum of their weights, 1 on average where all images meet
    """
    shifts, chosen = _checked_shifts(stack, shifts), checked_subset(stack, subset)
    offsets = (0.5 - shifts[chosen] / stack.scan_sampling) * factor - 0.5  # of each image's first sample, in pixels
    weights = stack.mean_counts[chosen] / stack.mean_counts[chosen].sum() * factor**2
    return deposit_images(stack.images[chosen], offsets, weights, factor, margin)


def checked_factor(factor, name: str = "factor") -> int:
    """Pixels per scan step as an integer, or an error that says what is wrong with the argument of that name."""
    factor = positive_integer(name, factor)
    if factor > _LARGEST_FACTOR:
        raise ValueError(f"{name} must be at most {_LARGEST_FACTOR} pixels per scan step, got {factor}")
    return factor


def _checked_shifts(stack: BrightFieldStack, shifts) -> np.ndarray:
    shifts = np.asarray(shifts, float)
    if shifts.shape != (len(stack), 2):
        raise ValueError(
            f"shifts must have shape ({len(stack)}, 2), one (y, x) in Å for each image of the stack; got {shifts.shape}"
        )
    if not np.isfinite(shifts).all():
        raise ValueError("shifts must be finite, got NaN or infinity")
    return shifts


def checked_subset(stack: BrightFieldStack, subset) -> np.ndarray:
    """The images to use as (n,) bool, all if ``subset`` is None, or an error that says what is wrong."""
    if subset is None:
        return np.ones(len(stack), bool)
    subset = np.asarray(subset)
    if subset.shape != (len(stack),) or subset.dtype != bool:
        raise ValueError(
            f"subset must be {len(stack)} bools, one for each image; got {subset.dtype} of shape {subset.shape}"
        )
    if not subset.any():
        raise ValueError("subset must choose at least one image, got none")
    return subset


def fourier_upsample(image, factor: int = 4) -> np.ndarray:
    """Plain Fourier interpolation: more pixels, and no more information.

    Frequencies beyond the scan's Nyquist frequency stay empty. The grid is that of `upsample`; the image is continued
    periodically.

    Parameters
    ----------
    image : (ny, nx)
    factor : pixels per pixel of the image, 1 to 8

    Returns
    -------
    (factor · ny, factor · nx) float64

    >>> fourier_upsample(np.ones((2, 3)), 2).shape
    (4, 6)
    """
    image, factor = np.asarray(image, float), checked_factor(factor)
    if image.ndim != 2 or not image.size:
        raise ValueError(f"image must have axes (y, x), got shape {image.shape}")
    for axis in (0, 1):
        image = np.moveaxis(_interpolation(image.shape[axis], factor) @ np.moveaxis(image, axis, 0), 0, axis)
    return image


def _interpolation(length: int, factor: int) -> np.ndarray:
    """(factor · length, length) matrix of the band-limited periodic interpolation at the centres of the fine pixels."""
    position = (np.arange(factor * length) + 0.5) / factor - 0.5
    frequency = np.fft.fftfreq(length)
    distance = position[:, None] - np.arange(length)
    # the Nyquist frequency of an even length, once in the list, stands for both of its signs: hence the real part
    return np.mean(np.cos(2 * np.pi * distance[..., None] * frequency), axis=-1)
