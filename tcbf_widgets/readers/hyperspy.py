"""HyperSpy's own files, .hspy: Experiments/<title>/data with one group axis-<i> for each axis of the array.

Stored order: that of the array; axes to navigate over (the scan) are told from axes of the signal (the detector) by
their attribute ``navigate``, and come first here whatever the order. The energy is in keV.
"""

from __future__ import annotations

from pathlib import Path

from .axes import Axis, Described, energy_in
from .h5tree import number, text, value
from .opened import damaged

_TEM = ("metadata/Acquisition_instrument/TEM", "metadata/Acquisition_instrument/SEM")


def describe(tree, dataset) -> Described | None:
    """What the groups next to a dataset say of it; None if they are not HyperSpy's.

    Parameters
    ----------
    tree : `h5tree.Tree`
    dataset : of three or four axes

    Returns
    -------
    Described or None
    """
    groups = [tree.step(dataset.parent, f"axis-{i}") for i in range(dataset.ndim)]
    if any(group is None for group in groups):
        return None
    axes = [_axis(dataset, i, group) for i, group in enumerate(groups)]
    # an axis without the attribute counts as one of the signal
    navigated = [i for i, group in enumerate(groups) if value(group, "navigate") is True]
    order, notes = (0, 1, 2, 3), ()
    if dataset.ndim == 4 and len(navigated) == 2:
        order = (*navigated, *(i for i in range(4) if i not in navigated))
    elif dataset.ndim == 4:
        notes = (f"{len(navigated)} axes are for navigation, not 2; the first two are taken as the scan",)
    energy, more = energy_in(beam_energy(tree, dataset.parent, _TEM), "beam_energy")
    return Described("HyperSpy", tuple(axes), order, energy, notes + more)


def _axis(dataset, i: int, group) -> Axis:
    size = number(group, "size")
    if size is not None and size != dataset.shape[i]:
        found = f"axis-{i} has {size:g} positions, its data {dataset.shape[i]}"
        raise damaged(Path(dataset.file.filename), "HyperSpy", found)
    return Axis(text(group, "name"), dataset.shape[i], number(group, "scale"), text(group, "units"))


def beam_energy(tree, group, paths) -> float | None:
    """Energy in eV from the metadata of HyperSpy; None without."""
    for path in paths:
        found = tree.find(group, path)
        energy = None if found is None else number(found, "beam_energy")
        if energy is not None:
            return 1e3 * energy
    return None
