"""Upsampling: the aligned sum on a finer grid than the scan, its spectrum, and what two halves of the disk agree on."""

from __future__ import annotations

import numpy as np
import traitlets as t
from matplotlib.patches import Ellipse

from ..bright_field import BrightFieldStack
from ..kernel_density import join_samples
from ..optics import Aberrations
from ..upsampling import fourier_upsample, upsample
from .arrays import pack, unpack
from .figure import NEUTRAL, Panel, contrast_limits, label_axes
from .frequency_plane import mark_limit, mark_nyquist
from .posters import figure_rows
from .spectra import PaddedSpectrum
from .stack_state import check_range, require_stack
from .upsampling_source import (
    FACTORS,
    MARGIN,
    known_optics,
    packed_deposits,
    packed_rings,
    plain_image,
    ring_correlations,
    shown_part,
)
from .widget import TcbfWidget

WIDEST = 0.5  # of the kernel, scan steps
USUAL = 0.125
PICTURE = 192  # pixels of a spectrum


class Upsampling(TcbfWidget):
    """Kernel density upsampling beside plain Fourier upsampling: images, spectra, and Fourier ring correlation.

    Parameters
    ----------
    stack : what `tcbf.bright_field_stack` returns
    shifts : where each image lies: what `tcbf.fit_aberrations`, `tcbf.refine_aberrations` or `tcbf.align` returns, or
        (n, 2) numbers in Å, scan axes. Phases can be flipped with the first two only
    factor : pixels per scan step, 1 to 8
    kernel_width : standard deviation of the Gaussian in scan steps, 0 to 0.5
    flip : multiply each frequency with the sign of sin χ, and cut at 2α/λ; by default where aberrations are known
    reach : highest frequency shown, 1/Å
    cmap, contrast, smooth : look of the images
    """

    factor = t.Int(4, help="pixels per scan step").tag(sync=True)
    kernel_width = t.Float(USUAL, help="standard deviation of the kernel in scan steps").tag(sync=True)
    flip = t.Bool(False, help="phase flip").tag(sync=True)
    reach = t.Float(0.2, help="highest frequency shown, 1/Å").tag(sync=True)

    def __init__(self, stack: BrightFieldStack, shifts, **traits) -> None:
        stack = require_stack("stack", stack)
        values, lens, name = known_optics(shifts)
        upsample(stack, values, factor=1)  # says what is wrong with the shifts, if anything
        rings, plain_rings = ring_correlations(stack, values)
        nyquist, limit = [0.5 / step for step in stack.scan_sampling], 2 * stack.rim
        first = {"factor": 4, "kernel_width": USUAL, "flip": lens is not None, "reach": round(4 * max(nyquist), 3)}
        look = {"cmap": "gray", "contrast": [1, 99], "smooth": False}
        super().__init__(
            arrays=packed_deposits(stack, values)
            | {"plain": pack(plain_image(stack, values)), "rings_plain": packed_rings(plain_rings)}
            | {f"rings_{factor}": packed_rings(ring) for factor, ring in rings.items()},
            meta={
                "title": "Upsampling",
                "scan_sampling": list(stack.scan_sampling),
                "scan_shape": list(stack.scan_shape),
                "shown": [list(span) for span in shown_part(stack.scan_shape)],
                "wavelength": stack.wavelength,
                "limit": limit,
                "nyquist": nyquist,
                "margin": MARGIN,
                "picture": PICTURE,
                "lens": lens,
                "resolution": {str(factor): ring.agreed for factor, ring in rings.items()},
                "to_the_end": [factor for factor, ring in rings.items() if ring.agrees_to_the_end],
                "ranges": {"reach": [round(max(nyquist), 3), round(max(8 * max(nyquist), 1.05 * limit), 3)]},
                "python": {
                    "call": f"tcbf.widgets.Upsampling(stack, {name})",
                    "traits": ["factor", "kernel_width", "flip", "reach", *look],
                    "defaults": first | look,
                },
            },
            **(first | traits),
        )

    @t.validate("factor")
    def _validate_factor(self, proposal):
        return check_range(self, "factor", proposal["value"], FACTORS[0], FACTORS[-1])

    @t.validate("kernel_width")
    def _validate_kernel_width(self, proposal):
        return check_range(self, "kernel_width", proposal["value"], 0, WIDEST)

    @t.validate("reach")
    def _validate_reach(self, proposal):
        ends = self.meta.get("ranges")
        return check_range(self, "reach", proposal["value"], *ends["reach"]) if ends else proposal["value"]

    @t.validate("flip")
    def _validate_flip(self, proposal):
        if proposal["value"] and self.meta.get("lens", {}) is None:
            raise t.TraitError(
                "flip needs the aberrations: give what tcbf.fit_aberrations(alignment) returns instead of shifts"
            )
        return proposal["value"]

    # ---- the numbers shown

    def sampling(self) -> tuple[float, float]:
        """Å per pixel (y, x) of the upsampled images."""
        return tuple(step / self.factor for step in self.meta["scan_sampling"])

    def joined(self, kernel_width: float) -> np.ndarray:
        """Image by kernel density, (factor · y, factor · x) float32, not flipped."""
        total, weight = (unpack(self.arrays[f"{kind}_{self.factor}"]) for kind in ("total", "weight"))
        ratio, _ = join_samples(total, weight, kernel_width * self.factor)
        margin = MARGIN * self.factor
        return 1 + ratio[margin:-margin, margin:-margin]

    def interpolated(self) -> np.ndarray:
        """Sum aligned on the scan's own grid, upsampled by plain Fourier interpolation, float32, not flipped."""
        inside = tuple(slice(self.factor * first, self.factor * last) for first, last in self.meta["shown"])
        return fourier_upsample(unpack(self.arrays["plain"]), self.factor)[inside].astype(np.float32)

    def rings(self, kind: str) -> np.ndarray:
        """(2, rings): frequency and correlation of the two halves; ``kind`` is a factor or "plain"."""
        return unpack(self.arrays[f"rings_{kind}"])

    def panels(self) -> dict[str, Panel]:
        """Return both images and their spectra; each pair has one range."""
        images, pictures = {}, {}
        for name, image in (("density", self.joined(self.kernel_width)), ("fourier", self.interpolated())):
            images[name] = self._shown(image)
            pictures[name] = PaddedSpectrum(image, self.sampling()).picture(PICTURE, self.reach)
        step = 2 * self.reach / PICTURE
        # the ranges stay while the kernel moves: what it takes away is seen, and what it does not touch stays
        usual = self._shown(self.joined(USUAL))
        look = (*contrast_limits(usual, self.contrast), self.cmap, self.sampling(), "Å")
        whole = PaddedSpectrum(self.joined(0), self.sampling()).power()
        power = (*contrast_limits(whole, self.contrast), self.cmap, (step, step), "1/Å", "Spectrum (log₁₀ power)")
        flipped = ", phases flipped" if self.flip else ""
        return {
            "density": Panel(images["density"], *look, f"Kernel density{flipped}"),
            "fourier": Panel(images["fourier"], *look, f"Plain Fourier upsampling{flipped}"),
            "density_spectrum": Panel(pictures["density"], *power),
            "fourier_spectrum": Panel(pictures["fourier"], *power),
        }

    def _shown(self, image: np.ndarray) -> np.ndarray:
        """Return an image, its phases flipped if `flip` says so."""
        if not self.flip:
            return image
        spectrum = PaddedSpectrum(image, self.sampling())
        return spectrum.filtered(self._signs(spectrum))

    def _signs(self, spectrum: PaddedSpectrum) -> np.ndarray:
        """Sign of sin χ for each frequency, 0 beyond 2α/λ."""
        q = spectrum.frequencies
        coefficients = {name: value for name, value in self.meta["lens"].items() if name != "energy"}
        sine = np.sin(Aberrations(**coefficients).chi(q, self.meta["lens"]["energy"]))
        return np.where(np.hypot(*np.moveaxis(q, -1, 0)) > self.meta["limit"], 0.0, np.where(sine < 0, -1.0, 1.0))

    def figure(self):
        """Draw images, spectra and the correlation."""
        panels = self.panels()
        marks = {"density": self._mark_kernel, "fourier": None}
        rows = [[(panels[kind], marks[kind]), (panels[f"{kind}_spectrum"], self._mark_limits)] for kind in marks]
        return figure_rows(rows, self._draw_rings, smooth=self.smooth)

    def _draw_rings(self, axes) -> None:
        for kind, style, label in ((self.factor, "-", "kernel density"), ("plain", "--", "plain Fourier")):
            q, values = self.rings(kind)
            axes.plot(q, values, style, color=NEUTRAL, linewidth=1.5, label=label)
        axes.axhline(1 / 7, color=NEUTRAL, linewidth=0.8, linestyle=":")
        axes.set(xlim=(0, self.reach), ylim=(-0.2, 1))
        label_axes(axes, "Fourier ring correlation of two halves", "spatial frequency q (1/Å)")
        axes.legend(fontsize=7, frameon=False, labelcolor=NEUTRAL)

    def _mark_kernel(self, axes) -> None:
        """Draw an ellipse as large as the kernel at half its height."""
        size = np.array(self.meta["scan_sampling"])[::-1]  # of a scan pixel, (x, y)
        diameter = 2 * np.sqrt(2 * np.log(2)) * self.kernel_width * size
        right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
        middle = (right - size[0] - diameter[0] / 2, bottom - size[1] - diameter[1] / 2)
        axes.add_patch(Ellipse(middle, *diameter, facecolor="none", edgecolor="white", linewidth=1.5))

    def _mark_limits(self, axes) -> None:
        """Draw the scan's Nyquist frequencies and 2α/λ over a spectrum."""
        mark_nyquist(axes, self.meta["nyquist"], self.reach)
        mark_limit(axes, self.meta["limit"], self.reach)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        agreed, flipped = self.meta["resolution"][str(self.factor)], ", phases flipped" if self.flip else ""
        words = f"agree up to {1 / agreed:.1f} Å" if agreed else "agree nowhere"
        if self.factor in self.meta["to_the_end"]:
            words = f"agree as far as these pixels reach, to {1 / agreed:.1f} Å"
        return (
            f"Aligned sum at {self.factor} pixels per scan step{flipped}, by kernel density and by plain Fourier "
            f"upsampling, with their spectra; two halves of the disk {words}, and the scan's Nyquist frequency lies at "
            f"{1 / max(self.meta['nyquist']):.0f} Å."
        )
