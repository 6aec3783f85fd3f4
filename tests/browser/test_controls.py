"""What a reader does with a widget: menu, keys, mouse, playback, downloads; each leads to what Python would have."""

import io
import time

import numpy as np
import pytest
import support
from controls import bring, open_options, status

import tcbf_widgets as tcbf
from tests.bullseye_patterns import BULLSEYE, bullseye_and_disk, recorded
from tests.crystallite_runs import small_crystallites
from tests.direct_images import images_of_demo
from tests.growing_images import growing_images
from tests.ptychography_runs import two_methods

# name: how it is made, and a state that differs from the first in every trait
WIDGETS = {
    "VirtualBrightField": ("VirtualBrightField(stack)", {"radius": 4}),
    "MaskSchedule": ("MaskSchedule(stack, bins=(16, 4, 2), schedule=(16, 4))", {"level": 1, "group": 7}),
    "AlignmentMovie": ("AlignmentMovie(alignment)", {"iteration": 2}),
    "ShiftField": (
        "ShiftField(alignment)",
        {"spacing": 3, "iteration": 4, "selected": 700, "field": "both"},
    ),
    "AberrationExplorer": (
        "AberrationExplorer(alignment)",
        {"defocus": 9000.0, "rotation_deg": -15.0, "transpose": True}
        | {"C12x": 400.0, "C12y": -2000.0, "C21x": 3e4, "C21y": -2000.0, "C23x": 1e5, "C23y": -5e4, "C30": 2e7},
    ),
    "AberrationFitView": (
        "AberrationFitView(alignment, defocus_sign=1)",
        {"max_radial_order": 3, "max_angular_order": 4},
    ),
    "ContrastTransfer": (
        "ContrastTransfer()",
        {"defocus": -2500.0, "C30": 1e7, "semiangle": 7.5, "reach": 0.2, "flip": True},
    ),
    "TiltedIllumination": (
        "TiltedIllumination(C30=2.7e7)",
        {"defocus": -8000.0, "ky": 0.05, "kx": -0.241},
    ),
    "Upsampling": ("Upsampling(stack, fit)", {"factor": 3, "kernel_width": 0.3, "flip": False, "reach": 0.1}),
    "Reciprocity": (
        "Reciprocity(semiangle=3.0)",
        {"defocus": -4000.0, "tilt": -1.5, "traces": True, "tilted_beams": True, "inverted": True},
    ),
    "PhaseContrast": (
        "PhaseContrast(energy=200e3)",
        {"defocus": -6000.0, "dose": 25.0, "noise": False, "zoom": 4.0},
    ),
    "ProbeAndScan": (
        "ProbeAndScan(scan)",
        {"defocus": -400.0, "step": 8, "position": (24, 48), "electrons": 2500.0},
    ),
    "PtychographyMovie": (
        "PtychographyMovie(runs, sampling=0.5)",
        {"run": "ePIE", "epoch": 2, "quality": "phase_rms", "error_range": 0.1},
    ),
    "LiveImage": ("LiveImage(images)", {"part": 2}),
    "DirectPtychography": (
        "DirectPtychography(fit, corrected, direct, iterative=iterative, truth=truth)",
        {"detail": 11.0},
    ),
    "TiltCorrection": ("TiltCorrection(fit)", {"assumed_defocus": 12_300.0}),
    "BullseyeTemplate": (
        "BullseyeTemplate(patterns, position=(1, 2), errors=False)",
        {
            "electrons": 2500.0,
            "noise": False,
            "threshold": 3.5,
            "exclusion": 9.5,
            "outer": 7.0,
            "inner": 5.0,
            "spot": 2.0,
        }
        | {"cross": 0.5, "zero_sum": False, "probe": "disk"},
    ),
    "BullseyeTemplate of a recorded pattern": (
        "BullseyeTemplate(pattern, template, min_distance=7.5)",
        {"threshold": 3.5, "exclusion": 8.5, "outer": 6.0, "inner": 4.0, "spot": 2.0, "cross": 0.5, "zero_sum": False},
    ),
    "CrystalliteMap": (
        "CrystalliteMap(features, tree, data=data, descan=descan, truth=truth)",
        {"threshold": 14.5, "feature": 9, "position": (3, 15), "true_boundaries": True},
    ),
    "MissingWedge": (
        "MissingWedge(energy=200e3)",
        {"beta": 7.5, "semiangle": 12.0, "depth": 200.0, "y": 6.5},
    ),
}
LOOK = {"cmap": "magma", "contrast": (5.0, 90.5), "smooth": True}
STUB_CLIPBOARD = """() => Object.defineProperty(navigator, "clipboard", {
    value: { writeText: async text => { window.copied = text; } } })"""


@pytest.fixture(scope="module")
def names(stack, alignment, fit):
    """What the calls below may name."""
    made = {"stack": stack, "alignment": alignment, "fit": fit, "scan": tcbf.overlap_scan(), "runs": two_methods()}
    made |= {"images": growing_images()}
    images = images_of_demo()
    made |= {"patterns": bullseye_and_disk(), "pattern": recorded(), "template": BULLSEYE}
    return {"tcbf": tcbf, "corrected": images["summed"]} | images | made


@pytest.fixture(scope="module")
def shown(request, browser, names, tmp_path_factory):
    """A widget by its name, in one page for the tests of all widgets: (name, widget, watched page, root)."""
    widget = evaluated(WIDGETS[request.param][0], names)
    with support.saved_widget(browser, widget, tmp_path_factory.mktemp("saved")) as (watched, root):
        yield request.param, widget, watched, root


@pytest.fixture
def made(opened, names):
    """Return a function that makes a widget and opens its page: (widget, page, root)."""

    def make(call, **options):
        widget = evaluated(call, names)
        return widget, *opened(widget, **options)

    return make


def evaluated(call, names):
    own = small_crystallites() if "CrystalliteMap(" in call else {}  # its truth is not that of DirectPtychography
    return eval(call if call.startswith("tcbf.") else f"tcbf.widgets.{call}", names | own)


def press_option(root, text):
    root.get_by_role("button", name=text, exact=True).click()


def state_of(root):
    """The status line, and all pictures."""
    return status(root), root.evaluate(support.PICTURE)


# ---- every widget; in this order, since only the first leaves its page as it was


@pytest.mark.parametrize("shown", WIDGETS, indirect=True)
def test_r_and_double_click_return_to_the_first_state(shown):
    name, widget, watched, root = shown
    first = state_of(root)
    for reset in (
        lambda: root.locator("input[type=range]").first.press("r"),
        root.locator(".tcbf-heading").dblclick,
    ):
        bring(root, widget, WIDGETS[name][1] | LOOK)
        assert state_of(root) != first
        painted = support.last_paint(watched.page)
        reset()
        support.wait_for_paint(watched.page, after=painted)
        end = time.monotonic() + 2
        while state_of(root) != first and time.monotonic() < end:  # arrows on their way
            watched.page.wait_for_timeout(50)
        assert state_of(root) == first


@pytest.mark.parametrize("shown", WIDGETS, indirect=True)
def test_copied_python_makes_the_widget_as_it_stands(shown, names):
    name, widget, watched, root = shown
    state = WIDGETS[name][1] | LOOK
    bring(root, widget, state)
    watched.page.evaluate(STUB_CLIPBOARD)
    press_option(root, "Options")
    press_option(root, "Copy as Python")
    watched.page.wait_for_function("() => window.copied")
    copied = watched.page.evaluate("() => window.copied")
    again = evaluated(copied, names)
    assert root.locator(".tcbf-said").text_content() == f"Copied: {copied}"
    assert [getattr(again, trait) for trait in state] == list(state.values())
    assert {trait: again.get_state()[trait] for trait in again.meta["python"]["traits"]} == {
        trait: widget.get_state()[trait] for trait in widget.meta["python"]["traits"]
    }
    assert again.meta == widget.meta


@pytest.mark.parametrize("shown", WIDGETS, indirect=True)
def test_axe_finds_nothing_with_the_options_open(shown):
    _, _, watched, root = shown
    open_options(root)
    assert watched.axe() == []
    watched.page.emulate_media(color_scheme="dark")
    assert watched.axe(*support.COLOURS) == []


def test_a_comma_is_a_point_in_what_is_typed(made):
    _, page, root = made("ContrastTransfer()")
    root.locator(".tcbf-slider input[type=number]").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("-0,75")
    page.keyboard.press("Enter")
    assert float(root.locator("input[type=range]").first.input_value()) == -7500


# ---- the menu


def test_tab_goes_from_the_button_into_the_options_and_escape_back(made):
    _, page, root = made("VirtualBrightField(stack)")
    button = root.get_by_role("button", name="Options")
    button.press("Enter")
    page.keyboard.press("Tab")
    assert root.get_by_label("Colour map").evaluate("part => part === document.activeElement")
    page.keyboard.press("Escape")
    assert button.evaluate("part => part === document.activeElement")
    assert button.get_attribute("aria-expanded") == "false"
    button.press("Enter")
    button.press("Escape")
    assert button.get_attribute("aria-expanded") == "false"


def test_percentiles_stay_apart_and_are_accepted_by_python(made):
    widget, _, root = made("VirtualBrightField(stack)")
    press_option(root, "Options")
    low, high = root.get_by_label("Black at percentile"), root.get_by_label("White at percentile")
    for typed in ("99", "100", "250"):
        low.fill(typed)
        low.press("Enter")
        widget.contrast = (float(low.input_value()), float(high.input_value()))
        assert widget.contrast == (98.5, 99)


def test_picture_and_numbers_are_saved(made):
    widget, page, root = made("ShiftField(alignment)")
    press_option(root, "Options")
    saved = {}
    for text in ("Save picture (PNG)", "Arrows (CSV)", "Image (npy)"):
        with page.expect_download() as download:
            press_option(root, text)
        saved[download.value.suggested_filename] = download.value.path().read_bytes()
    assert saved["shift_field.png"].startswith(b"\x89PNG")
    table = np.genfromtxt(io.BytesIO(saved["shift_field_arrows.csv"]), delimiter=",", names=True)
    arrows = widget.arrows()
    order, expected = (
        np.lexsort(np.round(k, 5).T) for k in (np.column_stack([table[n] for n in table.dtype.names[:2]]), arrows["k"])
    )
    drawn = np.column_stack([table["measured_y_angstrom"], table["measured_x_angstrom"]])
    assert np.allclose(drawn[order], arrows["measured"][expected], atol=1e-3)
    assert np.allclose(np.load(io.BytesIO(saved["shift_field_after.npy"])), widget.panels()["after"].values, atol=1e-4)


def test_a_ratio_that_cannot_be_measured_is_said_in_words(made):
    _, _, root = made("VirtualBrightField(stack, radius=1)")
    assert "SNR not measurable" in root.locator(".tcbf-status").text_content()


# ---- keys and mouse


@pytest.mark.parametrize("name", ["MaskSchedule", "ShiftField"])
def test_arrow_keys_choose_a_neighbour_and_leave_keys_of_the_browser_alone(made, name):
    _, _, root = made(WIDGETS[name][0])
    picker = root.locator(".tcbf-pick")
    first = state_of(root)
    picker.press("Control+ArrowLeft")
    picker.press("Alt+Home")
    assert state_of(root) == first
    chosen = {picker.get_attribute("aria-valuenow")}
    picker.press("End")
    assert picker.get_attribute("aria-valuenow") == picker.get_attribute("aria-valuemax")
    for key in ("Home", "ArrowRight", "ArrowDown"):
        before = state_of(root)
        picker.press(key)
        assert state_of(root) != before
        chosen.add(picker.get_attribute("aria-valuenow"))
    assert len(chosen) >= 3


def test_a_mouse_that_passes_over_groups_is_not_read_out(made):
    _, _, root = made("MaskSchedule(stack)")
    line, first = root.locator(".tcbf-status"), state_of(root)
    root.locator(".tcbf-pick").hover(position={"x": 150, "y": 220})
    assert state_of(root) != first
    assert line.get_attribute("aria-live") == "off"
    root.locator(".tcbf-heading").hover()
    assert state_of(root) == first
    assert line.get_attribute("aria-live") == "polite"


# ---- playback


def test_space_and_play_run_through_the_steps_and_stop(made):
    _, page, root = made("AlignmentMovie(alignment, speed=8.0)")
    status = root.locator(".tcbf-status")
    slider = root.locator("input[type=range]").first
    slider.press("Control+Space")
    assert root.get_by_role("button", name="Play", exact=True).count() == 1
    for start in (lambda: slider.press("Space"), lambda: press_option(root, "Play")):
        before = status.text_content()
        start()
        page.wait_for_function("before => document.querySelector('.tcbf-status').textContent !== before", arg=before)
        press_option(root, "Pause")
        stopped = status.text_content()
        page.wait_for_timeout(300)
        assert status.text_content() == stopped
    assert page.evaluate("() => performance.getEntriesByName('tcbf-painted').length") == 1


def test_blink_shows_the_first_and_the_last_step_only(made):
    _, page, root = made("AlignmentMovie(alignment, speed=8.0)")
    blink = root.get_by_role("button", name="Blink first and last")
    blink.click()
    seen = set()
    for _ in range(12):
        seen.add(root.locator("input[type=range]").first.input_value())
        page.wait_for_timeout(100)
    assert seen == {"0", "6"}
    assert blink.get_attribute("aria-pressed") == "true"
    blink.click()
    assert blink.get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize("motion, playing", [("reduce", False), ("no-preference", True)])
def test_nothing_plays_by_itself_where_motion_is_unwanted(made, motion, playing):
    _, _, root = made("AlignmentMovie(alignment, playing=True)", reduced_motion=motion)
    assert root.get_by_role("button", name="Pause" if playing else "Play", exact=True).count() == 1


# ---- colours of the page


def test_a_page_without_a_theme_of_its_own_follows_the_system(made):
    _, page, root = made("ShiftField(alignment)", color_scheme="light")
    for color_scheme, fitted in (("light", "#0072b2"), ("dark", "#4aa3df")):
        page.emulate_media(color_scheme=color_scheme)
        colour = root.evaluate("root => getComputedStyle(root).getPropertyValue('--tcbf-fitted')")
        assert colour.strip() == fitted
