"""Recordings of an EMPAD: frames of 128 x 128 pixels of float32 in a raw file, described by an XML beside it.

The first generation appends two rows of metadata to each frame; they are left out.
M. W. Tate et al., "High dynamic range pixel array detector for scanning transmission electron microscopy",
Microsc. Microanal. 22, 237 (2016), DOI 10.1017/S1431927615015664.
"""

from __future__ import annotations

from math import isqrt
from pathlib import Path

import numpy as np

from .empad_header import Header, shapes_of_name
from .opened import Asked, DamagedFileError, Opened, damaged
from .raw_frames import beside, scan_shape

_EDGE = 128
_ROW_BYTES = 4 * _EDGE
_NEGATIVE = "the detector's software subtracts a background: noise about zero leaves small negative counts"


def read(path: Path, asked: Asked) -> Opened:
    """Frames (scan_y, scan_x, 128, 128) of an EMPAD as a memory map.

    Parameters
    ----------
    path : the XML, or the raw file, whose XML is looked for by its name
    asked : ``scan_shape`` if nothing else says it, or to open the whole rows of a scan that was stopped

    Returns
    -------
    Opened

    Raises
    ------
    ValueError if a file is damaged, or no scan shape fits the number of frames
    """
    raw, header, notes = _found(path)
    known = header.scan_shapes() if header else shapes_of_name(raw.name)
    size = raw.stat().st_size
    rows = _rows(size, [asked.scan_shape] if asked.scan_shape else known, header)
    frames, rest = divmod(size, rows * _ROW_BYTES)
    if rest and not (header or known or asked.scan_shape):
        why = f"{size} bytes are no whole number of frames of 128 x 128 float32, {frames} and a part; other raw files "
        raise damaged(raw, "EMPAD", why + "can be opened as .npy")
    square = header is None or not header.is_series
    (sy, sx), said = scan_shape(raw, "EMPAD", frames, rest, asked, known, square)
    notes += (*said, "frames end with two rows of metadata, left out") if rows > _EDGE else said
    calibration = {}
    if header:
        whole = next((shape for shape in known if shape[1] == sx), (sy, sx))
        calibration, more = header.calibration(whole)
        notes += more
    everything = np.memmap(raw, "<f4", "r", shape=(frames, rows, _EDGE))
    array = everything[: sy * sx, :_EDGE].reshape(sy, sx, _EDGE, _EDGE)
    parts = tuple(file for file in (raw, header and header.path) if file and file != path)
    return Opened(array, "EMPAD", calibration, notes=(*notes, _NEGATIVE), parts=parts)


def _found(path: Path) -> tuple[Path, Header | None, tuple[str, ...]]:
    """The raw file, its XML if there is one, and a note if that is of no use."""
    if path.suffix.lower() == ".xml":
        header = Header.from_file(path)
        raw = beside(path, header.raw_name, f"{path.stem}.raw")
        if raw is None:
            raise damaged(path, "EMPAD", f"{header.raw_name or path.stem + '.raw'} does not lie beside it")
        return raw, header, ()
    xml = beside(path, f"{path.stem}.xml")
    if xml is None:
        return path, None, ()
    try:
        return path, Header.from_file(xml), ()
    except DamagedFileError as error:
        return path, None, (f"its XML is left out: {error}",)


def _rows(size: int, shapes: list, header: Header | None) -> int:
    """Rows in a frame: what gives one of the shapes, or a square scan, or else what divides the file into frames."""
    if header and not header.padded:
        return _EDGE
    both = [rows for rows in (_EDGE + 2, _EDGE) if size % (rows * _ROW_BYTES) == 0] or [_EDGE + 2]
    counts = {rows: size // (rows * _ROW_BYTES) for rows in both}
    for sy, sx in shapes:
        if sy * sx in counts.values():
            return next(rows for rows, frames in counts.items() if frames == sy * sx)
    return next((rows for rows, frames in counts.items() if not shapes and isqrt(frames) ** 2 == frames), both[0])
