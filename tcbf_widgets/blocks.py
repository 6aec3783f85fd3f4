"""A scan in pieces: read and worked on in threads or processes, never more at once than memory allows."""

from __future__ import annotations

import math
import warnings
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
from tqdm.auto import tqdm

from ._threads import WORKERS
from .fourdstem import FourDSTEM, check_counts
from .memory import as_text, budget
from .scan_array import rows_of
from .worker_processes import started

_BEST = 2**24  # bytes: read at full speed, and more of them than threads even in a small scan
_COPIES = 4  # of a piece at most in a thread: as read, turned, as numbers of another kind, and its result
_MOST = WORKERS + 1  # pieces in work at once: while one waits for the disk, every processor has another to work on


def mapped(data: FourDSTEM, work, *, keep=None, memory: float | None = None, progress: str | None = None):
    """Yield (rows, ``work(rows, block)``) for pieces of a scan, in the order of its rows.

    Parameters
    ----------
    data : the scan
    work : function of a slice of scan rows and their counts (rows, scan_x, detector_y, detector_x); called in threads,
        or in processes if it can be pickled and counts have to be unpacked first, see `worker_processes`
    keep : function of a slice of scan rows and what ``work`` gave; called in threads of this process, and what it gives
        is yielded instead
    memory : bytes that pieces in work may take; a quarter of the machine's if None
    progress : name of a progress bar

    Whoever stops to ask ends the work: threads finish the piece at hand, processes end at once.

    Raises
    ------
    ValueError if a single row of the scan does not fit into memory, or counts are NaN, infinite or negative
    """
    count, pieces = in_work(data, memory), row_pieces(data, memory)
    waiting = deque()
    with ExitStack() as end:
        bar = end.enter_context(tqdm(total=data.scan_shape[0], desc=progress, unit="row", disable=progress is None))
        pool = ThreadPoolExecutor(count, "tcbf-blocks")
        end.callback(pool.shutdown, cancel_futures=True)
        # these end first: threads wait for them
        elsewhere = end.enter_context(started(data.array, work, min(count, WORKERS, len(pieces)), pieces[0]))

        def job(rows):
            result = elsewhere(rows) if elsewhere else _here(data.array, work, rows)
            return result if keep is None else keep(rows, result)

        for rows in pieces:
            waiting.append((rows, pool.submit(job, rows)))
            if len(waiting) >= _MOST:
                yield _finished(waiting, bar)
        while waiting:
            yield _finished(waiting, bar)


def _finished(waiting: deque, bar):
    rows, future = waiting.popleft()
    result = future.result()
    bar.update(rows.stop - rows.start)
    return rows, result


def _here(array, work, rows: slice):
    """What ``work`` makes of rows of the scan, read in this process."""
    block = rows_of(array, rows)
    check_counts("array", block)
    return work(rows, block)


def in_work(data: FourDSTEM, memory: float | None = None) -> int:
    """How many pieces of a scan are in work at once.

    Raises
    ------
    ValueError if a single row of the scan does not fit into memory
    """
    row = _row_bytes(data)
    if _COPIES * row > budget(memory):
        raise ValueError(
            f"memory={as_text(budget(memory))} is too little: one row of the scan takes {as_text(row)}, and "
            f"{as_text(_COPIES * row)} are needed to work on it"
        )
    return min(_MOST, budget(memory) // (_COPIES * row * _whole_chunks(data, memory)))


def row_pieces(data: FourDSTEM, memory: float | None = None) -> list[slice]:
    """Slices of scan rows of which as many fit into memory as are in work at once; of whole chunks of an HDF5 file."""
    unit = _whole_chunks(data, memory)
    allowed = budget(memory) // (_COPIES * in_work(data, memory))
    step = unit * max(1, min(allowed, _BEST) // (unit * _row_bytes(data)))
    rows = data.scan_shape[0]
    if unit < (spanned := rows_of_chunks(data)):
        warnings.warn(
            f"memory={as_text(budget(memory))} is less than chunks of the file need, which hold {spanned} rows of the "
            f"scan: each is unpacked {math.ceil(spanned / step)} times; give "
            f"{as_text(_COPIES * spanned * _row_bytes(data))}, or write the scan anew with tcbf.save",
            stacklevel=2,
        )
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _whole_chunks(data: FourDSTEM, memory: float | None) -> int:
    """Rows in whole chunks; 1 if they do not fit into memory."""
    rows = rows_of_chunks(data)
    return rows if _COPIES * rows * _row_bytes(data) <= budget(memory) else 1


def rows_of_chunks(data: FourDSTEM) -> int:
    """Rows of the scan after which a chunk of the file ends; 1 if it is not stored in chunks."""
    chunks = getattr(data.array, "chunks", None)
    return min(chunks[0], data.scan_shape[0]) if chunks and isinstance(chunks[0], int) else 1


def _row_bytes(data: FourDSTEM) -> int:
    """Bytes of a row of the scan, as it is stored or as numbers of another kind, whichever is more."""
    array, largest = data.array, 0
    while array is not None:
        size = math.prod(array.shape) * np.dtype(array.dtype).itemsize // data.scan_shape[0]
        largest, array = max(largest, size), getattr(array, "source", None)
    return largest
