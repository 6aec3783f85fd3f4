"""Which frames belong together: neighbours with like feature vectors are merged, step by step, into crystallites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ._checks import positive_integer, positive_number
from .features import FeatureVectors

_MOST = 0.25  # of the frames: crystallites of fewer than four frames each are not searched for
NOTHING = 1e-9  # of the highest merge: frames that are alike but for rounding
# How far above 1, in units of 1/√F, a ratio of heights must be to count as a gap. Squared heights of noise are sums of
# F squares and scatter by √(2/F); of hundreds of ratios the largest was 2/√F above 1, with 64 frames or more
_LEAST_GAP = 3.0


@dataclass(frozen=True, eq=False)
class CrystalliteTree:
    """The order in which frames and groups of frames were merged.

    children : (frames - 1, 2) int, the two that a merge joins; frames have the numbers 0 ... frames - 1 in reading
        order, merge i makes number frames + i
    heights : (frames - 1,) distance of the two by Ward, √(2 n m / (n + m)) times the distance of their means, in the
        units of the features; a merge that neighbourhood delayed counts as high as the one before it, so that some may
        be equal, and no threshold lies between them
    scan_shape : (scan_y, scan_x)
    features : how many numbers there were for each frame
    """

    children: np.ndarray
    heights: np.ndarray
    scan_shape: tuple[int, int]
    features: int

    def __repr__(self) -> str:
        sy, sx = self.scan_shape
        count = f"{self.count} crystallites by the largest gap" if self.count > 1 else "no gap"
        return f"CrystalliteTree({sy} x {sx} frames, {count})"

    @cached_property
    def count(self) -> int:
        """Number of crystallites by the largest gap; 1 if there is none.

        Below the gap frames are merged that differ by noise, above it crystallites; so the ratio of one height to the
        next counts, and a gap is one of at least 1 + 3/√F for F features. Where two grains differ far less than all
        others there are two gaps, and the larger may not be the one that you want: look at the heights.
        """
        return self._largest_gap[0]

    @property
    def gap(self) -> float:
        """How many times as high as the last merge below the largest gap the first above it is."""
        return self._largest_gap[1]

    @cached_property
    def _largest_gap(self) -> tuple[int, float]:
        most = max(2, int(_MOST * (len(self.heights) + 1)))
        tail = np.maximum(self.heights[-most:], NOTHING * max(self.heights[-1], NOTHING))
        ratios = tail[1:] / tail[:-1]
        if not len(ratios) or ratios.max() < 1 + _LEAST_GAP / np.sqrt(self.features):
            return 1, float(ratios.max(initial=1.0))
        return len(ratios) - int(np.argmax(ratios)) + 1, float(ratios.max())

    def threshold(self, count: int) -> float:
        """A height that leaves so many crystallites: the geometric mean of those of the merges left and made."""
        count = self._checked_count(count)
        above = self.heights[-(count - 1)] if count > 1 else 2 * self.heights[-1]
        below = self.heights[-count] if count <= len(self.heights) else 0.0
        return float(np.sqrt(above * below)) if below > 0 else float(above) / 2

    def labels(self, count: int | None = None, threshold: float | None = None) -> np.ndarray:
        """Map of crystallites.

        Parameters
        ----------
        count : number of crystallites; that of the largest gap if neither is given
        threshold : or leave out all merges that are higher

        Returns
        -------
        (scan_y, scan_x) int, 0 for the largest crystallite, then by size
        """
        if count is not None and threshold is not None:
            raise ValueError("give count or threshold, not both; set the other to None")
        if threshold is not None:
            count = 1 + int(np.count_nonzero(self.heights > positive_number("threshold", threshold)))
        count = self.count if count is None else self._checked_count(count)
        return _by_size(self._roots(count)).reshape(self.scan_shape)

    def _checked_count(self, count) -> int:
        count = positive_integer("count", count)
        if count > len(self.heights) + 1:
            raise ValueError(f"count must be at most the number of frames, {len(self.heights) + 1}, got {count}")
        return count

    def _roots(self, count: int) -> np.ndarray:
        """Number of the last merge that each frame takes part in, when only the first merges are made."""
        frames = len(self.heights) + 1
        root = np.arange(2 * frames - count)
        for merge in range(frames - count - 1, -1, -1):  # from the last made to the first: each asks its parent
            root[self.children[merge]] = root[frames + merge]
        return root[:frames]


def _by_size(groups: np.ndarray) -> np.ndarray:
    """Groups numbered anew, the largest 0; of equal ones that which comes first."""
    _, first, group, size = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(size), int)
    rank[np.lexsort((first, -size))] = np.arange(len(size))
    return rank[group]


def cluster_crystallites(features, by: str = "noise") -> CrystalliteTree:
    """Merge neighbouring frames into crystallites, the two most alike first, until one is left.

    Parameters
    ----------
    features : FeatureVectors from `feature_vectors`, or (scan_y, scan_x, n) finite numbers that are normalised already
    by : "noise" or "mean", how feature vectors are normalised, see `FeatureVectors.normalised`

    Returns
    -------
    CrystalliteTree, from which maps of any number of crystallites are cut

    Only frames and groups that touch, side by side, are merged. Reference: Ward, J. Am. Stat. Assoc. 58 (1963) 236,
    doi:10.1080/01621459.1963.10500845; done by scikit-learn.

    Raises
    ------
    ValueError for features that are none; ImportError without scikit-learn, an extra
    """
    values = features.normalised(by) if isinstance(features, FeatureVectors) else np.asarray(features, float)
    if values.ndim != 3 or not values.size or not np.isfinite(values).all():
        raise ValueError(
            "features must come from tcbf.feature_vectors, or be finite numbers of shape (scan_y, scan_x, n), "
            f"got shape {values.shape}"
        )
    scan_shape = values.shape[:2]
    if scan_shape[0] * scan_shape[1] < 2:
        raise ValueError(f"features must be those of two frames at least, got a scan of {scan_shape}")
    grid_to_graph, ward_tree = _from_scikit_learn()
    flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
    children, _, _, _, heights = ward_tree(flat, connectivity=grid_to_graph(*scan_shape), return_distance=True)
    return CrystalliteTree(children, np.maximum.accumulate(heights), scan_shape, values.shape[-1])


def _from_scikit_learn():
    """The neighbours of a grid, and Ward's tree; loaded, in a second, for those alone who cluster."""
    try:
        from sklearn.cluster import ward_tree
        from sklearn.feature_extraction.image import grid_to_graph
    except ImportError as error:
        raise ImportError(
            'this needs scikit-learn, which is not installed: pip install "tcbf_widgets[crystallites]"', name="sklearn"
        ) from error
    return grid_to_graph, ward_tree
