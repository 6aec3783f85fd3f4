"""What CrystalliteMap says, case by case."""

import pytest

from tcbf_widgets.widgets import crystallite_words as words


@pytest.mark.parametrize(
    "means, said",
    [
        ([3.0], ""),
        ([0.0, -1.0], ", bright in none of the 2 crystallites"),
        ([9.0, 8.0, 7.0], ", bright in all 3 crystallites"),
        ([1.0, 2.0, 0.5], ", bright in crystallite 2"),
        ([0.0, 5.0, 1.0, 9.0], ", bright in crystallites 4 and 2"),
        ([0.0, 5.0, 8.0, 9.0], ", bright in crystallites 4, 3 and 2"),
        ([9.0] * 5 + [1.0], ", bright in 5 of 6 crystallites"),
    ],
)
def test_crystallites_in_which_a_feature_is_bright_are_named(means, said):
    assert words.bright_in(means) == said
