"""A recorded scan as ptychography needs it: patterns, windows of an object, and the probe that the fit says it had.

The object lies on a grid along the detector's axes, whose pixels are one over the width of the patterns, and so the
scan's rows run across it at the angle between scan and detector. A window reaches as far as one over a detector pixel:
the probe must fit into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.fft
import scipy.ndimage

from ._checks import positive_integer, require
from .aberrations import FittedOptics
from .fourdstem import FourDSTEM
from .geometry import detector_to_scan, frequency_grid
from .multislice import propagator
from .optics import aperture
from .ptychography import Diffraction
from .simulate import scan_positions
from .upsampling import checked_factor
from .windows import check_probe_fits

_ROOM = 1.15  # width of the patterns over that of the disk: what is scattered beyond its rim holds the finest detail
_SPLINE = 3
_REMEDY = (
    ", one over reciprocal_sampling: ptychography needs a detector of finer pixels for this defocus, or less defocus"
)


@dataclass(frozen=True)
class ScanGrid:
    """Where the positions of a scan lie along the axes of the detector.

    shape, sampling : positions and Å between them, (y, x) of the scan
    rotation_deg, transpose : from detector to scan axes (see `geometry`)
    corner : (y, x) pixels from the middle of the scan to the middle of the first window
    """

    shape: tuple[int, int]
    sampling: tuple[float, float]
    rotation_deg: float
    transpose: bool
    corner: tuple[float, float] = (0.0, 0.0)

    def positions(self, factor: int = 1) -> np.ndarray:
        """(factor · ny, factor · nx, 2) Å along detector axes from the middle of the scan, ``factor`` points a step."""
        shape, steps = tuple(factor * n for n in self.shape), tuple(step / factor for step in self.sampling)
        return scan_positions(shape, steps, self.rotation_deg, self.transpose)


@dataclass(frozen=True, eq=False)
class ScanDiffraction:
    """Patterns of a scan and the probe behind them, for `reconstruct`.

    data : Diffraction, along detector axes; patterns sum to 1 on average
    probe : (wy, wx) complex64 of unit intensity, its middle at pixel (wy // 2, wx // 2), in the plane to which the
        aberrations refer: that of the specimen, or the middle of a thick one
    sampling : (y, x) Å per pixel of object and probe
    energy : eV
    scan : where the scan lies in the object
    """

    data: Diffraction
    probe: np.ndarray
    sampling: tuple[float, float]
    energy: float
    scan: ScanGrid

    def __repr__(self) -> str:
        (wy, wx), (ny, nx), (sy, sx) = self.data.window, self.data.object_shape, self.sampling
        return (
            f"ScanDiffraction({len(self.data.positions)} patterns of {wy} x {wx} pixels, "
            f"object of {ny} x {nx} pixels of {sy:.3g} x {sx:.3g} Å)"
        )

    def propagator(self, distance: float) -> np.ndarray:
        """Free propagation by ``distance`` Å down the beam, (wy, wx): from one slice to the next, for `reconstruct`."""
        return propagator(self.data.window, self.sampling, self.energy, distance)

    def probe_at(self, distance: float) -> np.ndarray:
        """Return the probe ``distance`` Å further down the beam, as ``probe``; negative above.

        `reconstruct` wants it where the first slice is, above the middle. So for three slices, d apart, it is called
        with ``ready.probe_at(-d)``, ``slices=3`` and ``propagator=ready.propagator(d)``.
        """
        spectrum = scipy.fft.fft2(self.probe) * self.propagator(distance)
        return scipy.fft.ifft2(spectrum).astype(self.probe.dtype)

    def on_scan(self, slices, factor: int = 4) -> np.ndarray:
        """Phase of a reconstructed object on the grid of `upsample`, along the scan.

        Parameters
        ----------
        slices : (ny, nx) or (slices, ny, nx) complex, the phases of several are added up
        factor : pixels per scan step, 1 to 8

        Returns
        -------
        (factor · scan_y, factor · scan_x) rad, its mean being 0, without frequencies beyond the Nyquist frequency of
        this grid
        """
        factor, slices = checked_factor(factor), np.asarray(slices)
        slices = slices[None] if slices.ndim == 2 else slices
        if slices.ndim != 3 or slices.shape[1:] != self.data.object_shape:
            raise ValueError(f"slices must have the shape of the object, {self.data.object_shape}, got {slices.shape}")
        # around the mean no phase of a thin specimen jumps by 2π
        phase = sum(np.angle(layer * np.conj(layer.sum())) for layer in slices)
        q = np.linalg.norm(frequency_grid(phase.shape, self.sampling), axis=-1)
        # finer detail would fold back onto coarser
        phase = scipy.fft.ifft2(scipy.fft.fft2(phase) * (q < 0.5 * factor / max(self.scan.sampling))).real
        pixels = self.scan.positions(factor) / self.sampling - self.scan.corner + np.array(self.data.window) // 2
        values = scipy.ndimage.map_coordinates(phase, np.moveaxis(pixels, -1, 0), order=_SPLINE, mode="nearest")
        return values - values.mean()


def diffraction_of_scan(data: FourDSTEM, fit: FittedOptics, crop: int | None = None) -> ScanDiffraction:
    """Prepare a scan for `reconstruct`.

    The probe's amplitude is the root of the mean pattern, within the disk and its rim: this is what the detector makes
    of the aperture. Its phase is -χ at the frequencies of the pixels, counted from the middle of the disk, which is
    seldom that of a pixel; so patterns are taken as they are. Probe positions are rounded to whole pixels.

    Parameters
    ----------
    data : the scan
    fit : aberrations and orientation, from `refine_aberrations` or `fit_aberrations` of this scan's stack
    crop : detector pixels along an axis that are used, around the disk; pixels of the object are as much coarser as
        this is less. By default a seventh more than the disk's diameter

    Returns
    -------
    ScanDiffraction

    Raises
    ------
    ValueError if crop cuts the disk or exceeds the detector, or if the probe is wider than a window

    >>> import tcbf_widgets as tcbf
    >>> scan = tcbf.demo.apoferritin()
    >>> ready = diffraction_of_scan(scan, tcbf.fit_aberrations(tcbf.align(tcbf.bright_field_stack(scan))))
    >>> ready.data.window, ready.data.positions.shape
    ((60, 60), (1152, 2))
    """
    require("data", data, FourDSTEM, "from tcbf.open(path) or tcbf.FourDSTEM(array, ...)")
    require("fit", fit, FittedOptics, "from tcbf.fit_aberrations(alignment) or tcbf.refine_aberrations(stack)")
    if fit.stack.scan_shape != tuple(data.scan_shape):
        raise ValueError(f"fit is of a scan of {fit.stack.scan_shape} positions, data has {tuple(data.scan_shape)}")
    first, size = _cropped(data, fit, crop)
    extent = 1 / np.array(data.reciprocal_sampling)
    check_probe_fits(2 * np.linalg.norm(fit.shifts, axis=-1).max(), extent.min(), _REMEDY)
    rows, columns = (slice(at, at + size) for at in first)
    patterns = np.asarray(data.array[:, :, rows, columns], np.float32).reshape(-1, size, size)
    patterns = np.fft.ifftshift(patterns, axes=(-2, -1)) / patterns.sum(axis=(1, 2)).mean()
    sampling = tuple((extent / size).tolist())
    scan = ScanGrid(tuple(data.scan_shape), data.scan_sampling, fit.rotation_deg, fit.transpose)
    exact = scan.positions().reshape(-1, 2) / sampling
    corner = exact.min(axis=0)
    whole = np.rint(exact - corner).astype(int)
    shape = tuple((whole.max(axis=0) + size).tolist())
    probe, scan = _probe(data, fit, first, size), replace(scan, corner=tuple(corner.tolist()))
    return ScanDiffraction(Diffraction(patterns, whole, shape), probe, sampling, float(data.energy), scan)


def _cropped(data: FourDSTEM, fit: FittedOptics, crop) -> tuple[np.ndarray, int]:
    """First detector pixel (y, x) and number of pixels of the patterns; the middle of the disk is pixel size // 2."""
    disk = fit.stack.disk
    if crop is None:
        most = min(data.detector_shape)
        size = min(2 * scipy.fft.next_fast_len(int(np.ceil(_ROOM * disk.radius))), most - most % 2)
    else:
        size = positive_integer("crop", crop)
    first = np.rint(disk.center).astype(int) - size // 2
    first = np.clip(first, 0, np.maximum(np.array(data.detector_shape) - size, 0))
    outside = np.argwhere(disk.mask) - first
    if (outside < 0).any() or (outside >= size).any() or (first + size > data.detector_shape).any():
        raise ValueError(
            f"crop must hold the disk, {int(np.ceil(2 * disk.radius))} pixels wide around pixel "
            f"{tuple(round(c) for c in disk.center)}, and lie on the detector {tuple(data.detector_shape)}; got {size}"
        )
    return first, size


def _probe(data: FourDSTEM, fit: FittedOptics, first: np.ndarray, size: int) -> np.ndarray:
    """Probe (size, size), in the middle of its window."""
    disk, steps = fit.stack.disk, np.array(data.reciprocal_sampling)
    index = np.rint(np.fft.fftfreq(size, 1 / size)).astype(int)
    pixels = np.stack(np.meshgrid(*(index + size // 2 + at for at in first), indexing="ij"), axis=-1)
    k = (pixels - disk.center) * steps
    # the rim is a pixel wide, and what lies further out was scattered there
    near = aperture(k, fit.semiangle, fit.energy, edge=float(2 * steps.mean())) > 0
    chi = fit.aberrations.chi(detector_to_scan(k, fit.rotation_deg, fit.transpose), fit.energy)
    spectrum = np.sqrt(disk.mean_pattern[pixels[..., 0], pixels[..., 1]] * near) * np.exp(-1j * chi)
    to_middle = np.exp(-2j * np.pi * index * (size // 2) / size)
    probe = scipy.fft.ifft2(spectrum * np.multiply.outer(to_middle, to_middle), norm="ortho")
    return (probe / np.linalg.norm(probe)).astype(np.complex64)
