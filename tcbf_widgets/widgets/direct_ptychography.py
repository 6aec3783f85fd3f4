"""DirectPtychography: what the aligned sum and direct ptychography make of the same electrons, detail by detail."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import traitlets as t

from .._checks import require
from ..aberrations import FittedOptics
from ..direct_phase import DirectPhase
from ..refinement import Refinement
from .arrays import pack, quantise, unpack
from .direct_source import checked_images, expected_rings, measured_rings
from .figure import FITTED, MEASURED, NEUTRAL, Panel, contrast_limits
from .posters import figure_rows
from .spectra import PaddedSpectrum
from .stack_state import check_slider
from .widget import TcbfWidget

EDGE = 0.15  # half of the width over which the filter falls, in units of its frequency
_FINEST, _FIRST, _COARSEST = 1.6, 3.2, 16.0  # pixels, of the slider
_TITLES = {
    "summed": "Aligned sum, corrected (rad)",
    "direct": "Direct ptychography (rad)",
    "iterative": "Iterative ptychography (rad)",
    "truth": "True phase (rad)",
}
SAID = {"summed": "aligned sum", "direct": "direct", "iterative": "iterative"}
_SPOKEN = {
    "summed": "corrected aligned sum",
    "direct": "direct ptychography",
    "iterative": "iterative ptychography",
    "truth": "the true phase",
}
_MARKERS = {"summed": ("o", "none"), "direct": ("o", "full"), "iterative": ("x", "full")}
_STYLES = {"summed": (0, (4, 2)), "direct": "-"}


class DirectPtychography(TcbfWidget):
    """The corrected aligned sum beside direct ptychography, and beside iterative ptychography and the truth if given.

    All show the phase in radians, in one range of greys, with detail as fine as the slider lets through. Below, how
    well each correlates with the truth at each frequency: as expected from optics and noise (lines), and as found
    (markers).

    Parameters
    ----------
    fit : what `tcbf.refine_aberrations` or `tcbf.fit_aberrations` returns
    summed : `tcbf.correct_contrast(tcbf.upsample(stack, fit.shifts), fit, "wiener")`
    direct : `tcbf.direct_ptychography(stack, fit)`, with the same factor
    iterative : phase (ny, nx) in rad on the same grid, from `ScanDiffraction.on_scan`; may be left out
    truth : the true phase (ny, nx) in rad, such as `tcbf.demo.true_phase(data)`; may be left out
    detail : finest detail shown, Å
    cmap, contrast, smooth : look of the images
    """

    detail = t.Float(8.0, help="finest detail shown, Å").tag(sync=True)

    def __init__(self, fit, summed, direct, iterative=None, truth=None, **traits) -> None:
        require("fit", fit, FittedOptics, "from tcbf.refine_aberrations(stack)")
        require("direct", direct, DirectPhase, "from tcbf.direct_ptychography(stack, fit)")
        images = checked_images(summed, direct, iterative, truth)
        rings = measured_rings(images, direct.sampling)
        expected = expected_rings(fit, direct.snr, direct.shape, direct.sampling)
        pixel = max(direct.sampling)
        first = {"detail": _FIRST * pixel}
        name = "best" if isinstance(fit, Refinement) else "fit"
        more = [f"{key}={key}" for key, image in (("iterative", iterative), ("truth", truth)) if image is not None]
        super().__init__(
            arrays={key: quantise(image) for key, image in images.items()}
            | {"rings": pack(np.stack(list(rings.values()))), "expected": pack(np.stack(list(expected.values())))},
            meta={
                "title": "Tilt correction and direct ptychography",
                "sampling": list(direct.sampling),
                "images": list(images),
                "rings": list(rings),
                "expected": list(expected),
                "nyquist": 0.5 / max(fit.stack.scan_sampling),
                "limit": 2 * fit.stack.rim,
                "edge": EDGE,
                "ranges": {"detail": [_FINEST * pixel, _COARSEST * pixel]},
                "python": {
                    "call": f"tcbf.widgets.DirectPtychography({', '.join([name, 'corrected', 'direct', *more])})",
                    "traits": ["detail", "cmap", "contrast", "smooth"],
                    "defaults": first | {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **(first | traits),
        )

    @t.validate("detail")
    def _validate_detail(self, proposal):
        return check_slider(self, proposal)

    # ---- the numbers shown

    def image(self, name: str) -> np.ndarray:
        """Phase (ny, nx) float32 of "summed", "direct", "iterative" or "truth", without finer detail than shown."""
        spectrum = self._spectra[name]
        q = np.hypot(*np.moveaxis(spectrum.frequencies, -1, 0))
        return spectrum.filtered(low_pass(q * self.detail))

    @cached_property
    def _spectra(self) -> dict[str, PaddedSpectrum]:
        sampling = self.meta["sampling"]
        return {name: PaddedSpectrum(unpack(self.arrays[name]), sampling) for name in self.meta["images"]}

    def correlations(self) -> dict[str, float]:
        """Correlation of each image with the truth, both without finer detail than shown; empty without a truth."""
        if "truth" not in self.meta["images"]:
            return {}
        truth = self.image("truth")
        return {name: _correlation(self.image(name), truth) for name in self._reconstructions()}

    def curves(self, kind: str) -> dict[str, np.ndarray]:
        """Frequencies "q" and correlations by name: ``kind`` is "rings" (found) or "expected"."""
        return dict(zip(self.meta[kind], unpack(self.arrays[kind]), strict=True))

    def _reconstructions(self) -> list[str]:
        return [name for name in self.meta["images"] if name != "truth"]

    def panels(self) -> dict[str, Panel]:
        """Return the images, in the range of the truth, or without one of direct ptychography."""
        reference = "truth" if "truth" in self.meta["images"] else "direct"
        limits = contrast_limits(unpack(self.arrays[reference]), self.contrast)
        look = (*limits, self.cmap, tuple(self.meta["sampling"]), "Å")
        return {name: Panel(self.image(name), *look, _TITLES[name]) for name in self.meta["images"]}

    def figure(self):
        """Draw the images above the correlations."""
        panels = list(self.panels().values())
        rows = [panels[:2], panels[2:]] if panels[2:] else [panels]
        return figure_rows(rows, self._draw_curves, smooth=self.smooth)

    def _draw_curves(self, axes) -> None:
        expected, rings = self.curves("expected"), self.curves("rings")
        for name in ("direct", "summed"):
            label = f"{SAID[name]}, expected"
            axes.plot(expected["q"], expected[name], color=FITTED, linewidth=1.5, linestyle=_STYLES[name], label=label)
        for name in self._reconstructions():
            if rings["q"].size:
                marker, fill = _MARKERS[name]
                look = {"color": MEASURED, "fillstyle": fill, "markersize": 3.5, "label": SAID[name]}
                axes.plot(rings["q"], rings[name], marker, linestyle="none", **look)
        axes.axvline(1 / self.detail, color=NEUTRAL, linewidth=1)
        axes.set(xlim=(0, self.reach()), ylim=(0, 1))
        axes.set_title("Correlation with the truth", fontsize=9, color=NEUTRAL, loc="left", pad=4)
        axes.set_xlabel("spatial frequency q (1/Å)", fontsize=8, color=NEUTRAL, labelpad=1)
        key = {"columnspacing": 1.0, "handletextpad": 0.4, "handlelength": 1.8, "borderaxespad": 0.2}
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=5, fontsize=7, frameon=False, labelcolor=NEUTRAL, **key
        )

    def reach(self) -> float:
        """Last frequency of the curves, 1/Å."""
        return float(self.curves("expected")["q"][-1])

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        names = [_SPOKEN[name] for name in self.meta["images"]]
        found = ", ".join(f"{SAID[name]} {value:.2f}" for name, value in self.correlations().items())
        compared = f"; correlation with the true phase: {found}" if found else ""
        return (
            f"Phase of the specimen from the same electrons with detail down to {self.detail:.1f} Å: "
            f"{', '.join(names)}{compared}."
        )


def low_pass(x: np.ndarray) -> np.ndarray:
    """Share of a frequency, ``x`` times that of the finest detail, which is shown: 1, falling as a cosine at x = 1."""
    fallen = np.clip((x - (1 - EDGE)) / (2 * EDGE), 0, 1)
    return (1 + np.cos(np.pi * fallen)) / 2


def _correlation(image: np.ndarray, truth: np.ndarray) -> float:
    """Correlation coefficient; 0 where one of them is constant."""
    first, second = (x.astype(float) - x.mean(dtype=float) for x in (image, truth))
    norm = np.sqrt((first**2).sum() * (second**2).sum())
    return float((first * second).sum() / norm) if norm else 0.0
