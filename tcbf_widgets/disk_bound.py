"""How precisely the place of a diffraction disk can be known at all, from the electrons that are in it."""

from __future__ import annotations

import numpy as np

from ._checks import non_negative_number, positive_number
from .probe_shapes import MeasuredShape, ProbeShape, checked_shape

_STEP = 1e-3  # pixels, of the differences that stand for slopes: far less than the softness of an edge
_REACH = 6  # softness of an edge beyond which nothing changes any more


def position_bound(shape: ProbeShape | MeasuredShape, electrons: float, background: float = 0.0) -> float:
    """Cramér-Rao bound of the place of one disk, for counted electrons.

    With λ = N b / Σb + c electrons expected in each pixel, the information on the place along one axis is
    Σ (∂λ/∂x)² / λ: edges know the place, and a dark surrounding makes them sharp. Strength and background need not be
    known: by symmetry they say nothing about the place.

    Parameters
    ----------
    shape : brightness b of the disk, a `ProbeShape` or the ``shape`` of a template
    electrons : N, in the disk
    background : c, electrons per pixel around it

    Returns
    -------
    standard deviation along one axis, pixels, that no unbiased estimate falls below (root mean square of both axes)

    Reference: Kay, Fundamentals of Statistical Signal Processing: Estimation Theory (1993), section 3.

    >>> from tcbf_widgets.probe_shapes import bullseye_shape, disk_shape
    >>> round(position_bound(disk_shape(9), 100) / position_bound(bullseye_shape(2.2, 6, 9, 1.6), 100), 1)
    1.8
    """
    checked_shape(shape)
    electrons = positive_number("electrons", electrons, "in the disk")
    background = non_negative_number("background", background)
    reach = int(np.ceil(shape.radius + _REACH * shape.edge))
    offset = np.arange(-reach, reach + 1.0)
    y, x = offset[:, None], offset[None, :]
    bright = shape.brightness(y, x)
    share = electrons / bright.sum()
    expected = share * bright + background
    lit = expected > 0
    variance = 0.0
    for dy, dx in ((_STEP, 0.0), (0.0, _STEP)):
        slope = share * (shape.brightness(y + dy, x + dx) - shape.brightness(y - dy, x - dx)) / (2 * _STEP)
        variance += 0.5 / np.sum(np.square(slope[lit]) / expected[lit])
    return float(np.sqrt(variance))
