"""The poster of MissingWedge: marks over its pictures, and the depth resolution against size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.patheffects import withStroke

from ..depth import depth_resolution
from .figure import AXIAL, FITTED, NEUTRAL, label_axes, nice_length
from .frequency_plane import label

TITLES = {"weight": "Weight W(k)", "object": "Object (rad)", "recorded": "Recorded", "weighted": "Weighted"}
_POINTS = 200  # of a curve
_ROOM = 1.3  # of the thickness of the object, on the axis of depth
_DARK = [withStroke(linewidth=3, foreground="black")]
_LIGHT = [withStroke(linewidth=3, foreground="white")]


def resolutions(sizes, beta: float, semiangle: float, energy: float) -> dict[str, np.ndarray]:
    """Distance in Å below which detail of some sizes (Å, > 0) has no depth, for beam, weight and one plane wave."""
    sizes = np.asarray(sizes, float)
    return {
        "beam": depth_resolution(1 / sizes, energy, semiangle),
        # half a period of the k_z at which the weight is one half
        "weight": beta * sizes / 2,
        "plane": depth_resolution(1 / sizes, energy),
    }


def mosaic(widget) -> tuple[list[list], Callable]:
    """Columns of (panel, marks), and the plot below them."""
    panels = widget.panels()
    columns = [[(panels["weight"], partial(_mark_weight, widget=widget))]]
    number, row = widget.places()
    slices, rows, _ = widget.phases.shape
    for name in ("object", "recorded", "weighted"):
        plane = (panels[f"{name}_plane"], partial(_mark_cut, share=(row + 0.5) / rows))
        arrow = "z ↓" if name == "object" else ""
        mark = partial(_mark_section, share=(number + 0.5) / slices, deep=widget.deep, arrow=arrow)
        columns.append([(panels[name], mark), plane])
    return columns, partial(_draw_resolution, widget=widget)


def _mark_cut(axes, share: float) -> None:
    """Draw where the other picture cuts this one, as a share of its height."""
    axes.axhline(share * axes.get_ylim()[0], color=AXIAL, linewidth=1)


def _mark_section(axes, share: float, deep: float, arrow: str) -> None:
    """Draw the cut, and a scale along the beam: a section is ``deep`` Å high."""
    _mark_cut(axes, share)
    _mark_upright(axes, deep / 10, "nm")
    label(axes, arrow, (0, 0), offset=(4, -11))


def _mark_upright(axes, height: float, unit: str) -> None:
    """Draw an upright scale bar at the right of a picture that is ``height`` high."""
    bottom, right = axes.get_ylim()[0], axes.get_xlim()[1]
    length = nice_length(0.3 * height)
    x, low = 0.95 * right, 0.94 * bottom
    for colour, thickness in (("black", 5), ("white", 3)):
        axes.plot([x, x], [low, low - length / height * bottom], color=colour, linewidth=thickness)
    label(axes, f"{length:g} {unit}", (x, low), offset=(-4, 0), side="right")


def _mark_weight(axes, widget) -> None:
    """Draw the cone of half weight and the limit of the beam over the plane of frequencies."""
    axes.set_autoscale_on(False)
    along, across = (1 / (2 * widget.meta[name]) for name in ("thickness", "sampling"))
    kx = np.linspace(0, across, _POINTS)
    limit = widget.limit(kx)
    reached = limit > 0
    reached[0] = True
    if widget.beta:
        _four_lines(axes, kx / across, kx / widget.beta / along, color=FITTED, linewidth=1.5, path_effects=_LIGHT)
    look = {"color": "white", "linewidth": 1.2, "linestyle": "--", "path_effects": _DARK}
    _four_lines(axes, kx[reached] / across, limit[reached] / along, **look)
    _mark_upright(axes, 2 * along, "1/Å")
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    label(axes, "$k_z$", (right / 2, 0), offset=(-4, -11))
    label(axes, "$k_x$", (right, bottom / 2), offset=(-4, -3), side="right")


def _four_lines(axes, x: np.ndarray, y: np.ndarray, **look) -> None:
    """Draw a line from the middle of a picture into each of its quarters, in halves of its width and height."""
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    for up, side in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        axes.plot(right / 2 * (1 + side * x), bottom / 2 * (1 + up * y), **look)


def _draw_resolution(axes, widget) -> None:
    """Draw depth resolution against size, as far as the object is deep."""
    largest, deep = widget.meta["sizes"][1], widget.deep / 10
    sizes = np.linspace(0, largest, _POINTS + 1)[1:]
    looks = {
        "beam": {"color": NEUTRAL, "linestyle": "--", "linewidth": 1.5, "label": "beam"},
        "weight": {"color": FITTED, "linewidth": 1.5, "label": "weight ½"},
        "plane": {"color": NEUTRAL, "linewidth": 0.8, "label": "one plane wave, d²/λ"},
    }
    for name, values in widget.resolution(sizes).items():
        shown = (values > 0) & (values / 10 <= deep)  # 0: nothing is taken away
        axes.plot(sizes, np.where(shown, values / 10, np.nan), **looks[name])
    axes.axhline(deep, color=NEUTRAL, linewidth=1, linestyle=(0, (1, 4)), label="thickness of the object")
    axes.set(xlim=(0, largest), ylim=(0, _ROOM * deep))
    label_axes(axes, "Depth resolution (nm)", "size d = 1/k (Å)")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=7, frameon=False, labelcolor=NEUTRAL)
