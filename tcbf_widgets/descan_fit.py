"""Where the direct beam falls in each pattern of a scan, and the plane that its positions follow.

The scan coils deflect the beam, the descan coils bring it back, but never quite. What is left of a good alignment is a
plane: the pattern moves evenly from one end of the scan to the other. Measured in single patterns it is noisy, so the
plane is fitted to all of them.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ._checks import positive_number, require
from ._threads import WORKERS
from .descan import Descan
from .descan_ramp import descan_ramps
from .fourdstem import FourDSTEM
from .frame_maps import map_frames
from .peaks import Correlator, check_fits
from .templates import Template

_TURNS = 12  # of the robust fit; it settles within a few
_TUKEY = 4.685  # standard deviations from which a position is an outlier; keeps 95 % of the efficiency of least squares
_FEWEST = 3  # positions that a plane needs
_CLOSE = 1 / 3  # of the probe's radius: no part of a bullseye lies upon another one when it is moved by less


def measure_descan(data: FourDSTEM, template: Template, reach: float | None = None) -> Descan:
    """Find the direct beam in every pattern, and the plane that its positions follow.

    Parameters
    ----------
    data : 4D-STEM scan
    template : of the probe, from `bullseye_template` and its kin
    reach : pixels around the mean position of the direct beam within which it is searched, so that no strong
        diffracted disk is taken for it; the exclusion radius of the template if None

    Returns
    -------
    Descan; patterns whose brightest disk is another one do not pull the plane

    Raises
    ------
    ValueError if fewer than three frames hold a peak
    """
    require("data", data, FourDSTEM, "from tcbf.open or tcbf.crystallite_scan().data")
    check_fits(template, data.detector_shape)
    reach = template.exclusion if reach is None else positive_number("reach", reach, "in detector pixels")
    middle, _ = Correlator(template, data.detector_shape).highest(map_frames(data).log_sum)
    if np.isnan(middle).any():
        raise ValueError("data holds no signal: no frame has a disk that the template fits")
    search = _BeamSearch(data, template, middle, reach)
    everywhere = np.ones(data.scan_shape, bool)
    measured = search(np.broadcast_to(middle, (*data.scan_shape, 2)), reach, everywhere)
    # few electrons may fit better elsewhere, as the spot does upon the ring: there the others say where to look again
    close = _CLOSE * template.shape.radius
    plane = _plane(measured)[0]
    far = np.linalg.norm(measured - plane, axis=-1) > close
    measured[far] = search(plane, close, far)[far]
    return _descan(measured)


class _BeamSearch:
    """Looks for the direct beam where the template can lie within reach of its mean position, a part of each frame."""

    def __init__(self, data: FourDSTEM, template: Template, middle: np.ndarray, reach: float):
        margin = int(np.ceil(reach)) + template.reach
        self._corner = np.maximum(np.rint(middle).astype(int) - margin, 0)
        self._end = np.minimum(np.rint(middle).astype(int) + margin + 1, data.detector_shape)
        self._correlator = Correlator(template, self._end - self._corner)
        self._data = data

    def __call__(self, near: np.ndarray, reach: float, where: np.ndarray) -> np.ndarray:
        """(scan_y, scan_x, 2) highest peaks within ``reach`` of ``near`` in the frames ``where``; NaN in the others."""
        found = np.full((*self._data.scan_shape, 2), np.nan)
        with ThreadPoolExecutor(WORKERS) as threads:
            for rows, block in self._data.row_blocks():
                frames, chosen = block[where[rows]], near[rows][where[rows]]
                places = list(threads.map(self._position, frames, chosen, itertools.repeat(reach)))
                found[rows][where[rows]] = np.reshape(places, (-1, 2))
        return found

    def _position(self, frame: np.ndarray, near: np.ndarray, reach: float) -> np.ndarray:
        (top, left), (bottom, right) = self._corner, self._end
        part = frame[top:bottom, left:right].astype(float)
        return self._correlator.highest(part, near - self._corner, reach)[0] + self._corner


def _descan(measured: np.ndarray) -> Descan:
    fitted, matrix, distance, followed = _plane(measured)
    return Descan(measured, fitted, matrix, float(np.sqrt(np.mean(np.square(distance[followed])) / 2)))


def _plane(measured: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Plane through positions, by least squares that are reweighted until outliers no longer count.

    Returns
    -------
    fitted (scan_y, scan_x, 2), matrix (2, 2), distances (scan_y, scan_x) from the plane, and which of them count
    """
    across = descan_ramps(np.eye(2), measured.shape[:2]).reshape(-1, 2)
    design = np.column_stack([np.ones(len(across)), across])
    positions = measured.reshape(-1, 2)
    known = np.isfinite(positions).all(axis=1)
    if known.sum() < _FEWEST:
        raise ValueError(
            f"data must have at least {_FEWEST} frames with a disk that the template fits, got {known.sum()}"
        )
    weight = known.astype(float)
    for _ in range(_TURNS):
        root = np.sqrt(weight[known])[:, None]
        solution = np.linalg.lstsq(design[known] * root, positions[known] * root, rcond=None)[0]
        distance = np.linalg.norm(positions - design @ solution, axis=1)
        spread = np.nanmedian(distance) / 1.1774  # median of a two-dimensional normal distribution of unit width
        weight[known] = np.square(np.clip(1 - np.square(distance[known] / max(_TUKEY * spread, 1e-9)), 0, None))
    scan = measured.shape[:2]
    return (
        (design @ solution).reshape(measured.shape),
        solution[1:].T,
        distance.reshape(scan),
        (weight > 0).reshape(scan),
    )
