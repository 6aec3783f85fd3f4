"""CrystalliteMap in a page: what is pointed at, pressed, dragged and typed; what is saved; what fits on a phone."""

import numpy as np
import pytest
import support
from controls import bring, downloaded, press_pixel, resized, settle, slider, status
from playwright.sync_api import expect

import tcbf_widgets as tcbf
from tests.crystallite_runs import small_crystallites


@pytest.fixture(scope="module")
def opened_widget(opened_once):
    widget = tcbf.widgets.CrystalliteMap(**small_crystallites())
    return widget, *opened_once(widget)


DESCRIPTION = "picker => document.getElementById(picker.getAttribute('aria-describedby')).textContent"

# what passes through the widget to the page around it
LISTEN = """root => {
    root.heard = [];
    root.parentNode.addEventListener("keydown", ({ key, ctrlKey }) => {
        if (key === "Escape") root.heard.push(ctrlKey ? "Control+Escape" : key);
    });
}"""


def crystallites(root):
    return root.get_by_role("slider", name="Crystallite", exact=True)


def picture(root):
    return root.evaluate(support.PICTURE)


def test_a_crystallite_under_the_mouse_is_looked_at_for_as_long_as_it_is_there(shown):
    widget, page, root = shown
    first, line = picture(root), root.locator(".tcbf-status")
    box = crystallites(root).bounding_box()
    y, x = widget.meta["centres"][widget.nodes[2]]
    page.mouse.move(box["x"] + (x + 0.5) / 18 * box["width"], box["y"] + (y + 0.5) / 14 * box["height"])
    settle(root)
    assert status(root).endswith(f"crystallite 3: {widget._top.sizes[widget.nodes[2]]} frames")
    assert line.get_attribute("aria-live") == "off"  # what a mouse passes over is not read out
    expect(root.get_by_label("Pattern", exact=True)).to_have_value("one")
    page.mouse.move(0, 0)
    settle(root)
    assert picture(root) == first
    assert line.get_attribute("aria-live") == "polite"


def test_arrow_keys_choose_crystallites_and_escape_returns_to_all_frames(shown):
    _, _, root = shown
    picker, select = crystallites(root), root.get_by_label("Pattern", exact=True)
    assert picker.get_attribute("aria-valuetext") == "none chosen"
    seen = set()
    for key in ("ArrowRight", "ArrowDown", "End", "Home"):
        picker.press(key)
        settle(root)
        seen.add(picker.get_attribute("aria-valuetext"))
        expect(select).to_have_value("one")
    assert len(seen) >= 3
    assert "crystallite 1: " in status(root)
    assert "Escape shows all frames" in picker.evaluate(DESCRIPTION)
    root.evaluate(LISTEN)
    picker.press("Control+Escape")  # the browser's
    expect(select).to_have_value("one")
    picker.press("Escape")
    expect(select).to_have_value("all")
    settle(root)
    assert "crystallite 1: " not in status(root)
    picker.press("Escape")  # nothing is left to return from: a notebook may leave its cell
    assert root.evaluate("root => root.heard") == ["Control+Escape", "Escape"]
    select.select_option("one")
    settle(root)
    assert "crystallite 1: " in status(root)


def test_a_second_click_lets_a_crystallite_go(shown):
    widget, page, root = shown
    select = root.get_by_label("Pattern", exact=True)
    place = tuple(widget.meta["centres"][widget.nodes[2]])
    press_pixel(root, place, "labels")
    page.mouse.move(0, 0)
    expect(select).to_have_value("one")
    settle(root)
    assert "; crystallite 3: " in status(root)
    press_pixel(root, place, "labels")
    settle(root)
    expect(select).to_have_value("all")  # although the mouse is still there
    page.mouse.move(0, 0)
    expect(select).to_have_value("all")
    press_pixel(root, place, "labels")
    expect(select).to_have_value("one")


def test_the_crystallite_of_a_frame_stays_chosen_while_the_threshold_moves(shown):
    widget, _, root = shown
    bring(root, widget, {"position": (12, 2)})
    for threshold in (13.0, 100.0, 40.0):
        bring(root, widget, {"threshold": threshold})
        assert status(root) == widget.status()


def test_a_place_on_the_detector_chooses_the_feature(shown):
    widget, page, root = shown
    places = [packed["data"] for packed in [widget.arrays["places"]]]
    y, x = np.frombuffer(places[0], np.float32).reshape(-1, 2)[7]
    press_pixel(root, (round(float(y)), round(float(x))), "detector")
    page.mouse.move(0, 0)
    settle(root)
    expect(slider(root, "Feature")).to_have_value("8")
    expect(root.get_by_text("Virtual dark field 8", exact=True)).to_be_visible()
    detector = root.get_by_role("slider", name="Feature on the detector")
    assert detector.get_attribute("aria-valuetext") == "feature 8 of 30"
    detector.press("ArrowLeft")
    settle(root)
    assert detector.get_attribute("aria-valuetext") != "feature 8 of 30"


def test_the_cut_is_dragged_in_the_plot(shown):
    widget, page, root = shown
    plot = root.locator("svg[data-plot=merges]")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 320, box["y"] + 9)
    page.mouse.up()
    settle(root)
    low, high = widget.meta["ranges"]["threshold"]
    assert ": 1 crystallite of all 252 frames" in status(root)
    page.mouse.move(box["x"] + 300, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 320, box["y"] + box["height"])  # as far down as it goes
    page.mouse.up()
    settle(root)
    assert float(slider(root, "Threshold, typed").input_value()) == low
    assert high > low
    assert plot.get_attribute("aria-label").endswith(status(root))


def test_the_ends_of_the_slider_leave_one_crystallite_and_many(shown):
    widget, _, root = shown
    threshold = slider(root, "Threshold")
    for key, at in (("End", 1), ("Home", 0)):
        threshold.press(key)
        settle(root)
        widget.threshold = widget.meta["ranges"]["threshold"][at]
        assert status(root) == widget.status()
        assert threshold.get_attribute("aria-valuetext").endswith(f"crystallite{'s' if at == 0 else ''}")


def test_true_boundaries_are_drawn_on_request(shown):
    widget, _, root = shown
    lines = root.locator(".tcbf-overlay .tcbf-truth")
    assert not lines.get_attribute("d")
    bring(root, widget, {"true_boundaries": True})
    edges = np.sum(np.diff(small_crystallites()["truth"], axis=0) != 0)
    edges += np.sum(np.diff(small_crystallites()["truth"], axis=1) != 0)
    d = lines.get_attribute("d")
    assert d.count("h") + d.count("v") == edges
    assert d.count("M") < edges / 5  # joined, so that they are dashed


def test_what_is_saved_is_what_is_shown(shown):
    widget, _, root = shown
    bring(root, widget, {"threshold": 13.3, "feature": 4})
    labels, field, table, heights = downloaded(
        root, "Crystallites (npy)", "Virtual dark field (npy)", "Crystallites (CSV)", "Merge heights (CSV)"
    )
    assert np.array_equal(np.load(labels), small_crystallites()["tree"].labels(threshold=13.3) + 1)  # as on the map
    assert np.array_equal(np.load(field), widget.field())
    table = np.genfromtxt(table, delimiter=",", names=True)
    assert np.array_equal(table["crystallite"].reshape(14, 18), widget.labels + 1)
    assert np.array_equal(table["frame_x"].reshape(14, 18)[3], np.arange(18))
    heights = np.genfromtxt(heights, delimiter=",", names=True)
    assert heights["crystallites_left"][-1] == 1
    assert np.allclose(heights["height"], widget.meta["heights"])


@pytest.mark.parametrize("width, below", [(360, "labels"), (600, "detector")])
def test_narrow_pages_have_the_maps_of_the_scan_side_by_side(shown, width, below):
    _, page, root = shown
    with resized(root, width, 740):
        field, labels, above = (
            root.locator(f'canvas[data-panel="{name}"]').bounding_box() for name in ("field", "labels", below)
        )
        assert abs(field["y"] - labels["y"]) < 1
        assert abs(field["height"] - labels["height"]) < 1
        threshold = slider(root, "Threshold").bounding_box()
        assert above["y"] + above["height"] < threshold["y"] < field["y"] + 740
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_features_alone_are_shown_as_places(opened):
    widget = tcbf.widgets.CrystalliteMap(small_crystallites()["features"])
    _, root = opened(widget)
    assert root.get_by_label("True boundaries", exact=True).count() == 1
    expect(root.get_by_label("True boundaries", exact=True)).to_be_hidden()
    expect(root.get_by_text("places", exact=True)).to_be_visible()
    rings = root.locator(".tcbf-rings").get_attribute("d")
    assert rings.count("M") == 30
    bring(root, widget, {"position": (3, 15)})
    assert root.locator(".tcbf-rings").get_attribute("d") != rings
    assert status(root) == widget.status()
