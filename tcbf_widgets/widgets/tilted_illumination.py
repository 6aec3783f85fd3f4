"""TiltedIllumination: the virtual image of any detector pixel, the ray that leads there, and where the image lies."""

from __future__ import annotations

import math

import numpy as np
import scipy.fft
import traitlets as t

from ..imaging import ExitWave, tilted_image, wave_of_phases
from ..optics import Aberrations, aperture, electron_wavelength
from ..specimen import Specimen
from .arrays import quantise, unpack
from .figure import AXIAL, Panel, contrast_limits, nice_length
from .numbers import fixed
from .stack_state import check_slider
from .tilted_drawing import figure_tilted, tilted_drawing
from .tilted_field import FIRST_DEFOCUS, REACH, SIZE, checked_angle, checked_lens, field_phase, slider_ranges
from .tilted_words import beside, percent
from .widget import TcbfWidget

_FIRST = (-0.35, 0.54)  # of the radius: a pixel well off the axis, up and to the right
_DARKEST = 1e-6  # of the beam; less is drawn black
_LEAST_RANGE = 0.02  # half of the range of grey levels at least: a specimen without contrast is grey


class TiltedIllumination(TcbfWidget):
    """The image that one pixel of the detector records in a scan, for a pixel that is dragged over the detector.

    Shows the path of the chosen ray, the detector plane with the bright-field disk, and the image of the chosen pixel,
    which by reciprocity is that of a tilted plane wave. An arrow says where the image should lie: at -∇χ/2π from the
    axial one. Outside of the disk it is a dark field: smeared, and displaced by less than the images of the rim.

    Bright fields have one range of grey levels for every pixel and defocus, 1 ± φ, as much as one sideband of the
    specimen's phase φ writes: what is nearly gone looks so. Dark fields are shown from 0 on, each to its own end.

    The specimen is projected, so that one spectrum serves all pixels. With 16 slices of the built-in protein instead of
    one, images would change by 2 to 3 % of their contrast inside a disk of 4 mrad and by 4 to 8 % outside, inside one
    of 7.9 mrad by 7 to 9 % and outside by 14 to 29 %. For images without projection, see `tcbf.tilted_image`.

    Field and images are periodic: what leaves a picture on one side comes back on the other. So no lens is accepted
    that displaces the images of the rim by more than half of the field.

    Parameters
    ----------
    specimen : Specimen, taken as projected and periodic; by default one cage of procedural apoferritin. Shown are its
        middle 256 Å at most, and less where the disk is wide (248 Å at 4 mrad and 300 keV): 256 pixels must be fine
        enough for all that is shown of the detector
    energy : eV
    semiangle : mrad, of the probe; at most 10, and so wide that the field holds a protein (7.9 at 300 keV)
    C30 : Å, spherical aberration of the probe-forming lens
    defocus : Å; by default 15 000, or less where the field is small
    ky, kx : the pixel, as spatial frequency in 1/Å
    cmap, contrast, smooth : look of the images; the percentiles are those of the phase for bright fields, and those of
        the image for dark ones

    Warns
    -----
    UserWarning : where the projected specimen is too coarse, see `tcbf.exit_wave`
    """

    defocus = t.Float(FIRST_DEFOCUS, help="Å, -C10").tag(sync=True)
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
        rim = checked_angle(semiangle, wavelength) * 1e-3 / wavelength
        phase, sampling = field_phase(specimen, float(energy), rim)
        c30, most = checked_lens(C30, traits.get("defocus", 0.0), semiangle, SIZE * sampling)
        step = nice_length(rim / 200)
        first = {"defocus": min(FIRST_DEFOCUS, math.floor(0.75 * most / 100) * 100.0)} | {
            name: round(round(share * rim / step) * step, 9) for name, share in zip(("ky", "kx"), _FIRST, strict=True)
        }
        packed = quantise(phase) if np.ptp(phase) else quantise(np.zeros_like(phase))
        wave = _exit_wave(unpack(packed), sampling, energy)
        state = first | traits
        super().__init__(
            arrays={"phase": packed, "pattern": quantise(_pattern(wave, semiangle), "uint8")},
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
                "ranges": slider_ranges(state, most, rim, step),
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
        return check_slider(self, proposal)

    # ---- the numbers shown

    @property
    def field(self) -> str:
        """Kind of image: "bright field", "dark field", or between them "on the rim", which is one step of k wide."""
        beyond = (math.hypot(self.ky, self.kx) - self.meta["rim"]) * SIZE * self.meta["sampling"]
        return "bright field" if beyond <= -0.5 else "on the rim" if beyond < 0.5 else "dark field"

    @property
    def inside(self) -> bool:
        """Whether unscattered electrons reach the pixel, all of them or a part."""
        return self.field != "dark field"

    def aberrations(self) -> Aberrations:
        """Aberrations of the probe in the present state."""
        return Aberrations.from_defocus(self.defocus, C30=self.meta["C30"])

    def shift(self) -> np.ndarray:
        """Where a bright-field image should lie, -∇χ/2π (y, x) in Å from the axial one."""
        return self.aberrations().image_shift(np.array([self.ky, self.kx]), self.meta["energy"])

    def rim_shift(self) -> float:
        """How far from the axial one the images of the rim lie, in Å; < 0 on the side opposite to their pixel."""
        return float(self.aberrations().image_shift(np.array([0.0, self.meta["rim"]]), self.meta["energy"])[1])

    def image(self) -> np.ndarray:
        """Image (256, 256) of the pixel, 1 = the incoming beam."""
        wave = _exit_wave(unpack(self.arrays["phase"]), self.meta["sampling"], self.meta["energy"])
        return tilted_image(wave, (self.ky, self.kx), self.aberrations(), self.meta["semiangle"]).astype(np.float32)

    def rms_contrast(self) -> float:
        """Standard deviation of the image, divided by its mean; 0 where nothing arrives."""
        image = self.image().astype(float)
        return float(image.std() / image.mean()) if image.any() else 0.0

    def panels(self) -> dict[str, Panel]:
        """Return the detector plane and the image of the chosen pixel."""
        pattern, image = unpack(self.arrays["pattern"]), self.image()
        sampling = self.meta["sampling"]
        frequency = 1 / (SIZE * sampling)
        return {
            "detector": Panel(
                pattern,
                contrast_limits(pattern, self.contrast)[0],
                0.0,  # the beam
                self.cmap,
                (frequency, frequency),
                "1/Å",
                "Detector (log)",
            ),
            "image": Panel(
                image, *self._grey_levels(image), self.cmap, (sampling, sampling), "Å", f"Image, {self.field}", AXIAL
            ),
        }

    def _grey_levels(self, image: np.ndarray) -> tuple[float, float]:
        if not self.inside:
            return 0.0, contrast_limits(image, self.contrast)[1]  # black is where no electron arrives
        half = max(_LEAST_RANGE, *map(abs, contrast_limits(unpack(self.arrays["phase"]), self.contrast)))
        # the rim lowers them with the beam
        middle = float(image.mean(dtype=float)) if self.field == "on the rim" else 1.0
        return middle * (1 - half), middle * (1 + half)

    def figure(self):
        """Draw the beam from the side, the detector with the pixel, and the image with the arrow."""
        detector, image = self.panels().values()
        k, rim = (self.ky, self.kx), self.meta["rim"]
        beam = tilted_drawing(self.defocus, self.meta["ranges"]["defocus"][1], self.kx / rim, self.inside)
        return figure_tilted(beam, (detector, k, rim), (image, self.shift() if self.inside else None), self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        away = math.hypot(self.ky, self.kx) / self.meta["rim"]
        mean = f"a mean of {percent(self.image().mean(dtype=float))} of the beam"
        contrast = f"a contrast (rms) of {100 * self.rms_contrast():.1f} %"
        kind = {
            "bright field": f"a bright field with {contrast}",
            "on the rim": f"on the rim of the disk with {mean} and {contrast}",
            "dark field": f"a dark field with {mean}",
        }[self.field]
        return (
            f"Ray diagram at a defocus of {fixed(self.defocus / 1e4, 3)} µm, the detector plane with the pixel at "
            f"ky {fixed(self.ky, 3)}, kx {fixed(self.kx, 3)} 1/Å, {away:.2f} of the disk's radius, and the image of "
            f"this pixel, {kind}, {self._lies()}."
        )

    def _lies(self) -> str:
        if self.inside:
            where = beside(self.shift())
            return f"displaced by {where}" if where else "not displaced"
        rim = self.rim_shift()
        if abs(rim) < 1:
            return "of scattered electrons only, smeared but in its place"
        side = "towards" if rim > 0 else "away from"
        lies = f"displaced {side} the pixel, by less than the {abs(rim):.0f} Å of the rim"
        return f"of scattered electrons only, smeared and {lies}"


def _exit_wave(phase: np.ndarray, sampling: float, energy: float) -> ExitWave:
    return wave_of_phases(phase[None], sampling, 1.0, energy)


def _pattern(wave: ExitWave, semiangle: float) -> np.ndarray:
    """Decadic logarithm of the mean intensity of each pixel of the detector, 1 = the incoming beam.

    The mean over all positions of the probe does not depend on its aberrations: waves of different directions that
    arrive in one pixel interfere, but averaged over the positions the fringes cancel.
    """
    length = SIZE * wave.sampling
    rim = semiangle * 1e-3 / electron_wavelength(wave.energy)
    wide = math.ceil(rim * length) + 1
    steps = np.arange(-wide, wide + 1) / length
    k = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1)
    passes = aperture(k, semiangle, wave.energy, edge=1 / length) ** 2
    scattered = np.fft.fftshift(np.abs(wave.spectrum) ** 2)
    frame = (scipy.fft.next_fast_len(SIZE + len(passes) - 1, real=True),) * 2
    pattern = scipy.fft.irfft2(scipy.fft.rfft2(scattered, frame) * scipy.fft.rfft2(passes, frame), frame)
    middle, shown = SIZE // 2 + wide, math.floor(REACH * rim * length)
    part = slice(middle - shown, middle + shown + 1)
    return np.log10(np.maximum(pattern[part, part], _DARKEST)).astype(np.float32)


def _arguments(specimen, energy: float, semiangle: float, c30: float) -> str:
    """Arguments that are not the usual ones, as Python code."""
    usual = {"energy": (energy, 300e3), "semiangle": (semiangle, 4.0), "C30": (c30, 0.0)}
    given = [f"{name}={float(value)!r}" for name, (value, default) in usual.items() if value != default]
    return ", ".join((["specimen=specimen"] if specimen is not None else []) + given)
