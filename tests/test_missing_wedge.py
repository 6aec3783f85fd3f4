"""What MissingWedge shows and sends: the filters of depth.py, in sections and planes."""

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.depth import missing_wedge_weight, recorded_frequencies, weighted
from tcbf_widgets.depth_object import SAMPLING, SHAPE, THICKNESS, teaching_object
from tcbf_widgets.widgets import MissingWedge
from tcbf_widgets.widgets.arrays import unpack

ENERGY = 300e3


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).normal(0, 0.1, (4, 10, 12))


def test_pictures_are_cuts_through_what_the_library_leaves(noise):
    widget = MissingWedge(noise, sampling=0.8, slice_thickness=25.0, semiangle=12.0, beta=40.0, depth=50.0, y=2.4)
    panels = widget.panels()
    grid = (4, (10, 12), 0.8, 25.0)
    volumes = {
        "object": noise,
        "recorded": weighted(noise, recorded_frequencies(*grid, 12.0, ENERGY)),
        "weighted": weighted(noise, missing_wedge_weight(*grid, 40.0)),
    }
    for name, volume in volumes.items():
        # sixteen bits of the range of the phases
        step = np.ptp(noise) / 65535
        assert np.allclose(panels[name].values, volume[:, 3], atol=step)
        assert np.allclose(panels[f"{name}_plane"].values, volume[2], atol=step)
    ranges = {(panel.vmin, panel.vmax) for name, panel in panels.items() if name != "weight"}
    assert len(ranges) == 1


def test_the_weight_is_drawn_up_to_the_nyquist_frequencies_of_slices_and_pixels():
    widget = MissingWedge(np.zeros((2, 4, 4)), sampling=0.5, slice_thickness=20.0, beta=40.0)
    shown = widget.panels()["weight"].values
    height, width = shown.shape
    # at β = 40 the cone of half weight goes through the corners, (1/40 1/Å, 1 1/Å)
    upper, lower = (np.diagonal(values[:: height // 32, :: width // 32]) for values in (shown, shown[::-1]))
    for diagonal in (upper[1:], lower[1:]):
        assert np.median(diagonal) == pytest.approx(0.5, abs=0.03)
    assert shown[height // 2, 0] > 0.99
    assert shown[0, width // 2] < 0.01


def test_the_first_state_shows_a_lattice_that_keeps_its_depth_and_a_particle_that_does_not():
    """Contrast of what is left at the depth of particle and crystal, and 60 Å further on, where there is neither."""
    widget = MissingWedge()
    volumes = widget.volumes()
    x = np.arange(SHAPE[2]) * SAMPLING
    for name in ("recorded", "weighted"):
        inside, outside = (volumes[name][int(z / THICKNESS), 24] for z in (80.0, 140.0))
        particle, crystal = (abs(x - 17) < 5), (abs(x - 45) < 6)
        # the particle's own mean, above that of the empty middle of the section
        above = [line[particle].mean() - line[abs(x - 31) < 1.5].mean() for line in (inside, outside)]
        # 1 for a column without an end, 0 for what keeps its depth; shapes of 18 Å smear over 300 Å, the object's
        # thickness, so it is 1 but for what lies above and below by itself (here 1.03 and 1.05)
        assert above[1] > 0.8 * above[0]
        # the fringes of the lattice, 2.5 Å
        wave = np.exp(2j * np.pi * x[crystal] / 2.5)
        fringes = [abs(np.mean((line[crystal] - line[crystal].mean()) * wave)) for line in (inside, outside)]
        # again 1 and 0; 2.5 Å smear over 48 and 38 Å, and the crystal ends 20 Å from here, so tails reach this far
        # (here 0.03 and 0.05)
        assert fringes[1] < 0.1 * fringes[0]


def test_beta_zero_takes_nothing_away_and_a_wide_wedge_all_depth():
    widget = MissingWedge(beta=0.0)
    assert np.allclose(widget.volumes()["weighted"], teaching_object(), atol=1e-5)
    assert "nothing is taken away" in widget.alt_text()
    widget.beta = 1000.0
    volume = widget.volumes()["weighted"]
    # what is left is nearly the mean over all slices: at the smallest k_z, 1/320 Å, the weight is 0.01 for 2.5 Å, the
    # spacing of the lattices, and less for all that is larger
    assert np.std(volume - volume.mean(axis=0)) < 0.02 * np.std(volume)


@pytest.mark.parametrize(
    "state, words",
    [
        ({}, "against size: β 30: half weight at 33 mrad, the beam reaches 30 mrad; detail of 2 Å keeps 4.0 nm"),
        ({"beta": 1.0}, "half weight at 45°"),
        ({"depth": 118.0}, "a plane at 12.0 nm"),
        ({}, "of depth in the beam, 3.0 nm weighted; shapes of 20 Å smear over 34 nm and 30 nm."),
        ({"semiangle": 4.0}, "detail of 2 Å is not recorded, 3.0 nm weighted"),
        ({"semiangle": 5.5}, "detail of 2 Å smears over"),
    ],
)
def test_the_alt_text_says_what_is_seen(state, words):
    assert words in MissingWedge(**state).alt_text()


def test_resolution_is_that_of_the_closed_forms():
    widget = MissingWedge(semiangle=20.0, beta=25.0)
    sizes = np.array([1.5, 4.0, 20.0])
    found = widget.resolution(sizes)
    assert np.allclose(found["beam"], tcbf.depth.depth_resolution(1 / sizes, ENERGY, 20.0))
    assert np.allclose(found["wave"], tcbf.depth.depth_resolution(1 / sizes, ENERGY))
    # at the frequency 1/(2Δz) along the beam, the weight of this size is one half
    kz = 1 / (2 * found["weight"])
    assert np.allclose(1 - np.arctan((25.0 * kz * sizes) ** 2) / (np.pi / 2), 0.5)


def test_figure_draws_every_panel_with_its_pixels(draws_its_panels):
    draws_its_panels(MissingWedge(beta=5.0, depth=200.0, cmap="viridis"))


def test_no_label_of_the_poster_is_cut():
    figure = MissingWedge().figure()
    figure.draw_without_rendering()
    axes = figure.axes[-1]
    boxes = [
        label.get_window_extent() for label in (*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label)
    ]
    assert min(box.x0 for box in boxes) >= 0
    assert min(box.y0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_data_fits_its_budget(packed_size):
    assert packed_size(MissingWedge()) <= 0.6e6
    largest = np.random.default_rng(1).normal(size=(20, 125, 200)).astype(np.float32)
    assert packed_size(MissingWedge(largest, sampling=0.5, slice_thickness=10.0)) <= 1.5e6


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 64, 64), (33, 5, 7), (3, 100, 2)])
@pytest.mark.parametrize("constant", [False, True])
def test_objects_of_any_size_are_shown(shape, constant, shows_numbers):
    phases = np.random.default_rng(2).normal(size=shape) * (not constant)
    widget = MissingWedge(phases, sampling=0.3, slice_thickness=40.0, energy=80e3)
    shows_numbers(widget)
    assert unpack(widget.arrays["phases"]).shape == shape


def test_a_reconstruction_of_two_slices_is_shown():
    scan = tcbf.overlap_scan(slices=2, slice_distance=200.0)
    widget = MissingWedge(np.angle(scan.truth), sampling=scan.sampling, slice_thickness=200.0, semiangle=10.0)
    assert widget.panels()["object_plane"].values == pytest.approx(np.angle(scan.truth[0]), abs=1e-5)
    assert widget.meta["python"]["call"] == "tcbf.widgets.MissingWedge(phases, sampling=0.5, slice_thickness=200.0)"


def test_the_pixels_of_phases_may_come_as_a_pair(noise):
    pair, number = (MissingWedge(noise, sampling=given, slice_thickness=20.0) for given in ((0.8, 0.8), 0.8))
    assert pair.meta == number.meta
    assert pair.meta["python"]["call"] == "tcbf.widgets.MissingWedge(phases, sampling=0.8, slice_thickness=20.0)"
    nearly = MissingWedge(noise, sampling=np.array([0.8, 0.804]), slice_thickness=20.0)
    assert nearly.meta["sampling"] == pytest.approx(0.802)


def test_a_state_beyond_the_usual_range_widens_the_slider():
    ranges = MissingWedge(beta=5000.0, semiangle=2.0).meta["ranges"]
    assert ranges["beta"] == [0, 5000]
    assert ranges["semiangle"] == [2, 60]


@pytest.mark.parametrize(
    "error, message, phases, arguments",
    [
        (ValueError, "beta must be >= 0, got -1", None, {"beta": -1.0}),
        (ValueError, "beta must be a finite number, got nan", None, {"beta": float("nan")}),
        (ValueError, "semiangle must be a number > 0, got 0", None, {"semiangle": 0.0}),
        (ValueError, "semiangle must be at most 200 mrad, got 300", None, {"semiangle": 300.0}),
        (ValueError, "sampling must be a number > 0", None, {"sampling": -0.5}),
        (ValueError, "sampling must be a number > 0", np.ones((2, 8, 8)), {"sampling": 0.0, "slice_thickness": 9.0}),
        (ValueError, "sampling must be given with phases, in Å per pixel; got None", np.ones((2, 8, 8)), {}),
        (ValueError, "slice_thickness must be given with phases", np.ones((2, 8, 8)), {"sampling": 0.5}),
        (ValueError, r"square pixels, got \(0.5, 0.6\); resample", None, {"sampling": (0.5, 0.6)}),
        (ValueError, r"one number or a \(y, x\) pair", None, {"sampling": (0.5, 0.5, 0.5)}),
        (ValueError, "slice_thickness must be a number > 0", None, {"slice_thickness": float("nan")}),
        (ValueError, "energy must be at least 1000 eV, got 300", None, {"energy": 300}),
        (ValueError, "two slices or more, for one has no depth", np.zeros((1, 8, 8)), {}),
        (ValueError, "two slices or more", np.zeros((8, 8)), {}),
        (ValueError, "two slices or more", [], {}),
        (ValueError, "two pixels or more along y and x", np.zeros((3, 8, 0)), {}),
        (ValueError, "phases must be finite, in rad; got NaN", np.full((2, 8, 8), np.nan), {}),
        (TypeError, r"phases must be real, .* np.angle\(slices\)", np.ones((2, 8, 8), complex), {}),
        (TypeError, "phases must be real numbers in rad, got an array of <U1", np.full((2, 2, 2), "a"), {}),
        (ValueError, "accepted are at most 500,000; show a part", np.zeros((2, 600, 600)), {}),
    ],
)
def test_bad_input_is_named(error, message, phases, arguments):
    with pytest.raises(error, match=message):
        MissingWedge(phases, **arguments)


@pytest.mark.parametrize("bad", [{"depth": -1.0}, {"depth": 311.0}, {"y": 24.0}, {"cmap": "jet"}, {"y": float("nan")}])
def test_bad_traits_are_named(bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        MissingWedge(**bad)


def test_the_object_goes_on_beyond_its_borders_without_an_edge():
    phases = teaching_object()
    assert phases.shape == SHAPE
    assert (phases.min(), phases.max()) == (pytest.approx(0, abs=1e-6), pytest.approx(0.2))
    for axis in range(3):
        step = np.abs(np.diff(phases, axis=axis, append=np.take(phases, [0], axis))).max(axis=axis)
        inner = np.abs(np.diff(phases, axis=axis)).max()
        assert step.max() <= inner * (1 + 1e-6)
