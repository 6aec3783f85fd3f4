"""Where the direct beam falls in each pattern of a scan, and the plane that its positions follow.

The scan coils deflect the beam, the descan coils bring it back, but never quite. What is left of a good alignment is a
plane: the pattern moves evenly from one end of the scan to the other. Measured in single patterns it is noisy, so the
plane is fitted to all of them.
"""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm.auto import tqdm

from ._checks import positive_number, require
from ._threads import WORKERS
from .descan import Descan, corrected_rows
from .descan_plane import Plane
from .descan_ramp import descan_ramps
from .fourdstem import FourDSTEM
from .frame_maps import log_scaled
from .peaks import Correlator, check_fits
from .templates import Template

_CLOSE = 1 / 3  # of the probe's radius: no part of a bullseye lies upon another one when it is moved by less
_BLOCKS = 4  # parts of the scan along each axis, for a first plane
_ASTRAY = 1 / 8  # of the probe's radius, rms along one axis: counting alone leaves less from ten electrons on


def measure_descan(
    data: FourDSTEM, template: Template, reach: float | None = None, *, progress: bool = False
) -> Descan:
    """Find the direct beam in every pattern, and the plane that its positions follow.

    Parameters
    ----------
    data : 4D-STEM scan
    template : of the probe, from `bullseye_template` and its kin
    reach : pixels around its expected place within which the direct beam is searched, so that no strong diffracted disk
        is taken for it; the exclusion radius of the template if None. It is expected where a plane says that goes
        through the peaks of sums of logarithms, one for each sixteenth of the scan
    progress : show progress bars, of the first look and of the search

    Returns
    -------
    Descan; patterns whose brightest disk is another one do not pull the plane. A warning says if the positions follow
    no plane

    Raises
    ------
    ValueError if fewer than three frames hold a peak
    """
    require("data", data, FourDSTEM, "from tcbf.open or tcbf.crystallite_scan().data")
    check_fits(template, data.detector_shape)
    reach = template.exclusion if reach is None else positive_number("reach", reach, "in detector pixels")
    across = descan_ramps(np.eye(2), data.scan_shape)
    expected = _first_plane(data, template, across, progress)
    measured = _search(data, template, expected, reach, np.ones(data.scan_shape, bool), progress)
    # few electrons may fit better elsewhere, as the spot does upon the ring: there the others say where to look again
    close = _CLOSE * template.shape.radius
    plane = Plane(measured, across).at(across)
    far = np.linalg.norm(measured - plane, axis=-1) > close
    measured[far] = _search(data, template, plane, close, far)[far]
    return _descan(measured, across, _ASTRAY * template.shape.radius)


def _descan(measured: np.ndarray, across: np.ndarray, astray: float) -> Descan:
    plane = Plane(measured, across)
    rms = float(np.sqrt(np.mean(np.square(plane.distance[plane.followed])) / 2))
    if rms > astray:
        warnings.warn(
            f"the direct beam follows no plane: positions are {rms:.1f} pixels off along each axis (rms). Either the "
            "descan is bent, or another disk is taken for the direct beam: choose another reach, or another template",
            stacklevel=3,
        )
    return Descan(measured, plane.at(across), plane.matrix, rms)


def _first_plane(data: FourDSTEM, template: Template, across: np.ndarray, progress: bool) -> np.ndarray:
    """Where the direct beam is expected in each frame, (scan_y, scan_x, 2) pixels.

    In a part of the scan the pattern moves by a quarter of what it moves in all: the sum of its logarithms is sharp.
    """
    block_y, block_x = (np.arange(n) * min(n, _BLOCKS) // n for n in data.scan_shape)
    shape = (block_y[-1] + 1, block_x[-1] + 1)
    sums, places = np.zeros((*shape, *data.detector_shape)), np.zeros((*shape, 2))
    for row, frames in corrected_rows(data, progress="first look" if progress else None):
        for block in range(shape[1]):
            members = block_x == block
            sums[block_y[row], block] += log_scaled(frames[members].astype(np.float32)).sum(axis=0)
            places[block_y[row], block] += across[row, members].sum(axis=0)
    places /= np.outer(np.bincount(block_y), np.bincount(block_x))[..., None]
    correlator = Correlator(template, data.detector_shape)
    peaks = np.array([correlator.highest(part)[0] for part in sums.reshape(-1, *data.detector_shape)])
    if np.isnan(peaks).all():
        raise ValueError("data holds no signal: no frame has a disk that the template fits")
    return Plane(peaks.reshape(*shape, 2), places).at(across)


def _search(data: FourDSTEM, template: Template, near: np.ndarray, reach: float, where: np.ndarray, progress=False):
    """(scan_y, scan_x, 2) highest peaks within ``reach`` of ``near`` in the frames ``where``; NaN in the others."""
    # only what the template can cover from there is looked at, a part of each frame
    margin = int(np.ceil(reach)) + template.reach + 2  # pixels of rounding, and around a peak
    size = np.minimum(2 * margin + 1, data.detector_shape)
    correlator = Correlator(template, size)

    def position(frame, expected):
        top, left = np.clip(np.rint(expected).astype(int) - margin, 0, data.detector_shape - size)
        part = frame[top : top + size[0], left : left + size[1]].astype(float)
        return correlator.highest(part, expected - (top, left), reach)[0] + (top, left)

    found = np.full((*data.scan_shape, 2), np.nan)
    bar = tqdm(total=int(where.sum()), desc="direct beam", unit="frame", disable=not progress)
    with ThreadPoolExecutor(WORKERS) as threads, bar:
        for rows, block in data.row_blocks():
            places = list(threads.map(position, block[where[rows]], near[rows][where[rows]]))
            found[rows][where[rows]] = np.reshape(places, (-1, 2))
            bar.update(len(places))
    return found
