"""Diffraction disks in a pattern: correlation with a template, and its peaks to a fraction of a pixel."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.ndimage

from ._checks import finite_image, positive_integer, positive_number, require, shape_pair
from .subpixel import TAPS, refined
from .templates import Template

_LEAST = 0.05  # share of a template that must lie in the frame; with less there is nothing to compare
_NOTHING = 1e-9  # of what the correlation could be: rounding errors, no peak


@dataclass(frozen=True, eq=False)
class Peaks:
    """Places where a template fits, the best first.

    positions : (n, 2) pixels (y, x) of the image, to a fraction of a pixel
    heights : (n,) correlation there, in the units of the image times pixels
    significance : (n,) heights over their standard deviation if the image is made of counted electrons
    asked : how many were asked for; there may be fewer
    image_shape : (ny, nx) of the image
    """

    positions: np.ndarray
    heights: np.ndarray
    significance: np.ndarray
    asked: int
    image_shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.positions)

    def __repr__(self) -> str:
        return f"Peaks({len(self)} of {self.asked} asked for)"


class Correlator:
    """Correlates frames of one shape with a template; what does not depend on the frame is done once.

    Outside of its frame nothing is known, so where a template hangs over the edge, bright and dark part are balanced
    over the pixels inside, and the correlation is divided by the norm of these pixels and multiplied by that of the
    whole template. So an even background gives zero everywhere, noise is equally strong everywhere, and a disk that is
    cut off is found close to where it is: a bullseye within a tenth of a pixel, a plain disk within half of one.

    template : Template
    shape : (ny, nx) of the frames
    """

    def __init__(self, template: Template, shape):
        self.shape = shape_pair("shape", shape)
        check_fits(template, self.shape)
        self.template = template
        self._padded = tuple(scipy.fft.next_fast_len(n + template.reach + TAPS, real=True) for n in self.shape)
        offsets = [scipy.fft.fftfreq(n, 1 / n) for n in self._padded]
        bright, dark = template.parts(offsets[0][:, None], offsets[1])
        self._bright, self._dark = (scipy.fft.rfft2(part).conj() for part in (bright, dark))
        self._scale = bright.sum()
        self._ratio, self._gain = self._balance(bright, dark)

    def _balance(self, bright: np.ndarray, dark: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weight of the dark part, and what its norm is to be multiplied by, for each place of the template."""
        field = self._spectrum(np.ones(self.shape))

        def at_hand(part):  # sum over the pixels of the template that lie in the frame
            return self._back(field * scipy.fft.rfft2(part).conj())

        ratio = np.zeros(self._padded)
        if self.template.zero_sum and dark.any():
            ratio = at_hand(bright) / np.maximum(at_hand(dark), _LEAST * dark.sum())
        square = at_hand(bright**2) - 2 * ratio * at_hand(bright * dark) + ratio**2 * at_hand(dark**2)
        whole = np.square(self.template.weighed(bright, dark)).sum()
        return ratio, np.sqrt(whole / np.maximum(square, _LEAST * whole))

    def _spectrum(self, image: np.ndarray) -> np.ndarray:
        return scipy.fft.rfft2(image, s=self._padded)

    def _back(self, spectrum: np.ndarray) -> np.ndarray:
        return scipy.fft.irfft2(spectrum, s=self._padded)

    def padded(self, image: np.ndarray) -> np.ndarray:
        """The correlation, periodic, as far beyond the frame as interpolation at its edge needs it."""
        spectrum = self._spectrum(image)
        return self._gain * (self._back(spectrum * self._bright) - self._ratio * self._back(spectrum * self._dark))

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """The correlation (ny, nx) at the pixels of an image."""
        return self.padded(image)[: self.shape[0], : self.shape[1]]

    def highest(self, image: np.ndarray, near=None, reach: float = np.inf) -> tuple[np.ndarray, float]:
        """Highest peak (y, x) and its height, within ``reach`` pixels of ``near``; NaN and 0 where there is none."""
        padded = self.padded(image)
        pixels = _local_maxima(padded[: self.shape[0], : self.shape[1]], self.floor(image))
        if near is not None:  # the flank of a higher peak outside is no peak
            pixels = pixels[np.hypot(*(pixels - near).T) <= reach]
        if not len(pixels):
            return np.full(2, np.nan), 0.0
        points, heights = refined(padded, pixels[:1])
        return points[0], float(heights[0])

    def floor(self, image: np.ndarray) -> float:
        """Height below which a correlation is but rounding errors."""
        return _NOTHING * self._scale * float(np.abs(image).max(initial=0))


def check_fits(template: Template, shape) -> None:
    """Raise if it is no template, or wider than a frame."""
    require("template", template, Template, "for example from tcbf.bullseye_template(2.2, 6, 9)")
    width = int(np.ceil(2 * template.exclusion + 1))
    if width > min(shape):
        raise ValueError(
            f"template is {width} pixels wide, the frame only {shape[0]} x {shape[1]}; "
            "choose a smaller exclusion radius, or a larger frame"
        )


def correlation_map(image, template: Template) -> np.ndarray:
    """Correlation of an image with a template placed on each of its pixels.

    Parameters
    ----------
    image : (ny, nx) counts, or any map of the detector
    template : from `bullseye_template` and its kin; at the border only its pixels inside count, balanced anew

    Returns
    -------
    (ny, nx), in the units of the image times pixels; zero for an even image

    Reference: Pekin et al., Ultramicroscopy 176 (2017) 170, doi:10.1016/j.ultramic.2016.12.021.
    """
    image = finite_image("image", image)
    return Correlator(template, image.shape)(image)


def find_peaks(
    image,
    template: Template,
    count: int = 100,
    min_distance: float | None = None,
    min_significance: float | None = None,
) -> Peaks:
    """Find diffraction disks, to a fraction of a pixel.

    How far off they are: by counting noise `position_bound`, along one axis, and a tenth more; by interpolation 0.01
    pixel; disks that the crystal lights unevenly, 0.1 pixel with a bullseye of radius 9, 0.3 with a plain disk.

    Parameters
    ----------
    image : (ny, nx) counts, or any map of the detector
    template : from `bullseye_template` and its kin
    count : peaks at most; where there are fewer those are returned, with a warning
    min_distance : pixels between two peaks, of which the higher stays. The diameter of the probe if None, for disks
        that do not overlap; less for a map of many patterns, in which side lobes do no harm
    min_significance : standard deviations of counting noise that a peak must rise above zero; for images of counts

    Returns
    -------
    Peaks, the highest first
    """
    image = finite_image("image", image)
    check_fits(template, image.shape)
    count = positive_integer("count", count)
    distance = 2 * template.shape.radius if min_distance is None else positive_number("min_distance", min_distance)
    least = None if min_significance is None else positive_number("min_significance", min_significance)
    correlator = Correlator(template, image.shape)
    padded = correlator.padded(image)
    pixels = _apart(_local_maxima(padded[: image.shape[0], : image.shape[1]], correlator.floor(image)), distance)
    if least is None:
        pixels = pixels[:count]
    positions, heights = refined(padded, pixels)
    order = np.argsort(-heights, kind="stable")
    positions, heights = positions[order], heights[order]
    significance = heights / np.array([_deviation(image, template, place) for place in positions])
    if least is not None:
        kept = np.flatnonzero(significance >= least)[:count]
        positions, heights, significance = positions[kept], heights[kept], significance[kept]
    if len(positions) < count:
        reach = "" if least is None else f" of {least:g} standard deviations or more"
        warnings.warn(
            f"asked for {count} peaks{reach}, the image has {len(positions)}: those are returned", stacklevel=2
        )
    return Peaks(positions, heights, significance, count, image.shape)


def _local_maxima(values: np.ndarray, floor: float) -> np.ndarray:
    """Pixels (n, 2) that none of their eight neighbours exceeds, the highest first."""
    around = scipy.ndimage.maximum_filter(values, 3, mode="nearest")
    pixels = np.argwhere((values == around) & (values > floor))
    return pixels[np.argsort(-values[tuple(pixels.T)], kind="stable")]


def _apart(pixels: np.ndarray, distance: float) -> np.ndarray:
    """Those of sorted pixels with no earlier one closer than `distance`."""
    kept = np.ones(len(pixels), bool)
    for number, pixel in enumerate(pixels):
        if kept[number]:
            later = pixels[number + 1 :]
            kept[number + 1 :] &= np.square(later - pixel).sum(axis=1) >= distance**2
    return pixels[kept]


def _deviation(image: np.ndarray, template: Template, place: np.ndarray) -> float:
    """Standard deviation of the correlation at a place where the image counts electrons, one being its least."""
    first, end = np.floor(place).astype(int) - template.reach, np.ceil(place).astype(int) + template.reach + 1
    corner, inside = np.maximum(first, 0), np.minimum(end, image.shape)
    patch = image[corner[0] : inside[0], corner[1] : inside[1]]
    squares = np.square(template.sampled(place - corner, patch.shape))
    # without any count, one electron in a bright pixel is the least that noise could have been
    variance = max(np.sum(np.abs(patch) * squares), 1e-300)
    if (corner > first).any() or (inside < end).any():  # cut off by the edge, and the correlation is multiplied for it
        whole = np.square(template.sampled(place - first, end - first)).sum()
        variance *= whole / max(squares.sum(), _LEAST * whole)
    return float(np.sqrt(variance))
