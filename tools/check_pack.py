"""Use the offline pack as a class does, without network: ``make check-pack``.

The zip is unpacked and installed; then all its notebooks are run from what was installed, one after the other, and the
assignments are graded, with their solutions as handed in. Goes on after a failure, and names all of
them at the end.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import no_network
import offline_pack

STUDENT = "model"


def timed(what: str, words: list, **options) -> bool:
    """Run a command, print its time, and what it said if it failed; returns whether it did not."""
    start = time.perf_counter()
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, errors="replace", check=False, **options
    )
    print(f"{time.perf_counter() - start:6.1f} s  {what}", flush=True)
    if done.returncode:
        print("\n".join((done.stdout + done.stderr).splitlines()[-25:]), flush=True)
    return done.returncode == 0


def run_notebooks(pack: Path, scratch: Path) -> Iterator[str]:
    """Run every notebook of an installed pack as its JupyterLab would; yields the names of those that fail."""
    sys.path.insert(0, str(pack))
    install, start = importlib.import_module("install"), importlib.import_module("start")
    for file in sorted((pack / "notebooks").rglob("*.ipynb")):
        name = file.relative_to(pack).as_posix()
        command = [install.PYTHON, "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", scratch, file]
        if not timed(name, command, env=start.environment(), cwd=pack):
            yield name


def grade(pack: Path) -> Iterator[str]:
    """Grade the solutions of all assignments; yields what fails, or does not get all points that tests give."""
    course = pack / "instructors" / "course"
    wanted = {}
    for file in sorted((course / "source").glob("*/*.ipynb")):
        name = file.stem
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        about = [cell["metadata"].get("nbgrader", {}) for cell in cells if cell["cell_type"] == "code"]
        wanted[name] = sum(one.get("points", 0) for one in about)
        shutil.copytree(file.parent, course / "submitted" / STUDENT / name)
        for step in ("generate_assignment", "autograde"):
            if not timed(f"{step} {name}", [sys.executable, pack / "instructors" / "grade.py", step, name]):
                yield f"{step} {name}"
    if not timed("export", [sys.executable, pack / "instructors" / "grade.py", "export"]):
        yield "export"
        return
    with (course / "grades.csv").open(encoding="utf-8", newline="") as table:
        got = {row["assignment"]: float(row["score"] or 0) for row in csv.DictReader(table)}
    yield from (
        f"{name}: {got.get(name)} of {points} points" for name, points in wanted.items() if got.get(name) != points
    )


def check(zip_file: Path, folder: Path) -> list[str]:
    """Install a pack in an empty folder and use it; returns what failed."""
    with zipfile.ZipFile(zip_file) as archive:
        archive.extractall(folder)
    pack = folder / offline_pack.FOLDER
    grading = json.loads((pack / "wheelhouse" / "contents.json").read_text(encoding="utf-8"))["grading"]
    if not timed("install.py", [sys.executable, pack / "install.py", *(["--grading"] if grading else [])]):
        return ["install.py"]
    return [*run_notebooks(pack, folder / "executed"), *(grade(pack) if grading else ())]


def main() -> None:
    """Check the pack that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("zip", nargs="?", type=Path, default=offline_pack.ZIP_FILE, help="default: %(default)s")
    zip_file = parser.parse_args().zip
    if not zip_file.is_file():
        sys.exit(f"zip {str(zip_file)!r} is not there; run `make offline-pack` first")
    if no_network.is_reached():
        sys.exit(f"the network is not blocked: run `python tools/no_network.py python tools/check_pack.py {zip_file}`")
    with tempfile.TemporaryDirectory(dir=zip_file.parent) as folder:
        failed = check(zip_file, Path(folder))
    print("failed: " + ", ".join(failed) if failed else "all of it works without network")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
