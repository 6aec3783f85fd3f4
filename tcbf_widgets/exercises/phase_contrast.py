"""Questions on phase contrast imaging."""

from __future__ import annotations

import math

from ..optics import electron_wavelength
from ..questions import Choice, Mistake, Number

ENERGY = 300e3  # eV
PERIOD = 30.0  # Å
SEEN, CONTRAST, RADIUS = 5.0, 0.19, 60.0  # times the noise; of a protein with a phase plate; its radius in Å
STRENGTH = 0.5  # rad, of a phase grating


def best_defocus(period: float = PERIOD) -> float:
    """Defocus in Å at which |sin χ| is 1 for the first time: π λ Δf / d² = π/2."""
    return period**2 / (2 * electron_wavelength(ENERGY))


def first_zero(defocus: float = 8000.0) -> float:
    """Period in Å at which sin χ vanishes for the first time: π λ Δf / d² = π."""
    return (electron_wavelength(ENERGY) * defocus) ** 0.5


def dose_to_see(contrast: float = CONTRAST, area: float = math.pi * RADIUS**2) -> float:
    """Dose in electrons/Å² at which contrast √(dose · area) is five."""
    return SEEN**2 / (contrast**2 * area)


QUESTIONS = (
    Choice(
        name="in_focus",
        text=(
            "A thin specimen turns the phase of a plane wave and stops no electron. "
            "What does a perfect lens show in focus?"
        ),
        right="nothing: the same intensity everywhere",
        mistakes=(
            Mistake(
                "the phase, bright where it is ahead",
                "intensity is the squared length of exp(iφ); does φ enter into it?",
            ),
            Mistake(
                "the square of the phase, faintly",
                "1 + φ² is what is left of |exp(iφ)|² if the exponential is cut off after two terms; take all of them",
            ),
            Mistake(
                "an outline of what is heavy", "that takes a lens which changes the wave; in focus this one does not"
            ),
        ),
        because="|exp(iφ)|² = 1, however large the phase; to see it, one of the two waves must be turned",
    ),
    Number(
        name="best_defocus",
        text=(
            "Which is the smallest defocus that shows a detail of period 30 Å with full contrast, at 300 kV and "
            "without a phase plate?"
        ),
        unit="Å",
        solve=best_defocus,
        within=0.02,
        mistakes=(
            Mistake(2 * best_defocus(), "there sin χ is at its first zero: full contrast comes where χ is π/2, not π"),
            Mistake(PERIOD / (2 * electron_wavelength(ENERGY)), "the defocus grows with the square of the period"),
            Mistake(best_defocus() / 2, "there χ is π/4; χ = π λ Δf / d², and full contrast needs π/2"),
        ),
        hint="the size of χ is π λ Δf / d², with λ = 0.0197 Å; where is |sin χ| equal to 1 for the first time?",
        because="d²/2λ: it grows with the square of the period, so that no defocus suits all details",
        signed=False,
    ),
    Number(
        name="first_zero",
        text="At 0.8 µm of defocus and 300 kV: which is the longest period that sin χ wipes out?",
        unit="Å",
        solve=first_zero,
        within=0.02,
        mistakes=(
            Mistake(first_zero() * 2**0.5, "there χ is π/2, and the contrast is full: it vanishes where χ is π"),
            Mistake(first_zero() / 2**0.5, "that is the second zero, where χ is 2π; there is a longer one"),
            Mistake(1 / first_zero(), "that is a spatial frequency, in 1/Å; its period is wanted"),
            Mistake(first_zero() ** 2, "λ Δf is the square of a length; what is the length?"),
        ),
        hint="the size of χ is π λ Δf / d², with λ = 0.0197 Å; what is χ at the first zero after d = ∞?",
        because="√(λ Δf): at smaller periods the contrast comes back, reversed",
        by="slider",
    ),
    Choice(
        name="other_side",
        text=(
            "A weak phase is imaged by a plane wave at a defocus of +1 µm, and then at −1 µm, without a phase plate "
            "and with one. What changes?"
        ),
        right="without the plate dark and bright change places; with it nothing changes",
        mistakes=(
            Mistake("dark and bright change places in both", "cos χ and sin χ: are both of them odd?"),
            Mistake("nothing changes in either", "without it sin χ is what counts; what does it do if χ → −χ?"),
            Mistake(
                "with the plate dark and bright change places; without it nothing changes",
                "the plate makes sin χ a cos χ; which of the two knows the sign of χ?",
            ),
        ),
        because="sin χ is odd and cos χ is even: only what is quadratic in the phase tells the plate's images apart",
        by="slider",
    ),
    Choice(
        name="why_plate",
        text="A phase plate in focus shows a protein as a whole, a defocus of half a micrometre does not. Why?",
        right="sin χ is near zero at low frequencies, cos χ is near one",
        mistakes=(
            Mistake(
                "the defocus blurs the protein as a whole", "blur concerns fine detail; what carries the whole shape?"
            ),
            Mistake("the plate adds electrons", "it turns the phase of the direct beam; no electron is gained"),
            Mistake(
                "the plate makes the scattered wave stronger",
                "it leaves the scattered wave alone; what decides how much of it meets the direct beam in step?",
            ),
        ),
        because="the shape of 120 Å lives below 0.01 1/Å, where sin χ has not yet risen",
    ),
    Number(
        name="dose_to_see",
        text=(
            "With a phase plate in focus a protein, seen as a disk of 60 Å radius, is 19 % brighter than what "
            "is around it. At which dose does it stand out by five times the noise of such an area beside it?"
        ),
        unit="electrons/Å²",
        solve=dose_to_see,
        within=0.03,
        mistakes=(
            Mistake(dose_to_see() / SEEN, "C √(D a) is to be five; if it is squared, the five is, too"),
            Mistake(dose_to_see() * CONTRAST, "the dose counts under a root, so the contrast enters with its square"),
            Mistake(dose_to_see() * math.pi, "the area of a disk is π r²"),
            Mistake(4 * dose_to_see(), "60 Å is the radius, not the diameter"),
            Mistake(dose_to_see() * 1e-4, "19 % is 0.19"),
        ),
        hint="D electrons per Å² on the area a are N = D a, with a relative noise of 1/√N; set C √N to five",
        because="less than one electron in ten Å² is enough to notice it; what it looks like takes many more",
    ),
    Number(
        name="talbot_peak",
        text=(
            "A grating has the phase 0.5 rad · sin(2πx/a). How bright is the brightest place in the plane at "
            "a²/2λ behind it, where the incoming wave has the intensity 1?"
        ),
        unit="",
        solve=lambda: 1 + math.sin(2 * STRENGTH),
        within=0.02,
        mistakes=(
            Mistake(1 + 2 * STRENGTH, "that is the weak phase approximation; half a radian is not weak any more"),
            Mistake(1 + math.sin(STRENGTH), "x and x + a/2 have opposite phases; how large is their difference?"),
            Mistake(math.sin(2 * STRENGTH), "the incoming wave is there, too: the mean is 1"),
        ),
        hint="the image is 1 + sin[φ(x) − φ(x + a/2)]; where is the difference of the phases largest?",
        because="1 + sin(1 rad); a weak phase would have written 1 + 2φ, with a brightest place of 2",
        by="code",
    ),
)
