"""Pages say how long they take and how hard they are, and the ways through the book add up."""

import re
from pathlib import Path

import pytest
from offline_notebooks import pages

from tcbf_widgets import check

ROOT = Path(__file__).parent.parent
FIRST, *PAGES = (page.relative_to(ROOT).with_suffix("").as_posix() for page in pages(ROOT / "_toc.yml"))
LESSONS = [page for page in PAGES if "/reference/" not in page]
CHAPTERS = [page for page in LESSONS if "/workshop/" not in page]

PROMISE = re.compile(r"^\*About (\d+) minutes, (first steps|some waves|advanced)\. You need: ", re.MULTILINE)
CELL = re.compile(r"```\{code-cell\}.*?```", re.DOTALL)
SOLUTION = re.compile(r"`{3,4}\{solution-start\}.*?`{3,4}\{solution-end\}", re.DOTALL)
WORDS_A_MINUTE, MINUTES_A_FIGURE, MINUTES_OF_A_QUIZ = 160, 4, 5


ROW = re.compile(r"^\| \[(.+)\]\((.+)\.md\) \| (\d+) \| (.+) \|$", re.MULTILINE)


def text_of(page):
    return (ROOT / f"{page}.md").read_text(encoding="utf-8")


def minutes_of(page):
    return int(PROMISE.search(text_of(page))[1])


@pytest.mark.parametrize("page", LESSONS)
def test_a_page_says_first_how_long_it_takes_and_how_hard_it_is(page):
    text = text_of(page)
    promise = PROMISE.search(text)
    assert promise, "the page needs a line '*About N minutes, first steps (some waves, advanced). You need: ...*'"
    # nothing but its title stands above
    assert len(text[text.index("\n# ") : promise.start()].strip().splitlines()) == 1


@pytest.mark.parametrize("page", CHAPTERS)
def test_the_minutes_are_those_of_reading_and_doing(page):
    prose = CELL.sub("", SOLUTION.sub("", text_of(page)))
    figures = len(re.findall(r"tcbf\.widgets\.(?!Quiz)\w+\([^)]*\)(?!\.close)", text_of(page)))
    expected = len(re.findall(r"\w+", prose)) / WORDS_A_MINUTE + MINUTES_A_FIGURE * figures + MINUTES_OF_A_QUIZ
    # readers differ by more than that
    assert minutes_of(page) == pytest.approx(expected, rel=0.35)


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_asks_in_its_quiz_and_in_four_to_eight_exercises(page):
    text = text_of(page)
    name = page.rsplit("/", 1)[1]
    assert f'tcbf.widgets.Quiz("{name}")' in text
    kinds = re.findall(r"\{exercise-start\}.*?\*\*(By hand|By slider|By code|Open)\b", text, re.DOTALL)
    assert 4 <= len(kinds) <= 8
    assert set(kinds) == {"By hand", "By slider", "By code", "Open"}
    assert text.count("{exercise-start}") == text.count("{solution-start}") == len(kinds)


def test_the_table_of_the_title_page_repeats_what_pages_say():
    intro = text_of(FIRST)
    rows = {
        f"book/{page}": (title, int(minutes), difficulty) for title, page, minutes, difficulty in ROW.findall(intro)
    }
    said = {}
    for page in CHAPTERS:
        title, promise = re.search(r"^# (.*)$", text_of(page), re.MULTILINE)[1], PROMISE.search(text_of(page))
        said[page] = (title, int(promise[1]), promise[2])
    assert rows == said
    assert f"| together | {sum(minutes for _, minutes, _ in said.values())} | |" in intro


def test_all_chapters_are_listed_for_learners_and_for_teachers():
    names = [page.rsplit("/", 1)[1] for page in CHAPTERS]
    assert list(check.CHAPTERS) == names
    for page, call in (("exercises", "asked"), ("instructor", "answered")):
        assert re.findall(rf'question_lists\.{call}\("(\w+)"\)', text_of(f"book/workshop/{page}")) == names
