"""Sentences that name arguments of Python, as they are typed in a terminal."""

from __future__ import annotations

import re

_NAMES = (
    *("energy", "scan_sampling", "reciprocal_sampling", "angular_sampling", "dataset", "scan_shape", "flip"),
    *("transpose", "clip_negative", "upsample", "threshold", "bin", "descan", "max_radial_order", "max_angular_order"),
    *("defocus_sign", "memory", "engine", "workers"),
)
_CODE = {"tcbf.open(..., clip_negative=True)": "--clip-negative", "overwrite=True": "--force"}
_NAME = "|".join(_NAMES)
_CALL = r"tcbf\.\w+\((?:[^()]|\([^()]*\))*\)"  # Python stays what it is
_GIVEN = re.compile(rf"{_CALL}|(?<![\w.(/-])({_NAME})=(\([^()]*\)|'[^']*'|[\w+-]+(?:\.\w+)*|)")
_ALONE = re.compile(rf"(?:^|(?<=\())({_NAME})(?=\)| must )")


def as_options(text: str) -> str:
    """A sentence with the names of arguments as options.

    >>> as_options("a.h5 holds 9 frames; give scan_shape=(scan_y, scan_x), or dataset='b'")
    'a.h5 holds 9 frames; give --scan-shape Y,X, or --dataset b'
    >>> as_options("energy must be at least 1000 eV")
    '--energy must be at least 1000 eV'
    """
    for code, option in _CODE.items():
        text = text.replace(code, option)
    return _ALONE.sub(lambda found: _option(found[1]), _GIVEN.sub(_with_value, text))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _with_value(found: re.Match) -> str:
    """An option with what it was given; without it where that is a matter of yes and no."""
    name, value = found.groups()
    if name is None:
        return found[0]
    if value in ("True", "False"):
        return _option(name if value == "True" else f"no_{name}")
    if value.startswith("("):
        parts = [part.strip() for part in value[1:-1].split(",")]
        value = ",".join(parts) if all(part.replace(".", "").isdigit() for part in parts) else "Y,X"
    return f"{_option(name)} {value.strip(chr(39))}".strip()
