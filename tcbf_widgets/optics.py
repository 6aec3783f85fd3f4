"""Electron waves and lenses: wavelength, interaction parameter, aperture, aberrations.

Conventions: vectors are (y, x) on the last axis, spatial frequencies in 1/Å, energies in eV,
semi-angles in mrad, aberration coefficients in Å. The probe is ψ(k) = A(k) exp(-iχ(k)) and
C10 = -defocus: with a positive defocus the beam would focus behind the specimen.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import reduce

import numpy as np

from ._checks import finite_number, positive_number

# CODATA 2018, exact or rounded far below any use made of them here
_PLANCK = 6.62607015e-34  # J s
_ELECTRON_MASS = 9.1093837015e-31  # kg
_CHARGE = 1.602176634e-19  # C
_LIGHT = 299792458.0  # m/s
_LOWEST_ENERGY = 1e3  # eV; less is 300 kV written as 300
_HIGHEST_ENERGY = 1e7  # eV; the strongest microscopes have 3 MV
_WIDEST = 500.0  # mrad; lenses take in some 100 mrad, and sin α = α holds to 4 % here
_REST_ENERGY = _ELECTRON_MASS * _LIGHT**2 / _CHARGE  # eV


def beam_energy(name: str, value) -> float:
    """Return ``value`` as a float if it can be the energy of a beam in eV, else raise.

    >>> beam_energy("energy", 300)
    Traceback (most recent call last):
    ValueError: energy must be at least 1000 eV, got 300; give it in eV, 1e3 to 1e7 (300 kV is 300e3)
    """
    hint = "give it in eV, 1e3 to 1e7 (300 kV is 300e3)"
    energy = positive_number(name, value, hint)
    if not _LOWEST_ENERGY <= energy <= _HIGHEST_ENERGY:
        bound = f"least {_LOWEST_ENERGY:g}" if energy < _LOWEST_ENERGY else f"most {_HIGHEST_ENERGY:g}"
        raise ValueError(f"{name} must be at {bound} eV, got {energy:g}; {hint}")
    return energy


def electron_wavelength(energy: float) -> float:
    """Relativistic electron wavelength.

    Parameters
    ----------
    energy : kinetic energy in eV, > 0 (300e3 for 300 kV)

    Returns
    -------
    wavelength in Å

    Reference: Kirkland, Advanced Computing in Electron Microscopy, eq. 2.5,
    doi:10.1007/978-3-030-33260-0.

    >>> round(electron_wavelength(300e3), 7)
    0.0196875
    """
    energy = beam_energy("energy", energy)
    momentum = np.sqrt(2 * _ELECTRON_MASS * _CHARGE * energy * (1 + energy / (2 * _REST_ENERGY)))
    return float(_PLANCK / momentum * 1e10)


def interaction_parameter(energy: float) -> float:
    """Phase that one volt over one Ångström adds to the electron wave.

    Parameters
    ----------
    energy : kinetic energy in eV, > 0

    Returns
    -------
    σ in rad/(V·Å)

    Reference: Kirkland, eq. 5.6, doi:10.1007/978-3-030-33260-0.

    >>> round(1e4 * interaction_parameter(300e3), 3)
    6.526
    """
    wavelength = electron_wavelength(energy)
    return 2 * np.pi / (wavelength * energy) * (_REST_ENERGY + energy) / (2 * _REST_ENERGY + energy)


def aperture(k, semiangle: float, energy: float, edge: float = 0.0) -> np.ndarray:
    """Transmission of a round aperture.

    Parameters
    ----------
    k : (..., 2) spatial frequencies in 1/Å
    semiangle : convergence semi-angle in mrad, > 0
    energy : kinetic energy in eV
    edge : width in 1/Å over which the rim falls linearly from 1 to 0; 0 is a sharp rim.
        One frequency step of the grid represents pixels that the rim cuts.

    Returns
    -------
    (...) float array between 0 and 1

    >>> aperture([[0.0, 0.0], [0.0, 0.3]], semiangle=4, energy=300e3)
    array([1., 0.])
    """
    cutoff = aperture_radius(semiangle, energy)
    radius = np.linalg.norm(np.asarray(k, float), axis=-1)
    if edge <= 0:
        return (radius <= cutoff).astype(float)
    return np.clip((cutoff - radius) / edge + 0.5, 0.0, 1.0)


def aperture_radius(semiangle: float, energy: float) -> float:
    """Radius of an aperture in 1/Å, α/λ, for a semi-angle in mrad and an energy in eV.

    >>> round(aperture_radius(4, 300e3), 5)
    0.20317
    """
    semiangle = positive_number("semiangle", semiangle, "in mrad")
    if semiangle > _WIDEST:
        raise ValueError(f"semiangle must be at most {_WIDEST:g} mrad, got {semiangle:g}")
    return semiangle * 1e-3 / electron_wavelength(energy)


# name -> (m, n): χ grows as |k|^(m+1) and has n-fold symmetry
_ORDERS = {
    "C10": (1, 0),
    "C12": (1, 2),
    "C21": (2, 1),
    "C23": (2, 3),
    "C30": (3, 0),
    "C32": (3, 2),
    "C34": (3, 4),
}


def orders(name: str) -> tuple[int, int]:
    """Radial order m and angular order n of the coefficient C_mn of this name: χ ~ |k|^(m+1), and n-fold symmetric.

    >>> orders("C10"), orders("C23x")
    ((1, 0), (2, 3))
    """
    if name not in Aberrations.names():
        raise ValueError(f"unknown aberration {name!r}; known are {', '.join(Aberrations.names())}")
    return _ORDERS[name[:3]]


@dataclass(frozen=True)
class Aberrations:
    """Aberration coefficients up to third order, Krivanek notation, in Å.

    χ(k) = (2π/λ) Σ (λ|k|)^(m+1)/(m+1) · [C_mn^x cos nθ + C_mn^y sin nθ],   θ = atan2(k_y, k_x)

    C10 is minus the defocus, C12 two-fold astigmatism, C21 coma, C23 three-fold astigmatism,
    C30 spherical aberration. ``aberrations["C10"]`` works as well as ``aberrations.C10``.

    Reference: Krivanek, Dellby, Lupini, Ultramicroscopy 78 (1999) 1, doi:10.1016/S0304-3991(99)00013-3.

    >>> Aberrations.from_defocus(15_000)["C10"]
    -15000.0
    """

    C10: float = 0.0
    C12x: float = 0.0
    C12y: float = 0.0
    C21x: float = 0.0
    C21y: float = 0.0
    C23x: float = 0.0
    C23y: float = 0.0
    C30: float = 0.0
    C32x: float = 0.0
    C32y: float = 0.0
    C34x: float = 0.0
    C34y: float = 0.0

    def __post_init__(self):
        for field in fields(self):
            object.__setattr__(self, field.name, finite_number(field.name, getattr(self, field.name)))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the coefficients."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def from_defocus(cls, defocus: float, **others: float) -> Aberrations:
        """Aberrations with the given defocus in Å (C10 = -defocus) and further coefficients."""
        for name in others:
            if name not in cls.names() or name == "C10":
                raise ValueError(f"unknown aberration {name!r} beside defocus; known are {', '.join(cls.names()[1:])}")
        return cls(C10=-finite_number("defocus", defocus), **others)

    def __getitem__(self, name: str) -> float:
        if name not in self.names():
            raise KeyError(f"unknown aberration {name!r}; known are {', '.join(self.names())}")
        return getattr(self, name)

    @property
    def defocus(self) -> float:
        """Defocus in Å, -C10."""
        return -self.C10

    @property
    def C12(self) -> float:  # noqa: N802 - the name the field gives it
        """Size of the two-fold astigmatism in Å."""
        return float(np.hypot(self.C12x, self.C12y))

    @property
    def phi12(self) -> float:
        """Direction of the two-fold astigmatism in degrees, -90 to 90."""
        return float(np.rad2deg(np.arctan2(self.C12y, self.C12x)) / 2)

    def _terms(self):
        """(m, n, C_x - i C_y) of each coefficient that is not zero."""
        for name, (m, n) in _ORDERS.items():
            weight = complex(getattr(self, name)) if n == 0 else complex(self[name + "x"], -self[name + "y"])
            if weight:
                yield m, n, weight

    def chi(self, k, energy: float) -> np.ndarray:
        """Aberration phase χ in rad at spatial frequencies ``k``, shape (..., 2), in 1/Å."""
        z, wavelength = _complex_angle(k, energy)
        total = np.zeros(z.shape)
        for m, n, weight in self._terms():
            total += (weight * _monomial(z, m, n)).real / (m + 1)
        return 2 * np.pi / wavelength * total

    def gradient(self, k, energy: float) -> np.ndarray:
        """Gradient ∂χ/∂(k_y, k_x) in rad·Å, shape (..., 2)."""
        z, _ = _complex_angle(k, energy)
        total = np.zeros((*z.shape, 2))
        for m, n, weight in self._terms():
            a, b = (m + 1 + n) // 2, (m + 1 - n) // 2
            # |z|^(m+1) exp(inθ) = z^a z̄^b, and ∂z/∂k_x = λ, ∂z/∂k_y = iλ
            by_z = a * z ** (a - 1) * z.conj() ** b
            by_conj = b * z**a * z.conj() ** (b - 1) if b else 0.0
            total[..., 0] += (weight * 1j * (by_z - by_conj)).real / (m + 1)
            total[..., 1] += (weight * (by_z + by_conj)).real / (m + 1)
        return 2 * np.pi * total

    def polynomial(self, energy: float) -> np.ndarray:
        """Coefficients (5, 5) of χ as a polynomial: entry [a, b] belongs to k_y^a k_x^b, in rad·Å^(a+b)."""
        wavelength = electron_wavelength(energy)
        z = wavelength * np.array([[0, 1], [1j, 0]])
        total = np.zeros((5, 5))
        for m, n, weight in self._terms():
            factors = [z] * ((m + 1 + n) // 2) + [z.conj()] * ((m + 1 - n) // 2)
            product = reduce(_product, factors, np.array([[weight]]))
            total[: m + 2, : m + 2] += product.real / (m + 1)
        return 2 * np.pi / wavelength * total

    def ray_landing(self, k, energy: float) -> np.ndarray:
        """Where the ray of direction ``k`` meets the specimen, w = ∇χ/2π in Å, shape (..., 2).

        Measured from the probe position. For pure defocus w = λ C10 k. The virtual image of the
        detector pixel ``k`` lies at -w: a feature appears when the probe still is w away from it.
        """
        return self.gradient(k, energy) / (2 * np.pi)

    def image_shift(self, k, energy: float) -> np.ndarray:
        """Where the virtual image of pixel ``k`` lies relative to the axial one, -∇χ/2π in Å."""
        return -self.ray_landing(k, energy)


def _complex_angle(k, energy: float) -> tuple[np.ndarray, float]:
    """Angles λ(k_x + i k_y) in rad, and the wavelength in Å."""
    k = np.asarray(k, float)
    if k.shape[-1:] != (2,):
        raise ValueError(f"k must end with an axis of length 2, (k_y, k_x); got shape {k.shape}")
    wavelength = electron_wavelength(energy)
    return wavelength * (k[..., 1] + 1j * k[..., 0]), wavelength


def _product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Coefficients of the product of two polynomials in two variables, by the powers of each."""
    rows, columns = other.shape
    total = np.zeros(np.add(one.shape, other.shape) - 1, complex)
    for (i, j), coefficient in np.ndenumerate(one):
        total[i : i + rows, j : j + columns] += coefficient * other
    return total


def _monomial(z: np.ndarray, m: int, n: int) -> np.ndarray:
    return z ** ((m + 1 + n) // 2) * z.conj() ** ((m + 1 - n) // 2)
