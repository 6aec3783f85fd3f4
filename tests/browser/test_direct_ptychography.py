"""DirectPtychography in a page: what is read under the pointer, what is saved, what stands where on a phone."""

import numpy as np
import pytest
from controls import bring, downloaded, resized, slider, status

import tcbf_widgets as tcbf
from tests.direct_images import images_of_demo


@pytest.fixture(scope="module")
def opened_widget(opened_once):
    widget = tcbf.widgets.DirectPtychography(**images_of_demo())
    return widget, *opened_once(widget)


def panel(root, name):
    return root.locator(f'canvas[data-panel="{name}"]')


def point_at(page, part, y, x):
    """Move the mouse to a place of a part of the page, in shares of its height and width."""
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_the_phase_under_the_pointer_is_read_and_follows_the_slider(shown):
    widget, page, root = shown
    row, column = 9, 70
    point_at(page, panel(root, "direct"), (row + 0.5) / 48, (column + 0.5) / 96)
    reading = root.locator(".tcbf-panel:has([data-panel=direct]) .tcbf-reading")
    for detail in (16.0, 40.0):
        bring(root, widget, {"detail": detail})
        text = reading.text_content().replace("\u2212", "-").split()
        value = float(text[-2])
        assert text[-1] == "rad"
        # four figures are written
        assert value == pytest.approx(float(widget.panels()["direct"].values[row, column]), rel=1e-3, abs=1e-6)
        assert "y 4.5, x 35.0 nm" in reading.text_content().replace("\u00a0", " ")  # 5 Å a pixel


def test_curves_are_read_under_the_pointer(shown):
    """At the middle of the axes: correlations of the ring there, and what was foretold."""
    widget, page, root = shown
    plot = root.locator("svg.tcbf-plot")
    width = plot.bounding_box()["width"]
    point_at(page, plot, 0.4, (48 + (width - 60) / 2) / width)  # 48 and 12 px are left of the axes, and right
    text = root.locator(".tcbf-panel-plot .tcbf-readout").text_content()
    q = widget.reach() / 2
    assert text.startswith(f"{q:.3f} 1/Å ({1 / q:#.3g} Å): expected ")
    for curves, said in (("expected", text.split("found")[0]), ("rings", text.split("found")[1])):
        at = widget.curves(curves)
        nearest = np.argmin(np.abs(at["q"] - q))
        assert f"aligned sum {at['summed'][nearest]:.2f}, direct {at['direct'][nearest]:.2f}" in said


def test_what_is_saved_is_what_is_shown(shown):
    widget, _, root = shown
    bring(root, widget, {"detail": 11.0})
    assert f"direct {widget.correlations()['direct']:.2f}" in status(root)
    *images, table = downloaded(root, "Direct phase (npy)", "Phase of the aligned sum (npy)", "Correlations (CSV)")
    for name, image in zip(("direct", "summed"), images, strict=True):
        # float32, transformed there and back by two libraries
        assert np.allclose(np.load(image), widget.panels()[name].values, atol=1e-6)
    table = np.genfromtxt(table, delimiter=",", names=True)
    rings = widget.curves("rings")
    assert np.allclose(table["q_per_angstrom"], rings["q"], rtol=1e-6)
    for name in ("summed", "direct", "iterative"):
        assert np.allclose(table[name], rings[name], rtol=1e-6)


@pytest.mark.parametrize("width", [360, 560])
def test_narrow_pages_have_all_images_on_one_screen_two_in_a_row(shown, width):
    _, page, root = shown
    with resized(root, width, 740):
        boxes = {name: panel(root, name).bounding_box() for name in ("summed", "direct", "iterative", "truth")}
        for left, right in (("summed", "direct"), ("iterative", "truth")):
            assert boxes[left]["y"] == pytest.approx(boxes[right]["y"], abs=1)  # part of a pixel
            assert boxes[left]["x"] + boxes[left]["width"] < boxes[right]["x"]
        control = slider(root, "Finest detail shown").bounding_box()
        plot = root.locator("svg.tcbf-plot").bounding_box()
        assert boxes["truth"]["y"] < control["y"]
        if width == 360:  # a finger sees what it does: the curves come after the slider
            assert control["y"] + control["height"] - boxes["summed"]["y"] < 740
            assert control["y"] < plot["y"]
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
