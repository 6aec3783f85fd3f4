"""What a movie of reconstructions accepts: the epochs of one, or of several by label, and a truth."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..epochs import Epoch, checked_truth
from .runs import Runs


def runs_of(runs, truth=None) -> Runs:
    """Read all epochs of all runs.

    Parameters
    ----------
    runs : epochs of a reconstruction, or such by label; None for none yet. One without a label gets ""
    truth : (ny, nx) or (slices, ny, nx) complex, or None

    Raises
    ------
    TypeError, ValueError : where they are no epochs, of no object or of different ones
    """
    store = Runs(checked_truth(truth))
    given = {} if runs is None else runs if isinstance(runs, dict) else {"": runs}
    if runs is not None and not given:
        raise ValueError("runs is empty; give at least one reconstruction, or None to follow one later")
    for label, epochs in given.items():
        if not isinstance(label, str):
            raise TypeError(f"runs must have labels that are text, got {label!r}")
        check_epochs(name_of(label), epochs)
    for label, epochs in given.items():
        _read(store, label, epochs)
    return store


def check_epochs(name: str, epochs) -> None:
    """Raise TypeError unless something can be gone through, epoch by epoch."""
    if isinstance(epochs, (str, dict, np.ndarray)) or not isinstance(epochs, Iterable):
        raise TypeError(
            f"{name} must be the epochs of a reconstruction, such as list(tcbf.reconstruct(data, probe)); got "
            f"{type(epochs).__name__}"
        )


def name_of(label: str) -> str:
    """How errors call a run."""
    return f"runs[{label!r}]" if label else "runs"


def _read(store: Runs, label: str, epochs: Iterable[Epoch]) -> None:
    name, place = name_of(label), -1
    for place, epoch in enumerate(epochs):
        (store.add if place else store.begin)(label, epoch, f"{name}[{place}]")
    if place < 0:
        raise ValueError(f"{name} is empty; give list(tcbf.reconstruct(data, probe)), whose epochs come only once")
