"""The specimen of figures that compute waves: the phase of its middle on a square, periodic grid."""

from __future__ import annotations

from functools import cache

import numpy as np

from .._checks import require
from ..optics import interaction_parameter
from ..specimen import Specimen, apoferritin_in_ice

WIDEST = 256.0  # Å; more would show the same at a coarser sampling


@cache
def built_in() -> Specimen:
    """Procedural apoferritin, a field of 256 Å with one cage in its middle."""
    return apoferritin_in_ice(shape=256, sampling=1.0, ice_thickness=0.0, seed=7)


def specimen_phase(
    specimen: Specimen | None, energy: float, size: int, widest: float = WIDEST
) -> tuple[np.ndarray, float]:
    """Phase of the middle of a specimen, projected and taken as periodic.

    Parameters
    ----------
    specimen : Specimen, or None for procedural apoferritin
    energy : eV
    size : pixels along each side of the result
    widest : Å; a larger specimen is cut to it

    Returns
    -------
    phase (size, size) float32 in rad around its mean, and its sampling in Å
    """
    potential, sampling = _middle(specimen, widest)
    projected = potential.sum(axis=0)
    phase = interaction_parameter(energy) * (projected - projected.mean())
    return _resampled(phase, size).astype(np.float32), len(phase) * sampling / size


def slice_phases(
    specimen: Specimen | None, energy: float, size: int, widest: float = WIDEST
) -> tuple[np.ndarray, float]:
    """Phases (slices, size, size) float32 of the middle of a specimen in rad, as they are, and its sampling in Å."""
    potential, sampling = _middle(specimen, widest)
    phases = [_resampled(interaction_parameter(energy) * layer, size) for layer in potential]
    return np.array(phases, np.float32), potential.shape[1] * sampling / size


def _middle(specimen: Specimen | None, widest: float) -> tuple[np.ndarray, float]:
    """Potential (slices, side, side) of the middle of a specimen, and its sampling."""
    specimen = built_in() if specimen is None else specimen
    require("specimen", specimen, Specimen, "for example tcbf.apoferritin_in_ice()")
    side = max(1, min(*specimen.shape, int(widest / specimen.sampling)))
    y, x = ((length - side) // 2 for length in specimen.shape)
    return specimen.potential[:, y : y + side, x : x + side].astype(float), specimen.sampling


def _resampled(image: np.ndarray, size: int) -> np.ndarray:
    """A square periodic image at another number of pixels, cut or padded in Fourier space."""
    side = len(image)
    if side == size:
        return image
    half = (min(side, size) - 1) // 2  # the Nyquist frequency of the smaller grid is left out
    kept = np.arange(-half, half + 1)
    spectrum = np.zeros((size, size), complex)
    spectrum[np.ix_(kept, kept)] = np.fft.fft2(image)[np.ix_(kept, kept)]
    return np.fft.ifft2(spectrum).real * (size / side) ** 2
