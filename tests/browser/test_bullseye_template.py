"""BullseyeTemplate in a page: radii that push each other, electrons set in the plot, disks saved as found."""

import numpy as np
import pytest
from controls import bring, downloaded, slider, status

import tcbf_widgets as tcbf
from tests.bullseye_patterns import bullseye_and_disk

ERRORS = {
    name: tcbf.PositionErrors(*(np.array(numbers) for numbers in ([100, 1000, 10_000], rms, bound)))
    for name, rms, bound in (
        ("bullseye", [0.4, 0.1, 0.03], [0.3, 0.1, 0.03]),
        ("disk", [0.9, 0.2, 0.07], [0.6, 0.2, 0.06]),
    )
}


@pytest.fixture(scope="module")
def shown(opened_once):
    widget = tcbf.widgets.BullseyeTemplate(bullseye_and_disk(), errors=ERRORS)
    return widget, *opened_once(widget)


def test_a_radius_pushes_its_neighbours_and_python_would_accept_them(shown):
    widget, _, root = shown
    radii = ("Spot", "Inner", "Outer", "Exclusion")
    slider(root, "Spot").press("End")
    values = [float(slider(root, name).input_value()) for name in radii]
    assert values[0] == widget.meta["ranges"]["spot"][1]
    assert np.allclose(np.diff(values[:3]), 0.05)
    again = tcbf.widgets.BullseyeTemplate(
        bullseye_and_disk(), errors=False, **dict(zip(map(str.lower, radii), values, strict=True))
    )
    assert again.meta["ranges"] == widget.meta["ranges"]
    slider(root, "Exclusion").press("Home")
    assert float(slider(root, "Outer").input_value()) < float(slider(root, "Exclusion").input_value())
    slider(root, "Spot").press("r")
    assert float(slider(root, "Outer").input_value()) == 6


def test_a_disk_has_no_spot_and_no_bars(shown):
    widget, _, root = shown
    bring(root, widget, {"probe": "disk"})
    disabled = {name for name in ("Spot", "Inner", "Cross", "Outer", "Exclusion") if slider(root, name).is_disabled()}
    assert disabled == {"Spot", "Inner", "Cross"}
    bring(root, widget, {"probe": "bullseye"})
    assert slider(root, "Spot").is_enabled()


def test_a_press_in_the_plot_sets_the_electrons(shown):
    _, _, root = shown
    plot = root.locator("svg[data-plot=errors]")
    box = plot.bounding_box()
    plot.click(position={"x": 0.95 * box["width"], "y": 0.4 * box["height"]})
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
    before = watched.page.viewport_size
    watched.page.set_viewport_size({"width": width, "height": 800})
    try:
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
        cut = "parts => parts.filter(part => part.scrollWidth > part.clientWidth + 1).map(part => part.textContent)"
        assert root.locator(".tcbf-title, .tcbf-foot, .tcbf-slider").evaluate_all(cut) == []
        boxes = [box.bounding_box() for box in root.locator("canvas[data-panel]").all()]
        assert len({round(box["y"]) for box in boxes}) == 1  # three pictures side by side
    finally:
        watched.page.set_viewport_size(before)
