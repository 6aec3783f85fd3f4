"""Whether all frames of an HDF5 dataset are there, and whether what unpacks them is."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import h5py

from .frames import ChoiceError
from .h5tree import ERRORS, near, shown
from .opened import HDF5, Asked, damaged

_LEAST = 4  # bytes: a checksum; of what is packed with one, more is stored


def is_signed(path: Path) -> bool:
    """Whether a file begins as HDF5 does, after a block of the user's if there is one; or ends before it could."""
    size, start = path.stat().st_size, 0
    with path.open("rb") as file:
        while start < size:
            file.seek(start)
            if HDF5.startswith(file.read(len(HDF5))):
                return True
            start = max(512, 2 * start)
    return False


def check(dataset: h5py.Dataset, asked: Asked) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Compare what is stored of a dataset with its shape, since HDF5 reads what is missing as zeros.

    Parameters
    ----------
    dataset : numbers, its last two axes those of the detector
    asked : where something is missing of a scan, ``scan_shape`` says that this is known

    Returns
    -------
    notes : short sentences
    parts : other files with frames

    Raises
    ------
    ValueError if frames are missing, or stored otherwise than the shape says
    ImportError if they are compressed and hdf5plugin is needed and not installed
    """
    path = Path(dataset.file.filename)
    _require_filters(dataset, path)
    if dataset.is_virtual:
        return (), _check_virtual(dataset, path, asked)
    if dataset.external:
        return (), _check_external(dataset, path)
    if dataset.chunks is not None:
        return _check_chunks(dataset, path, asked), ()
    stored = dataset.id.get_storage_size()
    needed = dataset.size * dataset.dtype.itemsize
    # data of a few bytes may lie in the dataset's own header and have no offset
    end = (dataset.id.get_offset() or 0) + stored
    if stored != needed or end > path.stat().st_size:
        raise damaged(path, "HDF5", f"{_named(dataset)} needs {needed} bytes, {stored} are stored")
    return (), ()


def _named(dataset) -> str:
    return f"{shown(dataset.name)} {dataset.shape}"


def _check_chunks(dataset, path, asked) -> tuple[str, ...]:
    places = [-(-n // size) for n, size in zip(dataset.shape, dataset.chunks, strict=True)]
    needed, (stored, pixels) = math.prod(places), _looked_through(dataset, path)
    # an axis that can grow to a length, and did not, is as rare as a length that was damaged
    unlike = [n for n, most in zip(dataset.shape, dataset.maxshape, strict=True) if most not in (None, n)]
    what = f"{_named(dataset)} needs {needed} chunks, {stored} are stored"
    if unlike:
        what += f", and the longest that it may be is {dataset.maxshape}"
    if stored > needed or pixels < math.prod(places[-2:]):
        raise damaged(path, "HDF5", what)
    if stored == needed and not unlike:
        return ()
    if any(most not in (None, n) for n, most in zip(dataset.shape[-2:], dataset.maxshape[-2:], strict=True)):
        raise damaged(path, "HDF5", what)
    if asked.scan_shape is None:
        known = dataset.shape[:2] if dataset.ndim == 4 else "(rows, columns)"
        raise damaged(path, "HDF5", f"{what}; scan_shape={known} opens it, with 0 for what was never written")
    return (f"{needed - stored} of {needed} chunks were never written and read as 0",) if stored < needed else ()


def _looked_through(dataset, path) -> tuple[int, int]:
    """How many chunks are stored, and of how many places on the detector; raise if one has a size that none has.

    The HDF5 library reads beyond its memory where a chunk is smaller than its checksum.
    """
    size, end = math.prod(dataset.chunks) * dataset.dtype.itemsize, path.stat().st_size
    is_filtered = dataset.id.get_create_plist().get_nfilters() > 0
    stored, pixels, wrong = 0, set(), []

    def look(chunk):
        nonlocal stored
        stored += 1
        pixels.add(chunk.chunk_offset[-2:])
        if chunk.byte_offset + chunk.size > end or not (chunk.size == size or (is_filtered and chunk.size > _LEAST)):
            wrong.append(chunk)

    dataset.id.chunk_iter(look)
    if wrong:
        first = f"at {wrong[0].chunk_offset} of {wrong[0].size} bytes"
        raise damaged(path, "HDF5", f"{_named(dataset)} has {len(wrong)} of {stored} chunks that cannot be, {first}")
    return stored, len(pixels)


def _check_virtual(dataset, path, asked) -> tuple[Path, ...]:
    """The files that a virtual dataset is put together from; raise if one is missing, or not whole."""
    parts, ends = [], [0] * dataset.ndim
    for space, name, inside, source in dataset.virtual_sources():
        if "%" in name or "%" in inside:
            return ()  # numbered files without an end: what is not there reads as 0, which is what they are for
        try:
            ends = [max(pair) for pair in zip(ends, space.get_select_bounds()[1], strict=True)]
        except (ValueError, RuntimeError):  # of an unlimited selection
            ends = [n - 1 for n in dataset.shape]
        if name != ".":
            parts.append(_other(path, name))
        with contextlib.nullcontext(dataset.file) if name == "." else _opened(parts[-1]) as file:
            found = file.get(inside)
            # a source that is taken whole has no shape of its own before HDF5 opens its file
            whole = source.shape == () and source.get_select_type() == h5py.h5s.SEL_ALL
            fits = isinstance(found, h5py.Dataset) and (
                found.size == space.get_select_npoints() if whole else found.shape == source.shape
            )
            if not fits:
                shape = "the shape it should have" if whole else f"shape {source.shape}"
                raise damaged(Path(file.filename), "HDF5", f"{shown(inside)} of {shape} is not in it")
            check(found, asked)
    if any(end + 1 != n for end, n in zip(ends, dataset.shape, strict=True)):
        raise damaged(path, "HDF5", f"{_named(dataset)} is put together from parts that do not reach its end")
    return tuple(dict.fromkeys(parts))


def _opened(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r", locking="best-effort")
    except ERRORS as error:
        raise damaged(path, "HDF5", error) from error


def _check_external(dataset, path) -> tuple[Path, ...]:
    """The files that hold the bytes of a dataset; raise if one is missing or too short."""
    parts, needed = [], dataset.size * dataset.dtype.itemsize
    for name, start, size in dataset.external:
        parts.append(_other(path, name))
        if not Path(name).is_file():
            what = f"{path.name} has frames in {shown(name)}, which the HDF5 library looks for in the working folder"
            raise ChoiceError(f"{what}, {Path.cwd()}: start Python in {path.parent}")
        there = min(size, max(0, parts[-1].stat().st_size - start))
        if there < min(size, needed):
            raise damaged(parts[-1], "HDF5", f"{_named(dataset)} needs {min(size, needed)} bytes of it, it has {there}")
        needed -= there
    if needed > 0:
        raise damaged(path, "HDF5", f"{_named(dataset)} lacks {needed} bytes")
    return tuple(dict.fromkeys(parts))


def _other(path: Path, name: str) -> Path:
    """Another file that holds frames; raise if it is missing."""
    found = near(path, name)
    if found is None:
        raise ChoiceError(f"{path.name} has frames in {shown(name)}, which is not there; copy it next to it")
    return found


def _require_filters(dataset, path: Path) -> None:
    """See to it that the frames can be unpacked."""
    stored = dataset.id.get_create_plist()
    filters = [stored.get_filter(i) for i in range(stored.get_nfilters())]
    needed = {code: shown(name.decode("utf-8", "replace")) or "filter" for code, _, _, name in filters}
    missing = {code: name for code, name in needed.items() if not h5py.h5z.filter_avail(code)}
    if not missing:
        return
    which = ", ".join(f"{name} ({code})" for code, name in missing.items())
    try:
        import hdf5plugin  # noqa: F401, h5py knows its filters once it is imported
    except ImportError as error:
        raise ImportError(f'{path.name} is compressed with {which}: pip install "tcbf_widgets[io]"') from error
    if not all(map(h5py.h5z.filter_avail, missing)):
        raise ChoiceError(f"{path.name} is compressed with {which}, which hdf5plugin does not know; h5repack it")
