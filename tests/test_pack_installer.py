"""The installer and the starter of the offline pack, on laptops of every kind."""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import offline_pack
import pytest

from tests.small_packs import MINE, loaded, put_pack


@pytest.fixture
def install():
    return loaded(offline_pack.TEXTS / "install.py")


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
