"""Words for the state of a reconstruction, as shared/movie_words.js writes them."""

from __future__ import annotations

import math

from .numbers import MINUS, fixed
from .runs import CURVES, Runs


def small(value: float) -> str:
    """Two digits, with an exponent below a thousandth.

    >>> small(0.0054), small(0.00012), small(0.31), small(12.0)
    ('0.0054', '1.2e−4', '0.31', '12')
    """
    if not math.isfinite(value):
        return "–"
    if value and abs(value) < 1e-3:
        digits, power = f"{value:.1e}".split("e")
        return f"{digits}e{MINUS}{abs(int(power))}".replace("-", MINUS)
    return fixed(value, max(0, 1 - math.floor(math.log10(abs(value))))) if value else "0"


def values_text(values: tuple[float, ...]) -> str:
    """Loss and, where there is a truth, how near the reconstruction comes to it."""
    loss, psnr, ssim, phase_rms = (values[CURVES.index(name)] for name in ("loss", "psnr", "ssim", "phase_rms"))
    text = f"loss {small(loss)}"
    if math.isnan(phase_rms):
        return text
    decibels = "infinite" if math.isinf(psnr) else f"{fixed(psnr, 1)} dB"
    return f"{text}, PSNR {decibels}, SSIM {fixed(ssim, 3)}, phase error {small(phase_rms)} rad"


def slice_text(layer: int, count: int) -> str:
    """Which slice is shown, and that the numbers are those of all.

    >>> slice_text(0, 1), slice_text(0, 2), slice_text(1, 3)
    ('', ', slice 1 of 2 shown; both slices', ', slice 2 of 3 shown; all 3 slices')
    """
    if count == 1:
        return ""
    return f", slice {layer + 1} of {count} shown; {'both' if count == 2 else f'all {count}'} slices"


def binned_text(binning: int) -> str:
    """What each pixel of the images is, where the object has too many for a page."""
    return f"; images binned, {binning} × {binning} pixels to one" if binning > 1 else ""


def course_of(runs: Runs) -> str:
    """Where the loss of every run began and ended."""
    courses = []
    for label in runs.labels:
        loss = runs.curve(label, "loss")
        of_run = f" of {label}" if label else ""
        courses.append(f"the loss{of_run} goes from {small(float(loss[0]))} to {small(float(loss[-1]))}")
    return ", ".join(courses)
