"""Descan as a scan suffers it: the pattern wanders over the detector, evenly from one end of the scan to the other."""

from __future__ import annotations

import numpy as np

from ._checks import as_numbers


def checked_descan(value) -> tuple:
    """Return four numbers ((y per y, y per x), (x per y, x per x)) as tuples of floats, or raise.

    >>> checked_descan([[4, 0.5], [-1, 3]])
    ((4.0, 0.5), (-1.0, 3.0))
    """
    matrix = as_numbers(value)
    if matrix.shape != (2, 2) or not np.isfinite(matrix).all():
        raise ValueError(
            "descan must be four finite numbers ((y per y, y per x), (x per y, x per x)) in detector pixels, "
            f"got {value!r}"
        )
    return tuple(map(tuple, matrix.tolist()))


def descan_ramps(descan, scan_shape) -> np.ndarray:
    """Where the pattern stands at each position of a scan, as seen from the middle of the scan.

    Parameters
    ----------
    descan : detector pixels from one end of the scan to the other, ((y per y, y per x), (x per y, x per x))
    scan_shape : (scan_y, scan_x)

    Returns
    -------
    (scan_y, scan_x, 2) detector pixels

    >>> descan_ramps(((4, 0), (0, 2)), (3, 2))[:, 0].tolist()
    [[-2.0, -1.0], [0.0, -1.0], [2.0, -1.0]]
    """
    y, x = (np.linspace(-0.5, 0.5, n) if n > 1 else np.zeros(1) for n in scan_shape)
    return np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1) @ np.array(descan, float).T
