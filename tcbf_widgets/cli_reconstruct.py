"""`tcbf reconstruct FILE -o REPORT.html`: from a file to a page that holds everything, and the arrays beside it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_STAGES = ("upsample", "max_radial_order", "max_angular_order", "defocus_sign")


def add_to(commands) -> None:
    """Add the command to the subparsers of `tcbf`."""
    parser = commands.add_parser(
        "reconstruct",
        help="reconstruct a scan and write a report",
        description="Reconstruct a scan by tilt-corrected bright-field STEM. Writes one page that opens by "
        "double-click, and its arrays as HDF5 beside it. Stopped, the same command goes on after the stages that "
        "were finished.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="scan, as for `tcbf info`")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="REPORT.html", help="page to write")
    parser.add_argument("--force", action="store_true", help="replace a report that is there")
    add_reading(parser.add_argument_group("what the file does not say, or says wrongly"))
    _add_stages(parser.add_argument_group("how to reconstruct"))
    parser.set_defaults(run=run)


def add_reading(group) -> None:
    """Add the options that say what a file does not, or override it."""
    group.add_argument("--energy", type=numbers, metavar="N", help="in eV")
    group.add_argument("--scan-sampling", type=numbers, metavar="N[,N]", help="in Å")
    pixel = group.add_mutually_exclusive_group()
    pixel.add_argument("--reciprocal-sampling", type=numbers, metavar="N[,N]", help="in 1/Å")
    pixel.add_argument("--angular-sampling", type=numbers, metavar="N[,N]", help="in mrad, instead of 1/Å")
    group.add_argument("--dataset", metavar="PATH", help="4D dataset inside an HDF5 file")
    group.add_argument("--scan-shape", type=shape, metavar="Y,X", help="positions, of a file of frames in a row")
    group.add_argument("--flip", choices=("", "y", "x", "yx"), metavar="yx", help='axes to flip frames along, "": none')
    group.add_argument("--transpose", action=argparse.BooleanOptionalAction, help="exchange the axes of frames")
    group.add_argument("--clip-negative", action=argparse.BooleanOptionalAction, help="read negative counts as 0 (no)")


def _add_stages(group) -> None:
    group.add_argument("--upsample", type=int, default=4, metavar="N", help="pixels per scan step, 1 to 8 (4)")
    group.add_argument("--threshold", type=float, metavar="N", help="rim of the disk, share of its intensity (0.5)")
    group.add_argument("--bin", type=int, metavar="N", help="sum squares of N x N detector pixels (as memory asks)")
    group.add_argument("--descan", action=argparse.BooleanOptionalAction, help="correct descan that is found (yes)")
    group.add_argument("--max-radial-order", type=int, default=1, metavar="M", help="of the aberrations, 1 to 3 (1)")
    group.add_argument("--max-angular-order", type=int, default=2, metavar="N", help="of the aberrations, 0 to 4 (2)")
    group.add_argument("--defocus-sign", type=int, choices=(1, -1), help="1 if the focus lies behind the specimen")
    group.add_argument("--memory", type=float, metavar="GB", help="to stay within (a quarter of the machine's)")
    group.add_argument("--engine", choices=("numpy", "libertem"), help="what reads the scan (numpy)")
    group.add_argument("--workers", type=workers, metavar="N|ADDRESS", help="processes, or a Dask scheduler (libertem)")


def numbers(text: str):
    """One number, or two with a comma between; whole ones as int.

    >>> numbers("10"), numbers("10,12.5")
    (10, (10, 12.5))
    """
    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if len(parts) not in (1, 2):
        raise argparse.ArgumentTypeError(f"one number, or two with a comma, as 10 or 10,12.5; got {text!r}")
    whole = tuple(int(part) if part.is_integer() else part for part in parts)
    return whole[0] if len(whole) == 1 else whole


def shape(text: str) -> tuple[int, int]:
    """Rows and columns of a scan.

    >>> shape("24,48")
    (24, 48)
    """
    rows, _, columns = text.partition(",")
    if not (rows.strip().isdecimal() and columns.strip().isdecimal()):
        raise argparse.ArgumentTypeError(f"two whole numbers with a comma, rows and columns, as 24,48; got {text!r}")
    return int(rows), int(columns)


def workers(text: str) -> int | str:
    """How many, or where.

    >>> workers("4"), workers("tcp://node1:8786")
    (4, 'tcp://node1:8786')
    """
    return int(text) if text.isdecimal() else text


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line says; returns the exit code."""
    from .reporting import GATHERING, READING, make_report

    given = vars(arguments)
    stages = {name: given[name] for name in _STAGES}
    options = {name: given[name] for name in (*READING, *GATHERING) if given[name] is not None}
    if "memory" in options:
        options["memory"] *= 1e9
    if arguments.output.exists() and not arguments.force:
        raise FileExistsError(f"{arguments.output} already exists; give another name, or --force to replace it")
    try:
        made = make_report(arguments.file, arguments.output, stages, options, arguments.force, progress=True)
    except KeyboardInterrupt:
        kept = "nothing was written; the same command goes on after the last stage that was finished"
        print(f"\ntcbf: stopped, {kept}", file=sys.stderr)
        return 130
    print("\n".join(summary(made)))
    return 0


def summary(made) -> list[str]:
    """What was found, in a dozen lines at most."""
    from .cli_words import as_options
    from .report_words import lead, number_rows

    wanted = ("Defocus", "Two-fold astigmatism", "Rotation of the detector", "Resolution by half-sets")
    wanted += ("Dose on the detector", "Bright-field disk")
    rows = [(name, value) for name, value, _ in number_rows(made.done) if name in wanted]
    width = max(len(name) for name, _ in rows)
    lines = [lead(made.done), *(f"  {name:<{width}}  {value}" for name, value in rows)]
    said = (*made.done.remarks, *made.done.notes)
    if said:
        lines.append(f"{len(said)} {'remarks' if len(said) > 1 else 'remark'} in the report: {as_options(said[0])}")
    return [*lines, f"report  {made.page}", f"arrays  {made.arrays}"]
