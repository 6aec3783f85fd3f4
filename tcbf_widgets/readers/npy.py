"""Numpy's own files: counts without calibration.

Stored order: (scan_y, scan_x, detector_y, detector_x), or (frames, detector_y, detector_x).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..scan_array import ScanArray
from .frames import ChoiceError, of_scan
from .opened import NPY, Asked, Opened, damaged, foreign


def read(path: Path, asked: Asked) -> Opened:
    """The memory map of a file; of frames one after another if their scan shape is given.

    Parameters
    ----------
    path : .npy
    asked : ``scan_shape`` is needed for three axes, ``dataset`` is of no use

    Returns
    -------
    Opened

    Raises
    ------
    ValueError if the file is damaged, or holds anything but numbers on three or four axes
    """
    _check_header(path)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except PermissionError:
        raise
    # the header is Python text, and leads to whatever Python makes of a damaged one
    except Exception as error:
        if "Object arrays" in str(error) or "object" in str(error):
            raise ChoiceError(f"{path.name} holds Python objects, not numbers; save np.stack of its frames") from error
        raise damaged(path, ".npy", error) from error
    if not isinstance(array, np.memmap):
        array.close()
        raise ChoiceError(f"{path.name} holds several arrays, as .npz; save the one that is the scan with np.save")
    if array.offset + array.nbytes != path.stat().st_size:
        raise damaged(path, ".npy", f"its header says {array.dtype} of shape {array.shape}, its size says otherwise")
    if array.dtype.kind not in "uif":
        raise ChoiceError(f"{path.name} must hold integer or real counts, got dtype {array.dtype}")
    scan_shape, notes = of_scan(path, array.shape, asked.scan_shape)
    return Opened(array if array.ndim == 4 else ScanArray(array, scan_shape), "npy", notes=notes)


def _check_header(path: Path) -> None:
    """Numpy asks for as much memory as the header says that it takes: here it must fit into the file."""
    with path.open("rb") as file:
        start = file.read(12)
    if not start.startswith((NPY[: len(start)], b"PK")):  # that of .npz is told later
        raise foreign(path, ".npy")
    # magic bytes (6), version (2), length of the header (2, or 4 from version 2 on), little-endian
    wide = start[6:7] > b"\x01"
    length = int.from_bytes(start[8 : 12 if wide else 10], "little")
    if length > path.stat().st_size:
        raise damaged(path, ".npy", f"its header says that it takes {length} bytes itself")
