"""All frames of a scan in one picture of the detector: what is in many of them, and what changes between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._checks import require
from .descan import Descan, corrected_rows
from .fourdstem import FourDSTEM
from .moments import joined

_IN_CACHE = 2**17  # counts in work at once: twice as fast as whole rows of large frames


@dataclass(frozen=True, eq=False)
class FrameMaps:
    """Maps of the detector, made of all frames.

    log_sum : (ny, nx) Σ ln(1 + I - min I) over the frames: what is present in many frames, strong or weak
    mean : (ny, nx) counts per frame
    std : (ny, nx) counts, standard deviation over the frames: what is present in some and absent in others
    frames : number of frames
    """

    log_sum: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    frames: int

    def __repr__(self) -> str:
        ny, nx = self.mean.shape
        return f"FrameMaps({ny} x {nx} pixels of {self.frames} frames)"

    @property
    def log_std(self) -> np.ndarray:
        """(ny, nx) ln(1 + std - min std), in which weak disks stand beside strong ones."""
        return np.log1p(self.std - self.std.min())


def map_frames(data: FourDSTEM, descan: Descan | None = None, *, progress: bool = False) -> FrameMaps:
    """Sum of logarithms, mean and standard deviation of all frames, in one pass over the data.

    Parameters
    ----------
    data : 4D-STEM scan
    descan : correct it, from `measure_descan`; the maps then show the part of the detector that all frames share
    progress : show a progress bar

    Returns
    -------
    FrameMaps
    """
    require("data", data, FourDSTEM, "from tcbf.open or tcbf.crystallite_scan().data")
    log_sum, moments = 0.0, (0, 0.0, 0.0)
    for _, row in corrected_rows(data, descan, "maps" if progress else None):
        few = max(1, _IN_CACHE // row[0].size)
        for start in range(0, len(row), few):
            frames = row[start : start + few].astype(np.float64)
            log_sum = log_sum + log_scaled(frames).sum(axis=0)
            mean = frames.mean(axis=0)
            moments = joined(moments, (len(frames), mean, np.square(frames - mean).sum(axis=0)))
    total, mean, squares = moments
    return FrameMaps(log_sum, mean, np.sqrt(squares / total), total)


def log_scaled(frames: np.ndarray) -> np.ndarray:
    """ln(1 + I - min I) of each frame (..., ny, nx)."""
    return np.log1p(frames - frames.min(axis=(-2, -1), keepdims=True))
