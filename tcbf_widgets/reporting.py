"""A scan -> a page with everything that was found in it, and its arrays in a file beside it."""

from __future__ import annotations

import platform
import shlex
import time
import warnings
from dataclasses import dataclass, field, fields
from pathlib import Path

import h5py
import numpy as np
import scipy

from . import __version__
from .bright_field import BrightFieldStack
from .checkpoints import Checkpoints, file_identity
from .descan import Descan
from .files import look, open_scan
from .fourdstem import FourDSTEM
from .gathering import Gathering
from .memory import as_text
from .processing import Processed, process
from .readers.opened import Asked
from .report_figures import chosen_figures
from .report_files import check_report, publish
from .report_page import Source, page_text
from .results_file import write_results

READING = (
    *("energy", "scan_sampling", "reciprocal_sampling", "angular_sampling"),
    *("dataset", "scan_shape", "flip", "transpose", "clip_negative"),
)
GATHERING = tuple(part.name for part in fields(Gathering))
_USUAL = {"max_radial_order": 1, "max_angular_order": 2}
_VERSIONS = {"tcbf_widgets": __version__, "numpy": np.__version__, "scipy": scipy.__version__, "h5py": h5py.__version__}


def report(
    source,
    path,
    *,
    upsample: int = 4,
    max_radial_order: int = 1,
    max_angular_order: int = 2,
    defocus_sign: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
    **options,
) -> Path:
    """Reconstruct a scan and write what was found: one page that opens by double-click, and its arrays as HDF5.

    The page names its arrays, ``<name>-<8 digits of their content>.h5`` beside it. Both appear whole or not at all,
    whenever the work is stopped. Of a file, finished stages are kept in the user's cache until the page is there, and
    the same call goes on after them.

    Parameters
    ----------
    source : path of a file that `tcbf.open` reads; a FourDSTEM; or a BrightFieldStack
    path : of the page, ending in .html
    upsample : pixels per scan step of the image, 1 to 8
    max_radial_order, max_angular_order, defocus_sign : see `tcbf.refine_aberrations`
    overwrite : replace a page that is there; without it that is an error, before any work is done
    progress : show progress bars
    options : of a scan threshold, bin, descan, memory, engine and workers, see `gathering.Gathering`; of a file also
        energy, scan_sampling, reciprocal_sampling, angular_sampling, dataset, scan_shape, flip, transpose and
        clip_negative, see `tcbf.open`

    Returns
    -------
    path of the page. A scan in which nothing was found has one, too: it says so, and so does a warning

    Raises
    ------
    FileExistsError if there is such a page already; TypeError for an unknown option; else as `tcbf.open` and the stages
    """
    stages = {"max_radial_order": max_radial_order, "max_angular_order": max_angular_order}
    stages |= {"defocus_sign": defocus_sign}
    made = make_report(source, path, stages | {"upsample": upsample}, options, overwrite, progress)
    for remark in made.done.remarks:
        warnings.warn(remark, stacklevel=2)
    return made.page


@dataclass(frozen=True)
class Report:
    """A report that was written.

    page, arrays : its files
    done : what it says
    """

    page: Path
    arrays: Path
    done: Processed = field(repr=False)


def make_report(source, path, stages: dict, options: dict, overwrite: bool, progress: bool) -> Report:
    """Do what `report` says; to warn of remarks is left to the caller.

    Parameters
    ----------
    source, path, overwrite, progress : as there
    stages : its upsample, orders and sign by name
    options : the others by name
    """
    page = check_report(path, overwrite)
    reading, gathering = _sorted_options(source, options)
    Gathering(**gathering)  # says what is wrong before a file is opened
    checkpoints = None
    if isinstance(source, (FourDSTEM, BrightFieldStack)):
        data = source
    else:
        source = Path(source)
        data, parts = open_scan(source, **reading), _parts(source, reading)
        kept = {name: value for name, value in stages.items() if name != "upsample"}
        checkpoints = Checkpoints(file_identity(parts), source.resolve(), *map(_key, (reading, gathering, kept)))
    done = process(data, **stages, **gathering, progress=progress, checkpoints=checkpoints)
    asked = {**reading, **gathering, **{name: value for name, value in stages.items() if value != _USUAL.get(name)}}
    if checkpoints is None:
        about = _about_data(data, page, asked)
    else:
        about = _about_file(source, parts, page, asked | {"bin": done.gathered.bin})
    figures = chosen_figures(done)
    arrays = publish(
        page,
        lambda part: write_results(done, part, {"source": about.name, "again": about.again, **dict(about.facts)}),
        lambda name: page_text(done, about, figures, name),
        overwrite,
    )
    if checkpoints is not None:
        checkpoints.clear()
    return Report(page, arrays, done)


def _sorted_options(source, options: dict) -> tuple[dict, dict]:
    """Those of reading a file and those of gathering a scan; raise for any other, and where they have no use."""
    is_data = isinstance(source, (FourDSTEM, BrightFieldStack))
    for name in options:
        if name not in (*READING, *GATHERING):
            raise TypeError(f"{name} is no option of a report; there are {', '.join((*GATHERING, *READING))}")
        if (is_data and name in READING) or isinstance(source, BrightFieldStack):
            raise TypeError(f"{name} is for {'files' if name in READING else 'scans'}, source is {source!r}")
    chosen = {name: value for name, value in options.items() if value is not None}
    return tuple({name: chosen[name] for name in names if name in chosen} for names in (READING, GATHERING))


def _key(options: dict) -> list:
    """Options in an order of their own, as what they hold."""
    return sorted(
        (name, value.fitted.tobytes() if isinstance(value, Descan) else value) for name, value in options.items()
    )


def _parts(path: Path, reading: dict) -> list[Path]:
    """All files of a scan."""
    return [path, *look(path, Asked(reading.get("dataset"), reading.get("scan_shape"))).parts]


def _about_file(path: Path, parts: list[Path], page: Path, asked: dict) -> Source:
    size = sum(part.stat().st_size for part in parts)
    changed = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(path.stat().st_mtime))
    files = path.name if len(parts) == 1 else f"{path.name} and {len(parts) - 1} more"
    facts = (("File", f"{files}, {as_text(size)}, changed {changed}"), ("Identity", file_identity(parts)))
    by_hand = isinstance(asked.get("descan"), Descan)  # no command line can say it
    again = python_call(repr(path.name), page, asked) if by_hand else command_line(path, page, asked)
    return Source(path.name, facts, again, _versions())


def _about_data(data, page: Path, asked: dict) -> Source:
    variable = "stack" if isinstance(data, BrightFieldStack) else "data"
    name = "{} × {} positions".format(*data.scan_shape)
    return Source(name, (("Data", repr(data)),), python_call(variable, page, asked), _versions())


def _versions() -> dict[str, str]:
    return _VERSIONS | {"Python": platform.python_version()}


def python_call(source: str, page: Path, asked: dict) -> str:
    """The line of Python that makes the same report, in place of the one that is there.

    ``source`` as it is written in Python.

    >>> python_call("data", Path("a.html"), {"upsample": 4, "descan": False})
    'tcbf.report(data, "a.html", upsample=4, descan=False, overwrite=True)'
    """
    written = {name: "descan" if isinstance(value, Descan) else repr(value) for name, value in asked.items()}
    written["overwrite"] = True
    return f'tcbf.report({source}, "{page.name}", {", ".join(f"{name}={value}" for name, value in written.items())})'


def command_line(path: Path, page: Path, asked: dict) -> str:
    """The command that makes the same report, in place of the one that is there.

    >>> command_line(Path("a b.h5"), Path("a.html"), {"energy": 300e3, "scan_sampling": (10.0, 12.0), "descan": False})
    "tcbf reconstruct 'a b.h5' -o a.html --force --energy 300000 --scan-sampling 10,12 --no-descan"
    """
    words = ["tcbf", "reconstruct", path.name, "-o", page.name, "--force"]
    for name, value in asked.items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            words += [f"--{option}" if value else f"--no-{option}"]
        elif name == "memory":
            words += ["--memory", f"{value / 1e9:g}"]
        elif value is not None:
            words += [f"--{option}", _written(value)]
    return shlex.join(words)


def _written(value) -> str:
    """Numbers as one types them, several with commas."""
    if isinstance(value, str):
        return value
    return ",".join(
        f"{number:.10g}" if isinstance(number, float) else str(number) for number in np.atleast_1d(value).tolist()
    )
