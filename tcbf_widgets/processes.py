"""Where LiberTEM works: here, in threads or processes of this machine, or on a Dask cluster. Needs LiberTEM."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory

import dask
from dask.distributed import Client, Scheduler, SpecCluster
from libertem.common.threading import set_num_threads_env
from libertem.executor.concurrent import ConcurrentJobExecutor
from libertem.executor.dask import DaskJobExecutor, cluster_spec
from libertem.executor.inline import InlineJobExecutor

_HERE = "127.0.0.1"  # nobody else is let in
_WAIT = 60  # seconds for processes to start
_SETTINGS = {
    # Dask has memory given back to the system whenever 64 kB of it are free; arrays of the size of a frame then take
    # four times as long, as each is given back and asked for again
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    # set_num_threads_env leaves it out when Numba already works in this process
    "distributed.nanny.environ.NUMBA_NUM_THREADS": 1,
}
# A client asks the scheduler for its identity, without its workers, every two seconds, and keeps the answer where it
# keeps that with all workers: whoever asks for them at this moment is told that there are none
_NEVER_UNASKED = {"distributed.client.scheduler-info-interval": "1000 hours"}


@contextmanager
def inline():
    """Yield an executor that works in this process."""
    yield InlineJobExecutor(main_process_gpu=None)


@contextmanager
def threads(workers: int):
    """Yield an executor that works in threads of this process."""
    executor = ConcurrentJobExecutor.make_local(n_threads=workers)
    try:
        yield executor
    finally:
        executor.close()


@contextmanager
def local_cluster(workers: int):
    """Yield an executor that works in processes of this machine; with the block they end, and their files go."""
    with ExitStack() as stack:
        stack.enter_context(_tracker_ends())
        folder = stack.enter_context(TemporaryDirectory(prefix="tcbf-dask-", ignore_cleanup_errors=True))
        here = {"host": _HERE, "dashboard": False, "dashboard_address": f"{_HERE}:0"}
        options = here | {"local_directory": folder, "silence_logs": logging.ERROR}
        spec = cluster_spec(workers, cudas=(), has_cupy=False, num_service=0, options=options)
        scheduler = {"cls": Scheduler, "options": here | {"port": 0}}
        settings = _SETTINGS | _NEVER_UNASKED | {"temporary_directory": folder}
        with _environment_stays(), set_num_threads_env(1), dask.config.set(settings):
            try:
                cluster = SpecCluster(workers=spec, scheduler=scheduler, silence_logs=logging.ERROR)
            except RuntimeError as error:
                raise RuntimeError(
                    f"processes did not start ({error}); each reads the script that starts it first, so in a script "
                    'this belongs below `if __name__ == "__main__":`'
                ) from error
            client = Client(stack.enter_context(cluster), set_as_default=False)
            stack.enter_context(client).wait_for_workers(workers, timeout=_WAIT)
        yield DaskJobExecutor(client=client, lt_resources=True)


@contextmanager
def running_cluster(address: str):
    """Yield an executor that works on a cluster of others, which goes on running."""
    try:
        with dask.config.set(_NEVER_UNASKED):
            client = Client(address, set_as_default=False, timeout=_WAIT / 6)
    except (OSError, ValueError) as error:
        raise ConnectionError(f"no Dask scheduler answers at where={address!r} ({error})") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ConnectionError(
                f"the Dask scheduler at where={address!r} has no workers; start some with `dask worker`"
            )
        yield DaskJobExecutor(client=client)


@contextmanager
def _environment_stays():
    """Take back what Dask writes into the environment of this process for those that it starts."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _tracker_ends():
    """End the process with which Python watches over shared resources, if it was started inside."""
    tracker = resource_tracker._resource_tracker
    ran_before = getattr(tracker, "_fd", None) is not None
    try:
        yield
    finally:
        gc.collect()  # what it watches over is let go of first
        # a process that lives on would keep it alive, and we would wait for it
        if not ran_before and not multiprocessing.active_children():
            tracker._stop()
