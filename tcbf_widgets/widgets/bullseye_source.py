"""What BullseyeTemplate takes from scans or a recorded pattern: patterns with their truth, radii, ends of sliders."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from .._checks import checked_position, non_negative_number, positive_number, require
from ..disk_errors import PositionErrors, position_errors
from ..fourdstem import FourDSTEM
from ..polycrystal import CrystalliteScan
from ..probe_shapes import EDGE, MeasuredShape, ProbeShape, standard_bullseye
from ..templates import Template
from .arrays import Packed, pack

LARGEST = 256  # pixels along a pattern
RADII = ("spot", "inner", "outer", "exclusion")  # from the middle outwards
# pixels beyond the one before, as near as sliders go: an edge, and a dark part that counts
APART = {"inner": 0.5, "outer": 0.5, "exclusion": 1.0}
PARTS = {"disk": RADII[2:], "ring": RADII[1:], "bullseye": RADII}  # what a kind of probe has of them
_RECORDED = "recorded"
_EXAMPLE = "tcbf.bullseye_template(2.2, 6, 9)"
_LEAST_DARK = 1e-3  # of the bright part; with less there is nothing to compare
_LEAST = {"spot": 0.5, "inner": 1.0, "outer": 1.5, "exclusion": 2.5}
_WIDER = {"spot": 0.8, "inner": 1.1, "outer": 1.4, "exclusion": 2.0}  # sliders end there, in radii of the template
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
        """Kind of its template, "disk", "ring" or "bullseye"."""
        return kind_of(self.template.shape)

    def about(self, name: str) -> dict:
        """What a view has to know of it, as plain JSON."""
        shape = self.template.shape
        return {
            "name": name,
            "kind": self.kind,
            "radius": float((self.probe or shape).radius),
            "edge": float(shape.edge),
            "contrast": float(self.template.contrast),
            "probe": None if self.probe is None else asdict(self.probe),
        }


def kind_of(shape) -> str:
    """Kind of a probe that sliders can make, or raise."""
    rings = shape.rings if isinstance(shape, ProbeShape) else ()
    if len(rings) == 1:
        return "ring" if rings[0][0] else "disk"
    if len(rings) == 2 and not rings[0][0]:
        return "bullseye"
    raise ValueError(
        "template must be that of a disk, a ring or a bullseye, whose radii are numbers: "
        f"tcbf.circle_template, tcbf.ring_template or tcbf.bullseye_template; got {_named(shape)}"
    )


def _named(shape) -> str:
    """A shape in a few words."""
    if isinstance(shape, MeasuredShape):
        return "a measured one, which tcbf.find_peaks takes"
    return repr(shape)


def make_template(kind: str, radii: dict[str, float], **options) -> Template:
    """Template of a kind of probe, of "spot", "inner", "outer", "cross" and "exclusion" in pixels, with options."""
    edge = options.pop("edge", EDGE)
    outer = (radii["inner"], radii["outer"])
    rings = {"disk": ((0.0, radii["outer"]),), "ring": (outer,), "bullseye": ((0.0, radii["spot"]), outer)}[kind]
    cross = 0.0 if kind == "disk" else radii["cross"]
    return Template(ProbeShape(rings, cross, edge), radii["exclusion"], **options)


def dark_weight(template: Template, size: int) -> float | None:
    """Weight of the dark part on size x size pixels; None where it should count and there is none: no template then."""
    if not template.zero_sum:
        return 0.0
    offset = np.arange(size) - (size - 1) / 2
    bright, dark = (float(part.sum()) for part in template.parts(offset[:, None], offset))
    return bright / dark if dark > _LEAST_DARK * bright else None


def comparable(pattern: np.ndarray, template: Template, size: int) -> tuple[np.ndarray, Template]:
    """Pattern and template; where bright has no dark to be compared with, such that nothing is found."""
    if dark_weight(template, size) is None:
        return np.zeros_like(pattern), replace(template, zero_sum=False)
    return pattern, template


def template_picture(template: Template, size: int) -> np.ndarray:
    """The template on size x size pixels, float32; 0 where there is none, see `dark_weight`."""
    bare = dark_weight(template, size) is None
    return (np.zeros((size, size)) if bare else template.values(size)).astype(np.float32)


def first_radii(template: Template) -> dict[str, float]:
    """Radii of a template and width of its cross; those that it does not have are those of the standard bullseye."""
    shape, kind = template.shape, kind_of(template.shape)
    usual = standard_bullseye(shape.radius)
    inner, cross = (usual.rings[1][0], usual.cross) if kind == "disk" else (shape.rings[-1][0], shape.cross)
    spot = shape.rings[0][1] if kind == "bullseye" else min(usual.rings[0][1], inner / 2)
    radii = {"spot": spot, "inner": inner, "outer": shape.radius, "exclusion": template.exclusion, "cross": cross}
    return {name: float(value) for name, value in radii.items()}


USUAL_RADII = first_radii(Template(standard_bullseye(9)))


def patterns_of(patterns, template: Template | None, position, errors) -> dict[str, Pattern]:
    """The patterns to be shown by the names of their probes, see `BullseyeTemplate`."""
    if template is not None:
        require("template", template, Template, f"for example from {_EXAMPLE}")
        kind_of(template.shape)
    if isinstance(patterns, CrystalliteScan):
        patterns = {kind_of(patterns.probe): patterns}
    if isinstance(patterns, Mapping):
        return _of_scans(patterns, template, position, errors)
    if template is None:
        raise ValueError(f"template must be given for a recorded pattern, for example {_EXAMPLE} in its pixels")
    if position is not None or errors not in (None, False):
        raise ValueError("position and errors are of a simulated scan; patterns is a recorded pattern")
    return {_RECORDED: _recorded(patterns, template)}


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
    _check_errors(errors, scans)
    found = {}
    for name, scan in scans.items():
        own = Template(scan.probe) if template is None else template
        if errors is None:
            measured = position_errors(scan, own, position=(y, x), exposures=_EXPOSURES)
        else:
            measured = errors.get(name) if errors else None
        spots, shares = scan.spots(y, x)
        found[str(name)] = Pattern(scan.expected(y, x), own, scan.probe, spots, shares, measured)
    return found


def _check_errors(errors, scans: Mapping) -> None:
    if errors is None or errors is False:
        return
    if not isinstance(errors, Mapping) or not set(errors) <= set(scans):
        raise ValueError(
            f"errors must be PositionErrors by the names of the probes ({', '.join(map(repr, scans))}), None or False"
        )
    for name, one in errors.items():
        require(f"errors[{name!r}]", one, PositionErrors, "from tcbf.position_errors(scan)")


def _recorded(values, template: Template) -> Pattern:
    if isinstance(values, (str, os.PathLike, FourDSTEM)):
        given = "a file name" if not isinstance(values, FourDSTEM) else "a whole scan"
        raise TypeError(f"patterns is {given}; give one pattern (ny, nx), for example data.array[20, 20]")
    values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        kind = "complex numbers, give intensities" if values.dtype.kind == "c" else f"{values.dtype}"
        raise TypeError(f"patterns holds {kind}; give one pattern (ny, nx), for example data.array[20, 20]")
    values = values.astype(float)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"patterns must be a scan, scans by name, or one pattern (ny, nx); got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("patterns must be finite, got NaN or infinity; mask such pixels to 0 first")
    if max(values.shape) > LARGEST:
        raise ValueError(f"patterns has {values.shape} pixels, accepted are {LARGEST} along each side: bin or crop it")
    return Pattern(values, template)


def packed_arrays(found: dict[str, Pattern]) -> dict[str, Packed]:
    """Patterns with their true places, by number."""
    arrays = {}
    for number, pattern in enumerate(found.values()):
        arrays[f"pattern{number}"] = pack(np.asarray(pattern.values, np.float32))
        if pattern.spots is not None:
            arrays |= {f"spots{number}": pack(pattern.spots), f"shares{number}": pack(pattern.shares)}
    return arrays


def plain_errors(found: dict[str, Pattern]) -> dict[str, dict[str, list[float]]]:
    """The errors that are known, as plain JSON."""
    names = ("electrons", "rms", "bound")
    known = {name: pattern.errors for name, pattern in found.items() if pattern.errors is not None}
    return {name: {column: getattr(errors, column).tolist() for column in names} for name, errors in known.items()}


def slider_ranges(found: dict[str, Pattern], radii: dict[str, float], state: dict) -> dict[str, list[float]]:
    """Ends of the sliders, wider than usual where the first state asks for it."""
    first = next(iter(found.values()))
    most = (min(first.values.shape) - 1) / 2  # a template must fit into the frame
    ends = {name: min(most, _up(wider * radii["outer"])) for name, wider in _WIDER.items()}
    for name, wider in reversed(list(itertools.pairwise(RADII))):
        ends[name] = min(ends[name], ends[wider] - APART[wider])
    ranges = {name: _widened((_LEAST[name], ends[name]), name, state, "in detector pixels") for name in RADII}
    ranges["cross"] = [0.0, max(_up(radii["outer"] / 2), non_negative_number("cross", state["cross"]))]
    ranges["threshold"] = _widened(_THRESHOLD, "threshold", state, "in standard deviations")
    if first.spots is not None:
        measured = [pattern.errors.electrons for pattern in found.values() if pattern.errors]
        all_counts = np.concatenate([_ELECTRONS, *measured])  # the plot and the slider have one range
        ranges["electrons"] = _widened((all_counts.min(), all_counts.max()), "electrons", state, "per pattern")
    ranges = {name: [round(float(end), 4) for end in both] for name, both in ranges.items()}
    return ranges if first.spots is None else ranges | {"seed": [0, 2**32 - 1]}


def _widened(ends, name: str, state: dict, hint: str) -> list[float]:
    value = positive_number(name, state[name], hint)
    return [min(ends[0], value), max(ends[1], value)]


def _up(value: float) -> float:
    return float(np.ceil(value))
