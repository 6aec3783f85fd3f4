"""What CrystalliteMap sends: virtual dark fields, places on the detector, and what a detector sees of crystallites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._checks import require
from ..crystallites import CrystalliteTree
from ..descan import Descan, corrected_rows, windows
from ..features import FeatureVectors
from ..fourdstem import FourDSTEM
from ..frame_maps import FrameMaps, map_frames
from .arrays import Packed, pack, quantise
from .merge_tree import TreeTop, gap_threshold, node_centres, node_colours, threshold_range
from .stack_state import binned, fitting_binning

MOST_FIELDS = 800_000  # values of all virtual dark fields
SMALLEST_FIELD = 48  # frames along an axis; rather than smaller ones fewer are sent
MOST_PATTERNS = 400_000  # values of all mean patterns
_STEPS = 255  # between the lowest and the highest value of a virtual dark field
_FINEST = 4  # steps within the counting noise; finer ones would say nothing
_RING = 0.018  # of the detector, radius of a ring
_FULL = 98  # percentile of all mean features that gets the largest ring


@dataclass(frozen=True, eq=False)
class Detector:
    """The part of the detector that is shown.

    shape : (ny, nx) pixels of the corrected frames
    binning : pixels along each axis that become one in the pictures
    sampling : 1/Å per pixel (y, x) of the frames; None where it is not known
    wavelength : Å; None where it is not known
    centre : (y, x) pixels of the frames, where the direct beam stands
    """

    shape: tuple[int, int]
    binning: int
    sampling: tuple[float, float] | None
    wavelength: float | None
    centre: tuple[float, float]

    def as_meta(self) -> dict:
        """What a view needs to know of it, in pixels of the pictures."""
        meta = {
            "shape": [n // self.binning for n in self.shape],
            "center": [(at + 0.5) / self.binning - 0.5 for at in self.centre],
        }
        if self.sampling is None:
            return meta
        return meta | {
            "reciprocal_sampling": [step * self.binning for step in self.sampling],
            "wavelength": self.wavelength,
        }


def check_sources(features, tree, data, descan, maps, truth) -> np.ndarray | None:
    """Raise unless all that CrystalliteMap is made of belongs together; returns the truth as whole numbers."""
    require("features", features, FeatureVectors, "from tcbf.feature_vectors(data, peaks, template)")
    scan_shape = tuple(features.values.shape[:2])
    if not np.isfinite(features.values).all():
        raise ValueError("features must be finite, got NaN or infinity in their values; mask such frames first")
    for name, value, kind, source in (
        ("tree", tree, CrystalliteTree, "from tcbf.cluster_crystallites(features)"),
        ("data", data, FourDSTEM, "from tcbf.open or tcbf.crystallite_scan().data"),
        ("descan", descan, Descan, "from tcbf.measure_descan(data, template)"),
        ("maps", maps, FrameMaps, "from tcbf.map_frames(data, descan)"),
    ):
        if value is not None:
            require(name, value, kind, source)
    if descan is not None and data is None:
        raise ValueError("descan says how frames of data are read; give data with it")
    shapes = {"tree": tree and tree.scan_shape, "data": data and data.scan_shape}
    for name, shape in shapes.items():
        if shape is not None and tuple(shape) != scan_shape:
            raise ValueError(f"{name} belongs to a scan of {tuple(shape)} positions, features to one of {scan_shape}")
    if tree is not None and tree.features != len(features):
        raise ValueError(
            f"tree was made of {tree.features} features of each frame, features has {len(features)}; "
            "make it with tcbf.cluster_crystallites(features)"
        )
    shape = _shown_shape(features, data, descan, maps)
    if maps is not None and maps.std.shape != shape:
        raise ValueError(f"maps show {maps.std.shape} pixels, data and descan {shape}; make maps of them")
    return None if truth is None else _checked_truth(truth, scan_shape)


def _checked_truth(truth, scan_shape) -> np.ndarray:
    truth = np.asarray(truth)
    if truth.shape != scan_shape:
        raise ValueError(f"truth must be a map of the {scan_shape} positions of features, got shape {truth.shape}")
    if truth.dtype.kind not in "iub":
        raise ValueError(f"truth must hold whole numbers, one for each grain, got an array of {truth.dtype}")
    numbers = np.unique(truth, return_inverse=True)[1].reshape(scan_shape)
    return numbers.astype(np.uint8 if numbers.max() < 256 else np.int32)


def _shown_shape(features: FeatureVectors, data, descan, maps) -> tuple[int, int]:
    """Pixels of the detector as data or maps have it; without both, of a field around the places of the features."""
    if data is not None:
        return windows(descan, data.scan_shape, data.detector_shape)[1]
    if maps is not None:
        return maps.std.shape
    low, high = features.positions.min(axis=0), features.positions.max(axis=0)
    return tuple(int(n) + 1 for n in np.ceil(high + np.maximum(low, 0)))


def shown_detector(features: FeatureVectors, data, descan, maps, leaves: int) -> Detector:
    """What is shown of the detector, binned so that a mean pattern of each leaf fits into a page."""
    shape = _shown_shape(features, data, descan, maps)
    binning = fitting_binning(leaves, shape, MOST_PATTERNS)[0]
    centre = (np.array(shape) - 1) / 2 if descan is None else descan.beam
    known = (None, None) if data is None else (data.reciprocal_sampling, data.wavelength)
    return Detector(shape, binning, *known, tuple(map(float, centre)))


def sent_fields(features: FeatureVectors) -> tuple[int, int]:
    """How many frames along each axis become one in virtual dark fields, and of how many features there are any."""
    count, shape = len(features), features.values.shape[:2]
    binning = min(fitting_binning(count, shape, MOST_FIELDS)[0], max(1, min(shape) // SMALLEST_FIELD))
    return binning, min(count, max(1, MOST_FIELDS // ((shape[0] // binning) * (shape[1] // binning))))


def packed_fields(features: FeatureVectors, binning: int, count: int) -> dict[str, Packed]:
    """Virtual dark fields as bytes, each with its lowest value and its step: value = low + step · byte."""
    images = np.moveaxis(features.values[..., :count], -1, 0)
    images = (binned(images, binning) / binning**2).astype(float)
    low = images.min(axis=(1, 2)).astype(np.float32)
    noise = features.noise[:count] / (binning * _FINEST)
    span = images.max(axis=(1, 2)) - low
    step = np.maximum(span / _STEPS, noise).astype(np.float32)
    step[step == 0] = 1  # a field without contrast
    raw = np.rint((images - low[:, None, None]) / step[:, None, None])
    return {"fields": pack(np.clip(raw, 0, _STEPS).astype(np.uint8)), "lows": pack(low), "steps": pack(step)}


def packed_detector(top: TreeTop, detector: Detector, data, descan, maps) -> dict[str, Packed]:
    """The map of all frames, and the roots of mean counts of each leaf; none of what there is no source for."""
    arrays = {}
    if data is not None:
        patterns = binned(_leaf_sums(top, detector.shape, data, descan), detector.binning)
        sizes = np.array(top.sizes[: top.count])
        arrays["patterns"] = quantise(np.sqrt(patterns / (sizes[:, None, None] * detector.binning**2)), "uint8")
        maps = map_frames(data, descan) if maps is None else maps
    if maps is not None:
        arrays["map"] = quantise(binned(maps.log_std[None], detector.binning)[0] / detector.binning**2)
    return arrays


def _leaf_sums(top: TreeTop, shape, data: FourDSTEM, descan: Descan | None) -> np.ndarray:
    """Sums (n, ny, nx) of the frames of each leaf."""
    sums = np.zeros((top.count, shape[0] * shape[1]))
    for row, frames in corrected_rows(data, descan):
        belongs = np.arange(top.count)[:, None] == top.leaves[row]
        here = belongs.any(axis=1)
        sums[here] += belongs[here].astype(np.float32) @ frames.reshape(len(frames), -1).astype(np.float32)
    return sums.reshape(top.count, *shape)


def tree_meta(tree: CrystalliteTree, top: TreeTop) -> dict:
    """The tree as plain JSON: merges, what is drawn of its nodes, the largest gap and the ends of the threshold."""
    centres, depths = node_centres(top)
    count, threshold = min(tree.count, top.count), gap_threshold(tree, top)
    return {
        "merges": top.merges.tolist(),
        "heights": top.heights.tolist(),
        "colours": node_colours(top),
        "centres": centres,
        "depths": depths,
        "gap": {"count": count, "threshold": threshold, "shown": 1 < tree.count <= top.count},
        "ranges": {"threshold": threshold_range(tree, top)},
    }


def leaf_means(features: FeatureVectors, top: TreeTop, count: int) -> np.ndarray:
    """Mean feature vector of each leaf (n, count), float32."""
    return _means(features, top.leaves, count).astype(np.float32)


def _means(features: FeatureVectors, labels: np.ndarray, count: int) -> np.ndarray:
    """Mean feature vector (n, count) of the frames of each number in a map."""
    flat, labels = features.values[..., :count].reshape(-1, count), labels.ravel()
    return np.stack([flat[labels == label].mean(axis=0, dtype=float) for label in np.unique(labels)])


def ring_sizes(means: np.ndarray, detector: Detector) -> dict[str, float]:
    """Radius of a ring in pixels of the pictures, and the mean feature that gets the largest ring."""
    full = float(np.percentile(means, _FULL))  # below the direct beam, which is brighter than all others
    return {"radius": _RING * max(detector.as_meta()["shape"]), "full": full if full > 0 else 1.0}


def telling_feature(features: FeatureVectors, labels: np.ndarray, count: int) -> int:
    """The feature that tells crystallites apart best: bright in some of them, dark in the others, above the noise."""
    means = _means(features, labels, count)
    spread = means.std(axis=0)
    bright = np.maximum(np.abs(means).max(axis=0), 1e-30)
    noise = np.maximum(features.noise[:count], 1e-30)
    return int(np.argmax(spread / bright * np.minimum(spread / noise, 10)))
