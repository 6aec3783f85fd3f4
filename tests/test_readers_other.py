"""Other files: those that RosettaSciIO writes, and DigitalMicrograph's by their layout."""

import builtins
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.readers import other
from tcbf_widgets.readers.opened import Asked

pytest.importorskip("rsciio")
SHAPE = (3, 4, 16, 16)
COUNTS = (np.arange(np.prod(SHAPE)) * 7919 % 251).astype(np.uint8).reshape(SHAPE)
STEPS = (2.0, 2.5, 0.1, 0.1)
UNITS = ("nm", "nm", "1/nm", "1/nm")


def signal(counts=COUNTS, units=UNITS, **original):
    """What RosettaSciIO's writers take."""
    names = ("y", "x", "ky", "kx")
    axes = [
        {"name": names[i], "size": n, "scale": STEPS[i], "offset": 0.0, "units": units[i], "index_in_array": i}
        | {"navigate": i < counts.ndim - 2}
        for i, n in enumerate(counts.shape)
    ]
    metadata = {"General": {"title": ""}, "Signal": {"signal_type": ""}}
    metadata["Acquisition_instrument"] = {"TEM": {"beam_energy": 200.0}}
    about = {"metadata": metadata, "original_metadata": original, "attributes": {"_lazy": False}}
    return {"data": counts, "axes": axes, **about}


def dm4(counts, calibrations, volts=80e3):
    """Bytes of a DigitalMicrograph 4 file with one image of 8 bits; calibrations as stored, fastest axis first."""
    data = struct.pack(">4sQQQQ", b"%%%%", 3, 20, 10, counts.size) + counts.tobytes()
    axes = [
        group("", [plain("Origin", 6, 0.0), plain("Scale", 6, step), text("Units", unit)])
        for step, unit in calibrations
    ]
    brightness = group("Brightness", [plain("Origin", 6, 0.0), plain("Scale", 6, 1.0), text("Units", "")])
    image = [
        group("Calibrations", [brightness, group("Dimension", axes)]),
        tag(21, "Data", data),
        plain("DataType", 5, 6),
        group("Dimensions", [plain("", 5, n) for n in counts.shape[::-1]]),
        plain("PixelDepth", 5, 1),
    ]
    tags = group("ImageTags", [group("Microscope Info", [plain("Voltage", 7, volts)])])
    root = [group("ImageList", [group("", [group("ImageData", image), tags, text("Name", "scan")])])]
    body = struct.pack(">BBQ", 1, 0, len(root)) + b"".join(root)
    return struct.pack(">IQI", 4, len(body), 1) + body + bytes(8)


def calibration(step, unit):
    return [plain("Origin", 6, 0.0), plain("Scale", 6, step), text("Units", unit)]


def tag(kind, name, body):
    return struct.pack(">BH", kind, len(name)) + name.encode() + struct.pack(">Q", len(body)) + body


def group(name, entries):
    return tag(20, name, struct.pack(">BBQ", 1, 0, len(entries)) + b"".join(entries))


def plain(name, kind, value):
    return tag(21, name, struct.pack(">4sQQ", b"%%%%", 1, kind) + struct.pack({5: "<I", 6: "<f", 7: "<d"}[kind], value))


def text(name, value):
    body = value.encode("utf-16-le")
    return tag(21, name, struct.pack(">4sQQQQ", b"%%%%", 3, 20, 4, len(value)) + body)


@pytest.fixture
def blockfile(tmp_path):
    writer = pytest.importorskip("rsciio.blockfile").file_writer
    path = tmp_path / "scan.blo"
    writer(str(path), signal(units=("nm", "nm", "cm", "cm"), blockfile_header={"Beam_energy": 200_000, "Note": ""}))
    return path


def test_a_blockfile(blockfile):
    opened = other.read(blockfile, Asked())
    assert opened.array.shape == SHAPE
    np.testing.assert_array_equal(opened.array[1:3], COUNTS[1:3])
    assert opened.calibration == {"energy": 200e3, "scan_sampling": (20.0, 25.0)}
    assert "'cm'" in " ".join(opened.notes)  # on the screen: no calibration of angles
    data = tcbf.open(blockfile, angular_sampling=0.5, flip="x", transpose=True)
    ((_, block),) = data.row_blocks()
    np.testing.assert_array_equal(block, COUNTS[..., ::-1].swapaxes(-2, -1))


@pytest.mark.parametrize("detector_first", [False, True])
def test_digital_micrograph(tmp_path, detector_first):
    path = tmp_path / "scan.dm4"
    scan, detector = [(2.5, "nm"), (2.0, "nm")], [(0.02, "1/nm"), (0.01, "1/nm")]
    counts = COUNTS[:, :, :, :12]
    stored = counts.transpose(2, 3, 0, 1) if detector_first else counts
    path.write_bytes(dm4(np.ascontiguousarray(stored), scan + detector if detector_first else detector + scan))
    opened = other.read(path, Asked())
    np.testing.assert_array_equal(opened.array[0:3], counts)
    expected = {"energy": 80e3, "scan_sampling": (20.0, 25.0), "reciprocal_sampling": (1e-3, 2e-3)}
    assert opened.calibration == {name: pytest.approx(value) for name, value in expected.items()}


@pytest.mark.parametrize("name", ["scan.tif", "scan_000.tvips", "scan.rpl"])
def test_frames_one_after_another(tmp_path, name):
    path = tmp_path / name
    plugin = {"tif": "tiff", "rpl": "ripple"}.get(name.split(".")[1], "tvips")
    counts = COUNTS.reshape(12, 16, 16)
    pytest.importorskip(f"rsciio.{plugin}").file_writer(str(path), signal(counts, ("", "1/nm", "1/nm")))
    opened = other.read(path, Asked(None, (3, 4)))
    np.testing.assert_array_equal(opened.array[1], COUNTS[1])
    with pytest.raises(ValueError, match=r"\(12, 16, 16\).*scan_shape"):
        other.read(path, Asked())
    with pytest.raises(ValueError, match="scan_shape"):
        other.read(path, Asked(None, (4, 4)))


def test_panta_rhei_is_read_unless_it_is_compressed(tmp_path):
    path = tmp_path / "scan.prz"
    pytest.importorskip("rsciio.pantarhei").file_writer(path, signal())
    with pytest.raises(ValueError, match="compressed"):
        other.read(path, Asked())
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, member in members.items():
            file.writestr(name, member)
    np.testing.assert_array_equal(other.read(path, Asked()).array[0:3], COUNTS)


def test_a_file_that_ends_too_early(blockfile):
    whole = blockfile.read_bytes()
    for keep in (0, 3, 500, len(whole) - 300):
        blockfile.write_bytes(whole[:keep])
        with pytest.raises(ValueError, match=r"scan\.blo is not a whole Blockfile"):
            other.read(blockfile, Asked())
        assert blockfile.stat().st_size == keep


def test_a_shape_that_the_file_cannot_hold(blockfile):
    whole = bytearray(blockfile.read_bytes())
    whole[20:22] = whole[24:28] = b"\xff\xff\xff\xff"  # frames of 65535 x 65535, 2^32 of them
    blockfile.write_bytes(whole)
    with pytest.raises(ValueError, match=r"not a whole Blockfile"):
        other.read(blockfile, Asked())


def test_files_without_a_scan_say_what_they_hold(tmp_path):
    path = tmp_path / "picture.tif"
    pytest.importorskip("rsciio.tiff").file_writer(str(path), signal(COUNTS[0, 0]))
    with pytest.raises(ValueError, match=r"one scan of four axes, got \(16, 16\)"):
        other.read(path, Asked())


@pytest.mark.parametrize("name", ["scan.txt", "scan", "scan.", ".blo"])
def test_unknown_suffixes_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"path must end with \.npy, \.h5, .*RosettaSciIO.*\.dm4"):
        other.read(tmp_path / name, Asked())


def test_without_rosettasciio_its_installation_is_told(blockfile, monkeypatch):
    plain_import = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("rsciio"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return plain_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r'reading \.blo files needs RosettaSciIO: pip install "tcbf_widgets\[io\]"'):
        other.read(blockfile, Asked())
    with pytest.raises(ValueError, match="path must end with"):
        other.read(blockfile.with_suffix(".txt"), Asked())


def test_rosettasciio_is_not_imported_before_it_is_needed():
    code = "import sys, tcbf_widgets.readers.other, tcbf_widgets.files; print('rsciio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
