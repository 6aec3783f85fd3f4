"""Reconstructions that diverge end with what was good, and others are not taken for them."""

import warnings
from copy import copy

import numpy as np
import pytest

from tcbf_widgets.divergence import good_epochs
from tcbf_widgets.epochs import Epoch
from tcbf_widgets.ptychography import Diffraction
from tcbf_widgets.reconstruction import reconstruct
from tests.small_scan import POSITIONS, SIZE, defocused, picture, recorded

PROBE = defocused()


def test_a_step_that_is_too_long_ends_with_the_last_good_object():
    data = recorded(PROBE, picture(), POSITIONS)
    # 16 is hardly too much: it improves for an epoch or two, and then all goes wrong in some more
    for step in (50.0, 16.0):
        with pytest.warns(UserWarning, match="diverged in epoch .*the result is epoch .*Try a smaller step") as said:
            epochs = list(reconstruct(data, PROBE, method="epie", step=step, epochs=40, truth=picture()))
        assert 1 <= len(epochs) < 40
        assert [epoch.number for epoch in epochs] == list(range(len(epochs)))
        assert f"the result is epoch {epochs[-1].number}" in str(said[0].message)
        assert epochs[-1].loss <= epochs[0].loss + 0.01
        assert epochs[-1].phase_rms() <= epochs[0].phase_rms()


def test_adam_with_a_step_that_is_too_long_gives_what_was_there_before():
    data = recorded(PROBE, picture(), POSITIONS)
    with pytest.warns(UserWarning, match="diverged in epoch 1, .*Try a smaller step"):
        (start,) = reconstruct(data, PROBE, step=1e3)
    assert start.number == 0
    assert np.allclose(start.slices, 1, atol=0.01)


@pytest.mark.parametrize("method", ["adam", "epie"])
@pytest.mark.parametrize("strongest", [0.001, 0.03, 0.2])
def test_a_weak_object_is_no_divergence(strongest, method):
    """Adam's first steps, of 0.03 rad, are far worse than no object here, and are mended by the later ones."""
    truth = picture(strongest=strongest)
    data = recorded(PROBE, truth, POSITIONS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, *others = reconstruct(data, PROBE, method=method, truth=truth)
    assert [epoch.number for epoch in others] == list(range(1, 21))
    # a tenth of Adam's step is the noise that its docstring owns up to
    assert others[-1].phase_rms() < {"adam": max(0.5 * first.phase_rms(), 0.004), "epie": first.phase_rms()}[method]


@pytest.mark.parametrize("electrons", [1e5, 1e3, 300, 100])
@pytest.mark.parametrize(
    "options", [{"step": 30.0}, {"step": 30.0, "phase_only": True}, {"method": "epie", "step": 20.0}]
)
def test_divergence_is_seen_at_every_dose(electrons, options):
    """The loss of a pure phase is at most 2, and that of no object half of it and more where electrons are few."""
    intensities = recorded(PROBE, picture(), POSITIONS).intensities
    counts = np.random.default_rng(0).poisson(electrons * intensities)
    data = Diffraction(counts / electrons, POSITIONS, (SIZE, SIZE))
    with pytest.warns(UserWarning, match="diverged in epoch .*Try a smaller step"):
        *_, last = reconstruct(data, PROBE, epochs=8, **options)
    assert np.allclose(last.slices, 1, atol=0.01)


def test_epochs_in_doubt_wait_for_a_better_one_and_go_with_a_lost_one():
    """Worse than the start by 0.01 of all electrons is in doubt, by 0.1 is lost."""
    first, sweep = Epoch(0, 0.5, np.ones((1, 4, 4)), np.ones((4, 4))), (0.4, np.ones((1, 4, 4)), np.ones((4, 4)))

    def given(*losses):
        """Numbers of epochs whose objects have these losses, and how many of these were known when they came."""
        judged = iter([0.5, *losses])
        epochs = good_epochs(iter([sweep] * 9), lambda epoch: next(judged), len(losses), first, False)
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
            assert list(good_epochs(iter([sweep]), lambda epoch: 0.4, 3, first, False)) == [first]


def test_a_fit_of_the_probe_that_diverges_ends_with_a_finite_probe():
    data = recorded(PROBE, picture(), POSITIONS)
    with pytest.warns(UserWarning, match="diverged"):
        *_, last = reconstruct(data, PROBE, method="epie", step=50.0, fit_probe=True)
    assert np.isfinite(last.probe).all()


def test_an_object_that_is_not_there_does_not_diverge():
    data = recorded(PROBE, np.ones((SIZE, SIZE), complex), POSITIONS)
    counts = np.random.default_rng(0).poisson(1e3 * data.intensities)
    *_, last = reconstruct(Diffraction(counts / 1e3, POSITIONS, (SIZE, SIZE)), PROBE)
    assert last.number == 20
