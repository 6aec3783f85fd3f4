"""MaskSchedule: which detector pixels are averaged at each step, and what such a group sees."""

from __future__ import annotations

import numpy as np
import traitlets as t

from .._checks import positive_integers
from ..alignment import DEFAULT_BINS
from ..bright_field import BrightFieldStack, group_pixels
from .arrays import pack, unpack
from .colours import group_colours
from .figure import AXIAL, Panel, contrast_limits
from .posters import figure_columns
from .stack_state import calibration, check_range, packed_images, require_stack, scan_binning
from .widget import TcbfWidget

ALL_BINS = (32, 16, 8, 4, 2, 1)


class MaskSchedule(TcbfWidget):
    """Detector groups for every bin size, and the mean image of one group.

    Parameters
    ----------
    stack : what `tcbf.bright_field_stack` returns
    bins : bin sizes to go through, coarse to fine
    schedule : the bins that an alignment uses, named in the status line
    level : which of ``bins`` is shown, counted from 0
    group : which group is chosen, counted from 0 at the centre
    cmap, contrast, smooth : look of the images
    """

    level = t.Int(0, help="index into the bins").tag(sync=True)
    group = t.Int(0, help="index of the chosen group, 0 at the centre").tag(sync=True)

    def __init__(self, stack: BrightFieldStack, bins=ALL_BINS, schedule=DEFAULT_BINS, **traits) -> None:
        stack = require_stack("stack", stack)
        bins = positive_integers("bins", bins)
        schedule = positive_integers("schedule", schedule)
        groups = np.stack([group_pixels(stack.pixels, b) for b in bins])
        first = {"level": min(2, len(bins) - 1)}
        super().__init__(
            arrays={"pixels": pack(stack.pixels.astype(np.int16)), "groups": pack(groups.astype(_group_type(groups)))}
            | packed_images(stack),
            meta=calibration(stack, scan_binning(stack.images))
            | {
                "title": "Masks of the alignment schedule",
                "bins": list(bins),
                "schedule": list(schedule),
                "group_counts": [int(level.max()) + 1 for level in groups],
                "python": {
                    "call": _call(bins, schedule),
                    "traits": ["level", "group", "cmap", "contrast", "smooth"],
                    "defaults": first | {"group": 0, "cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **(first | traits),
        )

    @t.validate("level")
    def _validate_level(self, proposal):
        return check_range(self, "level", proposal["value"], 0, max(0, len(self.meta.get("bins", [])) - 1))

    @t.validate("group")
    def _validate_group(self, proposal):
        # a change of level may leave a group number behind that only a finer level has: the view shows the last
        return check_range(self, "group", proposal["value"], 0, max(self.meta.get("group_counts", [1])) - 1)

    def _chosen(self) -> tuple[np.ndarray, int]:
        """Groups (n,) of the present level and the chosen one."""
        groups = unpack(self.arrays["groups"])[self.level]
        return groups, min(self.group, int(groups.max()))

    def panels(self) -> dict[str, Panel]:
        """Return the masks in colours and the chosen group's image."""
        groups, chosen = self._chosen()
        pixels = unpack(self.arrays["pixels"])
        first = pixels.min(axis=0)
        numbers = np.full(pixels.max(axis=0) - first + 1, -1)
        numbers[tuple((pixels - first).T)] = groups
        members = groups == chosen
        images = unpack(self.arrays["counts"])[members] / unpack(self.arrays["mean_counts"])[members, None, None]
        image = images.mean(axis=0, dtype=float).astype(np.float32)
        limits = contrast_limits(image, self.contrast)
        mrad = tuple(1e3 * self.meta["wavelength"] * step for step in self.meta["reciprocal_sampling"])
        title = f"Mean image of group {chosen + 1}"
        return {
            "masks": Panel(group_colours(numbers, chosen), pixel_size=mrad, title="Detector groups"),
            "group_image": Panel(image, *limits, self.cmap, tuple(self.meta["scan_sampling"]), "Å", title, AXIAL),
        }

    def figure(self):
        """Draw masks and image."""
        panels = self.panels()
        return figure_columns([panels["masks"]], [panels["group_image"]], smooth=self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        groups, chosen = self._chosen()
        return (
            f"Bright-field disk divided into {int(groups.max()) + 1} groups of bin {self.meta['bins'][self.level]}; "
            f"the mean virtual image of group {chosen + 1}, {int(np.sum(groups == chosen))} pixels."
        )


def _group_type(groups: np.ndarray) -> type[np.unsignedinteger]:
    """Smallest type of the views that holds the numbers of all groups; at bin 1 every pixel is one."""
    return np.uint16 if groups.max(initial=0) <= np.iinfo(np.uint16).max else np.uint32


def _call(bins: tuple[int, ...], schedule: tuple[int, ...]) -> str:
    """Python call that makes this widget, with those arguments that are not the default."""
    given = {"bins": (bins, ALL_BINS), "schedule": (schedule, tuple(DEFAULT_BINS))}
    changed = "".join(f", {name}={value}" for name, (value, default) in given.items() if value != default)
    return f"tcbf.widgets.MaskSchedule(stack{changed})"
