"""Damage that chance found, by name: what was read in spite of it, crashed, or was told without naming the file."""

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.readers import rehearsal
from tests.whole_files import COUNTS, FORMATS, KNOWN, SHAPE, whole_files


@pytest.fixture(autouse=True)
def _impatience(monkeypatch):
    """One second instead of three for what never ends: files are small here."""
    monkeypatch.setattr(rehearsal, "_PROCESSOR", 1)


def put(folder, name, **changed):
    """The files of a format in a folder, with other bytes for some; the path of the one to be opened."""
    for file, content in (whole_files(name) | changed).items():
        (folder / file).write_bytes(content)
    return folder / FORMATS[name].opened[0]


def read(path, **how):
    """All counts of a file, piece by piece."""
    return np.concatenate([block for _, block in tcbf.open(path, **KNOWN | how).row_blocks()])


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b"(3, 4, 16, 12)", b"(3, 4, 16, 10)"),  # fewer counts than there are
        (b"(3, 4, 16, 12)", b"(3, 4, 16, 12\0"),
        (b"'<u2'", b"'<u1'"),
        (b"{'descr'", b"{{descr'"),
    ],
)
def test_npy_whose_header_is_damaged(tmp_path, written, instead):
    whole = whole_files("npy")["scan.npy"]
    assert whole.count(written) == 1
    path = put(tmp_path, "npy", **{"scan.npy": whole.replace(written, instead)})
    with pytest.raises(ValueError, match=r"scan\.npy is not a whole \.npy file"):
        tcbf.open(path, **KNOWN)


def test_npy_whose_header_would_take_all_memory(tmp_path):
    whole = whole_files("npy")["scan.npy"]
    path = put(
        tmp_path, "npy", **{"scan.npy": whole[:6] + b"\x02\x00" + (2**31 - 1).to_bytes(4, "little") + whole[12:]}
    )
    with pytest.raises(
        ValueError, match=r"scan\.npy is not a whole \.npy file \(its header says that it takes 2147483647"
    ):
        tcbf.open(path, **KNOWN)


def test_npz_is_not_npy(tmp_path):
    with (tmp_path / "scan.npy").open("wb") as file:
        np.savez(file, COUNTS)
    with pytest.raises(ValueError, match=r"scan\.npy holds several arrays"):
        tcbf.open(tmp_path / "scan.npy", **KNOWN)


@pytest.mark.parametrize(
    ("before", "which", "place", "how"),
    [
        # the type of an attribute of the data, text of any length, is a type that there is not
        (b"emd_group_type\0\0\x19", 2, 17, "crashes on it"),
        # a text of one letter has 2049
        (b"\x0b" + bytes(7) + b"\x01" + bytes(7) + b"A", 0, 9, "does not come to an end with it"),
    ],
)
def test_files_that_the_hdf5_library_does_not_survive(tmp_path, before, which, place, how):
    whole = whole_files("EMD")["scan.emd"]
    changed = bytearray(whole)
    changed[[i for i in range(len(whole)) if whole.startswith(before, i)][which] + place] ^= 8
    path = put(tmp_path, "EMD", **{"scan.emd": bytes(changed)})
    with pytest.raises(ValueError, match=rf"scan\.emd is not a whole HDF5 file \(the HDF5 library {how}"):
        tcbf.open(path)


def test_a_chunk_that_cannot_be_unpacked_names_its_file(tmp_path):
    path = put(tmp_path, "HDF5 gzip")
    with h5py.File(path, "r") as file:
        place = file["scan/counts"].id.get_chunk_info(3).byte_offset
    changed = bytearray(path.read_bytes())
    changed[place : place + 20] = bytes(20)
    path.write_bytes(changed)
    with pytest.raises(ValueError, match=r"scan\.h5 is not a whole HDF5 file \(.*filter"):
        read(path)
    with pytest.raises(ValueError, match=r"scan\.h5 is not a whole HDF5 file"):
        read(path, transpose=True)


@pytest.mark.parametrize(("name", "size"), [("HDF5 extendable", 0), ("HDF5 gzip", 2**31)])
def test_a_chunk_of_a_size_that_cannot_be_is_told(tmp_path, name, size):
    """HDF5 reads beyond its memory where there are fewer bytes than those of the checksum."""
    path = put(tmp_path, name)
    with h5py.File(path, "r") as file:
        chunk = file["frames" if size == 0 else "scan/counts"].id.get_chunk_info(2)
    whole = path.read_bytes()
    # a node of the tree lists size, mask of filters and first frame of each chunk, and then where it is
    key = chunk.size.to_bytes(4, "little") + bytes(4)
    key += b"".join(place.to_bytes(8, "little") for place in (*chunk.chunk_offset, 0))
    key += chunk.byte_offset.to_bytes(8, "little")
    assert whole.count(key) == 1
    path.write_bytes(whole.replace(key, size.to_bytes(4, "little") + key[4:]))
    with pytest.raises(ValueError, match=rf"scan\.h5 is not a whole HDF5 file .* cannot be, at .* of {size} bytes"):
        tcbf.open(path, **FORMATS[name].how)


def test_a_frame_that_cannot_be_unpacked_names_its_file(tmp_path):
    path = put(tmp_path, "Arina")
    part = tmp_path / "scan_data_000002.h5"
    with h5py.File(part, "r") as file:
        place = file["entry/data/data"].id.get_chunk_info(1).byte_offset
    changed = bytearray(part.read_bytes())
    changed[place : place + 20] = bytes(20)
    part.write_bytes(changed)
    with pytest.raises(ValueError, match=r"scan_data_000002\.h5 is not a whole HDF5 file"):
        read(path)


@pytest.mark.parametrize(
    ("how", "place", "value"),
    [
        ({}, 0, 2**32),  # bytes of all
        ({}, 8, 0),  # bytes of a block
        ({}, 8, 1000),  # no multiple of 8 numbers
        ({"nelems": 64}, 12, 2**31),  # bytes of the first block
        ({"cname": "zstd"}, 12, 3),
        ("LZ4", 8, 1),
        ("LZ4", 12, 2**30),
    ],
)
def test_sizes_of_packed_frames_are_looked_at_before_they_are_unpacked(tmp_path, how, place, value):
    """The filters trust them, and read what is not theirs."""
    hdf5plugin = pytest.importorskip("hdf5plugin")
    filters = hdf5plugin.LZ4() if how == "LZ4" else hdf5plugin.Bitshuffle(**{"cname": "lz4"} | how)
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        stored = file.create_dataset("scan", data=COUNTS, chunks=(1, 2, 16, 11), compression=filters)
        start = stored.id.get_chunk_info(7).byte_offset
    np.testing.assert_array_equal(read(path), COUNTS)
    changed = bytearray(path.read_bytes())
    size = 8 if place == 0 else 4
    changed[start + place : start + place + size] = value.to_bytes(size, "big")
    path.write_bytes(changed)
    with pytest.raises(ValueError, match=r"scan\.h5 is not a whole HDF5 file \(what is packed with .* does not add up"):
        read(path)


def test_files_of_frames_are_numbered_without_gaps(tmp_path):
    path = put(tmp_path, "Arina")
    with h5py.File(path, "r+") as file:
        file.move("entry/data/data_000002", "entry/data/data_000003")
    with pytest.raises(ValueError, match=r"scan_master\.h5 lists frames that are not there: data_000002"):
        tcbf.open(path, **KNOWN)


def test_counts_of_a_kind_that_there_is_not(tmp_path):
    whole = whole_files("Merlin")["scan.mib"]
    path = put(tmp_path, "Merlin", **{"scan.mib": whole.replace(b",U16,", b",U1\x066,")})
    with pytest.raises(ValueError, match=r"scan\.mib holds U1\ufffd6 counts, U08, U16, U32 are read"):
        tcbf.open(path, **KNOWN)


def partly_written(path, rows=2, **how):
    with h5py.File(path, "w") as file:
        stored = file.create_dataset("scan", SHAPE, COUNTS.dtype, chunks=(1, 2, 16, 12), **how)
        stored[:rows] = COUNTS[:rows]


def test_chunks_that_are_missing_are_refused_unless_the_shape_is_known(tmp_path):
    path = tmp_path / "scan.h5"
    partly_written(path)
    with pytest.raises(ValueError, match=r"needs 6 chunks, 4 are stored; scan_shape=\(3, 4\) opens it"):
        tcbf.open(path, **KNOWN)
    counts = read(path, scan_shape=(3, 4))
    np.testing.assert_array_equal(counts[:2], COUNTS[:2])
    assert not counts[2].any()


def test_a_detector_that_is_not_stored_to_its_end_is_refused(tmp_path):
    path = tmp_path / "scan.h5"
    with h5py.File(path, "w") as file:
        stored = file.create_dataset("scan", (3, 4, 32, 12), COUNTS.dtype, chunks=(1, 4, 16, 12))
        stored[:, :, :16] = COUNTS
    with pytest.raises(ValueError, match="needs 6 chunks, 3 are stored"):
        tcbf.open(path, **KNOWN, scan_shape=(3, 4))


def test_a_length_that_is_not_the_longest_is_refused_unless_the_shape_is_known(tmp_path):
    path = tmp_path / "scan.h5"
    partly_written(path, 3, maxshape=(5, 4, 16, 12))
    with pytest.raises(ValueError, match=r"the longest that it may be is \(5, 4, 16, 12\)"):
        tcbf.open(path, **KNOWN)
    np.testing.assert_array_equal(read(path, scan_shape=(3, 4)), COUNTS)
    partly_written(path, 3, maxshape=(3, 4, 16, 13))
    with pytest.raises(ValueError, match="not a whole HDF5 file"):
        tcbf.open(path, **KNOWN, scan_shape=(3, 4))


@pytest.mark.parametrize("how", ["cut", "empty", "other", "shape"])
def test_a_part_of_a_virtual_dataset_that_is_damaged_is_named(tmp_path, how):
    part = whole_files("HDF5 virtual")["row_1.h5"]
    path = put(tmp_path, "HDF5 virtual")
    (tmp_path / "row_1.h5").write_bytes({"cut": part[:-900], "empty": b""}.get(how, part))
    if how in ("other", "shape"):
        with h5py.File(tmp_path / "row_1.h5", "w") as file:
            file["counts" if how == "shape" else "others"] = COUNTS[1, :2]
    with pytest.raises(ValueError, match=r"row_1\.h5 is not a whole HDF5 file"):
        tcbf.open(path, **KNOWN)


def test_bytes_that_lie_in_another_file_are_all_there(tmp_path, monkeypatch):
    path, raw = tmp_path / "scan.h5", tmp_path / "counts.bin"
    raw.write_bytes(COUNTS.tobytes())
    with h5py.File(path, "w") as file:
        file.create_dataset("scan", SHAPE, COUNTS.dtype, external=[("counts.bin", 0, COUNTS.nbytes)])
    with pytest.raises(ValueError, match=r"counts\.bin, which the HDF5 library looks for in the working folder"):
        tcbf.open(path, **KNOWN)
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(read(path), COUNTS)
    raw.write_bytes(COUNTS.tobytes()[:-1])
    with pytest.raises(ValueError, match=r"counts\.bin is not a whole HDF5 file"):
        tcbf.open(path, **KNOWN)


@pytest.mark.parametrize(
    ("name", "file", "place", "value"),
    [
        ("blo", "scan.blo", 24, 3),  # columns
        ("blo", "scan.blo", 20, 12),  # edge of a frame
        ("blo", "scan.blo", 20, 0),
        ("rpl", "scan.rpl", b"width\t16", b"width\t15"),
        ("rpl", "scan.rpl", b"depth\t12", b"dep\x01h\x7f12"),
        ("tif", "scan.tif", 30, 17),  # rows of a frame
    ],
)
def test_headers_that_do_not_fit_their_counts(tmp_path, name, file, place, value):
    pytest.importorskip("rsciio")
    whole = whole_files(name)[file]
    if isinstance(place, bytes):
        changed = whole.replace(place, value)
    else:
        changed = whole[:place] + value.to_bytes(2, "little") + whole[place + 2 :]
    assert changed != whole
    path = put(tmp_path, name, **{file: changed})
    with pytest.raises(ValueError, match=f"{file} is not a whole") as caught:
        tcbf.open(path, **FORMATS[name].how)
    assert str(caught.value).isprintable()
