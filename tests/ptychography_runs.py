"""Short reconstructions that several tests show."""

from functools import cache

import numpy as np

import tcbf_widgets as tcbf
from tcbf_widgets.reconstruction import Epoch


def epochs_of(count: int, shape=(1, 16, 16)) -> list[Epoch]:
    """Epochs of random phases, the same ones at every call."""
    phases = 0.3 * np.random.default_rng(0).standard_normal((count, *shape))
    return [Epoch(number, 1 / (number + 1), np.exp(1j * phase), np.ones((8, 8))) for number, phase in enumerate(phases)]


@cache
def two_slices(epochs: int = 4) -> list:
    """Epochs of an object of two slices."""
    scan = tcbf.overlap_scan(slices=2, step=8)
    options = {"slices": 2, "propagator": scan.propagator, "truth": scan.truth, "epochs": epochs}
    return list(tcbf.reconstruct(scan.data, scan.probe, **options))


@cache
def two_methods() -> dict[str, list]:
    """Epochs 0 to 6 of Adam, 0 to 3 of ePIE, of one object."""
    scan = tcbf.overlap_scan(step=8)
    adam = tcbf.reconstruct(scan.data, scan.probe, truth=scan.truth, epochs=6)
    epie = tcbf.reconstruct(scan.data, scan.probe, truth=scan.truth, epochs=3, method="epie")
    return {"Adam": list(adam), "ePIE": list(epie)}
