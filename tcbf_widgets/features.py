"""What a frame says about each of many places on the detector: is there a disk, and how strong?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from ._checks import as_numbers, require
from .descan import Descan, corrected_rows, windows
from .fourdstem import FourDSTEM
from .peaks import Peaks, check_fits
from .templates import Template

_WAYS = ("noise", "mean")
_FLOOR = 0.5  # of an electron, where next to none are expected: one that comes all the same must not decide by itself


@dataclass(frozen=True, eq=False)
class FeatureVectors:
    """Correlation of each frame with the template at each of several places: virtual dark-field images.

    values : (scan_y, scan_x, n) float32, counts times pixels
    noise : (n,) standard deviation of a value by counting statistics, root mean square over the frames
    positions : (n, 2) pixels (y, x) of the corrected frames
    """

    values: np.ndarray
    noise: np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    def __repr__(self) -> str:
        sy, sx = self.values.shape[:2]
        return f"FeatureVectors({len(self)} places in {sy} x {sx} frames)"

    def normalised(self, by: str = "noise") -> np.ndarray:
        """Values in units that let weak places speak beside strong ones.

        Parameters
        ----------
        by : "noise", the standard deviation of counting statistics, so that each place speaks as loudly as it is sure,
            and at least half an electron in the bright part of the template;
            or "mean", the mean of the absolute values, so that all places speak equally loudly

        Returns
        -------
        (scan_y, scan_x, n) float32; zero for a place at which no frame has a count
        """
        if by not in _WAYS:
            raise ValueError(f"by must be one of {', '.join(map(repr, _WAYS))}, got {by!r}")
        unit = np.hypot(self.noise, _FLOOR) if by == "noise" else np.abs(self.values).mean(axis=(0, 1))
        return np.divide(self.values, unit, out=np.zeros_like(self.values), where=unit > 0, casting="same_kind")


def feature_vectors(
    data: FourDSTEM,
    peaks: Peaks | np.ndarray,
    template: Template,
    descan: Descan | None = None,
    *,
    progress: bool = False,
) -> FeatureVectors:
    """Apply a stack of templates, one at each place, to every frame.

    Parameters
    ----------
    data : 4D-STEM scan
    peaks : from `find_peaks`, or (n, 2) pixels (y, x) of the corrected frames
    template : of the probe, from `bullseye_template` and its kin
    descan : correct it, from `measure_descan`, the same as for the map in which the peaks were found
    progress : show a progress bar

    Returns
    -------
    FeatureVectors
    """
    require("data", data, FourDSTEM, "from tcbf.open or tcbf.crystallite_scan().data")
    _, shape = windows(descan, data.scan_shape, data.detector_shape)
    positions = checked_places(peaks, shape)
    masks = mask_matrix(positions, template, shape)
    values = np.empty((*data.scan_shape, len(positions)), np.float32)
    total = np.zeros(shape)
    for row, frames in corrected_rows(data, descan, "features" if progress else None):
        flat = frames.reshape(len(frames), -1).astype(np.float64)  # a large even background cancels to its last digits
        values[row] = flat @ masks
        total += frames.sum(axis=0, dtype=np.float64)
    mean = total.ravel() / np.prod(data.scan_shape)
    return FeatureVectors(values, counting_noise(mean, masks), positions)


def checked_places(peaks, shape) -> np.ndarray:
    """(n, 2) finite positions of Peaks or of an array, n at least 1; Peaks must be of an image of the frames' shape."""
    if isinstance(peaks, Peaks) and peaks.image_shape != tuple(shape):
        raise ValueError(
            f"peaks were found in an image of {peaks.image_shape} pixels, the frames have {tuple(shape)}: "
            "give the descan with which that image was made"
        )
    positions = as_numbers(peaks.positions if isinstance(peaks, Peaks) else peaks)
    if positions.ndim != 2 or positions.shape[1] != 2 or not len(positions) or not np.isfinite(positions).all():
        raise ValueError(
            "peaks must be at least one peak from tcbf.find_peaks, or finite positions of shape (n, 2), "
            f"got shape {positions.shape}"
        )
    return positions


def mask_matrix(positions: np.ndarray, template: Template, shape) -> scipy.sparse.csc_array:
    """One template at each place, each balanced to zero over its pixels on the detector.

    Parameters
    ----------
    positions : (n, 2) pixels (y, x)
    template : Template
    shape : (ny, nx) of the frames

    Returns
    -------
    (ny · nx, n) float64, sparse
    """
    check_fits(template, shape)
    rows, values, starts = [], [], [0]
    for place in positions:
        corner = np.clip(np.floor(place).astype(int) - template.reach, 0, shape)
        end = np.clip(np.ceil(place).astype(int) + template.reach + 1, corner, shape)
        if (end <= corner).any():  # beyond the frame: a mask without pixels
            starts.append(starts[-1])
            continue
        patch = template.sampled(place - corner, end - corner)
        y, x = (np.arange(a, a + n) for a, n in zip(corner, patch.shape, strict=True))
        rows.append((y[:, None] * shape[1] + x).ravel())
        values.append(patch.ravel())
        starts.append(starts[-1] + patch.size)
    matrix = (np.concatenate([[], *values]), np.concatenate([[], *rows]).astype(int), starts)
    return scipy.sparse.csc_array(matrix, shape=(shape[0] * shape[1], len(positions)))


def counting_noise(mean: np.ndarray, masks: scipy.sparse.csc_array) -> np.ndarray:
    """(n,) standard deviation of masked sums of counts whose mean is (ny · nx,) `mean`."""
    return np.sqrt(np.asarray(mean @ masks.multiply(masks)).ravel())
