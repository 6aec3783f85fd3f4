"""Where the grains of a polycrystal lie, how they stand, and which of them a probe sees."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

# zone axis, and the angle in degrees after which the pattern of an upright thin crystal repeats
ZONE_AXES = (((0, 0, 1), 90), ((0, 1, 1), 180), ((1, 1, 1), 60), ((1, 1, 2), 180), ((0, 1, 3), 180))
_LEAN = 1.2  # degrees, the largest mistilt
_CANDIDATES = 6  # per grain that has its place, for the place of the next
_REACH, _STEPS = 3.0, 41  # of the probe, in standard deviations; points across it


def grain_seeds(extent, count: int, rng: np.random.Generator) -> np.ndarray:
    """Points (count, 2) within ``extent``, each grain being what is nearest to its point.

    Of some random candidates the one is taken that is farthest from all points so far and from its own mirror images
    beyond the border, so that no grain is tiny, not even in a corner: best candidates, Mitchell, Computer Graphics 25
    (1991) 157, doi:10.1145/127719.122736.
    """
    extent = np.asarray(extent, float)
    seeds = rng.random((1, 2)) * extent
    while len(seeds) < count:
        candidates = rng.random((_CANDIDATES * len(seeds), 2)) * extent
        to_border = np.minimum(candidates, extent - candidates).min(axis=1)
        distances = np.minimum(KDTree(seeds).query(candidates)[0], 2 * to_border)
        seeds = np.vstack([seeds, candidates[np.argmax(distances)]])
    return seeds


def grain_orientations(count: int, rng: np.random.Generator) -> list[tuple]:
    """Zone axis, rotation and mistilt (y, x) in degrees of each grain; no two of them are alike.

    Grains that share a zone axis divide the angles among which their patterns differ.
    """
    kind = rng.permutation(count) % len(ZONE_AXES)
    offsets = rng.random(len(ZONE_AXES))
    result = []
    for number, which in enumerate(kind):
        axis, period = ZONE_AXES[which]
        place = np.count_nonzero(kind[:number] == which) + 0.5 * rng.random()
        rotation = period * ((offsets[which] + place / np.count_nonzero(kind == which)) % 1)
        lean, azimuth = _LEAN * np.sqrt(rng.random()), 2 * np.pi * rng.random()
        result.append((axis, float(rotation), (float(lean * np.sin(azimuth)), float(lean * np.cos(azimuth)))))
    return result


def grain_shares(seeds: np.ndarray, scan_shape, scan_sampling, width: float) -> np.ndarray:
    """Share of the probe that falls on each grain at each position of a scan.

    Parameters
    ----------
    seeds : (grains, 2) Å from the corner of the scan, half a step before its first position
    scan_shape, scan_sampling : positions (y, x), Å from one to the next
    width : Å, standard deviation of the Gaussian for which the probe is taken

    Returns
    -------
    (scan_y, scan_x, grains), 1 in all
    """
    y, x = ((np.arange(n) + 0.5) * step for n, step in zip(scan_shape, scan_sampling, strict=True))
    positions = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2)
    distances, owner = _to_boundaries(positions, seeds)
    shares = np.eye(len(seeds))[owner]
    for number in np.flatnonzero((distances < np.sqrt(2) * _REACH * width).any(axis=1)):
        shares[number] = _share_across_boundary(positions[number], seeds, width)
    return shares.reshape(*scan_shape, len(seeds))


def _to_boundaries(positions: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance (positions, seeds) to the boundary with each other grain, and the grain (positions,) that is here."""
    squares = np.sum((positions[:, None] - seeds) ** 2, axis=-1)
    owner = squares.argmin(axis=1)
    own = np.take_along_axis(squares, owner[:, None], axis=1)
    apart = np.linalg.norm(seeds[owner][:, None] - seeds, axis=-1)
    # the boundary is where both seeds are equally far; a grain has none with itself
    return np.divide(squares - own, 2 * apart, out=np.full(apart.shape, np.inf), where=apart > 0), owner


def _share_across_boundary(position, seeds: np.ndarray, width: float) -> np.ndarray:
    steps = np.linspace(-_REACH, _REACH, _STEPS)
    weight = np.exp(-(steps**2) / 2)
    points = position + width * np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    _, nearest = KDTree(seeds).query(points)
    return np.bincount(nearest, np.outer(weight, weight).ravel() / weight.sum() ** 2, minlength=len(seeds))
