"""Arrays of files are found again by their description; those in memory have none."""

import h5py
import numpy as np
import pytest

from tcbf_widgets.scan_array import ScanArray
from tcbf_widgets.stored_arrays import description, restored

COUNTS = np.arange(5 * 4 * 6 * 7, dtype=np.uint16).reshape(5, 4, 6, 7)


def mapped(folder, offset=0):
    """A map of counts that begin at some byte of a file."""
    path = folder / "counts.raw"
    path.write_bytes(bytes(offset) + COUNTS.tobytes())
    return np.memmap(path, COUNTS.dtype, "r", offset, COUNTS.shape)


# a map begins at a page, which has 4096 bytes or more
@pytest.mark.parametrize("offset", [0, 10, 4096, 70_000])
@pytest.mark.parametrize(
    "view",
    [
        lambda array: array,
        lambda array: array[2],
        lambda array: array[1:-1, ::2, ::-1, 3:],
        lambda array: array[:, :, ::-1, ::-1].swapaxes(2, 3),
        lambda array: np.asarray(array)[1:],
        lambda array: array.view(">u2").reshape(20, 42),
        lambda array: array[3:3],
        lambda array: np.broadcast_to(array[0], array.shape),
    ],
)
def test_views_of_maps_are_found_again(tmp_path, offset, view):
    array = view(mapped(tmp_path, offset))
    found = restored(description(array))
    assert (found.dtype, found.shape, found.strides) == (array.dtype, array.shape, array.strides)
    assert np.array_equal(found, array)
    assert not found.flags.writeable


def test_fields_of_records_are_found_again(tmp_path):
    stored = np.zeros(20, [("header", "V3"), ("counts", "<u2", (6, 7))])
    stored["counts"] = COUNTS.reshape(20, 6, 7)
    np.save(tmp_path / "scan.npy", stored)
    array = np.load(tmp_path / "scan.npy", mmap_mode="r")["counts"]
    assert np.array_equal(restored(description(array)), stored["counts"])


def test_what_is_made_of_files_is_found_again(tmp_path):
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["deep/er"] = COUNTS
    array = ScanArray(h5py.File(tmp_path / "scan.h5", "r")["deep/er"], (5, 4), (True, False), True, bin=2)
    text = description(array)
    assert len(text) < 1000
    assert np.array_equal(restored(text), array)


def test_what_only_memory_holds_has_no_description(tmp_path):
    changed = np.memmap(mapped(tmp_path).filename, COUNTS.dtype, "c", shape=COUNTS.shape)
    file = h5py.File("never.h5", "w", driver="core", backing_store=False)
    for array in (COUNTS, changed, ScanArray(COUNTS, (5, 4)), file.create_dataset("data", data=COUNTS)):
        assert description(array) is None


def test_a_file_that_is_not_there_is_named(tmp_path):
    text = description(mapped(tmp_path))
    (tmp_path / "counts.raw").unlink()
    with pytest.raises(FileNotFoundError, match=r"counts\.raw"):
        restored(text)
