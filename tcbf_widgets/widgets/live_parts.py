"""Images of a scan that is being read, as a widget keeps them: one of each fifth of it, and the newest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .._checks import require
from ..parallax_image import ParallaxImage
from .arrays import Packed, quantise, unpack
from .stack_state import binned, fitting_binning

STAGES = 5  # into which a scan is divided; the newest image of each is kept
_NOTHING = 1e-9  # of the mean: what rounding leaves
MAX_VALUES = 80_000  # of one image, two bytes each; the pixels of larger ones are binned to it


@dataclass(frozen=True)
class Part:
    """One image: what fraction of the frames had been read, its pixels, and which of its rows no count had reached."""

    fraction: float
    image: Packed
    empty: tuple[tuple[int, int], ...] = ()  # from one row up to another

    @property
    def stage(self) -> int:
        """Which fifth of the scan it ends in, or with."""
        return math.ceil(round(STAGES * self.fraction, 9))

    def packed(self, place: int) -> dict:
        """As a front end gets it."""
        return {"place": place, "fraction": self.fraction, "image": self.image, "empty": [*map(list, self.empty)]}


class Parts:
    """Images of one scan, in the order in which they came."""

    def __init__(self) -> None:
        self.shape: tuple[int, int] | None = None  # of the images that came
        self.sampling: tuple[float, float] | None = None
        self._parts: list[Part] = []

    def __len__(self) -> int:
        return len(self._parts)

    def __getitem__(self, place: int) -> Part:
        return self._parts[place]

    @property
    def binning(self) -> int:
        """How many pixels along each axis become one."""
        return 1 if self.shape is None else fitting_binning(1, self.shape, MAX_VALUES)[0]

    def add(self, image: ParallaxImage, name: str = "image") -> bool:
        """Keep an image; tell whether another scan begins with it. ``name`` says in errors where it comes from."""
        require(name, image, ParallaxImage, "from tcbf.distributed.parallax_image(..., on_partial=live.add)")
        values = np.asarray(image.values)
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds NaN or infinite numbers")
        other = values.shape != self.shape or image.sampling != self.sampling
        begins = other or not self._parts or image.fraction <= self._parts[-1].fraction
        if begins:
            self.shape, self.sampling, self._parts = values.shape, tuple(image.sampling), []
        shown = binned(values[None], self.binning)[0] / self.binning**2
        new = Part(float(image.fraction), quantise(shown), empty_rows(values, image, self.binning))
        if self._parts and self._parts[-1].stage == new.stage:
            self._parts.pop()
        self._parts.append(new)
        return begins

    def image(self, place: int) -> np.ndarray:
        """(y, x) float32, as a front end sees it; NaN in rows that no count has reached."""
        part = self._parts[place]
        values = unpack(part.image).copy()
        for start, stop in part.empty:
            values[start:stop] = np.nan
        return values

    def added(self, place: int) -> np.ndarray:
        """(y, x) float32, what an image has more than the one before it; the first one, more than nothing."""
        before = np.nan_to_num(self.image(place - 1), nan=1) if place else np.float32(1)
        return self.image(place) - before

    def packed(self) -> dict[str, dict]:
        """All as a front end gets them, by their place."""
        return {str(place): part.packed(place) for place, part in enumerate(self._parts)}


def empty_rows(values: np.ndarray, image: ParallaxImage, binning: int = 1) -> tuple[tuple[int, int], ...]:
    """Which rows of a binned image no count has reached, (from, up to) each.

    What they hold is the mean, but for the highest frequency, which is taken out of the image and then alternates there
    from row to row: two neighbours add up to twice the mean. Where phases were flipped there are none: that spreads
    what has been read over all of the image. Fewer rows together than pixels per scan step may lie between those to
    which the shifts lead.
    """
    if image.fraction == 1:
        return ()
    pairs = (np.abs(values[1:] + values[:-1] - 2) < _NOTHING).all(axis=1)
    untouched = np.concatenate([[False], pairs, [False]])
    untouched = np.concatenate([[False], untouched[1:] | untouched[:-1], [False]])
    runs = np.flatnonzero(np.diff(untouched)).reshape(-1, 2).tolist()
    count = len(values) // binning
    inside = [(-(-a // binning), min(b // binning, count)) for a, b in runs if b - a >= image.upsampling]
    return tuple((a, b) for a, b in inside if a < b)


def parts_of(images) -> Parts:
    """Keep images of one scan, or none for None; raise if they are not what they should be."""
    parts = Parts()
    if images is None:
        return parts
    images = [images] if isinstance(images, ParallaxImage) else images
    if isinstance(images, (str, dict, np.ndarray)) or not isinstance(images, Iterable):
        raise TypeError(f"images must be ParallaxImages, in the order in which they came; got {type(images).__name__}")
    for place, image in enumerate(images):
        if parts.add(image, f"images[{place}]") and place:
            raise ValueError(f"images[{place}] does not belong to the ones before: they must be of one scan, and grow")
    if not len(parts):
        raise ValueError("images is empty; give at least one, or None to wait for those that `add` brings")
    return parts
