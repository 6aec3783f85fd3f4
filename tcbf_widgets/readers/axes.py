"""The four axes of a scan as files describe them: their calibration, and which of them are of the scan."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ..optics import beam_energy
from ..scan_array import rows_of
from .units import unit

_KINDS = {"scan": {"length": "scan_sampling"}}
_KINDS["detector"] = {"frequency": "reciprocal_sampling", "angle": "angular_sampling"}
_FINEST, _COARSEST = 1e-9, 1e9  # steps in our units; none is outside


@dataclass(frozen=True)
class Axis:
    """One axis: its name, how many positions it has, the step between them, and the unit of the step as text."""

    name: str = ""
    size: int = 0
    step: float | None = None
    unit: str = ""

    @property
    def known(self) -> tuple[str, float] | None:
        """Kind and factor of the unit."""
        return unit(self.unit)

    @property
    def is_positive(self) -> bool:
        """Whether the step is a number above zero."""
        return self.step is not None and math.isfinite(self.step) and self.step > 0

    @property
    def is_step(self) -> bool:
        """Whether the step is one that can be used."""
        return self.is_positive and self.known is not None and _FINEST < self.step * self.known[1] < _COARSEST


@dataclass(frozen=True)
class Described:
    """What a format says about a dataset.

    format : its name
    axes : of the dataset as it is stored, none if the format says nothing of them
    order : where scan_y, scan_x, detector_y and detector_x are among the stored axes
    calibration : what does not come from axes
    notes : short sentences
    """

    format: str
    axes: tuple[Axis, ...] = ()
    order: tuple[int, ...] = (0, 1, 2, 3)
    calibration: dict = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Reordered:
    """Rows of a scan from a dataset that stores its axes in another order; read by slices of rows."""

    source: object
    order: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """(scan_y, scan_x, detector_y, detector_x)."""
        return tuple(self.source.shape[i] for i in self.order)

    @property
    def dtype(self) -> np.dtype:
        """Of the counts."""
        return self.source.dtype

    def __getitem__(self, rows: slice) -> np.ndarray:
        place = [slice(None)] * 4
        place[self.order[0]] = rows
        return rows_of(self.source, tuple(place)).transpose(self.order)


def calibration(axes) -> tuple[dict, tuple[str, ...]]:
    """What four axes (scan_y, scan_x, detector_y, detector_x) say, names as in `FourDSTEM`, and what is no calibration.

    >>> calibration([Axis("y", 4, 0.5, "nm"), Axis("x", 4, 0.5, "nm"), Axis("qy", 8, 2, "px"), Axis("qx", 8, 2, "px")])
    ({'scan_sampling': (5.0, 5.0)}, ("axes of the detector are no calibration: steps of 2 'px' and 2 'px'",))
    """
    found, notes = {}, []
    for part, pair in (("scan", axes[:2]), ("detector", axes[2:])):
        pair = _completed(pair)
        kinds = {axis.known and axis.known[0] for axis in pair}
        name = _KINDS[part].get(kinds.pop()) if len(kinds) == 1 else None
        if name and all(axis.is_step for axis in pair):
            found[name] = tuple(float(axis.step * axis.known[1]) for axis in pair)
        elif any(axis.step is not None for axis in pair):
            steps = " and ".join(f"{'none' if a.step is None else format(a.step, 'g')} {a.unit[:24]!r}" for a in pair)
            notes.append(f"axes of the {part} are no calibration: steps of {steps}")
    return found, tuple(notes)


def _completed(pair) -> list[Axis]:
    """A pair of axes; one of a single position, which has no step of its own, takes that of the other."""
    first, second = pair
    if first.size == 1 and not first.is_positive:
        first = Axis(first.name, 1, second.step, second.unit)
    elif second.size == 1 and not second.is_positive:
        second = Axis(second.name, 1, first.step, first.unit)
    return [first, second]


def scan_first(axes) -> tuple[int, ...]:
    """Where scan_y, scan_x, detector_y and detector_x are among stored axes, by their units and names.

    Only an array that certainly begins with the detector is taken as such; then axes named x before y are exchanged.

    >>> scan_first([Axis("kx", 8, 1, "1/nm"), Axis("ky", 8, 1, "1/nm"), Axis("x", 4, 1, "nm"), Axis("y", 4, 1, "nm")])
    (3, 2, 1, 0)
    """
    if len(axes) != 4 or not (all(map(_of_detector, axes[:2])) and all(map(_of_scan, axes[2:]))):
        return (0, 1, 2, 3)
    pairs = ((2, 3), (0, 1))
    return tuple(i for a, b in pairs for i in ((b, a) if _x_before_y(axes[a], axes[b]) else (a, b)))


def _of_detector(axis: Axis) -> bool:
    return axis.known[0] in ("frequency", "angle") if axis.known else axis.name.lower().startswith(("k", "q"))


def _of_scan(axis: Axis) -> bool:
    name = axis.name.lower()
    return axis.known[0] == "length" if axis.known else name in ("x", "y") or name.startswith(("scan", "r"))


def _x_before_y(first: Axis, second: Axis) -> bool:
    return first.name.lower().endswith("x") and second.name.lower().endswith("y")


def energy_in(found: float | None, where: str) -> tuple[dict, tuple[str, ...]]:
    """The calibration of an energy in eV, or a note that it is none."""
    if found is None:
        return {}, ()
    try:
        return {"energy": beam_energy("energy", found)}, ()
    except ValueError:
        return {}, (f"{where} is no energy of electrons: {found:g} eV",)
