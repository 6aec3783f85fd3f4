"""A folder of wheels from which pip installs without a network, for several systems and versions of Python at once.

Versions are those of requirements.txt; what only other systems need is pinned in tools/pack/pins.txt. ``pip download``
would judge environment markers ("only on Windows") by the machine it runs on, so dependencies are followed here, once
for each target, and pip fetches exactly the list that comes out.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_wheel_filename
from wheel_targets import SYSTEMS, Target, pinned


def closure(
    roots: Iterable[str], target: Target, requires: Callable[[Requirement], list[str] | None]
) -> tuple[list[str], list[str]]:
    """Names of all packages that some packages need on a target, and what is not known.

    Parameters
    ----------
    roots : requirements as pip takes them, extras included
    requires : gives the requirements of what meets a requirement, or None if nothing is known that does

    Returns
    -------
    sorted names, roots included; sorted requirements that nothing meets, with who needs them
    """
    todo = [(Requirement(root), "the pack") for root in roots]
    seen: dict[str, set[str]] = {}
    unmet: set[str] = set()
    while todo:
        wanted, by = todo.pop()
        name = _name(wanted)
        extras = ({""} | wanted.extras) - seen.setdefault(name, set())
        seen[name] |= extras
        lines = requires(wanted)
        if lines is None:
            unmet.add(f"{name}{wanted.specifier}, which {by} needs")
            continue
        for needed in map(Requirement, lines if extras else ()):
            if needed.marker is None or any(needed.marker.evaluate(target.environment | {"extra": e}) for e in extras):
                todo.append((needed, name))
    return sorted(seen), sorted(unmet)


class Wheels:
    """The wheels of a folder: which fits a target, and what it needs.

    Parameters
    ----------
    folder : with files ``*.whl``; looked through once
    """

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, list[tuple]] = {}
        self._requires: dict[Path, list[str]] = {}
        for file in sorted(folder.glob("*.whl")):
            name, version, _, tags = parse_wheel_filename(file.name)
            self._files.setdefault(name, []).append((version, tags, file))

    def fitting(self, wanted: Requirement, target: Target) -> Path | None:
        """The newest wheel for a target that meets a requirement; None if there is none."""
        found = [
            (version, file)
            for version, tags, file in self._files.get(_name(wanted), [])
            if tags & target.tags and wanted.specifier.contains(version, prereleases=True)
        ]
        return max(found)[1] if found else None

    def missing(self, roots: Iterable[str], target: Target) -> list[str]:
        """What could not be installed on a target from this folder alone: one line for each package."""
        return closure(roots, target, lambda wanted: self._known(self.fitting(wanted, target)))[1]

    def _known(self, file: Path | None) -> list[str] | None:
        return None if file is None else self.requires(file)

    def packages(self, roots: Iterable[str], target: Target) -> list[Path]:
        """The wheels that are installed on a target; nothing must be missing."""
        names, _ = closure(roots, target, lambda wanted: self._known(self.fitting(wanted, target)))
        return [self.fitting(Requirement(name), target) for name in names]

    def oldest_python(self, roots: Iterable[str], target: Target) -> str:
        """The oldest Python of a target's version with which all of its packages can be used, such as "3.11.5"."""
        allowed = [SpecifierSet(metadata(file)["Requires-Python"] or "") for file in self.packages(roots, target)]
        versions = (f"{target.python}.{micro}" for micro in range(100))
        return next(version for version in versions if all(version in one for one in allowed))

    def requires(self, file: Path) -> list[str]:
        """The requirements that a wheel states."""
        if file not in self._requires:
            self._requires[file] = metadata(file).get_all("Requires-Dist") or []
        return self._requires[file]


def metadata(wheel: Path):
    """The METADATA of a wheel, as a message with headers."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA") and n.count("/") == 1]
        return HeaderParser().parsestr(archive.read(name).decode())


def licence(wheel: Path) -> str:
    """One line: name, version and licence of a wheel, as its author states it."""
    head = metadata(wheel)
    classified = [c.split(" :: ")[-1] for c in head.get_all("Classifier") or [] if c.startswith("License ::")]
    first_line = ((head["License"] or "").strip().splitlines() or [""])[0]
    stated = head["License-Expression"] or ", ".join(classified) or first_line or "see the wheel"
    return f"{head['Name']} {head['Version']}: {stated}"


def longest_path(wheel: Path) -> int:
    """How many characters the longest path has that a wheel is unpacked to, below the folder of an environment."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    data = f"{'-'.join(wheel.name.split('-')[:2])}.data/"
    # files of the environment as a whole, such as JupyterLab's, lie in its own folders, all others among the packages
    return max(len(n.split("/", 2)[-1]) if n.startswith(data) else len(f"Lib/site-packages/{n}") for n in names)


def collect(
    roots: Iterable[str], targets: list[Target], found: list[Requirement], own: Path, cache: Path
) -> list[Path]:
    """The wheels from which some packages can be installed on all targets; what `cache` lacks is downloaded to it.

    Parameters
    ----------
    roots : requirements, extras included
    found : pins, as from `pins`
    own : a wheel that is there already
    cache : folder for all others

    Raises
    ------
    LookupError for a package without pin, or with a requirement that no wheel meets
    subprocess.CalledProcessError when pip finds no wheel for a pin
    """
    cache.mkdir(parents=True, exist_ok=True)
    own_name, own_requires = parse_wheel_filename(own.name)[0], Wheels(own.parent).requires(own)
    files = {own}
    for target in targets:
        fixed = pinned(found, target)
        names, _ = closure(
            roots, target, lambda wanted: own_requires if _name(wanted) == own_name else _installed(wanted)
        )
        others = [name for name in names if name != own_name]
        if unpinned := [name for name in others if name not in fixed]:
            raise LookupError(
                f"no version is pinned for {', '.join(unpinned)} ({target}); add it to tools/pack/pins.txt"
            )
        wheels = Wheels(cache)
        lacking = [fixed[name] for name in others if wheels.fitting(fixed[name], target) is None]
        if lacking:
            _download(lacking, target, cache)
            wheels = Wheels(cache)
        files |= {wheels.fitting(fixed[name], target) for name in others}
    return sorted(files)


def _name(wanted: Requirement) -> str:
    return canonicalize_name(wanted.name)


def _installed(wanted: Requirement) -> list[str] | None:
    """Requirements of a package of this environment; of one that only other systems need, nothing is known yet."""
    try:
        return importlib.metadata.requires(wanted.name) or []
    except importlib.metadata.PackageNotFoundError:
        return None


def _download(pins: list[Requirement], target: Target, folder: Path) -> None:
    """Let pip fetch wheels, from wherever it is configured to."""
    print(f"downloading {len(pins)} wheels for {target}", flush=True)
    platforms = [part for name in SYSTEMS[target.system].platforms for part in ("--platform", name)]
    command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", target.full_version, *platforms, "--dest", str(folder)]
    command += [f"{pin.name}{pin.specifier}" for pin in pins]
    subprocess.run(command, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
