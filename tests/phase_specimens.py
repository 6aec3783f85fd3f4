"""Specimens made of a given phase, for tests that compare waves with closed forms."""

import numpy as np

from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.optics import electron_wavelength, interaction_parameter
from tcbf_widgets.specimen import Specimen

ENERGY = 300e3
WAVELENGTH = electron_wavelength(ENERGY)


def specimen_of(phase, sampling=1.0, thickness=10.0):
    """Specimen with the given phases (slices, ny, nx) or (ny, nx) in rad."""
    phase = np.asarray(phase, float)
    potential = phase.reshape(-1, *phase.shape[-2:]) / interaction_parameter(ENERGY)
    return Specimen(potential, sampling, thickness)


def smooth_phase(shape, sampling=1.0, finest=8.0, seed=0):
    """Random phase of standard deviation 1 whose periods are longer than `finest` Å."""
    q = np.linalg.norm(frequency_grid(shape, sampling), axis=-1)
    spectrum = np.fft.fft2(np.random.default_rng(seed).standard_normal(shape)) * ((q < 1 / finest) & (q > 0))
    phase = np.fft.ifft2(spectrum).real
    return phase / phase.std()


def filtered(image, transfer):
    return np.fft.ifft2(np.fft.fft2(image) * transfer).real
