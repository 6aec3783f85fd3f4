"""Work that may end the program is done in another process first.

The HDF5 library trusts much of what it reads, and most files have no checksums of it: there are damaged ones that it
crashes on, or never comes to an end with. No error can be caught then, but a process of its own can be looked after.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import time
import warnings

import psutil

_PROCESSOR = 3  # s that a process may work
_CLOCK = 20.0  # s in which it must work a little: else it waits, for a disk or a lock that was held elsewhere
_LITTLE = 0.2  # s
_LONGEST_PAUSE = 0.02  # s


def fails(work, extra: int = 0) -> str:
    """How a process ends that does ``work()``, "" if it comes to an end by itself.

    Parameters
    ----------
    work : function without arguments; errors that it raises, and what it returns, are left to whoever does it again
    extra : whole seconds of work that are allowed beyond three

    Only where processes can be forked at little cost, and safely from programs with threads as far as h5py goes, which
    holds its lock meanwhile: on Linux.
    """
    if not sys.platform.startswith("linux"):
        return ""
    with warnings.catch_warnings():
        # from 3.12 on Python warns of locks that other threads may hold: then the process ends at the limit
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            child = os.fork()
        except OSError:
            return ""
    if child == 0:
        try:
            _work(work, _PROCESSOR + extra)
        finally:
            os._exit(0)
    return _told(_ended(child))


def _work(work, seconds: int) -> None:
    """In the child: silently, and not for longer than allowed."""
    import resource

    faulthandler.disable()
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    for number in (signal.SIGXCPU, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(BaseException):
        work()


def _ended(child: int) -> int:
    """The status of a process that has ended, which it does; 0 if nobody knows."""
    limit, pause, before = time.monotonic() + _CLOCK, 1e-3, 0.0
    try:
        while True:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            if time.monotonic() > limit:
                limit, worked = time.monotonic() + _CLOCK, _worked(child)
                if worked - before < _LITTLE:
                    break
                before = worked
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ChildProcessError, psutil.NoSuchProcess):  # the program looks after all its processes by itself
        pass
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    return 0


def _worked(child: int) -> float:
    """Seconds of the processor that a process has taken."""
    used = psutil.Process(child).cpu_times()
    return used.user + used.system


def _told(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return ""
    return {
        signal.SIGXCPU: "does not come to an end with it",
        signal.SIGKILL: "does not come to an end with it",
        signal.SIGTERM: "",
        signal.SIGINT: "",
    }.get(os.WTERMSIG(status), "crashes on it")
