"""Checks of arguments, so that every error names the argument, what came and what is accepted."""

from __future__ import annotations

import math
import operator

import numpy as np


def require(name: str, value, kind: type, how_to_get: str):
    """Return ``value`` if it is a ``kind``, else raise TypeError; ``how_to_get`` says where one comes from.

    >>> require("scan", 3, dict, "from json.load(file)")
    Traceback (most recent call last):
    TypeError: scan must be a dict, from json.load(file); got int
    """
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOUaeiou" else "a"
        raise TypeError(f"{name} must be {article} {kind.__name__}, {how_to_get}; got {type(value).__name__}")
    return value


def finite_number(name: str, value) -> float:
    """Return ``value`` as a float, or raise if it is not a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {value!r}")
    return number


def positive_number(name: str, value, hint: str = "") -> float:
    """Return ``value`` as a float > 0, or raise; ``hint`` ends the message with the remedy."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be a number > 0, got {value!r}" + (f"; {hint}" if hint else ""))
    return number


def non_negative_number(name: str, value) -> float:
    """Return ``value`` as a float >= 0, or raise."""
    number = finite_number(name, value)
    if number < 0:
        raise ValueError(f"{name} must be >= 0, got {value!r}")
    return number


def positive_integer(name: str, value) -> int:
    """Return ``value`` as an int >= 1, or raise."""
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if isinstance(value, (bool, np.bool_)) or number < 1:
        raise ValueError(f"{name} must be a positive integer, got {value!r}")
    return number


def positive_integers(name: str, value) -> tuple[int, ...]:
    """Return one integer or several as a tuple of ints >= 1, or raise; there must be one at least."""
    values = np.atleast_1d(np.asarray(value, dtype=object)).ravel()
    if not len(values):
        raise ValueError(f"{name} must hold at least one positive integer, got none")
    return tuple(positive_integer(name, number) for number in values)


def non_negative_integer(name: str, value) -> int:
    """Return ``value`` as an int >= 0, or raise."""
    if value == 0 and not isinstance(value, (bool, np.bool_)):
        return 0
    try:
        return positive_integer(name, value)
    except ValueError:
        raise ValueError(f"{name} must be an integer >= 0, got {value!r}") from None


def positive_pair(name: str, value, hint: str = "") -> tuple[float, float]:
    """Return one number or a (y, x) pair as a pair of floats > 0, or raise."""
    values = np.atleast_1d(np.asarray(value, dtype=object)).ravel()
    if len(values) not in (1, 2):
        raise ValueError(f"{name} must be one number or a (y, x) pair, got {value!r}")
    pair = [positive_number(name, v, hint) for v in values]
    return (pair[0], pair[-1])


def shape_pair(name: str, value) -> tuple[int, int]:
    """Return one integer or a (ny, nx) pair as a pair of positive integers, or raise."""
    values = np.atleast_1d(np.asarray(value, dtype=object)).ravel()
    if len(values) not in (1, 2):
        raise ValueError(f"{name} must be one integer or a (ny, nx) pair, got {value!r}")
    pair = [positive_integer(name, v) for v in values]
    return (pair[0], pair[-1])


def as_numbers(value) -> np.ndarray:
    """An array of floats, empty if the value holds anything but numbers: what is wrong with it is the caller's to say.

    >>> as_numbers("x").size, as_numbers([1, 2]).size
    (0, 2)
    """
    try:
        return np.array(value, float)
    except (TypeError, ValueError):
        return np.empty(0)


def finite_pair(name: str, value, hint: str = "") -> tuple[float, float]:
    """Return a (y, x) pair of finite numbers as floats, or raise; ``hint`` says in which unit.

    >>> finite_pair("centre", (63.5, 3))
    (63.5, 3.0)
    """
    pair = as_numbers(value)
    if pair.shape != (2,) or not np.isfinite(pair).all():
        raise ValueError(f"{name} must be two finite numbers (y, x){hint and ' ' + hint}, got {value!r}")
    return tuple(pair.tolist())


def finite_image(name: str, value) -> np.ndarray:
    """Return a (ny, nx) picture of finite numbers as floats, or raise."""
    image = as_numbers(value)
    if image.ndim != 2 or not image.size:
        shape = f" of shape {np.shape(value)}" if hasattr(value, "shape") else ""
        raise ValueError(f"{name} must be a picture of axes (y, x), got {type(value).__name__}{shape}")
    if not np.isfinite(image).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity; mask such pixels to 0 first")
    return image


def checked_position(position, scan_shape) -> tuple[int, int]:
    """Return the position (y, x) of a frame in a scan, that in its middle if None, or raise."""
    if position is None:
        return tuple(n // 2 for n in scan_shape)
    place = np.asarray(position)
    whole = place.shape == (2,) and place.dtype.kind in "iu"
    if not whole or (place < 0).any() or (place >= scan_shape).any():
        raise ValueError(f"position must be whole numbers (y, x) in a scan of {tuple(scan_shape)}, got {position!r}")
    return tuple(place.tolist())
