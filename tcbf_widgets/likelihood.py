"""How likely the measured images are for given optics, whatever the specimen.

The images of all pixel groups are F(q) = H(q; θ) z(q) + noise, one unknown specimen component z for each frequency q
and a direction H, of length 1, that the optics θ decides. z is taken as random with the signal-to-noise ratio ρ(q)
that the data show; then, at fixed ρ, the logarithm of the likelihood is, but for a constant, what the best z explains.
On a scan without border that is Σ_q ρ/(1 + ρ) |H*F|². With a border z is found by conjugate gradients, and the slope by
θ is that of the residual at this z.
"""

from __future__ import annotations

import numpy as np

from .group_transfer import GroupTransfer, PixelGroups
from .lens import monomials
from .patch import Patch

_DARKEST = 1e-4  # signal-to-noise ratio below which a frequency is left alone
_RING = 0.004  # width in 1/Å of the rings over which the ratio is averaged


def ring_numbers(q: np.ndarray) -> np.ndarray:
    """Number of the ring, from 0 on, in which each of the frequencies (n, 2) in 1/Å lies."""
    return (np.linalg.norm(q, axis=1) / _RING).astype(int)


def signal_to_noise(patch: Patch, transfer: GroupTransfer, projection: np.ndarray) -> np.ndarray:
    """Signal-to-noise ratio ρ (len(q),): the specimen's power, averaged over rings, times that of the transfer.

    ``projection`` (len(q),) is that of the measured images on the transfer's direction, `Patch.project`.
    """
    excess = np.square(np.abs(projection)) / np.prod(patch.size) - 1
    ring = ring_numbers(patch.q)
    power = np.bincount(ring, excess) / np.maximum(np.bincount(ring, transfer.length**2), 1e-20)
    return np.maximum(power[ring] * transfer.length**2, _DARKEST)


def _normal(patch: Patch, transfer: GroupTransfer, ratio: np.ndarray, z: np.ndarray) -> np.ndarray:
    return patch.seen_again(transfer.direction, z) + z / ratio


def most_probable_specimen(
    patch: Patch,
    transfer: GroupTransfer,
    ratio: np.ndarray,
    projection: np.ndarray,
    start: np.ndarray,
    iterations: int,
    after_each=lambda: None,
) -> np.ndarray:
    """The specimen components z (len(q),) that are most probable, by preconditioned conjugate gradients.

    Parameters
    ----------
    patch, transfer : how a specimen becomes images
    ratio : (len(q),) signal-to-noise ratio, from `signal_to_noise`
    projection : (len(q),) that of the images on the transfer's direction
    start : (len(q),) first guess, zeros if there is none
    iterations : each of them images a specimen once
    after_each : called after each iteration
    """
    condition = 1 / (patch.coverage + 1 / ratio)
    z = start
    residual = projection - _normal(patch, transfer, ratio, z) if z.any() else projection.copy()
    better = condition * residual
    direction, size = better, np.vdot(residual, better).real
    for _ in range(iterations):
        if size <= 0:
            break
        image = _normal(patch, transfer, ratio, direction)
        step = size / np.vdot(direction, image).real
        z = z + step * direction
        residual = residual - step * image
        better = condition * residual
        size, before = np.vdot(residual, better).real, size
        direction = better + size / before * direction
        after_each()
    return z


class Slopes:
    """Derivatives of the transfer by the parameters ``names``, contracted without ever being written out."""

    def __init__(self, patch: Patch, groups: PixelGroups, transfer: GroupTransfer, names: tuple[str, ...]):
        self.patch, self.transfer = patch, transfer
        slopes = groups.taylor_slopes(names, transfer.lens)
        used = np.flatnonzero(np.abs(slopes).max(axis=(0, 2)))
        self._slopes = slopes[:, used].astype(np.float32)
        powers = monomials(patch.q)[:, used]
        self._upper = powers.astype(np.float32)
        self._lower = -(monomials(-patch.q)[:, used]).astype(np.float32)
        self.lengthening = self._contract(transfer.direction).imag / np.maximum(transfer.length, 1e-20)[:, None]

    def _contract(self, spectrum: np.ndarray) -> np.ndarray:
        """(len(q), parameters): Σ over groups of the conjugate phase-weighted sidebands times ``spectrum``."""
        flat = self._slopes.reshape(-1, self._slopes.shape[-1]).T.astype(np.complex64)
        total = 0
        for band, powers, sign in ((self.transfer.lower, self._lower, 1), (self.transfer.upper, self._upper, -1)):
            sums = ((band.conj() * spectrum) @ flat).reshape(len(spectrum), *self._slopes.shape[:2])
            total = total + sign * np.einsum("qpb,qb->qp", sums, powers)
        return total

    def score(self, z: np.ndarray) -> np.ndarray:
        """Slope (parameters,) of the log-likelihood at the specimen ``z``."""
        patch, transfer = self.patch, self.transfer
        residual = patch.adjoint(patch.images - patch.forward(transfer.direction * z[:, None]))
        along = -1j * self._contract(residual) / np.maximum(transfer.length, 1e-20)[:, None]
        along -= self.lengthening * np.vecdot(transfer.direction, residual)[:, None]
        return 2 / patch.frame_positions * (z.conj() @ along).real

    def _change(self, parameter: int, z: np.ndarray) -> np.ndarray:
        """Change (len(q), groups) of the modelled spectra with one parameter."""
        slope, transfer = self._slopes[parameter], self.transfer
        change = 1j * ((self._lower @ slope) * transfer.lower - (self._upper @ slope) * transfer.upper)
        change /= np.maximum(transfer.length, 1e-20)[:, None]
        change -= transfer.direction * self.lengthening[:, parameter, None]
        return change * z[:, None]

    def information(self, z: np.ndarray, ratio: np.ndarray, iterations: int) -> np.ndarray:
        """Fisher information (parameters, parameters): the images' change that no change of the specimen imitates."""
        patch, transfer = self.patch, self.transfer
        images = [patch.forward(self._change(p, z)) for p in range(len(self._slopes))]
        targets = [np.vecdot(transfer.direction, patch.adjoint(image)) for image in images]
        zero = np.zeros_like(z)
        imitations = [most_probable_specimen(patch, transfer, ratio, target, zero, iterations) for target in targets]
        count = len(images)
        result = np.empty((count, count))
        for i in range(count):
            for j in range(count):
                imitated = 2 / patch.frame_positions * np.vdot(targets[i], imitations[j]).real
                result[i, j] = np.einsum("yxg,yxg->", images[i], images[j]) - imitated
        return (result + result.T) / 2

    def information_without_border(self, strength: np.ndarray) -> np.ndarray:
        """Fisher information (parameters, parameters) of a scan without border, |z|² being ``strength`` (len(q),)."""
        count = len(self._slopes)
        one = np.ones(len(strength), np.complex64)
        changes = [self._change(p, one) for p in range(count)]
        imitated = np.stack([np.vecdot(self.transfer.direction, change) for change in changes])
        result = np.empty((count, count))
        for i, first in enumerate(changes):
            for j, second in enumerate(changes):
                both = np.vecdot(first, second) - imitated[i].conj() * imitated[j]
                result[i, j] = 2 * (strength @ both.real)
        return result


def inverse(information: np.ndarray) -> np.ndarray | None:
    """Inverse of a positive definite matrix of parameters of any scale, None if it is none."""
    scale = np.sqrt(np.maximum(np.diag(information), 0))
    if not (np.isfinite(information).all() and scale.all()):
        return None
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values.min() < 1e-9:
        return None
    return (vectors / values) @ vectors.T / np.outer(scale, scale)
