"""Finished stages are kept, found again by whoever asks for the same, and never believed when damaged."""

import os
import time

import numpy as np
import pytest

from tcbf_widgets import checkpoints
from tcbf_widgets.checkpoints import Checkpoints, file_identity


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "reconstruct"


def kept(*key):
    saved = Checkpoints(*key)
    saved.save("stack", {"images": np.arange(6000, dtype=np.float32).reshape(10, 20, 30)}, {"bin": 2, "names": ["a"]})
    return saved


def test_a_stage_comes_back_as_it_was_to_whoever_asks_for_the_same():
    kept("file", 1)
    arrays, facts = Checkpoints("file", 1).load("stack")
    assert list(arrays) == ["images"]
    assert arrays["images"].dtype == np.float32
    np.testing.assert_array_equal(arrays["images"].ravel(), np.arange(6000))
    assert facts == {"bin": 2, "names": ["a"]}


def test_another_stage_key_or_version_has_none(monkeypatch):
    kept("file", 1)
    assert Checkpoints("file", 1).load("alignment") is None
    assert Checkpoints("file", 2).load("stack") is None
    monkeypatch.setattr(checkpoints, "_version", lambda: "other code")
    assert Checkpoints("file", 1).load("stack") is None


@pytest.mark.parametrize("place", [10, 3000, -200, -5])
def test_a_damaged_stage_counts_as_none_and_goes(cache, place):
    saved = kept("file")
    (path,) = cache.glob("*/stack.npz")
    content = bytearray(path.read_bytes())
    content[place] ^= 0x10
    path.write_bytes(content)
    found = saved.load("stack")
    if found is not None:  # a bit of the archive's own, such as a date, that says nothing about the content
        np.testing.assert_array_equal(found[0]["images"].ravel(), np.arange(6000))
    else:
        assert not path.exists()


@pytest.mark.parametrize("length", [0, 1, 100, 20_000])
def test_a_stage_that_is_cut_off_counts_as_none(cache, length):
    saved = kept("file")
    (path,) = cache.glob("*/stack.npz")
    path.write_bytes(path.read_bytes()[:length])
    assert saved.load("stack") is None


def test_nothing_is_left_once_the_work_is_complete(cache):
    saved = kept("file")
    saved.clear()
    assert list(cache.iterdir()) == []
    saved.clear()


def test_a_stage_that_cannot_be_written_is_missed_and_no_more(cache, monkeypatch):
    monkeypatch.setattr(np, "savez", lambda *_, **__: (_ for _ in ()).throw(OSError("No space left on device")))
    with pytest.warns(UserWarning, match="'stack' could not be kept: No space left"):
        kept("file")
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_stages_nobody_came_back_for_are_removed_and_nothing_else(cache):
    kept("old")
    (old,) = cache.iterdir()
    month_ago = time.time() - 31 * 24 * 3600
    os.utime(old, (month_ago, month_ago))
    other = cache / "notes of the user"
    other.mkdir()
    os.utime(other, (month_ago, month_ago))
    kept("new")
    assert not old.exists()
    assert other.exists()
    assert Checkpoints("new").load("stack") is not None


def test_the_identity_of_a_file_is_that_of_its_name_size_time_and_ends(tmp_path):
    path = tmp_path / "scan.raw"
    path.write_bytes(bytes(300_000))
    os.utime(path, ns=(10**18, 10**18))
    first = file_identity([path])
    assert file_identity([path]) == first
    assert len(first) == 64
    seen = {first}
    for change in ("first", "last", "longer", "later", "renamed"):
        content = bytearray(300_001 if change == "longer" else 300_000)
        content[{"first": 0, "last": -1}.get(change, 5)] = change in ("first", "last")
        target = tmp_path / ("other.raw" if change == "renamed" else "scan.raw")
        target.write_bytes(content)
        moment = 10**18 + (change == "later")
        os.utime(target, ns=(moment, moment))
        seen.add(file_identity([target]))
    assert len(seen) == 6
