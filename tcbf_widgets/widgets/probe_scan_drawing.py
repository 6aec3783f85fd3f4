"""The poster of ProbeAndScan: probe, object and pattern in a square of four, and the mosaic beside it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from .figure import AXIAL, WIDTH, Panel, draw_panel, empty_figure
from .frequency_plane import label
from .scan_lattice import ScanLattice

_TITLE, _GAP = 0.28, 0.2  # inches
_DOT = 1.1  # points
_CHOSEN = (("black", 3), (AXIAL, 1.5))  # lines one over the other


def figure_probe_scan(panels: dict[str, Panel], lattice: ScanLattice, width: float, smooth: bool) -> Figure:
    """Draw the panels of ProbeAndScan with their marks.

    Parameters
    ----------
    panels : "amplitude", "phase", "object", "pattern" and "mosaic"
    lattice : positions of the scan
    width : of the illuminated circle, in pixels of the object
    smooth : interpolate between pixels

    Returns
    -------
    a matplotlib figure of its own: pyplot knows nothing of it
    """
    # four squares and the mosaic, as high as two of them with the title between
    side = (WIDTH - 2 * _GAP - _TITLE - _GAP) / 4
    large = 2 * side + _TITLE + _GAP
    total = large + _TITLE
    figure, axes_at = empty_figure(WIDTH, total)
    places = {
        "amplitude": (0, side + _TITLE + _GAP, side),
        "phase": (side + _GAP, side + _TITLE + _GAP, side),
        "object": (0, 0, side),
        "pattern": (side + _GAP, 0, side),
        "mosaic": (2 * (side + _GAP), 0, large),
    }
    for name, (left, bottom, edge) in places.items():
        axes = axes_at(left, bottom, edge, edge, name)
        draw_panel(axes, panels[name], smooth=smooth)
        _MARKS.get(name, lambda *_: None)(axes, panels[name], lattice, width)
    return figure


def _mark_probe(axes, panel: Panel, lattice: ScanLattice, width: float) -> None:
    middle = lattice.size // 2
    _circle(axes, (middle, middle), width, panel.pixel_size[0])


def _mark_object(axes, panel: Panel, lattice: ScanLattice, width: float) -> None:
    """Draw all positions, larger in the mosaic, circles of the chosen and the next one, the ends of the window."""
    pixel, size = panel.pixel_size[0], lattice.size
    in_mosaic = np.isin(np.arange(lattice.across**2), lattice.shown)
    for which, alpha in ((~in_mosaic, 0.5), (in_mosaic, 1.0)):
        y, x = (lattice.centres[which].T + 0.5) * pixel
        axes.plot(x, y, "o", color="white", alpha=alpha, markersize=_DOT * (1 + alpha), markeredgewidth=0)
    y, x = lattice.centre
    top, left = ((at + size // 2) % size for at in (y, x))
    for at, line in ((top, axes.axhline), (left, axes.axvline)):
        line(at * pixel, color="white", linewidth=0.8, linestyle=(0, (4, 3)))
    right, below = 2 * left > size, 2 * top < size  # of the crossing is where there is room
    above_bar = 0.22 * size if left < 0.8 * size and top > 0.7 * size else 0
    offset = (-3 if right else 3, -9 if below else 3)
    label(axes, "window’s end", (left * pixel, (top - above_bar) * pixel), offset, "right" if right else "left")
    for step, look in ((lattice.step, (("white", 0.8),)), (0, _CHOSEN)):
        for dy in (-size, 0, size):
            for dx in (-size, 0, size):
                _circle(axes, (y + dy, (x + step) % size + dx), width, pixel, look)
    axes.plot([(x + 0.5) * pixel], [(y + 0.5) * pixel], "o", color=AXIAL, markersize=4, markeredgecolor="black")
    axes.set(xlim=(0, size * pixel), ylim=(size * pixel, 0))


def _mark_mosaic(axes, panel: Panel, lattice: ScanLattice, width: float) -> None:
    """Frame the chosen pattern."""
    (row,), (column,) = np.nonzero(lattice.shown == lattice.number)
    pitch = (len(panel.values) + 1) / len(lattice.shown)
    for colour, thickness in (("black", 4), (AXIAL, 2.5)):
        axes.add_patch(
            Rectangle(
                (column * pitch, row * pitch), pitch - 1, pitch - 1, fill=False, edgecolor=colour, linewidth=thickness
            )
        )


def _circle(axes, centre, width: float, pixel: float, look=_CHOSEN) -> None:
    y, x = ((at + 0.5) * pixel for at in centre)
    for colour, thickness in look:
        axes.add_patch(Circle((x, y), width / 2 * pixel, fill=False, edgecolor=colour, linewidth=thickness))


_MARKS = {"amplitude": _mark_probe, "object": _mark_object, "mosaic": _mark_mosaic}
