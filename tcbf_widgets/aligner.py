"""The steps of the alignment: measure the groups of one bin size, fit a field, take it if the images agree better."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .bright_field import group_means, group_pixels
from .frames import Frames, search_field
from .registration import Registration, matched_weight, shift_ramps
from .shift_fields import expectation, linear_field

# An update that raises the error is tried again at these fractions, once two starts have agreed, and then given up
_STEP_FRACTIONS = (1.0, 0.5, 0.25)
# Two starts agree if their shifts differ by less than this, root mean square, in scan pixels
_AGREEMENT = 0.5
# Until then a fall of the error counts if it exceeds so many standard deviations of its scatter by noise
_SIGNIFICANCE = 7.0
_FINEST_SEARCH = 8  # detector pixels: smaller groups are too dark to be searched without a guess


@dataclass(frozen=True, eq=False)
class AlignmentStep:
    """One step of the schedule, or the state before the first (``bin`` is then None).

    bin : edge of a group in detector pixels
    groups : (n,) group of each pixel, None before the first step
    image : (scan_y, scan_x) mean of the aligned images
    measured : (n, 2) Å, shift of each pixel's group as the cross-correlation found it
    shifts : (n, 2) Å, the fitted shifts that were applied
    fit : (3, 2) linear field: shifts = [1, k_y, k_x] @ fit
    error : root mean square deviation of the aligned images from their mean, relative to mean intensity
    fraction : share of the update that was taken, 1 unless it would have raised the error
    """

    bin: int | None
    groups: np.ndarray | None
    image: np.ndarray
    measured: np.ndarray
    shifts: np.ndarray
    fit: np.ndarray
    error: float
    fraction: float = 1.0


@dataclass(frozen=True, eq=False)
class Measurement:
    """Shifts found for one bin size; fields as in `AlignmentStep`."""

    bin: int
    groups: np.ndarray
    measured: np.ndarray
    fit: np.ndarray


class Aligner:
    """Carries out the steps of the schedule on one set of frames."""

    def __init__(self, frames: Frames, upsampling: int, max_shift: float):
        self.frames, self.stack, self.upsampling = frames, frames.stack, upsampling
        self.max_shift = max_shift
        self.reach = max_shift / min(frames.stack.scan_sampling)
        self.basis = np.column_stack([np.ones(len(self.stack)), self.stack.k])
        self.settled = False
        self._searched: dict[int, np.ndarray] = {}

    def start(self) -> AlignmentStep:
        """The state before the first step."""
        zero = np.zeros((len(self.stack), 2))
        image, error = self.frames.mean_and_error(zero)
        return AlignmentStep(None, None, image, zero, zero, np.zeros((3, 2)), error)

    def step(self, before: AlignmentStep, size: int) -> AlignmentStep:
        """Measure, fit and apply the shifts for one bin size.

        A coarse bin blurs its own images and may lock onto noise, or onto the neighbour in a crowded specimen. Until
        two starts agree, each step therefore also measures from a coarse search over all round shift fields,
        and the lower error wins.
        """
        if self.settled and before.fraction == 0 and before.bin == size:
            return before  # the same groups in the same places would say the same again
        group = group_pixels(self.stack.pixels, size)
        found = [self._measure(before.fit, size, group)]
        agreed = False
        if not self.settled:
            start = self._search(max(size, _FINEST_SEARCH))
            if not self._agree(start, found[0].fit):
                found.append(self._measure(start, size, group))
            agreed = self._agree(found[0].fit, found[-1].fit)
        self.settled |= agreed and bool(np.any(before.fit))
        tried = [self._take(before, candidate) for candidate in (found[:1] if agreed else found)]
        after = min(tried, key=lambda step: step.error)
        self.settled |= agreed and after.fraction > 0
        return after

    def _agree(self, first: np.ndarray, second: np.ndarray) -> bool:
        """Tell whether two linear fields are the same to a fraction of a scan step."""
        apart = self.basis @ (first - second) / self.stack.scan_sampling
        return bool(np.sqrt(np.mean(apart**2)) < _AGREEMENT)

    def _search(self, size: int) -> np.ndarray:
        """Linear field (3, 2) in Å from a coarse search on the mean images of groups as they are."""
        if size not in self._searched:
            found = search_field(self.frames, group_pixels(self.stack.pixels, size), self.max_shift)
            self._searched[size] = np.vstack([np.zeros(2), found.matrix])
        return self._searched[size]

    def _measure(self, start: np.ndarray, size: int, group: np.ndarray) -> Measurement:
        """Shifts as the groups show them, when each is registered from where the field ``start`` puts it."""
        shifts = self.basis @ start
        counts = np.bincount(group)
        updates = self._register_groups(shifts, group, size) * self.stack.scan_sampling
        # against the mean k of each group: against the k of its pixels the slope would come out too small
        fit = start + linear_field(group_means(self.stack.k, group), updates, counts)
        measured = shifts + updates[group] - fit[0]  # shifts count from the axial image
        fit[0] = 0
        return Measurement(size, group, measured, fit)

    def _take(self, before: AlignmentStep, found: Measurement) -> AlignmentStep:
        """Go towards the measured field as far as the error does not rise; not at all, if it always does."""
        for fraction in _STEP_FRACTIONS if self.settled else _STEP_FRACTIONS[:1]:
            trial = (1 - fraction) * before.fit + fraction * found.fit
            shifts = self.basis @ trial
            if np.linalg.norm(shifts, axis=1).max() > 1.25 * self.max_shift:
                continue  # an extrapolation far beyond what was searched is an accident
            image, error = self.frames.mean_and_error(shifts)
            if self._better(error, before.error):
                # a first guess that is too large is common, and not worth the wider frame
                wider = self.frames.wide_enough(shifts) if self.settled else self.frames
                if wider is not self.frames:
                    self.frames = wider
                    image, error = wider.mean_and_error(shifts)
                    if error > before.error:
                        continue
                return AlignmentStep(found.bin, found.groups, image, found.measured, shifts, trial, error, fraction)
        return replace(before, bin=found.bin, groups=found.groups, measured=found.measured, fraction=0.0)

    def _better(self, error: float, before: float) -> bool:
        """Tell whether an error is to be believed: once two starts agreed, if it did not rise; until then, if it fell
        by more than noise alone can give to the best of many trials.

        The power that the mean image of n images explains by accident scatters by √(2/positions)/n of the total.
        """
        if self.settled:
            return error <= before
        scatter = error * np.sqrt(2 / np.prod(self.stack.scan_shape)) / (2 * len(self.stack))
        return error < before - _SIGNIFICANCE * scatter

    def _register_groups(self, shifts: np.ndarray, group: np.ndarray, size: int) -> np.ndarray:
        """Update (groups, 2) in scan pixels that brings each group's image onto the running reference.

        Groups are visited in shells from the centre outwards. The shells already registered say where
        the next one should be found, which keeps it from a false peak of noise or of a periodic specimen.
        """
        frames = self.frames
        halves, counts = frames.half_group_spectra(shifts, group)
        spectra = halves.sum(axis=0)
        register = Registration(frames.shape, self.upsampling, matched_weight(*halves, frames.shape))
        k = group_means(self.stack.k, group)
        shell = np.rint(np.linalg.norm(k / self.stack.reciprocal_sampling, axis=1) / size).astype(int)
        updates, expected, reach = np.zeros((len(counts), 2)), np.zeros((len(counts), 2)), self.reach
        reference = np.zeros_like(spectra[0])
        for g in range(len(counts)):
            if g and shell[g] > shell[g - 1]:
                shell_end = g + np.count_nonzero(shell[g:] == shell[g])
                expected, reach = expectation(k, updates, counts, g, shell_end, self.reach)
            if g:
                updates[g] = register(spectra[g], reference, expected[g], reach)
            along_y, along_x = shift_ramps(frames.shape, -updates[g : g + 1])
            reference += spectra[g] * along_y[0][:, None] * along_x[0]
        return updates
