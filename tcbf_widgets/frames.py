"""Spectra of the virtual images, and what they say at given shifts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.fft
import scipy.sparse

from ._threads import WORKERS
from .bright_field import BrightFieldStack, edge_profile, group_means, group_pixels
from .registration import matched_weight, shift_ramps
from .shift_fields import FoundField, search_round_fields

_COVERED = 0.1  # share of the images that must meet at a position for it to count in the error ...
_SHOWN = 0.02  # ... and to be shown at full contrast
_ROWS = 4  # rows of frequencies in work at once


class Frames:
    """Windowed, padded virtual images in Fourier space.

    With w the window and J = I - 1, the mean of the images moved back by their shifts is M = Σ w J / Σ w,
    and their weighted squared deviation from it is Σ w (J - M)² = Σ w J² - Σ M² (Σ w). Moving an image
    leaves its share of the first term as it is, so one sum over spectra and one inverse transform give
    the error of all images.

    Two things would let an error fall without better alignment, and are kept out. Interpolated noise keeps its
    power but not its mean absolute value, hence squares. And the mean follows the noise of the images it is
    made of, by σ² Σ w² / Σ w at each position, the more so where few images meet: that share is added back.

    The frame is periodic. Shifts beyond the padding bring a part of an image in on the other side, where it meets
    what it does not belong to; `wide_enough` tells, and gives a wider frame.

    Parameters
    ----------
    stack : the virtual images
    padding : scan pixels added at each border
    edge_blend : scan pixels over which the images fade out at each border
    """

    def __init__(self, stack: BrightFieldStack, padding: int, edge_blend: int):
        self.stack, self.padding, self.edge_blend = stack, padding, edge_blend
        self.shape = tuple(scipy.fft.next_fast_len(n + 2 * padding, real=True) for n in stack.scan_shape)
        self.inside = tuple(slice(padding, padding + n) for n in stack.scan_shape)
        # the window is separable, and so are its moved copies
        window_y, window_x = (edge_profile(n, edge_blend).astype(np.float32) for n in stack.scan_shape)
        deviation = stack.images - np.float32(1)
        windowed = deviation * np.outer(window_y, window_x)
        self.power = float(np.einsum("nyx,nyx->n", deviation, windowed).sum(dtype=float))
        padded = np.zeros((len(stack), *self.shape), np.float32)
        padded[(slice(None), *self.inside)] = windowed
        spectra = scipy.fft.rfft2(padded, workers=WORKERS)
        # a few rows of frequencies of all images at a time stay inside the processor's cache
        self.blocks = [spectra[:, y : y + _ROWS].copy() for y in range(0, self.shape[0], _ROWS)]
        self._pool = ThreadPoolExecutor(WORKERS)  # its threads end when the frames are no longer used
        self.windows = [
            np.pad(w, (padding, n - len(w) - padding)) for w, n in zip((window_y, window_x), self.shape, strict=True)
        ]

    def wide_enough(self, shifts: np.ndarray) -> Frames:
        """Return these frames, or wider ones if ``shifts`` (n, 2) in Å reach beyond the padding."""
        needed = int(np.ceil(np.abs(np.asarray(shifts) / self.stack.scan_sampling).max()))
        return self if needed <= self.padding else Frames(self.stack, needed + 2, self.edge_blend)

    def _sums(self, shifts: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
        """(groups, ny, nx // 2 + 1) spectra, moved back by ``shifts`` (n, 2) in Å and summed over each group."""
        along_y, along_x = shift_ramps(self.shape, -np.asarray(shifts) / self.stack.scan_sampling)
        count = len(group)
        summing = scipy.sparse.csr_array((np.ones(count, np.float32), (group, np.arange(count))), (groups, count))
        result = np.empty((groups, *self.shape[:1], along_x.shape[1]), np.complex64)

        def sum_block(number):
            rows = slice(number * _ROWS, (number + 1) * _ROWS)
            moved = self.blocks[number] * along_x[:, None, :]
            moved *= along_y[:, rows, None]
            flat = moved.reshape(count, -1)
            total = summing @ flat if groups > 1 else flat.sum(axis=0)
            result[:, rows] = total.reshape(groups, -1, along_x.shape[1])

        list(self._pool.map(sum_block, range(len(self.blocks))))
        return result

    def half_group_spectra(self, shifts: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Summed aligned spectra (2, groups, ...) of the two half-sets of each group, and the group sizes.

        The halves are the two colours of a checkerboard over the detector.
        """
        sizes = np.bincount(group)
        row = group + len(sizes) * (self.stack.pixels.sum(axis=1) % 2)
        sums = self._sums(shifts, row, 2 * len(sizes))
        return sums.reshape(2, len(sizes), *sums.shape[1:]), sizes

    def mean_and_error(self, shifts: np.ndarray) -> tuple[np.ndarray, float]:
        """Mean image on the scan grid, and root mean square deviation of the images from it."""
        spectrum = self._sums(shifts, np.zeros(len(shifts), int), 1)[0]
        total = scipy.fft.irfft2(spectrum, s=self.shape)
        pixels = -np.asarray(shifts) / self.stack.scan_sampling
        moved = [_moved(w, s) for w, s in zip(self.windows, pixels.T, strict=True)]
        coverage = np.einsum("ny,nx->yx", *moved)
        # where few images meet, interpolation brings in noise that the window says is not there
        share = np.where(coverage > _COVERED * len(shifts), 1 / np.maximum(coverage, 1), 0.0)
        mean = total * share
        squares = np.einsum("ny,nx->yx", *(window**2 for window in moved))
        variance = self.power / (len(shifts) * self.windows[0].sum() * self.windows[1].sum())
        explained = np.sum((mean**2 - variance * squares * share**2) * coverage)
        squared = (self.power - explained) / coverage.sum()
        image = 1 + (total / np.maximum(coverage, _SHOWN * len(shifts)))[self.inside]
        return image, float(np.sqrt(max(squared, 0)))


def search_field(
    frames: Frames, group: np.ndarray, reach: float, zooms: int = 0, astigmatic: bool = False
) -> FoundField:
    """Search the shift field, of shifts up to ``reach`` Å, under which the groups of pixels add up best.

    See `search_round_fields` for ``zooms`` and ``astigmatic``.
    """
    still = np.zeros((len(group), 2))
    halves, sizes = frames.half_group_spectra(still, group)
    pairs = halves
    if sizes.max() == 1:  # single pixels have no halves
        pairs, _ = frames.half_group_spectra(still, group_pixels(frames.stack.pixels, 2))
    weight = matched_weight(*pairs, frames.shape)
    k, sampling = group_means(frames.stack.k, group), frames.stack.scan_sampling
    return search_round_fields(halves.sum(axis=0), k, weight, frames.shape, sampling, reach, zooms, astigmatic)


def _moved(window: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """(n, len(window)) copies of a periodic window moved by ``shifts`` pixels, linear between pixels.

    What leaves the frame enters it on the other side, as the images do in Fourier space.
    """
    length = len(window)
    position = np.arange(length)
    rolled = window[(position - position[:, None]) % length]  # row k: moved by k whole pixels
    whole = np.floor(shifts).astype(int)
    fraction = (shifts - whole).astype(np.float32)[:, None]
    moved = rolled[whole % length] * (1 - fraction)
    moved += rolled[(whole + 1) % length] * fraction
    return moved
