"""Finding the disk, collecting its images, grouping its pixels."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import virtual_images
from tcbf_widgets.bright_field import edge_profile, group_pixels
from tcbf_widgets.disk import find_disk
from tcbf_widgets.virtual_images import radius_series


def disk_pattern(shape=(40, 44), center=(19.3, 21.8), radius=9.0, level=10.0):
    y, x = np.indices(shape)
    distance = np.hypot(y - center[0], x - center[1])
    return level * np.clip(radius - distance + 0.5, 0, 1) + 0.01


def scan_of(pattern, positions=(2, 3)):
    array = np.broadcast_to(pattern, (*positions, *pattern.shape)).astype(np.float32)
    return tcbf.FourDSTEM(array, 300e3, 10.0, 0.01)


def test_disk_centre_and_radius_are_found_below_a_pixel():
    disk = find_disk(disk_pattern())
    # a binary mask of 250 pixels knows its centre to a few hundredths of a pixel, its area to a few pixels
    assert disk.center == pytest.approx((19.3, 21.8), abs=0.1)
    assert disk.radius == pytest.approx(9.0, abs=0.1)


def test_hot_pixels_and_holes_do_not_matter():
    pattern = disk_pattern()
    pattern[2, 2] = 1e6
    pattern[20, 22] = 0
    disk = find_disk(pattern)
    assert disk.center == pytest.approx((19.3, 21.8), abs=0.1)
    assert not disk.mask[2, 2]
    assert disk.mask[20, 22]


def test_pixels_without_counts_are_left_out():
    pattern = disk_pattern()
    pattern[20, 22] = 0
    stack = tcbf.bright_field_stack(scan_of(pattern))
    assert [20, 22] not in stack.pixels.tolist()
    assert np.isfinite(stack.images).all()


@pytest.mark.parametrize("threshold", [0, 1, 1.5, -0.5, np.nan, "half"])
def test_threshold_must_be_a_fraction(threshold):
    with pytest.raises(ValueError, match="threshold must"):
        find_disk(disk_pattern(), threshold)


def test_no_disk_is_an_error_with_a_remedy():
    with pytest.raises(ValueError, match=r"threshold=0.5 selects 0 pixel.* lower the threshold"):
        find_disk(np.zeros((20, 20)))
    single = np.zeros((20, 20))
    single[7, 7] = 5
    with pytest.raises(ValueError, match=r"selects 1 pixel"):
        find_disk(single)


def test_disk_at_the_edge_is_an_error_with_a_remedy():
    with pytest.raises(ValueError, match="touches the detector's edge.*shorter camera length"):
        find_disk(disk_pattern(center=(5, 20)))


def test_stack_holds_normalised_images_and_their_k(demo, stack):
    assert stack.images.dtype == np.float32
    assert np.allclose(stack.images.mean(axis=(1, 2)), 1, atol=1e-5)
    i = 1234
    y, x = stack.pixels[i]
    assert np.allclose(stack.counts[i], demo.array[:, :, y, x], atol=1e-4)
    assert np.allclose(stack.k[i], (np.array([y, x]) - stack.disk.center) / 128)


def test_stack_from_disk_equals_stack_from_memory(demo, stack, tmp_path, monkeypatch):
    path = tcbf.save(demo, tmp_path / "demo.h5")
    monkeypatch.setattr("tcbf_widgets.blocks._BEST", 2**21)
    assert np.array_equal(tcbf.bright_field_stack(tcbf.open(path)).images, stack.images)


def test_bad_counts_in_a_file_are_found(tmp_path):
    array = np.broadcast_to(disk_pattern(), (2, 3, 40, 44)).astype(np.float32).copy()
    array[1, 2, 3, 4] = -1
    np.save(tmp_path / "scan.npy", array)
    data = tcbf.open(tmp_path / "scan.npy", energy=300e3, scan_sampling=10, reciprocal_sampling=0.01)
    with pytest.raises(ValueError, match="counts >= 0, got -1"):
        tcbf.bright_field_stack(data)


@pytest.mark.parametrize("bin_size", [1, 2, 3, 8, 32, 1000])
def test_groups_are_square_bins_numbered_outwards(stack, bin_size):
    group = group_pixels(stack.pixels, bin_size)
    counts = np.bincount(group)
    assert counts.min() > 0
    assert counts.max() <= bin_size**2
    offset = (stack.pixels - np.median(stack.pixels, axis=0)) / bin_size
    center = np.stack([np.bincount(group, axis) / counts for axis in offset.T], axis=1)
    distance = np.linalg.norm(np.floor(center + 0.5), axis=1)
    whole = counts == bin_size**2
    assert np.all(np.diff(distance[whole]) >= 0)


def test_bin_one_leaves_every_pixel_alone(stack):
    assert len(set(group_pixels(stack.pixels, 1))) == len(stack)


@pytest.mark.parametrize("bad", [0, -4, 2.5, None, True])
def test_bins_must_be_positive_integers(stack, bad):
    with pytest.raises(ValueError, match="bins must be a positive integer"):
        group_pixels(stack.pixels, bad)


def test_edge_profile_is_symmetric_and_flat_inside():
    profile = edge_profile(24, 4)
    assert np.allclose(profile, profile[::-1])
    assert np.all(profile[4:-4] == 1)
    assert np.all(edge_profile(5, 0) == 1)


def test_radius_series_sums_what_it_says(stack):
    series = radius_series(stack)
    distance = np.linalg.norm(stack.pixels - np.array(stack.disk.center), axis=1)
    assert np.allclose(series.images[4], stack.images[distance <= 5].mean(axis=0), atol=1e-5)
    assert series.pixel_counts[4] == np.sum(distance <= 5)
    assert series.pixel_counts[-1] == len(stack)
    assert np.allclose(series.images[-1], stack.images.mean(axis=0), atol=1e-5)


def test_signal_is_told_from_noise_without_bias():
    """A known signal in known noise: the estimate must average to the truth, also where there is no signal."""
    rng = np.random.default_rng(5)
    ring = np.ones(40, int)
    for power in (0.0, 0.09):
        signals = []
        for _ in range(200):
            picture = np.sqrt(power) * rng.choice([-1.0, 1.0], (8, 8))
            images = (picture + rng.normal(0, 1, (40, 8, 8))).astype(np.float32)
            of_sum, of_each = images.sum(axis=0), np.mean(images**2, axis=(1, 2)).sum()
            signals.append((np.mean(of_sum**2) - of_each) / (40 * 39))
            clipped, noise = virtual_images._signal_and_noise(images, ring, np.array([40]))
            assert clipped[0] == pytest.approx(max(signals[-1], 0), abs=1e-6)
        spread = np.std(signals) / np.sqrt(200)
        assert np.mean(signals) == pytest.approx(power, abs=4 * spread)
        assert noise[0] == pytest.approx(1 / 40, rel=0.15)


def test_snr_of_the_demo_rises_and_falls(stack):
    series = radius_series(stack)
    best = np.nanargmax(series.snr)
    assert 3 <= series.radii[best] <= 12
    assert series.snr[-1] < 0.7 * series.snr[best]
    assert np.isnan(series.snr[0])  # too few pixels for a number


@pytest.mark.parametrize("positions", [(1, 1), (1, 5), (5, 1)])
def test_smallest_scans_pass(positions):
    stack = tcbf.bright_field_stack(scan_of(disk_pattern(), positions))
    series = radius_series(stack)
    assert series.images.shape[1:] == positions
