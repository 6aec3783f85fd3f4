"""Aberrations together with the orientation of the detector: what the shift field and the transfer depend on.

χ is a polynomial of fourth degree, χ(k + q) - χ(k) = Σ_b t_b(k) q^b. Its Taylor coefficients t_b and their derivatives
by every parameter are all that fits need: those of first degree in q are the gradient of χ, and so the shift field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np

from .geometry import orientation_matrix
from .optics import Aberrations, orders

ROTATION = "rotation_deg"
_DEGREE = 4
# powers (a, b) of q_y^a q_x^b; those of first degree come first, (0, 1) and (1, 0)
_POWERS = [(a, order - a) for order in range(1, _DEGREE + 1) for a in range(order + 1)]
DEGREES = tuple(a + b for a, b in _POWERS)


@dataclass(frozen=True)
class Lens:
    """Aberrations in scan axes, and how the detector's axes lie in them.

    aberrations : coefficients in Å
    rotation_deg, transpose : from detector to scan axes, see `geometry`
    """

    aberrations: Aberrations
    rotation_deg: float = 0.0
    transpose: bool = False

    def moved(self, names: tuple[str, ...], step: np.ndarray) -> Lens:
        """The lens with ``step`` added to the parameters ``names``, coefficients or ``"rotation_deg"``."""
        changes = dict(zip(names, map(float, step), strict=True))
        rotation = self.rotation_deg + changes.pop(ROTATION, 0.0)
        coefficients = {name: self.aberrations[name] + change for name, change in changes.items()}
        return Lens(replace(self.aberrations, **coefficients), rotation, self.transpose)

    def only(self, names: tuple[str, ...]) -> Lens:
        """The lens with all coefficients but ``names`` set to zero."""
        kept = {name: self.aberrations[name] for name in names if name != ROTATION}
        return Lens(Aberrations(**kept), self.rotation_deg, self.transpose)

    def scan_k(self, k: np.ndarray) -> np.ndarray:
        """Detector frequencies (n, 2) in scan axes."""
        return np.asarray(k, float) @ orientation_matrix(self.rotation_deg, self.transpose).T

    def shifts(self, k: np.ndarray, energy: float) -> np.ndarray:
        """Where the virtual images of detector frequencies ``k`` (n, 2) lie, in Å and scan axes."""
        return self.aberrations.image_shift(self.scan_k(k), energy)

    def taylor_coefficients(self, k: np.ndarray, energy: float) -> np.ndarray:
        """(14, n) coefficients t_b of the powers of q in χ(k + q) - χ(k), in the order of `monomials`; detector k."""
        return _taylor(self.aberrations.polynomial(energy), self.scan_k(k))

    def taylor_slope(self, name: str, k: np.ndarray, energy: float) -> np.ndarray:
        """(14, n) derivatives of `taylor_coefficients` by the parameter ``name``."""
        scan_k = self.scan_k(k)
        if name != ROTATION:
            return _taylor(Aberrations(**{name: 1.0}).polynomial(energy), scan_k)
        # k = R(θ) T k_detector turns by dk/dθ = (k_x, -k_y) per radian
        y, x = np.deg2rad(scan_k).T
        polynomial = self.aberrations.polynomial(energy)
        return _taylor(_derivative(polynomial, 0), scan_k) * x - _taylor(_derivative(polynomial, 1), scan_k) * y

    def shift_slopes(self, names: tuple[str, ...], k: np.ndarray, energy: float) -> np.ndarray:
        """(len(names), n, 2) derivatives of `shifts` by the parameters."""
        gradients = [self.taylor_slope(name, k, energy)[[1, 0]].T for name in names]
        return -np.stack(gradients) / (2 * np.pi)


def coefficient_names(max_radial_order: int = 1, max_angular_order: int = 2) -> tuple[str, ...]:
    """Names of the aberrations C_mn with m and n up to the given orders.

    >>> coefficient_names(2, 1)
    ('C10', 'C21x', 'C21y')
    """
    highest = max_radial_order, max_angular_order
    return tuple(
        name for name in Aberrations.names() if all(n <= most for n, most in zip(orders(name), highest, strict=True))
    )


def check_names(names) -> tuple[str, ...]:
    """Return parameter names as a tuple, or raise if one is unknown or comes twice.

    >>> check_names(["C10", "C10"])
    Traceback (most recent call last):
    ValueError: names must hold at least one parameter and none of them twice, got ('C10', 'C10')
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    known = (*Aberrations.names(), ROTATION)
    for name in names:
        if name not in known:
            raise ValueError(f"names holds {name!r}; known are {', '.join(known)}")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"names must hold at least one parameter and none of them twice, got {names}")
    return names


def monomials(q: np.ndarray) -> np.ndarray:
    """(len(q), 14) powers q_y^a q_x^b with 1 <= a + b <= 4."""
    return np.stack([q[:, 0] ** a * q[:, 1] ** b for a, b in _POWERS], axis=1)


def _derivative(polynomial: np.ndarray, axis: int) -> np.ndarray:
    """Coefficients of the derivative by k_y (axis 0) or k_x (axis 1)."""
    rows = np.moveaxis(polynomial, axis, 0)
    slope = np.vstack([rows[1:] * np.arange(1, _DEGREE + 1)[:, None], np.zeros_like(rows[:1])])
    return np.moveaxis(slope, 0, axis)


def _taylor(polynomial: np.ndarray, k: np.ndarray) -> np.ndarray:
    """(14, len(k)) coefficients of the powers of q in the polynomial at k + q."""
    y, x = (np.vander(axis, _DEGREE + 1, increasing=True) for axis in k.T)
    result = np.zeros((len(_POWERS), len(k)))
    for row, (a, b) in zip(result, _POWERS, strict=True):
        for i in range(a, _DEGREE + 1):
            for j in range(b, _DEGREE + 1 - i):
                if polynomial[i, j]:
                    row += polynomial[i, j] * comb(i, a) * comb(j, b) * y[:, i - a] * x[:, j - b]
    return result
