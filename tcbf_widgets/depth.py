"""What a beam says of depth, and what it does not: depth resolution, the limit of the beam, and the missing wedge.

A thin layer at the depth z of a weak object scatters the wave of direction k - q into the direction k, where it meets
the wave that was there before. Both have gone on from z by free propagation, P = exp(-iπλz|k|²), so their difference in
phase turns with the depth of the layer, as 2π k_z z with

    k_z = λ q·(q/2 - k).

The detector pixel k thus records, of the lateral frequency q, this one frequency k_z along the beam. Both waves lie
within the aperture of the semi-angle α only where |k_z| <= αq - λq²/2, the limit of the beam: a cone of the slope α,
closed at q = 2α/λ. Outside of it lies what no pixel records, the missing wedge (turned around the beam, a cone): large
shapes have no depth at all. That holds to first order in the phase. Strong scattering tells more, for it also brings
waves out of the aperture.

Reference: Frieden, J. Opt. Soc. Am. 57 (1967) 56, doi:10.1364/JOSA.57.000056, for the same limit of light; here derived
anew, and tested against waves through slices.
"""

from __future__ import annotations

import numpy as np

from ._checks import non_negative_number, positive_integer, positive_number, positive_pair, shape_pair
from .optics import electron_wavelength


def depth_frequency(q, k, energy: float) -> np.ndarray:
    """Frequency along the beam that the detector pixel k records of the lateral frequency q: k_z = λ q·(q/2 - k).

    Parameters
    ----------
    q, k : (..., 2) in 1/Å, (y, x)
    energy : eV

    Returns
    -------
    (...) in 1/Å: a weak layer φ̂(q) exp(2πi q·r) at the depth z adds iφ̂(q) exp(-2πi k_z z) ψ(k - q) to the wave ψ(k),
    the probe ψ being given in the plane z = 0
    """
    q, k = np.asarray(q, float), np.asarray(k, float)
    return electron_wavelength(energy) * np.sum(q * (q / 2 - k), axis=-1)


def sectioning_limit(q, semiangle: float, energy: float) -> np.ndarray:
    """Largest frequency along the beam that a convergent beam records of a lateral frequency, αq - λq²/2.

    It rises with the slope α, is largest at the rim of the aperture, q = α/λ, and 0 at 2α/λ and beyond, where no two
    waves of the aperture lie q apart.

    Parameters
    ----------
    q : array of spatial frequencies across the beam in 1/Å, >= 0
    semiangle : mrad
    energy : eV

    Returns
    -------
    1/Å, of the shape of q

    >>> float(sectioning_limit(0.5, 20, 300e3).round(5))
    0.00754
    """
    q = np.asarray(q, float)
    if not (np.isfinite(q).all() and (q >= 0).all()):
        raise ValueError(f"q must be finite and >= 0, in 1/Å; got {_said(q)}")
    angle = 1e-3 * positive_number("semiangle", semiangle, "in mrad")
    return np.maximum(angle * q - electron_wavelength(energy) * q**2 / 2, 0)


def depth_resolution(q, energy: float, semiangle: float | None = None) -> np.ndarray:
    """Distance along the beam below which detail of spatial frequency q has no depth.

    What lies nearer together in depth looks the same: half of the period of the largest frequency recorded along the
    beam, 1/(2 k_z). Fine detail has a depth, large shapes have none.

    Parameters
    ----------
    q : array of spatial frequencies across the beam in 1/Å, > 0
    energy : eV
    semiangle : mrad; None for one plane wave along the axis

    Returns
    -------
    Å. Of one plane wave 1/(λq²): at this distance the phase πλΔz q² of free propagation is π. Of a convergent beam, all
    directions of which are used, 1/(2αq - λq²): about 1/(2αq) for large shapes; λ/α² at best, at the rim of the
    aperture q = α/λ, where both agree; infinite from 2α/λ on

    >>> float(depth_resolution(0.2, 300e3).round())
    1270.0
    >>> float(depth_resolution(0.2, 300e3, semiangle=20).round())
    139.0
    """
    q = np.asarray(q, float)
    if not (np.isfinite(q).all() and (q > 0).all()):
        raise ValueError(f"q must be finite and > 0, in 1/Å; got {_said(q)}")
    limit = electron_wavelength(energy) * q**2 / 2 if semiangle is None else sectioning_limit(q, semiangle, energy)
    with np.errstate(divide="ignore"):
        return 1 / (2 * limit)


def matching_beta(semiangle: float) -> float:
    """β for which the weight of large shapes is one half at the limit of a beam of this semi-angle: 1/α.

    >>> matching_beta(20)
    50.0
    """
    return 1e3 / positive_number("semiangle", semiangle, "in mrad")


def missing_wedge_weight(slices: int, shape, sampling, slice_thickness: float, beta: float) -> np.ndarray:
    """Weight of each frequency of a stack of slices: 1 where the beam sees it well, 0 where not at all.

    W(q, k_z) = 1 - arctan(β² k_z² / q²) / (π/2), and 1 at q = k_z = 0, where the quotient is not defined

    Put on the phases of a reconstruction, after each epoch, it takes away what the patterns do not tell, and what noise
    and chance would otherwise fill in; also a true difference between the means of the slices.

    Parameters
    ----------
    slices : number of them
    shape : (ny, nx) pixels
    sampling : Å per pixel, one number or (y, x)
    slice_thickness : Å
    beta : opening of the wedge, a number without unit, for k_z and q are both in 1/Å: the weight is one half on the
        cone k_z = q/β, at 45° for β = 1; 0 takes nothing away. `matching_beta` puts this cone where the beam's is. In
        programs that count both in cycles per slice and per pixel, β is this one times sampling / slice_thickness

    Returns
    -------
    (slices, ny, nx), zero frequency first

    The weight is that of the program fold_slice (regulation_multilayers), which adds a small number to |q|² where this
    one has W(0) = 1 by definition.
    """
    beta = non_negative_number("beta", beta)
    kz, q_squared = _frequencies(slices, shape, sampling, slice_thickness)
    return wedge_weight(kz, q_squared, beta)


def wedge_weight(kz, q_squared, beta: float) -> np.ndarray:
    """The weight W at frequencies k_z along the beam and q² across it, arrays that broadcast, in 1/Å and 1/Å²."""
    # arctan2 knows what the quotient is where q = 0: infinite, and zero at q = k_z = 0
    return 1 - np.arctan2((beta * np.asarray(kz)) ** 2, q_squared) / (np.pi / 2)


def recorded_frequencies(
    slices: int, shape, sampling, slice_thickness: float, semiangle: float, energy: float
) -> np.ndarray:
    """Tell which frequencies of a stack of slices a convergent beam records, in any pixel of its bright-field disk.

    Parameters
    ----------
    slices, shape, sampling, slice_thickness : as in `missing_wedge_weight`
    semiangle, energy : mrad, eV

    Returns
    -------
    (slices, ny, nx) bool, zero frequency first. The mean, q = k_z = 0, is counted in: patterns do not tell a common
    phase, and no picture shows one
    """
    kz, q_squared = _frequencies(slices, shape, sampling, slice_thickness)
    q = np.sqrt(q_squared)
    limit = sectioning_limit(q, semiangle, energy)
    within = q <= 2e-3 * semiangle / electron_wavelength(energy)
    return (np.abs(kz) <= limit) & within


def weighted(phases: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Slices (slices, ny, nx) of real phases with each frequency weighted, of the same type."""
    return np.fft.ifftn(np.fft.fftn(phases) * weight).real.astype(phases.dtype)


def _frequencies(slices, shape, sampling, slice_thickness) -> tuple[np.ndarray, np.ndarray]:
    """k_z (slices, 1, 1) in 1/Å and q² (ny, nx) in 1/Å², zero frequency first."""
    slices, (ny, nx) = positive_integer("slices", slices), shape_pair("shape", shape)
    sampling_y, sampling_x = positive_pair("sampling", sampling, "in Å per pixel")
    thickness = positive_number("slice_thickness", slice_thickness, "in Å")
    qy, qx = np.fft.fftfreq(ny, sampling_y)[:, None], np.fft.fftfreq(nx, sampling_x)
    return np.fft.fftfreq(slices, thickness)[:, None, None], qy**2 + qx**2


def _said(q: np.ndarray):
    return q if q.size < 5 else q.min()
