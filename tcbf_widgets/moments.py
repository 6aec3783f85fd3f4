"""Mean and spread of groups of values, put together from those of the groups: in one pass, in any order."""

from __future__ import annotations


def joined(one, other):
    """Number, mean and sum of squared deviations of two groups of values together.

    Parameters
    ----------
    one, other : (number, mean, squares) of each group; means and squares may be arrays, a number may be 0

    Returns
    -------
    number, mean, squares

    Reference: Chan, Golub, LeVeque, The American Statistician 37 (1983) 242, doi:10.1080/00031305.1983.10483115.

    >>> joined((3, 2.0, 8.0), (1, 6.0, 0.0))  # of 0, 2, 4 and of 6
    (4, 3.0, 20.0)
    """
    (n, mean, squares), (more, mean_of_more, squares_of_more) = one, other
    if not more:
        return n, mean, squares
    together, apart = n + more, mean_of_more - mean
    return together, mean + apart * (more / together), squares + squares_of_more + apart * apart * (n * more / together)
