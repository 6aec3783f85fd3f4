"""How another process finds an array that lies in files, so that its counts need not be sent there."""

from __future__ import annotations

import io
import os
import pickle
from contextlib import suppress

import h5py
import numpy as np

from .file_maps import place_of_map

_LARGEST = 2**20  # bytes of a picture that travels with the description, such as a mask of bad pixels


class _InMemoryError(Exception):
    """Counts that no file holds."""


def description(array) -> bytes | None:
    """Bytes that `restored` makes the same array of in a process that sees the same files; None if there are none.

    Parameters
    ----------
    array : memory map or any view of one, HDF5 dataset, or an object made of such, as `ScanArray` is
    """
    # what RosettaSciIO reads lazily holds functions of all kinds, which pickle alone does not take
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, item):
            if isinstance(item, h5py.Dataset):
                return _dataset, _place_of_dataset(item)
            if isinstance(item, np.ndarray):
                place = place_of_map(item)
                if place:
                    return _view, (*place[1:], item.dtype, item.shape, item.strides)
                if item.ndim > 2 or item.nbytes > _LARGEST:
                    raise _InMemoryError
            return super().reducer_override(item)

    written = io.BytesIO()
    try:
        Pickler(written, protocol=5).dump(array)
    except _InMemoryError:
        return None
    return written.getvalue()


def restored(text: bytes):
    """The array that was described; its files are opened anew."""
    return pickle.loads(text)


def _place_of_dataset(item: h5py.Dataset) -> tuple[str, str]:
    """Path of the file, and of the dataset inside it."""
    path = item.file.filename
    if not os.path.isfile(path):
        raise _InMemoryError
    return os.path.abspath(path), item.name


def _dataset(path: str, name: str) -> h5py.Dataset:
    with suppress(ImportError):
        import hdf5plugin  # noqa: F401, h5py knows its filters once it is imported
    return h5py.File(path, "r")[name]


def _view(path: str, first: int, dtype: np.dtype, shape: tuple, strides: tuple) -> np.ndarray:
    everything = np.memmap(path, np.uint8, "r")
    return np.ndarray(shape, dtype, everything, first, strides)
