"""Windows of an object: where they lie, what is taken out of them and added to them, and what light they hold."""

from __future__ import annotations

import numpy as np


def checked_positions(positions, object_shape, count: int | None = None) -> np.ndarray:
    """Return the first pixels (n, 2) of windows as an array, or raise if they are none, or none of this object.

    ``count`` is how many there must be; None accepts any number but zero.
    """
    positions = np.asarray(positions)
    needed = (len(positions) if count is None and positions.ndim else count, 2)
    if not positions.size or positions.shape != needed or not np.issubdtype(positions.dtype, np.integer):
        wanted = f"({'n' if count is None else count}, 2)"
        raise ValueError(
            f"positions must be integers of shape {wanted}, one (y, x) for each pattern; "
            f"got {positions.dtype} of shape {positions.shape}"
        )
    if (np.abs(positions) > object_shape).any():
        worst = positions[np.argmax(np.abs(positions / object_shape).max(axis=1))].tolist()
        raise ValueError(f"positions must lie within one object {tuple(object_shape)} of its first pixel, got {worst}")
    return positions


class Windows:
    """The windows of an object, taken out of it and added to it.

    Parameters
    ----------
    positions : (n, 2) integers, (y, x) of the first pixel of each window in the object, which wraps
    window : (wy, wx)
    object_shape : (ny, nx), not smaller than the window
    """

    def __init__(self, positions, window: tuple[int, int], object_shape: tuple[int, int]):
        if len(window) != 2 or any(w > n for w, n in zip(window, object_shape, strict=True)):
            raise ValueError(f"probe must fit into the object {tuple(object_shape)}, got shape {tuple(window)}")
        self._corners = (checked_positions(positions, object_shape) % object_shape).tolist()
        self._window, self._shape = window, object_shape

    def of(self, image: np.ndarray) -> np.ndarray:
        """(n, wy, wx) windows of an image (ny, nx)."""
        wy, wx = self._window
        wide = np.pad(image, [(0, wy), (0, wx)], mode="wrap")
        result = np.empty((len(self._corners), wy, wx), image.dtype)
        for part, (y, x) in zip(result, self._corners, strict=True):
            part[:] = wide[y : y + wy, x : x + wx]
        return result

    def added(self, values: np.ndarray) -> np.ndarray:
        """Image (ny, nx) on which all windows (n, wy, wx), real or complex, are added up: the adjoint of `of`."""
        (ny, nx), (wy, wx) = self._shape, self._window
        wide = np.zeros((ny + wy, nx + wx), values.dtype)
        for part, (y, x) in zip(values, self._corners, strict=True):
            wide[y : y + wy, x : x + wx] += part
        wide[:wy] += wide[ny:]
        wide[:, :wx] += wide[:, nx:]
        return wide[:ny, :nx]


def overlapping(positions: np.ndarray, part: np.ndarray, object_shape) -> bool:
    """Tell whether any two windows share a pixel of a part of them, (wy, wx) bool."""
    covered = Windows(positions, part.shape, object_shape)
    return bool(covered.added(np.broadcast_to(part.astype(int), (len(positions), *part.shape))).max() > 1)


def brightest(wave: np.ndarray, share: float) -> np.ndarray:
    """Tell the fewest pixels of a wave that hold this share of its electrons, or more of it where several are alike."""
    intensity = np.abs(wave) ** 2
    falling = np.sort(intensity, axis=None)[::-1]
    held = np.cumsum(falling, dtype=float)
    return intensity >= falling[np.searchsorted(held, share * held[-1])]


def check_probe_fits(width: float, window: float, remedy: str) -> None:
    """Raise if a probe, of a width in Å, is wider than a window, and so would meet itself at the other side."""
    if width > window:
        raise ValueError(f"the probe is {width:.0f} Å wide and a window only {window:.0f} Å{remedy}")
