"""Checks of the book's exercises: ``tcbf.check.<exercise>(answer)`` says whether an answer is right, or gives a hint.

>>> import tcbf_widgets as tcbf
>>> tcbf.check.rim_displacement(60)
right: at the rim λ|k| is the semi-angle, so that the displacement is α Δf, and needs no wavelength
>>> tcbf.check.rim_displacement(120)
not yet: that is from rim to rim: twice the displacement of one rim
>>> print(tcbf.check.rim_displacement.text)
A beam of 4 mrad is 1.5 µm out of focus. How far is the image of a rim pixel displaced from the axial one?
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from .questions import Choice, Number

# in the order of the book; each is a module of `exercises`
CHAPTERS = (
    "phase_contrast",
    "reciprocity",
    "virtual_images",
    "cross_correlation",
    "aberration_fitting",
    "upsampling",
    "contrast_transfer",
    "own_data",
    "ptychography",
    "direct_ptychography",
    "depth",
    "crystallites",
)


def questions(chapter: str) -> tuple[Number | Choice, ...]:
    """Return the questions of a chapter, in their order.

    Raises
    ------
    ValueError for an unknown chapter
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"chapter must be one of {', '.join(map(repr, CHAPTERS))}, got {chapter!r}")
    return import_module(f".exercises.{chapter}", __package__).QUESTIONS


def _all() -> Iterator[Number | Choice]:
    """All questions, chapter by chapter: those after the one that is looked for are not imported."""
    for chapter in CHAPTERS:
        yield from questions(chapter)


def __getattr__(name: str):
    if not name.startswith("_"):
        for question in _all():
            if question.name == name:
                return question
    raise AttributeError(f"there is no exercise {name!r}; there are {', '.join(__dir__())}")


def __dir__() -> list[str]:
    return sorted(question.name for question in _all())
