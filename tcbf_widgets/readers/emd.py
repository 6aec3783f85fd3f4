"""EMD files, of three kinds that differ in where the calibration is.

EMD 1.0 (emdatasets.com/format) as `tcbf.save` and py4DSTEM 0.14 write it: vectors dim0 to dim3 next to the data, and
sizes of pixels in metadatabundle/calibration. EMD 0.2 of the Berkeley Lab: vectors dim1 to dim4. py4DSTEM before 0.14:
those vectors, and sizes in metadata/calibration. Stored order: (scan_y, scan_x, detector_y, detector_x), which
py4DSTEM names Rx, Ry, Qx, Qy; files of EMD 0.2 that RosettaSciIO writes hold it backwards, which their units tell.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..fourdstem import Truth
from .axes import Axis, Described, energy_in, scan_first
from .h5tree import ERRORS, number, step_of, text, value
from .opened import damaged
from .units import in_unit

_METADATA = ("metadatabundle", "metadata", "metadata/metadata_0")
_CALIBRATIONS = (*(f"{group}/calibration" for group in _METADATA), "_calibration", "calibration")
_MICROSCOPES = (*(f"{group}/microscope" for group in _METADATA), "microscope")
_ENERGIES = ("beam_energy", "accelerating_voltage", "voltage")


def describe(tree, dataset) -> Described | None:
    """What the groups around a dataset say of it; None if they are not of EMD.

    Parameters
    ----------
    tree : `h5tree.Tree`
    dataset : of three or four axes

    Returns
    -------
    Described or None
    """
    group = dataset.parent
    first = 0 if "dim0" in group else 1
    if value(group, "emd_group_type") is None and f"dim{first}" not in group:
        return None
    axes = [_axis(tree, dataset, i, f"dim{i + first}") for i in range(dataset.ndim)]
    ancestors = list(_ancestors(group))
    order = scan_first(axes)
    notes = []
    if dataset.ndim == 4 and order == (0, 1, 2, 3):
        axes = _with_sizes(axes, _first_group(tree, ancestors, _CALIBRATIONS))
    energy, more = _energy(tree, group, ancestors)
    truth, told = _truth(group)
    name = "EMD" if first else f"EMD 1.0{' (py4DSTEM)' if text(group, 'python_class') == 'DataCube' else ''}"
    return Described(name, tuple(axes), order, energy | truth, (*notes, *more, *told))


def _axis(tree, dataset, i: int, name: str) -> Axis:
    vector = tree.step(dataset.parent, name)
    size = dataset.shape[i]
    if vector is None:
        return Axis(size=size)
    # two positions stand for an axis of even steps of any length
    if getattr(vector, "shape", None) not in ((size,), (1,), (2,)):
        shape = getattr(vector, "shape", None)
        raise damaged(Path(dataset.file.filename), "EMD", f"{name} has shape {shape}, its data {size} positions")
    return Axis(text(vector, "name"), size, step_of(vector), text(vector, "units"))


def _ancestors(group):
    while True:
        yield group
        if group.name == "/":
            return
        group = group.parent


def _first_group(tree, ancestors, paths):
    """The first of some groups that is there, looked for from the data upwards."""
    for ancestor in ancestors:
        for path in paths:
            found = tree.find(ancestor, path)
            if found is not None and hasattr(found, "keys"):
                return found
    return None


def _with_sizes(axes, calibration) -> list[Axis]:
    """Axes of pairs whose vectors say nothing, with the sizes of pixels that py4DSTEM keeps apart from them."""
    if calibration is None:
        return axes
    result = []
    for letter, pair in (("R", axes[:2]), ("Q", axes[2:])):
        # where one of the two has a unit the vectors were meant, and what contradicts itself is no calibration
        if not any(axis.known for axis in pair):
            step, units = number(calibration, f"{letter}_pixel_size"), text(calibration, f"{letter}_pixel_units")
            pair = [replace(axis, step=step, unit=units) if step is not None else axis for axis in pair]
        result += pair
    return result


def _energy(tree, group, ancestors) -> tuple[dict, tuple[str, ...]]:
    found = number(group, "energy")
    if found is not None:
        return energy_in(found, "energy")
    microscope = _first_group(tree, ancestors, _MICROSCOPES)
    if microscope is None:
        return {}, ()
    for name in _ENERGIES:
        found, units = number(microscope, name), text(microscope, f"{name}_units")
        if found is None:
            continue
        if units:
            return energy_in(in_unit("energy", found, units), name)
        # py4DSTEM gives no unit; no microscope has less than 5 keV or more than 5 MeV
        return energy_in(found * (1e3 if found < 5e3 else 1), name)
    return {}, ()


def _truth(group) -> tuple[dict, tuple[str, ...]]:
    """What a simulation was made with, as `tcbf.save` keeps it."""
    if "truth" not in group.attrs:
        return {}, ()
    try:
        return {"truth": Truth.from_json(value(group, "truth"))}, ()
    except (*ERRORS, RecursionError):
        return {}, ("what the simulation was made with cannot be read",)
