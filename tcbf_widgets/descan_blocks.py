"""Descan from parts of a scan: where the disk lies in the sum of the patterns of each part.

A single pattern at low dose has too few electrons to say where its disk is; a sum of some dozens has enough. And there
the phase contrast of the specimen, which tilts single patterns, averages out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
from scipy.special import ndtr, stdtrit

from .descan import Descan
from .descan_plane import Plane
from .descan_ramp import descan_ramps

_SMOOTH = 1.0  # pixels; few electrons make a ragged rim
_LOW, _HIGH = 0.25, 0.75  # of the disk's intensity: the rim. Between them a pixel counts in part, so noise does little
_AROUND = 1.5  # radii: what lies further off is not the disk
_LEVELS = 2  # times that the light in the disk is fitted
_INSIDE, _DIMMEST = 0.8, 0.3  # of the radius, where there is no rim yet; of the mean light, at one side
_TILT_OF_NOISE, _LEAST_TILT = 30.0, 0.04  # times one electron; of the light over the radius, what a specimen does
_FEWEST_COUNTS = 500  # electrons in a sum, below which its disk is anywhere
_FEWEST_PLACES = 4  # three lie on a plane whatever they are
_SURE = 5.0  # standard errors, were they known exactly
_WORTH = 0.5  # pixels from corner to corner, below which whole pixels correct nothing


@dataclass(frozen=True, eq=False)
class BlockDescan:
    """The plane through the disk's places in parts of the scan.

    centers : (parts_y, parts_x, 2) pixels (y, x), NaN where there is no disk
    descan : the plane over all of the scan; None if there are too few places
    errors : (2,) pixels, standard errors of the movement along y and along x of the scan
    places : number of places that the plane follows; few do not tell their own error well
    """

    centers: np.ndarray
    descan: Descan | None
    errors: np.ndarray
    places: int

    @property
    def movement(self) -> float:
        """Largest distance in pixels between the disk's places in two corners of the scan."""
        if self.descan is None:
            return 0.0
        y, x = self.descan.matrix.T
        return float(max(np.linalg.norm(y + x), np.linalg.norm(y - x)))

    @property
    def significant(self) -> bool:
        """Whether the pattern moves by more than chance, and by enough to be worth a correction."""
        if self.descan is None:
            return False
        # Student's t that is as unlikely; each place gives two numbers, the plane takes six
        freedom = max(2 * self.places - 6, 1)
        sure = np.abs(self.descan.matrix) > -stdtrit(freedom, ndtr(-_SURE)) * self.errors
        return bool(sure.any()) and self.movement > _WORTH


def descan_of_blocks(sums: np.ndarray, places: np.ndarray, scan_shape) -> BlockDescan:
    """Find the disk in each sum, and the plane that its places follow.

    Parameters
    ----------
    sums : (parts_y, parts_x, ny, nx) electrons, sums of the patterns in each part of the scan, without hot pixels
    places : (parts_y, parts_x, 2) where the parts lie, -0.5 to 0.5 from one end of the scan to the other
    scan_shape : (scan_y, scan_x)

    Returns
    -------
    BlockDescan. The ``measured`` positions of its descan are those of the nearest part of the scan.
    """
    centers = np.array([[disk_center(pattern) for pattern in row] for row in sums])
    known = np.isfinite(centers).all(axis=-1)
    # one column of parts says nothing of the movement along the other axis
    if known.sum() < _FEWEST_PLACES:
        return BlockDescan(centers, None, np.full(2, np.inf), int(known.sum()))
    plane = Plane(centers, places)
    across = descan_ramps(np.eye(2), scan_shape)
    near_y = np.abs(across[:, :1, 0] - places[:, 0, 0]).argmin(axis=1)
    near_x = np.abs(across[:1, :, 1].T - places[0, :, 1]).argmin(axis=1)
    residual = float(np.sqrt(np.mean(np.square(plane.distance[plane.followed])) / 2))
    descan = Descan(centers[near_y][:, near_x], plane.at(across), plane.matrix, residual)
    return BlockDescan(centers, descan, plane.errors, int(plane.followed.sum()))


def disk_center(pattern: np.ndarray) -> np.ndarray:
    """(y, x) of the bright-field disk in a sum of patterns, to some hundredths of a pixel.

    It is the centre of mass of the pattern with what is inside the disk made flat: structure there does not pull it.
    NaN if there are too few counts, or the disk touches the edge.
    """
    nowhere = np.full(2, np.nan)
    if pattern.sum() < _FEWEST_COUNTS:
        return nowhere
    smooth = scipy.ndimage.gaussian_filter(pattern, _SMOOTH)
    level = np.median(smooth[smooth > smooth.max() / 2])
    for _ in range(_LEVELS):
        labels, count = scipy.ndimage.label(smooth > level / 2)
        largest = labels == 1 + np.bincount(labels.ravel())[1:].argmax() if count else labels > 0
        if not largest.any() or largest[[0, -1]].any() or largest[:, [0, -1]].any():
            return nowhere
        level = _level(smooth, largest)
    middle = np.array(scipy.ndimage.center_of_mass(largest))
    flat = np.clip((smooth / level - _LOW) / (_HIGH - _LOW), 0, 1)
    y, x = (np.arange(n) - c for n, c in zip(pattern.shape, middle, strict=True))
    flat[np.hypot(y[:, None], x) > _AROUND * np.sqrt(largest.sum() / np.pi)] = 0
    return np.array(scipy.ndimage.center_of_mass(flat))


def _level(smooth: np.ndarray, disk: np.ndarray) -> np.ndarray:
    """(ny, nx) a plane through the light inside a disk: more of it on one side does not move the rim."""
    middle, radius = scipy.ndimage.center_of_mass(disk), np.sqrt(disk.sum() / np.pi)
    y, x = np.meshgrid(
        *((np.arange(n) - c for n, c in zip(disk.shape, middle, strict=True))), indexing="ij", sparse=True
    )
    inside = np.hypot(y, x) < _INSIDE * radius
    design = np.column_stack([np.ones(inside.sum()), *(np.broadcast_to(a, disk.shape)[inside] for a in (y, x))])
    mean, along_y, along_x = np.linalg.lstsq(design, smooth[inside], rcond=None)[0]
    # noise of n electrons tilts a plane by √(8/n) over the radius, and would move the rim for nothing
    slope = max(np.square((along_y, along_x)).sum() * radius**2 / max(mean, 1e-12) ** 2, 1e-12)
    kept = max(1 - max(_TILT_OF_NOISE / max(smooth[inside].sum(), 1), _LEAST_TILT**2) / slope, 0)
    return np.clip(mean + kept * (along_y * y + along_x * x), _DIMMEST * mean, (2 - _DIMMEST) * mean)
