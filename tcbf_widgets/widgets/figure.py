"""Panels: the pictures of a widget as numbers, and their drawing with matplotlib.

A widget's `panels()` are what its view has to paint, pixel for pixel; `draw_panels` sets them side by side for
posters, PDF and paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

# the meaning of colours, the same in every figure
AXIAL = "#CC79A7"
WHOLE_DISK = "#56B4E9"
MEASURED = "#D55E00"
FITTED = "#0072B2"

# readable on white paper and on a dark page, since a poster has no background
NEUTRAL = "#808080"

WIDTH = 7.2  # inches, as wide as the text of the book
DPI = 144
TITLE_HEIGHT = 0.3
GAP = 0.15


@dataclass(frozen=True)
class Panel:
    """One picture of a widget.

    Attributes
    ----------
    values : (height, width) numbers, NaN = no data; or (height, width, 3 or 4) uint8, colours ready to paint
    vmin, vmax : the values that get the first and the last colour; unused for ready colours
    cmap : name of a matplotlib colour map
    pixel_size : size of a pixel along (y, x) in `unit`
    unit : "Å" (the scale bar then reads in nm), "1/Å", "mrad" or "px"; "" for no scale bar
    title : text above the picture
    frame : colour of the frame, or None
    """

    values: np.ndarray
    vmin: float = 0.0
    vmax: float = 1.0
    cmap: str = "gray"
    pixel_size: tuple[float, float] = (1.0, 1.0)
    unit: str = ""
    title: str = ""
    frame: str | None = None

    def rgba(self) -> np.ndarray:
        """Return the picture as (height, width, 4) uint8."""
        if self.values.ndim == 2:
            return colourise(self.values, self.vmin, self.vmax, self.cmap)
        if self.values.shape[2] == 4:
            return self.values
        opaque = np.full((*self.values.shape[:2], 1), 255, np.uint8)
        return np.concatenate([self.values, opaque], axis=2)

    @property
    def extent(self) -> tuple[float, float]:
        """Height and width in `unit`."""
        height, width = self.values.shape[:2]
        return height * self.pixel_size[0], width * self.pixel_size[1]


def contrast_limits(values, contrast: tuple[float, float] = (1, 99)) -> tuple[float, float]:
    """Return the values at two percentiles of the finite ones; (0, 1) where there are none.

    >>> contrast_limits(np.arange(101), (1, 99))
    (1.0, 99.0)
    """
    values = np.asarray(values)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.percentile(finite, contrast)
    return float(low), float(high)


def colourise(values, vmin: float, vmax: float, cmap: str = "gray") -> np.ndarray:
    """Colour numbers as the views do: float32 all the way, 256 steps, values outside clipped, NaN transparent.

    Parameters
    ----------
    values : (height, width) real numbers
    vmin, vmax : values of the first and the last colour; where they are equal, everything gets the first
    cmap : name of a matplotlib colour map

    Returns
    -------
    (height, width, 4) uint8

    >>> colourise(np.array([[0.0, 0.5, 2.0, np.nan]]), 0, 1)[0].tolist()
    [[0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255], [0, 0, 0, 0]]
    """
    values = np.asarray(values, np.float32)
    table = colormaps[cmap].resampled(256)(np.arange(256), bytes=True)
    valid = ~np.isnan(values)
    span = np.float32(vmax) - np.float32(vmin)
    if span > 0:
        fraction = (np.where(valid, values, np.float32(vmin)) - np.float32(vmin)) / span
        index = np.clip(np.floor(fraction * np.float32(256)), 0, 255).astype(np.uint8)
    else:
        index = np.zeros(values.shape, np.uint8)
    return np.where(valid[..., None], table[index], np.uint8(0))


def nice_length(longest: float) -> float:
    """Return the longest of 1, 2, 5, 10, 20, ... (any power of ten) that is not longer than `longest`.

    >>> nice_length(37.0), nice_length(0.99), nice_length(5)
    (20.0, 0.5, 5.0)
    """
    decade = 10.0 ** math.floor(math.log10(longest))
    step = next(step for step in (5.0, 2.0, 1.0) if step * decade <= longest * (1 + 1e-9))
    return step * decade


def round_up(value: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, ... (any power of ten) that is not smaller than `value`.

    >>> round_up(0.031), round_up(0.5), round_up(0.0)
    (0.05, 0.5, 1e-09)
    """
    value = max(value, 1e-9)
    power = math.floor(math.log10(value))
    steps = (float(f"{digit}e{power + more}") for more in (-1, 0, 1) for digit in (1, 2, 5))
    return next(step for step in steps if step >= value)


def empty_figure(width: float, height: float) -> tuple[Figure, Callable]:
    """Return a figure without background, in inches, and a function that adds axes to it.

    Returns
    -------
    figure : of its own: pyplot knows nothing of it
    axes_at : (left, bottom, width, height in inches, label="") -> axes
    """
    figure = Figure(figsize=(width, height), dpi=DPI)
    figure.patch.set_alpha(0.0)

    def axes_at(left, bottom, wide, tall, label=""):
        return figure.add_axes((left / width, bottom / height, wide / width, tall / height), label=label)

    return figure, axes_at


def label_axes(axes, title: str, x: str = "") -> None:
    """Write a title above axes, and below them what x is."""
    axes.set_title(title, fontsize=9, color=NEUTRAL, loc="left", pad=4)
    if x:
        axes.set_xlabel(x, fontsize=8, color=NEUTRAL, labelpad=1)


def draw_panels(panels: dict[str, Panel], *, smooth: bool = False, width: float = WIDTH) -> Figure:
    """Draw panels side by side, all equally high, each with title, frame and scale bar.

    Parameters
    ----------
    panels : at least one panel by name; the name is the label of its axes
    smooth : interpolate between pixels
    width : of the figure, in inches

    Returns
    -------
    a matplotlib figure of its own: pyplot knows nothing of it
    """
    if not panels:
        raise ValueError("panels is empty; a figure needs one panel at least")
    aspects = [panel.extent[1] / panel.extent[0] for panel in panels.values()]
    # a single square picture must not become a poster as high as a page
    height = min((width - GAP * (len(aspects) - 1)) / sum(aspects), 0.6 * width)
    figure, axes_at = empty_figure(width, height + TITLE_HEIGHT)
    used = height * sum(aspects) + GAP * (len(aspects) - 1)
    left = (width - used) / 2
    for (name, panel), aspect in zip(panels.items(), aspects, strict=True):
        draw_panel(axes_at(left, 0.0, height * aspect, height, name), panel, smooth=smooth)
        left += height * aspect + GAP
    return figure


def draw_panel(axes, panel: Panel, *, smooth: bool = False) -> None:
    """Draw one panel into matplotlib axes, y down."""
    height, width = panel.extent
    axes.imshow(
        panel.rgba(),
        extent=(0, width, height, 0),
        aspect="auto",
        interpolation="bilinear" if smooth else "nearest",
    )
    axes.set(xticks=[], yticks=[])
    label_axes(axes, panel.title)
    for spine in axes.spines.values():
        spine.set(visible=panel.frame is not None, color=panel.frame or "none", linewidth=3)
    if panel.unit:
        _draw_scale_bar(axes, panel)


def figure_png(figure: Figure) -> bytes:
    """Return a figure as PNG, without a date, so that equal figures have equal bytes."""
    stream = BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _draw_scale_bar(axes, panel: Panel) -> None:
    height, width = panel.extent
    per_label, label_unit = (10.0, "nm") if panel.unit == "Å" else (1.0, panel.unit)
    length = nice_length(0.35 * width / per_label)
    bottom, left = 0.94 * height, 0.04 * width
    # a white bar with a black rim is seen on every picture
    for colour, thickness in (("black", 5), ("white", 3)):
        axes.plot([left, left + length * per_label], [bottom, bottom], color=colour, linewidth=thickness)
    axes.annotate(
        f"{length:g} {label_unit}",
        (left, bottom),
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=8,
        color="white",
        path_effects=_rim(),
    )


def _rim():
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2, foreground="black")]
