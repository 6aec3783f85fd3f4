"""Ptychography: an object from diffraction patterns whose illuminated windows overlap.

The probe stands on a window of the object; what leaves the last slice goes to the detector,

    Ψ_p(k) = F[P(r) · O(r + r_p)],    I_p = |Ψ_p|²,

with a unitary Fourier transform F, so that Σ I_p is the intensity behind the object. Windows wrap around the object.
Several slices are passed one after the other, with free propagation between them. The object sought makes the
amplitude loss Σ_p Σ_k (|Ψ_p| - √I_p)² least.

References: Maiden and Rodenburg, Ultramicroscopy 109 (2009) 1256, doi:10.1016/j.ultramic.2009.05.012; Odstrčil, Menzel
and Guizar-Sicairos, Optics Express 26 (2018) 3108, doi:10.1364/OE.26.003108.
"""

from __future__ import annotations

import operator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import scipy.fft

from ._checks import shape_pair
from ._threads import WORKERS
from .windows import Windows, checked_positions, overlapping

_PART = 2**19  # pixels of patterns in work at once: more than enough to be quick, and memory stays bounded
DARKEST = 1e-30  # amplitude, far below any; keeps the phase of nothing from being 0/0


@dataclass(frozen=True, eq=False)
class Diffraction:
    """Where the probe stood, and what was recorded there.

    Attributes
    ----------
    intensities : (n, wy, wx) >= 0, zero frequency first; float32 if it holds what was given, else float64
    positions : (n, 2) integers, (y, x) of the first pixel of each window in the object, which wraps: -1 is the last row
        or column. Some windows must overlap, for a phase between windows that do not is nowhere recorded
    object_shape : (ny, nx), not smaller than the window
    """

    intensities: np.ndarray
    positions: np.ndarray
    object_shape: tuple[int, int]

    def __post_init__(self):
        shape = shape_pair("object_shape", self.object_shape)
        intensities = _checked_intensities(self.intensities)
        positions = checked_positions(self.positions, shape, count=len(intensities))
        if any(w > n for w, n in zip(intensities.shape[1:], shape, strict=True)):
            raise ValueError(f"object_shape must hold the window {intensities.shape[1:]}, got {shape}")
        if not overlapping(positions, np.ones(intensities.shape[1:], bool), shape):
            raise ValueError(f"positions overlap nowhere: no two windows of {intensities.shape[1:]} share a pixel")
        for name, value in (("intensities", intensities), ("positions", positions), ("object_shape", shape)):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        (wy, wx), (ny, nx) = self.window, self.object_shape
        return f"Diffraction({len(self.positions)} patterns of {wy} x {wx} pixels, object of {ny} x {nx})"

    @property
    def window(self) -> tuple[int, int]:
        """(wy, wx) pixels."""
        return self.intensities.shape[1:]


def _checked_intensities(intensities) -> np.ndarray:
    """Return patterns in single precision if it holds them, else in double, or raise if they are none."""
    intensities = np.asarray(intensities)
    if intensities.ndim != 3 or not intensities.size:
        raise ValueError(f"intensities must have axes (position, y, x), got shape {intensities.shape}")
    if intensities.dtype.kind not in "buif":
        raise ValueError(f"intensities must be real numbers, got {intensities.dtype}")
    single = np.promote_types(intensities.dtype, np.float32) == np.float32
    intensities = intensities.astype(np.float32 if single else float, copy=False)
    if not np.isfinite(intensities).all() or (intensities < 0).any():
        raise ValueError("intensities must be finite and >= 0, got NaN, infinity or negative numbers")
    if not intensities.any():
        raise ValueError("intensities must hold electrons, got zeros only")
    return intensities


def diffract(probe, slices, positions, propagator=None) -> np.ndarray:
    """Waves on the detector.

    Parameters
    ----------
    probe : (wy, wx) complex
    slices : (ny, nx) or (slices, ny, nx) complex transmission, in the order in which the beam meets them
    positions : (n, 2) integers, (y, x) of the first pixel of each window
    propagator : (wy, wx), zero frequency first, from one slice to the next; needed for several, and to be had from
        `multislice.propagator`

    Returns
    -------
    (n, wy, wx) complex, zero frequency first; Σ_k |Ψ_p|² = Σ_r |P O|²
    """
    slices, probe = _slices(slices), np.asarray(probe)
    windows = Windows(positions, probe.shape, slices.shape[1:])
    propagator = checked_propagator(propagator, len(slices), probe.shape)
    return _passed(probe, [windows.of(layer) for layer in slices], propagator)[0]


@dataclass(frozen=True, eq=False)
class Loss:
    """The amplitude loss and its slopes: a small change d of the object changes the loss by Re Σ conj(slope) d.

    Attributes
    ----------
    value : Σ_p Σ_k (|Ψ_p| - √I_p)²
    slices : (slices, ny, nx) complex, slope with respect to the object
    probe : (wy, wx) complex, slope with respect to the probe
    """

    value: float
    slices: np.ndarray = field(repr=False)
    probe: np.ndarray = field(repr=False)

    def phases(self, slices) -> np.ndarray:
        """Slope (slices, ny, nx) with respect to the phases of a pure phase object O = exp(iφ)."""
        return -np.imag(np.conj(self.slices) * slices)

    def __add__(self, other: Loss) -> Loss:
        return Loss(self.value + other.value, self.slices + other.slices, self.probe + other.probe)


def amplitude_loss(probe, slices, positions, amplitudes, propagator=None) -> Loss:
    """The amplitude loss of some patterns, with its analytic gradient.

    Parameters
    ----------
    probe, slices, positions, propagator : as in `diffract`
    amplitudes : (n, wy, wx), the roots of the intensities

    Returns
    -------
    Loss. Where |Ψ| is zero, the loss has a kink, and its slope there is taken as zero.
    """
    slices, probe, amplitudes = _slices(slices), np.asarray(probe), np.asarray(amplitudes)
    positions = checked_positions(positions, slices.shape[1:])
    propagator = checked_propagator(propagator, len(slices), probe.shape)
    needed = (len(positions), *probe.shape)
    if amplitudes.shape != needed:
        raise ValueError(f"amplitudes must have the probe's shape for each position, {needed}; got {amplitudes.shape}")
    count = min(max(WORKERS, amplitudes.size // _PART), len(positions))
    parts = np.array_split(np.arange(len(positions)), count)
    with ThreadPoolExecutor(WORKERS) as pool:
        losses = pool.map(lambda part: _loss(probe, slices, positions[part], amplitudes[part], propagator), parts)
        return reduce(operator.add, losses)


def _loss(probe, slices, positions, amplitudes, propagator) -> Loss:
    windows = Windows(positions, probe.shape, slices.shape[1:])
    layers = [windows.of(layer) for layer in slices]
    detected, incident = _passed(probe, layers, propagator)
    size = np.abs(detected)
    excess = size - amplitudes
    value = float(np.vdot(excess, excess))
    detected *= 2 * excess / np.maximum(size, DARKEST)
    back = scipy.fft.ifft2(detected, norm="ortho", overwrite_x=True)
    slopes = [None] * len(layers)
    for number in reversed(range(len(layers))):
        slopes[number] = windows.added(np.conj(incident[number]) * back)
        back = np.conj(layers[number]) * back
        if number:
            back = scipy.fft.ifft2(scipy.fft.fft2(back) * np.conj(propagator))
    return Loss(value, np.array(slopes), back.sum(axis=0))


def _passed(probe: np.ndarray, layers: list, propagator) -> tuple[np.ndarray, list]:
    """Waves on the detector, and those that meet each layer; the first layer is met by one for all positions."""
    wave, incident = probe, []
    for number, layer in enumerate(layers):
        if number:
            wave = scipy.fft.ifft2(scipy.fft.fft2(wave) * propagator)
        incident.append(wave)
        wave = wave * layer
    return scipy.fft.fft2(wave, norm="ortho"), incident


def checked_propagator(propagator, slices: int, window: tuple[int, int]) -> np.ndarray | None:
    """Return what takes a wave from one slice to the next, None for a single slice, or raise if it cannot."""
    if slices == 1:
        return None
    if propagator is None:
        raise ValueError(
            f"propagator is needed between {slices} slices: what a wave gains from one to the next, "
            "tcbf.multislice.propagator(window, sampling, energy, distance)"
        )
    propagator = np.asarray(propagator)
    if propagator.shape != window or not np.isfinite(propagator).all():
        raise ValueError(
            f"propagator must be finite numbers of the window's shape {window}, got {propagator.shape}"
            + (" with NaN or infinity" if propagator.shape == window else "")
        )
    return propagator


def _slices(slices) -> np.ndarray:
    slices = np.asarray(slices)
    slices = slices[None] if slices.ndim == 2 else slices
    if slices.ndim != 3 or not slices.size:
        raise ValueError(f"slices must have axes (y, x) or (slice, y, x), got shape {slices.shape}")
    return slices
