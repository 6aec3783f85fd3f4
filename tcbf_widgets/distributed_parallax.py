"""Tilt-corrected images by the functions of libertem-parallax, with aberrations fitted here. Needs both of them.

G. Varnavides et al. (2023), doi:10.48550/arXiv.2309.05250; github.com/LiberTEM/LiberTEM-parallax.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from libertem_parallax import ParallaxUDF

from .aberrations import FittedOptics
from .bright_field import BrightFieldStack
from .fourdstem import FourDSTEM
from .frame_source import Windows, dataset
from .geometry import frequency_grid
from .lens import Lens
from .optics import Aberrations
from .parallax_image import ParallaxImage


def polar_coefficients(aberrations: Aberrations) -> dict[str, float]:
    """Defocus and astigmatism as libertem-parallax has them: Å, and rad from the y axis towards the x axis.

    >>> polar_coefficients(Aberrations(C10=-5000.0, C12x=-300.0))
    {'C10': -5000.0, 'C12': 300.0, 'phi12': 0.0}
    """
    # θ, from x towards y, is π/2 less that angle: cosines of 2θ change their sign, sines do not
    angle = np.arctan2(aberrations.C12y, -aberrations.C12x) / 2
    return {"C10": aberrations.C10, "C12": aberrations.C12, "phi12": float(angle)}


def detector_arguments(lens: Lens) -> dict:
    """How the detector lies, in the arguments of libertem-parallax.

    Its detector is turned counter-clockwise where ours is turned clockwise, both from rows towards columns or back. For
    exchanged axes it reverses the columns of each frame and turns by 90° more.

    >>> detector_arguments(Lens(Aberrations(C10=-5000.0), rotation_deg=-90.0))
    {'rotation_angle': 1.5707963267948966, 'detector_flip_cols': False}
    """
    turn = -np.deg2rad(lens.rotation_deg)
    return {"rotation_angle": float(turn + np.pi / 2 * lens.transpose), "detector_flip_cols": lens.transpose}


def parallax_on(
    context,
    data: FourDSTEM,
    fit: FittedOptics,
    windows: Windows | None,
    upsampling: int,
    phase_flip: bool,
    on_partial: Callable[[ParallaxImage], None] | None,
    progress: bool,
) -> ParallaxImage:
    """The image of `tcbf.distributed.parallax_image`, from the workers of a context."""
    stack, udf = fit.stack, parallax_udf(fit, upsampling)
    frames = dataset(data, context, windows)
    finish = _Finish(fit, upsampling, phase_flip)
    if on_partial is None:
        return finish(context.run_udf(frames, udf, progress=progress), 1.0)
    total, image = np.prod(stack.scan_shape), None
    for part in context.run_udf_iter(frames, udf, progress=progress):
        image = finish(part.buffers[0], np.count_nonzero(part.damage.data) / total)
        on_partial(image)
    return image


def parallax_udf(fit: FittedOptics, upsampling: int) -> ParallaxUDF:
    """The function of libertem-parallax, for the pixels of a stack and moved by all aberrations that were fitted.

    What it works out by itself has defocus and astigmatism only, and needs a round disk in the middle of the detector
    without defects. So it gets our pixels and whole-pixel shifts.
    """
    stack = fit.stack
    udf = ParallaxUDF.from_parameters(
        shape=(*stack.scan_shape, *stack.disk.mask.shape),
        scan_sampling=stack.scan_sampling,
        energy=stack.energy,
        semiangle_cutoff=fit.semiangle,
        reciprocal_sampling=stack.reciprocal_sampling,
        aberration_coefs=polar_coefficients(fit.aberrations),
        upsampling_factor=upsampling,
    )
    own = replace(
        udf.params.preprocessed_geometry,
        bf_flat_inds=np.ravel_multi_index(tuple(stack.pixels.T), stack.disk.mask.shape).astype(np.int32),
        shifts=whole_pixels(stack, fit.shifts, upsampling),
    )
    return ParallaxUDF(preprocessed_geometry=own, detector_flip_cols=False, suppress_Nyquist_noise=True)


def whole_pixels(stack: BrightFieldStack, shifts: np.ndarray, upsampling: int) -> np.ndarray:
    """(n, 2) int32, by how many pixels of the upsampled grid each image is moved back."""
    return np.rint(-shifts / np.array(stack.scan_sampling) * upsampling).astype(np.int32)


class _Finish:
    """Turns sums of counts into images relative to the mean."""

    def __init__(self, fit: FittedOptics, upsampling: int, phase_flip: bool):
        stack = fit.stack
        self._upsampling = upsampling
        self._sampling = tuple(step / upsampling for step in stack.scan_sampling)
        # counts of all pixels that meet at a pixel of the image, on average
        self._counts = float(stack.mean_counts.sum(dtype=float)) / upsampling**2
        self._sign = None
        if phase_flip:
            shape = tuple(upsampling * n for n in stack.scan_shape)
            chi = fit.aberrations.chi(frequency_grid(shape, self._sampling), stack.energy)
            self._sign = np.sign(np.sin(chi))

    def __call__(self, buffers, fraction: float) -> ParallaxImage:
        """The image of what was summed so far."""
        sums = np.array(buffers["reconstruction"].data)
        if self._sign is not None:
            sums = np.fft.ifft2(np.fft.fft2(sums) * self._sign).real
        return ParallaxImage(1 + sums / self._counts, self._sampling, self._upsampling, float(fraction))
