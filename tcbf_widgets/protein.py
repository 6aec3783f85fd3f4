"""A procedural protein: atoms of an apoferritin-like cage, built from its symmetry.

Twenty-four copies of a four-helix bundle tile a hollow shell of 12 nm under octahedral symmetry,
as in ferritin. The fold is a sketch (straight helices, short arcs between them, side chains of
random length, which overlap), but composition, mass, size and symmetry are those of the real protein, and
they decide what an image at a resolution of some Ångström shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

SHELL_RADIUS = 47.0  # Å, from the centre to the axis of a bundle; outer diameter about 124 Å
_RISE, _TWIST = 1.5, np.deg2rad(100.0)  # α helix: Å and angle per residue
_RESIDUES_PER_HELIX = 30
_HELIX_SPACING = 9.6  # Å between neighbouring helices of a bundle
_LINK_STEP = 3.4  # Å per residue in the links between helices
_DIMER_OFFSET = 12.2  # Å from a two-fold axis to each of its two bundles
_BUNDLE_TILT = np.deg2rad(51.8)  # bundle axis against the four-fold axis: along the rhombic tiles
_SIDE_CHAIN = {"C": 0.80, "N": 0.09, "O": 0.10, "S": 0.01}  # mean composition
# heavy atoms, uniform 0 ... 9: a little more than real side chains, for the loops that are left out
_MAX_SIDE_CHAIN = 9


@dataclass(frozen=True)
class Atoms:
    """Positions (n, 3) as (z, y, x) in Å and chemical elements (n,), one hydrogen bound to each."""

    positions: np.ndarray
    elements: np.ndarray

    def rotated(self, rotation: Rotation) -> Atoms:
        """The same atoms after a rotation about the origin."""
        return Atoms(rotation.apply(self.positions), self.elements)

    def __len__(self) -> int:
        return len(self.elements)


def octahedral_rotations() -> Rotation:
    """The 24 proper rotations of a cube."""
    return Rotation.create_group("O")


def apoferritin(seed: int = 0) -> Atoms:
    """Atoms of one apoferritin-like cage, centred on the origin.

    Parameters
    ----------
    seed : fixes the random side chains; all 24 subunits share them

    >>> cage = apoferritin()
    >>> bool(np.allclose(cage.positions.mean(axis=0), 0, atol=1e-6))
    True
    """
    subunit = _place_in_shell(_subunit(np.random.default_rng(seed)))
    copies = [subunit.rotated(rotation) for rotation in octahedral_rotations()]
    return Atoms(
        np.concatenate([copy.positions for copy in copies]),
        np.concatenate([copy.elements for copy in copies]),
    )


def _subunit(rng: np.random.Generator) -> Atoms:
    """Four antiparallel helices along z with their links, centred on the origin."""
    half = _HELIX_SPACING / 2
    corners = np.array([(-half, -half), (-half, half), (half, half), (half, -half)])
    parts = []
    for i, corner in enumerate(corners):
        direction = 1 if i % 2 == 0 else -1
        parts.append(_helix(corner, direction, rng))
        if i < len(corners) - 1:
            parts.append(_link(corner, corners[i + 1], direction, rng))
    return Atoms(np.concatenate([part.positions for part in parts]), np.concatenate([part.elements for part in parts]))


def _helix(corner: np.ndarray, direction: int, rng: np.random.Generator) -> Atoms:
    """One α helix parallel to z through ``corner`` (y, x)."""
    index = np.arange(_RESIDUES_PER_HELIX)
    rise = direction * _RISE * (index - index.mean())
    angle = _TWIST * index
    outward = np.stack([np.zeros_like(angle), np.sin(angle), np.cos(angle)], axis=-1)
    axis = np.column_stack([rise, np.broadcast_to(corner, (len(rise), 2))])
    return _residues(axis + 2.3 * outward, outward, rng)


def _link(start: np.ndarray, end: np.ndarray, direction: int, rng: np.random.Generator) -> Atoms:
    """A half-circle of residues that joins the ends of two neighbouring helices."""
    top = direction * _RISE * _RESIDUES_PER_HELIX / 2
    radius = np.linalg.norm(end - start) / 2
    count = max(3, round(np.pi * radius / _LINK_STEP))
    angle = np.pi * (np.arange(count) + 0.5) / count
    along = (start + end) / 2 - np.outer(np.cos(angle), (end - start) / 2)
    alpha_carbons = np.column_stack([top + direction * radius * np.sin(angle), along])
    outward = np.zeros((count, 3))
    outward[:, 0] = direction
    return _residues(alpha_carbons, outward, rng)


def _residues(alpha_carbons: np.ndarray, outward: np.ndarray, rng: np.random.Generator) -> Atoms:
    """Backbone and a random side chain around each α carbon, the chain growing along ``outward``."""
    tangent = np.gradient(alpha_carbons, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    positions = [alpha_carbons - 1.4 * tangent, alpha_carbons, alpha_carbons + 1.4 * tangent]
    positions.append(alpha_carbons + 1.6 * tangent - 1.2 * outward)
    elements = [np.full(len(alpha_carbons), name) for name in "NCCO"]
    length = rng.integers(0, _MAX_SIDE_CHAIN + 1, len(alpha_carbons))
    tip = alpha_carbons
    for step in range(_MAX_SIDE_CHAIN):
        # half of the step is random, so that chains spread like a bush and not like a rod
        tip = tip + 0.75 * outward + rng.normal(0, 0.65, tip.shape)
        grown = length > step
        positions.append(tip[grown])
        elements.append(rng.choice(list(_SIDE_CHAIN), grown.sum(), p=list(_SIDE_CHAIN.values())))
    return Atoms(np.concatenate(positions), np.concatenate(elements))


def _place_in_shell(bundle: Atoms) -> Atoms:
    """Move one bundle beside a two-fold axis of the shell, lying in the shell."""
    radial = np.array([0.0, 1.0, 1.0]) / np.sqrt(2)  # a two-fold axis of the cube
    to_threefold = np.array([1.0, 0.0, 0.0])
    to_fourfold = np.array([0.0, -1.0, 1.0]) / np.sqrt(2)
    along = np.cos(_BUNDLE_TILT) * to_threefold + np.sin(_BUNDLE_TILT) * to_fourfold
    across = np.cross(radial, along)
    frame = np.stack([along, across, radial])  # rows: where z, y and x of the bundle go
    centred = bundle.positions - bundle.positions.mean(axis=0)
    return Atoms(centred @ frame + SHELL_RADIUS * radial + _DIMER_OFFSET * across, bundle.elements)
