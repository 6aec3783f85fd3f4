"""Guesses at a hidden lens, their signal and their score."""

from __future__ import annotations

import base64

from tcbf_widgets.widgets import Challenge
from tests.challenge_scans import made_up_challenge

GUESSES = (
    (-12_000.0, 35.0, -1_500.0, 900.0),
    (-12_400.0, 33.5, -1_200.0, 1_000.0),
    (-12_000.0, 35.0, 0.0, 0.0),
    (12_000.0, -145.0, 1_500.0, -900.0),
    (12_000.0, 35.0, -1_500.0, 900.0),
    (0.0, 0.0, 0.0, 0.0),
)


def challenge_case() -> dict:
    """Arrays as they are sent, and what each guess is worth."""
    widget = Challenge(made_up_challenge(shape=(10, 12)))
    arrays = {
        name: packed | {"data": base64.b64encode(bytes(packed["data"])).decode()}
        for name, packed in widget.arrays.items()
    }
    states = []
    for guess in GUESSES:
        values = dict(zip(widget.meta["asked"], guess, strict=True))
        for name, value in values.items():
            setattr(widget, name, value)
        score = widget.score()
        states.append(
            {
                "values": values,
                "signal": widget.signal_to_noise(),
                "kept": score.kept,
                "blur": score.blur,
                "upright": score.upright,
                "points": score.points,
            }
        )
    return {"arrays": arrays, "meta": widget.meta, "states": states}
