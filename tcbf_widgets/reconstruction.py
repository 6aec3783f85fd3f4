"""Diffraction -> object, epoch by epoch: by the gradient of the amplitude loss (Adam), or pattern by pattern (ePIE)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import numpy as np

from ._checks import non_negative_integer, positive_integer, positive_number, require
from .divergence import good_epochs
from .epochs import Epoch, checked_truth
from .phase_retrieval import FittedProbe, adam, epie
from .ptychography import Diffraction, amplitude_loss, checked_propagator, diffract
from .windows import brightest, overlapping

_METHODS = ("adam", "epie")
_START = 1e-3  # rad, the random phase to begin with; far above rounding, far below any specimen
_LEAST, _MOST = 0.01, 2  # share of the probe's intensity in a pattern beyond which its units are doubted
_JUDGED = 16  # patterns: a glance at an object, beside the loss on all of them that it took to get there
_LIT = 0.9  # of the electrons; on so many pixels a defocused probe is about as wide as its cone, without its tails


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
    slices : number of slices of the object; several with Adam only
    propagator : from one slice to the next, as in `diffract`; needed for several
    wedge : (slices, ny, nx) weight of each frequency, 0 to 1, from `depth.missing_wedge_weight`, put on the phases
        after each epoch; phase_only
    truth : (ny, nx) or (slices, ny, nx) complex, for the errors that an Epoch states
    seed : of the random start and the order of the patterns
    fit_probe : improve the probe together with the object
    progress : show a progress bar

    The patterns leave open the common phase of the object. With fit_probe they also leave open what object and probe
    may trade: strength; a common shift; a ramp of phase, exp(2πi q·r) on the one and exp(-2πi q·r) on the other; and on
    a raster any factor with the period of its steps. So the probe keeps the intensity of the given one, the middle of
    its intensity, the middle of its spectrum, and its aperture, all frequencies where its amplitude is 1e-3 of the
    strongest or more. Errors against a truth are meant for a given probe with these four right; the phase common to
    probe and object stays open.

    Patterns and probe may be in any unit, shares or counts, if it is the same. Adam's steps leave a noise of their own,
    about a tenth of `step` after 20 epochs: a weaker object needs a shorter step.

    Yields
    ------
    Epoch after Epoch, beginning with the start; the last is the result. An epoch is judged before it is yielded, by its
    loss and by that of its object on 16 patterns, always the same. While one of them is above that of the start by more
    than a hundredth of the electrons, the epoch is held back: until a later one is better, or to the end of the run

    Warns
    -----
    UserWarning : when one of them is above that of the start by more than a tenth of the electrons, or no number. The
        run ends there, without the epochs held back, so that the last one yielded is one that was not in doubt; it may
        be the start. Also when probe and patterns differ so much in intensity that their units cannot be the same; and
        when what the probe lights, the fewest pixels with nine tenths of its electrons, overlaps nowhere

    Single precision is used throughout, and enough: without noise, ePIE comes as near as 1e-7 rad to the truth.

    References: Kingma and Ba (2015), arXiv:1412.6980; Maiden and Rodenburg, Ultramicroscopy 109 (2009) 1256,
    doi:10.1016/j.ultramic.2009.05.012.
    """
    require("data", data, Diffraction, "from tcbf.ptychography.Diffraction(intensities, positions, object_shape)")
    probe = _checked_probe(probe, data.window)
    layers, count = positive_integer("slices", slices), positive_integer("epochs", epochs)
    _check_method(method, layers, phase_only)
    propagator = checked_propagator(propagator, layers, data.window)
    propagator = None if propagator is None else propagator.astype(np.complex64)
    step = positive_number("step", {"adam": 0.03, "epie": 1.0}[method] if step is None else step)
    parts = min(positive_integer("batches", batches), len(data.positions))
    rng = np.random.default_rng(non_negative_integer("seed", seed))
    start = np.exp(1j * _START * rng.standard_normal((layers, *data.object_shape))).astype(np.complex64)
    wedge, truth = _checked_wedge(wedge, start.shape, phase_only), checked_truth(truth, start.shape)
    unit = float(np.linalg.norm(probe.astype(complex)))
    electrons = float(data.intensities.sum(dtype=float)) / unit**2
    _warn_of_units(electrons / len(data.positions))
    _warn_of_gaps(data, probe, layers, propagator)
    # from here on the probe has the intensity 1, so that no step depends on the unit, nor what single precision holds
    light = (probe / unit).astype(np.complex64)
    amplitudes = (np.sqrt(data.intensities) / unit).astype(np.float32, copy=False)
    loss = amplitude_loss(light, start, data.positions, amplitudes, propagator).value
    first = Epoch(0, loss / electrons, start, probe, truth)
    shared = {"step": step, "fit": FittedProbe(light) if fit_probe else None, "rng": rng}
    if method == "adam":
        own = {"batches": parts, "phase_only": phase_only, "wedge": wedge}
        sweeps = adam(data.positions, amplitudes, light, start, propagator, **own, **shared)
    else:
        sweeps = epie(data.positions, amplitudes, light, start, **shared)
    found = ((loss / electrons, slices, light * unit if fit_probe else probe) for loss, slices, light in sweeps)
    return good_epochs(found, _judge(data.positions, amplitudes, electrons, unit, propagator), count, first, progress)


def _checked_probe(probe, window) -> np.ndarray:
    probe = np.array(probe, np.complex64)
    if probe.shape != window:
        raise ValueError(f"probe must have the patterns' shape {window}, got shape {probe.shape}")
    if not np.isfinite(probe).all() or not probe.any():
        raise ValueError(f"probe must be finite and not dark, got {'NaN or infinity' if probe.any() else 'zeros only'}")
    return probe


def _warn_of_units(share: float) -> None:
    """Warn if patterns are not of the electrons of the probe, of which they hold a share: few objects absorb them."""
    if not _LEAST < share < _MOST:
        warnings.warn(
            f"a pattern holds {share:.3g} times the intensity of the probe, on average, and an object can only absorb: "
            "are these the same units? Divide the intensities by the electrons of a pattern without object, Σ|probe|² "
            "being 1",
            stacklevel=3,
        )


def _warn_of_gaps(data: Diffraction, probe: np.ndarray, layers: int, propagator) -> None:
    """Warn if no two positions light the same pixel of any slice."""
    wave = probe
    for _ in range(layers):
        if overlapping(data.positions, brightest(wave, _LIT), data.object_shape):
            return
        wave = wave if propagator is None else np.fft.ifft2(np.fft.fft2(wave) * propagator)
    warnings.warn(
        f"what the probe lights, the pixels with {100 * _LIT:.0f} % of its electrons, overlaps nowhere: no pattern "
        "ties the phase of one place to that of the next, and many objects explain them all. Take smaller steps, or a "
        "wider probe",
        stacklevel=3,
    )


def _check_method(method: str, slices: int, phase_only: bool) -> None:
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}; got {method!r}")
    if method == "epie" and (slices > 1 or phase_only):
        raise ValueError("method 'epie' takes a single slice that is not phase_only; method='adam' takes both")


def _checked_wedge(wedge, shape: tuple, phase_only: bool) -> np.ndarray | None:
    if wedge is None:
        return None
    wedge = np.asarray(wedge)
    if not phase_only or wedge.shape != shape:
        raise ValueError(
            f"wedge needs phase_only=True and the shape of the object, {shape}; got phase_only={phase_only} and "
            f"{wedge.shape}"
        )
    if wedge.dtype.kind not in "buif" or not ((wedge >= 0) & (wedge <= 1)).all():
        got = f"{wedge.min():.3g} to {wedge.max():.3g}" if wedge.dtype.kind in "buif" else wedge.dtype
        raise ValueError(f"wedge must hold real numbers from 0 to 1, got {got}")
    return wedge


def _judge(positions, amplitudes, electrons: float, unit: float, propagator) -> Callable[[Epoch], float]:
    """Return what tells the loss of the object of an epoch on a few patterns, as a share of what so many hold."""
    some = np.random.default_rng(0).permutation(len(amplitudes))[:_JUDGED]
    positions, electrons, amplitudes = positions[some], electrons * len(some) / len(amplitudes), amplitudes[some]

    def loss(epoch: Epoch) -> float:
        excess = np.abs(diffract(epoch.probe / unit, epoch.slices, positions, propagator)) - amplitudes
        return float(np.vdot(excess, excess)) / electrons

    return loss
