"""Mean and squared deviations of groups, put together."""

import numpy as np
import pytest

from tcbf_widgets.moments import joined


def moments(values):
    return len(values), values.mean(axis=0), np.square(values - values.mean(axis=0)).sum(axis=0)


@pytest.mark.parametrize("first", [1, 2, 9, 19])
def test_two_groups_have_the_moments_of_all_values(first):
    # far from zero, where a sum of squares would lose half of the digits
    values = 1e6 + np.random.default_rng(0).normal(size=(20, 3))
    number, mean, squares = joined(moments(values[:first]), moments(values[first:]))
    assert number == 20
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(squares, 20 * values.var(axis=0), rtol=1e-9)


def test_nothing_changes_nothing():
    some = (3, np.array([2.0]), np.array([8.0]))
    nothing = (0, np.zeros(1), np.zeros(1))
    assert joined(some, nothing) == some
    assert joined(nothing, some) == some
    assert joined(nothing, nothing) == nothing
