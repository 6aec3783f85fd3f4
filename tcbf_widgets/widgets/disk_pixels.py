"""Pixels of the bright-field disk: where they are, and a map of how far apart two fields of shifts are there."""

from __future__ import annotations

import numpy as np

from .figure import Panel, contrast_limits


def frequencies(pixels: np.ndarray, meta: dict) -> np.ndarray:
    """Spatial frequencies (n, 2) in 1/Å of pixels (n, 2), detector axes.

    >>> frequencies(np.array([[2, 3]]), {"center": [2, 2], "reciprocal_sampling": [0.5, 0.25]})
    array([[0.  , 0.25]])
    """
    return (pixels - np.array(meta["center"])) * np.array(meta["reciprocal_sampling"])


def distance_panel(pixels, measured, fitted, *, sampling, cmap: str, contrast, title: str) -> Panel:
    """Distance in Å of measured from fitted shifts, pixel by pixel, from 0 to the upper percentile of ``contrast``."""
    first = pixels.min(axis=0)
    values = np.full(pixels.max(axis=0) - first + 1, np.nan, np.float32)
    values[tuple((pixels - first).T)] = np.linalg.norm(measured - fitted, axis=1)
    _, high = contrast_limits(values, (0, contrast[1]))
    return Panel(values, 0.0, high, cmap, tuple(sampling), title=f"{title} (Å)")
