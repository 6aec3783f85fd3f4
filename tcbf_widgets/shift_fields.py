"""Linear shift fields: fitted to shifts of which some are wrong, foretold from a few, or searched without any guess."""

from __future__ import annotations

import numpy as np

from .geometry import frequency_grid
from .registration import phase_factors

_FREQUENCIES = 256  # with the largest weights: those that carry the signal
_STEP = 1.5  # scan steps at the rim, from one trial field to the next
# A linear field has six numbers: from this many images on it can foretell others
_ENOUGH_IMAGES = 5
_REWEIGHTINGS = 8


def search_round_fields(
    spectra: np.ndarray, k: np.ndarray, weight: np.ndarray, shape: tuple[int, int], sampling, reach: float
) -> np.ndarray:
    """Find the round shift field that makes images add up best.

    A round field is what defocus, rotation and transposition give: s(k) = B k, with B a rotation times a factor, or its
    mirror image. For each trial the images are moved back in Fourier space and summed, and the power of the sum
    Σ_q W(q) |Σ_k F_k(q) exp(2πi q·s(k))|² is compared: where images agree they add up, where not they cancel.

    Parameters
    ----------
    spectra : (n, ny, nx // 2 + 1) rfft2 of the images, more than one pixel's images may be summed in each
    k : (n, 2) spatial frequency of each image
    weight : (ny, nx // 2 + 1) weight of each frequency
    shape : (ny, nx) of the images
    sampling : (y, x) Å per pixel
    reach : largest shift that is tried, in Å

    Returns
    -------
    (2, 2) matrix B': shifts in Å = k @ B'

    Reference: the pure shift model of tilt-corrected imaging, Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250.
    """
    rim = np.linalg.norm(k, axis=1).max()
    if rim == 0:
        return np.zeros((2, 2))
    strongest = np.argsort(weight, axis=None)[::-1][:_FREQUENCIES]
    q = frequency_grid(shape, sampling)[:, : shape[1] // 2 + 1].reshape(-1, 2)[strongest]
    flat = spectra.reshape(len(spectra), -1)[:, strongest].astype(np.complex64)
    flat *= np.sqrt(weight.ravel()[strongest]).astype(np.float32)
    steps = int(reach / (_STEP * min(sampling)))
    trials = _STEP * min(sampling) * np.arange(-steps, steps + 1) / rim
    best, field = -np.inf, np.zeros((2, 2))
    for mirror in (1.0, -1.0):
        seen = k * [mirror, 1.0]
        power = _powers(flat, seen @ q.T, (seen @ _TURN) @ q.T, trials)
        power[np.hypot(trials[:, None], trials) > reach / rim * (1 + 1e-9)] = -np.inf
        along, across = np.unravel_index(np.argmax(power), power.shape)
        if power[along, across] > best:
            best = power[along, across]
            field = np.diag([mirror, 1.0]) @ (trials[along] * np.eye(2) + trials[across] * _TURN)
    return field


_TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])  # a quarter turn, for row vectors (y, x)


def _powers(spectra: np.ndarray, along: np.ndarray, across: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """(trials, trials) power of the sum of spectra (n, q) moved by all combinations of the two fields (n, q)."""
    turns = phase_factors(-np.multiply.outer(trials, across))
    power = np.empty((len(trials), len(trials)))
    for i, trial in enumerate(trials):
        moved = spectra * phase_factors(-trial * along)
        # einsum and not matmul: threads of BLAS would wait for a processor that may be busy elsewhere
        sums = np.einsum("nq,bnq->bq", moved, turns)
        power[i] = np.square(sums.real).sum(axis=1) + np.square(sums.imag).sum(axis=1)
    return power


def linear_field(k: np.ndarray, shifts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Linear field through shifts, of which some may be far off.

    Parameters
    ----------
    k : (n, 2) spatial frequencies
    shifts : (n, 2)
    weights : (n,) of each shift

    Returns
    -------
    (3, 2) fit with least weighted sum of distances: shifts ≈ [1, k_y, k_x] @ fit
    """
    basis = np.column_stack([np.ones(len(k)), k])
    trust = np.asarray(weights, float)
    for _ in range(_REWEIGHTINGS):
        weighted = basis * trust[:, None]
        fit = np.linalg.pinv(weighted.T @ basis, hermitian=True) @ (weighted.T @ shifts)
        distance = np.linalg.norm(shifts - basis @ fit, axis=1)
        # least distances by reweighting; the median keeps weights finite near the fit
        trust = weights / np.maximum(distance, max(np.median(distance), 1e-12))
    return fit


def expectation(k, updates, counts, known: int, wanted: int, reach: float) -> tuple[np.ndarray, float]:
    """Foretell shifts from some that are known.

    Parameters
    ----------
    k : (n, 2) spatial frequencies
    updates : (n, 2) shifts in pixels; those from index ``known`` on are unknown
    counts : (n,) weights
    known : how many are known
    wanted : those from index ``known`` up to this one are asked for
    reach : how far to search without foreknowledge, pixels

    Returns
    -------
    (n, 2) shifts around which to search, and how far, in pixels. As long as the known shifts contradict each other they
    foretell nothing: zero and ``reach``.
    """
    if known < _ENOUGH_IMAGES:
        return np.zeros_like(updates), reach
    basis = np.column_stack([np.ones(len(k)), k])
    fit = linear_field(k[:known], updates[:known], counts[:known])
    expected = basis @ fit
    scatter = np.median(np.linalg.norm(updates[:known] - expected[:known], axis=1))
    spread = np.linalg.pinv(basis[:known].T @ basis[:known])
    uncertainty = scatter * np.sqrt(np.einsum("gi,ij,gj->g", basis, spread, basis)[known:wanted].max())
    nearby = 4 * np.hypot(scatter, uncertainty)
    if nearby > reach / 2:
        return np.zeros_like(updates), reach
    return expected, float(max(nearby, 2.0))
