"""The poster of BullseyeTemplate: pattern, template and correlation with their marks, and two plots below them."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from .figure import AXIAL, FITTED, MEASURED, NEUTRAL, WIDTH, draw_panel, empty_figure, label_axes
from .numbers import brief, grouped

_TITLE, _FOOT, _GAP, _UNDER = 0.28, 0.38, 0.35, 0.08  # inches
_SIDE, _RIGHT = 0.5, 0.12  # inches beside a plot for its labels
_PLOT = 1.4  # inches, height of a plot
_DASHES = ("-", (0, (5, 3)), (0, (1.5, 2)))
_PEAK = 2.5  # pixels, radius of the marks in the correlation


def figure_bullseye(widget) -> Figure:
    """Draw a BullseyeTemplate; the figure is not registered with pyplot."""
    panels = widget.panels()
    edge = (WIDTH - 2 * _GAP) / 3
    tall = edge * max(panel.extent[0] / panel.extent[1] for panel in panels.values())
    total = _TITLE + tall + _UNDER + _TITLE + _PLOT + _FOOT
    figure, axes_at = empty_figure(WIDTH, total)
    peaks = widget.peaks.positions
    marks = {
        "pattern": lambda axes: _mark_pattern(axes, peaks, widget),
        "template": lambda axes: None,
        "correlation": lambda axes: _rings(axes, peaks, _PEAK),
    }
    for number, (name, panel) in enumerate(panels.items()):
        height = edge * panel.extent[0] / panel.extent[1]
        axes = axes_at(number * (edge + _GAP), total - _TITLE - height, edge, height, name)
        draw_panel(axes, panel, smooth=widget.smooth)
        marks[name](axes)
        axes.set(xlim=(0, panel.extent[1]), ylim=(panel.extent[0], 0))
    plots = [_draw_profile, *([_draw_errors] if widget.meta["errors"] else [])]
    wide = (WIDTH - _GAP * (len(plots) - 1)) / len(plots)
    for number, draw in enumerate(plots):
        axes = axes_at(number * (wide + _GAP) + _SIDE, _FOOT, wide - _SIDE - _RIGHT, _PLOT)
        axes.patch.set_alpha(0.0)
        axes.tick_params(colors=NEUTRAL, labelsize=8)
        for name, spine in axes.spines.items():
            spine.set(color=NEUTRAL, visible=name in ("left", "bottom"))
        draw(axes, widget)
    return figure


def _mark_pattern(axes, peaks: np.ndarray, widget) -> None:
    if (disks := widget.disks) is not None:
        for y, x in disks.visible + 0.5:
            for colour, width, style in (("black", 1.6, "-"), ("white", 0.8, (0, (3.5, 2.5)))):
                look = {"edgecolor": colour, "linewidth": width, "linestyle": style}
                axes.add_patch(Circle((x, y), disks.radius, fill=False, **look))
    _rings(axes, peaks, widget.outer)


def _rings(axes, places: np.ndarray, radius: float) -> None:
    for y, x in places + 0.5:
        for colour, width in (("black", 2.2), (MEASURED, 1.2)):
            axes.add_patch(Circle((x, y), radius, fill=False, edgecolor=colour, linewidth=width))


def _draw_profile(axes, widget) -> None:
    r, curves = widget.profiles()
    axes.axhline(0, color=NEUTRAL, linewidth=0.6)
    if "probe" in curves:
        axes.plot(r, curves["probe"], color=NEUTRAL, linewidth=1.2, linestyle=(0, (4, 3)), label="probe")
    axes.plot(r, curves["template"], color=FITTED, linewidth=1.5, label="template")
    axes.set(xlim=(0, r[-1]), ylim=(-1.6, 1.1), yticks=(-1, 0, 1))
    _legend(axes)
    label_axes(axes, "Along a radius", "radius (px)")


def _draw_errors(axes, widget) -> None:
    for number, (name, errors) in enumerate(widget.meta["errors"].items()):
        look = {"linestyle": _DASHES[number % len(_DASHES)]}
        axes.plot(errors["electrons"], errors["bound"], color=FITTED, linewidth=1, **look)
        axes.plot(errors["electrons"], errors["rms"], color=MEASURED, marker="o", markersize=3, label=name, **look)
    axes.text(0.02, 0.04, "thin lines:\nlowest possible", transform=axes.transAxes, fontsize=7, color=NEUTRAL)
    axes.axvline(widget.electrons, color=AXIAL, linewidth=1)
    if (direct := widget.disks.direct) is not None:
        axes.plot([widget.electrons], [direct], "o", color=AXIAL, markersize=5)
    axes.set(xscale="log", yscale="log", xlim=widget.meta["ranges"]["electrons"])
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(lambda value, _: grouped(value))
    axes.yaxis.set_major_formatter(lambda value, _: brief(value))
    _legend(axes)
    label_axes(axes, "Error of the direct beam along one axis (px)", "electrons per pattern")


def _legend(axes) -> None:
    axes.legend(loc="upper right", fontsize=7, frameon=False, labelcolor=NEUTRAL)
