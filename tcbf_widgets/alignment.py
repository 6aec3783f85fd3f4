"""Iterative alignment of the virtual bright-field images, from coarse bins to fine ones.

One step of the schedule: sum neighbouring pixels into groups; register each group's mean image, from
the centre of the disk outwards, to a running reference; fit the shifts by a linear field in k; move
the *original* images by the fitted shifts. Shifts are composed and images are never re-interpolated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from tqdm.auto import tqdm

from ._checks import non_negative_integer, positive_integer
from .bright_field import BrightFieldStack, group_pixels
from .frames import Frames
from .registration import Registration, matched_weight, shift_ramps

DEFAULT_BINS = (32, 32, 16, 16, 8, 8)
# An update that raises the error is tried again at these fractions, then given up
_STEP_FRACTIONS = (1.0, 0.5, 0.25)
# Two starts agree if their shifts differ by less than this, root mean square, in scan pixels
_AGREEMENT = 0.5
# A linear field has six numbers: from this many groups on it can foretell the next shell
_ENOUGH_GROUPS = 5
_REWEIGHTINGS = 8


@dataclass(frozen=True, eq=False)
class AlignmentStep:
    """One step of the schedule, or the state before the first (``bin`` is then None).

    bin : edge of a group in detector pixels
    group : (n,) group of each pixel, None before the first step
    image : (scan_y, scan_x) mean of the aligned images
    measured : (n, 2) Å, shift of each pixel's group as the cross-correlation found it
    shifts : (n, 2) Å, the fitted shifts that were applied
    fit : (3, 2) linear field: shifts = [1, k_y, k_x] @ fit
    error : root mean square deviation of the aligned images from their mean, relative to mean intensity
    fraction : share of the update that was taken, 1 unless it would have raised the error
    """

    bin: int | None
    group: np.ndarray | None
    image: np.ndarray
    measured: np.ndarray
    shifts: np.ndarray
    fit: np.ndarray
    error: float
    fraction: float = 1.0


@dataclass(frozen=True, eq=False)
class Alignment:
    """Result of `align`.

    stack : the virtual images, untouched
    steps : the state before the first step, then one `AlignmentStep` per bin of the schedule
    """

    stack: BrightFieldStack
    steps: tuple[AlignmentStep, ...]

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
        return np.array([step.error for step in self.steps])

    def __repr__(self) -> str:
        bins = ", ".join(str(step.bin) for step in self.steps[1:])
        return f"Alignment({len(self.stack)} images, bins {bins}, error {self.errors[0]:.4f} to {self.errors[-1]:.4f})"


def align(
    stack: BrightFieldStack,
    bins=DEFAULT_BINS,
    *,
    padding: int = 8,
    edge_blend: int = 4,
    upsampling: int = 8,
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
    progress : show a progress bar

    Returns
    -------
    Alignment; its errors never rise

    Raises
    ------
    ValueError if bins are not positive integers, or the scan is smaller than the largest shift

    Reference: Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250, section on parallax imaging.
    """
    bins = _checked_bins(bins)
    padding = non_negative_integer("padding", padding)
    edge_blend = non_negative_integer("edge_blend", edge_blend)
    upsampling = positive_integer("upsampling", upsampling)
    frames = Frames(stack, padding, edge_blend)
    aligner = _Aligner(frames, upsampling)
    steps = [aligner.start()]
    for size in tqdm(bins, desc="align", disable=not progress):
        steps.append(aligner.step(steps[0], steps[-1], size))
    return Alignment(stack, tuple(steps))


def _checked_bins(bins) -> tuple[int, ...]:
    values = np.atleast_1d(np.asarray(bins, dtype=object)).ravel()
    if not len(values):
        raise ValueError("bins must hold at least one positive integer, got none")
    return tuple(positive_integer("bins", value) for value in values)


class _Aligner:
    """Carries out the steps of the schedule on one set of frames."""

    def __init__(self, frames: Frames, upsampling: int):
        self.frames, self.stack, self.upsampling = frames, frames.stack, upsampling
        self.basis = np.column_stack([np.ones(len(self.stack)), self.stack.k])
        self.settled = False

    def start(self) -> AlignmentStep:
        """The state before the first step."""
        zero = np.zeros((len(self.stack), 2))
        image, error = self.frames.mean_and_error(zero)
        return AlignmentStep(None, None, image, zero, zero, np.zeros((3, 2)), error)

    def step(self, first: AlignmentStep, before: AlignmentStep, size: int) -> AlignmentStep:
        """Measure, fit and apply the shifts for one bin size.

        A coarse bin blurs its own images and may lock onto noise. Until two starts agree, each step
        therefore also measures from the untouched images, and the lower error wins.
        """
        after = self._from(before, before, size)
        if before is not first and not self.settled:
            restarted = self._from(first, before, size)
            apart = (after.shifts - restarted.shifts) / self.stack.scan_sampling
            self.settled = bool(np.sqrt(np.mean(apart**2)) < _AGREEMENT)
            after = min(after, restarted, key=lambda step: step.error)
        return after

    def _from(self, start: AlignmentStep, before: AlignmentStep, size: int) -> AlignmentStep:
        """One step that measures from the shifts of ``start``; its error is not above that of ``before``."""
        group = group_pixels(self.stack.pixels, size)
        updates = self._register_groups(start.shifts, group, size)
        measured = start.shifts + updates[group] * self.stack.scan_sampling
        fit = linear_field(self.stack.k, measured, np.ones(len(measured)))
        measured = measured - fit[0]  # shifts count from the axial image
        fit[0] = 0
        _check_reach(self.stack, self.basis @ fit, size)
        for fraction in _STEP_FRACTIONS:
            trial = (1 - fraction) * before.fit + fraction * fit
            image, error = self.frames.mean_and_error(self.basis @ trial)
            if error <= before.error:
                return AlignmentStep(size, group, image, measured, self.basis @ trial, trial, error, fraction)
        return replace(before, bin=size, group=group, measured=measured, fraction=0.0)

    def _register_groups(self, shifts: np.ndarray, group: np.ndarray, size: int) -> np.ndarray:
        """Update (groups, 2) in scan pixels that brings each group's image onto the running reference.

        Groups are visited in shells from the centre outwards. The shells already registered say where
        the next one should be found, which keeps it from a false peak of noise or of a periodic specimen.
        """
        frames = self.frames
        halves, counts = frames.half_group_spectra(shifts, group)
        spectra = halves.sum(axis=0)
        register = Registration(frames.shape, self.upsampling, matched_weight(*halves, frames.shape))
        k = np.stack([np.bincount(group, axis) / counts for axis in self.stack.k.T], axis=1)
        shell = np.rint(np.linalg.norm(k / self.stack.reciprocal_sampling, axis=1) / size).astype(int)
        updates, expected, reach = np.zeros((len(counts), 2)), np.zeros((len(counts), 2)), frames.reach
        reference = np.zeros_like(spectra[0])
        for g in range(len(counts)):
            if g and shell[g] > shell[g - 1]:
                expected, reach = _expectation(k, updates, counts, g, frames.reach)
            if g:
                updates[g] = register(spectra[g], reference, expected[g], reach)
            along_y, along_x = shift_ramps(frames.shape, -updates[g : g + 1])
            reference += spectra[g] * along_y[0][:, None] * along_x[0]
        return updates


def _expectation(k, updates, counts, known: int, reach: float) -> tuple[np.ndarray, float]:
    """Where all groups should lie (groups, 2) by the first ``known`` of them, and how far to search, in pixels."""
    if known < _ENOUGH_GROUPS:
        return np.zeros_like(updates), reach
    fit = linear_field(k[:known], updates[:known], counts[:known])
    expected = np.column_stack([np.ones(len(k)), k]) @ fit
    scatter = np.median(np.linalg.norm(updates[:known] - expected[:known], axis=1))
    return expected, float(np.clip(4 * scatter, 2.0, reach))


def linear_field(k: np.ndarray, shifts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Linear field through shifts, of which some may be far off.

    Parameters
    ----------
    k : (n, 2) spatial frequencies
    shifts : (n, 2)
    weights : (n,) of each shift

    Returns
    -------
    (3, 2) fit with least weighted sum of distances: shifts ≈ [1, k_y, k_x] @ fit
    """
    basis = np.column_stack([np.ones(len(k)), k])
    trust = np.asarray(weights, float)
    for _ in range(_REWEIGHTINGS):
        root = np.sqrt(trust)[:, None]
        fit = np.linalg.lstsq(basis * root, shifts * root, rcond=None)[0]
        distance = np.linalg.norm(shifts - basis @ fit, axis=1)
        # least distances by reweighting; the median keeps weights finite near the fit
        trust = weights / np.maximum(distance, max(np.median(distance), 1e-12))
    return fit


def _check_reach(stack: BrightFieldStack, shifts: np.ndarray, size: int) -> None:
    """The images must still overlap after they have moved."""
    largest = np.abs(shifts).max(axis=0)
    extent = np.array(stack.scan_shape) * stack.scan_sampling
    if (largest >= extent).any():
        raise ValueError(
            f"stack: the scan is smaller than the largest shift, {largest.max():.0f} Å found with bin {size} "
            f"in a scan of {extent[0]:.0f} x {extent[1]:.0f} Å; scan a larger field, or with less defocus"
        )
