"""Sub-pixel registration recovers known shifts."""

import numpy as np
import pytest

from tcbf_widgets.registration import Registration, matched_weight, shift_images


def smooth_picture(shape=(40, 64), seed=0):
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1]))
    return np.fft.irfft2(np.fft.rfft2(rng.normal(size=shape)) * np.exp(-((frequency / 0.15) ** 2)), s=shape)


@pytest.mark.parametrize("shape", [(40, 64), (33, 45), (16, 17)])
@pytest.mark.parametrize("shift", [(0, 0), (3, -5), (0.37, -2.81), (-7.5, 6.25)])
def test_recovers_known_shift(shape, shift):
    picture = smooth_picture(shape)
    moved = shift_images(picture[None], np.array([shift]))[0]
    found = Registration(shape)(np.fft.rfft2(moved), np.fft.rfft2(picture))
    # the grid has steps of 1/8; the paraboloid through it leaves less than a fiftieth of a step
    assert np.allclose(found, shift, atol=0.0025)


def test_shift_of_whole_pixels_is_a_roll():
    picture = smooth_picture()
    assert np.allclose(shift_images(picture[None], [[3, -4]])[0], np.roll(picture, (3, -4), axis=(0, 1)), atol=1e-12)


def test_shifts_compose():
    picture = smooth_picture((33, 45))[None]
    twice = shift_images(shift_images(picture, [[0.3, 1.2]]), [[1.1, -0.7]])
    assert np.allclose(twice, shift_images(picture, [[1.4, 0.5]]), atol=1e-12)


def test_search_stays_near_where_it_is_told():
    """A periodic picture has many equal peaks: the one near the expectation is taken."""
    x = np.arange(64)
    picture = np.tile(np.cos(2 * np.pi * x / 16), (40, 1)) + smooth_picture() * 1e-3
    moved = shift_images(picture[None], [[0.0, 18.0]])[0]
    register = Registration((40, 64))
    found = register(np.fft.rfft2(moved), np.fft.rfft2(picture), near=(0, 1), reach=4)
    assert found[1] == pytest.approx(2, abs=0.2)


def test_matched_weight_finds_the_band_of_the_signal():
    rng = np.random.default_rng(1)
    shape, images = (40, 64), 30
    signal = np.fft.rfft2(np.stack([smooth_picture(shape, seed) for seed in range(images)]))
    halves = [signal / 2 + np.fft.rfft2(rng.normal(size=(images, *shape))) / 2 for _ in range(2)]
    weight = matched_weight(*halves, shape)
    frequency = np.hypot(np.fft.fftfreq(40)[:, None], np.fft.rfftfreq(64))
    assert weight[0, 0] == 0
    assert weight[(frequency > 0.02) & (frequency < 0.1)].mean() > 5 * weight[frequency > 0.4].mean()


def test_weight_of_pure_noise_is_harmless():
    weight = matched_weight(np.zeros((2, 8, 5), complex), np.zeros((2, 8, 5), complex), (8, 8))
    assert np.all(weight == 1)
