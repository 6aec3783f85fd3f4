"""The questions of a chapter as lists for pages and paper: as they are asked, and as those who teach need them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .check import questions
from .questions import Choice, Number
from .widgets.numbers import short

_BY = {"hand": "by hand", "slider": "by slider", "code": "by code"}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class QuestionList:
    """A list that notebooks and pages show.

    html : its items in an ordered list, with classes but without a style of its own
    """

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"QuestionList of {self.html.count('<li class')} questions"


def asked(chapter: str) -> QuestionList:
    """Return the questions of a chapter without their answers.

    Raises
    ------
    ValueError for an unknown chapter
    """
    return _listed(chapter, _options)


def answered(chapter: str, folded: bool = True) -> QuestionList:
    """Return the questions of a chapter with answers, computed now, and the mistakes that are expected.

    Parameters
    ----------
    chapter : name of its module in `tcbf_widgets.exercises`
    folded : whether one line stands for them until it is opened

    Raises
    ------
    ValueError for an unknown chapter
    """
    listed = _listed(chapter, _answers)
    if not folded:
        return listed
    count = len(questions(chapter))
    return QuestionList(f"<details><summary>{count} questions with their answers</summary>{listed.html}</details>")


def written(question: Number | Choice, answer: float | str) -> str:
    """Return an answer as people write it, a number with four digits.

    >>> from tcbf_widgets import check
    >>> [written(check.rim_displacement, answer) for answer in (60.0, -0.00123456, 123_456.0, 2.5e-6)]
    ['60 Å', '−0.001235 Å', '123500 Å', '2.5·10⁻⁶ Å']
    """
    if isinstance(question, Choice):
        return answer
    mantissa, power = f"{answer:.3e}".split("e")
    if answer == 0 or -4 <= int(power) < 6:
        number = short(answer, 4)
    else:
        number = f"{short(float(mantissa), 4)}·10{str(int(power)).translate(_RAISED)}"
    return f"{number} {question.unit}".strip()


def _listed(chapter: str, more) -> QuestionList:
    items = "".join(
        f'<li class="tcbf-listed"><p>{escape(question.text)} <em>{escape(_how(question))}</em></p>{more(question)}</li>'
        for question in questions(chapter)
    )
    return QuestionList(f'<ol class="tcbf-list">{items}</ol>')


def _how(question) -> str:
    """The unit of an answer, and how it is found."""
    unit = getattr(question, "unit", "")
    return f"in {unit}, {_BY[question.by]}" if unit else _BY[question.by]


def _options(question) -> str:
    if isinstance(question, Number):
        return ""
    options = question.lettered.items()
    return f"<ul>{''.join(f'<li>{letter}: {escape(option)}</li>' for letter, option in options)}</ul>"


def _given(question, answer) -> str:
    """An answer as it is found on the sheet of a learner: behind the letter of its option, if it has one."""
    if isinstance(question, Number):
        return written(question, answer)
    letter = next(letter for letter, option in question.lettered.items() if option == answer)
    return f"{letter}: {answer}"


def _answers(question) -> str:
    right = f"<p><strong>{escape(_given(question, question.answer))}</strong>: {escape(question.because)}.</p>"
    rows = "".join(
        f"<dt>{escape(_given(question, mistake.answer))}</dt><dd>{escape(mistake.hint)}</dd>"
        for mistake in question.mistakes
    )
    return f"{right}<dl>{rows}</dl>" if rows else right
