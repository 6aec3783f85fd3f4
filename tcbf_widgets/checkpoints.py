"""Finished stages of a long reconstruction, kept in the user's cache so that the same command goes on from there."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
import warnings
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from .atomic import written_whole
from .cache import cache_folder

_ENDS = 2**16  # bytes that are read of the beginning of a file, and of its end
_STALE = 30 * 24 * 3600  # seconds after which nobody is expected to come back
_NAME = re.compile("[0-9a-f]{24}")
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def file_identity(paths) -> str:
    """A name for the content of files that takes no time: of their names, sizes, times of change, and both ends.

    Parameters
    ----------
    paths : files; a copy has the same identity as long as it keeps name and time

    Returns
    -------
    64 hexadecimal digits
    """
    digest = hashlib.sha256()
    for path in map(Path, paths):
        status = path.stat()
        digest.update(repr((path.name, status.st_size, status.st_mtime_ns)).encode())
        with path.open("rb") as file:
            digest.update(file.read(_ENDS))
            file.seek(max(0, status.st_size - _ENDS))
            digest.update(file.read(_ENDS))
    return digest.hexdigest()


class Checkpoints:
    """Stages of one reconstruction by name: arrays, and facts as plain JSON.

    What cannot be read, because it is damaged or of another version, counts as not there. What cannot be written is
    missed, and no more than that.

    Parameters
    ----------
    key : whatever decides how the stages come out, as anything that has a `repr`; the version of this package is added
    """

    def __init__(self, *key) -> None:
        name = hashlib.sha256(repr((*key, _version())).encode()).hexdigest()[:24]
        self.folder = cache_folder() / "reconstruct" / name
        _remove_stale(self.folder.parent)

    def load(self, stage: str) -> tuple[dict[str, np.ndarray], dict] | None:
        """Arrays and facts of a stage; None if it was not finished, or cannot be read."""
        path = self._path(stage)
        if not path.is_file():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:  # what was damaged does not pass its checksums
                arrays = {name: file[name] for name in file.files}
            return arrays, json.loads(arrays.pop("facts").tobytes())
        except _UNREADABLE:
            path.unlink(missing_ok=True)
            return None

    def save(self, stage: str, arrays: dict[str, np.ndarray], facts: dict) -> None:
        """Keep a finished stage."""
        packed = np.frombuffer(json.dumps(facts).encode(), np.uint8)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_whole(self._path(stage), overwrite=True) as temporary:
                np.savez(temporary, facts=packed, **arrays)
        except OSError as error:
            warnings.warn(f"the finished stage {stage!r} could not be kept: {error}", stacklevel=2)

    def clear(self) -> None:
        """Forget all stages: the work is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, stage: str) -> Path:
        return self.folder / f"{stage}.npz"


def _remove_stale(folder: Path) -> None:
    """Remove what commands left behind that were stopped long ago and never repeated."""
    for old in folder.glob("*"):
        # only what was made here: the cache is the user's
        if _NAME.fullmatch(old.name) and old.is_dir() and time.time() - old.stat().st_mtime > _STALE:
            shutil.rmtree(old, ignore_errors=True)


@cache
def _version() -> str:
    """Changes with the code: what other code has computed is not gone on with."""
    digest = hashlib.sha256()
    package = Path(__file__).parent
    for file in sorted([*package.glob("*.py"), *package.glob("readers/*.py")]):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()
