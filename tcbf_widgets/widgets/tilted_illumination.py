"""TiltedIllumination: the virtual image of any detector pixel, the ray that leads there, and where the image lies."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import scipy.signal
import traitlets as t

from .._checks import finite_number, positive_number
from ..imaging import spectrum_of_phases, tilted_image, warn_if_coarse
from ..optics import Aberrations, aperture, electron_wavelength
from ..specimen import Specimen, apoferritin_in_ice
from .arrays import quantise, unpack
from .figure import AXIAL, Panel, contrast_limits, nice_length
from .phase_source import WIDEST, specimen_phase
from .stack_state import check_range
from .tilted_drawing import figure_tilted, signed_distance, tilted_drawing
from .widget import TcbfWidget

SIZE = 256  # pixels of the image, a power of two
REACH = 1.55  # half the width of the detector plane that is shown, in radii of the disk; its corners are at 2.2
_FIRST = (-0.35, 0.54)  # of the radius: a pixel well off the axis, up and to the right
_WIDEST_ANGLE = 10.0  # mrad; of a wider beam's image a field smaller than half a protein would be left
_NARROWEST = 8.0  # Å; of a smaller field there is nothing to see
_DARKEST = 1e-6  # of the beam; less is drawn black


class TiltedIllumination(TcbfWidget):
    """The image that one pixel of the detector records in a scan, for a pixel that is dragged over the detector.

    Shows the path of the chosen ray, the detector plane with the bright-field disk, and the image of the chosen pixel,
    which by reciprocity is that of a tilted plane wave. An arrow says where the image should lie: at -∇χ/2π from the
    axial one. Outside of the disk it is a dark field.

    Parameters
    ----------
    specimen : Specimen, taken as projected and periodic; by default procedural apoferritin. Shown are its middle 256 Å
        at most, and less where the disk is wide: 256 pixels must be fine enough for all that is shown of the detector
    energy : eV
    semiangle : mrad, of the probe
    C30 : Å, spherical aberration of the probe-forming lens
    defocus : Å
    ky, kx : the pixel, as spatial frequency in 1/Å
    cmap, contrast, smooth : look of the images
    """

    defocus = t.Float(15_000.0, help="Å, -C10").tag(sync=True)
    ky = t.Float(0.0, help="detector pixel, y, 1/Å").tag(sync=True)
    kx = t.Float(0.0, help="detector pixel, x, 1/Å").tag(sync=True)

    def __init__(
        self,
        specimen: Specimen | None = None,
        energy: float = 300e3,
        semiangle: float = 4.0,
        C30: float = 0.0,
        **traits,
    ) -> None:
        wavelength = electron_wavelength(energy)
        rim, c30 = _checked_angle(semiangle) * 1e-3 / wavelength, finite_number("C30", C30)
        phase, sampling = _phase(specimen, float(energy), rim)
        step = nice_length(rim / 200)
        first = {"defocus": 15_000.0} | {
            name: round(round(share * rim / step) * step, 9) for name, share in zip(("ky", "kx"), _FIRST, strict=True)
        }
        packed = quantise(phase) if np.ptp(phase) else quantise(np.zeros_like(phase))
        spectrum = _exit_spectrum(unpack(packed), sampling, energy)
        state = first | traits
        super().__init__(
            arrays={"phase": packed, "pattern": quantise(_pattern(spectrum, sampling, energy, semiangle), "uint8")},
            meta={
                "title": "Virtual image of one pixel",
                "wavelength": wavelength,
                "energy": float(energy),
                "semiangle": float(semiangle),
                "C30": c30,
                "rim": rim,
                "sampling": sampling,
                "pixels": SIZE,
                "step": step,
                "ranges": _ranges(state, rim, step),
                "python": {
                    "call": f"tcbf.widgets.TiltedIllumination({_arguments(specimen, energy, semiangle, c30)})",
                    "traits": ["defocus", "ky", "kx", "cmap", "contrast", "smooth"],
                    "defaults": first | {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **state,
        )

    @t.validate("defocus", "ky", "kx")
    def _validate_in_range(self, proposal):
        name = proposal["trait"].name
        ranges = self.meta.get("ranges")
        return check_range(self, name, proposal["value"], *ranges[name]) if ranges else proposal["value"]

    # ---- the numbers shown

    @property
    def inside(self) -> bool:
        """Whether the pixel lies inside the bright-field disk."""
        return self.ky**2 + self.kx**2 <= self.meta["rim"] ** 2

    def aberrations(self) -> Aberrations:
        """Aberrations of the probe in the present state."""
        return Aberrations.from_defocus(self.defocus, C30=self.meta["C30"])

    def shift(self) -> np.ndarray:
        """Where the image should lie, -∇χ/2π (y, x) in Å from the axial one."""
        return self.aberrations().image_shift(np.array([self.ky, self.kx]), self.meta["energy"])

    def image(self) -> np.ndarray:
        """Image (256, 256) of the pixel, 1 = the incoming beam."""
        sampling, energy = self.meta["sampling"], self.meta["energy"]
        spectrum = _exit_spectrum(unpack(self.arrays["phase"]), sampling, energy)
        optics = {"aberrations": self.aberrations(), "semiangle": self.meta["semiangle"]}
        return tilted_image(spectrum, sampling, energy, (self.ky, self.kx), **optics).astype(np.float32)

    def panels(self) -> dict[str, Panel]:
        """Return the detector plane and the image of the chosen pixel."""
        pattern, image = unpack(self.arrays["pattern"]), self.image()
        low, high = contrast_limits(image, self.contrast)
        sampling = self.meta["sampling"]
        frequency = 1 / (SIZE * sampling)
        # a dark field is shown from 0 on: black is where no electron arrives
        limits = (low, high) if self.inside else (0.0, high)
        return {
            "detector": Panel(
                pattern,
                contrast_limits(pattern, self.contrast)[0],
                0.0,  # the beam
                self.cmap,
                (frequency, frequency),
                "1/Å",
                "Detector, log₁₀ of intensity",
            ),
            "image": Panel(
                image, *limits, self.cmap, (sampling, sampling), "Å", f"Its image, {self._field()} field", AXIAL
            ),
        }

    def _field(self) -> str:
        return "bright" if self.inside else "dark"

    def figure(self):
        """Draw the beam from the side, the detector with the pixel, and the image with the arrow."""
        detector, image = self.panels().values()
        k, rim = (self.ky, self.kx), self.meta["rim"]
        away = signed_distance(k, rim)
        beam = tilted_drawing(self.defocus, self.meta["ranges"]["defocus"][1], away, self.inside)
        return figure_tilted(beam, (detector, k, rim), (image, self.shift() if self.inside else None), self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        away = math.hypot(self.ky, self.kx)
        where = f"({self.ky:.3f}, {self.kx:.3f}) 1/Å, {away / self.meta['rim']:.2f} of the disk's radius"
        mean = self.image().mean(dtype=float)
        y, x = self.shift()
        lies = f"displaced by ({y:.0f}, {x:.0f}) Å" if self.inside else "of scattered electrons only"
        return (
            f"Ray diagram at a defocus of {self.defocus / 1e4:.3f} µm, the detector plane with the pixel at {where}, "
            f"and the image of this pixel, a {self._field()} field with a mean of {mean:.2g} of the beam, {lies}."
        )


def _checked_angle(semiangle) -> float:
    semiangle = positive_number("semiangle", semiangle, "in mrad")
    if semiangle > _WIDEST_ANGLE:
        raise ValueError(f"semiangle must be at most {_WIDEST_ANGLE:g} mrad, got {semiangle:g}")
    return semiangle


def _phase(specimen: Specimen | None, energy: float, rim: float) -> tuple[np.ndarray, float]:
    """Phase (256, 256) and sampling of a field that is sampled finely enough for the whole detector plane shown."""
    # waves reach to 1/(3 sampling), and must reach into the corners
    widest = min(WIDEST, SIZE / (3 * math.sqrt(2) * REACH * rim))
    if specimen is None:
        return specimen_phase(_built_in(widest), energy, SIZE, widest)
    phase, sampling = specimen_phase(specimen, energy, SIZE, widest)
    if SIZE * sampling < _NARROWEST:
        raise ValueError(f"specimen must be at least {_NARROWEST:g} Å wide, got {SIZE * sampling:g}")
    thickness = len(specimen.potential) * specimen.slice_thickness
    warn_if_coarse(Specimen(specimen.projected[None], specimen.sampling, thickness), energy, stacklevel=4)
    return phase, sampling


@cache
def _built_in(side: float) -> Specimen:
    """Procedural apoferritin in a periodic field of this width in Å, one cage in its middle."""
    return apoferritin_in_ice(shape=SIZE, sampling=side / SIZE, ice_thickness=0.0, seed=7)


def _exit_spectrum(phase: np.ndarray, sampling: float, energy: float) -> np.ndarray:
    return spectrum_of_phases(phase[None], sampling, 1.0, energy)


def _pattern(spectrum: np.ndarray, sampling: float, energy: float, semiangle: float) -> np.ndarray:
    """Decadic logarithm of the mean intensity of each pixel of the detector, 1 = the incoming beam.

    The mean over all positions of the probe does not depend on its aberrations: waves of different directions that
    arrive in one pixel interfere, but in the mean over the positions the fringes cancel.
    """
    length = SIZE * sampling
    rim = semiangle * 1e-3 / electron_wavelength(energy)
    wide = math.ceil(rim * length) + 1
    steps = np.arange(-wide, wide + 1) / length
    k = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1)
    passes = aperture(k, semiangle, energy, edge=1 / length) ** 2
    scattered = np.fft.fftshift(np.abs(spectrum) ** 2)
    pattern = scipy.signal.fftconvolve(scattered, passes)
    middle, shown = SIZE // 2 + wide, math.floor(REACH * rim * length)
    part = slice(middle - shown, middle + shown + 1)
    return np.log10(np.maximum(pattern[part, part], _DARKEST)).astype(np.float32)


def _ranges(state: dict, rim: float, step: float) -> dict[str, list[float]]:
    """Ends of the sliders; that of the defocus is wider than usual where the first state asks for it."""
    defocus = math.ceil(1.2 * abs(finite_number("defocus", state["defocus"])) / 1e4) * 1e4
    reach = round(math.floor(REACH * rim / step) * step, 9)
    return {"defocus": [-max(2e4, defocus), max(2e4, defocus)], "ky": [-reach, reach], "kx": [-reach, reach]}


def _arguments(specimen, energy: float, semiangle: float, c30: float) -> str:
    """Arguments that are not the usual ones, as Python code."""
    usual = {"energy": (energy, 300e3), "semiangle": (semiangle, 4.0), "C30": (c30, 0.0)}
    given = [f"{name}={float(value)!r}" for name, (value, default) in usual.items() if value != default]
    return ", ".join((["specimen=specimen"] if specimen is not None else []) + given)
