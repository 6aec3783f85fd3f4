"""Which figures a report shows: those that let a reader judge the result, thin enough for one page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .alignment import Alignment
from .bright_field import BrightFieldStack
from .processing import Processed
from .widgets import AlignmentMovie, ShiftField, TiltCorrection, Upsampling, VirtualBrightField
from .widgets.stack_state import binned, fitting_binning

_MOST = 2_500_000  # values of all images in the shift field; in a page they take half a byte each
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
    figures = []
    if optics is not None and optics.aberrations.defocus:
        words = (
            "The test of the defocus: the plain sum beside the sum of moved images. Move the slider; the sharpest "
            "picture belongs to the measured defocus, or the number is wrong."
        )
        figures.append((TiltCorrection(optics), words))
    if done.alignment.found:
        figures += _of_alignment(done.alignment)
    words = (
        "What upsampling gains, and how far it can be trusted: images and spectra on both sides of the scan's own "
        "limit, and below them what two halves of the disk agree on."
    )
    part = _middle(done.stack)
    if part is not done.stack:
        words += " It is made of the middle of the scan, {} × {} positions.".format(*part.scan_shape)
    known = replace(optics, stack=part) if optics is not None else done.shifts
    return [*figures, (Upsampling(part, known), words)]


def _middle(stack: BrightFieldStack) -> BrightFieldStack:
    """A part of the scan that is not too large to be upsampled by all factors, or all of it."""
    shape = stack.scan_shape
    if max(shape) <= _WIDEST:
        return stack
    rows, columns = (slice((n - min(n, _WIDEST)) // 2, (n + min(n, _WIDEST)) // 2) for n in shape)
    images = stack.images[:, rows, columns]
    mean = np.maximum(images.mean(axis=(1, 2), dtype=float), 1e-30).astype(np.float32)
    return replace(stack, images=images / mean[:, None, None], mean_counts=stack.mean_counts * mean)


def _of_alignment(alignment: Alignment) -> list[tuple]:
    movie = (
        "The alignment, step by step. Its step is linked to that of the shift field below: both show the same state."
    )
    field = (
        "Shifts as measured for each group of pixels (rings) and as fitted (arrows). They should grow evenly from the "
        "centre; rings that scatter about their arrows are noise, rings that curve away from them are aberrations of "
        "higher order. Choose an arrow to see its image before and after the shift."
    )
    return [(AlignmentMovie(alignment), movie), (ShiftField(_thin(alignment), field="both"), field)]


def _thin(alignment: Alignment) -> Alignment:
    """The same alignment of images with larger scan pixels, so that a page can hold them."""
    stack = alignment.stack
    binning, _ = fitting_binning(len(stack), stack.scan_shape, _MOST)
    return replace(alignment, stack=_coarser(stack, binning)) if binning > 1 else alignment


def _coarser(stack: BrightFieldStack, binning: int) -> BrightFieldStack:
    """A stack whose scan pixels are so many times as large along each axis, and so their counts."""
    area = binning**2
    sampling = tuple(binning * step for step in stack.scan_sampling)
    images = binned(stack.images, binning) / np.float32(area)
    return replace(stack, images=images, mean_counts=area * stack.mean_counts, scan_sampling=sampling)
