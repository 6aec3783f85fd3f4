"""Machines that wheels are collected for: how packages see them, which wheels fit, which versions are pinned."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name

_MICRO = 9  # of the Python that wheels are chosen for: some cannot be used with the first ones of a version
_OLDEST_GLIBC, _NEWEST_GLIBC = 5, 28  # 2.5 to 2.28: what wheels for Linux of 2018 and later may ask for


@dataclass(frozen=True)
class _System:
    """What packages want to know of an operating system: how Python names it, and which wheels fit."""

    os_name: str
    sys_platform: str
    platform_system: str
    platform_machine: str
    platforms: tuple[str, ...]


SYSTEMS = {
    "linux": _System(
        *("posix", "linux", "Linux", "x86_64"),
        tuple(f"manylinux_2_{minor}_x86_64" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1))
        + tuple(f"manylinux{year}_x86_64" for year in (2014, 2010, 1)),
    ),
    "windows": _System("nt", "win32", "Windows", "AMD64", ("win_amd64",)),
    # the oldest macOS for which all packages have wheels
    "macos-arm": _System("posix", "darwin", "Darwin", "arm64", tuple(mac_platforms((12, 0), "arm64"))),
    "macos-intel": _System("posix", "darwin", "Darwin", "x86_64", tuple(mac_platforms((10, 15), "x86_64"))),
}


@dataclass(frozen=True)
class Target:
    """A machine to install on.

    system : one of `SYSTEMS`
    python : version such as "3.12"
    """

    system: str
    python: str

    def __post_init__(self):
        if self.system not in SYSTEMS:
            raise ValueError(f"system must be one of {', '.join(SYSTEMS)}, got {self.system!r}")
        if not all(part.isdigit() for part in self.python.split(".")) or self.python.count(".") != 1:
            raise ValueError(f"python must be a version such as '3.12', got {self.python!r}")

    def __str__(self) -> str:
        return f"{self.system}, Python {self.python}"

    @property
    def full_version(self) -> str:
        """Version of Python with all its numbers."""
        return f"{self.python}.{_MICRO}"

    @cached_property
    def environment(self) -> dict[str, str]:
        """Values for environment markers."""
        system = SYSTEMS[self.system]
        return {
            "os_name": system.os_name,
            "sys_platform": system.sys_platform,
            "platform_system": system.platform_system,
            "platform_machine": system.platform_machine,
            "platform_release": "",
            "platform_version": "",
            "python_version": self.python,
            "python_full_version": self.full_version,
            "implementation_name": "cpython",
            "implementation_version": self.full_version,
            "platform_python_implementation": "CPython",
        }

    @cached_property
    def tags(self) -> frozenset[Tag]:
        """Tags of the wheels that can be installed."""
        version = tuple(int(part) for part in self.python.split("."))
        interpreter, platforms = f"cp{version[0]}{version[1]}", SYSTEMS[self.system].platforms
        return frozenset(
            [
                *cpython_tags(version, platforms=platforms),
                *compatible_tags(version, interpreter=interpreter, platforms=platforms),
            ]
        )


def here() -> Target:
    """The machine that this runs on.

    Raises
    ------
    ValueError when it is none of those a pack can be made for
    """
    mine = (sys.platform, platform.machine())
    for name, system in SYSTEMS.items():
        if mine == (system.sys_platform, system.platform_machine):
            return Target(name, f"{sys.version_info[0]}.{sys.version_info[1]}")
    raise ValueError(f"no pack can be made for {mine[0]} on {mine[1]}; the systems are {', '.join(SYSTEMS)}")


def pins(*files: Path) -> list[Requirement]:
    """The lines of requirements files; for one package, later files and lines win where their marker holds."""
    lines = [line.split("#")[0].strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line]


def pinned(found: Iterable[Requirement], target: Target) -> dict[str, Requirement]:
    """Of all pins those that hold for a target, by name."""
    holding = (pin for pin in found if pin.marker is None or pin.marker.evaluate(target.environment))
    return {canonicalize_name(pin.name): pin for pin in holding}
