"""AberrationFitView: aberrations fitted to the measured shifts, for every choice of orders."""

from __future__ import annotations

import warnings

import numpy as np
import traitlets as t

from ..aberrations import AberrationFit, fit_aberrations
from ..aligner import AlignmentStep
from ..alignment import Alignment
from ..lens import Lens
from ..optics import Aberrations
from .alignment_movie import require_alignment
from .arrays import pack, quantise, unpack
from .disk_pixels import distance_panel, frequencies
from .figure import Panel
from .lens_controls import with_uncertainty
from .posters import draw_quiver, figure_columns
from .shift_cells import cell_means, cells_of
from .stack_state import calibration, check_range
from .widget import TcbfWidget

RADIAL, ANGULAR = (1, 2, 3), (0, 1, 2, 3, 4)
ARROWS = 9  # across the disk


class AberrationFitView(TcbfWidget):
    """Coefficients with uncertainties, measured against fitted shifts, and what the fit leaves over.

    Parameters
    ----------
    alignment : what `tcbf.align` returns
    transpose, defocus_sign : if they are known, see `tcbf.fit_aberrations`
    max_radial_order : highest m of the coefficients C_mn, 1 to 3
    max_angular_order : highest n, 0 to 4
    cmap, contrast, smooth : look of the residual map

    All fits are computed when the widget is made; orders that the groups of pixels cannot determine say so.
    """

    max_radial_order = t.Int(1, help="highest m of the coefficients C_mn").tag(sync=True)
    max_angular_order = t.Int(2, help="highest n of the coefficients C_mn").tag(sync=True)

    def __init__(
        self, alignment: Alignment, transpose: bool | None = None, defocus_sign: int | None = None, **traits
    ) -> None:
        stack = require_alignment("alignment", alignment).stack
        given = {"transpose": transpose, "defocus_sign": defocus_sign}
        said = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
        fits, step = _all_fits(alignment, **given)
        super().__init__(
            arrays={"pixels": pack(stack.pixels.astype(np.int16)), "measured": quantise(step.measured, "int16")},
            meta=calibration(stack)
            | {
                "title": "Fit of the aberrations",
                "energy": stack.energy,
                "groups": 0 if step.groups is None else int(step.groups.max()) + 1,
                "longest": float(np.linalg.norm(alignment.shifts, axis=1).max(initial=0.0)),
                "spacing": max(1, round(2 * stack.disk.radius / ARROWS)),
                "fits": fits,
                "python": {
                    "call": f"tcbf.widgets.AberrationFitView(alignment{said})",
                    "traits": ["max_radial_order", "max_angular_order", "cmap", "contrast", "smooth"],
                    "defaults": {"max_radial_order": 1, "max_angular_order": 2}
                    | {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **traits,
        )

    @t.validate("max_radial_order", "max_angular_order")
    def _validate_order(self, proposal):
        name = proposal["trait"].name
        orders = RADIAL if name == "max_radial_order" else ANGULAR
        return check_range(self, name, proposal["value"], orders[0], orders[-1])

    # ---- the numbers shown

    def fit(self) -> dict:
        """The fit of the present orders as plain JSON; ``"error"`` in it says why there is none."""
        return self.meta["fits"][_index(self.max_radial_order, self.max_angular_order)]

    def shifts(self) -> tuple[np.ndarray, np.ndarray]:
        """Measured and fitted shifts (n, 2) in Å of all pixels; the fitted ones are NaN where there is no fit."""
        measured, fit = unpack(self.arrays["measured"]).astype(float), self.fit()
        if "error" in fit:
            return measured, np.full(measured.shape, np.nan)
        return measured, _shifts(fit, frequencies(unpack(self.arrays["pixels"]), self.meta), self.meta["energy"])

    def residual_rms(self) -> float:
        """Root mean square distance of measured from fitted shifts over all pixels, in Å."""
        measured, fitted = self.shifts()
        return float(np.sqrt(np.mean(np.sum((measured - fitted) ** 2, axis=1))))

    def panels(self) -> dict[str, Panel]:
        """Return the distance of measured from fitted shifts, pixel by pixel."""
        # in blocks: the pixels of a group were measured together
        title = "Residual of the groups" if self.meta["groups"] else "Residual"
        look = {"cmap": self.cmap, "contrast": self.contrast, "title": title}
        pixels, sampling = unpack(self.arrays["pixels"]), self.meta["reciprocal_sampling"]
        return {"residual": distance_panel(pixels, *self.shifts(), sampling=sampling, **look)}

    def figure(self):
        """Draw the fields over each other beside the residual map."""
        pixels, meta = unpack(self.arrays["pixels"]), self.meta
        cell = cells_of(pixels, meta["center"], meta["spacing"])
        k = frequencies(pixels, meta)

        def field(axes):
            measured, fitted = (cell_means(cell, pairs) for pairs in self.shifts())
            shown = {"fitted": fitted, "measured": measured}
            radius = meta["disk_radius"] * meta["reciprocal_sampling"][1]
            draw_quiver(axes, cell_means(cell, k), shown, None, radius, meta["longest"], rings=("measured",))

        field.aspect = 1.0
        return figure_columns([field], [self.panels()["residual"]], smooth=self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        orders = f"Orders up to m = {self.max_radial_order}, n = {self.max_angular_order}"
        fit = self.fit()
        if "error" in fit:
            return f"{orders}: {fit['error']}."
        defocus = with_uncertainty("defocus", 0.0 - fit["values"]["C10"], fit["uncertainties"]["C10"])
        rotation = with_uncertainty("rotation_deg", fit["rotation_deg"], fit["uncertainties"]["rotation_deg"])
        return (
            f"{orders}: defocus {defocus} and rotation {rotation}, with fitted shifts as arrows, measured ones as "
            f"rings, and the residual, {self.residual_rms():.2f} Å rms."
        )


def _shifts(fit: dict, k: np.ndarray, energy: float) -> np.ndarray:
    lens = Lens(Aberrations(**fit["values"]), fit["rotation_deg"], fit["transpose"])
    return np.array(fit["offset"]) + lens.shifts(k, energy)


def _index(radial: int, angular: int) -> int:
    return RADIAL.index(radial) * len(ANGULAR) + ANGULAR.index(angular)


def _all_fits(
    alignment: Alignment, transpose: bool | None, defocus_sign: int | None
) -> tuple[list[dict], AlignmentStep]:
    """Fits of all orders, and the step whose shifts were fitted.

    The first fit that succeeds decides transposition and sign for all.
    """
    fits, confidence, step = [], None, alignment.states[-1]
    for orders in ((radial, angular) for radial in RADIAL for angular in ANGULAR):
        try:
            fit = _quiet_fit(alignment, *orders, transpose=transpose, defocus_sign=defocus_sign)
        except ValueError as error:
            fits.append({"error": str(error)})
            continue
        step = next(state for state in alignment.states if state.measured is fit.measured)
        if defocus_sign is None:
            transpose, defocus_sign = fit.transpose, 1 if fit.aberrations.defocus >= 0 else -1
            confidence = fit.sign_confidence
        fits.append(_as_json(fit) | {"sign_confidence": _finite_or_none(confidence)})
    return fits, step


def _quiet_fit(alignment: Alignment, *orders: int, **known) -> AberrationFit:
    """A fit without its warning of an uncertain sign: the view says how certain it is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the sign of the defocus is uncertain")
        return fit_aberrations(alignment, *orders, **known)


def _as_json(fit: AberrationFit) -> dict:
    return {
        "values": {name: fit.aberrations[name] for name in fit.names if name != "rotation_deg"},
        "uncertainties": {name: _finite_or_none(value) for name, value in fit.uncertainties.items()},
        "rotation_deg": fit.rotation_deg,
        "transpose": bool(fit.transpose),
        "offset": fit.offset.tolist(),
    }


def _finite_or_none(value: float | None) -> float | None:
    """JSON knows no infinity."""
    return float(value) if value is not None and np.isfinite(value) else None
