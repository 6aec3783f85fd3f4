"""A finger on a picture: it scrolls the page, taps, or drags, and never two of them at once."""

from controls import status

import tcbf_widgets as tcbf

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True}


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
    page.wait_for_timeout(100)  # the last of the scrolling
    return page.evaluate("scrollY") - before


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
