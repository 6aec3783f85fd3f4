"""TiltedIllumination as a widget: its arguments, its state, its words and its poster."""

import re

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.widgets.arrays import unpack

_PIXEL = tcbf.Specimen(np.zeros((1, 1, 1)), 1.0, 10.0)
NOISE = "ignore:the specimen scatters"  # it does so to the rim of every grid


@pytest.fixture(scope="module")
def widget():
    """One widget; tests set the state that they need."""
    return tcbf.widgets.TiltedIllumination()


def bring(widget, ky, kx, defocus=15_000.0):
    widget.ky, widget.kx, widget.defocus = ky, kx, defocus


def test_first_state_is_an_image_displaced_by_some_tens_of_angstroms(widget):
    first = tcbf.widgets.TiltedIllumination()
    assert (first.defocus, first.ky, first.kx) == (15_000, -0.071, 0.11)
    assert first.inside
    assert 30 < np.linalg.norm(first.shift()) < 50
    assert [panel.values.shape for panel in first.panels().values()] == [(121, 121), (256, 256)]


@pytest.mark.filterwarnings(NOISE)
@pytest.mark.parametrize("semiangle", [0.5, 2.0, 6.0, 7.9])
def test_every_pixel_that_the_sliders_reach_can_be_shown(semiangle):
    specimen = tcbf.Specimen(np.random.default_rng(2).normal(0, 9, (1, 300, 280)), 1.0, 10.0)
    widget = tcbf.widgets.TiltedIllumination(specimen=specimen, semiangle=semiangle)
    assert widget.inside
    corner = [widget.meta["ranges"][name][0] for name in ("ky", "kx")]
    bring(widget, *corner, widget.defocus)
    assert np.hypot(*corner) / widget.meta["rim"] == pytest.approx(1.7, abs=0.03)
    assert np.isfinite(widget.image()).all()
    assert 256 * widget.meta["sampling"] <= 256


@pytest.mark.filterwarnings(NOISE)
@pytest.mark.parametrize("shape, sampling", [((40, 90), 2.0), ((2, 3), 8.0), ((301, 300), 0.5)])
@pytest.mark.parametrize("constant", [False, True])
def test_specimens_of_any_size_are_shown(shape, sampling, constant, shows_numbers):
    potential = np.random.default_rng(0).normal(size=(2, *shape)) * (not constant)
    shows_numbers(tcbf.widgets.TiltedIllumination(specimen=tcbf.Specimen(potential, sampling, 5.0)))


@pytest.mark.parametrize(
    "error, message, arguments",
    [
        (TypeError, "specimen must be a Specimen", {"specimen": np.ones((8, 8))}),
        (ValueError, "specimen must be at least 8 Å wide, got 1", {"specimen": _PIXEL}),
        (ValueError, "energy must be", {"energy": 300}),
        (ValueError, "semiangle must be a number > 0", {"semiangle": 0}),
        (ValueError, "semiangle must be at most 7.9 mrad, got 30", {"semiangle": 30}),
        (ValueError, "semiangle must be at most 10 mrad, got 12", {"semiangle": 12, "energy": 60e3}),
        (ValueError, r"C30 must be between -1.9e\+09 and 1.9e\+09 Å, got 1e\+12", {"C30": 1e12}),
        (ValueError, "defocus must be between -30000 and 30000 Å, got -31000", {"defocus": -31_000}),
        (ValueError, r"defocus must be between .* Å, got 1e\+300", {"defocus": 1e300}),
        (ValueError, "C30 must be a finite number", {"C30": "large"}),
        (ValueError, "defocus must be a finite number", {"defocus": float("nan")}),
        (traitlets.TraitError, "kx is 0.5", {"kx": 0.5}),
        (traitlets.TraitError, "ky is nan", {"ky": float("nan")}),
    ],
)
def test_bad_arguments_are_named(error, message, arguments):
    with pytest.raises(error, match=message):
        tcbf.widgets.TiltedIllumination(**arguments)


def test_a_specimen_that_is_sampled_too_coarsely_is_said():
    steep = np.zeros((2, 64, 64))
    steep[:, :, ::4] = steep[:, :, 1::4] = 5e3
    with pytest.warns(UserWarning, match="a sampling of 1 Å per pixel holds waves below"):
        tcbf.widgets.TiltedIllumination(specimen=tcbf.Specimen(steep, 1.0, 2.0), defocus=1_000.0)
    # the built-in protein is 124 Å thick, at a low energy too thick to be projected
    with pytest.warns(UserWarning, match="slices of 124 Å are too thick"):
        tcbf.widgets.TiltedIllumination(energy=30e3)


def test_slider_of_the_defocus_reaches_what_the_first_state_asks_for():
    vacuum = tcbf.Specimen(np.zeros((1, 64, 64)), 4.0, 10.0)
    widget = tcbf.widgets.TiltedIllumination(specimen=vacuum, semiangle=2.0, defocus=-41_000.0)
    assert widget.meta["ranges"]["defocus"] == [-50_000, 50_000]
    with pytest.raises(traitlets.TraitError, match="defocus is 51000"):
        widget.defocus = 51_000.0


def test_slider_of_the_defocus_keeps_the_images_of_the_rim_within_half_of_a_small_field():
    vacuum = tcbf.Specimen(np.zeros((1, 16, 16)), 4.0, 10.0)  # 64 Å: at 4 mrad, half of it is 8000 Å of defocus
    widget = tcbf.widgets.TiltedIllumination(specimen=vacuum)
    assert widget.meta["ranges"]["defocus"] == [-8_000, 8_000]
    assert widget.defocus == 6_000
    assert np.linalg.norm(widget.shift()) < 32


def test_call_repeats_what_is_not_usual():
    vacuum = tcbf.Specimen(np.zeros((1, 16, 16)), 4.0, 10.0)
    widget = tcbf.widgets.TiltedIllumination(vacuum, energy=200e3, C30=1e7)
    assert (
        widget.meta["python"]["call"]
        == "tcbf.widgets.TiltedIllumination(specimen=specimen, energy=200000.0, C30=10000000.0)"
    )


def test_meta_names_traits_that_exist_and_data_fit_the_budget(widget, packed_size):
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    assert packed_size(widget) < 2e5


@pytest.mark.parametrize("k", [(-0.071, 0.11), (0.0, 0.0), (0.2, 0.24)])
def test_figure_draws_every_panel_with_its_pixels(widget, draws_its_panels, k):
    bring(widget, *k)
    draws_its_panels(widget)


def test_bright_fields_have_one_range_of_grey_levels_and_what_is_nearly_gone_looks_so(widget):
    phase = unpack(widget.arrays["phase"])
    half = np.abs(np.percentile(phase, [1, 99])).max()
    seen = {}
    for state in ((0.0, 0.0, 0.0), (0.0, 0.0, 15_000.0), (0.1, -0.12, -15_000.0)):
        bring(widget, *state)
        panel = widget.panels()["image"]
        assert (panel.vmin, panel.vmax) == pytest.approx((1 - half, 1 + half))
        seen[state] = panel.rgba()[..., 0].std()
        assert widget.rms_contrast() == pytest.approx(panel.values.std(dtype=float) / panel.values.mean(dtype=float))
        assert f"contrast (rms) of {100 * widget.rms_contrast():.1f} %" in widget.alt_text()
    # in focus on the axis only what is quadratic in the phase is left: less than two of 256 grey levels
    assert seen[0.0, 0.0, 0.0] < 2 < 10 < seen[0.0, 0.0, 15_000.0]
    widget.contrast = [10, 90]
    narrower = widget.panels()["image"]
    widget.contrast = [1, 99]
    assert narrower.vmax - narrower.vmin < 2 * half


def test_the_rim_lowers_the_grey_levels_with_the_beam(widget):
    bring(widget, 0.0, 0.203, 15_000.0)
    panel, mean = widget.panels()["image"], widget.image().mean(dtype=float)
    assert mean < 0.5
    assert (panel.vmin + panel.vmax) / 2 == pytest.approx(mean)
    assert panel.vmax / mean - 1 == pytest.approx(np.abs(np.percentile(unpack(widget.arrays["phase"]), [1, 99])).max())


def test_side_view_is_the_projection_on_x_and_goes_through_the_axis_without_a_jump(widget):
    dots = []
    for kx in (-0.002, 0.002):
        bring(widget, -0.15, kx)
        beam = widget.figure().axes[0]
        dots += [line.get_xdata()[0] for line in beam.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([-0.0093, 0.0093], abs=2e-4)  # 0.01 of the disk's radius, 0.95 mm


def test_places_and_shares_are_said_by_name_and_without_exponents(widget):
    bring(widget, -0.071, 0.11)
    assert "ky −0.071, kx 0.110 1/Å" in widget.alt_text()
    assert "displaced by 21.0 Å up, 32.5 Å right" in widget.alt_text()
    bring(widget, -0.071, 0.11, 0.0)
    assert "not displaced" in widget.alt_text()
    assert not any("Å" in text.get_text() for text in widget.figure().axes[2].texts)
    bring(widget, 0.24, 0.24)
    assert re.search(r"a dark field with a mean of 0\.00\d+ % of the beam", widget.alt_text())


def test_marks_of_the_poster_are_at_the_pixel_and_at_its_shift(widget):
    bring(widget, -0.071, 0.11, 15_000.0)
    _, detector, image = widget.figure().axes
    middles = [np.array([axes.get_ylim()[0], axes.get_xlim()[1]]) / 2 for axes in (detector, image)]
    point, cross = (
        next(line for line in axes.lines if line.get_marker() == mark) for axes, mark in ((detector, "o"), (image, "+"))
    )
    assert np.allclose(np.ravel(point.get_data())[::-1] - middles[0], [-0.071, 0.11])
    assert np.allclose(np.ravel(cross.get_data())[::-1], middles[1])
    (arrow,) = (mark for mark in image.texts if mark.arrowprops)
    assert np.allclose(np.array(arrow.xy)[::-1] - middles[1], widget.shift())
