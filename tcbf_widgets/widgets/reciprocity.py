"""Reciprocity: the rays of a conventional and of a scanning microscope, side by side."""

from __future__ import annotations

import traitlets as t

from .._checks import positive_number
from ..optics import electron_wavelength
from .figure import Panel
from .numbers import fixed
from .ray_poster import figure_rays
from .reciprocity_drawing import ANGLES, DEFOCI, ReciprocityState, ctem_drawing, stem_drawing
from .stack_state import check_range
from .widget import TcbfWidget

_RANGES = {"defocus": [-2e4, 2e4], "tilt": [-5.0, 5.0]}  # Å, mrad
_WIDEST = 5.0  # mrad; the cone of a wider aperture would not fit into the drawing
_DEFAULTS = {"defocus": 15_000.0, "tilt": 3.0, "traces": False, "tilted_beams": False, "inverted": False}


class Reciprocity(TcbfWidget):
    """Rays in a conventional (CTEM) and in a scanning (STEM) microscope.

    A plane wave of tilt λk shows a feature on the axis λ C10 k away from it; the detector pixel -k of a scanning
    microscope sees this feature when the probe is there. Every number is that of the rays (`tcbf_widgets.rays`).

    Parameters
    ----------
    energy : eV
    semiangle : mrad, of objective aperture and probe, at most 5
    defocus : Å, -20000 to 20000
    tilt : mrad, of the plane wave, -5 to 5; the detector pixel of the scanning microscope is the opposite one
    traces : draw all rays of the selected direction, and not only the one through the feature
    tilted_beams : draw the other directions of the disk, through the same point of the focus
    inverted : draw the scanning microscope with its source at the bottom
    """

    defocus = t.Float(15_000.0, help="Å, -C10").tag(sync=True)
    tilt = t.Float(3.0, help="angle of the plane wave, mrad").tag(sync=True)
    traces = t.Bool(False, help="all rays of the selected direction").tag(sync=True)
    tilted_beams = t.Bool(False, help="the other directions of the disk").tag(sync=True)
    inverted = t.Bool(False, help="scanning microscope upside down").tag(sync=True)

    def __init__(self, energy: float = 300e3, semiangle: float = 4.0, **traits) -> None:
        semiangle = positive_number("semiangle", semiangle, "in mrad")
        if semiangle > _WIDEST:
            raise ValueError(f"semiangle must be at most {_WIDEST:g} mrad, got {semiangle:g}")
        wavelength = electron_wavelength(energy)
        given = [("energy", energy, 300e3), ("semiangle", semiangle, 4.0)]
        arguments = ", ".join(f"{name}={value}" for name, value, usual in given if value != usual)
        super().__init__(
            meta={
                "title": "Reciprocity",
                "wavelength": wavelength,
                "semiangle": semiangle,
                "ranges": _RANGES,
                "exaggeration": {"angles": ANGLES, "defocus": DEFOCI},
                "python": {
                    "call": f"tcbf.widgets.Reciprocity({arguments})",
                    "traits": [*_DEFAULTS, "cmap", "contrast", "smooth"],
                    "defaults": _DEFAULTS | {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **traits,
        )

    @t.validate("defocus", "tilt")
    def _validate_in_range(self, proposal):
        name = proposal["trait"].name
        return check_range(self, name, proposal["value"], *_RANGES[name])

    def state(self) -> ReciprocityState:
        """Return what is drawn."""
        traits = {name: getattr(self, name) for name in _DEFAULTS}
        return ReciprocityState(semiangle=self.meta["semiangle"], **traits)

    def image_shift(self) -> float:
        """Return the apparent image shift in Å, referred to the specimen, as the rays have it: λ C10 k."""
        return self.state().image_shift

    def panels(self) -> dict[str, Panel]:
        """Return nothing: all is drawn in lines."""
        return {}

    def figure(self):
        """Draw both microscopes."""
        state = self.state()
        titles = "CTEM, conventional", "STEM, " + ("upside down" if self.inverted else "scanning")
        return figure_rays(dict(zip(titles, (ctem_drawing(state), stem_drawing(state)), strict=True)))

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        state = self.state()
        upside = ", drawn upside down," if self.inverted else ""
        beams = [
            words
            for shown, words in (
                (self.traces, "all rays of this direction"),
                (self.tilted_beams, "all directions of the disk through one point of the focus"),
            )
            if shown
        ]
        also = f"; also drawn are {' and '.join(beams)}" if beams else ""
        if state.is_bright_field:
            seen = f"the image of a feature on the axis is displaced by {fixed(state.image_shift, 1)} Å"
        else:
            seen = "the beam is beyond the aperture, so that this is dark field"
        return (
            f"Rays of a conventional microscope whose plane wave is tilted by {fixed(self.tilt, 2)} mrad, "
            f"at a defocus of {fixed(self.defocus / 1e4, 3)} µm, and of a scanning microscope{upside} "
            f"with the detector pixel at {fixed(-self.tilt, 2)} mrad, along the same line: {seen}{also}."
        )
