"""LiveImage: a tilt-corrected image while it grows, and afterwards how it grew."""

from __future__ import annotations

import math
import time

import numpy as np
import traitlets as t

from ..parallax_image import ParallaxImage
from .figure import Panel, contrast_limits
from .live_parts import Parts, parts_of
from .run_curves import waiting_figure
from .stack_state import check_range
from .widget import TcbfWidget

NEWEST = -1
_INTERVAL = 0.1  # s between two updates
_FIRST = {"part": NEWEST, "speed": 2.0}
_LOOK = {"cmap": "gray", "contrast": [1, 99], "smooth": False}


class LiveImage(TcbfWidget):
    """A tilt-corrected image that grows while a scan is read, and beside it what its newest part has added.

    Made without images it waits for `add`, which takes what `tcbf.distributed.parallax_image` gives on the way::

        live = tcbf.widgets.LiveImage()
        display(live)
        tcbf.distributed.parallax_image(data, fit, context, on_partial=live.add)

    Afterwards, and in a page without a kernel, a slider goes through the scan: one image of each fifth is kept. Each
    count lies where its pixel's shift puts it, so a part of the scan adds to more than its own rows, and where parts
    meet the image is complete only when the later one is there. Rows that nothing has reached yet are left empty
    (NaN in `panels`); not where phases were flipped, which spreads what has been read over all of the image.

    Parameters
    ----------
    images : `ParallaxImage`, or several in the order in which they came
    part : number of the image shown, from 0; -1 the newest, also while more arrive
    playing : run through the images; speed : images per second
    cmap, contrast, smooth : look of the images
    """

    part = t.Int(NEWEST, help="number of the image shown; -1 the newest").tag(sync=True)
    playing = t.Bool(False, help="run through the images").tag(sync=True)
    speed = t.Float(_FIRST["speed"], min=0.1, max=20.0, help="images per second").tag(sync=True)

    # What it gains is not sent by itself: `latest` brings the newest image, again and again.
    parts = t.Instance(Parts).tag(sync=True, to_json=lambda parts, _: parts.packed())
    latest = t.Dict(help="the newest image, if `parts` was sent before it came").tag(sync=True)

    def __init__(self, images: ParallaxImage | list[ParallaxImage] | None = None, **traits) -> None:
        parts = parts_of(images)
        self._sent, self._due = len(parts), 0.0
        look = {"contrast": tuple(map(float, _LOOK["contrast"]))}
        super().__init__(meta=_meta(parts), parts=parts, **(look | traits))

    @t.validate("part")
    def _validate_part(self, proposal):
        last = max(len(self.parts) - 1, NEWEST) if self.parts is not None else NEWEST
        return check_range(self, "part", proposal["value"], NEWEST, last)

    def add(self, image: ParallaxImage) -> None:
        """Show an image in every view of this widget; one that is not larger than those before begins a new scan.

        Parameters
        ----------
        image : what `tcbf.distributed.parallax_image` gives to its ``on_partial``

        Raises
        ------
        TypeError, ValueError : if it is no such image, or holds NaN
        """
        if self.parts.add(image):
            self._send_all()
            with self.hold_sync():
                self.meta = _meta(self.parts)
                self.part, self.playing = NEWEST, False
        elif len(self.parts) != self._sent or image.fraction == 1:
            self._send_all()
        elif time.monotonic() >= self._due:
            place = len(self.parts) - 1
            self.latest = self.parts[place].packed(place)
            self._due = time.monotonic() + _INTERVAL

    def _send_all(self) -> None:
        # first, so that it cannot be taken for news of what comes after it
        self.latest = {}
        self.send_state("parts")
        self._sent, self._due = len(self.parts), time.monotonic() + _INTERVAL

    # ---- the numbers shown

    def place(self) -> int:
        """Number of the image shown."""
        return len(self.parts) - 1 if self.part == NEWEST else min(self.part, len(self.parts) - 1)

    def panels(self) -> dict[str, Panel]:
        """Return the image and what it has more than the one before; all share the range of the newest."""
        if not len(self.parts):
            return {}
        place, parts = self.place(), self.parts
        low, high = contrast_limits(parts.image(len(parts) - 1), self.contrast)
        half = float(np.float32(high) - np.float32(low)) / 2
        scale = (tuple(step * parts.binning for step in parts.sampling), "Å")
        title = f"{_percent(parts[place].fraction)} of the scan"
        return {
            "image": Panel(parts.image(place), low, high, self.cmap, *scale, title),
            "added": Panel(parts.added(place), -half, half, self.cmap, *scale, "Added by this part"),
        }

    def figure(self):
        """Draw both images, or say what is waited for."""
        return super().figure() if len(self.parts) else waiting_figure(self.alt_text())

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        if not len(self.parts):
            return "A tilt-corrected image that grows while a scan is read; no image had come yet."
        place, last = self.place(), len(self.parts) - 1
        read = _percent(self.parts[place].fraction)
        to_come = "; rows that nothing has reached yet are left empty" * bool(self.parts[place].empty)
        binned = f"; {self.parts.binning} x {self.parts.binning} pixels are shown as one" * (self.parts.binning > 1)
        return (
            f"Tilt-corrected image of {read} of a scan, number {place + 1} of {last + 1} kept on the way, and what it "
            f"has more than the one before{to_come}{binned}."
        )


def _meta(parts: Parts) -> dict:
    """What a view is built with, from the first image on."""
    binning = parts.binning
    return {
        "title": "How the image grows with the scan",
        "shape": [n // binning for n in parts.shape] if parts.shape else None,
        "scan_sampling": [step * binning for step in parts.sampling] if parts.sampling else None,
        "python": {
            "call": "tcbf.widgets.LiveImage(images)",
            "traits": [*_FIRST, *_LOOK],
            "defaults": _FIRST | _LOOK,
        },
    }


def _percent(fraction: float) -> str:
    """As a whole number; a hundred only of the whole."""
    return f"{100 if fraction >= 1 else min(99, math.floor(100 * fraction + 0.5))} %"
