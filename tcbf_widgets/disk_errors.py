"""How precisely the direct beam is found, against the number of electrons: measured, and the best there could be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._checks import checked_position, non_negative_integer, positive_integer, positive_number, require
from .counting import poisson_counts
from .disk_bound import position_bound
from .peaks import Correlator
from .polycrystal import CrystalliteScan
from .templates import MARGIN, Template

_ELECTRONS = (30, 100, 300, 1000, 3000, 10_000, 30_000)
_TAPS = 8  # pixels around a peak of which its place between the pixels is made


@dataclass(frozen=True, eq=False)
class PositionErrors:
    """How far off the direct beam is found, along one axis; the distance in the plane is √2 times as large.

    electrons : (n,) per pattern
    rms : (n,) pixels, root mean square of both components of the distance from where it is
    bound : (n,) pixels, the Cramér-Rao bound of the same, see `position_bound`
    """

    electrons: np.ndarray
    rms: np.ndarray
    bound: np.ndarray

    def __repr__(self) -> str:
        return f"PositionErrors({self.electrons[0]:g} to {self.electrons[-1]:g} electrons per pattern)"


def position_errors(
    scan: CrystalliteScan,
    template: Template | None = None,
    *,
    position=None,
    electrons=_ELECTRONS,
    exposures: int = 40,
    seed: int = 0,
) -> PositionErrors:
    """Count the electrons of one pattern again and again, and find its direct beam each time.

    The highest peak counts that is no farther from the direct beam than the radius of the probe.

    Parameters
    ----------
    scan : from `tcbf.crystallite_scan`
    template : by default that of the scan's probe, with an exclusion radius 1.35 times as large
    position : (y, x) of the pattern in the scan; its middle if None
    electrons : per pattern, one number or several
    exposures : how often each is counted
    seed : of the counting noise

    Returns
    -------
    PositionErrors, in pixels along one axis
    """
    require("scan", scan, CrystalliteScan, "from tcbf.crystallite_scan()")
    if template is None:
        template = Template(scan.probe)
    require("template", template, Template, "for example from tcbf.bullseye_template(2.2, 6, 9)")
    electrons = np.array([positive_number("electrons", n, "per pattern") for n in np.atleast_1d(electrons)])
    if not electrons.size:
        raise ValueError("electrons must hold at least one number, got none")
    exposures, seed = positive_integer("exposures", exposures), non_negative_integer("seed", seed)
    y, x = checked_position(position, scan.data.scan_shape)
    truth, shares = (values[0] for values in scan.spots(y, x))
    expected, truth = _around(scan.expected(y, x).astype(float), truth, template.reach + scan.probe.radius + _TAPS)
    correlator = Correlator(template, expected.shape)

    def distance(count: float, number: int) -> float:
        counts = poisson_counts(expected * count, seed, number * expected.size)
        place, height = correlator.highest(counts, truth, scan.probe.radius)
        return float(np.linalg.norm(place - truth)) if height else scan.probe.radius

    numbers = np.arange(len(electrons) * exposures).reshape(len(electrons), exposures).tolist()
    errors = [[distance(count, n) for n in row] for count, row in zip(electrons, numbers, strict=True)]
    level = _level_around(expected, truth, scan.probe.radius)
    bound = [position_bound(scan.probe, shares * count, level * count) for count in electrons]
    return PositionErrors(electrons, np.sqrt(np.square(errors).mean(axis=1) / 2), np.array(bound))


def _around(pattern: np.ndarray, place: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The part of a pattern around a place, and the place in it: what lies farther off, no peak there depends on."""
    first = np.maximum(np.floor(place - reach).astype(int), 0)
    last = np.minimum(np.ceil(place + reach).astype(int) + 1, pattern.shape)
    return pattern[first[0] : last[0], first[1] : last[1]], place - first


def _level_around(pattern: np.ndarray, place: np.ndarray, radius: float) -> float:
    """Level of the background around a disk."""
    y, x = np.indices(pattern.shape)
    distance = np.hypot(y - place[0], x - place[1])
    return float(np.median(pattern[(distance > 1.2 * radius) & (distance < MARGIN * radius)]))
