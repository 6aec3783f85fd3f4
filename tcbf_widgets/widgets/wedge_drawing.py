"""The poster of MissingWedge: marks over its pictures, and the depth resolution against size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.patheffects import withStroke

from .figure import AXIAL, FITTED, NEUTRAL, Panel, label_axes, nice_length
from .frequency_plane import label

TITLES = {"weight": "Weight W", "object": "Object (rad)", "recorded": "Recorded", "weighted": "Weighted"}
_POINTS = 200  # of a curve
_ROOM = 1.3  # of the thickness of the object, on the axis of depth
_DARK = [withStroke(linewidth=3, foreground="black")]
_LIGHT = [withStroke(linewidth=3, foreground="white")]


@dataclass(frozen=True)
class WedgeMarks:
    """What is drawn over the pictures of MissingWedge, and below them.

    Attributes
    ----------
    cuts : where section and plane are cut by each other, as shares of their heights
    deep : thickness of the object in Å
    highest : (k_z, q_x) at the rims of the weight, in 1/Å
    beta : β
    limit : (q_x in 1/Å) -> largest k_z of the beam
    largest : Å, the last size of the curves
    resolution : (sizes in Å) -> distances in Å, "beam", "weight" and "wave"
    """

    cuts: tuple[float, float]
    deep: float
    highest: tuple[float, float]
    beta: float
    limit: Callable
    largest: float
    resolution: Callable


def mosaic(panels: dict[str, Panel], marks: WedgeMarks) -> tuple[list[list], Callable]:
    """Columns of (panel, function that marks it), and the plot below them."""
    columns = [[(panels["weight"], partial(_mark_weight, marks=marks))]]
    in_section, in_plane = marks.cuts
    for name in ("object", "recorded", "weighted"):
        plane = (panels[f"{name}_plane"], partial(_mark_cut, share=in_plane))
        arrow = "z ↓" if name == "object" else ""
        mark = partial(_mark_section, share=in_section, deep=marks.deep, arrow=arrow)
        columns.append([(panels[name], mark), plane])
    return columns, partial(_draw_resolution, marks=marks)


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


def _mark_weight(axes, marks: WedgeMarks) -> None:
    """Draw the cone of half weight and the limit of the beam over the plane of frequencies."""
    axes.set_autoscale_on(False)
    along, across = marks.highest
    qx = np.linspace(0, across, _POINTS)
    limit = marks.limit(qx)
    reached = limit > 0
    reached[0] = True
    if marks.beta:
        _four_lines(axes, qx / across, qx / marks.beta / along, color=FITTED, linewidth=1.5, path_effects=_LIGHT)
    look = {"color": "white", "linewidth": 1.2, "linestyle": "--", "path_effects": _DARK}
    _four_lines(axes, qx[reached] / across, limit[reached] / along, **look)
    _mark_upright(axes, 2 * along, "1/Å")
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    label(axes, "$k_z$", (right / 2, 0), offset=(-4, -11))
    label(axes, "$q_x$", (right, bottom / 2), offset=(-4, -3), side="right")


def _four_lines(axes, x: np.ndarray, y: np.ndarray, **look) -> None:
    """Draw a line from the middle of a picture into each of its quarters, in halves of its width and height."""
    right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
    for up, side in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        axes.plot(right / 2 * (1 + side * x), bottom / 2 * (1 + up * y), **look)


def _draw_resolution(axes, marks: WedgeMarks) -> None:
    """Draw depth resolution against size, as far as the object is deep."""
    largest, deep = marks.largest, marks.deep / 10
    sizes = np.linspace(0, largest, _POINTS + 1)[1:]
    looks = {
        "beam": {"color": NEUTRAL, "linestyle": "--", "linewidth": 1.5, "label": "beam"},
        "weight": {"color": FITTED, "linewidth": 1.5, "label": "weight ½"},
        "wave": {"color": NEUTRAL, "linewidth": 1.2, "label": "one plane wave, d²/λ"},
    }
    for name, values in marks.resolution(sizes).items():
        shown = (values > 0) & (values / 10 <= deep)  # 0: nothing is taken away
        axes.plot(sizes, np.where(shown, values / 10, np.nan), **looks[name])
    axes.axhline(deep, color=NEUTRAL, linewidth=1, linestyle=(0, (1, 4)), label="thickness of the object")
    axes.set(xlim=(0, largest), ylim=(0, _ROOM * deep))
    label_axes(axes, "Depth resolution (nm)", "size d = 1/q (Å)")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=7, frameon=False, labelcolor=NEUTRAL)
