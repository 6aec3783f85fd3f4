"""What a reader is asked, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

# what files begin with
HDF5, NPY = b"\x89HDF\r\n\x1a\n", b"\x93NUMPY"


@dataclass(frozen=True)
class Asked:
    """What the user says about a file that a reader needs before it can make sense of it.

    dataset : path inside an HDF5 file
    scan_shape : (scan_y, scan_x) of files that hold frames one after another
    """

    dataset: str | None = None
    scan_shape: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Opened:
    """Frames that are still in their file, and what it says about them.

    array : (scan_y, scan_x, ny, nx), or a `ScanArray`; read by slices of rows
    format : its name, such as "EMPAD"
    calibration : names as in `FourDSTEM`, those that the file holds: energy in eV, scan_sampling in Å as (y, x),
        reciprocal_sampling in 1/Å or angular_sampling in mrad as (y, x), truth
    flip, transpose : how frames of this format are turned by default, so that they look as on the microscope's screen
    notes : what else a reader of `tcbf info` wants to know, a short sentence each
    parts : other files that belong to it
    """

    array: object
    format: str
    calibration: dict = field(default_factory=dict)
    flip: tuple[bool, bool] = (False, False)
    transpose: bool = False
    notes: tuple[str, ...] = ()
    parts: tuple[Path, ...] = ()


class DamagedFileError(ValueError):
    """A file that is not what its name says, or is not whole."""


def damaged(path: Path, what: str, why) -> DamagedFileError:
    """The error for a file that cannot be read as ``what``, such as "EMPAD"; it names the remedy."""
    return DamagedFileError(f"{path.name} is not a whole {what} file ({printable(why)}); copy it again from its source")


def foreign(path: Path, what: str, why: str = "") -> DamagedFileError:
    """The error for a file that never was ``what``, whatever its name ends with."""
    return DamagedFileError(f"{path.name} is no {what} file" + (f": {why}" if why else ""))


def printable(text, most: int = 400) -> str:
    """Text that may hold anything, as what comes from a damaged file does, fit for a message of one line."""
    text = " ".join(str(text).split())
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return text if len(text) <= most else f"{text[: most - 3]}..."
