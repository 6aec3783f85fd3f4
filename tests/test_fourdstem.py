"""Calibrated data, and files that come back as they went."""

import os
from dataclasses import replace

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.fourdstem import Truth
from tcbf_widgets.optics import Aberrations

CALIBRATION = {"energy": 300e3, "scan_sampling": 10.0, "reciprocal_sampling": 0.01}


def counts(shape=(3, 4, 6, 6)):
    return np.random.default_rng(0).poisson(3.0, shape).astype(np.uint8)


@pytest.fixture
def scan():
    truth = Truth(
        Aberrations(C10=-5000, C12x=100),
        rotation_deg=20,
        transpose=True,
        dose=30,
        descan=((1, 0), (0, 2)),
        seed=4,
        specimen="a name",
    )
    return tcbf.FourDSTEM(counts(), 200e3, (10.0, 12.0), (0.01, 0.02), truth=truth)


def test_angular_sampling_is_the_same_calibration():
    by_angle = tcbf.FourDSTEM(counts(), 300e3, 10.0, angular_sampling=0.15)
    expected = 0.15e-3 / tcbf.electron_wavelength(300e3)
    assert by_angle.reciprocal_sampling == pytest.approx((expected, expected))
    by_frequency = tcbf.FourDSTEM(counts(), 300e3, 10.0, reciprocal_sampling=expected)
    assert by_frequency.angular_sampling == pytest.approx((0.15, 0.15))


def test_what_is_replaced_changes_and_the_rest_stays(scan):
    slower = replace(scan, energy=80e3)
    assert (slower.energy, slower.reciprocal_sampling, slower.truth) == (80e3, scan.reciprocal_sampling, scan.truth)
    ratio = tcbf.electron_wavelength(80e3) / tcbf.electron_wavelength(200e3)
    assert slower.angular_sampling == pytest.approx([ratio * angle for angle in scan.angular_sampling])
    by_angle = replace(scan, reciprocal_sampling=None, angular_sampling=0.2)
    assert by_angle.angular_sampling == pytest.approx((0.2, 0.2))


def test_a_scan_cannot_be_changed_in_place(scan):
    with pytest.raises(AttributeError):
        scan.energy = 80e3
    with pytest.raises(AttributeError):
        scan.angular_sampling = (0.1, 0.1)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"energy": 0}, "energy must be a number > 0, got 0; give it in eV"),
        ({"energy": 300}, "energy must be at least 1000 eV, got 300; give it in eV, 1e3 to 1e7"),
        ({"scan_sampling": -1}, "scan_sampling must be a number > 0, got -1; give the probe step in Å"),
        ({"scan_sampling": (1, 2, 3)}, "scan_sampling must be one number or a .y, x. pair"),
        ({"reciprocal_sampling": 0}, "reciprocal_sampling must be a number > 0, got 0"),
        ({"reciprocal_sampling": None}, "reciprocal_sampling is missing.*angular_sampling in mrad"),
        ({"angular_sampling": 0.1}, "not both"),
    ],
)
def test_bad_calibration_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        tcbf.FourDSTEM(counts(), **(CALIBRATION | changes))


@pytest.mark.parametrize(
    "array, error, message",
    [
        (np.ones((4, 6, 6)), ValueError, r"array must have 4 axes .* got shape \(4, 6, 6\); reshape"),
        (np.ones((0, 4, 6, 6)), ValueError, "array must not be empty"),
        (np.full((1, 1, 2, 2), np.nan), ValueError, "finite counts, got 4 NaN"),
        (np.full((1, 1, 2, 2), np.inf), ValueError, "finite counts, got 4 NaN or infinite"),
        (np.full((1, 1, 2, 2), -2.0), ValueError, "counts >= 0, got -2"),
        (np.full((1, 1, 2, 2), -2, np.int16), ValueError, "counts >= 0, got -2"),
        (np.ones((1, 1, 2, 2), complex), TypeError, "dtype complex128"),
        ([[[[1.0]]]], TypeError, "array must be a 4D array of counts, got list"),
    ],
)
def test_bad_arrays_are_named(array, error, message):
    with pytest.raises(error, match=message):
        tcbf.FourDSTEM(array, **CALIBRATION)


def assert_same(first, second):
    assert np.array_equal(np.asarray(first.array[()]), np.asarray(second.array[()]))
    assert first.energy == second.energy
    assert np.allclose(first.scan_sampling, second.scan_sampling, rtol=1e-15)
    assert np.allclose(first.reciprocal_sampling, second.reciprocal_sampling, rtol=1e-15)
    assert first.truth == second.truth


@pytest.mark.parametrize("suffix", [".h5", ".hdf5", ".emd"])
def test_hdf5_round_trip(tmp_path, scan, suffix):
    path = tcbf.save(scan, tmp_path / f"scan{suffix}")
    assert_same(tcbf.open(path), scan)


def test_npy_round_trip_needs_calibration(tmp_path, scan):
    path = tcbf.save(scan, tmp_path / "scan.npy")
    with pytest.raises(ValueError, match="does not hold energy, scan_sampling, reciprocal_sampling; pass it"):
        tcbf.open(path)
    again = tcbf.open(path, energy=200e3, scan_sampling=(10, 12), reciprocal_sampling=(0.01, 0.02))
    assert np.array_equal(again.array, scan.array)


def test_opened_counts_stay_on_disk(tmp_path, scan):
    assert isinstance(tcbf.open(tcbf.save(scan, tmp_path / "scan.h5")).array, h5py.Dataset)
    npy = tcbf.save(scan, tmp_path / "scan.npy")
    assert isinstance(tcbf.open(npy, **CALIBRATION).array, np.memmap)


def test_calibration_can_be_overridden(tmp_path, scan):
    path = tcbf.save(scan, tmp_path / "scan.h5")
    assert tcbf.open(path, energy=80e3).energy == 80e3
    assert tcbf.open(path, angular_sampling=0.2).angular_sampling == pytest.approx((0.2, 0.2))


def test_saving_never_overwrites_unasked(tmp_path, scan):
    path = tcbf.save(scan, tmp_path / "scan.h5")
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="scan.h5' already exists; give another name or overwrite=True"):
        tcbf.save(scan, path)
    assert path.read_bytes() == before
    tcbf.save(scan, path, overwrite=True)


def test_a_failed_save_leaves_the_old_file_and_no_rest(tmp_path, scan):
    path = tcbf.save(scan, tmp_path / "scan.h5")
    before = path.read_bytes()
    bad = tcbf.FourDSTEM(np.memmap(tmp_path / "raw", np.float32, "w+", shape=(2, 2, 4, 4)), **CALIBRATION)
    bad.array[:] = np.nan  # noticed only while it is written
    with pytest.raises(ValueError, match="finite counts"):
        tcbf.save(bad, path, overwrite=True)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["raw", "scan.h5"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_saved_file_has_the_permissions_of_any_new_file(tmp_path, scan):
    (tmp_path / "any").write_text("")
    saved = tcbf.save(scan, tmp_path / "scan.h5")
    assert saved.stat().st_mode == (tmp_path / "any").stat().st_mode


def test_only_scans_are_saved(tmp_path):
    with pytest.raises(TypeError, match=r"data must be a FourDSTEM, from tcbf.open\(path\) .*; got ndarray"):
        tcbf.save(counts(), tmp_path / "scan.h5")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "told"), [("scan.tif", r"scan\.tif is not a whole"), ("scan", r"path must end with \.npy, \.h5")]
)
def test_unknown_suffix_is_named(tmp_path, scan, name, told):
    with pytest.raises(ValueError, match="path must end with .npy or .h5"):
        tcbf.save(scan, tmp_path / name)
    (tmp_path / name).write_bytes(b"no counts")
    with pytest.raises(ValueError, match=told):
        tcbf.open(tmp_path / name)


@pytest.mark.parametrize("suffix", [".h5", ".npy"])
@pytest.mark.parametrize("keep", [0, 7, 100, 0.5])
def test_truncated_files_say_so(tmp_path, scan, suffix, keep):
    path = tcbf.save(scan, tmp_path / f"scan{suffix}")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if keep < 1 else keep])
    with pytest.raises(ValueError, match=rf"scan{suffix} is {'not a whole' if keep else 'empty'}"):
        tcbf.open(path, **CALIBRATION)


def test_missing_file_and_folder_are_named(tmp_path, scan):
    with pytest.raises(FileNotFoundError, match="is not a file"):
        tcbf.open(tmp_path / "none.h5")
    with pytest.raises(FileNotFoundError, match="there is no folder .*none"):
        tcbf.save(scan, tmp_path / "none" / "scan.h5")


def test_a_folder_is_named(tmp_path):
    with pytest.raises(IsADirectoryError, match="is not a file but a folder"):
        tcbf.open(tmp_path)


def test_an_array_is_not_opened():
    with pytest.raises(TypeError, match=r"path must be a file name, got ndarray; an array goes into tcbf.FourDSTEM"):
        tcbf.open(counts())


def test_hdf5_after_a_block_of_the_user(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w", userblock_size=1024) as file:
        file["a"] = counts()
    assert tcbf.open(tmp_path / "other.h5", **CALIBRATION).array.name == "/a"


def test_a_picture_is_no_scan(tmp_path):
    pytest.importorskip("rsciio")
    image = pytest.importorskip("PIL.Image")
    image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "photo.png")
    with pytest.raises(ValueError, match="photo.png is a picture, no scan"):
        tcbf.open(tmp_path / "photo.png", **CALIBRATION)


def test_hdf5_with_other_layout(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["a/frames"] = counts()
    assert tcbf.open(path, **CALIBRATION).array.name == "/a/frames"
    with h5py.File(path, "a") as file:
        file["b/frames"] = counts()
    with pytest.raises(ValueError, match="several 4D datasets, choose one with dataset="):
        tcbf.open(path, **CALIBRATION)
    assert tcbf.open(path, dataset="b/frames", **CALIBRATION).array.name == "/b/frames"
    with pytest.raises(ValueError, match="dataset='c' is not in other.h5"):
        tcbf.open(path, dataset="c", **CALIBRATION)


def test_hdf5_without_4d_data(tmp_path):
    path = tmp_path / "flat.h5"
    with h5py.File(path, "w") as file:
        file["image"] = np.ones((4, 4))
    with pytest.raises(ValueError, match="flat.h5 holds no 4D dataset"):
        tcbf.open(path, **CALIBRATION)


def test_axes_in_nanometres_are_converted(tmp_path, scan):
    path = tcbf.save(scan, tmp_path / "scan.h5")
    with h5py.File(path, "a") as file:
        group = file["datacube_root/datacube"]
        for name, factor, unit in (
            ("dim0", 0.1, "nm"),
            ("dim1", 0.1, "nm"),
            ("dim2", 10, "1/nm"),
            ("dim3", 10, "nm^-1"),
        ):
            values = group[name][()] * factor
            del group[name]
            group.create_dataset(name, data=values).attrs["units"] = unit
    again = tcbf.open(path)
    assert again.scan_sampling == pytest.approx((10, 12))
    assert again.reciprocal_sampling == pytest.approx((0.01, 0.02))


@pytest.mark.parametrize("shape", [(1, 5, 6, 6), (5, 1, 6, 6)])
def test_line_scans_keep_their_calibration(tmp_path, shape):
    line = tcbf.FourDSTEM(counts(shape), 200e3, (10.0, 12.0), (0.01, 0.02))
    assert_same(tcbf.open(tcbf.save(line, tmp_path / "line.h5")), line)


def test_axes_in_pixels_are_no_calibration(tmp_path, scan):
    path = tcbf.save(scan, tmp_path / "scan.h5")
    with h5py.File(path, "a") as file:
        file["datacube_root/datacube/dim0"].attrs["units"] = "pixels"
    with pytest.raises(ValueError, match="does not hold scan_sampling"):
        tcbf.open(path)


def test_blocks_cover_the_scan_once(scan, monkeypatch):
    monkeypatch.setattr("tcbf_widgets.fourdstem._CHUNK_BYTES", 150)
    rows = [rows for rows, _ in scan.row_blocks()]
    assert [r.start for r in rows] == [0, 1, 2]
    assert rows[-1].stop == 3
