"""Questions whose answers can be checked: in Python, in the quiz of a page, and when an assignment is graded.

A question knows its answer, what is near enough, and the wrong answers that people give, each with a hint that leads on
and does not give the answer away. So the checks of `tcbf.check`, the widget Quiz, the assignments and the instructor's
notes all say the same.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass

NEAR = 0.02  # of a wrong answer: as near to it as this, it is the one that was meant
POWERS = (-10, -9, -7, -6, -4, -3, -2, -1, 1, 2, 3, 4, 6, 7, 9, 10)  # of ten, by which units are confused
LETTERS = "abcdefgh"  # of the options of a choice
KINDS = ("hand", "slider", "code")  # by which a question is answered
SIGN = "the size is right; think about the sign again"
NOT_FINITE = "this is no number that could be right: was something divided by zero?"
ROUNDED = "rounded like this it may be right: one digit more, please"
ROUNDED_BY = 0.12  # of the answer, at most: what is rounded further may as well be another number


def power_of_ten(unit: str) -> str:
    """Return what is said to an answer whose digits are right."""
    wanted = f"in {unit}" if unit else "without a unit"
    return f"the digits are right, and the power of ten is not: the answer is wanted {wanted}"


@dataclass(frozen=True)
class Verdict:
    """What a check says. True if the answer is right, and shown as a sentence.

    right : whether it is
    text : what makes it right, or a hint
    """

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return f"{'right' if self.right else 'not yet'}: {self.text}"


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that is plausible, and a hint for who gives it.

    answer : number in the unit of the question, or words of a choice
    hint : a sentence or two
    """

    answer: float | str
    hint: str


@dataclass(frozen=True)
class Number:
    """A question that a number answers.

    name : of the check, a Python name
    text : the question, to be read without its page
    unit : of the answer; empty for a pure number
    solve : computes the answer, which is not 0
    within : what is near enough, as a share of the answer
    mistakes : wrong answers with their hints
    hint : for any other wrong answer
    because : what is said to a right one
    by : how it is answered: "hand", "slider" (of the page's figures), or "code", which no quiz asks
    signed : whether the sign counts; where it does not, either is right
    """

    name: str
    text: str
    unit: str
    solve: Callable[[], float]
    within: float
    mistakes: tuple[Mistake, ...]
    hint: str
    because: str
    by: str = "hand"
    signed: bool = True

    def __post_init__(self) -> None:
        _check(self)
        if not 0 < self.within < 1:
            raise ValueError(f"within must be a share of the answer between 0 and 1, got {self.within!r}")

    @property
    def answer(self) -> float:
        """The right answer, in the unit of the question.

        Raises
        ------
        ValueError if it is 0, of which nothing is a share, or no finite number
        """
        answer = float(self.solve())
        if answer == 0 or not math.isfinite(answer):
            raise ValueError(
                f"solve of the question {self.name!r} must return a finite number other than 0, got {answer}"
            )
        return answer

    def __call__(self, answer) -> Verdict:
        """Check an answer: one number, in the unit of the question.

        Raises
        ------
        TypeError if it is not a number
        """
        return self.verdict(_one_number(answer, self.unit))

    def verdict(self, value: float) -> Verdict:
        """Return what is said to a number; the same as verdictOnNumber in shared/quiz_verdict.js."""
        right = self.answer
        if not self.signed:
            value = math.copysign(value, right)
        if _is_near(value, right, self.within):
            return Verdict(True, self.because)
        if not math.isfinite(value):
            return Verdict(False, NOT_FINITE)
        for mistake in self.mistakes:
            if _is_near(value, mistake.answer, NEAR):
                return Verdict(False, mistake.hint)
        if _is_rounded(value, right):
            return Verdict(False, ROUNDED)
        if _is_near(-value, right, self.within):
            return Verdict(False, SIGN)
        if any(_is_near(value, right * 10.0**power, self.within) for power in POWERS):
            return Verdict(False, power_of_ten(self.unit))
        return Verdict(False, self.hint)


@dataclass(frozen=True)
class Choice:
    """A question that one of some sentences answers.

    name, text, because, by : as in `Number`; what needs thinking only is answered by "hand", too
    right : the right one
    mistakes : the others, each with its hint
    """

    name: str
    text: str
    right: str
    mistakes: tuple[Mistake, ...]
    because: str
    by: str = "hand"

    def __post_init__(self) -> None:
        _check(self)
        answers = [self.right, *(mistake.answer for mistake in self.mistakes)]
        if not 2 <= len(set(answers)) == len(answers) <= len(LETTERS):
            raise ValueError(f"right and mistakes must be 2 to {len(LETTERS)} different answers, got {answers}")

    @property
    def answer(self) -> str:
        """The right answer."""
        return self.right

    @property
    def options(self) -> tuple[str, ...]:
        """All answers, in an order that depends on their words alone."""
        return tuple(sorted((self.right, *(mistake.answer for mistake in self.mistakes)), key=_shuffled))

    @property
    def lettered(self) -> dict[str, str]:
        """Letter -> option, in the order in which they are shown."""
        return dict(zip(LETTERS, self.options, strict=False))

    def __call__(self, answer) -> Verdict:
        """Check an answer: the words of one of the options, or its letter.

        Raises
        ------
        ValueError if it is none of them
        """
        chosen = str(answer).strip()
        chosen = self.lettered.get(chosen.lower(), chosen)
        if chosen == self.right:
            return Verdict(True, self.because)
        for mistake in self.mistakes:
            if chosen == mistake.answer:
                return Verdict(False, mistake.hint)
        listed = "; ".join(f"{letter}: {option}" for letter, option in self.lettered.items())
        raise ValueError(f"answer must be one of the letters or sentences of {listed}; got {answer!r}")


def _check(question: Number | Choice) -> None:
    if not question.name.isidentifier():
        raise ValueError(f"name must be a name in Python, such as 'rim_displacement', got {question.name!r}")
    if question.by not in KINDS:
        raise ValueError(f"by must be one of {', '.join(map(repr, KINDS))}, got {question.by!r}")


def _one_number(answer, unit: str) -> float:
    one = answer.item() if hasattr(answer, "item") and getattr(answer, "size", 0) == 1 else answer
    if isinstance(one, bool) or not isinstance(one, numbers.Real):
        wanted = f" in {unit}" if unit else ""
        raise TypeError(f"answer must be one number{wanted}, got {type(answer).__name__}: {answer!r}")
    return float(one)


def _is_near(value: float, wanted: float, within: float) -> bool:
    return math.isfinite(value) and abs(value - wanted) <= within * abs(wanted)


def _is_rounded(value: float, right: float) -> bool:
    """Whether a value is the right one, rounded to one or two digits.

    >>> [_is_rounded(value, 12.55) for value in (13, 12.6, 12, 10)]
    [True, False, False, False]
    """
    highest = math.floor(math.log10(abs(right)))
    apart = abs(value - right)
    return apart <= ROUNDED_BY * abs(right) and any(
        apart <= 0.5 * unit and abs(value / unit - round(value / unit)) < 1e-9
        for unit in (10.0**highest, 10.0 ** (highest - 1))
    )


def _shuffled(words: str) -> int:
    """A number that looks random and is always the same for the same words."""
    number = 0
    for letter in words:
        number = (number * 131 + ord(letter)) % 1_000_003
    return number * 7919 % 1_000_003
