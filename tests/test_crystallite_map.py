"""What CrystalliteMap sends and shows: features, tree and patterns as the library computes them, at every cut."""

import numpy as np
import pytest
import traitlets

from tcbf_widgets.crystallites import CrystalliteTree
from tcbf_widgets.descan import corrected_rows
from tcbf_widgets.features import FeatureVectors
from tcbf_widgets.widgets import CrystalliteMap, crystallite_source
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.borders import border_edges, joined_borders
from tcbf_widgets.widgets.crystallite_source import sent_fields, telling_feature
from tcbf_widgets.widgets.merge_tree import MOST
from tests.crystallite_features import chain, vectors
from tests.crystallite_runs import small_crystallites
from tests.golden.merges import random_tree


@pytest.fixture(scope="module")
def scan():
    return small_crystallites()


@pytest.fixture
def widget(scan):
    return CrystalliteMap(**scan)


# ---- what is sent


def test_the_first_state_is_the_largest_gap(widget, scan):
    assert widget.position is None
    assert np.array_equal(widget.labels, scan["tree"].labels())
    assert "(largest gap): 5 crystallites, the smallest of 39 frames" in widget.status()
    assert "Rand" not in widget.status()  # readers compare first
    widget.true_boundaries = True
    assert "; adjusted Rand index 1.000 against the truth" in widget.status()


def test_virtual_dark_fields_are_features_within_a_step(widget, scan):
    steps = unpack(widget.arrays["steps"])
    for feature, step in enumerate(steps):
        widget.feature = feature
        values = scan["features"].values[..., feature]
        # half a step, and the rounding of float32
        assert np.abs(widget.field() - values).max() <= 0.5001 * step
        assert step == pytest.approx(max(np.ptp(values) / 255, scan["features"].noise[feature] / 4), rel=1e-5)


def test_mean_patterns_are_means_of_the_corrected_frames(widget, scan):
    frames = np.stack([row for _, row in corrected_rows(scan["data"], scan["descan"])]).astype(float)
    step = widget.arrays["patterns"]["scale"]
    for threshold in widget.meta["ranges"]["threshold"]:
        widget.threshold = threshold
        for place, node in enumerate(widget.nodes):
            root = np.sqrt(frames[widget.labels == place].mean(axis=0))
            assert np.abs(widget.pattern(node) - root).max() <= 0.51 * step


def test_mean_features_are_means_over_the_crystallite(widget, scan):
    widget.threshold = widget.meta["ranges"]["threshold"][1] / 5
    for place, node in enumerate(widget.nodes):
        expected = scan["features"].values[widget.labels == place].mean(axis=0)
        assert np.allclose(widget._mean_features(node), expected, rtol=1e-5, atol=1e-4)


def test_the_detector_shows_all_frames_or_the_crystallite_of_a_frame(widget, scan):
    assert np.allclose(widget.panels()["detector"].values, scan["maps"].log_std, atol=1e-4)
    widget.position = (3, 3)
    panel = widget.panels()["detector"]
    assert panel.title == f"Crystallite {widget.labels[3, 3] + 1}, √ of mean"
    assert np.array_equal(panel.values, widget.pattern(widget.nodes[widget.labels[3, 3]]))
    hue = widget.panels()["labels"].rgba()[3, 3, :3]
    assert bytes.fromhex(panel.frame[1:]) == hue.tobytes()  # framed in the crystallite's own colour
    assert f"crystallite {widget.chosen + 1}: " in widget.alt_text()


def test_maps_are_made_of_the_data_where_they_are_not_given(widget, scan):
    again = CrystalliteMap(**(scan | {"maps": None}))
    assert again.arrays["map"] == widget.arrays["map"]


def test_data_fits_its_budget(widget, packed_size):
    """400 kB for 24 patterns of 128 x 128 pixels and 150 virtual dark fields of 40 x 40; here there are far fewer."""
    assert packed_size(widget) <= 70_000


def test_large_scans_are_binned_and_the_strongest_features_kept(monkeypatch, packed_size):
    assert sent_fields(vectors((40, 40), 150)) == (1, 150)
    assert sent_fields(vectors((200, 100), 100)) == (2, 100)
    assert sent_fields(vectors((96, 96), 600)) == (2, 347)
    assert sent_fields(vectors((30, 30), 2)) == (1, 2)
    monkeypatch.setattr(crystallite_source, "MOST_FIELDS", 9_000)
    features = vectors((100, 97), 6)
    widget = CrystalliteMap(features, chain((100, 97), 6))
    assert widget.arrays["fields"]["shape"] == [3, 50, 48]
    said = "of 6 features the first 3 are shown, virtual dark fields are binned 2 × 2, merge heights have no gap"
    assert widget.meta["note"] == said
    # means of 2 x 2 frames, within half a step
    widget.feature = 2
    blocks = features.values[:, :96, 2].reshape(50, 2, 48, 2).mean(axis=(1, 3))
    assert np.abs(widget.field() - blocks).max() <= 0.51 * unpack(widget.arrays["steps"])[2]
    with pytest.raises(traitlets.TraitError, match="feature is 3; CrystalliteMap here accepts 0 to 2"):
        widget.feature = 3


def test_patterns_of_a_large_detector_are_binned(scan, monkeypatch):
    whole = CrystalliteMap(**scan)
    monkeypatch.setattr(crystallite_source, "MOST_PATTERNS", 24 * 29 * 31)
    widget = CrystalliteMap(**scan)
    assert widget.arrays["patterns"]["shape"] == [24, 29, 31]
    node = widget.nodes[0]
    blocks = np.square(whole.pattern(node)).reshape(29, 2, 31, 2).mean(axis=(1, 3))
    # one step of the roots on either side
    step = widget.arrays["patterns"]["scale"] + whole.arrays["patterns"]["scale"]
    assert np.abs(widget.pattern(node) - np.sqrt(blocks)).max() <= step
    # a place stays in the same part of the picture
    there, here = (unpack(w.arrays["places"]) + 0.5 for w in (whole, widget))
    assert np.allclose(here, there / 2)


def test_more_crystallites_than_can_be_shown_are_said():
    shape = (20, 20)
    tree = random_tree(np.random.default_rng(0), shape, ties=False)
    heights = np.where(np.arange(399) < 399 - (MOST + 3), 1.0, 100.0) + 1e-3 * np.arange(399)
    widget = CrystalliteMap(vectors(shape), CrystalliteTree(tree.children, heights, shape, 4))
    assert len(widget.nodes) == MOST
    assert widget.meta["note"] == f"the largest gap leaves {MOST + 4} crystallites, no more than {MOST} can be shown"
    assert "(largest gap)" not in widget.status()


def test_the_first_feature_shown_tells_crystallites_apart():
    """Not the direct beam, bright everywhere, nor what is noise."""
    labels = np.repeat(np.arange(4), 25).reshape(10, 10)
    rng = np.random.default_rng(0)
    values = np.stack([500 + 5 * labels, 0 * labels, 30.0 * (labels == 2), 3 + labels], axis=-1)
    values += rng.standard_normal(values.shape)
    features = FeatureVectors(values.astype(np.float32), np.ones(4), np.ones((4, 2)))
    assert telling_feature(features, labels, 4) == 2


# ---- what is shown


def test_the_alt_text_says_where_a_feature_is(widget, scan):
    angles = np.hypot(*((scan["features"].positions - scan["descan"].beam) * scan["data"].angular_sampling).T)
    for feature in (0, 9):
        widget.feature = feature
        assert f"feature {feature + 1} of 30 strong, {angles[feature]:.1f} mrad from the beam" in widget.alt_text()
    bare = CrystalliteMap(scan["features"], scan["tree"], position=(0, 0))
    y, x = np.rint(scan["features"].positions[bare.feature]).astype(int)
    assert f"at y {y}, x {x} px" in bare.alt_text()
    assert "the larger the stronger the feature is in this crystallite" in bare.alt_text()


def test_a_tree_without_a_gap_says_so_and_shows_one_crystallite():
    widget = CrystalliteMap(vectors((8, 8)), chain((8, 8)))
    assert widget.labels.max() == 0
    assert "(largest gap)" not in widget.status()
    assert widget.meta["note"] == "merge heights have no gap"
    assert widget.meta["gap"]["shown"] is False


def test_borders_of_a_map_are_its_edges_and_its_rim():
    numbers = np.array([[0, 0, 1], [0, 2, 1]])
    assert len(border_edges(numbers)) == 10 + 4
    assert len(border_edges(np.where(numbers == 1, 1, -1))) == 6
    lines = joined_borders(numbers)
    assert sorted(len(line) - 1 for line in lines) == [1, 1, 2]  # three lines that meet in one corner
    assert sum(line[[0, -1]].tolist().count([2, 1]) for line in lines) == 3


@pytest.mark.parametrize(
    "traits", [{}, {"position": (3, 3), "true_boundaries": True}, {"threshold": 12.0, "feature": 2}]
)
def test_figure_draws_every_panel_with_its_pixels(draws_its_panels, scan, traits):
    draws_its_panels(CrystalliteMap(**scan, **traits))


def test_each_source_may_be_left_out(scan, draws_its_panels, shows_numbers):
    features = scan["features"]
    for given, arrays, title in (
        (("tree",), set(), "All frames, places"),
        (("maps",), {"map"}, "All frames, ln(1 + s)"),
        (("data", "descan"), {"map", "patterns"}, "All frames, ln(1 + s)"),
        (("truth",), {"truth"}, "All frames, places"),
    ):
        widget = CrystalliteMap(features, **{name: scan[name] for name in given})
        assert {"map", "patterns", "truth"} & set(widget.arrays) == arrays
        assert widget.panels()["detector"].title == title
        widget.true_boundaries = True
        assert ("Rand index" in widget.status()) == ("truth" in given)
        widget.position = (0, 0)
        shows_numbers(widget)
        draws_its_panels(widget)
        named = ["tree" if name == "tree" else f"{name}={name}" for name in given]
        assert widget.meta["python"]["call"] == f"tcbf.widgets.CrystalliteMap({', '.join(['features', *named])})"


def test_units_are_those_of_the_data_or_pixels(widget, scan):
    panels = widget.panels()
    assert (panels["field"].pixel_size, panels["field"].unit) == ((20.0, 20.0), "Å")
    assert panels["detector"].pixel_size == pytest.approx(scan["data"].angular_sampling)
    bare = CrystalliteMap(scan["features"], scan["tree"]).panels()
    assert {bare["field"].unit, bare["detector"].unit} == {"px"}


@pytest.mark.parametrize(
    "shape, count, noise", [((1, 2), 3, 0.1), ((2, 1), 1, 1), ((1, 40), 4, 1), ((30, 3), 1, 1), ((6, 6), 2, 0)]
)
def test_unusual_scans_are_shown(shape, count, noise, shows_numbers):
    widget = CrystalliteMap(vectors(shape, count, noise), truth=np.zeros(shape, int))
    low, high = widget.meta["ranges"]["threshold"]
    widget.position = (0, 0)
    for threshold, found in ((high, 1), (low, widget.arrays["means"]["shape"][0])):
        widget.threshold = threshold
        assert widget.labels.max() + 1 == found >= 1
    assert found >= 2
    shows_numbers(widget)


def test_frames_that_are_all_alike_are_one_crystallite(shows_numbers):
    features = FeatureVectors(np.full((4, 5, 2), 3.3, np.float32), np.ones(2), np.zeros((2, 2)))
    widget = CrystalliteMap(features)
    shows_numbers(widget)
    assert widget.status() == "threshold 1: 1 crystallite of all 20 frames"
    assert widget.meta["ranges"]["threshold"] == [1, 1]
    assert np.allclose(widget.field(), 3.3)


@pytest.mark.parametrize("scale", [1e-6, 1e7])
def test_features_of_any_size_are_shown(scale, shows_numbers):
    plain, features = vectors(), vectors()
    features = FeatureVectors(features.values * np.float32(scale), features.noise * scale, features.positions)
    widget = CrystalliteMap(features)
    shows_numbers(widget)
    assert np.array_equal(widget.labels, CrystalliteMap(plain).labels)
