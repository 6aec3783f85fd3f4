"""Places and shares of TiltedIllumination in words, as shared/tilted_words.js has them."""

from __future__ import annotations

import math


def beside(shift) -> str:
    """A place (y, x) in Å in words; what rounds to nothing is left out.

    >>> beside((-21.0, 32.5))
    '21.0 Å up, 32.5 Å right'
    """
    sides = [("up" if shift[0] < 0 else "down", abs(shift[0])), ("left" if shift[1] < 0 else "right", abs(shift[1]))]
    return ", ".join(f"{length:.1f} Å {side}" for side, length in sides if float(f"{length:.1f}"))


def percent(share: float) -> str:
    """A share in percent, with two digits and without exponents.

    >>> percent(1.3e-5), percent(0.25), percent(0.0)
    ('0.0013 %', '25 %', '0 %')
    """
    decimals = 1 - math.floor(math.log10(100 * share)) if share > 1e-9 else 0
    return f"{100 * share:.{min(8, max(0, decimals))}f} %"
