"""What CrystalliteMap refuses, and that it does so before any work."""

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.widgets import CrystalliteMap, crystallite_map, crystallite_source
from tests.crystallite_features import chain, vectors
from tests.crystallite_runs import small_crystallites


@pytest.fixture
def no_work(monkeypatch):
    """Nothing is clustered, and no frame is read."""

    def fails(*_, **__):
        raise AssertionError("there is to be no work yet")

    monkeypatch.setattr(crystallite_map, "cluster_crystallites", fails)
    for name in ("corrected_rows", "map_frames"):
        monkeypatch.setattr(crystallite_source, name, fails)


@pytest.mark.parametrize(
    "error, message, given",
    [
        (TypeError, "features must be a FeatureVectors, .* got ndarray", {"features": np.zeros((3, 3, 2))}),
        (ValueError, "features must be finite, got NaN", {"features": vectors(noise=np.nan)}),
        (TypeError, "tree must be a CrystalliteTree, .* got list", {"tree": []}),
        (ValueError, r"tree belongs to a scan of \(2, 3\) positions, features to .*\(9, 8\)", {"tree": chain((2, 3))}),
        (ValueError, "tree was made of 6 features of each frame, features has 4", {"tree": chain((9, 8), 6)}),
        (TypeError, "data must be a FourDSTEM", {"data": np.zeros((9, 8, 4, 4))}),
        (ValueError, r"data belongs to a scan of \(2, 2\)", {"data": tcbf.FourDSTEM(np.ones((2, 2, 4, 4)), 3e5, 1, 1)}),
        (TypeError, "maps must be a FrameMaps", {"maps": np.zeros((4, 4))}),
        (TypeError, "descan must be a Descan", {"descan": 3}),
        (ValueError, r"truth must be a map of the \(9, 8\) .*, got shape \(8, 9\)", {"truth": np.zeros((8, 9), int)}),
        (ValueError, "truth must hold whole numbers", {"truth": np.zeros((9, 8))}),
        (traitlets.TraitError, "threshold is -1.0; accepted are heights > 0", {"threshold": -1.0}),
        (traitlets.TraitError, "threshold is nan; accepted are heights > 0", {"threshold": np.nan}),
        (traitlets.TraitError, "feature is 4; CrystalliteMap here accepts 0 to 3", {"feature": 4}),
        (traitlets.TraitError, r"position is \(0, 8\); .* \(0, 0\) to \(8, 7\), or None", {"position": (0, 8)}),
        (traitlets.TraitError, "'position' trait .* expected a tuple", {"position": 3}),
        (traitlets.TraitError, "contrast is .*; accepted are percentiles", {"contrast": (50, 20)}),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("no_work")
def test_bad_input_is_named(error, message, given):
    with pytest.raises(error, match=message):
        CrystalliteMap(**({"features": vectors()} | given))


def far(scan_shape=(14, 18), reach=100.0) -> tcbf.Descan:
    """A descan that moves the pattern by so many pixels."""
    plane = np.zeros((*scan_shape, 2))
    plane[..., 0] = np.linspace(0, reach, scan_shape[1])
    return tcbf.Descan(plane, plane, np.zeros((2, 2)), 0.0)


@pytest.mark.parametrize(
    "message, sources, given",
    [
        ("descan says how frames of data are read; give data with it", ["descan"], {}),
        (r"maps show \(58, 62\) pixels, data and descan \(60, 64\); make maps of them", ["data", "maps"], {}),
        ("descan moves the pattern by more than the detector", ["data"], {"descan": far()}),
        (r"descan belongs to a scan of \(3, 4\) positions, data has \(14, 18\)", ["data"], {"descan": far((3, 4), 1)}),
        ("threshold is 100000000.0; CrystalliteMap here accepts", ["data", "descan", "tree"], {"threshold": 1e8}),
        ("threshold is 1e-08; CrystalliteMap here accepts", ["data", "descan", "tree"], {"threshold": 1e-8}),
    ],
)
@pytest.mark.usefixtures("no_work")
def test_what_does_not_fit_together_is_named(message, sources, given):
    scan = small_crystallites()
    with pytest.raises((ValueError, traitlets.TraitError), match=message):
        CrystalliteMap(scan["features"], **{name: scan[name] for name in sources}, **given)


def test_one_frame_is_no_scan():
    with pytest.raises(ValueError, match="features must be those of two frames at least"):
        CrystalliteMap(vectors((1, 1)))


def test_traits_are_checked_later_on_too():
    widget = CrystalliteMap(vectors())
    for name, value in (("threshold", 1e8), ("threshold", -1.0), ("feature", 4), ("position", (9, 0))):
        before = getattr(widget, name)
        with pytest.raises(traitlets.TraitError, match=f"{name} is .*accept"):
            setattr(widget, name, value)
        assert getattr(widget, name) == before
