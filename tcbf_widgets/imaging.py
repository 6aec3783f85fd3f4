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

from dataclasses import dataclass, replace

import numpy as np

from ._checks import finite_number, require
from .coarse import check_sampling, check_within_band, warn_if_coarse
from .geometry import frequency_grid
from .multislice import band_limited, fresnel_propagator, in_band, multislice
from .optics import Aberrations, aperture, aperture_radius, interaction_parameter
from .specimen import Specimen

_SAME = 1e-9  # 1/Å, far below any distance of two pixels


@dataclass(frozen=True, eq=False)
class ExitWave:
    """Wave behind a specimen, relative to the plane wave that met it.

    Attributes
    ----------
    spectrum : (ny, nx) complex128, zero frequency first; frequencies count from that of the incoming wave, so that
        without a specimen it is 1 at zero and 0 elsewhere
    sampling : Å per pixel
    energy : eV
    k : (y, x) of the incoming wave in 1/Å
    slices : how many it has passed
    reverse : it met the last one first
    """

    spectrum: np.ndarray
    sampling: float
    energy: float
    k: tuple[float, float] = (0.0, 0.0)
    slices: int = 1
    reverse: bool = False

    def __post_init__(self):
        spectrum = np.array(self.spectrum, complex)
        if spectrum.ndim != 2 or not spectrum.size:
            raise ValueError(f"spectrum must have axes (y, x), got shape {spectrum.shape}")
        if not np.isfinite(spectrum).all():
            raise ValueError("spectrum must be finite, got NaN or infinity")
        object.__setattr__(self, "spectrum", spectrum)
        object.__setattr__(self, "sampling", check_sampling(self.sampling, self.energy))
        object.__setattr__(self, "k", tuple(map(float, _vector("k", self.k))))

    @property
    def frequencies(self) -> np.ndarray:
        """(ny, nx, 2) frequencies of the spectrum in 1/Å."""
        return frequency_grid(self.spectrum.shape, self.sampling)


def exit_wave(specimen: Specimen, energy: float, *, k=(0.0, 0.0), reverse: bool = False) -> ExitWave:
    """Wave behind a specimen that a plane wave meets.

    Every slice turns the phase by σV (strong phase approximation), and between the slices the wave propagates freely.
    The specimen is periodic. The result refers to the plane in the middle of the slices, as the defocus does.

    Parameters
    ----------
    specimen : potential on slices
    energy : eV
    k : (y, x) of the incoming wave in 1/Å; it is tilted by λk. Of one slice the spectrum does not depend on it;
        through several it must be less than 1/(3·sampling)
    reverse : the wave meets the last slice first

    Returns
    -------
    ExitWave

    Raises
    ------
    ValueError : where the k of a wave in several slices is beyond the band; names the sampling that suffices

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
    k = _vector("k", k)
    if len(specimen.potential) > 1:  # an error before any warning
        check_within_band("k", np.linalg.norm(k), specimen.sampling)
    warn_if_coarse(specimen, energy, stacklevel=3, tilt=np.linalg.norm(k))
    phases = interaction_parameter(energy) * specimen.potential.astype(float)
    slices = phases[::-1] if reverse else phases
    wave = wave_of_phases(slices, specimen.sampling, specimen.slice_thickness, energy, k)
    return replace(wave, reverse=reverse)


def wave_of_phases(phases, sampling: float, slice_thickness: float, energy: float, k=(0.0, 0.0)) -> ExitWave:
    """Wave behind slices that are given as phases; nothing is said of their sampling.

    Parameters
    ----------
    phases : (slices, ny, nx) in rad, in the order the wave meets them
    sampling : Å per pixel
    slice_thickness : Å from one slice to the next
    energy : eV
    k : (y, x) of the incoming wave in 1/Å

    Returns
    -------
    ExitWave, in the plane in the middle of the slices
    """
    phases, k = np.asarray(phases, float), _vector("k", k)
    if len(phases) > 1:
        check_within_band("k", np.linalg.norm(k), sampling)
    own = _folded(frequency_grid(phases.shape[1:], sampling) + k, sampling)  # the wave's frequencies, on the grid

    def propagated(distance):
        return fresnel_propagator(own, energy, distance) / fresnel_propagator(k, energy, distance)

    step = propagated(slice_thickness) * in_band(own, sampling)
    transmissions = band_limited(np.exp(1j * phases), sampling)
    spectrum = multislice(np.ones(phases.shape[1:], complex), transmissions, step)
    to_middle = propagated(-slice_thickness * (len(phases) - 1) / 2)
    return ExitWave(spectrum * to_middle / spectrum.size, sampling, energy, k, len(phases))


def plane_wave_image(
    wave: ExitWave,
    aberrations: Aberrations | None = None,
    semiangle: float | None = None,
    *,
    phase_plate: bool = False,
) -> np.ndarray:
    """Image that a conventional microscope makes of a specimen in a plane wave.

    Parameters
    ----------
    wave : from `exit_wave`, of a plane wave along the axis
    aberrations : of the objective lens, exp(-iχ(q)); None is a perfect lens
    semiangle : mrad, of the objective aperture, its rim as wide as one frequency step; None leaves everything through
    phase_plate : turn the unscattered beam by +π/2

    Returns
    -------
    (ny, nx) intensity, 1 = the incoming wave

    Reference: Spence, High-Resolution Electron Microscopy, chapter 3, doi:10.1093/acprof:oso/9780199668632.001.0001.

    >>> specimen = Specimen(np.zeros((1, 4, 4)), sampling=1.0, slice_thickness=10.0)
    >>> float(plane_wave_image(exit_wave(specimen, 300e3)).mean())
    1.0
    """
    _require_wave(wave)
    if any(wave.k):
        raise ValueError(f"wave came in tilted, k={wave.k} 1/Å; accepted is one along the axis. See tilted_image")
    spectrum = wave.spectrum * _lens(wave.frequencies, wave, aberrations, semiangle)
    if phase_plate:
        spectrum[0, 0] *= 1j
    return _intensity(spectrum)


def tilted_image(
    wave: ExitWave, k, aberrations: Aberrations | None = None, semiangle: float | None = None
) -> np.ndarray:
    """Image that the detector pixel at ``k`` records in a scan: that of a plane wave tilted by -k.

    I(r) = |Σ_p T(p) A(k - p) exp(-iχ(k - p)) exp(2πi p·r)|², with r the position of the probe. The image lies at
    -∇χ(k)/2π. Outside of the aperture the unscattered beam is stopped: the image is a dark field.

    Parameters
    ----------
    wave : of one slice, from ``exit_wave(specimen, energy)``; of several, which the wave must meet from behind, from
        ``exit_wave(specimen, energy, k=-k, reverse=True)``
    k : (y, x) of the detector pixel in 1/Å, in scan axes, any number
    aberrations : of the probe; None is a perfect lens
    semiangle : mrad, of the probe, its rim as wide as one frequency step as in `simulate_scan`; None has no rim

    Returns
    -------
    (ny, nx) intensity, 1 = a pixel of the bright-field disk without specimen

    Reference: Cowley, Applied Physics Letters 15 (1969) 58, doi:10.1063/1.1652901.
    """
    _require_wave(wave)
    k = _vector("k", k)
    check_within_band("k", np.linalg.norm(k), wave.sampling)
    if semiangle is not None:
        check_within_band("semiangle", aperture_radius(semiangle, wave.energy), wave.sampling)
    if wave.slices > 1 and not (wave.reverse and np.allclose(wave.k, -k, rtol=0, atol=_SAME)):
        way = "from behind" if wave.reverse else "from the front"
        needed = f"k={tuple((-k).tolist())}, reverse=True"
        raise ValueError(
            f"wave passed {wave.slices} slices {way} with k={wave.k}; the pixel at k={tuple(k.tolist())} needs "
            f"exit_wave(specimen, energy, {needed})"
        )
    k_probe = _folded(k - wave.frequencies, wave.sampling)
    return _intensity(wave.spectrum * _lens(k_probe, wave, aberrations, semiangle))


def _lens(k: np.ndarray, wave: ExitWave, aberrations, semiangle) -> np.ndarray:
    """A(k) exp(-iχ(k)) on a grid of frequencies (ny, nx, 2)."""
    if aberrations is None:
        aberrations = Aberrations()
    require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")
    passes = np.exp(-1j * aberrations.chi(k, wave.energy))
    if semiangle is None:
        return passes
    return passes * aperture(k, semiangle, wave.energy, edge=1 / (max(k.shape[:2]) * wave.sampling))


def _intensity(spectrum: np.ndarray) -> np.ndarray:
    wave = np.fft.ifft2(spectrum, norm="forward")
    return wave.real**2 + wave.imag**2


def _folded(k: np.ndarray, sampling: float) -> np.ndarray:
    """Frequencies as the grid knows them, between minus and plus its Nyquist frequency."""
    return k - np.round(k * sampling) / sampling


def _require_wave(wave) -> None:
    require("wave", wave, ExitWave, "from tcbf.exit_wave(specimen, energy)")


def _vector(name: str, value) -> np.ndarray:
    try:
        y, x = value
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two numbers (y, x) in 1/Å, got {value!r}") from None
    return np.array([finite_number(name, y), finite_number(name, x)])
