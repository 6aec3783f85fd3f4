"""Questions on the cross-correlation of virtual bright-field images."""

from __future__ import annotations

from ..optics import electron_wavelength
from ..questions import Choice, Mistake, Number

SEMIANGLE, DEFOCUS, STEP = 4e-3, 15_000.0, 10.0  # rad, Å, Å: the scan of the book
PIXEL = 1 / 128  # 1/Å, of its detector
COUNTS, APART = 5.0, 15  # electrons for each pixel and position; detector pixels between two groups


def from_pixel_to_pixel() -> float:
    """How far in Å the images of two neighbouring detector pixels are displaced against each other: λ Δf Δk."""
    return electron_wavelength(300e3) * DEFOCUS * PIXEL


QUESTIONS = (
    Number(
        name="rim_displacement",
        text=(
            "A beam of 4 mrad is 1.5 µm out of focus. How far is the image of a rim pixel displaced from the axial one?"
        ),
        unit="Å",
        solve=lambda: SEMIANGLE * DEFOCUS,
        within=0.02,
        mistakes=(
            Mistake(2 * SEMIANGLE * DEFOCUS, "that is from rim to rim: twice the displacement of one rim"),
            Mistake(SEMIANGLE * DEFOCUS / STEP, "those are scan steps of 10 Å; the question asks for Å"),
            Mistake(SEMIANGLE * DEFOCUS / 2, "half of it: the rim is a full semi-angle away from the axis"),
        ),
        hint="a ray that arrives under an angle α at a plane Δf away lands how far from the axis?",
        because="at the rim λ|k| is the semi-angle, so that the displacement is α Δf, and needs no wavelength",
    ),
    Number(
        name="one_step_defocus",
        text="At which defocus is the image of a rim pixel displaced by just one scan step of 10 Å, at 4 mrad?",
        unit="Å",
        solve=lambda: STEP / SEMIANGLE,
        within=0.02,
        mistakes=(
            Mistake(STEP * SEMIANGLE, "a longer step needs a larger defocus: divide by the angle"),
            Mistake(STEP / SEMIANGLE / 2, "from rim to rim that is one step, from the axis to the rim half of one"),
        ),
        hint="the displacement of a rim pixel is α Δf; set it to one step",
        because="a quarter of a micrometre; below it, the contrast of images differs more than their place",
        signed=False,
    ),
    Number(
        name="largest_bin",
        text=(
            "The images of neighbouring detector pixels are displaced by 2.3 Å against each other. "
            "How many pixels wide may a bin be so that the displacements in it, from edge to edge, differ "
            "by two scan steps of 10 Å?"
        ),
        unit="pixels",
        solve=lambda: 2 * STEP / from_pixel_to_pixel(),
        within=0.1,
        mistakes=(
            Mistake(STEP / from_pixel_to_pixel(), "so wide it would be one step; two are allowed"),
            Mistake(4 * STEP / from_pixel_to_pixel(), "from edge to edge that is four steps, not two"),
            Mistake(2 * STEP * from_pixel_to_pixel(), "divide the length by what one pixel contributes"),
        ),
        hint="over a bin of b pixels the displacement changes by b times 2.3 Å",
        because="so the schedule of this scan ends at 8; with three times the defocus it should end at less than three",
    ),
    Choice(
        name="why_groups",
        text="Why are pixels of the disk binned to groups before their images are registered?",
        right="a single pixel's image has too few electrons to be registered",
        mistakes=(
            Mistake(
                "to save computing time", "it does, but that is not why: try bin 1 from the start at 30 electrons/Å²"
            ),
            Mistake(
                "neighbouring pixels have the same displacement", "nearly, and what they differ by blurs the group"
            ),
            Mistake(
                "to find the rotation of the scan", "that comes out of the shifts in the end, however they were found"
            ),
        ),
        because="and as groups blur what they sum, bins become smaller as soon as the shifts are roughly known",
    ),
    Number(
        name="least_error",
        text=(
            "Each image is divided by its mean, of 5 electrons for each position. How large is their root mean square "
            "deviation from the true image when all are aligned perfectly?"
        ),
        unit="",
        solve=lambda: COUNTS**-0.5,
        within=0.02,
        mistakes=(
            Mistake(1 / COUNTS, "that is the mean square; take its root"),
            Mistake(COUNTS**0.5, "in electrons that is it; the images are divided by their mean"),
        ),
        hint="counts scatter by the root of their mean; relative to the mean that is?",
        because="no alignment removes this noise, so even a perfect one lets the error fall by very little",
    ),
    Choice(
        name="turned_arrow",
        text=(
            "In the book's scan the beam is underfocused, and the detector is turned against the scan by −15°, "
            "counterclockwise on the screen. Where does the image of a pixel on the right of the axis lie?"
        ),
        right="to the right and a little up",
        mistakes=(
            Mistake(
                "to the right and a little down", "y points downwards; which way is counterclockwise on the screen?"
            ),
            Mistake(
                "to the left and a little up", "in underfocus the image goes where the pixel goes, but for the rotation"
            ),
            Mistake("straight to the right", "that would be so if scan and detector had the same axes"),
        ),
        because="all arrows point outwards and are turned by the same angle, counterclockwise",
        by="slider",
    ),
    Number(
        name="groups_apart",
        text=(
            "A detector pixel is 1/128 1/Å wide, the defocus 1.5 µm, the energy 300 keV. "
            "How far apart are the images of two groups that are 15 detector pixels apart?"
        ),
        unit="Å",
        solve=lambda: APART * from_pixel_to_pixel(),
        within=0.08,
        mistakes=(
            Mistake(2 * APART * from_pixel_to_pixel(), "twice that; between which two places was it measured?"),
            Mistake(APART * from_pixel_to_pixel() / STEP, "those are scan steps of 10 Å; the question asks for Å"),
            Mistake(SEMIANGLE * DEFOCUS, "so far it is out to the rim; 15 pixels do not reach it"),
        ),
        hint="the displacement is λ Δf k, and k is 15 times 1/128 1/Å",
        because="λ Δf Δk, which needs no specimen; noise moves the maximum for a single pair by some Å",
        by="code",
    ),
)
