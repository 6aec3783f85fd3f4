"""Linear shift fields: fitted to shifts of which some are wrong, predicted from a few, or searched without a guess."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.optimize

from .geometry import frequency_grid
from .registration import phase_factors

# Those with the largest weights carry the signal. A larger scan has more of them, and the first few hundred would be
# of nearly one length, under which many fields look alike: they are spread over the same share of all
_SHARE, _FEWEST, _MOST = 1 / 6, 256, 512
_STEP = 1.5  # scan steps at the rim, from one trial field to the next
# A linear field has six numbers: from this many images on it can predict others
_ENOUGH_IMAGES = 5
_REWEIGHTINGS = 8
_WIDE = 0.25  # first steps towards an astigmatic field, as a share of the round one


@dataclass(frozen=True, eq=False)
class FoundField:
    """A linear shift field that a search found.

    matrix : (2, 2) B' with shifts in Å = k @ B'
    significance : by how many standard deviations its power stands out of that of all fields that were tried
    """

    matrix: np.ndarray
    significance: float


def search_round_fields(
    spectra: np.ndarray,
    k: np.ndarray,
    weight: np.ndarray,
    shape: tuple[int, int],
    sampling,
    reach: float,
    zooms: int = 0,
    astigmatic: bool = False,
) -> FoundField:
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
    zooms : how often the search is repeated around the best, each time three times finer
    astigmatic : let the best field then become any linear one, as far as that makes the images add up better

    Returns
    -------
    FoundField, round but with ``astigmatic``

    Reference: the pure shift model of tilt-corrected imaging, Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250.
    """
    rim = np.linalg.norm(k, axis=1).max()
    if rim == 0:
        return FoundField(np.zeros((2, 2)), 0.0)
    strongest = _strongest(weight)
    q = frequency_grid(shape, sampling)[:, : shape[1] // 2 + 1].reshape(-1, 2)[strongest]
    flat = spectra.reshape(len(spectra), -1)[:, strongest].astype(np.complex64)
    flat *= np.sqrt(weight.ravel()[strongest]).astype(np.float32)
    step = _STEP * min(sampling) / rim
    trials = step * np.arange(-int(reach / rim / step), int(reach / rim / step) + 1)
    within = np.hypot(trials[:, None], trials) <= reach / rim * (1 + 1e-9)
    projections = {mirror: _projections(k * [mirror, 1.0], q) for mirror in (1.0, -1.0)}
    powers = {mirror: _powers(flat, *projected, trials, trials) for mirror, projected in projections.items()}
    mirror = max(powers, key=lambda side: powers[side][within].max())
    best = _argmax(np.where(within, powers[mirror], -np.inf), trials, trials)
    significance = _standing_out(np.concatenate([power[within] for power in powers.values()]))
    for _ in range(zooms):
        axes = [centre + step * np.array([-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1]) for centre in best]
        best = _argmax(_powers(flat, *projections[mirror], *axes), *axes)
        step /= 3
    matrix = np.diag([mirror, 1.0]) @ (best[0] * np.eye(2) + best[1] * _TURN)
    return FoundField(_relaxed(matrix, flat, k, q) if astigmatic else matrix, significance)


def _strongest(weight: np.ndarray) -> np.ndarray:
    """Flat indices of frequencies with large weights; of all frequencies if none is larger than the others."""
    among = np.argsort(weight, axis=None)[::-1]
    if np.ptp(weight):
        among = among[: max(_FEWEST, round(_SHARE * weight.size))]
    return among[np.linspace(0, len(among) - 1, min(len(among), _MOST)).astype(int)]


def _relaxed(matrix: np.ndarray, spectra: np.ndarray, k: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The linear field (2, 2) of largest power around a round one, by a simplex as wide as strong astigmatism."""

    def cost(values: np.ndarray) -> float:
        total = np.einsum("nq,nq->q", spectra, phase_factors(-(k @ values.reshape(2, 2)) @ q.T))
        return -float(np.vdot(total, total).real)

    start = matrix.ravel()
    corners = start + np.vstack([np.zeros(4), _WIDE * np.linalg.norm(matrix) * np.eye(4)])
    options = {"initial_simplex": corners, "xatol": 1e-3 * np.linalg.norm(matrix), "fatol": np.inf, "maxfev": 300}
    return scipy.optimize.minimize(cost, start, method="Nelder-Mead", options=options).x.reshape(2, 2)


def _projections(k: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, q) products of q with the fields k and k turned by a quarter."""
    return k @ q.T, (k @ _TURN) @ q.T


def _argmax(power: np.ndarray, along: np.ndarray, across: np.ndarray) -> tuple[float, float]:
    row, column = np.unravel_index(np.argmax(power), power.shape)
    return float(along[row]), float(across[column])


def _standing_out(powers: np.ndarray) -> float:
    """Height of the largest value over the median, in standard deviations as the middle half of all values has them."""
    middle = np.median(powers)
    scatter = 1.4826 * np.median(np.abs(powers - middle))
    return float((powers.max() - middle) / scatter) if scatter > 0 else 0.0


_TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])  # a quarter turn, for row vectors (y, x)


def _powers(spectra: np.ndarray, along: np.ndarray, across: np.ndarray, rows, columns) -> np.ndarray:
    """(rows, columns) power of the sum of spectra (n, q) moved by all combinations of the two fields (n, q)."""
    turns = phase_factors(-np.multiply.outer(columns, across))
    power = np.empty((len(rows), len(columns)))
    for i, trial in enumerate(rows):
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
    predict nothing: zero and ``reach``.
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
