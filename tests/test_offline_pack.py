"""The offline pack: one zip, who finds what in it, and that it is tried where the network is blocked."""

import os
import sys
import zipfile
from types import SimpleNamespace

import check_pack
import exercise_sheet
import no_network
import offline_pack
import pytest
from wheel_targets import Target

from tests.small_packs import put_pack

LINUX = Target("linux", "3.11")


def test_the_same_pack_is_the_same_zip(tmp_path):
    packs = []
    for name in ("one", "two"):
        folder = tmp_path / name / "pack"
        (folder / "sub").mkdir(parents=True)
        for file in ("b.txt", "install.py", "sub/a.png") if name == "one" else ("sub/a.png", "install.py", "b.txt"):
            (folder / file).write_text(file)
            os.utime(folder / file, (len(packs), 1e9 + len(packs)))
        packs.append(tmp_path / f"{name}.zip")
        offline_pack.write_zip(folder, packs[-1], 1_800_000_000)
    assert packs[0].read_bytes() == packs[1].read_bytes()
    entries = zipfile.ZipFile(packs[0]).infolist()
    assert [entry.filename for entry in entries] == ["pack/b.txt", "pack/install.py", "pack/sub/a.png"]
    assert {entry.date_time for entry in entries} == {(2027, 1, 15, 8, 0, 0)}
    assert [entry.external_attr >> 16 & 0o777 for entry in entries] == [0o644, 0o755, 0o644]


def test_a_pack_that_fails_leaves_the_older_one(tmp_path, monkeypatch):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "a").write_text("a")
    (tmp_path / "pack.zip").write_text("the older one")
    monkeypatch.setattr(offline_pack.shutil, "copyfileobj", lambda *arguments: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        offline_pack.write_zip(tmp_path / "pack", tmp_path / "pack.zip", 0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["pack", "pack.zip"]
    assert (tmp_path / "pack.zip").read_text() == "the older one"


def test_without_a_built_book_there_is_no_pack(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no built book; run `make book` first"):
        offline_pack.make(tmp_path, [LINUX], tmp_path / "pack.zip", tmp_path)
    (tmp_path / "index.html").write_text('<script src="https://cdn.example/x.js"></script>')
    with pytest.raises(ValueError, match=r"loads from the network:\nindex.html: https://cdn.example/x.js"):
        offline_pack.make(tmp_path, [LINUX], tmp_path / "pack.zip", tmp_path)


@pytest.mark.parametrize("tool", [offline_pack, exercise_sheet])
def test_a_folder_that_is_not_there_is_named_before_any_work(tmp_path, monkeypatch, tool):
    monkeypatch.setattr(tool, "written_whole", lambda *arguments, **options: pytest.fail("began to write"))
    monkeypatch.setattr(sys, "argv", ["tool", "--book", str(tmp_path), "--out", str(tmp_path / "absent" / "a")])
    with pytest.raises(SystemExit, match="there is no folder '.*absent.*'; create it first"):
        tool.main()


def test_only_instructors_get_answers(tmp_path):
    for name in ("exercises.pdf", "exercises-answers.pdf", "course/gradebook.db", "course/nbgrader_config.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("SOLUTION" if "answers" in name else "")
    for stage, text in {"release": "", "source": "SOLUTION", "submitted/ann": "SOLUTION", "autograded": ""}.items():
        folder = tmp_path / "course" / stage / "one" / ".ipynb_checkpoints"
        folder.mkdir(parents=True)
        (folder.parent / "one.ipynb").write_text(text)
    pack = tmp_path / "pack"
    pack.mkdir()
    offline_pack.add_classroom(pack, tmp_path, tmp_path / "course")
    found = {file.relative_to(pack).as_posix(): file.read_text() for file in pack.rglob("*") if file.is_file()}
    course = {"instructors/course/" + name for name in ("source/one/one.ipynb", "nbgrader_config.py", "README.md")}
    names = {"instructors/" + name for name in ("exercises-answers.pdf", "README.md", "grade.py")}
    assert found.keys() == {"exercises.pdf", "assignments/one/one.ipynb"} | names | course
    assert {name for name, text in found.items() if text == "SOLUTION"} == {
        "instructors/exercises-answers.pdf",
        "instructors/course/source/one/one.ipynb",
    }


def test_says_which_python_to_get():
    known = {"pythons": ["3.11", "3.12"], "oldest": {"3.11": "3.11.5", "3.12": "3.12.0"}}
    assert offline_pack.needed(known) == "3.11 (from 3.11.5 on) or 3.12, for example 3.12"
    assert offline_pack.needed(known | {"pythons": ["3.12"]}) == "3.12"


def test_without_assignments_there_is_nothing_to_grade(tmp_path):
    offline_pack.add_classroom(tmp_path, tmp_path / "absent", tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_run_where_the_network_is_not_blocked(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(no_network, "kind", lambda: "closed proxies")
    monkeypatch.setattr(no_network, "OUTSIDE", "data:,a%20page%20outside")  # which is always reached
    monkeypatch.setattr(os, "execvp", lambda *words: pytest.fail("was run"))
    with pytest.raises(SystemExit, match="the network is not blocked; nothing was run"):
        no_network.main(["true"])


def test_a_pack_is_checked_to_its_end_and_failures_are_named(tmp_path, monkeypatch):
    put_pack(tmp_path / offline_pack.FOLDER, grading=[])
    notebooks = tmp_path / offline_pack.FOLDER / "notebooks"
    for name in ("a", "workshop/b", "workshop/c"):
        (notebooks / name).parent.mkdir(exist_ok=True, parents=True)
        (notebooks / f"{name}.ipynb").write_text("{}")
    offline_pack.write_zip(tmp_path / offline_pack.FOLDER, tmp_path / "pack.zip", 0)
    for name in ("install", "start"):
        fake = SimpleNamespace(PYTHON="python", environment=dict)
        monkeypatch.setitem(sys.modules, name, fake)
    monkeypatch.setattr(sys, "path", sys.path[:])
    done = []
    monkeypatch.setattr(check_pack, "timed", lambda what, words, **options: done.append(what) or what[-7:] != "b.ipynb")
    assert check_pack.check(tmp_path / "pack.zip", tmp_path / "room") == ["notebooks/workshop/b.ipynb"]
    assert done == ["install.py", *(f"notebooks/{name}.ipynb" for name in ("a", "workshop/b", "workshop/c"))]
