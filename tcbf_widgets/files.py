"""Scans on disk: any file is opened here, and EMD-style HDF5, which py4DSTEM reads, and npy are written."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from pathlib import Path

import h5py
import numpy as np

from ._checks import require, shape_pair
from .atomic import written_whole
from .fourdstem import FourDSTEM
from .readers.opened import HDF5, NPY, Asked, DamagedFileError, Opened
from .scan_array import ScanArray, turned

_HDF5_SUFFIXES = (".h5", ".hdf5", ".emd")
_AXES = ("Ry", "Rx", "Qy", "Qx")
# module of readers by the end of a file's name; what a file begins with counts more
_READERS = {
    ".npy": "npy",
    ".raw": "empad",
    ".xml": "empad",
    ".mib": "merlin",
    ".hdr": "merlin",
    **dict.fromkeys((*_HDF5_SUFFIXES, ".he5", ".hspy", ".nxs", ".nx", ".nx5", ".py4dstem"), "hdf5"),
}
_SIGNATURES = {HDF5: "hdf5", NPY: "npy"}
FLIPS = {"": (False, False), "y": (True, False), "x": (False, True), "yx": (True, True)}
_PIXEL_SIZES = ("reciprocal_sampling", "angular_sampling")


def save(data: FourDSTEM, path, overwrite: bool = False) -> Path:
    """Save a scan as EMD-style HDF5, or its bare counts as npy.

    Parameters
    ----------
    data : the scan
    path : ends with .h5, .hdf5, .emd or .npy; npy holds the counts without calibration
    overwrite : replace an existing file; without it an existing file is an error

    Returns
    -------
    the path
    """
    require("data", data, FourDSTEM, "from tcbf.open(path) or tcbf.FourDSTEM(array, ...)")
    path = Path(path)
    if path.suffix not in (".npy", *_HDF5_SUFFIXES):
        raise ValueError(f"path must end with .npy or {', '.join(_HDF5_SUFFIXES)}, got {path.name!r}")
    with written_whole(path, overwrite) as temporary:
        if path.suffix == ".npy":
            np.save(temporary, np.asarray(data.array))
        else:
            _write_hdf5(data, temporary)
    return path


def _write_hdf5(data: FourDSTEM, path: Path) -> None:
    """EMD 1.0 layout (emdatasets.com/format), as py4DSTEM writes and reads it."""
    with h5py.File(path, "w") as file:
        file.attrs.update(emd_group_type="file", version_major=1, version_minor=0, authoring_program="tcbf_widgets")
        root = file.create_group("datacube_root")
        root.attrs.update(emd_group_type="root", python_class="Root")
        group = root.create_group("datacube")
        group.attrs.update(emd_group_type="array", python_class="DataCube", energy=data.energy)
        if data.truth is not None:
            group.attrs["truth"] = data.truth.to_json()
        array = group.create_dataset("data", shape=data.array.shape, dtype=data.array.dtype)
        array.attrs["units"] = "counts"
        for rows, block in data.row_blocks():
            array[rows] = block
        steps = (*data.scan_sampling, *data.reciprocal_sampling)
        for i, (name, step, unit) in enumerate(zip(_AXES, steps, ("A", "A", "A^-1", "A^-1"), strict=True)):
            axis = group.create_dataset(f"dim{i}", data=step * np.arange(data.array.shape[i]))
            axis.attrs.update(name=name, units=unit, step=step)
        bundle = root.create_group("metadatabundle")
        bundle.attrs["emd_group_type"] = "metadatabundle"
        _write_calibration(bundle.create_group("calibration"), data)


def _write_calibration(group: h5py.Group, data: FourDSTEM) -> None:
    group.attrs.update(emd_group_type="metadata", python_class="Calibration")
    numbers = {"R_pixel_size": data.scan_sampling[0], "Q_pixel_size": data.reciprocal_sampling[0]}
    for name, value in numbers.items():
        group.create_dataset(name, data=value).attrs["type"] = "number"
    for name, value in {"R_pixel_units": "A", "Q_pixel_units": "A^-1", "_root_treepath": ""}.items():
        group.create_dataset(name, data=value).attrs["type"] = "string"
    group.create_dataset("QR_flip", data=False).attrs["type"] = "bool"
    targets = group.create_group("_target_paths")
    targets.attrs.update(length=1, type="list_of_strings")
    targets.create_dataset("0", data="/datacube")


def open_scan(
    path,
    *,
    energy=None,
    scan_sampling=None,
    reciprocal_sampling=None,
    angular_sampling=None,
    dataset: str | None = None,
    scan_shape=None,
    flip: str | None = None,
    transpose: bool | None = None,
    clip_negative: bool = False,
) -> FourDSTEM:
    """Open a scan; counts stay on disk until a stage reads them.

    Parameters
    ----------
    path : npy; HDF5 of py4DSTEM and EMD, HyperSpy (.hspy), NeXus and Arina (_master.h5); EMPAD (.raw, .xml); Merlin
        (.mib, .hdr); other files through RosettaSciIO (extra ``io``)
    energy, scan_sampling, reciprocal_sampling, angular_sampling : override what the file says, or
        supply what it lacks (eV, Å, 1/Å, mrad); of the axes (y, x) after flips and transposition
    dataset : path of the 4D dataset inside an HDF5 file; needed only if it holds several
    scan_shape : (scan_y, scan_x) of a file that holds frames one after another and does not say how many in a row
    flip : axes along which each frame is turned over before anything else: "", "y", "x" or "yx"; None for what is
        usual of the format: "y" of Merlin, whose frames are stored from the bottom to the top, "" of the others
    transpose : exchange the axes of each frame, after the flips; None for what is usual of the format, False of all
    clip_negative : read negative counts as 0. A background that was subtracted leaves some, as in files of EMPAD; they
        are refused otherwise. Clipping lifts the mean where there are few electrons: a smaller background is better.
        Unsigned counts have none, and stay as they are

    Returns
    -------
    FourDSTEM

    The eight ways to lay a detector are its four flips with and without transposition. A wrong one does no harm to
    tilt correction: `tcbf.refine_aberrations` finds the rotation, and with it whether axes are exchanged.

    Raises
    ------
    FileNotFoundError if there is no such file, IsADirectoryError if it is a folder
    ValueError if the file is damaged, has no 4D data, or lacks calibration that was not given
    ImportError if RosettaSciIO is needed and not installed
    """
    path, flip, transpose = _checked_path(path), _checked_flip(flip), _checked_transpose(transpose)
    if not isinstance(clip_negative, bool):
        raise ValueError(f"clip_negative must be True or False, got {clip_negative!r}")
    opened = look(path, Asked(dataset, None if scan_shape is None else shape_pair("scan_shape", scan_shape)))
    given = {"energy": energy, "scan_sampling": scan_sampling}
    given |= {"reciprocal_sampling": reciprocal_sampling, "angular_sampling": angular_sampling}
    array, calibration = laid(opened, given, flip, transpose, clip_negative)
    _require_calibration(path, calibration)
    return FourDSTEM(array, **calibration)


def look(path, asked: Asked = Asked()) -> Opened:  # noqa: B008, it cannot be changed
    """What a file holds, its frames as they are stored; nothing is required of its calibration.

    Parameters
    ----------
    path : as in `open_scan`
    asked : what the user says about the file

    Returns
    -------
    Opened
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"path {str(path)!r} is not a file but a folder")
    if not path.is_file():
        raise FileNotFoundError(f"path {str(path)!r} is not a file: there is none of this name")
    if not path.stat().st_size:
        raise DamagedFileError(f"{path.name} is empty (0 bytes)")
    with path.open("rb") as file:
        first = file.read(8)
    by_content = next((reader for start, reader in _SIGNATURES.items() if first.startswith(start)), None)
    name = by_content or _READERS.get(path.suffix.lower(), "other")
    return import_module(f".readers.{name}", __package__).read(path, asked)


def laid(opened: Opened, given: dict, flip=None, transpose=None, clip_negative: bool = False) -> tuple[object, dict]:
    """Counts with their frames turned, without a copy, and what is known of their calibration.

    Parameters
    ----------
    opened : what the file holds
    given : calibration by name, which counts more than that of the file; None for what was not given
    flip : of each frame along its stored (y, x), two bool; None for what is usual of the format
    transpose, clip_negative : as in `open_scan`

    Returns
    -------
    array (scan_y, scan_x, detector_y, detector_x), calibration with names as in `FourDSTEM`
    """
    flip = opened.flip if flip is None else flip
    transpose = opened.transpose if transpose is None else transpose
    found = dict(opened.calibration)
    if transpose:
        found |= {name: found[name][::-1] for name in _PIXEL_SIZES if name in found}
    if any(given.get(name) is not None for name in _PIXEL_SIZES):  # one of the two, given, replaces both
        found = {name: value for name, value in found.items() if name not in _PIXEL_SIZES}
    calibration = found | {name: value for name, value in given.items() if value is not None}
    return _turned(opened.array, flip, transpose, clip_negative), calibration


def _turned(array, flip: tuple[bool, bool], transpose: bool, clip_negative: bool):
    if clip_negative and np.dtype(array.dtype).kind != "u":
        return ScanArray(array, array.shape[:2], flip, transpose, clip_negative=True)
    if flip == (False, False) and not transpose:
        return array
    if isinstance(array, np.ndarray):
        return turned(array, flip, transpose)
    return ScanArray(array, array.shape[:2], flip, transpose)


def _checked_path(path) -> Path:
    if not isinstance(path, (str, PathLike)):
        advice = "an array goes into tcbf.FourDSTEM(array, energy, scan_sampling, reciprocal_sampling)"
        raise TypeError(f"path must be a file name, got {type(path).__name__}; {advice}")
    return Path(path)


def _checked_flip(flip) -> tuple[bool, bool] | None:
    if flip is None:
        return None
    if not isinstance(flip, str) or flip not in FLIPS:
        raise ValueError(f"flip must be one of {', '.join(map(repr, FLIPS))} or None, got {flip!r}")
    return FLIPS[flip]


def _checked_transpose(transpose) -> bool | None:
    if transpose is not None and not isinstance(transpose, bool):
        raise ValueError(f"transpose must be True, False or None, got {transpose!r}")
    return transpose


def _require_calibration(path: Path, calibration: dict) -> None:
    missing = missing_calibration(calibration)
    if missing:
        advice = ", ".join(missing.values())
        raise ValueError(f"{path.name} does not hold {', '.join(missing)}; pass it, for example {advice}")


def missing_calibration(calibration: dict) -> dict[str, str]:
    """What a calibration lacks, and for each how it may be given."""
    remedies = {
        "energy": "energy=300e3 (eV)",
        "scan_sampling": "scan_sampling=10.0 (Å)",
        "reciprocal_sampling": "reciprocal_sampling=0.0078 (1/Å) or angular_sampling= (mrad)",
    }
    if "angular_sampling" in calibration:
        remedies.pop("reciprocal_sampling")
    return {name: advice for name, advice in remedies.items() if name not in calibration}
