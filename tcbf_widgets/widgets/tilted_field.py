"""The periodic field that TiltedIllumination shows, and the lenses whose images fit into it."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from .._checks import finite_number, positive_number
from ..coarse import warn_if_coarse
from ..specimen import Specimen, apoferritin_in_ice
from .phase_source import WIDEST, specimen_phase

SIZE = 256  # pixels of the image, a power of two
REACH = 1.2  # half the width of the detector plane that is shown, in radii of the disk; its corners are at 1.7
FIRST_DEFOCUS = 15_000.0  # Å
_WIDEST_ANGLE = 10.0  # mrad
_PROTEIN = 125.0  # Å; a wider beam would leave a field that does not hold one
_ALONE = 180.0  # Å; a wider periodic field has room for a second cage
_NARROWEST = 8.0  # Å; of a smaller field there is nothing to see


def checked_angle(semiangle, wavelength: float) -> float:
    """Return a semi-angle in mrad, or raise where the field of its image would be too narrow."""
    semiangle = positive_number("semiangle", semiangle, "in mrad")
    widest = min(_WIDEST_ANGLE, math.floor(1e4 * wavelength * _field_width(1.0) / _PROTEIN) / 10)
    if semiangle > widest:
        raise ValueError(
            f"semiangle must be at most {widest:g} mrad, got {semiangle:g}; of a wider beam 256 pixels cannot show the "
            "image of a whole protein"
        )
    return semiangle


def _field_width(rim: float) -> float:
    """Width in Å of a field whose pixels are just fine enough for the whole detector plane shown."""
    # waves reach to 1/(3 sampling), and must reach into the corners
    return SIZE / (3 * math.sqrt(2) * REACH * rim)


def checked_lens(C30, defocus, semiangle: float, length: float) -> tuple[float, float]:
    """C30 and the largest defocus in Å with which images of the rim stay within half of the periodic field."""
    angle = semiangle * 1e-3
    most = {"C30": _rounded_down(length / 2 / angle**3), "defocus": _rounded_down(length / 2 / angle)}
    for name, value in (("C30", finite_number("C30", C30)), ("defocus", finite_number("defocus", defocus))):
        if abs(value) > most[name]:
            raise ValueError(
                f"{name} must be between -{most[name]:g} and {most[name]:g} Å, got {value:g}; more would displace the "
                f"images at {semiangle:g} mrad by more than half of the field, {length:.3g} Å wide"
            )
    return float(C30), most["defocus"]


def _rounded_down(value: float) -> float:
    """Two digits of a positive number, rounded towards zero."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value / unit) * unit


def field_phase(specimen: Specimen | None, energy: float, rim: float) -> tuple[np.ndarray, float]:
    """Phase (256, 256) and sampling of a field that is sampled finely enough for the whole detector plane shown."""
    widest = min(WIDEST, _field_width(rim))
    shown = _built_in(widest) if specimen is None else specimen
    phase, sampling = specimen_phase(shown, energy, SIZE, widest)
    if SIZE * sampling < _NARROWEST:
        raise ValueError(f"specimen must be at least {_NARROWEST:g} Å wide, got {SIZE * sampling:g}")
    thickness = len(shown.potential) * shown.slice_thickness
    warn_if_coarse(Specimen(shown.projected[None], shown.sampling, thickness), energy, stacklevel=4)
    return phase, sampling


@cache
def _built_in(side: float) -> Specimen:
    """One cage of procedural apoferritin in the middle of an empty, periodic field of this width in Å."""
    sampling = side / SIZE
    pixels = min(SIZE, 2 * int(_ALONE / sampling / 2))
    cage = apoferritin_in_ice(shape=pixels, sampling=sampling, ice_thickness=0.0, seed=7)
    margin = (SIZE - pixels) // 2
    padded = np.pad(cage.potential, ((0, 0), (margin, margin), (margin, margin)))
    return Specimen(padded, sampling, cage.slice_thickness)


def slider_ranges(state: dict, most: float, rim: float, step: float) -> dict[str, list[float]]:
    """Ends of the sliders; that of the defocus is wider than usual where the first state asks for it."""
    defocus = min(most, max(2e4, math.ceil(1.2 * abs(float(state["defocus"])) / 1e4) * 1e4))
    reach = round(math.floor(REACH * rim / step) * step, 9)
    return {"defocus": [-defocus, defocus], "ky": [-reach, reach], "kx": [-reach, reach]}
