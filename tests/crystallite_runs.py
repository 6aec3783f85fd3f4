"""A small scan of crystallites with all that is made of it, for the tests of several modules."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

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


def run(data: tcbf.FourDSTEM, template: tcbf.Template = BULLSEYE, places: int = PLACES) -> Run:
    """The pipeline as the book teaches it."""
    descan = tcbf.measure_descan(data, template)
    maps = tcbf.map_frames(data, descan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # fewer places than asked for are fine
        peaks = tcbf.find_peaks(maps.log_std, template, places, min_distance=4)
    features = tcbf.feature_vectors(data, peaks, template, descan)
    return Run(data, descan, maps, peaks, features, tcbf.cluster_crystallites(features))


def thinned(data: tcbf.FourDSTEM, share: float, seed: int = 0) -> tcbf.FourDSTEM:
    """The scan with a share of its electrons, chosen by lot: counts are Poisson again."""
    counts, rng = data.array.copy(), np.random.default_rng(seed)
    hit = counts > 0
    counts[hit] = rng.binomial(counts[hit], share)
    return tcbf.FourDSTEM(counts, data.energy, data.scan_sampling, data.reciprocal_sampling)
