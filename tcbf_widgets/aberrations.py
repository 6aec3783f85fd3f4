"""What the shift field says about the microscope: aberrations and the rotation of the detector, by least squares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from ._checks import require
from .alignment import Alignment
from .ambiguity import check_sign, check_transpose, choose_twin, lens_of_linear_field, wrapped
from .bright_field import BrightFieldStack, group_means
from .digits import decimals
from .lens import ROTATION, Lens, coefficient_names
from .optics import Aberrations
from .shift_fields import linear_field
from .steadying import steadied

_ITERATIONS = 12
_HIGHEST_RADIAL, _HIGHEST_ANGULAR = 3, 4


@dataclass(frozen=True, eq=False, repr=False)
class FittedOptics:
    """What was found about the microscope, from shifts or from images.

    stack : the virtual images
    aberrations : coefficients in Å, in scan axes
    rotation_deg, transpose : from detector to scan axes (see `geometry`)
    names : what was fitted, names of coefficients and ``"rotation_deg"``
    covariance : (len(names), len(names)) in Å and degrees
    sign_confidence : by how many standard deviations the contrast speaks for this sign of the defocus, and not for
        (-C10, rotation + 180°), which gives the same shifts, if matter stands out of a flat ground as protein does in
        ice (see `ambiguity.phase_sign`); infinite if the sign was given
    """

    stack: BrightFieldStack = field(repr=False)
    aberrations: Aberrations
    rotation_deg: float
    transpose: bool
    names: tuple[str, ...]
    covariance: np.ndarray = field(repr=False)
    sign_confidence: float

    def __repr__(self) -> str:
        spread = self.uncertainties
        known = [
            f"rotation {_with_error(self.rotation_deg, spread[name], '°')}"
            if name == ROTATION
            else f"{name} {_with_error(self.aberrations[name], spread[name], ' Å')}"
            for name in self.names
        ]
        if self.transpose:
            known.append("axes exchanged")
        if not np.isfinite(self.covariance).all():
            known.append("not determined")
        return f"{type(self).__name__}({', '.join(known)})"

    @property
    def uncertainties(self) -> dict[str, float]:
        """Standard deviation of each fitted parameter: Å, and degrees for ``"rotation_deg"``."""
        return dict(zip(self.names, np.sqrt(np.diag(self.covariance)).tolist(), strict=True))

    @property
    def lens(self) -> Lens:
        """Aberrations and orientation in one."""
        return Lens(self.aberrations, self.rotation_deg, self.transpose)

    @property
    def shifts(self) -> np.ndarray:
        """(n, 2) Å, scan axes: where each virtual image lies according to the aberrations."""
        return self.lens.shifts(self.stack.k, self.stack.energy)

    @property
    def energy(self) -> float:
        """Kinetic energy in eV."""
        return self.stack.energy

    @property
    def semiangle(self) -> float:
        """Convergence semi-angle in mrad, from the radius of the bright-field disk."""
        return 1e3 * self.stack.wavelength * self.stack.rim


def _with_error(value: float, error: float, unit: str) -> str:
    """A value with as many digits as its error deserves, and with the error if it is finite.

    >>> _with_error(-15004.2, 20.3, " Å"), _with_error(-14.987, 0.0712, "°"), _with_error(12.34, np.inf, "°")
    ('-15004 ± 20 Å', '-14.99 ± 0.07°', '12.3°')
    """
    if not math.isfinite(error):
        return f"{value:.{1 if unit == '°' else 0}f}{unit}"
    digits = decimals(error)
    return f"{value:.{digits}f} ± {error:.{digits}f}{unit}"


@dataclass(frozen=True, eq=False, repr=False)
class AberrationFit(FittedOptics):
    """Result of `fit_aberrations`; fields of `FittedOptics`, and

    measured : (n, 2) Å, the shifts that were fitted: those of its group for each pixel
    offset : (2,) Å, common to all shifts: where the axial image itself was found
    residual_rms : Å, root mean square distance of measured from fitted shifts over the groups
    """

    measured: np.ndarray = field(repr=False)
    offset: np.ndarray = field(repr=False)
    residual_rms: float

    @property
    def predicted_shifts(self) -> np.ndarray:
        """(n, 2) Å: the fitted shifts of all pixels; another name of ``shifts``."""
        return self.shifts


def fit_aberrations(
    alignment: Alignment,
    max_radial_order: int = 1,
    max_angular_order: int = 2,
    *,
    transpose: bool | None = None,
    defocus_sign: int | None = None,
) -> AberrationFit:
    """Fit aberrations and the rotation between detector and scan to the shifts of an alignment.

    The shifts measured for the groups in the last step that improved the alignment are fitted by least distances, so
    that groups which went astray count little. The rotation and the coefficients of first radial order come from a
    polar decomposition; then all are fitted together.

    Parameters
    ----------
    alignment : result of `tcbf.align`
    max_radial_order : highest m of the coefficients C_mn, 1 to 3
    max_angular_order : highest n, 0 to 4
    transpose : whether the detector is read out with exchanged axes; None takes what lets the defocus exceed the
        astigmatism
    defocus_sign : 1 or -1 if it is known that the defocus is positive or negative; None lets the contrast decide

    Returns
    -------
    AberrationFit. Uncertainties follow from the scatter of the groups around the fit; they do not hold what is common
    to all groups, above all that images are taken for displaced copies of one another (about 1 %; `refine_aberrations`
    does without).

    Raises
    ------
    ValueError if all shifts are zero, or the groups are too few for the orders (the rank is reported)

    Reference: affine fit and polar decomposition as in Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250.
    """
    require("alignment", alignment, Alignment, "from tcbf.align(stack)")
    names = fitted_names(max_radial_order, max_angular_order)
    check_sign(defocus_sign)
    check_transpose(transpose)
    # what a step measured and then did not take, because the images would have agreed less, is not believed here either
    step = next((step for step in reversed(alignment.steps) if step.fraction > 0), alignment.start)
    if not np.any(step.shifts):
        raise ValueError(
            "alignment found no shifts, all are zero: there is nothing to fit. Give tcbf.align finer or coarser bins, "
            "or use tcbf.refine_aberrations(stack), which needs fewer electrons"
        )
    groups = _GroupShifts(alignment.stack, step.groups, step.measured)
    matrix = linear_field(groups.k, groups.shifts, groups.counts)[1:].T
    either = lens_of_linear_field(matrix, alignment.stack.energy, transpose)
    lens, confidence = choose_twin(steadied(alignment.stack), either, defocus_sign)
    lens, offset, covariance, residual = groups.fit(lens.only(names), names)
    optics = (lens.aberrations, wrapped(lens.rotation_deg), lens.transpose)
    return AberrationFit(alignment.stack, *optics, names, covariance, confidence, step.measured, offset, residual)


def fitted_names(max_radial_order, max_angular_order) -> tuple[str, ...]:
    """Names of what is fitted: the coefficients up to these orders, and the rotation; raise if an order is unknown."""
    orders = []
    for name, value, low, high in (
        ("max_radial_order", max_radial_order, 1, _HIGHEST_RADIAL),
        ("max_angular_order", max_angular_order, 0, _HIGHEST_ANGULAR),
    ):
        if isinstance(value, (bool, np.bool_)) or value not in range(low, high + 1):
            raise ValueError(f"{name} must be an integer from {low} to {high}, got {value!r}")
        orders.append(int(value))
    return (*coefficient_names(*orders), ROTATION)


class _GroupShifts:
    """One shift for each group of pixels, at the mean k of the group."""

    def __init__(self, stack: BrightFieldStack, group: np.ndarray, measured: np.ndarray):
        self.stack = stack
        self.counts = np.bincount(group, stack.mean_counts)
        self.k, self.shifts = (group_means(values, group, stack.mean_counts) for values in (stack.k, measured))

    def fit(self, lens: Lens, names: tuple[str, ...]) -> tuple[Lens, np.ndarray, np.ndarray, float]:
        """Fitted lens, offset (2,), covariance of ``names``, and the rms residual over the groups."""
        energy, offset = self.stack.energy, np.zeros(2)
        trust = self.counts
        for _ in range(_ITERATIONS):
            residual = self.shifts - offset - lens.shifts(self.k, energy)
            slopes = self._slopes(lens, names)
            step = self._solve(slopes, residual, trust)
            lens, offset = lens.moved(names, step[:-2]), offset + step[-2:]
            distance = np.linalg.norm(self.shifts - offset - lens.shifts(self.k, energy), axis=1)
            trust = self.counts / np.maximum(distance, max(np.median(distance), 1e-12))
        rms = float(np.sqrt(np.average(distance**2, weights=self.counts)))
        residual = self.shifts - offset - lens.shifts(self.k, energy)
        return lens, offset, self._covariance(self._slopes(lens, names), residual, trust)[:-2, :-2], rms

    def _slopes(self, lens: Lens, names: tuple[str, ...]) -> np.ndarray:
        """(parameters + 2, groups, 2) derivatives of the shifts; the last two are those by the offset."""
        constant = np.broadcast_to(np.eye(2)[:, None], (2, len(self.k), 2))
        return np.concatenate([lens.shift_slopes(names, self.k, self.stack.energy), constant])

    def _solve(self, slopes: np.ndarray, residual: np.ndarray, trust: np.ndarray) -> np.ndarray:
        scale = _scale(slopes)
        weight = np.sqrt(trust / trust.max())[:, None]
        design = ((slopes * weight).reshape(len(slopes), -1) / scale[:, None]).T
        step, _, rank, _ = np.linalg.lstsq(design, (residual * weight).ravel(), rcond=1e-8)
        if rank < len(slopes) or residual.size <= len(slopes):  # as many numbers as parameters leave no scatter
            raise ValueError(
                f"{len(self.k)} groups of pixels determine {rank} of {len(slopes)} parameters (coefficients, rotation, "
                "offset): lower max_radial_order or max_angular_order, or end the alignment with smaller bins"
            )
        return step / scale

    def _covariance(self, slopes: np.ndarray, residual: np.ndarray, trust: np.ndarray) -> np.ndarray:
        """Covariance from the scatter itself, so that uneven noise and doubted groups count as they are."""
        scale = _scale(slopes)
        design = slopes.reshape(len(slopes), -1) / scale[:, None]
        weight = np.repeat(trust, 2)
        inverse = np.linalg.pinv(design * weight @ design.T, hermitian=True)
        spread = design * np.square(weight * residual.ravel()) @ design.T
        freedom = residual.size / max(residual.size - len(slopes), 1)
        return inverse @ spread @ inverse * freedom / np.outer(scale, scale)


def _scale(slopes: np.ndarray) -> np.ndarray:
    """(parameters,) size of each slope: coefficients of different order differ by many powers of ten."""
    scale = np.sqrt(np.einsum("pgi,pgi->p", slopes, slopes))
    return np.where(scale > 0, scale, 1.0)
