"""Numbers as text, as shared/numbers.js writes them."""

from __future__ import annotations

import math

import numpy as np

MINUS = "\u2212"


def fixed(value: float, decimals: int) -> str:
    """Write a number with fixed decimals, a true minus sign, and no negative zero; a dash for what is none.

    >>> fixed(-44.96, 1), fixed(-0.04, 1), fixed(float("nan"), 1)
    ('−45.0', '0.0', '–')
    """
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{decimals}f}"
    return MINUS + text if value < 0 and float(text) else text


def compact(value: float, digits: int = 3) -> str:
    """Write about so many significant digits, without exponents where people would not write one.

    >>> compact(0.0139), compact(1234.0), compact(-1.2e-5, 2), compact(0.0)
    ('0.0139', '1234', '−1.2e−5', '0')
    """
    if value == 0 or not math.isfinite(value):
        return fixed(value, 0)
    size = math.floor(math.log10(abs(value)))
    if -4 <= size <= 5:
        return fixed(value, max(0, digits - 1 - size))
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(power)}".replace("-", MINUS)


def short(value: float, digits: int = 3) -> str:
    """Write at most so many digits, without zeros at the end.

    >>> short(30.0), short(1234.0), short(0.66666)
    ('30', '1230', '0.667')
    """
    return np.format_float_positional(float(f"{value:.{digits}g}"), trim="-").replace("-", MINUS)


def brief(value: float) -> str:
    """Write the same, with an exponent below a thousandth.

    >>> brief(0.05), brief(0.0005), brief(-5e-5), brief(0.0)
    ('0.05', '5e−4', '−5e−5', '0')
    """
    if not value or abs(value) >= 1e-3:
        return short(value)
    mantissa, power = f"{value:.2e}".split("e")
    return f"{short(float(mantissa))}e{int(power)}".replace("-", MINUS)


def grouped(number: float) -> str:
    r"""Write a whole number in groups of three digits, so that it can be read.

    >>> grouped(12_500.0) == "12\u202f500"
    True
    """
    return f"{number:,.0f}".replace(",", "\u202f")


def plural(count: int, word: str) -> str:
    """Write how many there are of something.

    >>> plural(1, "frame"), plural(2, "frame")
    ('1 frame', '2 frames')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"
