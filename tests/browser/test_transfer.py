"""ContrastTransfer and Upsampling in a page: what is read out, what stands where, and what a saved picture shows."""

import io

import numpy as np
import pytest
from controls import open_options, return_to_first, slider, status
from matplotlib.image import imread

import tcbf_widgets as tcbf

VALUE_TEXTS = """root => [...root.querySelectorAll("input[type=range]")].map(input =>
    input.getAttribute("aria-valuetext"))"""


@pytest.fixture(scope="module")
def page_of_transfer(opened_once):
    return opened_once(tcbf.widgets.ContrastTransfer(defocus=-2_500.0))


@pytest.fixture(scope="module")
def page_of_upsampling(opened_once, stack, fit):
    """An Upsampling that shows more frequencies than its factor has, up to beyond 2α/λ."""
    widget = tcbf.widgets.Upsampling(stack, fit, factor=2)
    widget.reach = widget.meta["ranges"]["reach"][1]
    return opened_once(widget)


@pytest.fixture
def both(page_of_transfer, page_of_upsampling):
    """Function (width) -> (page, root) of each of the two at this width of the page."""

    def at(width):
        for watched, root in (page_of_transfer, page_of_upsampling):
            watched.page.set_viewport_size({"width": width, "height": 900})
            return_to_first(watched.page, root)
            yield watched.page, root

    return at


def top(part) -> float:
    return part.bounding_box()["y"]


def test_sliders_say_their_units(both):
    (_, transfer), (_, upsampling) = both(1200)
    assert transfer.evaluate(VALUE_TEXTS) == ["−0.250 µm", "2.70 mm", "4.0 mrad", "0.45 per Å"]
    assert "defocus −0.250 µm" in status(transfer)
    reach = slider(upsampling, "Shown up to").get_attribute("max")
    said = ["2 pixels per scan step", "0.125 pixels of the scan", f"{float(reach):.3f} per Å"]
    assert upsampling.evaluate(VALUE_TEXTS) == said


def test_on_a_narrow_page_the_curve_stands_above_the_sliders(both):
    for _, root in both(360):
        first, curve = root.locator(".tcbf-picture").first, root.locator(".tcbf-plotarea")
        assert top(first) < top(curve) < top(root.locator("input[type=range]").first)


@pytest.mark.parametrize("width", [360, 560, 1200])
def test_labels_over_the_frequency_planes_are_legible_and_inside(both, width):
    for (_, root), texts in zip(both(width), (3, 4), strict=True):
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


def test_a_saved_picture_has_the_hatch_of_its_gaps(both):
    _, (page, root) = both(1200)
    open_options(root)
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
