"""One zip to teach from in a room without network: ``make offline-pack``, or ``python tools/offline_pack.py``.

In it lie the built book, its pages as notebooks, the demonstration scan, and a wheelhouse from which one command
installs JupyterLab and the library on Windows, macOS and Linux.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import check_offline
import offline_notebooks
import wheelhouse
from wheel_targets import SYSTEMS, Target, pins

import tcbf_widgets as tcbf
from tcbf_widgets.atomic import check_writable, written_whole

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "_build"
COURSE = BUILT / "pack-course"  # a course that somebody teaches lies elsewhere
TEXTS = ROOT / "tools" / "pack"
PINS = (ROOT / "requirements.txt", ROOT / "requirements-classroom.txt", TEXTS / "pins.txt")
FOLDER = "tcbf-offline"  # the one folder in the zip
PYTHONS = ("3.12", "3.13")  # of `make offline-pack`, too, unless it is given PACK_PYTHONS
ROOTS = ("tcbf_widgets[crystallites]", "jupyterlab", "jupyterlab-myst", "myst-nb", "pip")
GRADING = ("nbgrader",)  # installed with --grading only
PACKED = (".whl", ".png", ".zip", ".pdf", ".woff2")  # nothing is gained by compressing these
NAMES = {"linux": "Linux (Intel or AMD)", "windows": "Windows", "macos-arm": "macOS on Apple silicon"}
NAMES |= {"macos-intel": "macOS on Intel"}
ZIP_FILE = BUILT / f"{FOLDER}-{tcbf.__version__}.zip"
PARTS = (
    ("exercises.pdf", "the exercises on paper"),
    ("assignments", "notebooks to hand in"),
    (
        "instructors",
        "for those who teach: answers on paper, solutions of the assignments, and how to grade without network. Take "
        "it out before you pass the others on. It keeps apart the solutions of the assignments alone: answers of the "
        "exercises stand folded in <code>book</code> and <code>notebooks</code>, where learners may read them",
    ),
)


def own_wheel(folder: Path) -> Path:
    """Build the wheel of this clone into a folder, with its bundled views."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(date()), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True, env=environment)
    (wheel,) = folder.glob("tcbf_widgets-*.whl")
    return wheel


def date() -> int:
    """When its files say they were made, in s of 1970: SOURCE_DATE_EPOCH, or when this clone was committed."""
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else 1_767_225_600  # the year 2026 began


def add_wheels(folder: Path, targets: list[Target], cache: Path, grading: bool) -> dict:
    """Fill `folder` with wheels for all targets, and return what the installer has to know of them.

    grading : whether nbgrader is among them

    Raises
    ------
    LookupError when a package that some target needs is missing
    """
    folder.mkdir()
    own = own_wheel(folder)
    roots = [*ROOTS, *(GRADING if grading else ())]
    files = wheelhouse.collect(roots, targets, pins(*PINS), own, cache)
    for file in files:
        if file != own:
            shutil.copyfile(file, folder / file.name)
    wheels = wheelhouse.Wheels(folder)
    if missing := [f"{target}: {line}" for target in targets for line in wheels.missing(roots, target)]:
        raise LookupError("the wheelhouse is not complete:\n" + "\n".join(missing))
    oldest = {target.python: wheels.oldest_python(roots, target) for target in targets}
    known = {
        "version": tcbf.__version__,
        "systems": sorted({target.system for target in targets}),
        "pythons": sorted(oldest, key=lambda python: int(python.split(".")[1])),
        "oldest": oldest,
        "roots": list(ROOTS),
        "grading": roots[len(ROOTS) :],
        "packages": max(len(wheels.packages(ROOTS, target)) for target in targets),
        "longest_path": max(wheelhouse.longest_path(file) for file in files),
    }
    (folder / "contents.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return known


def needed(known: dict) -> str:
    """Which Python is to be got, such as "3.11 (from 3.11.5 on) or 3.12, for example 3.12"."""
    oldest = {python: known["oldest"][python] for python in known["pythons"]}
    names = [name if first == f"{name}.0" else f"{name} (from {first} on)" for name, first in oldest.items()]
    return " or ".join(names) + (f", for example {known['pythons'][-1]}" if len(names) > 1 else "")


def add_texts(pack: Path, known: dict) -> None:
    """Write the installer, the licences, and the page to begin with, which names what is in the pack by now."""
    for name in ("install.py", "start.py"):
        shutil.copyfile(TEXTS / name, pack / name)
    rows = [f"<tr><td><code>{name}</code></td><td>{text}</td></tr>" for name, text in PARTS if (pack / name).exists()]
    words = {
        "VERSION": known["version"],
        "PYTHONS": " or ".join(known["pythons"]),
        "NEEDED": needed(known),
        "SYSTEMS": ", ".join(NAMES[name] for name in known["systems"]),
    }
    page = (TEXTS / "START-HERE.html").read_text(encoding="utf-8").replace("@CLASSROOM@", "\n".join(rows))
    for name, value in words.items():
        page = page.replace(f"@{name}@", html.escape(value))
    (pack / "START-HERE.html").write_text(page, encoding="utf-8")
    licences = pack / "LICENSES"
    licences.mkdir()
    for name in ("LICENSE", "LICENSE-text"):
        shutil.copyfile(ROOT / name, licences / name)
    lines = sorted({wheelhouse.licence(file) for file in (pack / "wheelhouse").glob("*.whl")}, key=str.lower)
    head = (
        "The packages in the folder wheelhouse, with their versions and licences; the wheels hold the full texts.\n\n"
    )
    (licences / "packages.txt").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def add_data(pack: Path) -> None:
    """Put the demonstration scan where the notebooks look for it, and once more as a file to open."""
    cache = pack / "data" / "cache"
    cache.mkdir(parents=True)
    before = os.environ.get("TCBF_CACHE")
    os.environ["TCBF_CACHE"] = str(cache)
    try:
        tcbf.demo.apoferritin()
    finally:
        os.environ.pop("TCBF_CACHE") if before is None else os.environ.update(TCBF_CACHE=before)
    (kept,) = cache.iterdir()
    shutil.copyfile(kept, pack / "data" / "scan.h5")


def add_classroom(pack: Path, built: Path, course: Path) -> None:
    """Add what is there of printed exercises and assignments; what gives answers or grades goes to `instructors`."""
    copies = {
        built / "exercises.pdf": "exercises.pdf",
        built / "exercises-answers.pdf": "instructors/exercises-answers.pdf",
        course / "release": "assignments",
        course / "source": "instructors/course/source",
    }
    if (course / "source").is_dir():
        copies |= {
            course / "nbgrader_config.py": "instructors/course/nbgrader_config.py",
            ROOT / "classroom" / "README.md": "instructors/course/README.md",
            TEXTS / "instructors.md": "instructors/README.md",
            TEXTS / "grade.py": "instructors/grade.py",
        }
    for source, target in copies.items():
        if source.is_dir():
            shutil.copytree(source, pack / target, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        elif source.is_file():
            (pack / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, pack / target)


def write_zip(folder: Path, target: Path, moment: int) -> None:
    """Write a folder as a zip, whole or not at all: files in order of their names, all of one date."""
    dated = time.gmtime(max(moment, 315_532_800))[:6]  # a zip knows no year before 1980
    with written_whole(target, overwrite=True) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix(), dated)
            entry.create_system = 3  # permissions are those of Unix, wherever this runs
            entry.external_attr = (0o100755 if file.suffix == ".py" and file.parent == folder else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_STORED if file.suffix in PACKED else zipfile.ZIP_DEFLATED
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as packed:
                shutil.copyfileobj(source, packed, 1 << 20)


def make(
    book: Path, targets: list[Target], zip_file: Path, cache: Path, built: Path = BUILT, course: Path = COURSE
) -> Path:
    """Make the pack; returns `zip_file`.

    Parameters
    ----------
    book : folder of the built book
    targets : machines to install on
    cache : folder in which downloaded wheels stay
    built : folder with printed exercises, if they have been made
    course : folder of assignments as tools/assignments.py makes it, if it has been made; nbgrader comes with it

    Raises
    ------
    FileNotFoundError without a built book, or a folder for the zip; ValueError when the book would ask for a network;
    LookupError for missing wheels
    """
    check_writable(zip_file, overwrite=True)
    if not (book / "index.html").is_file():
        raise FileNotFoundError(f"book {str(book)!r} holds no built book; run `make book` first")
    if lines := check_offline.check(book):
        raise ValueError("the book loads from the network:\n" + "\n".join(lines))
    with tempfile.TemporaryDirectory(dir=zip_file.parent) as scratch:
        pack = Path(scratch) / FOLDER
        pack.mkdir()
        known = add_wheels(pack / "wheelhouse", targets, cache, grading=(course / "source").is_dir())
        shutil.copytree(book, pack / "book", ignore=shutil.ignore_patterns(".buildinfo"))
        for name, content in offline_notebooks.notebooks(ROOT / "_toc.yml").items():
            (pack / "notebooks" / name).parent.mkdir(parents=True, exist_ok=True)
            (pack / "notebooks" / name).write_bytes(content)
        add_data(pack)
        add_classroom(pack, built, course)
        add_texts(pack, known)
        write_zip(pack, zip_file, date())
    return zip_file


def main() -> None:
    """Make the pack that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--book", type=Path, default=BUILT / "html", help="folder of the built book")
    parser.add_argument("--pythons", nargs="+", default=PYTHONS, help="versions of Python (default: %(default)s)")
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS)
    parser.add_argument("--course", type=Path, default=COURSE, help="folder of assignments, if it has been made")
    parser.add_argument("--out", type=Path, default=ZIP_FILE, help="the zip (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        targets = [Target(name, python) for name in arguments.systems for python in arguments.pythons]
        zip_file = make(arguments.book, targets, arguments.out, BUILT / "wheelhouse", course=arguments.course)
    except (OSError, ValueError, LookupError) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(error.cmd[1:4])} did not succeed (code {error.returncode}); it has said why.")
    whom = f"{', '.join(arguments.systems)}; Python {', '.join(arguments.pythons)}"
    print(f"{zip_file}: {zip_file.stat().st_size / 1e6:.0f} MB, for {whom}")


if __name__ == "__main__":
    main()
