"""What BullseyeTemplate takes from scans or a recorded pattern: patterns with their truth, radii, ends of sliders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .._checks import positive_number, require
from ..disk_errors import PositionErrors, checked_position, position_errors
from ..polycrystal import CrystalliteScan
from ..probe_shapes import EDGE, ProbeShape
from ..templates import Template

LARGEST = 256  # pixels along a pattern
RADII = ("spot", "inner", "outer", "exclusion")  # from the middle outwards
STEP = 0.05  # pixels, of their sliders, and the least distance from one radius to the next
RECORDED = "recorded"
_MARGIN = 1.35  # exclusion radius over that of the probe, as of the templates of the library
_BULLSEYE = {"spot": 2.2 / 9, "inner": 6 / 9, "cross": 1.6 / 9}  # parts of the radius, for what a probe does not have
_LEAST = {"spot": 0.5, "inner": 1.0, "outer": 1.5, "exclusion": 2.0}
_WIDER = {"outer": 1.5, "exclusion": 2.0}  # how far the sliders go, in radii of the first template
_ELECTRONS = (30.0, 30_000.0)
_THRESHOLD = (1.0, 20.0)
_EXPOSURES = 32  # for the measured errors: half a second, and the curve is known to a tenth


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern, and what is known of it.

    values : (ny, nx) expected share of the electrons, or what was recorded
    template : with which the sliders begin
    probe : the true shape of its disks, or None
    spots : (m, 2) pixels, true places, the direct beam first; None for a recorded pattern
    shares : (m,) of the electrons in them, or None
    errors : PositionErrors or None
    """

    values: np.ndarray
    template: Template
    probe: ProbeShape | None = None
    spots: np.ndarray | None = None
    shares: np.ndarray | None = None
    errors: PositionErrors | None = None

    @property
    def kind(self) -> str:
        """Kind of its probe, "disk", "ring" or "bullseye"."""
        return kind_of(self.template.shape)


def kind_of(shape) -> str:
    """Kind of a probe that sliders can make, or raise."""
    rings = shape.rings if isinstance(shape, ProbeShape) else ()
    if len(rings) == 1:
        return "ring" if rings[0][0] else "disk"
    if len(rings) == 2 and not rings[0][0]:
        return "bullseye"
    raise ValueError(
        "template must be that of a disk, a ring or a bullseye, whose radii are numbers: "
        f"tcbf.circle_template, tcbf.ring_template or tcbf.bullseye_template; got {shape!r}"
    )


def make_template(kind: str, radii: dict[str, float], **options) -> Template:
    """Template of a kind of probe, of "spot", "inner", "outer", "cross" and "exclusion" in pixels, with options."""
    edge = options.pop("edge", EDGE)
    outer = (radii["inner"], radii["outer"])
    rings = {"disk": ((0.0, radii["outer"]),), "ring": (outer,), "bullseye": ((0.0, radii["spot"]), outer)}[kind]
    cross = 0.0 if kind == "disk" else radii["cross"]
    return Template(ProbeShape(rings, cross, edge), radii["exclusion"], **options)


def first_radii(template: Template) -> dict[str, float]:
    """Radii of a template and width of its cross; those that it does not have are in the proportions of a bullseye."""
    shape, kind, outer = template.shape, kind_of(template.shape), template.shape.radius
    radii = {name: part * outer for name, part in _BULLSEYE.items()} | {"outer": outer}
    if kind == "bullseye":
        radii["spot"] = shape.rings[0][1]
    if kind != "disk":
        radii |= {"inner": shape.rings[-1][0], "cross": shape.cross}
        radii["spot"] = min(radii["spot"], radii["inner"] / 2) if kind == "ring" else radii["spot"]
    return {name: float(value) for name, value in (radii | {"exclusion": template.exclusion}).items()}


def patterns_of(patterns, template: Template | None, position, errors) -> dict[str, Pattern]:
    """The patterns to be shown by the names of their probes, see `BullseyeTemplate`."""
    if template is not None:
        require("template", template, Template, "for example from tcbf.bullseye_template(2.2, 6, 9)")
        kind_of(template.shape)
    if isinstance(patterns, CrystalliteScan):
        patterns = {kind_of(patterns.probe): patterns}
    if isinstance(patterns, Mapping):
        return _of_scans(patterns, template, position, errors)
    if template is None:
        raise ValueError(
            "template must be given for a recorded pattern, for example tcbf.bullseye_template(2.2, 6, 9) in its pixels"
        )
    if position is not None or errors:
        raise ValueError("position and errors are of a simulated scan; patterns is a recorded pattern")
    return {RECORDED: _recorded(patterns, template)}


def _of_scans(scans: Mapping, template, position, errors) -> dict[str, Pattern]:
    if not scans:
        raise ValueError('patterns holds no scan; accepted is for example {"bullseye": scan, "disk": other}')
    for name, scan in scans.items():
        require(f"patterns[{name!r}]", scan, CrystalliteScan, "from tcbf.crystallite_scan()")
    shapes = {(scan.data.scan_shape, scan.data.detector_shape) for scan in scans.values()}
    if len(shapes) > 1:
        raise ValueError(f"patterns must be scans of one shape, got {' and '.join(map(str, sorted(shapes)))}")
    (shape, detector) = shapes.pop()
    y, x = checked_position(position, shape)
    if max(detector) > LARGEST:
        raise ValueError(f"patterns have {detector} pixels; a page holds {LARGEST} along each side")
    found = {}
    for name, scan in scans.items():
        own = Template(scan.probe, _MARGIN * scan.probe.radius) if template is None else template
        if errors is None:
            measured = position_errors(scan, own, position=(y, x), exposures=_EXPOSURES)
        else:
            measured = errors.get(name) if errors else None
        spots, shares = scan.spots(y, x)
        found[str(name)] = Pattern(scan.expected(y, x), own, scan.probe, spots, shares, measured)
    return found


def _recorded(values, template: Template) -> Pattern:
    values = np.asarray(values, float)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"patterns must be a scan, scans by name, or one pattern (ny, nx); got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("patterns must be finite, got NaN or infinity; mask such pixels to 0 first")
    if max(values.shape) > LARGEST:
        raise ValueError(f"patterns has {values.shape} pixels, accepted are {LARGEST} along each side: bin or crop it")
    return Pattern(values, template)


def slider_ranges(radii: dict[str, float], state: dict, frame, recorded: bool) -> dict[str, list[float]]:
    """Ends of the sliders, wider than usual where the first state asks for it."""
    most = (min(frame) - 1) / 2  # a template must fit into the frame
    ends = {name: min(most, _up(wider * radii["outer"])) for name, wider in _WIDER.items()}
    ends["outer"] = min(ends["outer"], ends["exclusion"] - STEP)
    ends["inner"] = ends["outer"] - STEP
    ends["spot"] = ends["inner"] - STEP
    ranges = {}
    for name in RADII:
        value = positive_number(name, state[name], "in detector pixels")
        ranges[name] = [min(_LEAST[name], value), max(ends[name], value)]
    ranges["cross"] = [0.0, max(_up(radii["outer"] / 2), float(state["cross"]))]
    threshold = positive_number("threshold", state["threshold"], "in standard deviations")
    ranges["threshold"] = [min(_THRESHOLD[0], threshold), max(_THRESHOLD[1], threshold)]
    if not recorded:
        electrons = positive_number("electrons", state["electrons"], "per pattern")
        ranges["electrons"] = [min(_ELECTRONS[0], electrons), max(_ELECTRONS[1], electrons)]
    ranges = {name: [round(float(end), 4) for end in both] for name, both in ranges.items()}
    return ranges if recorded else ranges | {"seed": [0, 2**32 - 1]}


def _up(value: float) -> float:
    return float(np.ceil(value))
