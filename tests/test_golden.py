"""views.json, which the tests of the JavaScript read, holds what Python says today."""

import json

import pytest

from tests.golden.__main__ import TARGET, golden

# other versions of numpy and of its Fourier transforms round otherwise, which differences of large numbers magnify
REL, ABS = 1e-6, 1e-9


def leaves(value, path=""):
    """(path, number or text) of everything in nested lists and dicts."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield path, value
        return
    for name, item in items:
        yield from leaves(item, f"{path}/{name}")


def test_the_golden_numbers_are_those_of_python():
    kept, made = (dict(leaves(cases)) for cases in (json.loads(TARGET.read_text()), json.loads(json.dumps(golden()))))
    assert kept.keys() == made.keys()
    other = {
        path: (kept[path], value)
        for path, value in made.items()
        if kept[path] != value and not (isinstance(value, float | int) and kept[path] == pytest.approx(value, REL, ABS))
    }
    assert other == {}, "run `python -m tests.golden`, and look at what changed"
