"""Questions on the stack of virtual bright-field images."""

from __future__ import annotations

from ..optics import electron_wavelength
from ..questions import Choice, Mistake, Number
from ..transfer import aperture_autocorrelation

ENERGY, SEMIANGLE, DEFOCUS, STEP = 300e3, 4.0, 15_000.0, 10.0  # eV, mrad, Å, Å: the scan of the book
COUNTS, CONTRAST = 4.0, 0.05  # electrons for each pixel and position; standard deviation of an image, in shares of 1
DOWN = 30.0  # Å
DETAIL = 10.0  # Å, its period


def pixel_below() -> float:
    """Spatial frequency ky in 1/Å of the pixel whose image is displaced by 30 Å: λ Δf k."""
    return DOWN / (electron_wavelength(ENERGY) * DEFOCUS)


def passing_both(period: float = DETAIL) -> float:
    """Share of the disk whose pixels get both waves of a detail: k - q and k + q in the aperture, 2q from each other.

    Two points of a disk have their middle in the disk, so that k itself is no further condition.
    """
    return float(aperture_autocorrelation([0.0, 2 / period], ENERGY, SEMIANGLE))


QUESTIONS = (
    Number(
        name="image_place",
        text=(
            "A pixel lies 3 mrad from the axis, along +x; the defocus is −0.8 µm, so that the focus lies before the "
            "specimen. At which x does its image lie?"
        ),
        unit="Å",
        solve=lambda: 3e-3 * -8000.0,
        within=0.02,
        mistakes=(
            Mistake(24.0, "with a positive defocus the image goes where the pixel goes; which sign has this one?"),
            Mistake(-2.4, "count the powers of ten again: 1 µm is 10 000 Å"),
            Mistake(-24_000.0, "count the powers of ten again: 3 mrad are 0.003"),
        ),
        hint="angle times defocus, with its sign",
        because="angle times defocus: overfocus takes it to the other side",
    ),
    Number(
        name="within_one_step",
        text="At 1.5 µm of defocus: up to which angle are images displaced by less than one scan step of 10 Å?",
        unit="mrad",
        solve=lambda: 1e3 * STEP / DEFOCUS,
        within=0.02,
        mistakes=(
            Mistake(1e-3 * DEFOCUS / STEP, "divide the step by the defocus, not the other way round"),
            Mistake(1e3 * STEP / DEFOCUS / 2, "the axial image stays where it is: the whole step is for the other one"),
        ),
        hint="at which angle is angle times defocus one step?",
        because="in a disk of 4 mrad that is a sixth of the radius, and not even 3 % of the pixels",
    ),
    Number(
        name="pixels_to_add",
        text=(
            "Each pixel counts 4 electrons at each position of the probe, and its image has a contrast of 5 % "
            "(standard deviation). How many pixels must be added until signal and noise of one position are equal, "
            "if their images are the same and in the same place?"
        ),
        unit="",
        solve=lambda: 1 / (COUNTS * CONTRAST**2),
        within=0.03,
        mistakes=(
            Mistake(1 / (COUNTS**0.5 * CONTRAST), "by as much the noise is too large; of n pixels it falls with √n"),
            Mistake(1 / CONTRAST**2, "so many electrons it takes; each pixel has four of them"),
            Mistake(1 / CONTRAST, "the noise of N electrons is 1/√N, and N is four times the number of pixels"),
            Mistake(COUNTS / CONTRAST**2, "four electrons each make it fewer pixels, not more"),
        ),
        hint="n pixels count 4 n electrons, with a relative noise of 1/√(4 n); set it to the contrast",
        because="one image is far too dark; the two thousand of a disk hold enough, if they are brought to one place",
    ),
    Number(
        name="pixel_below",
        text=(
            "At 300 kV and with the focus 1.5 µm behind the specimen, for which ky does the image of a pixel lie 30 Å "
            "straight below the axial one? Let y point downwards."
        ),
        unit="1/Å",
        solve=pixel_below,
        within=0.02,
        mistakes=(
            Mistake(
                -pixel_below(), "with a positive defocus the image goes where the pixel goes, and y points downwards"
            ),
            Mistake(1e3 * DOWN / DEFOCUS, "that is the angle in mrad; k is the angle divided by the wavelength"),
            Mistake(DOWN / DEFOCUS, "that is the angle in rad; k is the angle divided by the wavelength"),
        ),
        hint="angle times defocus is 30 Å, and k is the angle divided by the wavelength of 0.0197 Å",
        because="2 mrad: half-way to the rim of the book's disk",
        by="slider",
    ),
    Choice(
        name="two_signs",
        text="Defocus and place of a pixel both change their sign. What happens to its image of a weak phase?",
        right="it stays where it is, and its contrast is reversed",
        mistakes=(
            Mistake("nothing: it stays as it is", "its place does; what does sin χ do?"),
            Mistake(
                "it moves to the other side, with the same contrast",
                "the displacement is angle times defocus: two signs",
            ),
            Mistake(
                "it moves to the other side, and its contrast is reversed",
                "the displacement is a product, and both of its factors change their sign",
            ),
        ),
        because="∇χ(k) is the same, and sin χ has changed its sign: shifts alone cannot tell the two, contrast can",
        by="slider",
    ),
    Choice(
        name="wrong_centre",
        text="The centre of the disk is taken two pixels wrong; there is nothing but defocus. What suffers?",
        right="nothing but the place of the aligned image as a whole",
        mistakes=(
            Mistake("the sharpness of the aligned image", "all displacements change by the same vector"),
            Mistake(
                "the defocus that is read from the displacements", "it is a slope of the field, and the field is linear"
            ),
            Mistake(
                "the rotation that is read from the displacements",
                "a vector added to every arrow turns none of their differences",
            ),
        ),
        because="with spherical aberration it would be different: a wrong centre turns that into coma",
    ),
    Number(
        name="passing_both",
        text=(
            "A detail of period 10 Å scatters into a pixel from either side, from k − q and from k + q. "
            "For which share of the pixels of a disk of 4 mrad, at 300 kV, do both waves pass the aperture?"
        ),
        unit="",
        solve=passing_both,
        within=0.04,
        mistakes=(
            Mistake(passing_both(2 * DETAIL), "for so many one of the two passes, say k − q; both are asked"),
            Mistake(passing_both(2 * DETAIL) ** 2, "the two are not independent: count the pixels for which both pass"),
            Mistake(
                (1 - 1e3 * electron_wavelength(ENERGY) / DETAIL / SEMIANGLE) ** 2,
                "a smaller disk lies in the region, but it is larger than that: where do two displaced disks overlap?",
            ),
        ),
        hint="draw the aperture twice, moved by q and by −q: the pixels lie where the two overlap",
        because="these images show the detail alike; nearer the rim the aperture stops one of the two waves, or both",
        by="code",
    ),
)
