"""What a Challenge begins with: its sliders, what is told, and nothing of the truth."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import traitlets as t

from ..challenges import ChallengeScan
from ..lens import ROTATION
from .arrays import unpack
from .challenge_score import signal_ratio
from .lens_controls import UNITS, written
from .moved_sum import frame_shape, sum_of_groups
from .stack_state import calibration

ARROWS = 9  # across the disk
NAMES = ("defocus", ROTATION, "C12x", "C12y")
# ends and steps of the sliders in Å and degrees, the same for every scan: they tell nothing of the truth
_RANGES = {"defocus": (20_000.0, 100.0), ROTATION: (180.0, 0.5), "C12x": (5_000.0, 20.0), "C12y": (5_000.0, 20.0)}
_NOMINAL = 13_000.0  # Å, what the operator has asked for; the longest arrow of a usual length
_SHORT = 5_000.0  # Å, where the search begins whose sign is open: arrows can be seen, and no protein
_SOUGHT = {1: "the defocus", 2: "defocus and rotation", 3: "defocus, rotation and astigmatism"}


def slider_limits(scan: ChallengeScan) -> dict[str, dict]:
    """Ranges of all sliders as plain JSON; the sign of the defocus may be told."""
    ranges = {}
    for name, (most, step) in _RANGES.items():
        least = 0.0 if name == "defocus" and scan.underfocused else -most
        unit, scale = UNITS[name]
        ranges[name] = {"least": least, "most": most, "step": step, "unit": unit, "scale": scale}
    return ranges


def first_values(scan: ChallengeScan) -> dict[str, float]:
    """First values: what is told, and the defocus that the operator has asked for unless nothing else is sought."""
    told = {} if ROTATION in scan.asked else {ROTATION: scan.lens.rotation_deg}
    return dict.fromkeys(NAMES, 0.0) | told | {"defocus": _SHORT if told else _NOMINAL}


def given_values(scan: ChallengeScan) -> dict[str, float]:
    """What is not asked, and stays as it is told, in Å and degrees."""
    return {name: value for name, value in first_values(scan).items() if name not in scan.asked}


def check_given(name: str, value: float, given: dict[str, float]) -> None:
    """Raise TraitError where a value differs from what is told."""
    if name in given and value != given[name]:
        raise t.TraitError(f"{name} is {value}; it is not asked: Challenge here accepts {given[name]} only, as told")


def fingerprint(arrays: dict) -> str:
    """A few digits that tell scans of one level and seed apart, should their simulation ever change."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(bytes(arrays[name]["data"]))
    return digest.hexdigest()[:8]


def farthest(scan: ChallengeScan, ranges: dict) -> float:
    """The longest shift that sliders reach, in Å."""
    return scan.stack.rim * scan.stack.wavelength * (ranges["defocus"]["most"] + ranges["C12x"]["most"])


def told_meta(scan: ChallengeScan, arrays: dict, binning: int, longest: float) -> dict:
    """Calibration, layout and what is told, as plain JSON."""
    stack = scan.stack
    measures = calibration(stack, binning)
    frame = frame_shape(arrays["group_images"]["shape"][1:], measures["scan_sampling"], longest)
    total = sum_of_groups(arrays, frame)
    k = unpack(arrays["group_k"]).astype(float)
    most = total.shared_power(scan.lens.shifts(k, stack.energy) / np.array(measures["scan_sampling"]))
    return measures | {
        "title": f"Challenge {scan.level}: find {_SOUGHT[scan.level]}",
        "energy": stack.energy,
        "longest": stack.rim * stack.wavelength * _NOMINAL,
        "spacing": max(1, round(2 * stack.disk.radius / ARROWS)),
        "frame": frame,
        "held": {},
        "asked": list(scan.asked),
        "given": given_values(scan),
        "told": _told(scan),
        "limit": 0.5 / stack.rim,
        # a whole number of which the best is a part of unknown size
        "top": math.ceil(1.1 * signal_ratio(most, total.noise_power)) or 1,
        # of what the reader's browser keeps: the best points of another scan are none of this one
        "key": f"{scan.level}:{scan.seed}:{fingerprint(arrays)}",
    }


def _told(scan: ChallengeScan) -> str:
    if ROTATION not in scan.asked:
        return f"Told: the rotation is {written(ROTATION, scan.lens.rotation_deg)}."
    if scan.underfocused:
        return "Told: the beam is underfocused, so the defocus is positive."
    return "Told: proteins are dark in underfocus, bright in overfocus."
