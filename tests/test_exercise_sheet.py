"""The exercises on paper, with answers and without."""

import re
from html import escape

import exercise_sheet
import offline_notebooks
import pytest

import tcbf_widgets as tcbf

ROOT = exercise_sheet.ROOT


@pytest.fixture
def book(tmp_path):
    """Pages of a built book, of which each has a title and a poster."""
    (tmp_path / "poster.png").write_bytes(b"a picture")
    toc = offline_notebooks.pages(ROOT / "_toc.yml")
    for page in toc:
        file = tmp_path / page.relative_to(ROOT).with_suffix(".html")
        file.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (len(file.relative_to(tmp_path).parts) - 1)
        poster = f'<img class="tcbf-poster" alt="Two &amp; three." src="{up}poster.png">'
        file.write_text(f"<h1>Title of {page.stem}<a>#</a></h1><h1>Not this</h1>{poster}")
    return tmp_path


def test_the_sheet_asks_everything_and_tells_nothing(book):
    sheet = exercise_sheet.sheet(book)
    for chapter in tcbf.check.CHAPTERS:
        assert f"Title of {chapter}" in sheet
        for question in tcbf.check.questions(chapter):
            assert escape(question.text) in sheet
            assert escape(question.because) not in sheet
            for mistake in question.mistakes:
                assert escape(mistake.hint) not in sheet
    assert sheet.count("data:image/png;base64,") == sheet.count("<figcaption>Two &amp; three.") == sheet.count("<h2>")
    assert re.findall(r'(?:src|href)="(?!data:)', sheet) == []


def test_the_other_sheet_tells_everything(book):
    sheet = exercise_sheet.sheet(book, answers=True)
    for chapter in tcbf.check.CHAPTERS:
        for question in tcbf.check.questions(chapter):
            assert escape(question.because) in sheet
            assert all(escape(mistake.hint) in sheet for mistake in question.mistakes)


def test_a_sheet_needs_the_built_book(tmp_path):
    with pytest.raises(FileNotFoundError, match="has no page of .*; run `make book` first"):
        exercise_sheet.sheet(tmp_path)
