"""HDF5 files whose links lead elsewhere, in a circle or nowhere, and frames that are not all there."""

import h5py
import numpy as np
import pytest

from tcbf_widgets.files import look
from tcbf_widgets.readers.opened import Asked

COUNTS = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)


@pytest.fixture
def path(tmp_path):
    """Where a test writes its file, in a folder with others."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here" / "a.h5"


def test_links_in_a_circle_are_followed_once(path):
    with h5py.File(path, "w") as file:
        file["scan/counts"] = COUNTS
        file["scan/again"] = file["scan"]
        file["scan/up"] = file["/"]
        file["counts"] = file["scan/counts"]
        file["round"] = h5py.SoftLink("/about")
        file["about"] = h5py.SoftLink("/round")
        file["itself"] = h5py.ExternalLink("a.h5", "/")
        file["its/own"] = h5py.ExternalLink("a.h5", "/its/own")
    opened = look(path)
    assert np.array_equal(opened.array[:], COUNTS)
    assert any("in a circle" in note for note in opened.notes)
    assert look(path, Asked("scan/again/up/scan/up/counts")).array.shape == COUNTS.shape
    for name in ("round", "its/own", "counts/more", "/", "", "scan"):
        with pytest.raises(ValueError, match=f"dataset='{name}' is not in a.h5"):
            look(path, Asked(name))


def test_links_that_lead_nowhere_are_named(path):
    with h5py.File(path, "w") as file:
        file["soft"] = h5py.SoftLink("/none/at/all")
        file["hard"] = h5py.ExternalLink("gone.h5", "/scan")
        file["text"] = h5py.ExternalLink("\udcff" + "x" * 300, "/scan")
    with pytest.raises(ValueError, match=r"holds no 4D dataset.*/hard leads to gone.h5, where nothing is") as error:
        look(path)
    assert "/soft leads to /none/at/all, where nothing is" in str(error.value)
    str(error.value).encode()
    with pytest.raises(ValueError, match="dataset='hard' is not in a.h5; /hard leads to gone.h5"):
        look(path, Asked("hard"))
    with h5py.File(path, "a") as file:
        file["counts"] = COUNTS
    assert "/hard leads to gone.h5, where nothing is" in look(path).notes


@pytest.mark.parametrize("name", ["b.h5", "../b.h5", "/far/away/b.h5", r"D:\far\b.h5"])
def test_frames_in_another_file_are_named(path, name):
    other = path.parent / ("../b.h5" if name.startswith("..") else "b.h5")
    with h5py.File(other, "w") as file:
        file["scan/counts"] = COUNTS
    with h5py.File(path, "w") as file:
        file["scan"] = h5py.ExternalLink(name, "/scan")
    for asked in (Asked(), Asked("scan/counts")):
        opened = look(path, asked)
        assert np.array_equal(opened.array[:], COUNTS)
        # in full if it is not in the folder of the file
        where = str(other.resolve()) if name.startswith("..") else "b.h5"
        assert opened.notes[0].startswith(f"frames are in {where[:60]}")
        assert opened.parts == (other.resolve(),)


def test_a_damaged_file_that_is_linked_to_is_named(path):
    (path.parent / "b.h5").write_bytes(b"nothing of the kind")
    with h5py.File(path, "w") as file:
        file["scan"] = h5py.ExternalLink("b.h5", "/scan")
    with pytest.raises(ValueError, match="b.h5 is not a whole HDF5 file"):
        look(path)


@pytest.mark.parametrize("counts", [COUNTS + 1j, COUNTS.astype("S2"), np.empty((2, 0, 4, 5)), COUNTS > 3])
def test_what_is_no_number_is_no_scan(path, counts):
    with h5py.File(path, "w") as file:
        file["scan"] = counts
    with pytest.raises(ValueError, match="a.h5 holds no 4D dataset"):
        look(path)
    with pytest.raises(ValueError, match="dataset='scan' (of a.h5 does not hold integer or real|must have 4 axes)"):
        look(path, Asked("scan"))
    with h5py.File(path, "a") as file:
        file["counts"] = COUNTS
    assert look(path).array.name == "/counts"


def test_a_scan_shape_of_four_axes_is_checked(path):
    with h5py.File(path, "w") as file:
        file["scan"] = COUNTS
    assert look(path, Asked(scan_shape=(2, 3))).array.shape == COUNTS.shape
    with pytest.raises(ValueError, match=r"scan_shape=\(3, 2\) is not that of a.h5, \(2, 3\); leave it out"):
        look(path, Asked(scan_shape=(3, 2)))


def test_frames_that_were_never_written(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("scan", COUNTS.shape, np.uint16)
    with pytest.raises(ValueError, match=r"not a whole HDF5 file \(/scan \(2, 3, 4, 5\) needs 240 bytes, 0 are stored"):
        look(path)


@pytest.mark.parametrize("layout", [{}, {"chunks": (1, 3, 4, 5)}])
def test_a_shape_that_was_damaged_is_noticed(path, layout):
    """The header of a dataset has no check sum in files of the usual version: HDF5 itself reads zeros."""
    with h5py.File(path, "w") as file:
        file.create_dataset("scan", data=COUNTS, **layout)
    stored = path.read_bytes()
    shape = np.array(COUNTS.shape, "<u8").tobytes()
    assert shape in stored
    for i, n in enumerate(COUNTS.shape[:2]):
        changed = np.array(COUNTS.shape, "<u8")
        changed[i] = 2 * n + 8
        path.write_bytes(stored.replace(shape, changed.tobytes()))
        if i and layout:
            continue  # a chunk holds whole rows: none is missing if it is one
        with pytest.raises(ValueError, match="a.h5 is not a whole HDF5 file"):
            look(path)


@pytest.mark.parametrize(
    "value", [b"\xff\xfe", np.bytes_(b"\xff\0"), "x" * 999, 7, np.nan, np.ones(3), h5py.Empty("f")]
)
def test_attributes_of_any_bytes_do_no_harm(path, value):
    kind = {"dtype": h5py.string_dtype()} if type(value) is bytes else {}
    with h5py.File(path, "w") as file:
        group = file.create_group("scan")
        group.attrs["emd_group_type"] = 1
        group["data"] = COUNTS
        for i in range(4):
            axis = group.create_dataset(f"dim{i}", data=[0.0, 1.0])
            for name in ("name", "units", "step"):
                axis.attrs.create(name, value, **kind)
        for name in ("energy", "truth", "NX_class"):
            group.attrs.create(name, value, **kind)
    opened = look(path)
    assert opened.calibration == {}
    for note in opened.notes:
        assert len(note.encode()) < 200


def test_an_axis_of_another_length_than_its_data(path):
    with h5py.File(path, "w") as file:
        group = file.create_group("scan")
        group.attrs["emd_group_type"] = 1
        group["data"] = COUNTS
        group["dim1"] = np.arange(7.0)
    with pytest.raises(ValueError, match=r"not a whole EMD file \(dim1 has shape \(7,\), its data 2 positions"):
        look(path)
