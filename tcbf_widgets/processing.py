"""The whole way from a scan to an image and its resolution, with what every stage had to say."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import numpy as np
from tqdm.auto import tqdm

from ._checks import require
from .aberrations import AberrationFit, fit_aberrations, fitted_names
from .alignment import DEFAULT_BINS, Alignment, align, smallest_scan
from .ambiguity import check_sign
from .bright_field import BrightFieldStack
from .checkpoints import Checkpoints
from .contrast import correct_contrast, spectral_snr
from .doubts import doubts, notes
from .fourdstem import FourDSTEM
from .gathering import Gathered, Gathering
from .kept_stages import (
    pack_alignment,
    pack_gathered,
    pack_refinement,
    unpack_alignment,
    unpack_gathered,
    unpack_refinement,
)
from .memory import share_heap
from .refinement import STANDS_OUT, Refinement, refine_aberrations
from .resolution import RingCorrelation, fourier_ring_correlation, half_sets
from .upsampling import UpsampledImage, checked_factor
from .upsampling import upsample as upsampled

_USUAL_RADIUS = 26.0  # detector pixels; with a smaller disk the usual bins would leave too few groups


@dataclass(frozen=True, eq=False)
class Processed:
    """What `process` has found.

    gathered : the stack, and how it came about
    alignment : by cross-correlation
    refinement : aberrations and rotation by maximum likelihood; of infinite uncertainty if nothing was found
    fit : aberrations that the alignment alone tells of, None if it tells of none
    outcome : "refined"; "aligned" if something stands out of the noise and only the alignment could be carried to its
        end; "nothing"
    image : sum of the images, moved by ``shifts``, on a finer grid; of "nothing" that of the scan, and not moved
    flipped, corrected : the same with its phases flipped, and by Wiener's filter; None without refined aberrations
    rings : correlation of two half-sets of ``image``; None of "nothing", or if there are no halves
    remarks : what stages warned of, and what else speaks against the numbers
    notes : what was done to the scan as it should be, and its small price
    """

    gathered: Gathered
    alignment: Alignment
    refinement: Refinement
    fit: AberrationFit | None
    outcome: str
    image: UpsampledImage
    flipped: UpsampledImage | None
    corrected: UpsampledImage | None
    rings: RingCorrelation | None
    remarks: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def stack(self) -> BrightFieldStack:
        """The virtual images."""
        return self.gathered.stack

    @property
    def shifts(self) -> np.ndarray:
        """(n, 2) Å, scan axes: by which the images were moved back."""
        return _shifts(self.outcome, self.alignment, self.refinement)

    @property
    def dose(self) -> float:
        """Counts per Å² on the whole detector; electrons, where the detector counts them."""
        return float(self.stack.disk.mean_pattern.sum() / np.prod(self.stack.scan_sampling))


def process(
    data: FourDSTEM | BrightFieldStack,
    *,
    upsample: int = 4,
    max_radial_order: int = 1,
    max_angular_order: int = 2,
    defocus_sign: int | None = None,
    progress: bool = False,
    checkpoints: Checkpoints | None = None,
    **gathering,
) -> Processed:
    """Reconstruct a scan from end to end.

    Survey, stack, alignment, refinement, upsampled sum, correction of contrast, and the correlation of half-sets, each
    as by hand. The bright-field stack is the one large thing that is kept; the detector is binned so that all stages
    stay within ``memory``.

    Parameters
    ----------
    data : the scan, or a stack of it
    upsample : pixels per scan step of the image, 1 to 8
    max_radial_order, max_angular_order, defocus_sign : see `tcbf.refine_aberrations`
    progress : show progress bars
    checkpoints : where finished stages are kept and looked for; None for nowhere
    gathering : threshold, bin, descan, memory, engine, workers of a scan, see `Gathering`

    Returns
    -------
    Processed. Warnings of the stages are in its ``remarks``, and not given

    Raises
    ------
    ValueError for a bad argument, a scan without a bright-field disk or of less than 8 x 8 positions, or too little
        memory
    """
    if not isinstance(data, BrightFieldStack):
        require("data", data, FourDSTEM, "from tcbf.open(path), or a stack from tcbf.bright_field_stack(data)")
    factor, how = checked_factor(upsample, "upsample"), Gathering(**gathering)
    fitted_names(max_radial_order, max_angular_order)
    check_sign(defocus_sign)
    smallest_scan(data)
    share_heap()
    run = _Run(checkpoints, progress)
    if isinstance(data, BrightFieldStack):
        gathered = Gathered(data, 1, None, ())
    else:
        gathered = run.stage("stack", lambda: how.gather(data, progress), pack_gathered, unpack_gathered)
    stack = gathered.stack

    def aligned():
        return align(stack, schedule(stack.disk.radius), progress=progress)

    def refined():
        orders = (max_radial_order, max_angular_order)
        return refine_aberrations(stack, *orders, defocus_sign=defocus_sign, progress=progress)

    alignment = run.stage("alignment", aligned, pack_alignment, partial(unpack_alignment, stack))
    best = run.stage("refinement", refined, pack_refinement, partial(unpack_refinement, stack))
    outcome = _outcome(alignment, best)
    with run.listening():
        fit = _fit(alignment, best, outcome)
    run.remarks += doubts(gathered, best, fit, outcome)
    with run.listening():
        pictures = _pictures(stack, outcome, _shifts(outcome, alignment, best), best, factor)
    said = {"remarks": tuple(run.remarks), "notes": tuple(notes(gathered, best, outcome))}
    return Processed(gathered, alignment, best, fit, outcome, **pictures, **said)


def schedule(radius: float) -> tuple[int, ...]:
    """Bins of the alignment: the usual ones, and finer ones if the disk is of few pixels.

    >>> schedule(40.0), schedule(6.5)
    ((32, 32, 16, 16, 8, 8), (8, 8, 4, 4, 2, 2))
    """
    return tuple(max(1, round(size * min(1.0, radius / _USUAL_RADIUS))) for size in DEFAULT_BINS)


class _Run:
    """Stages one after another: each is looked for among the checkpoints, done if it is not there, and kept."""

    def __init__(self, checkpoints: Checkpoints | None, progress: bool):
        self.checkpoints, self.progress, self.remarks = checkpoints, progress, []

    def stage(self, name: str, work, pack, unpack):
        kept = self.checkpoints.load(name) if self.checkpoints else None
        if kept is not None:
            arrays, facts = kept
            self.remarks += facts.pop("remarks")
            if self.progress:
                tqdm.write(f"{name}: finished before, taken from the cache", file=sys.stderr)
            return unpack(arrays, facts)
        before = len(self.remarks)
        with self.listening():
            result = work()
        if self.checkpoints:
            arrays, facts = pack(result)
            self.checkpoints.save(name, arrays, facts | {"remarks": self.remarks[before:]})
        return result

    @contextmanager
    def listening(self):
        """What is warned of becomes a remark; warnings that are not ours are passed on."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        for warning in caught:
            if warning.category is UserWarning:
                self.remarks.append(str(warning.message))
            else:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _outcome(alignment: Alignment, best: Refinement) -> str:
    if np.isfinite(best.covariance).all():
        return "refined"
    return "aligned" if best.significance >= STANDS_OUT and alignment.found else "nothing"


def _shifts(outcome: str, alignment: Alignment, best: Refinement) -> np.ndarray:
    if outcome == "nothing":
        return np.zeros((len(alignment.stack), 2))
    return best.shifts if outcome == "refined" else alignment.shifts


def _fit(alignment: Alignment, best: Refinement, outcome: str) -> AberrationFit | None:
    """The same lens by shifts alone, for comparison: with the sign and the transposition that are settled already."""
    if outcome == "nothing" or not alignment.found:
        return None
    known = {"transpose": best.transpose, "defocus_sign": 1 if best.aberrations.defocus >= 0 else -1}
    try:
        return fit_aberrations(alignment, **(known if outcome == "refined" else {}))
    except ValueError:  # too few groups
        return None


def _pictures(stack: BrightFieldStack, outcome: str, shifts: np.ndarray, best: Refinement, factor: int) -> dict:
    """Image, its corrections and the correlation of its halves, as fields of `Processed`."""
    factor = 1 if outcome == "nothing" else factor
    pictures = {"image": upsampled(stack, shifts, factor), "flipped": None, "corrected": None, "rings": None}
    if outcome == "nothing":
        return pictures
    try:
        halves = [upsampled(stack, shifts, factor, subset=half) for half in half_sets(stack)]
        pictures["rings"] = fourier_ring_correlation(*halves)
    except ValueError as error:
        warnings.warn(str(error), stacklevel=1)
    if outcome == "refined":
        pictures["flipped"] = correct_contrast(pictures["image"], best, "flip")
    if outcome == "refined" and pictures["rings"] is not None:
        ratio = spectral_snr(pictures["rings"], best)
        if ratio.full.any():
            pictures["corrected"] = correct_contrast(pictures["image"], best, "wiener", snr=ratio)
        else:
            warnings.warn("half-sets of the images have nothing in common: no Wiener filter was applied", stacklevel=1)
    return pictures
