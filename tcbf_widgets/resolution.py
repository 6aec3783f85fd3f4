"""How far an image can be trusted: what two halves of the bright-field disk have in common, frequency by frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft

from ._checks import finite_number, non_negative_integer, positive_pair, require
from .bright_field import BrightFieldStack, edge_profile
from .rings import Rings

_EDGE = 8  # the images fade out over this part of their shorter side


@dataclass(frozen=True, eq=False)
class RingCorrelation:
    """Correlation of two images on rings of equal spatial frequency.

    q : (rings,) mean frequency of each ring, 1/Å
    values : (rings,) correlation, -1 to 1; 0 where an image has no power
    counts : (rings,) frequencies in each ring. Two of them, q and -q, tell the same; images that share nothing scatter
        about 0 by 1/√counts, a little more for the faded edge
    """

    q: np.ndarray
    values: np.ndarray
    counts: np.ndarray

    def crossing(self, threshold: float = 1 / 7, last: bool = False) -> float | None:
        """Frequency in 1/Å at which the correlation falls below a threshold, linear between rings.

        Parameters
        ----------
        threshold : 1/7 for half-sets: there the mean of both correlates 1/2 with the truth (`against_truth`)
        last : the last crossing, beyond which the correlation stays below, instead of the first. Where contrast
            transfer passes through zero, the correlation falls and comes back

        Returns
        -------
        1/Å; None if the correlation never falls below the threshold, or never reaches it

        Reference for 1/7: Rosenthal, Henderson, J. Mol. Biol. 333 (2003) 721, doi:10.1016/j.jmb.2003.07.013.

        >>> q, values, counts = np.array([[0.01, 0.02, 0.03], [0.9, 0.5, 0.1], [8, 14, 20]])
        >>> round(RingCorrelation(q, values, counts).crossing(0.2), 4)
        0.0275
        """
        threshold = finite_number("threshold", threshold)
        if not -1 < threshold < 1:
            raise ValueError(f"threshold must lie between -1 and 1, got {threshold}")
        falls = np.flatnonzero((self.values[:-1] >= threshold) & (self.values[1:] < threshold))
        if not len(falls) or (last and self.values[-1] >= threshold):
            return None
        i = falls[-1 if last else 0]
        part = (self.values[i] - threshold) / (self.values[i] - self.values[i + 1])
        return float(self.q[i] + part * (self.q[i + 1] - self.q[i]))

    @property
    def agreed(self) -> float | None:
        """Frequency in 1/Å up to which half-sets agree: the last crossing of 1/7; None if they do not at all."""
        crossing = self.crossing(last=True)
        if crossing is None and len(self.values) and self.values[-1] >= 1 / 7:
            return float(self.q[-1])
        return crossing

    @property
    def agrees_to_the_end(self) -> bool:
        """Whether half-sets agree up to the last ring: what ends there are the pixels, not the agreement."""
        agreed = self.agreed
        return agreed is not None and agreed >= float(self.q[-2:][0])

    @property
    def against_truth(self) -> np.ndarray:
        """(rings,) expected correlation of the mean of two half-sets with the noiseless image, √(2c/(1+c))."""
        correlation = np.clip(self.values, 0, 1)
        return np.sqrt(2 * correlation / (1 + correlation))

    @property
    def snr(self) -> np.ndarray:
        """(rings,) power of the signal over that of the noise in the mean of two half-sets, 2c/(1-c); 0 for c < 0."""
        correlation = np.clip(self.values, 0, 1 - 1e-9)
        return 2 * correlation / (1 - correlation)


def half_sets(stack: BrightFieldStack) -> tuple[np.ndarray, np.ndarray]:
    """Divide the virtual images into two halves like the colours of a checkerboard over the detector.

    Both see the specimen through the whole disk, and where each electron is counted by one pixel only, their noise is
    independent. A detector that shares an electron among neighbours correlates the noise of the halves, and they agree
    on nothing at all: bin its pixels before.

    Returns
    -------
    two (n,) bool masks, for `upsampling.upsample`

    >>> import tcbf_widgets as tcbf
    >>> first, second = half_sets(tcbf.bright_field_stack(tcbf.demo.apoferritin()))
    >>> int(first.sum()), int(second.sum())
    (1061, 1057)
    """
    require("stack", stack, BrightFieldStack, "from tcbf.bright_field_stack(data)")
    first = stack.pixels.sum(axis=1) % 2 == 0
    if first.all() or not first.any():
        raise ValueError(f"stack cannot be halved: its {len(stack)} image(s) are all of one colour of the checkerboard")
    return first, ~first


def fourier_ring_correlation(first, second, sampling=None, edge: int | None = None) -> RingCorrelation:
    """Correlate two images on rings of equal spatial frequency.

    With the Fourier transforms F and G, Σ Re(F G*) / √(Σ|F|² Σ|G|²), each sum over one ring. Rings are as wide as the
    coarser of the two frequency steps, and end where the lower of the two Nyquist frequencies does. The images first
    lose their mean and fade out at their borders, which otherwise would be sharp edges that both images share.
    Correlate images before they are smoothed: where smoothing leaves next to nothing, the little that both keep of
    their coarse detail is shared, and the correlation rises again.

    Parameters
    ----------
    first, second : (ny, nx) images of one shape, as arrays, `UpsampledImage` or `DirectPhase`
    sampling : Å per pixel, one number or (y, x); by default that of the first image that knows its own
    edge : pixels over which the images fade out, an eighth of the shorter side by default

    Returns
    -------
    RingCorrelation

    Reference: Saxton, Baumeister, J. Microsc. 127 (1982) 127, doi:10.1111/j.1365-2818.1982.tb00405.x.

    >>> image = np.random.default_rng(0).normal(size=(32, 48))
    >>> fourier_ring_correlation(image, 3 * image + 7, sampling=2.0).values[:3]
    array([1., 1., 1.])
    """
    if sampling is None:
        own = [getattr(image, "sampling", None) for image in (first, second)]
        sampling = next((found for found in own if found is not None), None)
    sampling = positive_pair("sampling", sampling, "in Å per pixel")
    first, second = _checked_image("first", first), _checked_image("second", second)
    if first.shape != second.shape:
        raise ValueError(f"first and second must have one shape, got {first.shape} and {second.shape}")
    shape = first.shape
    edge = min(shape) // _EDGE if edge is None else non_negative_integer("edge", edge)
    if edge > min(shape) // 2:
        raise ValueError(f"edge must be at most {min(shape) // 2}, half of the shorter side, got {edge}")
    one, other = (_tapered_spectrum(image, edge) for image in (first, second))
    rings = Rings(shape, sampling)
    return RingCorrelation(rings.q, rings.correlation(one, other), rings.counts)


def _checked_image(name: str, image) -> np.ndarray:
    image = np.asarray(image, float)
    if image.ndim != 2 or min(image.shape) < 2:
        raise ValueError(f"{name} must be an image of at least 2 x 2 pixels, got shape {image.shape}")
    if not np.isfinite(image).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return image


def _tapered_spectrum(image: np.ndarray, edge: int) -> np.ndarray:
    window = np.outer(*(edge_profile(n, edge) for n in image.shape))
    deviation = image - np.average(image, weights=window)
    return scipy.fft.fft2(deviation * window)
