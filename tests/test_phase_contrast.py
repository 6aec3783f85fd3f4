"""What PhaseContrast shows and sends: the images of imaging.py, counted as counting.py counts."""

import warnings

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.optics import interaction_parameter
from tcbf_widgets.specimen import Specimen
from tcbf_widgets.widgets import PhaseContrast
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.figure import contrast_limits
from tcbf_widgets.widgets.phase_source import built_in

ENERGY = 300e3


def grating(size=256, sampling=1.0, period=32, strength=1e-3, slices=1):
    """Weak phase grating along x."""
    x = np.arange(size) * sampling
    phase = strength * np.cos(2 * np.pi * x / period)
    potential = np.broadcast_to(phase / interaction_parameter(ENERGY) / slices, (slices, size, size))
    return Specimen(potential, sampling, 10.0)


@pytest.mark.parametrize("defocus", [0.0, 4_000.0, -13_000.0])
def test_contrast_of_a_weak_grating_is_that_of_the_closed_form(defocus):
    widget = PhaseContrast(grating(), defocus=defocus, noise=False)
    chi = tcbf.Aberrations.from_defocus(defocus).chi([0, 1 / 32], ENERGY)
    rms = 2 * 1e-3 / np.sqrt(2)
    # of second order: φ² = 1e-6; sixteen bits of the phase: 1e-3 / 65535
    assert widget.rms_contrast() == pytest.approx(rms * abs(np.sin(chi)), abs=2e-6)
    assert widget.rms_contrast(phase_plate=True) == pytest.approx(rms * abs(np.cos(chi)), abs=2e-6)


@pytest.mark.parametrize("slices", [1, 3])
def test_images_are_those_of_the_library(slices):
    specimen = tcbf.apoferritin_in_ice((256, 256), slices=slices)
    widget = PhaseContrast(specimen, defocus=-7_000.0, dose=40.0, seed=9)
    lens = tcbf.Aberrations.from_defocus(-7_000.0)
    wave = tcbf.exit_wave(specimen, ENERGY)
    for phase_plate, name in ((False, "plane"), (True, "plate")):
        expected = tcbf.plane_wave_image(wave, lens, phase_plate=phase_plate)
        # sixteen bits of the phase, and frequencies on the rim of the grid left out
        assert np.allclose(widget.image(phase_plate), expected, atol=1e-3)
        shown = widget.panels()[name].values
        counts = tcbf.poisson_counts(40 * widget.image(phase_plate), 9, start=256**2 * phase_plate)
        assert np.array_equal(shown, (counts / 40).astype(np.float32))


@pytest.mark.parametrize("defocus", [9_000.0, -6_000.0])
def test_curves_are_the_contrast_of_gratings(defocus):
    """Drawn lines against images: a grating with a positive phase is as bright as its transfer, with its sign."""
    widget = PhaseContrast(grating(strength=1e-2), defocus=defocus, noise=False)
    plane, plate = (line.get_xydata().T for line in widget.figure().axes[-1].lines[:2])
    wave = np.cos(2 * np.pi * np.arange(256) / 32)
    for curve, phase_plate in ((plate, True), (plane, False)):
        transfer = 2 * np.mean(widget.image(phase_plate) * wave) / (2 * 1e-2)
        # of third order in the phase: 1e-4; 2000 points in a line: 1e-5
        assert np.interp(1 / 32, *curve) == pytest.approx(transfer, abs=5e-4)
        assert abs(transfer) > 0.3


@pytest.mark.parametrize("sampling, defocus", [(1.0, 1e4), (0.25, 1e4), (0.1, 1e4), (1.0, 1e6), (0.1, 1e6), (1.0, 1e9)])
def test_curves_end_where_their_points_no_longer_draw_them(sampling, defocus):
    widget = PhaseContrast(Specimen(np.zeros((1, 16, 16)), sampling, 1.0), defocus=defocus)
    q = widget.figure().axes[-1].lines[0].get_xdata()
    chi = np.pi * widget.meta["wavelength"] * widget.meta["ranges"]["defocus"][1] * q**2
    assert np.diff(chi).max() <= 0.3
    assert q[-1] == widget.meta["reach"] <= 1 / (10 * sampling)
    assert chi[-1] > 2 * np.pi  # and not before there is something to see


def test_one_range_for_both_images_in_which_weak_contrast_looks_weak():
    widget = PhaseContrast(contrast=(2.0, 97.0))
    panels = widget.panels()
    potential = panels["potential"].values
    low, high = contrast_limits(potential, (2.0, 97.0))
    most = max(high - potential.mean(), potential.mean() - low)
    assert (panels["plane"].vmin, panels["plane"].vmax) == (panels["plate"].vmin, panels["plate"].vmax)
    assert panels["plate"].vmax == pytest.approx(1 + 2 * interaction_parameter(ENERGY) * most, rel=1e-5)
    assert panels["potential"].vmax - panels["potential"].vmin == pytest.approx(2 * most, rel=1e-5)


def test_zoom_leads_to_where_the_potential_varies_most():
    whole, part, highest = (PhaseContrast(zoom=zoom).panels() for zoom in (1, 3.0, 8.0))
    field = whole["potential"].values.astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(field, (32, 32))
    top, left = np.unravel_index(windows.std(axis=(2, 3)).argmax(), windows.shape[:2])
    for name, panel in highest.items():
        assert np.array_equal(panel.values, whole[name].values[top : top + 32, left : left + 32])
    assert 35 < np.hypot(top + 15.5 - 127.5, left + 15.5 - 127.5) < 65  # the shell of the cage, not its hollow middle
    # a lower zoom has it at the same share of the way through what is left out
    start = [int((256 - 85) * at / (256 - 32) + 0.5) for at in (top, left)]
    for name, panel in part.items():
        assert np.array_equal(panel.values, whole[name].values[start[0] :, start[1] :][:85, :85])


@pytest.mark.parametrize("values", [np.zeros((1, 64, 64)), np.full((1, 64, 64), 7.3), None, np.ones((1, 1, 1))])
def test_zoom_leads_to_the_middle_where_no_part_varies_more_than_others(values):
    specimen = grating(64, period=8) if values is None else Specimen(values, 1.0, 10.0)
    assert PhaseContrast(specimen).meta["corner"] == [0.5, 0.5]


@pytest.mark.filterwarnings("ignore:the specimen scatters")
@pytest.mark.parametrize("corner", [(0, 0), (0, 56), (56, 56), (20, 33)])
def test_no_zoom_leads_out_of_the_field(corner):
    values = np.zeros((1, 64, 64))
    values[0, corner[0] + 4, corner[1] + 4] = 50.0  # in the last columns, seen by windows up to the rim
    values[0, corner[0] + 3, corner[1] + 3] = -50.0
    for zoom in (1.0, 1.7, 3.0, 7.9, 8.0):
        potential = PhaseContrast(Specimen(values, 1.0, 10.0), zoom=zoom, noise=False).panels()["potential"].values
        assert potential.shape == (int(64 / zoom + 0.5),) * 2
        assert potential.max() == pytest.approx(50, rel=1e-3)


def test_contrast_is_that_of_the_whole_field_at_any_zoom():
    whole, part = PhaseContrast(), PhaseContrast(zoom=8.0)
    for phase_plate in (False, True):
        assert part.rms_contrast(phase_plate) == whole.rms_contrast(phase_plate)
    assert "8.0 times enlarged, but the contrast is that of the whole field" in part.alt_text()
    assert "enlarged" not in whole.alt_text()


def test_an_unlimited_dose_can_be_asked_for_in_two_ways():
    first, second = PhaseContrast(dose=None), PhaseContrast(noise=False)
    assert first.noise is False
    assert np.array_equal(first.panels()["plane"].values, second.panels()["plane"].values)
    assert "no counting noise" in first.alt_text()


def test_another_seed_is_another_exposure():
    one, other = (PhaseContrast(seed=seed).panels()["plane"].values for seed in (0, 1))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] < 0.5
    assert np.array_equal(one, PhaseContrast().panels()["plane"].values)
    assert "exposure 2;" in PhaseContrast(seed=1).alt_text()


@pytest.mark.parametrize("specimen", [None, 6])
def test_data_fits_its_budget(specimen, packed_size):
    if specimen:
        specimen = tcbf.apoferritin_in_ice((256, 256), slices=specimen)
    widget = PhaseContrast(specimen, energy=200e3)
    assert packed_size(widget) <= 1.5e6
    assert widget.meta["python"]["call"] == (
        f"tcbf.widgets.PhaseContrast({'specimen, ' if specimen else ''}energy=200000.0)"
    )
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())


def test_figure_draws_every_panel_with_its_pixels():
    widget = PhaseContrast(zoom=2.0, cmap="viridis")
    drawn = [axes.images[0].get_array() for axes in widget.figure().axes if axes.images]
    expected = [panel.rgba() for panel in widget.panels().values()]
    assert all(np.array_equal(a, b) for a, b in zip(drawn, expected, strict=True))


@pytest.mark.parametrize("name", ["PhaseContrast", "ContrastTransfer"])
def test_no_label_of_a_poster_is_cut(name):
    figure = getattr(tcbf.widgets, name)().figure()
    figure.draw_without_rendering()
    axes = figure.axes[-1]
    labels = [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label]
    boxes = [label.get_window_extent() for label in labels]
    assert min(box.x0 for box in boxes) >= 0
    assert min(box.y0 for box in boxes) >= 0
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


# white noise has no sampling that suffices
@pytest.mark.filterwarnings("ignore:the specimen scatters up to:UserWarning")
@pytest.mark.parametrize(
    "shape, sampling, size", [((1, 1), 1.0, 1), ((100, 70), 1.0, 128), ((512, 512), 0.4, 256), ((300, 400), 2.0, 256)]
)
def test_specimens_of_any_size_are_shown(shape, sampling, size, shows_numbers):
    widget = PhaseContrast(Specimen(np.random.default_rng(0).normal(0, 5, (1, *shape)), sampling, 1.0), zoom=8)
    assert unpack(widget.arrays["phases"]).shape == (1, size, size)
    assert widget.meta["sampling"] == pytest.approx(min(*shape, int(256 / sampling)) * sampling / size)
    shows_numbers(widget)


def test_fields_finer_than_the_wave_are_refused():
    with pytest.raises(ValueError, match=r"sampling must be 0.0098 \(half of the wavelength\)"):
        PhaseContrast(Specimen(np.zeros((1, 8, 8)), 1e-3, 10.0))


def test_an_empty_specimen_is_grey():
    widget = PhaseContrast(Specimen(np.zeros((2, 64, 64)), 1.0, 10.0), noise=False)
    assert widget.rms_contrast() == 0
    assert {tuple(panel.rgba()[0, 0]) for name, panel in widget.panels().items() if name != "potential"} == {
        (128, 128, 128, 255)
    }


@pytest.mark.parametrize(
    "bad, message",
    [
        ({"dose": 0}, r"dose must be a number > 0, got 0; in electrons/Å²; None means no noise"),
        ({"dose": -5.0}, "dose must be a number > 0"),
        ({"defocus": float("nan")}, "defocus must be a finite number"),
        ({"energy": 300}, "energy must be at least 1000 eV, got 300"),
        ({"energy": 3e8}, "energy must be at most"),
    ],
)
def test_bad_arguments_are_named(bad, message):
    with pytest.raises(ValueError, match=message):
        PhaseContrast(**bad)


@pytest.mark.parametrize("bad", [{"zoom": 0.5}, {"zoom": 9}, {"seed": -1}, {"cmap": "jet"}])
def test_bad_traits_are_named(bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        PhaseContrast(**bad)


def test_a_state_beyond_the_usual_range_widens_the_slider():
    widget = PhaseContrast(defocus=-50_000.0, dose=5_000.0)
    assert widget.meta["ranges"]["defocus"] == [-60_000, 60_000]
    assert widget.meta["ranges"]["dose"] == [10, 5_000]
    with pytest.raises(traitlets.TraitError, match="dose is 0"):
        widget.dose = 0


def test_wrong_or_too_many_slices_are_named():
    with pytest.raises(TypeError, match="specimen must be a Specimen"):
        PhaseContrast(np.zeros((4, 4)))
    with pytest.raises(ValueError, match="specimen has 7 slices, accepted are at most 6; make it with slices=6"):
        PhaseContrast(grating(slices=7))


def test_a_coarse_specimen_is_reported_where_it_is_given():
    with pytest.warns(UserWarning, match="Å") as caught:
        PhaseContrast(grating(strength=20.0, period=8))
    assert all(warning.filename == __file__ for warning in caught)
    texts = [str(warning.message) for warning in caught]
    assert "a sampling of 1 Å per pixel holds waves below" in texts[0]
    assert "slices of 10 Å are too thick" in texts[1]


def test_the_built_in_specimen_is_judged_as_any_other():
    with pytest.warns(UserWarning, match="slices of 124 Å are too thick") as caught:
        PhaseContrast(energy=60e3)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="too thick") as given:
        PhaseContrast(built_in(), energy=60e3)
    assert [str(warning.message) for warning in given] == [str(warning.message) for warning in caught]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PhaseContrast()
