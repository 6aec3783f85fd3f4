"""How strongly direct ptychography transfers a frequency, beside the aligned sum.

The image of each pixel k holds F_k(q) = i φ(q) Γ(q, k), see `transfer`. Least squares, φ = Σ_k (iΓ)* F_k / Σ_k |Γ|²,
use what each of them has, whatever its phase: the signal-to-noise ratio is that of a single image of the transfer

    D(q) = √(Σ_k n_k |Γ(q, k)|² / 4 Σ_k n_k),

where the aligned sum has |L(q)|, `transfer.summed_transfer`. D >= |L|, by the inequality of Cauchy and Schwarz; they
are equal where all pixels show the frequency alike.

For a quadratic χ the disk has two parts. Where k - q and k + q both lie in the aperture (two sidebands) iΓ is
2 sin χ(q) times a displacement; where one of them does (one sideband) Γ is a phase factor, and sin χ does not come in.
With A⋆A the overlap of two disks, the two sidebands are found on the share (A⋆A)(2q), and

    D² = [(A⋆A)(q) - (A⋆A)(2q) cos 2χ(q)] / 2,   L² = (A⋆A)²(q) sin² χ(q).

References: Rodenburg, McCallum, Nellist, Ultramicroscopy 48 (1993) 304, doi:10.1016/0304-3991(93)90105-7; Yang, Ercius,
Nellist, Ophus, Ultramicroscopy 171 (2016) 117, doi:10.1016/j.ultramic.2016.09.002. The closed form is our own.
"""

from __future__ import annotations

import numpy as np

from ._checks import require
from .aberrations import FittedOptics
from .contrast import SpectralSNR, image_transfer
from .optics import Aberrations, aperture
from .rings import ring_points
from .transfer import (
    ENOUGH_ACROSS,
    aperture_autocorrelation,
    checked_vectors,
    disk_grid,
    is_quadratic,
    pixel_transfer,
)

_WORK = 2**17  # products of frequencies and pixels in work at once


def over_pixels(q, k, aberrations: Aberrations, energy: float, semiangle: float) -> np.ndarray:
    """Transfer D(q) of direct ptychography with given pixels, equally bright, for any aberrations.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å, scan axes
    k : (n, 2) pixels, 1/Å, scan axes; those outside of the disk are left out. `transfer.disk_grid` gives a regular set
    aberrations, energy, semiangle : of the probe; eV, mrad

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
    inside = k[aperture(k, semiangle, energy) > 0]
    if not len(inside):
        raise ValueError(f"k must hold pixels inside of the disk of semiangle={semiangle} mrad, got none of {len(k)}")
    flat = q.reshape(-1, 2)
    step = max(1, _WORK // len(inside))
    power = np.empty(len(flat))
    for start in range(0, len(flat), step):
        part = slice(start, start + step)
        transfer = pixel_transfer(flat[part], inside, aberrations, energy, semiangle)
        power[part] = np.mean(np.abs(transfer) ** 2, axis=0)
    return (np.sqrt(power) / 2).reshape(q.shape[:-1])


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


def of_fit(q, fit: FittedOptics) -> np.ndarray:
    """Transfer D(q) of direct ptychography with the aberrations of ``fit``: in closed form where exact, else the sum.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å, scan axes
    fit : aberrations, energy, semi-angle

    Returns
    -------
    (...) float array between 0 and 1; `contrast.image_transfer` is that of the aligned sum
    """
    optics = (fit.aberrations, fit.energy, fit.semiangle)
    if is_quadratic(fit.aberrations):
        return closed_form(q, *optics)
    return over_pixels(q, disk_grid(fit.energy, fit.semiangle, ENOUGH_ACROSS), *optics)


def expected_correlations(q: np.ndarray, width: float, fit: FittedOptics, snr: SpectralSNR) -> dict[str, np.ndarray]:
    """Correlation with the true phase that optics and noise let expect of both estimates, ring by ring.

    With the transfer T, D or |L|, and the signal-to-noise ratio s at full transfer, Wiener's estimate correlates with
    the truth as √(T²s / (T²s + 1)); the square of it is averaged over the ring, and weighted with the power of the
    specimen there.

    Parameters
    ----------
    q : (rings,) frequencies in 1/Å
    width : of each ring, 1/Å
    fit : aberrations, energy, semi-angle
    snr : the ratio at full transfer, such as `DirectPhase.snr`

    Returns
    -------
    "direct" and "summed", (rings,) between 0 and 1; 0 where there is no signal
    """
    points = ring_points(q, width)
    full = snr.at(points)
    transfers = {"direct": of_fit(points, fit), "summed": np.abs(image_transfer(points, fit))}
    powers = {name: transfer**2 * full for name, transfer in transfers.items()}
    total = np.maximum(full.sum(axis=(1, 2)), 1e-30)
    return {name: np.sqrt((full * p / (p + 1)).sum(axis=(1, 2)) / total) for name, p in powers.items()}
