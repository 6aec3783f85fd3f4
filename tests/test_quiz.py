"""The quiz asks the questions of a chapter, and of those who teach."""

import json
import re

import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.questions import Choice, Mistake, Number

OWN = (
    Number("steps", "How many steps?", "", lambda: 3.0, 0.02, (Mistake(2.0, "one more"),), "count", "as counted"),
    Choice("why", "Why <not>?", "because", (Mistake("so", "no"), Mistake("thus", "nor this")), "indeed"),
)


@pytest.mark.parametrize("chapter", tcbf.check.CHAPTERS)
def test_a_chapter_is_asked_all_that_needs_no_code(chapter):
    quiz = tcbf.widgets.Quiz(chapter)
    wanted = [question for question in tcbf.check.questions(chapter) if question.by != "code"]
    assert len(wanted) >= 3
    assert [question["text"] for question in quiz.meta["questions"]] == [question.text for question in wanted]
    assert [question["answer"] for question in quiz.meta["questions"]] == [question.answer for question in wanted]
    assert quiz.alt_text() == f"{len(wanted)} questions to check yourself, 0 answered."


def test_a_page_without_scripts_and_paper_show_every_question():
    quiz = tcbf.widgets.Quiz(OWN)
    text = quiz.static_html()
    poster = text.split('class="tcbf-poster"')[1].split('class="tcbf-live"')[0]
    assert "How many steps?" in poster
    assert "Why &lt;not&gt;?" in poster
    assert all(f": {option}</div>" in poster for option in OWN[1].options)
    drawn = [line.get_text() for line in quiz.figure().texts]
    assert sum("steps" in line for line in drawn) == 1
    assert [line.split()[0] for line in drawn if re.match(r" +[a-e] ", line)] == ["a", "b", "c"]


def test_the_page_holds_the_questions_as_plain_json():
    payload = json.dumps(tcbf.widgets.Quiz(OWN).static_payload()["state"]["meta"], allow_nan=False)
    assert "one more" in payload


def test_answers_are_kept_as_given():
    quiz = tcbf.widgets.Quiz(OWN, answers={"steps": "2,9"})
    assert quiz.alt_text() == "2 questions to check yourself, 1 answered."
    assert quiz.questions == OWN


@pytest.mark.parametrize(
    "questions, error, words",
    [
        ("preface", ValueError, "chapter must be one of 'phase_contrast', .*, got 'preface'"),
        (["what?"], TypeError, "questions must be the name of a chapter, or be made of .*, got str: 'what\\?'"),
        ((OWN[0], OWN[0]), ValueError, "questions must have names of their own, got steps, steps"),
    ],
)
def test_other_questions_are_refused(questions, error, words):
    with pytest.raises(error, match=words):
        tcbf.widgets.Quiz(questions)


def test_a_quiz_without_questions_says_so():
    assert tcbf.widgets.Quiz([]).alt_text() == "0 questions to check yourself, 0 answered."
