"""A scan for ptychography, simulated: a twinned crystallite on a carbon film, under a defocused probe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._checks import finite_number, non_negative_integer, positive_integer, positive_number
from .counting import poisson_counts
from .geometry import frequency_grid
from .multislice import fresnel_propagator, probe_spectrum
from .optics import Aberrations
from .ptychography import Diffraction, diffract

_SIZE = 64  # pixels of the object, and of a window
_SAMPLING = 0.5  # Å
_STRONGEST = 0.4  # rad
_SPACING, _ROW = 2.9, 2.36  # Å, from column to column in a close-packed row, and from row to row
_RADIUS = 11.5  # Å, of the crystallite
_VACANCY, _HEAVY = (-4.7, 4.5), (4.7, -3.0)  # Å from the middle
_BLUR = 0.6  # Å, standard deviation of an atom
_FILM, _FILM_SHARE = 3.0, 0.5  # Å, standard deviation of the bumps of the film; their range, atoms having 1


@dataclass(frozen=True, eq=False)
class OverlapScan:
    """Diffraction patterns of overlapping windows, and all that they were made with.

    Attributes
    ----------
    data : Diffraction; Σ of a pattern is 1, up to counting noise
    probe : (wy, wx) complex, of unit intensity, its middle at pixel (wy // 2, wx // 2)
    truth : (slices, ny, nx) complex, exp(iφ)
    propagator : (wy, wx), from one slice to the next; None for one slice
    sampling : Å per pixel
    slice_distance : Å, None for one slice
    step : pixels from one position to the next
    energy, semiangle, defocus : eV, mrad, Å
    electrons : per pattern; None without noise
    """

    data: Diffraction
    probe: np.ndarray
    truth: np.ndarray
    propagator: np.ndarray | None
    sampling: float
    slice_distance: float | None
    step: int
    energy: float
    semiangle: float
    defocus: float
    electrons: float | None

    @property
    def centres(self) -> np.ndarray:
        """(n, 2) pixels (y, x) of the object on which the middle of the probe stands."""
        middle = np.array(self.data.window) // 2
        return (self.data.positions + middle) % self.data.object_shape


def overlap_scan(
    electrons: float | None = None,
    *,
    step: int = 4,
    defocus: float = 650.0,
    semiangle: float = 10.0,
    energy: float = 300e3,
    slices: int = 1,
    slice_distance: float = 200.0,
    seed: int = 0,
) -> OverlapScan:
    """The teaching example of ptychography: an object of 64 x 64 pixels of 0.5 Å, and windows of the same size.

    Parameters
    ----------
    electrons : per pattern; None for expected intensities
    step : pixels from one position to the next, a divisor of 64
    defocus : Å; the probe is about 2 · semiangle · defocus wide
    semiangle, energy : mrad, eV
    slices : 1, or more: crystallites of other directions, one below the other
    slice_distance : Å from one slice to the next
    seed : of the counting noise; the object stays the same

    Returns
    -------
    OverlapScan
    """
    step = positive_integer("step", step)
    if _SIZE % step or step == _SIZE:
        raise ValueError(f"step must divide the {_SIZE} pixels of the object into two parts or more, got {step}")
    electrons = None if electrons is None else positive_number("electrons", electrons, "per pattern; None for no noise")
    seed, count = non_negative_integer("seed", seed), positive_integer("slices", slices)
    distance = positive_number("slice_distance", slice_distance, "in Å") if count > 1 else None
    shape = (_SIZE, _SIZE)
    truth = np.exp(1j * np.stack([crystallite(15 + 37 * number, seed=number) for number in range(count)]))
    lens = Aberrations.from_defocus(finite_number("defocus", defocus))
    probe = np.fft.ifft2(probe_spectrum(shape, _SAMPLING, energy, semiangle, lens), norm="ortho")
    probe = np.fft.fftshift(probe)
    propagator = None if distance is None else fresnel_propagator(frequency_grid(shape, _SAMPLING), energy, distance)
    corners = np.arange(0, _SIZE, step) - _SIZE // 2
    positions = np.stack(np.meshgrid(corners, corners, indexing="ij"), axis=-1).reshape(-1, 2)
    patterns = np.abs(diffract(probe, truth, positions, propagator)) ** 2
    if electrons is not None:
        patterns = poisson_counts(patterns * electrons, seed) / electrons
    data = Diffraction(patterns, positions, shape)
    return OverlapScan(data, probe, truth, propagator, _SAMPLING, distance, step, energy, semiangle, defocus, electrons)


def crystallite(direction_deg: float = 15.0, strongest: float = _STRONGEST, seed: int = 0) -> np.ndarray:
    """Phase of a twinned crystallite with a vacancy and a heavy atom, on a film of uneven thickness.

    Parameters
    ----------
    direction_deg : of the twin plane, from x towards y
    strongest : largest phase in rad; the smallest is 0
    seed : of the film

    Returns
    -------
    (64, 64) phase in rad, one period of an object that goes on
    """
    q = frequency_grid((_SIZE, _SIZE), _SAMPLING)
    q_squared = np.sum(q**2, axis=-1)
    atoms, weights = _twin(np.deg2rad(finite_number("direction_deg", direction_deg)))
    waves_y, waves_x = (
        np.exp(-2j * np.pi * np.outer(a, f)) for a, f in zip(atoms.T, (q[:, 0, 0], q[0, :, 1]), strict=True)
    )
    columns = np.einsum("n,ny,nx->yx", weights, waves_y, waves_x)
    columns = np.fft.ifft2(columns * _gaussian(q_squared, _BLUR)).real
    bumps = np.fft.fft2(np.random.default_rng(seed).standard_normal(q_squared.shape))
    film = np.fft.ifft2(bumps * _gaussian(q_squared, _FILM)).real
    phase = columns / columns.max() + _FILM_SHARE * film / np.ptp(film)
    return positive_number("strongest", strongest, "in rad") * (phase - phase.min()) / np.ptp(phase)


def _twin(direction: float) -> tuple[np.ndarray, np.ndarray]:
    """Columns of atoms (n, 2) in Å and their weights: two mirrored halves, one column missing, one heavy."""
    numbers = np.arange(-6, 7)
    row, column = (a.ravel() for a in np.meshgrid(numbers, numbers, indexing="ij"))
    # rows are stacked A, B, C on the one side and A, C, B on the other
    points = np.stack([row * _ROW, column * _SPACING + np.abs(row) * _SPACING / 3], axis=1)
    points = points[np.linalg.norm(points, axis=1) < _RADIUS]
    weights = np.ones(len(points))
    weights[_nearest(points, _VACANCY)] = 0
    weights[_nearest(points, _HEAVY)] = 1.6
    c, s = np.cos(direction), np.sin(direction)
    return points @ np.array([[c, -s], [s, c]]) + _SIZE // 2 * _SAMPLING, weights


def _nearest(points: np.ndarray, point) -> int:
    return int(np.argmin(np.linalg.norm(points - point, axis=1)))


def _gaussian(q_squared: np.ndarray, width: float) -> np.ndarray:
    """Fourier transform of a Gaussian of standard deviation `width`."""
    return np.exp(-2 * np.pi**2 * width**2 * q_squared)
