"""ProbeAndScan in a page: positions picked by mouse and keys, and a mosaic that never holds up a slider."""

import numpy as np
import pytest
import support
from controls import bring, cut_texts, downloaded, press_pixel, resized, settle, slider, status

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def shown(opened_once):
    widget = tcbf.widgets.ProbeAndScan(tcbf.overlap_scan())
    return widget, *opened_once(widget, viewport={"width": 1200, "height": 900})


@pytest.fixture(autouse=True)
def _first_state(shown):
    """Every test ends where the page began."""
    yield
    slider(shown[2], "Defocus").press("r")
    settle(shown[2])


def picker(root):
    return root.get_by_role("slider", name="Position of the probe")


def picture(root, name):
    return root.locator(f'canvas[data-panel="{name}"]').evaluate("canvas => canvas.toDataURL()")


def test_a_position_is_picked_in_the_object_in_the_mosaic_and_by_keys(shown):
    _, _, root = shown
    pattern, frame = picture(root, "pattern"), root.locator(".tcbf-frame").get_attribute("d")

    def chosen():
        return picker(root).get_attribute("aria-valuetext").replace("\u00a0", " ")

    assert chosen() == "y 20.0, x 12.0 Å"  # pixel (40, 24)
    press_pixel(root, (49, 11))
    settle(root)
    assert chosen() == "y 24.0, x 6.0 Å"
    assert picture(root, "pattern") != pattern
    press_pixel(root, (2 * 37 + 5, 6 * 37 + 30), panel="mosaic")  # third row, seventh column, of the lower left block
    settle(root)
    assert chosen() == "y 20.0, x 12.0 Å"
    assert picture(root, "pattern") == pattern
    assert root.locator(".tcbf-frame").get_attribute("d") == frame
    # keys go where they point to, as far as there are positions, and pages by four rows
    for key, place in (
        ("ArrowRight", "y 20.0, x 14.0"),
        ("ArrowUp", "y 18.0, x 14.0"),
        ("PageUp", "y 10.0, x 14.0"),
        ("PageUp", "y 2.0, x 14.0"),
        ("PageUp", "y 0.0, x 14.0"),
        ("Home", "y 0.0, x 0.0"),
        ("End", "y 0.0, x 30.0"),
        *(("PageDown", f"y {y}.0, x 30.0") for y in (8, 16, 24, 30)),
    ):
        picker(root).press(key)
        settle(root)
        assert chosen() == f"{place} Å"
    assert picker(root).get_attribute("aria-valuenow") == picker(root).get_attribute("aria-valuemax") == "256"


def test_dragging_over_the_object_moves_the_probe_and_its_circle(shown):
    _, watched, root = shown
    box = root.locator("[data-panel=object]").bounding_box()
    seen = set()
    watched.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"])
    watched.page.mouse.down()
    for share in (0.4, 0.5, 0.6, 0.7):
        watched.page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.7 * box["height"])
        settle(root)
        seen.add(root.locator(".tcbf-picture:has([data-panel=object]) .tcbf-lit").get_attribute("d"))
    watched.page.mouse.up()
    assert len(seen) == 4


def test_the_mosaic_of_another_block_is_computed_when_it_is_entered(shown):
    widget, _, root = shown
    first = picture(root, "mosaic")
    bring(root, widget, {"position": (40, 28)})
    assert picture(root, "mosaic") == first
    bring(root, widget, {"position": (28, 28)})
    assert picture(root, "mosaic") != first
    assert root.locator(".tcbf-title").last.text_content() == "Patterns, 8 × 8 of 16 × 16"
    bring(root, widget, {"step": 16})
    assert root.locator(".tcbf-title").last.text_content() == "Patterns, all 4 × 4"


def test_the_chosen_pattern_is_there_at_once_and_the_mosaic_says_when_it_is(shown):
    _, _, root = shown
    order = root.evaluate(
        """async root => {
            const of = name => root.querySelector(`canvas[data-panel=${name}]`).toDataURL();
            const busy = () => root.querySelector("[aria-busy=true]") !== null;
            const [range, before] = [root.querySelector("input[type=range]"), [of("pattern"), of("mosaic")]];
            range.value = 900;
            range.dispatchEvent(new Event("input", { bubbles: true }));
            const atOnce = [of("pattern") !== before[0], of("mosaic") !== before[1], busy()];
            while (busy()) await new Promise(requestAnimationFrame);
            return [atOnce, of("mosaic") !== before[1]];
        }"""
    )
    assert order == [[True, False, True], True]


def test_noise_is_switched_and_keeps_its_number_of_electrons(shown):
    widget, _, root = shown
    again, typed = root.get_by_role("button", name="Another exposure"), slider(root, "Electrons, typed (e)")
    assert again.is_disabled()
    assert status(root).endswith("without counting noise")
    bring(root, widget, {"electrons": 2_500.0})
    assert status(root).endswith("2\u202f500 electrons a pattern, 3.1 in a pixel of the disk, exposure 1")
    before = picture(root, "pattern")
    again.click()
    assert picture(root, "pattern") != before
    assert status(root).endswith(", exposure 2")
    noise = root.get_by_role("checkbox", name="Counting noise")
    noise.uncheck()
    assert again.is_disabled()
    assert typed.input_value() == "2500"
    noise.check()
    assert "2\u202f500 electrons" in status(root)


def test_what_is_saved_is_what_is_shown(shown):
    widget, _, root = shown
    bring(root, widget, {"defocus": -500.0, "step": 8, "electrons": 1e4, "position": (8, 8)})
    pattern, probe, table = downloaded(root, "Pattern (npy)", "Probe (npy)", "Positions (CSV)")
    expected = np.fft.fftshift(widget.patterns(widget.lattice.number)[0])
    assert np.array_equal(np.load(pattern), expected.astype(np.float32))
    probe = np.load(probe)
    assert np.allclose(probe[0] + 1j * probe[1], widget.probe(), atol=1e-7)
    table = np.genfromtxt(table, delimiter=",", names=True)
    places = np.column_stack([table["y_angstrom"], table["x_angstrom"]])
    assert np.array_equal(places, 0.5 * widget.lattice.centres)


@pytest.mark.parametrize("width", [360, 632, 1200])
def test_probe_object_and_pattern_stand_in_a_square_above_the_sliders(shown, width):
    _, watched, root = shown
    with resized(root, width, 900):
        names = ("amplitude", "phase", "object", "pattern", "mosaic")
        boxes = {name: root.locator(f"[data-panel={name}]").bounding_box() for name in names}
        edges = [boxes[name]["width"] for name in names[:4]]
        assert max(edges) - min(edges) < 1
        assert boxes["amplitude"]["x"] == boxes["object"]["x"] < boxes["phase"]["x"]
        assert boxes["object"]["y"] == pytest.approx(boxes["pattern"]["y"], abs=1)
        below = slider(root, "Defocus").bounding_box()["y"] > boxes["mosaic"]["y"]
        assert below == (width > 520)
        bottoms = [boxes[name]["y"] + boxes[name]["height"] for name in ("pattern", "mosaic")]
        assert (abs(bottoms[0] - bottoms[1]) < 2) == (width > 520)
        assert cut_texts(root) == []
        assert watched.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_nothing_stands_in_the_way_of_readers_who_cannot_see_it(shown):
    _, watched, _ = shown
    assert watched.axe() == []
    watched.page.emulate_media(color_scheme="dark")
    assert watched.axe(*support.COLOURS) == []
    watched.page.emulate_media(color_scheme="light")
