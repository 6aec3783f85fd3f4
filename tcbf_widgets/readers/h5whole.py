"""Whether all frames of an HDF5 dataset are there, and whether what unpacks them is."""

from __future__ import annotations

import math
from pathlib import Path

import h5py

from .frames import ChoiceError
from .h5tree import near, shown
from .opened import damaged


def check(dataset: h5py.Dataset) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Compare what is stored of a dataset with its shape, since HDF5 reads what is missing as zeros.

    Parameters
    ----------
    dataset : numbers

    Returns
    -------
    notes : short sentences
    parts : other files with frames

    Raises
    ------
    ValueError if frames are missing, or stored otherwise than the shape says
    ImportError if they are compressed and hdf5plugin is needed and not installed
    """
    path = Path(dataset.file.filename)
    _require_filters(dataset, path)
    if dataset.is_virtual:
        names = [source.file_name for source in dataset.virtual_sources()]
        return (), _others(path, [name for name in names if name != "."])
    if dataset.external:
        return (), _others(path, [name for name, *_ in dataset.external])
    if dataset.chunks is not None:
        return _check_chunks(dataset, path), ()
    stored = dataset.id.get_storage_size()
    needed = dataset.size * dataset.dtype.itemsize
    # data of a few bytes may lie in the dataset's own header and have no offset
    end = (dataset.id.get_offset() or 0) + stored
    if stored != needed or end > path.stat().st_size:
        raise damaged(path, "HDF5", f"{_named(dataset)} needs {needed} bytes, {stored} are stored")
    return (), ()


def _named(dataset) -> str:
    return f"{shown(dataset.name)} {dataset.shape}"


def _check_chunks(dataset, path) -> tuple[str, ...]:
    needed = math.prod(-(-n // size) for n, size in zip(dataset.shape, dataset.chunks, strict=True))
    stored = dataset.id.get_num_chunks()
    if stored > needed or stored == 0:
        raise damaged(path, "HDF5", f"{_named(dataset)} needs {needed} chunks, {stored} are stored")
    if stored < needed:
        return (f"{needed - stored} of {needed} chunks were never written and read as 0",)
    return ()


def _others(path: Path, names) -> tuple[Path, ...]:
    """Other files that hold frames, each once; raise if one is missing."""
    found = {name: near(path, name) for name in dict.fromkeys(names)}
    for name, other in found.items():
        if other is None:
            raise ChoiceError(f"{path.name} has frames in {shown(name)}, which is not there; copy it next to it")
    return tuple(found.values())


def _require_filters(dataset, path: Path) -> None:
    """See to it that the frames can be unpacked."""
    stored = dataset.id.get_create_plist()
    filters = [stored.get_filter(i) for i in range(stored.get_nfilters())]
    needed = {code: shown(name.decode("utf-8", "replace")) or "filter" for code, _, _, name in filters}
    missing = {code: name for code, name in needed.items() if not h5py.h5z.filter_avail(code)}
    if not missing:
        return
    which = ", ".join(f"{name} ({code})" for code, name in missing.items())
    try:
        import hdf5plugin  # noqa: F401, h5py knows its filters once it is imported
    except ImportError as error:
        raise ImportError(f'{path.name} is compressed with {which}: pip install "tcbf_widgets[io]"') from error
    if not all(map(h5py.h5z.filter_avail, missing)):
        raise ChoiceError(f"{path.name} is compressed with {which}, which hdf5plugin does not know; h5repack it")
