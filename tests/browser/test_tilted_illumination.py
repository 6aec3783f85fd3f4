"""TiltedIllumination in a page: the pixel follows mouse and finger, and the figure says where its image lies."""

import math
import re

import pytest
from controls import settle, status

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def widget():
    return tcbf.widgets.TiltedIllumination()


def pixel(root):
    """The chosen pixel (ky, kx) as the sliders have it."""
    return [float(root.get_by_label(f"Pixel {name}", exact=True).input_value()) for name in ("ky", "kx")]


def numbers(path):
    """The numbers of an SVG path, in order."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path.get_attribute("d"))]


def marked(root, widget):
    """Pixel (y, x) in 1/Å where its mark is drawn, and shift (y, x) in Å that the arrow has."""
    scale = 1 / (256 * widget.meta["sampling"])
    x, y = numbers(root.locator(".tcbf-point"))[:2]
    x0, y0, tip_x, tip_y = numbers(root.locator(".tcbf-arrows-predicted"))[:4]
    assert (x0, y0) == (128, 128)
    arrow = [(tip - 128) * widget.meta["sampling"] for tip in (tip_y, tip_x)]
    return [(y - 60.5) * scale, (x - 60.5) * scale], arrow


def at(root, y, x):
    """A place on the page in shares of the picture of the detector."""
    box = root.locator(".tcbf-draggable").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_the_pixel_follows_the_mouse_and_the_image_the_pixel(opened, widget):
    page, root = opened(widget, viewport={"width": 1200, "height": 900})
    page.mouse.move(*at(root, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at(root, 0.4, 0.75), steps=3)
    page.mouse.up()
    settle(root)
    ky, kx = pixel(root)
    # a tenth and a quarter of the picture, which is 121 frequency steps of 0.00404 1/Å wide; to a pixel of the screen
    assert (ky, kx) == pytest.approx((-0.049, 0.122), abs=0.003)
    shift = [k * 15_000 * tcbf.electron_wavelength(300e3) for k in (ky, kx)]
    length = float(re.search(r"([\d.]+) Å from the axial one", status(root))[1])
    assert length == pytest.approx(math.hypot(*shift), abs=0.05)
    point, arrow = marked(root, widget)
    assert point == pytest.approx([ky, kx], abs=1e-9)
    assert arrow == pytest.approx(shift, abs=0.06)  # drawn to a tenth of a pixel, 0.1 Å
    page.mouse.move(*at(root, 0.5, 0.9))  # without a button
    assert pixel(root) == [ky, kx]
    page.mouse.click(*at(root, 0.5, 0.95))
    assert re.search(r"outside of the disk: dark field, mean 0\.0\d+\u00a0% of the beam", status(root))
    assert root.locator(".tcbf-arrows-predicted").get_attribute("d") == ""


def test_a_finger_drags_the_handle_and_taps_elsewhere_while_the_page_scrolls(opened, widget):
    page, root = opened(widget, viewport={"width": 360, "height": 900}, has_touch=True)
    first = pixel(root)
    page.touchscreen.tap(*at(root, 0.7, 0.4))
    assert pixel(root) != first
    touch = root.locator(".tcbf-draggable").evaluate("node => getComputedStyle(node).touchAction")
    handle = root.locator(".tcbf-handle")
    assert (touch, handle.evaluate("node => getComputedStyle(node).touchAction")) == ("pan-y", "none")
    assert handle.bounding_box()["width"] >= 24


def test_in_focus_no_length_is_written_and_the_readings_are_whole(opened, widget):
    page, root = opened(widget, viewport={"width": 632, "height": 900})  # the column of the book at 1200
    for name, value in {"Defocus, typed (µm)": "0", "Pixel ky, typed (1/Å)": "-0.24"}.items():
        root.get_by_label(name, exact=True).fill(value)
        root.get_by_label(name, exact=True).press("Enter")
    for panel, reading in (("detector", r"ky −0\.\d\d, kx .* 1/Å: .* %"), ("image", r"\d+ Å up, \d+ Å left: 0\.0.* %")):
        box = root.locator(f"[data-panel={panel}]").bounding_box()
        page.mouse.move(box["x"] + 10, box["y"] + 10)
        foot = root.locator(f".tcbf-panel:has([data-panel={panel}]) .tcbf-foot")
        feet = root.locator(".tcbf-foot").evaluate_all("all => all.map(node => node.scrollHeight - node.clientHeight)")
        assert max(feet) <= 0
        assert re.fullmatch(reading, foot.inner_text().replace("\u00a0", " ").replace("\n", " "))
        assert foot.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    titles = root.locator(".tcbf-title").evaluate_all("all => all.map(node => node.scrollWidth - node.clientWidth)")
    assert max(titles) <= 0
    root.get_by_label("Pixel ky, typed (1/Å)", exact=True).fill("0")
    root.get_by_label("Pixel ky, typed (1/Å)", exact=True).press("Enter")
    assert status(root).endswith("the image lies where the axial one does")
    assert root.locator(".tcbf-overlaytext tspan").text_content() == ""


@pytest.mark.parametrize("width", [360, 632, 1200])
def test_detector_image_and_sliders_are_close_together(opened, widget, width):
    _, root = opened(widget, viewport={"width": width, "height": 900})
    detector, image = (root.locator(f"[data-panel={name}]").bounding_box() for name in ("detector", "image"))
    sliders = root.locator(".tcbf-controls").bounding_box()
    beam = root.locator("[data-diagram=beam]").bounding_box()
    assert detector["y"] <= image["y"] < sliders["y"] < image["y"] + image["height"] + 60
    assert (beam["y"] > sliders["y"]) == (width < 520)
    if width > 520:  # beam and figure at one glance
        assert beam["x"] < detector["x"] < image["x"]
        assert beam["y"] < detector["y"] + detector["height"] / 2
    if width == 632:
        assert root.bounding_box()["height"] < 520
