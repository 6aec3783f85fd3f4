"""Posters of widgets: pictures, curves and arrows in columns, laid out as the views lay them out."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from .figure import AXIAL, FITTED, MEASURED, NEUTRAL, WIDTH, Panel, draw_panel, empty_figure, label_axes

_TITLE, _FOOT, _GAP = 0.28, 0.38, 0.35  # inches
_SIDE = 0.5  # inches left of a plot for its labels
_RIGHT = 0.2  # and right of it, for half of the last one
_UNDER = 0.08  # inches under a picture
_PLOT = 1.4  # inches, height of a plot as wide as the figure
_ARROW_COLOURS = {"measured": MEASURED, "fitted": FITTED, "predicted": FITTED, "true": NEUTRAL}
_REACH = 0.35  # length of the longest arrow in radii of the disk


def figure_columns(*columns: list, smooth: bool = False, width: float = WIDTH) -> Figure:
    """Draw columns of equal width side by side.

    Parameters
    ----------
    columns : each a list of Panel (drawn as picture, with its aspect) or of functions that draw into axes;
        a function alone in its column is as high as the picture beside it
    smooth : interpolate between pixels
    width : of the figure, in inches

    Returns
    -------
    a matplotlib figure of its own: pyplot knows nothing of it
    """
    column_width = (width - _GAP * (len(columns) - 1)) / len(columns)
    heights = [[_height(item, column_width) for item in column] for column in columns]
    total = max(sum(column) for column in heights)
    figure, axes_at = empty_figure(width, total)
    for number, (column, sizes) in enumerate(zip(columns, heights, strict=True)):
        left, top = number * (column_width + _GAP), total
        for item, size in zip(column, sizes, strict=True):
            is_panel = isinstance(item, Panel)
            side, foot = (0.0, _UNDER) if is_panel else (_SIDE, _FOOT)
            axes = axes_at(left + side, top - size + foot, column_width - side, size - _TITLE - foot)
            _draw(axes, item, smooth)
            top -= size
    return figure


def figure_rows(rows: list[list], plot, *, smooth: bool = False, width: float = WIDTH) -> Figure:
    """Draw rows of pictures, those of a row equally high, and below them a plot as wide as all.

    Parameters
    ----------
    rows : lists of Panel, or of (Panel, function that draws over it)
    plot : function that draws into axes
    smooth : interpolate between pixels
    width : of the figure, in inches

    Returns
    -------
    a matplotlib figure of its own: pyplot knows nothing of it
    """
    rows = [[item if isinstance(item, tuple) else (item, None) for item in row] for row in rows]
    aspects = [[panel.extent[1] / panel.extent[0] for panel, _ in row] for row in rows]
    heights = [(width - _GAP * (len(row) - 1)) / sum(row) for row in aspects]
    top = total = sum(heights) + (_TITLE + _UNDER) * len(rows) + _below()
    figure, axes_at = empty_figure(width, total)

    for row, shapes, height in zip(rows, aspects, heights, strict=True):
        left = 0.0
        for (panel, mark), aspect in zip(row, shapes, strict=True):
            _draw_marked(axes_at(left, top - _TITLE - height, height * aspect, height), panel, mark, smooth)
            left += height * aspect + _GAP
        top -= height + _TITLE + _UNDER
    _draw_below(axes_at, width, plot)
    return figure


def figure_mosaic(columns: list[list], plot, *, smooth: bool = False, width: float = WIDTH) -> Figure:
    """Draw columns of pictures, all equally high, and below them a plot as wide as all.

    Parameters
    ----------
    columns : lists of (Panel, function that draws over it, or None), from top to bottom
    plot : function that draws into axes
    smooth : interpolate between pixels
    width : of the figure, in inches

    Returns
    -------
    a matplotlib figure of its own: pyplot knows nothing of it
    """
    chrome = _TITLE + _UNDER
    # a column of height h is share * (h - its titles) wide
    shares = [1 / sum(panel.extent[0] / panel.extent[1] for panel, _ in column) for column in columns]
    titles = sum(share * len(column) * chrome for share, column in zip(shares, columns, strict=True))
    height = (width - _GAP * (len(columns) - 1) + titles) / sum(shares)
    total = height + _below()
    figure, axes_at = empty_figure(width, total)

    left = 0.0
    for column, share in zip(columns, shares, strict=True):
        wide, top = share * (height - len(column) * chrome), total
        for panel, mark in column:
            tall = wide * panel.extent[0] / panel.extent[1]
            _draw_marked(axes_at(left, top - _TITLE - tall, wide, tall), panel, mark, smooth)
            top -= tall + chrome
        left += wide + _GAP
    _draw_below(axes_at, width, plot)
    return figure


def _height(item, width: float) -> float:
    """Inches that a picture or a plot takes, with its title and labels."""
    if isinstance(item, Panel):
        return _TITLE + width * item.extent[0] / item.extent[1] + _UNDER
    shape = getattr(item, "aspect", 0.5)
    return _TITLE + (width - _SIDE) * shape + _FOOT


def _below() -> float:
    """Inches that a plot as wide as the figure takes."""
    return _TITLE + _PLOT + _FOOT


def _draw_below(axes_at, width: float, plot) -> None:
    _draw(axes_at(_SIDE, _FOOT, width - _SIDE - _RIGHT, _PLOT), plot, smooth=False)


def _draw_marked(axes, panel: Panel, mark, smooth: bool) -> None:
    _draw(axes, panel, smooth)
    if mark:
        mark(axes)


def _draw(axes, item, smooth: bool) -> None:
    if isinstance(item, Panel):
        draw_panel(axes, item, smooth=smooth)
    else:
        axes.patch.set_alpha(0.0)
        axes.tick_params(colors=NEUTRAL, labelsize=8)
        for name, spine in axes.spines.items():
            spine.set(color=NEUTRAL, visible=name in ("left", "bottom"))
        item(axes)


def draw_curve(axes, x, y, at: float, title: str, x_label: str, floor: float | None = None) -> None:
    """Draw a curve with a cursor at ``at``, one of the ``x``; below ``floor`` noise alone may lie."""
    x, y = np.asarray(x), np.asarray(y)
    axes.plot(x, y, color=NEUTRAL, linewidth=1.5)
    chosen = y[np.argmin(np.abs(x - at))]
    if floor is not None:
        axes.axhline(floor, color=NEUTRAL, linewidth=1, linestyle=(0, (2, 3)))
        axes.annotate(
            "noise alone lies mostly below",
            (x[-1], floor),
            xytext=(0, -9),
            textcoords="offset points",
            ha="right",
            fontsize=7,
            color=NEUTRAL,
        )
        axes.set_ylim(bottom=0)
    draw_cursor(axes, at, chosen)
    label_axes(axes, title, x_label)


def draw_cursor(axes, at: float, value: float) -> None:
    """Draw an upright line at ``at``, with a dot where the curve has a value there."""
    axes.axvline(at, color=AXIAL, linewidth=1)
    if np.isfinite(value):
        axes.plot([at], [value], "o", color=AXIAL, markersize=5)


def draw_quiver(
    axes, k, fields: dict[str, np.ndarray], chosen, radius: float, longest: float, rings: tuple[str, ...] = ()
) -> None:
    """Draw arrows over the bright-field disk, equal axes, y down.

    Parameters
    ----------
    k : (n, 2) in 1/Å, tails of the arrows
    fields : shifts (n, 2) in Å by name, "measured", "fitted" or "predicted"
    chosen : (k, shift) of the chosen arrow, or None
    radius : of the disk in 1/Å
    longest : Å, gets an arrow of 0.35 radii
    rings : names of the fields that are drawn as rings where their arrows would end
    """
    scale = longest / (_REACH * radius) if longest > 0 else 1.0
    common = {
        "angles": "xy",
        "scale_units": "xy",
        "scale": scale,
        "width": 0.005,
        "headwidth": 4,
        "headlength": 4,
        "headaxislength": 3.6,
        "minlength": 0.1,
    }
    for name, shifts in fields.items():
        colour = {"color": _ARROW_COLOURS[name], "label": name}
        if name in rings:
            y, x = (k + shifts / scale).T
            axes.plot(x, y, "o", fillstyle="none", markersize=5, **colour)
        else:
            axes.quiver(k[:, 1], k[:, 0], shifts[:, 1], shifts[:, 0], **colour, **common)
    if chosen is not None:
        (ky, kx), (sy, sx) = chosen
        axes.quiver([kx], [ky], [sx], [sy], color=AXIAL, **(common | {"width": 0.012, "zorder": 3}))
    axes.add_patch(Circle((0, 0), radius, fill=False, color=NEUTRAL, linewidth=1))
    reach = radius * (1.06 + _REACH)
    axes.set(xlim=(-reach, reach), ylim=(reach, -reach), aspect="equal")
    shown = [f"{name} ({'rings' if name in rings else 'arrows'})" if rings else name for name in fields]
    label_axes(axes, f"Shifts, {' and '.join(shown)}", "$k_x$ (1/Å)")
    axes.set_ylabel("$k_y$ (1/Å)", fontsize=8, color=NEUTRAL, labelpad=-1)
