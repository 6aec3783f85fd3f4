"""Whether each count is an electron, from how counts scatter; one rule for the survey and for the report.

Counts of electrons have a variance equal to their mean, amplified ones a larger one: the gain. But the specimen makes
counts vary, too. The two diagonals of a square of four pixels see nearly the same of it, and noise of their own. What
the specimen leaves in their difference is a part of what it does to single pixels, so it has bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SQUARES = 128  # of four pixels that are looked at
_LEAST, _MOST = 0.7, 1.5  # variance of counts in units of their mean, if each of them is an electron
# Part of a specimen's variance that is left in the difference of diagonals: at most 0.36 in simulations of proteins and
# gold with 140 pixels in the disk or more, 0.9 with 33
_LEFT, _LEFT_OF_FEW = 0.4, 0.95
_FEW = 100  # pixels of a disk
_GROUPS = 8  # of squares; the median of them leaves out a rim that moves
_SURE = 3.0  # standard errors
_DIAGONALS = np.array([0, 1, -1, -1, 1, 0])
_SQUARE = np.array([0, 1, 1, 1, 1, 0])
_TOTAL = 5


@dataclass(frozen=True)
class Gain:
    """Counts per electron, by their noise; all NaN if unknown.

    least, most : bounds, the specimen's contrast taken off as far as it might go, and not at all
    error : standard error of both
    """

    least: float
    most: float
    error: float

    @property
    def best(self) -> float:
        """The middle of the bounds; where counts may be electrons, the lower one is not below them."""
        return (max(self.least, min(self.most, 1.0)) + self.most) / 2

    @property
    def kind(self) -> str:
        """What the counts are.

        "electrons", "amplified", "reduced" (they scatter less than electrons do), "hidden" (contrast is so much
        stronger than noise that nothing can be said) or "unknown".
        """
        if not math.isfinite(self.most):
            return "unknown"
        if self.least - _SURE * self.error > _MOST:
            return "amplified"
        if self.most + _SURE * self.error < _LEAST:
            return "reduced"
        return "electrons" if self.most < _MOST + _SURE * self.error else "hidden"

    @property
    def is_one(self) -> bool:
        """Whether counts may be taken for electrons: they are, or nothing says otherwise."""
        return self.kind not in ("amplified", "reduced")


def or_that_of_electrons(noise: float) -> float:
    """Variance of counts in units of their mean; 1 where it is not known (NaN), or nothing scatters.

    >>> or_that_of_electrons(3.0), or_that_of_electrons(math.nan)
    (3.0, 1.0)
    """
    return noise if noise > 0 else 1.0


def squares_in(bright: np.ndarray, most: int) -> np.ndarray:
    """Squares of 2 x 2 pixels that are bright, spread over all of them, the outermost last.

    Parameters
    ----------
    bright : (ny, nx) bool
    most : number of squares at most

    Returns
    -------
    (n, 4, 2) int, pixels (y, x) in the order of reading
    """
    ny, nx = (n // 2 * 2 for n in bright.shape)
    whole = bright[:ny, :nx].reshape(ny // 2, 2, nx // 2, 2).all(axis=(1, 3))
    first = 2 * np.argwhere(whole)
    first = first[:: max(1, -(-len(first) // most))]
    out = np.linalg.norm(first - first.mean(axis=0), axis=1) if len(first) else np.zeros(0)
    return first[np.argsort(out, kind="stable"), None] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def moments(sample: np.ndarray) -> np.ndarray:
    """What `gain` needs of some patterns; moments of more patterns add up.

    Parameters
    ----------
    sample : (frames, squares, 4) counts

    Returns
    -------
    (squares, 6, 6) sums of the products of one, the four counts, and the counts of all squares
    """
    frames, squares, _ = sample.shape
    known = np.ones((squares, 6, frames))
    known[:, 1:5] = sample.transpose(1, 2, 0)
    known[:, _TOTAL] = sample.sum(axis=(1, 2), dtype=float)
    return known @ known.transpose(0, 2, 1)


def gain(found: np.ndarray, pixels: int) -> Gain:
    """Counts per electron from `moments` of all patterns, and the number of pixels in the disk."""
    frames = found[0, 0, 0] if len(found) else 0
    if frames < 2 or not found[:, 0, 1:5].sum() > 0:
        return Gain(math.nan, math.nan, math.nan)
    found = found[found[:, 0, 1:5].sum(axis=1) > 0]
    groups = np.array_split(found, min(_GROUPS, len(found)))
    counts = [group[:, 0, 1:5].sum() for group in groups]
    # the mean was taken off: of frames - 1 independent values there are frames
    scale = frames / (frames - 1)
    diagonals, single = (
        scale * float(np.median([scatter(group) / total for group, total in zip(groups, counts, strict=True)]))
        for scatter in (_between_diagonals, _of_pixels)
    )
    # squares of normal numbers scatter by √2, those of few electrons by more
    error = diagonals * math.sqrt(2 / ((frames - 1) * len(found)) + 1 / sum(counts))
    left = _LEFT if pixels >= _FEW else _LEFT_OF_FEW
    # without contrast the two are the same, but for chance
    return Gain(min((diagonals - left * single) / (1 - left), diagonals), diagonals, error)


def gain_of(stack) -> Gain:
    """Counts per electron in a `tcbf.BrightFieldStack`."""
    number = np.full(stack.disk.mask.shape, -1)
    number[tuple(stack.pixels.T)] = np.arange(len(stack))
    squares = squares_in(number >= 0, SQUARES)
    chosen = number[*np.moveaxis(squares, -1, 0)]
    mean = stack.mean_counts[chosen]
    found = np.zeros((len(squares), 6, 6))
    for row in range(stack.scan_shape[0]):
        found += moments(np.moveaxis(stack.images[chosen, row], -1, 0) * mean)
    return gain(found, len(stack))


def _between_diagonals(found: np.ndarray) -> float:
    """Sum of squares of the differences between diagonals, beyond what the square as a whole does."""
    difference, square = found @ _DIAGONALS, found @ _SQUARE
    share = difference[:, 0] / square[:, 0]
    return float((difference @ _DIAGONALS - 2 * share * (difference @ _SQUARE) + share**2 * (square @ _SQUARE)).sum())


def _of_pixels(found: np.ndarray) -> float:
    """Sum of squares of the counts of pixels, beyond what all of them do."""
    share = found[:, 0, 1:5] / found[:, 0, _TOTAL, None]
    own = np.diagonal(found, axis1=1, axis2=2)
    along, total = found[:, 1:5, _TOTAL], own[:, _TOTAL, None]
    return float((own[:, 1:5] - 2 * share * along + share**2 * total).sum())
