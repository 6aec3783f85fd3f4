"""How alike two maps of crystallites are, or any two ways to part the same things."""

from __future__ import annotations

import numpy as np


def adjusted_rand_index(one, other) -> float:
    """How alike two partitions are: 1 where they are the same, 0 on average where they have nothing to do with another.

    Parameters
    ----------
    one, other : whole numbers >= 0 of one shape, the part that each element belongs to

    Returns
    -------
    share of the pairs of elements on which the two agree, scaled so that chance gives 0

    Reference: Hubert, Arabie, J. Classification 2 (1985) 193, doi:10.1007/BF01908075.

    >>> adjusted_rand_index([0, 0, 1, 1], [5, 5, 2, 2])
    1.0
    """
    one, other = (_checked(name, labels) for name, labels in (("one", one), ("other", other)))
    if one.shape != other.shape:
        raise ValueError(f"one and other must part the same elements, got shapes {one.shape} and {other.shape}")
    in_both, in_one, in_other = _pairs(one * (int(other.max()) + 1) + other), _pairs(one), _pairs(other)
    if in_both == in_one == in_other:  # the same pairs, or none at all
        return 1.0
    expected = in_one * in_other / (one.size * (one.size - 1) // 2)
    return float((in_both - expected) / ((in_one + in_other) / 2 - expected))


def _checked(name: str, labels) -> np.ndarray:
    labels = np.asarray(labels)
    if not labels.size or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise ValueError(f"{name} must be whole numbers >= 0, at least one, got {labels.dtype} of shape {labels.shape}")
    return labels.astype(np.int64)


def _pairs(numbers: np.ndarray) -> int:
    """Number of pairs of elements in the same part."""
    counts = np.unique(numbers, return_counts=True)[1]
    return int(np.sum(counts * (counts - 1) // 2))
