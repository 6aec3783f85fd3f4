"""Transforms, joined samples, interpolated images and spectra."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.kernel_density import join_samples
from tcbf_widgets.upsampling import fourier_upsample
from tcbf_widgets.widgets.spectra import PaddedSpectrum

from .plain import floats


def fft_cases(rng) -> list[dict]:
    cases = []
    for shape in ((2, 2), (4, 8), (16, 4)):
        image = rng.normal(size=shape).astype(np.float32)
        spectrum = np.fft.rfft2(image.astype(float)).T  # column after column
        pairs = np.stack([spectrum.real, spectrum.imag], axis=-1)
        cases.append({"shape": shape, "image": floats(image.ravel()), "spectrum": floats(pairs.ravel())})
    return cases


def join_cases(rng) -> list[dict]:
    cases = []
    for shape, sigma, empty in (((6, 9), 0.0, 0.0), ((12, 8), 1.3, 0.2), ((16, 16), 0.6, 0.97), ((1, 5), 2.0, 0.5)):
        weight = (rng.uniform(0.2, 1, shape) * (rng.uniform(size=shape) >= empty)).astype(np.float32)
        total = (weight * rng.normal(size=shape)).astype(np.float32)
        ratio, _ = join_samples(total, weight, sigma)
        grids = {"total": total, "weight": weight, "ratio": ratio}
        cases.append({"shape": shape, "sigma": sigma, **{name: floats(grid.ravel()) for name, grid in grids.items()}})
    return cases


def interpolation_cases(rng) -> list[dict]:
    cases = []
    for shape, factor, inside in [
        ((4, 6), 3, ((0, 4), (1, 5))),
        ((5, 3), 2, ((1, 4), (0, 3))),
        ((1, 2), 8, ((0, 1), (0, 2))),
    ]:
        image = rng.normal(size=shape).astype(np.float32)
        part = tuple(slice(factor * a, factor * b) for a, b in inside)
        numbers = {"image": floats(image.ravel()), "expected": floats(fourier_upsample(image, factor)[part].ravel())}
        cases.append({"shape": shape, "factor": factor, "inside": inside, **numbers})
    return cases


def spectrum_cases(rng) -> list[dict]:
    cases = []
    for shape, sampling, reach in (((6, 10), (2.0, 3.0), 0.2), ((1, 1), (1.0, 1.0), 0.9), ((24, 7), (1.0, 1.5), 0.3)):
        image = rng.normal(1, 0.1, shape).astype(np.float32)
        spectrum = PaddedSpectrum(image, sampling)
        factor = rng.integers(-1, 2, spectrum.values.shape)
        arrays = {
            "image": image,
            "power": spectrum.power().T,  # column after column
            "picture": spectrum.picture(16, reach),
            "filtered": spectrum.filtered(factor),
        }
        case = {"shape": shape, "sampling": sampling, "reach": reach, "factor": factor.T.ravel().tolist()}
        cases.append(case | {name: floats(array.ravel()) for name, array in arrays.items()})
    return cases
