"""Pieces of a scan: all of it, once, in order, and no more at once than memory allows."""

import threading

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import blocks, memory

CALIBRATION = {"energy": 300e3, "scan_sampling": 10.0, "reciprocal_sampling": 0.01}


def scan(shape=(9, 4, 6, 6)):
    return tcbf.FourDSTEM(np.random.default_rng(0).poisson(3.0, shape).astype(np.uint8), **CALIBRATION)


def least(data, rows=1):
    """Memory that is enough for pieces of so many rows."""
    return rows * data.array[0].nbytes * blocks._COPIES * (blocks.WORKERS + 1)


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_pieces_are_the_whole_scan_in_order(rows):
    data = scan()
    pieces = list(blocks.mapped(data, lambda rows, block: block.copy(), memory=least(data, rows)))
    assert [piece.stop - piece.start for piece, _ in pieces] == [rows] * (9 // rows) + [9 % rows] * (9 % rows > 0)
    assert np.array_equal(np.concatenate([block for _, block in pieces]), data.array)


def test_a_row_that_does_not_fit_is_named_before_any_work():
    data = scan()
    little = blocks._COPIES * data.array[0].nbytes - 1
    work = blocks.mapped(data, lambda rows, block: pytest.fail("began to work"), memory=little)
    with pytest.raises(ValueError, match="is too little: one row of the scan takes 144 bytes"):
        next(work)


def test_only_a_few_pieces_are_ever_in_work():
    data, running, most = scan((40, 4, 6, 6)), [], []
    lock = threading.Lock()

    def work(rows, block):
        with lock:
            running.append(rows.start)
            most.append(len(running))
        return rows.start

    for _, start in blocks.mapped(data, work, memory=least(data)):
        with lock:
            running.remove(start)
    assert len(most) == 40
    assert max(most) <= blocks.WORKERS + 1


def test_who_stops_asking_ends_the_work():
    data, done = scan((40, 4, 6, 6)), []
    work = blocks.mapped(data, lambda rows, block: done.append(rows.start), memory=least(data))
    next(work)
    work.close()
    assert len(done) <= 2 * blocks.WORKERS + 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tcbf-blocks")]


def test_an_error_of_the_work_reaches_the_caller():
    def work(rows, block):
        if rows.start == 3:
            raise ZeroDivisionError
        return rows.start

    data, seen = scan(), []
    with pytest.raises(ZeroDivisionError):
        seen.extend(start for _, start in blocks.mapped(data, work, memory=least(data)))


def test_bad_counts_are_named(tmp_path):
    raw = np.lib.format.open_memmap(tmp_path / "bad.npy", "w+", np.float32, (9, 4, 6, 6))
    raw[:] = 1
    raw[7, 1, 2, 3] = np.nan
    raw.flush()
    data = tcbf.open(tmp_path / "bad.npy", **CALIBRATION)
    with pytest.raises(ValueError, match="array must hold finite counts, got 1 NaN"):
        list(blocks.mapped(data, lambda rows, block: None, memory=least(data)))


@pytest.mark.parametrize("mode", ["r", "c", "r+"])
def test_what_was_written_into_a_map_is_not_lost(tmp_path, mode):
    original = scan((8, 64, 32, 32)).array
    np.save(tmp_path / "scan.npy", original)
    array = np.load(tmp_path / "scan.npy", mmap_mode=mode)
    if mode != "r":
        array[3] = 200  # what was written into a map for writing must not be lost
    data = tcbf.FourDSTEM(array, **CALIBRATION)
    list(blocks.mapped(data, lambda rows, block: block.sum(), memory=least(data)))
    expected = original.copy()
    if mode != "r":
        expected[3] = 200
    assert np.array_equal(array, expected)


@pytest.mark.parametrize("value", [0, -1, "much", np.nan])
def test_memory_must_be_a_number_of_bytes(value):
    with pytest.raises(ValueError, match="memory must be a number > 0"):
        memory.budget(value)


@pytest.mark.parametrize("compression", [None, "gzip"])
def test_damage_far_into_a_file_names_it(tmp_path, compression):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        stored = file.create_dataset(
            "scan", data=scan((8, 16, 32, 32)).array, chunks=(1, 16, 32, 32), compression=compression, fletcher32=True
        )
        place = stored.id.get_chunk_info(6)
    with open(path, "r+b") as file:
        file.seek(place.byte_offset + place.size // 2)
        file.write(b"\xff\x00\xff")
    data = tcbf.open(path, **CALIBRATION)
    with pytest.raises(ValueError, match=r"scan.h5 is not a whole HDF5 file"):
        list(blocks.mapped(data, lambda rows, block: block.sum(), memory=least(data)))
