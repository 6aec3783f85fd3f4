"""Objects found again from their diffraction patterns."""

import warnings
from copy import copy

import numpy as np
import pytest
import scipy.ndimage

from tcbf_widgets import reconstruction
from tcbf_widgets.depth import missing_wedge_weight
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.image_metrics import psnr, ssim, with_common_phase
from tcbf_widgets.multislice import fresnel_propagator
from tcbf_widgets.phase_retrieval import FittedProbe
from tcbf_widgets.ptychography import Diffraction, diffract
from tcbf_widgets.reconstruction import Epoch, reconstruct

SIZE = 32
OBJECT = (1, SIZE, SIZE)


def defocused(chi=60.0):
    """A wave of unit intensity: an aperture of half the width of the window, its phase -chi q², q in 1/pixel."""
    q = np.linalg.norm(np.stack(np.meshgrid(*[np.fft.fftfreq(SIZE)] * 2)), axis=0)
    wave = np.fft.fftshift(np.fft.ifft2((q < 0.25) * np.exp(-1j * chi * q**2)))
    return wave / np.linalg.norm(wave)


@pytest.fixture(scope="module")
def probe():
    return defocused()


@pytest.fixture(scope="module")
def positions():
    steps = np.arange(0, SIZE, 4)
    return np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)


def picture(seed=0, strongest=0.4):
    """A pure phase from 0 to `strongest` rad, without details finer than the patterns hold."""
    smooth = scipy.ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((SIZE, SIZE)), 1.5, mode="wrap")
    return np.exp(1j * strongest * (smooth - smooth.min()) / np.ptp(smooth))


def recorded(probe, slices, positions, propagator=None):
    waves = diffract(probe, slices, positions, propagator)
    return Diffraction(np.abs(waves) ** 2, positions, (SIZE, SIZE))


def known_loss(data, probe, slices):
    waves = diffract(probe, slices, data.positions)
    return np.sum((np.abs(waves) - np.sqrt(data.intensities)) ** 2) / data.intensities.sum()


def test_adam_finds_the_object_in_twenty_epochs(probe, positions):
    truth = picture()
    *_, last = reconstruct(recorded(probe, truth, positions), probe, truth=truth)
    # the aim of this method; the steps of 0.03 end as noise of their own
    assert last.phase_rms() <= 0.008
    assert last.number == 20
    assert last.ssim() > 0.99  # errors of 2 % of the range and less
    assert last.psnr() > 20 * np.log10(0.4 / 0.008)


def test_epie_finds_the_object_to_a_ten_thousandth(probe, positions):
    truth = picture()
    *_, last = reconstruct(recorded(probe, truth, positions), probe, method="epie", epochs=100, truth=truth)
    assert last.phase_rms() <= 1e-4


def test_a_pure_phase_stays_one(probe, positions):
    truth = picture()
    *_, last = reconstruct(recorded(probe, truth, positions), probe, phase_only=True, truth=truth)
    assert np.allclose(np.abs(last.slices), 1)
    assert last.phase_rms() <= 0.008


@pytest.mark.parametrize("options", [{"method": "epie", "epochs": 40}, {"epochs": 100, "batches": 4, "step": 0.01}])
def test_a_probe_with_a_fifth_too_much_defocus_is_mended_with_the_object(probe, positions, options):
    truth, wrong = picture(), defocused(72)
    data = recorded(probe, truth, positions)
    first, *_, last = reconstruct(data, wrong, truth=truth, fit_probe=True, **options)
    *_, stuck = reconstruct(data, wrong, truth=truth, **options)
    # no object explains the patterns with this probe: the error stays, however long one tries. With the fit both
    # errors fall with every epoch, and the number of epochs says how far: ePIE is at a sixth here, Adam at a quarter
    assert last.phase_rms() < 0.4 * stuck.phase_rms()
    assert last.loss < 0.1 * stuck.loss
    away = [np.linalg.norm(with_common_phase(epoch.probe, probe) - probe) for epoch in (first, stuck, last)]
    assert away[0] == pytest.approx(away[1], rel=1e-6)  # the given one stays as it is without the fit
    assert away[2] < 0.3 * away[0]
    assert np.linalg.norm(last.probe) == pytest.approx(np.linalg.norm(wrong), rel=1e-6)


@pytest.mark.parametrize("method", ["adam", "epie"])
def test_a_right_probe_stays_right(probe, positions, method):
    truth = picture()
    data = recorded(probe, truth, positions)
    options = {"method": method, "epochs": 40, "step": {"adam": 0.01, "epie": 1.0}[method], "truth": truth}
    *_, free = reconstruct(data, probe, fit_probe=True, **options)
    *_, known = reconstruct(data, probe, **options)
    # what an unfinished object puts wrong in the probe is mended together with it
    assert np.linalg.norm(with_common_phase(free.probe, probe) - probe) < 0.03
    assert free.phase_rms() < 2 * known.phase_rms()


def test_a_fitted_probe_keeps_what_the_patterns_leave_open(probe):
    """Strength, place, the frequencies outside the aperture, which a factor with the period of a raster brings, and
    the middle of the spectrum, which a ramp of phase moves."""
    held = FittedProbe(probe)
    # of single precision
    assert np.allclose(held.kept(probe), probe, atol=1e-7)
    ky, kx = np.meshgrid(*[np.fft.fftfreq(SIZE)] * 2, indexing="ij")
    moved = np.fft.ifft2(np.fft.fft2(probe) * np.exp(-2j * np.pi * (0.3 * ky - 2.6 * kx)))
    assert np.allclose(held.kept(3 * moved), probe, atol=1e-7)
    grating = np.exp(2j * np.pi * np.arange(SIZE) / 2)  # half a cycle a pixel: from the aperture to where none is
    assert np.allclose(held.kept(probe * (1 + 0.5 * grating)), probe, atol=1e-7)
    # a ramp of whole steps has no cut; others have it at the edge, where an amplitude of 0.07 of the strongest is left
    for steps, error in ((2, 1e-7), (0.1, 2e-3), (2.4, 2e-3)):
        ramp = np.exp(2j * np.pi * steps * (np.arange(SIZE) - SIZE / 2) / SIZE)
        assert np.allclose(held.kept(probe * ramp), probe, atol=error * np.abs(probe).max(), rtol=0)
    # the strength that counts in the middle of a step: that of a flat wave is its amplitude
    assert FittedProbe(np.full((4, 4), 0.3 + 0.4j)).size == pytest.approx(0.5)


def test_the_wedge_levels_what_the_patterns_leave_open(probe, positions):
    """A phase may go from one layer to the other as a whole, and no pattern changes: the weight gives both one mean."""
    propagator = fresnel_propagator(frequency_grid((SIZE, SIZE), 0.5), 300e3, 200.0)
    truth = np.stack([picture(1), picture(2)])
    data = recorded(probe, truth, positions, propagator)
    options = {"slices": 2, "propagator": propagator, "phase_only": True, "epochs": 60, "step": 0.01}
    wedge = missing_wedge_weight(2, (SIZE, SIZE), 0.5, 200.0, beta=1.0)
    apart = []
    for weight in (None, wedge):
        first, *_, last = reconstruct(data, probe, wedge=weight, **options)
        means = np.angle(last.slices).mean(axis=(1, 2))
        apart.append(abs(means[0] - means[1]))
        assert last.loss < 0.01 * first.loss  # the patterns are explained with the weight, too
    assert apart[1] < 1e-6 < 1e-3 < apart[0]


def test_the_same_seed_gives_the_same_epochs_and_they_come_one_by_one(probe, positions):
    data = recorded(probe, picture(), positions)
    runs = [list(reconstruct(data, probe, epochs=3, seed=5)) for _ in range(2)]
    assert [epoch.number for epoch in runs[0]] == [0, 1, 2, 3]
    assert np.array_equal(runs[0][1].slices, runs[1][1].slices)
    assert not np.array_equal(runs[0][1].slices, runs[0][2].slices)  # an epoch keeps its object
    losses = [epoch.loss for epoch in runs[0]]
    assert losses == sorted(losses, reverse=True)
    assert np.isnan(runs[0][0].phase_rms())


def test_an_epoch_states_errors_that_the_open_phase_of_each_slice_does_not_change():
    """A phase may go from one slice to another as a whole; and neither it nor one of the truth may tear an image."""
    truth = np.stack([picture(1), picture(2, strongest=0.2)])
    error = 0.01 * np.random.default_rng(0).standard_normal(truth.shape)
    error -= error.mean(axis=(1, 2), keepdims=True)  # what is left after the alignment of small errors
    open_phases = np.exp(1j * np.array([0.7, -2.0]))[:, None, None]
    offset = np.exp(3j)  # true phases on both sides of the cut at π
    epoch = Epoch(1, 0.0, truth * np.exp(1j * error) * open_phases, np.ones((4, 4)), truth * offset)
    assert np.allclose(epoch.phase_error(), error, atol=1e-5)  # alignment of phases, not of their means: third order
    assert epoch.phase_rms() == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-4)
    true = np.angle(truth)
    assert true.min() == pytest.approx(0, abs=1e-12)
    assert epoch.psnr() == pytest.approx(psnr(true + error, true, 0.4), abs=1e-3)
    expected = np.mean([ssim(a + e, a, 0.4) for a, e in zip(true, error, strict=True)])
    assert epoch.ssim() == pytest.approx(expected, abs=1e-5)


def test_images_smaller_than_the_window_of_a_similarity_have_none():
    rng = np.random.default_rng(0)
    small, enough = (np.exp(0.3j * rng.standard_normal((1, n, 9))) for n in (6, 7))
    epochs = [Epoch(3, 0.01, np.sqrt(truth), np.ones((4, 4)), truth) for truth in (small, enough)]
    assert np.isnan(epochs[0].ssim())
    assert 0 < epochs[1].ssim() < 1
    assert np.isfinite([epochs[0].psnr(), epochs[0].phase_rms()]).all()
    assert repr(epochs[0]) == "Epoch(3, loss 0.01, 1 slice of 6 x 9 pixels)"


def test_a_phase_that_goes_around_has_errors_without_jumps():
    ramp = np.exp(2j * np.pi * np.arange(16) / 16) * np.ones((1, 16, 1))
    epoch = Epoch(1, 0.0, ramp * np.exp(0.05j * np.cos(np.arange(16) * np.pi / 4)), np.ones((4, 4)), ramp)
    assert np.abs(epoch.phase_error()).max() == pytest.approx(0.05, rel=0.01)
    assert epoch.psnr() == pytest.approx(20 * np.log10(2 * np.pi * 15 / 16 / (0.05 / np.sqrt(2))), abs=0.01)


def test_without_a_truth_or_its_range_there_is_no_error_to_state():
    nothing, flat = (Epoch(0, 0.0, np.ones((1, 8, 8)), np.ones((4, 4)), truth) for truth in (None, np.ones((1, 8, 8))))
    assert np.isnan([nothing.phase_rms(), nothing.psnr(), nothing.ssim(), flat.psnr(), flat.ssim()]).all()
    assert flat.phase_rms() == 0
    with pytest.raises(ValueError, match="truth is needed for an error"):
        nothing.phase_error()


def test_an_epoch_keeps_what_it_stands_for(probe, positions):
    data = recorded(probe, picture(), positions)
    for method in ("adam", "epie"):
        first, second, third = reconstruct(data, probe, method=method, epochs=2, fit_probe=True)
        assert first.loss == pytest.approx(known_loss(data, probe, first.slices), rel=1e-4)
        assert np.array_equal(first.probe, probe.astype(np.complex64))
        assert not np.array_equal(first.slices, second.slices)
        assert not np.array_equal(second.probe, first.probe)
        assert not np.array_equal(second.probe, third.probe)


def test_progress_is_a_bar_that_ends_with_the_work(probe, positions, capsys, monkeypatch):
    bars = []

    class Bar(reconstruction.tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            bars.append(self)

        def close(self):
            super().close()
            self.closed = True

    monkeypatch.setattr(reconstruction, "tqdm", Bar)
    data = recorded(probe, picture(), positions)
    list(reconstruct(data, probe, epochs=2))
    assert capsys.readouterr().err == ""
    *_, last = reconstruct(data, probe, epochs=2, progress=True)
    said = capsys.readouterr().err
    assert "reconstruct: 100%" in said
    assert f"loss={last.loss:.3g}" in said
    left = reconstruct(data, probe, progress=True)
    next(left)
    left.close()
    with pytest.warns(UserWarning, match="diverged"):
        list(reconstruct(data, probe, method="epie", step=50.0, epochs=40, progress=True))
    assert len(bars) == 4
    assert all(bar.closed for bar in bars)


def test_a_step_that_is_too_long_ends_with_the_last_good_object(probe, positions):
    data = recorded(probe, picture(), positions)
    # 16 is hardly too much: it improves for an epoch or two, and then all goes wrong in some more
    for step in (50.0, 16.0):
        with pytest.warns(UserWarning, match="diverged in epoch .*the result is epoch .*Try a smaller step") as said:
            epochs = list(reconstruct(data, probe, method="epie", step=step, epochs=40, truth=picture()))
        assert 1 <= len(epochs) < 40
        assert [epoch.number for epoch in epochs] == list(range(len(epochs)))
        assert f"the result is epoch {epochs[-1].number}" in str(said[0].message)
        assert epochs[-1].loss <= epochs[0].loss + 0.01
        assert epochs[-1].phase_rms() <= epochs[0].phase_rms()


def test_adam_with_a_step_that_is_too_long_gives_what_was_there_before(probe, positions):
    data = recorded(probe, picture(), positions)
    with pytest.warns(UserWarning, match="diverged in epoch 1, .*Try a smaller step"):
        (start,) = reconstruct(data, probe, step=1e3)
    assert start.number == 0
    assert np.allclose(start.slices, 1, atol=0.01)


@pytest.mark.parametrize("method", ["adam", "epie"])
@pytest.mark.parametrize("strongest", [0.001, 0.03, 0.2])
def test_a_weak_object_is_no_divergence(probe, positions, strongest, method):
    """Adam's first steps, of 0.03 rad, are far worse than no object here, and are mended by the later ones."""
    truth = picture(strongest=strongest)
    data = recorded(probe, truth, positions)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, *others = reconstruct(data, probe, method=method, truth=truth)
    assert [epoch.number for epoch in others] == list(range(1, 21))
    # a tenth of Adam's step is the noise that its docstring owns up to
    assert others[-1].phase_rms() < {"adam": max(0.5 * first.phase_rms(), 0.004), "epie": first.phase_rms()}[method]


@pytest.mark.parametrize("electrons", [1e5, 1e3, 300, 100])
@pytest.mark.parametrize(
    "options", [{"step": 30.0}, {"step": 30.0, "phase_only": True}, {"method": "epie", "step": 20.0}]
)
def test_divergence_is_seen_at_every_dose(probe, positions, electrons, options):
    """The loss of a pure phase is at most 2, and that of no object half of it and more where electrons are few."""
    intensities = recorded(probe, picture(), positions).intensities
    counts = np.random.default_rng(0).poisson(electrons * intensities)
    data = Diffraction(counts / electrons, positions, (SIZE, SIZE))
    with pytest.warns(UserWarning, match="diverged in epoch .*Try a smaller step"):
        *_, last = reconstruct(data, probe, epochs=8, **options)
    assert np.allclose(last.slices, 1, atol=0.01)


def test_epochs_in_doubt_wait_for_a_better_one_and_go_with_a_lost_one():
    """Worse than the start by 0.01 of all electrons is in doubt, by 0.1 is lost."""
    first, sweep = Epoch(0, 0.5, np.ones((1, 4, 4)), np.ones((4, 4))), (0.4, np.ones((1, 4, 4)), np.ones((4, 4)))

    def given(*losses):
        """Numbers of epochs whose objects have these losses, and how many of these were known when they came."""
        judged = iter([0.5, *losses])
        epochs = reconstruction._epochs(iter([sweep] * 9), lambda epoch: next(judged), len(losses), first, False)
        return [(epoch.number, len(losses) - len(list(copy(judged)))) for epoch in epochs]

    assert given(0.5, 0.45, 0.505) == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert given(0.55, 0.58, 0.4, 0.3) == [(0, 0), (1, 3), (2, 3), (3, 3), (4, 4)]
    assert given(0.4, 0.55, 0.55) == [(0, 0), (1, 1), (2, 3), (3, 3)]  # at the end nothing better can come
    for lost in (0.61, np.nan, np.inf):
        with pytest.warns(UserWarning, match="diverged in epoch 4, .*; the result is epoch 1. Try a smaller step"):
            assert given(0.4, 0.55, 0.55, lost, 0.4) == [(0, 0), (1, 1)]
    sweep = (0.61, *sweep[1:])
    with pytest.warns(UserWarning, match="diverged in epoch 1, .* by 0.11 of their electrons; .* epoch 0, the start"):
        assert given(0.4, 0.4) == [(0, 0)]


def test_what_holds_no_number_ends_a_run_whatever_its_loss():
    first, holed = Epoch(0, 0.5, np.ones((1, 4, 4)), np.ones((4, 4))), np.full((1, 4, 4), np.nan)
    for sweep in ((0.4, holed, np.ones((4, 4))), (np.nan, np.ones((1, 4, 4)), np.ones((4, 4)))):
        with pytest.warns(UserWarning, match="diverged in epoch 1"):
            assert list(reconstruction._epochs(iter([sweep]), lambda epoch: 0.4, 3, first, False)) == [first]


@pytest.mark.parametrize(
    "options", [{}, {"phase_only": True}, {"fit_probe": True}, {"method": "epie", "fit_probe": True}]
)
@pytest.mark.parametrize("unit", [2.0**-30, 2.0**20])
def test_epochs_do_not_depend_on_the_unit_of_intensity(probe, positions, options, unit):
    """A power of two changes no digit."""
    data = recorded(probe, picture(), positions)
    other = Diffraction(data.intensities * unit**2, positions, (SIZE, SIZE))
    for one, same in zip(
        reconstruct(data, probe, epochs=3, **options),
        reconstruct(other, unit * probe, epochs=3, **options),
        strict=True,
    ):
        assert np.array_equal(same.slices, one.slices)
        assert np.array_equal(same.probe, unit * one.probe)
        assert same.loss == one.loss


def test_a_fit_of_the_probe_that_diverges_ends_with_a_finite_probe(probe, positions):
    data = recorded(probe, picture(), positions)
    with pytest.warns(UserWarning, match="diverged"):
        *_, last = reconstruct(data, probe, method="epie", step=50.0, fit_probe=True)
    assert np.isfinite(last.probe).all()


def test_counts_and_a_probe_of_unit_intensity_are_not_of_one_unit(probe, positions):
    data = recorded(probe, picture(), positions)
    counts = Diffraction(1e4 * data.intensities, positions, (SIZE, SIZE))
    with pytest.warns(UserWarning, match=r"a pattern holds 1e\+04 times the intensity of the probe"):
        reconstruct(counts, probe)
    *_, last = reconstruct(counts, 100 * probe, method="epie", truth=picture())
    assert last.phase_rms() < 0.01  # as with patterns and probe of intensity 1


@pytest.mark.parametrize(
    "positions, gaps", [([(0, 0), (0, 4), (3, 20)], True), ([(0, 0), (0, 3)], False), ([(0, 0), (0, 29)], False)]
)
def test_light_that_overlaps_nowhere_is_told_before_the_work(positions, gaps):
    """Windows as large as the object share all of it. The light is 4 pixels wide, on a ground of a hundredth; from 29
    it goes on to 1, for the object is periodic."""
    spot = np.full((SIZE, SIZE), np.sqrt(0.01) / SIZE)
    spot[10:14, 10:14] += np.sqrt(0.99) / 4
    data = recorded(spot, picture(), np.array(positions))
    with warnings.catch_warnings(record=True) as said:
        reconstruct(data, spot)
    assert [str(one.message)[:63] for one in said] == gaps * [
        "what the probe lights, the pixels with 90 % of its electrons, o"
    ]
    assert all("overlaps nowhere" in str(one.message) and one.filename == __file__ for one in said)


def test_light_may_overlap_in_any_slice():
    """In focus on the first slice, 9 pixels wide; on the second the cone of this defocus is 19 pixels wide."""
    q_squared = np.sum(frequency_grid((SIZE, SIZE), 1.0) ** 2, axis=-1)
    propagator = np.exp(-120j * q_squared)
    steps = np.arange(0, SIZE, 16)
    positions = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    focused, objects = defocused(0.0), np.stack([picture(1), picture(2)])
    data = recorded(focused, objects, positions, propagator)
    with pytest.warns(UserWarning, match="overlaps nowhere"):
        reconstruct(data, focused)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reconstruct(data, focused, slices=2, propagator=propagator)


def test_an_object_that_is_not_there_does_not_diverge(probe, positions):
    data = recorded(probe, np.ones((SIZE, SIZE), complex), positions)
    counts = np.random.default_rng(0).poisson(1e3 * data.intensities)
    *_, last = reconstruct(Diffraction(counts / 1e3, positions, (SIZE, SIZE)), probe)
    assert last.number == 20


@pytest.mark.parametrize(
    "message, options",
    [
        ("method must be one of adam, epie; got 'sgd'", {"method": "sgd"}),
        (r"wedge needs phase_only=True and the shape of the object, \(1, 32, 32\)", {"wedge": np.ones((2, 4, 4))}),
        ("takes a single slice that is not phase_only", {"method": "epie", "phase_only": True}),
        ("propagator is needed between 2 slices", {"slices": 2}),
        (r"propagator must be .* shape \(32, 32\), got \(4, 4\)", {"slices": 2, "propagator": np.ones((4, 4))}),
        ("propagator must be .* NaN", {"slices": 2, "propagator": np.full((SIZE, SIZE), np.nan)}),
        ("seed must be an integer >= 0, got -1", {"seed": -1}),
        ("step must be a number > 0", {"step": 0}),
        ("epochs must be", {"epochs": 0}),
        (r"truth must have the shape of the object, \(1, 32, 32\)", {"truth": np.ones((3, 3), complex)}),
        (r"truth must be .* complex numbers, .* got float64 of shape \(32, 32\)", {"truth": np.ones((SIZE, SIZE))}),
        ("truth must be .* finite .* with NaN", {"truth": np.full((SIZE, SIZE), np.nan + 0j)}),
        ("wedge must hold .* from 0 to 1, got nan to nan", {"phase_only": True, "wedge": np.full(OBJECT, np.nan)}),
        ("wedge must hold .* from 0 to 1, got -1 to -1", {"phase_only": True, "wedge": -np.ones(OBJECT)}),
        ("wedge must hold .* from 0 to 1, got 2 to 2", {"phase_only": True, "wedge": np.full(OBJECT, 2)}),
        ("wedge must hold real .* got complex128", {"phase_only": True, "wedge": np.ones(OBJECT, complex)}),
        (r"patterns' shape \(32, 32\), got shape \(4, 4\)", {"probe": np.ones((4, 4))}),
        ("probe must be finite and not dark, got zeros only", {"probe": np.zeros((SIZE, SIZE))}),
        ("probe must be finite and not dark, got NaN or infinity", {"probe": np.full((SIZE, SIZE), np.nan)}),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(probe, positions, message, options):
    data = recorded(probe, picture(), positions)
    with pytest.raises(ValueError, match=message):
        reconstruct(data, **({"probe": probe} | options))
