"""Challenge: a scan whose lens is to be found, with a score from physics."""

from __future__ import annotations

import numpy as np
import traitlets as t

from .._checks import require
from ..challenges import ChallengeScan
from ..lens import ROTATION, Lens
from ..optics import Aberrations
from .arrays import pack, unpack
from .challenge_score import Score, kept_share, remaining_blur, signal_ratio
from .challenge_source import NAMES, check_given, farthest, first_values, given_values, slider_limits, told_meta
from .figure import Panel, contrast_limits, label_axes
from .lens_controls import written
from .moved_sum import MovesGroups, packed_groups
from .numbers import fixed
from .posters import draw_cursor, draw_quiver, figure_columns
from .shift_cells import cell_means, cells_of
from .widget import TcbfWidget

LABELS = {"defocus": "Defocus", ROTATION: "Rotation", "C12x": "Astigmatism C12x", "C12y": "Astigmatism C12y"}
# proteins of ten pixels are recognised sooner in a smooth image
_LOOK = {"cmap": "gray", "contrast": [1, 99], "smooth": True}
_TRAIL = "Signal-to-noise of your tries"


class Challenge(MovesGroups, TcbfWidget):
    """Find the lens of a scan by the image alone; handed in, it gets points.

    Parameters
    ----------
    scan : what `tcbf.challenge` returns
    defocus, rotation_deg, C12x, C12y : Å and degrees; those that are not asked stay as they are told
    handed_in : the sliders' values are the answer, and have their points; a value that moves makes it False again,
        and set to False by hand it takes the answer back
    revealed : the true values are marked; the points of this scan no longer count
    cmap, contrast, smooth : look of the image

    Attributes
    ----------
    answer : values last handed in, in the order of ``scan.asked``; empty before
    points : what they are worth, 0 to 100, to one decimal; None before. `score` tells how they come about
    """

    defocus = t.Float(0.0, help="defocus, -C10, in Å").tag(sync=True)
    rotation_deg = t.Float(0.0, help="from detector to scan axes, degrees").tag(sync=True)
    C12x = t.Float(0.0, help="two-fold astigmatism, cosine part, in Å").tag(sync=True)
    C12y = t.Float(0.0, help="two-fold astigmatism, sine part, in Å").tag(sync=True)
    handed_in = t.Bool(False, help="the values are handed in").tag(sync=True)
    revealed = t.Bool(False, help="mark the true values").tag(sync=True)
    answer = t.Tuple(help="values that were handed in").tag(sync=True)
    points = t.Float(None, allow_none=True, help="of what was handed in").tag(sync=True)

    def __init__(self, scan: ChallengeScan, **traits) -> None:
        require("scan", scan, ChallengeScan, "from tcbf.challenge(level)")
        ranges = slider_limits(scan)
        longest = farthest(scan, ranges)
        groups, binning = packed_groups(scan.stack, longest)
        first, given = first_values(scan), given_values(scan)
        for name in NAMES:
            check_given(name, traits.get(name, first[name]), given)
        hidden = [*scan.truth.values(), *(scan.uncertainties[name] for name in scan.asked)]
        arrays = groups | {"pixels": pack(scan.stack.pixels.astype(np.int16)), "hidden": pack(np.float32(hidden))}
        super().__init__(
            arrays=arrays,
            meta=told_meta(scan, arrays, binning, longest)
            | {
                "ranges": ranges,
                "python": {
                    "call": f"tcbf.widgets.Challenge(tcbf.challenge({scan.level}, seed={scan.seed}))",
                    "traits": [*scan.asked, "handed_in", "revealed", "cmap", "contrast", "smooth"],
                    "defaults": first | {"handed_in": False, "revealed": False} | _LOOK,
                },
            },
            **({"smooth": True} | first | traits),
        )

    @t.validate(*NAMES)
    def _validate_number(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        check_given(name, value, self.meta.get("given", {}))
        limits = self.meta.get("ranges", {}).get(name)
        if limits and not limits["least"] <= value <= limits["most"]:
            accepted = f"{limits['least']:g} to {limits['most']:g}"
            raise t.TraitError(f"{name} is {value}; Challenge here accepts {accepted}")
        return value

    def hand_in(self) -> float:
        """Hand in the sliders' values, as often as they are improved, and return their points."""
        self.handed_in = True
        return self.points

    @t.observe("handed_in")
    def _score_answer(self, change) -> None:
        if change["new"]:
            self.answer, self.points = self._asked_values(), round(self.score().points, 1)
        elif self.answer == self._asked_values():  # taken back; otherwise it is the answer before an improvement
            self.answer, self.points = (), None

    @t.observe(*NAMES)
    def _move_on(self, _change) -> None:
        if self.answer and self.answer != self._asked_values():
            self.handed_in = False

    # ---- the numbers shown

    def _asked_values(self) -> tuple[float, ...]:
        return tuple(getattr(self, name) for name in self.meta["asked"])

    def lens(self) -> Lens:
        """Lens of the sliders as they stand."""
        return self._lens_of(self._asked_values())

    def _true_lens(self) -> Lens:
        return self._lens_of(self._hidden())

    def _lens_of(self, asked) -> Lens:
        """Lens of what is asked, and of what is told besides."""
        values = self.meta["given"] | dict(zip(self.meta["asked"], asked, strict=False))
        aberrations = Aberrations.from_defocus(values["defocus"], C12x=values["C12x"], C12y=values["C12y"])
        return Lens(aberrations, values[ROTATION])

    def _hidden(self) -> list[float]:
        """True values of what is asked, and then the uncertainties."""
        return unpack(self.arrays["hidden"]).astype(float).tolist()

    def _shifts(self, lens: Lens) -> np.ndarray:
        """Of the groups, in Å."""
        return lens.shifts(unpack(self.arrays["group_k"]).astype(float), self.meta["energy"])

    def _power(self, lens: Lens) -> float:
        return self._moved_sum().shared_power(self._in_positions(self._shifts(lens)))

    def signal_to_noise(self) -> float:
        """Of the sum of the moved images: root of the power that they share, relative to that of their noise."""
        return signal_ratio(self._power(self.lens()), self._moved_sum().noise_power)

    def score(self) -> Score:
        """Worth of the sliders' values, handed in or not."""
        lens, truth = self.lens(), self._true_lens()
        return Score(
            kept=kept_share(self._power(lens), self._power(truth)),
            blur=remaining_blur(self._shifts(lens), self._shifts(truth), unpack(self.arrays["members"])),
            upright=self.defocus * truth.aberrations.defocus > 0,
            limit=self.meta["limit"],
        )

    def panels(self) -> dict[str, Panel]:
        """Return the sum of the moved images."""
        image = self._moved_sum().image(self._in_positions(self._shifts(self.lens())))
        limits = contrast_limits(image, self.contrast)
        return {"image": Panel(image, *limits, self.cmap, tuple(self.meta["scan_sampling"]), "Å", "Image")}

    def figure(self):
        """Draw the image and its signal beside the shifts of the sliders' lens."""
        return figure_columns([self.panels()["image"], self._draw_trail()], [self._draw_field()], smooth=self.smooth)

    def _draw_trail(self):
        name = self.meta["asked"][0]
        limits = self.meta["ranges"][name]

        def draw(axes):
            at, scale = getattr(self, name), limits["scale"]
            axes.set(xlim=(limits["least"] / scale, limits["most"] / scale), ylim=(0, self.meta["top"]))
            draw_cursor(axes, at / scale, self.signal_to_noise())
            said = _TRAIL if self.points is None else f"Handed in: {fixed(self.points, 1)} points"
            label_axes(axes, said, f"{LABELS[name]} ({limits['unit']})")

        draw.aspect = 0.5
        return draw

    def _draw_field(self):
        pixels = unpack(self.arrays["pixels"])
        k = (pixels - np.array(self.meta["center"])) * np.array(self.meta["reciprocal_sampling"])
        cell = cells_of(pixels, self.meta["center"], self.meta["spacing"])
        fields = {"predicted": self.lens().shifts(k, self.meta["energy"])}
        if self.revealed:
            fields["true"] = self._true_lens().shifts(k, self.meta["energy"])
        radius = self.meta["disk_radius"] * self.meta["reciprocal_sampling"][1]

        def draw(axes):
            means = {name: cell_means(cell, pairs) for name, pairs in fields.items()}
            draw_quiver(axes, cell_means(cell, k), means, None, radius, self.meta["longest"], rings=("true",))

        draw.aspect = 1.0
        return draw

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        labels = {name: LABELS[name][0].lower() + LABELS[name][1:] for name in self.meta["asked"]}
        values = ", ".join(f"{label} {written(name, getattr(self, name))}" for name, label in labels.items())
        points = "" if self.points is None else f" Handed in, it gets {fixed(self.points, 1)} of 100 points."
        return (
            f"{self.meta['title']}: virtual images moved back as {values} predict, and summed, with a signal of "
            f"{fixed(self.signal_to_noise(), 2)} times the noise.{points}"
        )
