"""Files damaged by chance, always in the same way for the same case, and what `tcbf.open` must make of them."""

from __future__ import annotations

import math
import os
import random
import re
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import tcbf_widgets as tcbf
from tests.whole_files import FORMATS, whole_files

HEADER = 4096  # bytes; what is damaged here is said of the counts more often than the counts themselves
MOST_SECONDS = 5.0  # of the processor
_HUGE = (b"0", b"-1", b"1", b"2", b"6", b"12", b"65536", b"4294967295", b"99999999999999999999", b"1e308", b"nan", b"")
_ARGUMENTS = ("array", "scan_shape", "dataset", "path")
_NO_MEMORY = "MemoryError"


@dataclass(frozen=True)
class Outcome:
    """Of one case: ``kind`` is "opened", "refused" or "failed", ``what`` the class of the error or what is wrong."""

    kind: str
    what: str = ""
    detail: str = ""


def damaged_case(name: str, seed: int, number: int) -> tuple[dict[str, bytes], str, str]:
    """Files of a format by their names, one or two of them damaged; which of them is opened; and what was done."""
    chance = random.Random(f"{seed}/{name}/{number}")
    files = dict(whole_files(name))
    target = chance.choice(list(files))
    opened = chance.choice(FORMATS[name].opened)
    damage = chance.choice(_DAMAGES)
    files[target] = damage(chance, files[target])
    done = f"{target}: {damage.__name__.strip('_')}"
    if len(files) > 1 and chance.random() < 0.1:
        other = chance.choice([file for file in files if file != target])
        again = chance.choice(_DAMAGES)
        files[other] = again(chance, files[other])
        done += f"; {other}: {again.__name__.strip('_')}"
    return files, opened, done


def outcome(name: str, files: dict[str, bytes], opened: str, folder: Path) -> Outcome:
    """What becomes of files that are written to an empty folder, opened, and read to the end."""
    form = FORMATS[name]
    for file, content in files.items():
        (folder / file).write_bytes(content)
    start = sum(os.times()[:4])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = tcbf.open(folder / opened, **form.how)
            read = sum(block.shape[0] for _, block in data.row_blocks())
    except Exception as error:
        found = _of_error(error, files)
    else:
        shape = tuple(data.array.shape)
        if shape not in _shapes(name, files) or read != shape[0]:
            excuse = cannot_be_told(name, files, shape)
            found = Outcome("opened", f"ambiguous: {excuse}") if excuse else Outcome("failed", f"shape {shape}")
        else:
            found = Outcome("opened")
    seconds = sum(os.times()[:4]) - start  # of this process and those that it started
    return found if seconds < MOST_SECONDS else Outcome("failed", "slow", f"{seconds:.1f} s, {found}")


def _shapes(name: str, files) -> set:
    """Shapes that files may have: that of their format, or of another if one of them is a whole file of it."""
    others = {FORMATS[other].shape for other in FORMATS if set(files.values()) & set(whole_files(other).values())}
    return others | {FORMATS[name].shape}


def _of_error(error: Exception, files) -> Outcome:
    """An error of ours names the file or the argument; all others are failures."""
    kind, text = type(error).__name__, str(error)
    chain, link = [], error
    while link is not None:
        chain.append(type(link).__name__)
        link = link.__cause__ or link.__context__
    told = "".join(traceback.format_exception(error)[-12:])
    if any(link == _NO_MEMORY for link in chain):
        return Outcome("failed", _NO_MEMORY, told)
    ours = isinstance(error, (ValueError, FileNotFoundError, ImportError))
    if not ours or isinstance(error, UnicodeError):
        return Outcome("failed", kind, told)
    names = [*files, *_ARGUMENTS]
    if not any(name in text for name in names) or text.strip() in names:
        return Outcome("failed", f"{kind} that names nothing", told)
    if "Traceback" in text or len(text) > 1000 or not text.isprintable():
        return Outcome("failed", f"{kind} that is no sentence", told)
    return Outcome("refused", kind, text)


def cannot_be_told(name: str, files: dict[str, bytes], shape) -> str:
    """Why files that are no longer what they were may still be whole files of this other shape; "" if they may not."""
    whole = whole_files(name)
    alike = math.prod(shape[:2]) == math.prod(FORMATS[name].shape[:2]) and shape[2:] == FORMATS[name].shape[2:]
    if name == "Merlin" and alike and files["scan.hdr"] != whole["scan.hdr"]:
        return "the .hdr says another number of frames in a row, and as many frames as there are fill such rows"
    return ""


def _cut(chance, whole):
    return whole[: chance.randrange(len(whole))]


def _flip(chance, whole, end=None):
    changed = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        changed[chance.randrange(min(end or len(whole), len(whole)))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _flip_header(chance, whole):
    return _flip(chance, whole, HEADER)


def _overwrite(chance, whole):
    start, count = chance.randrange(len(whole)), chance.choice((1, 2, 4, 8, 64, 512, 4096))
    if chance.random() < 0.5:
        start = chance.randrange(min(len(whole), HEADER))
    count = min(count, len(whole) - start)
    filling = chance.choice((bytes(count), b"\xff" * count, chance.randbytes(count)))
    return whole[:start] + filling + whole[start + count :]


def _remove(chance, whole):
    start = chance.randrange(len(whole))
    return whole[:start] + whole[start + chance.choice((1, 2, 8, 64, 512, 4096)) :]


def _double(chance, whole):
    start = chance.randrange(len(whole))
    stop = start + chance.choice((1, 2, 8, 64, 512, 4096))
    return whole[:stop] + whole[start:stop] + whole[stop:]


def _write_number(chance, whole):
    """Another number in place of one that is written in digits, or of a few bytes."""
    places = [found.span() for found in re.finditer(rb"\d+", whole[:HEADER])]
    if places and chance.random() < 0.6:
        start, stop = chance.choice(places)
        return whole[:start] + chance.choice(_HUGE) + whole[stop:]
    size = chance.choice((2, 4, 8))
    value = chance.choice((0, 1, 2, 5, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1, 2**40, 2**63, 2**64 - 1))
    start = chance.randrange(min(len(whole), HEADER)) // 2 * 2
    written = (value % 256**size).to_bytes(size, chance.choice(("little", "big")))
    return whole[:start] + written[: len(whole) - start] + whole[start + size :]


def _empty(chance, whole):
    return b""


def _another_format(chance, whole):
    return chance.choice(list(whole_files(chance.choice(list(FORMATS))).values()))


# what is rare among accidents is rare here
_DAMAGES = 4 * (_cut, _flip, _flip_header, _overwrite, _write_number) + 2 * (_remove, _double, _flip_header)
_DAMAGES += (_empty, _another_format)
