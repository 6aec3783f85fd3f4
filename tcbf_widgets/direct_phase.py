"""Direct ptychography: the phase of a thin specimen from all virtual images at once, in one linear step.

For a weak phase φ the image of the bright-field pixel k is F_k(q) = i φ(q) Γ(q, k), see `transfer`. So each frequency
is measured as often as there are pixels, and the most probable value is the weighted mean

    φ(q) = Σ_k n_k (iΓ(q, k))* F_k(q) / (Σ_k n_k |Γ(q, k)|² + 1/S(q)),

n_k being the counts of the pixel, one over which is the power of its noise, and S the power that the phase is expected
to have. Summing displaced images (tcBF) is the same sum with iΓ replaced by 2 sin χ(q) times a displacement: right for
a quadratic χ where both sidebands pass the aperture, wrong where only one does (`direct_transfer`).

Two things make it more than this mean. The scan is coarse: frequencies of the specimen beyond its Nyquist frequency
fold back onto others in each image, and come apart only by their different Γ. And the specimen goes on beyond the
border of the scan. Both are a part of the linear model that `likelihood` inverts; it is the very same here, at the
aberrations that were found.

References: Rodenburg, McCallum, Nellist, Ultramicroscopy 48 (1993) 304, doi:10.1016/0304-3991(93)90105-7; Yang, Ercius,
Nellist, Ophus, Ultramicroscopy 171 (2016) 117, doi:10.1016/j.ultramic.2016.09.002; Ooe, Seki, Ikuhara, Shibata,
Ultramicroscopy 220 (2021) 113133, doi:10.1016/j.ultramic.2020.113133, for weights that leave the least noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from tqdm.auto import tqdm

from ._checks import positive_number, require
from .aberrations import FittedOptics
from .alignment import smallest_scan
from .bright_field import BrightFieldStack
from .contrast import SpectralSNR
from .group_transfer import GroupTransfer, PixelGroups
from .lens import Lens
from .likelihood import most_probable_specimen, ring_numbers, signal_to_noise
from .patch import Patch
from .steadying import steadied
from .upsampling import checked_factor, checked_subset

_ITERATIONS = 4  # more change little: with noise nothing that is true, without it some percent of what the border hides
_LARGEST_PART = 48  # scan positions along an axis in work at once; a larger scan is divided
_MOST_BYTES = 2**30  # of the transfer of all pixels; beyond, neighbouring pixels are summed
_HOW_TO_FIT = "from tcbf.fit_aberrations(alignment) or tcbf.refine_aberrations(stack), or a Lens"


@dataclass(frozen=True, eq=False)
class DirectPhase:
    """A phase from `direct_ptychography`, on the grid that `upsample` has.

    values : (factor · scan_y, factor · scan_x) float32, rad; its mean is 0, for a constant phase leaves no trace.
        `numpy.asarray` gives these
    sampling : (y, x) Å per pixel
    factor : pixels per scan step
    snr : signal-to-noise ratio; ``snr.full`` is that of an image of full transfer, and so the one that
        `correct_contrast` takes, ``snr.measured`` that of direct ptychography itself
    """

    values: np.ndarray
    sampling: tuple[float, float]
    factor: int
    snr: SpectralSNR

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype, copy=True if copy else None)

    def __repr__(self) -> str:
        (ny, nx), (sy, sx) = self.shape, self.sampling
        return f"DirectPhase({ny} x {nx} pixels of {sy:.3g} x {sx:.3g} Å, {self.factor} per scan step)"

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return self.values.shape


def direct_ptychography(
    stack: BrightFieldStack, fit, factor: int = 4, snr=None, subset=None, *, progress: bool = False
) -> DirectPhase:
    """Phase of a weak specimen from all virtual images, each frequency with the weight that each pixel deserves.

    Frequencies up to the Nyquist frequency of the finer grid are sought, or up to 2α/λ where that is less. What noise
    leaves nothing of, is left out. Scans of more than 48 positions along an axis are worked on in overlapping parts.

    Parameters
    ----------
    stack : virtual images
    fit : aberrations and orientation: from `refine_aberrations` or `fit_aberrations`, or a `lens.Lens`
    factor : pixels per scan step, 1 to 8
    snr : power of 2φ over that of the noise in the mean of all images: `SpectralSNR`, or one number for all
        frequencies; by default measured from the images themselves
    subset : (n,) bool, the images to use (`resolution.half_sets`); all by default
    progress : show a progress bar

    Returns
    -------
    DirectPhase

    Raises
    ------
    ValueError if the scan is smaller than 8 x 8 positions, factor is no integer from 1 to 8, or subset has not one
        bool for each image

    >>> import tcbf_widgets as tcbf
    >>> stack = tcbf.bright_field_stack(tcbf.demo.apoferritin())
    >>> fit = tcbf.fit_aberrations(tcbf.align(stack))
    >>> direct_ptychography(stack, fit, factor=2)
    DirectPhase(48 x 96 pixels of 5 x 5 Å, 2 per scan step)
    """
    require("stack", stack, BrightFieldStack, "from tcbf.bright_field_stack(data)")
    lens = fit if isinstance(fit, Lens) else require("fit", fit, FittedOptics, _HOW_TO_FIT).lens
    factor, chosen = checked_factor(factor), checked_subset(stack, subset)
    smallest_scan(stack)
    if snr is not None and not isinstance(snr, SpectralSNR):
        snr = positive_number("snr", snr, "the ratio of powers at full transfer, or a SpectralSNR")
    return _Inversion(_chosen(steadied(stack), chosen), lens, factor, stack.noise_variance).result(snr, progress)


def _chosen(stack: BrightFieldStack, chosen: np.ndarray) -> BrightFieldStack:
    """The stack with some of its images."""
    pixels, counts = stack.pixels[chosen], stack.mean_counts[chosen]
    return replace(stack, images=stack.images[chosen], mean_counts=counts, pixels=pixels)


class _Inversion:
    """The linear model of all parts of a scan, which are of one size and so share frequencies and transfer."""

    def __init__(self, stack: BrightFieldStack, lens: Lens, factor: int, variance: float):
        steps = np.array(stack.scan_sampling)
        margin = np.ceil(np.abs(lens.shifts(stack.k, stack.energy)).max(axis=0) / steps).astype(int) + 1
        self.margin = np.minimum(margin, stack.scan_shape)
        self.stack, self.lens, self.factor = stack, lens, factor
        self.size = np.minimum(stack.scan_shape, np.maximum(_LARGEST_PART, 4 * self.margin))
        limit = min(0.5 * factor / max(steps), 2 * stack.rim)
        frequencies = np.pi / 2 * limit**2 * np.prod((self.size + 2 * self.margin) * steps)
        binning = np.ceil(np.sqrt(frequencies * len(stack) * np.dtype(np.complex64).itemsize / _MOST_BYTES))
        self.groups = PixelGroups(stack, int(binning), variance)
        images = self.groups.images(stack)
        self.corners = [(y, x) for y in self._corners(0) for x in self._corners(1)]
        parts = [images[y : y + self.size[0], x : x + self.size[1]] for y, x in self.corners]
        self.patches = [Patch(part, steps, self.margin, limit) for part in parts]

    @cached_property
    def transfer(self) -> GroupTransfer:
        """How all groups of pixels see each frequency."""
        return self.groups.transfer(self.patches[0].q, self.lens, keep_sidebands=False)

    def _corners(self, axis: int) -> list[int]:
        """First positions of the parts along an axis: evenly spread, two margins of overlap at least."""
        length, size, overlap = self.stack.scan_shape[axis], self.size[axis], 2 * self.margin[axis]
        count = 1 if length == size else int(np.ceil((length - overlap) / (size - overlap)))
        return np.linspace(0, length - size, count).round().astype(int).tolist()

    def result(self, snr, progress: bool) -> DirectPhase:
        """The phase, with ``snr`` and ``progress`` as in `direct_ptychography`."""
        # the transfer takes about as long as an iteration
        with tqdm(desc="direct", total=1 + len(self.patches) * _ITERATIONS, disable=not progress) as bar:
            projections = [patch.project(self.transfer.direction) for patch in self.patches]
            bar.update()
            ratio = self._ratio(projections, snr)
            both = zip(self.patches, projections, strict=True)
            parts = [self._part(patch, projection, ratio, bar) for patch, projection in both]
        return self._joined(parts, ratio)

    def _part(self, patch: Patch, projection: np.ndarray, ratio: np.ndarray, bar) -> np.ndarray:
        """Phase of one part of the scan."""
        start = np.zeros_like(projection)
        found = most_probable_specimen(patch, self.transfer, ratio, projection, start, _ITERATIONS, bar.update)
        spectrum = found / np.maximum(self.transfer.length, 1e-20)
        return _phase_on_grid(patch, spectrum, self.stack.scan_sampling, self.factor)

    def _joined(self, parts: list[np.ndarray], ratio: np.ndarray) -> DirectPhase:
        """The parts in one image, one fading into the other."""
        shape = tuple(self.factor * n for n in self.stack.scan_shape)
        total, weights = np.zeros(shape), np.zeros(shape)
        fade = np.multiply.outer(*(_fade(self.factor * n) for n in self.size))
        for (y, x), part in zip(self.corners, parts, strict=True):
            place = tuple(slice(self.factor * a, self.factor * a + n) for a, n in zip((y, x), part.shape, strict=True))
            total[place] += fade * part
            weights[place] += fade
        values = total / weights
        sampling = tuple(step / self.factor for step in self.stack.scan_sampling)
        return DirectPhase((values - values.mean()).astype(np.float32), sampling, self.factor, self._rings(ratio))

    def _full(self) -> np.ndarray:
        """(len(q),) share of the squared transfer D² of each frequency, 1 where all pixels show 2φ."""
        return self.transfer.length**2 / (4 * self.groups.counts.sum())

    def _ratio(self, projections: list, snr) -> np.ndarray:
        """(len(q),) signal-to-noise ratio of each frequency, measured unless it is given."""
        patch = self.patches[0]
        if snr is None:
            return signal_to_noise(patch, self.transfer, np.sqrt(np.mean(np.abs(projections) ** 2, axis=0)))
        full = snr.at(patch.q) if isinstance(snr, SpectralSNR) else snr
        return np.maximum(full * self._full(), 1e-9)

    def _rings(self, ratio: np.ndarray) -> SpectralSNR:
        """The signal-to-noise ratio, averaged over rings."""
        length, ring = np.linalg.norm(self.patches[0].q, axis=1), ring_numbers(self.patches[0].q)
        q, measured, full = (np.bincount(ring, values) for values in (length, ratio, self._full()))
        counts = np.bincount(ring)
        there = counts > 0
        q, measured, full = (values[there] / counts[there] for values in (q, measured, full))
        return SpectralSNR(q, measured / np.maximum(full, 1e-20), measured)


def _phase_on_grid(patch: Patch, spectrum: np.ndarray, steps, factor: int) -> np.ndarray:
    """Phase (factor · ny, factor · nx) of Fourier components (len(q),) of the frame, at the centres of fine pixels."""
    rows, row = np.unique(patch.q[:, 0], return_inverse=True)
    columns, column = np.unique(patch.q[:, 1], return_inverse=True)
    plane = np.zeros((len(rows), len(columns)), complex)
    plane[row, column] = spectrum
    y, x = (((np.arange(factor * n) + 0.5) / factor - 0.5) * step for n, step in zip(patch.size, steps, strict=True))
    waves_y, waves_x = np.exp(2j * np.pi * np.outer(y, rows)), np.exp(2j * np.pi * np.outer(columns, x))
    return 2 * (waves_y @ plane @ waves_x).real / patch.frame_positions


def _fade(length: int) -> np.ndarray:
    """Weight (length,) of a part's pixels, least at its ends, where fewer images show the specimen."""
    inward = np.arange(length) + 0.5
    return np.minimum(inward, length - inward)
