"""Files that hold frames one after another: what lies beside them, and how many frames make a row of the scan."""

from __future__ import annotations

from pathlib import Path

from .frames import of_scan
from .opened import Asked, damaged


def beside(path: Path, *names: str) -> Path | None:
    """The first of these files in the folder of ``path``, upper and lower case alike; None if there is none."""
    try:
        there = {file.name.lower(): file for file in path.parent.iterdir()}
    except OSError:
        return None
    return next((there[name.lower()] for name in names if name.lower() in there), None)


def scan_shape(path: Path, what: str, frames: int, rest: int, asked: Asked, known: list, square: bool = True):
    """How many frames lie in a row of the scan.

    Parameters
    ----------
    path, what : the file and its format, for errors
    frames, rest : whole frames that the file holds, and bytes after them
    asked : what the user says; it may be less than all frames
    known : shapes that the file speaks of, the one to be trusted most first
    square : whether a square scan may be assumed where nothing is known

    Returns
    -------
    (scan_y, scan_x) and notes, a tuple of sentences

    Raises
    ------
    ValueError if no shape is known that the frames fill, or if more frames are asked for than there are
    """
    if frames < 1:
        raise damaged(path, what, "it does not hold one frame")
    if asked.scan_shape:
        part = ("it ends within a frame, which is left out",) if rest else ()
        return asked.scan_shape, of_scan(path, (frames, 1, 1), asked.scan_shape)[1] + part
    if rest:
        raise damaged(path, what, f"it ends within a frame, after {frames} whole ones{_remedy(frames, known)}")
    for sy, sx in known:
        if sy * sx == frames:
            return (sy, sx), ()
    if known:
        sy, sx = known[0]
        raise damaged(path, what, f"of {sy} x {sx} frames it holds {frames}{_remedy(frames, known)}")
    return of_scan(path, (frames, 1, 1), None, guess=square)


def _remedy(frames: int, known: list) -> str:
    columns = known[0][1] if known else 0
    rows = f"({frames // columns}, {columns})" if 0 < columns <= frames else "(rows, columns)"
    return f"; of a scan that was stopped, scan_shape={rows} opens the whole rows"
