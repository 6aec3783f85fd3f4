"""Small files of every format that `tcbf.open` reads, whole, to be damaged by the tests."""

from __future__ import annotations

import tempfile
import warnings
import zipfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import h5py
import numpy as np

import tcbf_widgets as tcbf
from tests.test_readers_empad import recording
from tests.test_readers_merlin import written
from tests.test_readers_other import dm4, signal

SHAPE = (3, 4, 16, 12)
SQUARE = (3, 4, 16, 16)  # of formats whose frames are
COUNTS = (np.arange(np.prod(SHAPE)) * 7919 % 251).astype(np.uint16).reshape(SHAPE)
SQUARES = (np.arange(np.prod(SQUARE)) * 7919 % 251).astype(np.uint8).reshape(SQUARE)
KNOWN = {"energy": 300e3, "scan_sampling": 5.0, "reciprocal_sampling": 0.02}


@dataclass(frozen=True)
class Whole:
    """One format.

    write : function of a folder that writes its files there
    opened : names of files that may be given to `tcbf.open`
    shape : of the scan
    how : arguments of `tcbf.open`
    """

    write: object
    opened: tuple[str, ...]
    shape: tuple[int, int, int, int] = SHAPE
    how: dict = field(default_factory=lambda: KNOWN)


def _npy(folder):
    np.save(folder / "scan.npy", COUNTS)


def _npy_frames(folder):
    np.save(folder / "scan.npy", COUNTS.reshape(12, *SHAPE[2:]).astype("<f4"))


def _emd(folder):
    tcbf.save(tcbf.FourDSTEM(COUNTS, **KNOWN), folder / "scan.emd")


def _py4dstem(folder):
    """As py4DSTEM 0.14 writes it."""
    with h5py.File(folder / "scan.h5", "w") as file:
        file.attrs.update(emd_group_type="file", version_major=1, version_minor=0, authoring_program="emdfile")
        root = file.create_group("datacube_root")
        root.attrs.update(emd_group_type="root", python_class="Root")
        cube = root.create_group("datacube")
        cube.attrs.update(emd_group_type="array", python_class="DataCube")
        cube.create_dataset("data", data=COUNTS).attrs["units"] = "pixel intensity"
        steps = ((5.0, "A"), (5.0, "A"), (0.02, "A^-1"), (0.02, "A^-1"))
        for i, (name, (step, units)) in enumerate(zip(("Rx", "Ry", "Qx", "Qy"), steps, strict=True)):
            cube.create_dataset(f"dim{i}", data=[0.0, step]).attrs.update(name=name, units=units)
        bundle = root.create_group("metadatabundle")
        bundle.attrs["emd_group_type"] = "metadatabundle"
        sizes = bundle.create_group("calibration")
        sizes.attrs.update(emd_group_type="metadata", python_class="Calibration")
        pixels = {"R_pixel_size": 5.0, "R_pixel_units": "A", "Q_pixel_size": 0.02, "Q_pixel_units": "A^-1"}
        for name, value in (pixels | {"QR_flip": False}).items():
            sizes.create_dataset(name, data=value)


def _old_py4dstem(folder):
    """As py4DSTEM 0.13 and earlier write it."""
    with h5py.File(folder / "scan.h5", "w") as file:
        file.attrs.update(version_major=0, version_minor=13, emd_group_type=2)
        top = file.create_group("4DSTEM_experiment")
        cube = top.create_group("data/datacubes/datacube_0")
        cube.attrs["emd_group_type"] = 1
        cube.create_dataset("data", data=COUNTS, chunks=(1, 1, *SHAPE[2:]))
        for i, name in enumerate(("R_x", "R_y", "Q_x", "Q_y")):
            cube.create_dataset(f"dim{i + 1}", data=[0, 1]).attrs.update(name=name, units="[n_m]" if i < 2 else "pix")
        sizes = top.create_group("metadata/metadata_0/calibration")
        for name, value in {"R_pixel_size": 5.0, "R_pixel_units": "A"}.items():
            sizes.create_dataset(name, data=value)


def _rosettasciio(name, plugin, counts=SQUARES, units=("nm", "nm", "1/nm", "1/nm"), **original):
    """A function that lets RosettaSciIO write a file."""

    def write(folder):
        from importlib import import_module

        about = signal(counts, units, **original)
        for axis in about["axes"]:
            axis |= {"_type": "UniformDataAxis", "is_binned": False}
        about |= {"learning_results": {}, "tmp_parameters": {}, "models": {}}
        about["attributes"] |= {"ragged": False}
        about["package_info"] = {"package": "hyperspy", "package_version": "2"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module(f"rsciio.{plugin}").file_writer(str(folder / name), about)

    return write


def _arina(folder):
    """As DECTRIS FileWriter writes it: a master that links to files of frames."""
    import hdf5plugin

    frames = COUNTS.reshape(12, *SHAPE[2:])
    with h5py.File(folder / "scan_master.h5", "w", libver="latest") as file:
        data = file.create_group("entry/data")
        data.attrs["NX_class"] = "NXdata"
        for number, first in enumerate((0, 8), 1):
            name = f"scan_data_{number:06d}.h5"
            data[f"data_{number:06d}"] = h5py.ExternalLink(name, "/entry/data/data")
            piece = frames[first : first + 8]
            with h5py.File(folder / name, "w", libver="latest") as part:
                compressed = hdf5plugin.Bitshuffle(nelems=0, cname="lz4")
                size = (1, *SHAPE[2:])
                stored = part.create_dataset("entry/data/data", data=piece, chunks=size, compression=compressed)
                stored.attrs.update(image_nr_low=first + 1, image_nr_high=first + len(piece))
        detector = file.create_group("entry/instrument/detector")
        specific = detector.create_group("detectorSpecific")
        specific.create_dataset("ntrigger", data=3)
        specific.create_dataset("nimages", data=4)
        mask = np.zeros(SHAPE[2:], np.uint32)
        mask[3, 4] = 1
        specific.create_dataset("pixel_mask", data=mask)
        energy = file.create_dataset("entry/instrument/beam/incident_energy", data=300e3)
        energy.attrs["units"] = "eV"


def _gzip(folder):
    with h5py.File(folder / "scan.h5", "w") as file:
        file.create_dataset("scan/counts", data=COUNTS, chunks=(1, 2, *SHAPE[2:]), compression="gzip", shuffle=True)


def _bitshuffle(folder):
    import hdf5plugin

    with h5py.File(folder / "scan.h5", "w", libver="latest") as file:
        compressed = hdf5plugin.Bitshuffle(nelems=0, cname="lz4")
        file.create_dataset("scan/counts", data=COUNTS, chunks=(1, 4, *SHAPE[2:]), compression=compressed)


def _extendable(folder):
    """Frames one after another, added while they were recorded; each with a checksum."""
    with h5py.File(folder / "scan.h5", "w") as file:
        most = (None, *SHAPE[2:])
        size = (1, *SHAPE[2:])
        frames = COUNTS.reshape(12, *SHAPE[2:])
        file.create_dataset("frames", data=frames, maxshape=most, chunks=size, fletcher32=True)


def _virtual(folder):
    """Rows of a scan in files of their own."""
    layout = h5py.VirtualLayout(SHAPE, COUNTS.dtype)
    for row in range(SHAPE[0]):
        with h5py.File(folder / f"row_{row}.h5", "w") as file:
            file.create_dataset("counts", data=COUNTS[row])
        layout[row] = h5py.VirtualSource(f"row_{row}.h5", "counts", SHAPE[1:])
    with h5py.File(folder / "scan.h5", "w", libver="latest") as file:
        file.create_virtual_dataset("scan", layout)


def _empad(folder):
    recording(folder, (2, 3), "scan_x3_y2.raw")


def _empad_alone(folder):
    recording(folder, (2, 2), "frames.raw")
    (folder / "scan.xml").unlink()


def _merlin(folder):
    written(folder)


def _merlin_named(folder):
    written(folder, row=1, more="ScanX:\t4\nScanY:\t3\n")


def _dm4(folder):
    steps = [(0.02, "1/nm"), (0.01, "1/nm"), (2.5, "nm"), (2.0, "nm")]
    (folder / "scan.dm4").write_bytes(dm4(COUNTS.astype(np.uint8), steps))


def _prz(folder):
    """RosettaSciIO compresses, of which its reader makes no memory map."""
    _rosettasciio("packed.prz", "pantarhei")(folder)
    with zipfile.ZipFile(folder / "packed.prz") as packed, zipfile.ZipFile(folder / "scan.prz", "w") as file:
        for name in packed.namelist():
            # the time of a member would make another file of it each time
            file.writestr(zipfile.ZipInfo(name), packed.read(name))
    (folder / "packed.prz").unlink()


_STACK = {"counts": SQUARES.reshape(12, *SQUARE[2:]), "units": ("", "1/nm", "1/nm")}
_FRAMES = KNOWN | {"scan_shape": SHAPE[:2]}
_EMPAD = KNOWN | {"clip_negative": True}
_BLO = {"blockfile_header": {"Beam_energy": 200_000, "Note": ""}}
FORMATS = {
    "npy": Whole(_npy, ("scan.npy",)),
    "npy frames": Whole(_npy_frames, ("scan.npy",), how=_FRAMES),
    "EMD": Whole(_emd, ("scan.emd",)),
    "py4DSTEM": Whole(_py4dstem, ("scan.h5",)),
    "py4DSTEM 0.13": Whole(_old_py4dstem, ("scan.h5",)),
    "HyperSpy": Whole(_rosettasciio("scan.hspy", "hspy"), ("scan.hspy",), SQUARE),
    "NeXus": Whole(_rosettasciio("scan.nxs", "nexus"), ("scan.nxs",), SQUARE),
    "Arina": Whole(_arina, ("scan_master.h5",)),
    "HDF5 gzip": Whole(_gzip, ("scan.h5",)),
    "HDF5 bitshuffle": Whole(_bitshuffle, ("scan.h5",)),
    "HDF5 extendable": Whole(_extendable, ("scan.h5",), how=_FRAMES),
    "HDF5 virtual": Whole(_virtual, ("scan.h5",)),
    "EMPAD": Whole(_empad, ("scan.xml", "scan_x3_y2.raw"), (2, 3, 128, 128), _EMPAD),
    "EMPAD raw": Whole(_empad_alone, ("frames.raw",), (2, 2, 128, 128), _EMPAD),
    "Merlin": Whole(_merlin, ("scan.mib", "scan.hdr"), (3, 4, 6, 8)),
    "Merlin ScanX": Whole(_merlin_named, ("scan.mib", "scan.hdr"), (3, 4, 6, 8)),
    "blo": Whole(_rosettasciio("scan.blo", "blockfile", units=("nm", "nm", "cm", "cm"), **_BLO), ("scan.blo",), SQUARE),
    "dm4": Whole(_dm4, ("scan.dm4",)),
    "prz": Whole(_prz, ("scan.prz",), SQUARE),
    "rpl": Whole(_rosettasciio("scan.rpl", "ripple", **_STACK), ("scan.rpl",), SQUARE, _FRAMES),
    "tif": Whole(_rosettasciio("scan.tif", "tiff", **_STACK), ("scan.tif",), SQUARE, _FRAMES),
    "tvips": Whole(_rosettasciio("scan_000.tvips", "tvips", **_STACK), ("scan_000.tvips",), SQUARE, _FRAMES),
}


@cache
def whole_files(name: str) -> dict[str, bytes]:
    """The files of a format, by their names."""
    with tempfile.TemporaryDirectory() as folder:
        FORMATS[name].write(Path(folder))
        return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}
