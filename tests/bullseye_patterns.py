"""Patterns of a grain of gold with a bullseye and with a disk, for the tests of BullseyeTemplate."""

from __future__ import annotations

from functools import cache

import numpy as np

import tcbf_widgets as tcbf

BULLSEYE = tcbf.bullseye_template(1.4, 3.6, 5.4, cross=1.0)


@cache
def bullseye_and_disk() -> dict[str, tcbf.CrystalliteScan]:
    """Scans by the names of their probes, with a finer camera length than usual."""
    options = {"scan_shape": (4, 4), "grains": 1, "detector_shape": (80, 84), "reciprocal_sampling": 0.03}
    return {probe: tcbf.crystallite_scan(None, probe=probe, **options) for probe in ("bullseye", "disk")}


@cache
def recorded() -> np.ndarray:
    """Counts of one of these patterns."""
    return tcbf.poisson_counts(3000.0 * bullseye_and_disk()["bullseye"].expected(1, 2), 4)


def make(**options) -> tcbf.widgets.BullseyeTemplate:
    """The widget of these scans, without the errors, which take seconds."""
    return tcbf.widgets.BullseyeTemplate(bullseye_and_disk(), **{"errors": False} | options)
