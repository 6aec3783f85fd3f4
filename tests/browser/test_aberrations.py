"""The lens in the reader's hand: revealing the fit, resetting one slider, typing a value; and the table of a fit."""

import re

import numpy as np
import pytest
import support

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import fit_aberrations

# no frame of the browser may pass between pressing and looking
REVEAL_AND_LOOK = """root => {
    [...root.querySelectorAll("button")].find(button => button.textContent.startsWith("Reveal")).click();
    return root.querySelector("input[type=range]").value;
}"""


@pytest.fixture(scope="module")
def fit(alignment):
    return fit_aberrations(alignment)


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


def status(root) -> str:
    return root.locator(".tcbf-status").text_content()


def slider(root, label):
    return root.get_by_label(label, exact=True)


def test_reveal_takes_the_sliders_to_the_fit_and_marks_it(opened, fit):
    widget = tcbf.widgets.AberrationExplorer(fit)
    page, root = opened(widget)
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
    page.wait_for_timeout(100)
    assert status(root) == first
    assert root.locator(".tcbf-mark:visible").count() == 0


@pytest.mark.parametrize("motion, at_once", [("reduce", True), ("no-preference", False)])
def test_sliders_travel_to_the_fit_unless_motion_is_unwanted(opened, fit, motion, at_once):
    page, root = opened(tcbf.widgets.AberrationExplorer(fit), reduced_motion=motion)
    seen = float(root.evaluate(REVEAL_AND_LOOK))
    page.wait_for_timeout(500)
    arrived = float(slider(root, "Defocus").input_value())
    assert (seen == arrived) == at_once
    assert abs(arrived - fit.aberrations.defocus) <= 50  # half a step of the slider


def test_each_slider_returns_to_its_first_value_alone(opened, fit):
    page, root = opened(tcbf.widgets.AberrationExplorer(fit))
    first = slider(root, "Defocus").input_value()
    slider(root, "Defocus").press("End")
    slider(root, "Rotation").press("End")
    root.get_by_role("button", name="Reset Defocus").click()
    page.wait_for_timeout(100)
    assert slider(root, "Defocus").input_value() == first
    assert slider(root, "Rotation").input_value() == "180"


def test_a_typed_value_is_taken_as_it_is_and_within_the_range(opened, fit):
    page, root = opened(tcbf.widgets.AberrationExplorer(fit))
    entry = root.get_by_label("Defocus, typed (µm)")
    for typed, said in (("1.234", "defocus 1.23 µm"), ("-99", "defocus −3.00 µm")):
        entry.fill(typed)
        entry.press("Enter")
        page.wait_for_timeout(100)
        assert status(root).startswith(said)


def test_the_pair_at_the_pointer_is_ringed_and_said(opened, fit):
    widget = tcbf.widgets.AberrationExplorer(fit)
    page, root = opened(widget)
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


def test_arrows_that_leave_the_axes_are_cut_and_the_key_says_so(opened, fit):
    page, root = opened(tcbf.widgets.AberrationExplorer(fit))
    assert root.get_by_text("arrows cut").is_hidden()
    slider(root, "Defocus").press("End")
    page.wait_for_timeout(100)
    assert root.get_by_text("arrows cut").is_visible()
    slider(root, "Defocus").press("r")
    page.wait_for_timeout(100)
    assert root.get_by_text("arrows cut").is_hidden()


def test_without_a_fit_there_is_nothing_to_reveal(opened, alignment):
    _, root = opened(tcbf.widgets.AberrationExplorer(alignment))
    assert root.get_by_role("button", name="Reveal the fit").count() == 0
    assert "of that with the aligned shifts" in status(root)


def test_the_sharpness_is_a_meter_and_that_of_python(opened, fit):
    widget = tcbf.widgets.AberrationExplorer(fit)
    _, root = opened(widget)
    meter = root.get_by_role("meter", name="Sharpness")
    assert meter.get_attribute("aria-valuenow") == f"{100 * widget.sharpness():.0f}"
    assert meter.get_attribute("aria-valuetext") == f"{100 * widget.sharpness():.0f} %"


# ---- AberrationFitView


def cells(root, name) -> list[str]:
    row = root.locator("tr", has=root.page.get_by_role("rowheader", name=re.compile(f"^{name}")))
    return [text.replace("\N{MINUS SIGN}", "-") for text in row.locator("td").all_text_contents()]


def numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(" ± ")]


def test_the_table_holds_the_fit(opened, alignment):
    fit = fit_aberrations(alignment, 3, 4)
    _, root = opened(tcbf.widgets.AberrationFitView(alignment, max_radial_order=3, max_angular_order=4))
    for name, scale in (
        ("C10", 1e4),
        ("C12", 10),
        ("C21", 1e4),
        ("C23", 1e4),
        ("C30", 1e7),
        ("C32", 1e7),
        ("C34", 1e7),
    ):
        parts = [name] if name.endswith("0") else [f"{name}x", f"{name}y"]
        for part, text in zip(parts, cells(root, name), strict=False):
            value, uncertainty = numbers(text)
            known = fit.uncertainties[part] / scale
            assert np.isclose(uncertainty, known, rtol=0.15)
            assert abs(value - fit.aberrations[part] / scale) < 0.5 * known
    assert np.isclose(numbers(cells(root, "Rotation")[0])[0], fit.rotation_deg, atol=0.01)
    moved = numbers(cells(root, "C10")[2])[0]
    semiangle = fit.stack.disk.radius * fit.stack.reciprocal_sampling[1] * fit.stack.wavelength
    assert np.isclose(moved, abs(fit.aberrations.C10) * semiangle, rtol=1e-2)


def test_the_scale_of_the_residual_says_that_it_is_clipped(opened, alignment):
    widget = tcbf.widgets.AberrationFitView(alignment)
    _, root = opened(widget)
    legend = root.locator(".tcbf-legend:visible")
    assert re.fullmatch(r"0≥ [\d.]+ Å", legend.text_content())
    widget.contrast = (0, 100)
    _, root = opened(widget)
    most = np.nanmax(widget.panels()["residual"].values)
    assert root.locator(".tcbf-legend:visible").text_content() == f"0{most:#.3g} Å"


def test_what_is_not_fitted_is_left_empty(opened, alignment):
    _, root = opened(tcbf.widgets.AberrationFitView(alignment))
    assert cells(root, "C30") == ["–", "", ""]
    assert root.locator("tbody tr").count() == 8


def test_orders_that_cannot_be_determined_are_said(opened, alignment):
    widget = tcbf.widgets.AberrationFitView(alignment, max_radial_order=3)
    fits = [dict(fit) for fit in widget.meta["fits"]]
    fits[12] = {"error": "3 groups of pixels determine 6 of 9 parameters"}
    widget.meta = widget.meta | {"fits": fits}
    page, root = opened(widget)
    assert status(root) == "orders up to m = 3, n = 2: not determined. 3 groups of pixels determine 6 of 9 parameters"
    assert cells(root, "C10") == ["–", "", ""]
    slider(root, "Highest radial order m").press("Home")
    page.wait_for_timeout(100)
    assert "residual" in status(root)


@pytest.mark.parametrize("color_scheme, dark", [("light", False), ("dark", True)])
def test_a_saved_picture_has_the_ground_of_the_page(opened, alignment, color_scheme, dark, tmp_path):
    from matplotlib.image import imread

    page, root = opened(tcbf.widgets.AberrationFitView(alignment), color_scheme=color_scheme)
    root.get_by_role("button", name="Options").click()
    with page.expect_download() as download:
        root.get_by_role("button", name="Save picture (PNG)").click()
    download.value.save_as(tmp_path / "saved.png")
    assert (imread(tmp_path / "saved.png")[0, 0, :3].mean() < 0.5) == dark
