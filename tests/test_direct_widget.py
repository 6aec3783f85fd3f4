"""DirectPtychography: what it sends and shows equals what the library computes, and what is foretold comes true."""

from dataclasses import replace

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.contrast import SpectralSNR
from tcbf_widgets.direct_phase import DirectPhase
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.direct_ptychography import low_pass
from tcbf_widgets.widgets.direct_source import expected_rings

from .direct_images import images_of_demo


@pytest.fixture(scope="module")
def images():
    return images_of_demo()


@pytest.fixture(scope="module")
def widget(images):
    return tcbf.widgets.DirectPtychography(**images)


def test_images_are_phases_in_radians_as_they_came(images, widget):
    """Sixteen bits over the range of each image."""
    for name in ("direct", "iterative", "truth"):
        expected = np.asarray(images[name], float)
        assert np.allclose(unpack(widget.arrays[name]), expected - expected.mean(), atol=np.ptp(expected) / 65535)
    phase = (images["summed"].values - images["summed"].values.mean()) / 2  # the sum is 1 + 2φ
    assert np.allclose(unpack(widget.arrays["summed"]), phase, atol=np.ptp(phase) / 65535)


def test_the_slider_takes_away_finer_detail_and_nothing_else(images):
    """A wave of 50 Å stays, one of 12 Å goes when detail down to 20 Å is shown; inside, away from the borders."""
    y, x = np.indices((48, 96)) * 5.0
    coarse, fine = np.sin(2 * np.pi * x / 50), np.sin(2 * np.pi * y / 12)
    like = DirectPhase((coarse + fine).astype(np.float32), (5.0, 5.0), 2, SpectralSNR(*np.ones((3, 2))))
    waves = tcbf.widgets.DirectPtychography(images["fit"], 1 + 2 * fine, like, truth=coarse, detail=20.0)
    inside = (slice(12, -12), slice(12, -12))
    assert np.allclose(waves.image("direct")[inside], coarse[inside], atol=0.05)
    assert np.abs(waves.image("summed")[inside]).max() < 0.05
    assert waves.correlations()["direct"] > 0.99
    waves.detail = 8.0
    assert np.allclose(waves.image("direct")[inside], (coarse + fine)[inside], atol=0.05)


def test_the_filter_falls_around_the_finest_detail():
    assert np.allclose(low_pass(np.array([0.0, 0.84, 1.0, 1.16, 5.0])), [1, 1, 0.5, 0, 0])


def test_what_optics_and_noise_foretell_is_found_against_the_truth(images, widget):
    """From 1/40 to 1/11 Å, rms 0.06 over 16 rings of 0.004 1/Å; the noise of one correlation there is some 0.03. The
    prediction knows nothing of the truth: its signal-to-noise ratio comes from the images."""
    expected, found = widget.curves("expected"), widget.curves("rings")
    near = (found["q"] > 0.025) & (found["q"] < 0.09)
    assert near.sum() > 12
    for name in ("direct", "summed"):
        foretold = np.interp(found["q"], expected["q"], expected[name])
        assert np.sqrt(np.mean((foretold - found[name])[near] ** 2)) < 0.06
    # at the first zero of sin χ
    zero = np.argmin(np.abs(found["q"] - 0.0582))
    assert found["summed"][zero] < 0.35 < found["direct"][zero]
    assert expected["summed"][np.argmin(np.abs(expected["q"] - 0.0582))] < 0.3


def test_curves_of_other_aberrations_are_sums_over_the_disk(images):
    """With a little C30 the sum is nearly the closed form; 21 pixels across know the disk's share to 0.03."""
    fit, direct = images["fit"], images["direct"]
    quadratic = expected_rings(fit, direct.snr, direct.shape, direct.sampling)
    bent = replace(fit, aberrations=replace(fit.aberrations, C30=1.0))
    summed = expected_rings(bent, direct.snr, direct.shape, direct.sampling)
    for name in ("direct", "summed"):
        assert np.allclose(summed[name], quadratic[name], atol=0.05)


def test_correlations_are_those_of_what_is_shown(images, widget):
    widget.detail = 14.0
    panels = widget.panels()
    for name, value in widget.correlations().items():
        both = (panels[name].values.ravel(), panels["truth"].values.ravel())
        assert value == pytest.approx(np.corrcoef(*both)[0, 1], abs=1e-6)
    assert f"direct {widget.correlations()['direct']:.2f}" in widget.alt_text()
    assert len({(panel.vmin, panel.vmax) for panel in panels.values()}) == 1


def test_figure_draws_every_panel_with_its_pixels(draws_its_panels, widget):
    draws_its_panels(widget)


def test_data_fits_its_budget(packed_size, widget):
    assert packed_size(widget) <= 1.5e6


@pytest.mark.parametrize("left_out", [("iterative",), ("truth",), ("iterative", "truth")])
def test_iterative_and_truth_may_be_left_out(images, left_out, shows_numbers, draws_its_panels):
    given = {name: image for name, image in images.items() if name not in left_out}
    widget = tcbf.widgets.DirectPtychography(**given)
    assert list(widget.panels()) == [name for name in ("summed", "direct", "iterative", "truth") if name in given]
    assert ("correlation" in widget.alt_text()) == ("truth" not in left_out)
    shows_numbers(widget)
    draws_its_panels(widget)


def test_constant_and_small_images_are_shown(images, shows_numbers):
    small = DirectPhase(np.zeros((8, 9), np.float32), (5.0, 5.0), 1, SpectralSNR(np.array([0.05]), *np.zeros((2, 1))))
    for truth in (None, np.zeros((8, 9))):
        shows_numbers(tcbf.widgets.DirectPtychography(images["fit"], np.ones((8, 9)), small, truth=truth))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"fit": None}, TypeError, "fit must be a FittedOptics"),
        ({"direct": np.zeros((48, 96))}, TypeError, "direct must be a DirectPhase"),
        ({"summed": np.ones((4, 4))}, ValueError, "summed must be a finite image on the grid of direct"),
        ({"truth": np.full((48, 96), np.nan)}, ValueError, "truth must be a finite image"),
        ({"iterative": np.zeros((96, 48))}, ValueError, "iterative must be"),
        ({"detail": 2.0}, traitlets.TraitError, "detail is 2.0; DirectPtychography here accepts 8.0 to 80.0"),
    ],
)
def test_bad_input_is_named(images, change, error, message):
    with pytest.raises(error, match=message):
        tcbf.widgets.DirectPtychography(**images | change)


def test_the_call_names_what_was_given(images, widget):
    assert widget.meta["python"]["call"] == (
        "tcbf.widgets.DirectPtychography(fit, corrected, direct, iterative=iterative, truth=truth)"
    )


def test_in_focus_nothing_is_foretold_of_the_aligned_sum(images):
    """And something of direct ptychography, which sees a phase with one sideband."""
    fit, direct = images["fit"], images["direct"]
    expected = expected_rings(replace(fit, aberrations=Aberrations()), direct.snr, direct.shape, direct.sampling)
    assert not expected["summed"].any()
    assert expected["direct"].max() > 0.3
