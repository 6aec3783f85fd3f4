"""Counting electrons: the same seed gives the same picture here and in the browser (shared/poisson.js).

Each pixel has one uniform number, an integer hash of seed and pixel. Its count is the Poisson quantile of that number,
so that the noise of a pixel follows a change of dose or lens without flickering.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from ._checks import non_negative_integer, positive_number

_SEEDS = 2**32
_FEW = 10  # expected electrons from which an expansion gives the quantile, wrong by one at most in 0.06 % of the pixels
_MOST = 2.0**31


def poisson_counts(expected, seed: int = 0, start: int = 0) -> np.ndarray:
    """Electrons counted where so many are expected.

    Parameters
    ----------
    expected : array of finite numbers >= 0, at most 2^31
    seed : integer from 0 to 2^32 - 1
    start : number of the first pixel. Pictures of one seed are independent if their pixels have other numbers

    Returns
    -------
    int64 array of the same shape

    Reference for ten and more expected electrons: Giles, ACM Transactions on Mathematical Software 42 (2016) 7,
    doi:10.1145/2699466, with the terms up to 1/λ.

    >>> poisson_counts([0, 1, 10, 1000], seed=3).tolist()
    [0, 2, 13, 970]
    """
    mean = _checked("expected", expected, _MOST, "0 to 2^31 electrons per pixel")
    seed = non_negative_integer("seed", seed)
    if seed >= _SEEDS:
        raise ValueError(f"seed must be less than 2^32, got {seed}")
    start = non_negative_integer("start", start)
    flat, uniform = mean.ravel(), uniforms(mean.size, seed, start)
    counts = np.zeros(flat.shape, np.int64)
    few = flat < _FEW
    counts[few] = _summed_quantile(flat[few], uniform[few])
    counts[~few] = _expanded_quantile(flat[~few], ndtri(uniform[~few]))
    return counts.reshape(mean.shape)


def counted_image(image, dose: float | None, sampling: float, seed: int = 0, start: int = 0) -> np.ndarray:
    """An image taken with a finite dose.

    Parameters
    ----------
    image : intensities, 1 = the incoming beam
    dose : electrons/Å² of the incoming beam; None means no noise: the image comes back as it is
    sampling : Å per pixel
    seed, start : see `poisson_counts`

    Returns
    -------
    counts divided by those of the incoming beam, dose · sampling²
    """
    sampling = positive_number("sampling", sampling, "in Å per pixel")
    if dose is None:
        return _checked("image", image, np.inf, "finite intensities >= 0")
    per_pixel = positive_number("dose", dose, "in electrons/Å²; None means no noise") * sampling**2
    most = _MOST / per_pixel
    image = _checked("image", image, most, f"intensities of 0 to {most:.3g}, or 2^31 electrons per pixel")
    return poisson_counts(image * per_pixel, seed, start) / per_pixel


def _checked(name: str, values, most: float, accepted: str) -> np.ndarray:
    """Return finite numbers from 0 to `most` as an array, or raise."""
    values = np.asarray(values, float)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} must be {accepted}, got NaN or infinity")
    if values.size and not (values.min() >= 0 and values.max() <= most):
        raise ValueError(f"{name} must be {accepted}, got {values.min():.3g} to {values.max():.3g}")
    return values


def uniforms(count: int, seed: int, start: int = 0) -> np.ndarray:
    """Numbers (count,) between 0 and 1, both excluded, of the pixels from ``start`` on."""
    pixel = (np.arange(start, start + count, dtype=np.uint64) % _SEEDS).astype(np.uint32)
    key = _mix(np.array([seed], np.uint32) + np.uint32(0x9E3779B9))
    return (_mix(_mix(pixel + np.uint32(0x85EBCA6B)) ^ key).astype(float) + 0.5) / _SEEDS


def _mix(x: np.ndarray) -> np.ndarray:
    """Scramble 32-bit integers one to one, each bit of the result depending on all others."""
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def _summed_quantile(mean: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Smallest count at which the distribution, summed from zero, reaches a uniform number."""
    term = np.exp(-mean)
    total = term.copy()
    counts = np.zeros(mean.shape, np.int64)
    number = 0
    # beyond eleven standard deviations the sum no longer grows
    while (waiting := (total < uniform) & (term > 0)).any() and number < 100:
        number += 1
        counts += waiting
        term = term * mean / number
        total += np.where(waiting, term, 0)
    return counts


def _expanded_quantile(mean: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Quantile of a Poisson distribution from that of the normal one, for means that are not small."""
    root, w2 = np.sqrt(mean), normal * normal
    value = mean + root * normal + (1 / 3 + w2 / 6) - normal * (1 / 36 + w2 / 72) / root
    value += (-8 / 405 + w2 * (7 / 810 + w2 / 270)) / mean
    return np.maximum(np.floor(value), 0).astype(np.int64)
