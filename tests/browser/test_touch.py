"""A finger on a picture: it scrolls the page, taps, or drags, and never two of them at once."""

import pytest
from controls import open_options, settle, slider, status

import tcbf_widgets as tcbf
from tests.crystallite_runs import small_crystallites
from tests.ptychography_runs import two_methods

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True}

# the place of the page has been the same for a sixth of a second
AT_REST = """async () => {
    for (let still = 0, last = scrollY; still < 10; last = scrollY) {
        await new Promise(requestAnimationFrame);
        still = scrollY === last ? still + 1 : 0;
    }
}"""


# those of all controls but sliders that answer to less than 40 px above one another, all of which can be pressed
TOO_LOW = """nodes => nodes.filter(node => {
    if (!node.offsetWidth) return false;
    node.scrollIntoView({ block: "center" });
    const { left, width, top, height } = node.getBoundingClientRect();
    const answers = y => {
        const hit = document.elementFromPoint(left + width / 2, y);
        return node.contains(hit) || hit?.closest("label")?.control === node;
    };
    let [first, last] = [top + height / 2, top + height / 2];
    while (answers(first - 1)) first--;
    while (answers(last + 1)) last++;
    return last - first < 39; // between the first and the last pixel
}).map(node => node.outerHTML)"""


def swipe(page, start, way, steps=8):
    """Press a finger at a place of the window, move it by (x, y) and lift it; returns how far the page has scrolled."""
    session = page.context.new_cdp_session(page)
    before = page.evaluate("scrollY")
    for step in range(steps + 1):
        x, y = (at + way * step / steps for at, way in zip(start, way, strict=True))
        kind = "touchMove" if step else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        page.evaluate("() => new Promise(requestAnimationFrame)")
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.evaluate(AT_REST)  # until then, a tap would only stop it
    return page.evaluate("scrollY") - before


def scrolled_over(page, start):
    """How far a swipe scrolls the page, whichever way there is room."""
    room = page.evaluate("document.documentElement.scrollHeight - innerHeight - scrollY")
    return abs(swipe(page, start, (0, -80 if room > 100 else 80)))


def middle(locator, y=0.5, x=0.5):
    """A place of an element in the window, which is brought into view."""
    locator.evaluate("node => node.scrollIntoView({ block: 'center' })")
    box = locator.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_a_swipe_over_the_detector_scrolls_and_leaves_the_pixel_where_it_is(opened):
    page, root = opened(tcbf.widgets.TiltedIllumination(), **PHONE)
    surface, handle = root.locator(".tcbf-draggable"), root.locator(".tcbf-handle")
    first = status(root)
    assert swipe(page, middle(surface, 0.85, 0.2), (0, -100)) > 50
    assert status(root) == first
    swipe(page, middle(surface, 0.85, 0.2), (60, 0))  # nor aside: the point is elsewhere
    assert status(root) == first
    # the handle follows, and the page stays
    assert swipe(page, middle(handle), (-20, 60)) == 0
    assert status(root) != first
    page.touchscreen.tap(*middle(surface, 0.5, 0.5))
    assert "pixel at ky 0.00" in status(root)


def test_a_swipe_over_a_picture_to_pick_from_scrolls_and_a_tap_picks(opened, stack):
    page, root = opened(tcbf.widgets.MaskSchedule(stack), **PHONE)
    surface = root.locator(".tcbf-pick").first
    first = surface.get_attribute("aria-valuetext")
    assert swipe(page, middle(surface, 0.6, 0.3), (0, -100)) > 50
    assert surface.get_attribute("aria-valuetext") == first
    page.touchscreen.tap(*middle(surface, 0.6, 0.3))
    tapped = surface.get_attribute("aria-valuetext")
    assert tapped != first
    swipe(page, middle(surface, 0.4, 0.3), (60, 0))  # sideways it is dragged
    assert surface.get_attribute("aria-valuetext") not in (first, tapped)


def test_a_swipe_over_a_plot_scrolls_and_a_tap_sets_the_value(opened, stack):
    page, root = opened(tcbf.widgets.VirtualBrightField(stack), **PHONE)
    plot = root.locator("svg.tcbf-plot").first
    first = status(root)
    assert swipe(page, middle(plot, 0.5, 0.4), (0, 100)) < -50  # it is at the end of the page
    assert status(root) == first
    page.touchscreen.tap(*middle(plot, 0.5, 0.4))
    assert status(root) != first


def test_a_cut_of_the_object_is_dragged_by_its_handle_and_a_swipe_beside_it_scrolls(opened):
    page, root = opened(tcbf.widgets.MissingWedge(), **PHONE)
    picture = root.locator(".tcbf-picture:has([data-panel=object])")
    surface, handle = picture.locator(".tcbf-draggable"), picture.locator(".tcbf-handle")
    depth, row = (slider(root, label) for label in ("Plane z, typed (nm)", "Section y, typed (nm)"))
    first = depth.input_value()
    assert scrolled_over(page, middle(surface, 0.85, 0.2)) > 40
    assert depth.input_value() == first
    assert swipe(page, middle(handle), (0, 60)) == 0
    dragged = depth.input_value()
    assert float(dragged) > float(first)
    page.touchscreen.tap(*middle(surface, 0.48, 0.3))
    assert depth.input_value() == "15"  # of 32 slices, 1 nm thick
    # the plane below it has the row of the section
    before = row.input_value()
    page.touchscreen.tap(*middle(root.locator(".tcbf-picture:has([data-panel=object_plane])"), 0.2, 0.5))
    assert row.input_value() != before
    assert depth.input_value() == "15"


def test_a_position_is_tapped_in_the_object_and_in_the_mosaic_and_a_swipe_over_them_scrolls(opened):
    page, root = opened(tcbf.widgets.ProbeAndScan(tcbf.overlap_scan()), **PHONE)
    picker = root.get_by_role("slider", name="Position of the probe")
    seen = [picker.get_attribute("aria-valuetext")]
    for name, tapped in (("object", (0.3, 0.7)), ("mosaic", (0.9, 0.1))):
        surface = root.locator(f".tcbf-picture:has([data-panel={name}]) .tcbf-pick")
        assert scrolled_over(page, middle(surface, 0.6, 0.3)) > 40
        assert picker.get_attribute("aria-valuetext") == seen[-1]
        page.touchscreen.tap(*middle(surface, *tapped))
        seen.append(picker.get_attribute("aria-valuetext"))
        assert seen[-1] not in seen[:-1]
        swipe(page, middle(surface, 0.55, 0.4), (60, 0))  # sideways it is dragged
        seen.append(picker.get_attribute("aria-valuetext"))
        assert seen[-1] not in seen[:-1]


def test_a_tree_is_cut_by_the_dot_at_the_cut_and_a_swipe_beside_it_scrolls(opened):
    page, root = opened(tcbf.widgets.CrystalliteMap(**small_crystallites()), **PHONE)
    plot, dot = root.locator("svg[data-plot=merges]"), root.locator("svg[data-plot=merges] .tcbf-dot")
    threshold = slider(root, "Threshold, typed")
    first = threshold.input_value()
    assert scrolled_over(page, middle(plot, 0.3, 0.8)) > 40
    assert threshold.input_value() == first
    assert swipe(page, middle(dot), (0, 60)) == 0
    dragged = threshold.input_value()
    assert float(dragged) < float(first)
    page.touchscreen.tap(*middle(plot, 0.1, 0.8))
    settle(root)
    assert float(threshold.input_value()) > float(first)
    # a crystallite is tapped
    page.touchscreen.tap(*middle(root.get_by_role("slider", name="Crystallite", exact=True), 0.3, 0.3))
    settle(root)
    assert "; crystallite 1: " in status(root)


@pytest.mark.parametrize(
    "make", [lambda stack: tcbf.widgets.PtychographyMovie(two_methods()), tcbf.widgets.MaskSchedule]
)
def test_what_a_finger_presses_is_forty_pixels_high(opened, stack, make):
    page, root = opened(make(stack), **PHONE)
    open_options(root)
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    assert root.locator(":is(input:not([type=range]), select, button)").evaluate_all(TOO_LOW) == []
