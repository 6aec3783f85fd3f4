"""Arrays on their way to the browser: packed bytes with shape, type and, when quantised, scale and offset."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

WIRE_TYPES = ("uint8", "uint16", "int16", "int32", "uint32", "float32")
QUANTISED_TYPES = ("uint8", "uint16", "int16")

# what NumPy often holds, and the wire type that loses nothing (or, for floats, nothing that a picture shows)
_WIDENED = {"bool": "uint8", "int8": "int16", "float16": "float32", "float64": "float32"}
_NARROWED = {"int64": "int32", "uint64": "uint32"}


class Packed(TypedDict):
    """Wire form of one array. `data` is in C order, little endian; it arrives in JavaScript as a DataView."""

    dtype: str
    shape: list[int]
    scale: float | None
    offset: float | None
    data: bytes


def pack(array) -> Packed:
    """Pack an array without changing its values (float64 becomes float32).

    Parameters
    ----------
    array : real array-like of any shape; floats may hold NaN, which the views draw as "no data"

    Returns
    -------
    its wire form, see `Packed`

    Raises
    ------
    TypeError : for complex numbers, strings and objects
    OverflowError : for 64-bit integers that do not fit into 32 bits

    >>> packed = pack([[1.0, 2.0, 3.0]])
    >>> packed["dtype"], packed["shape"], packed["scale"], len(packed["data"])
    ('float32', [1, 3], None, 12)
    """
    array = np.asarray(array)
    name = _wire_type(array)
    if array.dtype.name in _NARROWED and array.size:
        limits = np.iinfo(name)
        if array.min() < limits.min or array.max() > limits.max:
            raise OverflowError(
                f"array holds integers from {array.min()} to {array.max()}; accepted are {limits.min} to {limits.max}"
            )
    return _packed(array.astype(name, copy=False))


def quantise(array, dtype: str = "uint16") -> Packed:
    """Pack real numbers as integers: value = raw * scale + offset, off by half a step at most.

    Parameters
    ----------
    array : finite real array-like
    dtype : "uint8", "uint16" or "int16"; the array's range is spread over all its values

    Returns
    -------
    the wire form with `scale` and `offset`; a constant array has scale 1 and raw zeros

    Raises
    ------
    TypeError : when the array is not real
    ValueError : for NaN, infinities or another dtype

    >>> packed = quantise([0.0, 0.5, 1.0], "uint8")
    >>> unpack(packed).round(2).tolist(), packed["scale"] == 1 / 255
    ([0.0, 0.5, 1.0], True)
    """
    if dtype not in QUANTISED_TYPES:
        raise ValueError(f"dtype is {dtype!r}; accepted are {', '.join(map(repr, QUANTISED_TYPES))}")
    array = np.asarray(array)
    _wire_type(array)
    values = array.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("array holds NaN or infinite values; accepted are finite numbers (or use pack)")
    limits = np.iinfo(dtype)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    scale = (high - low) / (limits.max - limits.min)
    if scale == 0.0:  # constant, or a range too small for float64
        return _packed(np.zeros(values.shape, dtype), 1.0, low)
    raw = np.rint((values - low) / scale) + limits.min
    # the highest value may round one step too far
    raw = np.clip(raw, limits.min, limits.max)
    return _packed(raw.astype(dtype), scale, low - limits.min * scale)


def unpack(packed: Packed) -> np.ndarray:
    """Return the array in a packed form: its values as float32 when quantised, else as they were packed.

    >>> unpack(pack(np.arange(6, dtype=np.uint8).reshape(2, 3))).tolist()
    [[0, 1, 2], [3, 4, 5]]
    """
    little_endian = np.dtype(packed["dtype"]).newbyteorder("<")
    raw = np.frombuffer(packed["data"], little_endian).reshape(packed["shape"])
    if packed["scale"] is None:
        return raw.astype(packed["dtype"])
    # in double precision and rounded once, exactly as JavaScript does it
    return (raw.astype(np.float64) * packed["scale"] + packed["offset"]).astype(np.float32)


def _wire_type(array: np.ndarray) -> str:
    name = array.dtype.name
    wire = _WIDENED.get(name) or _NARROWED.get(name) or name
    if wire not in WIRE_TYPES:
        raise TypeError(f"array has dtype {name}; accepted are booleans, integers and real floats")
    return wire


def _packed(array: np.ndarray, scale: float | None = None, offset: float | None = None) -> Packed:
    data = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False)).tobytes()
    return Packed(dtype=array.dtype.name, shape=list(array.shape), scale=scale, offset=offset, data=data)
