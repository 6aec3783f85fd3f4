"""What is said to answers, right and wrong in every way that is told apart."""

from __future__ import annotations

from tcbf_widgets.questions import Choice, Mistake, Number
from tcbf_widgets.widgets.quiz import SETTINGS, plain

FOCUS = Number(
    name="focus",
    text="How far out of focus?",
    unit="Å",
    solve=lambda: -15_000.0,
    within=0.02,
    mistakes=(Mistake(-30_000.0, "twice as far"), Mistake(15_000.0, "under, not over"), Mistake(0.0, "not in focus")),
    hint="look again",
    because="as it should be",
)
RATIO = Number("ratio", "How many?", "", lambda: 0.37, 0.05, (Mistake(0.74, "half of it"),), "count", "counted")
SIZE = Number("size", "How large?", "nm", lambda: -375.0, 0.02, (Mistake(-750.0, "half"),), "halve", "so", signed=False)
LETTER = Choice("letter", "Which?", "one", (Mistake("two", "too many"), Mistake("none", "too few")), "just one")


def quiz_cases() -> dict:
    """Return questions as the view reads them, with answers and their verdicts."""
    cases = [
        (FOCUS, -15_000.0 * factor) for factor in (1, 1.019, 1.021, 2, 2.03, 2.1, -1, -1.03, 0, 1e-4, 1e3, 0.7, 1e-10)
    ]
    cases += [(RATIO, 0.37 * factor) for factor in (1, 0.951, 0.949, 2, -1, -1.06, 0.1, 1e8, 3.3)]
    cases += [(RATIO, value) for value in (0.4, 0.34, 0.3, 0.04)]
    cases += [(SIZE, value) for value in (375.0, -375.0, 750.0, -750.0, 3.75, 400.0, 0.0)]
    cases += [(LETTER, option) for option in LETTER.options]
    return {
        "settings": SETTINGS,
        "questions": [plain(question) for question in (FOCUS, RATIO, SIZE, LETTER)],
        "answers": [{"name": q.name, "answer": answer, "said": repr(q(answer))} for q, answer in cases],
    }
