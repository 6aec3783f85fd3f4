"""Diffraction disks found by correlation, in frames of odd and even sides, also at their edges."""

from __future__ import annotations

import warnings

import numpy as np

from tcbf_widgets.peaks import Correlator, find_peaks
from tcbf_widgets.probe_shapes import ProbeShape
from tcbf_widgets.templates import Template
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
