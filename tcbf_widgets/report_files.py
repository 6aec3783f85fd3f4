"""A page and its arrays, two files that appear together: whoever stops the work at any moment finds whole ones.

Two files cannot be renamed at once. So the page alone counts: it names its arrays, and each set of arrays has a name of
its own, with eight digits of its content. New arrays are put beside the old ones, then the new page takes the place
of the old one, in one step of the file system, and only then the old arrays go. Killed before that step, the old page
and its arrays are as they were; killed after it, the new ones are whole. What else is left lying goes with the next
report.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import secrets
from pathlib import Path

import h5py
import psutil

from .atomic import check_writable

SUFFIXES = (".html", ".htm")
_OWNER = "report"  # attribute of the arrays: name of the page they belong to


def check_report(path, overwrite: bool) -> Path:
    """Return the path of a page that may be written, or raise before any work is done."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"path must end with {' or '.join(SUFFIXES)}, got {path.name!r}")
    if path.is_dir():
        raise IsADirectoryError(f"path {str(path)!r} is a folder; give the name of a file in it")
    check_writable(path, overwrite)
    return path


def publish(path: Path, write_arrays, page_text, overwrite: bool) -> Path:
    """Write arrays and page, both or neither.

    Parameters
    ----------
    path : of the page
    write_arrays : function of a path, that writes an HDF5 file
    page_text : function of the name of the arrays, that returns the page
    overwrite : replace a page that is there, and its arrays

    Returns
    -------
    path of the arrays
    """
    _tidy(path)
    arrays_part, page_part = _temporary(path, ".h5"), _temporary(path, path.suffix)
    arrays, is_new = None, False
    try:
        write_arrays(arrays_part)
        with h5py.File(arrays_part, "a") as file:
            file.attrs[_OWNER] = path.name
        _on_disk(arrays_part)
        arrays = path.with_name(f"{path.stem}-{_digest(arrays_part)}.h5")
        page_part.write_text(page_text(arrays.name), encoding="utf-8")
        _on_disk(page_part)
        is_new = not arrays.exists()
        os.replace(arrays_part, arrays)
        _on_disk(path.parent)
        check_writable(path, overwrite)  # somebody else may have written it in the meantime
        os.replace(page_part, path)
        _on_disk(path.parent)
    finally:
        if is_new and page_part.exists():  # stopped between the two: the page that names these arrays will never be
            arrays.unlink(missing_ok=True)
        arrays_part.unlink(missing_ok=True)
        page_part.unlink(missing_ok=True)
    _tidy(path)
    return arrays


def _temporary(path: Path, suffix: str) -> Path:
    """A hidden name that tells which process uses it."""
    return path.with_name(f".{path.stem}-{os.getpid()}-{secrets.token_hex(6)}{suffix}")


def _on_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power failure, where the system can tell."""
    if path.is_dir() and os.name == "nt":  # folders cannot be opened there
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def _tidy(path: Path) -> None:
    """Remove what killed processes left behind, and arrays of this page that it does not name, such as those before."""
    temporary = re.compile(rf"\.{re.escape(path.stem)}-(\d+)-[0-9a-f]{{12}}(\.h5|{re.escape(path.suffix)})")
    others_at_work = False
    for left in path.parent.glob(f".{glob.escape(path.stem)}-*"):
        found = temporary.fullmatch(left.name)
        if found and int(found[1]) != os.getpid() and psutil.pid_exists(int(found[1])):
            others_at_work = True
        elif found:
            left.unlink(missing_ok=True)
    page = path.read_bytes() if path.exists() else b""
    arrays = re.compile(rf"{re.escape(path.stem)}-[0-9a-f]{{8}}\.h5")
    for old in path.parent.glob(f"{glob.escape(path.stem)}-*.h5"):
        named = old.name[-len("-01234567.h5") :].encode() in page  # other characters may be written in other ways
        # another process may be about to write the page that names them
        if not named and not others_at_work and arrays.fullmatch(old.name) and _belongs(old, path):
            old.unlink(missing_ok=True)


def _belongs(arrays: Path, path: Path) -> bool:
    """Whether a file of arrays was written for this page; files of others may have such a name, too."""
    try:
        with h5py.File(arrays, "r") as file:
            return file.attrs.get(_OWNER) == path.name
    except OSError:
        return False
