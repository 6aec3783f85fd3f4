"""Make the assignments: from one master each, notebooks with solutions and the ones that students get.

``python tools/assignments.py FOLDER`` makes or renews a course folder for nbgrader: ``source/`` with solutions,
``release/`` without, the gradebook, and the settings unless there are some. Needs what requirements-classroom.txt
names.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

import jupytext
import nbformat
from traitlets.config import Config, PyFileConfigLoader

ROOT = Path(__file__).resolve().parents[1]
MASTERS = ROOT / "classroom" / "assignments"
SETTINGS = ROOT / "classroom" / "nbgrader_config.py"
COURSE = ROOT / "_build" / "assignments"


def names() -> list[str]:
    """Names of the assignments."""
    return sorted(path.stem for path in MASTERS.glob("*.md"))


def source_notebook(name: str) -> nbformat.NotebookNode:
    """The notebook of a master, solutions included, with what nbgrader wants to know about each cell.

    A master says by one word at the head of a cell what the cell is for:
    ``answer`` is written by the student, ``test`` gives ``points``, ``keep`` is there to stay as it is.

    Raises
    ------
    ValueError for a cell that says two of these, a test without points, or a name that comes twice
    """
    notebook = jupytext.read(MASTERS / f"{name}.md")
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    seen = set()
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{name}-{number}".replace("_", "-")
        cell.metadata = _for_nbgrader(cell, f"{name}.md")
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in seen:
            raise ValueError(f"{name}.md: two cells are called {grade_id!r}; each needs a name of its own")
        seen.update({grade_id} - {None})
    return notebook


def _for_nbgrader(cell: nbformat.NotebookNode, master: str) -> dict:
    """Metadata of a cell, from the words at its head."""
    said = {word: cell.metadata[word] for word in ("answer", "test", "keep") if word in cell.metadata}
    if not said:
        return {}
    if len(said) > 1:
        raise ValueError(f"{master}: a cell is one of answer, test, keep; got {said}")
    ((word, grade_id),) = said.items()
    points = cell.metadata.get("points")
    by_hand = word == "answer" and cell.cell_type == "markdown"
    if (word == "test" or by_hand) != isinstance(points, int):
        raise ValueError(
            f"{master}: tests and answers in words have whole points, other cells none; {said}: {points!r}"
        )
    grade = {"grade": points is not None, "solution": word == "answer", "locked": word != "answer", "task": False}
    grade |= {"grade_id": grade_id, "schema_version": 3, "cell_type": cell.cell_type}
    return {"nbgrader": grade | ({} if points is None else {"points": points})}


def write_sources(course: Path) -> None:
    """Write the notebooks with solutions into a course folder, and the settings if it has none."""
    course.mkdir(parents=True, exist_ok=True)
    settings = course / SETTINGS.name
    if not settings.exists():
        shutil.copyfile(SETTINGS, settings)
    elif settings.read_bytes() != SETTINGS.read_bytes():
        print(f"settings:       {settings} is not that of classroom/ and stays; delete it to have that one")
    for name in names():
        folder = course / "source" / name
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(source_notebook(name), folder / f"{name}.ipynb")


def grader(course: Path):
    """Return nbgrader's own interface, with the settings of a course folder."""
    from nbgrader.apps import NbGraderAPI

    # it starts `alembic` of the same environment, which need not be active
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", "")
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, path])
    config = Config(PyFileConfigLoader("nbgrader_config.py", str(course)).load_config())
    interface = NbGraderAPI(config=config)
    interface.log.setLevel(logging.WARNING)
    return interface


def checked(outcome: dict, what: str) -> None:
    """Raise RuntimeError with the reason that nbgrader gives if one of its steps failed."""
    if outcome["success"]:
        return
    log = outcome.get("log") or outcome.get("error") or "no reason is given"
    # the first exception in its log; those after it only say that there was one
    reason = re.search(r"^\s*[\w.]*(?:Error|Exception): (.+)$", log, re.MULTILINE)
    raise RuntimeError(f"{what}: {reason[1] if reason else log}")


def release(course: Path) -> None:
    """Make the versions for students, and enter the assignments into the gradebook."""
    interface = grader(course)
    for name in names():
        checked(interface.generate_assignment(name), name)


def course_folder(text: str) -> Path:
    """Return the folder that somebody names for a course, where one may be made."""
    course = Path(text).expanduser().resolve()
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of the folder is empty; give one, such as ~/course")
    if course == ROOT or course in ROOT.parents:
        raise argparse.ArgumentTypeError(f"{course} is the repository, or holds it; give a folder of its own")
    if course.exists() and not course.is_dir():
        raise argparse.ArgumentTypeError(f"{course} is a file; give a folder")
    return course


def main() -> None:
    """Make a course folder and say what is where."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "course",
        nargs="?",
        type=course_folder,
        default=COURSE,
        help="folder of the course, made or renewed (default: %(default)s)",
    )
    course = parser.parse_args().course
    try:
        write_sources(course)
        release(course)
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    print(f"with solutions: {course}/source")
    print(f"for students:   {course}/release")
    print("How to hand out, collect and grade: classroom/README.md")


if __name__ == "__main__":
    main()
