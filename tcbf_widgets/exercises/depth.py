"""Questions on depth, multislice, and the missing wedge."""

from __future__ import annotations

import math

from ..depth import missing_wedge_weight
from ..optics import electron_wavelength
from ..questions import Choice, Mistake, Number

ENERGY = 300e3  # eV
WIDE, BEAM = 20.0, 30.0  # mrad
CLOSER = 2.5  # times
DEPTH = 76.0  # Å
PERIOD, BETA, APART, TIMES = 8.0, 30.0, 200.0, 10  # Å, -, Å, -


def focus_depth(semiangle: float = WIDE) -> float:
    """Depth of focus in Å, λ/α²."""
    return electron_wavelength(ENERGY) / (1e-3 * semiangle) ** 2


def largest_size(depth: float = DEPTH) -> float:
    """Largest period d in Å for which half a period along the beam, 1/(2α/d − λ/d²), is Δz: d² − 2αΔz d + λΔz = 0."""
    half = 1e-3 * BEAM * depth
    return half + math.sqrt(half**2 - electron_wavelength(ENERGY) * depth)


def weight(apart: float = APART) -> float:
    """Weight of what differs between two slices, of a period that runs along x."""
    period_in_pixels = 16
    shape, sampling = (1, period_in_pixels), PERIOD / period_in_pixels
    return float(missing_wedge_weight(2, shape, sampling, apart, BETA)[1, 0, 1])


QUESTIONS = (
    Number(
        name="focus_depth",
        text=(
            "How large is the depth of focus of a beam of 300 kV (λ = 0.0197 Å) and 20 mrad? Take half of the shortest "
            "period along the beam that it records."
        ),
        unit="Å",
        solve=focus_depth,
        within=0.02,
        mistakes=(
            Mistake(focus_depth() / 2, "that is where one slice begins to fail, λ/2α²; the depth of focus is larger"),
            Mistake(2 * focus_depth(), "that is a whole period of the largest kz; half of one tells two layers apart"),
            Mistake(
                electron_wavelength(ENERGY) / (1e-3 * WIDE), "that is a length across the beam: the angle comes twice"
            ),
        ),
        hint="where is kz largest, and how large is it there? With q = α/λ in αq − λq²/2",
        because="λ/α²: twice the angle, twice as fine a detail, and a quarter of the depth",
    ),
    Number(
        name="dose_for_distance",
        text=(
            "Two layers are just told apart with some dose. They are now 2.5 times closer, and the phases 2π kz Δz "
            "are small. How many times the dose does it take?"
        ),
        unit="",
        solve=lambda: CLOSER**2,
        within=0.02,
        mistakes=(
            Mistake(CLOSER, "the phase is smaller by that much; what does the loss make of a phase?"),
            Mistake(CLOSER**3, "one factor too many: the loss squares the phase"),
            Mistake(CLOSER**-2, "closer layers are harder, not easier, to tell apart"),
            Mistake(CLOSER**4, "the trace goes with the square of the distance, and with the dose itself"),
        ),
        hint="how does the loss between both cases depend on the distance, and how on the number of electrons?",
        because="the trace goes with the square of the distance, and in proportion to the dose",
    ),
    Number(
        name="size_with_depth",
        text=(
            "A beam of 300 kV and 30 mrad. By the limit |kz| ≤ αq − λq²/2: up to which period 1/q is half a period "
            "along the beam, 1/(2|kz|), as short as 76 Å?"
        ),
        unit="Å",
        solve=largest_size,
        within=0.04,
        mistakes=(
            Mistake(2e-3 * BEAM * DEPTH, "2αΔz is a good rule for large shapes; here λq is not small against α"),
            Mistake(1e-3 * BEAM * DEPTH, "the distance is half of the period 1/kz"),
            Mistake(largest_size(DEPTH / 2), "there a whole period is 76 Å, and half of one is asked"),
            Mistake(
                math.sqrt(electron_wavelength(ENERGY) * DEPTH), "that is one wave on the axis: inclined ones do more"
            ),
            Mistake(
                electron_wavelength(ENERGY) * DEPTH / largest_size(),
                "there the limit falls again; the largest is wanted",
            ),
        ),
        hint="set 1/(2αq − λq²) to 76 Å, and solve for 1/q; or look where the curve crosses 7.6 nm",
        because="about 2αΔz: an 18 Å particle, 76 Å high, would need some 120 mrad, or another direction",
        by="slider",
    ),
    Number(
        name="left_of_wave",
        text=(
            "Two slices 200 Å apart differ by a wave of 8 Å. The weight W = 1 − (2/π) arctan(β² kz² / q²) with β = 30 "
            "is applied after each of ten epochs, and the patterns do not object. What is left of the difference?"
        ),
        unit="%",
        solve=lambda: 100 * weight() ** TIMES,
        within=0.05,
        mistakes=(
            Mistake(100 * weight(), "so much is left after one epoch"),
            Mistake(
                100 * weight(APART / 2) ** TIMES, "what alternates from slice to slice has a period of two distances"
            ),
            Mistake(100 * (1 - weight() ** TIMES), "that is what has gone"),
            Mistake(100 * weight(APART / 2), "two slips: it alternates, with a period of two distances, and ten times"),
        ),
        hint="kz of what alternates between slices 200 Å apart is 1/(400 Å); `depth.missing_wedge_weight` agrees",
        because=f"{weight():.2f} each time: however softly W begins, many epochs make it cut sharply",
        by="code",
    ),
    Choice(
        name="smeared_along_beam",
        text=(
            "A smooth particle 18 Å wide and columns of atoms 2.5 Å apart, in one scan from one direction. What does "
            "the record smear more along the beam, and why?"
        ),
        right="the particle: the coarser a detail, the less phases turn with its depth",
        mistakes=(
            Mistake(
                "the atoms: they scatter to larger angles", "and just that makes their waves part faster with depth"
            ),
            Mistake(
                "the atoms: small things leave a weak trace", "strong or weak is not the question; compare kz of both"
            ),
            Mistake("both alike: the depth of focus is λ/α² for all", "that is for waves with q = α/λ, the best case"),
        ),
        because="|kz| is at most about αq for coarse detail: the mean of a crystal, too, goes the way of the particle",
    ),
    Choice(
        name="back_through_slice",
        text=(
            "A wave has passed a slice O that absorbs, |O| < 1. With what is the slope of the loss multiplied "
            "on its way back?"
        ),
        right="O*",
        mistakes=(
            Mistake(
                "1/O",
                "this would undo the slice; slopes are carried by the adjoint, and faint rays should count little",
            ),
            Mistake(
                "O", "the adjoint of a product: move the factor to the other side of Σ a* b, and see what it becomes"
            ),
            Mistake("1/O*", "for |O| = 1 this is the same as O itself; what happens where nothing gets through?"),
        ),
        because="the adjoint of a product: it turns phases back, and what came through an absorber weighs little",
    ),
)
