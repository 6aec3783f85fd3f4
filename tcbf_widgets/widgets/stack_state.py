"""What several widgets send of a stack: its calibration, and its images as counts."""

from __future__ import annotations

import numpy as np
import traitlets as t

from .._checks import require
from ..bright_field import BrightFieldStack
from .arrays import Packed, pack

# Values beyond this would make a page heavy and the browser slow; the images of larger scans are binned to it.
MAX_VALUES = 6_000_000
# Binned images that are smaller than this along an axis show nothing any more.
SMALLEST_IMAGE = 8


def require_stack(name: str, value) -> BrightFieldStack:
    """Return ``value`` if it is a stack, else say what is."""
    return require(name, value, BrightFieldStack, "from tcbf.bright_field_stack(data)")


def check_range(widget: t.HasTraits, name: str, value: int, low: int, high: int) -> int:
    """Return ``value`` if it lies in low ... high, else raise an error that says what is accepted."""
    if not low <= value <= high:
        raise t.TraitError(f"{name} is {value}; {type(widget).__name__} here accepts {low} to {high}")
    return value


def check_slider(widget: t.HasTraits, proposal: dict):
    """Return the proposed value of a trait if its slider, in ``meta["ranges"]``, reaches it; else raise."""
    name, value = proposal["trait"].name, proposal["value"]
    ranges = widget.meta.get("ranges")  # not there yet while the widget is made
    return check_range(widget, name, value, *ranges[name]) if ranges else value


def calibration(stack: BrightFieldStack, binning: int = 1) -> dict:
    """Calibration of a stack as plain JSON; ``binning`` is that of the images sent."""
    return {
        "scan_sampling": [binning * step for step in stack.scan_sampling],
        "reciprocal_sampling": list(stack.reciprocal_sampling),
        "wavelength": stack.wavelength,
        "center": list(stack.disk.center),
        "disk_radius": stack.disk.radius,
        "detector_shape": list(stack.disk.mask.shape),
    }


def fitting_binning(count: int, shape, most: int) -> tuple[int, bool]:
    """How many pixels along each axis become one, so that images of a shape hold at most so many values in all.

    Returns
    -------
    The least binning that fits, and True; or the largest one that still leaves an image, and False
    """
    coarsest = max(1, min(shape) // SMALLEST_IMAGE)
    sizes = ((binning, count * (shape[0] // binning) * (shape[1] // binning)) for binning in range(1, coarsest + 1))
    return next(((binning, True) for binning, size in sizes if size <= most), (coarsest, False))


def scan_binning(images: np.ndarray) -> int:
    """How many scan positions are summed along each axis, so that images (n, y, x) fit into a page.

    Raises
    ------
    ValueError : when they do not fit even as the smallest images that still show something
    """
    count, *shape = images.shape
    binning, fits = fitting_binning(count, shape, MAX_VALUES)
    if fits:
        return binning
    raise ValueError(
        f"the stack has {count} images of {shape[0]} x {shape[1]} positions; binned to {shape[0] // binning} x "
        f"{shape[1] // binning} they still hold more than the {MAX_VALUES:,} values that a widget can show: bin the "
        "detector of the data before tcbf.bright_field_stack"
    )


def binned_mean(images: np.ndarray) -> tuple[np.ndarray, int]:
    """Images (n, y, x) at the size that fits into a page, and by how much they are binned for that."""
    binning = scan_binning(images)
    return binned(images, binning) / binning**2, binning


def counted_images(stack: BrightFieldStack) -> tuple[np.ndarray, np.ndarray]:
    """Images as integers (n, y, x) and the mean (n,) float32 by which each is divided again.

    Whole counts up to 255 are sent as they are; anything else as 16 bits of the normalised image.
    """
    binning = scan_binning(stack.images)
    counts = binned(stack.counts, binning)
    whole = np.rint(counts)
    if counts.size and np.abs(counts - whole).max() < 1e-3 and 1 <= whole.max() <= 255:
        return whole.astype(np.uint8), (stack.mean_counts * binning**2).astype(np.float32)
    images = binned(stack.images, binning) / binning**2
    unit = np.float32(65535 / max(float(images.max(initial=0)), 1e-30))
    return np.rint(images * unit).astype(np.uint16), np.full(len(images), unit, np.float32)


def packed_images(stack: BrightFieldStack) -> dict[str, Packed]:
    """Arrays ``counts`` and ``mean_counts``; equal stacks give equal bytes, which a page stores once."""
    counts, means = counted_images(stack)
    return {"counts": pack(counts), "mean_counts": pack(means)}


def binned(images: np.ndarray, binning: int) -> np.ndarray:
    """Sums of binning x binning pixels of images (n, y, x); what is left over at the far edges is cut."""
    if binning == 1:
        return images
    height, width = (n // binning * binning for n in images.shape[1:])
    blocks = images[:, :height, :width].reshape(len(images), height // binning, binning, width // binning, binning)
    return blocks.sum(axis=(2, 4))
