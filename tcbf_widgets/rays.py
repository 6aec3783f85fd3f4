"""Rays through lenses, deflectors, apertures and specimens: 3 x 3 matrices, for rays near the axis.

A ray at a plane is (x, θ, 1): its distance from the axis in Å, its slope in rad, and a 1, with which a deflector, too,
is a matrix, although it adds the same angle to every ray. Positions are in Å along the beam.

References: Gerrard and Burch, Introduction to Matrix Methods in Optics, Dover 1994; for the deflectors, Reimer and
Kohl, Transmission Electron Microscopy, doi:10.1007/978-0-387-40093-8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ._checks import finite_number, require

_ROUNDING = 1e-9


def drift(length: float) -> np.ndarray:
    """Matrix (3, 3) of `length` Å of free space: x grows by length · θ."""
    return np.array([[1, finite_number("length", length), 0], [0, 1, 0], [0, 0, 1]], float)


def lens(focal_length: float) -> np.ndarray:
    """Matrix (3, 3) of a thin lens: θ falls by x / focal_length. In Å, negative for a diverging lens, inf for none."""
    return np.array([[1, 0, 0], [-1 / _focal_length(focal_length), 1, 0], [0, 0, 1]], float)


def deflector(angle: float) -> np.ndarray:
    """Matrix (3, 3) of a deflector, which adds `angle` in rad to the slope of every ray."""
    return np.array([[1, 0, 0], [0, 1, finite_number("angle", angle)], [0, 0, 1]], float)


def tilt_pair(tilt: float, first: float, second: float, pivot: float) -> tuple[float, float]:
    """Angles of two deflectors that tilt the beam about a point of the axis.

    Parameters
    ----------
    tilt : rad, slope of the beam behind the second deflector
    first, second : positions of the deflectors in Å, first < second
    pivot : position in Å at which a ray that came along the axis meets it again

    Returns
    -------
    the angles in rad

    >>> tilt_pair(0.001, 0, 10, 30)
    (-0.002, 0.003)
    """
    first, second, pivot = (finite_number(n, v) for n, v in (("first", first), ("second", second), ("pivot", pivot)))
    if second <= first:
        raise ValueError(f"second={second:g} must lie behind first={first:g}, along the beam")
    outwards = -finite_number("tilt", tilt) * (pivot - second) / (second - first)
    return outwards, tilt - outwards


@dataclass(frozen=True)
class Plane:
    """A plane across the axis, and what it does to a ray: nothing, unless it is a lens, a deflector or an aperture.

    Attributes
    ----------
    name : by which a column knows it, such as "specimen"
    position : Å along the beam
    focal_length : Å; inf where there is no lens
    deflection : rad, added to every slope
    radius : Å; a ray further from the axis is stopped
    """

    name: str
    position: float
    focal_length: float = math.inf
    deflection: float = 0.0
    radius: float = math.inf

    def __post_init__(self):
        require("name", self.name, str, 'such as "specimen"')
        checked = {
            "position": finite_number("position", self.position),
            "focal_length": _focal_length(self.focal_length),
            "deflection": finite_number("deflection", self.deflection),
            "radius": _radius(self.radius),
        }
        for name, number in checked.items():
            object.__setattr__(self, name, number)

    def matrix(self) -> np.ndarray:
        """Matrix (3, 3) from the entrance of the plane to its exit."""
        return deflector(self.deflection) @ lens(self.focal_length)


@dataclass(frozen=True)
class RayPaths:
    """Rays at all planes of a column.

    Attributes
    ----------
    positions : (planes,) in Å
    heights : (rays, planes) distance from the axis in Å
    slopes : (rays, planes) in rad, at the entrance of each plane
    passes : (rays, planes) bool, True where the ray has passed this plane and all before it
    """

    positions: np.ndarray
    heights: np.ndarray
    slopes: np.ndarray
    passes: np.ndarray


@dataclass(frozen=True)
class Column:
    """Planes in the order in which electrons meet them.

    >>> column = Column((Plane("object", 0), Plane("lens", 30, focal_length=20), Plane("image", 90)))
    >>> column.matrix("object", "image")[0].round(12)            # x' = -2 x, whatever the slope
    array([-2.,  0.,  0.])
    """

    planes: tuple[Plane, ...]

    def __post_init__(self):
        names = [plane.name for plane in self.planes]
        if len(set(names)) < len(names):
            raise ValueError(f"names of planes must differ, got {', '.join(names)}")
        if any(a.position > b.position for a, b in zip(self.planes, self.planes[1:], strict=False)):
            places = ", ".join(f"{plane.name} at {plane.position:g}" for plane in self.planes)
            raise ValueError(f"planes must be in the order of their positions along the beam, got {places}")

    def __getitem__(self, name: str) -> Plane:
        return self.planes[self.index(name)]

    def index(self, name: str) -> int:
        """Number of the plane of this name along the beam."""
        names = [plane.name for plane in self.planes]
        if name not in names:
            raise KeyError(f"no plane {name!r} in this column; it has {', '.join(names)}")
        return names.index(name)

    def matrix(self, start: str, stop: str) -> np.ndarray:
        """Matrix (3, 3) from the entrance of one plane to that of another, also against the beam."""
        first, last = self.index(start), self.index(stop)
        if last < first:
            return _inverse(self.matrix(stop, start))
        total = np.eye(3)
        for plane, following in zip(self.planes[first:last], self.planes[first + 1 :], strict=False):
            total = drift(following.position - plane.position) @ plane.matrix() @ total
        return total

    def trace(self, rays, at: str) -> RayPaths:
        """Follow rays through the whole column, back and forth.

        Parameters
        ----------
        rays : (n, 2) height in Å and slope in rad at the entrance of the plane `at`
        at : name of a plane

        Returns
        -------
        RayPaths
        """
        rays = np.asarray(rays, float)
        if rays.ndim != 2 or rays.shape[1] != 2 or not np.isfinite(rays).all():
            raise ValueError(f"rays must be finite numbers of shape (n, 2), (height, slope); got shape {rays.shape}")
        start = np.column_stack([rays, np.ones(len(rays))])
        there = np.stack([start @ self.matrix(at, plane.name).T for plane in self.planes], axis=1)
        heights, slopes = there[..., 0], there[..., 1]
        radii = np.array([plane.radius for plane in self.planes])
        # a ray along the rim passes, however its height was rounded
        passes = np.logical_and.accumulate(np.abs(heights) <= radii * (1 + _ROUNDING), axis=1)
        return RayPaths(np.array([plane.position for plane in self.planes], float), heights, slopes, passes)


def _focal_length(value) -> float:
    number = _number_or_infinity(value)
    if math.isnan(number) or number == 0:
        raise ValueError(f"focal_length must be a number of Å other than 0, or inf for no lens; got {value!r}")
    return number


def _radius(value) -> float:
    number = _number_or_infinity(value)
    if not number > 0:
        raise ValueError(f"radius must be a number > 0 in Å, or inf for no aperture; got {value!r}")
    return number


def _number_or_infinity(value) -> float:
    """The value as a float; NaN if it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Inverse of a ray matrix; the determinant of its upper left 2 x 2 is 1."""
    (a, b, e), (c, d, g), _ = matrix
    return np.array([[d, -b, b * g - d * e], [-c, a, c * e - a * g], [0, 0, 1]])
