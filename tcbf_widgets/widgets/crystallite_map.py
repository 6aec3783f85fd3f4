"""CrystalliteMap: frames as feature vectors, merged into crystallites as far as a threshold goes."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import traitlets as t

from ..crystallites import CrystalliteTree, cluster_crystallites
from ..descan import Descan
from ..features import FeatureVectors
from ..fourdstem import FourDSTEM
from ..frame_maps import FrameMaps
from ..rand_index import adjusted_rand_index
from . import crystallite_words as words
from .arrays import pack, unpack
from .colours import hue_colours, hue_name
from .crystallite_drawing import CrystalliteMarks, draw_crystallites
from .crystallite_source import (
    check_sources,
    leaf_means,
    packed_detector,
    packed_fields,
    ring_sizes,
    sent_fields,
    shown_detector,
    telling_feature,
    tree_meta,
)
from .figure import AXIAL, Panel, contrast_limits
from .merge_tree import tree_top
from .numbers import plural
from .stack_state import check_range
from .widget import TcbfWidget


class CrystalliteMap(TcbfWidget):
    """Virtual dark-field images of a scan, and the crystallites that a threshold leaves in the tree of merges.

    Shows the virtual dark field of one feature; the detector with the places of all features, or the mean pattern of
    one crystallite; the map of crystallites; below, how high each merge is, and the tree that is cut.

    Parameters
    ----------
    features : what `tcbf.feature_vectors` returns
    tree : what `tcbf.cluster_crystallites` returns; made of the features if None
    data : the scan, for mean patterns of crystallites and units of length
    descan : as it was given to `tcbf.feature_vectors`
    maps : what `tcbf.map_frames` returns; made of the data if None
    truth : (scan_y, scan_x) whole numbers, the grains of a simulation
    threshold : height up to which merges are made; in the largest gap by default
    feature : which virtual dark field is shown, counted from 0
    position : a frame (y, x); the crystallite it belongs to is shown. None for all frames
    true_boundaries : draw the boundaries of the truth, and say how well the map agrees with it
    cmap, contrast, smooth : look of the images

    Crystallites are numbered from 1 in the pictures and in all that is saved from the menu, from 0 in Python, as in
    `tree.labels()`.
    """

    threshold = t.Float(1.0, help="height up to which merges are made").tag(sync=True)
    feature = t.Int(0, help="number of the feature shown, from 0").tag(sync=True)
    position = t.Tuple(
        t.Int(), t.Int(), default_value=None, allow_none=True, help="frame (y, x) of the crystallite shown, or None"
    ).tag(sync=True)
    true_boundaries = t.Bool(False, help="draw the boundaries of the truth").tag(sync=True)

    def __init__(
        self,
        features: FeatureVectors,
        tree: CrystalliteTree | None = None,
        *,
        data: FourDSTEM | None = None,
        descan: Descan | None = None,
        maps: FrameMaps | None = None,
        truth=None,
        **traits,
    ) -> None:
        truth = check_sources(features, tree, data, descan, maps, truth)
        given = {"tree": tree, "data": data, "descan": descan, "maps": maps, "truth": truth}
        binning, count = sent_fields(features)
        self._accept(features.values.shape[:2], count, traits)
        tree = cluster_crystallites(features) if tree is None else tree
        self._top = top = tree_top(tree)
        about = tree_meta(tree, top)
        self._ends = about["ranges"]["threshold"]
        gap = about["gap"]["threshold"]
        check_range(self, "threshold", traits.get("threshold", gap), *self._ends)
        detector, means = shown_detector(features, data, descan, maps, top.count), leaf_means(features, top, count)
        first = {"threshold": gap, "feature": telling_feature(features, top.labels(top.cut(gap)), count)}
        first |= {"position": None, "true_boundaries": False}
        arrays = packed_fields(features, binning, count) | packed_detector(top, detector, data, descan, maps)
        arrays |= {"leaves": pack(top.leaves.astype(np.uint8)), "means": pack(means)}
        arrays |= {"places": pack(((features.positions[:count] + 0.5) / detector.binning - 0.5).astype(np.float32))}
        about |= {
            "title": "Crystallites",
            "scan_sampling": [1.0, 1.0] if data is None else list(data.scan_sampling),
            "scan_unit": "px" if data is None else "Å",
            "binning": binning,
            "detector": detector.as_meta(),
            "ring": ring_sizes(means, detector),
            "note": words.note((count, len(features)), binning, (top.count, tree.count)),
            "python": words.as_python(given, first),
        }
        arrays |= {} if truth is None else {"truth": pack(truth)}
        super().__init__(arrays=arrays, meta=about, **(first | traits))

    def _accept(self, scan_shape, features: int, traits: dict) -> None:
        """Set traits as far as they are known, or raise: before any work."""
        self._scan_shape, self._features, self._ends = scan_shape, features, None
        for name in traits.keys() & self.traits().keys():
            setattr(self, name, traits[name])

    @t.validate("threshold")
    def _validate_threshold(self, proposal):
        value = proposal["value"]
        if self._ends is not None:
            return check_range(self, "threshold", value, *self._ends)
        if not value > 0:  # all that can be said before there is a tree
            raise t.TraitError(f"threshold is {value}; accepted are heights > 0")
        return value

    @t.validate("feature")
    def _validate_feature(self, proposal):
        return check_range(self, "feature", proposal["value"], 0, self._features - 1)

    @t.validate("position")
    def _validate_position(self, proposal):
        place, shape = proposal["value"], self._scan_shape
        if place is not None and not all(0 <= at < n for at, n in zip(place, shape, strict=True)):
            last = tuple(n - 1 for n in shape)
            raise t.TraitError(f"position is {place}; accepted are frames (0, 0) to {last}, or None")
        return place

    # ---- the numbers shown

    @property
    def nodes(self) -> list[int]:
        """Nodes of the tree that the threshold leaves, the largest first."""
        return self._top.cut(self.threshold)

    @property
    def labels(self) -> np.ndarray:
        """Map (scan_y, scan_x) of crystallites, 0 for the largest: `tree.labels(threshold=threshold)`."""
        return self._top.labels(self.nodes)

    @property
    def chosen(self) -> int | None:
        """Number of the crystallite that the chosen frame belongs to, from 0; None where none is chosen."""
        return None if self.position is None else int(self.labels[self.position])

    def rand_index(self) -> float | None:
        """Adjusted Rand index of the map against the truth; None without one."""
        if "truth" not in self.arrays:
            return None
        return adjusted_rand_index(unpack(self.arrays["truth"]), self.labels)

    def field(self) -> np.ndarray:
        """Virtual dark field (y, x) of the feature shown, float32, as the browser has it."""
        raw, low, step = (unpack(self.arrays[name])[self.feature] for name in ("fields", "lows", "steps"))
        return (float(low) + raw.astype(float) * float(step)).astype(np.float32)

    def pattern(self, node: int) -> np.ndarray:
        """Root of the mean counts (y, x) of a node of the tree, float32."""
        total = np.zeros(self._patterns.shape[1:])
        for leaf in self._top.members[node]:  # in this order, as the browser adds them
            values = self._patterns[leaf].astype(float)
            total += self._top.sizes[leaf] * (values * values)
        return np.sqrt(total / self._top.sizes[node]).astype(np.float32)

    def panels(self) -> dict[str, Panel]:
        """Return virtual dark field, detector and map of crystallites."""
        field, nodes = self.field(), self.nodes
        unit, step = self.meta["scan_unit"], self.meta["scan_sampling"]
        coarse = tuple(at * self.meta["binning"] for at in step)
        title = words.feature_title(self.feature)
        hues = [self.meta["colours"][node] for node in nodes]
        return {
            "field": Panel(field, *contrast_limits(field, self.contrast), self.cmap, coarse, unit, title, AXIAL),
            "detector": self._detector_panel(nodes),
            "labels": Panel(
                hue_colours(self.labels, hues), 0, 1, "gray", tuple(step), "", plural(len(nodes), "crystallite")
            ),
        }

    def figure(self):
        """Draw the pictures above merge heights and tree."""
        truth = unpack(self.arrays["truth"]) if self.true_boundaries and "truth" in self.arrays else None
        chosen = self.chosen
        marks = CrystalliteMarks(
            top=self._top,
            nodes=self.nodes,
            meta=self.meta,
            threshold=self.threshold,
            chosen=chosen,
            feature=self.feature,
            places=unpack(self.arrays["places"]),
            strengths=None if chosen is None else self._mean_features(self.nodes[chosen]),
            truth=truth,
        )
        return draw_crystallites(self.panels(), marks, smooth=self.smooth)

    def status(self) -> str:
        """Return the words below the pictures."""
        nodes, gap = self.nodes, self.meta["gap"]
        sizes = [self._top.sizes[node] for node in nodes]
        in_gap = gap["shown"] and len(nodes) == gap["count"]
        index = self.rand_index() if self.true_boundaries else None
        return words.status(self.threshold, in_gap, sizes, index, self.chosen)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        title = words.detector_title(self.chosen, "patterns" in self.arrays, "map" in self.arrays)
        name = words.feature_name(self.feature, self._features)
        bright = words.bright_in([float(self._mean_features(node)[self.feature]) for node in self.nodes])
        place = words.feature_place(unpack(self.arrays["places"])[self.feature], self.meta["detector"])
        return (
            f"Virtual dark field of {name}{bright}; the detector ({title}) {words.rings(self.chosen)}, {name} strong, "
            f"{place}; the map of crystallites; merge heights and tree, cut at {self.status()}."
        )

    # ---- parts of them

    @cached_property
    def _patterns(self) -> np.ndarray:
        return unpack(self.arrays["patterns"])

    def _mean_features(self, node: int) -> np.ndarray:
        leaves = self._top.members[node]
        return np.average(unpack(self.arrays["means"])[leaves], axis=0, weights=[self._top.sizes[at] for at in leaves])

    def _detector_panel(self, nodes: list[int]) -> Panel:
        chosen, detector = self.chosen, self.meta["detector"]
        title = words.detector_title(chosen, "patterns" in self.arrays, "map" in self.arrays)
        size, unit = (1.0, 1.0), "px"
        if "wavelength" in detector:
            size, unit = tuple(1e3 * detector["wavelength"] * step for step in detector["reciprocal_sampling"]), "mrad"
        frame = None if chosen is None else hue_name(self.meta["colours"][nodes[chosen]])
        if chosen is not None and "patterns" in self.arrays:
            values, limits = self.pattern(nodes[chosen]), contrast_limits(self._patterns, self.contrast)
        elif "map" in self.arrays:
            values = unpack(self.arrays["map"])
            limits = contrast_limits(values, self.contrast)
        else:
            values, limits = np.zeros(detector["shape"], np.float32), (0.0, 1.0)
        return Panel(values, *limits, self.cmap, size, unit, title, frame)
