"""ContrastTransfer and Upsampling in a page: what is read out, what stands where, and what a saved picture shows."""

import io

import numpy as np
import pytest
import support
from matplotlib.image import imread

import tcbf_widgets as tcbf

VALUE_TEXTS = """root => [...root.querySelectorAll("input[type=range]")].map(input =>
    input.getAttribute("aria-valuetext"))"""


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that saves a widget and opens its page: the page, and the widget's root."""
    contexts = []

    def open_widget(widget, **options):
        address = widget.save_html(tmp_path / f"figure{len(contexts)}.html").as_uri()
        context = browser.new_context(**options)
        watched = support.WatchedPage(context, address)
        contexts.append((context, watched))
        watched.open(address)
        return watched.page, watched.page.locator(".tcbf-widget[data-view]")

    yield open_widget
    for context, watched in contexts:
        context.close()
        assert watched.problems == []


@pytest.fixture(scope="module")
def upsampling(stack, alignment):
    """An Upsampling that shows more frequencies than its factor has, up to beyond 2α/λ."""
    widget = tcbf.widgets.Upsampling(stack, tcbf.fit_aberrations(alignment), factor=2)
    widget.reach = widget.meta["ranges"]["reach"][1]
    return widget


def top(part) -> float:
    return part.bounding_box()["y"]


def test_sliders_say_their_units(opened, upsampling):
    _, root = opened(tcbf.widgets.ContrastTransfer(defocus=-2_500.0))
    assert root.evaluate(VALUE_TEXTS) == ["−0.250 µm", "2.70 mm", "4.0 mrad", "0.45 per Å"]
    assert "defocus −0.250 µm" in root.locator(".tcbf-status").text_content()
    _, root = opened(upsampling)
    said = ["2 pixels per scan step", "0.125 pixels of the scan", f"{upsampling.reach:.3f} per Å"]
    assert root.evaluate(VALUE_TEXTS) == said


def test_on_a_narrow_page_the_curve_stands_above_the_sliders(opened, upsampling):
    for widget in (tcbf.widgets.ContrastTransfer(), upsampling):
        _, root = opened(widget, viewport={"width": 360, "height": 900})
        first, curve = root.locator(".tcbf-picture").first, root.locator(".tcbf-plotarea")
        assert top(first) < top(curve) < top(root.locator("input[type=range]").first)


@pytest.mark.parametrize("width", [360, 560, 1200])
def test_labels_over_the_frequency_planes_are_legible_and_inside(opened, upsampling, width):
    for widget, texts in ((tcbf.widgets.ContrastTransfer(), 3), (upsampling, 4)):
        _, root = opened(widget, viewport={"width": width, "height": 900})
        labels = root.locator(".tcbf-overlaytext:visible").all()
        assert len(labels) == texts
        for label in labels:
            picture = label.locator("xpath=ancestor::*[contains(@class, 'tcbf-picture')]").bounding_box()
            box = label.bounding_box()
            assert label.evaluate("text => parseFloat(getComputedStyle(text).fontSize)") >= 11
            # as large on the screen: letters are higher than half their size
            assert box["height"] >= 11
            assert picture["x"] - 1 <= box["x"]
            assert box["x"] + box["width"] <= picture["x"] + picture["width"] + 1


def test_a_saved_picture_has_the_hatch_of_its_gaps(opened, upsampling):
    page, root = opened(upsampling, viewport={"width": 1200, "height": 900}, color_scheme="light")
    root.get_by_role("button", name="Options").click()
    with page.expect_download() as download:
        root.get_by_role("button", name="Save picture (PNG)").click()
    root.get_by_role("button", name="Options").click()
    saved = imread(io.BytesIO(download.value.path().read_bytes()))[..., :3].mean(axis=-1)
    outer = root.bounding_box()
    box = root.locator('[data-panel="fourier_spectrum"]').bounding_box()
    # twice as large, in a frame of 4 pixels; a strip inside of the picture's left border, above its scale bar
    x, y = (int(2 * (box[name] - outer[name] + 4)) for name in "xy")
    strip = saved[y + 20 : y + int(1.2 * box["height"]), x + 4 : x + 30]
    assert strip.max() > 0.99
    hatched = np.mean(strip < 0.97)
    assert 0.05 < hatched < 0.5
