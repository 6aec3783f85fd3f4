"""Tilt-corrected images as they come while a scan is read."""

import numpy as np

from tcbf_widgets.parallax_image import ParallaxImage


def growing_images(shape=(24, 40), count=10, sampling=(5.0, 5.0), seed=0):
    """Row after row of a picture appears on a flat ground; each a `ParallaxImage`, the last of the whole scan."""
    y, x = np.indices(shape)
    whole = 0.1 * np.sin(0.5 * x) * np.cos(0.3 * y) + 0.02 * np.random.default_rng(seed).standard_normal(shape)
    ends = np.linspace(0, shape[0], count + 1).round().astype(int)[1:]
    return [ParallaxImage(1 + whole * (y < end), sampling, 2, end / shape[0]) for end in ends]
