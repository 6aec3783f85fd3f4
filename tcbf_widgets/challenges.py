"""Scans with a lens to be found: drawn by a seed, simulated, and told apart from what a player may know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ._checks import non_negative_integer
from .ambiguity import wrapped
from .bright_field import BrightFieldStack
from .collecting import bright_field_stack
from .information import cramer_rao_bound, phase_power
from .lens import ROTATION, Lens
from .optics import Aberrations
from .simulate import simulate_scan
from .specimen import apoferritin_in_ice

# Parameters that a player of each level looks for
ASKED = {
    1: ("defocus",),
    2: ("defocus", ROTATION),
    3: ("defocus", ROTATION, "C12x", "C12y"),
}
# Å. Below the first of these images differ by too little; up to the second the contrast of all that the scan resolves
# has one sign, so that proteins are dark or bright as a whole
_DEFOCUS = 11_000.0, 16_000.0
_ASTIGMATISM = 1_200.0, 3_000.0  # Å: worth finding, and far from the defocus, which it could be taken for
_ENERGY, _DOSE = 300e3, 100.0  # eV, electrons/Å²
# a window that holds the widest probe, and pixels whose images move by less than a scan step from one to the next
_WINDOW, _DETECTOR = 192, (48, 48)


@dataclass(frozen=True, eq=False, repr=False)
class ChallengeScan:
    """A scan whose lens is to be found.

    level : 1 defocus; 2 defocus and rotation; 3 defocus, rotation and two-fold astigmatism
    seed : that drew it
    stack : virtual images
    lens : the truth
    asked : names of what is looked for, "defocus", "rotation_deg", "C12x", "C12y"
    uncertainties : name -> smallest standard deviation (Å, degrees) that an unbiased estimate can have
    """

    level: int
    seed: int
    stack: BrightFieldStack
    lens: Lens
    asked: tuple[str, ...]
    uncertainties: dict[str, float]

    def __repr__(self) -> str:  # the truth stays out of sight
        return f"ChallengeScan(level={self.level}, seed={self.seed}, asked={self.asked})"

    @property
    def truth(self) -> dict[str, float]:
        """Values in Å and degrees of what is asked."""
        aberrations = self.lens.aberrations
        known = {"defocus": aberrations.defocus, ROTATION: self.lens.rotation_deg}
        known |= {name: aberrations[name] for name in self.asked if name not in known}
        return {name: known[name] for name in self.asked}

    @property
    def underfocused(self) -> bool:
        """Whether it is told that the defocus is positive."""
        return self.level == 2


def challenge(level: int = 1, seed: int = 0) -> ChallengeScan:
    """Simulate a scan of apoferritin in ice with a lens to be found.

    24 x 48 positions 10 Å apart, 300 kV, 4 mrad, 100 electrons/Å². The defocus lies between 1.1 and 1.6 µm, the
    rotation anywhere, two-fold astigmatism between 120 and 300 nm. In level 2 the beam is underfocused; in the others
    the focus may lie on either side. Level 1 tells the rotation, so the shifts decide; in level 3 the lens and its
    twin, (-C10, rotation + 180°, -C12), move all images alike, and the contrast decides: proteins are dark in
    underfocus and bright in overfocus.

    Parameters
    ----------
    level : 1, 2 or 3
    seed : a whole number; another one gives another scan

    Returns
    -------
    ChallengeScan

    >>> challenge(2).asked
    ('defocus', 'rotation_deg')
    """
    if isinstance(level, bool) or level not in ASKED:
        raise ValueError(f"level must be 1, 2 or 3, got {level!r}")
    level, seed = int(level), non_negative_integer("seed", seed)
    lens, counted = _drawn(level, seed)
    specimen = _specimen()
    scan = simulate_scan(
        specimen,
        energy=_ENERGY,
        aberrations=lens.aberrations,
        rotation_deg=lens.rotation_deg,
        dose=_DOSE,
        window=_WINDOW,
        detector_shape=_DETECTOR,
        seed=counted,
    )
    stack = bright_field_stack(scan)
    names = {("C10" if name == "defocus" else name): name for name in ASKED[level]}
    # twice the scan's Nyquist frequency: what lies between is in the images as well, and fits make use of it
    limit = 1 / max(stack.scan_sampling)
    bound = cramer_rao_bound(stack, lens, phase_power(specimen, _ENERGY), tuple(names), limit)
    return ChallengeScan(level, seed, stack, lens, ASKED[level], {names[name]: bound[name] for name in names})


def _drawn(level: int, seed: int) -> tuple[Lens, int]:
    """The hidden lens, and the seed of the counting noise."""
    rng = np.random.default_rng((level, seed))
    defocus, size = rng.uniform(*_DEFOCUS), rng.uniform(*_ASTIGMATISM)
    rotation, direction = wrapped(rng.uniform(-180, 180)), rng.uniform(0, 2 * np.pi)
    over, counted = bool(rng.integers(2)), int(rng.integers(2**31))
    if over and level != 2:  # see `ChallengeScan.underfocused`
        defocus = -defocus
    astigmatism = {"C12x": size * np.cos(direction), "C12y": size * np.sin(direction)} if level == 3 else {}
    return Lens(Aberrations.from_defocus(defocus, **astigmatism), rotation), counted


@lru_cache(maxsize=1)
def _specimen():
    """One field of proteins for all scans, each of which looks at it turned by its own rotation."""
    return apoferritin_in_ice(shape=(740, 740), seed=7)
