"""PhaseContrast in a page: a slider over the logarithm, exposures, zoom."""

import numpy as np
import pytest
from controls import bring, cut_texts, downloaded, equal_pictures_in_a_row, resized, settle, slider, status

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def shown(opened_once):
    widget = tcbf.widgets.PhaseContrast()
    return widget, *opened_once(widget)


def picture(root, name):
    return root.locator(f'canvas[data-panel="{name}"]').evaluate("canvas => canvas.toDataURL()")


def test_the_dose_slider_counts_through_ratios(shown):
    _, _, root = shown
    dose = slider(root, "Dose")
    typed = slider(root, "Dose, typed (e/Å²)")
    for key, value, noise in (("End", "1000", "3.2"), ("Home", "10", "31.6"), ("ArrowRight", "10.2", "31.3")):
        dose.press(key)
        settle(root)
        assert typed.input_value() == value
        assert f"noise {noise}\u00a0%" in status(root)
    assert dose.get_attribute("aria-valuetext") == "10.2 electrons per Å²"
    typed.fill("5000")
    typed.press("Enter")
    assert typed.input_value() == "1000"  # the end of the slider
    dose.press("r")


def test_another_exposure_changes_the_noise_and_says_so(shown):
    widget, _, root = shown
    again = root.get_by_role("button", name="Another exposure")
    before, said = picture(root, "plane"), status(root)
    again.click()
    assert picture(root, "plane") != before
    assert said.endswith(", exposure 1")
    assert status(root) == said.replace("exposure 1", "exposure 2")
    slider(root, "Dose").press("r")
    assert picture(root, "plane") == before
    bring(root, widget, {"noise": False})
    assert again.is_disabled()
    assert "without counting noise" in status(root)
    bring(root, widget, {"noise": True})


def test_what_is_saved_is_what_is_shown(shown):
    widget, _, root = shown
    bring(root, widget, {"zoom": 5.0, "defocus": -4_000.0})
    images = downloaded(root, "Plane wave (npy)", "Phase plate (npy)")
    for name, image in zip(("plane", "plate"), images, strict=True):
        assert np.array_equal(np.load(image), widget.panels()[name].values)
    assert root.locator(".tcbf-scalebar text").first.text_content() == "1 nm"
    assert f"contrast (rms) of the whole field {100 * widget.rms_contrast():.1f}\u00a0% in a plane wave" in status(root)


@pytest.mark.parametrize("width", [288, 360])
def test_on_a_phone_three_equal_pictures_stand_above_the_sliders(shown, width):
    _, _, root = shown
    with resized(root, width, 700):
        boxes = equal_pictures_in_a_row(root)
        assert len(boxes) == 3
        assert slider(root, "Defocus").bounding_box()["y"] - boxes[0]["y"] < 600  # on the screen with them
        assert cut_texts(root) == []


@pytest.mark.parametrize("defocus", [-20_000.0, -10_000.0, 10_000.0])
def test_the_name_of_the_first_zero_lies_above_the_curves(shown, defocus):
    widget, _, root = shown
    bring(root, widget, {"defocus": defocus})
    label = root.locator(".tcbf-markline text").bounding_box()
    curves = [root.locator(f".tcbf-plotarea .tcbf-line-{name}").bounding_box() for name in ("sine", "cosine")]
    assert label["y"] + label["height"] <= min(curve["y"] for curve in curves)
