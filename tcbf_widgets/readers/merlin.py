"""Recordings of Quantum Detectors' Merlin: .mib, with the settings in a .hdr beside it.

The detector stores the lowest row of a frame first; frames are flipped along y by default, so that they look as on
the screen of its software. Processed counts of 8, 16 and 32 bits are read, of one chip or several; raw ones, whose
bits are in the order of the chips' registers, are refused.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .merlin_header import KINDS, FrameHeader, scan_shapes
from .opened import Asked, Opened, damaged, foreign, printable
from .raw_frames import beside, scan_shape

_FIRST_BYTES = 2**12  # hold the fields that are read, whatever the length of the header
_LOOKED_AT = 64  # headers, spread over the file: each is on a page of its own, which is read from the disk


def read(path: Path, asked: Asked) -> Opened:
    """Frames (scan_y, scan_x, ny, nx) of a Merlin as a memory map, in the order of the file.

    Parameters
    ----------
    path : the .mib, or the .hdr
    asked : ``scan_shape`` if nothing else says it, or to open the whole rows of a scan that was stopped

    Returns
    -------
    Opened, to be flipped along y by default

    Raises
    ------
    ValueError if a file is damaged, if counts are raw, or if no scan shape fits the number of frames
    """
    mib, hdr = _found(path)
    first = _first_header(mib)
    frames, rest = divmod(mib.stat().st_size, first.frame_bytes)
    known, count = scan_shapes(hdr) if hdr else ([], 0)
    if count and not known and not asked.scan_shape and (frames != count or rest):
        why = f"of {count} frames it holds {frames}; scan_shape=(rows, columns) opens the whole rows"
        raise damaged(mib, "Merlin", why)
    (sy, sx), notes = scan_shape(mib, "Merlin", frames, rest, asked, known)
    layout = np.dtype([("header", f"V{first.size}"), ("counts", KINDS[first.kind], first.shape)])
    everything = np.memmap(mib, layout, "r", shape=(frames,))[: sy * sx]
    notes += _looked_through(mib, everything["header"], first)
    array = everything["counts"].reshape(sy, sx, *first.shape)
    parts = tuple(file for file in (mib, hdr) if file and file != path)
    about = f"{first.kind} counts of {first.layout} chips"
    return Opened(array, "Merlin", flip=(True, False), notes=(about, *notes), parts=parts)


def _found(path: Path) -> tuple[Path, Path | None]:
    """The .mib and its .hdr."""
    if path.suffix.lower() != ".hdr":
        return path, beside(path, f"{path.stem}.hdr")
    mib = beside(path, f"{path.stem}.mib")
    if mib is None:
        raise damaged(path, "Merlin", f"{path.stem}.mib does not lie beside it")
    return mib, path


def _first_header(mib: Path) -> FrameHeader:
    """The header of the first frame, which says how all lie in the file."""
    with mib.open("rb") as file:
        header = FrameHeader.from_bytes(file.read(_FIRST_BYTES))
    if header is None:
        raise foreign(mib, "Merlin", "it does not begin with the header of a frame")
    if header.kind not in KINDS:
        raise ValueError(
            f"{mib.name} holds {printable(header.kind, 8)} counts, {', '.join(KINDS)} are read: let the detector's "
            "software write processed counts, or convert it, for example with LiberTEM"
        )
    return header


def _looked_through(mib: Path, headers: np.ndarray, first: FrameHeader) -> tuple[str, ...]:
    """Notes on some headers among all; ValueError if one is not like the first."""
    places = np.unique(np.linspace(0, len(headers) - 1, _LOOKED_AT).astype(int))
    for place in places:
        header = FrameHeader.from_bytes(headers[place].tobytes())
        if not first.is_like(header):
            raise damaged(mib, "Merlin", f"frame {place} has no header like the first one's")
    missing = header.number - first.number - places[-1]
    return (f"{missing} frames are missing, by the numbers in their headers",) if missing > 0 else ()
