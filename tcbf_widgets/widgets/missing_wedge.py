"""MissingWedge: what a beam records of the depth of an object, and what the weight of the wedge leaves of it."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import traitlets as t

from .._checks import non_negative_number, positive_number
from ..depth import missing_wedge_weight, recorded_frequencies, sectioning_limit, wedge_weight
from ..depth_object import SAMPLING, THICKNESS, teaching_object
from ..optics import electron_wavelength
from . import wedge_words as words
from .arrays import unpack
from .figure import Panel, contrast_limits
from .numbers import fixed
from .posters import figure_mosaic
from .stack_state import check_slider
from .wedge_drawing import TITLES, WedgeMarks, mosaic
from .wedge_source import aspects, checked_phases, checked_steps, middle, packed_phases, resolutions
from .widget import TcbfWidget

PICTURE = (160, 96)  # pixels of the weight, along k_z and q_x
_DEFAULT = {"beta": 30.0, "semiangle": 30.0}
_PLACE = {"depth": 80.0, "y": 12.0}  # Å, of the built-in object: through particle and crystal
_WIDEST = 200.0  # mrad
_DARKER = 0.4  # of the range of grey levels lies below the lowest phase: what is taken away leaves negative values
_SIZES = (4, 40)  # pixels: a fine detail and a large shape, to speak of


class MissingWedge(TcbfWidget):
    """The missing wedge of a beam, and the weight W = 1 - arctan(β² k_z²/k_r²)/(π/2).

    Shows the weight over the frequencies along the beam and across it, with the limit of the beam; a section along the
    beam and a plane across it, of the object, of what a convergent beam records of it to first order, and of the object
    weighted; below, how far apart in depth detail must be, against its size.

    Parameters
    ----------
    phases : (slices, ny, nx) in rad, two slices or more, the first one met by the beam first; taken as periodic. By
        default an object of large smooth shapes and fine lattices, on 24 x 64 Å and 320 Å thick
    sampling : Å per pixel; also as a (y, x) pair, of pixels that are square. Phases need it
    slice_thickness : Å. Phases need it
    energy : eV
    semiangle : mrad, of the beam
    beta : β; 0 takes nothing away, 1/α fits the beam
    depth : Å, of the plane shown; the nearest slice
    y : Å, of the section shown; the nearest row
    cmap, contrast, smooth : look of the images
    """

    beta = t.Float(_DEFAULT["beta"], help="opening of the wedge").tag(sync=True)
    semiangle = t.Float(_DEFAULT["semiangle"], help="convergence semi-angle, mrad").tag(sync=True)
    depth = t.Float(_PLACE["depth"], help="Å, of the plane shown").tag(sync=True)
    y = t.Float(_PLACE["y"], help="Å, of the section shown").tag(sync=True)

    def __init__(
        self,
        phases=None,
        *,
        sampling: float | tuple[float, float] | None = None,
        slice_thickness: float | None = None,
        energy: float = 300e3,
        **traits,
    ) -> None:
        wavelength = electron_wavelength(energy)  # raises for what is no energy
        values = teaching_object() if phases is None else checked_phases(phases)
        given = checked_steps(phases is not None, sampling, slice_thickness)
        arguments = _arguments(phases, *given, energy)
        sampling, thickness = (own or built_in for own, built_in in zip(given, (SAMPLING, THICKNESS), strict=True))
        first = _DEFAULT | (_PLACE if phases is None else middle(values.shape, sampling, thickness))
        state = first | traits
        super().__init__(
            arrays={"phases": packed_phases(values)},
            meta={
                "title": "Missing wedge",
                "wavelength": wavelength,
                "energy": float(energy),
                "sampling": sampling,
                "thickness": thickness,
                "aspects": aspects(values.shape, sampling, thickness),
                "picture": list(PICTURE),
                "sizes": [size * sampling for size in _SIZES],
                "ranges": _ranges(state, values.shape, sampling, thickness),
                "python": {
                    "call": f"tcbf.widgets.MissingWedge({arguments})",
                    "traits": [*first, "cmap", "contrast", "smooth"],
                    "defaults": first | {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **state,
        )

    @t.validate("beta", "semiangle", "depth", "y")
    def _validate_in_range(self, proposal):
        return check_slider(self, proposal)

    # ---- the numbers shown

    @cached_property
    def phases(self) -> np.ndarray:
        """Phases (slices, ny, nx) of the object in rad, float32, as the browser has them."""
        return unpack(self.arrays["phases"])

    @property
    def deep(self) -> float:
        """Thickness of the object in Å."""
        return len(self.phases) * self.meta["thickness"]

    def places(self) -> tuple[int, int]:
        """Number of the slice and of the row shown."""
        slices, (rows, _), sampling, thickness = self._grid
        number, row = (int(at / step + 0.5) for at, step in ((self.depth, thickness), (self.y, sampling)))
        return min(slices - 1, number), min(rows - 1, row)

    def limit(self, qx: np.ndarray) -> np.ndarray:
        """Largest frequency along the beam that the beam records of frequencies q_x >= 0, in 1/Å."""
        return sectioning_limit(qx, self.semiangle, self.meta["energy"])

    def volumes(self) -> dict[str, np.ndarray]:
        """Return the object, what the beam records of it, and what the weight leaves, (slices, ny, nx) in rad."""
        filters = {
            "recorded": recorded_frequencies(*self._grid, self.semiangle, self.meta["energy"]),
            "weighted": missing_wedge_weight(*self._grid, self.beta),
        }
        done = {name: np.fft.ifftn(self._spectrum * values).real for name, values in filters.items()}
        return {"object": self.phases} | done

    def panels(self) -> dict[str, Panel]:
        """Return the weight, and section and plane of the object, of what is recorded and of what is weighted."""
        limits, (number, row) = self._limits(), self.places()
        panels = {"weight": self._weight_panel()}
        step = self.meta["sampling"]

        def panel(values, aspect, unit, title):
            size = (values.shape[1] * step / aspect / len(values), step)
            return Panel(values.astype(np.float32), *limits, self.cmap, size, unit, title)

        for name, volume in self.volumes().items():
            section, plane = self.meta["aspects"]
            panels[name] = panel(volume[:, row], section, "Å", TITLES[name])
            title = f"Plane at z {fixed(self._depth() / 10, 1)} nm" if name == "object" else ""
            panels[f"{name}_plane"] = panel(volume[number], plane, "", title)
        return panels

    def resolution(self, sizes) -> dict[str, np.ndarray]:
        """Distance in Å below which detail of some sizes (in Å, > 0) has no depth: for the beam, weight, plane wave."""
        return resolutions(sizes, self.beta, self.semiangle, self.meta["energy"])

    def figure(self):
        """Draw the pictures above the curves."""
        (number, row), (slices, rows, _) = self.places(), self.phases.shape
        marks = WedgeMarks(
            cuts=((number + 0.5) / slices, (row + 0.5) / rows),
            deep=self.deep,
            highest=self._highest(),
            beta=self.beta,
            limit=self.limit,
            largest=self.meta["sizes"][1],
            resolution=self.resolution,
        )
        return figure_mosaic(*mosaic(self.panels(), marks), smooth=self.smooth)

    def status(self) -> str:
        """Return the words below the pictures."""
        return words.status(self.beta, self.semiangle, self.meta["sizes"], self.resolution, self.deep)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        return (
            "Weight of the missing wedge, with the limit of the beam; beside it a section along the beam and a plane "
            f"at {self._depth() / 10:.1f} nm, of an object, of what the beam records and of the object weighted; "
            f"below, depth resolution against size: {self.status()}."
        )

    # ---- parts of them

    @cached_property
    def _spectrum(self) -> np.ndarray:
        return np.fft.fftn(self.phases.astype(float))

    @property
    def _grid(self) -> tuple:
        slices, *shape = self.phases.shape
        return slices, shape, self.meta["sampling"], self.meta["thickness"]

    def _depth(self) -> float:
        return self.places()[0] * self.meta["thickness"]

    def _highest(self) -> tuple[float, float]:
        """Nyquist frequencies along the beam and across it, in 1/Å."""
        return 1 / (2 * self.meta["thickness"]), 1 / (2 * self.meta["sampling"])

    def _limits(self) -> tuple[float, float]:
        low, high = contrast_limits(self.phases, self.contrast)
        return low - _DARKER * (high - low), high

    def _weight_panel(self) -> Panel:
        highest = self._highest()
        kz, qx = (
            (np.arange(pixels) + 0.5 - pixels / 2) * (2 * most / pixels)
            for pixels, most in zip(PICTURE, highest, strict=True)
        )
        values = wedge_weight(kz[:, None], qx**2, self.beta).astype(np.float32)
        step = 2 * highest[1] / PICTURE[1]  # along q_x; k_z has a scale of its own
        return Panel(values, 0, 1, self.cmap, (step, step), "1/Å", TITLES["weight"])


def _arguments(phases, sampling, slice_thickness, energy) -> str:
    """What the widget is made of, as Python code."""
    given = {"sampling": sampling, "slice_thickness": slice_thickness, "energy": None if energy == 300e3 else energy}
    named = [f"{name}={float(value)!r}" for name, value in given.items() if value is not None]
    return ", ".join(([] if phases is None else ["phases"]) + named)


def _ranges(state: dict, shape, sampling: float, thickness: float) -> dict[str, list[float]]:
    """Ends of the sliders; wider than usual where the first state asks for it."""
    beta, angle = (
        non_negative_number("beta", state["beta"]),
        positive_number("semiangle", state["semiangle"], "in mrad"),
    )
    if angle > _WIDEST:
        raise ValueError(f"semiangle must be at most {_WIDEST:g} mrad, got {angle:g}")
    return {
        "beta": [0.0, max(1000.0, beta)],
        "semiangle": [min(5.0, angle), max(60.0, angle)],
        "depth": [0.0, (shape[0] - 1) * thickness],
        "y": [0.0, (shape[1] - 1) * sampling],
    }
