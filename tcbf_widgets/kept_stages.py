"""Results of the stages as arrays and facts, as checkpoints keep them, and back again."""

from __future__ import annotations

from dataclasses import asdict, fields

import numpy as np

from .aligner import AlignmentStep
from .alignment import Alignment
from .bright_field import BrightFieldStack
from .descan import Descan
from .disk import BrightFieldDisk
from .gathering import Gathered
from .optics import Aberrations
from .refinement import Refinement
from .surveying import Finding

_ARRAYS = ("image", "measured", "shifts", "fit")  # of an alignment step


def pack_gathered(gathered: Gathered) -> tuple[dict, dict]:
    """Arrays and facts of a stack and of how it was gathered."""
    stack = gathered.stack
    arrays = {name: getattr(stack, name) for name in ("images", "mean_counts", "pixels")}
    arrays |= {"mean_pattern": stack.disk.mean_pattern, "mask": stack.disk.mask}
    facts = {name: getattr(stack, name) for name in ("energy", "scan_sampling", "reciprocal_sampling")}
    facts |= {"center": stack.disk.center, "radius": stack.disk.radius, "bin": gathered.bin}
    facts["findings"] = [asdict(finding) for finding in gathered.findings]
    if gathered.descan is not None:
        arrays |= {f"descan_{field.name}": np.asarray(getattr(gathered.descan, field.name)) for field in fields(Descan)}
    return arrays, facts


def unpack_gathered(arrays: dict, facts: dict) -> Gathered:
    """The same as it was."""
    disk = BrightFieldDisk(arrays["mean_pattern"], arrays["mask"], tuple(facts["center"]), facts["radius"])
    images = [arrays[name] for name in ("images", "mean_counts", "pixels")]
    samplings = [tuple(facts[name]) for name in ("scan_sampling", "reciprocal_sampling")]
    stack = BrightFieldStack(*images, disk, facts["energy"], *samplings)
    descan = None
    if "descan_fitted" in arrays:
        *maps, residual = [arrays[f"descan_{field.name}"] for field in fields(Descan)]
        descan = Descan(*maps, float(residual))
    return Gathered(stack, facts["bin"], descan, tuple(Finding(**finding) for finding in facts["findings"]))


def pack_alignment(alignment: Alignment) -> tuple[dict, dict]:
    """Arrays and facts of all states; the stack is kept elsewhere."""
    states = alignment.states
    arrays = {name: np.stack([getattr(state, name) for state in states]) for name in _ARRAYS}
    arrays["groups"] = np.stack([state.groups for state in alignment.steps])
    return arrays, {name: [getattr(state, name) for state in states] for name in ("bin", "error", "fraction")}


def unpack_alignment(stack: BrightFieldStack, arrays: dict, facts: dict) -> Alignment:
    """The same as it was."""
    groups = [None, *arrays["groups"]]
    states = [
        AlignmentStep(bin=size, groups=group, error=error, fraction=fraction, **dict(zip(_ARRAYS, maps, strict=True)))
        for size, group, error, fraction, *maps in zip(
            facts["bin"], groups, facts["error"], facts["fraction"], *(arrays[name] for name in _ARRAYS), strict=True
        )
    ]
    return Alignment(stack, states[0], tuple(states[1:]))


def pack_refinement(best: Refinement) -> tuple[dict, dict]:
    """Arrays and facts of all that was found; the stack is kept elsewhere."""
    facts = {name: getattr(best, name) for name in ("rotation_deg", "transpose", "names")}
    # JSON knows no infinity, and so these are kept as arrays
    numbers = [best.sign_confidence, best.significance]
    facts["aberrations"] = asdict(best.aberrations)
    return {"covariance": best.covariance, "numbers": np.array(numbers, float)}, facts


def unpack_refinement(stack: BrightFieldStack, arrays: dict, facts: dict) -> Refinement:
    """The same as it was."""
    optics = (Aberrations(**facts["aberrations"]), facts["rotation_deg"], facts["transpose"])
    return Refinement(stack, *optics, tuple(facts["names"]), arrays["covariance"], *map(float, arrays["numbers"]))
