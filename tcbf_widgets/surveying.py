"""What a scan is like before anything is done with it: its disk, its dose, and what went wrong at the microscope."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from ._checks import positive_pair, require
from .defects import Defects, find_defects
from .descan import Descan
from .descan_blocks import BlockDescan, descan_of_blocks
from .disk import BrightFieldDisk, DiskAtEdgeError, find_disk
from .electrons import Gain, or_that_of_electrons
from .fourdstem import FourDSTEM
from .looking import Look, look_at
from .steadiness import RowEnds, Steadiness, row_ends, steadiness
from .survey_words import Finding, findings

__all__ = ["Finding", "Survey", "survey", "survey_array"]

_CLUSTERED = 4.0  # times the disk; no light is so uneven
_OFFSET = 0.3  # of the disk; no specimen scatters so much evenly over all of the detector
_INSIDE = 0.8  # of the radius, where the disk is not yet its rim
# Largest counts of counters with 6, 8, 12 and 14 bits, and how many pixels have to reach them to be no accident. Had 10
# pixels reached 63 by chance, some more would have reached 64
_LIMITS = {63: 10, 255: 10, 4095: 3, 16383: 3}


@dataclass(frozen=True, eq=False)
class Survey:
    """What `survey` has seen.

    scan_shape : (scan_y, scan_x)
    rows_seen : number of rows of the scan that were looked at
    mean_pattern : (ny, nx) mean counts per pattern: without descan, defects filled
    disk : the bright-field disk in it; None if there is none, or it is cut off by the edge of the detector
    at_edge : whether it is cut off
    offset : counts per pixel and pattern far from the disk, if they are a good part of those in it; else 0
    semiangle : mrad, of the disk; None without calibration of the detector
    defects : hot and dead pixels of the detector
    movement : of the pattern over the scan, whether it is to be corrected or not
    counts_per_pattern : mean, without hot pixels
    largest_count, smallest_count : of a pixel in one pattern, without hot pixels
    bad_counts : number of counts that are NaN or infinite, in what was looked at
    whole_counts : whether all counts are whole numbers
    gain : counts per electron, by their noise, and what that says of them
    dose : electrons/Å², of those that were counted; None without the step of the scan, or if counts are no electrons
    saturated : number of pixels that reach the largest count that can be recorded
    steadiness : of the beam current over the scan
    row_ends : positions at the ends of each row where the beam was not yet there
    illumination : how many times as bright one rim of the disk is as the other, and the angle of the bright one in
        degrees, from x towards y; None without disk
    findings : `Finding` after `Finding`
    scan_sampling : Å, (y, x), between positions; None without calibration of the scan
    """

    scan_shape: tuple[int, int]
    rows_seen: int
    mean_pattern: np.ndarray
    disk: BrightFieldDisk | None
    at_edge: bool
    offset: float
    semiangle: float | None
    defects: Defects
    movement: BlockDescan
    counts_per_pattern: float
    largest_count: float
    smallest_count: float
    bad_counts: int
    whole_counts: bool
    gain: Gain
    dose: float | None
    saturated: int
    steadiness: Steadiness
    row_ends: RowEnds
    illumination: tuple[float, float] | None
    findings: tuple[Finding, ...] = field(default=())
    scan_sampling: tuple[float, float] | None = None

    def __repr__(self) -> str:
        problems = sum(finding.kind == "problem" for finding in self.findings)
        notes = sum(finding.kind == "note" for finding in self.findings)
        return f"Survey({self.rows_seen} of {self.scan_shape[0]} rows seen, {problems} problems, {notes} notes)"

    @property
    def descan(self) -> Descan | None:
        """What goes into `bright_field_stack`; None where the pattern stands still."""
        return self.movement.descan if self.movement.significant else None

    @property
    def counts_per_electron(self) -> float:
        """Variance of counts in units of their mean; 1 where electrons are counted. NaN if unknown."""
        return self.gain.best

    @property
    def hot(self) -> np.ndarray:
        """(n, 2) int, hot pixels (y, x) of the detector."""
        return self.defects.hot

    @property
    def dead(self) -> np.ndarray:
        """(n, 2) int, dead pixels (y, x) of the detector."""
        return self.defects.dead

    @property
    def clustered(self) -> int:
        """Number of pixels, none of them hot by itself, that count far more than the disk: a cluster of hot ones."""
        if self.disk is None:
            return 0
        usual = float(np.median(self.mean_pattern[self.disk.mask]))
        return int(np.count_nonzero(self.mean_pattern > _CLUSTERED * usual))

    @property
    def defects_in_disk(self) -> int:
        """Number of hot and dead pixels in the disk."""
        return 0 if self.disk is None else int(np.count_nonzero(self.disk.mask & self.defects.mask))


def survey(data: FourDSTEM, *, memory: float | None = None, progress: bool = False) -> Survey:
    """Look at a scan before work is put into it: all of a small one, rows spread over a large one.

    Parameters
    ----------
    data : the scan; at most 256 MB of it are read, or twelve rows
    memory : bytes that may be used; a quarter of the machine's if None
    progress : show a progress bar

    Returns
    -------
    Survey. Its findings say what a microscopist would want to know; ``survey(data).descan`` goes into
    `tcbf.bright_field_stack`.

    Drift of the specimen is not among them: one scan cannot tell it from a specimen that looks like this. It shears
    and stretches the image; two scans of one place, the second along the other axis, would show it.

    >>> import tcbf_widgets as tcbf
    >>> tcbf.survey(tcbf.demo.apoferritin())
    Survey(24 of 24 rows seen, 0 problems, 0 notes)
    """
    require("data", data, FourDSTEM, "from tcbf.open(path) or tcbf.FourDSTEM(array, ...)")
    return survey_array(data.array, data.scan_sampling, data.angular_sampling, memory=memory, progress=progress)


def survey_array(
    array, scan_sampling=None, angular_sampling=None, *, memory: float | None = None, progress: bool = False
) -> Survey:
    """`survey` of bare counts (scan_y, scan_x, ny, nx), whose calibration in Å and mrad may be unknown (None)."""
    if scan_sampling is not None:
        scan_sampling = positive_pair("scan_sampling", scan_sampling)
    if angular_sampling is not None:
        angular_sampling = positive_pair("angular_sampling", angular_sampling)
    look = look_at(array, memory, progress)
    recorded, frames = look.mean_pattern, int(look.frames.sum())
    defects = find_defects(recorded, frames)
    sums = np.array([[defects.mended(part) for part in row] for row in look.sums])
    movement = descan_of_blocks(sums / or_that_of_electrons(look.noise), look.places, array.shape[:2])
    mean_pattern = _still(sums, movement) / frames
    (disk, at_edge), offset = _disk(mean_pattern), _offset(mean_pattern)
    good = ~defects.mask
    largest = float(look.highest[good].max()) if good.any() else math.nan
    electrons = look.whole and look.gain.is_one
    counts = float(look.totals.mean())
    seen = Survey(
        scan_shape=tuple(array.shape[:2]),
        rows_seen=len(look.rows),
        mean_pattern=mean_pattern,
        disk=disk,
        at_edge=at_edge,
        offset=offset,
        semiangle=_semiangle(disk, angular_sampling),
        defects=defects,
        movement=movement,
        counts_per_pattern=counts,
        largest_count=largest,
        smallest_count=look.lowest,
        bad_counts=look.bad,
        whole_counts=look.whole,
        gain=look.gain,
        dose=counts / math.prod(scan_sampling) if electrons and scan_sampling is not None else None,
        saturated=_saturated(look, good, largest, np.dtype(array.dtype)),
        steadiness=steadiness(look.totals, look.rows, look.noise),
        row_ends=row_ends(look.totals, look.noise),
        illumination=None if disk is None else _illumination(disk),
        scan_sampling=scan_sampling,
    )
    return replace(seen, findings=findings(seen))


def _still(sums: np.ndarray, movement: BlockDescan) -> np.ndarray:
    """Sum of all patterns (ny, nx), those of each part moved by whole pixels to where the disk is in the mean."""
    if not movement.significant:
        return sums.sum(axis=(0, 1))
    known = np.isfinite(movement.centers).all(axis=-1)
    centers = np.where(known[..., None], movement.centers, movement.descan.mean)
    moves = np.rint(movement.descan.mean - centers).astype(int)
    return sum(np.roll(sums[part], tuple(moves[part]), axis=(0, 1)) for part in np.ndindex(sums.shape[:2]))


def _disk(mean_pattern: np.ndarray) -> tuple[BrightFieldDisk | None, bool]:
    try:
        return find_disk(mean_pattern), False
    except DiskAtEdgeError:
        return None, True
    except ValueError:
        return None, False


def _offset(mean_pattern: np.ndarray) -> float:
    """Level of the pattern outside the disk, if there is a disk above it and the level is a good part of its counts."""
    edge = np.concatenate([mean_pattern[[0, -1]].ravel(), mean_pattern[:, [0, -1]].ravel()])
    level = float(np.median(edge))
    disk, _ = _disk(mean_pattern - level)
    if disk is None or not level > _OFFSET * np.median(mean_pattern[disk.mask]):
        return 0.0
    return level


def _semiangle(disk: BrightFieldDisk | None, angular_sampling) -> float | None:
    if disk is None or angular_sampling is None:
        return None
    return disk.radius * math.sqrt(math.prod(angular_sampling))


def _saturated(look: Look, good: np.ndarray, largest: float, dtype: np.dtype) -> int:
    """Number of good pixels that reach the largest count that can be recorded."""
    if dtype.kind not in "ui" or largest not in (np.iinfo(dtype).max, *_LIMITS):
        return 0
    reached = int(np.count_nonzero(look.highest[good] == largest))
    return reached if largest == np.iinfo(dtype).max or reached >= _LIMITS[largest] else 0


def _illumination(disk: BrightFieldDisk) -> tuple[float, float]:
    """Ratio of the two rims of the disk along its steepest slope, and where the brighter one is, in degrees."""
    y, x = (np.arange(n) - c for n, c in zip(disk.mask.shape, disk.center, strict=True))
    inside = np.hypot(y[:, None], x) < _INSIDE * disk.radius
    if inside.sum() < 3:
        return 1.0, 0.0
    values = disk.mean_pattern[inside]
    places = np.argwhere(inside) - np.array(disk.center)
    design = np.column_stack([np.ones(len(values)), places / disk.radius])
    level, along_y, along_x = np.linalg.lstsq(design, values, rcond=None)[0]
    slope = min(math.hypot(along_y, along_x) / level, 0.99) if level > 0 else 0.0
    return (1 + slope) / (1 - slope), math.degrees(math.atan2(along_y, along_x))
