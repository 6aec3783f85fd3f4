"""Every other file, through RosettaSciIO (extra ``io``), which is imported only here and only now.

What it reads is taken as it gives it: axes that can be navigated are the scan, and detectors are not turned.
"""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from math import prod
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from ..scan_array import ScanArray
from .axes import Axis, Reordered, calibration, energy_in, scan_first
from .frames import of_scan
from .opened import Asked, Opened, damaged

_NATIVE = ".npy, .h5, .hdf5, .emd, .hspy, .nxs, .raw, .xml, .mib or .hdr"
# of what holds scans; what a RosettaSciIO that is installed reads is looked up in it
_USUAL = ("app5", "blo", "de5", "dm3", "dm4", "emi", "mrc", "mrcz", "prz", "rpl", "ser", "tif", "tiff", "tvips", "zspy")
_NOT_COMPRESSED = ("blo", "dm3", "dm4", "emi", "mrc", "rpl", "ser", "tvips")


def read(path: Path, asked: Asked) -> Opened:
    """The scan of a file that RosettaSciIO reads: its only signal of four axes, or of three with ``scan_shape``.

    Parameters
    ----------
    path : its suffix chooses the reader
    asked : ``scan_shape`` of a file that holds frames one after another

    Returns
    -------
    Opened

    Raises
    ------
    ImportError if RosettaSciIO, or something that it needs for this format, is not installed
    ValueError if the suffix is unknown, the file is damaged, or it holds no scan
    """
    suffix = path.suffix.lower().removeprefix(".")
    try:
        from rsciio import IO_PLUGINS
    except ImportError:
        if suffix not in _USUAL:
            raise _unknown(path) from None
        raise ImportError(f'reading .{suffix} files needs RosettaSciIO: pip install "tcbf_widgets[io]"') from None
    plugins = [plugin for plugin in IO_PLUGINS if suffix in plugin["file_extensions"]]
    if not suffix or not plugins:
        raise _unknown(path)
    if suffix == "prz":
        _refuse_compressed(path)
    plugin, signals = _signals(path, plugins)
    signal = _scan_among(path, signals, asked)
    if suffix in _NOT_COMPRESSED and _bytes(signal["data"]) > _size(path):
        raise damaged(path, plugin["name"], f"it should hold counts of shape {signal['data'].shape}")
    return _opened(path, plugin["name"], signal, asked)


def _unknown(path: Path) -> ValueError:
    others = ", ".join(f".{suffix}" for suffix in _USUAL)
    return ValueError(
        f"path must end with {_NATIVE}, or as files that RosettaSciIO reads, such as {others}; got {path.name!r}"
    )


def _signals(path: Path, plugins: list[dict]) -> tuple[dict, list[dict]]:
    """What the first of some plugins that can read a file gives, and that plugin; nothing is read of the counts."""
    errors = []
    for plugin in plugins:
        try:
            return plugin, _lazily(import_module(plugin["api"]).file_reader, path)
        except ImportError as error:
            errors.append(ImportError(f"reading {path.suffix} files needs {error.name or error}: install it as well"))
        except NotImplementedError as error:
            errors.append(ValueError(f"RosettaSciIO does not read {path.name}: {_first_line(error)}"))
        # readers of so many formats raise whatever their damaged files lead to
        except Exception as error:
            why = f"RosettaSciIO: {type(error).__name__}, {_first_line(error)}"
            errors.append(damaged(path, plugin["name"], why))
    raise next((error for error in errors if not isinstance(error, ImportError)), errors[0])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _lazily(file_reader, path: Path) -> list[dict]:
    """What a reader gives, with all counts in one chunk if it can: then they are a memory map, whatever their shape."""
    one = {"chunks": -1} if "chunks" in signature(file_reader).parameters else {}
    return file_reader(str(path), lazy=True, **one)


def _refuse_compressed(path: Path) -> None:
    """ValueError for a .prz that is compressed, of which RosettaSciIO 0.15 maps the compressed bytes as counts."""
    try:
        with ZipFile(path) as file:
            compressed = file.getinfo("data.npy").compress_type != ZIP_STORED
    except (BadZipFile, KeyError, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path, "PantaRhei", error) from None
    if compressed:
        raise ValueError(f"{path.name} is compressed; save it without compression, or as .npy or .hspy")


def _scan_among(path: Path, signals: list[dict], asked: Asked) -> dict:
    """The only signal of a file that is a scan."""
    axes = 3 if asked.scan_shape and not any(np.ndim(signal["data"]) == 4 for signal in signals) else 4
    scans = [signal for signal in signals if np.ndim(signal["data"]) == axes]
    if len(scans) == 1:
        return scans[0]
    there = ", ".join(str(np.shape(signal["data"])) for signal in signals) or "nothing"
    remedy = "; frames one after another need scan_shape=(scan_y, scan_x)" if not scans and axes == 4 else ""
    raise ValueError(f"{path.name} must hold one scan of four axes, got {there}{remedy}")


def _opened(path: Path, name: str, signal: dict, asked: Asked) -> Opened:
    """Counts in our order, with what the signal says about its axes."""
    data = signal["data"]
    if data.dtype.kind not in "uif":
        raise ValueError(f"{path.name} must hold integer or real counts, got dtype {data.dtype}")
    scan_shape, notes = of_scan(path, data.shape, asked.scan_shape)
    stored = _axes(signal, data.shape)
    order = _order(stored) if data.ndim == 4 else (0, 1, 2)
    axes = [stored[place][0] for place in order]
    found, more = calibration(axes if data.ndim == 4 else [Axis(), Axis(), *axes[1:]])
    energy, doubt = _energy(signal)
    array = data if order == tuple(range(data.ndim)) else Reordered(data, order)
    array = ScanArray(array, scan_shape) if data.ndim == 3 else array
    return Opened(array, f"{name}, by RosettaSciIO", found | energy, notes=(*notes, *more, *doubt))


def _axes(signal: dict, shape: tuple[int, ...]) -> list[tuple[Axis, bool | None]]:
    """Each stored axis, and whether it can be navigated, None if that is not said."""
    found = [(Axis(size=size), None) for size in shape]
    for place, axis in enumerate(signal.get("axes", ())):
        place = axis.get("index_in_array", place)
        if place is None or not 0 <= place < len(shape):
            continue
        name, step, unit = (axis.get(key) for key in ("name", "scale", "units"))
        step = float(step) if isinstance(step, (int, float, np.number)) else None
        found[place] = (Axis(str(name or ""), shape[place], step, str(unit or "")), axis.get("navigate"))
    return found


def _order(axes: list[tuple[Axis, bool | None]]) -> tuple[int, ...]:
    """Where scan_y, scan_x, detector_y and detector_x are among four stored axes."""
    scan = [place for place, (_, navigated) in enumerate(axes) if navigated]
    detector = [place for place, (_, navigated) in enumerate(axes) if navigated is False]
    if len(scan) != 2 or len(detector) != 2:
        return scan_first([axis for axis, _ in axes])
    return (*scan, *detector)


def _energy(signal: dict) -> tuple[dict, tuple[str, ...]]:
    """The energy in eV from the metadata of HyperSpy, which has keV."""
    value = signal.get("metadata") or {}
    for name in ("Acquisition_instrument", "TEM", "beam_energy"):
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, (int, float, np.number)) or value <= 0:
        return {}, ()
    return energy_in(1e3 * float(value), "beam_energy")


def _bytes(data) -> int:
    return prod(data.shape) * data.dtype.itemsize


def _size(path: Path) -> int:
    """Bytes of a file with those that it is continued in, or that hold its counts: their names begin alike."""
    start = path.stem.rstrip("0123456789").lower()
    return sum(file.stat().st_size for file in path.parent.iterdir() if file.name.lower().startswith(start))
