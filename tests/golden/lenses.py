"""Lenses, what they transfer, and stacks moved as they predict."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.lens import Lens
from tcbf_widgets.optics import Aberrations, electron_wavelength
from tcbf_widgets.round_transfer import RoundTransfer
from tcbf_widgets.widgets.moved_sum import MovedSum

from .plain import floats


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
                "noise": total.noise_power,
            }
        )
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
