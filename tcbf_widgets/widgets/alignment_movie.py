"""AlignmentMovie: the aligned image after each iteration, and the error that falls."""

from __future__ import annotations

import numpy as np
import traitlets as t

from .._checks import require
from ..alignment import Alignment
from .arrays import pack, quantise, unpack
from .figure import Panel, contrast_limits
from .posters import draw_curve, figure_columns
from .stack_state import binned_mean, calibration, check_range
from .widget import TcbfWidget


def require_alignment(name: str, value) -> Alignment:
    """Return ``value`` if it is an alignment, else say what is."""
    return require(name, value, Alignment, "from tcbf.align(stack)")


class AlignmentMovie(TcbfWidget):
    """The iterative alignment, step by step.

    Parameters
    ----------
    alignment : what `tcbf.align` returns
    iteration : step shown, 0 before the first; the last by default
    playing : run through the steps; speed : steps per second
    blink : alternate between the first and the last step
    cmap, contrast, smooth : look of the images
    """

    iteration = t.Int(0, help="step of the schedule, 0 = unaligned").tag(sync=True)
    playing = t.Bool(False, help="run through the steps").tag(sync=True)
    speed = t.Float(1.5, min=0.1, max=20.0, help="steps per second").tag(sync=True)
    blink = t.Bool(False, help="alternate between first and last step").tag(sync=True)

    def __init__(self, alignment: Alignment, **traits) -> None:
        steps = require_alignment("alignment", alignment).states
        images, binning = binned_mean(np.stack([step.image for step in steps]))
        first = {"iteration": len(steps) - 1}
        super().__init__(
            arrays={
                "images": quantise(images),
                "errors": pack(alignment.errors.astype(np.float32)),
                "rms_shift": pack([np.sqrt(np.mean(np.sum(step.shifts**2, axis=1))) for step in steps]),
            },
            meta=calibration(alignment.stack, binning)
            | {
                "title": "Iterative alignment",
                "bins": [step.bin for step in steps],
                "groups": [None if step.groups is None else int(step.groups.max()) + 1 for step in steps],
                "step_fractions": [step.fraction for step in steps],
                "monotone": bool(np.all(np.diff(alignment.errors) <= 0)),
                "python": {
                    "call": "tcbf.widgets.AlignmentMovie(alignment)",
                    "traits": ["iteration", "speed", "cmap", "contrast", "smooth"],
                    "defaults": first | {"speed": 1.5, "cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **(first | traits),
        )

    @t.validate("iteration")
    def _validate_iteration(self, proposal):
        return check_range(self, "iteration", proposal["value"], 0, max(0, len(self.meta.get("bins", [])) - 1))

    def panels(self) -> dict[str, Panel]:
        """Return the image of the present step; all steps share one range of greys."""
        images = unpack(self.arrays["images"])
        limits = contrast_limits(images, self.contrast)
        step = self.iteration
        title = "Sum without alignment" if step == 0 else f"Aligned sum after step {step}"
        return {"image": Panel(images[step], *limits, self.cmap, tuple(self.meta["scan_sampling"]), "Å", title)}

    def figure(self):
        """Draw image and error curve."""
        errors = unpack(self.arrays["errors"])

        def curve(axes):
            draw_curve(axes, range(len(errors)), errors, self.iteration, "Error", "step, and its bin")
            labels = [f"{i}\n{b or '–'}" for i, b in enumerate(self.meta["bins"])]
            axes.set_xticks(range(len(errors)), labels)

        return figure_columns([self.panels()["image"]], [curve], smooth=self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        errors = unpack(self.arrays["errors"])
        which = "Unaligned sum" if self.iteration == 0 else f"Sum after alignment step {self.iteration}"
        course = "never rises" if self.meta["monotone"] else "rises at least once"
        return (
            f"{which} of the virtual bright-field images, and the error of the alignment, which goes from "
            f"{errors[0]:.4f} to {errors[-1]:.4f} and {course}."
        )
