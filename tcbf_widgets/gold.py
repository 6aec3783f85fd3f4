"""Gold as a crystal under the beam: its lattice, its structure factors, and how strongly each lattice plane diffracts.

Crystals stand in the frame of the detector: vectors are (y, x, z) in 1/Å, y down and x to the right as patterns are
drawn, z along the beam.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from ._checks import as_numbers, finite_number, finite_pair, positive_number
from .optics import electron_wavelength, interaction_parameter
from .scattering import POTENTIAL_PER_FACTOR, scattering_factor

LATTICE = 4.0782  # Å, edge of the cubic cell at room temperature
B_FACTOR = 0.63  # Å², thermal motion at 20 °C in the Debye model, with the Debye temperature of gold, 165 K
_ATOMS = np.array([(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)])  # of the cell, in edges


def reflections(reach: float) -> np.ndarray:
    """Indices of the lattice planes that can diffract: all even or all odd, in a face-centred lattice.

    Parameters
    ----------
    reach : 1/Å, the largest |g|

    Returns
    -------
    (n, 3) integers (h, k, l), shortest first; the first is (0, 0, 0), the direct beam

    >>> reflections(0.43).tolist()[:3]
    [[0, 0, 0], [1, 1, 1], [1, 1, -1]]
    """
    most = int(positive_number("reach", reach, "in 1/Å") * LATTICE)
    numbers = np.arange(most, -most - 1, -1)
    hkl = np.stack(np.meshgrid(numbers, numbers, numbers, indexing="ij"), axis=-1).reshape(-1, 3)
    squares = np.sum(hkl**2, axis=1)
    allowed = (hkl % 2 == hkl[:, :1] % 2).all(axis=1) & (squares <= (reach * LATTICE) ** 2)
    return hkl[allowed][np.argsort(squares[allowed], kind="stable")]


def structure_factor(hkl) -> np.ndarray:
    """Structure factor of the cubic cell for electrons at rest, thermal motion included.

    Parameters
    ----------
    hkl : (..., 3) indices

    Returns
    -------
    (...) Å; four times the factor of an atom, or 0 for mixed indices

    >>> structure_factor([(1, 1, 1), (1, 0, 0)]).round(2)
    array([26.22,  0.  ])
    """
    hkl = np.asarray(hkl)
    q = np.linalg.norm(hkl, axis=-1) / LATTICE
    waves = np.cos(2 * np.pi * (hkl @ _ATOMS.T)).sum(axis=-1)  # the cell has a centre of inversion
    return scattering_factor("Au", q) * np.exp(-B_FACTOR * np.square(q) / 4) * np.where(np.abs(waves) < 1e-9, 0, waves)


def extinction_distance(hkl, energy: float) -> np.ndarray:
    """Thickness over which two beams exchange their electrons and have them back.

    Parameters
    ----------
    hkl : (..., 3) indices
    energy : eV

    Returns
    -------
    ξ = π V / (γ λ F) in Å, infinite for planes that do not diffract. It grows with the velocity of the electrons

    Reference: Williams & Carter, Transmission Electron Microscopy (2009), eq. 13.4, doi:10.1007/978-0-387-76501-3. For
    111 of gold at 100 kV they have 183 Å, this gives 184; the 159 Å of older books rest on older scattering factors.

    >>> extinction_distance([(1, 1, 1), (2, 0, 0)], 300e3).round(0)
    array([260., 290.])
    """
    potential = POTENTIAL_PER_FACTOR * structure_factor(hkl) / LATTICE**3  # V; σ of the electrons holds γ and λ
    with np.errstate(divide="ignore"):
        return np.pi / (interaction_parameter(energy) * np.abs(potential))


def orientation(zone_axis, rotation_deg: float = 0.0, mistilt_deg=(0.0, 0.0)) -> np.ndarray:
    """How a crystal stands: the matrix from crystal axes to the (y, x, z) of the detector.

    Parameters
    ----------
    zone_axis : (u, v, w), along the beam
    rotation_deg : from x towards y, of the shortest reciprocal lattice vector that is perpendicular to the zone axis
    mistilt_deg : (y, x), by how much the zone axis then leans from the beam towards y and x

    Returns
    -------
    (3, 3); ``hkl / LATTICE @ matrix.T`` are reciprocal lattice vectors. As y comes before x its determinant is -1

    >>> (np.array([(2, 0, 0), (0, 2, 0)]) @ orientation((0, 0, 1)).T).round(6) + 0.0
    array([[0., 2., 0.],
           [2., 0., 0.]])
    """
    axis = as_numbers(zone_axis)
    if axis.shape != (3,) or not np.isfinite(axis).all() or not axis.any():
        raise ValueError(f"zone_axis must be three indices (u, v, w), not all of them 0, got {zone_axis!r}")
    lean_y, lean_x = np.deg2rad(finite_pair("mistilt_deg", mistilt_deg, "in degrees"))
    z = axis / np.linalg.norm(axis)
    x = _shortest_across(axis)
    upright = np.array([x, np.cross(z, x), z])  # rows are x, y and z of the detector in crystal axes
    turn = Rotation.from_euler("z", finite_number("rotation_deg", rotation_deg), degrees=True)
    lean = Rotation.from_rotvec([-lean_y, lean_x, 0.0])
    return ((lean * turn).as_matrix() @ upright)[[1, 0, 2]]


def _shortest_across(axis: np.ndarray) -> np.ndarray:
    """Unit vector along the shortest g perpendicular to ``axis``, or if that is a long one, any perpendicular."""
    hkl = reflections(3.0)[1:]
    across = hkl[np.abs(hkl @ axis) < 1e-9]
    vector = across[0] if len(across) else np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    return vector / np.linalg.norm(vector)


def excitation_error(g, energy: float, k=(0.0, 0.0)) -> np.ndarray:
    """How far, along the beam, a reciprocal lattice point lies from the Ewald sphere.

    Parameters
    ----------
    g : (..., 3) reciprocal lattice vectors (y, x, z) in 1/Å
    energy : eV
    k : (..., 2) 1/Å across the beam, by which the incident wave is inclined: another point of the aperture

    Returns
    -------
    s in 1/Å, from the lattice point to the sphere, positive along the beam; exact, the sphere is a sphere. A point
    that an upright crystal holds far from the beam has a negative s of about -λ g²/2
    """
    g, k = np.asarray(g, float), np.asarray(k, float)
    wave_squared = electron_wavelength(energy) ** -2
    out = np.sqrt(wave_squared - np.sum((g[..., :2] + k) ** 2, axis=-1))
    return out - np.sqrt(wave_squared - np.sum(k**2, axis=-1)) - g[..., 2]


def relrod(excitation, extinction, thickness: float) -> np.ndarray:
    """Kinematic intensity of a diffracted beam: what the relrod of a thin crystal holds where the sphere meets it.

    Parameters
    ----------
    excitation : 1/Å, excitation error
    extinction : Å, extinction distance
    thickness : Å

    Returns
    -------
    (π t / ξ)² sinc²(π t s), in parts of a direct beam that loses nothing. It holds while it is small; two-beam theory
    has 1/ξ² + s² in the place of s² and never exceeds 1

    Reference: Williams & Carter, eq. 13.48, doi:10.1007/978-0-387-76501-3.
    """
    return (np.pi * thickness / np.asarray(extinction)) ** 2 * np.sinc(thickness * np.asarray(excitation)) ** 2
