"""Merlin: files by the published layout, against RosettaSciIO, which flips frames, and LiberTEM, which does not."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.readers import merlin
from tcbf_widgets.readers.opened import Asked
from tests.libertem_frames import read_by_libertem

DACS = "3RX,175,511,000,000,000,000,000,000,125,255,125,125,100,100,082,100,087,030,128,004,255,129,128,176,168,511,511"
THRESHOLDS = "1.200000E+2,5.110000E+2,0.000000E+0,0.000000E+0,0.000000E+0,0.000000E+0,0.000000E+0,0.000000E+0"
# as the software 0.67 writes it, shortened
SETTINGS = """HDR,
Time and Date Stamp (yr, mnth, day, hr, min, s):\t18/05/2020 16:51:49
Chip ID:\tW529_F5
Assembly Size (NX1, 2X2):\t   1x1
Counter Depth (number):\t12
Frames in Acquisition (Number):\t{frames}
Frames per Trigger (Number):\t{row}
{more}Software Version:\t0.67.0.9
End\t        """
KINDS = {"U08": ">u1", "U16": ">u2", "U32": ">u4"}


def header(number, shape, kind="U16", size=384, layout="1x1", chips=1):
    """The text before a frame."""
    start = f"MQ1,{number:06d},{size:05d},{chips:02d},{shape[1]:04d},{shape[0]:04d},{kind},{layout:>6},0F,"
    times = "2020-05-18 16:51:49.971626,0.000555,0,0,0,", ",MQ1A,2020-05-18T14:51:49.971626178Z,555000ns,12,"
    return (start + times[0] + THRESHOLDS + f",{DACS}" * chips + times[1]).encode().ljust(size, b"\0")


def written(folder, scan_shape=(3, 4), shape=(6, 8), kind="U16", row=None, more="", settings=True, **how):
    """Counts (scan_y, scan_x, ny, nx) in the order of the file that holds them, scan.mib."""
    count = scan_shape[0] * scan_shape[1]
    counts = (np.arange(count * shape[0] * shape[1]) * 7919 % 251).reshape(*scan_shape, *shape).astype(KINDS[kind])
    if kind != "U08":
        counts[..., 0] += 1000  # bytes in the wrong order would show
    frames = counts.reshape(count, *shape)
    each = (header(number + 1, shape, kind, **how) + frame.tobytes() for number, frame in enumerate(frames))
    (folder / "scan.mib").write_bytes(b"".join(each))
    if settings:
        text = SETTINGS.format(frames=count, row=scan_shape[1] if row is None else row, more=more)
        (folder / "scan.hdr").write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    return counts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("opened", ["scan.mib", "scan.hdr"])
def test_counts_of_each_kind(tmp_path, kind, opened):
    counts = written(tmp_path, kind=kind)
    got = merlin.read(tmp_path / opened, Asked())
    assert isinstance(got.array, np.memmap)
    assert got.array.dtype.itemsize == counts.dtype.itemsize
    np.testing.assert_array_equal(got.array, counts)
    assert got.flip == (True, False)
    assert not got.calibration
    assert {path.name for path in got.parts} == {"scan.mib", "scan.hdr"} - {opened}


def test_four_chips_have_a_longer_header(tmp_path):
    counts = written(tmp_path, shape=(12, 12), size=768, chips=4, layout="2x2")
    got = merlin.read(tmp_path / "scan.mib", Asked())
    np.testing.assert_array_equal(got.array, counts)
    assert "2x2" in " ".join(got.notes)


def test_open_flips_as_rosettasciio_does(tmp_path):
    reader = pytest.importorskip("rsciio.quantumdetector")
    counts = written(tmp_path)
    theirs = np.asarray(reader.file_reader(str(tmp_path / "scan.mib"))[0]["data"])
    calibration = {"energy": 80e3, "scan_sampling": 5, "reciprocal_sampling": 0.02}
    data = tcbf.open(tmp_path / "scan.mib", **calibration)
    np.testing.assert_array_equal(np.asarray(data.array), theirs)
    np.testing.assert_array_equal(theirs, counts[:, :, ::-1])
    np.testing.assert_array_equal(np.asarray(tcbf.open(tmp_path / "scan.mib", **calibration, flip="").array), counts)


def test_the_order_of_the_file_is_that_of_libertem(tmp_path):
    pytest.importorskip("libertem")
    from libertem.io.dataset.mib import MIBDataSet

    written(tmp_path)
    np.testing.assert_array_equal(
        merlin.read(tmp_path / "scan.hdr", Asked()).array, read_by_libertem(MIBDataSet(str(tmp_path / "scan.hdr")))
    )


def test_big_endian_counts_give_the_same_stack(tmp_path):
    y, x = np.mgrid[:32, :32]
    mean = np.where((y - 13) ** 2 + (x - 17) ** 2 < 40, 500, 1)  # higher than the middle: a missing flip would show
    counts = np.random.default_rng(3).poisson(np.broadcast_to(mean, (4, 6, 32, 32)))
    stored = counts[:, :, ::-1].reshape(-1, 32, 32).astype(">u2")
    each = (header(number + 1, (32, 32)) + frame.tobytes() for number, frame in enumerate(stored))
    (tmp_path / "scan.mib").write_bytes(b"".join(each))
    known = {"energy": 80e3, "scan_sampling": 5, "reciprocal_sampling": 0.02}
    opened = tcbf.open(tmp_path / "scan.mib", scan_shape=(4, 6), **known)
    ours, theirs = map(tcbf.bright_field_stack, (opened, tcbf.FourDSTEM(counts.astype(np.uint16), **known)))
    np.testing.assert_array_equal(ours.pixels, theirs.pixels)
    np.testing.assert_array_equal(ours.images, theirs.images)


@pytest.mark.parametrize("row", [1, 12])
def test_a_trigger_that_tells_nothing_of_rows(tmp_path, row):
    counts = written(tmp_path, row=row)
    with pytest.raises(ValueError, match=r"12 frames.*scan_shape"):
        merlin.read(tmp_path / "scan.mib", Asked())
    np.testing.assert_array_equal(merlin.read(tmp_path / "scan.mib", Asked(None, (3, 4))).array, counts)


def test_newer_software_says_the_scan_shape(tmp_path):
    written(tmp_path, row=1, more="ScanX:\t4\nScanY:\t3\n")
    assert merlin.read(tmp_path / "scan.mib", Asked()).array.shape[:2] == (3, 4)


def test_frames_without_settings(tmp_path):
    written(tmp_path, settings=False)
    with pytest.raises(ValueError, match="scan_shape"):
        merlin.read(tmp_path / "scan.mib", Asked())
    written(tmp_path, (4, 4), settings=False)
    got = merlin.read(tmp_path / "scan.mib", Asked())
    assert got.array.shape[:2] == (4, 4)
    assert "square" in " ".join(got.notes)


def test_a_scan_that_was_stopped_opens_as_far_as_it_went(tmp_path):
    counts = written(tmp_path)
    mib = tmp_path / "scan.mib"
    frame = len(mib.read_bytes()) // 12
    for size in (10 * frame, 10 * frame + 5):
        mib.write_bytes(mib.read_bytes()[:size])
        with pytest.raises(ValueError, match=r"not a whole Merlin file.*scan_shape=\(2, 4\)"):
            merlin.read(mib, Asked())
        np.testing.assert_array_equal(merlin.read(mib, Asked(None, (2, 4))).array, counts[:2])
        written(tmp_path)


def test_frames_that_were_lost_are_told(tmp_path):
    written(tmp_path)
    mib = tmp_path / "scan.mib"
    mib.write_bytes(mib.read_bytes().replace(b"MQ1,000012,", b"MQ1,000015,"))
    assert "3 frames are missing" in " ".join(merlin.read(mib, Asked()).notes)


def test_raw_counts_are_refused_with_a_remedy(tmp_path):
    written(tmp_path)
    mib = tmp_path / "scan.mib"
    mib.write_bytes(mib.read_bytes().replace(b",U16,", b",R64,"))
    with pytest.raises(ValueError, match=r"holds R64 counts.*processed"):
        merlin.read(mib, Asked())


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (b"MQ2,", "no Merlin file"),
        (b"MQ1,000001,99999,", "not a whole Merlin file"),
        (b"MQ1,000001,00384,01,9999,9999,U32,", "not a whole Merlin file"),
        (b"", "no Merlin file"),
        (b"\xff" * 999, "no Merlin file"),
    ],
)
def test_strange_headers_are_refused(tmp_path, bad, told):
    written(tmp_path)
    mib = tmp_path / "scan.mib"
    mib.write_bytes(bad + mib.read_bytes()[len(bad) :] if bad else b"")
    with pytest.raises(ValueError, match=rf"scan\.mib is {told}"):
        merlin.read(mib, Asked())


def test_a_frame_that_is_not_like_the_first_is_refused(tmp_path):
    written(tmp_path)
    mib = tmp_path / "scan.mib"
    mib.write_bytes(mib.read_bytes().replace(b"MQ1,000007,00384", b"MQ1,000007,00768"))
    with pytest.raises(ValueError, match="frame 6 has no header"):
        merlin.read(mib, Asked())


@pytest.mark.parametrize(
    "text", [b"", b"ENVI\n", b"HDR,\nFrames in Acquisition (Number):\tmany\nEnd\t", b"HDR,\nEnd\t"]
)
def test_strange_settings_are_refused(tmp_path, text):
    written(tmp_path)
    (tmp_path / "scan.hdr").write_bytes(text)
    with pytest.raises(ValueError, match="not a whole Merlin file"):
        merlin.read(tmp_path / "scan.hdr", Asked())
    (tmp_path / "scan.mib").unlink()
    with pytest.raises(ValueError, match=r"scan\.mib does not lie beside it"):
        merlin.read(tmp_path / "scan.hdr", Asked())
