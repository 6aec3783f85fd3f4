"""Questions on tilt correction as direct ptychography, and on judging a reconstruction without a truth."""

from __future__ import annotations

import math

from ..optics import electron_wavelength
from ..questions import Choice, Mistake, Number
from ..transfer import aperture_autocorrelation

ENERGY, SEMIANGLE, DEFOCUS = 300e3, 4.0, 15_000.0  # eV, mrad, Å: the demonstration scan
FINE, SHAPE = 4.0, 40.0  # Å, periods
ELECTRONS = 40.0  # in each lit pixel


def half_limit() -> float:
    """Period in Å below which no pixel has two sidebands, λ/α."""
    return electron_wavelength(ENERGY) / (1e-3 * SEMIANGLE)


def overlap(period: float) -> float:
    """Share of the disk that overlaps with itself when it is moved by 1/period."""
    return float(aperture_autocorrelation([0.0, 1 / period], ENERGY, SEMIANGLE))


def zero(number: float) -> float:
    """Period in Å at which π λ Δf / d² is `number` times π."""
    return math.sqrt(electron_wavelength(ENERGY) * DEFOCUS / number)


def gain_of_defocus() -> float:
    """How many times D² a defocus gives, compared with focus; 2 D² is (A⋆A)(q) - (A⋆A)(2q) cos 2χ."""
    chi = math.pi * electron_wavelength(ENERGY) * DEFOCUS / SHAPE**2
    one, two = overlap(SHAPE), overlap(SHAPE / 2)
    return (one - two * math.cos(2 * chi)) / (one - two)


def counting_share() -> float:
    """Amplitude loss of counting alone in % of the electrons: a quarter for each pixel."""
    return 100 * 0.25 / ELECTRONS


QUESTIONS = (
    Number(
        name="two_sidebands_end",
        text=(
            "A beam of 300 kV and 4 mrad, λ = 0.0197 Å. Below which period is there no pixel any more into which a "
            "wave of the specimen scatters from both of its sides?"
        ),
        unit="Å",
        solve=half_limit,
        within=0.02,
        mistakes=(
            Mistake(half_limit() / 2, "from there on not even one side is left: it is the limit of resolution"),
            Mistake(2 * half_limit(), "k + q and k − q are 2q apart, and the disk 2α/λ wide; when do both fit in?"),
            Mistake(1 / half_limit(), "that is a spatial frequency in 1/Å; its period is wanted"),
        ),
        hint="both k + q and k − q must lie in a disk of the radius α/λ; where is that easiest, and up to which q?",
        because=(
            "λ/α, half of the limit: from there on one sideband is all that a pixel can have, and the sum loses most"
        ),
    ),
    Number(
        name="dose_of_sum",
        text=(
            "A beam of 300 kV and 4 mrad, out of focus, and details of 4 Å, of which no pixel has both sidebands. "
            "Averaged over the oscillations of sin²χ: how many times the dose does the shifted sum need, to have as "
            "much signal to noise as direct ptychography?"
        ),
        unit="",
        solve=lambda: 1 / overlap(FINE),
        within=0.03,
        mistakes=(
            Mistake(overlap(FINE), "that is the share of the power that the sum has; what makes up for it?"),
            Mistake(1 / overlap(FINE) ** 2, "direct ptychography, too, has only the pixels that the wave reaches"),
            Mistake(1 / math.sqrt(overlap(FINE)), "the dose goes with the square of the transfer"),
            Mistake(1 / (2 * overlap(FINE)), "sin²χ is one half on average, and D² has a half in front as well"),
        ),
        hint="compare the averages of D² and of L²; without two sidebands only one term of D² is left",
        because="D² is A⋆A/2, L² on average (A⋆A)²/2: the sum also adds up pixels that the wave does not reach, and "
        "their noise",
        by="code",
    ),
    Number(
        name="second_zero",
        text=(
            f"At 300 kV and 1.5 µm of defocus sin χ vanishes at a period of {zero(1):.1f} Å. Going on to finer detail: "
            "at which period does the shifted sum lose a wave altogether once more?"
        ),
        unit="Å",
        solve=lambda: zero(2),
        within=0.03,
        mistakes=(
            Mistake(zero(1), "this is the first zero itself, from which to go on"),
            Mistake(
                zero(1) / 2, "χ goes with the inverse square of the period, so that it is there four times as large"
            ),
            Mistake(zero(1.5), "there χ is 3π/2, and the contrast is full, with the other sign"),
            Mistake(zero(3), "one zero too far: there χ is 3π"),
        ),
        hint="the first zero is at χ = π; the next one? χ goes with 1/d²",
        because=(
            "√(λ Δf/2), where χ = 2π: zeros come closer and closer, and at all of them direct ptychography has signal"
        ),
        by="slider",
    ),
    Number(
        name="gain_of_defocus",
        text=(
            "Direct ptychography sees a weak phase in focus, too. How many times as large is the square of its "
            "transfer D at 40 Å with 1.5 µm of defocus, at 300 kV and 4 mrad?"
        ),
        unit="",
        solve=gain_of_defocus,
        within=0.03,
        mistakes=(
            Mistake(gain_of_defocus() ** 0.5, "that compares D; power, and with it the dose, goes with D²"),
            Mistake(1 / gain_of_defocus(), "the other way round: which of the two is larger?"),
        ),
        hint="`direct_transfer.closed_form` gives D, for `tcbf.Aberrations()` and for a defocus; square, then divide",
        because=(
            "in focus the two sidebands of a slow wave cancel in nearly all pixels, and only a crescent at the rim "
            "tells"
        ),
        by="code",
    ),
    Number(
        name="counting_loss",
        text=(
            "A pattern has 40 electrons in each of its lit pixels. The object and the probe are known exactly. Which "
            "share of all electrons is the amplitude loss, Σ (√counts − computed amplitude)²?"
        ),
        unit="%",
        solve=counting_share,
        within=0.03,
        mistakes=(
            Mistake(4 * counting_share(), "by how much does the root of a count scatter? Not by 1"),
            Mistake(2 * counting_share(), "a root scatters by one half, and the loss squares it"),
            Mistake(100 / ELECTRONS**0.5, "so much scatter the counts themselves, as a share; what of the loss?"),
        ),
        hint="what does counting add to the loss of one pixel, if roots scatter by one half?",
        because="¼ of 40: no object, not even the true one, comes below it but by following the noise",
    ),
    Choice(
        name="signal_at_zeros",
        text=(
            "At a zero of sin χ the shifted sum has nothing, and direct ptychography still has signal. From which "
            "pixels?"
        ),
        right="from those that one of the two scattered waves reaches, and the other does not",
        mistakes=(
            Mistake("from those in the middle of the disk", "there both waves arrive, and at the zero they cancel"),
            Mistake(
                "from those outside of the disk", "these patterns hold electrons there, but neither method uses them"
            ),
            Mistake(
                "from all: its weights amplify what little they have",
                "a weight amplifies the noise as well; where is there signal to be weighed?",
            ),
        ),
        because="with one sideband |Γ| is 1, whatever χ is, and the sum lets these pixels cancel each other",
    ),
    Choice(
        name="loss_at_counting",
        text=(
            "An unknown specimen is reconstructed from few electrons. The loss ends at just what counting alone makes "
            "of the mean pattern. What does this tell?"
        ),
        right="nothing yet: the run may be unfinished, or its probe may be wrong",
        mistakes=(
            Mistake(
                "the reconstruction is as good as it can be",
                "a good one follows the noise a little; on which side is it then?",
            ),
            Mistake(
                "nothing of the specimen has been explained",
                "a sound run passes this level on its way down, and shows the specimen by then; who else ends there?",
            ),
            Mistake("the counts are in wrong units", "noise of another strength would show itself far from there"),
            Mistake(
                "the probe is the right one",
                "with the focus on the wrong side of the specimen the loss may end there, too",
            ),
        ),
        because="a finished good run ends a little below, as thousands of free phases follow the noise: let it go on",
    ),
)
