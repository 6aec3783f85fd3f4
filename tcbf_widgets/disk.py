"""The bright-field disk on the detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.ndimage

from ._checks import finite_number
from .defects import Defects

_CLUSTER = 25  # pixels; what is larger is no cluster of hot ones
_TIMES = 4  # as large as a cluster is the disk that it outshines, at least


class DiskAtEdgeError(ValueError):
    """The disk is cut off by the edge of the detector."""


@dataclass(frozen=True, eq=False)
class BrightFieldDisk:
    """The bright-field disk on the detector.

    mean_pattern : (detector_y, detector_x) mean counts per pattern; defects have what their surroundings have
    mask : (detector_y, detector_x) bool, True inside the disk, also at defects; without its rim if that was left out
    center : (y, x) in detector pixels, to a fraction of a pixel
    radius : detector pixels
    """

    mean_pattern: np.ndarray
    mask: np.ndarray
    center: tuple[float, float]
    radius: float


def find_disk(mean_pattern: np.ndarray, threshold: float = 0.5, defects: Defects | None = None) -> BrightFieldDisk:
    """Find the bright-field disk in the mean diffraction pattern.

    Parameters
    ----------
    mean_pattern : (detector_y, detector_x)
    threshold : the rim lies where the intensity falls to this fraction of the plateau, 0 to 1
    defects : of the detector, from `tcbf.defects.find_defects`; nothing they counted is used

    Returns
    -------
    BrightFieldDisk: the largest connected region above the threshold, its holes filled

    Raises
    ------
    ValueError if the threshold selects no or one pixel; DiskAtEdgeError, one of its kind, if the disk touches the
    detector's edge
    """
    threshold = checked_threshold(threshold)
    pattern = np.asarray(mean_pattern, float)
    pattern = pattern if defects is None else defects.mended(pattern)
    mask = _disk_region(pattern, threshold)
    if mask.sum() < 2:
        raise ValueError(
            f"threshold={threshold} selects {int(mask.sum())} pixel(s): no bright-field disk found; "
            "lower the threshold, or mask hot pixels in array"
        )
    if mask[[0, -1]].any() or mask[:, [0, -1]].any():
        raise DiskAtEdgeError(
            f"the bright-field disk found with threshold={threshold} touches the detector's edge, so its centre "
            "is unknown; raise the threshold, or record with a shorter camera length so that the whole disk fits"
        )
    center = tuple(float(c) for c in scipy.ndimage.center_of_mass(mask))
    return BrightFieldDisk(pattern, mask, center, float(np.sqrt(mask.sum() / np.pi)))


def checked_threshold(threshold) -> float:
    """The rim as a fraction of the disk's intensity, or an error that says what is wrong."""
    threshold = finite_number("threshold", threshold)
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie between 0 and 1, a fraction of the disk's intensity; got {threshold}")
    return threshold


def _disk_region(pattern: np.ndarray, threshold: float) -> np.ndarray:
    """The largest region above the threshold; not a cluster of hot pixels that outshines a disk of more counts."""
    mask = _largest_region(pattern > threshold * _plateau(pattern))
    if mask.sum() > _CLUSTER:
        return mask
    cluster = scipy.ndimage.binary_dilation(mask, np.ones((3, 3), bool))
    rest = np.where(cluster, 0, pattern)
    other = _largest_region(rest > threshold * _plateau(rest))
    larger = other.sum() > _TIMES * mask.sum() and pattern[other & ~cluster].sum() > pattern[cluster].sum()
    return other if larger else mask


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
