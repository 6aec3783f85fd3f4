"""Depth resolution and missing wedge against their closed forms."""

import numpy as np
import pytest

from tcbf_widgets.depth import depth_resolution, missing_wedge_weight, weighted
from tcbf_widgets.multislice import fresnel_propagator


def test_at_the_depth_resolution_a_wave_has_turned_by_half_a_period():
    k = np.array([[0.1, 0.2], [0.0, 0.5]])
    for vector in k:
        distance = float(depth_resolution(np.linalg.norm(vector), 200e3))
        assert fresnel_propagator(vector, 200e3, distance) == pytest.approx(-1)
    # twice as fine, four times as deep
    assert depth_resolution(0.1, 200e3) == pytest.approx(4 * depth_resolution(0.2, 200e3))


def test_the_weight_is_its_formula():
    weight = missing_wedge_weight(4, (6, 5), 0.5, 20.0, beta=3.0)
    kz, ky, kx = (np.fft.fftfreq(n, step) for n, step in ((4, 20.0), (6, 0.5), (5, 0.5)))
    for i, j, k in np.ndindex(weight.shape):
        across = ky[j] ** 2 + kx[k] ** 2
        if across:
            assert weight[i, j, k] == pytest.approx(1 - np.arctan(9 * kz[i] ** 2 / across) / (np.pi / 2))
    assert weight[0, 0, 0] == 1  # by definition
    assert not weight[1:, 0, 0].any()
    assert np.all(weight[0] == 1)
    assert np.all(missing_wedge_weight(4, (6, 5), 0.5, 20.0, beta=0) == 1)


def test_weighting_keeps_what_all_slices_share_and_levels_their_means():
    phases = np.random.default_rng(0).standard_normal((3, 8, 8)).astype(np.float32)
    done = weighted(phases, missing_wedge_weight(3, (8, 8), 1.0, 10.0, beta=1.0))
    assert done.dtype == np.float32
    assert np.allclose(done.sum(axis=0), phases.sum(axis=0), atol=1e-5)
    assert np.allclose(done.mean(axis=(1, 2)), phases.mean(), atol=1e-6)
    assert np.allclose(weighted(phases, np.ones(phases.shape)), phases, atol=1e-6)


@pytest.mark.parametrize("k", [0, -0.1, np.nan, [0.1, 0.0]])
def test_frequencies_without_a_depth_are_refused(k):
    with pytest.raises(ValueError, match="k must be finite and > 0"):
        depth_resolution(k, 300e3)


@pytest.mark.parametrize(
    "message, change", [("beta", {"beta": -1}), ("slices", {"slices": 0}), ("sampling", {"sampling": 0})]
)
def test_impossible_weights_are_refused(message, change):
    with pytest.raises(ValueError, match=f"{message} must be"):
        missing_wedge_weight(
            **({"slices": 2, "shape": (4, 4), "sampling": 1.0, "slice_thickness": 5.0, "beta": 1} | change)
        )
