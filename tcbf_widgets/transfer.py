"""Contrast transfer: which frequencies of a weak phase a bright-field pixel shows, and which their aligned sum.

A weak phase φ transmits t = 1 + iφ. Behind it, the probe ψ(k) = A(k) exp(-iχ(k)) at the position r arrives at the
detector pixel k undisturbed, and scattered from k - q into k. The two interfere, and the image of this pixel, divided
by its mean, is

    F_k(q) = i φ(q) Γ(q, k),   Γ(q, k) = A(k) A(k-q) exp(iχ(k) - iχ(k-q)) - A(k) A(k+q) exp(iχ(k+q) - iχ(k)),

the second term being the electrons scattered from k + q, by -q. At k = 0 this is F = 2 φ(q) A(q) sin χ(q): dark where
heavy, for a positive defocus and small q. For a quadratic χ (defocus and two-fold astigmatism) the difference χ(k) -
χ(k-q) is q·∇χ(k) - χ(q): the image of the pixel k is the axial one, displaced by -∇χ(k)/2π, as far as the aperture
lets the scattered wave through. Moved back and averaged over the disk,

    F(q) = 2 φ(q) L(q),   L(q) = (A⋆A)(q) sin χ(q).

With other aberrations only the sum itself is exact: `summed_transfer`. All frequencies are in scan axes, (y, x), in
1/Å.

Reference: Rodenburg, McCallum, Nellist, Ultramicroscopy 48 (1993) 304, doi:10.1016/0304-3991(93)90105-7, for Γ;
Yu et al. (2024), doi:10.1101/2024.04.22.590491, for the sum.
"""

from __future__ import annotations

import numpy as np

from ._checks import finite_number, positive_integer, positive_number, require
from .optics import Aberrations, aperture, electron_wavelength, orders

ENOUGH_ACROSS = 21  # pixels over the disk in a sum for an image or a curve: L to 0.003, D to 0.005 (rms)
_WORK = 2**17  # products of frequencies and pixels in work at once: keeps the working set inside the cache


def pixel_transfer(q, k, aberrations: Aberrations, energy: float, semiangle: float, edge: float = 0.0) -> np.ndarray:
    """Transfer Γ(q, k) of single detector pixels: the image of pixel k is F(q) = i φ(q) Γ(q, k).

    Parameters
    ----------
    q : (..., 2) spatial frequencies of the image, 1/Å, scan axes
    k : (..., 2) detector pixels, 1/Å, scan axes (`geometry.detector_to_scan`)
    aberrations, energy, semiangle : of the probe; eV, mrad
    edge : width in 1/Å of the aperture's rim, see `optics.aperture`; 0 is a sharp rim. Pixels on a soft rim are taken
        relative to the middle of the disk, and not to their own mean

    Returns
    -------
    complex, shape k.shape[:-1] + q.shape[:-1]; 0 for pixels outside of the disk

    >>> q = np.array([0.0, 0.04])
    >>> aberrations = Aberrations.from_defocus(15_000)
    >>> axial = 1j * pixel_transfer(q, np.zeros(2), aberrations, energy=300e3, semiangle=4)
    >>> bool(np.isclose(axial, 2 * np.sin(aberrations.chi(q, 300e3))))
    True
    """
    q, k = checked_vectors("q", q), checked_vectors("k", k)
    require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")
    k = k.reshape(k.shape[:-1] + (1,) * (q.ndim - 1) + (2,))
    chi = aberrations.chi(k, energy)
    from_below = np.exp(1j * (chi - aberrations.chi(k - q, energy)))
    from_above = np.exp(1j * (aberrations.chi(k + q, energy) - chi))
    there, below, above = (aperture(at, semiangle, energy, edge=edge) for at in (k, k - q, k + q))
    return there * (below * from_below - above * from_above)


def aperture_autocorrelation(q, energy: float, semiangle: float) -> np.ndarray:
    """Share of the disk from which a frequency can interfere, (A⋆A)(q): the overlap of two disks of radius α/λ.

    With x = |q| λ/2α it is (2/π) [arccos x - x √(1 - x²)]: 1 at q = 0, and 0 beyond 2α/λ, the limit of resolution.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å
    energy, semiangle : eV, mrad

    Returns
    -------
    (...) float array between 0 and 1

    >>> limit = 2 * 4e-3 / electron_wavelength(300e3)
    >>> q = limit * np.array([[0, 0], [0, 0.25], [0, 0.5], [0, 0.75], [0, 1]])
    >>> aperture_autocorrelation(q, energy=300e3, semiangle=4).round(5)
    array([1.     , 0.68504, 0.391  , 0.14429, 0.     ])
    """
    limit = 2e-3 * positive_number("semiangle", semiangle, "in mrad") / electron_wavelength(energy)
    x = np.minimum(np.linalg.norm(checked_vectors("q", q), axis=-1) / limit, 1.0)
    return 2 / np.pi * (np.arccos(x) - x * np.sqrt(1 - x**2))


def tcbf_transfer(q, aberrations: Aberrations, energy: float, semiangle: float) -> np.ndarray:
    """Closed form of the transfer of the aligned sum, L(q) = (A⋆A)(q) sin χ(q).

    It multiplies twice the phase: the aligned sum, relative to its mean, is I = 1 + 2 φ ⊛ F⁻¹{L}.

    Exact for defocus and two-fold astigmatism. Spherical aberration makes the contrast of the pixels differ by more
    than a displacement, and L only sketches the sum (`summed_transfer`). Odd aberrations (coma, three-fold
    astigmatism) are left out, χ is the even part. They turn the phase of the axial image by χ_odd(q), that of the sum
    by -χ_odd(q)/2 as long as they are small.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å, scan axes
    aberrations, energy, semiangle : of the probe; eV, mrad

    Returns
    -------
    (...) float array between -1 and 1

    >>> transfer = tcbf_transfer([0.0, 0.03], Aberrations.from_defocus(15_000), energy=300e3, semiangle=4)
    >>> round(float(transfer), 4)           # negative: heavy is dark
    -0.6717
    """
    require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")
    q = checked_vectors("q", q)
    even = (aberrations.chi(q, energy) + aberrations.chi(-q, energy)) / 2
    return aperture_autocorrelation(q, energy, semiangle) * np.sin(even)


def summed_transfer(q, k, aberrations: Aberrations, energy: float, semiangle: float, weights=None) -> np.ndarray:
    """Exact transfer of the aligned sum over given pixels, normalised as `tcbf_transfer`.

    L(q) = (i/2) Σ_k w_k Γ(q, k) exp(-i q·∇χ(k)) / Σ_k w_k: each image is moved back by its own displacement -∇χ(k)/2π,
    then all are averaged.

    For a quadratic χ the two terms of Γ become A(k) A(k-q) exp(-iχ(q)) and A(k) A(k+q) exp(iχ(q)). If -k is a pixel
    whenever k is one, both have the same sum over k, and (i/2) (exp(-iχ) - exp(iχ)) = sin χ: then L is exactly sin
    χ(q) times the autocorrelation of the aperture *on these pixels*, Σ_k A(k) A(k-q) / Σ_k A(k), which tends to A⋆A as
    they get finer.

    Parameters
    ----------
    q : (..., 2) spatial frequencies, 1/Å, scan axes
    k : (n, 2) pixels, 1/Å, scan axes; those outside of the disk are left out. `disk_grid` gives a regular set
    aberrations, energy, semiangle : of the probe; eV, mrad
    weights : (n,) of each pixel's image, such as its mean counts; all alike by default

    Returns
    -------
    (...) complex; real if there are only even aberrations and the pixels are symmetric about the axis

    >>> k = disk_grid(energy=300e3, semiangle=4, across=65)
    >>> exact = summed_transfer([0.0, 0.03], k, Aberrations.from_defocus(15_000), energy=300e3, semiangle=4)
    >>> complex(exact.round(2))
    (-0.67+0j)
    """
    require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")
    q, k = checked_vectors("q", q), checked_vectors("k", k).reshape(-1, 2)
    weights = np.ones(len(k)) if weights is None else np.asarray(weights, float)
    if weights.shape != (len(k),):
        raise ValueError(f"weights must have one value for each of the {len(k)} pixels, got shape {weights.shape}")
    inside = (aperture(k, semiangle, energy) > 0) & (weights > 0)
    if not inside.any():
        raise ValueError(f"k must hold pixels inside of the disk of semiangle={semiangle} mrad, got none of {len(k)}")
    k, weights = k[inside], weights[inside] / weights[inside].sum()
    flat = q.reshape(-1, 2)
    result = np.empty(len(flat), complex)
    step = max(1, _WORK // len(k))
    for start in range(0, len(flat), step):
        part = flat[start : start + step]
        even, odd = _change_of_contrast(part, k, aberrations, energy)
        from_below, from_above = _pass_the_aperture(part, k, energy, semiangle)
        # (i/2) (below exp(-i even) - above exp(i even)), by its real and imaginary parts
        one_sided = (from_below - from_above) * np.cos(even) / 2
        two_sided = (from_below + from_above) * np.sin(even) / 2
        cosine, sine = np.cos(odd), np.sin(odd)  # three times faster than a complex exponential
        result[start : start + step].real = (two_sided * cosine - one_sided * sine) @ weights
        result[start : start + step].imag = (two_sided * sine + one_sided * cosine) @ weights
    return result.reshape(q.shape[:-1])


def _pass_the_aperture(q, k, energy: float, semiangle: float) -> tuple[np.ndarray, np.ndarray]:
    """1 where k - q, and where k + q lies in the aperture, else 0; (q, k) each."""
    room = (1e-3 * semiangle / electron_wavelength(energy)) ** 2 - np.sum(q**2, axis=1)[:, None] - np.sum(k**2, axis=1)
    twice = 2 * q @ k.T
    return (-twice <= room).astype(float), (twice <= room).astype(float)


def _change_of_contrast(q, k, aberrations: Aberrations, energy: float) -> tuple[np.ndarray, np.ndarray]:
    """What a displacement leaves of the phase, χ(k+q) - χ(k) - q·∇χ(k): its even and its odd part in q, (q, k).

    χ is a sum of polynomials χ₂, χ₃, χ₄ of second, third and fourth degree. Their Taylor series about q in place of k
    ends with few terms: even, χ₂(q) + χ₄(q) + k·∇χ₃(q) + k·H₄(q)·k/2; odd, χ₃(q) + k·∇χ₄(q). So each is a product of
    two small matrices.
    """
    second, third, fourth = (_of_degree(aberrations, degree) for degree in (2, 3, 4))
    even = (second.chi(q, energy) + fourth.chi(q, energy))[:, None] + third.gradient(q, energy) @ k.T
    odd = third.chi(q, energy)[:, None] + fourth.gradient(q, energy) @ k.T
    return even + _quadratic_form(q, k, fourth, energy), odd


def _quadratic_form(q, k, fourth: Aberrations, energy: float) -> np.ndarray:
    """k·H(q)·k/2 with H the second derivatives of a χ of fourth degree, (q, k)."""
    size = np.abs(k).max() or 1.0
    y, x = np.eye(2) * size

    def form(e):
        # a polynomial of fourth degree, even in e: χ(q + e) + χ(q - e) = 2χ(q) + e·H(q)·e + 2χ(e), exactly
        both = fourth.chi(q + e, energy) + fourth.chi(q - e, energy)
        return both / 2 - fourth.chi(q, energy) - fourth.chi(e, energy)

    of_y, of_x = form(y), form(x)
    ky, kx = (k / size).T
    return np.stack([of_y, of_x, form(y + x) - of_y - of_x], axis=-1) @ np.stack([ky**2, kx**2, ky * kx])


def _of_degree(aberrations: Aberrations, degree: int) -> Aberrations:
    """Those aberrations whose χ grows with this power of the angle: C1n with the second, and so on."""
    names = [name for name in Aberrations.names() if orders(name)[0] + 1 == degree]
    return Aberrations(**{name: aberrations[name] for name in names})


def disk_grid(energy: float, semiangle: float, across: int = 33) -> np.ndarray:
    """Square grid of pixels inside the disk, symmetric about the axis.

    Parameters
    ----------
    energy, semiangle : eV, mrad
    across : pixels over the disk's diameter; an odd number puts one on the axis

    Returns
    -------
    (n, 2) in 1/Å

    >>> len(disk_grid(energy=300e3, semiangle=4, across=33))
    861
    """
    across = positive_integer("across", across)
    rim = 1e-3 * positive_number("semiangle", semiangle, "in mrad") / electron_wavelength(energy)
    axis = (np.arange(across) - (across - 1) / 2) * (2 * rim / across)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    return grid[np.linalg.norm(grid, axis=1) <= rim]


def is_quadratic(aberrations: Aberrations) -> bool:
    """True if there is nothing but defocus and two-fold astigmatism, so that `tcbf_transfer` is exact.

    >>> is_quadratic(Aberrations(C10=-1e4, C12x=200)), is_quadratic(Aberrations(C10=-1e4, C30=2.7e7))
    (True, False)
    """
    return _of_degree(aberrations, 2) == aberrations


def scherzer_defocus(C30: float, energy: float) -> float:
    """Defocus that balances spherical aberration over the widest band of frequencies, √(1.5 C30 λ).

    Parameters
    ----------
    C30 : spherical aberration in Å
    energy : eV

    Returns
    -------
    defocus in Å, with the sign of C30; C10 is minus this

    Reference: Scherzer, J. Appl. Phys. 20 (1949) 20, doi:10.1063/1.1698233.

    >>> round(scherzer_defocus(2.7e7, 300e3), 1)
    892.9
    """
    C30 = finite_number("C30", C30)
    return float(np.sign(C30) * np.sqrt(1.5 * abs(C30) * electron_wavelength(energy)))


def checked_vectors(name: str, value) -> np.ndarray:
    """``value`` as a float array that ends with an axis of length 2, or an error."""
    vectors = np.asarray(value, float)
    if vectors.shape[-1:] != (2,):
        raise ValueError(f"{name} must end with an axis of length 2, ({name}_y, {name}_x); got shape {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return vectors
