"""Processes for a scan that has to be unpacked: HDF5 does that under one lock, so threads would wait for each other.

Needs loky; without it, threads do the work. Processes find the file by themselves, and only what work makes of the
counts travels.
"""

from __future__ import annotations

import gc
import math
import multiprocessing.resource_tracker
import os
import pickle
import signal
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec

import h5py
import numpy as np

from .fourdstem import check_counts
from .scan_array import rows_of
from .stored_arrays import description, restored

_LEAST = 2**28  # bytes: less is unpacked before the processes have started
_START = 3.0  # seconds that have to be won: processes take one or two to start
_LOOK = 0.5  # seconds


@contextmanager
def started(array, work, count: int, rows: slice):
    """Start processes if they pay; they end with the block, however it ends.

    Parameters
    ----------
    array : of a scan
    work : function of a slice of scan rows and their counts
    count : of processes
    rows : a piece of the scan that fits into memory, to be timed

    Yields
    ------
    a function of a slice of scan rows that gives what ``work`` makes of them, and may be called in threads; None if
    the work is better done in this process
    """
    task = _task(array, work) if count > 1 and _is_packed(array) else None
    if task is None or not _pays(array, count, rows):
        yield None
        return
    from loky import ProcessPoolExecutor

    with _trackers_end():
        executor = ProcessPoolExecutor(count, initializer=_prepare, initargs=(task, os.getpid()))
        try:
            yield lambda rows: executor.submit(_job, rows).result()
        finally:
            executor.shutdown(wait=True, kill_workers=True)


def _pays(array, count: int, rows: slice) -> bool:
    """Whether so many processes win more time than they take to start, by the time it takes to unpack some rows."""
    row = math.prod(array.shape[1:]) * np.dtype(array.dtype).itemsize
    if len(array) * row < _LEAST:
        return False
    start = time.perf_counter()
    rows_of(array, rows)
    seconds = (time.perf_counter() - start) * len(array) / (rows.stop - rows.start)
    return seconds * (1 - 1 / count) > _START


def _is_packed(array) -> bool:
    """Whether an array comes from HDF5 datasets that are compressed, or put together from other files."""
    while hasattr(array, "source"):
        array = array.source
    first = next(iter(getattr(array, "pieces", [array])))
    return isinstance(first, h5py.Dataset) and (first.is_virtual or first.id.get_create_plist().get_nfilters() > 0)


def _task(array, work) -> tuple[bytes, bytes] | None:
    """What a process has to know; None if it cannot be told, or there is no loky."""
    if find_spec("loky") is None:
        return None
    with suppress(pickle.PicklingError, AttributeError, TypeError):  # of functions inside functions, and open files
        where = description(array)
        return where and (where, pickle.dumps(work))
    return None


def _prepare(task, parent: int) -> None:
    """In a new process: keep what is to be done; Ctrl-C is for the process that started it, without which it ends.

    ``parent`` is told, and not asked for here: it may have been killed before this.
    """
    global _given
    _given = task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End when the process that started this one was killed, and could not see to it."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(1)


@cache
def _opened():
    """In a process: the array and the work, once."""
    where, work = _given
    return restored(where), pickle.loads(work)


def _job(rows: slice):
    """In a process: read rows and work on them."""
    array, work = _opened()
    block = rows_of(array, rows)
    check_counts("array", block)
    return work(rows, block)


@contextmanager
def _trackers_end():
    """End the processes with which loky and Python watch over what is shared, if they were started inside."""
    from loky.backend import resource_tracker as of_loky

    modules = (of_loky, multiprocessing.resource_tracker)
    started_here = [module._resource_tracker for module in modules if module._resource_tracker._fd is None]
    try:
        yield
    finally:
        gc.collect()  # what they watch over is let go of first
        if not multiprocessing.active_children():  # these would keep them alive, and we would wait for them
            for tracker in started_here:
                tracker._stop()
