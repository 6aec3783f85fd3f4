"""PtychographyMovie: what it shows of reconstructions, and what it refuses."""

import json
from dataclasses import replace

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.image_metrics import phase_error, with_common_phase
from tcbf_widgets.reconstruction import Epoch
from tcbf_widgets.widgets import PtychographyMovie, runs
from tcbf_widgets.widgets.figure import round_up
from tests.ptychography_runs import epochs_of, two_methods, two_slices


@pytest.fixture(scope="module")
def methods():
    return two_methods()


# ---- what is shown


@pytest.mark.parametrize("run, epoch", [("Adam", 0), ("Adam", 3), ("ePIE", -1)])
def test_pictures_are_the_phases_of_the_epoch(methods, run, epoch):
    panels = PtychographyMovie(methods, run=run, epoch=epoch).panels()
    shown = methods[run][epoch]
    # bytes: half of 1/255 of the range of the errors, and float32
    step = np.ptp(phase_error(shown.slices, shown.truth)) / 255 / 2 + 1e-6
    assert np.allclose(panels["truth"].values, np.angle(shown.truth[0]), atol=1e-6)
    aligned = np.angle(with_common_phase(shown.slices, shown.truth))[0]
    assert np.allclose(panels["reconstruction"].values, aligned, atol=step)
    assert np.allclose(panels["error"].values, phase_error(shown.slices, shown.truth)[0], atol=step)


def test_original_and_reconstruction_have_the_range_of_the_original(methods):
    panels = PtychographyMovie(methods, epoch=0).panels()
    true = np.angle(methods["Adam"][0].truth).astype(np.float32)
    for name in ("truth", "reconstruction"):
        assert (panels[name].vmin, panels[name].vmax) == (true.min(), true.max())


def test_the_range_of_errors_is_stated_and_holds_nearly_all(methods):
    for epoch in range(7):
        panel = PtychographyMovie(methods, epoch=epoch).panels()["error"]
        assert panel.title == f"Error (rad), ±{panel.vmax:g}"
        assert panel.vmin == -panel.vmax
        outside = np.mean(np.abs(panel.values) > panel.vmax)
        assert outside <= 0.005
        assert panel.vmax <= 2.5 * np.percentile(np.abs(panel.values), 99.5)  # from 2 to 5
    assert PtychographyMovie(methods, error_range=0.37).panels()["error"].vmax == 0.37


@pytest.mark.parametrize("value, expected", [(0.011, 0.02), (0.02, 0.02), (1.0, 1.0), (6e-5, 1e-4), (3.2, 5.0)])
def test_ranges_are_rounded_up(value, expected):
    assert round_up(value) == expected


def test_errors_keep_their_digits_when_they_become_small(methods):
    """ePIE ends near 1e-5 rad; in bytes over the range of phases it would be lost."""
    movie = PtychographyMovie(methods, run="ePIE")
    true_error = phase_error(methods["ePIE"][-1].slices, methods["ePIE"][-1].truth)
    assert np.sqrt(np.mean((movie.errors() - true_error) ** 2)) < 0.05 * np.sqrt(np.mean(true_error**2))


def test_a_few_wild_pixels_cost_two_bytes_instead_of_the_others_digits():
    truth = np.ones((1, 64, 64), complex)
    phase = 0.01 * np.random.default_rng(1).standard_normal(truth.shape)
    phase[0, 3, 4:6] = (-3.0, 3.0)
    movie = PtychographyMovie([Epoch(0, 1.0, np.exp(1j * phase), np.ones((8, 8)), truth)])
    assert np.abs(movie.errors() - phase_error(np.exp(1j * phase), truth)).max() < 1e-4


def test_slices_are_shown_one_by_one():
    shown = two_slices()[-1]
    for layer in (0, 1):
        movie = PtychographyMovie(two_slices(), layer=layer)
        panels = movie.panels()
        assert f"epoch 4 of 4, slice {layer + 1} of 2 shown; both slices: loss" in movie.alt_text()
        assert np.allclose(panels["truth"].values, np.angle(shown.truth[layer]), atol=1e-6)
        assert np.allclose(panels["error"].values, phase_error(shown.slices, shown.truth)[layer], atol=5e-3)


def test_without_a_truth_the_reconstruction_is_alone_with_a_mean_of_phase_zero(methods, draws_its_panels):
    alone = [replace(epoch, truth=None, slices=epoch.slices * np.exp(2j)) for epoch in methods["Adam"]]
    movie = PtychographyMovie(alone)
    (panel,) = movie.panels().values()
    wave = alone[-1].slices[0]
    expected = np.angle(wave * np.exp(-1j * np.angle(wave.sum())))
    assert np.allclose(panel.values, expected, atol=1e-4)
    assert (panel.vmin, panel.vmax) == (panel.values.min(), panel.values.max())
    assert "PSNR" not in movie.alt_text()
    draws_its_panels(movie)


def test_a_truth_that_is_given_is_compared_with(methods):
    alone = [replace(epoch, truth=None) for epoch in methods["Adam"]]
    given = PtychographyMovie(alone, truth=methods["Adam"][0].truth[0])
    of_epochs = PtychographyMovie(methods["Adam"])
    for name in runs.CURVES:
        assert np.array_equal(given.runs.curve("", name), of_epochs.runs.curve("", name))


def test_curves_are_those_of_the_epochs(methods):
    movie = PtychographyMovie(methods)
    for label, epochs in methods.items():
        assert movie.runs.numbers(label) == [epoch.number for epoch in epochs]
        for name in runs.CURVES:
            expected = [epoch.loss if name == "loss" else getattr(epoch, name)() for epoch in epochs]
            assert np.allclose(movie.runs.curve(label, name), expected, rtol=1e-6)


def test_the_figure_draws_pictures_and_every_run(methods, draws_its_panels):
    movie = PtychographyMovie(methods, run="ePIE", quality="phase_rms")
    draws_its_panels(movie)
    plots = [axes for axes in movie.figure().axes if not axes.images]
    assert [axes.get_title(loc="left") for axes in plots] == ["Loss", "Phase error (rad)", "SSIM"]
    for axes in plots:
        adam, epie, *_ = axes.lines
        assert (adam.get_label(), epie.get_label()) == ("Adam", "ePIE")
        assert adam.get_linestyle() != epie.get_linestyle()
        assert adam.get_linewidth() < epie.get_linewidth()


def test_alt_text_says_where_and_how_good(methods):
    last = methods["Adam"][-1]
    text = PtychographyMovie(methods).alt_text()
    assert text.startswith("Original, reconstruction and error of the phase at epoch 6 of 6 of Adam: loss ")
    assert f"PSNR {last.psnr():.1f} dB, SSIM {last.ssim():.3f}, phase error {last.phase_rms():.3f} rad" in text


def test_a_generator_is_a_run(methods):
    movie = PtychographyMovie(epoch for epoch in methods["Adam"])
    assert movie.runs.numbers("") == list(range(7))
    assert movie.number() == 6


# ---- sizes


def test_data_of_four_runs_fit_their_budget(packed_size, methods):
    epochs = [replace(methods["Adam"][i % 7], number=i) for i in range(21)]
    movie = PtychographyMovie(dict.fromkeys("abcd", epochs), sampling=0.5)
    assert packed_size(movie) <= 0.5e6


def test_of_many_epochs_some_have_no_image_and_all_have_their_numbers(packed_size):
    # 64 x 64 pixels in two bytes, 400 times: three times as much as there is room for
    movie = PtychographyMovie(epochs_of(400, (1, 64, 64)))
    assert packed_size(movie) <= 1.5e6
    assert movie.runs.stride == 4
    assert movie.runs.numbers("") == list(range(400))
    shown = {}
    for epoch in (0, 3, 4, 398, 399):
        movie.epoch = epoch
        shown[epoch] = movie.panels()["reconstruction"].values
    assert np.array_equal(shown[0], shown[3])
    assert not np.array_equal(shown[3], shown[4])
    assert not np.array_equal(shown[398], shown[399])  # the last one always has its own


def test_large_objects_are_shown_binned(packed_size):
    truth = np.exp(0.2j * np.sin(np.arange(400)[:, None] / 20) * np.cos(np.arange(640) / 30))[None]
    epochs = [Epoch(i, 1.0, truth * np.exp(1j), np.ones((8, 8)), truth) for i in range(3)]
    movie = PtychographyMovie(epochs, sampling=0.5)
    panel = movie.panels()["truth"]
    assert movie.meta["binning"] == 3
    assert panel.values.shape == (133, 213)
    assert panel.pixel_size == (1.5, 1.5)
    blocks = np.angle(truth[0, :399, :639].reshape(133, 3, 213, 3).sum(axis=(1, 3)))
    assert np.allclose(panel.values, blocks, atol=1e-6)
    assert np.allclose(movie.errors(), 0, atol=1e-6)
    assert movie.alt_text().endswith("; images binned, 3 × 3 pixels to one.")
    assert packed_size(movie) <= 1.5e6


def test_pixels_may_have_two_sizes(methods):
    panels = PtychographyMovie(methods, sampling=(0.5, 0.75)).panels()
    assert {panel.pixel_size for panel in panels.values()} == {(0.5, 0.75)}
    for given, said in ((0.5, "0.5"), ((0.5, 0.5), "0.5"), (np.array([0.5, 0.75]), "(0.5, 0.75)")):
        call = PtychographyMovie(methods, sampling=given).meta["python"]["call"]
        assert call == f"tcbf.widgets.PtychographyMovie(runs, sampling={said})"


def test_a_phase_that_is_the_same_everywhere_is_grey(shows_numbers):
    same = np.ones((1, 4, 4), complex)  # and too small for a similarity
    movie = PtychographyMovie([Epoch(0, 0.0, same, np.ones((2, 2)), same)])
    panels = movie.panels()
    assert all(panel.vmin < panel.values.mean() < panel.vmax for panel in panels.values())
    assert "SSIM –, phase error 0 rad" in movie.alt_text()
    shows_numbers(movie)


# ---- what is refused


def spoilt(epoch):
    slices = epoch.slices.copy()
    slices[0, 1, 2] = np.nan
    return replace(epoch, slices=slices)


@pytest.mark.parametrize(
    "given, error, words",
    [
        (lambda m: {}, ValueError, "runs is empty; give at least one reconstruction, or None"),
        (lambda m: [], ValueError, r"runs is empty; give list\(tcbf.reconstruct\(data, probe\)\)"),
        (lambda m: {"Adam": m["Adam"], "b": iter(())}, ValueError, r"runs\['b'\] is empty"),
        (lambda m: 7, TypeError, "runs must be the epochs of a reconstruction.* got int"),
        (lambda m: {"a": "Adam"}, TypeError, r"runs\['a'\] must be the epochs .* got str"),
        (lambda m: {1e5: m["Adam"]}, TypeError, "runs must have labels that are text, got 100000.0"),
        (
            lambda m: [1.0, 2.0],
            TypeError,
            r"runs\[0\] must be an Epoch, from tcbf.reconstruct\(data, probe\); got float",
        ),
        (lambda m: [m["Adam"][0].slices], TypeError, r"runs\[0\] must be an Epoch.* got ndarray"),
        (lambda m: m["Adam"][0], TypeError, "runs must be the epochs of a reconstruction.* got Epoch"),
        (lambda m: m["Adam"][::-1], ValueError, r"runs\[1\] must count up, got epoch 5 after 6"),
        (lambda m: [m["Adam"][0], spoilt(m["Adam"][1])], ValueError, r"runs\[1\] holds NaN .* in epoch 1; show the"),
        (
            lambda m: m | {"small": epochs_of(1)},
            ValueError,
            r"runs\['small'\]\[0\] has an object of shape \(1, 16, 16\), the ones before \(1, 64, 64\)",
        ),
        (lambda m: [replace(m["Adam"][0], slices=np.ones((4, 4)))], ValueError, r"axes \(slice, y, x\), got shape"),
        (lambda m: {str(i): m["Adam"] for i in range(7)}, ValueError, "runs may be 6 at most.* got '6' after '0'"),
    ],
)
def test_runs_that_are_none_are_named(methods, given, error, words):
    with pytest.raises(error, match=words):
        PtychographyMovie(given(methods))


@pytest.mark.parametrize(
    "truth, words",
    [
        (np.ones((32, 32), complex), r"truth must have the shape of the object, \(1, 64, 64\), got \(1, 32, 32\)"),
        (
            np.ones((64, 64)),
            r"truth must be .* complex numbers, np.exp\(1j \* phase\); got float64 of shape \(64, 64\)",
        ),
        (np.full((64, 64), np.nan + 0j), "truth must be .* finite"),
    ],
)
def test_a_truth_of_another_kind_is_named(methods, truth, words):
    with pytest.raises(ValueError, match=words):
        PtychographyMovie(methods, truth=truth)


@pytest.mark.parametrize(
    "bad",
    [
        {"epoch": 7},
        {"epoch": -2},
        {"run": "DM"},
        {"layer": 1},
        {"quality": "loss"},
        {"error_range": -0.1},
        {"speed": 0.0},
        {"contrast": (50.0, 50.0)},
    ],
)
def test_bad_traits_are_named(methods, bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        PtychographyMovie(methods, **bad)


@pytest.mark.parametrize(
    "sampling, words",
    [(-1, "be a number > 0, got -1; in Å per pixel"), ((1, 1, 1), r"be one number or a \(y, x\) pair")],
)
def test_a_bad_sampling_is_named(methods, sampling, words):
    with pytest.raises(ValueError, match=f"sampling must {words}"):
        PtychographyMovie(methods, sampling=sampling)


def test_meta_is_plain_json_and_names_traits_that_exist(methods):
    movie = PtychographyMovie(methods, sampling=np.float32([0.5, 0.5]))
    assert json.loads(json.dumps(movie.meta)) == movie.meta
    assert movie.view == "PtychographyMovie"
    assert set(movie.meta["python"]["traits"]) <= set(movie.trait_names())
    assert movie.meta["python"]["call"] == "tcbf.widgets.PtychographyMovie(runs, sampling=0.5)"
    assert tcbf.widgets.PtychographyMovie is PtychographyMovie


def test_a_truth_of_another_kind_is_named_in_epochs_made_by_hand(methods):
    by_hand = [replace(epoch, truth=np.angle(epoch.truth)) for epoch in methods["Adam"]]
    with pytest.raises(ValueError, match=r"truth must be .* complex numbers.* got float64 of shape \(1, 64, 64\)"):
        PtychographyMovie(by_hand)
