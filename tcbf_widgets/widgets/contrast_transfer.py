"""ContrastTransfer: which frequencies of a specimen the aligned sum shows, and what that does to an image."""

from __future__ import annotations

import numpy as np
import traitlets as t

from .._checks import finite_number, positive_number, require
from ..optics import electron_wavelength
from ..refinement import Refinement
from ..round_transfer import RoundTransfer
from ..specimen import Specimen
from .arrays import pack, quantise, unpack
from .figure import FITTED, NEUTRAL, Panel, contrast_limits, label_axes
from .frequency_plane import label, mark_divider, mark_limit
from .phase_source import specimen_phase
from .posters import figure_rows
from .stack_state import check_slider
from .widget import TcbfWidget

SIZE = 128  # pixels of the image, a power of two
PICTURE = 256  # pixels of the transfer in two dimensions
_DEFAULT = {"defocus": 15_000.0, "C30": 2.7e7, "semiangle": 4.0}
_STEPS = {"defocus": 1e4, "C30": 1e7}  # Å; ranges end at a multiple
_WIDEST = 20  # mrad; the exact sum over a wider disk would take the browser too long


class ContrastTransfer(TcbfWidget):
    """Contrast transfer of tilt-corrected bright field, and its effect on an image.

    Shows the closed form A⋆A sin χ and the exact sum over the disk, in two dimensions and against the frequency; the
    phase of a specimen; and its image, I = 1 + 2 φ ⊛ F⁻¹{L}, with the exact transfer L.

    Parameters
    ----------
    fit : what `tcbf.fit_aberrations` or `tcbf.refine_aberrations` returns: the sliders start at its C10, C30 and
        semi-angle. Without it, they start at 1.5 µm, 2.7 mm and 4 mrad
    specimen : Specimen whose projected potential is imaged, at most its middle 256 Å, taken as periodic; by default
        procedural apoferritin
    energy : eV; that of the fit, else 300e3
    defocus, C30 : Å
    semiangle : mrad
    flip : reverse the frequencies at which the closed form is negative
    reach : highest frequency shown, 1/Å
    cmap, contrast, smooth : look of the images
    """

    defocus = t.Float(15_000.0, help="Å, -C10").tag(sync=True)
    C30 = t.Float(2.7e7, help="spherical aberration, Å").tag(sync=True)
    semiangle = t.Float(4.0, help="convergence semi-angle, mrad").tag(sync=True)
    flip = t.Bool(False, help="phase flip: the transfer times the sign of its closed form").tag(sync=True)
    reach = t.Float(0.45, help="highest frequency shown, 1/Å").tag(sync=True)

    def __init__(self, fit=None, specimen: Specimen | None = None, energy: float | None = None, **traits) -> None:
        first, energy, arguments = _first_state(fit, specimen, energy)
        phase, sampling = specimen_phase(specimen, energy, SIZE)
        state = first | traits
        super().__init__(
            arrays={"phase": quantise(phase) if np.ptp(phase) else pack(phase)},
            meta={
                "title": "Contrast transfer",
                "wavelength": electron_wavelength(energy),
                "energy": energy,
                "sampling": sampling,
                "picture": PICTURE,
                "ranges": _ranges(state),
                "python": {
                    "call": f"tcbf.widgets.ContrastTransfer({arguments})",
                    "traits": ["defocus", "C30", "semiangle", "flip", "reach", "cmap", "contrast", "smooth"],
                    "defaults": first
                    | {"flip": False, "reach": 0.45, "cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **state,
        )

    @t.validate("defocus", "C30", "semiangle", "reach")
    def _validate_in_range(self, proposal):
        return check_slider(self, proposal)

    # ---- the numbers shown

    def transfer(self) -> RoundTransfer:
        """Transfer in the present state."""
        return RoundTransfer(self.defocus, self.C30, self.semiangle, self.meta["energy"])

    def image(self) -> np.ndarray:
        """Image (128, 128) of the phase relative to its mean, with the exact transfer, flipped if `flip` says so."""
        transfer, sampling = self.transfer(), self.meta["sampling"]
        q = np.hypot(np.fft.fftfreq(SIZE, sampling)[:, None], np.fft.rfftfreq(SIZE, sampling))
        factor = 2 * transfer.exact(q).imag * (transfer.flip(q) if self.flip else 1)
        spectrum = np.fft.rfft2(unpack(self.arrays["phase"]).astype(float)) * factor
        return (1 + np.fft.irfft2(spectrum, (SIZE, SIZE))).astype(np.float32)

    def correlation(self) -> float:
        """Correlation coefficient of image and phase; 0 where one of them is constant."""
        image, phase = (x.astype(float) - x.mean(dtype=float) for x in (self.image(), unpack(self.arrays["phase"])))
        norm = np.sqrt((image**2).sum() * (phase**2).sum())
        return float((image * phase).sum() / norm) if (image**2).mean() > 1e-14 and norm else 0.0

    def panels(self) -> dict[str, Panel]:
        """Return the transfer in two dimensions, the phase and its image."""
        phase = unpack(self.arrays["phase"])
        # one range for both, that of an ideal phase plate, I = 1 + 2φ: grey is the mean, and weak contrast looks weak
        most = max(map(abs, contrast_limits(phase, self.contrast)))
        step = self.meta["sampling"]
        look = (self.cmap, (step, step), "Å")
        frequency = 2 * self.reach / PICTURE
        picture = self.transfer().picture(PICTURE, self.reach)
        title = "Aligned sum, phases flipped" if self.flip else "Aligned sum"
        return {
            "transfer": Panel(picture, 0, 1, self.cmap, (frequency, frequency), "1/Å", "Transfer |L(q)|"),
            "image": Panel(self.image(), 1 - 2 * most, 1 + 2 * most, *look, title),
            "phase": Panel(phase, -most, most, *look, "True phase (rad)"),
        }

    def figure(self):
        """Draw the three pictures above the curves."""
        transfer, *images = self.panels().values()
        return figure_rows([[(transfer, self._mark_plane), *images]], self._draw_curves, smooth=self.smooth)

    def _draw_curves(self, axes) -> None:
        """Draw the transfer against the frequency."""
        transfer = self.transfer()
        q = np.linspace(0, self.reach, 2000)
        sign = transfer.flip(q) if self.flip else 1
        envelope = transfer.envelope(q)
        axes.plot(q, sign * np.sin(transfer.chi(q)), color=NEUTRAL, linewidth=0.5, alpha=0.8, label="plane wave, sin χ")
        axes.plot(q, sign * transfer.exact(q).imag, color=NEUTRAL, linewidth=2, label="exact sum")
        axes.plot(q, sign * transfer.closed(q), color=FITTED, linewidth=1, label="A⋆A sin χ")
        axes.plot(q, envelope, color=NEUTRAL, linewidth=1, linestyle="--", label="A⋆A")
        axes.set(xlim=(0, self.reach), ylim=(-1, 1), yticks=(-1, 0, 1))
        label_axes(axes, "Transfer L(q)", "spatial frequency q (1/Å)")
        axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=7, frameon=False, labelcolor=NEUTRAL)
        if 2 * transfer.rim < self.reach:
            axes.axvline(2 * transfer.rim, color=NEUTRAL, linewidth=0.8)

    def _mark_plane(self, axes) -> None:
        """Draw the limit 2α/λ, and what lies left and right."""
        mark_divider(axes, self.reach)
        mark_limit(axes, 2 * self.transfer().rim, self.reach)
        label(axes, "closed form", (0, 0), offset=(4, -11))
        label(axes, "exact sum", (2 * self.reach, 0), offset=(-4, -11), side="right")

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        transfer = self.transfer()
        flipped = ", with the phases flipped" if self.flip else ""
        zero = transfer.first_zero()
        first = f"with its first zero at {1 / zero:.1f} Å" if np.isfinite(zero) else "with no zero before it"
        return (
            f"Contrast transfer at a defocus of {self.defocus / 1e4:.3f} µm, C30 of {self.C30 / 1e7:.1f} mm and "
            f"{self.semiangle:.1f} mrad, up to {2 * transfer.rim:.3f} 1/Å, {first}; closed form and exact sum differ "
            f"by up to {transfer.largest_difference():.2f}; beside it a phase and its image{flipped}: correlation of "
            f"image and phase {self.correlation():.2f}."
        )


def _first_state(fit, specimen, energy: float | None) -> tuple[dict, float, str]:
    """Where the sliders start, the energy, and the arguments as Python code."""
    name = "best" if isinstance(fit, Refinement) else "fit"
    given = ((name, fit), ("specimen=specimen", specimen))
    arguments = [code for code, value in given if value is not None]
    if fit is None:
        if energy is not None:
            electron_wavelength(energy)  # raises for what is no energy
            arguments.append(f"energy={float(energy)!r}")
        return dict(_DEFAULT), float(energy or 300e3), ", ".join(arguments)
    from ..aberrations import FittedOptics

    require("fit", fit, FittedOptics, "from tcbf.fit_aberrations(alignment) or tcbf.refine_aberrations(stack)")
    if energy is not None:
        raise ValueError(f"energy={energy!r} cannot be given with a fit, which has its own: {fit.energy:g} eV")
    first = {"defocus": fit.aberrations.defocus, "C30": fit.aberrations.C30, "semiangle": fit.semiangle}
    return first, float(fit.energy), ", ".join(arguments)


def _ranges(state: dict) -> dict[str, list[float]]:
    """Ends of the sliders; wider than usual where the first state asks for it."""
    defocus, c30 = (np.ceil(1.2 * abs(finite_number(name, state[name])) / step) * step for name, step in _STEPS.items())
    semiangle = positive_number("semiangle", state["semiangle"], "in mrad")
    if semiangle > _WIDEST:
        raise ValueError(f"semiangle must be at most {_WIDEST} mrad, got {semiangle:g}")
    return {
        "defocus": [-max(3e4, defocus), max(3e4, defocus)],
        "C30": [-max(5e7, c30) if state["C30"] < 0 else 0.0, max(5e7, c30)],
        "semiangle": [min(1.0, semiangle), max(10.0, semiangle)],
        "reach": [0.1, 1.0],
    }
