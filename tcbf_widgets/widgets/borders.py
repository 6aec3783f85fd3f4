"""Borders between the regions of a map: the twin of shared/joined_borders.js and of boundaryPath in grouping.js."""

from __future__ import annotations

from collections import defaultdict

import numpy as np


def border_edges(numbers: np.ndarray) -> np.ndarray:
    """Edges between pixels of different number, and around all that are not -1.

    Parameters
    ----------
    numbers : (height, width) int

    Returns
    -------
    (n, 2, 2) their ends as (x, y), corners of pixels

    >>> border_edges(np.array([[0, 1]])).shape
    (7, 2, 2)
    """
    padded = np.pad(numbers, 1, constant_values=-1)
    upright = np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1])[:, ::-1]
    level = np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1])[:, ::-1]
    lines = (
        np.stack([starts, starts + np.array(step)], axis=1) for starts, step in ((upright, (0, 1)), (level, (1, 0)))
    )
    return np.concatenate(list(lines))


def joined_borders(numbers: np.ndarray) -> list[np.ndarray]:
    """The same without the rim of the map, as lines that go on as far as they can: only so do their dashes.

    Returns
    -------
    lines (n, 2) of corners (x, y), from fork to fork, or closed

    >>> [line.tolist() for line in joined_borders(np.array([[0, 1], [0, 0]]))]
    [[[1, 0], [1, 1], [2, 1]]]
    """
    ends = _neighbours(numbers)
    forks = [corner for corner, others in ends.items() if len(others) != 2]
    at_fork, lines = set(forks), []
    for corner in forks + list(ends):
        while ends[corner]:
            line = [corner]
            while True:
                last = line[-1]
                line.append(ends[last].pop())
                ends[line[-1]].remove(last)
                if line[-1] in at_fork or not ends[line[-1]]:
                    break
            lines.append(np.array(line))
    return lines


def _neighbours(numbers: np.ndarray) -> dict[tuple[int, int], list]:
    """For each corner on a border, the corners at the other ends of its edges."""
    height, width = numbers.shape
    ends = defaultdict(list)
    for (x0, y0), (x1, y1) in border_edges(numbers).tolist():
        if (x0 == x1 and x0 in (0, width)) or (y0 == y1 and y0 in (0, height)):
            continue  # at the rim
        ends[x0, y0].append((x1, y1))
        ends[x1, y1].append((x0, y0))
    return ends
