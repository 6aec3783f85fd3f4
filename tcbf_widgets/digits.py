"""How many digits a number deserves."""

from __future__ import annotations

import math


def decimals(error: float) -> int:
    """Return the decimals that a value with this error deserves, by the rule of the Particle Data Group.

    An error gets two digits up to 0.354 of its power of ten, one above, and whole numbers stay whole (Particle Data
    Group, Prog. Theor. Exp. Phys. 2022, 083C01, section 5.3, doi:10.1093/ptep/ptac097). Without an error, three.

    >>> decimals(0.0035), decimals(0.46), decimals(20.3), decimals(0.0)
    (4, 1, 0, 3)
    """
    if error == 0:
        return 3
    order = math.floor(math.log10(error))
    return max(0, (error < 3.55 * 10.0**order) - order)
