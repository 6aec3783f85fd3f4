"""The bright-field stack, read by the workers of LiberTEM. Needs LiberTEM."""

from __future__ import annotations

import numpy as np

from .bright_field import BrightFieldStack
from .collecting import Collector, checked_rim, collected
from .descan import Descan
from .fourdstem import FourDSTEM
from .frame_source import Windows, dataset
from .frame_udfs import StackUDF

_ROWS = 64  # images that are written at once: each in runs as long as can be, and no second copy of all


def stack_on(
    context, data: FourDSTEM, threshold: float, descan: Descan | None, rim: int | None, memory, progress
) -> BrightFieldStack:
    """The stack of `bright_field_stack`, from the workers of a context."""
    return collected(_OnWorkers(context, data, descan, memory, progress), threshold, checked_rim(rim, descan))


def windows_of(data: FourDSTEM, descan: Descan | None) -> Windows | None:
    """Where each frame is read, and which pixels of the detector are not; None for whole frames."""
    if descan is None:
        return None
    reader = Collector(data, descan, None, False)
    reader.glance()
    return _windows(reader)


def _windows(reader: Collector) -> Windows | None:
    return Windows(reader.corners, reader.window, reader.defects) if reader.moves else None


class _OnWorkers(Collector):
    """Has the workers of a context read the scan."""

    def __init__(self, context, data: FourDSTEM, descan: Descan | None, memory, progress: bool):
        super().__init__(data, descan, memory, progress)
        self._context = context
        # counts of the pixels are here as they were recorded before they are images
        self.bytes_per_count += np.dtype(data.array.dtype).itemsize

    def _read(self, flat: np.ndarray) -> np.ndarray:
        """Fill the images of pixels, numbered ``flat`` in the window; sum (ny, nx) of all patterns."""
        frames = dataset(self.data, self._context, _windows(self))
        done = self._context.run_udf(frames, StackUDF(pixels=flat, dtype=frames.dtype), progress=self.progress)
        counts = done["counts"].data.reshape(-1, len(flat))
        images = self.images.reshape(len(flat), -1)
        for first in range(0, len(flat), _ROWS):
            images[first : first + _ROWS] = counts[:, first : first + _ROWS].T
        return done["total"].data
