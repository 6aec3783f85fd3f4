"""Specimens: their electrostatic potential on slices, ready for multislice.

A `Specimen` holds projected potentials in V·Å. `apoferritin_in_ice` fills a field of view with
procedural apoferritin cages in many orientations, embedded in vitreous ice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from . import protein
from ._checks import non_negative_number, positive_integer, positive_number, shape_pair
from .geometry import frequency_grid
from .scattering import ICE_NUMBER_DENSITY, POTENTIAL_PER_FACTOR, ice_potential, solvated_factor, water_factor

_CAGE_DIAMETER = 124.0  # Å
_CAGE_DISTANCE = 128.0  # Å between centres at least: crowded, never touching


@dataclass(frozen=True)
class Specimen:
    """Projected electrostatic potential of a thin specimen.

    potential : (slices, ny, nx) float32, V·Å, in the order the beam meets the slices
    sampling : Å per pixel
    slice_thickness : Å from one slice to the next
    """

    potential: np.ndarray
    sampling: float
    slice_thickness: float

    def __post_init__(self):
        if np.ndim(self.potential) != 3:
            raise ValueError(f"potential must have axes (slice, y, x), got shape {np.shape(self.potential)}")
        if not np.isfinite(self.potential).all():
            raise ValueError("potential must be finite, got NaN or infinity")
        positive_number("sampling", self.sampling, "in Å per pixel")
        positive_number("slice_thickness", self.slice_thickness, "in Å")

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx) in pixels."""
        return self.potential.shape[1:]

    @property
    def projected(self) -> np.ndarray:
        """(ny, nx) potential summed over the slices, V·Å."""
        return self.potential.sum(axis=0)


def apoferritin_in_ice(
    shape=(840, 840),
    sampling: float = 1.0,
    slices: int = 1,
    ice_thickness: float = 200.0,
    b_factor: float = 40.0,
    seed: int = 0,
) -> Specimen:
    """Apoferritin-like cages in vitreous ice, each in an orientation of its own.

    Parameters
    ----------
    shape : (ny, nx) pixels of the field of view
    sampling : Å per pixel
    slices : number of slices through the cages, each at its own height
    ice_thickness : Å, adds the mean potential of ice and its granularity, spread evenly over the slices. The ice
        that the cages displace is always subtracted: they are embedded, also with 0
    b_factor : Å², motion and radiation damage blur the potential by exp(-B q²/4)
    seed : fixes placement, orientations and ice

    Returns
    -------
    Specimen, potential in V·Å. One cage stands at the centre of the field.
    """
    shape = shape_pair("shape", shape)
    sampling = positive_number("sampling", sampling, "in Å per pixel")
    slices = positive_integer("slices", slices)
    ice_thickness = non_negative_number("ice_thickness", ice_thickness)
    b_factor = non_negative_number("b_factor", b_factor)
    rng = np.random.default_rng(seed)
    atoms = _cages_in_field(np.array(shape) * sampling, rng)
    q = np.linalg.norm(frequency_grid(shape, sampling)[:, : shape[1] // 2 + 1], axis=-1)
    damping = np.exp(-b_factor * np.square(q) / 4) * (q < 1 / (3 * sampling))
    thickness = _CAGE_DIAMETER / slices
    level = np.clip((atoms.positions[:, 0] / thickness + slices / 2).astype(int), 0, slices - 1)
    potential = np.empty((slices, *shape), np.float32)
    for i in range(slices):
        inside = level == i
        spectrum = _atom_spectrum(atoms.positions[inside, 1:], atoms.elements[inside], shape, sampling, q)
        spectrum += _ice_spectrum(shape, sampling, q, ice_thickness / slices, rng)
        mean = ice_potential() * ice_thickness / slices
        potential[i] = np.fft.irfft2(spectrum * damping, s=shape) + mean
    return Specimen(potential, sampling, thickness)


def _cages_in_field(extent: np.ndarray, rng: np.random.Generator) -> protein.Atoms:
    """Atoms of all cages of a field; positions (z, y, x) in Å, (y, x) counted from its corner."""
    cage = protein.apoferritin()
    centres = _scattered_centres(extent, _CAGE_DISTANCE, rng)
    orientations = Rotation.random(len(centres), random_state=rng)
    copies = []
    for centre, orientation in zip(centres, orientations, strict=True):
        copies.append(cage.rotated(orientation).positions + np.array([0.0, *centre]))
    return protein.Atoms(np.concatenate(copies), np.tile(cage.elements, len(centres)))


def _scattered_centres(extent: np.ndarray, distance: float, rng: np.random.Generator) -> np.ndarray:
    """Points (n, 2) in Å at least ``distance`` apart: a crowded monolayer, one point in the middle."""
    step = 1.09 * distance  # room for the jitter
    rows = np.arange(-40, 41)
    lattice = np.stack(np.meshgrid(rows * np.sqrt(0.75), rows, indexing="ij"), axis=-1) * step
    lattice[1::2, :, 1] += step / 2
    lattice = lattice.reshape(-1, 2)
    angle = rng.uniform(0, np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    candidates = (lattice - lattice[np.argmin(np.linalg.norm(lattice, axis=1))]) @ turn
    candidates += rng.uniform(-0.06, 0.06, candidates.shape) * distance + extent / 2
    centres = np.array([extent / 2])
    for trial in candidates[np.argsort(np.linalg.norm(candidates - extent / 2, axis=1))]:
        apart = np.abs(centres - trial)
        apart = np.minimum(apart, extent - apart)  # the field is periodic
        inside = ((trial >= 0) & (trial < extent)).all()
        if inside and np.linalg.norm(apart, axis=1).min() >= distance:
            centres = np.vstack([centres, trial])
    return centres


def _atom_spectrum(positions, elements, shape, sampling: float, q: np.ndarray) -> np.ndarray:
    """Half spectrum (rfft2) of the projected potential of atoms, in V·Å."""
    spectrum = np.zeros(q.shape, complex)
    for element in np.unique(elements):
        density = _deposit(positions[elements == element] / sampling, shape)
        spectrum += np.fft.rfft2(density) * solvated_factor(str(element), q)
    # depositing with B-splines multiplies the spectrum by sinc⁴: divide it out again
    frequency = frequency_grid(shape, 1.0)[:, : q.shape[1]]
    return spectrum * (POTENTIAL_PER_FACTOR / sampling**2) / np.prod(np.sinc(frequency), axis=-1) ** 4


def _deposit(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Spread points (n, 2), in pixels, onto a periodic grid with cubic B-spline weights."""
    corner = np.floor(points).astype(int)
    weights = _bspline_weights(points - corner)
    grid = np.zeros(shape[0] * shape[1])
    for dy in range(4):
        row = (corner[:, 0] + dy - 1) % shape[0] * shape[1]
        for dx in range(4):
            index = row + (corner[:, 1] + dx - 1) % shape[1]
            grid += np.bincount(index, weights[dy][:, 0] * weights[dx][:, 1], minlength=grid.size)
    return grid.reshape(shape)


def _bspline_weights(t: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights of the four grid points around a fraction ``t`` of a pixel."""
    return (
        (1 - t) ** 3 / 6,
        (3 * t**3 - 6 * t**2 + 4) / 6,
        (-3 * t**3 + 3 * t**2 + 3 * t + 1) / 6,
        t**3 / 6,
    )


def _ice_spectrum(shape, sampling: float, q: np.ndarray, thickness: float, rng) -> np.ndarray:
    """Half spectrum of the granularity of ice: random, with the structure factor of amorphous ice.

    The structure factor is a sketch: 0.06 at long wavelengths, where ice resists compression, rising
    to 1 beyond the first diffraction ring at 1/3.7 Å.
    """
    molecules = ICE_NUMBER_DENSITY * thickness * np.prod(shape) * sampling**2
    structure = 0.06 + 0.94 / (1 + np.exp(-(q - 0.25) / 0.02))
    white = np.fft.rfft2(rng.standard_normal(shape)) / np.sqrt(np.prod(shape))
    spectrum = white * np.sqrt(molecules * structure) * water_factor(q) * POTENTIAL_PER_FACTOR / sampling**2
    spectrum[0, 0] = 0
    return spectrum
