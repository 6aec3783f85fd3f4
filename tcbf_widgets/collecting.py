"""FourDSTEM -> BrightFieldStack in one pass over the data, which may be larger than the memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy.ndimage

from ._checks import non_negative_integer, require
from .blocks import mapped
from .bright_field import BrightFieldStack
from .defects import Defects, find_defects
from .descan import Descan, steady_patterns, windows
from .disk import BrightFieldDisk, find_disk
from .fourdstem import FourDSTEM, check_counts
from .memory import as_text, budget
from .scan_array import rows_of

ENGINES = ("numpy", "libertem")
_LOOKED_AT = 1 / 32  # of the scan's rows, for a first idea of where the disk is
_LEAST = 2**24  # bytes: less is looked at as a whole
_RUN = 8  # patterns: to add up fewer in one go does not pay
_MARGIN = 3  # pixels around the disk of the first idea


def bright_field_stack(
    data: FourDSTEM,
    threshold: float = 0.5,
    *,
    descan: Descan | None = None,
    rim: int | None = None,
    memory: float | None = None,
    progress: bool = False,
    engine: str = "numpy",
    context=None,
) -> BrightFieldStack:
    """Collect the virtual image of every pixel of the bright-field disk.

    Parameters
    ----------
    data : the scan; it may be larger than the memory
    threshold : rim of the disk as a fraction of its intensity, see `find_disk`
    descan : correct it, from `measure_descan`: each pattern is read through a window that moves along with it
    rim : rings of pixels at the rim of the disk that are left out; 1 with ``descan`` and 0 without if None. What is
        left of a descan, half a pixel, makes pixels at the rim brighter and darker from position to position
    memory : bytes for the images and for the pieces of the scan in work; a quarter of the machine's if None
    progress : show a progress bar
    engine : "numpy", in threads of this process, or "libertem", wherever its context works
    context : from `tcbf.distributed.context` for engine="libertem"; threads of this process if None

    Returns
    -------
    BrightFieldStack, the same with either engine. Hot and dead pixels of the disk are left out (its ``left_out``), and
    those that never counted. With ``descan`` they wander over the disk: there the counts of the nearest good pixel
    take their place.

    Raises
    ------
    ValueError if there is no disk, its images do not fit into memory, counts are NaN, infinite or negative, or a
    context is given without engine="libertem"; ImportError if LiberTEM is needed and not installed

    >>> import tcbf_widgets as tcbf
    >>> tcbf.bright_field_stack(tcbf.demo.apoferritin())
    BrightFieldStack(2118 images of 24 x 48 positions, 300 kV)
    """
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(map(repr, ENGINES))}, got {engine!r}")
    if engine == "libertem":
        from . import contexts, distributed

        with contexts.given_or_threads(context) as context:
            return distributed.bright_field_stack(
                data, context, threshold, descan=descan, rim=rim, memory=memory, progress=progress
            )
    if context is not None:
        raise ValueError("context is for engine='libertem', got one with engine='numpy'")
    return collected(Collector(data, descan, memory, progress), threshold, checked_rim(rim, descan))


def checked_rim(rim: int | None, descan: Descan | None) -> int:
    """How many rings of pixels are left out."""
    return int(descan is not None) if rim is None else non_negative_integer("rim", rim)


def collected(collector: Collector, threshold: float, rim: int) -> BrightFieldStack:
    """The stack of a scan, whoever reads it.

    Parameters
    ----------
    collector : of the scan
    threshold, rim : as in `bright_field_stack`
    """
    likely = _first_idea(collector, threshold)
    collector.collect(likely)
    defects = find_defects(collector.mean_pattern, math.prod(collector.data.scan_shape))
    disk = find_disk(collector.mean_pattern, threshold, defects)
    if rim:  # centre and radius stay those of the whole disk
        disk = replace(disk, mask=scipy.ndimage.binary_erosion(disk.mask, iterations=rim))
    wanted = disk.mask & (disk.mean_pattern > 0) & ~defects.mask
    if not wanted.any():
        raise ValueError(f"rim={rim} leaves nothing of a disk with a radius of {disk.radius:.1f} pixels")
    if (wanted & ~likely).any():  # the rows looked at first were not like the others
        collector.collect(wanted)
    return collector.stack(disk, wanted)


def _first_idea(collector: Collector, threshold: float) -> np.ndarray:
    """(ny, nx) bool, where pixels of the disk are likely."""
    mean_pattern, frames = collector.glance()
    disk = find_disk(mean_pattern, threshold, find_defects(mean_pattern, frames))
    return scipy.ndimage.binary_dilation(disk.mask, iterations=_MARGIN)


class Collector:
    """Reads a scan and keeps the images of some of its pixels, and the sum of all patterns."""

    bytes_per_count = 4  # of the images, while they are collected

    def __init__(self, data: FourDSTEM, descan: Descan | None, memory: float | None, progress: bool):
        require("data", data, FourDSTEM, "from tcbf.open(path) or tcbf.FourDSTEM(array, ...)")
        self.data, self.memory, self.progress = data, budget(memory), progress
        self.corners, self.window = windows(descan, data.scan_shape, data.detector_shape)
        self.moves = self.window != data.detector_shape
        self.defects: Defects | None = None  # of the detector, if patterns move over it

    def glance(self) -> tuple[np.ndarray, int]:
        """(ny, nx) mean of the patterns in a few rows, spread over the scan, and how many they are."""
        rows = self.data.scan_shape[0]
        row_bytes = math.prod(self.data.array.shape[1:]) * np.dtype(self.data.array.dtype).itemsize
        few = min(rows, max(math.ceil(rows * _LOOKED_AT), _LEAST // row_bytes))
        chosen = np.unique(np.linspace(0, rows - 1, few + 2).astype(int)[1:-1]) if few < rows else np.arange(rows)
        frames = len(chosen) * self.data.scan_shape[1]
        if self.moves:
            still = self._total(chosen, self.data.detector_shape, lambda rows, block: block)
            self.defects = find_defects(still / frames, frames)
        return self._total(chosen, self.window, self._patterns) / frames, frames

    def _total(self, chosen: np.ndarray, shape: tuple[int, int], patterns) -> np.ndarray:
        """(ny, nx) sum over rows of the scan of what ``patterns`` makes of them."""
        total = np.zeros(shape)
        for row in chosen:
            rows = slice(int(row), int(row) + 1)
            block = rows_of(self.data.array, rows)
            check_counts("array", block)
            total += pattern_sum(patterns(rows, block).reshape(-1, total.size)).reshape(shape)
        return total

    def collect(self, mask: np.ndarray) -> None:
        """Read the whole scan and keep the images of the pixels in ``mask``, and the mean of all patterns."""
        self.pixels = np.argwhere(mask)
        flat = np.flatnonzero(mask)
        self._check_memory(len(flat))
        self.images = np.empty((len(flat), *self.data.scan_shape), np.float32)
        self.mean_pattern = self._read(flat) / math.prod(self.data.scan_shape)

    def _read(self, flat: np.ndarray) -> np.ndarray:
        """Fill the images of pixels, numbered ``flat`` in the window; sum (ny, nx) of all patterns."""
        total = np.zeros(self.window)

        def keep(rows, found):
            chosen, part = found
            # all rows at once: each image is written in runs as long as can be
            self.images[:, rows] = chosen.T.reshape(len(flat), -1, self.data.scan_shape[1])
            return part

        work = _Choice(flat, self.window, self.corners if self.moves else None, self.defects)
        left = self.memory - self.images.nbytes
        name = "bright field" if self.progress else None
        for _, part in mapped(self.data, work, keep=keep, memory=left, progress=name):
            total += part.reshape(self.window)
        return total

    def stack(self, disk: BrightFieldDisk, mask: np.ndarray) -> BrightFieldStack:
        """The stack of the images that were kept of the pixels in ``mask``."""
        kept = np.flatnonzero(mask[self.pixels[:, 0], self.pixels[:, 1]])
        for new, old in enumerate(kept):  # in place: there may be no room for a second copy
            self.images[new] = self.images[old]
        pixels, images = self.pixels[kept], self.images[: len(kept)]
        mean = disk.mean_pattern[pixels[:, 0], pixels[:, 1]].astype(np.float32)
        images /= mean[:, None, None]
        data = self.data
        return BrightFieldStack(images, mean, pixels, disk, data.energy, data.scan_sampling, data.reciprocal_sampling)

    def _patterns(self, rows: slice, block: np.ndarray) -> np.ndarray:
        """(rows, scan_x, ny, nx) patterns, through their windows of the descan."""
        return steady_patterns(block, self.corners[rows], self.window, self.defects) if self.moves else block

    def _check_memory(self, count: int) -> None:
        size = self.bytes_per_count * count * math.prod(self.data.scan_shape)
        if size > 0.9 * self.memory:
            raise ValueError(
                f"memory={as_text(self.memory)} is too little: the disk has {count} pixels, and their images of "
                f"{' x '.join(map(str, self.data.scan_shape))} positions take {as_text(size)}; give more memory, or "
                "sum squares of pixels first, with tcbf.bin_detector(data, 2)"
            )


@dataclass(frozen=True, eq=False)
class _Choice:
    """What is done with a piece of the scan, here or in another process: chosen pixels (frames, n) and the sum.

    flat : (n,) numbers of the pixels in the window
    window, corners, defects : see `steady_patterns`; no corners if patterns do not move
    """

    flat: np.ndarray
    window: tuple[int, int]
    corners: np.ndarray | None
    defects: Defects | None

    def __call__(self, rows: slice, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.corners is not None:
            block = steady_patterns(block, self.corners[rows], self.window, self.defects)
        patterns = block.reshape(-1, math.prod(self.window))
        return _pixels(patterns, self.flat), pattern_sum(patterns)


def _pixels(patterns: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """(n, chosen) counts of chosen pixels; neighbours at once, which is twice as fast as one by one."""
    chosen = np.empty((len(patterns), len(flat)), patterns.dtype)
    ends = [0, *(np.flatnonzero(np.diff(flat) != 1) + 1), len(flat)]
    for start, stop in pairwise(ends) if len(flat) else ():
        chosen[:, start:stop] = patterns[:, flat[start] : flat[start] + stop - start]
    return chosen


def pattern_sum(patterns: np.ndarray) -> np.ndarray:
    """(pixels,) sum of patterns (n, pixels); small counts add up two to four times as fast as integers."""
    if patterns.dtype not in (np.uint8, np.uint16) or len(patterns) >= 2**16:
        return patterns.sum(axis=0, dtype=np.float64)
    # so many fit into the numbers that they are recorded as, which is the fastest of all
    run = np.iinfo(patterns.dtype).max // max(1, int(patterns.max(initial=0)))
    if run < _RUN:
        return patterns.sum(axis=0, dtype=np.uint32)
    total = np.zeros(patterns.shape[1], np.uint32)
    for start in range(0, len(patterns), run):
        total += patterns[start : start + run].sum(axis=0, dtype=patterns.dtype)
    return total
