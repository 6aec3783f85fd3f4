"""Objects found again from their diffraction patterns."""

import warnings

import numpy as np
import pytest

from tcbf_widgets import divergence
from tcbf_widgets.depth import missing_wedge_weight
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.image_metrics import with_common_phase
from tcbf_widgets.multislice import fresnel_propagator
from tcbf_widgets.phase_retrieval import FittedProbe
from tcbf_widgets.ptychography import Diffraction
from tcbf_widgets.reconstruction import reconstruct
from tests.small_scan import POSITIONS, SIZE, defocused, known_loss, picture, recorded

OBJECT = (1, SIZE, SIZE)


@pytest.fixture(scope="module")
def probe():
    return defocused()


@pytest.fixture(scope="module")
def positions():
    return POSITIONS


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

    class Bar(divergence.tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            bars.append(self)

        def close(self):
            super().close()
            self.closed = True

    monkeypatch.setattr(divergence, "tqdm", Bar)
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
