"""A column of lenses with its rays, drawn with matplotlib as shared/ray_diagram.js draws it in a page.

A drawing is plain data, in mm with x to the right and z down the page: the head of ray_diagram.js says what it holds.
`draw_rays(axes, drawing)` draws it, `ray_points` makes a line of a traced ray.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ..rays import Column, RayPaths
from .figure import AXIAL, NEUTRAL, WHOLE_DISK, WIDTH, empty_figure, label_axes

_COLOURS = {"axial": AXIAL, "bundle": AXIAL, "disk": WHOLE_DISK, "neutral": NEUTRAL}
_WIDTHS = {"axial": 1.8, "bundle": 0.8, "disk": 0.8, "neutral": 0.8}
_LINE = 0.26  # mm of the drawing, of a label
_LABELS = 2.3  # mm, for the labels on the right
_EDGE = 0.1  # mm, on the left


def ray_points(column: Column, paths: RayPaths, number: int, unit: float, after: bool = False) -> list[list[float]]:
    """Points (x, z) of a traced ray, as far as it passes, in units of `unit` Å.

    Parameters
    ----------
    column, paths : a column, and what its `trace` returned
    number : of the ray
    unit : Å
    after : from where it is stopped on instead, where it would run
    """
    points = np.column_stack([paths.heights[number], paths.positions]) / unit
    stops = np.flatnonzero(~paths.passes[number])
    if stops.size:
        points = points[stops[0] :] if after else points[: stops[0] + 1]
    return points.tolist()


def spread(wanted, sizes, limits: tuple[float, float]) -> np.ndarray:
    """Centres of labels that do not overlap, moved by as little as possible (least squares).

    Parameters
    ----------
    wanted : where they want to be, ascending
    sizes : their heights
    limits : they stay in between, as long as they fit

    >>> spread([1, 1, 9], [1, 1, 1], (0, 10))
    array([0.5, 1.5, 9. ])
    """
    sizes = np.asarray(sizes, float)
    # measured from where each would lie if all were stacked, the centres must not descend
    stacked = np.cumsum(sizes) - sizes / 2
    groups: list[list[float]] = []
    for place in np.asarray(wanted, float) - stacked:
        groups.append([place])
        while len(groups) > 1 and np.mean(groups[-2]) >= np.mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    shifts = np.concatenate([np.full(len(group), np.mean(group)) for group in groups]) if groups else stacked
    return stacked + np.maximum(limits[0], np.minimum(limits[1] - sizes.sum(), shifts))


def figure_rays(drawings: dict[str, dict], width: float = WIDTH) -> Figure:
    """Draw several drawings side by side, each under its title.

    Returns
    -------
    a matplotlib figure of its own: pyplot knows nothing of it
    """
    column = width / len(drawings)
    spans = [(2 * drawing["half"] + _EDGE + _LABELS, drawing["depth"] + 0.6) for drawing in drawings.values()]
    height = max(column * deep / wide for wide, deep in spans) + 0.3
    figure, axes_at = empty_figure(width, height)
    for number, (title, drawing) in enumerate(drawings.items()):
        axes = axes_at(number * column, 0, column, height - 0.3)
        label_axes(axes, title)
        draw_rays(axes, drawing)
    return figure


def draw_rays(axes, drawing: dict, labels: float = _LABELS) -> None:
    """Draw one drawing into matplotlib axes, with so many mm for the labels on its right."""
    half, depth = drawing["half"], drawing["depth"]
    axes.axis("off")
    axes.set(xlim=(-half - _EDGE, half + labels), ylim=(depth + 0.3, -0.3), aspect="equal", anchor="NW")
    axes.plot([0, 0], [-0.15, depth + 0.15], color=NEUTRAL, linewidth=0.6, linestyle=(0, (8, 3, 1, 3)))
    for part in drawing["parts"]:
        _GLYPHS[part["kind"]](axes, part, part.get("half", half))
    for ray in drawing["rays"]:
        x, z = np.transpose(ray["points"])
        style = (0, (4, 3)) if ray.get("dashed") else "solid"
        axes.plot(x, z, color=_COLOURS[ray["name"]], linewidth=_WIDTHS[ray["name"]], linestyle=style)
    for arrow in drawing.get("arrows", ()):
        if arrow["from"] != arrow["to"]:
            ends = {"xy": (arrow["to"], arrow["z"]), "xytext": (arrow["from"], arrow["z"])}
            look = {"arrowstyle": "->", "color": _COLOURS[arrow["name"]], "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", arrowprops=look, **ends)
    for dot in drawing.get("dots", ()):
        colour = _COLOURS[dot["name"]]
        axes.plot(dot["x"], dot["z"], "o", color=colour, markersize=5, fillstyle="none" if dot.get("open") else "full")
    _draw_labels(axes, drawing)
    _draw_flow(axes, drawing)


def _draw_labels(axes, drawing: dict) -> None:
    half = drawing["half"]
    named = sorted((part for part in drawing["parts"] if part.get("label")), key=lambda part: part["z"])
    sizes = [_LINE * len(part["label"]) + 0.05 for part in named]
    centres = spread([part["z"] for part in named], sizes, (-0.25, drawing["depth"] + 0.25))
    for part, centre in zip(named, centres, strict=True):
        first = centre - _LINE * (len(part["label"]) - 1) / 2
        lead = [half + 0.03, half + 0.08, half + 0.24, half + 0.27], [part["z"], part["z"], first, first]
        axes.plot(*lead, color=NEUTRAL, linewidth=0.5)
        for row, text in enumerate(part["label"]):
            axes.text(half + 0.31, first + row * _LINE, text, fontsize=7, color=NEUTRAL, va="center")


def _draw_flow(axes, drawing: dict) -> None:
    """Draw which way the electrons go."""
    flow, x = drawing["flow"], 0.1 - drawing["half"]
    z = (0 if flow > 0 else drawing["depth"]) + 0.1 * flow
    look = {"arrowstyle": "->", "color": NEUTRAL, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=(x, z + 0.45 * flow), xytext=(x, z), arrowprops=look)
    axes.text(x + 0.15, z + 0.2 * flow, "e⁻", fontsize=7, color=NEUTRAL, va="center")


def _lens(axes, part: dict, half: float) -> None:
    x = np.linspace(-half, half, 41)
    bulge = 0.1 * (1 - (x / half) ** 2)
    axes.fill_between(x, part["z"] - bulge, part["z"] + bulge, color=NEUTRAL, alpha=0.25, linewidth=0)
    for side in (-1, 1):
        axes.plot(x, part["z"] + side * bulge, color=NEUTRAL, linewidth=0.8)


def _deflector(axes, part: dict, half: float) -> None:
    for side in (-1, 1):
        axes.plot([side * (half + 0.07)] * 2, [part["z"] - 0.15, part["z"] + 0.15], color=NEUTRAL, linewidth=4)


def _aperture(axes, part: dict, half: float) -> None:
    for side in (-1, 1):
        axes.plot([side * part["hole"], side * half], [part["z"]] * 2, color=NEUTRAL, linewidth=2)


def _specimen(axes, part: dict, half: float) -> None:
    axes.fill_between([-half, half], part["z"] - 0.07, part["z"] + 0.07, color=NEUTRAL, alpha=0.4, linewidth=0)


def _screen(axes, part: dict, half: float) -> None:
    axes.plot([-half, half], [part["z"]] * 2, color=NEUTRAL, linewidth=2)
    disk = part.get("disk", 0)
    axes.plot([-disk, disk], [part["z"]] * 2, color=WHOLE_DISK, linewidth=3)


def _plane(axes, part: dict, half: float) -> None:
    axes.plot([-half, half], [part["z"]] * 2, color=NEUTRAL, linewidth=0.8, linestyle=(0, (3, 3)))


_GLYPHS = {
    "lens": _lens,
    "deflector": _deflector,
    "aperture": _aperture,
    "specimen": _specimen,
    "screen": _screen,
    "plane": _plane,
}
