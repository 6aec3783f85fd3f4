"""What an AberrationExplorer is made from: measured shifts and, if one was fitted, a lens that explains them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._checks import require
from ..aberrations import AberrationFit, FittedOptics
from ..alignment import Alignment
from ..bright_field import BrightFieldStack
from .lens_controls import COEFFICIENTS, UNITS, detuned

_WITHOUT_SLIDER = ("C32x", "C32y", "C34x", "C34y")


@dataclass(frozen=True, eq=False)
class ExplorerSource:
    """Shifts, and what is known of the lens.

    stack : the virtual images
    measured : (n, 2) Å, relative to the axial image
    reference : how those shifts are called, "measured" or "refined"
    fitted : Å and degrees by the names of the sliders; None without a fit
    names : those of them that were fitted; the others are 0 because they were not
    transpose : whether the detector's axes are exchanged
    held : fitted coefficients that have no slider
    best : function of k (n, 2) in 1/Å: the shifts (n, 2) in Å by which the images agree best
    """

    stack: BrightFieldStack
    measured: np.ndarray
    reference: str
    fitted: dict[str, float] | None
    names: tuple[str, ...]
    transpose: bool
    held: dict[str, float]
    best: Callable[[np.ndarray], np.ndarray]

    @property
    def longest(self) -> float:
        """The longest of the best shifts, in Å."""
        return float(np.linalg.norm(self.best(self.stack.k), axis=1).max(initial=0.0))

    @property
    def semiangle(self) -> float:
        """Of the disk, in rad."""
        return self.stack.rim * self.stack.wavelength

    @property
    def known(self) -> dict[str, float]:
        """What was fitted; without a fit, the length of the shifts still tells how far out of focus the beam was."""
        return self.fitted or {"rotation_deg": 0.0, "defocus": round(self.longest / self.semiangle, -2)}

    def first(self, ranges: dict[str, dict]) -> dict[str, float | bool]:
        """First values of the sliders."""
        return (detuned(self.known, ranges) if self.fitted else self.known) | {"transpose": self.transpose}


def explorer_source(fit) -> ExplorerSource:
    """Source from an AberrationFit, a Refinement or an Alignment."""
    if isinstance(fit, Alignment):
        return _aligned(fit)
    require("fit", fit, FittedOptics, "from tcbf.fit_aberrations(alignment), or an Alignment")
    fitted = {"rotation_deg": float(fit.rotation_deg), "defocus": fit.aberrations.defocus}
    # a refinement has measured no shifts: what it found stands in their place
    measured = isinstance(fit, AberrationFit)
    return ExplorerSource(
        stack=fit.stack,
        measured=fit.measured - fit.offset if measured else fit.shifts,
        reference="measured" if measured else "refined",
        fitted=fitted | {name: fit.aberrations[name] for name in COEFFICIENTS[1:]},
        names=tuple(name for name in UNITS if ("C10" if name == "defocus" else name) in fit.names),
        transpose=bool(fit.transpose),
        held={name: fit.aberrations[name] for name in _WITHOUT_SLIDER},
        best=lambda k: fit.lens.shifts(k, fit.energy),
    )


def _aligned(alignment: Alignment) -> ExplorerSource:
    last = alignment.states[-1]

    def best(k):
        return np.asarray(k) @ last.fit[1:]

    return ExplorerSource(
        stack=alignment.stack,
        measured=last.measured - last.fit[0],
        reference="measured",
        fitted=None,
        names=(),
        transpose=False,
        held={},
        best=best,
    )
