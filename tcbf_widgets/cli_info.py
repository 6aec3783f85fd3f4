"""`tcbf info FILE`: what is in a file, and what the scan in it is like, on one screen."""

from __future__ import annotations

import argparse
import shlex
import sys
import textwrap
from pathlib import Path

from .cli_reconstruct import add_reading
from .cli_words import as_options

_WIDTH, _HEIGHT = 80, 24
_NAMES = 10  # characters of the first column
_OPTIONS = {
    "energy": "energy of the beam: --energy 300e3 (eV)",
    "scan_sampling": "step of the scan: --scan-sampling 10 (Å)",
    "reciprocal_sampling": "size of a pixel: --reciprocal-sampling 0.0078 (1/Å)",
}
_CALIBRATION = ("energy", "scan_sampling", "reciprocal_sampling", "angular_sampling")


def add_to(commands) -> None:
    """Add the command to the subparsers of `tcbf`."""
    info = commands.add_parser(
        "info",
        help="say what is in a file, and what its scan is like",
        description="Say what is in a file, and what its scan is like: disk, dose, descan, defects of the detector. "
        "Of a large scan some rows are read.",
    )
    info.add_argument("file", type=Path, metavar="FILE", help="scan: HDF5, npy, EMPAD, Merlin, and others")
    add_reading(info.add_argument_group("what the file does not say, or says wrongly"))
    info.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Look at the file and print what there is to say; returns the exit code."""
    from ._checks import shape_pair
    from .files import FLIPS, laid, look
    from .readers.opened import Asked
    from .surveying import survey_array

    shape = None if given.scan_shape is None else shape_pair("--scan-shape", given.scan_shape)
    opened = look(given.file, Asked(given.dataset, shape))
    flip = None if given.flip is None else FLIPS[given.flip]
    array, known = laid(opened, _calibration(given), flip, given.transpose, bool(given.clip_negative))
    seen = survey_array(array, known.get("scan_sampling"), _angular(known), progress=sys.stderr.isatty())
    print("\n".join(screen(given, opened, array, known, seen)))
    return 0


def _calibration(given: argparse.Namespace) -> dict:
    """What was given of it; names as in `FourDSTEM`, pairs as (y, x)."""
    from ._checks import positive_pair
    from .optics import beam_energy

    known = {}
    for name in _CALIBRATION:
        value, check = getattr(given, name), beam_energy if name == "energy" else positive_pair
        if value is not None:
            known[name] = check("--" + name.replace("_", "-"), value)
    return known


def _angular(known: dict):
    """(y, x) mrad per detector pixel; None if unknown."""
    from .optics import electron_wavelength

    if "angular_sampling" in known or not {"energy", "reciprocal_sampling"} <= known.keys():
        return known.get("angular_sampling")
    return tuple(1e3 * electron_wavelength(known["energy"]) * step for step in known["reciprocal_sampling"])


def screen(given: argparse.Namespace, opened, array, known: dict, seen) -> list[str]:
    """The lines to print: what is in the file, what its scan is like, what is missing, what comes next."""
    from .files import missing_calibration

    missing = list(missing_calibration(known))
    head = [*_file(given.file, opened, array, known), "", *_scan(seen), ""]
    if missing:
        head += [line for name in missing for line in _row("missing", _OPTIONS[name])] + [""]
    tail = ["", *_command(_next(given, missing))]
    return [*head, *_fitting(seen.findings, _HEIGHT - len(head) - len(tail)), *tail]


def _file(path: Path, opened, array, known: dict) -> list[str]:
    from .memory import as_text

    size = sum(part.stat().st_size for part in (path, *opened.parts) if part.is_file())
    (sy, sx), (dy, dx) = array.shape[:2], array.shape[2:]
    step, field = known.get("scan_sampling"), ""
    if step is not None:
        field = f", {_pair(step)} Å apart: {_length(sy * step[0])} x {_length(sx * step[1])} nm"
    pixels = [f"{_pair(known['reciprocal_sampling'])} 1/Å"] if "reciprocal_sampling" in known else []
    angle = _angular(known)
    pixels += [f"{_pair(angle)} mrad"] if angle is not None else []
    lines = [f"{path.name}: {opened.format}, {as_text(size)}", ""]
    lines += _row("scan", f"{sy} x {sx} positions{field}")
    lines += _row("detector", f"{dy} x {dx} pixels{' of ' if pixels else ''}{' or '.join(pixels)}, {array.dtype}")
    lines += _row("beam", f"{known['energy'] / 1e3:g} kV") if "energy" in known else []
    return lines + [line for note in opened.notes for line in _row("", as_options(note))]


def _scan(seen) -> list[str]:
    lines = []
    if seen.disk is not None:
        y, x = seen.disk.center
        angle = "" if seen.semiangle is None else f", {seen.semiangle:.2f} mrad"
        lines += _row("disk", f"radius {seen.disk.radius:.1f} pixels{angle}; centre ({y:.1f}, {x:.1f})")
    kind = "whole numbers" if seen.whole_counts else "not whole numbers"
    limits = f"{number(seen.smallest_count)} to {number(seen.largest_count)} in a pixel"
    lines += _row("counts", f"{number(seen.counts_per_pattern)} per pattern, {limits}; {kind}")
    if seen.dose is not None:
        lines += _row("dose", f"{number(seen.dose)} electrons/Å²")
    rows = seen.scan_shape[0]
    lines += _row("seen", "all patterns" if seen.rows_seen == rows else f"{seen.rows_seen} of {rows} rows")
    return lines


def _fitting(findings, room: int) -> list[str]:
    """Lines for as many findings as there is room for, what matters most first; remedies go before findings do."""
    full = [_row(f.kind, f.text) + (_row("", f"-> {as_options(f.remedy)}") if f.remedy else []) for f in findings]
    short = [_row(f.kind, f.text) for f in findings]
    for number_full in range(len(full), -1, -1):
        lines = [line for block in full[:number_full] + short[number_full:] for line in block]
        if len(lines) <= room:
            return lines
    kept = []
    for count, block in enumerate(short):
        if len(kept) + len(block) > room - 1:
            return [*kept, *_row("", f"and {len(short) - count} more: tcbf.survey(data).findings")]
        kept += block
    return kept


def _next(given: argparse.Namespace, missing: list[str]) -> list[str]:
    options = []
    for name in (*_CALIBRATION, "dataset", "scan_shape", "flip"):
        value = getattr(given, name)
        if value is not None:
            text = ",".join(f"{part:g}" for part in value) if isinstance(value, tuple) else str(value)
            options.append(f"--{name.replace('_', '-')} {shlex.quote(text)}")
    for name in ("transpose", "clip-negative"):
        value = getattr(given, name.replace("-", "_"))
        if value is not None:
            options.append(f"--{name}" if value else f"--no-{name}")
    if missing:
        options += [f"--{name.replace('_', '-')} ..." for name in missing]
        return ["tcbf info", quoted(given.file), *options]
    return ["tcbf reconstruct", quoted(given.file), f"-o {quoted(given.file.with_suffix('.html').name)}", *options]


def _command(words: list[str]) -> list[str]:
    """The next command, in lines that a shell joins."""
    lines = ["next:"]
    for word in words:
        if len(lines[-1]) + len(word) > _WIDTH - 3 and lines[-1] != "next:":
            lines[-1] += " \\"
            lines.append("     ")
        lines[-1] += f" {word}"
    return lines


def quoted(path) -> str:
    """A path as it is typed in a shell."""
    return shlex.quote(str(path))


def number(value: float) -> str:
    """A number with three digits, or all before the point.

    >>> number(10002.2), number(0.00048123), number(19.0)
    ('10002', '0.000481', '19')
    """
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _pair(pair) -> str:
    return f"{pair[0]:.3g}" if pair[0] == pair[1] else f"{pair[0]:.3g} x {pair[1]:.3g}"


def _length(value: float) -> str:
    """Å as nm."""
    return f"{value / 10:.3g}"


def _row(name: str, text: str) -> list[str]:
    indent = " " * (_NAMES + 2)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"  {name:<{_NAMES}}", subsequent_indent=indent, break_on_hyphens=False
    )
