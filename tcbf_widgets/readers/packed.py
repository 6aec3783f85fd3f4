"""Frames packed with bitshuffle or LZ4, as detectors of Dectris write them, looked at before they are unpacked.

Either filter takes sizes from what it unpacks, and reads beyond its memory where they are wrong, which ends the
program. Layout of a chunk, numbers big-endian: bytes when unpacked (8), of a block when unpacked (4), and of each block
its size (4) and its bytes; bitshuffle ends with what is less than 8 numbers, as it is.
github.com/kiyo-masui/bitshuffle, github.com/HDFGroup/hdf5_plugins (LZ4)
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from struct import Struct
from weakref import WeakKeyDictionary

import h5py

from .opened import damaged

_BITSHUFFLE, _LZ4 = 32008, 32004
_START, _BLOCK = Struct(">QI"), Struct(">I")
_AS_IT_IS = 0  # option of bitshuffle: numbers are shuffled and not packed
# of datasets that were read from: how they are packed, and the chunks along the first axis that were found whole
_known: WeakKeyDictionary[h5py.Dataset, tuple[str, set[int]]] = WeakKeyDictionary()


def check_chunks(dataset: h5py.Dataset, first) -> None:
    """Look at the chunks of some rows or frames, of each once.

    Parameters
    ----------
    dataset : that is about to be read
    first : index along its first axis: a slice or a number; all of it if it is anything else

    Raises
    ------
    ValueError if the sizes in a chunk do not add up
    """
    known = _known.get(dataset)
    if known is None:
        known = _known[dataset] = _packing(dataset), set()
    packing, whole = known
    if not packing:
        return
    size = dataset.chunks[0]
    for row in {i // size for i in _chosen(first, len(dataset))} - whole:
        others = (range(0, n, step) for n, step in zip(dataset.shape[1:], dataset.chunks[1:], strict=True))
        for place in itertools.product((row * size,), *others):
            _check(dataset, place, packing)
        whole.add(row)


def _chosen(first, length: int) -> range:
    if isinstance(first, slice):
        return range(length)[first]
    if isinstance(first, int):
        return range(length)[first : first + 1 or None]
    return range(length)


def _packing(dataset) -> str:
    """What the chunks are packed with at last, if it is one of the two; raise if that is for other numbers."""
    if dataset.chunks is None:
        return ""
    stored = dataset.id.get_create_plist()
    code, _, options, _ = stored.get_filter(stored.get_nfilters() - 1) if stored.get_nfilters() else (0, 0, (), "")
    if code == _LZ4:
        return "LZ4"
    # options: version (2), bytes of a number, numbers in a block, packed with
    if code != _BITSHUFFLE or len(options) < 5 or options[4] == _AS_IT_IS:
        return ""
    if options[2] != dataset.dtype.itemsize:
        what = f"bitshuffle of numbers of {options[2]} bytes, they have {dataset.dtype.itemsize}"
        raise damaged(Path(dataset.file.filename), "HDF5", what)
    return "bitshuffle"


def _check(dataset, place: tuple[int, ...], packing: str) -> None:
    try:
        left_out, packed = dataset.id.read_direct_chunk(place)
    except (OSError, ValueError, RuntimeError):  # never written, or told by whoever reads it
        return
    if not left_out and not _adds_up(
        packed, math.prod(dataset.chunks) * dataset.dtype.itemsize, dataset.dtype.itemsize, packing
    ):
        why = f"what is packed with {packing} at {place} of {dataset.name} does not add up"
        raise damaged(Path(dataset.file.filename), "HDF5", why)


def _adds_up(packed: bytes, size: int, item: int, packing: str) -> bool:
    """Whether the sizes of blocks are those of the chunk.

    packed : a chunk as it is stored
    size : of it when unpacked, in bytes
    item : bytes of a number
    """
    if len(packed) < _START.size:
        return False
    unpacked, block = _START.unpack_from(packed)
    rest = size % (8 * item) if packing == "bitshuffle" else 0
    if unpacked != size or not block or (packing == "bitshuffle" and block % (8 * item)):
        return False
    count, at = -(-(size - rest) // block), _START.size
    for _ in range(count):
        if at + _BLOCK.size > len(packed):
            return False
        at += _BLOCK.size + _BLOCK.unpack_from(packed, at)[0]
    return at + rest == len(packed)
