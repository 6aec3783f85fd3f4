"""Fourier ring correlation against known signals in known noise, and half-sets of the demo against the truth."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.bright_field import BrightFieldStack
from tcbf_widgets.contrast import SpectralSNR
from tcbf_widgets.direct_phase import DirectPhase
from tcbf_widgets.disk import BrightFieldDisk
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.resolution import RingCorrelation, fourier_ring_correlation, half_sets
from tcbf_widgets.upsampling import UpsampledImage, upsample

SHAPE, SAMPLING = (60, 100), (3.0, 2.0)


def noise(seed, shape=SHAPE):
    return np.random.default_rng(seed).normal(size=shape)


def correlation_of(*values):
    q = 0.01 * np.arange(1, len(values) + 1)
    return RingCorrelation(q, np.array(values), np.full(len(values), 50))


def test_rings_are_those_of_the_image():
    """180 x 200 Å: rings of 1/180 1/Å, up to the Nyquist frequency of the coarser axis."""
    correlation = fourier_ring_correlation(noise(0), noise(1), SAMPLING)
    assert len(correlation.q) == 30
    # ring number is frequency times 180 Å: half a ring's width apart at most
    assert np.abs(correlation.q * 180 - np.arange(1, 31)).max() < 0.5
    length = np.linalg.norm(frequency_grid(SHAPE, SAMPLING), axis=-1)
    number = np.rint(length / (1 / 180))
    assert np.array_equal(correlation.counts, [np.sum(number == n) for n in range(1, 31)])
    assert correlation.q[7] == pytest.approx(length[number == 8].mean())


def test_correlation_ignores_scale_and_offset_and_sees_the_sign():
    image = noise(0)
    same = fourier_ring_correlation(image, 5 * image - 3, SAMPLING)
    assert np.allclose(same.values, 1)
    assert np.allclose(fourier_ring_correlation(image, -image, SAMPLING).values, -1)


def test_unrelated_images_scatter_about_zero_as_stated():
    pairs = [fourier_ring_correlation(noise(i), noise(100 + i), SAMPLING) for i in range(60)]
    values = np.array([pair.values for pair in pairs])
    expected = 1 / np.sqrt(pairs[0].counts)
    # the mean of 60 pairs
    assert np.all(np.abs(values.mean(axis=0)) < 4 * expected / np.sqrt(60))
    # the edge fades over 7 of 60 and 100 pixels, and counts for less
    spread = np.sqrt(np.mean(values**2, axis=0)) / expected
    assert 1.0 < np.sqrt(np.mean(spread**2)) < 1.2


@pytest.mark.parametrize("power", [0.2, 1.0, 5.0])
def test_signal_in_noise_has_the_correlation_of_its_power(power):
    """Signal power S over noise power 1 in each: S/(S+1) between the two, √(S/(S+½)) of their mean with the truth."""
    found, truth = [], []
    for i in range(20):
        signal = np.sqrt(power) * noise(i)
        halves = [signal + noise(1000 + 2 * i + j) for j in (0, 1)]
        correlation = fourier_ring_correlation(*halves, SAMPLING)
        found.append(np.average(correlation.values, weights=correlation.counts))
        with_truth = fourier_ring_correlation(np.mean(halves, axis=0), signal, SAMPLING)
        truth.append(np.average(with_truth.values, weights=correlation.counts))
    mean = correlation_of(np.mean(found), 0)
    assert np.mean(found) == pytest.approx(power / (power + 1), abs=0.01)
    assert mean.against_truth[0] == pytest.approx(np.mean(truth), abs=0.01)
    assert mean.snr[0] == pytest.approx(2 * power, rel=0.05)


def test_a_shared_edge_is_no_correlation():
    """Two unrelated images whose left and right ends differ by the same step: without fading they would agree."""
    step = np.linspace(-6, 6, 100)
    faded = fourier_ring_correlation(noise(0) + step, noise(1) + step, SAMPLING)
    bare = fourier_ring_correlation(noise(0) + step, noise(1) + step, SAMPLING, edge=0)
    high = slice(15, None)  # an edge faded over 7 pixels still has low frequencies
    chance = 1 / np.sqrt(np.sum(bare.counts[high]))
    assert np.average(bare.values[high], weights=bare.counts[high]) > 10 * chance
    assert abs(np.average(faded.values[high], weights=bare.counts[high])) < 3 * chance


def test_without_power_there_is_no_correlation():
    flat = fourier_ring_correlation(np.ones((16, 16)), noise(0, (16, 16)), 1.0)
    assert np.all(flat.values == 0)


def test_crossing_is_interpolated_between_rings():
    correlation = correlation_of(0.9, 0.5, 0.1, 0.3, 0.2, -0.1)
    assert correlation.crossing(0.2) == pytest.approx(0.0275)
    assert correlation.crossing(0.2, last=True) == pytest.approx(0.05)
    assert correlation.crossing(0.25, last=True) == pytest.approx(0.045)
    assert correlation.crossing() == pytest.approx(0.02 + 0.01 * (0.5 - 1 / 7) / 0.4)


def test_no_crossing_is_none():
    assert correlation_of(0.9, 0.8, 0.5).crossing() is None  # never falls below
    assert correlation_of(0.0, 0.1, 0.0).crossing() is None  # never was above
    comes_back = correlation_of(0.9, 0.1, 0.5)
    assert comes_back.crossing() is not None
    assert comes_back.crossing(last=True) is None  # not below at the end


def test_snr_stays_finite():
    assert np.isfinite(correlation_of(1.0, -0.5, 0.0).snr).all()
    assert np.all(correlation_of(-0.5, -1.0).snr == 0)


def test_half_sets_are_a_checkerboard(stack):
    first, second = half_sets(stack)
    assert np.all(first ^ second)
    assert abs(int(first.sum()) - int(second.sum())) < 0.01 * len(stack)
    place = {tuple(pixel): colour for pixel, colour in zip(stack.pixels.tolist(), first.tolist(), strict=True)}
    neighbours = [(place[y, x], place[y, x + 1]) for y, x in place if (y, x + 1) in place]
    assert all(one != other for one, other in neighbours)


def test_half_sets_foretell_what_the_truth_says(demo, stack, true_phase):
    """Correlation of halves says how much noise takes away; it must not promise more than comparison with truth keeps.

    Noise is the only difference between halves, while the comparison with the truth also meets the borders, where
    contrast from outside enters: it may be lower, by the 0.1 that remain without noise (measured), and not higher.
    """
    shifts = demo.truth.image_shifts(stack.k, demo.energy)
    halves = [upsample(stack, shifts, 4, subset=half) for half in half_sets(stack)]
    foretold = fourier_ring_correlation(*halves)
    whole = upsample(stack, shifts, 4)
    phase = true_phase(demo, whole.shape)
    transfer = tcbf.transfer.tcbf_transfer(
        frequency_grid(whole.shape, whole.sampling), demo.truth.aberrations, demo.energy, 4.0
    )
    positive = np.fft.ifft2(np.fft.fft2(whole.values - 1) * np.sign(transfer)).real
    found = fourier_ring_correlation(positive, phase, whole.sampling)
    band = (found.q > 0.06) & (found.q < 0.15)
    expected = np.mean(foretold.against_truth[band])
    assert expected - 0.15 < np.mean(found.values[band]) < expected + 0.05


def single_image_stack():
    disk = BrightFieldDisk(np.ones((1, 1)), np.ones((1, 1), bool), (0.0, 0.0), 1.0)
    images = np.ones((1, 8, 8), np.float32)
    return BrightFieldStack(images, np.ones(1, np.float32), np.zeros((1, 2), int), disk, 300e3, (10, 10), (0.01, 0.01))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: fourier_ring_correlation(noise(0), noise(1)), "sampling must be a number > 0, got None; in Å"),
        (lambda: fourier_ring_correlation(noise(0), noise(1).T, 1), r"one shape, got \(60, 100\) and \(100, 60\)"),
        (lambda: fourier_ring_correlation(noise(0)[0], noise(1)[0], 1), "first must be an image of at least 2 x 2"),
        (lambda: fourier_ring_correlation(noise(0), np.full(SHAPE, np.nan), 1), "second must be finite"),
        (lambda: fourier_ring_correlation(noise(0), noise(1), 1, edge=31), "edge must be at most 30"),
        (lambda: fourier_ring_correlation(noise(0), noise(1), 1, edge=-1), "edge must be an integer >= 0"),
        (lambda: correlation_of(0.5, 0.2).crossing(1.0), "threshold must lie between -1 and 1, got 1"),
        (lambda: correlation_of(0.5, 0.2).crossing("half"), "threshold must be a finite number"),
        (lambda: half_sets(single_image_stack()), r"cannot be halved: its 1 image\(s\)"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_half_sets_need_a_stack():
    with pytest.raises(TypeError, match="stack must be a BrightFieldStack"):
        half_sets(noise(0))


@pytest.mark.parametrize("kind", ["upsampled", "direct"])
def test_images_that_know_their_sampling_need_not_be_told(kind):
    values = noise(0).astype(np.float32)
    image = {
        "upsampled": UpsampledImage(values, SAMPLING, np.ones(SHAPE), 4, 0.125),
        "direct": DirectPhase(values, SAMPLING, 4, SpectralSNR(*np.ones((3, 2)))),
    }[kind]
    expected = fourier_ring_correlation(values, noise(1), SAMPLING)
    for pair in ((image, noise(1)), (image, image), (noise(1), image)):
        assert np.array_equal(fourier_ring_correlation(*pair).q, expected.q)
    assert np.array_equal(fourier_ring_correlation(image, noise(1)).values, expected.values)
    # what is given counts
    assert np.allclose(fourier_ring_correlation(image, image, (6.0, 4.0)).q, expected.q / 2)
