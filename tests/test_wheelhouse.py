"""Wheels for other systems than this one: followed, missed, pinned and described."""

import tomllib
import zipfile

import offline_pack
import pytest
import wheelhouse
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from wheel_targets import SYSTEMS, Target, pinned, pins

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
