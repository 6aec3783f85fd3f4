"""Two microscopes with one objective, as columns for rays: a conventional one, and a scanning one.

The second is the first, passed backwards. They are made to be drawn, so they magnify two times only.
"""

from __future__ import annotations

from ._checks import finite_number, positive_number
from .rays import Column, Plane, tilt_pair

MILLIMETRE = 1e7  # Å

# the column of both microscopes, in Å from the source of the conventional one
_CONDENSER, _FIRST, _SECOND, _FOCUS, _OBJECTIVE, _IMAGE = (
    millimetres * MILLIMETRE for millimetres in (1.2, 1.8, 2.7, 4.1, 5.6, 8.6)
)
_FOCAL_LENGTH = 1.0 * MILLIMETRE


def ctem_column(defocus: float, tilt: float, semiangle: float = 4.0) -> Column:
    """A conventional microscope whose plane wave is tilted by two deflectors.

    The objective, of 1 mm focal length, images the plane "focus" 1.5 mm before it, twice as large, onto the plane
    "image". The deflectors tilt the beam about the point where the axis meets the specimen.

    Parameters
    ----------
    defocus : Å, how far behind the focus the specimen lies, along the beam: underfocus is > 0
    tilt : mrad, slope of the plane wave at the specimen, λk
    semiangle : mrad, passed by the objective aperture, in the back focal plane
    """
    specimen = _FOCUS + _defocus(defocus)
    angles = tilt_pair(1e-3 * finite_number("tilt", tilt), _FIRST, _SECOND, specimen)
    radius = _FOCAL_LENGTH * 1e-3 * positive_number("semiangle", semiangle, "in mrad")
    focus, sample = Plane("focus", _FOCUS), Plane("specimen", specimen)
    return Column(
        (
            Plane("source", 0.0),
            Plane("condenser", _CONDENSER, focal_length=_CONDENSER),
            Plane("first deflector", _FIRST, deflection=angles[0]),
            Plane("second deflector", _SECOND, deflection=angles[1]),
            *sorted((focus, sample), key=lambda plane: plane.position),
            Plane("objective", _OBJECTIVE, focal_length=_FOCAL_LENGTH),
            Plane("aperture", _OBJECTIVE + _FOCAL_LENGTH, radius=radius),
            Plane("image", _IMAGE),
        )
    )


def stem_column(defocus: float, semiangle: float = 4.0) -> Column:
    """A scanning microscope with the same objective, passed in the other direction.

    The objective images the plane "source", half as large, onto the plane "focus", where the probe is. A projector lens
    turns the direction in which a ray leaves the specimen into a place on the plane "detector".

    Parameters
    ----------
    defocus : Å, how far before the focus the specimen lies, along the beam: underfocus is > 0
    semiangle : mrad, of the probe
    """
    radius = _FOCAL_LENGTH * 1e-3 * positive_number("semiangle", semiangle, "in mrad")
    focus, sample = Plane("focus", _IMAGE - _FOCUS), Plane("specimen", _IMAGE - _FOCUS - _defocus(defocus))
    return Column(
        (
            Plane("source", 0.0),
            Plane("aperture", _IMAGE - _OBJECTIVE - _FOCAL_LENGTH, radius=radius),
            Plane("objective", _IMAGE - _OBJECTIVE, focal_length=_FOCAL_LENGTH),
            *sorted((sample, focus), key=lambda plane: plane.position),
            Plane("projector", _IMAGE - _SECOND, focal_length=_SECOND),
            Plane("detector", _IMAGE),
        )
    )


def apparent_shift(column: Column) -> float:
    """Where a feature on the axis seems to lie, in Å, referred to the specimen.

    Parameters
    ----------
    column : from `ctem_column`

    Returns
    -------
    Å; that of the ray which came along the axis. For a beam of tilt λk it is λ C10 k.

    >>> round(apparent_shift(ctem_column(defocus=15_000, tilt=4)), 6)       # C10 = -15000 Å, λk = 0.004
    -60.0
    """
    image = column.trace([[0.0, 0.0]], "source").heights[0, -1]
    return float(image / column.matrix("focus", "image")[0, 0])


def _defocus(value) -> float:
    """The defocus, if a specimen there is between deflectors and objective."""
    defocus = finite_number("defocus", value)
    low, high = _SECOND - _FOCUS, _OBJECTIVE - _FOCUS
    if not low < defocus < high:
        raise ValueError(f"defocus must be between {low:g} and {high:g} Å, where there is room; got {defocus:g}")
    return defocus
