"""Cuts through weighted slices, and the weight as a picture."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.optics import electron_wavelength
from tcbf_widgets.widgets import MissingWedge

from .plain import floats

_STATES = ((0.0, 5.0), (25.0, 22.0), (400.0, 55.0))  # β and mrad


def wedge_cases(rng) -> list[dict]:
    """Objects of even and odd sides, each weighted and recorded in several ways, cut in places of their own."""
    cases = []
    for shape, sampling, thickness, energy in [
        ((2, 4, 8), 0.5, 200.0, 300e3),
        ((3, 5, 7), 0.8, 25.0, 80e3),
        ((8, 6, 4), 0.3, 7.0, 200e3),
    ]:
        phases = rng.normal(0, 0.2, shape).astype(np.float32)
        states = [
            {
                "beta": beta,
                "semiangle": semiangle,
                "depth": number % shape[0] * thickness,
                "y": (2 * number) % shape[1] * sampling,
            }
            for number, (beta, semiangle) in enumerate(_STATES)
        ]
        cases.append(
            {
                "shape": shape,
                "sampling": sampling,
                "thickness": thickness,
                "wavelength": electron_wavelength(energy),
                "phases": floats(phases.ravel()),
                "states": [_state(phases, state, sampling, thickness, energy) for state in states],
            }
        )
    return cases


def _state(phases, state, sampling, thickness, energy) -> dict:
    widget = MissingWedge(phases, sampling=sampling, slice_thickness=thickness, energy=energy, **state)
    widget.phases = phases  # as they are, not as a page stores them
    slices, rows = widget.places()
    cuts = {}
    for name, volume in list(widget.volumes().items())[1:]:
        cuts[name] = {"section": floats(volume[:, rows].ravel()), "plane": floats(volume[slices].ravel())}
    sizes = np.array([0.9, 3.0, 17.0])
    distances = {
        name: floats(np.where(np.isfinite(values), values, np.nan)) for name, values in widget.resolution(sizes).items()
    }
    weight = widget.panels()["weight"].values[::16, ::12]
    numbers = {"cuts": cuts, "weight": floats(weight.ravel()), "sizes": floats(sizes), "distances": distances}
    return state | numbers | {"status": widget.status()}
