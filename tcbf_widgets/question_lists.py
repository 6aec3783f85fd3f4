"""The questions of a chapter as lists for pages and paper: as they are asked, and as those who teach need them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from .check import questions
from .questions import Choice, Number

_BY = {"hand": "by hand", "slider": "by slider", "code": "by code"}


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


def answered(chapter: str) -> QuestionList:
    """Return the questions of a chapter, folded, with answers, computed now, and the mistakes that are expected.

    Raises
    ------
    ValueError for an unknown chapter
    """
    count = len(questions(chapter))
    listed = _listed(chapter, _answers).html
    return QuestionList(f"<details><summary>{count} questions with their answers</summary>{listed}</details>")


def written(question: Number | Choice, answer: float | str) -> str:
    """Return an answer as people write it.

    >>> from tcbf_widgets import check
    >>> written(check.rim_displacement, 60.0), written(check.rim_displacement, -0.00123456)
    ('60 Å', '−0.001235 Å')
    """
    if isinstance(question, Choice):
        return answer
    number = f"{answer:.4g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")
    return f"{number} {question.unit}".strip()


def _listed(chapter: str, more) -> QuestionList:
    items = "".join(
        f'<li class="tcbf-listed"><p>{escape(question.text)} <em>{_BY[question.by]}</em></p>{more(question)}</li>'
        for question in questions(chapter)
    )
    return QuestionList(f'<ol class="tcbf-list">{items}</ol>')


def _options(question) -> str:
    if isinstance(question, Number):
        return ""
    options = question.lettered.items()
    return f"<ul>{''.join(f'<li>{letter}: {escape(option)}</li>' for letter, option in options)}</ul>"


def _answers(question) -> str:
    right = f"<p><strong>{escape(written(question, question.answer))}</strong>: {escape(question.because)}.</p>"
    rows = "".join(
        f"<dt>{escape(written(question, mistake.answer))}</dt><dd>{escape(mistake.hint)}</dd>"
        for mistake in question.mistakes
    )
    return f"{right}<dl>{rows}</dl>" if rows else right
