"""npy and HDF5 files: EMD as py4DSTEM and the Berkeley Lab write it, HyperSpy, NeXus, and files of no known format."""

import gc
import importlib
from pathlib import Path

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.files import look
from tcbf_widgets.readers.opened import Asked
from tcbf_widgets.scan_array import ScanArray
from tests.test_readers_other import signal

SHAPE = (3, 4, 6, 5)
COUNTS = (np.arange(np.prod(SHAPE)) * 7919 % 251).astype(np.uint16).reshape(SHAPE)
KNOWN = {"energy": 300e3, "scan_sampling": 5.0, "reciprocal_sampling": 0.02}
AXES = tuple(zip(("Rx", "Ry", "Qx", "Qy"), (5.0, 5.0, 0.02, 0.02), ("A", "A", "A^-1", "A^-1"), strict=True))


def assert_holds(opened, counts=COUNTS, **calibration):
    """Counts and every number of the calibration, and no other."""
    assert np.array_equal(np.asarray(opened.array[:]), counts)
    assert opened.calibration.keys() == calibration.keys()
    for name, expected in calibration.items():
        assert opened.calibration[name] == pytest.approx(expected, rel=1e-12)


def py4dstem(path, axes=AXES, sizes=None, counts=COUNTS):
    """The layout of py4DSTEM 0.14.18, as files it wrote have it: an axis is two positions, or its only one."""
    with h5py.File(path, "w") as file:
        file.attrs.update(emd_group_type="file", version_major=1, version_minor=0, authoring_program="emdfile")
        root = file.create_group("datacube_root")
        root.attrs.update(emd_group_type="root", python_class="Root")
        cube = root.create_group("datacube")
        cube.attrs.update(emd_group_type="array", python_class="DataCube")
        cube.create_dataset("data", data=counts).attrs["units"] = "pixel intensity"
        for i, (name, step, units) in enumerate(axes):
            vector = [0.0, step] if counts.shape[i] > 1 else [0.0]
            cube.create_dataset(f"dim{i}", data=vector).attrs.update(name=name, units=units)
        bundle = root.create_group("metadatabundle")
        bundle.attrs["emd_group_type"] = "metadatabundle"
        calibration = bundle.create_group("calibration")
        calibration.attrs.update(emd_group_type="metadata", python_class="Calibration")
        for name, value in (sizes or {}).items():
            calibration.create_dataset(name, data=value)
    return path


def test_py4dstem(tmp_path):
    opened = look(py4dstem(tmp_path / "a.h5"))
    assert_holds(opened, scan_sampling=(5, 5), reciprocal_sampling=(0.02, 0.02))
    assert isinstance(opened.array, h5py.Dataset)
    assert opened.format == "EMD 1.0 (py4DSTEM)"


def test_py4dstem_in_milliradians_and_nanometres(tmp_path):
    axes = [(name, step, units) for (name, step, _), units in zip(AXES, ("nm", "nm", "mrad", "mrad"), strict=True)]
    assert_holds(look(py4dstem(tmp_path / "a.h5", axes)), scan_sampling=(50, 50), angular_sampling=(0.02, 0.02))


def test_py4dstem_in_pixels_is_no_calibration(tmp_path):
    opened = look(py4dstem(tmp_path / "a.h5", [(name, 1, "pixels") for name, *_ in AXES]))
    assert_holds(opened)
    assert opened.notes[0] == "axes of the scan are no calibration: steps of 1 'pixels' and 1 'pixels'"


def test_py4dstem_keeps_sizes_of_pixels_apart(tmp_path):
    sizes = {"R_pixel_size": 0.5, "R_pixel_units": "nm", "Q_pixel_size": 0.1, "Q_pixel_units": "nm^-1"}
    opened = look(py4dstem(tmp_path / "a.h5", [(name, 1, "pixels") for name, *_ in AXES], sizes))
    assert_holds(opened, scan_sampling=(5, 5), reciprocal_sampling=(0.01, 0.01))


@pytest.mark.parametrize("row", [slice(0, 1), slice(0, 3)])
def test_line_scans_of_py4dstem_have_one_step(tmp_path, row):
    counts = COUNTS[row] if row.stop == 1 else COUNTS[:, :1]
    opened = look(py4dstem(tmp_path / "a.h5", counts=counts))
    assert_holds(opened, counts, scan_sampling=(5, 5), reciprocal_sampling=(0.02, 0.02))


@pytest.mark.parametrize("place", ["metadata", "metadata/metadata_0"])
@pytest.mark.parametrize("energy", [200.0, 200e3])
def test_old_py4dstem(tmp_path, place, energy):
    """EMD 0.2 in a group of its own, as py4DSTEM before 0.13 writes it; its energy has no unit."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        top = file.create_group("4DSTEM_experiment")
        top.attrs.update(emd_group_type=2, version_major=0, version_minor=12, version_release=0)
        cube = top.create_group("data/datacubes/datacube_0")
        cube.attrs["emd_group_type"] = 1
        cube.create_dataset("data", data=COUNTS)
        for i, name in enumerate(("R_x", "R_y", "Q_x", "Q_y")):
            cube.create_dataset(f"dim{i + 1}", data=np.arange(SHAPE[i])).attrs.update(name=name, units="pixels")
        sizes = {"R_pixel_size": 2.0, "R_pixel_units": "nm", "Q_pixel_size": 0.03, "Q_pixel_units": "A^-1"}
        for name, value in sizes.items():
            top[f"{place}/calibration/{name}"] = value
        top[f"{place}/microscope/beam_energy"] = energy
    calibration = {"scan_sampling": (20, 20), "reciprocal_sampling": (0.03, 0.03), "energy": 200e3}
    assert_holds(look(tmp_path / "a.h5"), **calibration)


def test_emd_of_the_berkeley_lab(tmp_path):
    with h5py.File(tmp_path / "a.emd", "w") as file:
        file.attrs.update(version_major=0, version_minor=2)
        group = file.create_group("data/scan")
        group.attrs["emd_group_type"] = 1
        group["data"] = COUNTS
        for i, (step, units) in enumerate(((0.5, "[n_m]"), (0.6, "[n_m]"), (0.1, "[n_m^-1]"), (0.2, "[n_m^-1]"))):
            axis = group.create_dataset(f"dim{i + 1}", data=step * np.arange(SHAPE[i], dtype=np.float32) + 7)
            axis.attrs.update(name=np.bytes_("yxyx"[i].encode()), units=np.bytes_(units))
        file.create_group("microscope").attrs.update(voltage=80.0, voltage_units="[k_V]")
    opened = look(tmp_path / "a.emd")
    # positions of single precision near 7 have steps to 1e-6
    assert opened.calibration["scan_sampling"] == pytest.approx((5, 6), rel=1e-5)
    assert opened.calibration["reciprocal_sampling"] == pytest.approx((0.01, 0.02), rel=1e-5)
    assert opened.calibration["energy"] == 80e3


def rosettasciio(path, plugin, **changes):
    """A file written by RosettaSciIO: steps 2 and 2.5 nm, 0.1 /nm, 200 kV."""
    pytest.importorskip("rsciio")
    about = signal(COUNTS) | {"learning_results": {}, "tmp_parameters": {}, "models": {}}
    about |= {"package_info": {"package": "hyperspy", "package_version": "2"}}
    about["attributes"] |= {"ragged": False}
    for axis in about["axes"]:
        axis |= {"_type": "UniformDataAxis", "is_binned": False} | changes
    importlib.import_module(f"rsciio.{plugin}").file_writer(path, about)
    return path


WRITTEN = {"scan_sampling": (20, 25), "reciprocal_sampling": (0.01, 0.01), "energy": 200e3}


@pytest.mark.parametrize("name, plugin, form", [("a.hspy", "hspy", "HyperSpy"), ("a.nxs", "nexus", "NeXus")])
def test_files_of_rosettasciio(tmp_path, name, plugin, form):
    opened = look(rosettasciio(tmp_path / name, plugin))
    assert_holds(opened, **WRITTEN)
    assert (opened.format, isinstance(opened.array, h5py.Dataset)) == (form, True)
    data = tcbf.open(tmp_path / name)
    assert (data.energy, data.scan_sampling) == (200e3, (20, 25))


def test_emd_that_rosettasciio_writes_backwards(tmp_path):
    opened = look(rosettasciio(tmp_path / "a.emd", "emd"))
    assert_holds(opened, scan_sampling=(20, 25), reciprocal_sampling=(0.01, 0.01))
    assert np.array_equal(opened.array[1:3], COUNTS[1:3])
    assert np.array_equal(opened.array[-1, 2], COUNTS[-1, 2])


def test_hyperspy_tells_the_scan_by_its_navigation(tmp_path):
    path = rosettasciio(tmp_path / "a.hspy", "hspy")
    with h5py.File(path, "a") as file:
        for i in range(4):
            file[f"Experiments/__unnamed__/axis-{i}"].attrs["navigate"] = i > 1
    scan_last = COUNTS.transpose(2, 3, 0, 1)
    opened = look(path)
    assert np.array_equal(opened.array[:], scan_last)
    assert opened.calibration == {"energy": 200e3}  # 1/nm is no step of a scan


def test_ev_written_for_kev_are_told(tmp_path):
    path = rosettasciio(tmp_path / "a.hspy", "hspy")
    with h5py.File(path, "a") as file:
        microscope = file["Experiments/__unnamed__/metadata/Acquisition_instrument/TEM"]
        microscope.attrs["beam_energy"] = 80_000.0
    opened = look(path)
    assert "energy" not in opened.calibration
    assert "beam_energy is no energy of electrons: 8e+07 eV" in opened.notes


def nexus(path, axes=("y", "x", "ky", "kx"), **attributes):
    """The published layout of NXdata: what it names may lie anywhere in the file."""
    with h5py.File(path, "w") as file:
        file.attrs.update(NX_class="NXroot", default="entry")
        entry = file.create_group("entry")
        entry.attrs.update(NX_class="NXentry", default="scan")
        detector = entry.create_group("instrument/detector")
        detector["counts"] = COUNTS
        beam = entry.create_group("instrument/beam")
        beam.attrs["NX_class"] = "NXbeam"
        beam.create_dataset("incident_energy", data=300.0).attrs["units"] = "keV"
        data = entry.create_group("scan")
        data.attrs.update(NX_class="NXdata", signal="counts", axes=list(axes), **attributes)
        data["counts"] = h5py.SoftLink("/entry/instrument/detector/counts")
        for i, (name, step, units) in enumerate(
            (("y", 1.0, "nm"), ("x", 1.5, "nm"), ("ky", 0.2, "mrad"), ("kx", 0.3, "mrad"))
        ):
            data.create_dataset(name, data=step * np.arange(SHAPE[i]) - 3).attrs["units"] = units
    return path


def test_nexus(tmp_path):
    expected = {"scan_sampling": (10, 15), "angular_sampling": (0.2, 0.3), "energy": 300e3}
    assert_holds(look(nexus(tmp_path / "a.nxs")), **expected)
    # names in another order, and where they belong
    places = {"kx_indices": 3, "ky_indices": 2, "x_indices": np.array([1]), "y_indices": 0}
    assert_holds(look(nexus(tmp_path / "b.nxs", ("kx", "ky", "x", "y"), **places)), **expected)


def test_nexus_says_which_of_several(tmp_path):
    path = nexus(tmp_path / "a.nxs")
    with h5py.File(path, "a") as file:
        file["entry/other/frames"] = 2 * COUNTS
    assert np.array_equal(look(path).array[:], COUNTS)
    with h5py.File(path, "a") as file:
        del file.attrs["default"]
    with pytest.raises(ValueError, match=r"several 4D datasets, .*detector/counts \(3, 4, 6, 5\)"):
        look(path)
    assert np.array_equal(look(path, Asked("entry/other/frames")).array[:], 2 * COUNTS)


@pytest.mark.parametrize("step", [0.0, -5.0, np.nan, np.inf, 1e301])
def test_a_step_that_is_none_is_no_calibration(tmp_path, step):
    opened = look(py4dstem(tmp_path / "a.h5", (("Rx", step, "A"), *AXES[1:])))
    assert "scan_sampling" not in opened.calibration
    assert "axes of the scan are no calibration" in opened.notes[0]


def test_positions_that_are_not_even_are_no_calibration(tmp_path):
    path = nexus(tmp_path / "a.nxs")
    with h5py.File(path, "a") as file:
        file["entry/scan/ky"][2] += 0.1
    opened = look(path)
    assert "angular_sampling" not in opened.calibration
    assert "steps of none 'mrad' and 0.3 'mrad'" in opened.notes[0]


@pytest.mark.parametrize("energy", [0.0, -200e3, np.nan, 12.0, "much", np.array([1.0, 2.0])])
def test_an_energy_that_is_none_is_left_out(tmp_path, energy):
    path = py4dstem(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["datacube_root/datacube"].attrs["energy"] = energy
    assert "energy" not in look(path).calibration


@pytest.mark.parametrize("truth", ["", "{}", "[]", 3, '{"aberrations": 1}', np.bytes_(b"\xff\xfe"), "[" * 10**4])
def test_a_truth_that_is_damaged_is_left_out(tmp_path, truth):
    path = tcbf.save(tcbf.FourDSTEM(COUNTS, **KNOWN), tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file["datacube_root/datacube"].attrs["truth"] = truth
    assert "what the simulation was made with cannot be read" in look(path).notes
    assert tcbf.open(path).truth is None


def test_npy_and_its_frames(tmp_path):
    np.save(tmp_path / "a.npy", np.asfortranarray(COUNTS))
    assert_holds(look(tmp_path / "a.npy"))
    np.save(tmp_path / "b.npy", COUNTS.reshape(12, 6, 5))
    opened = look(tmp_path / "b.npy", Asked(scan_shape=(2, 5)))
    assert np.array_equal(opened.array[:], COUNTS.reshape(12, 6, 5)[:10].reshape(2, 5, 6, 5))
    assert opened.notes == ("2 frames after the scan are left out",)
    with pytest.raises(ValueError, match=r"b.npy holds 12 frames one after another; give scan_shape="):
        look(tmp_path / "b.npy")
    with pytest.raises(ValueError, match=r"scan_shape=\(4, 4\) needs 16 frames, b.npy holds 12"):
        look(tmp_path / "b.npy", Asked(scan_shape=(4, 4)))


@pytest.mark.parametrize(
    "array, message",
    [
        (np.array([{"a": 1}], object), "holds Python objects, not numbers"),
        (np.ones((2, 2, 2, 2), complex), "must hold integer or real counts, got dtype complex128"),
        (np.ones((2, 2)), r"must hold 4 axes .* got shape \(2, 2\)"),
        (np.ones((0, 2, 2, 2)), r"must not be empty, got shape \(0, 2, 2, 2\)"),
    ],
)
def test_npy_of_anything_else_is_refused(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=f"a.npy {message}"):
        look(tmp_path / "a.npy")


def test_a_file_that_cannot_be_read_is_closed(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["image"] = np.ones((4, 4))
    with pytest.raises(ValueError, match="a.h5 holds no 4D dataset"):
        look(tmp_path / "a.h5")
    gc.collect()
    h5py.File(tmp_path / "a.h5", "r+").close()  # HDF5 refuses what is open for reading


def test_frames_one_after_another_in_hdf5(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["frames"] = COUNTS.reshape(12, 6, 5)
        file["dark"] = np.ones((2, 6, 5))
    opened = look(tmp_path / "a.h5", Asked(scan_shape=(3, 4)))
    assert_holds(opened)
    assert isinstance(opened.array, ScanArray)
    with pytest.raises(ValueError, match=r"no 4D dataset; .* give scan_shape=.*: /dark \(2, 6, 5\), /frames "):
        look(tmp_path / "a.h5")
    with pytest.raises(ValueError, match=r"a.h5 holds several stacks of 2 frames or more"):
        look(tmp_path / "a.h5", Asked(scan_shape=(1, 2)))
    assert look(tmp_path / "a.h5", Asked("dark", (1, 2))).array.shape == (1, 2, 6, 5)
    assert Path(opened.array.source.file.filename).name == "a.h5"
