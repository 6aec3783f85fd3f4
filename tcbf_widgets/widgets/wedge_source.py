"""The object of MissingWedge: checked, packed, and how it is shown first."""

from __future__ import annotations

import math

import numpy as np

from .._checks import positive_number, positive_pair
from ..depth import depth_resolution
from .arrays import Packed, pack, quantise

_MOST = 500_000  # numbers in the object, that a page holds and a browser weights within a frame
_FINE = 350_000  # with so many at most, two bytes for each; one is enough for the eye
_SQUARE = 0.01  # by which the sides of a pixel may differ: no picture shows it


def checked_phases(phases) -> np.ndarray:
    """Return phases (slices, ny, nx) as they came, or raise for what has no depth to show."""
    phases = np.asarray(phases)
    if np.iscomplexobj(phases):
        raise TypeError("phases must be real, in rad; got complex numbers: take np.angle(slices)")
    if phases.size and not (np.issubdtype(phases.dtype, np.number) or phases.dtype == bool):
        raise TypeError(f"phases must be real numbers in rad, got an array of {phases.dtype.str}")
    if phases.ndim != 3 or len(phases) < 2:
        raise ValueError(
            f"phases must have axes (slice, y, x), two slices or more, for one has no depth; got shape {phases.shape}"
        )
    if min(phases.shape) < 2:
        raise ValueError(f"phases must have two pixels or more along y and x; got shape {phases.shape}")
    if phases.size > _MOST:
        raise ValueError(
            f"phases hold {phases.size:,} numbers, accepted are at most {_MOST:,}; show a part of them, or bin them"
        )
    if not np.isfinite(phases.astype(float)).all():
        raise ValueError("phases must be finite, in rad; got NaN or infinity")
    return phases


def checked_steps(own_phases: bool, sampling, slice_thickness) -> tuple[float | None, float | None]:
    """Return pixel and slice in Å, as they came or None; phases of one's own must come with both, or nothing is true.

    Pixels may be given as a (y, x) pair, if they are square.
    """
    steps = {"sampling": (sampling, "in Å per pixel"), "slice_thickness": (slice_thickness, "in Å")}
    for name, (value, hint) in steps.items():
        if value is None and own_phases:
            raise ValueError(f"{name} must be given with phases, {hint}; got None")
    if sampling is not None:
        y, x = positive_pair("sampling", sampling, steps["sampling"][1])
        if not math.isclose(y, x, rel_tol=_SQUARE):
            raise ValueError(f"sampling must be that of square pixels, got {(y, x)}; resample the phases")
        sampling = y if y == x else (y + x) / 2
    if slice_thickness is not None:
        slice_thickness = positive_number("slice_thickness", slice_thickness, steps["slice_thickness"][1])
    return sampling, slice_thickness


def packed_phases(values: np.ndarray) -> Packed:
    """Phases on their way to the browser."""
    if not np.ptp(values):
        return pack(np.asarray(values, np.float32))
    return quantise(values, "uint16" if values.size <= _FINE else "uint8")


def middle(shape, sampling: float, thickness: float) -> dict[str, float]:
    """Where an object is cut first: place in Å along the beam and along y."""
    return {"depth": (shape[0] - 1) // 2 * thickness, "y": shape[1] // 2 * sampling}


def aspects(shape, sampling: float, thickness: float) -> list[float]:
    """Width of a section and of a plane, each over its height; sections of far other shapes are stretched."""
    slices, ny, nx = shape
    true = nx * sampling / (slices * thickness)
    return [true if 0.5 <= true <= 1.5 else 0.75, float(np.clip(nx / ny, 0.5, 3))]


def resolutions(sizes, beta: float, semiangle: float, energy: float) -> dict[str, np.ndarray]:
    """Distance in Å below which detail of some sizes (Å, > 0) has no depth, for beam, weight and one plane wave."""
    sizes = np.asarray(sizes, float)
    return {
        "beam": depth_resolution(1 / sizes, energy, semiangle),
        # half a period of the k_z at which the weight is one half
        "weight": beta * sizes / 2,
        "wave": depth_resolution(1 / sizes, energy),
    }
