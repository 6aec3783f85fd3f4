"""The frames of a scan as they lie in a file: put in order, turned and binned while rows of them are read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from .file_maps import read_as_file
from .readers.opened import damaged
from .readers.packed import check_chunks

_WIDER = {"u": np.uint32, "i": np.int32, "f": np.float32}


@dataclass(frozen=True, eq=False)
class ScanArray:
    """Looks like an array of (scan_y, scan_x, detector_y, detector_x); nothing is read before it is indexed.

    source : what frames are read from by slices, (frames, ny, nx) or (scan_y, scan_x, ny, nx): an HDF5 dataset, a
        memory map, a dask array
    scan_shape : (scan_y, scan_x); frames that exceed it are left out
    flip : of each frame, along its stored (y, x)
    transpose : exchange the axes of each frame, after the flips
    bin : edge of the squares of pixels that are summed, at last; what does not fill a square is left out
    clip_negative : negative counts, which a subtracted background leaves, are read as 0, before they are summed
    through : window through which each frame is read before pixels are summed, a `descan.MovingWindow`; None for none

    >>> ScanArray(np.ones((6, 4, 5)), (2, 3), bin=2)[1].shape
    (3, 2, 2)
    """

    source: object
    scan_shape: tuple[int, int]
    flip: tuple[bool, bool] = (False, False)
    transpose: bool = False
    bin: int = 1
    clip_negative: bool = False
    through: object = None

    def __repr__(self) -> str:
        return f"ScanArray({' x '.join(map(str, self.shape))}, {self.dtype})"

    @cached_property
    def shape(self) -> tuple[int, int, int, int]:
        """(scan_y, scan_x, detector_y, detector_x)."""
        frame = self.through.shape if self.through else self.source.shape[-2:][:: -1 if self.transpose else 1]
        return (*self.scan_shape, *(n // self.bin for n in frame))

    @property
    def ndim(self) -> int:
        """4."""
        return 4

    @property
    def dtype(self) -> np.dtype:
        """Of the counts; sums over squares of pixels have 32 bits at least."""
        dtype = np.dtype(self.source.dtype)
        return dtype if self.bin == 1 else np.result_type(dtype, _WIDER[dtype.kind])

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key) -> np.ndarray:
        first, *others = key if isinstance(key, tuple) and key else (key,)
        if not isinstance(first, (slice, int, np.integer)):
            return self._rows(0, self.shape[0])[key]
        if isinstance(first, slice):
            chosen = range(self.shape[0])[first]
            low, high = (min(chosen), max(chosen) + 1) if chosen else (0, 0)
            return self._rows(low, high)[:: chosen.step][(slice(None), *others)]
        row = range(self.shape[0])[first]
        return self._rows(row, row + 1)[(0, *others)]

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.asarray(self._rows(0, self.shape[0]), dtype)

    def source_rows(self, rows: slice) -> slice:
        """Where rows of the scan are in the source."""
        frames = 1 if len(self.source.shape) == 4 else self.scan_shape[1]
        return slice(rows.start * frames, rows.stop * frames)

    @property
    def chunks(self) -> tuple[int] | None:
        """Rows of the scan after which a chunk of the source ends, as far as that is known."""
        chunks = getattr(self.source, "chunks", None)
        if not chunks or not isinstance(chunks[0], int):
            return None
        if len(self.source.shape) == 4:
            return (chunks[0],)
        rows = math.lcm(chunks[0], self.scan_shape[1]) // self.scan_shape[1]
        # chunks that end within a row: one of them in a piece is read twice, which is less than to read them together
        return (rows if chunks[0] >= self.scan_shape[1] else 1,)

    def _rows(self, start: int, stop: int, read=None) -> np.ndarray:
        """Rows of the scan, put in order; of a memory map they are views, unless ``read`` reads them."""
        frames = (read or _indexed)(self.source, self.source_rows(slice(start, stop)))
        frames = frames.reshape(stop - start, self.scan_shape[1], *frames.shape[-2:])
        if self.clip_negative:
            frames = np.maximum(frames, 0, dtype=frames.dtype)
        frames = turned(frames, self.flip, self.transpose)
        if self.through:
            frames = self.through.read(frames, slice(start, stop))
        return binned(frames, self.bin)


def rows_of(array, rows) -> np.ndarray:
    """Rows of an array, read now into memory of their own; damage that shows only then names the file.

    Parameters
    ----------
    array : of a file or in memory, which is not copied
    rows : what it is indexed by

    Raises
    ------
    ValueError if HDF5 cannot unpack what it reads, or it is not there, or a file was cut off
    """
    if isinstance(array, ScanArray) and isinstance(rows, slice) and rows.step in (None, 1):
        start, stop, _ = rows.indices(len(array))
        return array._rows(start, max(start, stop), rows_of)
    block = _indexed(array, rows)
    read = read_as_file(block)
    return block if read is None else read


def _indexed(array, rows) -> np.ndarray:
    """A part of an array, as indexing gives it."""
    try:
        if isinstance(array, h5py.Dataset):
            check_chunks(array, rows[0] if isinstance(rows, tuple) and rows else rows)
            if isinstance(rows, slice) and array.dtype.subdtype is None:
                return _of_dataset(array, rows)
        return np.asarray(array[rows])
    except (OSError, RuntimeError) as error:
        file = getattr(array, "file", None)
        if file is None:
            raise
        raise damaged(Path(file.filename), "HDF5", error) from error


def _of_dataset(dataset: h5py.Dataset, rows: slice) -> np.ndarray:
    """Rows read straight into new memory; by index they take several times as long."""
    block = np.empty((len(range(len(dataset))[rows]), *dataset.shape[1:]), dataset.dtype)
    if block.size:
        dataset.read_direct(block, rows)
    return block


def turned(frames: np.ndarray, flip: tuple[bool, bool], transpose: bool) -> np.ndarray:
    """Frames (..., ny, nx), flipped along (y, x) and then transposed; nothing is copied."""
    down, across = (slice(None, None, -1 if backwards else 1) for backwards in flip)
    frames = frames[..., down, across]
    return frames.swapaxes(-2, -1) if transpose else frames


def binned(frames: np.ndarray, size: int) -> np.ndarray:
    """Frames (..., ny, nx) summed over squares of ``size`` pixels."""
    if size == 1:
        return frames
    ny, nx = (n // size for n in frames.shape[-2:])
    wide = np.result_type(frames.dtype, _WIDER[frames.dtype.kind])
    # along whole rows first: numpy adds numbers that lie side by side ten times as fast
    lines = frames[..., : ny * size, : nx * size].reshape(*frames.shape[:-2], ny, size, nx * size)
    lines = lines.sum(axis=-2, dtype=wide)
    result = lines[..., ::size].copy()
    for column in range(1, size):
        result += lines[..., column::size]
    return result
