"""The stack of virtual bright-field images, and groups of its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._checks import positive_integer
from .disk import BrightFieldDisk
from .optics import electron_wavelength


@dataclass(frozen=True, eq=False)
class BrightFieldStack:
    """Virtual bright-field images, one for each pixel of the disk.

    images : (n, scan_y, scan_x) float32, each divided by its mean
    mean_counts : (n,) float32 mean counts per probe position of each pixel
    pixels : (n, 2) int, detector pixel (y, x)
    k : (n, 2) spatial frequency (y, x) from the centre of the disk, 1/Å, detector axes
    disk : the `BrightFieldDisk` they come from
    energy, scan_sampling, reciprocal_sampling : as in `FourDSTEM`
    """

    images: np.ndarray
    mean_counts: np.ndarray
    pixels: np.ndarray
    disk: BrightFieldDisk
    energy: float
    scan_sampling: tuple[float, float]
    reciprocal_sampling: tuple[float, float]

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        sy, sx = self.scan_shape
        return f"BrightFieldStack({len(self)} images of {sy} x {sx} positions, {self.energy / 1e3:g} kV)"

    @cached_property
    def k(self) -> np.ndarray:
        """(n, 2) spatial frequencies in 1/Å, detector axes."""
        return (self.pixels - np.array(self.disk.center)) * np.array(self.reciprocal_sampling)

    @property
    def scan_shape(self) -> tuple[int, int]:
        """(scan_y, scan_x)."""
        return self.images.shape[1:]

    @property
    def wavelength(self) -> float:
        """Electron wavelength in Å."""
        return electron_wavelength(self.energy)

    @property
    def left_out(self) -> np.ndarray:
        """(m, 2) int, pixels (y, x) of the disk without an image: hot or dead ones, or without any counts."""
        missing = self.disk.mask.copy()
        missing[tuple(self.pixels.T)] = False
        return np.argwhere(missing)

    @cached_property
    def noise_variance(self) -> float:
        """Variance of the counts in units of their mean: 1 where electrons are counted, the gain where amplified."""
        return _noise_variance(self)

    @property
    def rim(self) -> float:
        """Radius of the disk in 1/Å."""
        # the disk's radius is that of a circle of its area, so an oblong pixel counts by its own area
        return self.disk.radius * float(np.sqrt(np.prod(self.reciprocal_sampling)))

    @property
    def counts(self) -> np.ndarray:
        """(n, scan_y, scan_x) counts before the division by the mean."""
        return self.images * self.mean_counts[:, None, None]


def _noise_variance(stack: BrightFieldStack) -> float:
    """The two diagonals of a square of four pixels have the same mean k and so show the same; they differ by noise.

    The median over the squares keeps single hot pixels out.
    """
    group = group_pixels(stack.pixels, 2)
    side = 2 * group + stack.pixels.sum(axis=1) % 2
    order = np.argsort(side, kind="stable")
    present, starts = np.unique(side[order], return_index=True)
    counts = np.add.reduceat(stack.mean_counts[order].astype(float), starts)
    weighted = stack.images[order] * stack.mean_counts[order, None, None]
    images = np.add.reduceat(weighted, starts) / counts.astype(np.float32)[:, None, None]
    size = np.diff(np.r_[starts, len(order)])
    pairs = np.flatnonzero((np.diff(present // 2) == 0) & (size[:-1] == 2) & (size[1:] == 2))
    if not len(pairs):
        return 1.0
    difference = images[pairs] - images[pairs + 1]
    squares = np.einsum("nyx,nyx->n", difference, difference) / np.prod(stack.scan_shape)
    variance = float(np.median(squares / (1 / counts[pairs] + 1 / counts[pairs + 1])))
    return variance if variance > 0 else 1.0


def group_pixels(pixels: np.ndarray, bin_size: int) -> np.ndarray:
    """Group detector pixels into square bins around the middle of the disk.

    Parameters
    ----------
    pixels : (n, 2) integer detector pixels
    bin_size : edge of a bin in pixels

    Returns
    -------
    (n,) group of each pixel; groups are numbered from the centre outwards

    >>> group_pixels(np.array([[0, 0], [0, 1], [0, 2], [0, 4]]), 2)
    array([2, 0, 0, 1])
    """
    bin_size = positive_integer("bins", bin_size)
    pixels = np.asarray(pixels)
    # halves all go up: rounding them to even would join neighbours where the median lies between two pixels
    bins = np.floor((pixels - np.median(pixels, axis=0)) / bin_size + 0.5).astype(int)
    cells, group = np.unique(bins, axis=0, return_inverse=True)
    # the angle breaks ties, so that one ring is walked around and not jumped across
    order = np.lexsort((np.arctan2(cells[:, 0], cells[:, 1]), np.sum(cells**2, axis=1)))
    return np.argsort(order)[group.ravel()]


def group_means(values: np.ndarray, group: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """(groups, 2) means over each group of vectors (n, 2), such as k, of its pixels; (n,) weights, all alike if None.

    >>> group_means(np.array([[0.0, 1.0], [4.0, 1.0], [5.0, 2.0]]), np.array([0, 0, 1]), np.array([3.0, 1.0, 1.0]))
    array([[1., 1.],
           [5., 2.]])
    """
    weights = np.ones(len(group)) if weights is None else weights
    sums = np.stack([np.bincount(group, weights * axis) for axis in values.T], axis=1)
    return sums / np.bincount(group, weights)[:, None]


def edge_profile(length: int, blend: int) -> np.ndarray:
    """Window (length,) that rises as sin² from 0 to 1 over ``blend`` pixels at both ends.

    >>> edge_profile(6, 2).round(2)
    array([0.15, 0.85, 1.  , 1.  , 0.85, 0.15])
    """
    if blend == 0 or length == 1:
        return np.ones(length)
    inward = np.minimum(np.arange(length) + 0.5, length - 0.5 - np.arange(length))
    return np.sin(np.pi / 2 * np.clip(inward / blend, 0, 1)) ** 2
