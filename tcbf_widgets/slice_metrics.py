"""How well a reconstruction of several slices knows which of them is which, frequency by frequency."""

from __future__ import annotations

import numpy as np

from ._checks import positive_pair
from .image_metrics import with_common_phase
from .resolution import RingCorrelation
from .rings import Rings


def slice_correlation(found, truth, sampling) -> RingCorrelation:
    """Correlate on rings of equal lateral frequency what makes the slices differ from one another.

    From each slice, the mean of all slices is taken: what is left is all that the object knows of depth. With the
    Fourier transforms F and G of what is left of both, Σ Re(F G*) / √(Σ|F|² Σ|G|²), each sum over one ring of all
    slices. 1 is a depth known exactly, 0 one not known at all, though the sum of the slices may be right.

    Parameters
    ----------
    found : (slices, ny, nx), such as the `slices` of the last Epoch of `reconstruct`; complex transmission, whose
        phases are compared, or real phases
    truth : of the same shape and kind, such as the `truth` of `overlap_scan`
    sampling : Å per pixel, one number or (y, x)

    Returns
    -------
    RingCorrelation: `q` in 1/Å, `values`, `counts` (of one slice). Rings are as wide as the coarser of the two
    frequency steps, and end at the Nyquist frequency of the pixels

    >>> phases = np.random.default_rng(0).normal(size=(2, 8, 8))
    >>> slice_correlation(phases + phases[0], 2 * phases, 0.5).values.round(6).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    sampling = positive_pair("sampling", sampling, "in Å per pixel")
    found, truth = (_slices(name, values) for name, values in (("found", found), ("truth", truth)))
    if found.shape != truth.shape:
        raise ValueError(f"found and truth must have one shape, got {found.shape} and {truth.shape}")
    if np.iscomplexobj(found) != np.iscomplexobj(truth):
        raise ValueError("found and truth must both be complex transmissions, or both real phases")
    if np.iscomplexobj(found):
        found, truth = np.angle(with_common_phase(found, truth)), np.angle(truth)
    f, g = (np.fft.fft2(phases - phases.mean(axis=0)) for phases in (found, truth))
    rings = Rings(found.shape[1:], sampling)
    return RingCorrelation(rings.q, rings.correlation(f, g), rings.counts)


def _slices(name: str, values) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != 3 or len(values) < 2 or min(values.shape[1:], default=0) < 2:
        raise ValueError(f"{name} must have axes (slice, y, x), two slices or more, got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return values
