"""Which figures a report shows: those that let a reader judge the result, thin enough for one page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .alignment import Alignment
from .bright_field import BrightFieldStack
from .processing import Processed
from .widgets import AlignmentMovie, ShiftField, TiltCorrection, Upsampling, VirtualBrightField
from .widgets.stack_state import binned, fitting_binning

_PAGE = 3_150_000  # bytes that a page may have, without the posters of its figures: 4 MB with them
_PICTURE = 900_000  # bytes of its picture, at most
_MOST = (2_500_000, 1_200_000, 600_000, 300_000, 150_000)  # values of all images in the shift field, until it fits ...
_OF_MOVIE = 0.18  # ... and so many times as many in the movie, which has two bytes for each
_WIDEST = 96  # scan positions along an axis of the part that is upsampled by all factors; the figure shows less of it


def chosen_figures(done: Processed) -> list[tuple]:
    """Widgets with a caption each, in the order of the work.

    Parameters
    ----------
    done : from `processing.process`

    Returns
    -------
    [(widget, caption)]
    """
    if done.outcome == "nothing":
        words = (
            "The image of ever more pixels around the axis. Where the specimen is seen with few of them and lost with "
            "more, there is a displacement to be found; where it is never seen, there is none."
        )
        return [(VirtualBrightField(done.stack), words)]
    optics = done.refinement if done.outcome == "refined" else done.fit
    before, after = [], [_upsampling(done, optics)]
    if optics is not None and optics.aberrations.defocus:
        words = (
            "The test of the defocus: the plain sum beside the sum of moved images. Move the slider; the sharpest "
            "picture belongs to the measured defocus, or the number is wrong."
        )
        before = [(TiltCorrection(optics), words)]
    room = _PAGE - min(_PICTURE, 2 * done.image.values.size) - _stored(before + after)
    return [*before, *_of_alignment(done.alignment, room), *after]


def _upsampling(done: Processed, optics) -> tuple:
    words = (
        "What upsampling gains, and how far it can be trusted: images and spectra on both sides of the scan's own "
        "limit, and below them what two halves of the disk agree on."
    )
    part = _middle(done.stack)
    if part is not done.stack:
        words += " It is made of the middle of the scan, {} × {} positions.".format(*part.scan_shape)
    known = replace(optics, stack=part) if optics is not None else done.shifts
    return Upsampling(part, known), words


def _middle(stack: BrightFieldStack) -> BrightFieldStack:
    """A part of the scan that is not too large to be upsampled by all factors, or all of it."""
    shape = stack.scan_shape
    if max(shape) <= _WIDEST:
        return stack
    rows, columns = (slice((n - min(n, _WIDEST)) // 2, (n + min(n, _WIDEST)) // 2) for n in shape)
    images = stack.images[:, rows, columns]
    mean = np.maximum(images.mean(axis=(1, 2), dtype=float), 1e-30).astype(np.float32)
    return replace(stack, images=images / mean[:, None, None], mean_counts=stack.mean_counts * mean)


def _of_alignment(alignment: Alignment, room: int) -> list[tuple]:
    """Movie and shift field in so many bytes; nothing of an alignment that found nothing."""
    if not alignment.found:
        return []
    movie = (
        "The alignment, step by step. Its step is linked to that of the shift field below: both show the same state."
    )
    field = (
        "Shifts as measured for each group of pixels (rings) and as fitted (arrows). They should grow evenly from the "
        "centre; rings that scatter about their arrows are noise, rings that curve away from them are aberrations of "
        "higher order. Choose an arrow to see its image before and after the shift."
    )
    for most in _MOST:
        figures = [
            (AlignmentMovie(_thin_movie(alignment, most * _OF_MOVIE), smooth=True), movie),
            (ShiftField(_thin(alignment, most), field="both"), field),
        ]
        if _stored(figures) <= room:
            break
    return figures


def _stored(figures: list[tuple]) -> int:
    """Bytes that code and arrays of figures take in a page."""
    assets = {}
    for widget, _ in figures:
        assets |= widget.static_payload()["assets"]
    return sum(len(asset["text"]) for asset in assets.values())


def _thin(alignment: Alignment, most: float) -> Alignment:
    """The same alignment of images with larger scan pixels, that have so many values at most."""
    stack = alignment.stack
    binning, _ = fitting_binning(len(stack), stack.scan_shape, most)
    return replace(alignment, stack=_coarser(stack, binning)) if binning > 1 else alignment


def _thin_movie(alignment: Alignment, most: float) -> Alignment:
    """The same alignment, the aligned images of its states with larger pixels."""
    binning, _ = fitting_binning(len(alignment.states), alignment.stack.scan_shape, most)
    if binning == 1:
        return alignment
    start, *steps = (
        replace(state, image=binned(state.image[None], binning)[0] / binning**2) for state in alignment.states
    )
    return Alignment(_coarser(alignment.stack, binning), start, tuple(steps))


def _coarser(stack: BrightFieldStack, binning: int) -> BrightFieldStack:
    """A stack whose scan pixels are so many times as large along each axis, and so their counts."""
    area = binning**2
    sampling = tuple(binning * step for step in stack.scan_sampling)
    images = binned(stack.images, binning) / np.float32(area)
    return replace(stack, images=images, mean_counts=area * stack.mean_counts, scan_sampling=sampling)
