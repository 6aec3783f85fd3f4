"""Many virtual images, moved back by any shifts and summed: one sum over spectra, one inverse transform.

The browser does the same with the same numbers, see shared/moved_sum.js.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.fft

from ..bright_field import BrightFieldStack, edge_profile, group_pixels
from .arrays import Packed, pack, quantise, unpack
from .stack_state import SMALLEST_IMAGE

# Values, images times positions, that a browser moves within a frame and that weigh about half a megabyte in a page
MAX_VALUES = 700_000
_EDGE_BLEND = 4  # scan positions over which an image fades out at each border, as in tcbf.align
_SHOWN = 0.02  # share of the images that must meet at a position for it to be shown at full contrast


def choose_binning(stack: BrightFieldStack, longest: float) -> tuple[int, int]:
    """How many detector pixels, and then scan positions, are binned along each axis.

    Detector pixels first: whoever shares a group moves together, so its images may differ by one scan step at most.

    Parameters
    ----------
    stack : the virtual images
    longest : Å, shift at the rim of the disk

    Returns
    -------
    binning of the detector, binning of the scan
    """
    per_pixel = longest / max(stack.disk.radius, 1.0)
    coarsest = max(1, min(stack.scan_shape) // SMALLEST_IMAGE)
    diameter = max(1, math.ceil(2 * stack.disk.radius))
    for scan in range(1, coarsest + 1):
        step = scan * min(stack.scan_sampling)
        widest = diameter if per_pixel * diameter <= step or scan == coarsest else max(1, int(step / per_pixel))
        positions = math.prod(n // scan for n in stack.scan_shape)
        for detector in range(1, widest + 1):
            if (group_pixels(stack.pixels, detector).max(initial=0) + 1) * positions <= MAX_VALUES:
                return detector, scan
    return diameter, coarsest


def packed_groups(stack: BrightFieldStack, longest: float) -> tuple[dict[str, Packed], int]:
    """Arrays ``group_images``, ``group_means``, ``group_k`` and ``members``, and the binning of the scan.

    Counts up to 255 are sent as they are, and divided by their mean in the browser. Of anything else, 8 bits are sent:
    a step is far below the noise of one image, and hundreds are summed.
    """
    detector, scan = choose_binning(stack, longest)
    group = group_pixels(stack.pixels, detector)
    members = np.bincount(group)
    height, width = (n // scan for n in stack.scan_shape)
    blocks = stack.counts[:, : height * scan, : width * scan].reshape(len(stack), height, scan, width, scan)
    counts = np.zeros((len(members), height, width))
    np.add.at(counts, group, blocks.sum(axis=(2, 4), dtype=float))
    means = counts.mean(axis=(1, 2))
    means[means <= 0] = 1.0
    whole = np.rint(counts)
    if np.abs(counts - whole).max(initial=0) < 1e-2 and 1 <= whole.max(initial=0) <= 255:
        images, means = pack(whole.astype(np.uint8)), whole.mean(axis=(1, 2)).clip(1e-6)
    else:
        images, means = quantise(counts / means[:, None, None], "uint8"), np.ones(len(members))
    k = np.stack([np.bincount(group, axis) / members for axis in stack.k.T], axis=1)
    arrays = {
        "group_images": images,
        "group_means": pack(means.astype(np.float32)),
        "group_k": pack(k.astype(np.float32)),
        "members": pack(members.astype(np.uint16 if members.max(initial=0) < 65536 else np.uint32)),
    }
    return arrays, scan


def sum_of_groups(arrays: dict[str, Packed], frame) -> MovedSum:
    """Sum of what `packed_groups` has packed, in a frame as from `frame_shape`."""
    images = unpack(arrays["group_images"]) / unpack(arrays["group_means"])[:, None, None]
    return MovedSum(images, unpack(arrays["members"]), frame)


def frame_shape(shape: tuple[int, int], sampling, longest: float) -> list[int]:
    """Size (y, x) of the periodic frame into which images may move by ``longest`` Å without meeting themselves."""
    margin = [math.ceil(longest / step) + 1 for step in sampling]
    return [scipy.fft.next_fast_len(n + min(m, n), real=True) for n, m in zip(shape, margin, strict=True)]


class MovedSum:
    """Images of a frame in Fourier space.

    With w the window, m the number of pixels in a group and J = I - 1, the sum of the images moved back by their
    shifts is 1 + Σ m w J / Σ m w. Numerator and denominator are sums over the same phase factors. The Nyquist
    frequency, which cannot be moved by a part of a pixel, is left out.

    Parameters
    ----------
    images : (n, ny, nx), each with mean 1
    members : (n,) pixels that each image is made of
    frame : (fy, fx) size of the periodic frame
    """

    def __init__(self, images: np.ndarray, members: np.ndarray, frame):
        self.shape, self.frame = images.shape[1:], tuple(frame)
        windows = [edge_profile(n, min(_EDGE_BLEND, n // 2)) for n in self.shape]
        padded = np.zeros((len(images), *self.frame))
        padded[:, : self.shape[0], : self.shape[1]] = (images.astype(float) - 1) * np.outer(*windows)
        self._columns = (self.frame[1] + 1) // 2
        # single precision halves what the browser has to read in each frame; both sides must round alike
        self._spectra = np.fft.rfft2(padded)[:, :, : self._columns].astype(np.complex64)
        self._members = members.astype(float)
        self._window = np.outer(
            np.fft.fft(windows[0], self.frame[0]), np.fft.rfft(windows[1], self.frame[1])[: self._columns]
        )
        self._q = np.fft.fftfreq(self.frame[0]), np.arange(self._columns) / self.frame[1]
        squares = self._spectra.real.astype(float) ** 2 + self._spectra.imag.astype(float) ** 2
        self._alone = np.tensordot(self._members**2, squares, 1)

    def _summed(self, shifts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        along_y, along_x = (
            np.exp(2j * np.pi * np.outer(s, q)) for s, q in zip(np.asarray(shifts).T, self._q, strict=True)
        )
        along_y *= self._members[:, None]
        if self.frame[0] % 2 == 0:
            along_y[:, self.frame[0] // 2] = 0
        moved = np.einsum("nyx,nx->nyx", self._spectra, along_x)
        return np.einsum("nyx,ny->yx", moved, along_y), self._window * (along_y.T @ along_x)

    def image(self, shifts) -> np.ndarray:
        """Sum (ny, nx) float32 of the images moved back by ``shifts`` (n, 2) in pixels, relative to its mean."""
        total, coverage = (self._inverse(spectrum) for spectrum in self._summed(shifts))
        return (1 + total / np.maximum(coverage, _SHOWN * self._members.sum())).astype(np.float32)

    def shared_power(self, shifts) -> float:
        """Power that the images share after they are moved back: that of their sum, less that of each alone.

        Σ_q |Σ_k m F_k(q) exp(2πi q·s_k)|² - Σ_q Σ_k m²|F_k(q)|²; where images do not agree it is 0 on average, however
        noisy they are.
        """
        total, _ = self._summed(shifts)
        return self._over_all(np.abs(total) ** 2 - self._alone)

    @property
    def noise_power(self) -> float:
        """Power of the sum if the images shared nothing."""
        return self._over_all(self._alone)

    def _over_all(self, power: np.ndarray) -> float:
        """Sum of a power over all frequencies but that of the mean and the Nyquist frequency."""
        weighted = power * np.where(np.arange(self._columns) == 0, 1.0, 2.0)
        weighted[0, 0] = 0.0
        if self.frame[0] % 2 == 0:
            weighted[self.frame[0] // 2] = 0.0
        return float(weighted.sum())

    def _inverse(self, spectrum: np.ndarray) -> np.ndarray:
        whole = np.zeros((self.frame[0], self.frame[1] // 2 + 1), complex)
        whole[:, : self._columns] = spectrum
        return np.fft.irfft2(whole, self.frame)[: self.shape[0], : self.shape[1]]


class MovesGroups:
    """For widgets whose ``arrays`` are those of `packed_groups` and whose ``meta`` has a "frame".

    Both are replaced when something else is shown, and never changed in place.
    """

    _kept_sum: tuple[dict[str, Packed], MovedSum] | None = None

    def _moved_sum(self) -> MovedSum:
        """Sum of the groups, in Fourier space; it is made anew for other arrays only."""
        if self._kept_sum is None or self._kept_sum[0] is not self.arrays:
            self._kept_sum = self.arrays, sum_of_groups(self.arrays, self.meta["frame"])
        return self._kept_sum[1]

    def _in_positions(self, shifts: np.ndarray) -> np.ndarray:
        """Shifts (..., 2) in Å, in scan positions."""
        return shifts / np.array(self.meta["scan_sampling"])
