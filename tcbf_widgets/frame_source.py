"""FourDSTEM -> data set of LiberTEM. Files are read by the workers themselves, arrays travel in pieces.

Needs LiberTEM.
"""

from __future__ import annotations

import os
import warnings

import h5py
import numpy as np
from libertem.api import Context, DataSet
from libertem.io.dataset.base import FileSet
from libertem.io.dataset.memory import MemoryDataSet, MemoryFile, MemPartition

from .fourdstem import FourDSTEM

_PIECE_BYTES = 2**23  # of an array in one message; Dask advises against more than 10 MB


def dataset(data: FourDSTEM | DataSet, context: Context) -> DataSet:
    """The frames of a scan as LiberTEM reads them, on a context's workers."""
    if isinstance(data, DataSet):
        return data
    array = data.array
    if isinstance(array, h5py.Dataset) and os.path.isfile(array.file.filename):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Loading compressed HDF5", RuntimeWarning)
            return context.load("hdf5", path=os.path.abspath(array.file.filename), ds_path=array.name)
    if _is_whole_npy(array):
        return context.load("npy", path=os.fspath(array.filename))
    array = np.asarray(array)
    workers, frames = len(context.executor.get_available_workers()), int(np.prod(data.scan_shape))
    pieces = workers * -(-array.nbytes // (workers * _PIECE_BYTES))
    # not context.load, which would send the whole array to a worker and ask there whether it is valid
    return PiecewiseArray(data=array, sig_dims=2, num_partitions=min(pieces, frames))


def _is_whole_npy(array) -> bool:
    """Whether an array is all of an npy file as it is now; a part of one, or of a raw file, is read here.

    So are frames that are not stored one by one, and real numbers in another byte order: LiberTEM does not read them.
    """
    if not isinstance(array, np.memmap) or array.filename is None:
        return False
    if not (array.flags.c_contiguous and array.dtype.isnative):
        return False
    try:
        stored = np.load(array.filename, mmap_mode="r")
    except (OSError, ValueError):
        return False
    return (stored.shape, stored.dtype, stored.strides) == (array.shape, array.dtype, array.strides)


class PiecewiseArray(MemoryDataSet):
    """An array in memory; each partition takes along its own frames, where LiberTEM's would take all of them."""

    def get_partitions(self):
        """Yield the parts of the array."""
        frames = self.data.reshape(-1, *self.shape.sig)
        for part_slice, start, stop in self.get_slices():
            piece = MemoryFile(
                path=None,
                start_idx=start,
                end_idx=stop,
                native_dtype=self.dtype,
                sig_shape=self.shape.sig,
                data=frames[start:stop],
            )
            yield MemPartition(
                meta=self.meta,
                partition_slice=part_slice,
                fileset=FileSet([piece]),
                start_frame=start,
                num_frames=stop - start,
                tiledelay=None,
                tileshape=None,
                io_backend=self.get_io_backend(),
                decoder=self.get_decoder(),
            )
