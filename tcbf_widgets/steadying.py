"""What an experiment adds to all virtual images: flicker of the beam, drift, stray counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .bright_field import BrightFieldStack
from .patch import without_plane

_OUTLIER = 12.0  # standard deviations of the noise; counting noise alone exceeds them once in 10⁹ samples or less ...
_CONTRAST = 3.0  # ... and so many times the mean above it, which no specimen does


def steadied(stack: BrightFieldStack) -> BrightFieldStack:
    """The stack without stray counts, without what all images share at one position, and without linear trends.

    The mean of all images, as they lie, holds no phase contrast: what one half of the disk shows of a weak phase, the
    other half shows inverted. It does hold every flicker of the beam, which would pass for images that do not move.
    A plane in an image is drift, or descan that carries the rim of the disk across its pixel.

    Parameters
    ----------
    stack : virtual images

    Returns
    -------
    BrightFieldStack with the same pixels and counts
    """
    deviations = stack.images - np.float32(1)
    scatter = np.sqrt(stack.noise_variance / stack.mean_counts)[:, None, None]
    # far in the tail a few electrons are no accident where the mean is below one
    ceiling = np.maximum(_OUTLIER * scatter * (1 + scatter), _CONTRAST)
    stray = deviations > ceiling
    deviations[stray] = 0
    shared = np.einsum("n,nyx->yx", stack.mean_counts, deviations) / stack.mean_counts.sum()
    deviations -= shared.astype(np.float32)
    level = np.moveaxis(without_plane(np.moveaxis(deviations, 0, -1)), -1, 0)
    return replace(stack, images=level + np.float32(1))
