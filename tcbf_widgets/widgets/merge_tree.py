"""The last merges of a tree of crystallites, cut at any height: the twin of shared/merge_tree.js."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.ndimage

from ..crystallites import NOTHING, CrystalliteTree

FEWEST, MOST = 24, 96  # crystallites at the lower end of the slider: twice as many as the largest gap has, within these
_HUES, _SHADES = 10, 2  # of the colours of groups: hues, then the same hues darker


@dataclass(frozen=True, eq=False)
class TreeTop:
    """What is left of a tree when all but its last merges are made: leaves, and how they are merged.

    leaves : (scan_y, scan_x) int, the leaf that each frame belongs to; 0 is the largest
    merges : (n - 1, 2) int, the two that a merge joins; leaves have the numbers 0 ... n - 1, merge i makes n + i
    heights : (n - 1,) of the merges
    """

    leaves: np.ndarray
    merges: np.ndarray
    heights: np.ndarray

    @property
    def count(self) -> int:
        """Number of leaves."""
        return len(self.merges) + 1

    @cached_property
    def members(self) -> list[list[int]]:
        """Leaves of each node, in ascending order; nodes are the leaves, and what merges make."""
        members = [[leaf] for leaf in range(self.count)]
        for a, b in self.merges:
            members.append(sorted(members[a] + members[b]))
        return members

    @cached_property
    def sizes(self) -> list[int]:
        """Frames of each node."""
        frames = np.bincount(self.leaves.ravel(), minlength=self.count)
        return [int(frames[leaves].sum()) for leaves in self.members]

    @cached_property
    def firsts(self) -> list[int]:
        """Number of the first frame of each node, in reading order."""
        first = np.unique(self.leaves, return_index=True)[1]
        return [int(first[leaves].min()) for leaves in self.members]

    def cut(self, threshold: float) -> list[int]:
        """Nodes that are left when no merge higher than a threshold is made.

        Returns
        -------
        their numbers, the largest first, of equal ones the first; the number of a crystallite is its place in this list
        """
        made = int(np.count_nonzero(self.heights <= threshold))
        merged = set(self.merges[:made].ravel().tolist())
        nodes = [node for node in range(self.count + made) if node not in merged]
        return sorted(nodes, key=lambda node: (-self.sizes[node], self.firsts[node]))

    def labels(self, nodes: list[int]) -> np.ndarray:
        """Map (scan_y, scan_x) int of the places of nodes in a list that `cut` gave."""
        places = np.zeros(self.count, int)
        for place, node in enumerate(nodes):
            places[self.members[node]] = place
        return places[self.leaves]

    def order(self) -> list[int]:
        """Leaves from left to right in a drawing without crossings, the larger of two nodes left."""
        order, todo = [], [2 * self.count - 2]
        while todo:
            node = todo.pop()
            if node < self.count:
                order.append(node)
            else:
                small, large = self.by_size(*self.merges[node - self.count])
                todo += [small, large]
        return order

    def by_size(self, *nodes: int) -> list[int]:
        """Nodes, the smallest first, of equal ones the last."""
        return sorted(map(int, nodes), key=lambda node: (self.sizes[node], -self.firsts[node]))

    def places(self) -> list[float]:
        """Where each node stands in that drawing, from 0 to 1: leaves evenly, a merge between the two it joins."""
        place = np.empty(2 * self.count - 1)
        place[self.order()] = (np.arange(self.count) + 0.5) / self.count
        for number, (a, b) in enumerate(self.merges):
            place[self.count + number] = (place[a] + place[b]) / 2
        return place.tolist()


def tree_top(tree: CrystalliteTree) -> TreeTop:
    """The last merges of a tree, as many as a slider should go through."""
    heights = np.asarray(tree.heights, float)
    count = _leaves(heights, max(FEWEST, 2 * tree.count))
    merges = leaves_and_merges(tree, count)
    return TreeTop(tree.labels(count=count), merges, heights[len(heights) - count + 1 :])


def _leaves(heights: np.ndarray, wanted: int) -> int:
    """As many leaves as are wanted, or the next smaller number that a threshold leaves; the next larger one for none.

    No threshold makes one of two merges that are equally high.
    """
    apart = int(np.count_nonzero(heights > NOTHING * heights.max(initial=0)))
    counts = len(heights) + 1 - np.flatnonzero(np.diff(heights, prepend=-1) > 0)
    counts = counts[counts <= min(MOST, 1 + apart)]
    smaller = counts[counts <= wanted]
    if not len(counts):
        return 1
    return int(smaller.max() if len(smaller) else counts.min())


def leaves_and_merges(tree: CrystalliteTree, count: int) -> np.ndarray:
    """The last count - 1 merges (n, 2), with leaves numbered as in `tree.labels(count)`, merge i as count + i."""
    frames, first = len(tree.heights) + 1, len(tree.heights) - count + 1  # the first merge above the leaves
    labels = tree.labels(count=count).ravel()

    def number(node: int) -> int:
        if node >= frames + first:
            return count + node - frames - first
        while node >= frames:  # any frame of a leaf says which leaf it is
            node = tree.children[node - frames, 0]
        return int(labels[node])

    return np.array([[number(a), number(b)] for a, b in tree.children[first:]], int).reshape(-1, 2)


def threshold_range(tree: CrystalliteTree, top: TreeTop) -> list[float]:
    """Heights that leave all leaves, and one crystallite; one height, 1 or more, where there is but one leaf."""
    if top.count == 1:
        return [rounded_up(max(1.0, tree.threshold(1)), 3)] * 2
    low = tree.threshold(top.count)
    short = (rounded_up(low, digits) for digits in range(3, 9))
    same = (value for value in short if not np.any((top.heights > low) & (top.heights <= value)))
    return [next(same, low), rounded_up(tree.threshold(1), 3)]


def rounded_up(value: float, digits: int) -> float:
    """Round a number > 0 up to so many digits.

    >>> rounded_up(25.21, 3), rounded_up(793.0, 3), rounded_up(0.0012345, 4)
    (25.3, 793.0, 0.001235)
    """
    unit = digits - 1 - math.floor(math.log10(value))
    return float(round(math.ceil(value * 10.0**unit * (1 - 1e-12)) / 10.0**unit, max(0, unit)))


def gap_threshold(tree: CrystalliteTree, top: TreeTop) -> float:
    """A threshold in the largest gap, of three digits where that leaves it there; the highest one without a gap."""
    low, high = threshold_range(tree, top)
    if min(tree.count, top.count) == 1:
        return high
    wanted = tree.threshold(min(tree.count, top.count))
    short = float(f"{wanted:.3g}")
    same = np.count_nonzero(top.heights > short) == np.count_nonzero(top.heights > wanted)
    return min(max(short if same else float(wanted), low), high)


def node_colours(top: TreeTop) -> list[int]:
    """A colour for each node, as a number of the table of colours of groups.

    The larger of two nodes has the colour of what they make together, so colours stay where nothing is split. The
    smaller one gets a colour that fewest others have at that height, far from those of its neighbours.
    """
    touching = _touching(top.leaves, top.count)
    colours = [0] * (2 * top.count - 1)
    shown = {2 * top.count - 2}
    for number in range(len(top.merges) - 1, -1, -1):
        small, large = top.by_size(*top.merges[number])
        colours[large] = colours[top.count + number]
        shown = (shown - {top.count + number}) | {large}
        used = [colours[node] for node in shown]
        near = [colours[node] for node in shown if touching[np.ix_(top.members[small], top.members[node])].any()]
        colours[small] = min(range(_HUES * _SHADES), key=lambda colour: _cost(colour, used, near))
        shown.add(small)
    return colours


def _cost(colour: int, used: list[int], near: list[int]) -> tuple:
    """How unsuitable a colour is beside others, the most important first."""
    hue = colour % _HUES
    apart = min((min((hue - other) % _HUES, (other - hue) % _HUES) for other in near), default=_HUES)
    return colour in near, used.count(colour), colour // _HUES, -apart, colour


def _touching(leaves: np.ndarray, count: int) -> np.ndarray:
    """Whether two leaves have frames side by side, (count, count) bool."""
    touching = np.zeros((count, count), bool)
    for a, b in ((leaves[1:], leaves[:-1]), (leaves[:, 1:], leaves[:, :-1])):
        touching[a.ravel(), b.ravel()] = touching[b.ravel(), a.ravel()] = True
    return touching


def node_centres(top: TreeTop) -> tuple[list[list[int]], list[float]]:
    """The frame (y, x) of each node that lies deepest within it, and how deep, in frames."""
    centres, depths = [], []
    y, x = np.indices(top.leaves.shape)
    for leaves in top.members:
        inside = np.isin(top.leaves, leaves)
        depth = scipy.ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
        off = np.hypot(y - y[inside].mean(), x - x[inside].mean())  # of equally deep ones that nearest to the middle
        at = np.unravel_index(np.argmax(np.where(inside, depth - 1e-3 * off / max(top.leaves.shape), -1)), depth.shape)
        centres.append([int(at[0]), int(at[1])])
        depths.append(round(float(depth[at]), 2))
    return centres, depths
