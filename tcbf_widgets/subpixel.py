"""Where between the pixels a peak lies: band-limited interpolation, and a paraboloid through nine values."""

from __future__ import annotations

import numpy as np
import scipy.special

TAPS = 6  # pixels on each side that an interpolated value is made of
_BETA = 8.0  # of the Kaiser window, for errors below 1e-3 up to 0.7 of the Nyquist frequency


def paraboloid_offset(values: np.ndarray) -> np.ndarray:
    """Offset of the peak of the paraboloid that fits the 3 x 3 values around a maximum.

    Parameters
    ----------
    values : (..., 3, 3) on a square grid

    Returns
    -------
    (..., 2) grid steps (y, x), at most 1; 0 where the values are no peak
    """
    v = np.asarray(values, float)
    gy, gx = (v[..., 2, 1] - v[..., 0, 1]) / 2, (v[..., 1, 2] - v[..., 1, 0]) / 2
    yy = v[..., 2, 1] - 2 * v[..., 1, 1] + v[..., 0, 1]
    xx = v[..., 1, 2] - 2 * v[..., 1, 1] + v[..., 1, 0]
    yx = (v[..., 2, 2] - v[..., 2, 0] - v[..., 0, 2] + v[..., 0, 0]) / 4
    determinant = yy * xx - yx * yx
    peak = (determinant > 0) & (yy < 0)
    offset = np.stack([yx * gx - xx * gy, yx * gy - yy * gx], axis=-1) / np.where(peak, determinant, 1)[..., None]
    return np.where(peak[..., None], np.clip(offset, -1, 1), 0.0)


def interpolated(image: np.ndarray, points: np.ndarray, step: float) -> np.ndarray:
    """A periodic, band-limited image on a 3 x 3 grid around each of several points.

    The sinc of exact interpolation is cut off smoothly by a Kaiser window.

    Parameters
    ----------
    image : (ny, nx)
    points : (n, 2) pixels (y, x)
    step : pixels from one point of the grid to the next

    Returns
    -------
    (n, 3, 3)
    """
    corner = np.floor(points).astype(int) - TAPS + 1
    pixels = corner[..., None] + np.arange(2 * TAPS)  # (n, axis, tap)
    grid = points[..., None] + step * np.arange(-1, 2)  # (n, axis, grid)
    weights = _windowed_sinc(grid[..., None] - pixels[:, :, None, :])
    rows, columns = pixels[:, 0] % image.shape[0], pixels[:, 1] % image.shape[1]
    patches = image[rows[:, :, None], columns[:, None, :]]
    return weights[:, 0] @ patches @ weights[:, 1].swapaxes(-1, -2)


def _windowed_sinc(distance: np.ndarray) -> np.ndarray:
    inside = np.clip(1 - np.square(distance / (TAPS + 0.5)), 0, 1)
    weights = np.sinc(distance) * scipy.special.i0(_BETA * np.sqrt(inside))
    return weights / weights.sum(axis=-1, keepdims=True)


def refined(image: np.ndarray, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of a periodic, band-limited image between its pixels.

    Parameters
    ----------
    image : (ny, nx)
    pixels : (n, 2) int, local maxima

    Returns
    -------
    points : (n, 2) pixels (y, x)
    heights : (n,) interpolated values there
    """
    points = np.asarray(pixels, float)
    if not len(points):
        return points.reshape(0, 2), np.zeros(0)
    for step in (0.5, 0.25):
        offset = step * paraboloid_offset(interpolated(image, points, step))
        points = pixels + np.clip(points + offset - pixels, -1, 1)
    return points, interpolated(image, points, 0.25)[:, 1, 1]
