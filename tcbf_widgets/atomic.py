"""Files that appear whole or not at all: written beside their final place and then renamed."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from pathlib import Path


def check_writable(path, overwrite: bool = False) -> None:
    """Raise before any work is done when a file could not be written, or must not be.

    Raises
    ------
    FileExistsError : when the file exists and `overwrite` is false
    FileNotFoundError : when its folder does not exist
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise FileExistsError(f"path {str(path)!r} already exists; give another name or overwrite=True")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path {str(path)!r}: there is no folder {str(path.parent)!r}; create it first")


@contextmanager
def written_whole(path, overwrite: bool = False):
    """Yield a temporary path beside ``path``, with its suffix; on success it takes the place of ``path``.

    Raises as `check_writable` does, before it yields.
    """
    path = Path(path)
    check_writable(path, overwrite)
    temporary = path.with_name(f".{path.stem}-{secrets.token_hex(6)}{path.suffix}")
    # created by open(2) itself, so that its permissions are those of any new file of the user
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
