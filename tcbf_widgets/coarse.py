"""Whether a specimen is sampled and sliced finely enough for the waves that pass it."""

from __future__ import annotations

import warnings

import numpy as np

from ._checks import positive_number
from .geometry import frequency_grid
from .multislice import band_limit
from .optics import electron_wavelength, interaction_parameter
from .specimen import Specimen

_COARSEST = 1000.0  # Å per pixel
_KEPT = 0.99  # share of the scattered electrons that sampling and slices must describe well
_FINEST = 2048  # pixels along the grid on which is looked how far a specimen scatters
_ROUNDING = 1e-24  # of all electrons; less is scattered by the rounding of numbers only


def warn_if_coarse(specimen: Specimen, energy: float, stacklevel: int = 2, tilt: float = 0.0) -> None:
    """Warn where a specimen needs a finer sampling or more slices, by the rules that `tcbf.exit_wave` states.

    ``tilt`` is the length of the tilt in 1/Å. A single slice has no path behind it on which a tilted wave could leave
    the band; but it must be the thinner, the steeper the wave passes it.
    """
    highest, steepest, ends = _scattered(specimen, energy)
    tilted = tilt if len(specimen.potential) > 1 else 0.0
    reach, band = tilted + max(highest, steepest), band_limit(specimen.sampling)
    if reach >= band:
        who = f"a wave tilted by {tilted:.2g} 1/Å and scattered by the specimen" if tilted else "the specimen scatters"
        remedy = (
            f"at most {_down(1 / (3 * reach))} Å per pixel suffice"
            if ends
            else "the potential reaches the rim of its grid, so that a finer one may show more: take a finer one until "
            f"this warning is gone, or smooth it to details of more than {1 / (band - tilted):.2g} Å"
        )
        warnings.warn(
            f"{who}{' reaches' if tilted else ''} up to {reach:.2g} 1/Å, but a sampling of {specimen.sampling:g} Å per "
            f"pixel holds waves below {band:.2g} 1/Å, and loses the rest; {remedy}",
            stacklevel=stacklevel,
        )
    turns = 2 * electron_wavelength(energy) * highest * (highest + 2 * tilt)
    if specimen.slice_thickness * turns > 1:
        warnings.warn(
            f"slices of {specimen.slice_thickness:g} Å are too thick for a specimen that scatters up to "
            f"{highest:.2g} 1/Å; at most {_down(1 / turns)} Å suffice",
            stacklevel=stacklevel,
        )


def _scattered(specimen: Specimen, energy: float) -> tuple[float, float, bool]:
    """How far a specimen scatters.

    Returns the frequency in 1/Å below which lie 99 % of the scattered electrons, that of the steepest rise of the
    phase, and whether the potential ends within its grid.
    """
    phases = interaction_parameter(energy) * specimen.potential.astype(float)
    k = frequency_grid(specimen.shape, specimen.sampling)
    spectra = np.fft.fft2(phases)
    if len(phases) > 1:
        spectra = np.concatenate([spectra, spectra.sum(axis=0, keepdims=True)])
    slopes = np.fft.ifft2(1j * np.moveaxis(k, -1, 0)[:, None] * spectra).real
    steepest = float(np.sqrt((slopes**2).sum(axis=0).max()))
    # so fine that exp(iφ) fits, to know what does not fit at the sampling given
    times = next((n for n in (1, 2, 4) if steepest * specimen.sampling < n / 3), 8)
    times = max(1, min(times, _FINEST // max(specimen.shape)))
    step = specimen.sampling / times
    powers = [np.abs(np.fft.fft2(np.exp(1j * _finer(spectrum, times)))) ** 2 for spectrum in spectra]
    own = np.abs(spectra[: len(phases)]) ** 2
    ends = _below(own.sum(axis=0), specimen.sampling) < 0.9 / (2 * specimen.sampling)
    return max(_below(sum(powers[: len(phases)]), step), _below(powers[-1], step)), steepest, ends


def _finer(spectrum: np.ndarray, times: int) -> np.ndarray:
    """A real periodic image of this spectrum, with so many pixels along each one."""
    before = [(times * n) // 2 - n // 2 for n in spectrum.shape]
    widths = [(b, (times - 1) * n - b) for b, n in zip(before, spectrum.shape, strict=True)]
    wide = np.fft.ifftshift(np.pad(np.fft.fftshift(spectrum), widths))
    return np.fft.ifft2(wide).real * times**2


def _below(power: np.ndarray, sampling: float) -> float:
    """Frequency in 1/Å below which lie 99 % of a power spectrum, zero left out; 0 if there is nothing but rounding."""
    power = power.copy()
    total = power.sum()
    power[0, 0] = 0  # a constant phase scatters nothing
    if power.sum() <= _ROUNDING * total:
        return 0.0
    q = np.linalg.norm(frequency_grid(power.shape, sampling), axis=-1).ravel()
    order = np.argsort(q)
    below = np.cumsum(power.ravel()[order])
    return float(q[order][np.searchsorted(below, _KEPT * below[-1])])


def _down(value: float) -> str:
    """Two digits of a number that must not be exceeded, rounded down."""
    unit = 10.0 ** (np.floor(np.log10(value)) - 1)
    return f"{np.floor(value / unit * (1 - 1e-9)) * unit:.10g}"


def check_within_band(name: str, frequency: float, sampling: float) -> None:
    """Waves sampled at so many Å per pixel must reach to a frequency without aliases."""
    if frequency >= band_limit(sampling):
        raise ValueError(
            f"{name} reaches to {frequency:.3g} 1/Å, accepted is less than {band_limit(sampling):.3g} at a sampling of "
            f"{sampling:g} Å per pixel; {_down(1 / (3 * frequency))} Å suffice"
        )


def check_sampling(value, energy: float) -> float:
    """Return a sampling in Å as a float, or raise if no electron wave could be sampled so."""
    sampling = positive_number("sampling", value, "in Å per pixel")
    finest = electron_wavelength(energy) / 2
    if not finest <= sampling <= _COARSEST:
        raise ValueError(
            f"sampling must be {finest:.2g} (half of the wavelength) to {_COARSEST:g} Å per pixel, got {sampling:g}"
        )
    return sampling
