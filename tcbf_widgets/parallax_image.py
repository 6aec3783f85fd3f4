"""A tilt-corrected image that grows while a scan is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ParallaxImage:
    """A tilt-corrected image, of all frames of a scan or of those that were read so far.

    values : (upsampling · scan_y, upsampling · scan_x) float64, relative to the mean of the scan; `numpy.asarray` gives
        these. The pixel (upsampling · y, upsampling · x) lies at the probe position (y, x)
    sampling : (y, x) Å per pixel
    upsampling : pixels per scan step
    fraction : of the frames that were read
    """

    values: np.ndarray
    sampling: tuple[float, float]
    upsampling: int
    fraction: float

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype, copy=True if copy else None)

    def __repr__(self) -> str:
        (ny, nx), (sy, sx) = self.values.shape, self.sampling
        part = "" if self.fraction == 1 else f", {self.fraction:.0%} of the scan"
        return f"ParallaxImage({ny} x {nx} pixels of {sy:.3g} x {sx:.3g} Å{part})"
