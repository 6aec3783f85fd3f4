"""How much memory long work may take."""

from __future__ import annotations

import ctypes
import sys

import psutil

from ._checks import positive_number

_SHARE = 0.25  # of the machine's memory, if nothing is said
_ARENA_MAX = -8  # in malloc.h of glibc


def budget(memory: float | None = None) -> int:
    """Bytes that may be used: ``memory``, or a quarter of the machine's for None.

    >>> budget(1e9)
    1000000000
    """
    if memory is None:
        return int(_SHARE * psutil.virtual_memory().total)
    return int(positive_number("memory", memory, "in bytes, 1e9 for one gigabyte"))


def share_heap() -> None:
    """Have all threads, from now on, take memory from one heap, where the C library is that of Linux.

    It gives each thread a heap of its own otherwise, and what one of them has freed the others cannot use: after a
    refinement several times as much is held as is in use.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(_ARENA_MAX, 1)


def as_text(size: float) -> str:
    """A number of bytes for people.

    >>> as_text(4.31e9), as_text(52_000_000)
    ('4.3 GB', '52 MB')
    """
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            number = size / scale
            return f"{number:.1f} {unit}" if number < 10 and unit == "GB" else f"{number:.0f} {unit}"
    return f"{size:.0f} bytes"
