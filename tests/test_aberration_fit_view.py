"""AberrationFitView: the fits it holds and the residual it shows, against the library."""

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import fit_aberrations


@pytest.fixture(scope="module")
def fit_view(alignment):
    return tcbf.widgets.AberrationFitView(alignment)


@pytest.mark.parametrize("radial, angular", [(1, 0), (1, 2), (2, 3), (3, 4)])
def test_fit_view_holds_the_fits_of_the_library(alignment, fit_view, stack, radial, angular):
    fit = fit_aberrations(alignment, radial, angular, transpose=False, defocus_sign=1)
    fit_view.max_radial_order, fit_view.max_angular_order = radial, angular
    shown = fit_view.fit()
    assert shown["values"] == {name: fit.aberrations[name] for name in fit.names[:-1]}
    assert shown["uncertainties"] == fit.uncertainties
    measured, fitted = fit_view.shifts()
    assert np.allclose(measured, fit.measured, atol=0.01)
    assert np.allclose(fitted, fit.shifts + fit.offset)
    residual = fit_view.panels()["residual"].values
    assert np.isclose(np.sqrt(np.nanmean(residual**2)), fit_view.residual_rms(), rtol=1e-5)
    assert np.isfinite(residual).sum() == len(stack)


def test_orders_that_cannot_be_determined_say_so(stack):
    alignment = tcbf.align(stack, bins=(16,))
    groups = alignment.steps[-1].groups.max() + 1
    widget = tcbf.widgets.AberrationFitView(alignment)
    widget.max_radial_order, widget.max_angular_order = 3, 4
    errors = [fit.get("error") for fit in widget.meta["fits"]]
    assert errors[0] is None
    if "error" in widget.fit():
        assert f"{groups} groups of pixels determine" in widget.alt_text()
        assert np.isnan(widget.panels()["residual"].values).all()


@pytest.mark.parametrize("bad", [{"max_radial_order": 4}, {"max_radial_order": 0}, {"max_angular_order": 5}])
def test_bad_orders_are_named(alignment, bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        tcbf.widgets.AberrationFitView(alignment, **bad)


def test_known_orientation_is_repeated_in_the_call(alignment):
    widget = tcbf.widgets.AberrationFitView(alignment, transpose=False, defocus_sign=-1)
    call = "tcbf.widgets.AberrationFitView(alignment, transpose=False, defocus_sign=-1)"
    assert widget.meta["python"]["call"] == call
    assert all(fit["values"]["C10"] > 0 for fit in widget.meta["fits"])
    assert {fit["sign_confidence"] for fit in widget.meta["fits"]} == {None}


# with the explorer beside it: what an alignment without shifts leaves to show
@pytest.mark.filterwarnings("ignore:no shifts were found")
def test_nothing_to_fit_is_said_and_not_raised():
    y, x = np.indices((20, 20))
    pattern = 5.0 * (np.hypot(y - 9.5, x - 9.5) < 5)
    array = np.broadcast_to(pattern, (9, 10, 20, 20)).astype(np.float32)
    alignment = tcbf.align(tcbf.bright_field_stack(tcbf.FourDSTEM(array, 300e3, 10.0, 0.01)), bins=(4,))
    widget = tcbf.widgets.AberrationFitView(alignment)
    assert "found no shifts" in widget.alt_text()
    explorer = tcbf.widgets.AberrationExplorer(alignment)
    assert np.isnan(explorer.sharpness())
    assert "cannot be measured" in explorer.alt_text()
    for each in (widget, explorer):
        assert each.poster_png().startswith(b"\x89PNG")


def test_wrong_source_is_named(stack):
    with pytest.raises(TypeError, match="alignment must be an? .* got BrightFieldStack"):
        tcbf.widgets.AberrationFitView(stack)


def test_data_fit_a_page(fit_view, packed_size):
    assert packed_size(fit_view) <= 50e3


def test_figure_draws_every_panel_with_its_pixels(draws_its_panels, fit_view):
    draws_its_panels(fit_view)
    assert set(fit_view.meta["python"]["traits"]) <= set(fit_view.trait_names())
