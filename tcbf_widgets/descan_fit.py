"""Where the direct beam falls in each pattern of a scan, and the plane that its positions follow.

The scan coils deflect the beam, the descan coils bring it back, but never quite. What is left of a good alignment is a
plane: the pattern moves evenly from one end of the scan to the other. Measured in single patterns it is noisy, so the
plane is fitted to all of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ._checks import positive_number, require
from ._threads import WORKERS
from .descan import Descan
from .fourdstem import FourDSTEM
from .frame_maps import map_frames
from .peaks import Correlator
from .templates import Template

_TURNS = 12  # of the robust fit; it settles within a few
_TUKEY = 4.685  # standard deviations from which a position is an outlier; keeps 95 % of the efficiency of least squares
_FEWEST = 3  # positions that a plane needs


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
    whole = Correlator(template, data.detector_shape)
    reach = template.exclusion if reach is None else positive_number("reach", reach, "in detector pixels")
    near, _ = whole.highest(map_frames(data).log_sum)
    if np.isnan(near).any():
        raise ValueError("data holds no signal: no frame has a disk that the template fits")
    return _descan(_beam_positions(data, template, near, reach))


def _beam_positions(data: FourDSTEM, template: Template, near: np.ndarray, reach: float) -> np.ndarray:
    """Highest peak of each frame within ``reach`` of ``near``, (scan_y, scan_x, 2) pixels."""
    # only what the template can cover from there is looked at, a fraction of the frame
    margin = int(np.ceil(reach)) + template.reach
    corner = np.maximum(np.rint(near).astype(int) - margin, 0)
    end = np.minimum(np.rint(near).astype(int) + margin + 1, data.detector_shape)
    correlator = Correlator(template, end - corner)

    def position(frame):
        part = frame[corner[0] : end[0], corner[1] : end[1]].astype(float)
        return correlator.highest(part, near - corner, reach)[0] + corner

    measured = np.empty((*data.scan_shape, 2))
    with ThreadPoolExecutor(WORKERS) as threads:
        for rows, block in data.row_blocks():
            found = threads.map(position, block.reshape(-1, *data.detector_shape))
            measured[rows] = np.reshape(list(found), (*block.shape[:2], 2))
    return measured


def _descan(measured: np.ndarray) -> Descan:
    """Plane through positions, by least squares that are reweighted until outliers no longer count."""
    plane = _scan_plane(measured.shape[:2])
    design = np.column_stack([np.ones(len(plane)), plane])
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
    followed = distance[known & (weight > 0)]
    rms = float(np.sqrt(np.mean(np.square(followed)) / 2)) if len(followed) else 0.0
    return Descan(measured, (design @ solution).reshape(measured.shape), solution[1:].T, rms)


def _scan_plane(scan_shape) -> np.ndarray:
    """(positions, 2) place in the scan, -0.5 to 0.5 from one end to the other along y and x."""
    y, x = (np.linspace(-0.5, 0.5, n) if n > 1 else np.zeros(1) for n in scan_shape)
    return np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2)
