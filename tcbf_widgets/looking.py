"""A look at a part of a scan that is spread over it: sums, extremes and totals, in bounded memory."""

from __future__ import annotations

import math
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from ._threads import WORKERS
from .defects import find_defects
from .descan_ramp import descan_ramps
from .electrons import SQUARES, Gain, gain, moments, squares_in
from .memory import budget
from .scan_array import rows_of

_MOST = 2**28  # bytes that are read
_FEWEST = 12  # rows at least, in pairs of neighbours
_PARTS = 6  # of the scan along each axis
_COPIES = 4  # of a row that is in work


@dataclass(frozen=True, eq=False)
class Look:
    """What was seen of a scan.

    rows : (n,) rows of the scan that were looked at
    sums : (parts_y, parts_x, ny, nx) sum of the patterns of each part of the scan
    frames : (parts_y, parts_x) how many they are
    places : (parts_y, parts_x, 2) where they lie, from -0.5 at one end of the scan to 0.5 at the other
    totals : (n, scan_x) counts of each pattern, without hot pixels
    highest : (ny, nx) largest count of each pixel
    lowest : smallest of all counts
    bad : number of counts that are NaN or infinite; elsewhere they are taken for zero
    whole : whether counts are whole numbers
    gain : counts per electron, by the noise of single pixels
    """

    rows: np.ndarray
    sums: np.ndarray
    frames: np.ndarray
    places: np.ndarray
    totals: np.ndarray
    highest: np.ndarray
    lowest: float
    bad: int
    whole: bool
    gain: Gain

    @property
    def noise(self) -> float:
        """Variance of the counts of a pixel in units of their mean, the specimen left out; NaN if unknown."""
        return self.gain.best

    @property
    def mean_pattern(self) -> np.ndarray:
        """(ny, nx) mean counts per pattern, as recorded."""
        return self.sums.sum(axis=(0, 1)) / self.frames.sum()


def look_at(array, memory: float | None = None, progress: bool = False) -> Look:
    """Look at all of a small scan, and at pairs of rows spread over a large one.

    Parameters
    ----------
    array : (scan_y, scan_x, ny, nx); read by rows
    memory : bytes that may be used; a quarter of the machine's if None
    progress : show a progress bar
    """
    rows = _chosen_rows(array)
    memory = budget(memory)
    parts = _parts(array.shape, memory / 2)
    seen = _Seen(array, rows, parts)
    threads = int(np.clip(memory / 2 // (_COPIES * _row_bytes(array)), 1, WORKERS))
    with (
        ThreadPoolExecutor(threads, "tcbf-look") as pool,
        tqdm(total=len(rows), desc="look", unit="row", disable=not progress, leave=False) as bar,
    ):
        waiting = deque()
        for number in range(len(rows)):
            waiting.append(pool.submit(seen.row, number))
            if len(waiting) > threads:
                seen.add(*waiting.popleft().result())
                bar.update()
        for future in waiting:
            seen.add(*future.result())
            bar.update()
    return seen.look()


def _row_bytes(array) -> int:
    return math.prod(array.shape[1:]) * np.dtype(array.dtype).itemsize


def _chosen_rows(array) -> np.ndarray:
    rows = array.shape[0]
    few = max(_MOST // max(_row_bytes(array), 1), _FEWEST)
    if rows <= few:
        return np.arange(rows)
    first = np.linspace(0, rows - 2, few // 2).astype(int)
    return np.unique([first, first + 1])


def _parts(shape, memory: float) -> tuple[int, int]:
    """Parts of the scan along its axes, as many as there is memory for their sums."""
    most = int(np.clip(math.sqrt(memory / (8 * math.prod(shape[2:]))), 1, _PARTS))
    return tuple(min(n, most) for n in shape[:2])


class _Seen:
    """Takes in row after row."""

    def __init__(self, array, rows: np.ndarray, parts: tuple[int, int]):
        self.array, self.rows = array, rows
        (ny, nx), detector = array.shape[:2], array.shape[2:]
        self.part_y = rows * parts[0] // ny
        self.starts = -(-np.arange(parts[1]) * nx // parts[1])  # first position of each part of a row
        self.sums, self.frames, self.places = np.zeros((*parts, *detector)), np.zeros(parts, int), np.zeros((*parts, 2))
        across = descan_ramps(np.eye(2), (ny, nx))[rows]
        for number, part in enumerate(self.part_y):
            self.frames[part] += np.diff([*self.starts, nx])
            self.places[part] += np.add.reduceat(across[number], self.starts, axis=0)
        self.places /= np.maximum(self.frames, 1)[..., None]
        self.totals = np.zeros((len(rows), nx))
        self.highest, self.lowest, self.bad, self.whole = np.full(detector, -np.inf), np.inf, 0, True
        self.hot, self.bright = self._first(len(rows) // 2)
        self.squares = squares_in(self.bright, SQUARES)
        self.moments = np.zeros((len(self.squares), 6, 6))

    def _first(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the pixels that are hot in one row of the scan, and (ny, nx) bool, which are bright."""
        frames, _ = self._counts(number)
        mean = np.maximum(frames.mean(axis=0, dtype=float), 0)
        defects = find_defects(mean, len(frames))
        mended = np.where(defects.mask, 0, mean)
        return np.ravel_multi_index(tuple(defects.hot.T), mean.shape), mended > np.percentile(mended, 99) / 2

    def _counts(self, number: int) -> tuple[np.ndarray, int]:
        """(scan_x, ny, nx) counts of a row, and how many are NaN or infinite."""
        row = int(self.rows[number])
        frames = rows_of(self.array, slice(row, row + 1))[0]
        if frames.dtype.kind != "f":
            return frames, 0
        bad = frames.size - int(np.count_nonzero(np.isfinite(frames)))
        return (np.nan_to_num(frames, nan=0, posinf=0, neginf=0) if bad else frames), bad

    def row(self, number: int) -> tuple:
        """What a row has to add; called in threads."""
        frames, bad = self._counts(number)
        small = frames.dtype in (np.uint8, np.uint16)
        sums = np.add.reduceat(frames, self.starts, axis=0, dtype=np.uint32 if small else np.float64)
        flat = frames.reshape(len(frames), -1)
        totals = flat.sum(axis=1, dtype=np.float64) - flat[:, self.hot].sum(axis=1, dtype=np.float64)
        whole = frames.dtype.kind != "f" or bool((frames == np.rint(frames)).all())
        noise = moments(frames[:, *np.moveaxis(self.squares, -1, 0)])
        return number, sums, totals, frames.max(axis=0), float(frames.min()), bad, whole, noise

    def add(self, number: int, sums, totals, highest, lowest, bad, whole, noise) -> None:
        """Add what a row has to add."""
        self.sums[self.part_y[number]] += sums
        self.totals[number] = totals
        np.maximum(self.highest, highest, out=self.highest)
        self.lowest, self.bad, self.whole = min(self.lowest, lowest), self.bad + bad, self.whole and whole
        self.moments += noise

    def look(self) -> Look:
        """All of it."""
        kept = self.frames.sum(axis=1) > 0  # a large scan of few rows in view may skip a part
        return Look(
            self.rows,
            self.sums[kept],
            self.frames[kept],
            self.places[kept],
            self.totals,
            self.highest,
            self.lowest,
            self.bad,
            self.whole,
            gain(self.moments, int(np.count_nonzero(self.bright))),
        )
