"""How many digits a number deserves."""

from __future__ import annotations

import math

_MOST = 6  # decimals, as in shared/coefficient_table.js


def decimals(error: float) -> int:
    """Return the decimals that a value with this error deserves, by the rule of the Particle Data Group.

    An error whose first three digits are 100 to 354 is written with two digits, a larger one with one; whole numbers
    stay whole (Prog. Theor. Exp. Phys. 2022, 083C01, section 5.3 of the introduction, doi:10.1093/ptep/ptac097).

    Parameters
    ----------
    error : finite, 0 or more, in the unit in which both are written

    Returns
    -------
    0 to 6; 3 for an error of 0

    >>> decimals(0.0035), decimals(0.46), decimals(20.3), decimals(0.0), decimals(1e-12)
    (4, 1, 0, 3, 6)
    """
    if error == 0:
        return 3
    order = math.floor(math.log10(error))
    return min(max(0, (error < 3.55 * 10.0**order) - order), _MOST)
