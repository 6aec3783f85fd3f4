"""Figures beside a task: shown where widgets are to be had, and never in the way of the work."""

from __future__ import annotations

import os

from . import widgets


def show(name: str, *arguments, **traits):
    """Return a widget to look at; where it cannot be made, say so and go on.

    Assignments show their figures with this, so that a notebook runs from end to end, and is graded, also in an
    environment in which widgets are missing or broken. While nbgrader grades, nobody looks, and no figure is made.

    Parameters
    ----------
    name : of a class in `tcbf.widgets`, such as "ShiftField"
    arguments, traits : what the class is called with. A function among the arguments is called to make one, and only if
        the figure is made: for what takes long, ``tcbf.show("AlignmentMovie", lambda: tcbf.align(stack))``

    Returns
    -------
    the widget, or None: in grading, or after a sentence is printed that says what is missing or broken

    Raises
    ------
    AttributeError for a name that no widget has; whatever a function among the arguments raises
    """
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        return None
    if name not in dir(widgets):
        raise AttributeError(f"there is no widget {name!r}; there are {', '.join(dir(widgets))}")
    # a broken environment raises anything: a package of another version may lack a name that is asked of it
    try:
        widget = getattr(widgets, name)
    except Exception as error:
        return _not_shown(name, error)
    # theirs are not errors of the figure
    arguments = [argument() if callable(argument) else argument for argument in arguments]
    try:
        return widget(*arguments, **traits)
    except Exception as error:
        return _not_shown(name, error)


def _not_shown(name: str, error: Exception) -> None:
    """Say so, and why."""
    reason = f"{type(error).__name__}: {error}"
    print(f"The figure {name} cannot be shown here ({reason}). No task needs it, and the book has it, too.")
