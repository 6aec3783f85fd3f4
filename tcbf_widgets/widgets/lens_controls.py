"""Which sliders a lens has in the widgets: their ranges, steps and units, and where they stand at first."""

from __future__ import annotations

import math

from ..digits import decimals
from ..optics import orders
from .figure import nice_length
from .numbers import fixed

# name -> unit on the slider, Å (or degrees) in one of them
UNITS = {
    "rotation_deg": ("°", 1.0),
    "defocus": ("µm", 1e4),
    "C12x": ("nm", 10.0),
    "C12y": ("nm", 10.0),
    "C21x": ("µm", 1e4),
    "C21y": ("µm", 1e4),
    "C23x": ("µm", 1e4),
    "C23y": ("µm", 1e4),
    "C30": ("mm", 1e7),
}
COEFFICIENTS = tuple(UNITS)[1:]
# What a microscope has at most: 1 µm of two-fold astigmatism, 5 mm of C30, and as much coma as a beam that enters such
# a lens 7 mrad off its axis, 3 x 5 mm x 7 mrad = 100 µm; so that the arrows visibly bend. The two-fold astigmatism goes
# beyond the defocus all the same: the lens that has the two exchanged explains the same shifts
_LARGEST = {"C12": 1e4, "C21": 1e6, "C23": 1e6, "C30": 5e7}
_STEPS = 250  # at least, from the middle to either end


def slider_ranges(start: dict[str, float], semiangle: float) -> dict[str, dict]:
    """Range of each slider as plain JSON, symmetric about 0.

    Parameters
    ----------
    start : fitted values, in Å; "defocus" must be among them
    semiangle : of the disk, in rad

    Returns
    -------
    name -> {"most", "step", "unit", "scale"}: the end and the step in Å, and how many Å a unit of the slider has.
    No slider reaches further than that of the defocus, measured at the rim of the disk.
    """
    defocus = _round_up(max(1.8 * abs(start["defocus"]), 1000.0))
    reach = defocus * semiangle
    ranges = {"rotation_deg": (180.0, 1.0), "defocus": (defocus, nice_length(defocus / _STEPS))}
    for name in COEFFICIENTS[1:]:
        radial, _ = orders(name)
        most = nice_length(min(_LARGEST[name[:3]], reach / semiangle**radial))
        known = max(abs(start.get(name, 0.0)), abs(start["defocus"]) if radial == 1 else 0.0)
        most = max(most, _round_up(1.25 * known) if known else 0.0)
        ranges[name] = (most, nice_length(most / _STEPS))
    return {
        name: {"most": most, "step": step, "unit": UNITS[name][0], "scale": UNITS[name][1]}
        for name, (most, step) in ranges.items()
    }


def _round_up(value: float) -> float:
    """The smallest of 1, 2, 3, 5, 10, ... (any power of ten) that is not below ``value``.

    >>> _round_up(27_000.0), _round_up(30_000.0), _round_up(0.51)
    (30000.0, 30000.0, 1.0)
    """
    decade = 10.0 ** math.floor(math.log10(value))
    return next(step * decade for step in (1.0, 2.0, 3.0, 5.0, 10.0) if step * decade >= value * (1 - 1e-9))


def detuned(fitted: dict[str, float], ranges: dict[str, dict]) -> dict[str, float]:
    """First values of the sliders: near enough to the fit for a hint of the image, far enough to be improved.

    Three quarters of the defocus, a rotation that is about 15 degrees off, nothing else.
    """
    step = ranges["defocus"]["step"]
    rotation = 15.0 * round(fitted["rotation_deg"] / 15.0 + 1.0)
    return {
        "rotation_deg": rotation if rotation <= 180.0 else rotation - 360.0,
        "defocus": step * round(0.75 * fitted["defocus"] / step),
    }


def written(name: str, value: float) -> str:
    """A value in the unit of its slider, as "1.50 µm".

    >>> written("defocus", 15_000.0), written("rotation_deg", -15.0), written("C30", 2.7e7)
    ('1.50 µm', '−15.0°', '2.70 mm')
    """
    unit, scale = UNITS[name]
    digits = {"°": 1, "nm": 0}.get(unit, 2)
    text = fixed(value / scale, digits)
    return f"{text}°" if unit == "°" else f"{text} {unit}"


def with_uncertainty(name: str, value: float, uncertainty: float | None) -> str:
    """A fitted value with as many digits as its uncertainty deserves, in the unit of its slider.

    None, or what is not finite, is an uncertainty without bound.

    >>> with_uncertainty("defocus", 15_143.0, 34.8), with_uncertainty("rotation_deg", -15.095, 0.46)
    ('1.5143 ± 0.0035 µm', '−15.1 ± 0.5°')
    """
    unit, scale = UNITS[name]
    if uncertainty is None or not math.isfinite(uncertainty):
        return f"{written(name, value)} (not determined)"
    digits = decimals(uncertainty / scale)
    gap = "" if unit == "°" else " "
    return f"{fixed(value / scale, digits)} ± {fixed(uncertainty / scale, digits)}{gap}{unit}"
