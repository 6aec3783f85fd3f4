"""AberrationExplorer: what a lens does to shifts, probe and image, while its aberrations are in the reader's hand."""

from __future__ import annotations

import numpy as np
import traitlets as t

from ..lens import Lens
from ..optics import Aberrations
from .arrays import pack, quantise, unpack
from .colours import phase_colours
from .explorer_source import ExplorerSource, explorer_source
from .figure import Panel, contrast_limits, label_axes
from .lens_controls import COEFFICIENTS, UNITS, slider_ranges, written
from .moved_sum import MovesGroups, frame_shape, packed_groups
from .posters import draw_quiver, figure_columns
from .shift_cells import cell_means, cells_of
from .stack_state import calibration
from .widget import TcbfWidget

ARROWS = 9  # across the disk
PHASE_PIXELS = 160  # across the picture of the aperture ...
_PHASE_REACH = 1.08  # ... which is that many times as wide as the disk
_STATE = ("rotation_deg", "transpose", *COEFFICIENTS)


def _coefficient(name: str, meaning: str):
    return t.Float(0.0, help=f"{meaning} in Å").tag(sync=True)


class AberrationExplorer(MovesGroups, TcbfWidget):
    """Predicted shifts over measured ones, the phase of the probe, and the stack moved back by the prediction.

    Parameters
    ----------
    fit : what `tcbf.fit_aberrations` returns; or an alignment, which has no fit to reveal
    rotation_deg : from detector to scan axes; transpose : the detector's axes are exchanged
    defocus, C12x, C12y, C21x, C21y, C23x, C23y, C30 : Å, scan axes; ranges are in ``meta["ranges"]``
    revealed : the fitted values are marked on the sliders
    cmap, contrast, smooth : look of the image

    The sharpness is the contrast that the moved images share, the square root of
    `widgets.moved_sum.MovedSum.shared_power`, relative to the same at the fit. Coefficients that
    have no slider are held as fitted.
    """

    rotation_deg = t.Float(0.0, help="from detector to scan axes, degrees").tag(sync=True)
    transpose = t.Bool(False, help="the detector's axes are exchanged").tag(sync=True)
    defocus = _coefficient("defocus", "defocus, -C10,")
    C12x = _coefficient("C12x", "two-fold astigmatism, cosine part,")
    C12y = _coefficient("C12y", "two-fold astigmatism, sine part,")
    C21x = _coefficient("C21x", "coma, cosine part,")
    C21y = _coefficient("C21y", "coma, sine part,")
    C23x = _coefficient("C23x", "three-fold astigmatism, cosine part,")
    C23y = _coefficient("C23y", "three-fold astigmatism, sine part,")
    C30 = _coefficient("C30", "spherical aberration")
    revealed = t.Bool(False, help="mark the fitted values").tag(sync=True)

    def __init__(self, fit, **traits) -> None:
        source = explorer_source(fit)
        groups, binning = packed_groups(source.stack, source.longest)
        best = source.best(unpack(groups["group_k"]))
        ranges = slider_ranges(source.known, source.semiangle)
        first = source.first(ranges)
        defaults = dict.fromkeys(_STATE, 0.0) | first | {"revealed": False}
        super().__init__(
            arrays={
                "pixels": pack(source.stack.pixels.astype(np.int16)),
                "measured": quantise(source.measured, "int16"),
                "best": pack(best.astype(np.float32)),
            }
            | groups,
            meta=_meta(source, groups, binning)
            | {
                "ranges": ranges,
                "python": {
                    "call": f"tcbf.widgets.AberrationExplorer({'fit' if source.fitted else 'alignment'})",
                    "traits": [*_STATE, "revealed", "cmap", "contrast", "smooth"],
                    "defaults": defaults | {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **(first | traits),
        )

    @t.validate(*UNITS)
    def _validate_number(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        most = self.meta.get("ranges", {}).get(name, {}).get("most", np.inf)
        if not abs(value) <= most:
            raise t.TraitError(f"{name} is {value}; AberrationExplorer here accepts {-most:g} to {most:g}")
        return value

    # ---- the numbers shown

    def lens(self) -> Lens:
        """Aberrations and orientation as the sliders stand."""
        values = {name: getattr(self, name) for name in COEFFICIENTS}
        aberrations = Aberrations.from_defocus(values.pop("defocus"), **values, **self.meta["held"])
        return Lens(aberrations, self.rotation_deg, self.transpose)

    def k(self) -> np.ndarray:
        """(n, 2) spatial frequencies in 1/Å, detector axes."""
        pixels = unpack(self.arrays["pixels"])
        return (pixels - np.array(self.meta["center"])) * np.array(self.meta["reciprocal_sampling"])

    def predicted(self, k: np.ndarray) -> np.ndarray:
        """Shifts in Å, scan axes, of images of detector pixels ``k`` (n, 2)."""
        return self.lens().shifts(k, self.meta["energy"])

    def rms(self) -> float:
        """Root mean square distance of predicted from measured shifts, in Å."""
        apart = self.predicted(self.k()) - unpack(self.arrays["measured"])
        return float(np.sqrt(np.mean(np.sum(apart**2, axis=1))))

    def _shifts(self) -> np.ndarray:
        """Of the groups, as predicted, in Å."""
        return self.predicted(unpack(self.arrays["group_k"]).astype(float))

    def sharpness(self) -> float:
        """Contrast that the moved images share, 1 at the fit; NaN if they share nothing even there."""
        total = self._moved_sum()
        best = total.shared_power(self._in_positions(unpack(self.arrays["best"]).astype(float)))
        power = total.shared_power(self._in_positions(self._shifts()))
        return float(np.sqrt(max(power, 0.0) / best)) if best > 0 else np.nan

    def panels(self) -> dict[str, Panel]:
        """Return the sum of the moved images, and exp(-iχ) over the aperture."""
        image = self._moved_sum().image(self._in_positions(self._shifts()))
        look = (*contrast_limits(image, self.contrast), self.cmap, tuple(self.meta["scan_sampling"]), "Å")
        milliradians = 1e3 * self.meta["wavelength"] * self.meta["phase"]["step"]
        phase = Panel(self._phase(), pixel_size=(milliradians, milliradians), unit="mrad", title="Probe exp(−iχ)")
        return {"image": Panel(image, *look, "Image"), "phase": phase}

    def _phase(self) -> np.ndarray:
        """Colours of the probe's phase in scan axes, as RGBA."""
        step = self.meta["phase"]["step"]
        axis = (np.arange(PHASE_PIXELS) - (PHASE_PIXELS - 1) / 2) * step
        k = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
        distance = np.sqrt(k[..., 0] ** 2 + k[..., 1] ** 2)
        amplitude = np.clip((_radius(self.meta) - distance) / step + 0.5, 0, 1)
        return phase_colours(-self.lens().aberrations.chi(k, self.meta["energy"]) / (2 * np.pi), amplitude)

    def figure(self):
        """Draw image and probe beside the field of shifts."""
        panels = self.panels()
        k, pixels = self.k(), unpack(self.arrays["pixels"])
        cell = cells_of(pixels, self.meta["center"], self.meta["spacing"])

        def field(axes):
            measured = unpack(self.arrays["measured"]).astype(float)
            fields = {"predicted": self.predicted(k), "measured": measured}
            fields = {name: cell_means(cell, pairs) for name, pairs in fields.items()}
            draw_quiver(
                axes, cell_means(cell, k), fields, None, _radius(self.meta), self.meta["longest"], rings=("measured",)
            )

        def phase(axes):
            # no labels at its side: it begins where the image above begins
            box = axes.get_position()
            axes.set_position((0.0, box.y0, box.x1, box.height))
            across = box.x1 * axes.figure.get_figwidth() / (box.height * axes.figure.get_figheight())
            axes.imshow(panels["phase"].rgba(), extent=(0, 1, 1, 0), aspect="auto")
            axes.set(xlim=(0, across), xticks=[], yticks=[])
            label_axes(axes, panels["phase"].title)
            for spine in axes.spines.values():
                spine.set_visible(False)

        field.aspect, phase.aspect = 1.0, 0.5
        return figure_columns([panels["image"], phase], [field], smooth=self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        sharpness = self.sharpness()
        said = "cannot be measured" if np.isnan(sharpness) else f"is {100 * sharpness:.0f} % of the best"
        return (
            f"Virtual images moved back as defocus {written('defocus', self.defocus)} and rotation "
            f"{written('rotation_deg', self.rotation_deg)} predict, and summed: the predicted shifts miss the "
            f"{self.meta['reference']} ones by {self.rms():.1f} Å rms, and the sharpness {said}."
        )


def _meta(source: ExplorerSource, groups: dict, binning: int) -> dict:
    """Calibration, layout and fit as plain JSON."""
    scan = calibration(source.stack, binning)
    shape = groups["group_images"]["shape"][1:]
    return scan | {
        "title": "Aberrations",
        "energy": source.stack.energy,
        "longest": source.longest,
        "spacing": max(1, round(2 * source.stack.disk.radius / ARROWS)),
        "frame": frame_shape(shape, scan["scan_sampling"], source.longest),
        "phase": {"pixels": PHASE_PIXELS, "step": _PHASE_REACH * 2 * _radius(scan) / PHASE_PIXELS},
        "fit": source.fitted and source.fitted | {"transpose": source.transpose},
        "fitted": list(source.names),
        "held": source.held,
        "reference": source.reference,
    }


def _radius(meta: dict) -> float:
    """Radius of the disk in 1/Å."""
    return meta["disk_radius"] * meta["reciprocal_sampling"][1]
