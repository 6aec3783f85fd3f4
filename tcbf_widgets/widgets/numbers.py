"""Numbers as text, as shared/numbers.js writes them."""

from __future__ import annotations

import math

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


def grouped(number: float) -> str:
    r"""Write a whole number in groups of three digits, so that it can be read.

    >>> grouped(12_500.0) == "12\u202f500"
    True
    """
    return f"{number:,.0f}".replace(",", "\u202f")
