"""Questions on ptychography as an inverse problem."""

from __future__ import annotations

import math

from ..questions import Choice, Mistake, Number

SEMIANGLE, DEFOCUS = 10.0, 650.0  # mrad, Å: the scan of the chapter
STEP, WIDE_STEP = 4.0, 8.0  # Å
COMPUTED, MEASURED = (1.0, 2.0, 4.0), (3.0, 2.0, 5.0)  # amplitudes of three pixels
PHASE = 0.01  # rad
EXPECTED = 2.0  # electrons in a pixel


def overlap_in_percent() -> float:
    """Share of its width, 2 α Δf, that a probe has in common with the next, STEP away."""
    return 100 * (1 - STEP / (2e-3 * SEMIANGLE * DEFOCUS))


def touching_defocus() -> float:
    """Defocus in Å at which lit circles touch, 2 α Δf = step."""
    return WIDE_STEP / (2e-3 * SEMIANGLE)


def best_factor() -> float:
    """Factor of the computed amplitudes with the least square difference: a line through the origin."""
    products = math.fsum(one * other for one, other in zip(COMPUTED, MEASURED, strict=True))
    return products / math.fsum(one**2 for one in COMPUTED)


def least_electrons() -> float:
    """Electrons for which 1/(2 √n), the bound of an ideal phase plate, is PHASE."""
    return 1 / (2 * PHASE) ** 2


def mean_of_roots() -> float:
    """Mean of √N of a Poisson number N; counts of more than 60 electrons, out of 2, are as good as impossible."""
    return math.fsum(n**0.5 * math.exp(-EXPECTED) * EXPECTED**n / math.factorial(n) for n in range(60))


QUESTIONS = (
    Number(
        name="scan_overlap",
        text=(
            "A beam with a semi-angle of 10 mrad meets the object 650 Å before its focus. The probe then moves on by "
            "4 Å. What share of its width has it in common with the one before?"
        ),
        unit="%",
        solve=overlap_in_percent,
        within=0.02,
        mistakes=(
            Mistake(100 - 2 * (100 - overlap_in_percent()), "that takes the radius of the cone for its width"),
            Mistake(100 - overlap_in_percent(), "that is the share that is new; what is left of the old one?"),
        ),
        hint="how wide is the cone, from rim to rim, where it meets the object? And how much of that is one step?",
        because="1 − step/(2 α Δf): the cone is 13 Å wide, and 60 percent or more are the usual advice",
    ),
    Number(
        name="touching_circles",
        text=(
            "A probe with a semi-angle of 10 mrad stands on places 8 Å apart. At which defocus do the lit circles "
            "just touch each other?"
        ),
        unit="Å",
        solve=touching_defocus,
        within=0.04,
        mistakes=(
            Mistake(
                2 * touching_defocus(), "there the radius α Δf is the step, and each circle reaches the next middle"
            ),
            Mistake(touching_defocus() / 2, "there the circles are half as wide as their distance"),
        ),
        hint="a circle is 2 α Δf wide; how wide is it when two of them touch?",
        because="2 α Δf = 8 Å: with less defocus, what lies between the circles is hardly lit, and their phases part",
        by="slider",
        signed=False,
    ),
    Number(
        name="probe_strength",
        text=(
            "The beam current is not known. With some probe the computed amplitudes of three pixels are 1, 2 and 4; "
            "measured are 3, 2 and 5. By which factor must the probe be multiplied for the least amplitude loss?"
        ),
        unit="",
        solve=best_factor,
        within=0.01,
        mistakes=(
            Mistake(
                sum(MEASURED) / sum(COMPUTED), "sums agree with that, squares of differences are not yet at their least"
            ),
            Mistake(best_factor() ** 2, "by that much the current is higher; the probe is an amplitude"),
            Mistake(
                sum(a / b for a, b in zip(MEASURED, COMPUTED, strict=True)) / 3,
                "a mean of the quotients weighs the weakest pixel, which is the least sure of its own, most",
            ),
            Mistake(
                math.sqrt(sum(a**2 for a in MEASURED) / sum(b**2 for b in COMPUTED)),
                "that brings the electrons to the same number; the loss compares amplitudes, pixel by pixel",
            ),
        ),
        hint="write down the sum of (c·computed − measured)², and set its derivative with respect to c to zero",
        because=(
            "Σ a|Ψ| / Σ |Ψ|²: the slope of a line through the origin, fitted to measured against computed amplitudes"
        ),
    ),
    Number(
        name="electrons_for_phase",
        text=(
            "Independent electrons pass the specimen once, and an ideal phase plate makes its phase visible. How many "
            "must pass a pixel for its phase to be known to 0.01 rad?"
        ),
        unit="",
        solve=least_electrons,
        within=0.02,
        mistakes=(
            Mistake(
                4 * least_electrons(), "what is counted is n(1 + 2φ), so that a phase changes it by 2nφ, and not by nφ"
            ),
            Mistake(least_electrons() ** 0.5, "an error falls with the root of the number of electrons"),
            Mistake(
                2 * least_electrons(),
                "so many it takes with a detector in the diffraction plane, which gets half of the information",
            ),
        ),
        hint="n(1 + 2φ) electrons are counted, and n of them scatter by √n: by how much does φ scatter?",
        because="Δφ = 1/(2√n); whoever wants a tenth of the error needs a hundred times the electrons",
    ),
    Number(
        name="mean_root",
        text="A pixel expects 2 electrons, so its amplitude is √2. What is the mean of the roots of its counts?",
        unit="",
        solve=mean_of_roots,
        within=0.01,
        mistakes=(
            Mistake(
                EXPECTED**0.5, "that is the root of the mean; how do the roots of 0, 1, 2, 3... come out on average?"
            ),
            Mistake(
                EXPECTED**0.5 * (1 - 1 / (8 * EXPECTED)),
                "a first correction, good for many electrons; here are too few",
            ),
            Mistake(EXPECTED, "that is the mean of the counts themselves"),
        ),
        hint="draw many Poisson numbers of mean 2, take the root of each one, then their mean",
        because=(
            "a tenth less than √2: the roots of small counts are biased, and an amplitude loss takes them at their word"
        ),
        by="code",
    ),
    Choice(
        name="unseen_change",
        text=(
            "A probe scans an object with plenty of overlap. Which change of the object, and of nothing else, is "
            "unseen?"
        ),
        right="the same phase is added to all of its pixels",
        mistakes=(
            Mistake(
                "it is moved by five pixels", "a plane wave would not see it; what does each place of the probe see?"
            ),
            Mistake(
                "it is turned upside down, with the sign of its phases reversed",
                "this twin makes the same pattern in a plane wave; but what of it lies under a probe?",
            ),
            Mistake(
                "all its phases become stronger by a tenth",
                "then it scatters more: count the electrons outside of the disk",
            ),
        ),
        because="a common phase factor changes no |Ψ|², so it must be aligned before an error is stated",
    ),
    Choice(
        name="weak_atoms",
        text="At 100 000 electrons a pattern, the amplitude loss gives atoms that are too weak. Why?",
        right=(
            "most pixels beyond the disk expect far less than an electron, and the roots of such counts are too small"
        ),
        mistakes=(
            Mistake("noise hides the atoms", "noise does not know where atoms are, and the error shows the crystal"),
            Mistake(
                "the reconstruction was stopped too early",
                "at this dose the error even grows towards the end, and the atoms stay as they are",
            ),
            Mistake("the detector does not reach far enough", "without noise, the same detector makes all atoms right"),
        ),
        because=(
            "each empty pixel votes for less scattering, with the same weight as a bright one; the likelihood does not"
        ),
    ),
)
