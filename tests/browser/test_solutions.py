"""The solutions of the built book are right, by the checks that readers use."""

import html
import re

import pytest
import support

from tcbf_widgets import check

# what a cell of a page gave out; the pages of the workshop show what a wrong answer is told
OUTPUT = re.compile(r'<div class="output[^"]*">(.*?)</div>\s*</div>', re.DOTALL)
PAGES = {path.stem: path for path in (support.BOOK / "book").glob("*/*.html") if path.stem in check.CHAPTERS}


def outputs(chapter):
    text = PAGES[chapter].read_text(encoding="utf-8")
    return [html.unescape(re.sub("<[^>]+>", "", output)) for output in OUTPUT.findall(text)]


@pytest.mark.parametrize("chapter", check.CHAPTERS)
def test_what_is_asked_by_slider_and_by_code_is_solved_on_the_page(chapter):
    given = "\n".join(outputs(chapter))
    assert "not yet: " not in given
    asked = [question for question in check.questions(chapter) if question.by != "hand"]
    assert asked
    assert [question.name for question in asked if f"right: {question.because}" not in given] == []


@pytest.mark.parametrize("chapter", check.CHAPTERS)
def test_an_exercise_names_its_check_and_its_solution_calls_it(chapter):
    text = PAGES[chapter].read_text(encoding="utf-8")
    names = set(re.findall(r"tcbf\.check\.(\w+)\(\.\.\.\)", html.unescape(re.sub("<[^>]+>", "", text))))
    assert names <= {question.name for question in check.questions(chapter)}
    because = {question.name: question.because for question in check.questions(chapter)}
    given = "\n".join(outputs(chapter))
    assert [name for name in names if f"right: {because[name]}" not in given] == []
