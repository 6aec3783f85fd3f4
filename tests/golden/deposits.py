"""Samples of images on a finer grid; see `__main__`."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.kernel_density import deposit_images


def deposit_cases(rng) -> list[dict]:
    """Images at offsets inside the grid, across its border and beyond it; whole pixels, too."""
    cases = []
    for (count, *shape), factor, margin, reach in (((5, 4, 6), 4, 2, 3), ((3, 1, 5), 3, 1, 40), ((2, 2, 2), 1, 1, 2)):
        counts = rng.poisson(20, (count, *shape)).astype(np.float32)
        means, weights = counts.mean(axis=(1, 2)), rng.uniform(0.5, 1.5, count)
        offsets = rng.uniform(-reach, reach, (count, 2)) * factor
        offsets[0] = np.rint(offsets[0])
        total, weight = deposit_images(counts / means[:, None, None], offsets, weights, factor, margin)
        numbers = {"images": counts, "means": means, "weights": weights, "offsets": offsets}
        numbers |= {"total": total, "weight": weight}
        case = {"shape": counts.shape, "factor": factor, "margin": margin}
        cases.append(case | {name: np.asarray(array, float).ravel().tolist() for name, array in numbers.items()})
    return cases
