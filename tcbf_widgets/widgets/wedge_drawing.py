"""The poster of MissingWedge: marks over its pictures, and the depth resolution against size."""

from __future__ import annotations

import numpy as np
from matplotlib.patheffects import withStroke

from ..depth import depth_resolution
from .figure import AXIAL, FITTED, NEUTRAL, nice_length
from .frequency_plane import label

TITLES = {
    "weight": "Weight W(k)",
    "object": "Object",
    "recorded": "Recorded by the beam",
    "weighted": "Weighted",
}
_POINTS = 200  # of a curve
_RIM = [withStroke(linewidth=3, foreground="black")]


def resolutions(sizes, beta: float, semiangle: float, energy: float) -> dict[str, np.ndarray]:
    """Distance in Å below which detail of some sizes (Å, > 0) has no depth, for beam, weight and one plane wave."""
    sizes = np.asarray(sizes, float)
    return {
        "beam": depth_resolution(1 / sizes, energy, semiangle),
        # half a period of the k_z at which the weight is one half
        "weight": beta * sizes / 2,
        "plane": depth_resolution(1 / sizes, energy),
    }


def mosaic(widget) -> tuple[list[list], object]:
    """Columns of (panel, marks), and the plot below them."""
    panels = widget.panels()
    columns = [[(panels["weight"], lambda axes: mark_weight(axes, widget))]]
    number, row = widget._places()
    slices, rows = (len(panels[name].values) for name in ("object", "object_plane"))
    for name in ("object", "recorded", "weighted"):
        section, plane = panels[name], panels[f"{name}_plane"]
        depth = slices * widget.meta["thickness"]
        columns.append(
            [
                (section, lambda axes, at=(number + 0.5) / slices, d=depth: mark_section(axes, at, d)),
                (plane, lambda axes, at=(row + 0.5) / rows: mark_cut(axes, at)),
            ]
        )
    return columns, lambda axes: draw_resolution(axes, widget)


def mark_cut(axes, share: float) -> None:
    """Draw where the other picture cuts this one, as a share of its height."""
    axes.axhline(share * axes.get_ylim()[0], color=AXIAL, linewidth=1.2)


def mark_section(axes, share: float, depth: float) -> None:
    """Draw the cut, and a scale along the beam: a section is ``depth`` Å high."""
    mark_cut(axes, share)
    mark_upright(axes, depth / 10, "nm")


def mark_upright(axes, height: float, unit: str) -> None:
    """Draw an upright scale bar at the right of a picture that is ``height`` high."""
    bottom, right = axes.get_ylim()[0], axes.get_xlim()[1]
    length = nice_length(0.3 * height)
    x, low = 0.95 * right, 0.94 * bottom
    for colour, thickness in (("black", 5), ("white", 3)):
        axes.plot([x, x], [low, low - length / height * bottom], color=colour, linewidth=thickness)
    label(axes, f"{length:g} {unit}", (x, low), offset=(-4, 0), side="right")


def mark_weight(axes, widget) -> None:
    """Draw the limit of the beam and the cone of half weight over the plane of frequencies."""
    axes.set_autoscale_on(False)
    highest = [1 / (2 * widget.meta[name]) for name in ("thickness", "sampling")]
    (right, _), (_, bottom) = axes.get_xlim()[::-1], axes.get_ylim()[::-1]
    kx = np.linspace(0, highest[1], _POINTS)

    def line(kz, **look):
        kept = np.isfinite(kz)
        for up in (-1, 1):
            for side in (-1, 1):
                axes.plot(
                    right / 2 * (1 + side * kx[kept] / highest[1]),
                    bottom / 2 * (1 + up * kz[kept] / highest[0]),
                    **look,
                )

    with np.errstate(divide="ignore", invalid="ignore"):
        line(kx / widget.beta if widget.beta else np.full_like(kx, np.nan), color=FITTED, linewidth=1.5)
    limit = widget.limit(kx)
    line(np.where(limit > 0, limit, np.nan), color="white", linewidth=1.2, linestyle="--", path_effects=_RIM)
    mark_upright(axes, 2 * highest[0], "1/Å")


def draw_resolution(axes, widget) -> None:
    """Draw depth resolution against size, as far as the object is deep."""
    largest, depth = widget.meta["sizes"][1], len(widget._phases) * widget.meta["thickness"] / 10
    sizes = np.linspace(0, largest, _POINTS + 1)[1:]
    looks = {
        "beam": {"color": NEUTRAL, "linestyle": "--", "linewidth": 1.5, "label": f"beam, {widget.semiangle:g} mrad"},
        "weight": {"color": FITTED, "linewidth": 1.5, "label": "weight ½"},
        "plane": {"color": NEUTRAL, "linewidth": 0.8, "label": "plane wave, d²/λ"},
    }
    for name, values in widget.resolution(sizes).items():
        axes.plot(sizes, np.where(values / 10 <= depth, values / 10, np.nan), **looks[name])
    axes.set(xlim=(0, largest), ylim=(0, depth))
    axes.set_title("Depth resolution (nm)", fontsize=9, color=NEUTRAL, loc="left", pad=4)
    axes.set_xlabel("size d = 1/k (Å)", fontsize=8, color=NEUTRAL, labelpad=1)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, fontsize=7, frameon=False, labelcolor=NEUTRAL)
