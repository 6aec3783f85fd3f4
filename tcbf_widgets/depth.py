"""What a beam says of depth, and what it does not: the depth resolution, and the missing wedge."""

from __future__ import annotations

import numpy as np

from ._checks import positive_integer, positive_number, shape_pair
from .optics import electron_wavelength


def depth_resolution(k, energy: float) -> np.ndarray:
    """Distance along the beam at which a wave of spatial frequency k is a whole period of focus away, 1/(λk²).

    What differs in depth by much less looks the same to this wave: fine detail has a depth, large shapes have none.

    Parameters
    ----------
    k : array of spatial frequencies across the beam in 1/Å, > 0
    energy : eV

    Returns
    -------
    Å; the phase πλΔz k² of free propagation is π there. For the rim of an aperture, k = α/λ, it is λ/α²

    >>> float(depth_resolution(0.2, 300e3).round())
    1270.0
    """
    k = np.asarray(k, float)
    if not (np.isfinite(k).all() and (k > 0).all()):
        raise ValueError(f"k must be finite and > 0, in 1/Å; got {k if k.size < 5 else k.min()}")
    return 1 / (electron_wavelength(energy) * k**2)


def missing_wedge_weight(slices: int, shape, sampling: float, slice_thickness: float, beta: float) -> np.ndarray:
    """Weight of each frequency of a stack of slices: 1 where the beam sees it well, 0 where not at all.

    W(k) = 1 - arctan(β² k_z² / k_r²) / (π/2), and 1 at k = 0, where the quotient is not defined

    Parameters
    ----------
    slices : number of them
    shape : (ny, nx) pixels
    sampling : Å per pixel
    slice_thickness : Å
    beta : opening of the wedge; 0 takes nothing away

    Returns
    -------
    (slices, ny, nx), zero frequency first

    Reference: Tsai et al., Optics Express 24 (2016) 29089, doi:10.1364/OE.24.029089.
    """
    slices, (ny, nx) = positive_integer("slices", slices), shape_pair("shape", shape)
    sampling = positive_number("sampling", sampling, "in Å per pixel")
    thickness = positive_number("slice_thickness", slice_thickness, "in Å")
    if not (np.isfinite(beta) and beta >= 0):
        raise ValueError(f"beta must be a number >= 0, got {beta!r}")
    kz = np.fft.fftfreq(slices, thickness)[:, None, None]
    ky, kx = np.fft.fftfreq(ny, sampling)[:, None], np.fft.fftfreq(nx, sampling)
    # arctan2 knows what the quotient is where k_r = 0: infinite, and zero at k = 0
    return 1 - np.arctan2((beta * kz) ** 2, ky**2 + kx**2) / (np.pi / 2)


def weighted(phases: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Slices (slices, ny, nx) of real phases with each frequency weighted, of the same type."""
    return np.fft.ifftn(np.fft.fftn(phases) * weight).real.astype(phases.dtype)
