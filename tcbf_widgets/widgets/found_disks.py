"""Which of the disks of a pattern were found, and how far off; the twin of shared/found_disks.js."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST_SHARE = 0.002  # of the electrons in a disk that counts
_NEAR = 1 / 3  # of the radius of a disk: a peak that is farther off is another one


@dataclass(frozen=True, eq=False)
class FoundDisks:
    """Peaks beside the truth.

    visible : (m, 2) pixels (y, x), true disks in the frame that hold a five-hundredth of the electrons or more
    radius : of these, in pixels
    found : how many of them have a peak
    false : peaks where there is no disk, however faint
    direct : pixels along one axis from the direct beam to its peak, the distance over √2; or None
    others : the same of the other visible ones, their root mean square; or None
    """

    visible: np.ndarray
    radius: float
    found: int
    false: int
    direct: float | None
    others: float | None


def compare(peaks: np.ndarray, spots: np.ndarray, shares: np.ndarray, frame, radius: float) -> FoundDisks:
    """Compare peaks with the truth.

    Parameters
    ----------
    peaks : (n, 2) pixels (y, x)
    spots, shares : (m, 2) pixels and (m,) of the electrons; the first is the direct beam
    frame : (ny, nx)
    radius : of the disks in pixels
    """
    inside = np.all((spots > -0.5) & (spots < np.subtract(frame, 0.5)), axis=1)
    visible = inside & (shares >= LEAST_SHARE)
    distances = np.linalg.norm(peaks[:, None] - spots, axis=-1)
    nearest = distances.argmin(axis=1)
    close = distances[np.arange(len(peaks)), nearest] < _NEAR * radius
    best: dict[int, float] = {}  # distance of the nearest peak, by the number of the disk
    for disk, distance in zip(nearest[close].tolist(), distances[close].min(axis=1, initial=np.inf), strict=True):
        if visible[disk]:
            best[disk] = min(float(distance) / np.sqrt(2), best.get(disk, np.inf))
    others = [distance for disk, distance in best.items() if disk]
    rms = float(np.sqrt(np.mean(np.square(others)))) if others else None
    return FoundDisks(spots[visible], radius, len(best), int((~close).sum()), best.get(0), rms)
