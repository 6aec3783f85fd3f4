"""What LiberTEM does with each frame of a scan: user-defined functions, which travel to its workers. Needs LiberTEM.

LiberTEM has functions of its own for these maps and masks. Ours read each frame through its window of the descan, count
in float64, and go over the data once.
"""

from __future__ import annotations

import numpy as np
from libertem.udf import UDF

from .collecting import pattern_sum
from .fourdstem import check_counts
from .frame_maps import log_scaled
from .moments import joined


class WindowUDF(UDF):
    """Base of what reads each frame through a window.

    window : (ny, nx) pixels
    corner : (scan_y · scan_x, 2) first pixel (y, x) of the window in each frame, as `per_frame` packs it
    """

    @classmethod
    def per_frame(cls, corners: np.ndarray):
        """Corners (scan_y, scan_x, 2) so that each frame gets its own."""
        return cls.aux_data(corners.astype(np.int64).ravel(), kind="nav", extra_shape=(2,), dtype="int64")

    def get_preferred_input_dtype(self):
        """Counts as they were recorded: nothing is converted that the window leaves out."""
        return self.USE_NATIVE_DTYPE

    def through_window(self, frame: np.ndarray) -> np.ndarray:
        """The part (ny, nx) of a frame in its window; bad counts raise, wherever they are."""
        check_counts("data", frame)
        (y, x), (ny, nx) = self.params.corner, self.params.window
        return frame[y : y + ny, x : x + nx]

    def sums(self, *names: str) -> dict:
        """Buffers of the size of the window, to be added up."""
        return {name: self.buffer("single", extra_shape=self.params.window, dtype="float64") for name in names}


class MapsUDF(WindowUDF):
    """Sum of logarithms, mean and squared deviations of all frames."""

    def get_result_buffers(self) -> dict:
        """Maps of the detector, and the number of frames in them."""
        return {"frames": self.buffer("single", dtype="int64"), **self.sums("log_sum", "mean", "squares")}

    def process_frame(self, frame: np.ndarray) -> None:
        """Add a frame to the maps."""
        frame = self.through_window(frame).astype(np.float64)
        self.results.log_sum[:] += log_scaled(frame)
        _join(self.results, 1, frame, 0.0)

    def merge(self, dest, src) -> None:
        """Join the maps of two parts of the scan."""
        dest.log_sum[:] += src.log_sum
        _join(dest, src.frames[0], src.mean, src.squares)


def _join(maps, frames: int, mean: np.ndarray, squares) -> None:
    maps.frames[:], maps.mean[:], maps.squares[:] = joined(
        (maps.frames[0], maps.mean, maps.squares), (frames, mean, squares)
    )


class MasksUDF(WindowUDF):
    """Sums of each frame under masks, and the sum of all frames.

    masks : (n, ny · nx) float64, sparse, by rows
    """

    def get_result_buffers(self) -> dict:
        """A value for each frame and mask, and a map of the detector."""
        count = self.params.masks.shape[0]
        return {"features": self.buffer("nav", extra_shape=(count,), dtype="float32"), **self.sums("total")}

    def process_frame(self, frame: np.ndarray) -> None:
        """Apply the masks to a frame."""
        frame = self.through_window(frame)
        self.results.features[:] = self.params.masks @ frame.astype(np.float64).ravel()
        self.results.total[:] += frame

    def merge(self, dest, src) -> None:
        """Put the values of a part of the scan in their place, and add its sum."""
        dest.features[:] = src.features
        dest.total[:] += src.total


class StackUDF(UDF):
    """Counts of some pixels of each frame, and the sum of all frames, which are large parts of a scan at once.

    pixels : (n,) numbers of the pixels in the flattened frame
    dtype : of the counts
    """

    def get_result_buffers(self) -> dict:
        """A value for each frame and pixel, and a map of the frame."""
        frame = tuple(self.meta.dataset_shape.sig)
        return {
            "counts": self.buffer("nav", extra_shape=(len(self.params.pixels),), dtype=self.params.dtype),
            "total": self.buffer("single", extra_shape=frame, dtype="float64"),
        }

    def get_preferred_input_dtype(self):
        """Counts as they were recorded."""
        return self.USE_NATIVE_DTYPE

    def process_partition(self, partition: np.ndarray) -> None:
        """Take the pixels out of frames (n, ny, nx); bad counts raise."""
        check_counts("array", partition)
        frames = partition.reshape(len(partition), -1)
        self.results.counts[:] = np.take(frames, self.params.pixels, axis=1)
        self.results.total[:] += pattern_sum(frames).reshape(partition.shape[1:])

    def merge(self, dest, src) -> None:
        """Put the counts of a part of the scan in their place, and add its sum."""
        dest.counts[:] = src.counts
        dest.total[:] += src.total
