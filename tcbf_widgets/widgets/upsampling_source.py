"""What Upsampling sends: deposited samples of every factor, the plain image, and what two halves agree on."""

from __future__ import annotations

import numpy as np

from ..aberrations import FittedOptics
from ..alignment import Alignment
from ..bright_field import BrightFieldStack
from ..refinement import Refinement
from ..registration import shift_images
from ..resolution import RingCorrelation, fourier_ring_correlation, half_sets
from ..upsampling import deposit_samples, upsample
from .arrays import Packed, pack

FACTORS = tuple(range(1, 9))
MARGIN = 3  # scan steps around the field; samples there are in reach of the widest kernel
_MOST = 2600  # scan positions with margin; of larger scans the middle is shown
_PORTION = 32  # images moved at a time
_LEVELS = 4095  # of a deposited value
_EVEN = ("C10", "C12x", "C12y", "C30", "C32x", "C32y", "C34x", "C34y")


def known_optics(source) -> tuple[np.ndarray, dict | None, str]:
    """Shifts (n, 2) in Å; even aberrations, if they are known; and the argument as Python code."""
    if isinstance(source, FittedOptics):
        lens = {name: source.aberrations[name] for name in _EVEN} | {"energy": float(source.energy)}
        name = "best" if isinstance(source, Refinement) else "fit"
        return source.shifts, lens if any(lens[even] for even in _EVEN) else None, name
    if isinstance(source, Alignment):
        return source.shifts, None, "alignment"
    return np.asarray(source, float), None, "shifts"


def shown_part(scan_shape) -> tuple[tuple[int, int], ...]:
    """First and last position, along y and x, of the part of the scan that a page can hold: all, or the middle."""
    shown = list(scan_shape)
    while (shown[0] + 2 * MARGIN) * (shown[1] + 2 * MARGIN) > _MOST:
        shown[int(np.argmax(shown))] -= 1
    return tuple(((n - part) // 2, (n - part) // 2 + part) for n, part in zip(scan_shape, shown, strict=True))


def packed_deposits(stack: BrightFieldStack, shifts: np.ndarray) -> dict[str, Packed]:
    """Deposited values and weights of every factor."""
    arrays = {}
    for factor in FACTORS:
        inside = tuple(slice(factor * a, factor * (b + 2 * MARGIN)) for a, b in shown_part(stack.scan_shape))
        total, weight = (grid[inside] for grid in deposit_samples(stack, shifts, factor, MARGIN))
        arrays |= {f"total_{factor}": _coarse(total), f"weight_{factor}": _coarse(weight)}
    return arrays


def _coarse(grid: np.ndarray) -> Packed:
    """Pack with 12 bits; 0 stays exactly 0. Noise in further bits would only cost room."""
    step = float(np.abs(grid).max()) / _LEVELS or 1.0
    raw = np.rint(grid.astype(float) / step).astype(np.int16)
    return pack(raw) | {"scale": step, "offset": 0.0}


def plain_image(stack: BrightFieldStack, shifts: np.ndarray, subset=slice(None)) -> np.ndarray:
    """Mean of the images, each moved back by Fourier interpolation, weighted with its counts."""
    chosen = np.arange(len(stack))[subset]
    weights = stack.mean_counts[chosen].astype(float) / stack.mean_counts[chosen].sum(dtype=float)
    total = np.zeros(stack.scan_shape)
    for start in range(0, len(chosen), _PORTION):  # the spectra of all would take many times what the images do
        part = slice(start, start + _PORTION)
        images = shift_images(stack.images[chosen[part]], -shifts[chosen[part]] / stack.scan_sampling)
        total += np.tensordot(weights[part], images, axes=1)
    return total


def ring_correlations(stack: BrightFieldStack, shifts) -> tuple[dict[int, RingCorrelation], RingCorrelation]:
    """Correlation of the two half-sets for every factor, and for plain images."""
    nothing = RingCorrelation(*np.zeros((3, 0)))
    if min(stack.scan_shape) < 2 or len(set(stack.pixels.sum(axis=1) % 2)) < 2:  # nothing to correlate, or to halve
        return dict.fromkeys(FACTORS, nothing), nothing
    halves = half_sets(stack)
    rings = {
        factor: fourier_ring_correlation(*(upsample(stack, shifts, factor, subset=half) for half in halves))
        for factor in FACTORS
    }
    plain = [plain_image(stack, shifts, half) for half in halves]
    return rings, fourier_ring_correlation(*plain, stack.scan_sampling)


def packed_rings(ring: RingCorrelation) -> Packed:
    return pack(np.stack([ring.q, ring.values]))
