"""Spectra of images as the views compute them, step by step: the twin of shared/spectrum.js."""

from __future__ import annotations

import numpy as np

_FADE = 9 / 8  # an image is continued to this part of its size at least
_FLOOR = 1e-12  # of a power, so that its logarithm exists


class PaddedSpectrum:
    """Fourier transform of an image that is continued beyond its borders, fading to its mean, to powers of two.

    Parameters
    ----------
    image : (ny, nx)
    sampling : (y, x) Å per pixel
    """

    def __init__(self, image: np.ndarray, sampling) -> None:
        self.shape = image.shape
        self.padded = tuple(_power_of_two(length) for length in image.shape)
        self.extent = tuple(n * step for n, step in zip(self.padded, sampling, strict=True))  # Å
        self._before = tuple((n - own) // 2 for n, own in zip(self.padded, image.shape, strict=True))
        self._mean = image.mean(dtype=float)
        (rows, fade_y), (columns, fade_x) = (
            _continuation(own, n, b) for own, n, b in zip(image.shape, self.padded, self._before, strict=True)
        )
        deviation = image.astype(float)[np.ix_(rows, columns)] - self._mean
        self.values = np.fft.rfft2(deviation * fade_y[:, None] * fade_x)

    @property
    def frequencies(self) -> np.ndarray:
        """(padded y, padded x // 2 + 1, 2) spatial frequencies of the values, 1/Å."""
        qy = np.fft.fftfreq(self.padded[0], 1 / self.padded[0]) / self.extent[0]
        qx = np.fft.rfftfreq(self.padded[1], 1 / self.padded[1]) / self.extent[1]
        return np.stack(np.meshgrid(qy, qx, indexing="ij"), axis=-1)

    def filtered(self, factor: np.ndarray) -> np.ndarray:
        """Return the image (ny, nx) float32 with its frequencies multiplied by ``factor``; its mean is kept."""
        whole = np.fft.irfft2(self.values * factor, self.padded)
        inside = tuple(slice(b, b + own) for b, own in zip(self._before, self.shape, strict=True))
        return (self._mean + whole[inside]).astype(np.float32)

    def power(self) -> np.ndarray:
        """log10 of the power of each frequency, as `values`, float32."""
        return np.log10(np.abs(self.values) ** 2 / np.prod(self.shape) + _FLOOR).astype(np.float32)

    def picture(self, size: int, reach: float) -> np.ndarray:
        """`power` as a picture (size, size) up to the frequency ``reach``; NaN beyond the Nyquist frequency.

        Each pixel shows the frequency next to its middle.
        """
        power = self.power()
        q = (np.arange(size) - (size - 1) / 2) * (2 * reach / size)
        ky, kx = (np.floor(q * length + 0.5).astype(int) for length in self.extent)
        ky, kx = np.broadcast_arrays(ky[:, None], kx)
        known = (2 * np.abs(ky) <= self.padded[0]) & (2 * np.abs(kx) <= self.padded[1])
        ky, kx = np.where(kx < 0, -ky, ky), np.abs(kx)
        values = power[ky % self.padded[0], np.minimum(kx, power.shape[1] - 1)]
        return np.where(known, values, np.float32(np.nan))


def _power_of_two(length: int) -> int:
    return max(4, 2 ** int(np.ceil(np.log2(length * _FADE))))


def _continuation(own: int, padded: int, before: int) -> tuple[np.ndarray, np.ndarray]:
    """For each place of a padded axis, the index of the image that stands there, and its weight."""
    place = np.arange(padded)
    weight = np.minimum(1, np.minimum((place + 1) / (before + 1), (padded - place) / (padded - own - before + 1)))
    return np.clip(place - before, 0, own - 1), weight
