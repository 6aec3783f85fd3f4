"""What DirectPtychography sends: images of one field, and their correlation with the truth, foretold and measured."""

from __future__ import annotations

import numpy as np

from .. import direct_transfer
from ..aberrations import FittedOptics
from ..contrast import SpectralSNR, image_transfer
from ..direct_phase import DirectPhase
from ..resolution import fourier_ring_correlation
from ..transfer import disk_grid, is_quadratic
from ..upsampling import UpsampledImage

_ACROSS = 21  # pixels over the disk in the sum, where there is no closed form
_ANGLES, _RADII = 24, 7  # directions and distances at which a ring is sampled
_FINER = 4  # points of a line from ring to ring


def checked_images(summed, direct: DirectPhase, iterative, truth) -> dict[str, np.ndarray]:
    """Phases (ny, nx) in rad by name, each with the mean 0, or an error that says which image does not fit."""
    values = summed.values if isinstance(summed, UpsampledImage) else summed
    # the aligned sum is 1 + 2φ
    given = {"summed": (np.asarray(values, float) - 1) / 2, "direct": direct, "iterative": iterative, "truth": truth}
    images = {name: np.asarray(image, float) for name, image in given.items() if image is not None}
    for name, image in images.items():
        if image.shape != direct.shape or not np.isfinite(image).all():
            raise ValueError(
                f"{name} must be a finite image on the grid of direct, {direct.shape} pixels; got shape {image.shape}"
            )
    return {name: image - image.mean() for name, image in images.items()}


def measured_rings(images: dict[str, np.ndarray], sampling) -> dict[str, np.ndarray]:
    """Frequency of each ring and, for each image, its correlation with the truth there; without a truth no rings."""
    if "truth" not in images or min(images["truth"].shape) < 2:
        return {"q": np.zeros(0)} | {name: np.zeros(0) for name in images if name != "truth"}
    found = {
        name: fourier_ring_correlation(image, images["truth"], sampling)
        for name, image in images.items()
        if name != "truth"
    }
    return {"q": found["direct"].q} | {name: rings.values for name, rings in found.items()}


def foretold_rings(fit: FittedOptics, snr: SpectralSNR, shape, sampling) -> dict[str, np.ndarray]:
    """Correlation with the truth that optics and noise let expect, on rings as wide as the measured ones.

    With the transfer T, D or |L|, and the signal-to-noise ratio s at full transfer, Wiener's estimate correlates with
    the truth as √(T²s / (T²s + 1)); the square of it is averaged over the ring, and weighted with the power of the
    specimen there.

    Returns
    -------
    "q" (n,) in 1/Å, "direct" and "summed" (n,)
    """
    width = 1 / min(n * step for n, step in zip(shape, sampling, strict=True))
    last = 0.5 / max(sampling)
    q = width * np.arange(1, last / width + 1 / _FINER, 1 / _FINER)
    radii = q[:, None] + width * ((np.arange(_RADII) + 0.5) / _RADII - 0.5)
    angles = 2 * np.pi * (np.arange(_ANGLES) + 0.5) / _ANGLES
    points = radii[..., None, None] * np.column_stack([np.sin(angles), np.cos(angles)])
    full = snr.at(points)
    result = {"q": q}
    for name, squared in (("direct", _direct_transfer(points, fit) ** 2), ("summed", _power(points, fit))):
        kept = squared * full / (squared * full + 1)
        result[name] = np.sqrt((full * kept).sum(axis=(1, 2)) / np.maximum(full.sum(axis=(1, 2)), 1e-30))
    return result


def _power(q: np.ndarray, fit: FittedOptics) -> np.ndarray:
    return np.abs(image_transfer(q, fit)) ** 2


def _direct_transfer(q: np.ndarray, fit: FittedOptics) -> np.ndarray:
    optics = (fit.aberrations, fit.energy, fit.semiangle)
    if is_quadratic(fit.aberrations):
        return direct_transfer.closed_form(q, *optics)
    return direct_transfer.over_pixels(q, disk_grid(fit.energy, fit.semiangle, _ACROSS), *optics)
