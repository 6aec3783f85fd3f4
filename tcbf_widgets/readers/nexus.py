"""NeXus files: a group of class NXdata names its signal and the axes of it (manual.nexusformat.org).

Stored order: that of the attribute ``axes`` of the group; arrays begin with the scan, unless units and names of the
axes say that they begin with the detector. If there are several signals, that of the attributes ``default`` is taken.
"""

from __future__ import annotations

import re

import h5py
import numpy as np

from .axes import Axis, Described, energy_in, scan_first
from .h5tree import ERRORS, number, step_of, text, value
from .hyperspy import beam_energy
from .units import in_unit

_HYPERSPY = tuple(f"auxiliary/hyperspy_metadata/Acquisition_instrument/{name}" for name in ("TEM", "SEM"))
_ENERGIES = {"incident_energy": "NXbeam", "voltage": "NXsource"}  # and the class of groups that hold them


def describe(tree, dataset) -> Described | None:
    """What the group that names a dataset as its signal says of it; None without one.

    Parameters
    ----------
    tree : `h5tree.Tree`
    dataset : of three or four axes

    Returns
    -------
    Described or None
    """
    groups = [group for _, group in tree.items() if _is(group, "NXdata") and signal(tree, group) == dataset]
    if not groups:
        return None
    axes = axes_of(tree, groups[0], dataset)
    found, notes = energy(tree, groups[0])
    return Described("NeXus", tuple(axes), scan_first(axes), found, notes)


def default(tree):
    """The dataset that the file says is to be shown; None if it does not."""
    entry = _default(tree, tree.root, "NXentry")
    group = None if entry is None else _default(tree, entry, "NXdata")
    return None if group is None else signal(tree, group)


def _default(tree, group, kind: str):
    """The member that a group names as its default."""
    found = tree.find(group, text(group, "default")) if text(group, "default") else None
    return found if _is(found, kind) else None


def _is(item, kind: str) -> bool:
    return isinstance(item, h5py.Group) and text(item, "NX_class") == kind


def signal(tree, group):
    """The dataset that a group of class NXdata shows; None without."""
    name = text(group, "signal") or next((name for name in group if _is_marked(tree, group, name)), "data")
    found = tree.find(group, name)
    return found if isinstance(found, h5py.Dataset) else None


def _is_marked(tree, group, name: str) -> bool:
    """Whether a dataset is the signal in the way files before 2014 say it."""
    item = tree.step(group, name)
    return isinstance(item, h5py.Dataset) and text(item, "signal") == "1"


def axes_of(tree, group, dataset) -> list[Axis]:
    """The axes of a dataset, in stored order."""
    axes = [Axis(size=size) for size in dataset.shape]
    for place, name in enumerate(axis_names(group) or axis_names(dataset)):
        vector = None if name in ("", ".") else tree.find(group, name)
        index = number(group, f"{name}_indices")
        place = place if index is None else int(index)
        if isinstance(vector, h5py.Dataset) and 0 <= place < len(axes) and vector.shape == (axes[place].size,):
            axes[place] = Axis(name, axes[place].size, step_of(vector), text(vector, "units"))
    return axes


def axis_names(item) -> list[str]:
    """The attribute ``axes``: an array of names, or one text with colons or commas between them."""
    try:
        found = item.attrs.get("axes", "")
        names = found.tolist() if isinstance(found, np.ndarray) else re.split("[:,]", value(item, "axes").strip("[] "))
        return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names]
    except ERRORS:
        return []


def energy(tree, group) -> tuple[dict, tuple[str, ...]]:
    """Energy of the entry that a group belongs to: of its beam, its source, or of HyperSpy's metadata."""
    entry = group
    while not _is(entry, "NXentry") and entry.name != "/":
        entry = entry.parent
    inside = entry.name.rstrip("/") + "/"
    for quantity, kind in _ENERGIES.items():
        for name, item in tree.items():
            if not name.startswith(inside) or not (_is(item, kind) or name.endswith("/beam")):
                continue
            stored = tree.step(item, quantity) if isinstance(item, h5py.Group) else None
            if isinstance(stored, h5py.Dataset):
                return energy_in(in_unit("energy", number(item, quantity), text(stored, "units")), quantity)
    return energy_in(beam_energy(tree, entry, _HYPERSPY), "beam_energy")
