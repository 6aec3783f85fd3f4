"""Masters of Arina detectors, by the layout of DECTRIS' FileWriter, and read by RosettaSciIO for comparison."""

import subprocess
import sys

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.files import look
from tcbf_widgets.readers.opened import Asked

hdf5plugin = pytest.importorskip("hdf5plugin")
FRAMES = (np.arange(16 * 6 * 5) * 7919 % 251).astype(np.uint16).reshape(16, 6, 5)
BAD = ((0, 1), (4, 4))


def master(folder, frames=FRAMES, pieces=(0, 7, 14), mask=True, counts=None):
    """Older of the two formats: a master that links to files of frames, compressed as the detector does."""
    compressed = {"chunks": (1, *frames.shape[1:]), "compression": hdf5plugin.Bitshuffle(nelems=0, cname="lz4")}
    with h5py.File(folder / "scan_master.h5", "w", libver="latest") as file:
        file.attrs["default"] = "entry"
        data = file.create_group("entry/data")
        data.attrs["NX_class"] = "NXdata"
        for number, (first, last) in enumerate(zip(pieces, (*pieces[1:], len(frames)), strict=True), 1):
            name = f"scan_data_{number:06d}.h5"
            data[f"data_{number:06d}"] = h5py.ExternalLink(name, "/entry/data/data")
            with h5py.File(folder / name, "w", libver="latest") as part:
                part.create_dataset("entry/data/data", data=frames[first:last], **compressed)
        detector = file.create_group("entry/instrument/detector")
        detector["description"] = "DECTRIS ARINA"
        detector["bit_depth_image"] = 16
        specific = detector.create_group("detectorSpecific")
        for name, value in zip(("ntrigger", "nimages"), counts or (len(frames), 1), strict=True):
            specific[name] = value
        if mask:
            bad = np.zeros(frames.shape[1:], np.uint32)
            bad[tuple(np.transpose(BAD))] = 1, 8
            specific["pixel_mask"] = bad
        energy = file.create_dataset("entry/instrument/beam/incident_energy", data=200e3)
        energy.attrs["units"] = "eV"
    return folder / "scan_master.h5"


def marked(frames=FRAMES, marker=2**16 - 1):
    """Frames as the detector stores them, with its marker where the mask is, and as they are to be read."""
    stored, expected = frames.copy(), frames.copy()
    for y, x in BAD:
        stored[:, y, x], expected[:, y, x] = marker, 0
    return stored, expected


def test_frames_of_several_files_are_one_scan(tmp_path):
    stored, expected = marked()
    opened = look(master(tmp_path, stored))
    assert opened.format == "Arina"
    assert opened.array.shape == (4, 4, 6, 5)
    assert opened.array.dtype == np.uint16
    assert np.array_equal(opened.array[:], expected.reshape(4, 4, 6, 5))
    # rows of one file, of two, and one row
    assert np.array_equal(opened.array[1:3], expected.reshape(4, 4, 6, 5)[1:3])
    assert np.array_equal(opened.array[-1], expected.reshape(4, 4, 6, 5)[-1])
    assert opened.calibration == {"energy": 200e3}
    assert "2 pixels are masked by the detector and read as 0" in opened.notes
    assert "16 frames are taken as a square scan; scan_shape= says otherwise" in opened.notes
    assert [part.name for part in opened.parts] == [f"scan_data_00000{i}.h5" for i in (1, 2, 3)]


def test_rosettasciio_reads_the_same(tmp_path):
    arina = pytest.importorskip("rsciio.arina")
    path = master(tmp_path, FRAMES[:, :5], mask=False)  # square frames: those it reads
    with h5py.File(tmp_path / "scan.h5", "w") as file:  # what the scan controller leaves next to the master
        file.create_group("STEM Metadata").attrs["Pixel Size"] = [0.4, 0.4]
    found = arina.file_reader(str(path))[0]
    opened = look(path)
    assert np.array_equal(opened.array[:], found["data"])
    assert opened.calibration["scan_sampling"] == pytest.approx([axis["scale"] for axis in found["axes"][:2]])
    assert found["axes"][0]["units"] == "A"
    assert opened.parts[-1].name == "scan.h5"


def test_scan_of_triggers_and_images(tmp_path):
    path = master(tmp_path, counts=(2, 8))
    assert look(path).array.shape == (2, 8, 6, 5)
    assert look(path, Asked(scan_shape=(3, 5))).array.shape == (3, 5, 6, 5)
    assert "1 frame after the scan is left out" in look(path, Asked(scan_shape=(3, 5))).notes
    data = tcbf.open(path, scan_sampling=5, reciprocal_sampling=0.02, flip="y")
    assert np.array_equal(data.array[0, 0], look(path).array[0, 0][::-1])


@pytest.mark.parametrize("counts, said", [((4, 5), "4 × 5"), ((100, 1), "100 × 1"), ((0, 0), "0 × 0")])
def test_counts_that_disagree_are_asked_for(tmp_path, counts, said):
    path = master(tmp_path, counts=counts)
    with pytest.raises(ValueError, match=rf"scan_master.h5 holds 16 frames and was to hold {said}; give scan_shape="):
        look(path)
    assert look(path, Asked(scan_shape=(2, 8))).array.shape == (2, 8, 6, 5)


def test_a_scan_that_is_not_square_is_asked_for(tmp_path):
    with pytest.raises(ValueError, match=r"scan_master.h5 holds 14 frames one after another; give scan_shape="):
        look(master(tmp_path, FRAMES[:14], (0, 7)))
    with pytest.raises(ValueError, match=r"scan_shape=\(4, 4\) needs 16 frames, scan_master.h5 holds 14"):
        look(tmp_path / "scan_master.h5", Asked(scan_shape=(4, 4)))


def test_a_missing_file_of_frames_is_named(tmp_path):
    path = master(tmp_path)
    (tmp_path / "scan_data_000003.h5").unlink()
    with pytest.raises(ValueError, match=r"not there: /entry/data/data_000003 leads to scan_data_000003.h5.*copy"):
        look(path)
    # rows before it can be had
    opened = look(path, Asked(scan_shape=(3, 4)))
    assert opened.array.shape == (3, 4, 6, 5)
    (tmp_path / "scan_data_000001.h5").unlink()
    with pytest.raises(ValueError, match=r"not there: /entry/data/data_000001 leads to scan_data_000001.h5"):
        look(path)


def test_a_file_of_frames_that_is_not_whole_is_named(tmp_path):
    path = master(tmp_path)
    part = tmp_path / "scan_data_000002.h5"
    part.write_bytes(part.read_bytes()[:300])
    with pytest.raises(ValueError, match=r"scan_data_000002.h5 is not a whole HDF5 file"):
        look(path)


@pytest.mark.parametrize("wrong", [np.ones((2, 6, 4), np.uint16), np.ones((2, 6, 5), np.uint32), np.ones((6, 5))])
def test_files_of_other_frames_are_named(tmp_path, wrong):
    path = master(tmp_path)
    with h5py.File(tmp_path / "scan_data_000002.h5", "a") as file:
        del file["entry/data/data"]
        file["entry/data/data"] = wrong
    with pytest.raises(ValueError, match="must list frames of one shape|lists counts of uint16 and of uint32"):
        look(path)


def test_a_mask_of_another_shape_is_not_used(tmp_path):
    path = master(tmp_path)
    with h5py.File(path, "a") as file:
        del file["entry/instrument/detector/detectorSpecific/pixel_mask"]
        file["entry/instrument/detector/detectorSpecific/pixel_mask"] = np.ones((5, 6), np.uint32)
    opened = look(path)
    assert "the pixel mask of shape (5, 6) does not fit frames of (6, 5), and is not used" in opened.notes
    assert np.array_equal(opened.array[0], FRAMES[:4])


def test_newer_format_has_channels(tmp_path):
    """A virtual dataset of (frames, channels, y, x): four axes that are no scan of (frames, channels)."""
    layout = h5py.VirtualLayout((16, 2, 6, 5), np.uint16)
    for number, first in enumerate((0, 8), 1):
        with h5py.File(tmp_path / f"scan_data_{number:06d}.h5", "w") as part:
            both = np.stack([FRAMES[first : first + 8] + 1, FRAMES[first : first + 8]], axis=1)
            part.create_dataset("data", data=both, chunks=(1, 2, 6, 5))
        layout[first : first + 8] = h5py.VirtualSource(f"scan_data_{number:06d}.h5", "data", (8, 2, 6, 5))
    path = tmp_path / "scan_master.h5"
    with h5py.File(path, "w", libver="latest") as file:
        data = file.create_group("entry/data")
        axes = ["image_id", "channel", ".", "."]
        data.attrs.update(NX_class="NXdata", signal="data", axes=axes, default_slice=[".", "threshold_2", ".", "."])
        data.create_virtual_dataset("data", layout)
        data["channel"] = ["threshold_1", "threshold_2"]
        mask = np.zeros((6, 5), np.uint32)
        mask[1, 2] = 2
        file["entry/instrument/detector/threshold_2_channel/pixel_mask"] = mask
    opened = look(path)
    expected = FRAMES.reshape(4, 4, 6, 5).copy()
    expected[:, :, 1, 2] = 0
    assert np.array_equal(opened.array[:], expected)
    assert "channel threshold_2 of threshold_1, threshold_2" in opened.notes
    assert len(opened.parts) == 2
    (tmp_path / "scan_data_000002.h5").unlink()  # HDF5 itself would read zeros
    with pytest.raises(ValueError, match="scan_master.h5 has frames in scan_data_000002.h5, which is not there"):
        look(path)


def test_frames_may_lie_in_the_master(tmp_path):
    path = master(tmp_path, counts=(4, 4))
    with h5py.File(path, "a") as file:
        for i in (1, 2, 3):
            del file[f"entry/data/data_00000{i}"]
        file["entry/data/data"] = FRAMES
    opened = look(path)
    assert opened.array.shape == (4, 4, 6, 5)
    assert opened.parts == ()


def test_what_is_missing_to_unpack_frames_is_named(tmp_path):
    """In a process of its own: once hdf5plugin is imported HDF5 knows its filters."""
    path = master(tmp_path)
    code = f"""
import pathlib, sys
sys.modules["hdf5plugin"] = None  # as if it were not installed
from tcbf_widgets.files import look
try:
    look(pathlib.Path({str(path)!r}))
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert "scan_data_000001.h5 is compressed with" in run.stdout
    assert 'pip install "tcbf_widgets[io]"' in run.stdout
