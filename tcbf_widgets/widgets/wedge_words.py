"""What MissingWedge says: the twin of shared/wedge_words.js."""

from __future__ import annotations

import math

from .numbers import compact, short


def length(distance: float) -> str:
    """Write a length of some Å along the beam, in nm.

    >>> length(39.9), length(math.inf)
    ('4.0 nm', 'no depth')
    """
    return f"{compact(distance / 10, 2)} nm" if math.isfinite(distance) else "no depth"


def half(beta: float) -> str:
    """Say where the weight is one half.

    >>> half(30), half(1), half(0)
    ('half weight at 33 mrad', 'half weight at 45°', 'nothing is taken away')
    """
    if beta == 0:
        return "nothing is taken away"
    angle = math.atan(1 / beta)
    text = f"{short(1000 * angle, 2)} mrad" if angle < 0.1 else f"{short(math.degrees(angle), 2)}°"
    return f"half weight at {text}"


def status(beta: float, semiangle: float, sizes, resolution, deep: float) -> str:
    """Say where the weight is one half, and what beam and weight leave of a fine detail and of a large shape.

    Parameters
    ----------
    beta, semiangle : β and mrad
    sizes : the fine and the large one, in Å
    resolution : (sizes) -> distances in Å, "beam" and "weight"
    deep : thickness of the object in Å
    """
    distances = resolution(sizes)
    (beam, large_beam), (weight, large_weight) = (distances[name] for name in ("beam", "weight"))
    fine, large = (f"{short(size)} Å" for size in sizes)
    kept = f"keeps {length(beam)} of depth" if beam <= deep else f"smears over {length(beam)}"
    said = f"detail of {fine} {f'{kept} in the beam' if math.isfinite(beam) else 'is not recorded'}"
    return (
        f"β {short(beta)}: {half(beta)}, the beam reaches {short(semiangle)} mrad; "
        f"{said}{f', {length(weight)} weighted' if beta > 0 else ''}; "
        f"shapes of {large} smear over {length(large_beam)}{f' and {length(large_weight)}' if beta > 0 else ''}"
    )
