"""Checks of exercises: right answers pass, plausible wrong ones get a hint, and nothing else is taken for an answer."""

import math

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.questions import NEAR, POWERS, Choice, Mistake, Number
from tests.crystallite_runs import standard_scan

QUESTIONS = [question for chapter in tcbf.check.CHAPTERS for question in tcbf.check.questions(chapter)]
NUMBERS = [question for question in QUESTIONS if isinstance(question, Number)]
CHOICES = [question for question in QUESTIONS if isinstance(question, Choice)]


def usual_mistakes(question):
    """What people answer by mistake, whatever is asked: half, twice, another sign, unit or power, the inverse."""
    right, within = question.answer, question.within
    factors = [
        0,
        0.5,
        2,
        -1 if question.signed else -1.2,
        1.2,
        1 / 1.2,
        math.pi,
        1 / math.pi,
        2 * math.pi,
        0.5 / math.pi,
        math.radians(1),
        math.degrees(1),
    ]
    wrong = [right * factor for factor in (*factors, *(10.0**power for power in POWERS))]
    others = [1 / right, right**2, math.sqrt(abs(right)), math.inf, -math.inf, math.nan]
    return wrong + [value for value in others if not abs(value - right) <= within * abs(right)]


@pytest.mark.parametrize("question", NUMBERS, ids=lambda question: question.name)
def test_numbers(question):
    check = getattr(tcbf.check, question.name)
    right, within = question.answer, question.within
    assert math.isfinite(right)
    assert right != 0
    # nearer than what is told from it, and wider than the digits that the question gives
    assert 0.005 <= within <= 0.1
    assert all(check(right * factor) for factor in (1, 1 + 0.9 * within, 1 - 0.9 * within))
    assert bool(check(-right)) is not question.signed
    assert repr(check(np.float32(right))) == f"right: {question.because}"
    for wrong in usual_mistakes(question):
        assert not check(wrong), wrong
        assert len(check(wrong).text) > 10
    for mistake in question.mistakes:
        assert repr(check(mistake.answer)) == f"not yet: {mistake.hint}"
        # a typed answer is rounded
        assert repr(check(mistake.answer * (1 + 0.5 * NEAR))) == f"not yet: {mistake.hint}"


@pytest.mark.parametrize("question", CHOICES, ids=lambda question: question.name)
def test_choices(question):
    check = getattr(tcbf.check, question.name)
    assert 3 <= len(question.options) == len(set(question.options)) <= 5
    for letter, option in zip("abcde", question.options, strict=False):
        assert (
            bool(check(option))
            == bool(check(letter))
            == bool(check(f" {letter.upper()} "))
            == (option == question.right)
        )
    for mistake in question.mistakes:
        assert repr(check(mistake.answer)) == f"not yet: {mistake.hint}"
    with pytest.raises(ValueError, match=r"answer must be one of the letters or sentences of a: .*; got 'z'"):
        check("z")


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_words_of_a_question(question):
    assert question.name.isidentifier()
    assert question.text[-1] in ".?"
    assert question.by in ("hand", "slider", "code")
    assert len(question.mistakes) >= (2 if isinstance(question, Choice) else 1)
    hints = [mistake.hint for mistake in question.mistakes] + [getattr(question, "hint", "no hint of its own")]
    answers = [mistake.answer for mistake in question.mistakes]
    assert len(set(answers)) == len(answers)
    for hint in hints:
        # a hint leads on and does not give the answer away
        assert (
            question.right not in hint if isinstance(question, Choice) else f" {question.answer:g} " not in f" {hint} "
        )


def test_names_are_unique_and_listed():
    names = [question.name for question in QUESTIONS]
    assert len(set(names)) == len(names)
    assert sorted(names) == dir(tcbf.check)


def test_the_first_ring_is_that_of_the_figure():
    figure = tcbf.widgets.BullseyeTemplate({"bullseye": standard_scan()}, errors=False, noise=False)
    right = next(question for question in NUMBERS if question.name == "first_ring").answer
    found = []
    for electrons in (right - 1, right):
        figure.electrons = electrons
        found.append(figure.disks.direct is not None)
    assert found == [False, True]


@pytest.mark.parametrize("chapter", tcbf.check.CHAPTERS)
def test_a_chapter_asks_in_both_ways(chapter):
    kinds = [type(question) for question in tcbf.check.questions(chapter)]
    assert 3 <= len(kinds) <= 8
    assert set(kinds) == {Number, Choice}


def test_right_answers_are_not_always_at_the_same_place():
    places = [question.options.index(question.right) for question in CHOICES]
    assert len(set(places)) > 2


@pytest.mark.parametrize("answer", ["60", None, True, [60, 61], np.array([1.0, 2.0]), 1j])
def test_what_is_no_number_is_refused(answer):
    with pytest.raises(TypeError, match="answer must be one number in Å, got"):
        tcbf.check.rim_displacement(answer)


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="there is no exercise 'best_answer'; there are .*rim_displacement"):
        tcbf.check.best_answer  # noqa: B018
    with pytest.raises(ValueError, match="chapter must be one of 'phase_contrast', .*, got 'preface'"):
        tcbf.check.questions("preface")


@pytest.mark.parametrize(
    "kind, changes, words",
    [
        (Number, {"name": "a b"}, "name must be a name in Python, such as 'rim_displacement', got 'a b'"),
        (Number, {"by": "mouse"}, "by must be one of 'hand', 'slider', 'code', got 'mouse'"),
        (Number, {"within": 2}, "within must be a share of the answer between 0 and 1, got 2"),
        (Choice, {"right": "no"}, r"right and mistakes must be 2 to 8 different answers, got \['no', 'no'\]"),
        (Choice, {"mistakes": ()}, r"right and mistakes must be 2 to 8 different answers, got \['yes'\]"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused(kind, changes, words):
    common = {"name": "own", "text": "Is it?", "because": "it is"}
    if kind is Number:
        fields = {"unit": "", "solve": lambda: 1.0, "within": 0.02, "mistakes": (), "hint": "look"}
    else:
        fields = {"right": "yes", "mistakes": (Mistake("no", "look"),)}
    with pytest.raises(ValueError, match=words):
        kind(**(common | fields | changes))


def test_an_answer_that_nothing_is_a_share_of_is_refused():
    question = Number("own", "How far?", "Å", lambda: 0.0, 0.02, (), "look", "here")
    with pytest.raises(
        ValueError, match="solve of the question 'own' must return a finite number other than 0, got 0.0"
    ):
        question(1.0)
