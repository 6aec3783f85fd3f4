"""From a 4D-STEM scan to the stack of virtual bright-field images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.ndimage

from ._checks import finite_number, positive_integer, require
from .fourdstem import FourDSTEM
from .optics import electron_wavelength


@dataclass(frozen=True, eq=False)
class BrightFieldDisk:
    """The bright-field disk on the detector.

    mean_pattern : (detector_y, detector_x) mean counts per pattern
    mask : (detector_y, detector_x) bool, True inside the disk
    center : (y, x) in detector pixels, to a fraction of a pixel
    radius : detector pixels
    """

    mean_pattern: np.ndarray
    mask: np.ndarray
    center: tuple[float, float]
    radius: float


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


def find_disk(mean_pattern: np.ndarray, threshold: float = 0.5) -> BrightFieldDisk:
    """Find the bright-field disk in the mean diffraction pattern.

    Parameters
    ----------
    mean_pattern : (detector_y, detector_x)
    threshold : the rim lies where the intensity falls to this fraction of the plateau, 0 to 1

    Returns
    -------
    BrightFieldDisk: the largest connected region above the threshold, its holes filled

    Raises
    ------
    ValueError if the threshold selects no or one pixel, or the disk touches the detector's edge
    """
    threshold = finite_number("threshold", threshold)
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie between 0 and 1, a fraction of the disk's intensity; got {threshold}")
    pattern = np.asarray(mean_pattern, float)
    plateau = _plateau(pattern)
    mask = _largest_region(pattern > threshold * plateau)
    if mask.sum() < 2:
        raise ValueError(
            f"threshold={threshold} selects {int(mask.sum())} pixel(s): no bright-field disk found; "
            "lower the threshold, or mask hot pixels in array"
        )
    if mask[[0, -1]].any() or mask[:, [0, -1]].any():
        raise ValueError(
            f"the bright-field disk found with threshold={threshold} touches the detector's edge, so its centre "
            "is unknown; raise the threshold, or record with a shorter camera length so that the whole disk fits"
        )
    center = tuple(float(c) for c in scipy.ndimage.center_of_mass(mask))
    return BrightFieldDisk(pattern, mask, center, float(np.sqrt(mask.sum() / np.pi)))


def _plateau(pattern: np.ndarray) -> float:
    """Intensity inside the disk: the median of what exceeds half of a robust maximum."""
    # a 3 x 3 median keeps single hot pixels from posing as the plateau
    smooth = scipy.ndimage.median_filter(pattern, 3, mode="nearest")
    top = smooth.max()
    return float(np.median(pattern[smooth > top / 2])) if top > 0 else float(pattern.max())


def _largest_region(mask: np.ndarray) -> np.ndarray:
    labels, count = scipy.ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())[1:]
    return scipy.ndimage.binary_fill_holes(labels == 1 + sizes.argmax())


def bright_field_stack(data: FourDSTEM, threshold: float = 0.5) -> BrightFieldStack:
    """Collect the virtual image of every pixel of the bright-field disk.

    Parameters
    ----------
    data : the scan
    threshold : rim of the disk as a fraction of its intensity, see `find_disk`

    Returns
    -------
    BrightFieldStack. Pixels of the disk that never counted an electron are left out.

    >>> import tcbf_widgets as tcbf
    >>> tcbf.bright_field_stack(tcbf.demo.apoferritin())
    BrightFieldStack(2118 images of 24 x 48 positions, 300 kV)
    """
    require("data", data, FourDSTEM, "from tcbf.open(path) or tcbf.FourDSTEM(array, ...)")
    total = np.zeros(data.detector_shape)
    for _, block in data.row_blocks():
        total += block.sum(axis=(0, 1), dtype=float)
    disk = find_disk(total / np.prod(data.scan_shape), threshold)
    pixels = np.argwhere(disk.mask & (total > 0))
    images = np.empty((len(pixels), *data.scan_shape), np.float32)
    for rows, block in data.row_blocks():
        images[:, rows] = np.moveaxis(block[:, :, pixels[:, 0], pixels[:, 1]], -1, 0)
    mean = disk.mean_pattern[pixels[:, 0], pixels[:, 1]].astype(np.float32)
    images /= mean[:, None, None]
    return BrightFieldStack(images, mean, pixels, disk, data.energy, data.scan_sampling, data.reciprocal_sampling)


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
