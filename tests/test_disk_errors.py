"""How far off the direct beam is found: against the Cramér-Rao bound, and with a template that does not fit."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tests.bullseye_patterns import bullseye_and_disk


@pytest.mark.parametrize("probe", ["bullseye", "disk"])
def test_errors_are_those_that_the_number_of_electrons_allows(probe):
    errors = tcbf.position_errors(bullseye_and_disk()[probe], electrons=(1000, 10_000), exposures=60)
    assert np.array_equal(errors.electrons, [1000, 10_000])
    # along one axis; beams that spread do not overlap, and the background is faint
    scan = bullseye_and_disk()[probe]
    beam = scan.spots(2, 2)[1][0]
    alone = tcbf.position_bound(scan.probe, 1000 * beam)
    assert alone < errors.bound[0] < 1.3 * alone
    # 120 numbers tell their spread to 6.5 %; the bound grows as the square root of the electrons falls
    assert np.allclose(errors.rms / errors.bound, 1, atol=0.25)
    assert errors.bound[0] / errors.bound[1] == pytest.approx(np.sqrt(10))


def test_a_bullseye_is_more_precise_than_a_disk_of_the_same_radius():
    scans = bullseye_and_disk()
    assert scans["bullseye"].probe.radius == scans["disk"].probe.radius
    bullseye, disk = (tcbf.position_errors(scans[name], electrons=1000) for name in ("bullseye", "disk"))
    assert disk.rms[0] > 1.4 * bullseye.rms[0]
    assert disk.bound[0] > 1.4 * bullseye.bound[0]


def test_too_few_electrons_are_not_found_and_no_error_exceeds_the_radius_and_a_pixel():
    errors = tcbf.position_errors(bullseye_and_disk()["disk"], electrons=(1, 1e4), exposures=10)
    assert errors.rms[1] < 0.2 < 1 < errors.rms[0] < 6 + 2  # the refined place is a pixel off at most, along each axis


def test_seed_and_position_decide_which_electrons_are_counted():
    scan = bullseye_and_disk()["bullseye"]
    options = {"electrons": 500, "exposures": 4}
    first = tcbf.position_errors(scan, **options)
    assert np.array_equal(first.rms, tcbf.position_errors(scan, position=(2, 2), **options).rms)  # the middle
    assert first.rms != tcbf.position_errors(scan, seed=1, **options).rms
    corner = tcbf.position_errors(scan, position=(0, 3), **options)
    assert first.rms != corner.rms
    assert corner.rms < 3 * corner.bound  # descan has moved the direct beam there by pixels
    assert repr(first) == "PositionErrors(500 to 500 electrons per pattern)"


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"electrons": 0}, "electrons must be a number > 0, got"),
        ({"exposures": 0}, "exposures must be a positive integer, got 0"),
        ({"position": (4, 0)}, r"position must be whole numbers \(y, x\) in a scan of \(4, 4\), got \(4, 0\)"),
        ({"position": 3}, "position must be"),
        ({"position": (0.5, 1)}, "position must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_arguments_are_named(bad, message):
    with pytest.raises(ValueError, match=message):
        tcbf.position_errors(bullseye_and_disk()["disk"], **bad)


def test_what_is_no_scan_is_named():
    with pytest.raises(TypeError, match="scan must be a CrystalliteScan, from tcbf.crystallite_scan"):
        tcbf.position_errors(np.zeros((8, 8)))
