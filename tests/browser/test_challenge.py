"""A challenge played in a page: by keyboard, handed in, beaten, and solved."""

import pytest
from controls import open_options, settle, slider, status
from playwright.sync_api import expect

import tcbf_widgets as tcbf
from tests.challenge_scans import TRUTH, made_up_challenge

GUESS = {"defocus": -11_500.0, "rotation_deg": 34.0, "C12x": -1_000.0, "C12y": 500.0}
TYPED = {
    "Defocus, typed (µm)": "-1.15",
    "Rotation, typed (°)": "34",
    "Astigmatism C12x, typed (nm)": "-100",
    "Astigmatism C12y, typed (nm)": "50",
}
FORBIDDEN = """Object.defineProperty(window, "localStorage",
    { get() { throw new DOMException("denied", "SecurityError"); } })"""


@pytest.fixture
def played(opened):
    """A page in which the guess is on the sliders: (widget in Python with the same guess, page, root)."""
    page, root = opened(tcbf.widgets.Challenge(made_up_challenge()))
    guess(root)
    return tcbf.widgets.Challenge(made_up_challenge(), **GUESS, handed_in=True), page, root


def guess(root):
    for label, text in TYPED.items():
        root.get_by_label(label, exact=True).fill(text)
        root.page.keyboard.press("Enter")
        settle(root)  # tries of one frame would be one


def press(root, name):
    root.get_by_role("button", name=name, exact=True).press("Enter")


def result(root):
    return root.get_by_role("group", name="Result")


def tries(root) -> int:
    return root.locator(".tcbf-trail").get_attribute("d").count("M")


def open_again(page):
    page.reload()
    page.wait_for_selector(".tcbf-widget[data-state=ready]")


def test_a_try_is_handed_in_by_keyboard_and_its_best_is_kept(played):
    widget, page, root = played
    expect(result(root)).to_be_hidden()
    # from the last slider on, Tab leads to the button
    slider(root, "Astigmatism C12y").focus()
    page.keyboard.press("Tab")
    expect(root.get_by_role("button", name="Hand in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(result(root)).to_contain_text(f"{widget.points:.1f} of 100 points")
    expect(result(root)).to_contain_text(f"{widget.score().blur:.1f} Å rms")
    assert f"handed in: {widget.points:.1f} of 100 points" in status(root)
    # the truth stays hidden
    expect(root.get_by_role("table", name="Beside the truth")).to_be_hidden()
    press(root, "Start again")
    expect(result(root)).to_be_hidden()
    open_again(page)
    press(root, "Hand in")  # of the first state, which is worth less
    expect(result(root)).to_contain_text(f"best {widget.points:.1f}")


def test_the_truth_is_shown_beside_the_answer_and_counts_no_more(played):
    widget, _, root = played
    press(root, "Hand in")
    press(root, "Show the truth")
    expect(slider(root, "Defocus")).to_have_value(f"{TRUTH.aberrations.defocus:.0f}")
    assert root.locator(".tcbf-mark:visible").count() == 4
    rows = root.get_by_role("table", name="Beside the truth").get_by_role("row").all_inner_texts()
    defocus = rows[1].replace("\N{MINUS SIGN}", "-").split("\t")
    assert defocus == ["Defocus (µm)", "-1.150", "-1.200", "0.050", "20"]  # a bound of 25 Å
    press(root, "Hand in")
    expect(result(root)).to_contain_text("100.0 of 100 points")
    expect(result(root)).to_contain_text(f"not counted, as the truth has been shown; best {widget.points:.1f} before")


def test_the_game_goes_on_where_nothing_can_be_kept(played):
    widget, page, root = played
    page.add_init_script(FORBIDDEN)
    open_again(page)
    guess(root)
    press(root, "Hand in")
    expect(result(root)).to_contain_text(f"{widget.points:.1f} of 100 points best {widget.points:.1f}")
    press(root, "Start again")
    press(root, "Hand in")
    expect(result(root)).to_contain_text(f"best {widget.points:.1f}")  # as long as the page is open


def test_tries_on_one_slider_draw_a_curve_and_another_slider_begins_a_new_one(played):
    _, _, root = played
    plot = root.locator("[data-plot=trail]")
    expect(plot).to_contain_text("Astigmatism C12y (nm)")
    before = tries(root)
    slider(root, "Astigmatism C12y").press("ArrowRight")
    expect(plot).to_contain_text("Astigmatism C12y (nm)")
    settle(root)
    assert tries(root) == before + 1
    slider(root, "Defocus").press("ArrowRight")
    expect(plot).to_contain_text("Defocus (µm)")
    assert tries(root) == 1
    # what is only painted in another look is no try, nor is a game begun anew led on by the last one
    slider(root, "Defocus").press("ArrowRight")
    open_options(root)
    for cmap in ("magma", "gray"):
        root.get_by_label("Colour map").select_option(cmap)
        settle(root)
    assert tries(root) == 2
    press(root, "Start again")
    settle(root)
    assert tries(root) == 1


def test_a_game_of_one_slider_begins_anew_without_the_last_tries(opened):
    _, root = opened(tcbf.widgets.Challenge(made_up_challenge(level=1)))
    defocus = slider(root, "Defocus")
    for again in (lambda: press(root, "Start again"), lambda: defocus.press("r")):
        for _ in range(3):
            defocus.press("ArrowRight")
            settle(root)
        assert tries(root) == 4
        # led back by hand, it is the same game
        defocus.press("ArrowLeft")
        defocus.press("ArrowLeft")
        defocus.press("ArrowLeft")
        settle(root)
        assert tries(root) > 4
        defocus.press("ArrowRight")
        settle(root)
        again()
        settle(root)
        assert tries(root) == 1
    press(root, "Start again")
    settle(root)
    assert tries(root) == 0  # nothing has moved since


def test_points_count_no_more_once_python_has_shown_the_truth(opened):
    truth = dict(zip(("defocus", "rotation_deg", "C12x", "C12y"), (-12_000.0, 35.0, -1_500.0, 900.0), strict=True))
    _, root = opened(tcbf.widgets.Challenge(made_up_challenge(), **truth, revealed=True))
    press(root, "Hand in")
    expect(result(root)).to_contain_text("100.0 of 100 points not counted, as the truth has been shown")
    expect(result(root)).not_to_contain_text("best")


@pytest.mark.parametrize("scheme, rules", [("light", ()), ("dark", ("color-contrast",))])
def test_a_result_is_accessible_and_fits_a_phone(opened_once, scheme, rules):
    widget = tcbf.widgets.Challenge(made_up_challenge(), **GUESS, handed_in=True, revealed=True)
    viewport = {"width": 360, "height": 800}
    watched, root = opened_once(widget, color_scheme=scheme, viewport=viewport)
    expect(result(root)).to_be_visible()
    assert watched.axe(*rules) == []
    for width in (320, 360, 390):
        watched.page.set_viewport_size({"width": width, "height": 800})
        assert watched.page.evaluate("() => document.documentElement.scrollWidth") <= width
        # what is too wide for its frame is cut off there, and the page does not scroll
        ends = result(root).evaluate("part => [...part.querySelectorAll('table')].map(table => table.scrollWidth)")
        assert len(ends) == 2
        assert max(ends) <= result(root).bounding_box()["width"] + 0.5  # of a pixel, by rounding
