"""Counted electrons."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.counting import counted_image, poisson_counts

from .plain import floats


def count_cases(rng) -> list[dict]:
    cases = []
    for seed, start, per_pixel in ((0, 0, 1.0), (7, 65536, 40.0), (2**32 - 1, 3, 0.5)):
        image = np.concatenate([[0, 1e-9, 10, 1e6, 2e7], rng.uniform(0, 25, 60)])
        counts = poisson_counts(image * per_pixel, seed, start)
        relative = counted_image(image, per_pixel, 1.0, seed, start)
        case = {"seed": seed, "start": start, "per_pixel": per_pixel, "image": floats(image)}
        cases.append(case | {"counts": counts.tolist(), "relative": floats(relative)})
    return cases
