"""Trees of merges, cut at several heights; maps with their borders; what CrystalliteMap shows in several states."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import adjusted_rand_score

import tcbf_widgets as tcbf
from tcbf_widgets.crystallites import CrystalliteTree
from tcbf_widgets.features import FeatureVectors
from tcbf_widgets.widgets import CrystalliteMap
from tcbf_widgets.widgets import crystallite_words as words
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.borders import joined_borders
from tcbf_widgets.widgets.crystallite_drawing import branches
from tcbf_widgets.widgets.merge_tree import tree_top

from .plain import floats

TRAITS = ("threshold", "feature", "position", "contrast", "true_boundaries")


def merge_cases(rng) -> dict:
    """Trees by themselves, partitions compared, borders, and a widget."""
    return {
        "trees": [_tree(rng, shape, ties) for shape, ties in [((1, 2), False), ((5, 7), False), ((6, 8), True)]],
        "indices": [_index(rng, frames, parts) for frames, parts in [(2, 1), (30, 3), (300, 20), (40, 40)]],
        "borders": [_borders(rng, shape) for shape in [(1, 1), (3, 5), (9, 8)]],
        "map": _map(rng),
    }


def random_tree(rng, shape, ties: bool) -> CrystalliteTree:
    """A tree that merges frames and groups at random; some merges of equal height with `ties`."""
    frames = shape[0] * shape[1]
    free, children = list(range(frames)), []
    for merge in range(frames - 1):
        pair = [free.pop(rng.integers(len(free))) for _ in range(2)]
        children.append(pair)
        free.append(frames + merge)
    heights = np.sort(rng.lognormal(0, 1, frames - 1))
    return CrystalliteTree(np.array(children), np.ceil(heights) if ties else heights, shape, features=100)


def _tree(rng, shape, ties) -> dict:
    top = tree_top(random_tree(rng, shape, ties))
    low, high = top.heights.min() / 2, 2 * top.heights.max()
    thresholds = [low, *top.heights[:: max(1, top.count // 4)].tolist(), high]
    cuts = []
    for threshold in thresholds:
        nodes = top.cut(threshold)
        lines = branches(top, threshold, nodes, low, high)
        cuts.append(
            {
                "threshold": threshold,
                "nodes": nodes,
                "labels": top.labels(nodes).ravel().tolist(),
                "branches": [{"points": floats(points), "place": place} for points, place in lines],
            }
        )
    return {
        "leaves": top.leaves.ravel().tolist(),
        "merges": top.merges.tolist(),
        "heights": floats(top.heights),
        "sizes": top.sizes,
        "places": floats(top.places()),
        "range": [low, high],
        "cuts": cuts,
    }


def _index(rng, frames: int, parts: int) -> dict:
    one = np.arange(frames) % parts
    other = np.where(rng.random(frames) < 0.7, one, rng.integers(0, parts + 2, frames))
    table = np.zeros((one.max() + 1, other.max() + 1), int)
    np.add.at(table, (one, other), 1)
    return {"table": table.tolist(), "index": float(adjusted_rand_score(one, other))}


def _borders(rng, shape) -> dict:
    numbers = rng.integers(0, 3, shape)
    length = sum(len(line) - 1 for line in joined_borders(numbers))
    return {
        "shape": shape,
        "numbers": numbers.ravel().tolist(),
        "lines": len(joined_borders(numbers)),
        "length": length,
    }


def _map(rng) -> dict:
    shape, grains, count = (6, 7), 3, 5
    truth = np.indices(shape)[1] * grains // shape[1]
    data = tcbf.FourDSTEM(rng.poisson(1.0 + truth[..., None, None], (*shape, 8, 9)), 300e3, 10.0, 0.02)
    values = rng.normal(40 * rng.random((grains, count))[truth], 1).astype(np.float32)
    features = FeatureVectors(values, np.ones(count), rng.uniform(1, 7, (count, 2)))
    widget = CrystalliteMap(features, data=data, truth=truth)
    low, high = widget.meta["ranges"]["threshold"]
    states = [
        {},
        {"feature": 3, "position": (2, 6), "threshold": low},
        {"position": (0, 0), "threshold": (low**7 * high) ** 0.125, "true_boundaries": True},
        {"threshold": high, "feature": 0},
        {"position": None, "true_boundaries": False},
    ]
    return {
        "arrays": {name: _plain(packed) for name, packed in widget.arrays.items()},
        "meta": {name: value for name, value in widget.meta.items() if name != "python"},
        "states": [_state(widget, state) for state in states],
    }


def _plain(packed) -> dict:
    raw = unpack(packed | {"scale": None, "offset": None})
    return {"values": raw.ravel().tolist()} | {name: packed[name] for name in ("dtype", "shape", "scale", "offset")}


def _state(widget, state) -> dict:
    for name, value in state.items():
        setattr(widget, name, value)
    panels = widget.panels()
    means = [float(widget._mean_features(left)[widget.feature]) for left in widget.nodes]
    place = unpack(widget.arrays["places"])[widget.feature]
    node = None if widget.chosen is None else widget.nodes[widget.chosen]
    return {
        "traits": {name: getattr(widget, name) for name in TRAITS},
        "labels": widget.labels.ravel().tolist(),
        "field": floats(panels["field"].values.ravel()),
        "detector": floats(panels["detector"].values.ravel()),
        "limits": [panels["detector"].vmin, panels["detector"].vmax],
        "strengths": None if node is None else floats(widget._mean_features(node)),
        "words": [widget.status(), words.bright_in(means), words.feature_place(place, widget.meta["detector"])],
    }
