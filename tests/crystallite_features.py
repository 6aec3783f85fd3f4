"""Feature vectors and trees made by hand, for the tests of CrystalliteMap."""

import numpy as np

from tcbf_widgets.crystallites import CrystalliteTree
from tcbf_widgets.features import FeatureVectors


def vectors(shape=(9, 8), count=4, noise=1.0, seed=0) -> FeatureVectors:
    """Feature vectors of two halves of a scan."""
    rng = np.random.default_rng(seed)
    bright = np.where(np.arange(shape[1]) < shape[1] // 2, 20.0, 0.0)[:, None] * (np.arange(count) % 2)
    values = (bright + noise * rng.standard_normal((*shape, count))).astype(np.float32)
    return FeatureVectors(values, np.full(count, noise or 0.1), rng.uniform(2, 30, (count, 2)))


def chain(shape, features=4) -> CrystalliteTree:
    """A tree that takes one frame after the other, each merge a little higher."""
    frames = shape[0] * shape[1]
    merges = np.arange(frames - 1)
    children = np.stack([np.where(merges == 0, 0, frames + merges - 1), merges + 1], axis=1)
    return CrystalliteTree(children, 1 + merges / frames, shape, features)
