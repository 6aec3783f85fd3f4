"""Groups of pixels, and the arrows of a shift field."""

from __future__ import annotations

import base64

import numpy as np

from tcbf_widgets.alignment import Alignment, AlignmentStep
from tcbf_widgets.bright_field import BrightFieldStack
from tcbf_widgets.disk import BrightFieldDisk
from tcbf_widgets.widgets import ShiftField

from .plain import floats


def grouping_case(rng) -> dict:
    counts = rng.poisson(5, (7, 3, 4)).astype(np.uint8)
    means = counts.mean(axis=(1, 2)).astype(np.float32)
    members = [0, 2, 5]
    image = (counts[members] / means[members, None, None].astype(float)).mean(axis=0)
    pixels = np.argwhere(np.hypot(*np.mgrid[-4:5, -4:5]) < 4.2).astype(np.int16)
    center, spacing = np.array([4.5, 3.75]), 3
    cells = np.floor((pixels - center) / spacing + 0.5).astype(int)
    _, first, labels = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    return {
        "counts": counts.ravel().tolist(),
        "size": 12,
        "means": floats(means),
        "members": members,
        "image": floats(image.astype(np.float32).ravel()),
        "pixels": pixels.ravel().tolist(),
        "center": center.tolist(),
        "spacing": spacing,
        "cell_of": order[labels.ravel()].tolist(),
    }


def made_up_alignment(rng) -> Alignment:
    """An alignment of noise: a disk off the middle between pixels, scan steps and reciprocal steps not square."""
    center, radius = (9.5, 8.25), 6.4
    y, x = np.indices((20, 18))
    mask = np.hypot(y - center[0], x - center[1]) < radius
    pixels = np.argwhere(mask)
    images = rng.uniform(0.5, 1.5, (len(pixels), 8, 9)).astype(np.float32)
    disk = BrightFieldDisk(mask.astype(float), mask, center, radius)
    means = np.full(len(pixels), 3, np.float32)
    stack = BrightFieldStack(images, means, pixels, disk, 300e3, (10.0, 12.0), (0.01, 0.013))
    steps = []
    for bin_size in (None, 8, 4):
        fit = rng.normal(0, 300, (3, 2)) * [[0.01], [1], [1]]
        fitted = np.column_stack([np.ones(len(pixels)), stack.k]) @ fit
        measured = fitted + rng.normal(0, 5, fitted.shape)
        group = None if bin_size is None else np.arange(len(pixels))
        steps.append(AlignmentStep(bin_size, group, images.mean(axis=0), measured, fitted, fit, 1.0))
    return Alignment(stack, steps[0], tuple(steps[1:]))


def arrow_case(rng) -> dict:
    widget = ShiftField(made_up_alignment(rng))
    names = ("pixels", "measured", "fit", "counts", "mean_counts")
    packed = {
        name: widget.arrays[name] | {"data": base64.b64encode(bytes(widget.arrays[name]["data"])).decode()}
        for name in names
    }
    states = []
    for spacing in (1, 2, 3, 6, 16):
        for iteration in (1, 2):
            widget.spacing, widget.iteration = spacing, iteration
            arrows = {name: floats(np.round(pairs, 6)) for name, pairs in widget.arrows().items()}
            states.append({"spacing": spacing, "iteration": iteration, **arrows})
    return {"arrays": packed, "meta": widget.meta, "states": states}
