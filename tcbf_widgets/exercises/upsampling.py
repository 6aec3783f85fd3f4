"""Questions on upsampling, and on how fine an image is."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import jn_zeros

from ..questions import Choice, Mistake, Number
from ..upsampling import UpsampledImage

SEMIANGLE, STEP = 4e-3, 10.0  # rad, Å: the scan of the book
FINE = 14.0  # Å
KERNEL_PERIOD, FACTOR, WIDTH = 8.0, 4, 0.125  # Å, pixels per step, steps
AGREED = 6.6  # Å, down to where halves agree
CORRELATION = 0.5


def unfolding_defocus(step: float = STEP, semiangle: float = SEMIANGLE) -> float:
    """Defocus in Å at which the first fold vanishes for the first time: 2 J₁(x)/x = 0, x = 2π α Δf / a."""
    return float(jn_zeros(1, 1)[0]) / (2 * math.pi) * step / semiangle


def kernel_share(period: float = KERNEL_PERIOD) -> float:
    """What the kernel leaves of the amplitude of a wave along x."""
    empty = np.ones((FACTOR, FACTOR), np.float32)
    image = UpsampledImage(empty, (STEP / FACTOR, STEP / FACTOR), empty, FACTOR, WIDTH)
    return float(image.kernel_transfer([0, 1 / period]))


def finest_factor(period: float = AGREED) -> int:
    """Smallest of the factors 1, 2, 4, 8 with two pixels in a period."""
    return next(factor for factor in (1, 2, 4, 8) if 2 * STEP / factor <= period)


QUESTIONS = (
    Number(
        name="folded_period",
        text="A scan with steps of 10 Å meets a wave with a period of 14 Å. As a wave of which period does it pose?",
        unit="Å",
        solve=lambda: 1 / (1 / STEP - 1 / FINE),
        within=0.02,
        mistakes=(
            Mistake(FINE - STEP, "frequencies are subtracted, and not periods"),
            Mistake(1 / (1 / STEP + 1 / FINE), "that is finer still: of its copies the scan shows the slowest"),
            Mistake(2 * STEP, "that is the finest period that does not fold; where does this one fold to?"),
            Mistake(FINE, "two samples in a period are needed, and 14 Å have not even one and a half"),
        ),
        hint="the samples cannot tell the frequency 1/14 Å from it minus 1/10 Å: which period has the difference?",
        because="1/10 − 1/14 in 1/Å: as a wave that is longer than two steps, and runs the other way",
        signed=False,
    ),
    Number(
        name="unfolding_defocus",
        text=(
            "The shifts of a disk of 4 mrad fill a circle of radius αΔf evenly. Of the first fold of a scan with steps "
            "a remains 2 J₁(x)/x, with x = 2π αΔf/a; J₁ is zero at 3.83. At which defocus has it gone for steps of 10 "
            "Å?"
        ),
        unit="µm",
        solve=lambda: 1e-4 * unfolding_defocus(),
        within=0.02,
        mistakes=(
            Mistake(2e-4 * math.pi * unfolding_defocus(), "x holds a factor of 2π: divide by it"),
            Mistake(1e-4 * STEP / SEMIANGLE, "there the rim moves by a whole step; the fold has gone before that"),
            Mistake(0.5e-4 * unfolding_defocus(), "4 mrad is the semi-angle: the rim moves by αΔf to each side"),
        ),
        hint="set 2π αΔf/a to 3.83, and mind that 4 mrad is 0.004",
        because="the rim must move by 0.61 steps at least: far less than is usual for the sake of contrast",
        signed=False,
    ),
    Number(
        name="factor_for_detail",
        text=(
            "Two halves of a scan with steps of 10 Å agree down to 6.6 Å. Which is the smallest of the factors 1, 2, 4 "
            "and 8 whose pixels can show that?"
        ),
        unit="",
        solve=finest_factor,
        within=0.02,
        mistakes=(
            Mistake(2.0, "its pixels are finer than the detail, but a period takes two of them"),
            Mistake(8.0, "it shows all, with four times as many pixels as are needed"),
            Mistake(1.0, "those are the pixels of the scan itself, of 10 Å"),
        ),
        hint="a period takes two pixels, and a pixel has 10 Å divided by the factor",
        because="pixels of 2.5 Å show periods down to 5 Å: then the noise ends the image, and not its pixels",
        by="slider",
    ),
    Number(
        name="kernel_share",
        text=(
            "Upsampled by 4 with kernel_width=0.125, a scan with steps of 10 Å has pixels of 2.5 Å. Which share does "
            "the kernel leave of the amplitude of a wave along x with a period of 8 Å?"
        ),
        unit="",
        solve=kernel_share,
        within=0.01,
        mistakes=(
            Mistake(kernel_share() ** 2, "that is the share of its power; the amplitude is wanted"),
            Mistake(
                math.exp(-2 * (math.pi * WIDTH * STEP / KERNEL_PERIOD) ** 2),
                "the Gaussian alone: but each sample is first shared between neighbouring pixels",
            ),
            Mistake(
                float(np.sinc(STEP / FACTOR / KERNEL_PERIOD)) ** 2,
                "the sharing between pixels alone: a Gaussian of an eighth of a step comes after it",
            ),
            Mistake(
                math.exp(-2 * (math.pi * WIDTH * STEP / KERNEL_PERIOD) ** 2)
                * float(np.sinc(STEP / FACTOR / KERNEL_PERIOD)) ** 2,
                "both are there; but the Gaussian is sampled at pixels twice as wide as its σ: ask the image itself",
            ),
        ),
        hint="image.kernel_transfer(q) tells it, with q = (y, x) in 1/Å",
        because="of signal and of noise alike, so that dividing by it would win nothing",
        by="code",
    ),
    Number(
        name="mean_and_truth",
        text=(
            "In a ring of frequencies two halves correlate by 0.5. By how much does their mean correlate with the "
            "truth?"
        ),
        unit="",
        solve=lambda: math.sqrt(2 * CORRELATION / (1 + CORRELATION)),
        within=0.02,
        mistakes=(
            Mistake(2 * CORRELATION / (1 + CORRELATION), "that is its square, the share of the signal in the power"),
            Mistake(math.sqrt(CORRELATION), "so much does one half by itself; their mean has half of its noise"),
            Mistake(CORRELATION, "so much do they correlate with each other, and each of them is noisy"),
        ),
        hint="with signal S and noise N in either half, 0.5 is S/(S+N); their mean has the noise N/2, the truth none",
        because="√(2c/(1+c)): the truth has no noise, and the mean has half as much as one half of the data",
    ),
    Choice(
        name="two_crossings",
        text=(
            "The correlation of two halves falls below 1/7 at 17 Å, rises again, and falls below it for good at 7 Å. "
            "What happens at 17 Å?"
        ),
        right="the contrast transfer goes through zero",
        mistakes=(
            Mistake("the resolution ends", "beyond it the halves agree again, which noise would not let them"),
            Mistake(
                "the scan's Nyquist frequency is reached",
                "that lies at two scan steps, and shifts that spread over several steps unfold it",
            ),
            Mistake(
                "the kernel of the upsampling cuts in",
                "a filter takes signal and noise of a frequency in equal parts: what does the correlation make of it?",
            ),
        ),
        because="there is no signal to agree on, and behind it the contrast returns with the other sign",
    ),
    Choice(
        name="halves_of_twin",
        text=(
            "The sign of the defocus was taken wrong when the phases were flipped. What do the two halves say to that?"
        ),
        right="they agree as well as before",
        mistakes=(
            Mistake("they no longer agree", "both have been treated alike: what is different between them now?"),
            Mistake(
                "their correlation is negative", "each half is the negative of what it was; what is minus times minus?"
            ),
            Mistake(
                "they agree up to the first zero only",
                "at every frequency both halves have the same wrong sign, beyond the zero as before it",
            ),
        ),
        because="a sign turned in both leaves their correlation as it is: it measures noise, and not truth",
    ),
)
