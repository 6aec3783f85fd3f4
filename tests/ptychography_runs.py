"""Short reconstructions that several tests show."""

from functools import cache

import tcbf_widgets as tcbf


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
