import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.probe_shapes import MeasuredShape, ProbeShape, bullseye_shape, disk_shape, soft_step

TEMPLATES = {
    "circle": tcbf.circle_template(9),
    "ring": tcbf.ring_template(6, 9),
    "bullseye": tcbf.bullseye_template(2.2, 6, 9, cross=1.6),
}


@pytest.fixture(params=TEMPLATES)
def template(request):
    return TEMPLATES[request.param]


@pytest.mark.parametrize("size", [29, 30, 41])
def test_values_sum_to_zero_whether_the_size_is_odd_or_even(template, size):
    values = template.values(size)
    assert values.shape == (size, size)
    # sums of a thousand values around 1, in double precision
    assert abs(values.sum()) < 1e-10
    assert values.max() > 0.8  # soft edges leave a narrow ring less than 1


@pytest.mark.parametrize("centre", [(20.3, 17.8), (2.5, 30.0), (0.0, 0.0), (-4.2, 37.9), (39.0, -7.0)])
def test_a_template_that_hangs_over_the_edge_still_sums_to_zero(template, centre):
    values = template.sampled(centre, (40, 39))
    assert np.abs(values).max() > 0.1
    assert abs(values.sum()) < 1e-10


def test_a_template_beyond_the_frame_is_zero(template):
    assert not template.sampled((-60, 10), (40, 39)).any()


def test_light_beyond_the_exclusion_radius_does_not_count(template):
    values = template.values(2 * template.reach + 21)
    offset = np.arange(len(values)) - (len(values) - 1) / 2
    # where the logistic edge has fallen to 1e-4 of the weight of the dark part
    beyond = np.hypot(offset[:, None], offset) > template.exclusion + 4.4 * template.shape.edge
    assert np.abs(values[beyond]).max() < 2e-3


def test_the_middle_of_an_even_template_lies_between_its_pixels(template):
    values = template.values(32)
    # one half mirrors the other: rounding errors alone
    np.testing.assert_allclose(values, values[::-1], atol=1e-12)
    np.testing.assert_allclose(values, values.T, atol=1e-12)


def test_the_bright_area_is_that_of_spot_and_ring_less_the_bars():
    offset = np.arange(-60, 61) / 4
    bright = bullseye_shape(2.2, 6, 9, cross=1.6).brightness(offset[:, None], offset).sum() / 16
    # a soft edge of variance σ² adds π σ² to a convex rim; a logistic one of this slope has σ² = 1.29 edge²
    ring = np.pi * (81 - 36) - 4 * 1.6 * 3
    assert bright == pytest.approx(np.pi * 2.2**2 + ring, abs=np.pi * 1.29 * 0.36 + 0.5)


def test_soft_edges_have_the_slope_of_a_gaussian_blur():
    h = 1e-5
    slope = (soft_step(np.array(h), 0.8) - soft_step(np.array(-h), 0.8)) / (2 * h)
    assert slope == pytest.approx(1 / (np.sqrt(2 * np.pi) * 0.8), rel=1e-6)


@pytest.mark.parametrize("size", [31, 34])
def test_a_recorded_probe_is_as_good_a_template_as_its_radii(size):
    offset = np.arange(size) - (size - 1) / 2
    recorded = 250 * bullseye_shape(2.2, 6, 9).brightness(offset[:, None], offset)
    measured = tcbf.measured_template(recorded, radius=10)
    drawn = tcbf.bullseye_template(2.2, 6, 9, exclusion=13.5)
    # a cubic spline through edges of 0.6 pixel errs by 0.03 in the dark, which the logarithm makes seven times as much
    np.testing.assert_allclose(measured.values(33), drawn.values(33), atol=0.2)


@pytest.mark.parametrize("radii", [(6, 5, 9), (2, 9, 6), (2, 2, 9), (0, 6, 9), (-1, 6, 9), (2, 6, np.nan)])
def test_radii_out_of_order_are_refused_with_the_order(radii):
    with pytest.raises(ValueError, match="grow from the middle|must be a number > 0"):
        tcbf.bullseye_template(*radii)


def test_a_radius_that_is_none_is_named():
    with pytest.raises(ValueError, match="radius must be a number > 0"):
        tcbf.circle_template(0)
    with pytest.raises(ValueError, match="spot must be a number > 0"):
        tcbf.bullseye_template(-1, 2, 9)
    with pytest.raises(ValueError, match=r"\(spot < inner < outer\), got 6, 2, 9"):
        tcbf.bullseye_template(6, 2, 9)


@pytest.mark.parametrize("exclusion", [8, 9])
def test_a_template_without_room_for_its_dark_part_is_refused(exclusion):
    message = f"exclusion must be larger than the outermost radius of the probe, 9 pixels, got {exclusion}"
    with pytest.raises(ValueError, match=message):
        tcbf.circle_template(9, exclusion)
    assert tcbf.circle_template(9, 9.01).exclusion == 9.01
    assert tcbf.circle_template(9).exclusion == pytest.approx(1.35 * 9)


def test_without_zero_sum_the_bright_part_alone_is_left(template):
    y, x = np.arange(30)[:, None] - 14.3, np.arange(31) - 15.6
    bright = tcbf.Template(template.shape, zero_sum=False).sampled((14.3, 15.6), (30, 31))
    np.testing.assert_array_equal(bright, template.parts(y, x)[0])


def test_other_impossible_templates_are_refused_by_name():
    with pytest.raises(ValueError, match="inner must be a number > 0"):
        tcbf.ring_template(0, 9)
    with pytest.raises(ValueError, match="got none"):
        ProbeShape(())
    with pytest.raises(ValueError, match="edge"):
        disk_shape(9, edge=0)
    with pytest.raises(ValueError, match="holds no light within radius=3"):
        MeasuredShape(np.zeros((9, 9)), 3)
    with pytest.raises(ValueError, match=r"image must be a picture of axes \(y, x\), got ndarray of shape \(9,\)"):
        tcbf.measured_template(np.ones(9), 3)
    with pytest.raises(ValueError, match=r"centre must be two finite numbers \(y, x\) in pixels of the image, got 3"):
        tcbf.measured_template(np.ones((9, 9)), 3, centre=3)
    with pytest.raises(ValueError, match="rings must be pairs"):
        ProbeShape(5)
    with pytest.raises(TypeError, match="shape must be that of a probe"):
        tcbf.Template(9, 12)
    with pytest.raises(ValueError, match="centre must be two finite numbers"):
        tcbf.circle_template(9).sampled(5, (40, 40))


def test_the_weights_are_the_likelihood_of_counts_over_a_background():
    # but for what does not depend on the place, its log-likelihood is Σ n ln(a b + c): here for one electron
    flat = tcbf.Template(disk_shape(9), 12, contrast=20).parts(0.0, np.array([0.0, 8.0, 9.0, 10.0]))[0]
    brightness = disk_shape(9).brightness(0.0, np.array([0.0, 8.0, 9.0, 10.0]))
    expected = np.log(20 * brightness + 1) - np.log(1)
    np.testing.assert_allclose(flat, expected / np.log(21), rtol=1e-12)
    even = tcbf.Template(disk_shape(9), 12, contrast=0).parts(0.0, 9.0)[0]
    assert even == pytest.approx(0.5, abs=1e-6)
    with pytest.raises(ValueError, match="contrast must be >= 0"):
        tcbf.Template(disk_shape(9), 12, contrast=-1)
