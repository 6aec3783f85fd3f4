"""Scans as they are counted in one of many experiments."""

from dataclasses import replace

import numpy as np


def counted(expected, dose, seed):
    """A scan of electrons, drawn from its expected intensities; dose in electrons/Å²."""
    electrons = dose * np.prod(expected.scan_sampling)
    return replace(expected, array=np.random.default_rng(seed).poisson(expected.array * electrons).astype(np.uint16))
