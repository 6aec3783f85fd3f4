"""The lens in the reader's hand: revealing the fit, resetting one slider, typing a value, the pair at the pointer."""

import re

import numpy as np
import pytest
from controls import return_to_first, settle, slider, status

import tcbf_widgets as tcbf

# no frame of the browser may pass between pressing and looking
REVEAL_AND_LOOK = """root => {
    [...root.querySelectorAll("button")].find(button => button.textContent.startsWith("Reveal")).click();
    return root.querySelector("input[type=range]").value;
}"""


@pytest.fixture(scope="module")
def page_of_explorer(opened_once, fit):
    return opened_once(tcbf.widgets.AberrationExplorer(fit))


@pytest.fixture
def explorer(page_of_explorer):
    """The explorer's page and root, in its first state."""
    watched, root = page_of_explorer
    return_to_first(watched.page, root)
    return watched.page, root


def test_reveal_takes_the_sliders_to_the_fit_and_marks_it(explorer, fit):
    widget = tcbf.widgets.AberrationExplorer(fit)
    page, root = explorer
    assert root.locator(".tcbf-mark:visible").count() == 0
    first = status(root)
    root.get_by_role("button", name="Reveal the fit").click()
    page.wait_for_timeout(500)
    for name, value in widget.meta["fit"].items():
        setattr(widget, name, value)
    assert f"{widget.rms():.1f} Å rms; sharpness 100 %" in status(root)
    root.get_by_text("Higher orders").click()
    assert root.locator(".tcbf-mark:visible").count() == 4
    assert slider(root, "C30").get_attribute("title") == "not fitted"
    assert not slider(root, "Defocus").get_attribute("title")
    slider(root, "Defocus").press("r")
    settle(root)
    assert status(root) == first
    assert root.locator(".tcbf-mark:visible").count() == 0


@pytest.mark.parametrize("motion, at_once", [("reduce", True), ("no-preference", False)])
def test_sliders_travel_to_the_fit_unless_motion_is_unwanted(explorer, fit, motion, at_once):
    page, root = explorer
    page.emulate_media(reduced_motion=motion)
    seen = float(root.evaluate(REVEAL_AND_LOOK))
    page.wait_for_timeout(500)
    settle(root)
    arrived = float(slider(root, "Defocus").input_value())
    assert (seen == arrived) == at_once
    assert abs(arrived - fit.aberrations.defocus) <= 50  # half a step of the slider


def test_each_slider_returns_to_its_first_value_alone(explorer):
    _, root = explorer
    first = slider(root, "Defocus").input_value()
    slider(root, "Defocus").press("End")
    slider(root, "Rotation").press("End")
    root.get_by_role("button", name="Reset Defocus").click()
    settle(root)
    assert slider(root, "Defocus").input_value() == first
    assert slider(root, "Rotation").input_value() == "180"


def test_a_typed_value_is_taken_as_it_is_and_within_the_range(explorer):
    _, root = explorer
    entry = root.get_by_label("Defocus, typed (µm)")
    for typed, said in (("1.234", "defocus 1.23 µm"), ("-99", "defocus −3.00 µm")):
        entry.fill(typed)
        entry.press("Enter")
        settle(root)
        assert status(root).startswith(said)


def test_the_pair_at_the_pointer_is_ringed_and_said(explorer, fit):
    widget = tcbf.widgets.AberrationExplorer(fit)
    page, root = explorer
    chosen, pointed = root.locator(".tcbf-arrows-chosen"), root.locator(".tcbf-choosetitle .tcbf-readout")
    assert (chosen.get_attribute("d") or "", pointed.text_content()) == ("", "")
    box = root.locator(".tcbf-field").bounding_box()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"])
    assert chosen.get_attribute("d").startswith("M")
    text = pointed.text_content().replace("\N{MINUS SIGN}", "-")
    ky, kx, apart = map(float, re.fullmatch(r"k = \((.*), (.*)\) 1/Å: (.*) Å apart", text).groups())
    key = root.locator(".tcbf-key").first.text_content().replace("\N{MINUS SIGN}", "-")
    numbers = re.fullmatch(r"predicted\((.*), (.*)\)measured\((.*), (.*)\) Åarrows cut", key).groups()
    predicted, measured = np.array(numbers, float).reshape(2, 2)
    # the lens is linear here: the mean over a cell is the shift of its mean k, which is said to 0.01
    assert np.allclose(predicted, widget.predicted(np.array([[ky, kx]]))[0], atol=0.005 * 225 + 0.1)
    assert np.isclose(np.linalg.norm(predicted - measured), apart, atol=0.2)
    page.mouse.move(0, 0)
    assert (chosen.get_attribute("d"), pointed.text_content()) == ("", "")


def test_arrows_that_leave_the_axes_are_cut_and_the_key_says_so(explorer):
    _, root = explorer
    assert root.get_by_text("arrows cut").is_hidden()
    slider(root, "Defocus").press("End")
    settle(root)
    assert root.get_by_text("arrows cut").is_visible()
    slider(root, "Defocus").press("r")
    settle(root)
    assert root.get_by_text("arrows cut").is_hidden()


def test_without_a_fit_there_is_nothing_to_reveal(opened, alignment):
    _, root = opened(tcbf.widgets.AberrationExplorer(alignment))
    assert root.get_by_role("button", name="Reveal the fit").count() == 0
    assert "of that with the aligned shifts" in status(root)


def test_the_sharpness_is_a_meter_and_that_of_python(explorer, fit):
    widget = tcbf.widgets.AberrationExplorer(fit)
    _, root = explorer
    meter = root.get_by_role("meter", name="Sharpness")
    assert meter.get_attribute("aria-valuenow") == f"{100 * widget.sharpness():.0f}"
    assert meter.get_attribute("aria-valuetext") == f"{100 * widget.sharpness():.0f} %"
