"""What a guessed lens is worth, as shared/challenge_state.js computes it from the same numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Score:
    """How near a lens comes to the true one.

    kept : share of the power that the images share at the truth, 0 to 1
    blur : Å, root mean square over the disk of what the shifts are still off
    upright : whether the defocus has the right sign; with the wrong one, matter would be read as holes
    limit : Å, resolution limit λ/2α, to which the blur is compared
    """

    kept: float
    blur: float
    upright: bool
    limit: float

    @property
    def near(self) -> float:
        """How near the lens is, 0 to 1: a half where the blur is as large as the resolution limit."""
        return 1 / (1 + (self.blur / self.limit) ** 2) if self.upright else 0.0

    @property
    def points(self) -> float:
        """From 0 to 100: half of them for the image, half for the lens.

        >>> Score(1.0, 0.0, True, 2.5).points, Score(0.5, 2.5, True, 2.5).points, Score(1.0, 0.0, False, 2.5).points
        (100.0, 50.0, 50.0)
        """
        return 50 * self.kept + 50 * self.near


def signal_ratio(power: float, noise: float) -> float:
    """Signal-to-noise ratio of a sum of images that share this power, beside that of their noise.

    >>> signal_ratio(9.0, 4.0), signal_ratio(-1.0, 4.0), signal_ratio(1.0, 0.0)
    (1.5, 0.0, 0.0)
    """
    return math.sqrt(max(power, 0.0) / noise) if noise > 0 else 0.0


def kept_share(power: float, most: float) -> float:
    """Share of the attainable power, 0 to 1; 0 where there is none.

    >>> kept_share(1.0, 4.0), kept_share(5.0, 4.0), kept_share(-1.0, 4.0), kept_share(1.0, 0.0)
    (0.25, 1.0, 0.0, 0.0)
    """
    return float(np.clip(power / most, 0.0, 1.0)) if most > 0 else 0.0


def remaining_blur(shifts: np.ndarray, true_shifts: np.ndarray, members: np.ndarray) -> float:
    """Root mean square distance in Å of shifts (n, 2) of groups of so many ``members`` (n,)."""
    squares = np.sum((shifts - true_shifts) ** 2, axis=1)
    return float(np.sqrt(np.average(squares, weights=members)))
