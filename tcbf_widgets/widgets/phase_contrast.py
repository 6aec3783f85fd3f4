"""PhaseContrast: what a conventional microscope sees of a phase, without and with a phase plate."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import traitlets as t

from .._checks import finite_number, positive_number
from ..coarse import check_sampling, warn_if_coarse
from ..counting import counted_image
from ..imaging import ExitWave, plane_wave_image, wave_of_phases
from ..optics import Aberrations, electron_wavelength, interaction_parameter
from ..specimen import Specimen
from .arrays import pack, quantise, unpack
from .figure import NEUTRAL, Panel, contrast_limits, label_axes
from .phase_source import built_in, slice_phases
from .posters import figure_rows
from .stack_state import check_slider
from .widget import TcbfWidget

LARGEST = 256  # pixels along an image
_MOST_SLICES = 6  # so that a page holds them
_DEFAULT = {"defocus": 10_000.0, "dose": 100.0, "noise": True, "zoom": 1.0, "seed": 0}
_MOST_PERIODS = 40  # of the curves; the last ones are then some pixels wide, and 2000 points draw them
_MOST_ZOOM = 8
_LEAST_RANGE = 0.02  # half of the range of grey levels at least: a specimen without contrast is grey


class PhaseContrast(TcbfWidget):
    """Phase contrast in a conventional microscope.

    Shows the projected potential of a specimen, its image in a plane wave, and the image with an ideal phase plate,
    which turns the unscattered beam by a quarter of a period; below them sin χ and cos χ, the transfer of a weak phase
    in either. Both images have one range of grey levels, that in which a weak phase and its image with a phase plate in
    focus look alike.

    Parameters
    ----------
    specimen : Specimen of at most 6 slices, taken as periodic, of which at most the middle 256 Å are shown; by default
        procedural apoferritin
    energy : eV
    defocus : Å
    dose : electrons/Å²; None switches the counting noise off
    noise : count electrons; without it the image of an unlimited dose is shown
    zoom : 1 shows the whole field; 8 an eighth of its width, where the potential varies most, for the middle of a cage
        is hollow
    seed : of the noise
    cmap, contrast, smooth : look of the images

    Warns
    -----
    UserWarning : where the specimen is too coarse on the at most 256 pixels shown, see `tcbf.exit_wave`; a smaller
        field is shown more finely
    """

    defocus = t.Float(_DEFAULT["defocus"], help="Å, -C10").tag(sync=True)
    dose = t.Float(_DEFAULT["dose"], help="electrons/Å²").tag(sync=True)
    noise = t.Bool(_DEFAULT["noise"], help="count electrons").tag(sync=True)
    zoom = t.Float(_DEFAULT["zoom"], help="the whole width divided by the one shown").tag(sync=True)
    seed = t.Int(_DEFAULT["seed"], help="seed of the counting noise").tag(sync=True)

    def __init__(self, specimen: Specimen | None = None, energy: float = 300e3, **traits) -> None:
        if "dose" in traits and traits["dose"] is None:
            traits = {name: value for name, value in traits.items() if name != "dose"} | {"noise": False}
        sigma = interaction_parameter(energy)  # raises for what is no energy
        phases, sampling = slice_phases(specimen, energy, _size(specimen))
        thickness = float((built_in() if specimen is None else specimen).slice_thickness)
        _check_slices(phases, sampling, thickness, energy)
        ranges = _ranges(_DEFAULT | traits)
        packed = quantise(phases) if np.ptp(phases) else pack(phases)
        arguments = [] if specimen is None else ["specimen"]
        arguments += [f"energy={float(energy)!r}"] if energy != 300e3 else []
        super().__init__(
            arrays={"phases": packed},
            meta={
                "title": "Phase contrast",
                "wavelength": electron_wavelength(energy),
                "energy": float(energy),
                "interaction": sigma,
                "sampling": sampling,
                "thickness": thickness,
                "mean": float(_potential(packed, sigma).mean(dtype=float)),
                "corner": _corner(_potential(packed, sigma)),
                "reach": _reach(sampling, electron_wavelength(energy), ranges["defocus"][1]),
                "ranges": ranges,
                "python": {
                    "call": f"tcbf.widgets.PhaseContrast({', '.join(arguments)})",
                    "traits": [*_DEFAULT, "cmap", "contrast", "smooth"],
                    "defaults": _DEFAULT | {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **traits,
        )

    @t.validate("defocus", "dose", "zoom", "seed")
    def _validate_in_range(self, proposal):
        return check_slider(self, proposal)

    # ---- the numbers shown

    def image(self, phase_plate: bool = False, noise: bool = False) -> np.ndarray:
        """Image (n, n) of the whole field, 1 = the incoming wave; with ``noise``, as electrons are counted."""
        image = plane_wave_image(self._wave, Aberrations.from_defocus(self.defocus), phase_plate=phase_plate)
        dose = self.dose if noise else None
        return counted_image(image, dose, self.meta["sampling"], self.seed, start=image.size if phase_plate else 0)

    def rms_contrast(self, phase_plate: bool = False) -> float:
        """Standard deviation of an image of the whole field without noise, divided by its mean."""
        image = self.image(phase_plate)
        return float(image.std() / image.mean())

    def panels(self) -> dict[str, Panel]:
        """Return the potential and both images."""
        potential, mean = _potential(self.arrays["phases"], self.meta["interaction"]), self.meta["mean"]
        most = max(abs(limit - mean) for limit in contrast_limits(potential, self.contrast))
        half = max(2 * self.meta["interaction"] * most, _LEAST_RANGE)
        step = self.meta["sampling"]
        look = (self.cmap, (step, step), "Å")
        plane, plate = (self.image(phase_plate, self.noise).astype(np.float32) for phase_plate in (False, True))
        return {
            "potential": Panel(self._shown(potential), mean - most, mean + most, *look, "Potential (V·Å)"),
            "plane": Panel(self._shown(plane), 1 - half, 1 + half, *look, "Plane wave"),
            "plate": Panel(self._shown(plate), 1 - half, 1 + half, *look, "Phase plate"),
        }

    def figure(self):
        """Draw the three pictures above the curves."""
        return figure_rows([list(self.panels().values())], self._draw_curves, smooth=self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        plane, plate = (100 * self.rms_contrast(phase_plate) for phase_plate in (False, True))
        electrons = self.dose * self.meta["sampling"] ** 2
        noise = (
            f"{electrons:.{0 if electrons >= 10 else 1}f} electrons a pixel, noise {100 / np.sqrt(electrons):.1f} %, "
            f"exposure {self.seed + 1}"
            if self.noise
            else "no counting noise"
        )
        part = f"; shown {self.zoom:.1f} times enlarged, but the contrast is that of the whole field"
        return (
            f"Potential of a specimen beside its image at a defocus of {self.defocus / 1e4:.3f} µm, with a contrast "
            f"(rms) of {plane:.1f} %, and the image with a phase plate, {plate:.1f} %{part if self.zoom > 1 else ''}; "
            f"{noise}; below, their transfers sin χ and cos χ up to {self.meta['reach']:.2g} 1/Å."
        )

    # ---- parts of them

    @cached_property
    def _wave(self) -> ExitWave:
        """Wave behind the specimen, from the phases that the browser has."""
        meta = self.meta
        return wave_of_phases(unpack(self.arrays["phases"]), meta["sampling"], meta["thickness"], meta["energy"])

    def _shown(self, image: np.ndarray) -> np.ndarray:
        """As much of an image as the zoom leaves."""
        side = max(1, int(len(image) / self.zoom + 0.5))
        top, left = (int((len(image) - side) * share + 0.5) for share in self.meta["corner"])
        return image[top : top + side, left : left + side]

    def _draw_curves(self, axes) -> None:
        q = np.linspace(0, self.meta["reach"], 2000)
        chi = -np.pi * self.meta["wavelength"] * self.defocus * q**2
        axes.plot(q, np.sin(chi), color=NEUTRAL, linewidth=1.5, label="plane wave, sin χ")
        axes.plot(q, np.cos(chi), color=NEUTRAL, linewidth=1, linestyle="--", label="phase plate, cos χ")
        axes.set(xlim=(0, self.meta["reach"]), ylim=(-1.05, 1.05), yticks=(-1, 0, 1))
        label_axes(axes, "Transfer of a weak phase", "spatial frequency q (1/Å)")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=7, frameon=False, labelcolor=NEUTRAL)


def _size(specimen: Specimen | None) -> int:
    """Pixels along an image: the next power of two, which the browser transforms quickly."""
    if not isinstance(specimen, Specimen):
        return LARGEST
    return min(LARGEST, 2 ** (max(1, min(specimen.shape)) - 1).bit_length())


def _potential(packed, sigma: float) -> np.ndarray:
    """Projected potential in V·Å, float32, from the phases as the browser has them."""
    return (unpack(packed).sum(axis=0, dtype=float) / sigma).astype(np.float32)


def _corner(potential: np.ndarray) -> list[float]:
    """How much of the field lies above and left of what a zoom shows, each as a share of all that it leaves out.

    The highest zoom shows the window in which the potential varies most, or the middle where that varies no less than
    a tenth below it; lower zooms show more around that, and no zoom leads out of the field.
    """
    side = max(1, len(potential) // _MOST_ZOOM)
    room = len(potential) - side
    if not room or not np.ptp(potential):
        return [0.5, 0.5]
    above = potential - potential.mean(dtype=float)  # so that the difference of squares loses no digits
    mean, square = (_window_means(values, side) for values in (above, above**2))
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    middle = (room // 2, room // 2)
    best = np.unravel_index(spread.argmax(), spread.shape)
    return [float(at / room) for at in (best if spread[middle] < 0.9 * spread[best] else middle)]


def _window_means(image: np.ndarray, side: int) -> np.ndarray:
    """Mean of every square window inside an image, by its upper left corner."""
    sums = np.pad(image.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    return (sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]) / side**2


def _check_slices(phases: np.ndarray, sampling: float, thickness: float, energy: float) -> None:
    """Few enough for a page, and fine enough for waves, the built-in specimen as any other."""
    if len(phases) > _MOST_SLICES:
        raise ValueError(
            f"specimen has {len(phases)} slices, accepted are at most {_MOST_SLICES}; make it with "
            f"slices={_MOST_SLICES}"
        )
    check_sampling(sampling, energy)
    resampled = Specimen(phases / interaction_parameter(energy), sampling, thickness)
    warn_if_coarse(resampled, energy, stacklevel=4)


def _reach(sampling: float, wavelength: float, defocus: float) -> float:
    """End of the curves in 1/Å: a tenth of 1/sampling, or before that as far as they can be drawn at all defoci."""
    return min(1 / (10 * sampling), float(np.sqrt(2 * _MOST_PERIODS / (wavelength * defocus))))


def _ranges(state: dict) -> dict[str, list[float]]:
    """Ends of the sliders; wider than usual where the first state asks for it."""
    defocus = np.ceil(1.2 * abs(finite_number("defocus", state["defocus"])) / 1e4) * 1e4
    dose = positive_number("dose", state["dose"], "in electrons/Å²; None means no noise")
    return {
        "defocus": [-max(2e4, defocus), max(2e4, defocus)],
        "dose": [min(10.0, dose), max(1000.0, dose)],
        "zoom": [1, _MOST_ZOOM],
        "seed": [0, 2**32 - 1],
    }
