"""Scans of crystallites, and all that is made of them, which several tests need."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np

import tcbf_widgets as tcbf

BULLSEYE = tcbf.bullseye_template(2.2, 6, 9, cross=1.6)
DISK = tcbf.circle_template(9)
PLACES = 150  # asked for, more than there are reflections: places between them do no harm


@dataclass(frozen=True, eq=False)
class Run:
    """All stages, from the frames to the tree."""

    data: tcbf.FourDSTEM
    descan: tcbf.Descan
    maps: tcbf.FrameMaps
    peaks: tcbf.Peaks
    features: tcbf.FeatureVectors
    tree: tcbf.CrystalliteTree


def run(data: tcbf.FourDSTEM, template=BULLSEYE, places: int = PLACES, min_distance: float = 4) -> Run:
    """The pipeline as the book teaches it."""
    descan = tcbf.measure_descan(data, template)
    maps = tcbf.map_frames(data, descan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fewer places than asked for are fine
        peaks = tcbf.find_peaks(maps.log_std, template, places, min_distance)
    features = tcbf.feature_vectors(data, peaks, template, descan)
    return Run(data, descan, maps, peaks, features, tcbf.cluster_crystallites(features))


@cache
def standard_scan(seed: int = 0) -> tcbf.CrystalliteScan:
    """Ten grains, 40 x 40 frames, 1000 electrons in each."""
    return tcbf.crystallite_scan(seed=seed)


@cache
def small_crystallites() -> dict:
    """14 x 18 frames on 5 grains: "features", "tree", "data", "descan", "maps" and "truth", as a widget takes them."""
    scan = tcbf.crystallite_scan(
        600,
        scan_shape=(14, 18),
        detector_shape=(60, 64),
        reciprocal_sampling=0.04,
        grains=5,
        descan=((2.0, 0.3), (-0.4, 1.0)),
    )
    steps = run(scan.data, tcbf.bullseye_template(1.1, 3, 4.5), places=30, min_distance=4.5)
    shown = {name: getattr(steps, name) for name in ("data", "descan", "maps", "features", "tree")}
    return shown | {"truth": scan.grain_map}


def thinned(data: tcbf.FourDSTEM, share: float, seed: int = 0) -> tcbf.FourDSTEM:
    """The scan with a share of its electrons, chosen by lot: counts are Poisson again."""
    counts, rng = data.array.copy(), np.random.default_rng(seed)
    hit = counts > 0
    counts[hit] = rng.binomial(counts[hit], share)
    return tcbf.FourDSTEM(counts, data.energy, data.scan_sampling, data.reciprocal_sampling)
