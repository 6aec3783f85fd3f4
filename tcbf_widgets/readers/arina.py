"""Masters of Dectris detectors such as Arina: <name>_master.h5, which links to frames in <name>_data_000001.h5 and on.

Layout: DECTRIS FileWriter of the SIMPLON API, both its formats (github.com/dectris/documentation). The older one has
datasets entry/data/data_000001 and on of (frames, y, x); the newer one a single entry/data/data of (frames, channels,
y, x), of which the channel that the file calls the default is taken. Frames are stored from the top of the detector
to the bottom, in the order of the scan, (scan_y, scan_x) from the slow to the fast direction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import h5py
import numpy as np

from ..scan_array import ScanArray, rows_of
from .frames import ChoiceError, of_scan
from .h5tree import ERRORS, is_numeric, number
from .h5whole import check
from .nexus import axis_names, energy
from .opened import Asked, Opened

_DETECTOR = "entry/instrument/detector"
_PIECE = re.compile(r"data_(\d+)")


@dataclass(frozen=True, eq=False)
class FrameSeries:
    """Frames of several datasets one after another, read by slices; masked pixels read as 0.

    pieces : (frames, ny, nx) each, or (frames, channels, ny, nx) if there is a channel
    masked : (ny, nx), which pixels hold no counts; None for none of them
    channel : index of the one that is read
    """

    pieces: tuple
    masked: np.ndarray | None = None
    channel: int | None = None

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """(frames, ny, nx)."""
        return (sum(len(piece) for piece in self.pieces), *self.pieces[0].shape[-2:])

    @property
    def dtype(self) -> np.dtype:
        """Of the counts."""
        return self.pieces[0].dtype

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, frames: slice) -> np.ndarray:
        start, stop, step = frames.indices(len(self))
        if step != 1:
            raise IndexError(f"frames are read in one run, got a step of {step}")
        found = np.empty((max(0, stop - start), *self.shape[1:]), self.dtype)
        first = 0  # of the piece, among all frames
        for piece in self.pieces:
            low, high = max(start, first), min(stop, first + len(piece))
            if low < high:
                inside = slice(low - first, high - first)
                found[low - start : high - start] = rows_of(
                    piece, inside if self.channel is None else (inside, self.channel)
                )
            first += len(piece)
        if self.masked is not None:
            found[:, self.masked] = 0
        return found


def read(tree, asked: Asked) -> Opened | None:
    """The frames of a master; None if the file is none.

    Parameters
    ----------
    tree : `h5tree.Tree`
    asked : ``scan_shape`` of scans that are not square, unless the detector was triggered once a row

    Returns
    -------
    Opened or None

    Raises
    ------
    ValueError if files are missing, or frames do not agree with what the master says
    """
    group = tree.find(tree.root, "entry/data")
    if not isinstance(group, h5py.Group):
        return None
    pieces, lost = _pieces(tree, group)
    series, notes = _series(tree, group, pieces)
    if series is None:
        if lost:
            raise ChoiceError(f"{tree.path.name} lists frames that are not there: {lost[0]}; copy them next to it")
        return None
    checked = [check(piece, asked) for piece in series.pieces]
    files = dict.fromkeys(Path(piece.file.filename) for piece in series.pieces)
    parts = [*(file for file in files if file != tree.path), *(part for _, others in checked for part in others)]
    scan_shape, more = _scan_shape(tree, series, asked.scan_shape, lost)
    found, told = energy(tree, group)
    steps, beside = _scan_sampling(tree.path)
    notes = (*notes, *(note for some, _ in checked for note in some), *more, *told)
    return Opened(ScanArray(series, scan_shape), "Arina", found | steps, notes=notes, parts=(*parts, *beside))


def _pieces(tree, group) -> tuple[list, list[str]]:
    """Datasets data_000001 and on, in order, up to the first that is not there, and what is said of that."""
    pieces = []
    names = {int(name[5:]): name for name in group if _PIECE.fullmatch(name)}
    for i in range(min(names, default=0), max(names, default=-1) + 1):
        before = len(tree.lost)
        piece = tree.step(group, names[i]) if i in names else None
        if piece is None:
            return pieces, tree.lost[before:] or [f"data_{i:06d}"]
        pieces.append(piece)
    return pieces, []


def _series(tree, group, pieces) -> tuple[FrameSeries | None, tuple[str, ...]]:
    """The frames of either format, None if there are none, and notes."""
    detector = tree.find(tree.root, _DETECTOR)
    channel, where, notes = None, None, ()
    if not pieces:
        single = tree.step(group, "data")
        names = axis_names(group)
        if not isinstance(detector, h5py.Group) or not is_numeric(single):
            return None, ()
        if single.ndim == 4 and "channel" in names:
            channel, where, notes = _channel(group, single)
        elif single.ndim != 3 or "detectorSpecific" not in detector:
            return None, ()
        pieces = [single]
    axes = 3 if channel is None else 4
    for piece in pieces:
        if not is_numeric(piece) or piece.ndim != axes or piece.shape[1:] != pieces[0].shape[1:] or not len(piece):
            shape = getattr(piece, "shape", None)
            raise ChoiceError(f"{tree.path.name} must list frames of one shape, {piece.name} has shape {shape}")
        if piece.dtype != pieces[0].dtype:
            raise ChoiceError(f"{tree.path.name} lists counts of {pieces[0].dtype} and of {piece.dtype}")
    masked, more = _masked(tree, detector, where, pieces[0].shape[-2:])
    return FrameSeries(tuple(pieces), masked, channel), notes + more


def _channel(group, single) -> tuple[int, str, tuple[str, ...]]:
    """Index and name of the channel that is shown by default, and a note if there are others."""
    try:
        names = [name.decode() if isinstance(name, bytes) else str(name) for name in group["channel"][:].tolist()]
        chosen = [str(name) for name in np.ravel(group.attrs.get("default_slice", ()))]
    except ERRORS:
        names, chosen = [], []
    index = next((i for i, name in enumerate(names) if name in chosen), 0)
    name = names[index] if names else ""
    if single.shape[1] < 2:
        return 0, name, ()
    return index, name, (f"channel {name or index} of {', '.join(names) or single.shape[1]}",)


def _masked(tree, detector, channel, shape) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Pixels that the detector marks as bad, where its frames hold the highest number there is, and a note."""
    places = ["detectorSpecific/pixel_mask", "pixel_mask"]
    if channel:
        places.insert(0, f"{channel}_channel/pixel_mask")
    masks = (tree.find(detector, place) for place in places) if isinstance(detector, h5py.Group) else ()
    mask = next((mask for mask in masks if is_numeric(mask) and mask.ndim == 2), None)
    if mask is None:
        return None, ("there is no pixel mask",)
    if mask.shape != shape:
        return None, (f"the pixel mask of shape {mask.shape} does not fit frames of {shape}, and is not used",)
    masked = mask[:] != 0
    count = int(np.count_nonzero(masked))
    pixels = "1 pixel is" if count == 1 else f"{count} pixels are"
    return (masked, (f"{pixels} masked by the detector and read as 0",)) if count else (None, ())


def _scan_shape(tree, series, asked, lost) -> tuple[tuple[int, int], tuple[str, ...]]:
    """The scan: what is asked for, triggers × images if both exceed 1, or a square."""
    if lost and (asked is None or asked[0] * asked[1] > len(series)):
        what = f"the first {len(series)} frames are, which scan_shape= may choose from"
        raise ChoiceError(f"{tree.path.name} lists frames that are not there: {lost[0]}; copy them next to it, {what}")
    if asked is not None:
        return of_scan(tree.path, series.shape, asked)
    specific = tree.find(tree.root, f"{_DETECTOR}/detectorSpecific")
    counts = [None if specific is None else number(specific, name) for name in ("ntrigger", "nimages")]
    known = [int(count) for count in counts if count is not None]
    planned = int(np.prod(known, dtype=object)) if known else len(series)
    if planned != len(series):
        said = " × ".join(map(str, known))
        raise ChoiceError(
            f"{tree.path.name} holds {len(series)} frames and was to hold {said}; give scan_shape=(scan_y, scan_x)"
        )
    if len(known) == 2 and min(known) > 1:
        return tuple(known), ()
    return of_scan(tree.path, series.shape, None, guess=True)


def _scan_sampling(path: Path) -> tuple[dict, tuple[Path, ...]]:
    """Å per step from <name>.h5, which scan controllers leave next to <name>_master.h5, with sizes in nm."""
    beside = path.with_name(path.name.replace("_master.h5", ".h5"))
    if beside == path or not beside.is_file():
        return {}, ()
    try:
        with h5py.File(beside, "r") as file:
            sizes = np.ravel(file["STEM Metadata"].attrs["Pixel Size"]).astype(float)[:1]
    except ERRORS:
        return {}, ()
    if not (len(sizes) and np.isfinite(sizes).all() and (sizes > 0).all()):
        return {}, ()
    return {"scan_sampling": (10.0 * float(sizes[0]),) * 2}, (beside,)
