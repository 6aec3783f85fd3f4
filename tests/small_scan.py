"""A small scan for ptychography, whose objects are given, for tests of what finds them again."""

import numpy as np
import scipy.ndimage

from tcbf_widgets.ptychography import Diffraction, diffract

SIZE = 32
STEPS = np.arange(0, SIZE, 4)
POSITIONS = np.stack(np.meshgrid(STEPS, STEPS, indexing="ij"), axis=-1).reshape(-1, 2)


def defocused(chi=60.0):
    """A wave of unit intensity: an aperture of half the width of the window, its phase -chi q², q in 1/pixel."""
    q = np.linalg.norm(np.stack(np.meshgrid(*[np.fft.fftfreq(SIZE)] * 2)), axis=0)
    wave = np.fft.fftshift(np.fft.ifft2((q < 0.25) * np.exp(-1j * chi * q**2)))
    return wave / np.linalg.norm(wave)


def picture(seed=0, strongest=0.4):
    """A pure phase from 0 to `strongest` rad, without details finer than the patterns hold."""
    smooth = scipy.ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((SIZE, SIZE)), 1.5, mode="wrap")
    return np.exp(1j * strongest * (smooth - smooth.min()) / np.ptp(smooth))


def recorded(probe, slices, positions, propagator=None):
    waves = diffract(probe, slices, positions, propagator)
    return Diffraction(np.abs(waves) ** 2, positions, (SIZE, SIZE))


def known_loss(data, probe, slices):
    waves = diffract(probe, slices, data.positions)
    return np.sum((np.abs(waves) - np.sqrt(data.intensities)) ** 2) / data.intensities.sum()
