"""The poster of CrystalliteMap: marks over its pictures, merge heights and tree below them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from .borders import border_edges, joined_borders
from .colours import hue_name
from .figure import AXIAL, MEASURED, NEUTRAL, label_axes
from .merge_tree import TreeTop
from .numbers import short
from .posters import figure_rows

LARGEST_RING = 2  # times the radius of the rings of all frames
STEPS_END, TREE_START = 0.3, 0.36  # of the width of the plot: the two parts of it
NUMBERED = 0.025  # of the width of the map from the middle of a crystallite to its rim, where its number is written
FEWEST_TICKS = 3  # of the height
_LIGHT = [withStroke(linewidth=3, foreground="white")]
_APART = 0.03  # of the width of the plot, between two numbers at the cut
_ROOM = 1.15  # below the lowest cut, as a factor


@dataclass(frozen=True, eq=False)
class CrystalliteMarks:
    """What is drawn over the pictures of CrystalliteMap, and below them.

    top : the tree
    nodes : those left at the cut, the largest first
    meta : of the widget
    threshold : where the tree is cut
    chosen : place in `nodes` of the chosen crystallite, or None
    feature : number of the chosen feature
    places : (n, 2) pixels of the picture of the detector
    strengths : (n,) mean features of the chosen crystallite, or None
    truth : (scan_y, scan_x) whole numbers whose boundaries are drawn, or None
    """

    top: TreeTop
    nodes: list[int]
    meta: dict
    threshold: float
    chosen: int | None
    feature: int
    places: np.ndarray
    strengths: np.ndarray | None
    truth: np.ndarray | None

    def colour(self, place: int) -> str:
        """Colour of a crystallite, by its place."""
        return hue_name(self.meta["colours"][self.nodes[place]])


def draw_crystallites(panels, marks: CrystalliteMarks, *, smooth: bool):
    """Draw panels with their marks above the plot of the tree."""
    detector, labels = panels["detector"], panels["labels"]
    row = [
        panels["field"],
        (detector, partial(_mark_places, marks=marks, size=detector.pixel_size)),
        (labels, partial(_mark_labels, marks=marks, size=labels.pixel_size)),
    ]
    return figure_rows([row], partial(_draw_tree, marks=marks), smooth=smooth)


def ring_radii(strengths, ring: dict) -> np.ndarray:
    """Radii of rings whose areas say how strong a feature is, in pixels of the picture."""
    share = np.clip(np.asarray(strengths) / ring["full"], 0, 1)
    return LARGEST_RING * ring["radius"] * np.sqrt(share)


def _mark_places(axes, marks: CrystalliteMarks, size) -> None:
    """Draw a ring at each place, the chosen one strong."""
    axes.set_autoscale_on(False)
    ring = marks.meta["ring"]
    equal = np.full(len(marks.places), ring["radius"])
    radii = equal if marks.strengths is None else ring_radii(marks.strengths, ring)
    common = {"units": "xy", "facecolors": "none", "offset_transform": axes.transData}

    def rings(which, radii, **look):
        at = (marks.places[which] + 0.5) * size
        widths, heights = 2 * radii * size[1], 2 * radii * size[0]
        axes.add_collection(EllipseCollection(widths, heights, 0 * radii, offsets=at[:, ::-1], **common, **look))

    rings(slice(None), radii, edgecolors=MEASURED, linewidths=0.8)
    rings([marks.feature], equal[:1] * 1.5, edgecolors=AXIAL, linewidths=2, path_effects=_LIGHT)


def _mark_labels(axes, marks: CrystalliteMarks, size) -> None:
    """Draw boundaries, the chosen crystallite, its number and those of the others, and the truth."""
    axes.set_autoscale_on(False)
    axes.images[0].set_interpolation("nearest")  # colours between two crystallites mean nothing
    labels = marks.top.labels(marks.nodes)
    scale = np.array([size[1], size[0]])

    def lines(numbers, **look):
        axes.add_collection(LineCollection(border_edges(numbers) * scale, capstyle="projecting", **look))

    lines(labels, colors="black", linewidths=0.7, alpha=0.45)
    truth = [] if marks.truth is None else [(line * scale).T for line in joined_borders(marks.truth)]
    for x, y in truth:  # below the chosen one; dashes above: where both run, both are seen
        axes.plot(x, y, color="white", linewidth=2.5)
    if marks.chosen is not None:
        chosen = np.where(labels == marks.chosen, 1, -1)
        lines(chosen, colors="white", linewidths=4.5)
        lines(chosen, colors=AXIAL, linewidths=2.5)
    for x, y in truth:
        axes.plot(x, y, color="black", linewidth=1.2, linestyle=(0, (3, 2)))
    for place, node in enumerate(marks.nodes):
        if marks.meta["depths"][node] < NUMBERED * labels.shape[1]:
            continue
        y, x = (np.array(marks.meta["centres"][node]) + 0.5) * size
        axes.annotate(str(place + 1), (x, y), ha="center", va="center_baseline", fontsize=8, color="#111")


def _draw_tree(axes, marks: CrystalliteMarks) -> None:
    """Draw merge heights against the number of crystallites, and the tree beside them, over one axis of height."""
    low, high = marks.meta["ranges"]["threshold"]
    low, high = low / _ROOM, high * 1.0001  # one height alone has a scale, too
    axes.set(xlim=(0, 1), ylim=(low, high))
    axes.set_yscale("log")
    count = marks.top.count
    _draw_steps(axes, marks, low, high)
    for path, place in branches(marks.top, marks.threshold, marks.nodes, low, high):
        look = {"color": NEUTRAL, "linewidth": 1} if place is None else {"color": marks.colour(place), "linewidth": 2.5}
        x, y = np.array(path).T
        axes.plot(TREE_START + (1 - TREE_START) * x, y, solid_capstyle="butt", **look)
    axes.axhline(marks.threshold, color=AXIAL, linewidth=1.5)
    _number_branches(axes, marks)
    ticks = count_ticks(count)
    axes.set_xticks(step_place(ticks, count), [str(number) for number in ticks])
    heights = height_ticks(low, high)
    axes.set_yticks(heights, [short(at) for at in heights])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    label_axes(axes, "Merge heights and tree")
    axes.set_xlabel("number of crystallites", fontsize=8, color=NEUTRAL, labelpad=1, loc="left")
    axes.set_ylabel("merge height", fontsize=8, color=NEUTRAL, labelpad=1)


def step_place(count, most: int):
    """Where numbers of crystallites stand, in shares of the width of the plot."""
    return 0.01 + (STEPS_END - 0.01) * (np.asarray(count) - 1) / max(1, most - 1)


def count_ticks(most: int) -> list[int]:
    """Numbers of crystallites to write: 1, and from the largest down those that have room."""
    kept = [1]
    for number in (80, 60, 40, 20, 10, 5, 2):
        room = min(abs(step_place(number, most) - step_place(other, most)) for other in kept)
        if number <= most and room >= _APART:
            kept.append(number)
    return sorted(kept)


def height_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten within a range; even steps within one that is too short for them."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    if sum(low <= at <= high for at in ticks) < FEWEST_TICKS:
        ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high).tolist()
    return [at for at in ticks if low <= at <= high]


def _draw_steps(axes, marks: CrystalliteMarks, low: float, high: float) -> None:
    """Draw, for each height, how many crystallites are left by it, with a dot at the cut."""
    count = marks.top.count
    counts = np.repeat(np.arange(count, 0, -1), 2)
    heights = np.concatenate([[low], np.repeat(marks.top.heights, 2), [high]])
    axes.plot(step_place(counts, count), heights, color=NEUTRAL, linewidth=1.5)
    axes.plot([step_place(len(marks.nodes), count)], [marks.threshold], "o", color=AXIAL, markersize=5, clip_on=False)
    gap = marks.meta["gap"]
    if gap["shown"]:
        side = -1 if gap["count"] > 0.6 * count else 1
        options = {"xytext": (6 * side, 4), "textcoords": "offset points", "fontsize": 7, "color": NEUTRAL}
        place = (step_place(gap["count"], count), gap["threshold"])
        axes.annotate("largest gap", place, ha="left" if side > 0 else "right", **options)


def branches(top: TreeTop, threshold: float, nodes: list[int], low: float, high: float) -> list:
    """Lines of the tree, cut in two at the threshold: ([(x, height), ...], place of the crystallite or None above)."""
    place_of = {leaf: place for place, node in enumerate(nodes) for leaf in top.members[node]}
    heights, places = [low] * top.count + top.heights.tolist(), top.places()
    parents = {int(child): top.count + i for i, pair in enumerate(top.merges) for child in pair}
    lines = []
    for node, x in enumerate(places):
        foot = max(low, heights[node])
        end = heights[parents[node]] if node in parents else high
        place = place_of[top.members[node][0]]
        if foot <= threshold:
            lines.append(([(x, foot), (x, min(end, threshold))], place))
        if end > threshold:
            lines.append(([(x, max(foot, threshold)), (x, end)], None))
        if node >= top.count:
            ends = [places[child] for child in top.merges[node - top.count]]
            lines.append(([(at, foot) for at in ends], place if foot <= threshold else None))
    return sorted(lines, key=lambda line: line[1] is not None)


def _number_branches(axes, marks: CrystalliteMarks) -> None:
    """Write numbers where the cut meets the branches of crystallites, the largest first, as far as there is room."""
    places, taken = marks.top.places(), []
    for place, node in enumerate(marks.nodes):
        x = TREE_START + (1 - TREE_START) * places[node]
        if all(abs(x - other) >= _APART for other in taken):
            taken.append(x)
            options = {"xytext": (2, 3), "textcoords": "offset points", "fontsize": 7, "color": NEUTRAL}
            axes.annotate(str(place + 1), (x, marks.threshold), **options)
