"""Every other file, through RosettaSciIO (extra ``io``), which is imported only here and only now.

What it reads is taken as it gives it: axes that can be navigated are the scan, and detectors are not turned.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from ..scan_array import ScanArray
from .axes import Axis, Reordered, calibration, energy_in, scan_first
from .frames import of_scan
from .opened import Asked, Opened, damaged
from .other_whole import check

_NATIVE = ".npy, .h5, .hdf5, .emd, .hspy, .nxs, .raw, .xml, .mib or .hdr"
# of what holds scans; what a RosettaSciIO that is installed reads is looked up in it
_USUAL = ("app5", "blo", "de5", "dm3", "dm4", "emi", "mrc", "mrcz", "prz", "rpl", "ser", "tif", "tiff", "tvips", "zspy")
_ENERGY = "Acquisition_instrument.TEM.beam_energy"
_NUMBERS = (int, float, np.number)


@dataclass(frozen=True, eq=False)
class _Counts:
    """Counts that RosettaSciIO leaves in the file; what it raises where the file is damaged names the file."""

    source: object
    path: Path
    format: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the stored axes."""
        return tuple(self.source.shape)

    @property
    def dtype(self) -> np.dtype:
        """Of the counts."""
        return np.dtype(self.source.dtype)

    def __getitem__(self, key) -> np.ndarray:
        part = self.source[key]
        try:
            # memory maps are read here and now: stages have threads of their own
            counts = part.compute(scheduler="synchronous") if hasattr(part, "compute") else np.asarray(part)
        except Exception as error:
            raise damaged(self.path, self.format, _of_rosettasciio(error)) from error
        if counts.shape != part.shape:
            raise damaged(self.path, self.format, f"it holds {counts.shape} counts where {part.shape} should be")
        return counts


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
    counts = _Counts(signal["data"], path, plugin["name"])
    check(path, plugin["name"], signal, counts)
    return _opened(counts, signal, asked)


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
            errors.append(ValueError(f"{path.name} cannot be read: {_of_rosettasciio(error)}"))
        # readers of so many formats raise whatever their damaged files lead to
        except Exception as error:
            wrong = ValueError(f"{path.name} is a picture, no scan") if plugin["name"] == "Image" else None
            errors.append(wrong or damaged(path, plugin["name"], _of_rosettasciio(error)))
    raise next((error for error in errors if not isinstance(error, ImportError)), errors[0])


def _of_rosettasciio(error: Exception) -> str:
    return f"RosettaSciIO: {type(error).__name__}, {str(error).partition(chr(10))[0][:200]}"


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


def _opened(data: _Counts, signal: dict, asked: Asked) -> Opened:
    """Counts in our order, with what the signal says about its axes."""
    path = data.path
    if data.dtype.kind not in "uif":
        raise ValueError(f"{path.name} must hold integer or real counts, got dtype {data.dtype}")
    stored = _axes(signal, data.shape)
    is_scan = len(data.shape) == 4
    order = _order(stored) if is_scan else (0, 1, 2)
    axes = [stored[place][0] for place in order]
    found, more = calibration(axes if is_scan else [Axis(), Axis(), *axes[1:]])
    energy, doubt = _energy(signal)
    array = data if order in ((0, 1, 2), (0, 1, 2, 3)) else Reordered(data, order)
    scan_shape, notes = of_scan(path, array.shape, asked.scan_shape)
    form, notes = f"{data.format}, by RosettaSciIO", (*notes, *more, *doubt)
    return Opened(ScanArray(array, scan_shape), form, found | energy, notes=notes)


def _axes(signal: dict, shape: tuple[int, ...]) -> list[tuple[Axis, bool | None]]:
    """Each stored axis, and whether it can be navigated, None if that is not said."""
    found = [(Axis(size=size), None) for size in shape]
    for place, axis in enumerate(signal.get("axes", ())):
        place = axis.get("index_in_array", place)
        if place is None or not 0 <= place < len(shape):
            continue
        name, step, unit = (axis.get(key) for key in ("name", "scale", "units"))
        step = float(step) if isinstance(step, _NUMBERS) else None
        found[place] = (Axis(str(name or ""), shape[place], step, str(unit or "")), axis.get("navigate"))
    return found


def _order(axes: list[tuple[Axis, bool | None]]) -> tuple[int, ...]:
    """Where scan_y, scan_x, detector_y and detector_x are among four stored axes; units are trusted more than flags."""
    order = scan_first([axis for axis, _ in axes])
    scan = [place for place, (_, navigated) in enumerate(axes) if navigated]
    detector = [place for place, (_, navigated) in enumerate(axes) if navigated is False]
    if order != (0, 1, 2, 3) or len(scan) != 2 or len(detector) != 2:
        return order
    return (*scan, *detector)


def _energy(signal: dict) -> tuple[dict, tuple[str, ...]]:
    """The energy in eV, from keV in the metadata, or in what HyperSpy would make them of: the format's own tree."""
    value = _leaf(signal.get("metadata"), _ENERGY)
    for where, (target, change) in (signal.get("mapping") or {}).items():
        if value is None and target == _ENERGY:
            value = _leaf(signal.get("original_metadata"), where)
            value = change(value) if change and isinstance(value, _NUMBERS) else value
    return energy_in(1e3 * float(value), "beam_energy") if isinstance(value, _NUMBERS) and value > 0 else ({}, ())


def _leaf(tree, path: str):
    """What lies at a path of names with dots between them, None if nothing does."""
    for name in path.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree
