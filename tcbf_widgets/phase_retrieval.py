"""Adam and ePIE: an object, and on request its probe, improved by all patterns once more, for as long as one asks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.fft

from .depth import weighted
from .ptychography import DARKEST, amplitude_loss

_DECAYS = (0.9, 0.999)  # of Adam's mean slope and mean square, as its authors propose
_TINY = 1e-8  # added to the root of the mean square
_CAREFUL = 1 / 3  # of Adam's step for a probe, which is known better than the object; full ones spoil it at the start
_DARK = 1e-3  # of the strongest amplitude in the aperture: less is outside of it

Sweep = tuple[float, np.ndarray, np.ndarray]


class FittedProbe:
    """What a probe keeps of the one that it began with while it is fitted: aperture, intensity, and both middles.

    Patterns alone do not say how strong the probe is and how strong the object, nor where the two stand: both may move
    together. A ramp of phase may go from one to the other, which moves the spectrum of the probe. On a raster, any
    factor with the period of its steps may. It would bring frequencies from outside the aperture, or take them there.
    """

    def __init__(self, probe: np.ndarray):
        spectrum = np.abs(scipy.fft.fft2(probe))
        self._aperture = spectrum > _DARK * spectrum.max()
        self._strength, self._middle, self._frequency = np.linalg.norm(probe), _middle(probe), _middle(spectrum)
        # a ramp that moves a spectrum has its cut where the probe is not, half a window from its middle
        counted = zip(probe.shape, self._middle, strict=True)
        self._pixels = [(np.arange(n) - n * middle + n / 2) % n - n / 2 for n, middle in counted]
        # of the amplitude that an electron meets: what one is to the transmission of an object
        self.size = np.sqrt(np.sum(np.abs(probe) ** 4)) / self._strength

    def kept(self, probe: np.ndarray) -> np.ndarray:
        """The probe (wy, wx) within its aperture, with its strength, on its place, without a ramp; complex64."""
        probe = probe / _ramp(_middle(scipy.fft.fft2(probe)) - self._frequency, self._pixels)
        back = _ramp(_middle(probe) - self._middle, [np.fft.fftfreq(n, 1 / n) for n in probe.shape])
        probe = scipy.fft.ifft2(scipy.fft.fft2(probe) * self._aperture * back)
        return (probe * (self._strength / np.linalg.norm(probe))).astype(np.complex64)


def _ramp(shift: np.ndarray, axes: list) -> np.ndarray:
    """exp(2πi shift·r), r on the pixels or the frequencies (y, x) of two axes; shift as a share of the circle."""
    away = (shift + 0.5) % 1 - 0.5
    return np.multiply.outer(*[np.exp(2j * np.pi * d * axis) for d, axis in zip(away, axes, strict=True)])


def _middle(wave: np.ndarray) -> np.ndarray:
    """(y, x) of the middle of the intensity of a wave or a spectrum as shares of its width, which is a circle."""
    intensity = np.abs(wave) ** 2
    lines = intensity.sum(axis=1), intensity.sum(axis=0)
    return np.array([np.angle(np.sum(x * np.exp(2j * np.pi * np.arange(len(x)) / len(x)))) for x in lines]) / 2 / np.pi


class _Adam:
    """Steps down a slope, each number in units of its own usual slope."""

    def __init__(self, step: float):
        self._step, self._steps = step, 0
        self._mean = self._square = np.float32(0)

    def __call__(self, x: np.ndarray, slope: np.ndarray) -> np.ndarray:
        self._steps += 1
        self._mean = _DECAYS[0] * self._mean + (1 - _DECAYS[0]) * slope
        self._square = _DECAYS[1] * self._square + (1 - _DECAYS[1]) * slope**2
        size = np.sqrt(self._square / (1 - _DECAYS[1] ** self._steps)) + _TINY
        return x - self._step * self._mean / (1 - _DECAYS[0] ** self._steps) / size


def adam(
    positions, amplitudes, probe, slices, propagator, *, step, batches, phase_only, wedge, fit: FittedProbe | None, rng
) -> Iterator[Sweep]:
    """Loss, object and probe each time that all patterns have been used, for ever."""
    # one real number for each phase, or two for each complex number
    x = np.angle(slices) if phase_only else slices.view(np.float32)
    step_object, step_probe = _Adam(step), fit and _Adam(_CAREFUL * step * fit.size)
    while True:
        total = 0.0
        for batch in np.array_split(rng.permutation(len(amplitudes)), batches):
            slices = np.exp(1j * x) if phase_only else x.view(np.complex64)
            loss = amplitude_loss(probe, slices, positions[batch], amplitudes[batch], propagator)
            x = step_object(x, loss.phases(slices) if phase_only else loss.slices.view(x.dtype))
            if fit:
                probe = fit.kept(step_probe(probe.view(np.float32), loss.probe.view(np.float32)).view(np.complex64))
            total += loss.value
        if wedge is not None:
            x = weighted(x, wedge)
        yield total, np.exp(1j * x) if phase_only else x.view(np.complex64), probe


def epie(positions, amplitudes, probe, slices, *, step, fit: FittedProbe | None, rng) -> Iterator[Sweep]:
    """Loss, object and probe each time that all patterns have been used, for ever."""
    image = slices[0].flatten()
    (wy, wx), (ny, nx) = probe.shape, slices.shape[1:]
    # numbers of the pixels of a window in the flat image: of the first of each row, and what a column adds
    rows = (positions[:, :1] + np.arange(wy)) % ny * nx
    columns = (positions[:, 1:] + np.arange(wx)) % nx
    while True:
        total, share = 0.0, _share(probe, step)
        for number in rng.permutation(len(amplitudes)):
            here = rows[number][:, None] + columns[number]
            window = image[here]
            wave = scipy.fft.fft2(probe * window, norm="ortho")
            size = np.abs(wave)
            missing = amplitudes[number] - size
            total += float(np.vdot(missing, missing))
            change = scipy.fft.ifft2(missing / np.maximum(size, DARKEST) * wave, norm="ortho")
            image[here] = window + share * change
            if fit:
                probe = probe + _share(window, step) * change
                share = _share(probe, step)
        if fit:
            probe = fit.kept(probe)
        yield total, image.reshape(slices.shape), probe


def _share(factor: np.ndarray, step: float) -> np.ndarray:
    """How much of a change of the exit wave goes to the other factor of it: all where this one is strongest."""
    return np.conj(factor) * (step / np.square(np.abs(factor).max()))
