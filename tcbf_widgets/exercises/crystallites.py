"""Questions on mapping crystallites with a bullseye probe."""

from __future__ import annotations

import math

from ..questions import Choice, Mistake, Number

SPOT, INNER, OUTER = 2.2, 6.0, 9.0  # pixels
GAIN, PASSED = 1.8, 0.54  # of the bullseye: in precision for the same electrons, and share of the beam that passes
FEATURES = 250
ABOVE, NOISE_ENDS, RATIO, ELECTRONS = 296.0, 20.0, 1.3, 1000.0
DEMANDED, SHARE = 5.0, 0.27  # standard deviations, and share of the electrons in the direct beam
FIRST_RING = 118.0  # electrons; of the figure, where the direct beam lies between pixels, and beside other disks


def edge_gain() -> float:
    """Gain in precision of the bullseye by edge length over bright area, without bars."""
    edge, area = SPOT + INNER + OUTER, SPOT**2 + OUTER**2 - INNER**2  # both over π, and the edge over 2
    return math.sqrt(edge / area * OUTER)


def gain_in_time() -> float:
    """Gain for the same exposure time: precision goes with the root of the electrons."""
    return GAIN * math.sqrt(PASSED)


def noise_merge() -> float:
    """Height of merges that only noise makes, √(2F)."""
    return math.sqrt(2 * FEATURES)


def closing_electrons(ratio: float = RATIO, power: float = 2.0) -> float:
    """Electrons for which the lowest merge of grains is `ratio` times the last of noise; heights go as √N."""
    return ELECTRONS * (ratio * NOISE_ENDS / ABOVE) ** power


QUESTIONS = (
    Number(
        name="edge_gain",
        text=(
            "A bullseye has a bright spot of radius 2.2 pixels and a bright ring from 6 to 9; a plain disk has a "
            "radius of 9. By the rule of edge length over bright area, and without bars: how many times as precisely "
            "is the place of the bullseye known, from as many electrons?"
        ),
        unit="",
        solve=edge_gain,
        within=0.02,
        mistakes=(
            Mistake(edge_gain() ** 2, "that is the information of an electron; how does precision go with it?"),
            Mistake((SPOT + INNER + OUTER) / OUTER, "edges are longer by that much; now the area"),
            Mistake(
                math.sqrt((SPOT + INNER + OUTER) / OUTER),
                "longer edges, yes; and how large is the bright area of each?",
            ),
            Mistake(
                math.sqrt((SPOT + OUTER) * OUTER / (SPOT**2 + OUTER**2 - INNER**2)),
                "a ring has two edges: inside as well",
            ),
        ),
        hint="the disk has the edge 2πR and the area πR²; I goes with their quotient, precision with the root of I",
        because="three times the information; soft edges take a little, and bars add less than their edges promise",
    ),
    Number(
        name="gain_in_time",
        text=(
            "For as many electrons a bullseye knows the place of a disk 1.8 times as precisely as a plain aperture, "
            "and it lets 54 percent of the beam pass. How many times as precisely for the same exposure time?"
        ),
        unit="",
        solve=gain_in_time,
        within=0.02,
        mistakes=(
            Mistake(GAIN * PASSED, "with so many fewer electrons the error does not grow in proportion"),
            Mistake(GAIN / math.sqrt(PASSED), "fewer electrons make it worse, not better"),
            Mistake(GAIN / PASSED, "fewer electrons make it worse, and not in proportion"),
            Mistake(GAIN, "that is for as many electrons; of the same time only a part of them is left"),
        ),
        hint="an error goes with one over the root of the number of electrons",
        because=(
            "a gain of a third is left; what a bullseye is for is uneven light, against which more electrons are of "
            "no use"
        ),
    ),
    Number(
        name="first_ring",
        text=(
            "A bullseye pattern without counting noise: 27 percent of its electrons are in the direct beam. From how "
            "many electrons in the pattern on does the correlation with its template exceed its own noise five times "
            "there?"
        ),
        unit="electrons",
        solve=lambda: FIRST_RING,
        within=0.05,
        mistakes=(
            Mistake(DEMANDED**2, "the direct beam needs even a little more, and it is only a part of the pattern"),
            Mistake(
                DEMANDED**2 / SHARE,
                "that would do if all electrons of the disk weighed alike, and no others were there to add noise",
            ),
            Mistake(DEMANDED / SHARE, "N electrons exceed their noise by the root of N at most"),
        ),
        hint="take the noise away, keep the threshold at 5, and raise its electrons up to the first ring",
        because="about 32 in the direct beam: √32 is more than 5, but soft edges weigh less, and background is noise",
        by="slider",
    ),
    Number(
        name="noise_merge",
        text=(
            "Each pattern is a vector of 250 features in units of the noise, and merges are as high as Ward's rule "
            "with the factor √(2nm/(n+m)) says. How high are those within a grain, in the root of their mean square?"
        ),
        unit="",
        solve=noise_merge,
        within=0.02,
        mistakes=(
            Mistake(
                math.sqrt(FEATURES), "means of n and of m frames scatter by 1/n + 1/m; what does the factor make of it?"
            ),
            Mistake(2.0 * FEATURES, "that is the mean square; the height is its root"),
            Mistake(math.sqrt(FEATURES / 2), "the factor 2 stands above the line, and n + m below it"),
        ),
        hint="the square difference of two means is F(1/n + 1/m) on average; times 2nm/(n + m)?",
        because="√(2F), however large the groups are: a scale that holds for every scan",
    ),
    Number(
        name="gap_closes",
        text=(
            "Patterns of 1000 electrons are vectors of 100 features, and the lowest merge of two grains is 296 high, "
            "in units of the noise. Merges of pure noise end at 20, and a gap is a ratio of 1.3 at least. At how many "
            "electrons does the gap close?"
        ),
        unit="electrons",
        solve=closing_electrons,
        within=0.06,
        mistakes=(
            Mistake(closing_electrons(power=1.0), "signal to noise goes with the root of the number of electrons"),
            Mistake(
                closing_electrons(power=0.5), "the root of the number goes with the height, not the other way round"
            ),
            Mistake(closing_electrons(ratio=1.0), "there both are equally high; a gap is 1.3 times as high at least"),
        ),
        hint="the height must be 1.3 · 20 still, and it goes with the root of the number of electrons",
        because="a handful of electrons; but frames at the boundaries go to the wrong grain long before",
        by="code",
    ),
    Choice(
        name="loud_places",
        text=(
            "Features are divided by their mean size over the scan, and with few electrons the map breaks down. Which "
            "places do the harm?"
        ),
        right="those where hardly any electron falls: a single one is many times their mean",
        mistakes=(
            Mistake(
                "the strongest disks, which outvote all others", "they would without any scale; what does the mean do?"
            ),
            Mistake("those at the edge of the detector, where templates are cut", "cut templates are balanced anew"),
            Mistake(
                "those where the disks of several grains overlap", "they vary, too, but their means are well known"
            ),
        ),
        because="in units of noise, with a floor of half an electron, a place speaks as loudly as it is sure",
    ),
    Choice(
        name="why_bullseye",
        text="Plain disks stand well apart in all patterns. For which task does a bullseye in their place pay?",
        right="to measure strain: light that leans to one side pulls plain disks off their places",
        mistakes=(
            Mistake(
                "to map grains with as few electrons as possible", "whether a disk is there, every electron in it tells"
            ),
            Mistake("to have a smaller probe in the specimen", "an aperture with dark parts has wider wings there"),
            Mistake("to bring more electrons into each pattern", "its dark parts stop nearly half of the beam"),
        ),
        because="edges know places; and against uneven light, more electrons are of no use",
    ),
)
