"""Marks over pictures of the frequency plane: the twin of shared/frequency_plane.js."""

from __future__ import annotations

from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import withStroke

# white over black: seen on every picture, and on the page where a picture has gaps
_RIM = [withStroke(linewidth=2, foreground="black")]
_LINE = {"fill": False, "edgecolor": "white", "linewidth": 1, "path_effects": _RIM}


def mark_limit(axes, limit: float, reach: float) -> None:
    """Draw the circle |q| = limit, in 1/Å, over a picture of the frequencies up to ``reach``."""
    axes.set_autoscale_on(False)
    axes.add_patch(Circle((reach, reach), limit, **_LINE, linestyle="--"))
    corner = limit / 2**0.5
    if limit < 1.15 * reach:
        label(axes, "2α/λ", (reach + corner, reach - corner), offset=(2, 2))
    elif limit < 1.4 * reach:
        label(axes, "2α/λ", (reach + corner, reach - corner), offset=(-4, -10), side="right")


def mark_nyquist(axes, nyquist, reach: float) -> None:
    """Draw the rectangle of the scan's Nyquist frequencies (y, x), in 1/Å."""
    axes.set_autoscale_on(False)
    y, x = nyquist
    axes.add_patch(Rectangle((reach - x, reach - y), 2 * x, 2 * y, **_LINE))
    corner = reach + x if x < 0.32 * reach else reach - x
    label(axes, "scan’s\nNyquist", (corner, reach - y), offset=(4, -2), va="top")


def mark_divider(axes, x: float) -> None:
    """Draw an upright line."""
    axes.axvline(x, color="white", linewidth=0.8, path_effects=_RIM)


def label(axes, text: str, at, offset=(0, 0), side: str = "left", va: str = "baseline") -> None:
    """Write over a picture, ``offset`` (right, up) in points from a place in 1/Å."""
    options = {"xytext": offset, "textcoords": "offset points", "ha": side, "va": va, "annotation_clip": True}
    axes.annotate(text, at, fontsize=8, color="white", path_effects=_RIM, **options)
