"""What ProbeAndScan takes from a scan: its phase, grey levels of its patterns, and how far the sliders go."""

from __future__ import annotations

import math

import numpy as np

from .._checks import finite_number, positive_number
from ..geometry import frequency_grid
from ..optics import aperture_radius
from ..ptychography import diffract
from ..ptychography_scan import OverlapScan
from .scan_lattice import ScanLattice

PERCENTILES = np.linspace(0, 100, 201)
_LARGEST = 128  # pixels along an object that the browser transforms quickly enough
_DEFOCUS = (-1000.0, 1500.0)  # Å
_ELECTRONS = (1e2, 1e6)  # per pattern
_MARGIN = 1.5  # pixels around the disk of a pattern


def object_phase(scan: OverlapScan) -> np.ndarray:
    """Phase of the object, float32, of a scan that can be shown."""
    if len(scan.truth) != 1:
        raise ValueError(
            f"scan has {len(scan.truth)} slices, accepted is one; make it with tcbf.overlap_scan(slices=1)"
        )
    size, other = shape = scan.truth.shape[1:]
    if scan.data.window != shape or size != other or size & (size - 1) or size > _LARGEST:
        raise ValueError(
            f"scan has an object of {shape} pixels and windows of {scan.data.window}; accepted are squares of one "
            f"size, a power of two and at most {_LARGEST}"
        )
    return np.angle(scan.truth[0]).astype(np.float32)


def disk_levels(scan: OverlapScan, phase: np.ndarray) -> np.ndarray:
    """Percentiles, in steps of 0.5, of √I inside the disk in noiseless patterns of the scan, at most 8 x 8 of them."""
    size = len(phase)
    corners = ScanLattice(size, max(int(scan.step), size // 8), (0, 0)).centres - size // 2
    amplitudes = np.abs(diffract(scan.probe, np.exp(1j * phase.astype(float)), corners))
    k = np.linalg.norm(frequency_grid((size, size), scan.sampling), axis=-1)
    inside = k <= max(0.0, aperture_radius(scan.semiangle, scan.energy) - 0.5 / (size * scan.sampling))
    return np.percentile(amplitudes[:, inside], PERCENTILES)


def tile_size(scan: OverlapScan, size: int) -> int:
    """Pixels along the part of a pattern that is shown."""
    radius = aperture_radius(scan.semiangle, scan.energy) * size * scan.sampling
    return min(size, 2 * math.ceil(radius + _MARGIN))


def slider_ranges(scan: OverlapScan, size: int, state: dict) -> dict[str, list[float]]:
    """Ends of the sliders: a probe that the window holds, or further where the first state asks for it."""
    widest = size * scan.sampling / (2e-3 * scan.semiangle)
    ends = [math.copysign(math.floor(min(abs(end), widest) / 10) * 10, end) for end in _DEFOCUS]
    values = [finite_number("defocus", state["defocus"]), float(scan.defocus)]
    least, most = _ELECTRONS
    if state["electrons"] is not None:
        electrons = positive_number("electrons", state["electrons"], "per pattern; None for no noise")
        least, most = min(least, electrons), max(most, electrons)
    return {
        "defocus": [min(ends[0], *values), max(ends[1], *values)],
        "electrons": [least, most],
        "seed": [0, 2**32 - 1],
    }
