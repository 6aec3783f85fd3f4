"""A thick object to be seen in depth: large smooth shapes and fine lattices, at depths of their own."""

from __future__ import annotations

from functools import cache

import numpy as np

SHAPE = (32, 48, 128)  # slices, y, x
SAMPLING = 0.5  # Å
THICKNESS = 10.0  # Å, of a slice
_STRONGEST = 0.2  # rad
_EXTENT = np.array(SHAPE) * [THICKNESS, SAMPLING, SAMPLING]  # Å, one period
_SPACING = 2.5  # Å, from column to column of a lattice
_ATOM = (8.0, 0.55)  # Å, standard deviation of an atom along the beam and across it


@cache
def teaching_object() -> np.ndarray:
    """Phases of 32 slices of 10 Å, on 24 x 64 Å.

    A smooth particle of 18 Å, a crystal of a 2.5 Å lattice beside it, a thin crystalline film that is inclined, and
    four atoms, each at a depth of its own.

    Returns
    -------
    (32, 48, 128) float32 in rad, 0 to 0.2; one period of an object that goes on
    """
    film = _columns(lambda y, x: (x > 3) & (x < 61), lambda y, x: 178 + 1.9 * x, layers=(-8.0, 8.0))
    crystal = _columns(
        lambda y, x: np.hypot((y - 12) / 8.5, (x - 45) / 9.5) < 1, lambda y, x: 80 + 0 * x, layers=np.arange(-32, 33, 8)
    )
    lone = np.array([[30.0, 12.0, 31.0], [165.0, 12.0, 9.0], [190.0, 12.0, 47.0], [275.0, 12.0, 18.0]])
    phases = 0.5 * _particle((80.0, 12.0, 17.0), (38.0, 9.0)) + 0.35 * _atoms(crystal) + 0.45 * _atoms(film)
    phases += 1.0 * _atoms(lone)
    return (_STRONGEST * phases / phases.max()).astype(np.float32)


def _columns(inside, depth, layers) -> np.ndarray:
    """Places (n, 3) of atoms (z, y, x) in Å of a square lattice, where it is inside, around its depth."""
    y, x = (np.arange(0.5, n / _SPACING - 0.25) * _SPACING for n in _EXTENT[1:])
    y, x = (a.ravel() for a in np.meshgrid(y - 0.5 * _SPACING + 2.0, x, indexing="ij"))
    keep = inside(y, x)
    y, x = y[keep], x[keep]
    return np.concatenate([np.stack([depth(y, x) + layer, y, x], axis=1) for layer in layers])


def _atoms(places: np.ndarray) -> np.ndarray:
    """Sum of Gaussians of height 1 at places (n, 3)."""
    widths = (_ATOM[0], _ATOM[1], _ATOM[1])
    along = [np.exp(-(_distance(axis, places[:, axis]) ** 2) / (2 * width**2)) for axis, width in enumerate(widths)]
    return np.einsum("nz,ny,nx->zyx", *along, optimize=True)


def _particle(centre, radii) -> np.ndarray:
    """A spheroid of height 1 with a soft rim: its radius along the beam, and across it."""
    z, y, x = (_distance(axis, np.array([at]))[0] for axis, at in enumerate(centre))
    r = np.sqrt((z / radii[0])[:, None, None] ** 2 + (y / radii[1])[:, None] ** 2 + (x / radii[1]) ** 2)
    return 1 / (1 + np.exp((r - 1) / 0.12))


def _distance(axis: int, places: np.ndarray) -> np.ndarray:
    """Distance (n, pixels) in Å of the pixels along an axis from places, in the period next to each."""
    extent = _EXTENT[axis]
    pixels = np.arange(SHAPE[axis]) * (extent / SHAPE[axis])
    return (pixels - places[:, None] + extent / 2) % extent - extent / 2
