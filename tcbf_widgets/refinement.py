"""Aberrations and rotation from all images at once, by maximum likelihood and without a starting guess."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from tqdm.auto import tqdm

from ._checks import require
from .aberrations import FittedOptics, fitted_names
from .alignment import smallest_scan
from .ambiguity import check_sign, check_transpose, choose_twin, lens_of_linear_field, wrapped
from .bright_field import BrightFieldStack, group_pixels
from .frames import Frames, search_field
from .group_transfer import PixelGroups
from .lens import Lens
from .likelihood import Slopes, inverse, most_probable_specimen, signal_to_noise
from .optics import Aberrations
from .patch import Patch
from .steadying import steadied

_SEARCHED_ACROSS = 13  # groups along the diameter of the disk in the search
_LARGEST_PATCH = 96  # scan positions along an axis; a larger scan is divided
# Noise alone reaches about so many standard deviations in scans of 24 x 24 positions, and up to 10 in smaller ones or
# with small disks, which later steps refuse; the darkest scans that can be refined exceed 10
STANDS_OUT = 6.0
_SMALL_SHIFTS = 6.0  # scan steps at the rim
_MOST_STEPS = 8
_SPECTRA, _MARGIN = 8, 7  # arrays of a spectrum per group at once, measured; usual positions around a patch
_FIRST, _FURTHER = 8, 4  # iterations for the specimen: from nothing, and from that of the step before
_IMITATION = 1  # iterations for the change of the specimen that imitates one of the optics


@dataclass(frozen=True)
class _Effort:
    """How much work one climb up the likelihood is given.

    groups : of detector pixels, about
    limit : of the frequencies in units of 1/(scan step); 0.5 is Nyquist's
    tolerance : largest last step in standard deviations; what is left is less than a tenth of it
    """

    groups: int
    limit: float
    tolerance: float

    def highest(self, stack: BrightFieldStack) -> float:
        """Largest frequency in 1/Å, at most that which the aperture lets through."""
        return min(self.limit / max(stack.scan_sampling), 2 * stack.rim)


# waves that the scan resolves forgive a start that is further off; from there on all count
_ROUGH = _Effort(groups=150, limit=0.5, tolerance=1.0)
_FINE = _Effort(groups=600, limit=1.0, tolerance=0.3)


@dataclass(frozen=True, eq=False, repr=False)
class Refinement(FittedOptics):
    """Result of `refine_aberrations`; fields of `FittedOptics`, and

    significance : by how many standard deviations the shift field stood out of all that were tried
    """

    significance: float


def refine_aberrations(
    stack: BrightFieldStack,
    max_radial_order: int = 1,
    max_angular_order: int = 2,
    *,
    transpose: bool | None = None,
    defocus_sign: int | None = None,
    progress: bool = False,
) -> Refinement:
    """Find aberrations and the rotation between detector and scan under which all images are most likely.

    A search over round shift fields gives the start. Then the logarithm of the likelihood is maximised by Newton steps
    with its analytic gradient, over all frequencies up to twice the scan's Nyquist frequency, with the specimen
    unknown inside the scan and around it (see `likelihood`). Nothing need be known, and no image is registered.

    Parameters
    ----------
    stack : virtual images
    max_radial_order, max_angular_order : highest m, 1 to 3, and n, 0 to 4, of the coefficients C_mn
    transpose : whether the detector is read out with exchanged axes; None takes what lets the defocus exceed the
        astigmatism
    defocus_sign : 1 or -1 if the sign of the defocus is known; None lets the contrast decide, see `ambiguity`
    progress : show a progress bar

    Returns
    -------
    Refinement, with uncertainties from the Fisher information. If nothing stands out of the noise, or the steps do not
    settle, it warns, and the uncertainties are infinite.

    They are those of noise. A weak phase, a round disk and counts that are independent from pixel to pixel are taken
    for granted; strong or crystalline specimens, disks of few pixels and descan add 0.1 to 1 % that no uncertainty
    shows.

    Raises
    ------
    ValueError if the scan is smaller than 8 x 8 positions, or the orders are unknown

    Reference: the model is that of Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250, the treatment of the
    border and of the frequencies beyond the scan's our own.
    """
    require("stack", stack, BrightFieldStack, "from tcbf.bright_field_stack(data)")
    names = fitted_names(max_radial_order, max_angular_order)
    check_sign(defocus_sign)
    check_transpose(transpose)
    smallest_scan(stack)
    steady = steadied(stack)
    lens, significance = _start(steady, transpose)
    if significance < STANDS_OUT:
        why = _nothing_found(stack, significance)
        return _unknown(stack, lens.only(names), names, defocus_sign, significance, why)
    with tqdm(desc="refine", disable=not progress) as bar:
        lens, covariance = _maximise(steady, lens.only(names), names, bar)
    if covariance is None:
        return _unknown(stack, lens, names, defocus_sign, significance, _not_converged(stack, names))
    lens, confidence = choose_twin(steady, lens, defocus_sign)
    optics = (lens.aberrations, wrapped(lens.rotation_deg), lens.transpose)
    return Refinement(stack, *optics, names, covariance, confidence, significance)


def _not_converged(stack: BrightFieldStack, names) -> str:
    return (
        f"the refinement did not converge: uncertainties are infinite. Possible reasons: the {len(stack)} pixels "
        f"of the disk are too few for {len(names)} parameters; more astigmatism than defocus with an unknown or wrong "
        "transpose; too few orders for the aberrations at hand; descan; a wrong scan step or detector calibration; a "
        "specimen without detail"
    )


def _nothing_found(stack: BrightFieldStack, significance: float) -> str:
    return (
        f"no shift field stands out of the noise: the best of all that were tried does by {significance:.1f} standard "
        f"deviations, and noise alone may reach {STANDS_OUT:g}. Uncertainties are infinite. Possible reasons: too few "
        f"electrons ({stack.mean_counts.mean():.2g} per position and pixel) or positions; a disk of few pixels (radius "
        f"{stack.disk.radius:.0f}); noise that neighbouring pixels share; a wrong scan step or detector calibration; a "
        "specimen without contrast"
    )


def _unknown(stack: BrightFieldStack, lens: Lens, names, defocus_sign, significance: float, why: str) -> Refinement:
    """A result that is no more than the best guess: infinite uncertainties, and the sign only if it was given."""
    warnings.warn(why, stacklevel=3)
    confidence = 0.0
    if defocus_sign is not None:
        lens, confidence = choose_twin(stack, lens, defocus_sign)
    covariance = np.diag(np.full(len(names), np.inf))
    optics = (lens.aberrations, wrapped(lens.rotation_deg), lens.transpose)
    return Refinement(stack, *optics, names, covariance, confidence, significance)


def _start(stack: BrightFieldStack, transpose: bool | None) -> tuple[Lens, float]:
    """Lens of the best round shift field, and how far that stands out."""
    frames = Frames(stack, 8, 4)
    group = group_pixels(stack.pixels, max(1, round(2 * stack.disk.radius / _SEARCHED_ACROSS)))
    extent = min(n * step for n, step in zip(stack.scan_shape, stack.scan_sampling, strict=True))
    reach = min(0.75 * extent, 2 / max(stack.reciprocal_sampling))
    found = search_field(frames, group, reach, zooms=3, astigmatic=True)
    lens = lens_of_linear_field(found.matrix.T, stack.energy, transpose)
    if np.abs(lens.shifts(stack.k, stack.energy)).max() < _SMALL_SHIFTS * min(stack.scan_sampling):
        lens = _SmallShifts(stack).start(lens, transpose)
    return lens, found.significance


class _SmallShifts:
    """A start for scans in which images differ in contrast about as much as in place, so that shifts alone mislead.

    The power that the transfer Γ explains has a wide summit there: a third of the defocus and thirty degrees. Trials
    in steps of about that size, and then finer ones, find it.
    """

    def __init__(self, stack: BrightFieldStack):
        self.groups = _grouped(stack, _ROUGH)
        parts = _parts(self.groups.images(stack))
        # one part of the scan tells enough for a start: that which shows most. Noise has a variance of 1 in each,
        # and `steadied` has taken out what makes one part brighter than another: what is more is the specimen's
        self.images, self.sampling = max(parts, key=np.var), stack.scan_sampling
        self.highest = _ROUGH.highest(stack)
        self.unit = min(stack.scan_sampling) / (stack.wavelength * stack.rim)  # of defocus: one scan step at the rim

    def start(self, found: Lens, transpose: bool | None) -> Lens:
        """The best of all lenses with small shifts, ``found`` among them."""
        sides = (False, True) if transpose is None else (transpose,)
        coarse = [
            Lens(Aberrations.from_defocus(steps * self.unit), turn, side)
            for steps in (0.5, 1, 1.5, 2, 3, 4, 5)
            for turn in range(-150, 181, 30)
            for side in sides
        ]
        best = self._best([found, *coarse], 0.6)
        for factors, turns in (((0.6, 0.8, 1, 1.2, 1.4), (0,)), ((1,), (-20, -10, 0, 10, 20)), ((0.85, 1, 1.15), (0,))):
            defocus = best.aberrations.defocus
            trials = [
                Lens(Aberrations.from_defocus(factor * defocus), best.rotation_deg + turn, best.transpose)
                for factor in factors
                for turn in turns
            ]
            best = self._best(trials, 1.0)
        return best

    def _best(self, lenses: list[Lens], share: float) -> Lens:
        """The lens that explains most, from frequencies up to this share of the highest."""
        patch = Patch(self.images, self.sampling, (0, 0), share * self.highest)

        def explained(lens: Lens) -> float:
            return float(np.sum(np.square(np.abs(patch.project(self.groups.transfer(patch.q, lens).direction)))))

        return max(lenses, key=explained)


def patch_bytes(pixels: int, scan_shape) -> int:
    """About how many bytes a climb takes at its height, beside the stack and copies of it."""
    groups = pixels / np.ceil(np.sqrt(pixels / _FINE.groups)) ** 2
    frame = np.prod([min(n, _LARGEST_PATCH) + 2 * _MARGIN for n in scan_shape], dtype=float)
    components = np.pi / 2 * _FINE.limit**2 * frame  # half of a circle
    return int(_SPECTRA * np.dtype(np.complex64).itemsize * components * groups)


def _grouped(stack: BrightFieldStack, effort: _Effort) -> PixelGroups:
    return PixelGroups(stack, int(np.ceil(np.sqrt(len(stack) / effort.groups))))


def _maximise(stack: BrightFieldStack, lens: Lens, names, bar) -> tuple[Lens, np.ndarray | None]:
    """Most likely lens, and the covariance of ``names``; None if there is no telling."""
    covariance = None
    for effort in (_ROUGH, _FINE):
        climb = _Climb(stack, _grouped(stack, effort), lens, effort.highest(stack))
        lens, covariance = climb.run(names, effort, bar)
        if covariance is None:
            break
    return lens, covariance


class _Climb:
    """Newton steps up the likelihood, with all frequencies up to one limit."""

    def __init__(self, stack: BrightFieldStack, groups: PixelGroups, lens: Lens, limit: float):
        shifts = np.abs(lens.shifts(groups.k, groups.energy)).max(axis=0)
        margin = np.minimum(np.ceil(shifts / stack.scan_sampling).astype(int) + 1, stack.scan_shape)
        self.patches = [Patch(part, stack.scan_sampling, margin, limit) for part in _parts(groups.images(stack))]
        self.groups, self.lens = groups, lens
        self.specimens = [np.zeros(len(patch.q), np.complex64) for patch in self.patches]

    def run(self, names, effort: _Effort, bar) -> tuple[Lens, np.ndarray | None]:
        """The lens after the last step and the covariance of ``names``, None if the steps did not become small."""
        covariance, size, settling = None, np.inf, False
        for _ in range(_MOST_STEPS):
            # as long as steps shrink fast the information of an earlier lens is good enough
            score, information = self._slopes(names, with_information=not settling)
            covariance = covariance if settling else inverse(information)
            if covariance is None:
                break
            step = covariance @ score
            size, before = float(np.sqrt(max(score @ step, 0.0))), size
            settling = size < 0.5 * before
            self.lens = self.lens.moved(names, step if size <= before else step / 2)
            bar.update()
            if np.all(np.abs(step) < effort.tolerance * np.sqrt(np.diag(covariance))):
                return self.lens, covariance
        return self.lens, None

    def _slopes(self, names, with_information: bool) -> tuple[np.ndarray, np.ndarray]:
        """Score (parameters,) and, if wanted, information (parameters, parameters) of all patches; else that is 0."""
        score, information = 0.0, 0.0
        for index, patch in enumerate(self.patches):
            transfer = self.groups.transfer(patch.q, self.lens)
            projection = patch.project(transfer.direction)
            ratio = signal_to_noise(patch, transfer, projection)
            before = self.specimens[index]
            iterations = _FURTHER if before.any() else _FIRST
            z = most_probable_specimen(patch, transfer, ratio, projection, before, iterations)
            self.specimens[index] = z
            slopes = Slopes(patch, self.groups, transfer, names)
            score = score + slopes.score(z)
            if with_information:
                information = information + slopes.information(z, ratio, _IMITATION)
        return score, information


def _parts(images: np.ndarray) -> list[np.ndarray]:
    """Equal parts of the scan, of at most 96 positions along each axis; a few rows or columns may be left over."""
    counts = [int(np.ceil(n / _LARGEST_PATCH)) for n in images.shape[:2]]
    height, width = (n // count for n, count in zip(images.shape[:2], counts, strict=True))
    return [
        images[y * height : (y + 1) * height, x * width : (x + 1) * width]
        for y in range(counts[0])
        for x in range(counts[1])
    ]
