"""What BullseyeTemplate refuses, and what it says then."""

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.probe_shapes import ProbeShape
from tcbf_widgets.templates import Template
from tcbf_widgets.widgets import BullseyeTemplate
from tests.bullseye_patterns import BULLSEYE, bullseye_and_disk, make, recorded


@pytest.mark.parametrize(
    "arguments, message",
    [
        (({}, BULLSEYE), "patterns holds no scan; accepted is for example"),
        ((np.zeros((40, 40)),), "template must be given for a recorded pattern"),
        ((np.zeros(40), BULLSEYE), r"patterns must be a scan, scans by name, or one pattern \(ny, nx\); got shape"),
        ((np.full((40, 40), np.nan), BULLSEYE), "patterns must be finite, got NaN or infinity; mask such pixels"),
        ((np.zeros((300, 40)), BULLSEYE), "accepted are 256 along each side: bin or crop it"),
        ((np.zeros((12, 40)), BULLSEYE), "template is 16 pixels wide, the frame only 12 x 40"),
        (
            (np.zeros((40, 40)), tcbf.measured_template(np.ones((21, 21)), 5)),
            "tcbf.bullseye_template; got a measured one, which tcbf.find_peaks takes$",
        ),
        (
            (np.zeros((40, 40)), Template(ProbeShape(((0, 1), (2, 3), (4, 5))), 7)),
            "template must be that of a disk, a ring or a bullseye",
        ),
    ],
)
def test_bad_patterns_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        BullseyeTemplate(*arguments)


def test_what_belongs_to_scans_is_refused_with_a_recorded_pattern():
    for options in ({"position": (0, 0)}, {"errors": {"disk": None}}):
        with pytest.raises(ValueError, match="position and errors are of a simulated scan"):
            BullseyeTemplate(recorded(), BULLSEYE, **options)


def test_wrong_kinds_are_named():
    with pytest.raises(TypeError, match=r"patterns\['a'\] must be a CrystalliteScan"):
        BullseyeTemplate({"a": np.zeros((40, 40))})
    with pytest.raises(TypeError, match="template must be a Template"):
        BullseyeTemplate(recorded(), 9.0)


@pytest.mark.parametrize(
    "pattern, message",
    [
        ("scan.mib", r"patterns is a file name; give one pattern \(ny, nx\), for example data.array\[20, 20\]"),
        (bullseye_and_disk()["disk"].data, "patterns is a whole scan; give one pattern"),
        (np.ones((40, 40), complex), "patterns holds complex numbers, give intensities; give one pattern"),
        (np.full((40, 40), "a"), "patterns holds <U1; give one pattern"),
    ],
)
def test_what_is_no_pattern_is_named(pattern, message):
    with pytest.raises(TypeError, match=message):
        BullseyeTemplate(pattern, BULLSEYE)


@pytest.mark.parametrize("errors", [True, 3, {"ring": None}])
def test_errors_must_be_those_of_the_probes(errors):
    with pytest.raises(
        ValueError, match=r"errors must be PositionErrors by the names of the probes \('bullseye', 'disk'"
    ):
        make(errors=errors)
    with pytest.raises(TypeError, match=r"errors\['disk'\] must be a PositionErrors, from tcbf.position_errors"):
        make(errors={"disk": [1, 2]})


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"outer": 3.0}, "radii of a probe must grow from the middle outwards"),
        ({"exclusion": 5.0}, "exclusion must be larger than the outermost radius of the probe"),
        ({"exclusion": 45.0}, "template is 91 pixels wide"),
        ({"position": (4, 0)}, "position must be whole numbers"),
        ({"cross": -1.0}, "cross must be >= 0, got -1.0"),
        ({"min_distance": 0}, "min_distance must be a number > 0"),
        ({"electrons": 0.0}, "electrons must be a number > 0"),
        ({"threshold": -1.0}, "threshold must be a number > 0"),
    ],
)
def test_bad_arguments_are_named(bad, message):
    with pytest.raises(ValueError, match=message):
        make(**bad)


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"outer": 3.0}, "outer is 3; radii must grow from the middle outwards, got spot 1.46667, inner 4, outer 3"),
        ({"spot": 4.0}, "spot is 4; radii must grow"),
        ({"exclusion": 100.0}, "exclusion is 100.0; BullseyeTemplate here accepts"),
        ({"probe": "ring"}, "probe is 'ring'; accepted are 'bullseye', 'disk'"),
        ({"electrons": 1.0}, "electrons is 1.0; BullseyeTemplate here accepts 30.0 to 30000.0"),
        ({"threshold": 0.5}, "threshold is 0.5"),
    ],
)
def test_bad_states_are_named_and_change_nothing(bad, message):
    widget = make()
    name, value = next(iter(bad.items()))
    before = getattr(widget, name)
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


def test_scans_of_other_shapes_are_refused():
    other = tcbf.crystallite_scan(
        None, scan_shape=(2, 2), grains=1, scan_sampling=40, detector_shape=(64, 64), reciprocal_sampling=0.03
    )
    with pytest.raises(ValueError, match="patterns must be scans of one shape, got"):
        BullseyeTemplate(bullseye_and_disk() | {"other": other})
