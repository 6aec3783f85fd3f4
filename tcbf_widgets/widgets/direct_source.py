"""What DirectPtychography sends: images of one field, and their correlation with the truth, foretold and measured."""

from __future__ import annotations

import numpy as np

from ..aberrations import FittedOptics
from ..contrast import SpectralSNR
from ..direct_phase import DirectPhase
from ..direct_transfer import expected_correlations
from ..resolution import fourier_ring_correlation
from ..upsampling import UpsampledImage

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


def expected_rings(fit: FittedOptics, snr: SpectralSNR, shape, sampling) -> dict[str, np.ndarray]:
    """Correlation with the truth that optics and noise let expect, on rings as wide as the measured ones, and closer.

    Returns
    -------
    "q" (n,) in 1/Å, and "direct" and "summed" (n,) of `direct_transfer.expected_correlations`
    """
    width = 1 / min(n * step for n, step in zip(shape, sampling, strict=True))
    last = 0.5 / max(sampling)
    q = width * np.arange(1, last / width + 1 / _FINER, 1 / _FINER)
    return {"q": q} | expected_correlations(q, width, fit, snr)
