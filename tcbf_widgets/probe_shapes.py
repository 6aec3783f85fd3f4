"""Round, ring-shaped and bullseye probes as a detector sees them: which part of a diffraction disk is bright."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import scipy.ndimage

from ._checks import finite_image, finite_pair, non_negative_number, positive_number

EDGE = 0.6  # pixels: about what a pixel's own width and the spread of electrons within a detector make of a sharp edge
_STEEPNESS = 4 / np.sqrt(2 * np.pi)  # gives a logistic edge the slope of a Gaussian blur of standard deviation 1


@dataclass(frozen=True)
class ProbeShape:
    """The bright parts of a probe-forming aperture on the detector.

    rings : ((inner, outer), ...) radii in detector pixels from the middle outwards, not touching each other; a spot
        or a disk is a ring that begins at 0
    cross : width in pixels of the two bars that hold the rings, along the axes of the detector; they are dark where
        they cross a ring that does not begin at 0
    edge : pixels, standard deviation of the blur that makes the edges soft

    >>> bullseye_shape(2, 6, 9)
    ProbeShape(rings=((0.0, 2.0), (6.0, 9.0)), cross=0.0, edge=0.6)
    """

    rings: tuple[tuple[float, float], ...]
    cross: float = 0.0
    edge: float = EDGE

    def __post_init__(self):
        try:
            pairs = [(inner, outer) for inner, outer in self.rings]
        except (TypeError, ValueError):
            raise ValueError(
                f"rings must be pairs ((inner, outer), ...) of radii in pixels, got {self.rings!r}"
            ) from None
        rings = tuple((non_negative_number("inner", inner), positive_number("outer", outer)) for inner, outer in pairs)
        radii = [radius for ring in rings for radius in ring]
        if radii and radii[0] == 0:  # a disk or a spot has no inner radius
            del radii[0]
        if not radii or any(b <= a for a, b in itertools.pairwise(radii)):
            raise ValueError(
                "the radii of a probe must grow from the middle outwards (spot < inner < outer), "
                f"got {', '.join(f'{radius:g}' for radius in radii) or 'none'}"
            )
        object.__setattr__(self, "rings", rings)
        object.__setattr__(self, "cross", non_negative_number("cross", self.cross))
        object.__setattr__(self, "edge", positive_number("edge", self.edge, "in detector pixels"))

    @property
    def radius(self) -> float:
        """Outermost radius in pixels."""
        return self.rings[-1][1]

    def brightness(self, y, x) -> np.ndarray:
        """Share of the full intensity, 0 to 1.

        Parameters
        ----------
        y, x : pixels from the middle of the probe, arrays that broadcast
        """
        distance = np.hypot(y, x)
        open_field = 1.0
        if self.cross:
            open_field = (1 - self._bar(y)) * (1 - self._bar(x))
        bright = np.zeros(distance.shape)
        for inner, outer in self.rings:
            ring = soft_step(outer - distance, self.edge)
            bright += (ring - soft_step(inner - distance, self.edge)) * open_field if inner else ring
        return bright

    def _bar(self, across) -> np.ndarray:
        return soft_step(across + self.cross / 2, self.edge) - soft_step(across - self.cross / 2, self.edge)


@dataclass(frozen=True, eq=False)
class MeasuredShape:
    """A probe as it was recorded, its brightness interpolated between the pixels.

    image : (ny, nx) counts or intensities
    radius : pixels, of what is the probe
    centre : (y, x) pixels of its middle; that of the image, ((ny - 1) / 2, (nx - 1) / 2), if None
    edge : pixels, softness of what has to be cut off at a radius, as in `ProbeShape`
    """

    image: np.ndarray
    radius: float
    centre: tuple[float, float] | None = None
    edge: float = EDGE

    def __post_init__(self):
        image = finite_image("image", self.image)
        radius = positive_number("radius", self.radius, "in detector pixels")
        middle = tuple((n - 1) / 2 for n in image.shape) if self.centre is None else self.centre
        centre = finite_pair("centre", middle, "in pixels of the image")
        unit = _unit_brightness(image, centre, radius)
        for name, value in (("image", unit), ("radius", radius), ("centre", centre)):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        ny, nx = self.image.shape
        return f"MeasuredShape({ny} x {nx} pixels, radius {self.radius:g}, centre {self.centre})"

    def brightness(self, y, x) -> np.ndarray:
        """Share of the full intensity at pixels (y, x) from the middle; 0 beyond the radius and the image."""
        y, x = np.broadcast_arrays(np.asarray(y, float), np.asarray(x, float))
        at = np.stack([y.ravel() + self.centre[0], x.ravel() + self.centre[1]])
        values = scipy.ndimage.map_coordinates(self.image, at, order=3, mode="constant").reshape(y.shape)
        return np.clip(values, 0, 1) * soft_step(self.radius - np.hypot(y, x), self.edge)


def _unit_brightness(image: np.ndarray, middle: tuple[float, float], radius: float) -> np.ndarray:
    """The image divided by the level of its bright parts, that which a twentieth of the disk exceeds."""
    y, x = (np.arange(n) - m for n, m in zip(image.shape, middle, strict=True))
    inside = np.hypot(y[:, None], x) <= radius
    level = np.quantile(image[inside], 0.95) if inside.any() else 0
    if not level > 0:
        raise ValueError(f"image holds no light within radius={radius:g} pixels of {middle}")
    return image / level


def soft_step(inside, edge: float) -> np.ndarray:
    """0 far outside, 1 far inside, as steep in between as a step blurred by a Gaussian of standard deviation ``edge``.

    >>> soft_step(np.array([-5.0, 0.0, 5.0]), 0.6).round(3)
    array([0. , 0.5, 1. ])
    """
    return 0.5 + 0.5 * np.tanh((0.5 * _STEEPNESS / edge) * inside)


def disk_shape(radius: float, edge: float = EDGE) -> ProbeShape:
    """The disk of a round aperture; ``radius`` and ``edge`` in detector pixels."""
    return ProbeShape(((0.0, positive_number("radius", radius, "in detector pixels")),), edge=edge)


def ring_shape(inner: float, outer: float, edge: float = EDGE) -> ProbeShape:
    """A bright ring between two radii in detector pixels."""
    return ProbeShape(((positive_number("inner", inner, "in detector pixels"), outer),), edge=edge)


def bullseye_shape(spot: float, inner: float, outer: float, cross: float = 0.0, edge: float = EDGE) -> ProbeShape:
    """A bright spot, a dark ring, and a bright ring that two bars hold.

    Parameters
    ----------
    spot : radius of the central spot in detector pixels
    inner, outer : radii of the bright ring
    cross : width of the bars in pixels
    edge : pixels, standard deviation of the blur of the edges

    Reference: Zeltmann et al., Ultramicroscopy 209 (2020) 112890, doi:10.1016/j.ultramic.2019.112890.
    """
    return ProbeShape(((0.0, positive_number("spot", spot, "in detector pixels")), (inner, outer)), cross, edge)


def standard_bullseye(radius: float, edge: float = EDGE) -> ProbeShape:
    """The bullseye of the simulated scans, for a probe of any radius in pixels: spot, bars and rings in proportion.

    >>> standard_bullseye(9)
    ProbeShape(rings=((0.0, 2.2), (6.0, 9.0)), cross=1.6, edge=0.6)
    """
    part = positive_number("radius", radius, "in detector pixels") / 9
    return bullseye_shape(2.2 * part, 6 * part, 9 * part, 1.6 * part, edge)


def checked_shape(shape) -> ProbeShape | MeasuredShape:
    """Return the shape of a probe, or raise."""
    if not isinstance(shape, ProbeShape | MeasuredShape):
        raise TypeError(
            "shape must be that of a probe, a ProbeShape or for example tcbf.bullseye_template(2.2, 6, 9).shape; "
            f"got {type(shape).__name__}"
        )
    return shape
