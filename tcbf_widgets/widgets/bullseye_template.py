"""BullseyeTemplate: diffraction disks found by correlation with a template that sums to zero."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import traitlets as t

from .._checks import positive_number
from ..counting import poisson_counts
from ..peaks import Correlator, Peaks, check_fits, find_peaks
from ..probe_shapes import ProbeShape
from ..templates import Template
from . import bullseye_words as words
from .arrays import unpack
from .bullseye_drawing import figure_bullseye
from .bullseye_source import (
    APART,
    PARTS,
    RADII,
    USUAL_RADII,
    comparable,
    dark_weight,
    first_radii,
    make_template,
    packed_arrays,
    patterns_of,
    plain_errors,
    slider_ranges,
    template_picture,
)
from .figure import Panel, contrast_limits
from .found_disks import FoundDisks, compare
from .numbers import fixed
from .stack_state import check_slider
from .widget import TcbfWidget

_OF_SCANS = {"electrons": 1000.0, "noise": True, "seed": 0}
_LOOK = {"cmap": "gray", "contrast": [0.5, 99.5], "smooth": False}
_COUNT = 200  # disks at most
_POINTS = 241  # of the profile


class BullseyeTemplate(TcbfWidget):
    """Diffraction disks found by correlation with a template.

    Shows a diffraction pattern, as √counts; the template; and their correlation. Rings are disks that were found: peaks
    of the correlation that rise above zero by more standard deviations of counting noise than the threshold, and lie
    `min_distance` apart. Dashed circles are where disks truly are, those with a five-hundredth of the electrons or
    more. Below, the template along a radius, and how precisely the direct beam is found, in pixels along one axis.

    Parameters
    ----------
    patterns : CrystalliteScan from `tcbf.crystallite_scan`; or several of one specimen, by names of their probes:
        ``{"bullseye": scan, "disk": other}``; or a recorded pattern (ny, nx)
    template : Template of a disk, a ring or a bullseye with which the sliders begin; by default that of the probe. A
        recorded pattern needs one
    position : (y, x) of the pattern in the scan; its middle if None
    min_distance : pixels from one disk to the next at least; the diameter of the template if None
    errors : PositionErrors by the names of the probes, from `tcbf.position_errors`; measured if None, in half a second;
        False for none
    probe : name of the probe shown, the first by default
    electrons : per pattern, for scans
    noise : count electrons; without it the expected pattern is shown
    threshold : standard deviations
    spot, inner, outer, exclusion : radii of the template in pixels, growing in this order; a disk has the last two only
    cross : width of the bars in pixels, which cut the bright ring and carry the dark one
    zero_sum : False leaves the dark part of the template out
    seed : of the counting noise
    cmap, contrast, smooth : look of the images
    """

    probe = t.Unicode("", help="name of the probe").tag(sync=True)
    electrons = t.Float(1000.0, help="electrons per pattern").tag(sync=True)
    noise = t.Bool(True, help="count electrons").tag(sync=True)
    threshold = t.Float(5.0, help="standard deviations of a peak").tag(sync=True)
    spot = t.Float(USUAL_RADII["spot"], help="radius of the spot, pixels").tag(sync=True)
    inner = t.Float(USUAL_RADII["inner"], help="inner radius of the ring, pixels").tag(sync=True)
    outer = t.Float(USUAL_RADII["outer"], help="outer radius, pixels").tag(sync=True)
    exclusion = t.Float(USUAL_RADII["exclusion"], help="up to which light counts against a disk, pixels").tag(sync=True)
    cross = t.Float(USUAL_RADII["cross"], help="width of the bars, pixels").tag(sync=True)
    zero_sum = t.Bool(True, help="what is dark counts against a disk").tag(sync=True)
    seed = t.Int(0, help="seed of the counting noise").tag(sync=True)

    def __init__(
        self, patterns, template: Template | None = None, *, position=None, min_distance=None, errors=None, **traits
    ) -> None:
        found = patterns_of(patterns, template, position, errors)
        frame = next(iter(found.values())).values.shape
        richest = max((pattern.template for pattern in found.values()), key=lambda own: len(own.shape.rings))
        recorded = next(iter(found.values())).spots is None
        radii = first_radii(richest)
        first = ({} if recorded else _OF_SCANS) | {"probe": next(iter(found)), "threshold": 5.0, "zero_sum": True}
        first |= radii
        state = first | {"contrast": tuple(_LOOK["contrast"])} | traits
        for pattern in found.values():
            check_fits(make_template(pattern.kind, state), frame)  # raises for radii out of order, too
        ranges = slider_ranges(found, radii, state)
        call = words.python_call(patterns, template, position, min_distance, errors)
        super().__init__(
            arrays=packed_arrays(found),
            meta={
                "title": "Correlation with a template",
                "probes": [pattern.about(name) for name, pattern in found.items()],
                "recorded": recorded,
                "frame": list(frame),
                "field": 2 * int(np.ceil(ranges["exclusion"][1])) + 1,
                "min_distance": None if min_distance is None else positive_number("min_distance", min_distance),
                "errors": plain_errors(found),
                "ranges": ranges,
                "apart": APART,
                "python": {"call": call, "traits": [*first, *_LOOK], "defaults": first | _LOOK},
            },
            **state,
        )

    @t.validate("electrons", "threshold", "cross", "seed")
    def _validate_in_range(self, proposal):
        return self._in_range(proposal)

    @t.validate(*RADII)
    def _validate_radii(self, proposal):
        """Radii grow from the middle outwards."""
        value, name = self._in_range(proposal), proposal["trait"].name
        radii = {other: getattr(self, other) for other in RADII} | {name: value}
        kinds = {probe["kind"] for probe in self.meta.get("probes", [])}
        used = max((PARTS[kind] for kind in kinds), key=len, default=())
        if any(radii[b] <= radii[a] for a, b in itertools.pairwise(used)):
            given = ", ".join(f"{other} {radius:g}" for other, radius in radii.items())
            raise t.TraitError(f"{name} is {value:g}; radii must grow from the middle outwards, got {given}")
        return value

    def _in_range(self, proposal):
        if self.meta and proposal["trait"].name not in self.meta["ranges"]:
            raise t.TraitError(f"{proposal['trait'].name} is that of a scan; a recorded pattern is as it is")
        return check_slider(self, proposal)

    @t.validate("noise")
    def _validate_noise(self, proposal):
        if self.meta.get("recorded") and not proposal["value"]:
            raise t.TraitError("noise is that of a scan; a recorded pattern is as it is")
        return proposal["value"]

    @t.validate("probe")
    def _validate_probe(self, proposal):
        names = [probe["name"] for probe in self.meta.get("probes", [])]
        if names and proposal["value"] not in names:
            raise t.TraitError(f"probe is {proposal['value']!r}; accepted are {', '.join(map(repr, names))}")
        return proposal["value"]

    # ---- the numbers shown

    @property
    def pattern(self) -> np.ndarray:
        """Pattern (ny, nx): electrons counted or expected, or what was recorded."""
        values = unpack(self.arrays[f"pattern{self._number}"]).astype(float)
        if self.meta["recorded"]:
            return values
        return poisson_counts(values * self.electrons, self.seed) if self.noise else values * self.electrons

    @property
    def template(self) -> Template:
        """Template of the present radii."""
        about = self._about
        options = {"edge": about["edge"], "contrast": about["contrast"], "zero_sum": self.zero_sum}
        return make_template(about["kind"], self._radii, **options)

    @property
    def peaks(self) -> Peaks:
        """Disks found in the pattern."""
        distance = self.meta["min_distance"] or 2 * self.outer
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there are always fewer than asked for
            compared = comparable(self.pattern, self.template, self.meta["field"])
            return find_peaks(*compared, _COUNT, distance, self.threshold)

    @property
    def disks(self) -> FoundDisks | None:
        """What was found beside the truth; None for a recorded pattern."""
        if self.meta["recorded"]:
            return None
        spots, shares = (unpack(self.arrays[f"{name}{self._number}"]) for name in ("spots", "shares"))
        return compare(self.peaks.positions, spots.astype(float), shares, self.meta["frame"], self._about["radius"])

    def profiles(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Distances from the middle in pixels; values of the template there, between its bars, and of the probe."""
        r = np.linspace(0, self.meta["field"] / 2, _POINTS)
        aslant = (r / np.sqrt(2),) * 2
        bright, dark = self.template.parts(*aslant)
        weight = dark_weight(self.template, self.meta["field"])
        curves = {"template": np.zeros_like(r) if weight is None else bright - dark * weight}
        if (probe := self._about["probe"]) is not None:
            curves["probe"] = ProbeShape(**probe).brightness(*aslant)
        return r, curves

    @property
    def _number(self) -> int:
        return next(i for i, probe in enumerate(self.meta["probes"]) if probe["name"] == self.probe)

    @property
    def _about(self) -> dict:
        return self.meta["probes"][self._number]

    @property
    def _radii(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in (*RADII, "cross")}

    def panels(self) -> dict[str, Panel]:
        """Return pattern, template and correlation."""
        pattern, correlation = self.pattern, self._correlation()
        shown = np.sqrt(np.maximum(pattern, 0)).astype(np.float32)
        template = template_picture(self.template, self.meta["field"])
        look = {"cmap": self.cmap, "unit": "px"}
        counts = "√counts" if self.meta["recorded"] else "√electrons"
        return {
            "pattern": Panel(shown, *self._limits(shown), title=f"Pattern, {counts}", **look),
            "template": Panel(
                template, -1, 1, title=f"Template, {'sum 0' if self.zero_sum else 'bright part'}", **look
            ),
            "correlation": Panel(correlation, *self._limits(correlation), title="Correlation", **look),
        }

    def _limits(self, values: np.ndarray) -> tuple[float, float]:
        """Values of black and white: percentiles, or all of the range where few pixels differ from the rest."""
        low, high = contrast_limits(values, self.contrast)
        return (low, high) if low < high else (float(values.min()), float(values.max()))

    def _correlation(self) -> np.ndarray:
        """Correlation (ny, nx) float32; what is but rounding errors is 0."""
        pattern, template = comparable(self.pattern, self.template, self.meta["field"])
        correlator = Correlator(template, pattern.shape)
        values = correlator(pattern)
        return np.where(np.abs(values) > correlator.floor(pattern), values, 0).astype(np.float32)

    def figure(self):
        """Draw pattern, template and correlation with their marks, and below them the curves."""
        return figure_bullseye(self)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        template = words.radii_text(self._about["kind"], self._radii, self.zero_sum)
        threshold = f"rings where the correlation exceeds {fixed(self.threshold, 1)} standard deviations"
        if self.meta["recorded"]:
            what = f"A recorded diffraction pattern, {words.recorded_text(self.peaks.significance)}"
        else:
            electrons = words.electrons_text(self.electrons, self.noise)
            what = f"A diffraction pattern of {electrons}, {words.found_text(self.disks)}"
        return f"{what}; the template, {template}; and their correlation; {threshold}."
