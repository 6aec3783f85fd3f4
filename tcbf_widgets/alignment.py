"""Iterative alignment of the virtual bright-field images, from coarse bins to fine ones.

One step of the schedule: sum neighbouring pixels into groups; register each group's mean image, from
the centre of the disk outwards, to a running reference; fit the shifts by a linear field in k; move
the *original* images by the fitted shifts. Shifts are composed and images are never re-interpolated.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from ._checks import non_negative_integer, positive_integer, positive_integers, positive_number, require
from .aligner import Aligner, AlignmentStep
from .bright_field import BrightFieldStack
from .frames import Frames

DEFAULT_BINS = (32, 32, 16, 16, 8, 8)
_SMALLEST_SCAN = 8


@dataclass(frozen=True, eq=False)
class Alignment:
    """Result of `align`.

    stack : the virtual images, untouched
    start : the state before the first step
    steps : one `AlignmentStep` per bin of the schedule
    """

    stack: BrightFieldStack
    start: AlignmentStep
    steps: tuple[AlignmentStep, ...]

    @property
    def states(self) -> tuple[AlignmentStep, ...]:
        """The state before the first step, then that after each: (steps + 1) of them."""
        return (self.start, *self.steps)

    @property
    def shifts(self) -> np.ndarray:
        """(n, 2) Å, scan axes: where each virtual image lies relative to the axial one."""
        return self.steps[-1].shifts

    @property
    def image(self) -> np.ndarray:
        """(scan_y, scan_x) aligned bright field, relative to its mean."""
        return self.steps[-1].image

    @property
    def errors(self) -> np.ndarray:
        """(steps + 1,) error before the first step and after each."""
        return np.array([state.error for state in self.states])

    @property
    def found(self) -> bool:
        """True if at least one step found shifts that stand out of the noise."""
        return bool(np.any(self.shifts))

    def __repr__(self) -> str:
        bins = ", ".join(str(step.bin) for step in self.steps)
        return f"Alignment({len(self.stack)} images, bins {bins}, error {self.errors[0]:.4f} to {self.errors[-1]:.4f})"


def align(
    stack: BrightFieldStack,
    bins=DEFAULT_BINS,
    *,
    padding: int = 8,
    edge_blend: int = 4,
    upsampling: int = 8,
    max_shift: float | None = None,
    progress: bool = False,
) -> Alignment:
    """Align the virtual bright-field images by iterative cross-correlation.

    Parameters
    ----------
    stack : virtual images
    bins : schedule, the edge of the groups of detector pixels in each step
    padding : scan pixels added at each border, for images to move into
    edge_blend : scan pixels over which the images fade out at each border
    upsampling : fineness of the cross-correlation, points per scan pixel
    max_shift : Å, largest shift to expect, about semi-angle times defocus; three quarters of the scan's shorter
        side by default
    progress : show a progress bar

    Returns
    -------
    Alignment; its errors never rise. If nothing stands out of the noise it warns, and all shifts are 0.

    The images are taken for displaced copies of one another. That holds for shifts of more than about one and a
    half scan steps at the rim; with less defocus, differences of contrast between the images pass for shifts, which
    may then be worse than none.

    Raises
    ------
    ValueError if bins are not positive integers, or the scan is smaller than the largest shift or 8 x 8 positions

    Reference: Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250, section on parallax imaging.
    """
    require("stack", stack, BrightFieldStack, "from tcbf.bright_field_stack(data)")
    bins = positive_integers("bins", bins)
    max_shift = _checked_max_shift(stack, max_shift)
    padding = non_negative_integer("padding", padding)
    edge_blend = _checked_blend(stack, edge_blend)
    upsampling = positive_integer("upsampling", upsampling)
    aligner = Aligner(Frames(stack, padding, edge_blend), upsampling, max_shift)
    states = [aligner.start()]
    for size in tqdm(bins, desc="align", disable=not progress):
        states.append(aligner.step(states[-1], size))
    alignment = Alignment(stack, states[0], tuple(states[1:]))
    if not alignment.found:
        warnings.warn(_nothing_found(stack, bins, max_shift), stacklevel=2)
    return alignment


def _nothing_found(stack: BrightFieldStack, bins, max_shift: float) -> str:
    return (
        f"no shifts were found: the images are left where they are. Possible reasons: too few electrons "
        f"({stack.mean_counts.mean():.2g} per position and pixel); bins {bins} too coarse for a disk of radius "
        f"{stack.disk.radius:.0f} pixels; shifts beyond max_shift, {max_shift:.0f} Å; a wrong scan step or "
        "detector calibration; a specimen without contrast"
    )


def _checked_blend(stack: BrightFieldStack, edge_blend: int) -> int:
    edge_blend = non_negative_integer("edge_blend", edge_blend)
    widest = min(stack.scan_shape) // 2
    if edge_blend > widest:
        raise ValueError(f"edge_blend must be at most {widest}, half of the scan's shorter side, got {edge_blend}")
    return edge_blend


def smallest_scan(stack: BrightFieldStack) -> None:
    """Raise if the scan has too few positions to see a shift."""
    ny, nx = stack.scan_shape
    if min(ny, nx) < _SMALLEST_SCAN:
        raise ValueError(
            f"stack has {ny} x {nx} scan positions; at least {_SMALLEST_SCAN} x {_SMALLEST_SCAN} positions are needed "
            "to see a shift: scan a larger field"
        )


def _checked_max_shift(stack: BrightFieldStack, max_shift: float | None) -> float:
    """Largest shift in Å to search for; the images must still overlap after it."""
    smallest_scan(stack)
    (ny, nx), steps = stack.scan_shape, stack.scan_sampling
    extent = min(ny * steps[0], nx * steps[1])
    if max_shift is None:
        return 0.75 * extent
    max_shift = positive_number("max_shift", max_shift, "in Å")
    if max_shift >= extent:
        raise ValueError(
            f"stack: the scan, {ny * steps[0]:.0f} x {nx * steps[1]:.0f} Å, is smaller than the largest shift, "
            f"max_shift={max_shift:g} Å; scan a larger field, or with less defocus"
        )
    return max_shift
