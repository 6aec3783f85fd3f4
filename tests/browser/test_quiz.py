"""A reader answers the questions of a quiz, by keyboard, and finds the answers again."""

import pytest
import support
from controls import open_options, settle, status

import tcbf_widgets as tcbf
from tests.golden.quizzes import FOCUS, LETTER, RATIO

FORBID_STORAGE = """Object.defineProperty(window, "localStorage", { get() { throw new Error("forbidden"); } })"""


@pytest.fixture(scope="module")
def page_of_quiz(opened_once):
    """A page with a quiz for all tests of this file: (watched page, root)."""
    return opened_once(tcbf.widgets.Quiz([FOCUS, RATIO, LETTER]))


@pytest.fixture
def quiz(page_of_quiz):
    """The quiz, none of its questions answered."""
    watched, root = page_of_quiz
    watched.page.evaluate("() => localStorage.clear()")
    watched.page.reload()
    watched.wait_for_widgets()
    return watched, root


@pytest.fixture
def answered(quiz):
    """The quiz with two right answers."""
    watched, root = quiz
    field = question(root, "focus").get_by_role("textbox")
    field.fill("-15000")
    field.press("Enter")
    question(root, "letter").get_by_role("radio", name=f": {LETTER.right}").check()
    question(root, "letter").get_by_role("button", name="Check").click()
    assert status(root) == "2 of 3 right"
    return watched, root


def question(root, name):
    return root.locator(f"[data-question={name}]")


def said(root, name):
    settle(root)
    return question(root, name).locator(".tcbf-verdict").text_content()


@pytest.mark.parametrize(
    "typed, words",
    [
        ("far", "please type a number, in Å"),
        ("1.5 µm", "that is in µm; please type a number, in Å"),
        ("-15,000", "is the comma in -15,000 a point? please type a point, or no comma"),
        ("-3e4", f"Not yet: {FOCUS(-3e4).text}"),
        ("−7000", f"Not yet: {FOCUS(-7e3).text}"),
        ("-1,5e4 Å", f"✓ Right: {FOCUS(-1.5e4).text}"),
    ],
)
def test_numbers_are_checked_where_they_are_typed(quiz, typed, words):
    watched, root = quiz
    field = question(root, "focus").get_by_role("textbox")
    field.focus()
    watched.page.keyboard.type(typed)
    watched.page.keyboard.press("Enter")
    assert said(root, "focus") == words


def test_an_answer_that_is_changed_is_no_longer_judged_and_may_be_given_again(answered):
    watched, root = answered
    field = question(root, "focus").get_by_role("textbox")
    assert field.input_value() == "-15000"
    field.press("End")
    field.press("Backspace")
    assert said(root, "focus") == ""
    watched.page.keyboard.type("0")
    watched.page.keyboard.press("Tab")
    watched.page.keyboard.press("Space")  # the button
    assert said(root, "focus").startswith("✓ Right: ")


def test_options_are_chosen_by_arrows_and_checked_on_demand(quiz):
    watched, root = quiz
    asked = question(root, "letter")
    asked.get_by_role("button", name="Check answer 3").click()
    assert said(root, "letter") == "please choose one of the answers"
    radios = asked.get_by_role("radio").all()
    radios[0].focus()
    watched.page.keyboard.press("Space")
    for radio, (letter, option) in zip(radios, LETTER.lettered.items(), strict=True):
        assert radio.is_checked()
        assert radio.evaluate("radio => radio.labels[0].textContent") == f"{letter}: {option}"
        assert said(root, "letter") == ""
        watched.page.keyboard.press("Enter")
        verdict = LETTER(option)
        assert said(root, "letter") == f"{'✓ Right' if verdict else 'Not yet'}: {verdict.text}"
        watched.page.keyboard.press("ArrowDown")


def test_answers_are_there_when_the_page_is_opened_again(answered):
    watched, root = answered
    watched.page.reload()
    watched.wait_for_widgets()
    assert status(root) == "2 of 3 right"
    assert root.get_by_role("radio", checked=True).get_attribute("value") == LETTER.right


def test_answers_of_python_are_shown_and_those_of_the_reader_stay(answered, browser, tmp_path):
    watched, root = answered
    given = tcbf.widgets.Quiz([FOCUS, RATIO, LETTER], answers={"ratio": "0.37"}).save_html(tmp_path / "quiz.html")
    first = watched.page.url
    watched.page.unroute_all()
    watched.page.goto(given.as_uri())
    watched.wait_for_widgets()
    assert status(root) == "1 of 3 right"
    watched.page.goto(first)
    watched.wait_for_widgets()
    assert status(root) == "2 of 3 right"


def test_axe_finds_nothing_in_an_answered_quiz(answered):
    watched, root = answered
    open_options(root)
    assert watched.axe() == []
    watched.page.emulate_media(color_scheme="dark")
    assert watched.axe(*support.COLOURS) == []
    watched.page.emulate_media(color_scheme="light")


def test_answers_that_were_taken_away_come_back(answered):
    watched, root = answered
    root.get_by_role("radio", checked=True).press("r")
    assert status(root) == "0 of 3 right, none answered yet"
    root.get_by_role("button", name="Bring the answers back").click()
    assert status(root) == "2 of 3 right"
    root.get_by_role("button", name="Start again").click()
    watched.page.reload()
    watched.wait_for_widgets()
    assert status(root) == "0 of 3 right, none answered yet"


@pytest.mark.parametrize("width", [1000, 360])
def test_the_list_that_stands_in_is_as_high_as_the_quiz(browser, tmp_path, width):
    """To a twentieth: what stands below it hardly moves."""
    address = tcbf.widgets.Quiz([FOCUS, RATIO, LETTER]).save_html(tmp_path / "quiz.html").as_uri()
    heights = []
    for script in (True, False):
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        page = context.new_page()
        page.goto(address)
        if script:
            page.locator(".tcbf-static[data-state=ready]").wait_for()
        shown = page.locator(".tcbf-live" if script else ".tcbf-poster")
        heights.append(shown.bounding_box()["height"])
        context.close()
    assert heights[1] == pytest.approx(heights[0], rel=0.05)


def test_a_browser_that_keeps_nothing_checks_all_the_same(browser, tmp_path):
    address = tcbf.widgets.Quiz([FOCUS, RATIO, LETTER]).save_html(tmp_path / "quiz.html").as_uri()
    context = browser.new_context()
    context.add_init_script(FORBID_STORAGE)
    watched = support.WatchedPage(context, address)
    watched.open(address)
    root = watched.page.locator(".tcbf-widget[data-view]")
    field = question(root, "focus").get_by_role("textbox")
    field.fill("-15000")
    field.press("Enter")
    assert said(root, "focus").startswith("✓ Right")
    assert watched.problems == []
    context.close()
