"""Electron waves through a specimen: probe, phase of each slice, propagation between slices, diffraction pattern."""

from __future__ import annotations

import numpy as np
import scipy.fft

from ._checks import finite_number, positive_pair, shape_pair
from .fourdstem import Truth
from .geometry import detector_to_scan, frequency_grid
from .optics import Aberrations, aperture, electron_wavelength, interaction_parameter
from .specimen import Specimen


def probe_spectrum(
    shape, sampling: float, energy: float, semiangle: float, aberrations: Aberrations, rotation_deg: float = 0.0
) -> np.ndarray:
    """Probe in Fourier space, ψ(k) = A(k) exp(-iχ(k)), of unit total intensity.

    Parameters
    ----------
    shape : (ny, nx) of the window
    sampling : Å per pixel
    energy, semiangle : eV, mrad
    aberrations : of the probe-forming lens, in scan axes
    rotation_deg : from the axes of the window to those of the scan

    Returns
    -------
    (ny, nx) complex128, zero frequency first, Σ|ψ(k)|² = 1
    """
    k = frequency_grid(shape, sampling)
    edge = 1 / (max(shape) * sampling)
    chi = aberrations.chi(detector_to_scan(k, rotation_deg), energy)
    spectrum = aperture(k, semiangle, energy, edge=edge) * np.exp(-1j * chi)
    return spectrum / np.sqrt(np.sum(np.abs(spectrum) ** 2))


def transmission(potential, energy: float) -> np.ndarray:
    """Strong phase approximation t = exp(iσV) of a projected potential in V·Å.

    Reference: Kirkland, eq. 5.25, doi:10.1007/978-3-030-33260-0.
    """
    return np.exp(1j * interaction_parameter(energy) * np.asarray(potential))


def fresnel_propagator(k, energy: float, distance: float) -> np.ndarray:
    """Free propagation P(k, Δz) = exp(-iπλΔz|k|²); ``k`` (..., 2) in 1/Å, ``distance`` in Å."""
    k_squared = np.sum(np.square(np.asarray(k, float)), axis=-1)
    return np.exp(-1j * np.pi * electron_wavelength(energy) * finite_number("distance", distance) * k_squared)


def propagator(window, sampling, energy: float, distance: float) -> np.ndarray:
    """Free propagation from one slice to the next, on the frequencies of a window: what ptychography of several needs.

    Parameters
    ----------
    window : (wy, wx) pixels, or one number for both, such as `data.window` of a Diffraction
    sampling : Å per pixel, one number or (y, x)
    energy : eV
    distance : Å, down the beam; negative for a slice that lies above

    Returns
    -------
    (wy, wx) complex128, zero frequency first; see `fresnel_propagator`

    >>> bool(np.allclose(propagator(8, 0.5, 300e3, 10.0) * propagator(8, 0.5, 300e3, -10.0), 1))
    True
    """
    window, sampling = shape_pair("window", window), positive_pair("sampling", sampling, "in Å per pixel")
    return fresnel_propagator(frequency_grid(window, sampling), energy, distance)


def multislice(wave: np.ndarray, transmissions, propagator: np.ndarray) -> np.ndarray:
    """Fourier transform of the wave behind all slices.

    Parameters
    ----------
    wave : (..., ny, nx) complex, in front of the first slice
    transmissions : sequence of slices, each broadcastable to ``wave``
    propagator : (ny, nx), from one slice to the next

    Returns
    -------
    (..., ny, nx) complex, zero frequency first, in the plane of the last slice
    """
    spectrum = None
    for slice_transmission in transmissions:
        if spectrum is not None:
            wave = scipy.fft.ifft2(spectrum * propagator, overwrite_x=True)
        spectrum = scipy.fft.fft2(wave * slice_transmission, overwrite_x=True)
    return spectrum


class Beam:
    """Probe and specimen ready for use: gives the diffraction pattern of a batch of positions."""

    def __init__(self, specimen: Specimen, energy: float, truth: Truth, window: int, binning: int):
        self.window, self.binning, self.sampling = window, binning, specimen.sampling
        sampling, thickness = specimen.sampling, specimen.slice_thickness
        self.transmission = band_limited(transmission(specimen.potential, energy), sampling).astype(np.complex64)
        k = frequency_grid((window, window), sampling)
        # slices stand symmetrically around the plane to which the defocus refers
        to_first = -thickness * (len(specimen.potential) - 1) / 2
        optics = (truth.semiangle, truth.aberrations, truth.rotation_deg)
        spectrum = probe_spectrum((window, window), sampling, energy, *optics)
        self.spectrum = (spectrum * fresnel_propagator(k, energy, to_first)).astype(np.complex64)
        self.propagator = (fresnel_propagator(k, energy, thickness) * in_band(k, sampling)).astype(np.complex64)
        self.k_axis = np.fft.fftfreq(window, sampling)

    def patterns(self, corners, fractions, tilts) -> np.ndarray:
        """(batch, detector, detector) float32, zero frequency in the middle; each sums to 1."""
        offset = fractions + self.window // 2 * self.sampling
        ramps = np.exp(-2j * np.pi * offset[..., None] * self.k_axis).astype(np.complex64)
        wave = scipy.fft.ifft2(self.spectrum * ramps[:, 0, :, None] * ramps[:, 1, None, :], overwrite_x=True)
        if tilts is not None:
            # a phase ramp over the window moves the whole pattern and leaves it otherwise as it was
            r = np.arange(self.window) / self.window
            turn = np.exp(2j * np.pi * tilts[..., None] * self.binning * r).astype(np.complex64)
            tilt = turn[:, 0, :, None] * turn[:, 1, None, :]
        windows = np.stack([self.transmission[:, y : y + self.window, x : x + self.window] for y, x in corners], axis=1)
        if tilts is not None:
            windows[-1] *= tilt
        spectrum = multislice(wave, windows, self.propagator)
        intensity = spectrum.real**2 + spectrum.imag**2
        size = self.window // self.binning
        intensity = np.fft.fftshift(intensity, axes=(-2, -1))
        return intensity.reshape(-1, size, self.binning, size, self.binning).sum(axis=(2, 4))


def band_limit(sampling: float) -> float:
    """Frequency in 1/Å below which products of two waves do not alias: 2/3 of the Nyquist frequency."""
    return 1 / (3 * sampling)


def in_band(k: np.ndarray, sampling: float) -> np.ndarray:
    """True where frequencies (..., 2) in 1/Å lie below the band limit."""
    return np.linalg.norm(k, axis=-1) < band_limit(sampling)


def band_limited(slices: np.ndarray, sampling: float) -> np.ndarray:
    """Slices (..., ny, nx) without the frequencies that would alias, of the same type."""
    band = in_band(frequency_grid(slices.shape[1:], sampling), sampling)
    return np.fft.ifft2(np.fft.fft2(slices) * band).astype(slices.dtype)
