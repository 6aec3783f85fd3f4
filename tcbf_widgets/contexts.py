"""Places for LiberTEM to work, which is optional: without it this module says how to get it."""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec

from ._checks import positive_integer
from ._threads import WORKERS

_WITH_WORKERS = ("threads", "dask")


def available() -> bool:
    """Whether LiberTEM is installed; it is not imported to know."""
    return find_spec("libertem") is not None


def is_address(where: str) -> bool:
    """Whether it can be that of a Dask scheduler."""
    return "://" in where


def context(where: str = "inline", workers: int | None = None):
    """A place for LiberTEM to work, for a ``with`` block; every process that it starts ends with the block.

    Parameters
    ----------
    where : "inline", in this process; "threads" of it; "dask", processes of this machine, each in one thread; or the
        address of a running Dask scheduler, "tcp://host:8786", which goes on running. Its workers need tcbf_widgets and
        LiberTEM, and see files under the same paths as this process
    workers : number of threads or processes; one for each processor if None

    Returns
    -------
    context manager of a ``libertem.api.Context``, on which other work of LiberTEM may be done, too

    In a script, "dask" belongs below ``if __name__ == "__main__":``, as each process imports the script anew::

        with tcbf.distributed.context("dask", workers=2) as context:
            maps = tcbf.distributed.map_frames(data, context)
    """
    require_package("libertem")
    if not (isinstance(where, str) and (where in ("inline", *_WITH_WORKERS) or is_address(where))):
        raise ValueError(
            "where must be 'inline', 'threads', 'dask' or the address of a Dask scheduler such as 'tcp://host:8786', "
            f"got {where!r}"
        )
    if workers is not None and where not in _WITH_WORKERS:
        raise ValueError(f"workers is for where='threads' and where='dask', got workers={workers!r} with {where!r}")
    workers = WORKERS if workers is None else positive_integer("workers", workers)
    return _opened(where, workers)


@contextmanager
def _opened(where: str, workers: int):
    from libertem.api import Context

    from . import processes

    if where in _WITH_WORKERS:
        executor = (processes.threads if where == "threads" else processes.local_cluster)(workers)
    else:
        executor = processes.inline() if where == "inline" else processes.running_cluster(where)
    with executor as running:
        yield Context(executor=running)


@contextmanager
def given_or_threads(given):
    """Yield a context, or for None one of threads that end with the block."""
    if given is not None:
        yield given
        return
    with context("threads") as opened:
        yield opened


def require_package(package: str) -> None:
    """Raise ImportError if LiberTEM or this other package is not there, with the remedy."""
    if not available() or find_spec(package) is None:
        missing = package if available() else "libertem"
        name = {"libertem": "LiberTEM"}.get(missing, missing.replace("_", "-"))
        raise ImportError(
            f'this needs {name}, which is not installed: pip install "tcbf_widgets[distributed]"', name=missing
        )
