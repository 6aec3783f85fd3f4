"""Pixels of the detector that count what is not there, or do not count at all.

No disk is one pixel wide, however sharp its rim. So a hot pixel is one that exceeds almost all of its eight neighbours,
a dead one falls short of almost all of them. A pixel at the rim of a disk has three neighbours at least that are like
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.ndimage

from ._checks import finite_image, positive_integer

_COMPANY = 3  # the third of the neighbours counts: two of them may have the same defect
_HOT = 2.0  # times this neighbour; less is the uneven gain of a detector, and does no harm
_DEAD = 1 / 4  # of this neighbour
# Standard deviations of √counts. The neighbour scatters as well, so the difference of the two is 8/√2 of its own away:
# once in 10⁸ pixels. Nothing is said about a pixel that has less than 16 counts to miss
_NOISE = 8.0
_WIDEST = 4  # pixels of a gap between the chips of a detector
_EMPTY = 0.05  # of the counts that a line would have, were it like its neighbours
_LONG = 0.5  # of the extent of what is bright; between two disks it is dark over less
_SOFTLY = 4  # power of the distance with which other pixels lose weight for what a defect would have counted

_NEIGHBOURS = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], bool)


@dataclass(frozen=True, eq=False)
class Defects:
    """Pixels of the detector that are no measurement.

    hot : (n, 2) int, detector pixels (y, x) that count far more than their neighbours
    dead : (n, 2) int, those that count far less; rows and columns between two chips among them
    shape : (detector_y, detector_x)
    """

    hot: np.ndarray
    dead: np.ndarray
    shape: tuple[int, int]

    def __repr__(self) -> str:
        return f"Defects({len(self.hot)} hot, {len(self.dead)} dead of {self.shape[0]} x {self.shape[1]} pixels)"

    def __len__(self) -> int:
        return len(self.hot) + len(self.dead)

    @cached_property
    def mask(self) -> np.ndarray:
        """(detector_y, detector_x) bool, True at a defect."""
        mask = np.zeros(self.shape, bool)
        for pixels in (self.hot, self.dead):
            mask[tuple(pixels.T)] = True
        return mask

    @property
    def dead_lines(self) -> tuple[list[int], list[int]]:
        """Rows and columns of the detector that are dead from end to end."""
        mask = np.zeros(self.shape, bool)
        mask[tuple(self.dead.T)] = True
        return tuple(np.flatnonzero(mask.all(axis=axis)).tolist() for axis in (1, 0))

    @cached_property
    def nearest_good(self) -> tuple[np.ndarray, np.ndarray]:
        """Two (n, 2) lists: the defects, and for each the nearest pixel that is none."""
        bad = np.argwhere(self.mask)
        nearest = scipy.ndimage.distance_transform_edt(self.mask, return_distances=False, return_indices=True)
        return bad, np.moveaxis(nearest, 0, -1)[tuple(bad.T)]

    def mended(self, pattern: np.ndarray) -> np.ndarray:
        """A mean pattern (detector_y, detector_x) in which defects have what their surroundings have.

        Other pixels stay as they are; without defects it is the same array.
        """
        if not len(self) or self.mask.all():
            return pattern
        good = np.where(self.mask, 0.0, 1.0)
        offset = np.arange(-2 * _WIDEST, 2 * _WIDEST + 1)
        square = offset[:, None] ** 2 + offset**2
        weight = np.where(square == 0, 0, np.maximum(square, 1) ** (-_SOFTLY / 2.0))
        around, total = (scipy.ndimage.convolve(part, weight, mode="constant") for part in (good * pattern, good))
        return np.where(self.mask, around / np.maximum(total, 1e-12), pattern)


def find_defects(mean_pattern: np.ndarray, frames: int) -> Defects:
    """Find hot and dead pixels, and dead rows and columns up to four pixels wide.

    Parameters
    ----------
    mean_pattern : (detector_y, detector_x) mean counts per pattern
    frames : number of patterns it is the mean of; says how large its noise is

    Returns
    -------
    Defects. A dead pixel is seen only where its neighbours counted 16 electrons or more in all patterns together
    """
    pattern = finite_image("mean_pattern", mean_pattern)
    counts = np.maximum(pattern, 0) * positive_integer("frames", frames)
    nothing = np.zeros(counts.shape, bool)
    if min(counts.shape) < 3:
        return _defects(nothing, nothing)
    counts = counts / _gain(counts)
    quiet = np.where(_hot(counts), _neighbour(counts, -_COMPANY), counts)
    lines = np.zeros(counts.shape, bool)
    lines[_dead_rows(quiet)] = True
    lines[:, _dead_rows(quiet.T)] = True
    # beside a dead line a third of the neighbours are dead, and a pixel at the rim has few of its kind: it is filled
    filled = np.where(lines, _defects(nothing, lines).mended(quiet), counts)
    hot = _hot(filled) & ~lines
    filled = np.where(hot, _neighbour(filled, -_COMPANY), filled)
    return _defects(hot, lines | _dead(filled))


def _defects(hot: np.ndarray, dead: np.ndarray) -> Defects:
    return Defects(np.argwhere(hot), np.argwhere(dead), hot.shape)


def _hot(counts: np.ndarray) -> np.ndarray:
    """Pixels that exceed all but two of their neighbours."""
    others = _neighbour(counts, -_COMPANY)
    return (counts > _HOT * others) & _differ(counts, others)


def _dead(counts: np.ndarray) -> np.ndarray:
    """Pixels that fall short of all but two of their neighbours, and those two do as well."""
    others = _neighbour(counts, _COMPANY - 1)
    dead = (counts < _DEAD * others) & _differ(counts, others)
    # the dark between disks that touch ends in a point: next to it is a dark pixel with dark neighbours
    outside = np.where(dead, np.inf, counts)
    return dead & (_neighbour(outside, 0) > _DEAD * others)


def _neighbour(counts: np.ndarray, rank: int) -> np.ndarray:
    """That of the eight neighbours of each pixel which has this rank among them; beyond the edge all is dark."""
    return scipy.ndimage.rank_filter(counts, rank, footprint=_NEIGHBOURS, mode="constant")


def _differ(counts, others) -> np.ndarray:
    """Whether counts differ by more than chance makes them; the square root of counts has a deviation of a half."""
    return 2 * np.abs(np.sqrt(counts) - np.sqrt(others)) > _NOISE


def _gain(counts: np.ndarray) -> float:
    """Variance of counts in units of their mean, from their scatter where it is bright."""
    local = scipy.ndimage.median_filter(counts, 3, mode="mirror")
    bright = local > local.max() / 2
    if not bright.any():
        return 1.0
    scatter = 1.4826 * float(np.median(np.abs(counts - local)[bright] / np.sqrt(local[bright])))
    # few electrons have a median scatter of none; numbers that are no counts have as little as they have
    whole = np.allclose(counts, np.rint(counts), rtol=0, atol=1e-3)
    return max(scatter**2, 1.0 if whole or scatter == 0 else 1e-12)


def _dead_rows(counts: np.ndarray) -> np.ndarray:
    """Numbers of the rows that are dark from end to end, with light on both sides at most four rows away."""
    # beyond the edge there is no light: a dark row beside it may be the surroundings of a disk that ends there
    level = scipy.ndimage.grey_closing(counts, (_WIDEST + 1, 1), mode="constant")
    bright = level > np.median(level[level > level.max() / 2]) / 2 if level.max() > 0 else level > 0
    missing = bright & (counts < _DEAD * level) & _differ(counts, level)
    long = missing.sum(axis=1) >= max(_LONG * bright.any(axis=0).sum(), 3)
    return np.flatnonzero(long & (counts.sum(axis=1) < _EMPTY * level.sum(axis=1)))
