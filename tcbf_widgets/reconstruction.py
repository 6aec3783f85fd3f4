"""Diffraction -> object, epoch by epoch: by the gradient of the amplitude loss (Adam), or pattern by pattern (ePIE)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from tqdm.auto import tqdm

from ._checks import non_negative_integer, positive_integer, positive_number, require
from .image_metrics import phase_error, psnr, ssim
from .phase_retrieval import FittedProbe, adam, epie
from .ptychography import Diffraction, amplitude_loss

_METHODS = ("adam", "epie")
_START = 1e-3  # rad, the random phase to begin with; far above rounding, far below any specimen
_DIVERGED = 2  # times the loss of the start: what explains the patterns worse than no object is lost
_ROUNDING = 1e-9  # of all electrons
_LEAST, _MOST = 0.01, 2  # share of the probe's intensity in a pattern beyond which its units are doubted
_FLAT = 1e-6  # rad, a range of phases that is none


@dataclass(frozen=True, eq=False)
class Epoch:
    """What is known after all patterns have been used once more.

    Attributes
    ----------
    number : 0 for the start
    loss : Σ (|Ψ| - √I)² / Σ I, as the patterns were used on the way
    slices : (slices, ny, nx) complex64, the object
    probe : (wy, wx) complex64, the given one or, with fit_probe, the one found so far
    truth : (slices, ny, nx) complex, the object to compare with, or None
    """

    number: int
    loss: float
    slices: np.ndarray
    probe: np.ndarray
    truth: np.ndarray | None = None

    def phase_error(self) -> np.ndarray:
        """Phase minus the true one in rad, -π to π, the open phase of each slice aligned; needs a truth.

        Returns
        -------
        (slices, ny, nx)
        """
        if self.truth is None:
            raise ValueError("truth is needed for an error: reconstruct(..., truth=object)")
        return phase_error(self.slices, self.truth)

    def phase_rms(self) -> float:
        """Root mean square of the phase error in rad; NaN without a truth."""
        return np.nan if self.truth is None else float(np.sqrt(np.mean(self.phase_error() ** 2)))

    def psnr(self) -> float:
        """Peak signal-to-noise ratio of the phase in dB, over the range of the true one; NaN without one."""
        found, true, span = self._phases()
        return psnr(found, true, span) if span else np.nan

    def ssim(self) -> float:
        """Structural similarity of the phases, mean over the slices; NaN without a truth that has a range."""
        found, true, span = self._phases()
        return float(np.mean([ssim(a, b, span) for a, b in zip(found, true, strict=True)])) if span else np.nan

    def _phases(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Phases found and true, the true ones of each slice from 0 on, and the range of these."""
        if self.truth is None:
            return np.empty(0), np.empty(0), 0.0
        # away from the cut at ±π, so that a phase offset of the truth does not tear it; and next to the truth
        true = phase_error(self.truth, np.ones_like(self.truth))
        true -= true.min(axis=(1, 2), keepdims=True)
        span = float(true.max())
        return true + self.phase_error(), true, span if span > _FLAT else 0.0


def reconstruct(
    data: Diffraction,
    probe,
    *,
    method: str = "adam",
    epochs: int = 20,
    batches: int = 2,
    step: float | None = None,
    phase_only: bool = False,
    slices: int = 1,
    propagator=None,
    wedge=None,
    truth=None,
    seed: int = 0,
    fit_probe: bool = False,
    progress: bool = False,
) -> Iterator[Epoch]:
    """Find the object of a set of diffraction patterns.

    Parameters
    ----------
    data : Diffraction
    probe : (wy, wx) complex, as intense as a pattern behind no object at all
    method : "adam", steps along the gradient of the amplitude loss of a batch of patterns, each number in units of its
        own usual slope; or "epie", a step after each pattern
    epochs : how often all patterns are used
    batches : in how many parts, of Adam
    step : of Adam in rad or units of transmission, 0.03 by default; of ePIE as a share, 1 by default. For a probe that
        is fitted, Adam's is a third of that, in units of its usual amplitude
    phase_only : O = exp(iφ), with real φ; Adam only
    slices, propagator : as in `diffract`; several with Adam only
    wedge : (slices, ny, nx) weight of each frequency, from `depth.missing_wedge_weight`, put on the phases after each
        epoch; phase_only
    truth : (ny, nx) or (slices, ny, nx) complex, for the errors that an Epoch states
    seed : of the random start and the order of the patterns
    fit_probe : improve the probe together with the object
    progress : show a progress bar

    The patterns leave open the common phase of the object. With fit_probe they also leave open what object and probe
    may trade: strength, a common shift, and on a raster any factor with the period of its steps. So the probe keeps
    the intensity of the given one, the middle of its intensity, and its aperture, all frequencies where its amplitude
    is 1e-3 of the strongest or more. Errors against a truth are meant for a given probe with these three right; the
    phase common to probe and object stays open.

    Yields
    ------
    Epoch after Epoch, beginning with the start; the last is the result

    Warns
    -----
    UserWarning : when the loss becomes twice that of the start, or no number; the epoch before was the last. Also when
        probe and patterns differ so much in intensity that their units cannot be the same

    Single precision is used throughout, and enough: without noise, ePIE comes as near as 1e-7 rad to the truth.

    References: Kingma and Ba (2015), arXiv:1412.6980; Maiden and Rodenburg, Ultramicroscopy 109 (2009) 1256,
    doi:10.1016/j.ultramic.2009.05.012.
    """
    require("data", data, Diffraction, "from tcbf.ptychography.Diffraction(intensities, positions, object_shape)")
    probe = _checked_probe(probe, data.window)
    layers, count = positive_integer("slices", slices), positive_integer("epochs", epochs)
    _check_method(method, layers, phase_only)
    propagator = _checked_propagator(propagator, layers, data.window)
    step = positive_number("step", {"adam": 0.03, "epie": 1.0}[method] if step is None else step)
    parts = min(positive_integer("batches", batches), len(data.positions))
    rng = np.random.default_rng(non_negative_integer("seed", seed))
    start = np.exp(1j * _START * rng.standard_normal((layers, *data.object_shape))).astype(np.complex64)
    _check_wedge(wedge, start.shape, phase_only)
    truth = _truth(truth, start.shape)
    loss = amplitude_loss(probe, start, data.positions, np.sqrt(data.intensities), propagator).value
    electrons = float(data.intensities.sum())
    _warn_of_units(electrons, len(data.positions), probe)
    first = Epoch(0, loss / electrons, start, probe, truth)
    shared = {"step": step, "fit": FittedProbe(probe) if fit_probe else None, "rng": rng}
    if method == "adam":
        own = {"batches": parts, "phase_only": phase_only, "wedge": wedge}
        sweeps = adam(data, probe, start, propagator, **own, **shared)
    else:
        sweeps = epie(data, probe, start, **shared)
    return _epochs(sweeps, count, first, electrons, progress)


def _checked_probe(probe, window) -> np.ndarray:
    probe = np.array(probe, np.complex64)
    if probe.shape != window:
        raise ValueError(f"probe must have the patterns' shape {window}, got shape {probe.shape}")
    if not np.isfinite(probe).all() or not probe.any():
        raise ValueError(f"probe must be finite and not dark, got {'NaN or infinity' if probe.any() else 'zeros only'}")
    return probe


def _warn_of_units(electrons: float, patterns: int, probe: np.ndarray) -> None:
    """Warn if the patterns are not of the same electrons as the probe: an object absorbs, and rarely all."""
    share = electrons / patterns / float(np.sum(np.abs(probe) ** 2))
    if not _LEAST < share < _MOST:
        warnings.warn(
            f"a pattern holds {share:.3g} times the intensity of the probe, on average, and an object can only absorb: "
            "are these the same units? Divide the intensities by the electrons of a pattern without object, Σ|probe|² "
            "being 1",
            stacklevel=3,
        )


def _check_method(method: str, slices: int, phase_only: bool) -> None:
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}; got {method!r}")
    if method == "epie" and (slices > 1 or phase_only):
        raise ValueError("method 'epie' takes a single slice that is not phase_only; method='adam' takes both")


def _checked_propagator(propagator, slices: int, window) -> np.ndarray | None:
    if slices == 1:
        return None
    if propagator is None:
        raise ValueError(f"propagator is needed between {slices} slices: what a wave gains from one to the next")
    propagator = np.asarray(propagator, np.complex64)
    if propagator.shape != window or not np.isfinite(propagator).all():
        raise ValueError(
            f"propagator must be finite numbers of the patterns' shape {window}, got {propagator.shape}"
            + (" with NaN or infinity" if propagator.shape == window else "")
        )
    return propagator


def _check_wedge(wedge, shape: tuple, phase_only: bool) -> None:
    if wedge is not None and (not phase_only or np.shape(wedge) != shape):
        raise ValueError(
            f"wedge needs phase_only=True and the shape of the object, {shape}; got phase_only={phase_only} and "
            f"{np.shape(wedge)}"
        )


def _truth(truth, shape) -> np.ndarray | None:
    if truth is None:
        return None
    truth = np.asarray(truth, complex).reshape(-1, *np.shape(truth)[-2:])
    if truth.shape != shape:
        raise ValueError(f"truth must have the shape of the object, {shape}, got {truth.shape}")
    return truth


def _epochs(sweeps, count: int, first: Epoch, electrons: float, progress: bool) -> Iterator[Epoch]:
    most = _DIVERGED * first.loss + _ROUNDING
    with tqdm(desc="reconstruct", total=count, disable=not progress) as bar:
        yield first
        for number in range(1, count + 1):
            loss, *found = next(sweeps)
            loss /= electrons
            if not (np.isfinite(loss) and loss <= most and all(np.isfinite(x).all() for x in found)):
                warnings.warn(
                    f"the reconstruction diverged in epoch {number} (loss {loss:.3g}, {first.loss:.3g} at the start); "
                    "the epoch before is its result. Try a smaller step",
                    stacklevel=2,
                )
                return
            bar.set_postfix(loss=f"{loss:.3g}", refresh=False)
            bar.update()
            slices, probe = (x.copy() for x in found)
            yield replace(first, number=number, loss=float(loss), slices=slices, probe=probe)
