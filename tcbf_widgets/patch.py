"""A patch of the scan as a linear measurement of an unknown specimen that goes on beyond its border."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import scipy.fft

from ._threads import WORKERS

_PARTS = 4 * WORKERS  # of the images, in work one after the other: smaller parts stay inside the cache


class Patch:
    """Images of one patch of the scan, and the specimen around and between its positions.

    The unknown specimen lives on a frame that is wider than the patch by ``margin``, as its Fourier components up to
    ``limit``, which may lie beyond the Nyquist frequency of the scan: those fold back into the measured images. So
    what enters an image across its border, or hides between the scan positions, is a part of the model and not an
    error.

    Real images need only one of q and -q; ``q`` holds one of each pair, without q = 0. Spectra are arrays (len(q),
    images).

    Parameters
    ----------
    images : (ny, nx, images) float32, what was measured, each with unit noise variance
    sampling : (y, x) Å per scan position
    margin : (y, x) scan positions around the patch
    limit : largest spatial frequency of the specimen in 1/Å; what is a multiple of 1/sampling is seen by no scan
    """

    def __init__(self, images: np.ndarray, sampling, margin, limit: float):
        self.size = images.shape[:2]
        # an odd width has no column at the Nyquist frequency, where q and -q would share a place
        self.frame = tuple(_odd_fast_length(n + 2 * m) for n, m in zip(self.size, margin, strict=True))
        self.q, self._place, self._direct, self._shares = _components(self.frame, sampling, limit)
        self._pool = ThreadPoolExecutor(WORKERS)  # its threads end when the patch is no longer used
        self.images = without_plane(images)

    @classmethod
    def empty(cls, size: tuple[int, int], sampling, limit: float) -> Patch:
        """A patch without images and without a margin: its frequencies."""
        return cls(np.zeros((*size, 1), np.float32), sampling, (0, 0), limit)

    @property
    def frame_positions(self) -> int:
        """Number of positions of the frame."""
        return self.frame[0] * self.frame[1]

    @property
    def coverage(self) -> float:
        """Share of the frame that was scanned."""
        return self.size[0] * self.size[1] / self.frame_positions

    def forward(self, spectrum: np.ndarray) -> np.ndarray:
        """Images (ny, nx, images), without their planes, of Fourier components (len(q), images)."""
        result = np.empty((*self.size, spectrum.shape[-1]), np.float32)

        def work(part: slice) -> None:
            result[..., part] = self._forward(spectrum[:, part])

        self._in_parts(work, spectrum.shape[-1])
        return result

    def adjoint(self, images: np.ndarray) -> np.ndarray:
        """Fourier components (len(q), images) of images without planes, taken as zero outside the patch."""
        result = np.empty((len(self.q), images.shape[-1]), np.complex64)

        def work(part: slice) -> None:
            result[:, part] = self._adjoint(images[..., part])

        self._in_parts(work, images.shape[-1])
        return result

    def project(self, direction: np.ndarray) -> np.ndarray:
        """(len(q),): the measured images, projected on a ``direction`` (len(q), images) in their space."""

        def work(part: slice) -> np.ndarray:
            return np.vecdot(direction[:, part], self._adjoint(self.images[..., part]), axis=-1)

        return sum(self._in_parts(work, direction.shape[-1]))

    def seen_again(self, direction: np.ndarray, z: np.ndarray) -> np.ndarray:
        """(len(q),): the specimen ``z``, spread over the images by ``direction``, imaged, and projected back on it."""

        def work(part: slice) -> np.ndarray:
            spread = direction[:, part] * z[:, None]
            return np.vecdot(direction[:, part], self._adjoint(self._forward(spread)), axis=-1)

        return sum(self._in_parts(work, direction.shape[-1]))

    def _in_parts(self, work, count: int) -> list:
        """Results of ``work`` on slices of the images, in several threads."""
        bounds = np.linspace(0, count, min(_PARTS, count) + 1).astype(int).tolist()
        return list(self._pool.map(work, map(slice, bounds[:-1], bounds[1:])))

    def _forward(self, spectrum: np.ndarray) -> np.ndarray:
        half = np.zeros((self.frame[0] * (self.frame[1] // 2 + 1), spectrum.shape[-1]), np.complex64)
        for share in self._shares:  # within a share each place occurs once
            part = spectrum[share]
            half[self._place[share]] += part if share.stop <= self._direct else part.conj()
        half = half.reshape(self.frame[0], -1, spectrum.shape[-1])
        first = half[:, 0]
        half[:, 0] = first + np.roll(first[::-1], 1, axis=0).conj()  # here both q and -q have a place
        # one axis after the other: rows outside the patch need not be transformed
        rows = scipy.fft.ifft(half, axis=0, overwrite_x=True)[: self.size[0]]
        return without_plane(scipy.fft.irfft(rows, n=self.frame[1], axis=1)[:, : self.size[1]])

    def _adjoint(self, images: np.ndarray) -> np.ndarray:
        rows = scipy.fft.rfft(images, n=self.frame[1], axis=1)
        half = scipy.fft.fft(rows, n=self.frame[0], axis=0)
        spectrum = half.reshape(-1, images.shape[-1])[self._place]
        spectrum[self._direct :].imag *= -1
        return spectrum


def without_plane(images: np.ndarray) -> np.ndarray:
    """Images (ny, nx, images) without their means, by which they are normalised, and without linear trends.

    Trends are what drift and descan leave in an image, so they say nothing about the specimen.
    """
    flat = images - images.mean(axis=(0, 1))
    for axis, length in enumerate(images.shape[:2]):
        if length > 1:
            ramp = np.linspace(-1, 1, length, dtype=np.float32)
            slope = np.tensordot(ramp, flat.mean(axis=1 - axis), 1) / np.square(ramp).sum()
            flat -= np.expand_dims(np.multiply.outer(ramp, slope), 1 - axis)
    return flat


def _odd_fast_length(at_least: int) -> int:
    """Smallest odd length of 3, 5, 7, ... factors for which Fourier transforms are fast."""
    length = at_least + (at_least + 1) % 2
    while scipy.fft.next_fast_len(length, real=False) != length:
        length += 2
    return length


def _components(frame, sampling, limit: float) -> tuple[np.ndarray, np.ndarray, int, list[slice]]:
    """Frequencies up to ``limit`` in one half of the plane, and where they are found in a transform of the frame.

    A component beyond the Nyquist frequency is found at the place of its alias, or of the alias' conjugate if that is
    the one which the transform of a real image holds.

    Returns
    -------
    q (m, 2) in 1/Å; place (m,) in the flattened transform; number of components that are found as they are, the others
    being conjugated; slices in none of which a place occurs twice
    """
    extent, width = np.array(frame) * sampling, frame[1] // 2 + 1
    reach = np.floor(limit * extent).astype(int)
    rows, columns = np.meshgrid(np.arange(-reach[0], reach[0] + 1), np.arange(reach[1] + 1), indexing="ij")
    q = np.stack([rows / extent[0], columns / extent[1]], axis=-1)
    wanted = (np.linalg.norm(q, axis=-1) <= limit) & ((columns > 0) | (rows > 0))
    rows, columns = rows[wanted], columns[wanted]
    folded = columns % frame[1]
    flipped = folded >= width
    place = (np.where(flipped, -rows, rows) % frame[0]) * width + np.where(flipped, frame[1] - folded, folded)
    turn = _occurrence(2 * place + flipped)
    order = np.lexsort((place, turn, flipped))
    bounds = np.flatnonzero(np.diff(turn[order]) | np.diff(flipped[order])) + 1
    shares = [slice(a, b) for a, b in pairwise([0, *bounds.tolist(), len(order)])]
    return q[wanted][order], place[order], int(np.count_nonzero(~flipped)), shares


def _occurrence(values: np.ndarray) -> np.ndarray:
    """How often each value has occurred before.

    >>> _occurrence(np.array([5, 3, 5, 5]))
    array([0, 0, 1, 2])
    """
    order = np.argsort(values, kind="stable")
    position = np.arange(len(values))
    first = np.r_[True, np.diff(values[order]) > 0]
    result = np.empty(len(values), int)
    result[order] = position - np.maximum.accumulate(np.where(first, position, 0))
    return result
