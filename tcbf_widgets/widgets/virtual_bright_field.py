"""VirtualBrightField: the image of axial pixels within a radius, beside that of the whole disk."""

from __future__ import annotations

import numpy as np
import traitlets as t

from ..bright_field import BrightFieldStack
from ..virtual_images import RadiusSeries, radius_series
from .arrays import pack, quantise, unpack
from .colours import tint
from .figure import AXIAL, WHOLE_DISK, Panel, contrast_limits
from .posters import draw_curve, figure_columns
from .stack_state import binned_mean, calibration, check_range, require_stack
from .widget import TcbfWidget


class VirtualBrightField(TcbfWidget):
    """Virtual bright-field image against the radius of the summed pixels.

    Parameters
    ----------
    stack : what `tcbf.bright_field_stack` returns
    radius : detector pixels, 1 up to the rim of the disk; by default where the signal-to-noise ratio peaks
    cmap, contrast, smooth : look of the images
    """

    radius = t.Int(1, help="pixels nearer than this to the centre are summed").tag(sync=True)

    def __init__(self, stack: BrightFieldStack, **traits) -> None:
        stack = require_stack("stack", stack)
        series = radius_series(stack)
        images, binning = binned_mean(series.images)
        # the first state is the interesting one
        best = int(series.radii[np.nanargmax(series.snr)]) if np.isfinite(series.snr).any() else 1
        disk, ring, origin = _cropped_disk(stack, series)
        super().__init__(
            arrays={
                "disk": pack(disk),
                "ring": pack(ring),
                "series": quantise(images),
                "snr": pack(series.snr),
                "sharpness": pack(series.sharpness),
            },
            meta=calibration(stack, binning)
            | {
                "title": "Virtual bright-field images",
                "radii": series.radii.tolist(),
                "pixel_counts": series.pixel_counts.tolist(),
                "disk_origin": origin,
                "snr_floor": series.snr_floor,
                "python": {
                    "call": "tcbf.widgets.VirtualBrightField(stack)",
                    "traits": ["radius", "cmap", "contrast", "smooth"],
                    "defaults": {"cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **({"radius": best} | traits),
        )

    @t.validate("radius")
    def _validate_radius(self, proposal):
        return check_range(self, "radius", proposal["value"], 1, max(1, len(self.meta.get("radii", []))))

    def panels(self) -> dict[str, Panel]:
        """Return the disk and the two virtual images."""
        disk, ring = unpack(self.arrays["disk"]), unpack(self.arrays["ring"])
        series = unpack(self.arrays["series"])
        gray = Panel(disk, *contrast_limits(disk, self.contrast), self.cmap).rgba()
        tinted = tint(gray, (ring > 0) & (ring <= self.radius), AXIAL)
        tinted = tint(tinted, ring > self.radius, WHOLE_DISK)
        mrad = tuple(1e3 * self.meta["wavelength"] * step for step in self.meta["reciprocal_sampling"])
        return {
            "disk": Panel(tinted, pixel_size=mrad, unit="mrad", title="Bright-field disk"),
            "axial": self._image(series[self.radius - 1], "Sum of axial pixels", AXIAL),
            "incoherent": self._image(series[-1], "Sum of the whole disk", WHOLE_DISK),
        }

    def _image(self, values: np.ndarray, title: str, frame: str) -> Panel:
        limits = contrast_limits(values, self.contrast)
        return Panel(values, *limits, self.cmap, tuple(self.meta["scan_sampling"]), "Å", title, frame)

    def figure(self):
        """Draw disk, images and the curves of signal-to-noise ratio and sharpness."""
        panels = self.panels()
        radii = self.meta["radii"]

        def curve(name, title, floor=None):
            values = unpack(self.arrays[name])
            return lambda axes: draw_curve(axes, radii, values, self.radius, title, "radius (px)", floor)

        left = [panels["disk"], curve("snr", "Signal-to-noise ratio", self.meta["snr_floor"])]
        right = [panels["axial"], panels["incoherent"], curve("sharpness", "Sharpness")]
        return figure_columns(left, right, smooth=self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        count, total = self.meta["pixel_counts"][self.radius - 1], self.meta["pixel_counts"][-1]
        snr = unpack(self.arrays["snr"])[self.radius - 1]
        ratio = f"signal-to-noise ratio {snr:.2f}"
        if not np.isfinite(snr):
            ratio = "whose signal-to-noise ratio is not measurable with so few pixels"
        return (
            f"Bright-field disk with the {count} of {total} pixels within radius {self.radius} px marked; their summed "
            f"virtual image, {ratio}; and the incoherent image of the whole disk."
        )


def _cropped_disk(stack: BrightFieldStack, series: RadiusSeries) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Mean pattern around the disk, the ring of each of its pixels (0 outside), and the crop's first pixel."""
    margin = 3
    shape = np.array(stack.disk.mask.shape)
    first = np.maximum(stack.pixels.min(axis=0) - margin, 0)
    last = np.minimum(stack.pixels.max(axis=0) + margin + 1, shape)
    ring = np.zeros(shape, np.uint16)
    ring[tuple(stack.pixels.T)] = series.ring
    crop = tuple(slice(a, b) for a, b in zip(first, last, strict=True))
    return stack.disk.mean_pattern[crop].astype(np.float32), ring[crop], [int(n) for n in first]
