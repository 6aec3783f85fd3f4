"""BullseyeTemplate in a page: radii that stop at each other, electrons set in the plot, disks saved as found."""

import numpy as np
import pytest
from controls import bring, downloaded, resized, settle, slider, status

import tcbf_widgets as tcbf
from tests.bullseye_patterns import bullseye_and_disk

ERRORS = {
    name: tcbf.PositionErrors(*(np.array(numbers) for numbers in ([100, 1000, 10_000], rms, bound)))
    for name, rms, bound in (
        ("bullseye", [0.4, 0.1, 0.03], [0.3, 0.1, 0.03]),
        ("disk", [0.9, 0.2, 0.07], [0.6, 0.2, 0.06]),
    )
}

PICTURES = [f"canvas[data-panel={name}]" for name in ("pattern", "template", "correlation")]


@pytest.fixture(scope="module")
def shown(opened_once):
    widget = tcbf.widgets.BullseyeTemplate(bullseye_and_disk(), errors=ERRORS)
    return widget, *opened_once(widget)


def test_a_radius_stops_at_its_neighbours_also_when_it_is_typed(shown):
    _, _, root = shown
    value = lambda name: float(slider(root, name).input_value())  # noqa: E731
    inner = value("Inner")
    for _ in range(2):  # a second press must not leave the handle where it does not belong
        slider(root, "Spot").press("End")
        settle(root)
        assert (value("Spot"), value("Inner")) == (pytest.approx(inner - 0.5), inner)
    slider(root, "Exclusion").press("Home")
    settle(root)
    assert (value("Outer"), value("Exclusion")) == (6, 7)
    typed = slider(root, "Inner, typed (px)")
    typed.fill("1.5")
    typed.press("Enter")
    settle(root)
    assert value("Inner") == pytest.approx(value("Spot") + 0.5)
    slider(root, "Spot").press("r")
    settle(root)
    assert value("Exclusion") > 7


def test_a_disk_has_no_spot_and_no_bars(shown):
    widget, _, root = shown
    bring(root, widget, {"probe": "disk"})
    disabled = {name for name in ("Spot", "Inner", "Bars", "Outer", "Exclusion") if slider(root, name).is_disabled()}
    assert disabled == {"Spot", "Inner", "Bars"}
    bring(root, widget, {"probe": "bullseye"})
    assert slider(root, "Spot").is_enabled()


def test_a_press_in_the_plot_sets_the_electrons(shown):
    _, _, root = shown
    plot = root.locator("svg[data-plot=errors]")
    box = plot.bounding_box()
    plot.click(position={"x": 0.95 * box["width"], "y": 0.4 * box["height"]})
    settle(root)
    assert slider(root, "Electrons, typed (e)").input_value() == "10000"
    assert status(root).startswith("10\u202f000 electrons: ")
    slider(root, "Electrons").press("r")


def test_disks_are_saved_and_said_as_python_finds_them(shown):
    widget, _, root = shown
    bring(root, widget, {"electrons": 20_000.0, "threshold": 4.0})
    table, pattern, correlation = downloaded(root, "Disks (CSV)", "Pattern (npy)", "Correlation (npy)")
    table = np.genfromtxt(table, delimiter=",", names=True)
    peaks = widget.peaks
    # nine digits are saved, and the noise of a peak is known to four
    assert np.allclose(np.stack([table["y_px"], table["x_px"]], axis=1), peaks.positions, atol=1e-6)
    assert np.allclose(table["significance"], peaks.significance, rtol=1e-3)
    assert np.array_equal(np.load(pattern), widget.pattern)
    assert np.allclose(np.load(correlation), widget.panels()["correlation"].values, rtol=1e-6)
    disks = widget.disks
    assert f": {disks.found} of {len(disks.visible)} disks found, the direct beam {disks.direct:.2f}" in status(root)
    for panel, rings in (("pattern", len(peaks)), ("correlation", len(peaks))):
        drawn = root.locator(f".tcbf-picture:has([data-panel={panel}]) .tcbf-founddisk").get_attribute("d")
        assert drawn.count("M") == rings
    truth = root.locator(".tcbf-picture:has([data-panel=pattern]) .tcbf-truedisk").get_attribute("d")
    assert truth.count("M") == len(disks.visible)
    bring(root, widget, {"electrons": 1000.0, "threshold": 5.0})


@pytest.mark.parametrize("width", [288, 360, 560, 740])
def test_nothing_is_cut_and_no_slider_covers_another(shown, width):
    _, watched, root = shown
    with resized(root, width, 800):
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
        cut = "parts => parts.filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.textContent)"
        assert root.locator(".tcbf-title, .tcbf-foot, .tcbf-slider").evaluate_all(cut) == []
        parts = [root.locator(part).first for part in (*PICTURES, ".tcbf-status", "svg[data-plot]")]
        pattern, template, correlation, status_line, plot = (part.bounding_box()["y"] for part in parts)
        assert pattern == pytest.approx(correlation, abs=1)  # side by side, in sight of the sliders
        assert template > status_line if width < 520 else template == pytest.approx(pattern, abs=1)
        assert correlation < status_line < plot
