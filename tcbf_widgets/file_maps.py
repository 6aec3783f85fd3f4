"""Memory maps of files: where their counts lie, and how to read them as a file, faster than page by page.

What is read so has memory of its own. A file that was cut off since gives an error; its map would end the program.
"""

from __future__ import annotations

import mmap
import os
import threading
from contextlib import suppress
from pathlib import Path
from weakref import WeakKeyDictionary, finalize

import numpy as np

from .readers.opened import damaged

_SPARSE = 1.25  # bytes that are read for each that is wanted, at most: lines and headers between frames, and not more
_handles: WeakKeyDictionary[mmap.mmap, int | None] = WeakKeyDictionary()  # None: not to be found any more
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
    return owner, os.path.abspath(named.filename), start + _address(item) - _address(np.frombuffer(owner, np.uint8))


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
    place = place_of_map(block) if block.size and hasattr(os, "preadv") else None
    if place is None:
        return None
    low, high = np.lib.array_utils.byte_bounds(block)
    if high - low > _SPARSE * block.nbytes:
        return None
    owner, path, first = place
    inside = _address(block) - low  # not at the beginning where an axis runs backwards
    raw = None if first - inside + high - low > owner.size() else _bytes(owner, path, first - inside, high - low)
    if raw is None:
        raise damaged(Path(path), Path(path).suffix or "raw", "it was cut off after it was opened")
    return np.ndarray(block.shape, block.dtype, raw, inside, block.strides) if raw.size else None


def _bytes(owner: mmap.mmap, path: str, first: int, count: int) -> np.ndarray | None:
    """Bytes of a map from its file; none at all if that is not found, None if it is too short."""
    handle = _handle(owner, path)
    raw = np.empty(0 if handle is None else count, np.uint8)
    done = 0
    while done < len(raw):
        read = os.preadv(handle, [raw[done:]], first + done)
        if not read:
            return None
        done += read
    return raw


def _handle(owner: mmap.mmap, path: str) -> int | None:
    """The open file of a map; None if there is another file, or none, under its path by now."""
    with _lock:
        if owner not in _handles:
            _handles[owner] = _opened(owner, path)
            if _handles[owner] is not None:
                finalize(owner, os.close, _handles[owner])
        return _handles[owner]


def _opened(owner: mmap.mmap, path: str) -> int | None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    with suppress(OSError, ValueError), mmap.mmap(handle, 1, access=mmap.ACCESS_READ) as other:  # ValueError: empty
        found = _mapped(owner)
        if found and found == _mapped(other):
            return handle
    os.close(handle)
    return None


def _mapped(owner: mmap.mmap) -> tuple[str, str] | None:
    """Device and number of the file that a map is of, where the system tells (Linux)."""
    start = _address(np.frombuffer(owner, np.uint8))
    with suppress(OSError), open("/proc/self/maps", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            addresses, _, _, device, number, *_ = line.split(maxsplit=5)
            low, high = (int(end, 16) for end in addresses.split("-"))
            if low <= start < high:
                return device, number
    return None


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]
