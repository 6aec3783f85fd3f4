import warnings

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.peaks import Correlator
from tcbf_widgets.subpixel import interpolated, paraboloid_offset, refined
from tests.crystallite_runs import BULLSEYE, DISK

SHAPES = [(64, 64), (61, 73), (70, 59)]


def pattern(places, shape, template=BULLSEYE, background=0.0):
    """Disks of full intensity 1 at (n, 2) places on an even background."""
    y, x = np.arange(shape[0])[:, None], np.arange(shape[1])
    return background + sum(template.shape.brightness(y - a, x - b) for a, b in places)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("template", [BULLSEYE, DISK], ids=["bullseye", "disk"])
def test_finds_a_disk_between_the_pixels_of_odd_and_even_frames(shape, template):
    rng = np.random.default_rng(1)
    for _ in range(5):
        place = np.array([30.0, 28.0]) + rng.uniform(-1, 1, 2)
        peaks = tcbf.find_peaks(pattern([place], shape, template, 0.3), template, 1)
        # the interpolation of the peak is good to a hundredth of a pixel
        np.testing.assert_allclose(peaks.positions[0], place, atol=0.015)


@pytest.mark.parametrize("size", [32, 33])
def test_the_size_of_a_recorded_template_odd_or_even_moves_no_peak(size):
    offset = np.arange(size) - (size - 1) / 2
    template = tcbf.measured_template(BULLSEYE.shape.brightness(offset[:, None], offset), radius=10)
    place = (30.3, 27.8)
    found = tcbf.find_peaks(pattern([place], (64, 61)), template, 1).positions[0]
    # the spline between the pixels of the recorded template errs by some hundredths of a pixel, not by half of one
    np.testing.assert_allclose(found, place, atol=0.05)


@pytest.mark.parametrize("zero_sum", [True, False])
def test_the_map_is_the_sum_of_the_template_times_the_image_at_each_pixel(zero_sum):
    template = tcbf.Template(BULLSEYE.shape, zero_sum=zero_sum)
    image = np.random.default_rng(2).poisson(0.5, (50, 47)).astype(float)
    values = tcbf.correlation_map(image, template)
    assert values.shape == image.shape
    whole = np.linalg.norm(template.values())
    for place in [(25, 20), (0, 0), (3, 46), (49, 10)]:
        weights = template.sampled(place, image.shape)
        expected = np.sum(weights * image) * whole / np.linalg.norm(weights)
        # the tails of the soft edges, cut off in `values`, are a millionth of the norm
        assert values[place] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("template", [BULLSEYE, DISK], ids=["bullseye", "disk"])
def test_an_even_image_correlates_to_nothing_up_to_the_corners(template):
    assert np.abs(tcbf.correlation_map(np.full((50, 47), 1000.0), template)).max() < 1e-8


def test_noise_is_equally_strong_in_the_middle_and_in_the_corner():
    rng = np.random.default_rng(3)
    maps = np.array([tcbf.correlation_map(rng.normal(size=(48, 48)), BULLSEYE) for _ in range(300)])
    deviation = maps.std(axis=0)
    expected = np.linalg.norm(BULLSEYE.values())
    # the standard deviation of 300 numbers is known to 1/√600 = 4 %; four of these
    for place in [(24, 24), (0, 24), (0, 0)]:
        assert deviation[place] == pytest.approx(expected, rel=0.16)


def test_a_disk_cut_off_by_the_edge_is_found_where_it_is():
    place = (1.4, 30.6)
    found = tcbf.find_peaks(pattern([place], (64, 64), background=0.2), BULLSEYE, 1).positions[0]
    # the part outside is missing, which pulls the peak by a tenth of a pixel
    np.testing.assert_allclose(found, place, atol=0.15)


def test_a_peak_at_an_edge_does_not_see_the_opposite_one():
    """A frame of 65 pixels and a reach of 15 fill 80, a fast length: what an edge needs beyond must not be missing."""
    assert BULLSEYE.reach == 15
    image = pattern([(0.3, 30.2)], (65, 65))
    correlator = Correlator(BULLSEYE, image.shape)
    alone = correlator.highest(image, (0, 30), reach=2)[0]
    image[-12:] += 1e4 * np.random.default_rng(0).random((12, 65))
    np.testing.assert_allclose(correlator.highest(image, (0, 30), reach=2)[0], alone, atol=1e-6)


def test_uneven_disks_of_a_crystal_pull_a_bullseye_less_than_a_disk():
    errors = {}
    for probe, template in (("bullseye", BULLSEYE), ("disk", DISK)):
        scan = tcbf.crystallite_scan(None, scan_shape=(8, 8), grains=4, probe=probe, descan=((0, 0), (0, 0)))
        found = []
        for y, x in ((1, 1), (1, 6), (6, 1), (6, 6)):
            places, shares = scan.spots(y, x)
            inside = (shares > 0.02) & (np.abs(places - scan.centre) < 50).all(axis=1)
            peaks = tcbf.find_peaks(scan.expected(y, x), template, 15)
            nearest = np.linalg.norm(peaks.positions[:, None] - places[inside], axis=-1).argmin(axis=0)
            found.append(peaks.positions[nearest] - places[inside])
        errors[probe] = np.sqrt(np.mean(np.square(np.concatenate(found)[1:])))
    # excitation errors light a disk unevenly: what is brighter on one side is found there
    assert errors["bullseye"] < 0.15 < errors["disk"] < 0.5


def test_peaks_come_in_order_of_height_and_apart():
    places = [(20.2, 18.7), (21.4, 44.1), (47.5, 32.2)]
    image = sum(w * pattern([p], (66, 64)) for w, p in zip((3, 1, 2), places, strict=True))
    peaks = tcbf.find_peaks(image, BULLSEYE, 3)
    np.testing.assert_allclose(peaks.positions, [places[0], places[2], places[1]], atol=0.1)
    assert (np.diff(peaks.heights) < 0).all()
    near = tcbf.find_peaks(image, BULLSEYE, 2, min_distance=27)
    np.testing.assert_allclose(near.positions, [places[0], places[2]], atol=0.1)


def test_the_least_distance_itself_is_far_enough():
    image = sum(w * pattern([p], (66, 64)) for w, p in ((2, (20, 16)), (1, (20, 46))))
    for distance, found in ((30, True), (30.01, False)):  # then the second is another place
        second = tcbf.find_peaks(image, BULLSEYE, 2, min_distance=distance).positions[1]
        assert (np.hypot(*(second - (20, 46))) < 0.1) == found


def test_a_peak_between_the_pixels_may_be_the_highest():
    """Its pixels do not say so: half a pixel away in both directions a bullseye correlates a tenth less."""
    on, between = (20.0, 18.0), (45.5, 44.5)
    image = pattern([on], (66, 64)) + 1.03 * pattern([between], (66, 64))
    values = tcbf.correlation_map(image, BULLSEYE)
    assert values[20, 18] > values[45:47, 44:46].max()
    peaks = tcbf.find_peaks(image, BULLSEYE, 2)
    np.testing.assert_allclose(peaks.positions, [between, on], atol=0.05)
    assert peaks.heights[0] > peaks.heights[1]


def test_the_most_significant_need_not_be_the_highest_and_no_more_are_returned_than_asked():
    """A bright disk lies in a strong pattern of squares, which hardly correlates, but is noise to it."""
    image = 3 * pattern([(32, 30)], (64, 128)) + pattern([(18, 98), (46, 98)], (64, 128))
    y, x = np.indices(image.shape)
    image += 400 * (-1.0) ** (y + x) * np.exp(-((y - 32) ** 2 + (x - 30) ** 2) / (2 * 7**2))
    assert np.hypot(*(tcbf.find_peaks(image, BULLSEYE, 1).positions[0] - (32, 30))) < 2
    peaks = tcbf.find_peaks(image, BULLSEYE, 1, min_significance=5)
    assert len(peaks) == 1
    assert peaks.positions[0, 1] == pytest.approx(98, abs=0.1)
    assert len(tcbf.find_peaks(image, BULLSEYE, 2, min_significance=5)) == 2


def test_significance_is_the_height_in_standard_deviations_of_counting():
    rng = np.random.default_rng(4)
    expected = 0.2 * pattern([(30, 32)], (64, 64)) + 0.05
    whole = BULLSEYE.sampled((30, 32), expected.shape)
    heights = [np.sum(whole * rng.poisson(expected)) for _ in range(800)]
    peaks = tcbf.find_peaks(expected, BULLSEYE, 1)
    # the standard deviation of 800 numbers is known to 2.5 %; four of these
    assert peaks.heights[0] / peaks.significance[0] == pytest.approx(np.std(heights), rel=0.1)


def test_noise_alone_is_not_significant():
    image = np.random.default_rng(5).poisson(0.3, (96, 96))
    with pytest.warns(UserWarning, match="asked for 10 peaks of 5 standard deviations or more, the image has 0"):
        peaks = tcbf.find_peaks(image, BULLSEYE, 10, min_significance=5)
    assert len(peaks) == 0
    assert peaks.positions.shape == (0, 2)


def test_fewer_peaks_than_asked_are_returned_and_said():
    with pytest.warns(UserWarning, match="asked for 500 peaks, the image has"):
        peaks = tcbf.find_peaks(pattern([(30, 30)], (64, 64)), BULLSEYE, 500)
    assert 1 <= len(peaks) < 500
    assert repr(peaks) == f"Peaks({len(peaks)} of 500 asked for)"


@pytest.mark.parametrize("level", [0.0, 7.0])
def test_a_frame_without_signal_has_no_peaks(level):
    with pytest.warns(UserWarning, match="the image has 0"):
        assert len(tcbf.find_peaks(np.full((40, 40), level), BULLSEYE, 1)) == 0


def test_what_cannot_be_searched_is_refused_by_name():
    image = np.ones((40, 40))
    with pytest.raises(ValueError, match="template is 26 pixels wide, the frame only 20 x 40"):
        tcbf.correlation_map(image[:20], BULLSEYE)
    with pytest.raises(ValueError, match="image must be finite"):
        tcbf.find_peaks(np.where(np.eye(40), np.nan, image), BULLSEYE)
    with pytest.raises(ValueError, match=r"image must be a picture of axes \(y, x\), got ndarray of shape \(40,\)"):
        tcbf.find_peaks(image[0], BULLSEYE)
    with pytest.raises(ValueError, match="image must be a picture"):
        tcbf.find_peaks("x", BULLSEYE)
    with pytest.raises(ValueError, match="count must be a positive integer"):
        tcbf.find_peaks(image, BULLSEYE, 0)
    with pytest.raises(ValueError, match="min_distance"):
        tcbf.find_peaks(image, BULLSEYE, 1, min_distance=-1)
    with pytest.raises(TypeError, match="template must be a Template"):
        tcbf.find_peaks(image, np.ones((5, 5)))


def test_interpolation_is_exact_for_waves_below_the_nyquist_frequency():
    y, x = np.arange(48)[:, None] / 48, np.arange(40) / 40

    def wave(y, x):
        return np.cos(2 * np.pi * (11 * y - 7 * x) + 0.4)

    points = np.array([[20.3, 17.9], [0.2, 39.6]])
    found = interpolated(wave(y, x), points, 0.25)
    steps = 0.25 * np.arange(-1, 2)
    for point, values in zip(points, found, strict=True):
        expected = wave((point[0] + steps)[:, None] / 48, (point[1] + steps) / 40)
        # what the Kaiser window leaves of an exact sinc
        np.testing.assert_allclose(values, expected, atol=2e-3)


def test_the_paraboloid_through_nine_values_is_exact_for_a_paraboloid():
    y, x = np.meshgrid(np.arange(-1.0, 2), np.arange(-1.0, 2), indexing="ij")
    values = 5 - (y - 0.3) ** 2 - 2 * (x + 0.2) ** 2 + 0.5 * (y - 0.3) * (x + 0.2)
    np.testing.assert_allclose(paraboloid_offset(values), [0.3, -0.2], atol=1e-12)
    assert not paraboloid_offset(-values).any()


def test_no_pixels_give_no_points():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points, heights = refined(np.zeros((4, 4)), np.zeros((0, 2), int))
    assert points.shape == (0, 2)
    assert heights.shape == (0,)


@pytest.mark.filterwarnings("ignore:asked for:UserWarning")
def test_noise_is_no_more_significant_at_the_edge_than_inside():
    """There the correlation is multiplied for the pixels that are missing, and so is its noise."""
    template, edge, inside = tcbf.bullseye_template(1.4, 3.6, 5.4), [], []
    for seed in range(10):
        counts = tcbf.poisson_counts(np.full((80, 84), 2.0), seed)
        peaks = tcbf.find_peaks(counts, template, 400, min_significance=0.5)
        from_edge = np.minimum(peaks.positions, np.array(counts.shape) - 1 - peaks.positions).min(axis=1)
        edge.extend(peaks.significance[from_edge < 3])
        inside.extend(peaks.significance[from_edge > 8])
    # 250 peaks at the edge tell their mean to 3 %; without the factor it is 20 % larger
    assert np.mean(edge) == pytest.approx(np.mean(inside), rel=0.1)
