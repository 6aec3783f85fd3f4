"""Questions on contrast transfer and dose."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.optimize import brentq

from ..optics import Aberrations, electron_wavelength
from ..questions import Choice, Mistake, Number
from ..round_transfer import RoundTransfer

ENERGY, DEFOCUS, C30 = 300e3, 7000.0, 2.7e7  # eV, Å, Å
PERIOD = 40.0  # Å
GOOD = 0.1  # closed form and exact sum may differ by it
DOSE, FOUND, WANTED = 100.0, 0.2, 0.5  # electrons/Å², correlations of halves
AXIAL = 0.2  # rad
BLURRED, WAVE = 2.3, 4.0  # Å


def first_zero_defocus(period: float = PERIOD) -> float:
    """Defocus in Å whose first zero lies at a period: π λ Δf / d² = π."""
    return period**2 / electron_wavelength(ENERGY)


def closed_form_error(semiangle: float) -> float:
    """Largest difference of the closed form from the exact sum, at a semi-angle in mrad; the defocus hardly matters."""
    return RoundTransfer(DEFOCUS, C30, semiangle, ENERGY).largest_difference()


@cache
def closed_form_angle() -> float:
    """Semi-angle in mrad at which the closed form is off by `GOOD`."""
    return brentq(lambda semiangle: closed_form_error(semiangle) - GOOD, 3.0, 4.5, xtol=0.005)


def turned_sum(axial: float = AXIAL) -> float:
    """Phase in rad by which coma turns a wave of the aligned sum, given that of the axial image.

    The phase of a sideband that is moved back is χ(k) - χ(k-q) - q·∇χ(k): taken on the axis, and in the middle of the
    overlap of the two disks.
    """
    coma, q = Aberrations(C21x=1e5), np.array([0.0, 0.05])

    def phase(k):
        return coma.chi(k, ENERGY) - coma.chi(k - q, ENERGY) - q @ coma.gradient(k, ENERGY)

    return axial * float(phase(q / 2) / phase(0 * q))


def dose_for(wanted: float = WANTED, found: float = FOUND) -> float:
    """Dose at which halves correlate as wanted: c = SNR/(SNR + 2), and the ratio grows with the dose."""
    return DOSE * (wanted / (1 - wanted)) / (found / (1 - found))


def pixel_blur(sinc=np.sinc, power: int = 2) -> float:
    """Mean over all directions of what a square of side `BLURRED` leaves of a wave, to some power."""
    angle = np.linspace(0, np.pi / 2, 181)
    cycles = BLURRED / WAVE
    return float(np.mean((sinc(cycles * np.cos(angle)) * sinc(cycles * np.sin(angle))) ** power))


def _without_pi(x):
    return np.sinc(x / np.pi)


QUESTIONS = (
    Choice(
        name="one_sideband",
        text=(
            "The rim of an aperture lies at 0.203 1/Å. A wave of the specimen has the frequency 0.18 1/Å along x, a "
            "pixel lies at kx = 0.10 1/Å. What does this pixel show of the wave?"
        ),
        right="one sideband, |Γ| = 1 at any defocus",
        mistakes=(
            Mistake("both sidebands, |Γ| = 2 |sin χ|", "add the frequency to that of the pixel: is it inside the rim?"),
            Mistake(
                "one sideband, |Γ| = |sin χ|", "sin χ is the sum of two waves; what is there to add if one is left?"
            ),
            Mistake("no sideband, only noise", "take the frequency from that of the pixel: is it inside the rim?"),
        ),
        because="0.10 − 0.18 is inside and 0.10 + 0.18 is not: what is left has no zeros, whatever the lens does",
    ),
    Number(
        name="zero_at_forty",
        text="Which defocus puts the first zero of sin χ at a period of 40 Å, at 300 kV?",
        unit="µm",
        solve=lambda: 1e-4 * first_zero_defocus(),
        within=0.02,
        mistakes=(
            Mistake(
                0.5e-4 * first_zero_defocus(), "there 40 Å has full contrast, χ = π/2; the zero needs twice as much"
            ),
            Mistake(1e-4 * PERIOD / electron_wavelength(ENERGY), "the defocus goes with the square of the period"),
            Mistake(2e-4 * first_zero_defocus(), "there 40 Å is at the second zero, χ = 2π"),
        ),
        hint="χ = π λ Δf / d², with λ = 0.0197 Å, and at the first zero it is π",
        because="d²/λ: and the rim images of 4 mrad are then displaced by more than 300 Å, which takes a large field",
        signed=False,
    ),
    Choice(
        name="why_defocus",
        text=(
            "With 2.7 mm of C30, Scherzer's defocus has no zero before the limit of 4 mrad. Why is tilt correction "
            "done more than ten times further out of focus?"
        ),
        right="large things get contrast, and a coarse scan can be unfolded",
        mistakes=(
            Mistake("the transfer reaches to finer detail", "it ends at 2α/λ, whatever the defocus"),
            Mistake(
                "there are fewer zeros", "there are more, and closer together; which frequencies lie before the first?"
            ),
            Mistake(
                "spherical aberration no longer matters",
                "the phase it adds at the rim does not depend on the defocus; look at the low frequencies",
            ),
        ),
        because="sin χ rises at lower frequencies, and the rim images move over several steps; the price is the zeros",
    ),
    Number(
        name="closed_form_angle",
        text=(
            "At 300 kV and with 2.7 mm of spherical aberration: up to which semi-angle is A⋆A sin χ nowhere further "
            "from the exact transfer of the sum than 0.10?"
        ),
        unit="mrad",
        solve=closed_form_angle,
        within=0.05,
        mistakes=(
            Mistake(4.0, f"there they differ by {closed_form_error(4.0):.2f}: go on"),
            Mistake(3.0, f"there they differ by {closed_form_error(3.0):.2f} only: some of the angle is left"),
            Mistake(5.0, f"there they differ by {closed_form_error(5.0):.2f}: it grows with the fourth power"),
        ),
        hint="read their largest difference from the line below the figure, while you move the semi-angle",
        because="the phase of C30 at the rim, π C30 α⁴/2λ, is less than 0.4 rad there; the defocus hardly matters",
        by="slider",
    ),
    Number(
        name="turned_sum",
        text=(
            "Weak coma turns the phase of a wave in the axial image by +0.2 rad. By how much does it turn the aligned "
            "sum's?"
        ),
        unit="rad",
        solve=turned_sum,
        within=0.03,
        mistakes=(
            Mistake(AXIAL, "so does the axial image; the waves that meet in the sum do not lie around the axis"),
            Mistake(
                -AXIAL, "the other way, yes; but evaluate χ(k) − χ(k−q) − q·∇χ(k) at k = q/2, with χ of third degree"
            ),
            Mistake(AXIAL / 4, "that is χ(k) − χ(k−q) at k = q/2; moving the image back has a phase as well"),
        ),
        hint="a sideband that is moved back has the phase χ(k) − χ(k−q) − q·∇χ(k): evaluate it at k = q/2",
        because="a quarter minus three quarters of the odd part of χ(q): the middle of the overlap is at half of q",
    ),
    Number(
        name="dose_for_half",
        text=(
            "At 100 electrons/Å² two halves of a scan correlate by 0.2 in a ring of frequencies. Which dose makes it "
            "0.5?"
        ),
        unit="electrons/Å²",
        solve=dose_for,
        within=0.02,
        mistakes=(
            Mistake(
                DOSE * WANTED / FOUND, "the signal-to-noise ratio grows in proportion to the dose, not the correlation"
            ),
            Mistake(
                DOSE / FOUND,
                "that takes a correlation of 0.2 for a ratio of a fifth: which SNR gives SNR/(SNR + 2) = 0.2?",
            ),
            Mistake(
                dose_for() / 2,
                "there the ratio of signal to noise is only twice what it was; which gives 0.2, and which 0.5?",
            ),
            Mistake(
                DOSE * (dose_for() / DOSE) ** 2, "the ratio of powers goes with the dose itself, not with its root"
            ),
        ),
        hint="halves correlate by SNR/(SNR + 2): which SNR belongs to 0.2, and which to 0.5?",
        because="the signal-to-noise ratio must rise from one half to two, and it goes with the dose",
    ),
    Number(
        name="kept_power",
        text=(
            "Within one detector pixel the shift changes by 2.3 Å, so that each image is averaged over a square of "
            "this side. Which share of the power of waves of 4 Å is left, on average over their directions?"
        ),
        unit="",
        solve=pixel_blur,
        within=0.03,
        mistakes=(
            Mistake(pixel_blur(power=1), "that is the amplitude: square it before you average"),
            Mistake(pixel_blur(_without_pi), "numpy.sinc(x) is sin(πx)/πx: there is a π too little"),
        ),
        hint="in the direction θ it is [sinc(wq cos θ) sinc(wq sin θ)]², with sinc(x) = sin(πx)/πx",
        because="more than two thirds are lost: far out of focus the detector should divide the disk more finely",
        by="code",
    ),
)
