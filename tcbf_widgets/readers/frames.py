"""How many frames a file holds, and in which scan they lie."""

from __future__ import annotations

from math import isqrt
from pathlib import Path


class ChoiceError(ValueError):
    """A file that may be whole but does not hold what is asked for."""


def of_scan(path: Path, shape: tuple[int, ...], scan_shape, guess: bool = False) -> tuple[tuple[int, int], tuple]:
    """The scan of an array of three or four axes, and notes.

    Parameters
    ----------
    path : of the file, for its name
    shape : (scan_y, scan_x, ny, nx) or (frames, ny, nx)
    scan_shape : what was asked for, or None
    guess : take as many rows as columns if nothing was asked for, and note it

    Returns
    -------
    scan_shape, notes

    Raises
    ------
    ValueError if the frames are too few, or their scan shape is neither asked for nor known
    """
    if len(shape) not in (3, 4):
        raise ChoiceError(
            f"{path.name} must hold 4 axes (scan_y, scan_x, detector_y, detector_x) or 3 (frames, detector_y, "
            f"detector_x), got shape {shape}"
        )
    if 0 in shape:
        raise ChoiceError(f"{path.name} must not be empty, got shape {shape}")
    if len(shape) == 4:
        if scan_shape not in (None, shape[:2]):
            raise ChoiceError(f"scan_shape={scan_shape} is not that of {path.name}, {shape[:2]}; leave it out")
        return shape[:2], ()
    count = shape[0]
    if scan_shape is None:
        edge = isqrt(count)
        if guess and edge > 1 and edge**2 == count:
            return (edge, edge), (f"{count} frames are taken as a square scan; scan_shape= says otherwise",)
        raise ChoiceError(f"{path.name} holds {count} frames one after another; give scan_shape=(scan_y, scan_x)")
    needed = scan_shape[0] * scan_shape[1]
    if needed > count:
        raise ChoiceError(f"scan_shape={scan_shape} needs {needed} frames, {path.name} holds {count}")
    rest = count - needed
    left = "1 frame after the scan is" if rest == 1 else f"{rest} frames after the scan are"
    return scan_shape, (f"{left} left out",) if rest else ()
