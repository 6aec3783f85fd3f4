"""Diffraction patterns that move over the detector during a scan, read through a window that moves along.

Whole pixels are enough: no count is interpolated, nothing is copied before it is needed, and what remains, half a pixel
at most, is less than the edge of a disk is soft.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from tqdm.auto import tqdm

from ._checks import require
from .defects import Defects
from .fourdstem import FourDSTEM
from .scan_array import ScanArray

HOW_TO_MEASURE = "as tcbf.survey(data).descan, or from tcbf.measure_descan(data, template)"


@dataclass(frozen=True, eq=False)
class Descan:
    """Where the direct beam falls on the detector, over the scan.

    measured : (scan_y, scan_x, 2) pixels (y, x), NaN where a pattern holds no peak
    fitted : (scan_y, scan_x, 2) pixels, the plane through them
    matrix : (2, 2) pixels from one end of the scan to the other, ((y per y, y per x), (x per y, x per x))
    residual_rms : pixels along one axis, of the positions that follow the plane
    """

    measured: np.ndarray
    fitted: np.ndarray
    matrix: np.ndarray
    residual_rms: float

    def __repr__(self) -> str:
        (yy, yx), (xy, xx) = self.matrix
        return (
            f"Descan(y {yy:+.2f} px along y, {yx:+.2f} along x; x {xy:+.2f} along y, {xx:+.2f} along x; "
            f"single positions {self.residual_rms:.2f} px off)"
        )

    @property
    def mean(self) -> np.ndarray:
        """(2,) pixels, mean position of the direct beam."""
        return self.fitted.mean(axis=(0, 1))

    @cached_property
    def corners(self) -> np.ndarray:
        """(scan_y, scan_x, 2) int, first pixel (y, x) of the window through which each frame is read."""
        moves = np.rint(self.fitted - self.mean).astype(int)
        return moves - moves.min(axis=(0, 1))

    def window(self, detector_shape) -> tuple[int, int]:
        """Shape (ny, nx) of the window that stays on the detector in every frame."""
        shape = tuple(int(n - reach) for n, reach in zip(detector_shape, self.corners.max(axis=(0, 1)), strict=True))
        if min(shape) < 1:
            raise ValueError(f"descan moves the pattern by more than the detector, {tuple(detector_shape)} pixels")
        return shape

    @property
    def beam(self) -> np.ndarray:
        """(2,) pixels of the corrected frames, mean position of the direct beam in them."""
        return (self.fitted - self.corners).mean(axis=(0, 1))


@dataclass(frozen=True, eq=False)
class MovingWindow:
    """Where each frame of a scan is read.

    corners : (scan_y · scan_x, 2) first pixels
    shape : (ny, nx)
    scan_x : positions in a row
    defects : of the detector. They stay where they are while patterns move: the nearest good pixel is read there
    """

    corners: np.ndarray
    shape: tuple[int, int]
    scan_x: int
    defects: Defects | None = None

    def read(self, frames: np.ndarray, rows: slice) -> np.ndarray:
        """(rows, scan_x, ny, nx) of the frames (rows, scan_x, detector_y, detector_x) of some rows of the scan."""
        corners = self.corners.reshape(-1, self.scan_x, 2)[rows]
        return steady_patterns(frames, corners, self.shape, self.defects)


def standing_still(data: FourDSTEM, descan: Descan | None, defects: Defects | None = None) -> FourDSTEM:
    """A scan whose patterns stand still, and have no defects: each is read through its window while the scan is read.

    Parameters
    ----------
    data : the scan
    descan : of it; None leaves it as it is
    defects : of the detector, from `tcbf.survey(data).defects`
    """
    corners, shape = windows(descan, data.scan_shape, data.detector_shape)
    if not defects and shape == data.detector_shape:
        return data
    through = MovingWindow(corners.reshape(-1, 2).astype(np.int16), shape, data.scan_shape[1], defects)
    array = ScanArray(data.array, data.scan_shape, through=through)
    return FourDSTEM(array, data.energy, data.scan_sampling, data.reciprocal_sampling, truth=data.truth)


def windows(descan: Descan | None, scan_shape, detector_shape) -> tuple[np.ndarray, tuple[int, int]]:
    """First pixels (scan_y, scan_x, 2) and shape of the windows through which frames are read; all of them for None."""
    if descan is None:
        return np.zeros((*scan_shape, 2), int), detector_shape
    require("descan", descan, Descan, HOW_TO_MEASURE)
    if descan.fitted.shape[:2] != scan_shape:
        raise ValueError(f"descan belongs to a scan of {descan.fitted.shape[:2]} positions, data has {scan_shape}")
    return descan.corners, descan.window(detector_shape)


def corrected_rows(data: FourDSTEM, descan: Descan | None = None, progress: str | None = None):
    """Yield (number of the scan row, (scan_x, ny, nx) frames), each read through its window of the descan.

    With ``progress`` a bar of that name is shown.
    """
    corners, shape = windows(descan, data.scan_shape, data.detector_shape)
    bar = tqdm(total=data.scan_shape[0], desc=progress, unit="row", disable=progress is None)
    for rows, block in data.row_blocks():
        for number, frames in zip(range(*rows.indices(data.scan_shape[0])), block, strict=True):
            bar.update()
            yield number, frames if shape == data.detector_shape else through_windows(frames, corners[number], shape)
    bar.close()


def steady_patterns(block: np.ndarray, corners: np.ndarray, window, defects: Defects | None) -> np.ndarray:
    """Patterns (..., *window) of frames (..., detector_y, detector_x), each from its corner (..., 2) on.

    Defects stay where they are while patterns move: there the nearest good pixel is read.
    """
    if defects:
        bad, good = defects.nearest_good
        block = block.copy()
        block[..., *bad.T] = block[..., *good.T]
    return through_windows(block, corners, window)


def through_windows(frames: np.ndarray, corners: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The part of each frame (..., detector_y, detector_x) that begins at its corner (..., 2): (..., *shape)."""
    result = np.empty((*frames.shape[:-2], *shape), frames.dtype)
    for place in np.ndindex(frames.shape[:-2]):
        y, x = corners[place]
        result[place] = frames[place][y : y + shape[0], x : x + shape[1]]
    return result
