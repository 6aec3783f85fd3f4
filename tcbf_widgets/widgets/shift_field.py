"""ShiftField: how far each virtual image is displaced, as arrows over the bright-field disk."""

from __future__ import annotations

import math

import numpy as np
import traitlets as t

from ..alignment import Alignment
from ..registration import shift_images
from .alignment_movie import require_alignment
from .arrays import pack, quantise, unpack
from .disk_pixels import distance_panel, frequencies
from .figure import AXIAL, Panel, contrast_limits, draw_panel
from .numbers import fixed
from .posters import draw_quiver, figure_columns
from .shift_cells import cell_means, cells_of
from .stack_state import calibration, check_range, packed_images, scan_binning
from .widget import TcbfWidget

WIDEST = 16
_SEEN = {
    "measured": "Measured shifts",
    "fitted": "Fitted shifts",
    "both": "Fitted shifts as arrows, measured ones as rings,",
    "residual": "Distance of measured from fitted shifts",
}


class ShiftField(TcbfWidget):
    """The shift field of an alignment; choosing an arrow shows its image before and after the shift.

    Parameters
    ----------
    alignment : what `tcbf.align` returns
    spacing : detector pixels from arrow to arrow, 1 to 16
    iteration : step shown, 0 before the first; the last by default
    selected : index of the chosen pixel in the stack; one near the rim by default
    field : "measured", "fitted", "both" or "residual"
    cmap, contrast, smooth : look of the images
    """

    spacing = t.Int(6, help="detector pixels between arrows").tag(sync=True)
    iteration = t.Int(0, help="step of the schedule, 0 = unaligned").tag(sync=True)
    selected = t.Int(0, help="index of the chosen detector pixel in the stack").tag(sync=True)
    field = t.Enum(("measured", "fitted", "both", "residual"), "measured", help="what is drawn").tag(sync=True)

    def __init__(self, alignment: Alignment, **traits) -> None:
        steps, stack = require_alignment("alignment", alignment).states, alignment.stack
        first = {"iteration": len(steps) - 1, "spacing": 6, "selected": _near_rim(stack)}
        super().__init__(
            arrays={
                "pixels": pack(stack.pixels.astype(np.int16)),
                "measured": quantise(np.stack([step.measured for step in steps]), "int16"),
                "fit": pack(np.stack([step.fit for step in steps])),
            }
            | packed_images(stack),
            meta=calibration(stack, scan_binning(stack.images))
            | {
                "title": "Shift field",
                "bins": [step.bin for step in steps],
                "python": {
                    "call": "tcbf.widgets.ShiftField(alignment)",
                    "traits": ["spacing", "iteration", "selected", "field", "cmap", "contrast", "smooth"],
                    "defaults": first | {"field": "measured", "cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **(first | traits),
        )

    @t.validate("spacing")
    def _validate_spacing(self, proposal):
        return check_range(self, "spacing", proposal["value"], 1, WIDEST)

    @t.validate("iteration")
    def _validate_iteration(self, proposal):
        return check_range(self, "iteration", proposal["value"], 0, max(0, len(self.meta.get("bins", [])) - 1))

    @t.validate("selected")
    def _validate_selected(self, proposal):
        count = self.arrays["pixels"]["shape"][0] if self.arrays else 1
        return check_range(self, "selected", proposal["value"], 0, max(0, count - 1))

    # ---- the numbers shown

    def k(self) -> np.ndarray:
        """(n, 2) spatial frequencies in 1/Å."""
        return frequencies(unpack(self.arrays["pixels"]), self.meta)

    def pixel_shifts(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured and fitted shifts (n, 2) in Å of the present step."""
        measured = unpack(self.arrays["measured"])[self.iteration].astype(float)
        basis = np.column_stack([np.ones(len(measured)), self.k()])
        return measured, basis @ unpack(self.arrays["fit"])[self.iteration].astype(float)

    def cells(self) -> np.ndarray:
        """(n,) number of the cell, one arrow each, to which every pixel belongs."""
        return cells_of(unpack(self.arrays["pixels"]), self.meta["center"], self.spacing)

    def arrows(self) -> dict[str, np.ndarray]:
        """Mean k (1/Å), measured and fitted shift (Å) of each cell, (cells, 2) each."""
        cell = self.cells()
        measured, fitted = self.pixel_shifts()
        pairs = {"k": self.k(), "measured": measured, "fitted": fitted}
        return {name: cell_means(cell, values) for name, values in pairs.items()}

    def chosen(self) -> tuple[np.ndarray, np.ndarray]:
        """Members (n,) bool of the chosen cell, and its shift (2,) in Å: that of the arrow drawn, else the measured."""
        cell = self.cells()
        arrows = self.arrows()["fitted" if self.field in ("fitted", "both") else "measured"]
        return cell == cell[self.selected], arrows[cell[self.selected]]

    def panels(self) -> dict[str, Panel]:
        """Return the chosen image before and after its shift, and the residual map if it is shown."""
        members, shift = self.chosen()
        images = unpack(self.arrays["counts"])[members] / unpack(self.arrays["mean_counts"])[members, None, None]
        before = images.mean(axis=0, dtype=float).astype(np.float32)
        pixels = shift / np.array(self.meta["scan_sampling"])
        after = shift_images(before[None], -pixels[None])[0].astype(np.float32)
        limits = contrast_limits(before, self.contrast)  # one range: the shift is all that differs
        look = (*limits, self.cmap, tuple(self.meta["scan_sampling"]), "Å")
        panels = {
            "before": Panel(before, *look, "Before its shift", AXIAL),
            "after": Panel(after, *look, "After its shift", AXIAL),
        }
        return panels | ({"residual": self._residual_panel()} if self.field == "residual" else {})

    def _residual_panel(self) -> Panel:
        """Distance of measured from fitted shifts, pixel by pixel, in Å."""
        look = {"cmap": self.cmap, "contrast": self.contrast, "title": "Residual"}
        pixels, sampling = unpack(self.arrays["pixels"]), self.meta["reciprocal_sampling"]
        return distance_panel(pixels, *self.pixel_shifts(), sampling=sampling, **look)

    def figure(self):
        """Draw the field beside the chosen image before and after its shift."""
        panels = self.panels()

        def field(axes):
            if self.field == "residual":
                draw_panel(axes, panels["residual"])
                return
            shown, rings = (("fitted", "measured"), ("measured",)) if self.field == "both" else ((self.field,), ())
            arrows = self.arrows()
            radius = self.meta["disk_radius"] * self.meta["reciprocal_sampling"][1]
            _, shift = self.chosen()
            k = arrows["k"][self.cells()[self.selected]]
            longest = float(np.linalg.norm(unpack(self.arrays["measured"])[-1], axis=-1).max())
            fields = {name: arrows[name] for name in shown}
            draw_quiver(axes, arrows["k"], fields, (k, shift), radius, longest, rings)

        field.aspect = 1.0
        return figure_columns([field], [panels["before"], panels["after"]], smooth=self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        _, (y, x) = self.chosen()
        shift = f"(y {fixed(y, 0)}, x {fixed(x, 0)}) Å, {fixed(math.hypot(y, x), 0)} Å long"
        return (
            f"{_SEEN[self.field]} over the bright-field disk, {len(self.arrows()['k'])} cells; the chosen virtual "
            f"image is displaced by {shift}, and shown before and after it is moved back."
        )


def _near_rim(stack) -> int:
    """Index of a pixel at 0.7 of the radius, up and to the right: far out, yet inside whole cells."""
    target = np.array(stack.disk.center) + 0.7 * stack.disk.radius * np.array([-0.5, 0.866])
    return int(np.argmin(np.linalg.norm(stack.pixels - target, axis=1)))
