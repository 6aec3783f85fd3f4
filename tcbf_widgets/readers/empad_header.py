"""What the XML beside an EMPAD recording says.

Names and units are those of files of the software 0.51, 1.0, 1.2 and 2.0. ``calibrated_pixelsize`` is not read: in
files of each of them it is the field of view divided by 25000, no sampling of the detector.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .opened import damaged

_LARGEST = 2**22  # bytes; real ones have some thousand
_NAMED = re.compile(r"scan_x(\d{1,6})_y(\d{1,6})\.raw", re.IGNORECASE)
_PAIR = re.compile(r"\s*[\[(]\s*([^,]+),([^,]+)[\])]\s*")
_VOLTAGES = ("high_voltage", "source.get_voltage", "ColumnSourceHighVoltage")


@dataclass(frozen=True, eq=False)
class Header:
    """The XML of one recording.

    path : of the XML
    root : its outermost element
    raw_name : of the file with the frames, without folders; empty if it is not said
    padded : whether frames end with two rows of metadata; those of the second generation do not
    """

    path: Path
    root: Element
    raw_name: str
    padded: bool

    @classmethod
    def from_file(cls, path: Path) -> Header:
        """Read it; ValueError if it is no XML of an EMPAD."""
        root = _parsed(path)
        first, second = root.find("raw_file"), root.find("rawfile/filename")
        if first is None and second is None:
            raise damaged(path, "EMPAD", "its XML names no raw file")
        name = first.get("filename", "") if first is not None else second.text or ""
        return cls(path, root, re.split(r"[\\/]", name.strip())[-1], first is not None)

    @property
    def is_series(self) -> bool:
        """Whether frames were recorded without a scan."""
        return any((self.root.findtext(name) or "").strip() == "series" for name in ("type", "scan/type"))

    def scan_shapes(self) -> list[tuple[int, int]]:
        """(scan_y, scan_x) as far as they are said; the name of the raw file is right of "search" recordings too."""
        if self.is_series:
            return []
        pairs = [(mode.findtext("scan_resolution_y"), mode.findtext("scan_resolution_x")) for mode in self._modes()]
        pairs += [(self.root.findtext("pix_y"), self.root.findtext("pix_x"))]
        written = _PAIR.fullmatch(self.root.findtext("scan/shape") or "")
        pairs += [written.groups()] if written else []
        shapes = [(_count(y), _count(x)) for y, x in pairs]
        return shapes_of_name(self.raw_name) + [shape for shape in shapes if all(shape)]

    def calibration(self, scan_shape: tuple[int, int]) -> tuple[dict, tuple[str, ...]]:
        """What is said of energy, step and angles, named as in `Opened`, and notes; the shape is the whole scan's."""
        found = {}
        energy = next((volts for name in _VOLTAGES if (volts := self._measured(name))), 0)
        if 1e3 <= energy <= 1e7:
            found["energy"] = energy
        angle = self._measured("calibrated_diffraction_angle")  # rad per pixel
        if 0 < angle < 0.1:
            found["angular_sampling"] = (1e3 * angle,) * 2
        step, note = self._step(scan_shape)
        if step:
            found["scan_sampling"] = (step, step)
        return found, (note,) if note else ()

    def _step(self, scan_shape) -> tuple[float, str]:
        """Å between positions, 0 if readers of this format do not agree on it; and a note."""
        width, factor = self._field_of_view()
        if not width:
            return 0, ""
        modes = self._modes()
        sizes = {mode.findtext("scan_size") or "1" for mode in modes if _resolution(mode) == scan_shape}
        whole = not modes or {_number(size) for size in sizes} == {1}
        legacy = factor == 0
        if not whole or (legacy and scan_shape[0] != scan_shape[1]):
            field = f"{1e10 * width:.4g} Å"
            return 0, f"the field of view is {field}, but not how much of it was scanned: give scan_sampling yourself"
        step = 1e10 * width / (factor or 1) / max(scan_shape)
        return step, "" if legacy else f"the scan step is the field of view / scale factor {factor:g} / positions"

    def _field_of_view(self) -> tuple[float, float]:
        """Its width in m, 0 if it is not said or not square, and the scale factor it was multiplied with, 0 if none."""
        x, y, factor = (self._measured(f"full_scan_field_of_view/{name}") for name in ("x", "y", "scale_factor"))
        if x and x == y and factor:
            return x, factor
        written = _PAIR.fullmatch(self.root.findtext("iom_measurements/optics.get_full_scan_field_of_view") or "")
        x, y = map(_number, written.groups()) if written else (0, 0)
        return (x, 0) if x and x == y else (0, 0)

    def _modes(self) -> list[Element]:
        """Settings of the two kinds of recording, "acquire" first."""
        return sorted(self.root.findall("scan_parameters"), key=lambda mode: mode.get("mode") != "acquire")

    def _measured(self, name: str) -> float:
        return _number(self.root.findtext(f"iom_measurements/{name}") or "")


def shapes_of_name(name: str) -> list[tuple[int, int]]:
    """(scan_y, scan_x) of a raw file that still has the name it was recorded with, in a list; else an empty one.

    >>> shapes_of_name("scan_x64_y32.raw")
    [(32, 64)]
    """
    named = _NAMED.fullmatch(name)
    return [(int(named[2]), int(named[1]))] if named else []


def _resolution(mode: Element) -> tuple[int, int]:
    return (_count(mode.findtext("scan_resolution_y")), _count(mode.findtext("scan_resolution_x")))


def _count(text: str | None) -> int:
    """A whole number > 0, else 0."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def _number(text: str) -> float:
    """A finite number > 0, else 0."""
    try:
        value = float(text)
    except ValueError:
        return 0
    return value if math.isfinite(value) and value > 0 else 0


def _parsed(path: Path) -> Element:
    """The XML of a file; a document type is refused, as it could define entities that fill the memory."""
    if path.stat().st_size > _LARGEST:
        raise damaged(path, "EMPAD", f"its XML is larger than {_LARGEST >> 20} MB")
    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(path.read_bytes(), True)
        return builder.close()
    except (expat.ExpatError, LookupError, ValueError, AssertionError) as error:
        raise damaged(path, "EMPAD", f"its XML cannot be read: {error}") from None


def _refuse(*_) -> None:
    raise ValueError("it has a document type, which an EMPAD does not write")
