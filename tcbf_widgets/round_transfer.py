"""Transfer of the aligned sum for round aberrations, quick enough for a slider: the twin of widgets/shared/transfer.js.

With u = |q|λ/α (the rim of the disk at 1, the limit of resolution at 2), the aberration phase is

    χ(u) = a u² + b u⁴,   a = -π α² defocus / λ,   b = π α⁴ C30 / 2λ.

In the exact sum over the disk (`transfer.summed_transfer`) only the terms with b depend on the pixel, and their mean
over the pixels that interfere is a function g of u alone:

    L(u) = (A⋆A)(u) Im { exp(i a u² + i b u⁴/2) g(u) },   g(u) = < exp(i b u² (6 s² + 2 y² + 2 u s)) >,

s and y being the coordinates of a pixel, along q and across, from the middle of the overlap of the two disks. The mean
over y is a Fresnel integral, that over s a Gauss-Legendre quadrature. g does not depend on the defocus.
"""

from __future__ import annotations

import numpy as np
from scipy.special import fresnel

from .optics import electron_wavelength
from .transfer import aperture_autocorrelation

NODES = 257  # of the table of g over 0 <= u <= 2
_FINE = 8  # radii a pixel at which a picture is computed
_BLUR = 2  # pixels to either side over which it is averaged


class RoundTransfer:
    """Transfer for defocus and spherical aberration.

    Parameters
    ----------
    defocus, C30 : Å
    semiangle : mrad
    energy : eV
    """

    def __init__(self, defocus: float, C30: float, semiangle: float, energy: float) -> None:
        wavelength = electron_wavelength(energy)
        angle = 1e-3 * semiangle
        self.rim = angle / wavelength  # 1/Å
        self.a = -np.pi * angle**2 * defocus / wavelength
        self.b = np.pi * angle**4 * C30 / (2 * wavelength)
        self._optics = (energy, semiangle)
        self._nodes = np.linspace(0, 2, NODES)
        self._table = spherical_mean(self._nodes, self.b)

    def envelope(self, q: np.ndarray) -> np.ndarray:
        """A⋆A at |q| in 1/Å."""
        return aperture_autocorrelation(np.stack([np.zeros_like(q), q], axis=-1), *self._optics)

    def chi(self, q: np.ndarray) -> np.ndarray:
        """Aberration phase in rad."""
        u2 = np.square(q / self.rim)
        return self.a * u2 + self.b * u2**2

    def slope(self, q: np.ndarray) -> np.ndarray:
        """|dχ/dq| in rad·Å: how fast the closed form oscillates."""
        u = q / self.rim
        return np.abs(2 * self.a * u + 4 * self.b * u**3) / self.rim

    def closed(self, q: np.ndarray) -> np.ndarray:
        """A⋆A·sin χ."""
        return self.envelope(q) * np.sin(self.chi(q))

    def exact(self, q: np.ndarray) -> np.ndarray:
        """Exact sum, complex: its imaginary part is the transfer, its modulus the most that it can be."""
        u = np.minimum(q / self.rim, 2)
        mean = np.interp(u, self._nodes, self._table.real) + 1j * np.interp(u, self._nodes, self._table.imag)
        return self.envelope(q) * np.exp(1j * (self.a * u**2 + self.b * u**4 / 2)) * mean

    def flip(self, q: np.ndarray) -> np.ndarray:
        """-1 where the closed form is negative, else 1."""
        return np.where(np.sin(self.chi(q)) < 0, -1.0, 1.0)

    def picture(self, size: int, reach: float) -> np.ndarray:
        """|L| as a picture (size, size) of the frequencies up to ``reach``: left the closed form, right the exact sum.

        A pixel is the mean over the radii around it, so that fringes finer than the pixels leave their mean, and no
        rings that are not there: the weights are a triangle, zero for fringes of one and of two pixels.
        """
        step = 2 * reach / size
        fine = np.arange(_FINE * (size + _BLUR)) * (step / _FINE)
        exact = self.exact(fine)
        phase = np.minimum(self.slope(fine) * step / _FINE, np.pi)
        seen = np.sinc(phase / np.pi)
        axis = np.abs(np.arange(size) - (size - 1) / 2)
        radius = _FINE * np.hypot(axis[:, None], axis)

        def shown(values, most):
            # of |most sin|, only a share is seen between two radii; the rest is its mean
            means = 2 / np.pi * most + (np.abs(values) - 2 / np.pi * most) * seen
            return np.interp(radius, np.arange(_FINE * size), _triangle_mean(means, _FINE * _BLUR))

        left, right = shown(self.closed(fine), self.envelope(fine)), shown(exact.imag, np.abs(exact))
        return np.where(np.arange(size) < size // 2, left, right).astype(np.float32)

    def largest_difference(self) -> float:
        """Largest distance of the exact sum from the closed form, of all frequencies."""
        q = np.linspace(0, 2, 4097) * self.rim
        return float(np.abs(self.exact(q).imag - self.closed(q)).max())

    def first_zero(self) -> float:
        """Lowest frequency in 1/Å at which the exact sum changes its sign; infinite if there is none below the limit.

        Searched from the first node of the table on: below it, g is interpolated too coarsely to tell signs.
        """
        u = np.arange(4096 // (NODES - 1), 4096) / 2048
        values = self.exact(u * self.rim).imag
        turned = np.flatnonzero(values * values[0] < 0)
        if not turned.size:
            return np.inf
        low, high = u[turned[0] - 1], u[turned[0]]
        for _ in range(40):
            middle = (low + high) / 2
            same = self.exact(middle * self.rim).imag * values[0] > 0
            low, high = (middle, high) if same else (low, middle)
        return float(low * self.rim)


def _triangle_mean(values: np.ndarray, half: int) -> np.ndarray:
    """Mean of an even function around each of its places but the last ``half``, weighted with a triangle."""
    weights = (half - np.abs(np.arange(1 - half, half))) / half**2
    return np.convolve(np.concatenate([values[half - 1 : 0 : -1], values]), weights, "valid")[: len(values) - half]


def fresnel_mean(t: np.ndarray) -> np.ndarray:
    """Mean of exp(i t y²) over 0 <= y <= 1, complex."""
    z = np.sqrt(2 * np.abs(t) / np.pi)
    sine, cosine = fresnel(z)
    mean = np.ones(np.shape(t), complex)
    np.divide(cosine + 1j * np.sign(t) * sine, z, out=mean, where=z > 1e-7)
    return mean


def spherical_mean(u: np.ndarray, b: float) -> np.ndarray:
    """Mean g(u) that spherical aberration leaves of the pixels' contrast, complex, 1 for b = 0; 0 <= u <= 2."""
    points, weights = np.polynomial.legendre.leggauss(32 + int(np.ceil(abs(b))))
    # along q the overlap reaches from s = u/2 - 1 to 1 - u/2; its half-width across at s = cos ψ - u/2 is sin ψ
    psi = np.arccos(u / 2)[:, None] * (points + 1) / 2
    s, width = np.cos(psi) - u[:, None] / 2, np.sin(psi)
    share = weights * width**2
    power = b * np.square(u)[:, None]
    values = np.cos(2 * power * u[:, None] * s) * np.exp(6j * power * s**2) * fresnel_mean(2 * power * width**2)
    area = share.sum(axis=1)
    return np.where(area > 0, (share * values).sum(axis=1) / np.where(area > 0, area, 1), 1)
