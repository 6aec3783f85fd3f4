"""Damaged files of every format: refused in a sentence, or opened with the shape that they have; none ends the program.

`benchmarks/fuzz_readers.py` does the same with thousands of cases; what it found is tested in test_damaged_files.py.
"""

import itertools
import os
import signal
import threading
import time

import numpy as np
import pytest

from tcbf_widgets.readers import rehearsal
from tests.damaged_files import Outcome, damaged_case, outcome
from tests.watched import watched
from tests.whole_files import FORMATS, whole_files

CASES = 25
SEED = 3


@pytest.fixture(autouse=True)
def _impatience(monkeypatch):
    """One second instead of three for what never ends: files are small here."""
    monkeypatch.setattr(rehearsal, "_PROCESSOR", 1)


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_are_refused_or_have_their_shape(tmp_path, name):
    for opened in FORMATS[name].opened:
        assert outcome(name, whole_files(name), opened, tmp_path) == Outcome("opened")

    def tried(number):
        folder = tmp_path / str(number)
        folder.mkdir()
        files, opened, _ = damaged_case(name, SEED, number)
        return outcome(name, files, opened, folder)

    for number, found, ended in watched(tried, range(CASES)):
        assert ended is None, f"case {number} {ended}"
        assert found.kind != "failed", f"case {number}: {found.what}\n{found.detail}"


def test_work_that_ends_its_process_is_told_and_other_work_is_not():
    assert rehearsal.fails(lambda: os.kill(os.getpid(), signal.SIGSEGV)) == "crashes on it"
    assert rehearsal.fails(lambda: 1 / 0) == ""
    assert rehearsal.fails(lambda: time.sleep(0.01)) == ""


def test_work_that_waits_is_given_up_and_work_that_never_ends_is_not(monkeypatch):
    monkeypatch.setattr(rehearsal, "_CLOCK", 0.8)  # less than the second of work that is allowed
    monkeypatch.setattr(rehearsal, "_LITTLE", 0.01)
    assert rehearsal.fails(lambda: time.sleep(60)) == ""
    found = []
    asking = threading.Thread(target=lambda: found.append(rehearsal.fails(lambda: sum(itertools.count()))))
    asking.start()
    asking.join()
    assert found == ["does not come to an end with it"]


def test_watched_work_goes_on_after_crashes_and_hangs():
    def work(item):
        if item == 1:
            os.kill(os.getpid(), signal.SIGSEGV)
        if item == 3:
            time.sleep(60)
        return 10 * item

    found = list(watched(work, range(5), hang=3))
    signalled = "ends with signal 11"
    assert found == [(0, 0, None), (1, None, signalled), (2, 20, None), (3, None, "hangs"), (4, 40, None)]


def test_watched_work_has_little_memory():
    ((_, found, ended),) = watched(lambda size: _outgrows(size), [2**30])
    assert (found, ended) == (True, None)


def _outgrows(size):
    try:
        np.ones(size, np.uint8)
    except MemoryError:
        return True
    return False
