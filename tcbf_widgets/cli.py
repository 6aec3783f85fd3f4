"""`tcbf` in a terminal: what is in a file, a scan to try things on, and a reconstruction with its report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import __version__

_REFUSED, _STOPPED = 2, 130  # exit codes


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says.

    Parameters
    ----------
    arguments : without the name of the program; those of the process if None

    Returns
    -------
    exit code: 0 if all went well, 2 if something is wrong with what was asked or with a file, 130 if it was stopped
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that has no Å shows a question mark, and no traceback
            stream.reconfigure(errors="replace")
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return 0
    try:
        return given.run(given)
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        print(f"tcbf: {_sentence(error)}", file=sys.stderr)
        return _REFUSED
    except KeyboardInterrupt:
        print("\ntcbf: stopped", file=sys.stderr)
        return _STOPPED


def _parser() -> argparse.ArgumentParser:
    # nothing that computes is imported before it is known what to do: help comes at once
    from . import cli_info, cli_reconstruct

    parser = argparse.ArgumentParser(
        prog="tcbf", description="Tilt-corrected bright-field STEM.", epilog="tcbf COMMAND --help says more about each."
    )
    parser.add_argument("--version", action="version", version=f"tcbf_widgets {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    cli_info.add_to(commands)
    cli_reconstruct.add_to(commands)
    _add_demo(commands)
    return parser


def _add_demo(commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="write a simulated scan to try things on",
        description="Write the demo: apoferritin in ice, 24 x 48 positions 10 Å apart, 300 kV, 4 mrad, 1.5 µm out of "
        "focus. The file opens in py4DSTEM, too.",
    )
    demo.add_argument("file", type=Path, metavar="OUT.h5", help="file to write")
    demo.add_argument("--dose", type=float, default=100.0, metavar="N", help="electrons/Å² (100)")
    demo.add_argument("--force", action="store_true", help="replace a file that is there")
    demo.set_defaults(run=_demo)


def _demo(given: argparse.Namespace) -> int:
    if given.file.exists() and not given.force:
        raise FileExistsError(f"{given.file} already exists; give another name, or --force to replace it")
    from . import demo, files
    from .cli_info import quoted

    files.save(demo.apoferritin(dose=given.dose), given.file, overwrite=given.force)
    print(f"{given.file}: apoferritin in ice, {given.dose:g} electrons/Å², 1.5 µm out of focus")
    print(f"\nnext: tcbf info {quoted(given.file)}")
    return 0


def _sentence(error: BaseException) -> str:
    """What an error says, on one line, with options for the arguments of Python."""
    from .cli_words import as_options

    return as_options(" ".join(str(error).split())) or type(error).__name__
