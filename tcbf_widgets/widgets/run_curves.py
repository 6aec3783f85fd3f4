"""Posters of runs: their curves against the epoch, told apart by line styles, and a place for those that come."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from .figure import NEUTRAL, WIDTH, empty_figure, label_axes
from .posters import draw_cursor

TITLES = {"loss": "Loss", "psnr": "PSNR (dB)", "ssim": "SSIM", "phase_rms": "Phase error (rad)"}
LOGARITHMIC = ("loss", "phase_rms")
STYLES = ("-", (0, (6, 3)), (0, (1.5, 2)), (0, (8, 3, 1.5, 3)), (0, (3, 3)), (0, (8, 2, 1.5, 2, 1.5, 2)))


def draw_runs(axes, name: str, runs: dict[str, tuple[list[int], np.ndarray]], chosen: str, at: int) -> None:
    """Draw a curve of every run, the chosen one strong, with a cursor at one of its epochs.

    Parameters
    ----------
    name : of the curve, a key of TITLES
    runs : numbers of the epochs and values, by label
    chosen : label of a run
    at : number of an epoch
    """
    for style, (label, (numbers, values)) in zip(STYLES, runs.items(), strict=False):
        known = np.isfinite(values) & ((values > 0) | (name not in LOGARITHMIC))
        width, alpha = (2, 1) if label == chosen else (1.25, 0.7)
        axes.plot(numbers, np.where(known, values, np.nan), NEUTRAL, ls=style, lw=width, alpha=alpha, label=label)
    numbers, values = runs[chosen]
    if name in LOGARITHMIC:
        _use_logarithm(axes, np.concatenate([values for _, values in runs.values()]))
    if name == "ssim":
        axes.set_ylim(min(0.0, axes.get_ylim()[0]), 1.02)
    draw_cursor(axes, at, values[np.searchsorted(numbers, at, "right") - 1])
    axes.margins(x=0.08)  # so that the last number has its room
    label_axes(axes, TITLES[name], "epoch")
    if name == "loss" and len(runs) > 1:
        axes.legend(fontsize=7, frameon=False, labelcolor=NEUTRAL)


def _use_logarithm(axes, values: np.ndarray) -> None:
    """Make the axis logarithmic, with numbers between the powers of ten where there would be one at most."""
    positive = values[values > 0]
    if not positive.size:
        return
    axes.set_yscale("log")
    if positive.max() < 30 * positive.min():
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())


def waiting_figure(text: str) -> Figure:
    """A poster that holds one sentence."""
    figure, _ = empty_figure(WIDTH, 0.6)
    figure.text(0.5, 0.5, text, fontsize=9, color=NEUTRAL, ha="center", va="center")
    return figure
