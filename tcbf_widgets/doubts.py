"""What speaks against taking the numbers of a reconstruction at their word, and what they cost."""

from __future__ import annotations

from .aberrations import AberrationFit
from .gathering import Gathered
from .refinement import Refinement

FARTHEST = 0.05  # of the defocus: where refinement and alignment differ by more, something is wrong with one of them


def doubts(gathered: Gathered, best: Refinement, fit: AberrationFit | None, outcome: str) -> list[str]:
    """Sentences, none if there is nothing to say.

    Parameters
    ----------
    gathered : the stack, and what was done to get it
    best : by maximum likelihood
    fit : by the alignment alone
    outcome : as in `Processed`
    """
    found = []
    if outcome == "refined" and fit is not None and disagreement(best, fit) > FARTHEST:
        found.append(
            f"the defocus by cross-correlation alone is {100 * disagreement(best, fit):.0f} % off the refined one: one "
            "of the two is wrong, whatever their uncertainties say. Trust the picture only where two scans agree"
        )
    if gathered.bin > 1 and outcome == "nothing":
        found.append(
            f"{_squares(gathered)}, perhaps more than the defocus allows: give more memory, or bin=1 and a part of the "
            "scan, before you believe that there is nothing"
        )
    return found


def notes(gathered: Gathered, best: Refinement, outcome: str) -> list[str]:
    """Sentences on what was done to the scan as it should be, and its small price; arguments as of `doubts`."""
    found = []
    if outcome == "nothing":
        return found
    if gathered.bin > 1:
        found.append(_of_bin(gathered, best))
    if gathered.descan is not None:
        found.append(
            "descan was corrected by whole pixels; what is left of it moves defocus and astigmatism by up to 1 %, "
            "which no uncertainty shows"
        )
    return found


def disagreement(best: Refinement, fit: AberrationFit) -> float:
    """How far the two are apart, as a share of the refined defocus."""
    return abs(fit.aberrations.defocus / best.aberrations.defocus - 1)


def _squares(gathered: Gathered) -> str:
    return f"squares of {gathered.bin} x {gathered.bin} detector pixels were summed"


def _of_bin(gathered: Gathered, best: Refinement) -> str:
    stack = gathered.stack
    # 0.2 to 0.9 % were found with disks of 26 to 10 pixels across, at 1.5 and 3 µm
    blur = stack.wavelength * abs(best.aberrations.defocus) * max(stack.reciprocal_sampling)
    return (
        f"{_squares(gathered)}, within which the displacement changes by {blur:.0f} Å: finer detail is blurred, "
        "and the defocus comes out too small by up to 1 %. More memory, or a smaller bin, sees more"
    )
