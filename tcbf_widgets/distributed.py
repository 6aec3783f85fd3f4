"""The same stages on LiberTEM: in this process, in several, or on a cluster.

LiberTEM is optional. Without it this module is imported all the same, and its functions say how to get it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ._checks import require
from .aberrations import FittedOptics
from .bright_field import BrightFieldStack
from .contexts import available, context, require_package
from .descan import Descan, windows
from .features import FeatureVectors, checked_places, counting_noise, mask_matrix
from .fourdstem import FourDSTEM
from .frame_maps import FrameMaps
from .parallax_image import ParallaxImage
from .peaks import Peaks
from .templates import Template
from .upsampling import checked_factor

__all__ = ["available", "bright_field_stack", "context", "feature_vectors", "map_frames", "parallax_image"]


def map_frames(data, context, descan: Descan | None = None, *, progress: bool = False) -> FrameMaps:
    """Sum of logarithms, mean and standard deviation of all frames; see `tcbf.map_frames`.

    Parameters
    ----------
    data : FourDSTEM, or a data set of LiberTEM with two scan and two detector axes. Files are read by the workers
        themselves, whatever `tcbf.open` opened; arrays in memory are sent to them in pieces
    context : from `context`, or any ``libertem.api.Context``
    descan : correct it, from `measure_descan`
    progress : show a progress bar

    Returns
    -------
    FrameMaps
    """
    corners, window = _checked(data, context, descan)
    from .frame_source import dataset
    from .frame_udfs import MapsUDF

    udf = MapsUDF(window=window, corner=MapsUDF.per_frame(corners))
    done = context.run_udf(dataset(data, context), udf, progress=progress)
    number = int(done["frames"].data[0])
    return FrameMaps(done["log_sum"].data, done["mean"].data, np.sqrt(done["squares"].data / number), number)


def feature_vectors(
    data,
    peaks: Peaks | np.ndarray,
    template: Template,
    context,
    descan: Descan | None = None,
    *,
    progress: bool = False,
) -> FeatureVectors:
    """Apply a stack of templates, one at each place, to every frame; see `tcbf.feature_vectors`.

    Parameters
    ----------
    data, context, descan, progress : as in `map_frames`
    peaks : from `find_peaks`, or (n, 2) pixels (y, x) of the corrected frames
    template : of the probe, from `bullseye_template` and its kin

    Returns
    -------
    FeatureVectors
    """
    corners, window = _checked(data, context, descan)
    positions = checked_places(peaks, window)
    masks = mask_matrix(positions, template, window)
    from .frame_source import dataset
    from .frame_udfs import MasksUDF

    udf = MasksUDF(window=window, corner=MasksUDF.per_frame(corners), masks=masks.T.tocsr())
    done = context.run_udf(dataset(data, context), udf, progress=progress)
    mean = done["total"].data.ravel() / np.prod(corners.shape[:2])
    return FeatureVectors(done["features"].data, counting_noise(mean, masks), positions)


def bright_field_stack(
    data: FourDSTEM,
    context,
    threshold: float = 0.5,
    *,
    descan: Descan | None = None,
    rim: int | None = None,
    memory: float | None = None,
    progress: bool = False,
) -> BrightFieldStack:
    """Collect the virtual image of every pixel of the bright-field disk; see `tcbf.bright_field_stack`.

    Parameters
    ----------
    data : FourDSTEM. A few rows are read here, for a first idea of where the disk is; the workers read all of it
    context : as in `map_frames`
    threshold, descan, rim, progress : as in `tcbf.bright_field_stack`
    memory : bytes for the images here, and the counts they are made of; a quarter of the machine's if None

    Returns
    -------
    BrightFieldStack
    """
    _checked(data, context, descan, only_scans=True)
    from .distributed_stack import stack_on

    return stack_on(context, data, threshold, descan, rim, memory, progress)


def parallax_image(
    data: FourDSTEM,
    fit: FittedOptics,
    context,
    upsampling: int = 1,
    *,
    descan: Descan | None = None,
    phase_flip: bool = False,
    on_partial: Callable | None = None,
    progress: bool = False,
) -> ParallaxImage:
    """Tilt-corrected image straight from the frames, without a stack, by libertem-parallax with fitted aberrations.

    Each count of the disk, less the mean of its frame, is added where its pixel's shift puts it. Other than
    `tcbf.upsample` it moves by whole pixels of the upsampled grid, all pixels count alike, the borders wrap around,
    frequencies at Nyquist's are removed where ``upsampling`` exceeds 1, and each frame counts as if it had the mean
    brightness. Pixels, defects and shifts are those of the fit, with all its aberrations; the disk may lie anywhere.

    Parameters
    ----------
    data : the scan that the fit is of
    fit : from `tcbf.fit_aberrations` or `tcbf.refine_aberrations`
    context : as in `map_frames`
    upsampling : pixels of the image per scan step; more than there are samples for are noisy
    descan : that with which the stack was collected
    phase_flip : turn over frequencies that the lens shows inverted, sin χ < 0. `tcbf.correct_contrast` knows the
        aperture, too
    on_partial : called with an image of what has been read, again and again; the last one is whole. That may be the
        ``add`` of a `tcbf.widgets.LiveImage`
    progress : show a progress bar

    Returns
    -------
    ParallaxImage, relative to the mean of the scan; `numpy.asarray` gives its values

    Raises
    ------
    ImportError without libertem-parallax
    ValueError if the scan is not that of the fit
    """
    _, window = _checked(data, context, descan, only_scans=True)
    require("fit", fit, FittedOptics, "from tcbf.fit_aberrations(alignment) or tcbf.refine_aberrations(stack)")
    upsampling = checked_factor(upsampling, "upsampling")
    if on_partial is not None and not callable(on_partial):
        raise TypeError(f"on_partial must be a function of an image, got {type(on_partial).__name__}")
    _check_same_scan(data, fit.stack, window)
    require_package("libertem_parallax")
    from .distributed_parallax import parallax_on
    from .distributed_stack import windows_of

    windows = windows_of(data, descan)
    return parallax_on(context, data, fit, windows, upsampling, phase_flip, on_partial, progress)


def _check_same_scan(data: FourDSTEM, stack: BrightFieldStack, window: tuple[int, int]) -> None:
    expected, found = (*stack.scan_shape, *stack.disk.mask.shape), (*data.scan_shape, *window)
    if found != expected:
        raise ValueError(
            f"data must be the scan that fit is of: its frames and positions are {found}, those of the fit {expected}; "
            "give the descan of its stack, too, and the same tcbf.bin_detector"
        )


def _checked(data, context, descan, only_scans: bool = False) -> tuple[np.ndarray, tuple[int, int]]:
    """First pixels (scan_y, scan_x, 2) and shape of the windows through which frames are read; bad arguments raise."""
    require_package("libertem")
    from libertem.api import Context, DataSet

    require("context", context, Context, "from tcbf.distributed.context()")
    if isinstance(data, DataSet) and not only_scans:
        scan_shape, detector_shape = tuple(data.shape.nav), tuple(data.shape.sig)
        if len(scan_shape) != 2 or len(detector_shape) != 2:
            raise ValueError(f"data must have two scan and two detector axes, got {scan_shape} and {detector_shape}")
    else:
        others = "" if only_scans else ", or a DataSet of LiberTEM"
        require("data", data, FourDSTEM, f"from tcbf.open or tcbf.crystallite_scan().data{others}")
        scan_shape, detector_shape = data.scan_shape, data.detector_shape
    return windows(descan, scan_shape, detector_shape)
