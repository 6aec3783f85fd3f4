"""Compressed counts are unpacked in processes: the same stack, and whatever happens no process is left."""

import os
import signal
import subprocess
import sys

import h5py
import numpy as np
import psutil
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import blocks, worker_processes
from tcbf_widgets.worker_processes import started
from tests.started_processes import left_since, running, started_since

CALIBRATION = {"energy": 300e3, "scan_sampling": 10.0, "reciprocal_sampling": 0.01}
ROW = 5 * 24 * 24 * 2  # bytes


def packed(folder, dtype=np.uint16, **storage):
    """A scan of 24 rows in an HDF5 file, in chunks of two rows."""
    y, x = np.indices((24, 24))
    disk = np.hypot(y - 11.5, x - 12) < 7
    counts = np.random.default_rng(0).poisson(0.1 + 4 * disk, (24, 5, 24, 24)).astype(dtype)
    with h5py.File(folder / "scan.h5", "w") as file:
        file.create_dataset("counts", data=counts, chunks=(2, 5, 24, 24), **({"compression": "gzip"} | storage))
    return counts


def opened(folder):
    return tcbf.open(folder / "scan.h5", **CALIBRATION)


@pytest.fixture
def eager(monkeypatch):
    """Processes for the smallest scan; what was started is listed when one is asked for its first rows."""
    monkeypatch.setattr(worker_processes, "_LEAST", 0)
    monkeypatch.setattr(worker_processes, "_START", -1)
    monkeypatch.setattr(blocks, "_BEST", 2 * ROW)
    before, seen = running(), []
    finished = blocks._finished
    monkeypatch.setattr(blocks, "_finished", lambda *given: seen.append(started_since(before)) or finished(*given))
    yield seen
    assert not left_since(before)


def test_the_stack_is_the_same(tmp_path, eager):
    counts = packed(tmp_path)
    found = tcbf.bright_field_stack(opened(tmp_path))
    assert eager[-1]
    expected = tcbf.bright_field_stack(tcbf.FourDSTEM(counts, **CALIBRATION))
    assert np.array_equal(found.images, expected.images)
    assert np.array_equal(found.disk.mean_pattern, expected.disk.mean_pattern)


def test_an_error_in_a_process_reaches_the_caller(tmp_path, eager):
    counts = packed(tmp_path, np.float32)
    with h5py.File(tmp_path / "scan.h5", "r+") as file:
        counts[17, 2, 3, 4] = np.nan
        file["counts"][:] = counts
    with pytest.raises(ValueError, match="array must hold finite counts, got 1 NaN"):
        list(blocks.mapped(opened(tmp_path), np.array_equal))
    assert eager[-1]


def test_who_stops_asking_ends_the_processes(tmp_path, eager):
    packed(tmp_path)
    work = blocks.mapped(opened(tmp_path), np.array_equal)
    assert next(work)[0] == slice(0, 2)
    assert eager[-1]
    work.close()


def program(folder, how):
    """A program in a session of its own that works on the scan in the folder, slowly."""
    (folder / "slow.py").write_text("import time\ndef work(rows, block):\n    time.sleep(0.5)\n")
    (folder / "main.py").write_text(
        "import signal, sys, slow, tcbf_widgets as tcbf\n"
        "from tcbf_widgets import blocks, worker_processes\n"
        # what a shell runs in the background is deaf to Ctrl+C, and so is all that it starts
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"blocks._BEST, worker_processes._LEAST = 1, {0 if how == 'processes' else 2**40}\n"
        "worker_processes._START = -1\n"
        f"data = tcbf.open('scan.h5', **{CALIBRATION})\n"
        "for rows, _ in blocks.mapped(data, slow.work):\n"
        "    print(rows.start, flush=True)\n"
    )
    return subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("how", ["threads", "processes", "processes, killed"])
def test_ctrl_c_ends_everything_and_so_does_who_kills_the_program(tmp_path, how):
    packed(tmp_path)
    with program(tmp_path, how.split(",")[0]) as process:
        assert process.stdout.readline() == "0\n"
        family = psutil.Process(process.pid).children(recursive=True)
        assert bool(family) == (how != "threads")
        if "killed" in how:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all processes
        output, errors = process.communicate(timeout=60)
    assert "killed" in how or "\nKeyboardInterrupt" in errors  # after which loky may have a word
    assert len(output.split()) < 8  # far from the last of the pieces
    _, alive = psutil.wait_procs(family, timeout=20)
    assert not alive


def elsewhere(array, work=np.sum, count=2):
    with started(array, work, count, slice(0, 1)) as found:
        return found is not None


def test_threads_do_what_processes_would_not_win_by(tmp_path, eager, monkeypatch):
    packed(tmp_path)
    array = opened(tmp_path).array
    assert not elsewhere(array, count=1)
    assert not elsewhere(array, work=lambda rows, block: None)  # cannot travel
    monkeypatch.setattr(worker_processes, "_START", 1e3)
    assert not elsewhere(array)
    monkeypatch.setattr(worker_processes, "_START", -1)
    monkeypatch.setattr(worker_processes, "_LEAST", 2**40)
    assert not elsewhere(array)
    monkeypatch.setattr(worker_processes, "_LEAST", 0)
    monkeypatch.setattr(worker_processes, "find_spec", lambda name: None)  # loky is not installed
    assert not elsewhere(array)


def test_threads_read_what_is_not_compressed(tmp_path, eager):
    counts = packed(tmp_path, compression=None)
    assert not elsewhere(opened(tmp_path).array)
    assert not elsewhere(counts)


def starts(pieces):
    return [piece.start for piece in pieces]


def test_pieces_are_whole_chunks(tmp_path):
    packed(tmp_path)
    data = opened(tmp_path)
    row = data.array[0].nbytes
    some = blocks.row_pieces(data, 5 * row * blocks._COPIES * blocks._MOST)
    assert starts(some) == list(range(0, 24, 4))
    # fewer in work at once, before chunks are torn apart
    assert starts(blocks.row_pieces(data, 2 * row * blocks._COPIES)) == list(range(0, 24, 2))
    assert blocks.in_work(data, 2 * row * blocks._COPIES) == 1
    with pytest.warns(UserWarning, match="chunks of the file need, which hold 2 rows of the scan: each is unp"):
        assert len(blocks.row_pieces(data, 1.5 * row * blocks._COPIES)) == 24


@pytest.mark.parametrize("frames, rows", [(10, 2), (15, 3), (4, 1), (8, 8)])
def test_pieces_of_frames_in_a_row_are_whole_chunks(tmp_path, frames, rows):
    counts = packed(tmp_path)
    with h5py.File(tmp_path / "frames.h5", "w") as file:
        file.create_dataset("counts", data=counts.reshape(-1, 24, 24), chunks=(frames, 24, 24), compression="lzf")
    data = tcbf.open(tmp_path / "frames.h5", scan_shape=(24, 5), **CALIBRATION)
    little = blocks.row_pieces(data, rows * data.array[0].nbytes * blocks._COPIES)
    assert starts(little) == list(range(0, 24, rows))
    # and of the coarser detector that is made of it
    assert blocks.rows_of_chunks(tcbf.bin_detector(data, 2)) == rows
