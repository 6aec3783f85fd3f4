import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.peaks import Correlator
from tcbf_widgets.probe_shapes import bullseye_shape, disk_shape
from tests.crystallite_runs import BULLSEYE, DISK


def test_the_bound_of_a_disk_is_that_of_its_edge():
    # half of the squared slope along a rim of length 2πr points along one axis. Across a logistic edge of scale s on a
    # dark ground ∫ b'²/b = 1/(2 s), in the mean at r = R + s; so I = N π (R + s) / (2 s) / (πR²)
    radius, edge = 40.0, 1.5
    scale = edge * np.sqrt(2 * np.pi) / 4
    expected = np.sqrt(2 * scale * radius**2 / (radius + scale) / 100)
    # the area of a disk with a soft edge is by (π s/R)²/3 = 0.2 % larger
    assert tcbf.position_bound(disk_shape(radius, edge), 100) == pytest.approx(expected, rel=2e-3)


def test_the_bound_falls_with_the_root_of_the_electrons_and_rises_with_background():
    shape = bullseye_shape(2.2, 6, 9)
    assert tcbf.position_bound(shape, 400) == pytest.approx(tcbf.position_bound(shape, 100) / 2, rel=1e-12)
    assert tcbf.position_bound(shape, 100, background=0.1) > 1.1 * tcbf.position_bound(shape, 100)


@pytest.mark.parametrize("template", [BULLSEYE, DISK], ids=["bullseye", "disk"])
def test_peaks_of_the_correlation_come_within_a_seventh_of_the_bound(template):
    rng, electrons, background = np.random.default_rng(0), 200, 0.01
    correlator = Correlator(template, (56, 57))
    errors = []
    for _ in range(400):
        place = np.array([27.0, 28.0]) + rng.uniform(-0.5, 0.5, 2)
        bright = template.shape.brightness(np.arange(56)[:, None] - place[0], np.arange(57) - place[1])
        counts = rng.poisson(electrons * bright / bright.sum() + background).astype(float)
        errors.append(correlator.highest(counts)[0] - place)
    bound = tcbf.position_bound(template.shape, electrons, background)
    # an rms of 800 numbers is known to 2.5 %: never below the bound by more than three of these
    assert 0.925 * bound < np.sqrt(np.mean(np.square(errors))) < 1.15 * bound


def test_a_bullseye_knows_its_place_twice_as_well_as_a_disk():
    assert tcbf.position_bound(DISK.shape, 50) > 1.8 * tcbf.position_bound(BULLSEYE.shape, 50)


def test_impossible_questions_are_refused():
    with pytest.raises(TypeError, match="shape must be"):
        tcbf.position_bound(9, 100)
    with pytest.raises(ValueError, match="electrons must be a number > 0"):
        tcbf.position_bound(disk_shape(9), 0)
    with pytest.raises(ValueError, match="background must be >= 0"):
        tcbf.position_bound(disk_shape(9), 10, background=-1)
