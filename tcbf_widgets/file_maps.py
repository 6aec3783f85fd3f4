"""Memory maps of files: where their counts lie, and how to read them as a file, faster than page by page.

What is read so has memory of its own. A file that was cut off since gives an error; its map would end the program.
"""

from __future__ import annotations

import mmap
import os
import threading
from pathlib import Path
from weakref import WeakKeyDictionary, finalize

import numpy as np

from .readers.opened import damaged

_SPARSE = 2  # bytes that are read for each that is wanted, at most: a header or a line between frames, and not more
_handles: WeakKeyDictionary[mmap.mmap, int | None] = WeakKeyDictionary()  # None: the file is another one by now
_lock = threading.Lock()


def place_of_map(item: np.ndarray) -> tuple[mmap.mmap, str, int] | None:
    """Map, path and first byte of a view of a file; None if it is none."""
    owner, named = item, None
    while isinstance(owner, np.ndarray):
        named = owner if getattr(owner, "filename", None) else named
        owner = owner.base
    # of a map for private changes the file does not know them
    if named is None or not isinstance(owner, mmap.mmap) or named.mode == "c" or item.dtype.hasobject:
        return None
    # a map begins where a page does
    start = named.offset - named.offset % mmap.ALLOCATIONGRANULARITY
    inside = item.__array_interface__["data"][0] - np.frombuffer(owner, np.uint8).__array_interface__["data"][0]
    return owner, os.path.abspath(named.filename), start + inside


def read_as_file(block: np.ndarray) -> np.ndarray | None:
    """What a view of a memory map holds, read from its file.

    Parameters
    ----------
    block : rows of a map

    Returns
    -------
    array of the same shape, type and strides; None if it is no map, or reading would not be faster

    Raises
    ------
    ValueError if the file has become shorter
    """
    place = place_of_map(block) if block.size and hasattr(os, "preadv") and min(block.strides) >= 0 else None
    if place is None:
        return None
    low, high = np.lib.array_utils.byte_bounds(block)
    if high - low > _SPARSE * block.nbytes:
        return None
    owner, path, first = place
    handle = _handle(owner, path, block, first)
    if handle is None:
        return None
    raw = np.empty(high - low, np.uint8)
    if filled(raw, handle, first) < len(raw):
        raise damaged(Path(path), "raw", "it was cut off after it was opened")
    return np.ndarray(block.shape, block.dtype, raw, 0, block.strides)


def filled(raw: np.ndarray, handle: int, first: int) -> int:
    """Fill memory from a file; how many bytes there were."""
    done = 0
    while done < len(raw):
        count = os.preadv(handle, [raw[done:]], first + done)
        if not count:
            break
        done += count
    return done


def _handle(owner: mmap.mmap, path: str, block: np.ndarray, first: int) -> int | None:
    """The open file of a map; None if there is another file, or none, under its path by now."""
    with _lock:
        if owner not in _handles:
            _handles[owner] = _opened(path, block, first)
            if _handles[owner] is not None:
                finalize(owner, os.close, _handles[owner])
        return _handles[owner]


def _opened(path: str, block: np.ndarray, first: int) -> int | None:
    """The file, if what it holds is what the map does."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    row = block[:1]
    low, high = np.lib.array_utils.byte_bounds(row)
    raw = np.empty(high - low, np.uint8)
    if filled(raw, handle, first) == len(raw):
        same = np.ndarray(row.shape, row.dtype, raw, 0, row.strides)
        if same.tobytes() == row.tobytes():
            return handle
    os.close(handle)
    return None
