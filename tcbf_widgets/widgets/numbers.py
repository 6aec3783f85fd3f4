"""Numbers as text, as shared/numbers.js writes them."""

from __future__ import annotations

MINUS = "\u2212"


def fixed(value: float, decimals: int) -> str:
    """Write a number with fixed decimals, a true minus sign, and no negative zero.

    >>> fixed(-44.96, 1), fixed(-0.04, 1)
    ('−45.0', '0.0')
    """
    text = f"{abs(value):.{decimals}f}"
    return MINUS + text if value < 0 and float(text) else text
