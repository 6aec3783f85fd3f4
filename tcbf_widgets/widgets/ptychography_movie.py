"""PtychographyMovie: original, reconstruction and error epoch by epoch, also while the reconstruction goes on."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import traitlets as t

from .._checks import positive_pair, require
from ..reconstruction import Epoch
from .arrays import pack
from .figure import Panel, contrast_limits, round_up
from .movie_words import binned_text, course_of, slice_text, values_text
from .numbers import brief
from .posters import figure_columns
from .run_curves import draw_runs, waiting_figure
from .run_news import News
from .run_source import check_epochs, name_of, runs_of
from .runs import Runs, unpacked
from .stack_state import check_range
from .widget import TcbfWidget

NEWEST = -1
_DEFAULT = {"epoch": NEWEST, "layer": 0, "quality": "psnr", "error_range": 0.0, "speed": 4.0}
_LOOK = {"cmap": "gray", "contrast": [0, 100], "smooth": False}
_MOST_ERRORS = 99.5  # percentile of the errors that their range holds
_LEAST_RANGE = 0.1  # rad, to either side of a phase that is the same everywhere


class PtychographyMovie(TcbfWidget):
    """Original, reconstruction and error of the phase, epoch by epoch, above loss, PSNR and SSIM against the epoch.

    Original and reconstruction have one range, that of the original; the signed error has a range of its own, which its
    title states. The phase of each slice as a whole, which no diffraction pattern tells, is that of the original.

    Made without runs, it waits for `follow`, which shows a reconstruction while it goes on.

    Parameters
    ----------
    runs : the epochs of a reconstruction, such as ``tcbf.reconstruct(...)`` or a list of what it yields; or several, by
        label: ``{"Adam": [...], "ePIE": [...]}``
    truth : (ny, nx) or (slices, ny, nx) complex, exp(iφ); by default the truth of the epochs, if they have one. Without
        a truth the reconstruction is shown alone, with its loss
    sampling : Å per pixel or a (y, x) pair of them, for the scale bar
    epoch : number of the epoch shown; -1 the newest, also while more arrive
    run : label of the run shown, the first by default
    layer : slice shown, from 0; loss, PSNR, SSIM and error are those of all slices
    quality : "psnr" or "phase_rms", the curve in the middle
    error_range : rad, up to which errors are shown; 0 for 1, 2 or 5 times a power of ten as each epoch needs it
    playing : run through the epochs; speed : epochs per second
    cmap, contrast, smooth : look of the images

    Objects of many pixels are shown binned, and of many epochs some without an image, so that a page holds them; the
    curves and their numbers are always of every epoch and of all pixels.
    """

    epoch = t.Int(NEWEST, help="number of the epoch shown; -1 the newest").tag(sync=True)
    run = t.Unicode("", help="label of the run shown").tag(sync=True)
    layer = t.Int(0, help="slice of the object").tag(sync=True)
    quality = t.Enum(("psnr", "phase_rms"), "psnr", help="curve in the middle").tag(sync=True)
    error_range = t.Float(0.0, min=0.0, help="rad; 0 for each epoch's own").tag(sync=True)
    playing = t.Bool(False, help="run through the epochs").tag(sync=True)
    speed = t.Float(_DEFAULT["speed"], min=0.1, max=20.0, help="epochs per second").tag(sync=True)

    # What it gains is not sent by itself: while a reconstruction is followed, `latest` brings what is new.
    runs = t.Instance(Runs).tag(sync=True, to_json=lambda runs, _: runs.packed())
    latest = t.Dict(help="epochs that `runs` has gained since it was sent").tag(sync=True)

    def __init__(self, runs=None, *, truth=None, sampling: float | tuple[float, float] | None = None, **traits) -> None:
        store = runs_of(runs, truth)
        self._arguments = ["runs"] + ["truth=truth"] * (truth is not None)
        if sampling is not None:
            sampling = positive_pair("sampling", sampling, "in Å per pixel")
            self._arguments.append(f"sampling={sampling[0] if sampling[0] == sampling[1] else sampling}")
        self._sampling, self._news = sampling, News(store)
        run = {"run": store.labels[0]} if store.labels else {}
        super().__init__(
            **self._known(store),
            runs=store,
            **({"contrast": tuple(map(float, _LOOK["contrast"]))} | run | traits),
        )

    def _known(self, store: Runs) -> dict[str, dict]:
        """Traits that tell what is known of the object, from the truth on or from the first epoch on."""
        truth = store.true_phases()
        first = {"run": store.labels[0]} if store.labels else {}
        meta = {
            "title": "Ptychography, epoch by epoch",
            "shape": list(store.shape) if store.shape else None,
            "binning": store.binning,
            "sampling": self._sampling and list(self._sampling),
            "python": {
                "call": f"tcbf.widgets.PtychographyMovie({', '.join(self._arguments)})",
                "traits": [*_DEFAULT, "run", *_LOOK],
                "defaults": _DEFAULT | first | _LOOK,
            },
        }
        return {"arrays": {} if truth is None or not store.shape else {"truth": pack(truth)}, "meta": meta}

    @t.validate("epoch")
    def _validate_epoch(self, proposal):
        last = max((self.runs.numbers(label)[-1] for label in self.runs.labels), default=NEWEST) if self.runs else 0
        return check_range(self, "epoch", proposal["value"], NEWEST, last)

    @t.validate("run")
    def _validate_run(self, proposal):
        labels = self.runs.labels if self.runs else []
        if proposal["value"] not in labels and (labels or proposal["value"]):
            raise t.TraitError(f"run is {proposal['value']!r}; there are {', '.join(map(repr, labels)) or 'none yet'}")
        return proposal["value"]

    @t.validate("layer")
    def _validate_layer(self, proposal):
        shape = self.runs.shape if self.runs else None
        return check_range(self, "layer", proposal["value"], 0, shape[0] - 1 if shape else 0)

    # ---- a reconstruction that goes on

    def follow(self, epochs: Iterable[Epoch], label: str = "") -> Epoch:
        """Show every epoch of a reconstruction as it comes, in every view of this widget.

        The views go to the newest epoch, and stay with the newest until a reader moves back.

        Parameters
        ----------
        epochs : what `tcbf.reconstruct` returns
        label : of the run; one of that label that is already there is replaced

        Returns
        -------
        the last epoch. When the work is interrupted or fails, what has come stays
        """
        require("label", label, str, "the name of the run")
        check_epochs("epochs", epochs)
        last = None
        try:
            for epoch in epochs:
                if last is None:
                    self._begin(label, epoch)
                else:
                    self.runs.add(label, epoch, name_of(label))
                    self._send_new(label)
                last = epoch
        finally:
            # views that were made on the way, and those that are saved, get all of it
            if last is not None:
                self._send_all()
        if last is None:
            raise ValueError("epochs yielded none; give what tcbf.reconstruct(data, probe) returns, and only once")
        return last

    def _begin(self, label: str, epoch: Epoch) -> None:
        self.runs.begin(label, epoch, name_of(label))
        self._send_all()
        # what a view is built with; where it is as before, nothing is sent
        with self.hold_sync():
            for name, value in self._known(self.runs).items():
                self.set_trait(name, value)
            self.run, self.epoch, self.playing = label, NEWEST, False
            self.layer = min(self.layer, self.runs.shape[0] - 1)

    def _send_all(self) -> None:
        # first, so that it cannot be taken for news of what comes after it
        self.latest = {}
        self.send_state("runs")
        self._news.all_sent()

    def _send_new(self, label: str) -> None:
        if not self._news.due():
            return
        if self._news.many():
            self._send_all()
        else:
            self.latest = self._news.take(label)

    # ---- the numbers shown

    def number(self) -> int:
        """Number of the epoch shown, within the run shown."""
        numbers = self.runs.numbers(self.run)
        return numbers[-1] if self.epoch == NEWEST else min(max(self.epoch, numbers[0]), numbers[-1])

    def phases(self) -> np.ndarray:
        """Reconstructed phases (slices, y, x) in rad, float32, in the image shown."""
        image = unpacked(self.runs.at(self.run, self.number())[1])
        truth = self.runs.true_phases()
        return image if truth is None else truth + image

    def errors(self) -> np.ndarray | None:
        """Error of the phases (slices, y, x) in rad, float32, in the image shown; None without a truth."""
        return None if self.runs.truth is None else unpacked(self.runs.at(self.run, self.number())[1])

    def panels(self) -> dict[str, Panel]:
        """Return original, reconstruction and error; without a truth the reconstruction."""
        if not self.runs.labels:
            return {}
        truth, binning = self.runs.true_phases(), self.runs.binning
        place = (tuple(step * binning for step in self._sampling or (1, 1)), "Å" if self._sampling else "")
        last = self.runs.at(self.run, self.runs.numbers(self.run)[-1])[1]
        limits = _spread(*contrast_limits(unpacked(last) if truth is None else truth, self.contrast))
        found = Panel(self.phases()[self.layer], *limits, self.cmap, *place, "Reconstruction (rad)")
        if truth is None:
            return {"reconstruction": found}
        errors, span = self.errors(), self._error_range()
        return {
            "truth": Panel(truth[self.layer], *limits, self.cmap, *place, "Original (rad)"),
            "reconstruction": found,
            "error": Panel(errors[self.layer], -span, span, self.cmap, *place, f"Error (rad), ±{brief(span)}"),
        }

    def _error_range(self) -> float:
        if self.error_range:
            return self.error_range
        return round_up(float(np.percentile(np.abs(self.errors()), _MOST_ERRORS)))

    def figure(self):
        """Draw the images above the curves."""
        panels = list(self.panels().values())
        if not panels:
            return waiting_figure(self.alt_text())
        names = ["loss", self.quality, "ssim"] if len(panels) == 3 else ["loss"]
        curves = [self._draw_curve(name) for name in names]
        columns = [[panel, curve] for panel, curve in zip(panels, curves, strict=True)]
        return figure_columns(*(columns if len(columns) > 1 else [[panels[0]], curves]), smooth=self.smooth)

    def _draw_curve(self, name: str):
        runs = {label: (self.runs.numbers(label), self.runs.curve(label, name)) for label in self.runs.labels}
        return lambda axes: draw_runs(axes, name, runs, self.run, self.number())

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        if not self.runs.labels:
            return "A reconstruction by ptychography that waits for its first epoch."
        what = "Reconstruction" if self.runs.truth is None else "Original, reconstruction and error"
        at, _ = self.runs.at(self.run, self.number())
        last = self.runs.numbers(self.run)[-1]
        of_run = f" of {self.run}" if self.run else ""
        of_slice = slice_text(self.layer, self.runs.shape[0])
        return (
            f"{what} of the phase at epoch {at.number} of {last}{of_run}{of_slice}: {values_text(at.values)}; "
            f"{course_of(self.runs)}{binned_text(self.runs.binning)}."
        )


def _spread(low: float, high: float) -> tuple[float, float]:
    """Limits of grey levels; a phase that is the same everywhere gets the middle."""
    return (low, high) if high > low else (low - _LEAST_RANGE, high + _LEAST_RANGE)
