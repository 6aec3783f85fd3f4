"""Percentiles, colours, shifted images and saved files, as numpy and matplotlib make them."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize

from tcbf_widgets.widgets.colours import phase_colours

from .plain import floats


def percentile_cases(rng) -> list[dict]:
    inputs = {
        "normal": rng.normal(1, 0.2, 97),
        "two values": np.array([1, 3]),
        "one value": np.array([2.5]),
        "constant": np.full(12, 7),
        "with gaps": np.where(np.arange(30) % 4 == 0, np.nan, rng.normal(size=30)),
        "far from zero": 1e6 + rng.random(50),
    }
    cases = []
    for name, values in inputs.items():
        values = values.astype(np.float32)
        finite = values[np.isfinite(values)]
        q = [0, 1, 12.5, 50, 99, 100]
        cases.append({"name": name, "values": floats(values), "q": q, "expected": floats(np.percentile(finite, q))})
    return cases


def colour_cases(rng) -> list[dict]:
    cases = []
    edges = np.linspace(0, 1, 257, dtype=np.float32)
    inputs = [
        ("gray", edges, 0, 1),
        ("viridis", rng.normal(1, 0.3, 64).astype(np.float32), 0.7, 1.4),
        ("cividis", np.array([np.nan, -5, 0, 2, 99], np.float32), 0, 2),
        ("magma", np.full(4, 3, np.float32), 3, 3),
    ]
    for cmap, values, vmin, vmax in inputs:
        norm = Normalize(np.float32(vmin), np.float32(vmax))
        rgba = colormaps[cmap](norm(np.ma.masked_invalid(values)), bytes=True)
        cases.append(
            {
                "cmap": cmap,
                "values": floats(values),
                "limits": [float(np.float32(vmin)), float(np.float32(vmax))],
                "rgba": rgba.ravel().tolist(),
            }
        )
    return cases


def shift_cases(rng) -> list[dict]:
    cases = []
    for shape, shift in [
        ((5, 7), (0.3, -1.7)),
        ((6, 8), (0.5, 2.25)),
        ((6, 5), (-0.5, 0.75)),
        ((4, 4), (1, -2)),
        ((1, 6), (0.4, 0.4)),
        ((1, 1), (0.3, 0.2)),
        ((2, 2), (0.25, 0.6)),
    ]:
        image = rng.random(shape).astype(np.float32)
        fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])
        phase = np.exp(2j * np.pi * (fy * shift[0] + fx * shift[1]))
        shifted = np.fft.ifft2(np.fft.fft2(image.astype(float)) * phase).real
        cases.append(
            {"shape": shape, "shift": shift, "image": floats(image.ravel()), "expected": floats(shifted.ravel())}
        )
    return cases


def npy_cases() -> list[dict]:
    cases = []
    for array in (np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1, -2, 300], np.int16)):
        stream = BytesIO()
        np.save(stream, array)
        cases.append(
            {
                "dtype": array.dtype.name,
                "shape": array.shape,
                "values": array.ravel().tolist(),
                "base64": base64.b64encode(stream.getvalue()).decode(),
            }
        )
    return cases


def phase_case(rng) -> dict:
    cycles = np.concatenate([[0.0, -0.0, 1.0, -1e-17, 0.5, -0.5], rng.normal(size=40)])
    amplitude = np.concatenate([[1, 0, 0.5, 1, 1, 1], rng.uniform(size=40)])
    rgba = phase_colours(cycles[None], amplitude[None])
    return {"cycles": floats(cycles), "amplitude": floats(amplitude), "rgba": rgba.ravel().tolist()}
