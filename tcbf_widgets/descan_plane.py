"""The plane that the positions of the direct beam follow over a scan."""

from __future__ import annotations

import numpy as np

_TURNS = 12  # of the robust fit; it settles within a few
_TUKEY = 4.685  # standard deviations from which a position is an outlier; keeps 95 % of the efficiency of least squares
_FEWEST = 3  # positions that a plane needs


class Plane:
    """Plane through positions, by least squares that are reweighted until outliers no longer count.

    positions : (..., 2) pixels, NaN where there is none
    across : (..., 2) where in the scan they are
    """

    def __init__(self, positions: np.ndarray, across: np.ndarray):
        flat, known = positions.reshape(-1, 2), np.isfinite(positions).all(axis=-1).ravel()
        if known.sum() < _FEWEST:
            raise ValueError(
                f"data must have at least {_FEWEST} frames with a disk that the template fits, got {known.sum()}"
            )
        design = self._design(across).reshape(-1, 3)
        weight = known.astype(float)
        for _ in range(_TURNS):
            root = np.sqrt(weight[known])[:, None]
            self._solution = np.linalg.lstsq(design[known] * root, flat[known] * root, rcond=None)[0]
            distance = np.linalg.norm(flat - design @ self._solution, axis=1)
            spread = np.nanmedian(distance) / 1.1774  # median of a two-dimensional normal distribution of unit width
            weight[known] = np.square(np.clip(1 - np.square(distance[known] / max(_TUKEY * spread, 1e-9)), 0, None))
        self.distance, self.followed = distance, weight > 0
        self._followed_design = design[self.followed]

    @staticmethod
    def _design(across: np.ndarray) -> np.ndarray:
        return np.concatenate([np.ones((*across.shape[:-1], 1)), across], axis=-1)

    @property
    def matrix(self) -> np.ndarray:
        """(2, 2) pixels from one end of the scan to the other."""
        return self._solution[1:].T

    def at(self, across: np.ndarray) -> np.ndarray:
        """Positions (..., 2) at places in the scan."""
        return self._design(across) @ self._solution

    @property
    def errors(self) -> np.ndarray:
        """(2,) standard errors of the two columns of the matrix, from the positions that follow the plane."""
        design, distance = self._followed_design, self.distance[self.followed]
        variance = np.square(distance).sum() / 2 / max(len(design) - design.shape[1], 1)
        return np.sqrt(variance * np.diag(np.linalg.pinv(design.T @ design))[1:])
