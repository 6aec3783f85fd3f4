"""Questions on fitting aberrations to a shift field."""

from __future__ import annotations

import numpy as np

from ..ambiguity import lens_of_linear_field
from ..lens import Lens
from ..optics import Aberrations, electron_wavelength
from ..questions import Choice, Mistake, Number

ENERGY, SEMIANGLE, DEFOCUS, STEP = 300e3, 4e-3, 15_000.0, 10.0  # eV, rad, Å, Å: the scan of the book
MICROMETRE, NANOMETRE = 1e4, 10.0  # Å
TURNED = -15.0  # degrees
BENT = Aberrations.from_defocus(DEFOCUS, C12x=1000.0, C21x=60 * MICROMETRE)
ASTIGMATIC = Aberrations.from_defocus(DEFOCUS, C12x=600.0, C12y=800.0)
DETECTOR_TURNED = 100.0  # degrees


def rim_shifts(aberrations: Aberrations, directions) -> np.ndarray:
    """Lengths in Å of the shifts of rim pixels in these directions, degrees from the x axis."""
    angle = np.deg2rad(directions)
    rim = SEMIANGLE / electron_wavelength(ENERGY)
    k = rim * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    return np.linalg.norm(aberrations.image_shift(k, ENERGY), axis=-1)


def exchanged_astigmatism() -> float:
    """Two-fold astigmatism in Å of the lens with exchanged axes that has the shifts of a mere defocus."""
    field = Lens(Aberrations.from_defocus(DEFOCUS), TURNED).shifts(np.eye(2), ENERGY)
    return lens_of_linear_field(field.T, ENERGY, transpose=True).aberrations.C12


QUESTIONS = (
    Number(
        name="coma_of_one_step",
        text=(
            "How much coma C21 displaces the image of a rim pixel by a scan step of 10 Å, at 4 mrad, where it acts "
            "most?"
        ),
        unit="µm",
        solve=lambda: STEP / SEMIANGLE**2 / MICROMETRE,
        within=0.02,
        mistakes=(
            Mistake(
                STEP / SEMIANGLE / MICROMETRE,
                "so much defocus would do; the shift is a gradient, and χ of coma has one power of the angle more",
            ),
            Mistake(
                3 * STEP / SEMIANGLE**2 / MICROMETRE,
                "the third in χ belongs to a cube; what is left of it when the cube is differentiated along the coma?",
            ),
            Mistake(
                STEP / SEMIANGLE**3 / MICROMETRE, "so much C30 it would take; coma has one power of the angle less"
            ),
        ),
        hint=(
            "χ of coma grows with the cube of the angle, its gradient with the square: which coefficient times α² is "
            "10 Å?"
        ),
        because="a shift of α² C21: at so small an angle tens of micrometres do what a quarter of one does as defocus",
        signed=False,
    ),
    Choice(
        name="same_arrows",
        text=(
            "A lens has 1.5 µm of defocus, and its detector is turned by −15°. Which other lens has the same shift "
            "field?"
        ),
        right="a defocus of −1.5 µm and a rotation of 165°",
        mistakes=(
            Mistake(
                "a defocus of −1.5 µm and a rotation of −15°",
                "then every arrow points the other way: what turns it back?",
            ),
            Mistake(
                "a defocus of −1.5 µm and a rotation of 15°",
                "the other sign of the angle mirrors the rotation; the other sign of the defocus reverses each arrow",
            ),
            Mistake(
                "a defocus of 1.5 µm and a rotation of 165°",
                "half a turn alone reverses every arrow: what undoes that?",
            ),
        ),
        because="two reversals of each arrow: only the contrast of the images can tell the two lenses apart",
        by="slider",
    ),
    Number(
        name="exchanged_astigmatism",
        text=(
            "Shifts fit 1.5 µm of defocus without astigmatism. They also fit a lens without defocus, if the detector's "
            "axes are taken as exchanged. How much two-fold astigmatism has that lens?"
        ),
        unit="nm",
        solve=lambda: exchanged_astigmatism() / NANOMETRE,
        within=0.05,
        mistakes=(
            Mistake(0.0, "without defocus and without astigmatism no image would be displaced at all"),
            Mistake(
                exchanged_astigmatism() / 2 / NANOMETRE,
                "then the arrows would be half as long: at the rim, astigmatism displaces by α C12",
            ),
            Mistake(
                2 * exchanged_astigmatism() / NANOMETRE,
                "that is how far apart its two principal values are, one of each sign; how large is either?",
            ),
        ),
        hint="the arrows are as long as before; how long does two-fold astigmatism alone make those at the rim?",
        because="one of the two principal values has changed its sign: what was their mean is half their difference",
        by="slider",
        signed=False,
    ),
    Choice(
        name="certain_and_wrong",
        text=(
            "A fit with all orders finds a C30 that lies seven of its standard deviations from the truth. How can that "
            "be?"
        ),
        right="the arrows share an error, and their scatter does not show it",
        mistakes=(
            Mistake(
                "there were too few electrons", "then the arrows would scatter, and the standard deviation would know"
            ),
            Mistake(
                "the fit stopped too early", "the equations are solved by least squares; is the model what happened?"
            ),
            Mistake(
                "the shifts are fitted by too few coefficients",
                "all orders took part; what does a coefficient explain that has nothing to explain?",
            ),
        ),
        because="a free coefficient fills with what all arrows have in common, and more electrons do not change that",
    ),
    Number(
        name="longest_arrow",
        text=(
            "A lens of 300 kV and 4 mrad has its focus 1.5 µm behind the specimen, C12x = 100 nm and C21x = 60 µm. How "
            "far is that image displaced which is displaced farthest?"
        ),
        unit="Å",
        solve=lambda: rim_shifts(BENT, np.linspace(0, 360, 3601)).max(),
        within=0.005,
        mistakes=(
            Mistake(
                SEMIANGLE * (DEFOCUS + BENT.C12x) + SEMIANGLE**2 * BENT.C21x,
                "the three do not all point the same way: where astigmatism helps the defocus most, coma does not",
            ),
            Mistake(float(rim_shifts(BENT, 180.0)), "longest along x; have you looked between the axes as well?"),
            Mistake(SEMIANGLE * DEFOCUS, "that is the defocus alone"),
        ),
        hint="take pixels all around the rim, λ|k| = α, and the length of aberrations.image_shift(k, energy) for each",
        because="neither along x nor along y: each term has its own direction in which it acts most",
        by="code",
    ),
    Number(
        name="astigmatism_axis",
        text=(
            "A lens with 1.5 µm of defocus has C12x = 600 Å and C12y = 800 Å, its detector is turned by 100°. Simulate "
            "a scan with 100 electrons/Å² and refine the lens. Which phi12, from 0 to 180°, do its aberrations have?"
        ),
        unit="°",
        solve=lambda: ASTIGMATIC.phi12,
        within=0.06,
        mistakes=(
            Mistake(
                2 * ASTIGMATIC.phi12, "that is the angle of the pair (C12x, C12y); the pattern repeats twice in a turn"
            ),
            Mistake(
                ASTIGMATIC.phi12 + DETECTOR_TURNED,
                "the fit gives coefficients in scan axes: has the detector been added?",
            ),
            Mistake(
                (ASTIGMATIC.phi12 - DETECTOR_TURNED) % 180,
                "the fit gives coefficients in scan axes: has the detector been taken off?",
            ),
            Mistake(
                ASTIGMATIC.phi12 + 90,
                "that is the axis of the twin, with the other signs of defocus and astigmatism: which one is dark?",
            ),
            Mistake(45 - ASTIGMATIC.phi12, "C12x and C12y have changed places: which of them goes with the cosine?"),
            Mistake(90 - ASTIGMATIC.phi12, "that is counted from y: the angle is counted from x, towards y"),
        ),
        hint="cos 2θ goes with C12x and sin 2θ with C12y: at which θ is their sum largest?",
        because="half of atan2(C12y, C12x), in the axes of the scan: the rotation of the detector does not enter",
        by="code",
    ),
)
