"""Kernel density: scattered samples on a regular grid, each shared by its four neighbours, and smoothed."""

from __future__ import annotations

import numpy as np
import scipy.ndimage

_TRUNCATED = 4  # standard deviations at which the Gaussian ends
_COVERED = 1e-3  # of the full number of samples; pixels with less are inpainted


def deposit_images(images, offsets, weights, factor: int, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """Weighted sum of the images' deviations from 1, and sum of weights, on the fine grid with its margin.

    All samples of one image have the same fraction of a pixel, so an image goes as a whole, four times, onto one of the
    factor x factor lattices of the fine grid that have the scan's step.

    Parameters
    ----------
    images : (n, scan_y, scan_x) float32
    offsets : (n, 2) of each image's first sample from the first pixel of the scanned field, in pixels of the fine grid
    weights : (n,)
    factor, margin : as for `deposit_samples`

    Returns
    -------
    as `deposit_samples`
    """
    ny, nx = images.shape[1:]
    lattices = (factor, factor, ny + 2 * margin, nx + 2 * margin)
    total, weight = np.zeros(lattices, np.float32), np.zeros(lattices, np.float32)
    offsets = np.clip(offsets, -(10.0**9), 10.0**9)  # those far beyond the field would not fit an integer
    corners = np.floor(offsets).astype(int)
    fractions = offsets - corners
    for image, corner, fraction, image_weight in zip(
        images, corners.tolist(), fractions.tolist(), weights.tolist(), strict=True
    ):
        deviation = image - np.float32(1)
        columns = _along(corner[1], fraction[1], nx, factor, margin)
        for share_y, lattice_y, into_y, from_y in _along(corner[0], fraction[0], ny, factor, margin):
            for share_x, lattice_x, into_x, from_x in columns:
                share = np.float32(image_weight * share_y * share_x)
                total[lattice_y, lattice_x, into_y, into_x] += share * deviation[from_y, from_x]
                weight[lattice_y, lattice_x, into_y, into_x] += share
    shape = (factor * lattices[2], factor * lattices[3])
    return tuple(grid.transpose(2, 0, 3, 1).reshape(shape) for grid in (total, weight))


def join_samples(total: np.ndarray, weight: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Smooth deposited samples and divide by their smoothed weight: the second half of `upsample`.

    Parameters
    ----------
    total, weight : from `deposit_samples`
    sigma : standard deviation of the Gaussian in pixels

    Returns
    -------
    deviation from 1, inpainted where no sample is in reach, and coverage, both as `total`
    """
    kernel = gaussian(sigma)
    coverage = _smooth(weight, kernel)
    ratio = np.divide(_smooth(total, kernel), coverage, out=np.zeros_like(total), where=coverage > 0)
    if coverage.any():
        _inpaint(ratio, coverage >= _COVERED, total, weight)
    return ratio, coverage


def _along(
    corner: int, fraction: float, length: int, factor: int, margin: int
) -> list[tuple[float, int, slice, slice]]:
    """Both places along one axis to which an image's samples go: share, lattice, where there, and from which part."""
    places = []
    for pixel, share in ((corner, 1 - fraction), (corner + 1, fraction)):
        start, lattice = divmod(pixel, factor)
        start += margin
        first, last = max(start, 0), max(min(start + length, length + 2 * margin), 0)
        places.append((share, lattice, slice(first, last), slice(first - start, max(last - start, 0))))
    return places


def gaussian(sigma: float) -> np.ndarray:
    """Gaussian of standard deviation ``sigma`` pixels, with sum 1; a single 1 for sigma = 0."""
    reach = np.arange(-int(np.ceil(_TRUNCATED * sigma)), int(np.ceil(_TRUNCATED * sigma)) + 1)
    kernel = np.exp(-0.5 * (reach / max(sigma, 1e-9)) ** 2)
    return kernel / kernel.sum()


def _smooth(grid: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    for axis in (0, 1):
        grid = scipy.ndimage.convolve1d(grid, kernel, axis, mode="constant")
    return grid


def _inpaint(ratio: np.ndarray, covered: np.ndarray, total: np.ndarray, weight: np.ndarray) -> None:
    """Fill ``ratio`` where it is not ``covered`` from the nearest samples, in place."""
    sigma = 1.0
    while not covered.all():
        near = scipy.ndimage.gaussian_filter(weight, sigma, mode="constant", truncate=_TRUNCATED)
        reached = ~covered & (near >= _COVERED * near.max())
        sums = scipy.ndimage.gaussian_filter(total, sigma, mode="constant", truncate=_TRUNCATED)
        ratio[reached] = sums[reached] / near[reached]
        covered = covered | reached
        sigma *= 2
