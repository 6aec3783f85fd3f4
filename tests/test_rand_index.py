import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tcbf_widgets import adjusted_rand_index


@pytest.mark.parametrize("frames, parts", [(2, 1), (2, 2), (9, 9), (40, 3), (500, 12)])
def test_the_adjusted_rand_index_is_that_of_scikit_learn(frames, parts):
    rng = np.random.default_rng(frames)
    one, other = rng.integers(0, parts, (2, frames))
    for theirs in (one, other, np.where(rng.random(frames) < 0.8, one, other), np.zeros(frames, int)):
        assert adjusted_rand_index(one, theirs) == pytest.approx(adjusted_rand_score(one, theirs), abs=1e-12)


def test_other_names_of_the_parts_and_other_shapes_change_nothing():
    one = np.random.default_rng(0).integers(0, 4, (6, 7))
    assert adjusted_rand_index(one, 9 - one) == 1
    assert adjusted_rand_index(one, one.astype(np.uint8)) == 1


def test_what_parts_nothing_is_refused():
    with pytest.raises(ValueError, match=r"one and other must part the same elements, got shapes \(3,\) and \(4,\)"):
        adjusted_rand_index([0, 1, 1], [0, 1, 1, 0])
    with pytest.raises(ValueError, match="other must be whole numbers >= 0, at least one, got float64"):
        adjusted_rand_index([0, 1], [0.5, 1.0])
    with pytest.raises(ValueError, match="one must be whole numbers"):
        adjusted_rand_index([], [])
