"""How strongly direct ptychography transfers a frequency, beside the aligned sum.

The image of each pixel k holds F_k(q) = i φ(q) Γ(q, k), see `transfer`. Least squares, φ = Σ_k (iΓ)* F_k / Σ_k |Γ|²,
use what each of them has, whatever its phase: the signal-to-noise ratio is that of a single image of the transfer

    D(q) = √(Σ_k w_k |Γ(q, k)|² / 4 Σ_k w_k),

where the aligned sum has |L(q)|, `transfer.summed_transfer`. D >= |L|, by the inequality of Cauchy and Schwarz; they
are equal where all pixels show the frequency alike.

For a quadratic χ the disk has two parts. Where k - q and k + q both lie in the aperture (two sidebands) Γ is 2 sin χ(q)
times a displacement; where one of them does (one sideband) Γ is a phase factor, and sin χ does not come in. With A⋆A
the overlap of two disks, the two sidebands are found on the share (A⋆A)(2q), and

    D² = [(A⋆A)(q) - (A⋆A)(2q) cos 2χ(q)] / 2,   L² = (A⋆A)²(q) sin² χ(q).

References: Rodenburg, McCallum, Nellist, Ultramicroscopy 48 (1993) 304, doi:10.1016/0304-3991(93)90105-7; Yang, Ercius,
Nellist, Ophus, Ultramicroscopy 171 (2016) 117, doi:10.1016/j.ultramic.2016.09.002. The closed form is our own.
"""

from __future__ import annotations

import numpy as np

from ._checks import require
from .optics import Aberrations, aperture
from .transfer import aperture_autocorrelation, checked_vectors, is_quadratic, pixel_transfer

_WORK = 2**17  # products of frequencies and pixels in work at once


def over_pixels(q, k, aberrations: Aberrations, energy: float, semiangle: float, weights=None) -> np.ndarray:
    """Transfer D(q) of direct ptychography with given pixels, for any aberrations.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å, scan axes
    k : (n, 2) pixels, 1/Å, scan axes; those outside of the disk are left out. `transfer.disk_grid` gives a regular set
    aberrations, energy, semiangle : of the probe; eV, mrad
    weights : (n,) of each pixel, its mean counts; all alike by default

    Returns
    -------
    (...) float array between 0 and 1, normalised as `transfer.tcbf_transfer`

    >>> from tcbf_widgets.transfer import disk_grid
    >>> k = disk_grid(energy=300e3, semiangle=4, across=65)
    >>> round(float(over_pixels([0.0, 0.03], k, Aberrations.from_defocus(15_000), energy=300e3, semiangle=4)), 2)
    0.70
    """
    require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")
    q, k = checked_vectors("q", q), checked_vectors("k", k).reshape(-1, 2)
    weights = np.ones(len(k)) if weights is None else np.asarray(weights, float)
    if weights.shape != (len(k),):
        raise ValueError(f"weights must have one value for each of the {len(k)} pixels, got shape {weights.shape}")
    weights = weights * (aperture(k, semiangle, energy) > 0)
    if not weights.any():
        raise ValueError(f"k must hold pixels inside of the disk of semiangle={semiangle} mrad, got none of {len(k)}")
    flat = q.reshape(-1, 2)
    step = max(1, _WORK // len(k))
    power = np.empty(len(flat))
    for start in range(0, len(flat), step):
        part = slice(start, start + step)
        power[part] = weights @ np.abs(pixel_transfer(flat[part], k, aberrations, energy, semiangle)) ** 2
    return np.sqrt(power / (4 * weights.sum())).reshape(q.shape[:-1])


def closed_form(q, aberrations: Aberrations, energy: float, semiangle: float) -> np.ndarray:
    """Transfer D(q) of direct ptychography with the whole disk, for a quadratic χ.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å, scan axes
    aberrations : of the probe, nothing but defocus and two-fold astigmatism; 0 is allowed: with one sideband a phase
        is seen in focus, too
    energy, semiangle : eV, mrad

    Returns
    -------
    (...) float array between 0 and 1, normalised as `transfer.tcbf_transfer`

    Raises
    ------
    ValueError for other aberrations; `over_pixels` takes them

    >>> round(float(closed_form([0.0, 0.03], Aberrations.from_defocus(15_000), energy=300e3, semiangle=4)), 4)
    0.7023
    """
    require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")
    if not is_quadratic(aberrations):
        raise ValueError(
            f"aberrations must be defocus and two-fold astigmatism only, got {aberrations}; see over_pixels"
        )
    q = checked_vectors("q", q)
    one, two = (aperture_autocorrelation(n * q, energy, semiangle) for n in (1, 2))
    return np.sqrt(np.maximum(one - two * np.cos(2 * aberrations.chi(q, energy)), 0) / 2)
