"""A scan -> its stack, as large as memory allows: looked at first, descan corrected, the detector binned if need be."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ._checks import positive_integer, require
from .bright_field import BrightFieldStack
from .collecting import ENGINES, bright_field_stack
from .contexts import is_address, require_package
from .descan import HOW_TO_MEASURE, Descan, standing_still
from .detector_binning import bin_detector
from .disk import BrightFieldDisk, checked_threshold, find_disk
from .fourdstem import FourDSTEM
from .memory import as_text, budget
from .refinement import patch_bytes
from .survey_words import CORRECT_DESCAN
from .surveying import Finding, survey

PROGRAM = 150_000_000  # bytes that Python and its libraries take
# times the stack is what a refinement's search takes in all, and what there is when it climbs; 9 and 4 are measured
_SEARCH, _CLIMB = 10, 5
_SMALLEST = 5.0  # pixels: radius of a disk below which its pixels are too few for a fit


@dataclass(frozen=True, eq=False)
class Gathered:
    """A stack, and what was done to get it.

    stack : virtual images
    bin : edge in detector pixels of the squares that were summed; 1 for none
    descan : what was corrected, in detector pixels as recorded; None if nothing was
    findings : of the survey, worth telling
    """

    stack: BrightFieldStack
    bin: int
    descan: Descan | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Gathering:
    """How a scan is gathered.

    threshold : rim of the disk as a fraction of its intensity
    bin : edge of squares of detector pixels to be summed; None for the smallest that memory allows
    descan : True to correct what the survey finds, False to leave it, or a Descan from elsewhere
    memory : bytes for all stages; a quarter of the machine's if None
    engine : "numpy", or "libertem" for its workers
    workers : with LiberTEM: None for threads, so many processes, or the address of a Dask scheduler
    """

    threshold: float = 0.5
    bin: int | None = None
    descan: Descan | bool = True
    memory: float | None = None
    engine: str = "numpy"
    workers: int | str | None = None

    def __post_init__(self):
        if self.engine not in ENGINES:
            raise ValueError(f"engine must be one of {', '.join(map(repr, ENGINES))}, got {self.engine!r}")
        if self.workers is not None and self.engine != "libertem":
            raise ValueError(f"workers={self.workers!r} is for engine='libertem', got engine={self.engine!r}")
        if self.engine == "libertem":
            require_package("libertem")
        if not _is_place(self.workers):
            raise ValueError(
                "workers must be None for threads, a positive integer for so many processes, or the address of a Dask "
                f"scheduler such as 'tcp://host:8786', got {self.workers!r}"
            )
        checked_threshold(self.threshold)
        if self.bin is not None:
            positive_integer("bin", self.bin)
        if not isinstance(self.descan, bool):
            require("descan", self.descan, Descan, f"True, False, or {HOW_TO_MEASURE}")
        if budget(self.memory) <= PROGRAM:
            raise ValueError(f"memory={as_text(budget(self.memory))} is too little: Python alone takes 150 MB")

    @property
    def room(self) -> int:
        """Bytes that data may take."""
        return budget(self.memory) - PROGRAM

    def gather(self, data: FourDSTEM, progress: bool = False) -> Gathered:
        """Survey a scan and collect its stack."""
        found = survey(data, memory=self.room, progress=progress)
        descan = found.descan if self.descan is True else (self.descan or None)
        size = self.bin or fitting_bin(find_disk(found.mean_pattern, self.threshold), data.scan_shape, self.room)
        if size > 1:
            # squares are too coarse a step to follow descan by, and would spread what a defect counts
            still = bin_detector(standing_still(data, descan, found.defects), size)
            stack = self._collect(still, None, int(descan is not None), progress)
        else:
            stack = self._collect(data, descan, None, progress)
        return Gathered(stack, size, descan, tuple(_as_done(finding, descan) for finding in found.findings))

    def _collect(self, data: FourDSTEM, descan: Descan | None, rim: int | None, progress: bool) -> BrightFieldStack:
        known = {"descan": descan, "rim": rim, "memory": self.room, "progress": progress}
        if self.engine == "numpy":
            return bright_field_stack(data, self.threshold, **known)
        from . import distributed

        where = self.workers or "threads" if self.workers is None or isinstance(self.workers, str) else "dask"
        with distributed.context(where, self.workers if where == "dask" else None) as context:
            return distributed.bright_field_stack(data, context, self.threshold, **known)


def _is_place(workers) -> bool:
    """Whether LiberTEM may work there."""
    if workers is None or isinstance(workers, str):
        return workers is None or is_address(workers)
    return isinstance(workers, (int, np.integer)) and not isinstance(workers, bool) and workers > 0


def _as_done(finding: Finding, descan: Descan | None) -> Finding:
    """What was to be done about descan has been done."""
    if descan is None or finding.remedy != CORRECT_DESCAN:
        return finding
    return replace(finding, remedy="it was corrected by whole pixels, each pattern for itself")


def fitting_bin(disk: BrightFieldDisk, scan_shape, room: int) -> int:
    """Edge of the smallest squares of detector pixels with which all stages have room.

    Parameters
    ----------
    disk : of the detector as it is
    scan_shape : (scan_y, scan_x)
    room : bytes

    Raises
    ------
    ValueError if squares would have to be so large that the disk is a few pixels across
    """
    pixels, coarsest = np.count_nonzero(disk.mask), max(1, math.floor(disk.radius / _SMALLEST))
    for edge in range(1, coarsest + 1):
        needed = _all_stages(math.ceil(pixels / edge**2), scan_shape)
        if needed <= room:
            return edge
    raise ValueError(
        f"memory={as_text(room + PROGRAM)} is too little: all stages together take {as_text(needed + PROGRAM)} at "
        f"least, with squares of {coarsest} x {coarsest} detector pixels; give more memory, or reconstruct a part of "
        "the scan"
    )


def _all_stages(pixels: int, scan_shape) -> int:
    """Bytes that the most demanding stage takes in all, for a disk of so many pixels."""
    stack = 4 * pixels * math.prod(scan_shape)
    return max(_SEARCH * stack, _CLIMB * stack + patch_bytes(pixels, scan_shape))
