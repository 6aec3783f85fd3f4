"""Work done in another process, which may crash or hang: then that piece of work is known, and the rest goes on."""

from __future__ import annotations

import faulthandler
import multiprocessing
import resource
from pathlib import Path

HANG = 30.0  # s on the clock: twice the slowest reader on a machine that is busy
MEMORY = 500 * 2**20  # bytes that a process may take beyond what it has at its start


def watched(work, items, hang=HANG, memory=MEMORY):
    """Yield (item, result of ``work(item)``, None) for all items, or (item, None, how the process ended).

    Parameters
    ----------
    work : function of an item, called in a process that is forked from this one
    items : iterable
    hang : seconds after which the process is ended
    memory : bytes, beyond what the process has at its start
    """
    items = list(items)
    context = multiprocessing.get_context("fork")
    first = 0
    while first < len(items):
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(work, items[first:], memory, theirs), daemon=True)
        worker.start()
        theirs.close()
        try:
            for answer in _answers(ours, hang):
                yield items[first], answer, None
                first += 1
            if first < len(items):
                how = "hangs" if worker.is_alive() and not ours.closed and _waits(worker) else _ended(worker)
                yield items[first], None, how
                first += 1
        finally:
            worker.kill()
            worker.join()
            ours.close()


def _answers(pipe, hang):
    """What the worker sends, until it ends or is silent for too long."""
    try:
        while pipe.poll(hang):
            yield pipe.recv()
    except EOFError:
        return


def _waits(worker) -> bool:
    worker.join(1.0)
    return worker.exitcode is None


def _ended(worker) -> str:
    worker.join(1.0)
    code = worker.exitcode
    return f"ends with {'signal' if code and code < 0 else 'status'} {abs(code or 0)}"


def _work(work, items, memory, pipe):
    if memory:
        limit = _taken() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.disable()
    for item in items:
        pipe.send(work(item))


def _taken() -> int:
    """Bytes of address space of this process."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
