"""What the offline pack is made of: wheels for other systems, notebooks, a zip, an installer, exercises on paper."""

import ctypes
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import zipfile
from types import SimpleNamespace

import check_pack
import exercise_sheet
import no_network
import offline_notebooks
import offline_pack
import pytest
import wheelhouse
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from wheel_targets import SYSTEMS, Target, pinned, pins

import tcbf_widgets as tcbf

ROOT = offline_pack.ROOT
WINDOWS, MAC, LINUX = Target("windows", "3.12"), Target("macos-arm", "3.13"), Target("linux", "3.11")


def put_wheel(folder, name, tag="py3-none-any", requires=(), python=">=3.8"):
    """Write a wheel that holds nothing but what it says of itself; `name` with its version, as in "six-1.2"."""
    lines = ["Metadata-Version: 2.1", "Name: " + name.split("-")[0], "Version: " + name.split("-")[1]]
    lines += [f"Requires-Python: {python}", "License: BSD", *(f"Requires-Dist: {line}" for line in requires)]
    file = folder / f"{name}-{tag}.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.dist-info/METADATA", "\n".join(lines) + "\n\n")
        archive.writestr(f"{name}.data/data/share/jupyter/lab/a.js", "")
    return file


@pytest.fixture
def folder(tmp_path):
    """A folder with wheels of which each system needs others."""
    needed = ["tool>=2", 'colorama; sys_platform == "win32"', 'extra-part; extra == "more"']
    put_wheel(tmp_path, "app-1.0", requires=needed)
    put_wheel(tmp_path, "tool-2.1", "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    put_wheel(tmp_path, "tool-2.1", "cp312-cp312-win_amd64")
    return tmp_path


# ---- wheels


def test_a_wheel_that_one_system_needs_is_missed_there_only(folder):
    wheels = wheelhouse.Wheels(folder)
    assert wheels.missing(["app"], LINUX) == []
    assert wheels.missing(["app"], WINDOWS) == ["colorama, which app needs"]
    assert wheels.missing(["app"], MAC) == ["tool>=2, which app needs"]
    put_wheel(folder, "colorama-0.4.6")
    assert wheelhouse.Wheels(folder).missing(["app"], WINDOWS) == []


def test_a_wheel_for_another_python_or_of_another_version_does_not_help(folder):
    assert wheelhouse.Wheels(folder).missing(["app"], Target("linux", "3.12")) == ["tool>=2, which app needs"]
    put_wheel(folder, "tool-1.9")
    assert wheelhouse.Wheels(folder).missing(["app"], Target("linux", "3.12")) == ["tool>=2, which app needs"]
    put_wheel(folder, "tool-2.0", "cp38-abi3-manylinux_2_28_x86_64")
    assert wheelhouse.Wheels(folder).missing(["app"], Target("linux", "3.12")) == []


def test_extras_are_followed(folder):
    wheels = wheelhouse.Wheels(folder)
    assert wheels.missing(["app[more]"], LINUX) == ["extra-part, which app needs"]
    assert wheels.missing(["app", "app[more]"], LINUX) == ["extra-part, which app needs"]
    assert wheels.missing(["absent"], LINUX) == ["absent, which the pack needs"]


def test_says_which_python_is_too_old_for_its_wheels(folder):
    put_wheel(folder, "tool-2.2", python=">=3.11.5")
    assert wheelhouse.Wheels(folder).oldest_python(["app"], LINUX) == "3.11.5"
    assert wheelhouse.Wheels(folder).oldest_python(["app"], MAC) == "3.13.0"


def test_what_is_said_of_a_wheel(tmp_path):
    file = put_wheel(tmp_path, "app-1.0")
    assert wheelhouse.licence(file) == "app 1.0: BSD"
    assert wheelhouse.longest_path(file) == len("Lib/site-packages/app-1.0.dist-info/METADATA")


def test_wheels_that_are_there_are_not_downloaded(folder, tmp_path, monkeypatch):
    own = put_wheel(tmp_path, "app-1.0", requires=["tool"])
    monkeypatch.setattr(wheelhouse, "_download", lambda *arguments: pytest.fail("asked for the network"))
    files = wheelhouse.collect(["app"], [LINUX, WINDOWS], [Requirement("tool==2.1")], own, folder)
    assert len(files) == 3
    with pytest.raises(LookupError, match=r"no version is pinned for tool .linux, Python 3.11.; add it to tools/pack"):
        wheelhouse.collect(["app"], [LINUX], [], own, folder)


def test_a_pin_for_one_system_goes_before_that_for_all(tmp_path):
    file = tmp_path / "pins.txt"
    file.write_text('# none\nA.b==2 # newest\na-b==1 ; sys_platform == "win32"\n')
    assert str(pinned(pins(file), LINUX)["a-b"]) == "A.b==2"
    assert pinned(pins(file), WINDOWS)["a-b"].specifier == "==1"


@pytest.mark.parametrize("system", SYSTEMS)
def test_all_that_the_pack_needs_is_pinned(system):
    target = Target(system, "3.11")
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    roots = [
        *own["dependencies"],
        *own["optional-dependencies"]["crystallites"],
        *offline_pack.ROOTS[1:],
        *offline_pack.GRADING,
    ]
    names, _ = wheelhouse.closure(roots, target, wheelhouse._installed)
    assert len(names) > 100
    fixed = pinned(pins(*offline_pack.PINS), target)
    assert [name for name in names if canonicalize_name(name) not in fixed] == []


def test_unknown_targets_are_refused():
    with pytest.raises(ValueError, match="system must be one of linux, windows, macos-arm, macos-intel, got 'amiga'"):
        Target("amiga", "3.12")
    with pytest.raises(ValueError, match=r"python must be a version such as '3.12', got '3'"):
        Target("linux", "3")


# ---- notebooks

PAGE = "---\njupytext:\n  text_representation:\n    format_name: myst\n    extension: .md\n---\n\n"


def test_pages_become_notebooks_that_lead_to_each_other(tmp_path):
    (tmp_path / "book" / "part").mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text("root: book/intro\nchapters:\n  - file: book/part/one\n  - file: book/words\n")
    (tmp_path / "book" / "intro.md").write_text(PAGE + "[one](part/one.md#here)\n\n```{code-cell}\n1\n```\n")
    (tmp_path / "book" / "words.md").write_text("# Words\n")
    links = "[intro](../intro.md), [words](../words.md), [away](https://a.example/b.md) ![a](../p.png)\n"
    (tmp_path / "book" / "part" / "one.md").write_text(PAGE + links)
    (tmp_path / "book" / "p.png").write_bytes(b"picture")
    files = offline_notebooks.notebooks(tmp_path / "_toc.yml")
    assert files.keys() == {"intro.ipynb", "part/one.ipynb", "p.png"}
    assert files == offline_notebooks.notebooks(tmp_path / "_toc.yml")  # nothing is drawn at random
    intro, one = json.loads(files["intro.ipynb"]), json.loads(files["part/one.ipynb"])
    assert "jupytext" not in intro["metadata"]
    assert [cell["cell_type"] for cell in intro["cells"]] == ["markdown", "code"]
    assert "[one](part/one.ipynb#here)" in "".join(intro["cells"][0]["source"])
    text = "".join(one["cells"][0]["source"])
    assert "(../intro.ipynb)" in text
    assert "(../../book/book/words.html)" in text
    assert "(https://a.example/b.md)" in text


# ---- the zip


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


# ---- the installer

MINE = "{}.{}".format(*sys.version_info[:2])


def loaded(file):
    spec = importlib.util.spec_from_file_location("pack_install", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def install():
    return loaded(offline_pack.TEXTS / "install.py")


def put_pack(folder, **contents):
    """A pack for this machine with nothing to install; returns its install.py as a module."""
    folder.mkdir(exist_ok=True)
    for name in ("install.py", "start.py"):
        shutil.copy(offline_pack.TEXTS / name, folder)
    module = loaded(folder / "install.py")
    usual = {"systems": [module.system()], "pythons": [MINE], "oldest": {MINE: f"{MINE}.0"}, "longest_path": 100}
    usual |= {"roots": ["app"], "grading": ["grader"]}
    (folder / "wheelhouse").mkdir()
    (folder / "wheelhouse" / "contents.json").write_text(json.dumps(usual | contents))
    return module


def put_program(file, script):
    """A program of that name which runs a script of the shell."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def run_file(file, *arguments, **environment):
    command = [sys.executable, file, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)


SENTENCES = [
    ({"pythons": ["3.98", "3.99"]}, r"This is Python 3\.\d+, and the pack holds packages for Python 3\.98 or 3\.99: "),
    ({"systems": ["amiga"]}, r"The pack holds packages for amiga, and this is "),
    ({"oldest": {MINE: f"{MINE}.99"}}, rf"This is Python {MINE}\.\d+, and the packages need {MINE}\.99 or newer: "),
]


@pytest.mark.parametrize("contents, sentence", SENTENCES)
def test_a_laptop_that_does_not_fit_is_told_so_in_one_sentence(tmp_path, contents, sentence):
    put_pack(tmp_path, **contents)
    done = run_file(tmp_path / "install.py")
    assert (done.returncode, done.stdout) == (1, "")  # no other Python is begun with, which would say the same
    assert re.match(sentence, done.stderr)
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("fits", [True, False])
def test_goes_on_with_a_python_that_says_it_fits(tmp_path, fits):
    put_pack(tmp_path / "pack", pythons=["3.98"])
    other = tmp_path / "bin" / "python3.98"
    put_program(other, "exit 0" if fits else '[ "$2" != --fits ]')
    path = os.pathsep.join([str(other.parent), os.environ["PATH"]])
    done = run_file(tmp_path / "pack" / "install.py", "--grading", PATH=path)
    assert done.stdout == (f"Going on with {other}\n" if fits else "")
    assert done.returncode == (0 if fits else 1)


@pytest.mark.parametrize("made, fits", [("win-amd64", True), ("win-arm64", False)])
def test_on_windows_it_is_python_that_counts_and_not_the_processor(install, monkeypatch, made, fits):
    monkeypatch.setattr(install, "sys", SimpleNamespace(platform="win32", version_info=sys.version_info))
    monkeypatch.setattr(install, "platform", SimpleNamespace(machine=lambda: "ARM64"))
    monkeypatch.setattr(install, "sysconfig", SimpleNamespace(get_platform=lambda: made))
    pack = {"systems": ["windows"], "pythons": [MINE], "oldest": {MINE: f"{MINE}.0"}, "longest_path": 100}
    assert install.wrong_system(pack) == ""
    assert (install.wrong_python(pack) == "") == fits


@pytest.mark.parametrize("name", ["install.py", "start.py"])
def test_a_file_alone_as_opened_inside_the_zip_says_to_unpack_it(tmp_path, name):
    shutil.copy(offline_pack.TEXTS / name, tmp_path)
    done = run_file(tmp_path / name)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "unpack the whole zip first" in done.stderr


def test_what_is_installed_counts_in_its_place_and_with_its_python_alone(tmp_path):
    install = put_pack(tmp_path / "pack")
    pack = install.contents()
    assert not install.installed(pack)
    install.ENVIRONMENT.mkdir()
    install.stamp(pack, grading=False)
    assert not install.installed(pack)  # no Python
    put_program(install.PYTHON, "exit 0")
    assert install.installed(pack)
    assert not install.installed(pack, grading=True)
    assert not install.installed(pack | {"version": "2"})
    shutil.copytree(tmp_path / "pack", tmp_path / "copy")
    assert not loaded(tmp_path / "copy" / "install.py").installed(pack)
    done = run_file(tmp_path / "copy" / "start.py")
    assert (done.returncode, done.stderr) == (1, "Nothing is installed here yet: run install.py first.\n")
    put_program(install.PYTHON, "exit 1")  # as when the Python that it was made from is gone
    assert not install.installed(pack)
    put_program(install.PYTHON, "exit 0")
    for broken in (install.STAMP.read_text()[:-9], "[]", json.dumps(pack)):
        install.STAMP.write_text(broken)
        assert not install.installed(pack)
    install.stamp(pack, grading=True)
    assert install.installed(pack)
    assert install.installed(pack, grading=True)


CHILD = """
import os, signal, time
def stop(*_):
    time.sleep(0.6)  # longer than subprocess.run would wait
    os.write(1, b"all kernels have ended\\n")
    os._exit(3)
signal.signal(signal.SIGINT, stop)
os.write(1, b"up\\n")
time.sleep(60)
"""


def test_ctrl_c_leaves_jupyterlab_the_time_to_end_its_kernels(tmp_path):
    install = put_pack(tmp_path)
    (tmp_path / "child.py").write_text(CHILD)
    put_program(install.PYTHON, f'[ "$1" = -c ] || exec "{sys.executable}" "{tmp_path / "child.py"}"')
    install.stamp(install.contents(), grading=False)
    command = [sys.executable, str(tmp_path / "start.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as starter:
        assert starter.stdout.readline().startswith("JupyterLab opens in the browser")
        assert starter.stdout.readline() == "up\n"
        os.killpg(starter.pid, signal.SIGINT)  # as a terminal does: to all that run in it
        assert starter.stdout.read() == "all kernels have ended\n"
    assert starter.returncode == 3


@pytest.mark.parametrize("programs, closes", [(["py.exe", "python.exe"], True), (["cmd.exe", "Python.exe"], False)])
def test_a_window_that_closes_after_a_double_click_waits(install, monkeypatch, capsys, programs, closes):
    def name_of(process, _, name, length):
        name.value = "C:\\of py\\" + programs[process.value - 1]

    windows = SimpleNamespace(
        OpenProcess=lambda _, inherit, member: member,
        GetConsoleProcessList=lambda members, room: members.__setitem__(slice(0, 2), [1, 2]) or 2,
        QueryFullProcessImageNameW=name_of,
        CloseHandle=lambda process: None,
    )
    parts = ("c_void_p", "c_uint32", "create_unicode_buffer", "byref")
    fake = SimpleNamespace(WinDLL=lambda name: windows, **{part: getattr(ctypes, part) for part in parts})
    monkeypatch.setattr(install, "ctypes", fake, raising=False)
    monkeypatch.setattr(install, "os", SimpleNamespace(name="nt", environ={}))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    asked = []
    monkeypatch.setattr("builtins.input", asked.append)
    with pytest.raises(SystemExit, match="1"):
        install.end(lambda arguments: "It is said first.")
    assert capsys.readouterr().err == "It is said first.\n"
    assert asked == ["Press Enter to close this window."] * closes


def test_names_the_python_that_ran_it(install, monkeypatch):
    monkeypatch.setattr(install.shutil, "which", lambda name: sys.executable if name == "python" else None)
    assert install.this_python() == "python"
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "executable", "/a place/python")
    assert install.this_python() == '"/a place/python"'
    monkeypatch.setattr(install.shutil, "which", lambda name: "C:\\Windows\\py.exe" if name == "py" else None)
    monkeypatch.setattr(install, "os", SimpleNamespace(name="nt"))
    assert install.this_python() == "py"


def test_a_folder_too_deep_for_windows_is_told_so(install, monkeypatch):
    room = install.LONGEST - len(str(install.ENVIRONMENT)) - 1
    monkeypatch.setattr(install, "os", SimpleNamespace(name="nt"))
    assert install.too_deep({"longest_path": room}) == ""
    assert install.too_deep({"longest_path": room + 3}).startswith("The path of this folder is 3 characters too long")


def test_nothing_of_the_user_leads_pip_or_python_elsewhere(install, monkeypatch):
    for name in ("PIP_INDEX_URL", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_PREFIX", "JUPYTER_PATH", "JUPYTERLAB_DIR"):
        monkeypatch.setenv(name, "elsewhere")
    assert "elsewhere" not in install.clean_environment().values()


# ---- used without network


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


# ---- exercises on paper


@pytest.fixture
def book(tmp_path):
    """Pages of a built book, of which each has a title and a poster."""
    (tmp_path / "poster.png").write_bytes(b"a picture")
    toc = offline_notebooks.pages(ROOT / "_toc.yml")
    for page in toc:
        file = tmp_path / page.relative_to(ROOT).with_suffix(".html")
        file.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (len(file.relative_to(tmp_path).parts) - 1)
        poster = f'<img class="tcbf-poster" alt="Two &amp; three." src="{up}poster.png">'
        file.write_text(f"<h1>Title of {page.stem}<a>#</a></h1><h1>Not this</h1>{poster}")
    return tmp_path


def test_the_sheet_asks_everything_and_tells_nothing(book):
    sheet = exercise_sheet.sheet(book)
    for chapter in tcbf.check.CHAPTERS:
        assert f"Title of {chapter}" in sheet
        for question in tcbf.check.questions(chapter):
            assert exercise_sheet.text(question.text) in sheet
            assert exercise_sheet.text(question.because) not in sheet
            for mistake in question.mistakes:
                assert exercise_sheet.text(mistake.hint) not in sheet
    assert sheet.count("data:image/png;base64,") == sheet.count("<figcaption>Two &amp; three.") == sheet.count("<h2>")
    assert re.findall(r'(?:src|href)="(?!data:)', sheet) == []


def test_the_other_sheet_tells_everything(book):
    sheet = exercise_sheet.sheet(book, answers=True)
    for chapter in tcbf.check.CHAPTERS:
        for question in tcbf.check.questions(chapter):
            assert exercise_sheet.text(question.because) in sheet
            assert all(exercise_sheet.text(mistake.hint) in sheet for mistake in question.mistakes)


def test_signs_are_set_as_on_paper():
    assert exercise_sheet.text("|k_z| < e^{iφ}") == "|k<sub>z</sub>| &lt; e<sup>iφ</sup>"
    assert exercise_sheet.text("−2.5e−6 Å") == "−2.5 · 10<sup>−6</sup> Å"


def test_a_sheet_needs_the_built_book(tmp_path):
    with pytest.raises(FileNotFoundError, match="has no page of .*; run `make book` first"):
        exercise_sheet.sheet(tmp_path)
