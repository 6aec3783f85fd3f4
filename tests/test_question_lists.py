"""Lists of questions: for learners without answers, for teachers with all of them."""

import re
from html import escape

import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.question_lists import answered, asked, written
from tcbf_widgets.questions import Choice


@pytest.mark.parametrize("chapter", tcbf.check.CHAPTERS)
def test_all_is_asked_and_nothing_is_told(chapter):
    html = asked(chapter)._repr_html_()
    assert html.count('class="tcbf-listed"') == len(tcbf.check.questions(chapter))
    for question in tcbf.check.questions(chapter):
        told = [question.because, *(mistake.hint for mistake in question.mistakes)]
        assert not any(escape(words) in html for words in told)
        assert all(escape(words) in answered(chapter).html for words in told)
    assert repr(asked(chapter)) == f"QuestionList of {len(tcbf.check.questions(chapter))} questions"


@pytest.mark.parametrize("chapter", tcbf.check.CHAPTERS)
def test_teachers_find_every_answer_and_every_mistake(chapter):
    html = answered(chapter)._repr_html_()
    strong = re.findall("<strong>(.*?)</strong>", html)
    assert len(strong) == len(tcbf.check.questions(chapter))
    assert html.count("<dt>") == sum(len(question.mistakes) for question in tcbf.check.questions(chapter))
    for question, said in zip(tcbf.check.questions(chapter), strong, strict=True):
        if isinstance(question, Choice):  # as on the sheets that are marked
            assert question.lettered[said[0]] == question.right


# names of Python are code, and are shown as they are
CODE = re.compile(r"`[^`]*`|\b[\w.]+\(|\w+=")
NOT_ON_PAPER = re.compile(r"\^|\w_\w|\de[−+-]?\d")


@pytest.mark.parametrize(
    "question",
    [q for name in tcbf.check.CHAPTERS for q in tcbf.check.questions(name)],
    ids=lambda question: question.name,
)
def test_questions_are_written_as_on_paper(question):
    """They are shown as plain text: in the quiz, on pages, on paper and in a terminal."""
    words = [question.text, question.because, getattr(question, "hint", ""), getattr(question, "right", "")]
    for mistake in question.mistakes:
        words += [mistake.hint, written(question, mistake.answer)]
    assert [text for text in words if NOT_ON_PAPER.search(CODE.sub("", text))] == []


def test_text_is_escaped(monkeypatch):
    question = tcbf.questions.Number("a", "Is 1 < 2?", "Å", lambda: 1.0, 0.02, (), "yes & no", "1 < 2")
    monkeypatch.setattr("tcbf_widgets.question_lists.questions", lambda chapter: (question,))
    assert "Is 1 &lt; 2?" in asked("any").html
    assert "1 &lt; 2." in answered("any").html


def test_numbers_are_written_as_people_write_them():
    assert written(tcbf.check.rim_displacement, 1.5e7) == "1.5·10⁷ Å"
    assert written(tcbf.check.rim_displacement, -2e-6) == "−2·10⁻⁶ Å"
