"""A scan for ptychography, simulated: a twinned crystallite on a carbon film, under a defocused probe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._checks import finite_number, non_negative_integer, positive_integer, positive_number
from .counting import poisson_counts
from .geometry import frequency_grid
from .multislice import probe_spectrum, propagator
from .optics import Aberrations, electron_wavelength
from .ptychography import Diffraction, diffract
from .windows import check_probe_fits

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

    def __repr__(self) -> str:
        slices = f"{len(self.truth)} slices {self.slice_distance:g} Å apart, " if len(self.truth) > 1 else ""
        electrons = "no noise" if self.electrons is None else f"{self.electrons:.3g} electrons each"
        return (
            f"OverlapScan({len(self.data.positions)} patterns, steps of {self.step} pixels of {self.sampling:g} Å, "
            f"{slices}defocus {self.defocus:g} Å, {self.semiangle:g} mrad, {self.energy / 1e3:g} kV, {electrons})"
        )

    @property
    def probe_width(self) -> float:
        """Width of the probe on the first slice in Å, as `probe_width` says it."""
        return probe_width(self.defocus, self.semiangle, self.energy)

    @property
    def overlap(self) -> float:
        """Share of its width by which the probe overlaps that of the next position, as `linear_overlap` says it."""
        return linear_overlap(self.probe_width, self.step * self.sampling)

    @property
    def centres(self) -> np.ndarray:
        """(n, 2) pixels (y, x) of the object on which the middle of the probe stands."""
        middle = np.array(self.data.window) // 2
        return (self.data.positions + middle) % self.data.object_shape


def probe_width(defocus: float, semiangle: float, energy: float) -> float:
    """Width of a probe in Å: of its cone, 2 · semiangle · |defocus|, or in focus the Airy disk, 1.22 λ / semiangle.

    Parameters
    ----------
    defocus : Å
    semiangle, energy : mrad, eV

    >>> round(probe_width(650, 10, 300e3), 2), round(probe_width(0, 10, 300e3), 2)
    (13.0, 2.4)
    """
    angle = 1e-3 * positive_number("semiangle", semiangle, "in mrad")
    return max(2 * angle * abs(finite_number("defocus", defocus)), 1.22 * electron_wavelength(energy) / angle)


def linear_overlap(width: float, step: float) -> float:
    """Share of its width by which a disc overlaps the next, `step` away: 1 - step / width, or 0 where they do not meet.

    Reference: Bunk et al., Ultramicroscopy 108 (2008) 481, doi:10.1016/j.ultramic.2007.08.003.

    >>> linear_overlap(13.0, 2.6), linear_overlap(2.0, 4.0)
    (0.8, 0.0)
    """
    return max(0.0, 1 - step / width)


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
    defocus : Å; the probe is about 2 · semiangle · |defocus| wide, and the window 32 Å
    semiangle, energy : mrad, eV; pixels of 0.5 Å hold waves of less than 19.7 mrad at 300 kV
    slices : 1, or more: crystallites of other directions, one below the other
    slice_distance : Å from one slice to the next
    seed : of the counting noise; the object stays the same

    Returns
    -------
    OverlapScan

    Raises
    ------
    ValueError for a probe that is wider than the window in any slice, or an aperture that its pixels do not hold
    """
    step = positive_integer("step", step)
    if _SIZE % step or step == _SIZE:
        raise ValueError(f"step must divide the {_SIZE} pixels of the object into two parts or more, got {step}")
    electrons = None if electrons is None else positive_number("electrons", electrons, "per pattern; None for no noise")
    seed, count = non_negative_integer("seed", seed), positive_integer("slices", slices)
    distance = positive_number("slice_distance", slice_distance, "in Å") if count > 1 else None
    defocus, semiangle = finite_number("defocus", defocus), positive_number("semiangle", semiangle, "in mrad")
    _check_window_holds(defocus, semiangle, energy, (count - 1) * (distance or 0.0))
    shape = (_SIZE, _SIZE)
    truth = np.exp(1j * np.stack([crystallite(15 + 37 * number, seed=number) for number in range(count)]))
    lens = Aberrations.from_defocus(defocus)
    probe = np.fft.ifft2(probe_spectrum(shape, _SAMPLING, energy, semiangle, lens), norm="ortho")
    probe = np.fft.fftshift(probe)
    between = None if distance is None else propagator(shape, _SAMPLING, energy, distance)
    corners = np.arange(0, _SIZE, step) - _SIZE // 2
    positions = np.stack(np.meshgrid(corners, corners, indexing="ij"), axis=-1).reshape(-1, 2)
    patterns = np.abs(diffract(probe, truth, positions, between)) ** 2
    if electrons is not None:
        patterns = poisson_counts(patterns * electrons, seed) / electrons
    data = Diffraction(patterns, positions, shape)
    return OverlapScan(data, probe, truth, between, _SAMPLING, distance, step, energy, semiangle, defocus, electrons)


def _check_window_holds(defocus: float, semiangle: float, energy: float, thickness: float) -> None:
    """Raise if waves of the aperture have no pixel, or if a probe meets itself at the border of the window."""
    limit = 1e3 * electron_wavelength(energy) / (2 * _SAMPLING)
    if semiangle >= limit:
        raise ValueError(
            f"semiangle must be less than {limit:.4g} mrad, all that pixels of {_SAMPLING:g} Å hold; got {semiangle:g}"
        )
    for at, where in ((defocus, ""), (defocus - thickness, " in the last slice")):
        optics = f", at a defocus of {at:g} Å{where} and a semiangle of {semiangle:g} mrad: choose others"
        check_probe_fits(probe_width(at, semiangle, energy), _SIZE * _SAMPLING, optics)


def crystallite(direction_deg: float = 15.0, seed: int = 0) -> np.ndarray:
    """Phase of a twinned crystallite with a vacancy and a heavy atom, on a film of uneven thickness.

    Parameters
    ----------
    direction_deg : of the twin plane, from x towards y
    seed : of the film

    Returns
    -------
    (64, 64) phase, 0 to 0.4 rad, one period of an object that goes on
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
    return _STRONGEST * (phase - phase.min()) / np.ptp(phase)


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
