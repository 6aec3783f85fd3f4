"""How steady the beam was over a scan, and where in its rows it was not yet in its place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .electrons import or_that_of_electrons

_PAIRS = 6  # of neighbouring rows at least, for their flicker
_SURE = 5.0  # standard errors
_STEP = 0.1  # of the counts, that positions at the end of a row must differ by
_SHARE = 1 / 8  # of a row; what is longer is the specimen
_OUTLIER = 4.0  # standard deviations
_DARK, _CERTAIN = 0.5, 8.0  # of the usual counts; standard deviations of them
_TO_SIGMA = 1.4826  # from the median of absolute values to the standard deviation


@dataclass(frozen=True)
class Steadiness:
    """Of the counts per pattern, averaged over rows of the scan.

    drift : change from the first row to the last, as a share of the mean
    drift_error : its standard error
    flicker : rms difference from row to row beyond counting noise, as a share of the mean, of a single row
    flicker_error : what counting noise alone leaves of it
    dark_rows : rows that count less than half of what is usual; they are left out of drift and flicker
    """

    drift: float
    drift_error: float
    flicker: float
    flicker_error: float
    dark_rows: tuple[int, ...] = ()

    @property
    def change(self) -> float:
        """The drift as a share of what the first row has."""
        return self.drift / max(1 - self.drift / 2, 0.01)  # about 200 times as much and more are the same


@dataclass(frozen=True)
class RowEnds:
    """Positions at the ends of each row that count differently.

    first, last : how many
    change : their counts, as a share of those of the others, less one
    """

    first: int
    last: int
    change: float


def steadiness(totals: np.ndarray, rows: np.ndarray, noise: float) -> Steadiness:
    """Drift and flicker of the counts per pattern.

    Parameters
    ----------
    totals : (n, scan_x) counts of patterns
    rows : (n,) which rows of the scan they are
    noise : variance of counts in units of their mean, NaN if unknown
    """
    mean = totals.mean()
    if not mean > 0:
        return Steadiness(0.0, math.inf, 0.0, math.inf)
    dark = _dark(totals.sum(axis=1), noise)
    dark_rows, totals, rows = tuple(rows[dark].tolist()), totals[~dark], rows[~dark]
    mean = totals.mean()
    levels = np.median(totals, axis=1) if totals.shape[1] > 8 else totals.mean(axis=1)
    levels = levels / levels.mean()
    drift, drift_error = _slope(levels, rows)
    pairs = np.diff(totals.mean(axis=1) / mean)[np.diff(rows) == 1]
    if len(pairs) < _PAIRS:
        return Steadiness(drift, drift_error, 0.0, math.inf, dark_rows)
    counting = or_that_of_electrons(noise) / (mean * totals.shape[1])
    pairs = pairs - np.median(pairs)  # the drift
    usual = np.abs(pairs) <= _OUTLIER * _TO_SIGMA * np.median(np.abs(pairs))  # a jump of the beam is no flicker
    variance = float(np.mean(np.square(pairs[usual]))) / 2
    # squares of n normal numbers scatter by √(2/n) of their mean; neighbouring differences share a row
    error = counting * math.sqrt(3 / len(pairs))
    return Steadiness(drift, drift_error, math.sqrt(max(variance - counting, 0)), math.sqrt(error), dark_rows)


def _dark(counts: np.ndarray, noise: float) -> np.ndarray:
    """Which rows count less than half of the usual, and that not by chance."""
    usual = float(np.median(counts))
    return (counts < _DARK * usual) & (usual - counts > _CERTAIN * math.sqrt(or_that_of_electrons(noise) * usual))


def _slope(levels: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Change of levels from the first row to the last, and its standard error."""
    if len(rows) < 3:
        return 0.0, math.inf
    across = (rows - rows.mean()) / np.ptp(rows)
    slope = float(across @ levels / (across @ across))
    left = levels - levels.mean() - slope * across
    # rows next to each other show the same specimen: a quarter of them at most are independent
    return slope, 2 * math.sqrt(left @ left / max(len(rows) - 2, 1) / (across @ across))


def row_ends(totals: np.ndarray, noise: float) -> RowEnds:
    """Positions at the beginning and the end of all rows that count less or more than the others.

    Parameters
    ----------
    totals, noise : as in `steadiness`
    """
    rows, positions = totals.shape
    longest = int(_SHARE * positions)
    nothing = RowEnds(0, 0, 0.0)
    if longest < 1 or not totals.mean() > 0:
        return nothing
    levels = np.median(totals, axis=0) if rows > 8 else totals.mean(axis=0)
    middle = levels[longest:-longest]
    level = float(np.median(middle))
    counting = math.sqrt(or_that_of_electrons(noise) * level / rows)
    scatter = max(_TO_SIGMA * float(np.median(np.abs(middle - level))), counting)
    odd = np.abs(levels - level) > max(_SURE * scatter, _STEP * level)
    first, last = (int(np.argmin(np.append(side[: longest + 1], False))) for side in (odd, odd[::-1]))
    if max(first, last) > longest or first + last == 0:
        return nothing
    ends = np.concatenate([levels[:first], levels[positions - last :]])
    return RowEnds(first, last, float(ends.mean() / level - 1))
