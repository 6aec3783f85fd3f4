import sys
from dataclasses import replace

import numpy as np
import pytest
import scipy.cluster.hierarchy
import scipy.ndimage

import tcbf_widgets as tcbf
from tests.crystallite_features import chain
from tests.crystallite_runs import DISK, run, standard_scan, thinned

SEEDS = range(3)


def blocks(noise=0.0, shape=(6, 8)):
    """(6, 8, 3) features of four crystallites of unequal size, and their map."""
    labels = np.zeros(shape, int)
    labels[:, 5:], labels[4:, :5], labels[:2, :2] = 1, 2, 3
    levels = np.array([[0, 0, 0], [10, 0, 0], [0, 12, 0], [0, 0, 14.0]])
    return levels[labels] + noise * np.random.default_rng(0).normal(size=(*shape, 3)), labels


def same(first, second):
    """Do two maps name the same crystallites?"""
    return tcbf.adjusted_rand_index(first, second) == 1


def test_even_crystallites_are_found_with_their_number():
    features, truth = blocks(noise=0.3)
    tree = tcbf.cluster_crystallites(features)
    assert tree.count == 4
    assert same(tree.labels(), truth)
    # the largest first
    sizes = np.bincount(tree.labels().ravel())
    assert (np.diff(sizes) <= 0).all()


def test_any_number_of_crystallites_can_be_cut():
    features, truth = blocks(noise=0.3)
    tree = tcbf.cluster_crystallites(features)
    for count in (1, 2, 3, 4, 5, 20, 48):
        assert len(np.unique(tree.labels(count))) == count
        assert same(tree.labels(threshold=tree.threshold(count)), tree.labels(count))
    # levels 10, 12 and 14 from that of crystallite 0, in 21, 10 and 4 frames: the last weighs least in Ward's distance
    assert same(tree.labels(3), np.where(truth == 3, 0, truth))


def test_a_crystallite_is_in_one_piece():
    features = np.random.default_rng(1).normal(size=(9, 7, 4))
    labels = tcbf.cluster_crystallites(features).labels(6)
    for number in range(6):
        assert scipy.ndimage.label(labels == number)[1] == 1


def test_two_grains_that_look_the_same_but_do_not_touch_stay_two():
    features = np.zeros((5, 9, 1))
    features[:, 4] = 10
    features += 0.1 * np.random.default_rng(2).normal(size=features.shape)
    tree = tcbf.cluster_crystallites(features)
    assert same(tree.labels(3), np.broadcast_to(np.repeat([0, 1, 2], [4, 1, 4]), (5, 9)))


def test_along_a_line_heights_are_those_of_ward_without_neighbours():
    # frames whose features grow along a line are nearest to their neighbours, so that neighbourhood changes nothing
    features = np.cumsum(np.random.default_rng(3).uniform(0.1, 3, 12)).reshape(1, 12, 1)
    tree = tcbf.cluster_crystallites(features)
    independent = scipy.cluster.hierarchy.ward(features[0])
    np.testing.assert_allclose(tree.heights, independent[:, 2], rtol=1e-10)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_frames_that_differ_by_noise_alone_are_one_crystallite(noise):
    features = 3 + noise * np.random.default_rng(4).normal(size=(20, 20, 30))
    tree = tcbf.cluster_crystallites(features)
    assert tree.count == 1
    assert tree.gap < 1 + 3 / np.sqrt(30)
    assert not tree.labels().any()


@pytest.mark.parametrize("ratio, count", [(1.99, 1), (2.01, 2)])
def test_a_gap_is_a_ratio_that_noise_does_not_reach(ratio, count):
    tree = replace(chain((4, 4), features=9), heights=np.array([*np.ones(14), ratio]))
    assert tree.count == count  # 1 + 3/√9
    assert tree.gap == pytest.approx(ratio)


def test_crystallites_of_fewer_than_four_frames_are_not_searched_for():
    heights = np.array([*np.full(11, 1e-3), *np.ones(4)])
    assert replace(chain((4, 4)), heights=heights).count == 1  # and not 5
    assert replace(chain((4, 4)), heights=heights * np.repeat([1, 1e6], [12, 3])).count == 4


def test_merges_as_high_as_the_threshold_are_made():
    tree = tcbf.cluster_crystallites(blocks(noise=0.3)[0])
    assert same(tree.labels(threshold=tree.heights[-3]), tree.labels(3))


def test_of_equally_large_crystallites_the_first_has_the_first_number():
    features = np.repeat([3.0, 0, 5.0], 4).reshape(1, 12, 1)
    assert tcbf.cluster_crystallites(features).labels(3).tolist() == [[0] * 4 + [1] * 4 + [2] * 4]


def test_without_scikit_learn_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(ImportError, match=r'pip install "tcbf_widgets\[crystallites\]"'):
        tcbf.cluster_crystallites(np.ones((4, 5, 2)))


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_grains_of_gold_are_found_by_themselves_from_1000_and_from_300_electrons(seed):
    scan = standard_scan(seed)
    for data, least in ((scan.data, 0.98), (thinned(scan.data, 0.3), 0.95)):
        tree = run(data).tree
        assert tree.count == 10
        assert tcbf.adjusted_rand_index(scan.grain_map, tree.labels()) >= least


def test_from_thirty_electrons_counting_noise_is_the_better_unit():
    scan = standard_scan(0)
    steps = run(thinned(scan.data, 0.03))
    assert steps.tree.count == 10
    by_noise = tcbf.adjusted_rand_index(scan.grain_map, steps.tree.labels())
    by_mean = tcbf.cluster_crystallites(steps.features, by="mean")
    # most of the 150 places hardly see an electron: in units of their mean they are the loudest
    assert by_noise > 0.9
    assert tcbf.adjusted_rand_index(scan.grain_map, by_mean.labels(10)) < by_noise - 0.05


def test_a_frame_without_signal_changes_nothing_for_the_others():
    scan = tcbf.crystallite_scan(1000, scan_shape=(10, 12), grains=2, seed=1, probe="disk")
    counts = scan.data.array.copy()
    counts[4, 4] = 0
    labels = run(tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02), DISK).tree.labels(3)
    lit = np.ones((10, 12), bool)
    lit[4, 4] = False
    assert same(labels[lit], scan.grain_map[lit])
    assert np.count_nonzero(labels == labels[4, 4]) == 1


def test_what_cannot_be_clustered_is_refused():
    with pytest.raises(ValueError, match=r"features must come from tcbf.feature_vectors, .* got shape \(4, 5\)"):
        tcbf.cluster_crystallites(np.ones((4, 5)))
    with pytest.raises(ValueError, match="features must come from"):
        tcbf.cluster_crystallites(np.full((4, 5, 2), np.nan))
    with pytest.raises(ValueError, match="two frames at least"):
        tcbf.cluster_crystallites(np.ones((1, 1, 3)))
    tree = tcbf.cluster_crystallites(blocks()[0])
    with pytest.raises(ValueError, match="count must be at most the number of frames, 48, got 49"):
        tree.labels(49)
    with pytest.raises(ValueError, match="give count or threshold, not both"):
        tree.labels(3, threshold=2.0)
    with pytest.raises(ValueError, match="threshold must be a number > 0"):
        tree.labels(threshold=-1)
