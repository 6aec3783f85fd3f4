"""What TiltedIllumination shows of a small specimen: image, place, and the beam from the side."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.imaging import tilted_image, wave_of_phases
from tcbf_widgets.optics import Aberrations, aperture, electron_wavelength
from tcbf_widgets.widgets.figure import contrast_limits
from tcbf_widgets.widgets.tilted_drawing import tilted_drawing

from .plain import floats

SIZE, SAMPLING, ENERGY, SEMIANGLE, DEEPEST = 16, 1.0, 300e3, 5.0, 20_000.0


def tilted_cases(rng) -> dict:
    phase = rng.normal(0, 0.2, (SIZE, SIZE)).astype(np.float32)
    wave = wave_of_phases(phase[None], SAMPLING, 1.0, ENERGY)
    wavelength = electron_wavelength(ENERGY)
    rim = SEMIANGLE * 1e-3 / wavelength
    states = [
        _state(wave, phase, rim, *state)
        for state in [
            (15_000.0, 0.0, (-0.07, 0.11)),
            (-8_000.0, 2.7e7, (0.0, -0.2)),
            (0.0, 0.0, (0.05, 0.0)),
            (20_000.0, 0.0, (0.0, 0.0)),
            (6_000.0, 1e7, (0.15, 0.2)),
            (6_000.0, 0.0, (0.05, -0.29)),  # beyond the rim
        ]
    ]
    meta = {
        "wavelength": wavelength,
        "rim": rim,
        "sampling": SAMPLING,
        "ranges": {"defocus": [-DEEPEST, DEEPEST], "ky": [-0.3, 0.3], "kx": [-0.3, 0.3]},
    }
    return {"size": SIZE, "phase": floats(phase.ravel()), "meta": meta, "states": states}


def _state(wave, phase, rim: float, defocus: float, c30: float, k) -> dict:
    lens = Aberrations.from_defocus(defocus, C30=c30)
    image = tilted_image(wave, k, lens, SEMIANGLE).astype(np.float32)
    passes = float(aperture(np.array(k), SEMIANGLE, ENERGY, edge=1 / (SIZE * SAMPLING)))
    away = k[1] / rim
    # bright fields: what one sideband of the phase writes around the beam
    half = max(map(abs, contrast_limits(phase)))
    middle = {0.0: None, 1.0: 1.0}.get(passes, float(image.mean(dtype=float)))
    levels = [0.0, contrast_limits(image)[1]] if middle is None else [middle * (1 - half), middle * (1 + half)]
    return {
        "defocus": defocus,
        "C30": c30,
        "k": k,
        "field": {0.0: "dark field", 1.0: "bright field"}.get(passes, "on the rim"),
        "contrast": float(image.std(dtype=float) / image.mean(dtype=float)),
        "levels": floats(levels),
        "away": away,
        "rim_shift": floats(lens.image_shift(np.array([0.0, rim]), ENERGY))[1],
        "shift": floats(lens.image_shift(np.array(k), ENERGY)),
        "image": floats(image.ravel()),
        "drawing": tilted_drawing(defocus, DEEPEST, away, inside=passes > 0),
    }
