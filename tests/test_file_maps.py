"""Memory maps that are read as files: the same counts, and no others."""

import os

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.file_maps import read_as_file
from tcbf_widgets.scan_array import ScanArray, rows_of

COUNTS = np.random.default_rng(0).integers(0, 60_000, (6, 5, 4, 3)).astype(np.uint16)


@pytest.fixture
def mapped(tmp_path):
    """COUNTS in a file that begins with some other bytes."""
    path = tmp_path / "counts.raw"
    path.write_bytes(bytes(300) + COUNTS.tobytes())
    return np.memmap(path, np.uint16, "r", 300, COUNTS.shape)


@pytest.mark.parametrize("rows", [slice(0, 6), slice(2, 3), slice(4, 6)])
def test_rows_are_those_of_the_map_in_memory_of_their_own(mapped, rows):
    read = read_as_file(mapped[rows])
    assert np.array_equal(read, COUNTS[rows])
    assert not np.shares_memory(read, mapped)
    assert not np.shares_memory(rows_of(mapped, rows), mapped)
    frames = ScanArray(mapped.reshape(30, 4, 3), (6, 5))
    assert np.array_equal(rows_of(frames, rows), COUNTS[rows])
    assert not np.shares_memory(rows_of(frames, rows), mapped)


@pytest.mark.parametrize("turned", [np.s_[::-1], np.s_[:, ::-1], np.s_[:, :, ::-1, ::-1]])
def test_axes_may_run_backwards(mapped, turned):
    """As those of a detector that writes its frames from the bottom up."""
    for rows in (slice(0, 6), slice(2, 5)):
        read = read_as_file(mapped[rows][turned].swapaxes(2, 3))
        assert np.array_equal(read, COUNTS[rows][turned].swapaxes(2, 3))
        assert not np.shares_memory(read, mapped)


def test_a_crop_by_index_reads_nothing_else(mapped):
    frames = ScanArray(mapped.reshape(30, 4, 3), (6, 5))
    assert np.shares_memory(frames[:, :, 1:3, 1:3], mapped)


def test_frames_with_lines_or_headers_between_them(mapped, tmp_path):
    lines = mapped.reshape(6, 5, 12)[:, :, :10]  # as an EMPAD writes two after each frame
    assert np.array_equal(read_as_file(lines[1:]), COUNTS.reshape(6, 5, 12)[1:, :, :10])
    layout = np.dtype([("header", "S7"), ("frame", np.uint16, (4, 3))])
    path = tmp_path / "records.raw"
    records = np.zeros(30, layout)
    records["frame"] = COUNTS.reshape(30, 4, 3)
    path.write_bytes(records.tobytes())
    frames = np.memmap(path, layout, "r")["frame"]
    assert np.array_equal(read_as_file(frames[7:12]), records["frame"][7:12])


def test_what_is_no_view_of_a_file_is_left_to_numpy(mapped, tmp_path):
    assert read_as_file(COUNTS) is None
    assert read_as_file(mapped[::2]) is None  # about as many bytes between them
    assert read_as_file(mapped[3:3]) is None
    assert read_as_file(np.asarray(mapped[0, 0, 0, 0])) is None
    assert read_as_file(mapped[:, :1, :1, :1]) is None  # few bytes of many
    private = np.memmap(mapped.filename, np.uint16, "c", 300, COUNTS.shape)
    private[:] = 0
    assert read_as_file(private) is None
    assert np.array_equal(rows_of(mapped, slice(3, 3)), COUNTS[3:3])


def test_a_file_that_took_the_place_of_the_mapped_one_is_not_read(mapped):
    other = f"{mapped.filename}.new"
    with open(other, "wb") as file:
        file.write(bytes(300) + COUNTS[:1].tobytes() + (COUNTS[1:] + 1).tobytes())
    os.replace(other, mapped.filename)
    assert np.array_equal(rows_of(mapped, slice(0, 6)), COUNTS)


def test_replaced_after_the_first_rows_the_mapped_file_is_read_on(mapped):
    assert np.array_equal(rows_of(mapped, slice(0, 1)), COUNTS[:1])
    os.replace(mapped.filename, f"{mapped.filename}.old")
    with open(mapped.filename, "wb") as file:
        file.write(bytes(300) + (COUNTS + 1).tobytes())
    assert np.array_equal(rows_of(mapped, slice(1, 6)), COUNTS[1:])


@pytest.mark.parametrize("read_before", [True, False])
@pytest.mark.parametrize("flip", [None, "y"])
def test_a_file_that_is_cut_off_while_it_is_open_is_named(tmp_path, read_before, flip):
    path = tmp_path / "counts.npy"
    np.save(path, COUNTS)
    data = tcbf.open(path, energy=300e3, scan_sampling=10, reciprocal_sampling=0.01, flip=flip)
    if read_before:
        assert np.array_equal(rows_of(data.array, slice(0, 1)), COUNTS[:1, :, :: -1 if flip else 1])
    os.truncate(path, 400)
    with pytest.raises(ValueError, match=r"counts\.npy is not a whole \.npy file \(it was cut off after it was opened"):
        rows_of(data.array, slice(5, 6))


def test_its_file_is_closed_with_the_map(tmp_path):
    path = tmp_path / "counts.npy"
    np.save(path, COUNTS)
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    array = np.load(path, mmap_mode="r")
    rows_of(array, slice(0, 2))
    del array
    if before is not None:
        assert set(os.listdir("/proc/self/fd")) <= before
