"""What the two microscopes of the Reciprocity figure look like."""

from __future__ import annotations

from tcbf_widgets.widgets.ray_poster import spread
from tcbf_widgets.widgets.reciprocity_drawing import ANGLES, DEFOCI, ReciprocityState, ctem_drawing, stem_drawing


def reciprocity_cases() -> list[dict]:
    states = (
        ReciprocityState(15_000.0, 3.0, 4.0),
        ReciprocityState(-9_000.0, 1.2, 4.0, traces=True, tilted_beams=True, inverted=True),
        ReciprocityState(20_000.0, -4.0, 4.0, tilted_beams=True),
        ReciprocityState(-20_000.0, 4.7, 3.0, traces=True),
        ReciprocityState(0.0, 0.0, 4.0, inverted=True),
    )
    drawn = {"exaggeration": {"angles": ANGLES, "defocus": DEFOCI}}
    return [
        {"state": vars(state) | drawn, "ctem": ctem_drawing(state), "stem": stem_drawing(state)} for state in states
    ]


def spread_cases(rng) -> list[dict]:
    cases = []
    for count, limits in ((1, (0, 9)), (5, (0, 100)), (9, (0, 100)), (9, (-5, 70)), (20, (0, 300)), (0, (0, 1))):
        wanted, sizes = sorted(rng.uniform(0, limits[1], count)), rng.uniform(5, 15, count)
        expected = spread(wanted, sizes, limits).tolist()
        cases.append({"wanted": wanted, "sizes": sizes.tolist(), "limits": limits, "expected": expected})
    return cases
