"""MissingWedge in a page: a slider that begins at 0, lines that are dragged, what is saved, what fits on a phone."""

import numpy as np
import pytest
from controls import assert_alike, bring, downloaded, resized, slider, status
from playwright.sync_api import expect

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def opened_widget(opened_once):
    widget = tcbf.widgets.MissingWedge()
    return widget, *opened_once(widget)


def panel(root, name):
    return root.locator(f'canvas[data-panel="{name}"]')


def in_sight(part):
    """Box of a part of the page, after it is scrolled to."""
    part.scroll_into_view_if_needed()
    return part.bounding_box()


def test_the_slider_of_beta_counts_through_ratios_and_begins_at_zero(shown):
    _, _, root = shown
    beta, typed = slider(root, "Weight β"), slider(root, "Weight β, typed")
    for key, value, half in (
        ("End", "1000", "half weight at 1\u00a0mrad"),
        ("Home", "0", "nothing is taken away"),
        ("ArrowRight", "1", "half weight at 45°"),
        ("ArrowLeft", "0", "nothing is taken away"),
    ):
        beta.press(key)
        expect(typed).to_have_value(value)
        assert half in status(root)
    typed.fill("33.3")
    typed.press("Enter")
    assert status(root).startswith("β 33.3: half weight at 30\u00a0mrad, the beam reaches 30\u00a0mrad;")
    assert beta.get_attribute("aria-valuetext") == "33.3"


def test_the_cut_of_one_picture_is_dragged_in_the_other(shown):
    _, page, root = shown
    box = in_sight(panel(root, "weighted"))
    mouse = page.mouse
    mouse.move(box["x"] + 40, box["y"] + 10)
    mouse.down()
    mouse.move(box["x"] + 40, box["y"] + 20.5 / 32 * box["height"])
    mouse.up()
    expect(slider(root, "Plane z")).to_have_value("200")
    expect(root.get_by_text("Plane at z 20.0\u00a0nm", exact=True)).to_be_visible()
    box = in_sight(panel(root, "object_plane"))
    mouse.click(box["x"] + 40, box["y"] + 30.5 / 48 * box["height"])
    expect(slider(root, "Section y")).to_have_value("15")
    alt = "Section along the beam at y 1.50 nm: what a beam of 30.0 mrad records of it"
    expect(panel(root, "recorded")).to_have_attribute("aria-label", alt)


def test_a_button_fits_the_weight_to_the_beam(shown):
    widget, _, root = shown
    bring(root, widget, {"semiangle": 12.0})
    root.get_by_role("button", name="Fit the weight to the beam, β = 1/α").click()
    expect(slider(root, "Weight β, typed")).to_have_value("83.3")
    assert status(root).startswith("β 83.3: half weight at 12\u00a0mrad, the beam reaches 12\u00a0mrad;")


def test_what_is_saved_is_what_is_shown(shown):
    widget, _, root = shown
    state = {"beta": 12.5, "semiangle": 17.0, "depth": 110.0, "y": 7.5}
    bring(root, widget, state)
    *cuts, table = downloaded(root, "Recorded, section (npy)", "Weighted, plane (npy)", "Depth resolution (CSV)")
    for name, cut in zip(("recorded", "weighted_plane"), cuts, strict=True):
        # in float32, of numbers up to 0.2
        assert np.allclose(np.load(cut), widget.panels()[name].values, atol=2e-8)
    table = np.genfromtxt(table, delimiter=",", names=True)
    expected = widget.resolution(table["size_angstrom"])
    for column, name in (("beam", "beam"), ("weight", "weight"), ("plane_wave", "wave")):
        values = table[f"{column}_angstrom"]
        known = np.isfinite(values)
        assert np.allclose(values[known], expected[name][known], rtol=1e-6)
        assert np.isinf(expected[name][~known]).all()


@pytest.mark.parametrize("width", [360, 560])
def test_narrow_pages_have_sections_side_by_side_with_the_sliders_below(shown, width):
    _, page, root = shown
    with resized(root, width, 740):
        sections, planes = (
            [panel(root, name + kind).bounding_box() for name in ("object", "recorded", "weighted")]
            for kind in ("", "_plane")
        )
        for boxes in (sections, planes):
            assert_alike(boxes)
        below = slider(root, "Section y").bounding_box()
        assert planes[0]["y"] < below["y"] < sections[0]["y"] + 600  # on the screen with them
        assert panel(root, "weight").bounding_box()["y"] > below["y"]
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_beam_too_narrow_for_any_depth_is_shown(shown):
    widget, _, root = shown
    bring(root, widget, {"semiangle": 5.0, "beta": 0.0})
    assert "smear over 222\u00a0nm" in status(root)
    assert root.locator(".tcbf-overlay .tcbf-half").get_attribute("d") == ""
    assert root.locator(".tcbf-markline text").count() == 0
