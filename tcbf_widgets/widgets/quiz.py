"""Quiz: the questions of a chapter, checked where they are answered."""

from __future__ import annotations

import html
from collections.abc import Sequence
from textwrap import wrap

import traitlets as t
from matplotlib.figure import Figure

from ..check import questions as questions_of
from ..questions import NEAR, NOT_FINITE, POWERS, ROUNDED, ROUNDED_BY, SIGN, Choice, Number, power_of_ten
from . import static
from .figure import DPI, NEUTRAL, WIDTH, Panel
from .widget import TcbfWidget

_TITLE = "Questions"
_LINE = 0.22  # inches
_LETTERS_A_LINE = 88
# what the view needs to judge a number as `questions.Number` does
SETTINGS = {
    "near": NEAR,
    "rounded_by": ROUNDED_BY,
    "powers": list(POWERS),
    "words": {"sign": SIGN, "not_finite": NOT_FINITE, "rounded": ROUNDED},
}


class Quiz(TcbfWidget):
    """Questions with a checked answer and a hint; answers are kept in the reader's own browser.

    Parameters
    ----------
    questions : name of a chapter, one of `tcbf.check.CHAPTERS`, whose questions by code are left out; or questions of
        your own, made of `tcbf.questions.Number` and `tcbf.questions.Choice`
    answers : by name of the question, as they were given: text of a number, words of an option
    """

    answers = t.Dict(
        value_trait=t.Unicode(), key_trait=t.Unicode(), help="by name of the question, as they were given"
    ).tag(sync=True)

    def __init__(self, questions: str | Sequence[Number | Choice], **traits) -> None:
        self._questions, call = _chosen(questions)
        super().__init__(
            meta={
                "title": _TITLE,
                "key": questions if isinstance(questions, str) else ",".join(q.name for q in self._questions),
                "questions": [plain(question) for question in self._questions],
                **SETTINGS,
                "python": {"call": f"tcbf.widgets.Quiz({call})", "traits": ["answers"], "defaults": {"answers": {}}},
            },
            **traits,
        )

    @t.validate("answers")
    def _validate_answers(self, proposal):
        names = [question.name for question in self._questions]
        unknown = [name for name in proposal["value"] if name not in names]
        if unknown:
            raise t.TraitError(f"answers has the names {', '.join(unknown)}; this quiz asks {', '.join(names)}")
        return proposal["value"]

    @property
    def questions(self) -> tuple[Number | Choice, ...]:
        """The questions, in their order."""
        return self._questions

    # ---- what a page shows where no script runs, and on paper

    def panels(self) -> dict[str, Panel]:
        """Return nothing: a quiz has words only."""
        return {}

    def figure(self):
        """Draw the questions, for PDF and paper."""
        lines = _lines(self._questions)
        height = _LINE * (len(lines) + 1)
        figure = Figure(figsize=(WIDTH, height), dpi=DPI)
        for i, line in enumerate(lines):
            figure.text(0.0, 1 - (i + 1) * _LINE / height, line, color=NEUTRAL, fontsize=9.5)
        return figure

    def static_html(self) -> str:
        """Return the quiz as HTML that needs no kernel, no network and no other file."""
        return static.fragment(self.static_payload(), _poster(self._questions), self.alt_text())

    def alt_text(self) -> str:
        """Return what is asked, in one sentence."""
        count = len(self._questions)
        return f"{count} question{'s' if count != 1 else ''} to check yourself, {len(self.answers)} answered."


def plain(question: Number | Choice) -> dict:
    """Return a question as the view reads it."""
    common = {"name": question.name, "text": question.text, "because": question.because}
    common["mistakes"] = [[mistake.answer, mistake.hint] for mistake in question.mistakes]
    if isinstance(question, Choice):
        return common | {"options": question.lettered, "answer": question.right}
    numbers = {"unit": question.unit, "answer": question.answer, "within": question.within, "hint": question.hint}
    return common | numbers | {"signed": question.signed, "power": power_of_ten(question.unit)}


def _chosen(questions) -> tuple[tuple[Number | Choice, ...], str]:
    """The questions, and how they are named in a call of Python.

    >>> _chosen("cross_correlation")[1]
    "'cross_correlation'"
    """
    if isinstance(questions, str):
        return tuple(q for q in questions_of(questions) if q.by != "code"), repr(questions)
    chosen = tuple(questions)
    for question in chosen:
        if not isinstance(question, Number | Choice):
            kinds = "questions must be the name of a chapter, or be made of questions.Number and questions.Choice"
            raise TypeError(f"{kinds}, got {type(question).__name__}: {question!r}")
    if len({question.name for question in chosen}) < len(chosen):
        raise ValueError(f"questions must have names of their own, got {', '.join(q.name for q in chosen)}")
    return chosen, "questions"


def _lines(questions) -> list[str]:
    """Questions and options as lines of a page."""
    lines = []
    for i, question in enumerate(questions, start=1):
        lines += wrap(f"{i}.  {question.text}", _LETTERS_A_LINE, subsequent_indent="     ")
        if isinstance(question, Choice):
            for letter, option in question.lettered.items():
                lines += wrap(f"     {letter}   {option}", _LETTERS_A_LINE, subsequent_indent="         ")
        else:
            lines.append(f"     ____________ {question.unit}")
        lines.append("")
    return lines


def _poster(questions) -> str:
    """The questions as a list, until the view has painted, and where no script runs.

    As high as the view, whose style sheet comes with it: what stands below must not jump.
    """
    items = "".join(f'<li style="margin:0 0 24px;padding-left:4px">{_place(question)}</li>' for question in questions)
    head, foot = f'<div style="font-weight:600">{_TITLE}</div>', '<div style="height:90px"></div>'
    style = "max-width:880px;margin:8px 0 16px;padding:0 4px;line-height:1.5"
    return f'<div style="{style}">{head}<ol style="margin:8px 0 0;padding-left:1.75em">{items}</ol>{foot}</div>'


def _place(question) -> str:
    """A question with the place for its answer."""
    text = f'<div style="max-width:44em">{html.escape(question.text)}</div>'
    if not isinstance(question, Choice):
        return f'{text}<div style="height:34px;padding-top:4px">____________ {html.escape(question.unit)}</div>'
    lettered = question.lettered.items()
    options = "".join(
        f'<div style="min-height:32px;padding:4px 0">{letter}: {html.escape(option)}</div>'
        for letter, option in lettered
    )
    return f'{text}<div style="padding:4px 0 41px">{options}</div>'
