"""A scan in pieces: read and worked on in threads, never more of them at once than memory allows."""

from __future__ import annotations

import mmap
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm.auto import tqdm

from ._threads import WORKERS
from .fourdstem import FourDSTEM, check_counts
from .memory import as_text, budget

_BEST = 2**24  # bytes: read at full speed, and more of them than threads even in a small scan
_COPIES = 4  # of a piece at most in a thread: as read, turned, as numbers of another kind, and its result


def mapped(data: FourDSTEM, work, *, memory: float | None = None, progress: str | None = None):
    """Yield (rows, ``work(rows, block)``) for pieces of a scan, in the order of its rows.

    Parameters
    ----------
    data : the scan
    work : function of a slice of scan rows and their counts (rows, scan_x, detector_y, detector_x); called in threads
    memory : bytes that pieces in work may take; a quarter of the machine's if None
    progress : name of a progress bar

    Whoever stops to ask ends the work: threads finish the piece at hand.

    Raises
    ------
    ValueError if a single row of the scan does not fit into memory, or counts are NaN, infinite or negative
    """
    pieces = row_pieces(data, memory)
    bar = tqdm(total=data.scan_shape[0], desc=progress, unit="row", disable=progress is None)
    waiting = deque()

    def job(rows):
        block = np.asarray(data.array[rows])
        check_counts("array", block)
        result = work(rows, block)
        _let_go(block)
        return result

    pool = ThreadPoolExecutor(WORKERS, "tcbf-blocks")
    try:
        for rows in pieces:
            waiting.append((rows, pool.submit(job, rows)))
            if len(waiting) > WORKERS:
                yield _finished(waiting, bar)
        while waiting:
            yield _finished(waiting, bar)
    finally:
        pool.shutdown(cancel_futures=True)
        bar.close()


def _finished(waiting: deque, bar):
    rows, future = waiting.popleft()
    result = future.result()
    bar.update(rows.stop - rows.start)
    return rows, result


def row_pieces(data: FourDSTEM, memory: float | None = None) -> list[slice]:
    """Slices of scan rows of which as many fit into memory as are in work at once."""
    row = int(np.prod(data.array.shape[1:])) * np.dtype(data.array.dtype).itemsize
    allowed = budget(memory) // (_COPIES * (WORKERS + 1))
    if row > allowed:
        raise ValueError(
            f"memory={as_text(budget(memory))} is too little: one row of the scan takes {as_text(row)}, and "
            f"{_COPIES * (WORKERS + 1)} of them are in work at once"
        )
    step = max(1, min(allowed, _BEST) // row)
    rows = data.scan_shape[0]
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _let_go(block: np.ndarray) -> None:
    """Take pages of a file out of this process: it may hold all of a file that is larger than the memory otherwise."""
    if block.flags.writeable:  # of a map for writing, what was changed and is not in the file would be lost
        return
    base = block
    while isinstance(base, np.ndarray):
        base = base.base
    if not (isinstance(base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED")):
        return
    start = np.frombuffer(base, np.uint8).ctypes.data
    low, high = (bound - start for bound in np.lib.array_utils.byte_bounds(block))
    first = -(-low // mmap.PAGESIZE) * mmap.PAGESIZE
    length = high // mmap.PAGESIZE * mmap.PAGESIZE - first
    if length > 0:
        base.madvise(mmap.MADV_DONTNEED, first, length)
