"""EMPAD: files by the layout that its software writes, against RosettaSciIO and LiberTEM."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.readers import empad
from tcbf_widgets.readers.opened import Asked
from tests.libertem_frames import read_by_libertem

# as the software 1.2 writes it, shortened
XML = """<root name="a scan"><timestamp isoformat="2026-03-25T16:47:52.586728"/>
<software_version>1.2.2  (2021-08-20)</software_version><raw_file filename="{name}"/>
<scan_parameters mode="search"><scan_size>0.8</scan_size><scan_resolution_y>{search}</scan_resolution_y>
<scan_resolution_x>{search}</scan_resolution_x></scan_parameters>
<scan_parameters mode="acquire"><scan_size>{size}</scan_size><scan_resolution_y>{sy}</scan_resolution_y>
<scan_resolution_x>{sx}</scan_resolution_x></scan_parameters>
<iom_measurements><full_scan_field_of_view><scale_factor>0.72</scale_factor><x>{fov}</x><y>{fov}</y>
</full_scan_field_of_view><nominal_camera_length>0.369</nominal_camera_length>
<high_voltage>300000.0</high_voltage></iom_measurements></root>"""
# as 0.51 writes it
OLD = """<root><software_version>0.51 211118</software_version><raw_file filename="scan_x4_y4.raw"/>
<pix_x>4</pix_x><pix_y>4</pix_y><scan_parameters mode="acquire"><scan_size>1.0</scan_size>
<scan_resolution_x>4</scan_resolution_x><scan_resolution_y>4</scan_resolution_y></scan_parameters>
<iom_measurements><source.get_voltage>200000</source.get_voltage>
<optics.get_full_scan_field_of_view>[4.566e-08, 4.566e-08]</optics.get_full_scan_field_of_view>
<calibrated_diffraction_angle>0.00025898</calibrated_diffraction_angle>
<calibrated_pixelsize>1.8264e-12</calibrated_pixelsize></iom_measurements></root>"""
# as that of the second generation writes it
SECOND = """<root><software_version>v2.0_3</software_version><scan><type>scan</type><shape>(3, 5)</shape></scan>
<sensor><type>EMPAD2</type><shape>(128,128)</shape></sensor><iom_measurements>
<ColumnSourceHighVoltage>300000.0</ColumnSourceHighVoltage>
<calibrated_diffraction_angle>0.00025898</calibrated_diffraction_angle></iom_measurements>
<rawfile><framecount>15</framecount><filename>frames.raw</filename></rawfile></root>"""


def frames(count, rows=130):
    """Frames of which no two pixels are alike, with small negative counts as the background leaves them."""
    return np.arange(count * rows * 128, dtype="<f4").reshape(count, rows, 128) - 2


def recording(folder, scan_shape=(5, 3), name="scan_x3_y5.raw", rows=130, **said):
    """The frames of a recording, written with their XML."""
    counts = frames(scan_shape[0] * scan_shape[1], rows)
    (folder / name.split("\\")[-1]).write_bytes(counts.tobytes())
    said = {"size": 1.0, "fov": 7.2e-9, "search": 64, "sy": scan_shape[0], "sx": scan_shape[1]} | said
    (folder / "scan.xml").write_text(XML.format(name=name, **said))
    return counts[:, :128].reshape(*scan_shape, 128, 128)


def test_frames_and_calibration_are_those_of_the_recording(tmp_path):
    counts = recording(tmp_path)
    opened = empad.read(tmp_path / "scan.xml", Asked())
    assert isinstance(opened.array, np.memmap)
    assert not opened.array.flags.owndata
    np.testing.assert_array_equal(opened.array, counts)
    # 7.2 nm / 0.72 over the 5 positions of the longer side
    assert opened.calibration == {"energy": 300e3, "scan_sampling": pytest.approx((20.0, 20.0))}
    assert opened.parts == (tmp_path / "scan_x3_y5.raw",)
    assert "metadata" in " ".join(opened.notes)
    data = tcbf.open(tmp_path / "scan.xml", angular_sampling=0.2)
    assert data.scan_shape == (5, 3)
    assert data.energy == 300e3
    np.testing.assert_array_equal(np.asarray(data.array[1:3]), counts[1:3])


@pytest.mark.parametrize("lazy", [False, True])
def test_rosettasciio_reads_the_same(tmp_path, lazy):
    recording(tmp_path)
    reader = pytest.importorskip("rsciio.empad")
    theirs = reader.file_reader(str(tmp_path / "scan.xml"), lazy=lazy)[0]
    ours = empad.read(tmp_path / "scan.xml", Asked())
    np.testing.assert_array_equal(ours.array, np.asarray(theirs["data"]))
    nanometres = [axis["scale"] for axis in theirs["axes"][:2]]
    np.testing.assert_allclose(ours.calibration["scan_sampling"], 10 * np.array(nanometres))


def test_libertem_reads_the_same(tmp_path):
    recording(tmp_path)
    pytest.importorskip("libertem")
    from libertem.io.dataset.empad import EMPADDataSet

    theirs = read_by_libertem(EMPADDataSet(str(tmp_path / "scan.xml")))
    np.testing.assert_array_equal(empad.read(tmp_path / "scan.xml", Asked()).array, theirs)


def test_the_raw_file_alone_and_with_its_xml(tmp_path):
    counts = recording(tmp_path)
    alone = empad.read(tmp_path / "scan_x3_y5.raw", Asked())
    np.testing.assert_array_equal(alone.array, counts)
    assert not alone.calibration
    (tmp_path / "scan_x3_y5.raw").rename(tmp_path / "scan.raw")
    beside = empad.read(tmp_path / "scan.raw", Asked())
    assert beside.calibration["energy"] == 300e3
    assert beside.parts == (tmp_path / "scan.xml",)
    (tmp_path / "scan.xml").write_text("<root>")
    assert "XML is left out" in " ".join(empad.read(tmp_path / "scan.raw", Asked(None, (5, 3))).notes)


@pytest.mark.parametrize("name", [r"C:\EMPAD\1\scan_x3_y5.RAW", "/home/empad/scan_x3_y5.raw", "renamed since.raw"])
def test_the_raw_file_is_found_beside_the_xml(tmp_path, name):
    counts = recording(tmp_path)
    (tmp_path / "scan_x3_y5.raw").rename(tmp_path / ("scan.raw" if "since" in name else "scan_x3_y5.raw"))
    said = {"size": 1, "fov": 1e-8, "search": 64, "sy": 5, "sx": 3}
    (tmp_path / "scan.xml").write_text(XML.format(name=name, **said))
    np.testing.assert_array_equal(empad.read(tmp_path / "scan.xml", Asked()).array, counts)


def test_a_recording_of_the_search_mode_has_its_shape(tmp_path):
    recording(tmp_path, (4, 4), "renamed.raw", search=4, sy=256, sx=256)
    assert empad.read(tmp_path / "scan.xml", Asked()).array.shape[:2] == (4, 4)


def test_negative_counts_are_told_and_not_clipped(tmp_path):
    recording(tmp_path)
    opened = empad.read(tmp_path / "scan.xml", Asked())
    assert opened.array.min() < 0
    assert "negative counts" in " ".join(opened.notes)
    with pytest.raises(ValueError, match="clip_negative=True"):
        next(tcbf.open(tmp_path / "scan.xml", angular_sampling=0.2).row_blocks())


def test_old_files_have_angles(tmp_path):
    recording(tmp_path, (4, 4), "scan_x4_y4.raw")
    (tmp_path / "scan.xml").write_text(OLD)
    calibration = empad.read(tmp_path / "scan.xml", Asked()).calibration
    expected = {"energy": 200e3, "scan_sampling": (114.15, 114.15), "angular_sampling": (0.25898, 0.25898)}
    assert calibration == {name: pytest.approx(value) for name, value in expected.items()}


def test_the_second_generation_has_no_rows_of_metadata(tmp_path):
    counts = recording(tmp_path, (3, 5), "frames.raw", rows=128)
    (tmp_path / "scan.xml").write_text(SECOND)
    opened = empad.read(tmp_path / "scan.xml", Asked())
    np.testing.assert_array_equal(opened.array, counts)
    assert opened.calibration == {"energy": 300e3, "angular_sampling": pytest.approx((0.25898, 0.25898))}


@pytest.mark.parametrize(("size", "shape"), [(0.6, None), (1.0, (3, 4))])
def test_a_step_that_can_be_read_in_two_ways_is_left_out(tmp_path, size, shape):
    recording(tmp_path, size=size)
    opened = empad.read(tmp_path / "scan.xml", Asked(None, shape))
    assert "scan_sampling" not in opened.calibration
    assert "give scan_sampling" in " ".join(opened.notes)
    with pytest.raises(ValueError, match="scan_sampling"):
        tcbf.open(tmp_path / "scan.xml", angular_sampling=0.2, scan_shape=shape)


@pytest.mark.parametrize("shape", [(13, 5), (8, 8)])
def test_the_size_tells_whether_frames_end_with_metadata(tmp_path, shape):
    """65 frames without these rows are as large as 64 with them."""
    path = tmp_path / "scan.raw"
    path.write_bytes(np.arange(64 * 130 * 128, dtype="<f4").tobytes())
    opened = empad.read(path, Asked(None, shape))
    rows = 130 if shape == (8, 8) else 128
    assert opened.array[0, 1, 0, 0] == rows * 128
    assert empad.read(path, Asked()).array.shape == (8, 8, 128, 128)


def test_a_scan_that_was_stopped_opens_as_far_as_it_went(tmp_path):
    counts = recording(tmp_path, (5, 3))
    raw = tmp_path / "scan_x3_y5.raw"
    raw.write_bytes(raw.read_bytes()[: int(10.5 * 130 * 512)])
    with pytest.raises(ValueError, match=r"within a frame, after 10 whole ones.*scan_shape=\(3, 3\)"):
        empad.read(tmp_path / "scan.xml", Asked())
    opened = empad.read(tmp_path / "scan.xml", Asked(None, (3, 3)))
    np.testing.assert_array_equal(opened.array, counts[:3])
    assert opened.calibration["scan_sampling"] == pytest.approx((20.0, 20.0))  # that of the whole scan
    with pytest.raises(ValueError, match="scan_shape"):
        empad.read(tmp_path / "scan.xml", Asked(None, (4, 3)))


def test_what_cannot_be_known_is_asked_for(tmp_path):
    path = tmp_path / "scan.raw"
    path.write_bytes(frames(6).tobytes())
    with pytest.raises(ValueError, match=r"6 frames.*scan_shape"):
        empad.read(path, Asked())
    path.write_bytes(frames(4).tobytes())
    (tmp_path / "scan.xml").write_text('<root><raw_file filename="scan.raw"/><type>series</type></root>')
    with pytest.raises(ValueError, match=r"4 frames.*scan_shape"):
        empad.read(path, Asked())


def test_raw_files_of_something_else_are_refused(tmp_path):
    path = tmp_path / "scan.raw"
    path.write_bytes(bytes(10**6))
    with pytest.raises(ValueError, match="no whole number of frames of 128 x 128 float32"):
        empad.read(path, Asked())


def test_entities_and_strange_xml_are_refused(tmp_path):
    recording(tmp_path)
    xml = tmp_path / "scan.xml"
    doubling = "".join(f'<!ENTITY a{n + 1} "&a{n};&a{n};">' for n in range(60))
    bomb = f'<!DOCTYPE root [<!ENTITY a0 "ha">{doubling}]><root>&a60;</root>'
    for text in (
        bomb,
        bomb.encode("utf-16"),
        "<root/>",
        "",
        "<root>" * 10**5,
        '<?xml version="1.0" encoding="x"?><a/>',
    ):
        xml.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ValueError, match="not a whole EMPAD file"):
            empad.read(xml, Asked())
    recording(tmp_path, name="elsewhere.raw")
    (tmp_path / "elsewhere.raw").unlink()
    with pytest.raises(ValueError, match=r"elsewhere\.raw does not lie beside it"):
        empad.read(xml, Asked())
