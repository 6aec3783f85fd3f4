"""AberrationExplorer: what it computes, against the library."""

import re

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import fit_aberrations
from tcbf_widgets.lens import Lens
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.widgets.colours import phase_colours
from tcbf_widgets.widgets.lens_controls import COEFFICIENTS


@pytest.fixture(scope="module")
def explorer(fit):
    return tcbf.widgets.AberrationExplorer(fit)


def test_predicted_shifts_are_those_of_the_lens(fit, stack):
    state = {"rotation_deg": 20.0, "transpose": True, "defocus": -12_000.0, "C12y": 700.0, "C21x": 3e4, "C30": 1e7}
    widget = tcbf.widgets.AberrationExplorer(fit, **state)
    aberrations = Aberrations(C10=12_000.0, C12y=700.0, C21x=3e4, C30=1e7)
    expected = Lens(aberrations, 20.0, True).shifts(stack.k, stack.energy)
    assert np.allclose(widget.predicted(widget.k()), expected)


def test_at_the_fit_the_shifts_agree_and_the_image_is_the_aligned_one(fit, alignment):
    widget = tcbf.widgets.AberrationExplorer(fit)
    away = (widget.rms(), widget.sharpness())
    for name, value in widget.meta["fit"].items():
        setattr(widget, name, value)
    measured = fit.measured - fit.offset
    assert np.isclose(widget.rms(), np.sqrt(np.mean(np.sum((fit.shifts - measured) ** 2, axis=1))), rtol=1e-3)
    assert np.isclose(widget.sharpness(), 1)
    # of two pixels in a group, and with other borders, yet the same picture
    assert np.corrcoef(widget.panels()["image"].values.ravel(), alignment.image.ravel())[0, 1] > 0.98
    assert away[0] > 5 * widget.rms()
    assert 0.1 < away[1] < 0.6


def test_without_a_fit_an_alignment_shows_its_own_shifts(alignment):
    widget = tcbf.widgets.AberrationExplorer(alignment)
    assert widget.meta["fit"] is None
    assert widget.meta["python"]["call"] == "tcbf.widgets.AberrationExplorer(alignment)"
    widget.defocus, widget.rotation_deg = 15_000.0, -15.0
    assert widget.rms() < 3
    assert np.isclose(widget.sharpness(), 1, atol=0.02)


def test_fitted_coefficients_without_a_slider_are_held(alignment, stack):
    fit = fit_aberrations(alignment, 3, 4)
    widget = tcbf.widgets.AberrationExplorer(fit)
    assert widget.meta["held"] == {name: fit.aberrations[name] for name in ("C32x", "C32y", "C34x", "C34y")}
    for name, value in widget.meta["fit"].items():
        setattr(widget, name, value)
    assert np.allclose(widget.predicted(stack.k), fit.shifts)


def test_phase_has_one_colour_in_focus_and_turns_with_defocus(fit):
    widget = tcbf.widgets.AberrationExplorer(fit, defocus=0.0)
    picture = widget.panels()["phase"].rgba()
    middle, corner = picture[80, 80], picture[0, 0]
    assert tuple(corner) == (0, 0, 0, 255)
    assert np.all(picture[80, 20:140] == middle)
    # along a radius, χ = π λ C10 k²: as many turns as that is of 2π
    widget.defocus = 15_000.0
    panel = widget.panels()["phase"]
    radius = widget.meta["disk_radius"] * widget.meta["reciprocal_sampling"][1]
    turns = 0.5 * widget.meta["wavelength"] * 15_000 * radius**2
    light = panel.rgba()[80, 80:].astype(int).sum(axis=1)
    inside = light[: int(radius / widget.meta["phase"]["step"])]
    dark = (inside[1:-1] <= inside[:-2]) & (inside[1:-1] < inside[2:])
    assert abs(dark.sum() - turns) <= 1


def test_amplitude_is_brightness():
    full, half, none = phase_colours(np.full((1, 3), 0.25), np.array([[1.0, 0.5, 0.0]]))[0, :, :3].astype(int)
    assert np.all(np.abs(2 * half - full) <= 2)
    assert not none.any()


@pytest.mark.parametrize("name", ["rotation_deg", *COEFFICIENTS])
def test_traits_beyond_the_sliders_are_named(explorer, fit, name):
    most = explorer.meta["ranges"][name]["most"]
    accepted = re.escape(f"accepts -{most:g} to {most:g}")
    with pytest.raises(traitlets.TraitError, match=f"{name} is .*; AberrationExplorer here {accepted}"):
        tcbf.widgets.AberrationExplorer(fit, **{name: 1.01 * most})


@pytest.mark.parametrize("orders, names", [((1, 0), {"defocus"}), ((2, 1), {"defocus", "C21x", "C21y"})])
def test_only_what_was_fitted_is_marked(alignment, orders, names):
    widget = tcbf.widgets.AberrationExplorer(fit_aberrations(alignment, *orders))
    assert set(widget.meta["fitted"]) == names | {"rotation_deg"}


def test_wrong_source_is_named(stack):
    with pytest.raises(TypeError, match="fit must be an? .* got BrightFieldStack"):
        tcbf.widgets.AberrationExplorer(stack)


def test_data_fit_a_page(explorer, packed_size):
    assert packed_size(explorer) <= 0.75e6


def test_figure_draws_every_panel_with_its_pixels(draws_its_panels, explorer):
    draws_its_panels(explorer)
    assert set(explorer.meta["python"]["traits"]) <= set(explorer.trait_names())
