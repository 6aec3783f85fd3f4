"""Transfer of groups of detector pixels, and how it changes with the aberrations and the rotation.

The transfer of one pixel has two sidebands (see `transfer.pixel_transfer`),

    Γ(q, k) = A(k-q) exp i[χ(k) - χ(k-q)]  -  A(k+q) exp i[χ(k+q) - χ(k)]        for A(k) = 1.

χ is a polynomial, so χ(k ± q) - χ(k) = Σ_b (±q)^b/b! ∂^b χ(k): one matrix product gives the phases of all pixels at all
frequencies, and their derivatives by every parameter are matrix products as well.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ._threads import WORKERS
from .bright_field import BrightFieldStack, group_means, group_pixels
from .lens import DEGREES, Lens, monomials

_ROWS = 64  # frequencies in work at once: keeps the working set inside the cache
_BLOCK = 8 * _ROWS  # of which sidebands are held at once, where they are not kept


@dataclass(frozen=True, eq=False)
class GroupTransfer:
    """Transfer of all groups through one lens, made by `PixelGroups.transfer`.

    lens : aberrations and orientation
    lower, upper : (len(q), groups) complex64 sidebands, None if they were not kept
    direction : (len(q), groups) complex64, their difference with length 1 along the groups
    length : (len(q),) of the difference
    """

    lens: Lens
    lower: np.ndarray | None
    upper: np.ndarray | None
    direction: np.ndarray
    length: np.ndarray


class PixelGroups:
    """Neighbouring pixels of the disk, summed into groups.

    Parameters
    ----------
    stack : virtual images
    bin_size : edge of a group in detector pixels
    variance : of the counts in units of their mean, 1 for counted electrons; that of the stack if None
    """

    def __init__(self, stack: BrightFieldStack, bin_size: int, variance: float | None = None):
        group = group_pixels(stack.pixels, bin_size)
        order = np.argsort(group, kind="stable")
        self.count = int(group.max()) + 1
        self.starts = np.searchsorted(group[order], np.arange(self.count))
        self.k = stack.k[order]
        self.energy = stack.energy
        self.rim = stack.rim
        self.edge = float(np.mean(stack.reciprocal_sampling))
        counts = stack.mean_counts[order] / (stack.noise_variance if variance is None else variance)
        self.counts = np.add.reduceat(counts, self.starts)
        self._order, self._member_counts = order, counts
        members = np.diff(np.r_[self.starts, len(order)])
        # images of groups are multiplied by the root of their electrons, which makes the variance of their noise 1
        self.share = (counts / np.sqrt(np.repeat(self.counts, members))).astype(np.float32)
        self.mean_k = group_means(stack.k, group, stack.mean_counts)

    def images(self, stack: BrightFieldStack) -> np.ndarray:
        """(scan_y, scan_x, groups) float32 deviations from the mean, each group with unit noise variance."""
        deviations = (stack.images[self._order] - 1) * (self._member_counts[:, None, None]).astype(np.float32)
        sums = np.add.reduceat(deviations, self.starts) / np.sqrt(self.counts).astype(np.float32)[:, None, None]
        return np.ascontiguousarray(np.moveaxis(sums, 0, -1))

    def sidebands(self, q: np.ndarray, lens: Lens) -> tuple[np.ndarray, np.ndarray]:
        """Both sidebands of all groups, (len(q), groups) complex64 each, times i, for images of unit noise variance."""
        k = lens.scan_k(self.k).T.astype(np.float32)
        phases, powers = lens.taylor_coefficients(self.k, self.energy), monomials(q)
        squares = np.square(k).sum(axis=0) - np.float32(self.rim**2)
        lower, upper = (np.empty((len(q), self.count), np.complex64) for _ in range(2))

        def work(rows: slice) -> None:
            y, x = q[rows].T.astype(np.float32)[:, :, None]
            outside = squares + y * y + x * x  # (|k ± q|² - rim²) is this, plus or minus twice k·q
            twice_along = 2 * (y * k[0] + x * k[1])
            odd, even = (_wave(_sum_of_products(powers[rows], phases, parity)) for parity in (1, 0))
            for side, band in ((-1, lower), (1, upper)):
                # divided by the disk's diameter this is the distance from the rim, where it matters
                beyond = (outside + side * twice_along) * np.float32(0.5 / (self.rim * self.edge))
                wave = odd * (np.clip(0.5 - beyond, 0, 1) * self.share)
                turn = 1j * (even if side > 0 else even.conj())
                if turn.shape[1] > 1:  # with coma and beyond; else it is the same for all pixels
                    wave *= turn
                # reduceat takes much longer than a copy, which is all that single pixels need
                band[rows] = wave if self.count == len(self.k) else np.add.reduceat(wave, self.starts, axis=1)
                if turn.shape[1] == 1:
                    band[rows] *= turn

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(work, (slice(i, i + _ROWS) for i in range(0, len(q), _ROWS))))
        return lower, upper

    def transfer(self, q: np.ndarray, lens: Lens, keep_sidebands: bool = True) -> GroupTransfer:
        """Transfer of all groups at the frequencies ``q`` (n, 2) in 1/Å.

        Only slopes by the aberrations need the sidebands, which take twice the room of the rest.
        """
        if keep_sidebands:
            lower, upper = self.sidebands(q, lens)
            return GroupTransfer(lens, lower, upper, *_unit(lower - upper))
        direction, length = np.empty((len(q), self.count), np.complex64), np.empty(len(q), np.float32)
        for rows in (slice(start, start + _BLOCK) for start in range(0, len(q), _BLOCK)):
            lower, upper = self.sidebands(q[rows], lens)
            direction[rows], length[rows] = _unit(np.subtract(lower, upper, out=lower))
        return GroupTransfer(lens, None, None, direction, length)

    def taylor_slopes(self, names: tuple[str, ...], lens: Lens) -> np.ndarray:
        """Derivatives of `Lens.taylor_coefficients` by the parameters, (len(names), 14, groups)."""
        return np.stack([lens.taylor_slope(name, self.mean_k, self.energy) for name in names])


def _unit(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (n, groups), in place, with length 1, and the length (n,) that they had."""
    length = np.sqrt(np.vecdot(vectors, vectors).real)
    vectors *= 1 / np.maximum(length, np.float32(1e-20))[:, None]  # several times faster than to divide
    return vectors, length


def _wave(phase: np.ndarray) -> np.ndarray:
    """exp(i phase) as complex64; sine and cosine are several times faster than a complex exp."""
    wave = np.empty(phase.shape, np.complex64)
    np.cos(phase, out=wave.real)
    np.sin(phase, out=wave.imag)
    return wave


def _sum_of_products(powers: np.ndarray, coefficients: np.ndarray, parity: int) -> np.ndarray:
    """(rows, pixels) float32 Σ_b powers[:, b] coefficients[b] over the monomials of odd or even degree.

    A loop and not a matrix product: that would start threads of its own in each of ours.
    """
    wanted = [b for b in np.flatnonzero(np.abs(coefficients).max(axis=1)) if DEGREES[b] % 2 == parity]
    total = np.zeros((len(powers), 1), np.float32)
    for b in wanted:
        row = coefficients[b]
        row = row[:1] if np.ptp(row) == 0 else row  # most often one number for all pixels: it costs nothing then
        total = total + powers[:, b, None].astype(np.float32) * row.astype(np.float32)
    return total
