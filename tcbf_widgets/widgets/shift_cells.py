"""Detector pixels in square cells, one arrow each, for the posters of shift fields."""

from __future__ import annotations

import numpy as np


def cells_of(pixels: np.ndarray, center, spacing: int) -> np.ndarray:
    """Number (n,) of the cell to which each of the pixels (n, 2) belongs; cells are ``spacing`` pixels wide.

    >>> cells_of(np.array([[0, 0], [0, 1], [0, 2]]), (0, 0), 2)
    array([0, 1, 1])
    """
    # halves all go up, as in shared/grouping.js
    cell = np.floor((np.asarray(pixels) - np.array(center)) / spacing + 0.5).astype(int)
    return np.unique(cell, axis=0, return_inverse=True)[1].ravel()


def cell_means(cell: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Mean (cells, 2) of the pairs (n, 2) in each cell.

    >>> cell_means(np.array([0, 1, 1]), np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
    array([[0., 1.],
           [3., 4.]])
    """
    return np.stack([np.bincount(cell, axis) for axis in pairs.T], axis=1) / np.bincount(cell)[:, None]
