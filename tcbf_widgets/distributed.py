"""The same maps and feature vectors on LiberTEM: in this process, in several, or on a cluster.

LiberTEM is optional. Without it this module is imported all the same, and its functions say how to get it.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec

import numpy as np

from ._checks import positive_integer, require
from ._threads import WORKERS
from .descan import Descan, windows
from .features import FeatureVectors, checked_places, counting_noise, mask_matrix
from .fourdstem import FourDSTEM
from .frame_maps import FrameMaps
from .peaks import Peaks
from .templates import Template

_WITH_WORKERS = ("threads", "dask")


def available() -> bool:
    """Whether LiberTEM is installed; it is not imported to know."""
    return find_spec("libertem") is not None


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
    _require_libertem()
    if not (isinstance(where, str) and (where in ("inline", *_WITH_WORKERS) or "://" in where)):
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


def map_frames(data, context, descan: Descan | None = None, *, progress: bool = False) -> FrameMaps:
    """Sum of logarithms, mean and standard deviation of all frames; see `tcbf.map_frames`.

    Parameters
    ----------
    data : FourDSTEM, or a data set of LiberTEM with two scan and two detector axes. Memory-mapped npy files and HDF5
        files are read by the workers themselves; other arrays are sent to them
    context : from `context`, or any ``libertem.api.Context``
    descan : correct it, from `measure_descan`
    progress : show a progress bar

    Returns
    -------
    FrameMaps
    """
    corners, window = _checked(data, context, descan)
    from .frame_source import dataset
    from .frame_udfs import MapsUDF

    udf = MapsUDF(window=window, corner=MapsUDF.per_frame(corners))
    done = context.run_udf(dataset(data, context), udf, progress=progress)
    number = int(done["frames"].data[0])
    return FrameMaps(done["log_sum"].data, done["mean"].data, np.sqrt(done["squares"].data / number), number)


def feature_vectors(
    data,
    peaks: Peaks | np.ndarray,
    template: Template,
    context,
    descan: Descan | None = None,
    *,
    progress: bool = False,
) -> FeatureVectors:
    """Apply a stack of templates, one at each place, to every frame; see `tcbf.feature_vectors`.

    Parameters
    ----------
    data, context, descan, progress : as in `map_frames`
    peaks : from `find_peaks`, or (n, 2) pixels (y, x) of the corrected frames
    template : of the probe, from `bullseye_template` and its kin

    Returns
    -------
    FeatureVectors
    """
    corners, window = _checked(data, context, descan)
    positions = checked_places(peaks, window)
    masks = mask_matrix(positions, template, window)
    from .frame_source import dataset
    from .frame_udfs import MasksUDF

    udf = MasksUDF(window=window, corner=MasksUDF.per_frame(corners), masks=masks.T.tocsr())
    done = context.run_udf(dataset(data, context), udf, progress=progress)
    mean = done["total"].data.ravel() / np.prod(corners.shape[:2])
    return FeatureVectors(done["features"].data, counting_noise(mean, masks), positions)


def _require_libertem() -> None:
    if not available():
        raise ImportError(
            'this needs LiberTEM, which is not installed: pip install "tcbf_widgets[distributed]"', name="libertem"
        )


def _checked(data, context, descan) -> tuple[np.ndarray, tuple[int, int]]:
    """First pixels (scan_y, scan_x, 2) and shape of the windows through which frames are read; bad arguments raise."""
    _require_libertem()
    from libertem.api import Context, DataSet

    require("context", context, Context, "from tcbf.distributed.context()")
    if isinstance(data, DataSet):
        scan_shape, detector_shape = tuple(data.shape.nav), tuple(data.shape.sig)
        if len(scan_shape) != 2 or len(detector_shape) != 2:
            raise ValueError(f"data must have two scan and two detector axes, got {scan_shape} and {detector_shape}")
    else:
        require("data", data, FourDSTEM, "from tcbf.open or tcbf.crystallite_scan().data, or a DataSet of LiberTEM")
        scan_shape, detector_shape = data.scan_shape, data.detector_shape
    return windows(descan, scan_shape, detector_shape)
