"""Waves behind a specimen and the images that lenses make of them."""

from __future__ import annotations

import numpy as np

from tcbf_widgets import imaging
from tcbf_widgets.imaging import ExitWave
from tcbf_widgets.optics import Aberrations, electron_wavelength

from .plain import floats


def wave_cases(rng) -> list[dict]:
    cases = []
    for size, sampling, slices, tilt, energy in [
        (1, 1.0, 1, (0.0, 0.0), 300e3),
        (2, 1.0, 2, (0.03, 0.0), 300e3),
        (8, 0.7, 1, (0.0, 0.0), 300e3),
        (8, 1.0, 3, (0.0625, -0.125), 80e3),
        (4, 0.8, 4, (0.31, -0.047), 200e3),
    ]:
        phases = rng.normal(0, 0.4, (slices, size, size)).astype(np.float32)
        wave = imaging.wave_of_phases(phases, sampling, 37.0, energy, tilt)
        cases.append(
            {
                "size": size,
                "sampling": sampling,
                "wavelength": electron_wavelength(energy),
                "thickness": 37.0,
                "tilt": tilt,
                "phases": [floats(phase.ravel()) for phase in phases],
                "spectrum": {"re": floats(wave.spectrum.real.ravel()), "im": floats(wave.spectrum.imag.ravel())},
                "images": image_cases(ExitWave(wave.spectrum, sampling, energy)),
            }
        )
    return cases


def image_cases(wave: ExitWave) -> list[dict]:
    cases = []
    for defocus, c30, semiangle, k in [
        (0.0, 0.0, None, (0.0, 0.0)),
        (900.0, 0.0, 4.0, (0.05, 0.02)),
        (-15_000.0, 2.7e7, 6.0, (-0.017, 0.11)),
        (4_000.0, 1e6, 2.0, (0.0, -0.2)),  # beyond the rim
    ]:
        optics = (Aberrations.from_defocus(defocus, C30=c30), semiangle)
        images = {
            "plain": imaging.plane_wave_image(wave, *optics),
            "plate": imaging.plane_wave_image(wave, *optics, phase_plate=True),
            "tilted": imaging.tilted_image(wave, k, *optics),
        }
        cutoff = None if semiangle is None else 1e-3 * semiangle / electron_wavelength(wave.energy)
        state = {"defocus": defocus, "C30": c30, "cutoff": cutoff, "k": k}
        cases.append(state | {name: floats(image.ravel()) for name, image in images.items()})
    return cases
