"""The last merges of a tree: what a threshold leaves, which colours nodes have, where their numbers stand."""

import numpy as np
import pytest

from tcbf_widgets.crystallites import CrystalliteTree
from tcbf_widgets.widgets.merge_tree import (
    FEWEST,
    MOST,
    gap_threshold,
    node_centres,
    node_colours,
    threshold_range,
    tree_top,
)
from tests.crystallite_features import chain
from tests.crystallite_runs import small_crystallites
from tests.golden.merges import random_tree


@pytest.fixture(scope="module")
def scan():
    return small_crystallites()


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("shape", [(1, 2), (3, 4), (7, 6), (12, 11)])
def test_a_cut_tree_top_gives_the_labels_of_the_tree(shape, ties):
    tree = random_tree(np.random.default_rng(5), shape, ties)
    top = tree_top(tree)
    low, high = threshold_range(tree, top)
    for threshold in np.geomspace(low, high, 40):
        assert np.array_equal(top.labels(top.cut(threshold)), tree.labels(threshold=threshold))


def test_the_ends_of_the_threshold_leave_many_crystallites_and_one(scan):
    tree, top = scan["tree"], tree_top(scan["tree"])
    low, high = threshold_range(tree, top)
    assert len(top.cut(high)) == 1
    assert 20 <= len(top.cut(low)) == top.count <= 24  # merges of equal height are made together
    assert len(top.cut(gap_threshold(tree, top))) == tree.count == 5


def test_a_crystallite_that_is_not_split_keeps_its_colour_and_none_has_that_of_a_neighbour(scan):
    top = tree_top(scan["tree"])
    colours = node_colours(top)
    before = {}
    for threshold in [*np.sort(top.heights)[::-1], 0]:
        labels, nodes = top.labels(top.cut(threshold)), top.cut(threshold)
        shown = np.array([colours[node] for node in nodes])[labels]
        assert all(
            shown[top.leaves == top.members[node][0]][0] == colour for node, colour in before.items() if node in nodes
        )
        for a, b, one, other in (
            (labels[1:], labels[:-1], shown[1:], shown[:-1]),
            (labels[:, 1:], labels[:, :-1], shown[:, 1:], shown[:, :-1]),
        ):
            assert np.array_equal(a != b, one != other)
        before = {node: colours[node] for node in nodes}
    for (a, b), node in zip(top.merges, range(top.count, 2 * top.count - 1), strict=True):
        small, large = top.by_size(a, b)
        assert colours[large] == colours[node] != colours[small]


def test_ten_crystallites_have_ten_hues_of_one_lightness():
    tree = random_tree(np.random.default_rng(2), (8, 8), ties=False)
    top = tree_top(tree)
    colours = [node_colours(top)[node] for node in top.cut(tree.threshold(10))]
    assert sorted(colours) == list(range(10))


def test_numbers_stand_deep_within_their_crystallites(scan):
    top = tree_top(scan["tree"])
    centres, depths = node_centres(top)
    for members, centre, depth in zip(top.members, centres, depths, strict=True):
        inside = np.pad(np.isin(top.leaves, members), 1)
        y, x = np.array(centre) + 1
        assert inside[y, x]
        near = np.argwhere(~inside) - (y, x)
        assert np.hypot(*near.T).min() == pytest.approx(depth, abs=0.006)  # written with two decimals


@pytest.mark.parametrize(
    "heights, leaves",
    [
        (np.repeat([1.0, 2.0, 3.0], [79, 10, 10]), 21),  # as many as a slider should have, or the next fewer
        (np.repeat([1.0, 2.0, 3.0], [29, 30, 40]), 41),  # no fewer but 1: the next more
        (np.repeat([0.0, 3.0], [49, 50]), 51),  # what is alike but for rounding is never parted
        (np.full(99, 5.0), 1),  # all frames, or one crystallite
        (np.full(99, 0.02), 1),
        (np.zeros(99), 1),
    ],
)
def test_merges_of_equal_height_are_made_together(heights, leaves):
    tree = CrystalliteTree(chain((10, 10)).children, heights, (10, 10), features=100)
    top = tree_top(tree)
    assert top.count == leaves <= MOST
    for threshold in (gap_threshold(tree, top), *threshold_range(tree, top)):
        assert np.array_equal(top.labels(top.cut(threshold)), tree.labels(threshold=threshold))


@pytest.mark.parametrize("rise", [0.0, 1e-6, 1e-3])
def test_without_a_gap_the_threshold_stands_at_its_end(rise):
    heights = 5 + rise * np.arange(99)
    tree = CrystalliteTree(chain((10, 10)).children, heights, (10, 10), features=100)
    top = tree_top(tree)
    assert top.count == (FEWEST if rise else 1)
    assert gap_threshold(tree, top) == threshold_range(tree, top)[1]
    assert len(top.cut(gap_threshold(tree, top))) == 1
