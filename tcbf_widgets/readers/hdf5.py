"""HDF5 files: one dataset of four axes, or of frames one after another, and the format of what lies around it.

Stored order without a format: (scan_y, scan_x, detector_y, detector_x), or (frames, detector_y, detector_x).
"""

from __future__ import annotations

from pathlib import Path

import h5py

from ..scan_array import ScanArray
from . import arina, emd, hyperspy, nexus, rehearsal
from .axes import Axis, Described, Reordered, calibration
from .frames import ChoiceError, of_scan
from .h5tree import ERRORS, Tree, is_numeric, shown
from .h5whole import check, is_signed
from .opened import Asked, DamagedFileError, Opened, damaged, foreign

_FORMATS = (hyperspy, nexus, emd)
_MOST_NAMED = 8  # datasets in a message


def read(path: Path, asked: Asked) -> Opened:
    """The frames of a file; they stay in it.

    Parameters
    ----------
    path : of HDF5, whatever its suffix
    asked : ``dataset`` by its path if there are several, ``scan_shape`` of frames one after another

    Returns
    -------
    Opened; its array is the dataset itself if that has four axes in our order

    Raises
    ------
    ValueError if the file is damaged, holds no scan, or holds several
    ImportError if its compression needs hdf5plugin and that is not installed
    """
    if not is_signed(path):
        raise foreign(path, "HDF5")
    how = rehearsal.fails(lambda: _read(path, asked), path.stat().st_size >> 30)
    if how:
        raise damaged(path, "HDF5", f"the HDF5 library {how}, or with a file that it links to")
    return _read(path, asked)


def _read(path: Path, asked: Asked) -> Opened:
    tree = None
    try:
        tree = Tree(path)
        return _opened(tree, asked)
    except BaseException as error:
        if tree is not None:
            tree.close()
        known = isinstance(error, (ChoiceError, DamagedFileError, PermissionError))
        if isinstance(error, ERRORS) and not known:
            raise damaged(path, "HDF5", error) from error
        raise


def _opened(tree: Tree, asked: Asked) -> Opened:
    found = arina.read(tree, asked) if asked.dataset is None else None
    if found is not None:
        return found
    dataset = _discovered(tree, asked) if asked.dataset is None else _named(tree, asked.dataset)
    notes, parts = check(dataset, asked)
    described = next(filter(None, (form.describe(tree, dataset) for form in _FORMATS)), Described("HDF5"))
    axes = described.axes or tuple(Axis(size=size) for size in dataset.shape)
    array, axes = _arranged(dataset, axes, described.order)
    scan_shape, more = of_scan(tree.path, array.shape, asked.scan_shape)
    steps, told = calibration(axes)
    file = Path(dataset.file.filename)
    if file != tree.path.resolve():
        # what lies elsewhere is named: a link may lead anywhere
        where = file.name if file.parent == tree.path.resolve().parent else str(file)
        notes, parts = (f"frames are in {shown(where)}", *notes), (file, *parts)
    return Opened(
        array if len(array.shape) == 4 else ScanArray(array, scan_shape),
        described.format,
        steps | described.calibration,
        notes=(*notes, *more, *told, *described.notes, *tree.lost),
        parts=parts,
    )


def _arranged(dataset, axes, order):
    """The dataset with its axes in our order, and these axes."""
    if dataset.ndim == 3:
        return dataset, (Axis(), Axis(), *axes[1:])
    if order == (0, 1, 2, 3):
        return dataset, axes
    turned = Reordered(dataset, order)
    return ScanArray(turned, turned.shape[:2]), tuple(axes[i] for i in order)


def _named(tree: Tree, name: str) -> h5py.Dataset:
    """The dataset at a path."""
    found = tree.find(tree.root, name)
    if not isinstance(found, h5py.Dataset):
        raise ChoiceError(_with(f"dataset={name!r} is not in {tree.path.name}", tree.lost))
    if not is_numeric(found):
        raise ChoiceError(f"dataset={name!r} of {tree.path.name} does not hold integer or real numbers")
    if found.ndim not in (3, 4) or not found.size:
        raise ChoiceError(f"dataset={name!r} must have 4 axes, or 3 with scan_shape=, got shape {found.shape}")
    return found


def _discovered(tree: Tree, asked: Asked) -> h5py.Dataset:
    """The one dataset that may be a scan."""
    arrays = {name: item for name, item in tree.items() if is_numeric(item) and item.size}
    found = {name: item for name, item in arrays.items() if item.ndim == 4}
    kind = "4D datasets"
    if not found and asked.scan_shape is not None:
        needed = asked.scan_shape[0] * asked.scan_shape[1]
        found = {name: item for name, item in arrays.items() if item.ndim == 3 and len(item) >= needed}
        kind = f"stacks of {needed} frames or more"
    if len(found) > 1:
        shown_first = nexus.default(tree)
        found = {name: item for name, item in found.items() if item == shown_first} or found
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise ChoiceError(f"{tree.path.name} holds several {kind}, choose one with dataset=: {_list(found)}")
    stacks = {name: item for name, item in arrays.items() if item.ndim == 3}
    message = f"{tree.path.name} holds no {kind.replace('datasets', 'dataset')}"
    if stacks and asked.scan_shape is None:
        message += f"; of frames one after another give scan_shape=(scan_y, scan_x): {_list(stacks)}"
    raise ChoiceError(_with(message, tree.lost))


def _list(datasets: dict) -> str:
    """Names and shapes of datasets, of the first if there are many."""
    first = [f"{shown(name)} {item.shape}" for name, item in list(datasets.items())[:_MOST_NAMED]]
    more = len(datasets) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _with(message: str, lost: list[str]) -> str:
    return "; ".join([message, *lost[:_MOST_NAMED]])
