"""Questions on data of one's own: planning, calibration, and telling that a result is wrong."""

from __future__ import annotations

import numpy as np

from ..ambiguity import lens_of_linear_field
from ..lens import Lens
from ..optics import Aberrations, electron_wavelength
from ..questions import Choice, Mistake, Number

ENERGY, DEFOCUS = 300e3, 15_000.0  # eV, Å
STEP, SEMIANGLE, STEPS = 20.0, 5e-3, 1.5  # Å, rad, by which the rim must move: a plan
TOO_LARGE = 1.05  # what the file gives, over the true step
WANDER, PIXEL, SPAN = 4, 0.0156, 230.0  # pixels, 1/Å, Å: descan
DRIFT, ROW, DWELL, APART = 1.0, 256, 1e-3, 10.0  # Å/s, positions, s, Å
BOOK_SEMIANGLE, ACROSS = 4e-3, 13  # rad, pixels


def made_up_astigmatism() -> float:
    """Two-fold astigmatism in Å of a mere defocus, when the step along x is taken too large."""
    field = Lens(Aberrations.from_defocus(DEFOCUS)).shifts(np.eye(2), ENERGY) * [1, TOO_LARGE]
    return lens_of_linear_field(field.T, ENERGY).aberrations.C12


def descan_arrows(turn: float = 1) -> float:
    """Length of the arrows with descan left in, over their true length; ``turn`` times as steep, -1 the other way."""
    per_angstrom = turn * WANDER * PIXEL / SPAN  # 1/Å²
    return 1 / (1 + electron_wavelength(ENERGY) * DEFOCUS * per_angstrom)


def drift_astigmatism() -> float:
    """Two-fold astigmatism in Å that a drift along the rows feigns: half of the shear, times the defocus."""
    shear = DRIFT * ROW * DWELL / APART
    field = electron_wavelength(ENERGY) * DEFOCUS * np.array([[1, 0], [-shear, 1]])
    return lens_of_linear_field(field, ENERGY).aberrations.C12


QUESTIONS = (
    Number(
        name="least_defocus",
        text=(
            "Shifts can be told from differences of contrast if the image of a rim pixel moves by 1.5 scan steps. "
            "Which defocus does that take with steps of 20 Å and a semi-angle of 5 mrad?"
        ),
        unit="µm",
        solve=lambda: 1e-4 * STEPS * STEP / SEMIANGLE,
        within=0.02,
        mistakes=(
            Mistake(1e-4 * STEP / SEMIANGLE, "there it moves by one step"),
            Mistake(
                0.5e-4 * STEPS * STEP / SEMIANGLE, "there 1.5 steps lie between opposite rims; they count from the axis"
            ),
            Mistake(1e-4 * STEPS * SEMIANGLE * STEP, "a wider step takes more defocus, a wider angle less"),
        ),
        hint="a rim image moves by αΔf; set that to 1.5 steps",
        because="1.5 a/α; at the other end of the range αΔf is a quarter of the field",
        signed=False,
    ),
    Choice(
        name="both_steps_wrong",
        text="A lens has nothing but defocus. A file gives both scan steps 5 % too large. What comes out wrong?",
        right="the defocus, and every length in the image",
        mistakes=(
            Mistake(
                "the sharpness of the image",
                "images go back by as many steps as they were displaced: does it matter how long a step is?",
            ),
            Mistake("the astigmatism", "that is how the two directions differ, and both are wrong alike"),
            Mistake("the rotation", "what grows alike in all directions keeps its angles"),
        ),
        because="the field is 5 % longer, and the image as sharp; only the zeros of its spectrum would tell",
    ),
    Number(
        name="made_up_astigmatism",
        text=(
            "A file gives the scan step along x 5 % too large, that along y rightly. How much two-fold astigmatism "
            "does a fit find in a lens that has 1.5 µm of defocus, and nothing else?"
        ),
        unit="Å",
        solve=made_up_astigmatism,
        within=0.03,
        mistakes=(
            Mistake(
                2 * made_up_astigmatism(), "that is how much the two directions differ; the fit has a mean as well"
            ),
            Mistake(
                made_up_astigmatism() / 2,
                "the two directions are 5 % of the defocus apart: how far is each from the mean?",
            ),
        ),
        hint="along x the field is that of 1.575 µm, along y that of 1.5 µm; which mean and which difference is that?",
        because="half of the difference; astigmatism along the axes of the scan speaks for a wrong calibration",
        signed=False,
    ),
    Number(
        name="descan_arrows",
        text=(
            "While the beam goes down by 230 Å, its pattern goes down by 4 detector pixels of 0.0156 1/Å. At 300 kV, "
            "with the focus 1.5 µm behind the specimen and a detector that is not turned: how long do displacements "
            "of images become in this direction, in units of their true length?"
        ),
        unit="",
        solve=descan_arrows,
        within=0.03,
        mistakes=(
            Mistake(descan_arrows(-1), "so long they become if the pattern goes the other way"),
            Mistake(1 - descan_arrows(), "that is what they lose"),
            Mistake(descan_arrows(0.5), "so long they become along x, where the scan is twice as long"),
        ),
        hint="the rays that a pixel catches wander by λΔf times 0.0624 1/Å at the specimen, while the beam goes 230 Å",
        because="1/(1 + λΔf·Δ): arrows and image shrink alike, so that the image looks sound",
        by="slider",
    ),
    Number(
        name="drift_astigmatism",
        text=(
            "A specimen drifts along the rows of a scan by 1 Å per second. 256 positions make a row, 10 Å apart, as "
            "are the rows, with 1 ms for each. Which astigmatism is found at 1.5 µm of defocus, if the lens has none?"
        ),
        unit="Å",
        solve=drift_astigmatism,
        within=0.02,
        mistakes=(
            Mistake(
                2 * drift_astigmatism(), "a shear is half a stretch and half a turn; only one of them is astigmatism"
            ),
            Mistake(drift_astigmatism() / ROW, "from a position to the one below it a whole row goes by"),
            Mistake(
                ROW * drift_astigmatism(), "the shear is the drift from one row to the next, not that of the whole scan"
            ),
        ),
        hint=(
            "how far does the specimen drift during a row, in units of the 10 Å between two rows? Half of that is "
            "stretch"
        ),
        because="half of the shear times the defocus, and the other half is a rotation: so scan fast",
        signed=False,
    ),
    Number(
        name="coarse_blur",
        text=(
            "A disk of 4 mrad is 13 detector pixels wide, the defocus is 1.5 µm. Over which distance is each virtual "
            "image blurred, because the shift changes within a pixel?"
        ),
        unit="Å",
        solve=lambda: 2 * BOOK_SEMIANGLE * DEFOCUS / ACROSS,
        within=0.02,
        mistakes=(
            Mistake(
                BOOK_SEMIANGLE * DEFOCUS / ACROSS, "13 pixels go from rim to rim, and that is twice the semi-angle"
            ),
            Mistake(2 * BOOK_SEMIANGLE * DEFOCUS, "so far apart are the images of opposite rims"),
            Mistake(BOOK_SEMIANGLE * DEFOCUS, "so far is the image of a rim pixel from the axial one"),
        ),
        hint="which angle has a pixel, if the whole disk has 13 of them? Times the defocus",
        because="2αΔf/n: about where the halves of such a scan cease to agree, and no alignment brings that back",
        by="code",
    ),
    Choice(
        name="endless_curve",
        text=(
            "Two halves of a disk correlate by a quarter up to the highest frequencies, far beyond 2α/λ. What does it "
            "say?"
        ),
        right="the halves have noise in common",
        mistakes=(
            Mistake(
                "there is detail at all these frequencies",
                "no two waves inside the aperture differ by more than 2α/λ: from which could it come?",
            ),
            Mistake("there were many electrons", "many lift the curve where there is signal; is there any so far out?"),
            Mistake(
                "the defocus is wrong", "that turns signs in both halves alike; what agrees where nothing is seen?"
            ),
        ),
        because="a count shared by neighbouring pixels, or a border that was not faded: a sound curve falls to zero",
    ),
)
