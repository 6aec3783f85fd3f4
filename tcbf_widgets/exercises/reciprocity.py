"""Questions on conventional and scanning microscopes."""

from __future__ import annotations

import math

from ..questions import Choice, Mistake, Number

SHIFT, RIM = 50.0, 4e-3  # Å; rad
OBJECT, FOCAL_LENGTH = 1.5, 1.0  # mm, before the lens, and of it
TILT, BETWEEN, BEHIND = 3.0, 10.0, 20.0  # mrad; mm, between two deflectors, and from the second to the pivot
PERIOD, DEFOCUS = 20.0, 10_000.0  # Å


def defocus_of_shift() -> float:
    """Defocus in µm at which the pixel at -4 mrad, so the wave of +4 mrad, sees its feature at +50 Å: s = λ C10 k."""
    return -1e-4 * SHIFT / RIM


def magnification() -> float:
    """Of the image of a thin lens: -b/a, with 1/a + 1/b = 1/f."""
    return -FOCAL_LENGTH / (OBJECT - FOCAL_LENGTH)


def detector_of_strength(strength: float = 0.5) -> float:
    """Semi-angle in mrad of the detector that leaves a strength between 0 and 1 of a wave: 2 J₁(u)/u, u = 2πqβΔf."""
    from scipy.optimize import brentq
    from scipy.special import j1, jn_zeros

    u = brentq(lambda u: 2 * j1(u) / u - strength, 1e-6, jn_zeros(1, 1)[0])
    return 1e3 * u * PERIOD / (2 * math.pi * DEFOCUS)


FIRST = -TILT * BEHIND / BETWEEN  # mrad, at the first deflector: it must be undone, and more, at the second

QUESTIONS = (
    Choice(
        name="same_pixel",
        text=(
            "A conventional microscope tilts its plane wave so that it travels towards +x. "
            "Which pixel of a scanning microscope with the same objective, passed the other way, records this image?"
        ),
        right="the one as far off the axis, at −x",
        mistakes=(
            Mistake(
                "the one as far off the axis, at +x", "electrons run the other way along the ray; where do they go?"
            ),
            Mistake("the one on the axis", "that one belongs to a plane wave that comes along the axis"),
            Mistake(
                "none: only all of them together make an image",
                "each pixel counts at every place of the probe; is that not an image?",
            ),
        ),
        because="the ray is the same, passed backwards: what went towards +x arrives at −x",
    ),
    Number(
        name="probe_to_the_right",
        text=(
            "A detector pixel at −4 mrad sees a feature on the axis while the probe is 50 Å to the right, at +50 Å. "
            "Which is the defocus, positive if the focus lies behind the specimen?"
        ),
        unit="µm",
        solve=defocus_of_shift,
        within=0.02,
        mistakes=(
            Mistake(
                -defocus_of_shift(), "then the probe would have to be 50 Å to the left: s = λ C₁₀ k, and C₁₀ = −Δf"
            ),
            Mistake(defocus_of_shift() / 2, "the pixel is 4 mrad from the axis; 8 mrad are from rim to rim"),
        ),
        hint="the pixel at −4 mrad belongs to the plane wave of +4 mrad, which displaces by λ C₁₀ k, with C₁₀ = −Δf",
        because="50 Å / 4 mrad, and overfocus: rays that have crossed before the specimen meet it on the other side",
        by="slider",
    ),
    Number(
        name="magnification",
        text=(
            "A lens of 1 mm focal length images what lies 1.5 mm before it. "
            "How many times larger is the image, with a minus sign if it is upside down?"
        ),
        unit="",
        solve=magnification,
        within=0.02,
        mistakes=(
            Mistake(
                -magnification(), "the rays through the middle of the lens go straight on: which way up is the image?"
            ),
            Mistake(1 / magnification(), "that is what happens to the angles: what the image gains in size, they lose"),
            Mistake(OBJECT / (OBJECT - FOCAL_LENGTH), "that is how far the image lies behind the lens, in mm"),
            Mistake(-OBJECT / (OBJECT - FOCAL_LENGTH), "that is how far the image lies behind the lens, in mm"),
        ),
        hint="1/a + 1/b = 1/f gives the place b of the image; its size is b/a of that of the object",
        because="−b/a with b = 3 mm; the angles become as many times smaller, and brightness is not gained",
    ),
    Number(
        name="first_deflector",
        text=(
            "Two deflectors, 10 mm apart, shall tilt a beam that comes along the axis by 3 mrad, "
            "about the point on the axis 20 mm behind the second. Which angle does the first need?"
        ),
        unit="mrad",
        solve=lambda: FIRST,
        within=0.02,
        mistakes=(
            Mistake(
                -FIRST, "then it meets the second on the side to which it shall leave, and never comes back to the axis"
            ),
            Mistake(TILT - FIRST, "that is the angle of the second"),
            Mistake(-TILT * BETWEEN / BEHIND, "the longer way is behind the second, so the first must bend by more"),
            Mistake(-TILT * (BETWEEN + BEHIND) / BETWEEN, "the 20 mm to the pivot begin at the second deflector"),
        ),
        hint="how far off the axis must the ray be at the second, to meet the axis 20 mm behind it with 3 mrad?",
        because="−θ L/d: it bends away first, by as much as the second deflector brings back over the longer way",
    ),
    Choice(
        name="why_small_detector",
        text="Why is the plain bright-field detector of a scanning microscope small, although most electrons miss it?",
        right="out of focus, the images of its pixels are displaced against each other",
        mistakes=(
            Mistake(
                "a large one would count scattered electrons, too",
                "so does a small one; bright field lives on the interference of both",
            ),
            Mistake(
                "the pixels off the axis do not show the phase",
                "they do, each of them; what happens to the sum of them?",
            ),
            Mistake(
                "a large one would see more noise", "it would count more electrons, so that its relative noise is lower"
            ),
        ),
        because="as with a large source in a conventional microscope; in focus opposite pixels cancel each other",
    ),
    Choice(
        name="lost_energy",
        text="In thick ice many electrons lose energy. Why do they blur the image of a scanning microscope less?",
        right="its objective has been passed before the energy is lost",
        mistakes=(
            Mistake("fewer electrons lose energy in it", "the ice is the same, and so are the electrons that enter it"),
            Mistake(
                "its detector counts only electrons of full energy", "it counts all that arrive, whatever their energy"
            ),
            Mistake(
                "by reciprocity they blur both images alike",
                "reciprocity is a theorem on electrons that keep their energy; which lens comes when?",
            ),
        ),
        because="the chromatic aberration of a lens acts on what passes it afterwards, as in the conventional one",
    ),
    Number(
        name="half_strength",
        text=(
            "A plain bright-field detector, 1 µm out of focus and with an aperture that cuts nothing off: "
            "at which semi-angle of the detector is half of the contrast of a wave of 20 Å left?"
        ),
        unit="mrad",
        solve=detector_of_strength,
        within=0.02,
        mistakes=(
            Mistake(2 * detector_of_strength(), "that is the full angle; the semi-angle is asked"),
            Mistake(detector_of_strength(1e-9), "there nothing is left at all"),
            Mistake(2 * math.pi * detector_of_strength(), "u = 2π q β Δf has a 2π"),
        ),
        hint="2 J₁(u)/u falls to one half near u = 2.2, and u = 2π q β Δf",
        because="a ray of that angle is 7 Å off the axis: about a third of the period",
        by="code",
    ),
)
