"""Images of a conventional microscope, and by reciprocity those of single pixels of a scanning one.

A plane wave passes the specimen, and a lens makes an image of what leaves it:

    ψ(q) = A(q) exp(-iχ(q)) T(q),    I(r) = |Σ_q ψ(q) exp(2πi q·r)|² .

T is the spectrum of the wave behind the specimen, 1 at q = 0 and 0 elsewhere where there is none. For a weak phase φ
it is δ(q) + iφ(q), so that I = 1 + 2 φ ⊛ F⁻¹{sin χ}; a phase plate, which turns the unscattered beam by a quarter of
a period, makes it I = 1 + 2 φ ⊛ F⁻¹{cos χ}.

The image that a detector pixel at k records while a probe A exp(-iχ) scans is that of a plane wave tilted by -k which
passes the specimen from behind, seen through the lens A(-q) exp(-iχ(-q)): the tilted image.
"""

from __future__ import annotations

import numpy as np

from ._checks import finite_number, require
from .coarse import check_sampling, check_within_band, warn_if_coarse
from .geometry import frequency_grid
from .multislice import fresnel_propagator
from .optics import Aberrations, aperture, aperture_radius, interaction_parameter
from .specimen import Specimen


def exit_spectrum(specimen: Specimen, energy: float, tilt=(0.0, 0.0), reverse: bool = False) -> np.ndarray:
    """Spectrum of the wave behind a specimen that a plane wave meets.

    Every slice turns the phase by σV (strong phase approximation), and between the slices the wave propagates freely.
    The specimen is periodic. The result refers to the plane in the middle of the slices, as the defocus does.

    Parameters
    ----------
    specimen : potential on slices
    energy : eV
    tilt : (y, x) of the incoming wave as a spatial frequency in 1/Å; angles are λ times as large. Of one slice the
        result does not depend on it; through several it must be less than 1/(3·sampling)
    reverse : the wave meets the last slice first

    Returns
    -------
    (ny, nx) complex128, zero frequency first, of the wave relative to the incoming one: frequencies count from the
    tilt, and without a specimen the result is 1 at zero and 0 elsewhere

    Raises
    ------
    ValueError : where the tilt of the wave in several slices is beyond the band; names the sampling that suffices

    Warns
    -----
    UserWarning : where the specimen is too coarse, with the remedy. Let q be the frequency below which lie 99 % of the
        electrons that the slices, or all of them together, scatter: of |F exp(iφ)|² apart from its mean.

        *Sampling.* Products of two waves are free of aliases below 1/(3·sampling), and what lies beyond is cut off. q
        must lie below, added to the tilt if there are several slices; and so must g/2π where the phase rises most
        steeply, by g rad/Å, for there the electrons leave with this frequency. Noise that reaches the rim of every
        grid has no sampling that suffices; the warning then names the details to which to smooth it.

        *Slices.* What is scattered to the frequency q at either end of a slice of thickness t differs in phase by
        πλtq² from the other end, and in a wave of tilt k by up to πλtq(q + 2k); in the mean over the slice, a share
        1 - sin(x)/x of it is lost, x being half of this phase. It is less than a tenth for t < 1/(2λq(q + 2k)).
    """
    require("specimen", specimen, Specimen, "for example tcbf.apoferritin_in_ice()")
    check_sampling(specimen.sampling, energy)
    tilt = _vector("tilt", tilt)
    if len(specimen.potential) > 1:  # an error before any warning
        check_within_band("tilt", np.linalg.norm(tilt), specimen.sampling)
    warn_if_coarse(specimen, energy, stacklevel=3, tilt=np.linalg.norm(tilt))
    phases = interaction_parameter(energy) * specimen.potential.astype(float)
    slices = phases[::-1] if reverse else phases
    return spectrum_of_phases(slices, specimen.sampling, specimen.slice_thickness, energy, tilt)


def spectrum_of_phases(phases, sampling: float, slice_thickness: float, energy: float, tilt=(0.0, 0.0)) -> np.ndarray:
    """Spectrum behind slices (slices, ny, nx) given as phases in rad, in the order the wave meets them."""
    shape = np.shape(phases)[1:]
    tilt = _vector("tilt", tilt)
    if len(phases) > 1:
        check_within_band("tilt", np.linalg.norm(tilt), sampling)
    k = frequency_grid(shape, sampling)
    band = np.linalg.norm(k, axis=-1) < 1 / (3 * sampling)
    inside = _folded(k + tilt, sampling)  # the wave's own frequencies, on the grid

    def propagated(distance):
        return fresnel_propagator(inside, energy, distance) / fresnel_propagator(tilt, energy, distance)

    step = propagated(slice_thickness) * (np.linalg.norm(inside, axis=-1) < 1 / (3 * sampling))
    wave, spectrum = np.ones(shape, complex), None
    for phase in phases:
        if spectrum is not None:
            wave = np.fft.ifft2(spectrum * step)
        # the transmission without the frequencies that would alias
        spectrum = np.fft.fft2(wave * np.fft.ifft2(np.fft.fft2(np.exp(1j * phase.astype(float))) * band))
    return spectrum * propagated(-slice_thickness * (len(phases) - 1) / 2) / np.prod(shape)


def plane_wave_image(
    spectrum,
    sampling: float,
    energy: float,
    aberrations: Aberrations | None = None,
    semiangle: float | None = None,
    phase_plate: bool = False,
) -> np.ndarray:
    """Image that a conventional microscope makes of a specimen in a plane wave.

    Parameters
    ----------
    spectrum : (ny, nx) from `exit_spectrum`, without tilt
    sampling : Å per pixel
    energy : eV
    aberrations : of the objective lens, exp(-iχ(q)); None is a perfect lens
    semiangle : mrad, of the objective aperture, its rim as wide as one frequency step; None leaves everything through
    phase_plate : turn the unscattered beam by +π/2

    Returns
    -------
    (ny, nx) intensity, 1 = the incoming wave

    Reference: Spence, High-Resolution Electron Microscopy, chapter 3, doi:10.1093/acprof:oso/9780199668632.001.0001.

    >>> specimen = Specimen(np.zeros((1, 4, 4)), sampling=1.0, slice_thickness=10.0)
    >>> float(plane_wave_image(exit_spectrum(specimen, 300e3), 1.0, 300e3).mean())
    1.0
    """
    spectrum = _spectrum(spectrum)
    q = frequency_grid(spectrum.shape, check_sampling(sampling, energy))
    wave = spectrum * _lens(q, sampling, energy, aberrations, semiangle)
    if phase_plate:
        wave[0, 0] *= 1j
    return _intensity(wave)


def tilted_image(
    spectrum, sampling: float, energy: float, k, aberrations: Aberrations | None = None, semiangle: float | None = None
) -> np.ndarray:
    """Image that the detector pixel at ``k`` records in a scan: that of a plane wave tilted by -k.

    I(r) = |Σ_p T(p) A(k - p) exp(-iχ(k - p)) exp(2πi p·r)|², with r the position of the probe. The image lies at
    -∇χ(k)/2π. Outside of the aperture the unscattered beam is stopped: the image is a dark field.

    Parameters
    ----------
    spectrum : (ny, nx) from `exit_spectrum`; of several slices with ``tilt=-k, reverse=True``, of one slice with any
        tilt: it does not depend on it
    sampling : Å per pixel
    energy : eV
    k : (y, x) of the detector pixel in 1/Å, in scan axes, any number
    aberrations : of the probe; None is a perfect lens
    semiangle : mrad, of the probe, its rim as wide as one frequency step as in `simulate_scan`; None has no rim

    Returns
    -------
    (ny, nx) intensity, 1 = a pixel of the bright-field disk without specimen

    Reference: Cowley, Applied Physics Letters 15 (1969) 58, doi:10.1063/1.1652901.
    """
    spectrum = _spectrum(spectrum)
    k = _vector("k", k)
    check_sampling(sampling, energy)
    check_within_band("k", np.linalg.norm(k), sampling)
    if semiangle is not None:
        check_within_band("semiangle", aperture_radius(semiangle, energy), sampling)
    k_probe = _folded(k - frequency_grid(spectrum.shape, sampling), sampling)
    return _intensity(spectrum * _lens(k_probe, sampling, energy, aberrations, semiangle))


def _lens(k: np.ndarray, sampling: float, energy: float, aberrations, semiangle) -> np.ndarray:
    """A(k) exp(-iχ(k)) on a grid of frequencies."""
    if aberrations is None:
        aberrations = Aberrations()
    require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")
    passes = np.exp(-1j * aberrations.chi(k, energy))
    if semiangle is None:
        return passes
    return passes * aperture(k, semiangle, energy, edge=1 / (max(k.shape[:2]) * sampling))


def _intensity(spectrum: np.ndarray) -> np.ndarray:
    wave = np.fft.ifft2(spectrum, norm="forward")
    return wave.real**2 + wave.imag**2


def _folded(k: np.ndarray, sampling: float) -> np.ndarray:
    """Frequencies as the grid knows them, between minus and plus its Nyquist frequency."""
    return k - np.round(k * sampling) / sampling


def _spectrum(value) -> np.ndarray:
    spectrum = np.array(value, complex)
    if spectrum.ndim != 2 or not spectrum.size:
        raise ValueError(f"spectrum must have axes (y, x), from exit_spectrum; got shape {spectrum.shape}")
    if not np.isfinite(spectrum).all():
        raise ValueError("spectrum must be finite, got NaN or infinity")
    return spectrum


def _vector(name: str, value) -> np.ndarray:
    try:
        y, x = value
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two numbers (y, x) in 1/Å, got {value!r}") from None
    return np.array([finite_number(name, y), finite_number(name, x)])
