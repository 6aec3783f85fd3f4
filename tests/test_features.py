import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.features import mask_matrix
from tests.crystallite_runs import BULLSEYE, DISK

PLACES = np.array([[30.2, 28.7], [5.0, 7.5], [49.0, 51.0], [0.0, 0.0], [-2.0, 20.0]])


@pytest.fixture(scope="module")
def scan():
    counts = np.random.default_rng(0).poisson(0.5, (4, 6, 50, 52)).astype(np.uint8)
    return tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02)


@pytest.mark.parametrize("template", [BULLSEYE, DISK], ids=["bullseye", "disk"])
def test_every_mask_sums_to_zero_also_those_cut_off_by_the_edge(template):
    masks = mask_matrix(PLACES, template, (50, 52))
    # sums of some hundred values near 1 in double precision
    assert np.abs(np.asarray(masks.sum(axis=0))).max() < 1e-11
    # nothing is stored for the rest of the frame
    assert masks.nnz <= len(PLACES) * (2 * template.reach + 2) ** 2


def test_a_mask_at_a_whole_pixel_is_the_same_on_both_sides():
    reach = BULLSEYE.reach
    mask = mask_matrix(np.array([[24.0, 27.0]]), BULLSEYE, (50, 52)).toarray().reshape(50, 52)
    part = mask[24 - reach : 25 + reach, 27 - reach : 28 + reach]
    # tails of a thousandth at its rim, which rounding errors do not reach
    assert np.abs(part[[0, -1]]).max() > 1e-6
    np.testing.assert_allclose(part, part[::-1, ::-1], atol=1e-12)


def test_a_feature_is_the_sum_of_the_template_times_the_frame(scan):
    features = tcbf.feature_vectors(scan, PLACES, BULLSEYE)
    assert features.values.shape == (4, 6, 5)
    for number, place in enumerate(PLACES):
        expected = np.sum(BULLSEYE.sampled(place, (50, 52)) * scan.array, axis=(2, 3))
        # single precision, and tails of the soft edge below a thousandth
        np.testing.assert_allclose(features.values[..., number], expected, atol=0.05)


def test_an_even_frame_has_no_features(scan):
    even = tcbf.FourDSTEM(np.full((2, 2, 50, 52), 1e6, np.float32), 300e3, 20.0, 0.02)
    assert np.abs(tcbf.feature_vectors(even, PLACES, BULLSEYE).values).max() < 1e-6


def test_in_units_of_counting_noise_features_of_equal_frames_scatter_by_one():
    expected = 0.4 + 2 * BULLSEYE.shape.brightness(np.arange(50)[:, None] - 25, np.arange(52) - 24)
    counts = np.random.default_rng(1).poisson(expected, (20, 40, 50, 52)).astype(np.uint8)
    features = tcbf.feature_vectors(tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02), PLACES, BULLSEYE)
    deviation = features.normalised("noise").std(axis=(0, 1))
    # the standard deviation of 800 numbers is known to 2.5 %; four of these
    np.testing.assert_allclose(deviation, 1, rtol=0.1)


def test_one_electron_where_none_is_expected_does_not_decide():
    counts = np.zeros((30, 30, 50, 52), np.uint8)
    counts[3, 4, 28, 30] = 1
    values = tcbf.feature_vectors(tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02), PLACES, BULLSEYE).normalised("noise")
    # its own mean is 1/900 electron, of which it would be 30 standard deviations
    assert np.abs(values).max() < 2.1


def test_in_units_of_the_mean_every_feature_speaks_equally_loudly(scan):
    values = tcbf.feature_vectors(scan, PLACES, BULLSEYE).normalised("mean")
    np.testing.assert_allclose(np.abs(values).mean(axis=(0, 1)), 1, rtol=1e-5)


def test_places_that_no_electron_reached_are_zero_not_infinite():
    dark = tcbf.FourDSTEM(np.zeros((2, 3, 50, 52), np.uint8), 300e3, 20.0, 0.02)
    for by in ("noise", "mean"):
        assert not tcbf.feature_vectors(dark, PLACES, BULLSEYE).normalised(by).any()


def test_a_place_beyond_the_frame_has_a_mask_without_pixels():
    masks = mask_matrix(np.array([[1000.0, 1000.0], [10.0, 1000.0], [-40.0, 10.0], [20.0, 20.0]]), DISK, (50, 52))
    assert np.diff(masks.indptr)[:3].tolist() == [0, 0, 0]
    assert masks.indices.max() < 50 * 52


@pytest.mark.parametrize("ny, nx", [(46, 52), (50, 49)])
def test_peaks_of_frames_with_another_window_are_refused(scan, ny, nx):
    image = BULLSEYE.shape.brightness(np.arange(ny)[:, None] - 20, np.arange(nx) - 20)
    peaks = tcbf.find_peaks(image, BULLSEYE, 1)
    message = rf"found in an image of \({ny}, {nx}\) pixels, the frames have \(50, 52\): give"
    with pytest.raises(ValueError, match=message):
        tcbf.feature_vectors(scan, peaks, BULLSEYE)


def test_what_is_no_place_or_no_way_is_refused(scan):
    with pytest.raises(ValueError, match=r"peaks must be at least one peak .* got shape \(0, 2\)"):
        tcbf.feature_vectors(scan, np.zeros((0, 2)), BULLSEYE)
    with pytest.raises(ValueError, match="peaks must be"):
        tcbf.feature_vectors(scan, [[np.nan, 1.0]], BULLSEYE)
    with pytest.raises(ValueError, match="peaks must be"):
        tcbf.feature_vectors(scan, "x", BULLSEYE)
    with pytest.raises(TypeError, match="template must be a Template"):
        tcbf.feature_vectors(scan, PLACES, None)
    with pytest.raises(TypeError, match="descan must be a Descan"):
        tcbf.feature_vectors(scan, PLACES, BULLSEYE, descan=3)
    with pytest.raises(ValueError, match="by must be one of 'noise', 'mean', got 'max'"):
        tcbf.feature_vectors(scan, PLACES, BULLSEYE).normalised("max")
    with pytest.raises(ValueError, match="template is 53 pixels wide, the frame only 50 x 52"):
        tcbf.feature_vectors(scan, PLACES, tcbf.circle_template(19))
