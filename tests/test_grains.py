"""Grains in the plane: where they are, how a probe sees them, how they stand."""

import numpy as np
import pytest
import scipy.ndimage
from scipy.stats import norm

from tcbf_widgets import grains


def test_share_of_a_grain_is_that_of_a_gaussian_beyond_a_straight_boundary():
    seeds, width = np.array([[10.0, 20.0], [50.0, 60.0]]), 6.0  # the boundary runs through (30, 40), across (1, 1)
    shares = grains.grain_shares(seeds, (30, 40), (2.0, 2.0), width)
    y, x = np.meshgrid(2 * np.arange(30) + 1, 2 * np.arange(40) + 1, indexing="ij")
    distance = ((y - 30) + (x - 40)) / np.sqrt(2)
    # points lie 0.15 σ apart: where a row of them crosses the boundary, half of its weight of 0.15 · 0.4 · √2;
    # beyond 3 σ the Gaussian is cut off
    assert shares[..., 1] == pytest.approx(norm.cdf(distance / width), abs=0.04)
    assert shares.sum(axis=-1) == pytest.approx(np.ones((30, 40)))
    assert np.all(shares[np.abs(distance) > 3 * np.sqrt(2) * width].max(axis=-1) == 1)


@pytest.mark.parametrize("shape, count", [((40, 40), 10), ((40, 40), 100), ((20, 64), 12)])
def test_grains_are_in_one_piece_and_not_tiny(shape, count):
    for seed in range(5):
        seeds = grains.grain_seeds(np.multiply(shape, 20.0), count, np.random.default_rng(seed))
        owner = grains.grain_shares(seeds, shape, (20.0, 20.0), 1e-6).argmax(axis=-1)
        pieces = [scipy.ndimage.label(owner == n, np.ones((3, 3)))[1] for n in range(count)]
        assert pieces == [1] * count
        # found over hundreds of seeds: a third of the mean or more, rarely a quarter
        assert np.bincount(owner.ravel()).min() >= np.prod(shape) / count / 4


def test_no_two_grains_stand_alike():
    for seed in range(10):
        stances = grains.grain_orientations(17, np.random.default_rng(seed))
        for axis, period in grains.ZONE_AXES:
            angles = np.sort([rotation % period for other, rotation, _ in stances if other == axis])
            assert 3 <= len(angles) <= 4
            # half of an equal share of the period at least
            assert np.diff([*angles, angles[0] + period]).min() >= period / len(angles) / 2 - 1e-9
        assert max(np.hypot(*mistilt) for _, _, mistilt in stances) <= 1.2
