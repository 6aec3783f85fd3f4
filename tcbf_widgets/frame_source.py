"""FourDSTEM -> data set of LiberTEM. Files are read by the workers themselves, arrays in memory travel in pieces.

Needs LiberTEM.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from libertem.api import Context, DataSet
from libertem.common import Shape, Slice
from libertem.io.dataset.base import BasePartition, DataSetMeta, File, FileSet
from libertem.io.dataset.memory import MemBackend, MemoryFile

from .blocks import rows_of_chunks
from .defects import Defects
from .descan import steady_patterns
from .fourdstem import FourDSTEM
from .scan_array import rows_of
from .stored_arrays import description, restored

_PIECE_BYTES = 2**23  # of counts in one message; Dask advises against more than 10 MB
_READ_BYTES = 2**25  # of counts that a worker reads at once
_CHUNK_BYTES = 2**28  # chunks of an HDF5 file that hold more are unpacked several times
_PARTS = 4  # for each worker at least: none waits long for the last one, and partial results come often


def dataset(data: FourDSTEM | DataSet, context: Context, windows: Windows | None = None) -> DataSet:
    """The frames of a scan as LiberTEM reads them on a context's workers, through windows if there are any."""
    return data if isinstance(data, DataSet) else ScanDataSet(data, windows, context)


@dataclass(frozen=True, eq=False)
class Windows:
    """Where each frame is read.

    corners : (scan_y, scan_x, 2) first pixels
    shape : (ny, nx)
    defects : of the detector; the nearest good pixel is read in their place
    """

    corners: np.ndarray
    shape: tuple[int, int]
    defects: Defects | None = None


@dataclass(frozen=True, eq=False)
class Piece:
    """Some frames of a scan. Pickled, it takes along where they are stored, or themselves if they are in memory.

    array : (scan_y, scan_x, detector_y, detector_x), read by slices of rows; None until files are opened elsewhere
    text : from `stored_arrays.description`, None for counts in memory
    start, stop : numbers of the first frame, and of the one after the last
    windows : with (frames, 2) corners, None for whole frames
    """

    array: object
    text: bytes | None
    start: int
    stop: int
    windows: Windows | None = None

    def read(self) -> np.ndarray:
        """(frames, ny, nx) counts."""
        array = restored(self.text) if self.array is None else self.array
        rows, skipped = self._rows(array.shape[1])
        block = rows_of(array, rows)
        frames = block.reshape(-1, *block.shape[2:])[skipped : skipped + self.stop - self.start]
        if self.windows:
            frames = steady_patterns(frames, self.windows.corners, self.windows.shape, self.windows.defects)
        return frames.astype(frames.dtype.newbyteorder("="), copy=False)

    def _rows(self, across: int) -> tuple[slice, int]:
        """Rows of the scan that hold the frames, and how many of theirs come before."""
        first = self.start // across
        return slice(first, -(-self.stop // across)), self.start - first * across

    def __reduce__(self):
        if self.text is None:
            return _Sent, (self.read(),)
        return Piece, (None, self.text, self.start, self.stop, self.windows)


@dataclass(frozen=True, eq=False)
class _Sent:
    """Frames that came with the message."""

    frames: np.ndarray

    def read(self) -> np.ndarray:
        """(frames, ny, nx) counts."""
        return self.frames


class ScanDataSet(DataSet):
    """A scan in parts, each of which knows where its own frames are."""

    def __init__(self, data: FourDSTEM, windows: Windows | None, context: Context):
        super().__init__()
        self._array, self._windows, self._chunk = data.array, windows, rows_of_chunks(data)
        # a client of Dask that is not ours may know none for a moment, see `processes`
        self._workers = max(1, len(context.executor.get_available_workers()))
        frame = windows.shape if windows else data.detector_shape
        self._dtype = np.dtype(data.array.dtype).newbyteorder("=")
        self._image_count = self._nav_shape_product = int(np.prod(data.scan_shape))
        shape = Shape((*data.scan_shape, *frame), sig_dims=2)
        self._meta = DataSetMeta(shape=shape, raw_dtype=self._dtype, sync_offset=0, image_count=self._image_count)
        self._sync_offset_info = self.get_sync_offset_info()

    @cached_property
    def text(self) -> bytes | None:
        """Where the counts are stored; None if in memory."""
        return description(self._array)

    def initialize(self, executor):
        """There is nothing to prepare."""
        return self

    def check_valid(self) -> bool:
        """It was checked before it came here."""
        return True

    @property
    def dtype(self) -> np.dtype:
        """Of the counts."""
        return self._dtype

    @property
    def shape(self) -> Shape:
        """(scan_y, scan_x, ny, nx)."""
        return self._meta.shape

    def get_num_partitions(self) -> int:
        """How many parts there are."""
        return len(self._bounds) - 1

    def get_io_backend(self):
        """Counts are in memory when LiberTEM asks for them."""
        return MemBackend()

    def get_partitions(self):
        """Yield the parts of the scan."""
        for start, stop in zip(self._bounds[:-1], self._bounds[1:], strict=True):
            where = Slice((start, 0, 0), Shape((stop - start, *self.shape.sig), sig_dims=2))
            yield ScanPartition(
                self._meta, where, Piece(self._array, self.text, start, stop, self._through(start, stop))
            )

    def _through(self, start: int, stop: int) -> Windows | None:
        if self._windows is None:
            return None
        return replace(self._windows, corners=self._windows.corners.reshape(-1, 2)[start:stop])

    @cached_property
    def _bounds(self) -> list[int]:
        """Numbers of the frames with which parts begin, and of all frames; a part that is read has whole rows."""
        frames, across = self._image_count, self._array.shape[1]
        frame_bytes = int(np.prod(self._array.shape[2:])) * self._dtype.itemsize
        at_once = max(1, (_PIECE_BYTES if self.text is None else _READ_BYTES) // frame_bytes)
        at_once = min(at_once, -(-frames // (_PARTS * self._workers)))
        if self.text is not None and not isinstance(self._array, np.ndarray):
            whole = self._chunk * across
            whole = whole if whole * frame_bytes <= _CHUNK_BYTES else across
            at_once = max(1, at_once // whole) * whole
        return [*range(0, frames, at_once), frames]


class ScanPartition(BasePartition):
    """A part of a scan, read where LiberTEM works on it."""

    def __init__(self, meta: DataSetMeta, where: Slice, piece: Piece):
        start, count = where.origin[0], where.shape[0]
        self._piece, frame = piece, meta.shape.sig
        files = FileSet([File(None, start, start + count, meta.raw_dtype, frame)])
        super().__init__(meta, where, files, start, count, MemBackend())

    def get_tiles(self, *args, **kwargs):
        """Read the part, and yield it in tiles."""
        start, count = self._start_frame, self._num_frames
        place = {"path": None, "start_idx": start, "end_idx": start + count}
        kind = {"native_dtype": self.meta.raw_dtype, "sig_shape": self.meta.shape.sig}
        stored = self._fileset
        try:
            self._fileset = FileSet([MemoryFile(data=self._piece.read(), **place, **kind)])
            yield from super().get_tiles(*args, **kwargs)
        finally:  # the part outlives the work on it, its counts need not
            self._fileset = stored
