"""A scan as a detector records it: the patterns of all positions, computed in threads, and counted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm.auto import tqdm

from ._threads import WORKERS

_BATCH = 16  # probe positions in work at once: keeps the working set inside the cache
_MOST = np.iinfo(np.uint16).max


def recorded(
    expected: Callable[[slice], np.ndarray],
    shape: tuple[int, int, int],
    electrons: float | None,
    seeds: np.random.SeedSequence,
    dose: str,
    progress: bool,
) -> np.ndarray:
    """Patterns of all positions.

    Parameters
    ----------
    expected : gives the patterns (n, ny, nx) of some positions, in shares of the electrons
    shape : (positions, ny, nx)
    electrons : per pattern; None for the shares themselves
    seeds : of the noise, which does not depend on the number of threads
    dose : name of the argument that is to be smaller if a pixel counts more electrons than 16 bits hold
    progress : show a progress bar

    Returns
    -------
    (positions, ny, nx) uint8 counts, or uint16 where a pixel has 256 or more; float32 shares
    """
    result = np.empty(shape, np.float32 if electrons is None else np.uint16)
    starts = range(0, shape[0], _BATCH)

    def work(job):
        start, seed = job
        batch = slice(start, min(start + _BATCH, shape[0]))
        patterns = expected(batch)
        if electrons is not None:
            patterns = np.random.default_rng(seed).poisson(patterns * electrons)
            if patterns.max() > _MOST:
                raise ValueError(f"{dose} is too high for 16-bit counts: a pixel counted {patterns.max()} electrons")
        result[batch] = patterns

    with ThreadPoolExecutor(WORKERS) as pool:
        jobs = pool.map(work, zip(starts, seeds.spawn(len(starts)), strict=True))
        for _ in tqdm(jobs, total=len(starts), desc="scan", disable=not progress):
            pass
    return result.astype(np.uint8) if electrons is not None and result.max() < 256 else result
