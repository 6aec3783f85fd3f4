"""What Merlin writes before each frame of a .mib, and in the .hdr beside it.

A frame's header is ASCII text, "MQ1,000001,00384,01,0256,0256,U16,   1x1,01,...": number of the frame, bytes of the
header, chips, width, height and kind of the counts. The .hdr has a line for each setting, a name and a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .opened import damaged

KINDS = {"U08": np.dtype("u1"), "U16": np.dtype(">u2"), "U32": np.dtype(">u4")}
_LARGEST = 2**20  # bytes of a .hdr; real ones have 2 kB


@dataclass(frozen=True)
class FrameHeader:
    """Where the counts of a frame lie.

    number : of the frame, as counted by the detector
    size : bytes of the header
    shape : (ny, nx)
    kind : of the counts, "U08", "U16" or "U32" of processed ones, "R64" of raw ones
    layout : of the chips, such as "2x2"
    """

    number: int
    size: int
    shape: tuple[int, int]
    kind: str
    layout: str

    @classmethod
    def from_bytes(cls, text: bytes) -> FrameHeader | None:
        """The header that these bytes begin with, None if they do not begin with one."""
        fields = [field.strip().decode("ascii", "replace") for field in text.split(b",", 8)]
        if len(fields) < 8 or fields[0] != "MQ1" or not all(map(_is_number, fields[1:6])):
            return None
        number, size, _, nx, ny = map(int, fields[1:6])
        return cls(number, size, (ny, nx), fields[6], fields[7]) if nx and ny and size else None

    @property
    def frame_bytes(self) -> int:
        """Of the header and the counts of one frame; only of kinds in `KINDS`."""
        return self.size + self.shape[0] * self.shape[1] * KINDS[self.kind].itemsize

    def is_like(self, other: FrameHeader | None) -> bool:
        """Whether two frames are laid out alike."""
        return other is not None and self.__dict__ | {"number": 0} == other.__dict__ | {"number": 0}


def settings(path: Path) -> dict[str, str]:
    """Names and values of a .hdr; ValueError if Merlin did not write it."""
    if path.stat().st_size > _LARGEST:
        raise damaged(path, "Merlin", f"its settings are larger than {_LARGEST >> 20} MB")
    lines = path.read_bytes().decode("latin-1").splitlines()
    if not lines or not lines[0].startswith("HDR"):
        raise damaged(path, "Merlin", "its settings do not begin with HDR")
    pairs = (line.split("\t", 1) for line in lines if "\t" in line)
    return {name.rstrip(": "): value.strip() for name, value in pairs}


def scan_shapes(path: Path) -> tuple[list[tuple[int, int]], int]:
    """(scan_y, scan_x) that a .hdr speaks of, in a list, and the number of frames, 0 if it was left open."""
    said = settings(path)
    frames, row = (_count(path, said, f"Frames {part} (Number)") for part in ("in Acquisition", "per Trigger"))
    if "ScanX" in said and "ScanY" in said:
        shape = (_count(path, said, "ScanY"), _count(path, said, "ScanX"))
        if all(shape):
            return [shape], shape[0] * shape[1]
    # a trigger for each position, or one for all, tells nothing of rows
    return ([(frames // row, row)] if 1 < row < frames and frames % row == 0 else []), frames


def _count(path: Path, said: dict[str, str], name: str) -> int:
    value = said.get(name, "")
    if not _is_number(value):
        raise damaged(path, "Merlin", f"its settings say {value!r} of {name!r}")
    return int(value)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
