"""The beam of TiltedIllumination, projected on x, as a drawing for `ray_poster`, and the poster with what is beside it.

shared/tilted_drawing.js mirrors the drawing, shared/tilted_marks.js the marks over the pictures.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.patheffects import withStroke

from ..microscopes import MILLIMETRE
from ..rays import Column, Plane
from .figure import AXIAL, FITTED, WHOLE_DISK, WIDTH, draw_panel, empty_figure, label_axes
from .ray_poster import draw_rays, ray_points

HALF, DEPTH = 1.45, 4.0  # mm, half the width of the drawing, and its height
_LENS, _FOCUS = 0.9, 2.4  # mm from the source
_RIM = 0.95  # mm, radius of the disk on the detector
_DEEPEST = 1.1  # mm, where a specimen at the end of the slider is drawn
_DIRECTIONS = (-1.0, -0.5, 0.0, 0.5, 1.0)  # of the probe, in semi-angles


def tilted_drawing(defocus: float, deepest: float, away: float, inside: bool) -> dict:
    """The probe, the specimen before or behind its focus, and the rays that end in the chosen pixel.

    Parameters
    ----------
    defocus : Å, how far before the focus the specimen lies
    deepest : Å, the largest defocus that can be drawn
    away : kx of the pixel in semi-angles, < 0 to the left; what it is off along y cannot be seen from the side
    inside : whether the pixel belongs to the bright-field disk; if not, the rays that lead there are scattered

    Returns
    -------
    a drawing, see `ray_poster`
    """
    column = _column(_DEEPEST * defocus / deepest)
    slope = _RIM / (DEPTH - _FOCUS)
    probe = column.trace([[0.0, slope * direction] for direction in _DIRECTIONS], "focus")
    rays = [{"name": "disk", "points": ray_points(column, probe, i, MILLIMETRE)} for i in range(len(_DIRECTIONS))]
    specimen = column["specimen"].position / MILLIMETRE
    landing = slope * away * (specimen - _FOCUS)
    if inside:
        chosen = column.trace([[0.0, slope * away]], "focus")
        rays.append({"name": "axial", "points": ray_points(column, chosen, 0, MILLIMETRE)})
    else:
        starts = probe.heights[:, column.index("specimen")] / MILLIMETRE
        pixel = [_RIM * away, DEPTH]
        rays += [{"name": "bundle", "points": [[x, specimen], pixel], "dashed": True} for x in starts.tolist()]
    return {
        "half": HALF,
        "depth": DEPTH,
        "flow": 1,
        "parts": _parts(specimen),
        "rays": rays,
        "arrows": [{"name": "axial", "z": specimen, "from": 0, "to": landing}] if inside else [],
        "dots": [{"name": "axial", "x": _RIM * away, "z": DEPTH}],
    }


def _column(before: float) -> Column:
    """Column with the specimen ``before`` mm in front of the focus."""
    focal_length = 1 / (1 / _LENS + 1 / (_FOCUS - _LENS))
    planes = [
        Plane("source", 0.0),
        Plane("lens", _LENS * MILLIMETRE, focal_length=focal_length * MILLIMETRE),
        Plane("specimen", (_FOCUS - before) * MILLIMETRE),
        Plane("focus", _FOCUS * MILLIMETRE),
        Plane("detector", DEPTH * MILLIMETRE),
    ]
    return Column(tuple(sorted(planes, key=lambda plane: plane.position)))


def _parts(specimen: float) -> list[dict]:
    hole = _RIM / (DEPTH - _FOCUS) * (_FOCUS - _LENS)
    return [
        {"kind": "screen", "z": 0.0, "half": 0.2, "label": ["source"]},
        {"kind": "lens", "z": _LENS, "half": 1.1, "label": ["lens and", "aperture"]},
        {"kind": "aperture", "z": _LENS, "half": 1.3, "hole": hole},
        {"kind": "plane", "z": _FOCUS, "half": 1.2, "label": ["focus"]},
        {"kind": "specimen", "z": specimen, "half": 1.2, "label": ["specimen"]},
        {"kind": "screen", "z": DEPTH, "half": HALF, "disk": _RIM, "label": ["detector"]},
    ]


# ---- the poster

_BESIDE = 0.92  # how wide the drawing of the beam is, in pictures: with its labels it is as high as they are
_LABELS = 1.6  # mm of the drawing
_GAP, _TITLE = 0.28, 0.3  # inches, as wide as in a page
_RIM_OF_MARKS = [withStroke(linewidth=3, foreground="black")]


def figure_tilted(beam: dict, detector: tuple, image: tuple, smooth: bool) -> Figure:
    """Draw the beam, the detector and the image side by side.

    Parameters
    ----------
    beam : from `tilted_drawing`
    detector : Panel, chosen pixel (y, x) and radius of the disk, both in 1/Å
    image : Panel, and the displacement (y, x) in Å of the image, or None
    smooth : interpolate between pixels
    """
    side = (WIDTH - 2 * _GAP) / (2 + _BESIDE)
    height = side + _TITLE + 0.1
    figure, axes_at = empty_figure(WIDTH, height)
    axes = axes_at(0, 0.05, _BESIDE * side, side)
    label_axes(axes, "Beam, side view")
    draw_rays(axes, beam, labels=_LABELS)
    for left, mark, (panel, *marked) in (
        (_BESIDE * side + _GAP, _mark_pixel, detector),
        ((1 + _BESIDE) * side + 2 * _GAP, _mark_shift, image),
    ):
        axes = axes_at(left, 0.05, side, side)
        draw_panel(axes, panel, smooth=smooth)
        axes.set_autoscale_on(False)
        mark(axes, np.array(panel.extent) / 2, *marked)
    return figure


def _mark_pixel(axes, middle, k, rim: float) -> None:
    y, x = middle + np.array(k)
    axes.add_patch(Circle(middle[::-1], rim, fill=False, color=WHOLE_DISK, linewidth=1.5, path_effects=_RIM_OF_MARKS))
    axes.plot([x], [y], "o", color=AXIAL, markersize=7, markeredgecolor="black")


def _mark_shift(axes, middle, shift) -> None:
    y, x = middle
    axes.plot([x], [y], "+", color="white", markersize=9, path_effects=_RIM_OF_MARKS)
    if shift is None:
        return
    look = {"arrowstyle": "->", "color": FITTED, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    look["path_effects"] = [withStroke(linewidth=4, foreground="white")]
    tip = middle + shift
    if np.linalg.norm(shift) > 0.01 * axes.get_xlim()[1]:
        axes.annotate("", xy=tip[::-1], xytext=(x, y), arrowprops=look, annotation_clip=False).set_clip_on(True)
    text = {"fontsize": 8, "color": "white", "path_effects": _RIM_OF_MARKS, "clip_on": True}
    if np.linalg.norm(shift) < 1:
        return
    axes.annotate(f"{np.linalg.norm(shift):.0f} Å", tip[::-1], xytext=(6, 6), textcoords="offset points", **text)
