"""ContrastTransfer: what it sends and shows equals what the library computes."""

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.transfer import disk_grid, scherzer_defocus, summed_transfer
from tcbf_widgets.widgets.arrays import unpack


@pytest.fixture(scope="module")
def small_specimen():
    return tcbf.apoferritin_in_ice(shape=160, sampling=1.5, seed=3)


def test_first_state_is_that_of_the_book():
    widget = tcbf.widgets.ContrastTransfer()
    assert (widget.defocus, widget.C30, widget.semiangle, widget.meta["energy"]) == (15_000, 2.7e7, 4, 300e3)
    assert "differ by up to 0.14" in widget.alt_text()
    assert widget.panels()["image"].values.shape == (128, 128)


def test_image_is_the_phase_through_the_exact_transfer(small_specimen):
    widget = tcbf.widgets.ContrastTransfer(specimen=small_specimen, defocus=6_000, semiangle=6)
    phase = unpack(widget.arrays["phase"]).astype(float)
    step = widget.meta["sampling"]
    assert step == pytest.approx(160 * 1.5 / 128)
    q = np.stack(np.meshgrid(np.fft.fftfreq(128, step), np.fft.fftfreq(128, step), indexing="ij"), axis=-1)
    aberrations = tcbf.Aberrations.from_defocus(6_000, C30=2.7e7)
    factor = 2 * summed_transfer(q, disk_grid(300e3, 6, 41), aberrations, 300e3, 6).real
    expected = 1 + np.fft.ifft2(np.fft.fft2(phase) * factor).real
    assert np.abs(widget.image() - expected).max() < 0.02 * np.ptp(expected)
    assert widget.image().mean() == pytest.approx(1)


def test_phase_is_that_of_the_specimen(small_specimen):
    widget = tcbf.widgets.ContrastTransfer(specimen=small_specimen, energy=200e3)
    phase = unpack(widget.arrays["phase"])
    expected = tcbf.optics.interaction_parameter(200e3) * small_specimen.projected
    low = (slice(0, 8), slice(0, 8))
    spectra = np.fft.fft2(phase)[low] / 128**2, np.fft.fft2(expected - expected.mean())[low] / 160**2
    assert np.allclose(*spectra, atol=1e-4 * np.abs(spectra[1]).max())


def test_phase_flip_turns_an_image_that_misleads_into_one_that_shows_the_specimen():
    widget = tcbf.widgets.ContrastTransfer()
    before = widget.correlation()
    widget.flip = True
    assert before < 0 < 0.6 < widget.correlation()


def test_in_focus_a_perfect_lens_shows_nothing():
    widget = tcbf.widgets.ContrastTransfer(defocus=0, C30=0)
    assert np.ptp(widget.image()) == 0
    assert widget.correlation() == 0


def test_weak_contrast_looks_weak():
    widget = tcbf.widgets.ContrastTransfer()
    ranges = set()
    for defocus in (15_000, scherzer_defocus(2.7e7, 300e3)):
        widget.defocus = defocus
        panel = widget.panels()["image"]
        ranges.add((panel.vmin, panel.vmax))
    assert len(ranges) == 1


@pytest.mark.parametrize("shape, sampling", [((64, 64), 3.0), ((40, 90), 2.0), ((300, 301), 1.0), ((1, 1), 1.0)])
@pytest.mark.parametrize("constant", [False, True])
def test_specimens_of_any_size_are_shown(shape, sampling, constant, shows_numbers):
    potential = np.random.default_rng(0).normal(size=(1, *shape)) * (not constant)
    shows_numbers(tcbf.widgets.ContrastTransfer(specimen=tcbf.Specimen(potential, sampling, 10.0)))


@pytest.mark.parametrize(
    "error, message, arguments",
    [
        (TypeError, "specimen must be a Specimen", {"specimen": np.ones((8, 8))}),
        (TypeError, "fit must be a FittedOptics, from tcbf.fit_aberrations", {"fit": 3}),
        (ValueError, "energy must be", {"energy": -1}),
        (ValueError, "semiangle must be at most 20 mrad, got 40", {"semiangle": 40.0}),
        (ValueError, "semiangle must be a number > 0", {"semiangle": 0}),
        (traitlets.TraitError, "reach is 3", {"reach": 3.0}),
        (ValueError, "defocus must be a finite number", {"defocus": "far"}),
    ],
)
def test_bad_arguments_are_named(error, message, arguments):
    with pytest.raises(error, match=message):
        tcbf.widgets.ContrastTransfer(**arguments)


def test_sliders_reach_what_the_first_state_asks_for():
    widget = tcbf.widgets.ContrastTransfer(defocus=-52_000.0, C30=-1e6, semiangle=20.0)
    ranges = widget.meta["ranges"]
    assert ranges["defocus"] == [-70_000, 70_000]
    assert ranges["C30"][0] <= -1e6
    assert ranges["semiangle"] == [1, 20]


def test_sliders_end_where_they_say():
    widget = tcbf.widgets.ContrastTransfer()
    for name, beyond in (("defocus", 31_000), ("C30", -1), ("semiangle", 11), ("reach", 0)):
        with pytest.raises(traitlets.TraitError, match=f"{name} is {beyond}"):
            setattr(widget, name, float(beyond))


def test_meta_names_traits_that_exist_and_data_fit_the_budget(packed_size):
    widget = tcbf.widgets.ContrastTransfer()
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    assert packed_size(widget) < 1e5


def test_contrast_transfer_starts_at_the_fit(fit):
    widget = tcbf.widgets.ContrastTransfer(fit)
    assert widget.defocus == fit.aberrations.defocus == pytest.approx(15_000, rel=0.03)
    assert widget.semiangle == fit.semiangle == pytest.approx(4, rel=0.01)
    assert (widget.C30, widget.meta["energy"]) == (0, 300e3)
    assert widget.meta["python"]["call"] == "tcbf.widgets.ContrastTransfer(fit)"
    with pytest.raises(ValueError, match="energy=200000.0 cannot be given with a fit"):
        tcbf.widgets.ContrastTransfer(fit, energy=200e3)


def test_figure_draws_every_panel_with_its_pixels(draws_its_panels):
    draws_its_panels(tcbf.widgets.ContrastTransfer(flip=True))
