"""Templates for finding diffraction disks by correlation: bright where the disk is, negative around it, zero in sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._checks import finite_pair, non_negative_number, positive_integer, positive_number, shape_pair
from .probe_shapes import (
    EDGE,
    MeasuredShape,
    ProbeShape,
    bullseye_shape,
    checked_shape,
    disk_shape,
    ring_shape,
    soft_step,
)

CONTRAST = 20.0  # of bright to dark in a usual pattern; from 10 to 30 the positions are equally good
MARGIN = 1.35  # exclusion radius over the radius of the probe, unless it is given


@dataclass(frozen=True)
class Template:
    """What a diffraction disk looks like, weighed so that an even background gives nothing.

    Its bright part is P = ln(1 + contrast · b) / ln(1 + contrast) of the brightness b of the probe: the likelihood of a
    place is the sum of the logarithms of what is expected where electrons were counted, so a sum of counts weighed
    with P is highest at the most likely place. With N what is dark within the exclusion radius, the values
    are P - N ΣP/ΣN over the pixels at hand. So they sum to zero wherever the template is placed, also where the edge of
    a frame cuts a part of it off.

    shape : brightness of the probe
    exclusion : radius in pixels up to which light counts against a disk; what lies beyond does not count. 1.35 times
        the radius of the probe if None
    contrast : of a disk to what surrounds it; 0 weighs with the brightness itself, as for a picture that counts nothing
    zero_sum : False leaves the dark part out, to see what it is good for: then an even background is as good as a disk
    """

    shape: ProbeShape | MeasuredShape
    exclusion: float | None = None
    contrast: float = CONTRAST
    zero_sum: bool = True

    def __post_init__(self):
        object.__setattr__(self, "contrast", non_negative_number("contrast", self.contrast))
        checked_shape(self.shape)
        given = MARGIN * self.shape.radius if self.exclusion is None else self.exclusion
        exclusion = positive_number("exclusion", given, "in detector pixels")
        if exclusion <= self.shape.radius:
            raise ValueError(
                f"exclusion must be larger than the outermost radius of the probe, {self.shape.radius:g} pixels, "
                f"got {exclusion:g}"
            )
        object.__setattr__(self, "exclusion", exclusion)

    @property
    def reach(self) -> int:
        """Pixels from the middle beyond which all values are less than a thousandth."""
        return int(np.ceil(self.exclusion + 4.4 * self.shape.edge))

    def parts(self, y, x) -> tuple[np.ndarray, np.ndarray]:
        """Bright and dark part, P and N, at offsets in pixels from the middle; arrays that broadcast."""
        bright = self.shape.brightness(y, x)
        if self.contrast:
            bright = np.log1p(self.contrast * bright) / np.log1p(self.contrast)
        return bright, np.maximum(soft_step(self.exclusion - np.hypot(y, x), self.shape.edge) - bright, 0)

    def sampled(self, centre, shape) -> np.ndarray:
        """The template on a frame.

        Parameters
        ----------
        centre : (y, x) of its middle in pixels of the frame; it need not be a whole number, nor lie inside
        shape : (ny, nx) of the frame

        Returns
        -------
        (ny, nx) that sum to zero, all zero where bright or dark part is outside; the bright part without ``zero_sum``
        """
        ny, nx = shape_pair("shape", shape)
        centre = finite_pair("centre", centre, "in pixels of the frame")
        bright, dark = self.parts(np.arange(ny)[:, None] - centre[0], np.arange(nx) - centre[1])
        return self.weighed(bright, dark)

    def weighed(self, bright: np.ndarray, dark: np.ndarray) -> np.ndarray:
        """The template made of its two parts at some pixels."""
        return balanced(bright, dark) if self.zero_sum else bright

    def values(self, size: int | None = None) -> np.ndarray:
        """The template by itself, (size, size) pixels with its middle at (size - 1) / 2; as large as needed if None."""
        size = 2 * self.reach + 1 if size is None else positive_integer("size", size)
        return self.sampled(((size - 1) / 2,) * 2, (size, size))


def balanced(bright: np.ndarray, dark: np.ndarray) -> np.ndarray:
    """P - N ΣP/ΣN, which sums to zero; all zero if there is no dark part.

    >>> balanced(np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, 0.5]))
    array([ 1.,  1., -2.])
    """
    total = dark.sum()
    if not total > 0:
        return np.zeros_like(bright)
    return bright - dark * (bright.sum() / total)


def circle_template(radius: float, exclusion: float | None = None, edge: float = EDGE) -> Template:
    """Template of a disk.

    Parameters
    ----------
    radius : detector pixels
    exclusion : pixels, 1.35 times the radius if None (see `Template`)
    edge : pixels, standard deviation of the blur of the edges
    """
    return Template(disk_shape(radius, edge), exclusion)


def ring_template(inner: float, outer: float, exclusion: float | None = None, edge: float = EDGE) -> Template:
    """Template of the rim of a disk, a ring between two radii; arguments as in `circle_template`."""
    return Template(ring_shape(inner, outer, edge), exclusion)


def bullseye_template(
    spot: float, inner: float, outer: float, exclusion: float | None = None, cross: float = 0.0, edge: float = EDGE
) -> Template:
    """Template of a bullseye: a spot, a dark ring, and a bright ring that two bars hold.

    Parameters
    ----------
    spot : radius of the spot in detector pixels
    inner, outer : radii of the bright ring
    exclusion : pixels, 1.35 times the outer radius if None (see `Template`)
    cross : width of the bars in pixels
    edge : pixels, standard deviation of the blur of the edges

    Reference: Zeltmann et al., Ultramicroscopy 209 (2020) 112890, doi:10.1016/j.ultramic.2019.112890.

    >>> round(float(abs(bullseye_template(2.2, 6, 9).values().sum())), 9)
    0.0
    """
    return Template(bullseye_shape(spot, inner, outer, cross, edge), exclusion)


def measured_template(image, radius: float, centre=None, exclusion: float | None = None) -> Template:
    """Template from a picture of the probe itself, as recorded beside the specimen.

    Parameters
    ----------
    image : (ny, nx) counts or intensities; its sides may be odd or even
    radius : of the disk in pixels
    centre : (y, x) of the disk in pixels of the image, its middle ((ny - 1) / 2, (nx - 1) / 2) if None
    exclusion : pixels, 1.35 times the radius if None (see `Template`)
    """
    return Template(MeasuredShape(image, radius, centre), exclusion)
