"""TiltCorrection: the same electrons summed twice, as they are and moved back for an assumed defocus."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import traitlets as t

from .._checks import require
from ..aberrations import FittedOptics
from ..bright_field import group_pixels
from ..kernel_density import deposit_images, join_samples
from ..optics import Aberrations
from .arrays import Packed, pack, unpack
from .figure import Panel, contrast_limits
from .lens_controls import slider_ranges, written
from .moved_sum import MovedSum, choose_binning, frame_shape, packed_groups
from .stack_state import check_range
from .widget import TcbfWidget

KERNEL = 0.2  # standard deviation, scan steps: wider than that of tcbf.upsample, for a picture that is looked at
_FACTOR = 4  # pixels per scan step ...
_MOST = 40_000  # ... unless the picture had more of them than that, and a slider had to wait
_STEPS = 40  # between samples of the sharpness, over the range of the slider
_TITLES = {"plain": "Plain sum of {} images", "moved": "The same images, moved back"}


class TiltCorrection(TcbfWidget):
    """The plain sum of all virtual images beside their sum after each was moved back, for a defocus to be assumed.

    Both pictures are sums by kernel density as in `tcbf.upsample`, in one range of greys, without a phase flip or any
    other filter of contrasts. They are smoothed by the kernel of 0.2 scan steps, by sharing each sample among the four
    pixels around it, and by moving neighbouring detector pixels together (`widgets.moved_sum.choose_binning`).

    Parameters
    ----------
    fit : what `tcbf.fit_aberrations` or `tcbf.refine_aberrations` returns; its rotation and its other aberrations hold
    assumed_defocus : Å, from 0 to about twice the fitted one, which it is at first
    cmap, contrast, smooth : look of the images

    The sharpness is the contrast that the moved images share, the square root of
    `widgets.moved_sum.MovedSum.shared_power`, relative to the same at the fit. What noise alone could make of it, two
    standard deviations of its power, is the floor: below it, no number is said.
    """

    assumed_defocus = t.Float(0.0, help="defocus for which the images are moved back, Å").tag(sync=True)

    def __init__(self, fit, **traits) -> None:
        require("fit", fit, FittedOptics, "from tcbf.fit_aberrations(alignment)")
        stack, measured = fit.stack, fit.aberrations.defocus
        arrays, binning = _packed_stack(fit)
        reach = slider_ranges({"defocus": measured}, 1e-3 * fit.semiangle)["defocus"]
        meta = {
            "title": "One scan, summed twice",
            "scan_sampling": [binning * step for step in stack.scan_sampling],
            "images": len(stack),
            "semiangle": 1e-3 * fit.semiangle,
            "measured": measured,
            "range": [0.0, reach["most"]] if measured >= 0 else [-reach["most"], 0.0],
            "step": reach["step"],
            "kernel": KERNEL,
            **_grid(arrays["group_images"]["shape"][1:]),
            "python": {
                "call": "tcbf.widgets.TiltCorrection(fit)",
                "traits": ["assumed_defocus", "cmap", "contrast", "smooth"],
                "defaults": {"assumed_defocus": measured, "cmap": "gray", "contrast": [1, 99], "smooth": True},
            },
        }
        meta["sharpness_step"] = _sharpness_step(measured, reach["most"])
        curve, said = _sharpness(arrays, meta)
        arrays["sharpness"] = pack(curve.astype(np.float32))
        meta |= said
        super().__init__(arrays=arrays, meta=meta, **({"assumed_defocus": measured, "smooth": True} | traits))

    @t.validate("assumed_defocus")
    def _validate_assumed_defocus(self, proposal):
        ends = self.meta.get("range")
        return check_range(self, "assumed_defocus", proposal["value"], *ends) if ends else proposal["value"]

    # ---- the numbers shown

    def image(self, defocus: float | None) -> np.ndarray:
        """Sum of the images, moved back for a defocus in Å (None: not moved at all).

        Returns
        -------
        (factor · scan_y, factor · scan_x) float32, relative to the mean
        """
        factor, margin = self.meta["factor"], self.meta["margin"]
        shifts = np.zeros((len(self._images()), 2)) if defocus is None else _shifts(self.arrays, defocus)
        offsets = (0.5 - shifts / self.meta["scan_sampling"]) * factor - 0.5
        weights = unpack(self.arrays["weights"]).astype(float) * factor**2
        total, weight = deposit_images(self._images(), offsets, weights, factor, margin)
        ratio, _ = join_samples(total, weight, self.meta["kernel"] * factor)
        inside = slice(margin * factor, -margin * factor)
        return 1 + ratio[inside, inside]

    def _images(self) -> np.ndarray:
        """(n, scan_y, scan_x) float32, each with mean 1."""
        if getattr(self, "_images_of", None) is not self.arrays:
            self._normalised = _normalised(self.arrays)
            self._images_of = self.arrays
        return self._normalised

    def sharpness(self) -> float:
        """Contrast that the moved images share, 1 at the fit; NaN if even there it could be noise."""
        curve = unpack(self.arrays["sharpness"])
        return float(np.interp(self.assumed_defocus / self.meta["sharpness_step"], np.arange(len(curve)), curve))

    def rim_shift(self) -> float:
        """How far the defocus moves images of pixels at the rim of the disk, in Å: semi-angle times defocus."""
        return self.meta["semiangle"] * abs(self.assumed_defocus)

    def panels(self) -> dict[str, Panel]:
        """Return both sums, in the range of greys that the moved one has at the fit."""
        limits = contrast_limits(self.image(self.meta["measured"]), self.contrast)
        sampling = tuple(step / self.meta["factor"] for step in self.meta["scan_sampling"])
        look = (*limits, self.cmap, sampling, "Å")
        images = {"plain": self.image(None), "moved": self.image(self.assumed_defocus)}
        return {name: Panel(image, *look, _TITLES[name].format(self.meta["images"])) for name, image in images.items()}

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        steps = self.rim_shift() / max(self.meta["scan_sampling"])
        plain = self.meta["plain_sharpness"]
        return (
            f"Left, the plain sum of {self.meta['images']} virtual images: the sharpness "
            f"{self._said(math.nan if plain is None else plain)}; right, the same images, each moved "
            f"back for an assumed defocus of {written('defocus', self.assumed_defocus)}, by up to "
            f"{self.rim_shift():.0f} Å or {steps:.1f} scan steps, and then summed: the sharpness "
            f"{self._said(self.sharpness())}."
        )

    def _said(self, sharpness: float) -> str:
        floor = self.meta["sharpness_floor"]
        if np.isnan(sharpness):
            return "cannot be measured"
        if sharpness < floor:
            return f"is below {math.ceil(100 * floor)} % of that at the measured defocus, no more than noise would show"
        return f"is {100 * sharpness:.0f} % of that at the measured defocus"


def _packed_stack(fit: FittedOptics) -> tuple[dict[str, Packed], int]:
    """Images of groups of pixels, their weights and shifts, and by how much the scan is binned.

    Shifts are linear in the defocus: what the other aberrations do, and what each Å of defocus adds.
    """
    stack, lens = fit.stack, fit.lens
    longest = float(np.linalg.norm(fit.shifts, axis=1).max(initial=0.0))
    groups, binning = packed_groups(stack, longest)
    k = unpack(groups["group_k"]).astype(float)
    others, defocus = replace(lens.aberrations, C10=0.0), Aberrations.from_defocus(1.0)
    group = group_pixels(stack.pixels, choose_binning(stack, longest)[0])
    weights = np.bincount(group, stack.mean_counts)
    return {name: groups[name] for name in ("group_images", "group_means")} | {
        "weights": pack((weights / max(weights.sum(), 1e-30)).astype(np.float32)),
        "others": pack(replace(lens, aberrations=others).shifts(k, stack.energy).astype(np.float32)),
        "per_defocus": pack(replace(lens, aberrations=defocus).shifts(k, stack.energy).astype(np.float32)),
    }, binning


def _grid(shape: tuple[int, int]) -> dict[str, int]:
    """Pixels per scan step, and scan steps around the field from which samples reach into it."""
    factor = next(factor for factor in range(_FACTOR, 0, -1) if factor == 1 or factor**2 * math.prod(shape) <= _MOST)
    return {"factor": factor, "margin": -(-(math.ceil(4 * KERNEL * factor) + 1) // factor)}


def _normalised(arrays: dict[str, Packed]) -> np.ndarray:
    """(n, scan_y, scan_x) float32, each with mean 1."""
    return unpack(arrays["group_images"]) / unpack(arrays["group_means"])[:, None, None]


def _shifts(arrays: dict[str, Packed], defocus: float) -> np.ndarray:
    """(n, 2) Å, scan axes: where each image lies."""
    others, per_defocus = (unpack(arrays[name]).astype(float) for name in ("others", "per_defocus"))
    return others + defocus * per_defocus


def _sharpness_step(measured: float, most: float) -> float:
    """Å between samples of the sharpness, counted from 0; one of them lies at the measured defocus."""
    steps = round(_STEPS * abs(measured) / most)
    return measured / steps if steps else math.copysign(most / _STEPS, measured)


def _sharpness(arrays: dict[str, Packed], meta: dict) -> tuple[np.ndarray, dict]:
    """Contrast that the images share over the range of the slider, 1 at the fit; of the plain sum, and of noise."""
    images, sampling = _normalised(arrays), np.array(meta["scan_sampling"])
    step, end = meta["sharpness_step"], max(meta["range"], key=abs)
    defocus = step * np.arange(math.ceil(end / step - 1e-9) + 1)
    longest = float(np.abs(_shifts(arrays, end)).max(initial=0.0))
    moved = [_shifts(arrays, value) / sampling for value in defocus]
    weights, frame = unpack(arrays["weights"]), frame_shape(images.shape[1:], sampling, longest)
    total = MovedSum(images, weights, frame)
    best = total.shared_power(_shifts(arrays, meta["measured"]) / sampling)
    noise = 2 * math.prod(frame) * noise_of_shared_power(images, weights)
    if best <= noise:
        return np.full(len(defocus), np.nan), {"sharpness_floor": 1.0, "plain_sharpness": None}
    powers = [total.shared_power(shifts) for shifts in [np.zeros_like(moved[0]), *moved]]
    plain, *curve = np.sqrt(np.maximum(powers, 0.0) / best)
    return np.array(curve), {"sharpness_floor": math.sqrt(noise / best), "plain_sharpness": float(plain)}


def noise_of_shared_power(images: np.ndarray, weights: np.ndarray) -> float:
    """Largest standard deviation of the power that images of independent noise seem to share, wherever they are moved.

    Together they have the power P = Σ m²J². In their sum, each of the N positions has P/N of it on average, with a
    standard deviation of √2 P/N, as the square of a normal number has; so the power of the whole sum has one of
    P √(2/N). The windows of `MovedSum`, and positions that not all images reach, only make it smaller.

    Parameters
    ----------
    images : (n, ny, nx), each with mean 1
    weights : (n,) m
    """
    power = np.sum(weights.astype(float) ** 2 * ((images.astype(float) - 1) ** 2).sum(axis=(1, 2)))
    return float(power * math.sqrt(2 / max(math.prod(images.shape[1:]), 1)))
