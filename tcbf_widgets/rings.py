"""Rings of equal spatial frequency in the Fourier transform of an image."""

from __future__ import annotations

import numpy as np

from .geometry import frequency_grid

_ANGLES, _RADII = 24, 5  # directions and distances at which a ring is sampled


def ring_points(q: np.ndarray, width: float) -> np.ndarray:
    """Frequencies (rings, radii, directions, 2) evenly spread over rings of a width around ``q`` (rings,), all 1/Å.

    >>> ring_points(np.array([0.1]), 0.01).shape
    (1, 5, 24, 2)
    """
    angle = 2 * np.pi * np.arange(_ANGLES) / _ANGLES
    radius = q[:, None] + width * ((np.arange(_RADII) + 0.5) / _RADII - 0.5)
    return radius[..., None, None] * np.column_stack([np.sin(angle), np.cos(angle)])


class Rings:
    """Rings as wide as the coarser of two frequency steps, up to the lower of two Nyquist frequencies; not the mean.

    Attributes
    ----------
    q : (rings,) mean frequency of each ring, 1/Å
    counts : (rings,) frequencies in each ring

    >>> rings = Rings((8, 8), (0.5, 0.5))
    >>> rings.counts.tolist(), rings.q.round(2).tolist()
    ([8, 12, 16, 22], [0.3, 0.54, 0.76, 1.0])
    """

    def __init__(self, shape: tuple[int, int], sampling: tuple[float, float]) -> None:
        length = np.linalg.norm(frequency_grid(shape, sampling), axis=-1)
        width = 1 / min(n * step for n, step in zip(shape, sampling, strict=True))
        self._number = int(0.5 / max(sampling) / width + 1e-6)
        ring = np.rint(length / width).astype(int)
        ring[ring > self._number] = 0  # the corners; ring 0, the mean, is left out as well
        self._ring = ring.ravel()
        self.counts = np.bincount(self._ring, minlength=self._number + 1)[1:]
        self.q = self.sums(length) / self.counts

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum of values (ny, nx), zero frequency first, over each ring."""
        return np.bincount(self._ring, values.ravel(), self._number + 1)[1:]

    def correlation(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Σ Re(F G*) / √(Σ|F|² Σ|G|²) over each ring for transforms (..., ny, nx); 0 where one has no power."""

        def sums(values):
            return self.sums(values.reshape(-1, *values.shape[-2:]).sum(axis=0))

        power = np.sqrt(sums(np.abs(first) ** 2) * sums(np.abs(second) ** 2))
        shared = sums((first * second.conj()).real)
        return np.divide(shared, power, out=np.zeros(self._number), where=power > 0)
