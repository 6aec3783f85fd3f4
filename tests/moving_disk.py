"""Scans of a disk that may move over the detector, with defects that do not."""

import numpy as np

import tcbf_widgets as tcbf
from tcbf_widgets.defects import Defects
from tcbf_widgets.descan import Descan, through_windows


def moving_scan(scan_shape, detector_shape, center=None, radius=5.3, drift=(0, 0), defects=False, seed=0):
    """Counts of a disk, about 20 in each pixel.

    Parameters
    ----------
    scan_shape, detector_shape : (y, x)
    center : (y, x) pixels of the disk, the middle of the detector by default
    drift : whole pixels by which it moves from the first row to the last, and from the first column to the last
    defects : one hot and one dead pixel, in the disk

    Returns
    -------
    FourDSTEM; its Descan; FourDSTEM through the windows of the descan, the nearest good pixels in place of defects
    """
    rng = np.random.default_rng(seed)
    middle = np.array([n // 2 for n in detector_shape] if center is None else center, float)
    across = np.stack(np.meshgrid(*(np.linspace(-0.5, 0.5, n) for n in scan_shape), indexing="ij"), axis=-1)
    places = middle + across * drift
    y, x = np.indices(detector_shape)
    distance = np.hypot(y - places[..., 0, None, None], x - places[..., 1, None, None])
    # the specimen: all pixels alike, so that moved sums have something to see
    bright = 20 * (1 + 0.5 * rng.random((*scan_shape, 1, 1)))
    counts = rng.poisson(bright * (distance < radius)).astype(np.uint8)
    descan = Descan(places, places, np.diag(np.asarray(drift, float)), 0.0)
    mended = counts
    if defects:
        row, column = np.rint(middle).astype(int)
        mended = counts.copy()
        hot, dead = np.array([[row, column - 2]]), np.array([[row + 1, column + 2]])
        counts[:, :, *hot.T], counts[:, :, *dead.T] = 250, 0
        bad, good = Defects(hot, dead, detector_shape).nearest_good
        mended[:, :, *bad.T] = counts[:, :, *good.T]
    calibration = {"energy": 300e3, "scan_sampling": 10.0, "reciprocal_sampling": 0.02}
    steady = through_windows(mended, descan.corners, descan.window(detector_shape))
    return tcbf.FourDSTEM(counts, **calibration), descan, tcbf.FourDSTEM(steady, **calibration)
