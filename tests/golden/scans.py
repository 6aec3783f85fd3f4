"""What ProbeAndScan shows of a small object: probe, lattice, light, patterns and their counts."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.multislice import probe_spectrum
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.ptychography import Diffraction, diffract
from tcbf_widgets.ptychography_scan import OverlapScan
from tcbf_widgets.widgets import ProbeAndScan
from tcbf_widgets.widgets.arrays import unpack

from .plain import floats

SIZE, SAMPLING, ENERGY, SEMIANGLE, DEFOCUS, STEP = 16, 0.8, 300e3, 8.0, 300.0, 4


def small_scan(rng) -> OverlapScan:
    """A scan of 4 x 4 positions over an object of 16 x 16 pixels."""
    truth = np.exp(1j * rng.uniform(0, 0.5, (1, SIZE, SIZE)))
    lens = Aberrations.from_defocus(DEFOCUS)
    spectrum = probe_spectrum((SIZE, SIZE), SAMPLING, ENERGY, SEMIANGLE, lens)
    probe = np.fft.fftshift(np.fft.ifft2(spectrum, norm="ortho"))
    positions = STEP * np.indices((SIZE // STEP,) * 2).reshape(2, -1).T - SIZE // 2
    data = Diffraction(np.abs(diffract(probe, truth, positions)) ** 2, positions, (SIZE, SIZE))
    return OverlapScan(data, probe, truth, None, SAMPLING, None, STEP, ENERGY, SEMIANGLE, DEFOCUS, None)


def scan_cases(rng) -> dict:
    widget = ProbeAndScan(small_scan(rng))
    states = []
    for defocus, step, position, electrons, seed, contrast in [
        (300.0, 4, (8, 4), None, 0, (1.0, 99.0)),
        (-450.0, 2, (15, 0), 1e4, 7, (0.0, 100.0)),
        (0.0, 8, (3, 13), 120.0, 2**32 - 1, (12.3, 90.5)),  # in focus: gaps between the probes
        (60.0, 2, (9, 2), 1e6, 1, (1.0, 99.0)),
    ]:
        widget.set_trait("contrast", contrast)
        state = {"defocus": defocus, "step": step, "position": position, "electrons": electrons, "seed": seed}
        for name, value in state.items():
            setattr(widget, name, value)
        states.append(state | {"contrast": contrast} | _shown(widget))
    arrays = {name: floats(unpack(packed).ravel()) for name, packed in widget.arrays.items()}
    return {"size": SIZE, "meta": widget.meta, "arrays": arrays, "states": states}


def _shown(widget: ProbeAndScan) -> dict:
    panels, lattice = widget.panels(), widget.lattice
    whole = np.fft.fftshift(widget.patterns(lattice.number)[0])
    shown = np.abs(widget.probe()) > 1e-9  # where there is no amplitude, rounding makes the phase
    return {
        "centre": lattice.centre,
        "number": lattice.number,
        "shown": lattice.shown.ravel().tolist(),
        "width": widget.width,
        "overlap": widget.overlap(),
        "lit": widget.lit().ravel().tolist(),
        "limits": floats([panels["pattern"].vmin, panels["pattern"].vmax]),
        "amplitude": floats(panels["amplitude"].values.ravel()),
        "phase": floats(np.where(shown, np.angle(widget.probe()), np.nan).ravel()),
        "pattern": floats(panels["pattern"].values.ravel()),
        "whole": floats(whole.ravel()),
    }
