"""Write views.json: what numpy and matplotlib say where the views' JavaScript must say the same.

Run `python tests/golden/make_golden.py` after changing a case; tests/js reads the file.
"""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize

from tcbf_widgets.alignment import Alignment, AlignmentStep
from tcbf_widgets.bright_field import BrightFieldDisk, BrightFieldStack
from tcbf_widgets.lens import Lens
from tcbf_widgets.optics import Aberrations, electron_wavelength
from tcbf_widgets.upsampling import fourier_upsample, join_samples
from tcbf_widgets.widgets import ShiftField
from tcbf_widgets.widgets.colours import phase_colours
from tcbf_widgets.widgets.moved_sum import MovedSum
from tcbf_widgets.widgets.round_transfer import RoundTransfer
from tcbf_widgets.widgets.spectra import PaddedSpectrum

TARGET = Path(__file__).with_name("views.json")


def floats(array) -> list:
    """Nested lists of Python floats; NaN as None, since JSON has none."""
    array = np.asarray(array, dtype=float)
    return json.loads(json.dumps(array.tolist()).replace("NaN", "null"))


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


def grouping_case(rng) -> dict:
    counts = rng.poisson(5, (7, 3, 4)).astype(np.uint8)
    means = counts.mean(axis=(1, 2)).astype(np.float32)
    members = [0, 2, 5]
    image = (counts[members] / means[members, None, None].astype(float)).mean(axis=0)
    pixels = np.argwhere(np.hypot(*np.mgrid[-4:5, -4:5]) < 4.2).astype(np.int16)
    center, spacing = np.array([4.5, 3.75]), 3
    cells = np.floor((pixels - center) / spacing + 0.5).astype(int)
    _, first, labels = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    return {
        "counts": counts.ravel().tolist(),
        "size": 12,
        "means": floats(means),
        "members": members,
        "image": floats(image.astype(np.float32).ravel()),
        "pixels": pixels.ravel().tolist(),
        "center": center.tolist(),
        "spacing": spacing,
        "cell_of": order[labels.ravel()].tolist(),
    }


def made_up_alignment(rng) -> Alignment:
    """An alignment of noise: a disk off the middle between pixels, scan steps and reciprocal steps not square."""
    center, radius = (9.5, 8.25), 6.4
    y, x = np.indices((20, 18))
    mask = np.hypot(y - center[0], x - center[1]) < radius
    pixels = np.argwhere(mask)
    images = rng.uniform(0.5, 1.5, (len(pixels), 8, 9)).astype(np.float32)
    disk = BrightFieldDisk(mask.astype(float), mask, center, radius)
    means = np.full(len(pixels), 3, np.float32)
    stack = BrightFieldStack(images, means, pixels, disk, 300e3, (10.0, 12.0), (0.01, 0.013))
    steps = []
    for bin_size in (None, 8, 4):
        fit = rng.normal(0, 300, (3, 2)) * [[0.01], [1], [1]]
        fitted = np.column_stack([np.ones(len(pixels)), stack.k]) @ fit
        measured = fitted + rng.normal(0, 5, fitted.shape)
        group = None if bin_size is None else np.arange(len(pixels))
        steps.append(AlignmentStep(bin_size, group, images.mean(axis=0), measured, fitted, fit, 1.0))
    return Alignment(stack, steps[0], tuple(steps[1:]))


def arrow_case(rng) -> dict:
    widget = ShiftField(made_up_alignment(rng))
    names = ("pixels", "measured", "fit", "counts", "mean_counts")
    packed = {
        name: widget.arrays[name] | {"data": base64.b64encode(bytes(widget.arrays[name]["data"])).decode()}
        for name in names
    }
    states = []
    for spacing in (1, 2, 3, 6, 16):
        for iteration in (1, 2):
            widget.spacing, widget.iteration = spacing, iteration
            arrows = {name: floats(np.round(pairs, 6)) for name, pairs in widget.arrows().items()}
            states.append({"spacing": spacing, "iteration": iteration, **arrows})
    return {"arrays": packed, "meta": widget.meta, "states": states}


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


def transfer_cases() -> list[dict]:
    cases = []
    for defocus, c30, semiangle, energy in [
        (15_000, 2.7e7, 4, 300e3),
        (7_000, 2.7e7, 8, 300e3),
        (892.9, 2.7e7, 4, 300e3),
        (-30_000, 5e7, 10, 300e3),
        (5_000, -1e7, 10, 200e3),
        (5_000, 0, 3, 80e3),
        (0, 0, 4, 300e3),
    ]:
        transfer = RoundTransfer(defocus, c30, semiangle, energy)
        q = np.linspace(0, 2.1, 43) * transfer.rim
        exact, zero = transfer.exact(q), transfer.first_zero()
        cases.append(
            {
                "defocus": defocus,
                "C30": c30,
                "semiangle": semiangle,
                "wavelength": electron_wavelength(energy),
                "u": floats(q / transfer.rim),
                "closed": floats(transfer.closed(q)),
                "exact": floats(exact.imag),
                "most": floats(np.abs(exact)),
                "difference": transfer.largest_difference(),
                "zero": zero if zero <= 2 * transfer.rim else None,
            }
        )
    return cases


def lens_cases(rng) -> list[dict]:
    k = rng.uniform(-0.2, 0.2, (7, 2))
    cases = []
    for number in range(12):
        # Å that displace the rim of a disk of 4 mrad by some 20 Å
        values = {name: 20 * rng.normal() / 4e-3 ** int(name[1]) for name in Aberrations.names()}
        lens = Lens(Aberrations(**values), (0.0, 90.0, -15.0, 180.0)[number % 4], number % 8 > 3)
        cases.append(
            {
                "lens": values,
                "rotation_deg": lens.rotation_deg,
                "transpose": lens.transpose,
                "wavelength": electron_wavelength(300e3),
                "k": floats(k.ravel()),
                "shifts": floats(lens.shifts(k, 300e3).ravel()),
                "cycles": floats(lens.aberrations.chi(k, 300e3) / (2 * np.pi)),
            }
        )
    return cases


def transform_cases(rng) -> list[dict]:
    cases = []
    for shape in ((1, 1), (2, 3), (5, 4), (12, 30), (7, 32)):
        values = rng.normal(size=shape) + 1j * rng.normal(size=shape)
        spectrum = np.fft.fft2(values)
        parts = {"re": values.real, "im": values.imag, "to_re": spectrum.real, "to_im": spectrum.imag}
        cases.append({"shape": shape, **{name: floats(part.ravel()) for name, part in parts.items()}})
    return cases


def moved_sum_cases(rng) -> list[dict]:
    cases = []
    for count, shape, frame in ((5, (8, 9), (12, 15)), (4, (9, 12), (9, 16)), (1, (8, 8), (8, 8))):
        counts = rng.poisson(20, (count, *shape)).astype(np.float32)
        means = counts.mean(axis=(1, 2))
        members, shifts = rng.integers(1, 5, count), rng.uniform(-4, 4, (count, 2))
        total = MovedSum(counts / means[:, None, None], members, frame)
        cases.append(
            {
                "shape": counts.shape,
                "images": floats(counts.ravel()),
                "means": floats(means),
                "members": members.tolist(),
                "frame": frame,
                "shifts": floats(shifts.ravel()),
                "image": floats(total.image(shifts).ravel()),
                "power": total.shared_power(shifts),
            }
        )
    return cases


def phase_case(rng) -> dict:
    cycles = np.concatenate([[0.0, -0.0, 1.0, -1e-17, 0.5, -0.5], rng.normal(size=40)])
    amplitude = np.concatenate([[1, 0, 0.5, 1, 1, 1], rng.uniform(size=40)])
    rgba = phase_colours(cycles[None], amplitude[None])
    return {"cycles": floats(cycles), "amplitude": floats(amplitude), "rgba": rgba.ravel().tolist()}


def main() -> None:
    rng = np.random.default_rng(20240422)
    golden = {
        "percentiles": percentile_cases(rng),
        "colours": colour_cases(rng),
        "shifts": shift_cases(rng),
        "npy": npy_cases(),
        "grouping": grouping_case(rng),
        "arrows": arrow_case(rng),
        "lenses": lens_cases(np.random.default_rng(3)),
        "transforms": transform_cases(np.random.default_rng(4)),
        "moved_sums": moved_sum_cases(np.random.default_rng(5)),
        "phases": phase_case(np.random.default_rng(6)),
        "ffts": fft_cases(rng),
        "transfers": transfer_cases(),
        "joins": join_cases(rng),
        "interpolations": interpolation_cases(rng),
        "spectra": spectrum_cases(rng),
    }
    TARGET.write_text(json.dumps(golden, separators=(",", ":"), allow_nan=False) + "\n")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
