"""ContrastTransfer and Upsampling: what they send and show equals what the library computes."""

import json

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.transfer import disk_grid, scherzer_defocus, summed_transfer, tcbf_transfer
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.round_transfer import RoundTransfer

# defocus in Å, C30 in Å, semi-angle in mrad
OPTICS = [(15_000, 2.7e7, 4), (7_000, 2.7e7, 8), (-3_000, 1e7, 6), (892.9, 2.7e7, 4)]


@pytest.fixture(scope="module")
def small_specimen():
    return tcbf.apoferritin_in_ice(shape=160, sampling=1.5, seed=3)


def vectors(q):
    return np.stack([np.zeros_like(q), q], axis=-1)


# ---- the transfer


@pytest.mark.parametrize("defocus, c30, semiangle", OPTICS)
def test_closed_form_and_exact_sum_are_those_of_the_library(defocus, c30, semiangle):
    transfer = RoundTransfer(defocus, c30, semiangle, 300e3)
    aberrations = tcbf.Aberrations.from_defocus(defocus, C30=c30)
    q = np.linspace(0, 2, 21) * transfer.rim
    assert np.allclose(transfer.closed(q), tcbf_transfer(vectors(q), aberrations, 300e3, semiangle), atol=1e-12)
    sums = [
        summed_transfer(vectors(q), disk_grid(300e3, semiangle, across), aberrations, 300e3, semiangle).real
        for across in (61, 121)
    ]
    away = [np.abs(transfer.exact(q).imag - total).max() for total in sums]
    # a sum over pixels approaches the integral over the disk as the pixels get finer
    assert away[1] < 2e-3
    assert away[1] < away[0]


def test_spherical_aberration_parts_exact_sum_and_closed_form_by_known_amounts():
    assert RoundTransfer(15_000, 2.7e7, 4, 300e3).largest_difference() == pytest.approx(0.14, abs=0.005)
    assert RoundTransfer(7_000, 2.7e7, 8, 300e3).largest_difference() == pytest.approx(0.80, abs=0.005)
    assert RoundTransfer(15_000, 0, 8, 300e3).largest_difference() < 1e-14


def test_negative_spherical_aberration_and_defocus_reverse_the_transfer():
    plus, minus = RoundTransfer(8_000, 2e7, 7, 300e3), RoundTransfer(-8_000, -2e7, 7, 300e3)
    q = np.linspace(0, 2, 50) * plus.rim
    assert np.allclose(plus.exact(q).imag, -minus.exact(q).imag, atol=1e-14)


@pytest.mark.parametrize("defocus, c30, semiangle", [*OPTICS, (15_000, 0, 4), (0, 2.7e7, 4)])
def test_first_zero_is_the_lowest_frequency_that_vanishes(defocus, c30, semiangle):
    transfer = RoundTransfer(defocus, c30, semiangle, 300e3)
    zero = transfer.first_zero()
    q = np.linspace(1e-3, 0.999, 500) * zero
    assert abs(np.sin(transfer.chi(zero))) < 1e-9
    assert (np.sign(np.sin(transfer.chi(q))) == np.sign(np.sin(transfer.chi(q[250])))).all()
    assert RoundTransfer(0, 0, 4, 300e3).first_zero() == np.inf


def test_picture_is_the_modulus_of_the_transfer_where_it_is_resolved_and_its_mean_elsewhere():
    transfer = RoundTransfer(3_000, 2.7e7, 8, 300e3)
    size, reach = 64, 0.1
    picture = transfer.picture(size, reach)
    axis = (np.arange(size) - 31.5) * 2 * reach / size
    q = np.hypot(axis[:, None], axis)
    near = q < 0.03
    left = np.arange(size) < 32
    expected = np.where(left, np.abs(transfer.closed(q)), np.abs(transfer.exact(q).imag))
    assert np.allclose(picture[near], expected[near], atol=0.01)
    fine = RoundTransfer(100_000, 0, 8, 300e3)
    flat = fine.picture(size, 0.6)[5, 5]
    assert flat == pytest.approx(2 / np.pi * fine.envelope(np.hypot(26.5, 26.5) * 1.2 / 64), rel=1e-6)


# ---- the widget


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
    assert widget.alt_text().endswith(".")


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
def test_specimens_of_any_size_are_shown(shape, sampling, constant):
    potential = np.random.default_rng(0).normal(size=(1, *shape)) * (not constant)
    widget = tcbf.widgets.ContrastTransfer(specimen=tcbf.Specimen(potential, sampling, 10.0))
    for panel in widget.panels().values():
        assert np.isfinite(panel.values).all()
    assert widget.poster_png().startswith(b"\x89PNG")


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


def test_meta_names_traits_that_exist_and_data_fit_the_budget():
    widget = tcbf.widgets.ContrastTransfer()
    json.dumps(widget.meta, allow_nan=False)
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    binary = [asset for asset in widget.static_payload()["assets"].values() if asset["kind"] == "binary"]
    assert sum(len(asset["text"]) for asset in binary) < 1e5
