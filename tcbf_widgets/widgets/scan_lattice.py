"""Positions of a square scan on a periodic object: which are chosen and shown, and what the probe lights of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

BLOCK = 8  # positions along either side of a mosaic, at most


@dataclass(frozen=True)
class ScanLattice:
    """A scan whose probe stands on every `step`-th pixel of `size` x `size`, which go on periodically.

    The same as shared/scan_lattice.js.

    Attributes
    ----------
    size : pixels along the object
    step : pixels from one position to the next, a divisor of `size`
    wanted : (y, x) pixel; the position nearest to it is the chosen one
    """

    size: int
    step: int
    wanted: tuple[int, int]

    @property
    def across(self) -> int:
        """Positions along either side."""
        return self.size // self.step

    @property
    def indices(self) -> tuple[int, int]:
        """Row and column of the chosen position."""
        return tuple(int((at + self.step / 2) // self.step) % self.across for at in self.wanted)

    @property
    def centre(self) -> tuple[int, int]:
        """Pixel (y, x) on which the middle of the probe stands."""
        return tuple(index * self.step for index in self.indices)

    @property
    def centres(self) -> np.ndarray:
        """(n, 2) pixels of all positions, row after row."""
        return self.step * np.indices((self.across, self.across)).reshape(2, -1).T

    @cached_property
    def shown(self) -> np.ndarray:
        """(m, m) numbers of the positions in the mosaic: the block of at most 8 x 8 with the chosen one."""
        row, column = (BLOCK * (index // BLOCK) + np.arange(min(BLOCK, self.across)) for index in self.indices)
        return self.across * row[:, None] + column

    @property
    def number(self) -> int:
        """Number of the chosen position, in the order of the scan."""
        row, column = self.indices
        return self.across * row + column

    def lit(self, radius: float) -> np.ndarray:
        """(size, size) numbers of the discs of a radius in pixels, one around each position, that hold a pixel."""
        reach = math.ceil(radius / self.step) + 1
        offsets = (np.arange(self.step)[:, None] - self.step * np.arange(-reach, reach + 1)) ** 2
        inside = offsets[:, None, :, None] + offsets[None, :, None, :] <= radius * radius
        return np.tile(inside.sum(axis=(2, 3)), (self.across, self.across))
