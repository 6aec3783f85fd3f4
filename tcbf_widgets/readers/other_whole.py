"""Whether files that RosettaSciIO reads hold as many counts as their headers say: it maps what it is told of."""

from __future__ import annotations

from math import prod
from pathlib import Path

from .opened import damaged
from .raw_frames import beside

_NOT_COMPRESSED = ("blo", "dm3", "dm4", "emi", "mrc", "rpl", "ser", "tvips")


def check(path: Path, form: str, signal: dict, counts) -> None:
    """Compare the shape of counts with what is stored.

    Parameters
    ----------
    path, form : the file, and the name of its format
    signal : as RosettaSciIO gives it
    counts : array that is read when it is indexed

    Raises
    ------
    ValueError if there are fewer, or, where the header alone says how many there are, more
    """
    suffix = path.suffix.lower().removeprefix(".")
    if 0 in counts.shape:
        raise damaged(path, form, f"its header says a shape of {counts.shape}")
    needed = prod(counts.shape) * counts.dtype.itemsize
    if suffix in _EXACTLY and (stored := _EXACTLY[suffix](path, signal, counts)) != needed:
        raise damaged(path, form, f"counts of shape {counts.shape} need {needed} bytes, it holds {stored}")
    if suffix in ("tif", "tiff"):
        _check_tif(path, form)
    if suffix in _NOT_COMPRESSED:
        if needed > _size(path):
            raise damaged(path, form, f"it is too small for counts of shape {counts.shape}")
        counts[(-1,) * len(counts.shape)]  # the last one is there


def _of_blo(path: Path, signal: dict, counts) -> int:
    """Bytes of counts in a blockfile: what is before the frames, and 6 bytes before each of them, is none."""
    before = int(signal["original_metadata"]["blockfile_header"]["Data_offset_2"])
    return path.stat().st_size - before - 6 * prod(counts.shape[:-2])


def _of_rpl(path: Path, signal: dict, _) -> int:
    """Bytes of counts in the .raw beside a .rpl."""
    raw = beside(path, f"{path.stem}.raw")
    return raw.stat().st_size - int(signal["original_metadata"]["offset"])


_EXACTLY = {"blo": _of_blo, "rpl": _of_rpl}


def _check_tif(path: Path, form: str) -> None:
    """ValueError for a TIFF whose first image is not as large as it says."""
    from tifffile import TiffFile

    try:
        with TiffFile(path) as file:
            series, page = file.series[0], file.series[0].keyframe
            stored, needed = sum(page.databytecounts), (page.nbytes, series.nbytes)
            is_plain = page.compression == 1 and page.bitspersample == 8 * page.dtype.itemsize
    except Exception as error:
        raise damaged(path, form, error) from error
    if is_plain and stored not in needed:
        raise damaged(path, form, f"an image of shape {page.shape} needs {needed[0]} bytes, it holds {stored}")


def _size(path: Path) -> int:
    """Bytes of a file with those that it is continued in, or that hold its counts: their names begin alike."""
    start = path.stem.rstrip("0123456789").lower()
    alike = (file for file in path.parent.iterdir() if file.name.lower().startswith(start))
    return sum(file.stat().st_size for file in alike if file.is_file())
