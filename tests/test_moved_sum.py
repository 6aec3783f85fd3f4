"""Images moved back and summed, and the groups of images that a page gets for it, against plain sums."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.bright_field import edge_profile, group_pixels
from tcbf_widgets.registration import shift_images
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.moved_sum import MovedSum, choose_binning, frame_shape, packed_groups


def test_moved_sum_is_that_of_images_moved_one_by_one():
    rng = np.random.default_rng(1)
    images, members = rng.uniform(0.5, 1.5, (6, 9, 11)), rng.integers(1, 5, 6)
    shifts, frame = rng.uniform(-3, 3, (6, 2)), (15, 17)  # odd sizes have no Nyquist frequency
    window = np.outer(edge_profile(9, 4), edge_profile(11, 4))

    def moved_back(pictures):
        padded = np.zeros((6, *frame))
        padded[:, :9, :11] = pictures
        return np.einsum("n,nyx->yx", members, shift_images(padded, -shifts))[:9, :11]

    coverage = moved_back(np.broadcast_to(window, (6, 9, 11)))
    expected = 1 + moved_back((images - 1) * window) / np.maximum(coverage, 0.02 * members.sum())
    assert np.allclose(MovedSum(images, members, frame).image(shifts), expected, atol=1e-5)


def test_shared_power_of_equal_images_is_that_of_all_pairs():
    rng = np.random.default_rng(2)
    image = rng.uniform(0.5, 1.5, (9, 9))
    windowed = (image - 1) * np.outer(edge_profile(9, 4), edge_profile(9, 4))
    alone = np.sum(np.abs(np.fft.fft2(windowed, (11, 11))) ** 2) - np.sum(windowed) ** 2
    total = MovedSum(np.stack([image] * 5), np.ones(5), (11, 11))
    assert np.isclose(total.shared_power(np.zeros((5, 2))), 5 * 4 * alone, rtol=1e-5)
    assert np.isclose(total.noise_power, 5 * alone, rtol=1e-5)


def test_shared_power_of_noise_is_zero_on_average():
    rng = np.random.default_rng(3)
    shifts, powers = rng.uniform(-2, 2, (40, 2)), []
    for _ in range(200):
        total = MovedSum(rng.poisson(20, (40, 8, 10)) / 20, np.ones(40), (12, 15))
        powers.append(total.shared_power(shifts))
    # the mean of 200 scatters by a fourteenth of one
    assert abs(np.mean(powers)) < 4 * np.std(powers) / np.sqrt(200)


def test_a_frame_has_room_for_the_longest_shift():
    assert frame_shape((24, 48), (10.0, 10.0), 63.0) == [32, 60]
    assert frame_shape((24, 48), (10.0, 10.0), 0.0) == [25, 50]
    assert frame_shape((8, 8), (1.0, 1.0), 1e6) == [16, 16]


# ---- binning of what is sent


def test_detector_pixels_are_binned_first_and_groups_keep_together(stack):
    assert choose_binning(stack, 60.0) == (2, 1)
    arrays, binning = packed_groups(stack, 60.0)
    group = group_pixels(stack.pixels, 2)
    counts = np.stack([stack.counts[group == number].sum(axis=0) for number in (0, 200, 550)])
    sent = unpack(arrays["group_images"])
    assert (binning, sent.dtype) == (1, np.uint8)
    assert np.allclose(sent[[0, 200, 550]], counts, atol=1e-2)
    assert np.allclose(unpack(arrays["group_means"]), sent.mean(axis=(1, 2)))
    assert np.array_equal(unpack(arrays["members"]), np.bincount(group))
    assert np.allclose(unpack(arrays["group_k"])[200], stack.k[group == 200].mean(axis=0))


def test_the_scan_is_binned_where_large_groups_would_blur(stack, monkeypatch):
    monkeypatch.setattr("tcbf_widgets.widgets.moved_sum.MAX_VALUES", 60_000)
    # groups of 4 pixels differ by 9 Å at most, less than a scan step; of 5 by more than that
    assert choose_binning(stack, 60.0) == (4, 2)
    assert choose_binning(stack, 0.0) == (8, 1)


@pytest.mark.parametrize("scale", [1e-4, 0.37, 1e5])
def test_images_that_are_no_counts_are_sent_to_a_part_in_256(demo, scale):
    bright = tcbf.FourDSTEM(demo.array * np.float32(scale), 300e3, 10.0, demo.reciprocal_sampling)
    stack = tcbf.bright_field_stack(bright)
    arrays, _ = packed_groups(stack, 60.0)
    sent = unpack(arrays["group_images"]) / unpack(arrays["group_means"])[:, None, None]
    counts = stack.counts[group_pixels(stack.pixels, 2) == 7].sum(axis=0)
    assert np.allclose(sent[7], counts / counts.mean(), atol=np.ptp(sent) / 255)
