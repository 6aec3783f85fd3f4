"""Diffraction disks found by correlation, in frames of odd and even sides, also at their edges."""

from __future__ import annotations

import warnings

import numpy as np

from tcbf_widgets.peaks import Correlator, find_peaks
from tcbf_widgets.probe_shapes import ProbeShape
from tcbf_widgets.templates import Template
from tcbf_widgets.widgets import BullseyeTemplate
from tcbf_widgets.widgets.bullseye_source import make_template
from tcbf_widgets.widgets.found_disks import compare

from .plain import floats

_BULLSEYE = {"spot": 1.3, "inner": 3.4, "outer": 5.2, "cross": 1.1}
# shape of the frame, kind of probe with its radii, template, places of disks
_CASES = [
    ((40, 37), "bullseye", _BULLSEYE, {"exclusion": 7.0}, [(9.3, 8.8), (30.4, 36.2)]),
    ((33, 48), "disk", {"outer": 5.2}, {"exclusion": 7.02}, [(16.1, 14.7), (1.4, 33.2), (31.5, 44.9)]),
    ((31, 31), "ring", {"inner": 3.0, "outer": 4.5, "cross": 0.0}, {"exclusion": 8.3, "contrast": 0.0}, [(15.5, 12.2)]),
    ((28, 30), "bullseye", _BULLSEYE, {"exclusion": 7.0, "zero_sum": False}, [(12.0, 20.7)]),
    ((20, 20), "disk", {"outer": 3.0}, {"exclusion": 4.0}, []),
]
_COMPUTED = ("template", "correlation")  # pictures


def disk_cases(rng) -> list[dict]:
    return [_case(rng, *case) for case in _CASES]


def _case(rng, shape, kind, radii, options, places) -> dict:
    probe = ProbeShape(_rings(kind, radii), radii.get("cross", 0.0), 0.6)
    template = Template(probe, **options)
    y, x = np.indices(shape)
    disks = [3.0 * probe.brightness(y - py, x - px) for py, px in places]
    expected = sum(disks, np.full(shape, 0.4))
    image = rng.poisson(expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there are fewer than asked for
        peaks = find_peaks(image, template, 20, min_distance=2 * probe.radius, min_significance=2.0)
    return {
        "frame": shape,
        "kind": kind,
        "radii": radii,
        "exclusion": template.exclusion,
        "contrast": template.contrast,
        "zeroSum": template.zero_sum,
        "edge": 0.6,
        "image": image.ravel().tolist(),
        "distance": 2 * probe.radius,
        "least": 2.0,
        "count": 20,
        "template": floats(template.sampled((3.3, 4.7), (9, 8)).ravel()),
        "correlation": floats(Correlator(template, shape)(image)[::5].ravel()),
        "peaks": [
            {"y": y, "x": x, "height": height, "significance": significance}
            for (y, x), height, significance in zip(
                floats(peaks.positions), floats(peaks.heights), floats(peaks.significance), strict=True
            )
        ],
    }


def _rings(kind: str, radii: dict) -> tuple:
    outer = (radii.get("inner", 0.0), radii["outer"])
    return ((0.0, radii["spot"]), outer) if kind == "bullseye" else (outer,)


def slider_end_cases(rng) -> list[dict]:
    """Every radius at the ends of its slider, stopped by its neighbours; and radii without a dark part."""
    shape = (48, 44)
    y, x = np.indices(shape)
    probe = ProbeShape(((0.0, 1.4), (3.6, 5.4)), 1.0, 0.6)
    image = rng.poisson(0.3 + 4 * (probe.brightness(y - 20.3, x - 18.6) + probe.brightness(y - 33, x - 31)))
    first = {"spot": 1.4, "inner": 3.6, "outer": 5.4, "exclusion": 7.3, "cross": 1.0}
    ends = [{"spot": 0.5}, {"spot": 3.1}, {"inner": 1.9}, {"inner": 4.9}, {"outer": 4.1}, {"outer": 6.3}]
    ends += [{"exclusion": 6.4}, {"exclusion": 11.0}, {"cross": 0.0}, {"cross": 3.0}]
    cases = [_ends(image, "bullseye", first | end) for end in ends]
    cases += [_ends(image, "disk", {**first, "outer": outer, "exclusion": outer + 1}) for outer in (1.5, 6.3)]
    narrow = {"spot": 1.85, "inner": 1.9, "outer": 1.95, "exclusion": 2.0, "cross": 0.0}  # as Python may set them
    return [*cases, _ends(image, "bullseye", narrow), _ends(image, "disk", narrow | {"outer": 1.999})]


def _ends(image, kind: str, radii: dict) -> dict:
    template = make_template(kind, radii)
    widget = BullseyeTemplate(image, template, threshold=3.0, **radii)
    panels = widget.panels()
    rms = {name: float(np.sqrt(np.square(panels[name].values, dtype=float).mean())) for name in _COMPUTED}
    return {
        "kind": kind,
        "radii": radii,
        "frame": image.shape,
        "field": widget.meta["field"],
        "edge": template.shape.edge,
        "contrast": template.contrast,
        "image": image.ravel().tolist(),
        "result": rms | {"peaks": len(widget.peaks)},
    }


def comparison_cases(rng) -> list[dict]:
    return [_comparison(rng, *numbers) for numbers in [(6, 9), (0, 4), (5, 1)]]


def _comparison(rng, found: int, count: int) -> dict:
    """Some peaks near true disks, of which some lie beside the frame and some are faint, and some anywhere."""
    frame, radius = (40, 37), 5.2
    spots = rng.uniform(-4, 42, (count, 2))
    shares = rng.uniform(0, 0.005, count)
    near = spots[rng.permutation(count)[:found]]
    peaks = np.concatenate([near + rng.normal(0, 0.6, near.shape), rng.uniform(0, 37, (found // 2, 2))])
    disks = compare(peaks, spots, shares, frame, radius)
    result = {name: getattr(disks, name) for name in ("found", "false", "direct", "others")}
    return {
        "frame": frame,
        "radius": radius,
        "spots": floats(spots.ravel()),
        "shares": floats(shares),
        "peaks": [{"y": y, "x": x} for y, x in floats(peaks)],
        "result": result | {"visible": len(disks.visible)},
    }
