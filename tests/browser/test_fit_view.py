"""The fit of the aberrations: its table, its orders, its residual, and the picture that is saved of it."""

import re

import numpy as np
import pytest
from controls import bring, open_options, return_to_first, settle, slider, status
from matplotlib.image import imread

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def page_of_fit_view(opened_once, alignment):
    return opened_once(tcbf.widgets.AberrationFitView(alignment))


@pytest.fixture
def fit_view(page_of_fit_view, alignment):
    """A new widget, its page and root, in the first state."""
    watched, root = page_of_fit_view
    return_to_first(watched.page, root)
    return tcbf.widgets.AberrationFitView(alignment), watched.page, root


def cells(root, name) -> list[str]:
    row = root.locator("tr", has=root.page.get_by_role("rowheader", name=re.compile(f"^{name}")))
    return [text.replace("\N{MINUS SIGN}", "-") for text in row.locator("td").all_text_contents()]


def numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(" ± ")]


def test_the_table_holds_the_fit(fit_view, alignment):
    fit = tcbf.fit_aberrations(alignment, 3, 4)
    widget, _, root = fit_view
    bring(root, widget, {"max_radial_order": 3, "max_angular_order": 4})
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


def test_the_scale_of_the_residual_says_that_it_is_clipped(fit_view):
    widget, _, root = fit_view
    legend = root.locator(".tcbf-legend:visible")
    assert re.fullmatch(r"0≥ [\d.]+ Å", legend.text_content())
    bring(root, widget, {"contrast": (0, 100)})
    most = np.nanmax(widget.panels()["residual"].values)
    assert legend.text_content() == f"0{most:#.3g} Å"


def test_what_is_not_fitted_is_left_empty(fit_view):
    _, _, root = fit_view
    assert cells(root, "C30") == ["–", "", ""]
    assert root.locator("tbody tr").count() == 8


def test_orders_that_cannot_be_determined_are_said(opened, alignment):
    widget = tcbf.widgets.AberrationFitView(alignment, max_radial_order=3)
    fits = [dict(fit) for fit in widget.meta["fits"]]
    fits[12] = {"error": "3 groups of pixels determine 6 of 9 parameters"}
    widget.meta = widget.meta | {"fits": fits}
    _, root = opened(widget)
    assert status(root) == "orders up to m = 3, n = 2: not determined. 3 groups of pixels determine 6 of 9 parameters"
    assert cells(root, "C10") == ["–", "", ""]
    slider(root, "Highest radial order m").press("Home")
    settle(root)
    assert "residual" in status(root)


@pytest.mark.parametrize("color_scheme, dark", [("light", False), ("dark", True)])
def test_a_saved_picture_has_the_ground_of_the_page(fit_view, color_scheme, dark, tmp_path):
    _, page, root = fit_view
    page.emulate_media(color_scheme=color_scheme)
    open_options(root)
    with page.expect_download() as download:
        root.get_by_role("button", name="Save picture (PNG)").click()
    download.value.save_as(tmp_path / "saved.png")
    assert (imread(tmp_path / "saved.png")[0, 0, :3].mean() < 0.5) == dark
