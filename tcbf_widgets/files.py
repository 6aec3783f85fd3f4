"""Scans on disk: EMD-style HDF5, readable by py4DSTEM, and npy."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from ._checks import require
from .atomic import written_whole
from .fourdstem import FourDSTEM, Truth

_HDF5_SUFFIXES = (".h5", ".hdf5", ".emd")
_AXES = ("Ry", "Rx", "Qy", "Qx")
_TO_ANGSTROM = {"A": 1.0, "Å": 1.0, "Angstrom": 1.0, "angstrom": 1.0, "nm": 10.0, "[n_m]": 10.0, "pm": 0.01}


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
    path, *, energy=None, scan_sampling=None, reciprocal_sampling=None, angular_sampling=None, dataset=None
) -> FourDSTEM:
    """Open a scan; counts stay on disk until a stage reads them.

    Parameters
    ----------
    path : .npy, or .h5 / .hdf5 / .emd
    energy, scan_sampling, reciprocal_sampling, angular_sampling : override what the file says, or
        supply what it lacks (eV, Å, 1/Å, mrad)
    dataset : path of the 4D dataset inside an HDF5 file; needed only if it holds several

    Returns
    -------
    FourDSTEM

    Raises
    ------
    ValueError if the file is damaged, has no 4D data, or lacks calibration that was not given
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"path {str(path)!r} is not a file")
    if path.suffix == ".npy":
        array, found = _open_npy(path), {}
    elif path.suffix in _HDF5_SUFFIXES:
        array, found = _open_hdf5(path, dataset)
    else:
        raise ValueError(f"path must end with .npy or {', '.join(_HDF5_SUFFIXES)}, got {path.name!r}")
    given = {"energy": energy, "scan_sampling": scan_sampling}
    given |= {"reciprocal_sampling": reciprocal_sampling, "angular_sampling": angular_sampling}
    if reciprocal_sampling is not None or angular_sampling is not None:
        found.pop("reciprocal_sampling", None)
    calibration = found | {name: value for name, value in given.items() if value is not None}
    _require_calibration(path, calibration)
    return FourDSTEM(array, **calibration)


def _require_calibration(path: Path, calibration: dict) -> None:
    remedies = {
        "energy": "energy=300e3 (eV)",
        "scan_sampling": "scan_sampling=10.0 (Å)",
        "reciprocal_sampling": "reciprocal_sampling=0.0078 (1/Å) or angular_sampling= (mrad)",
    }
    if "angular_sampling" in calibration:
        remedies.pop("reciprocal_sampling")
    missing = [name for name in remedies if name not in calibration]
    if missing:
        advice = ", ".join(remedies[name] for name in missing)
        raise ValueError(f"{path.name} does not hold {', '.join(missing)}; pass it, for example {advice}")


def _open_npy(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r")
    except (ValueError, OSError, EOFError) as error:
        raise ValueError(f"{path.name} is not a whole .npy file ({error}); copy it again from its source") from error


def _open_hdf5(path: Path, dataset: str | None) -> tuple[h5py.Dataset, dict]:
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path.name} is not a whole HDF5 file ({error}); copy it again from its source") from error
    try:
        array = _find_dataset(file, path, dataset)
        return array, _read_calibration(array)
    except BaseException:
        file.close()
        raise


def _find_dataset(file: h5py.File, path: Path, name: str | None) -> h5py.Dataset:
    if name is not None:
        if not isinstance(file.get(name), h5py.Dataset):
            raise ValueError(f"dataset={name!r} is not in {path.name}")
        return file[name]
    candidates = []
    file.visititems(lambda key, item: candidates.append(key) if getattr(item, "ndim", 0) == 4 else None)
    if len(candidates) != 1:
        what = f"several 4D datasets, choose one with dataset=: {candidates}" if candidates else "no 4D dataset"
        raise ValueError(f"{path.name} holds {what}")
    return file[candidates[0]]


def _read_calibration(array: h5py.Dataset) -> dict:
    """What an EMD file says about its axes; names as in `FourDSTEM`."""
    group, found = array.parent, {}
    steps = [_axis_step(group.get(f"dim{i}"), reciprocal=i > 1) for i in range(4)]
    if None not in steps[:2]:
        found["scan_sampling"] = tuple(steps[:2])
    if None not in steps[2:]:
        found["reciprocal_sampling"] = tuple(steps[2:])
    if "energy" in group.attrs:
        found["energy"] = float(group.attrs["energy"])
    if "truth" in group.attrs:
        found["truth"] = Truth.from_json(group.attrs["truth"])
    return found


def _axis_step(axis, reciprocal: bool) -> float | None:
    """Å or 1/Å per pixel from the vector of an EMD axis; None if it is not there or has other units."""
    if not isinstance(axis, h5py.Dataset) or (len(axis) < 2 and "step" not in axis.attrs):
        return None
    unit = axis.attrs.get("units", "")
    unit = unit.decode() if isinstance(unit, bytes) else str(unit)
    base = unit.replace("^-1", "").removeprefix("1/").replace("⁻¹", "")
    if base not in _TO_ANGSTROM or (base != unit) != reciprocal:
        return None
    # an axis of one position has no second one to take the difference to
    step = float(axis[1] - axis[0]) if len(axis) > 1 else float(axis.attrs["step"])
    return step / _TO_ANGSTROM[base] if reciprocal else step * _TO_ANGSTROM[base]
