"""An HDF5 file looked through: its groups and datasets, where its links lead, and whether frames are whole."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path, PureWindowsPath

import h5py
import numpy as np

from .frames import ChoiceError
from .opened import damaged, printable

# what h5py raises for bytes that are not as they should be
ERRORS = (
    KeyError,
    ValueError,
    TypeError,
    OSError,
    RuntimeError,
    OverflowError,
    MemoryError,
    AttributeError,
    IndexError,
)
_FARTHEST = 1e30  # in any unit
_MOST_LINKS = 32  # one after another; as many as lead in a circle


class Tree:
    """An open file and those its links lead to.

    path : of the file
    root : its first group
    lost : links that lead nowhere, a sentence each
    """

    def __init__(self, path: Path):
        self.path, self.lost = path, []
        self._files = {}
        self.root = self._file(path)["/"]
        self._items = None

    def close(self) -> None:
        """Close all files; datasets of them cannot be read any more."""
        for file in self._files.values():
            file.close()

    def _file(self, path: Path) -> h5py.File:
        path = path.resolve()
        if path not in self._files:
            try:
                self._files[path] = h5py.File(path, "r", locking="best-effort")
            except PermissionError:
                raise
            except BlockingIOError as error:
                raise ChoiceError(f"{path.name} is being written by another program; open it when that ends") from error
            except ERRORS as error:
                raise damaged(path, "HDF5", error) from error
        return self._files[path]

    def items(self) -> list[tuple[str, object]]:
        """Names and groups or datasets, each once; soft links are looked at, and not followed.

        Raises
        ------
        ValueError if a part of the file cannot be read
        """
        if self._items is None:
            self._items = list(self._walk())
        return self._items

    def _walk(self):
        seen, waiting = {_identity(self.root)}, deque([self.root])
        while waiting:
            group = waiting.popleft()
            for name in group:
                item = self.step(group, name)
                if item is None or isinstance(group.get(name, getlink=True), h5py.SoftLink):
                    continue
                if _identity(item) not in seen:
                    seen.add(_identity(item))
                    yield item.name, item
                    if isinstance(item, h5py.Group):
                        waiting.append(item)

    def find(self, group: h5py.Group, path, links: int = 0):
        """The group or dataset at a path, through links; None if there is none."""
        item = group.file["/"] if path.startswith("/") else group
        for name in path.split("/"):
            if name in ("", "."):
                continue
            item = self.step(item, name, links) if isinstance(item, h5py.Group) else None
        return item

    def step(self, group: h5py.Group, name: str, links: int = 0):
        """A member of a group, or what its link leads to; None if there is none."""
        link = group.get(name, getlink=True)
        if link is None:
            return None
        if isinstance(link, h5py.HardLink):
            item = group[name]
            return item if isinstance(item, (h5py.Group, h5py.Dataset)) else None
        where = shown(f"{group.name.rstrip('/')}/{name}")
        if links > _MOST_LINKS:
            return self._lose(where, "in a circle")
        if isinstance(link, h5py.SoftLink):
            return self.find(group, link.path, links + 1) or self._lose(where, f"to {shown(link.path)}")
        path = near(Path(group.file.filename), link.filename)
        if path is None:
            return self._lose(where, f"to {shown(link.filename)}")
        return self.find(self._file(path)["/"], link.path, links + 1) or self._lose(where, f"into {path.name}")

    def _lose(self, where: str, whither: str) -> None:
        sentence = f"{where} leads {whither}, where nothing is"
        if sentence not in self.lost:
            self.lost.append(sentence)


def _identity(item) -> tuple:
    about = h5py.h5o.get_info(item.id)
    return about.fileno, about.addr


def near(path: Path, name: str) -> Path | None:
    """A file that another names: by its path from there, or moved into the same folder; None if it is nowhere."""
    for candidate in (path.parent / name, path.parent / PureWindowsPath(name).name):
        try:
            if candidate.is_file():
                return candidate
        except (OSError, ValueError):
            return None
    return None


def shown(text) -> str:
    """Text of a file that may be anything, fit for a message."""
    return printable(str(text).encode("utf-8", "backslashreplace").decode(), 80)


def value(item, name: str):
    """An attribute of a group or dataset, or a single value stored in a group: str, int, float, bool; None without."""
    try:
        found = item.attrs.get(name)
        if found is None and isinstance(item, h5py.Group):
            elsewhere = isinstance(item.get(name, getlink=True), h5py.ExternalLink)
            stored = None if elsewhere else item.get(name)
            found = stored[()] if isinstance(stored, h5py.Dataset) and stored.size == 1 else None
        found = found.item() if isinstance(found, (np.generic, np.ndarray)) and found.size == 1 else found
        if isinstance(found, bytes):
            return found.decode("utf-8", "replace")
        return found if isinstance(found, (str, int, float, bool)) else None
    except ERRORS:
        return None


def number(item, name: str) -> float | None:
    """An attribute or stored value that is a finite number; None without."""
    found = value(item, name)
    if isinstance(found, str):
        found = float(found) if re.fullmatch(r"\s*[-+]?\d+(\.\d*)?([eE][-+]?\d+)?\s*", found) else None
    return float(found) if isinstance(found, (int, float)) and abs(found) < 1e300 else None


def text(item, name: str) -> str:
    """An attribute or stored value as text, "" without."""
    found = value(item, name)
    return "" if found is None else str(found)


def step_of(axis) -> float | None:
    """The step of a dataset that lists the positions of an axis; None if they are not evenly spaced numbers."""
    try:
        if not isinstance(axis, h5py.Dataset) or axis.ndim != 1 or axis.dtype.kind not in "uif" or len(axis) > 2**20:
            return None
        if len(axis) < 2:
            return number(axis, "step")
        places = axis[:].astype(float)
        if not np.isfinite(places).all() or np.abs(places).max() > _FARTHEST:
            return None
        step = float(places[-1] - places[0]) / (len(places) - 1)
        # steps of single-precision positions differ in the last of their seven digits
        even = np.abs(np.diff(places) - step).max() <= 1e-2 * abs(step) + 1e-6 * np.abs(places).max()
        return step if even else None
    except ERRORS:
        return None


def is_numeric(item) -> bool:
    """Whether a dataset holds integer or real numbers."""
    try:
        return isinstance(item, h5py.Dataset) and item.dtype.kind in "uif" and item.shape is not None
    except ERRORS:
        return False
