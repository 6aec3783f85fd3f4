"""Challenges: a fair game, in which the truth gets all points and plausible mistakes get few."""

import json
import re

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.ambiguity import twin
from tcbf_widgets.challenges import ASKED, _drawn
from tcbf_widgets.widgets.arrays import unpack
from tests.challenge_scans import TRUTH, made_up_challenge

SEEDS = {1: 1, 2: 0, 3: 1}  # of the book


@pytest.fixture(scope="module", params=SEEDS)
def scan(request):
    return tcbf.challenge(request.param, seed=SEEDS[request.param])


@pytest.fixture(scope="module")
def small():
    """A small challenge of the third level, with its truth on the sliders when a test begins."""
    return tcbf.widgets.Challenge(made_up_challenge(shape=(24, 32)))


def points_of(widget, lens):
    widget.defocus, widget.rotation_deg = lens.aberrations.defocus, lens.rotation_deg
    widget.C12x, widget.C12y = lens.aberrations.C12x, lens.aberrations.C12y
    return widget.score().points


def test_a_fit_without_any_guess_wins_and_plausible_mistakes_do_not(scan, packed_size):
    """One test for all, so that each scan is simulated once and fitted once."""
    found = tcbf.refine_aberrations(scan.stack)
    values = {"defocus": found.aberrations.defocus, "rotation_deg": found.rotation_deg}
    values |= {name: found.aberrations[name] for name in ("C12x", "C12y")}
    widget = tcbf.widgets.Challenge(scan, **{name: values[name] for name in scan.asked})
    for name, value in scan.truth.items():
        # four standard deviations that the fit claims, which are not below the bound
        claimed = found.uncertainties["C10" if name == "defocus" else name]
        assert abs(value - values[name]) < 4 * claimed
        assert scan.uncertainties[name] < claimed
    widget.handed_in = True
    assert widget.points >= 95
    assert widget.answer == tuple(values[name] for name in scan.asked)
    # the signal is that of proteins which can be seen, and a part of the scale that does not tell how large
    assert 2 < widget.signal_to_noise() < widget.meta["top"] <= 4
    # three of them in a page of 1.5 MB
    assert packed_size(widget) < 0.35e6

    def worth(**mistake):
        for name, value in (scan.truth | mistake).items():
            setattr(widget, name, value)
        return widget.score().points

    assert np.isclose(worth(), 100, atol=1e-4)  # the truth is sent in single precision
    defocus = scan.truth["defocus"]
    wrong = [{"defocus": defocus / 2}, {"defocus": 0.0}]
    if not scan.underfocused:
        wrong.append({"defocus": -defocus})
    if "rotation_deg" in scan.asked:
        turned = [(scan.truth["rotation_deg"] + by + 180) % 360 - 180 for by in (90, 180)]
        wrong += [{"rotation_deg": rotation} for rotation in turned]
    assert max(worth(**mistake) for mistake in wrong) < 10
    if scan.level == 3:
        assert worth(C12x=0.0, C12y=0.0) < 60


def test_points_fall_with_the_distance_from_the_truth(small):
    aberrations = TRUTH.aberrations
    steps = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
    for name, unit in (("C10", aberrations.C10), ("C12x", 5_000.0), ("rotation_deg", 60.0)):
        for sign in (1, -1):
            points = [points_of(small, TRUTH.moved((name,), np.array([sign * step * unit]))) for step in steps]
            assert points == sorted(points, reverse=True)
            assert points[0] > 99.9
            assert points[-1] < 60


def test_the_twin_moves_the_images_right_and_gets_half(small):
    assert np.isclose(points_of(small, twin(TRUTH)), 50)
    score = small.score()
    assert (score.upright, score.near) == (False, 0)
    assert score.blur < 1e-3
    assert np.isclose(score.kept, 1)


def test_the_blur_is_that_of_all_images(small):
    points_of(small, TRUTH.moved(("C10", "rotation_deg"), np.array([500.0, 3.0])))
    k = unpack(small.arrays["group_k"]).astype(float)  # each pixel a group of its own
    apart = small.lens().shifts(k, 300e3) - TRUTH.shifts(k, 300e3)
    assert np.isclose(small.score().blur, np.sqrt(np.mean(np.sum(apart**2, axis=1))), rtol=1e-5)
    # the resolution limit λ/2α of 4 mrad at 300 kV
    assert np.isclose(small.score().limit, 2.461, rtol=1e-3)


def test_seeds_draw_fair_games():
    for level in ASKED:
        lenses = [_drawn(level, seed)[0] for seed in range(100)]
        assert [_drawn(level, seed)[0] for seed in range(100)] == lenses
        assert len({lens.rotation_deg for lens in lenses}) == 100
        defoci = np.array([lens.aberrations.defocus for lens in lenses])
        assert np.all((np.abs(defoci) >= 11_000) & (np.abs(defoci) <= 16_000))
        # told to be positive in the second level; elsewhere both signs come up
        assert {1} == set(np.sign(defoci)) if level == 2 else 30 < np.sum(defoci > 0) < 70
        sizes = np.array([np.hypot(lens.aberrations.C12x, lens.aberrations.C12y) for lens in lenses])
        # so much less than the defocus that no lens with the two exchanged is a candidate
        assert np.all((sizes >= 1_200) & (sizes <= 3_000)) if level == 3 else not sizes.any()


def test_nothing_in_sight_tells_the_truth():
    scan = made_up_challenge()
    widget = tcbf.widgets.Challenge(scan)
    told = {name: value for name, value in widget.meta.items() if name != "key"}  # any digits, those of a digest
    seen = json.dumps(told) + repr(scan) + widget.alt_text()
    numbers = {abs(float(text)) for text in re.findall(r"\d+\.?\d*", seen)}
    for value in scan.truth.values():
        assert numbers.isdisjoint((abs(value), abs(value) / 10, abs(value) / 1e4))
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())


def test_a_player_who_sweeps_one_slider_sees_the_summit(scan):
    """Rotation first, where it is asked, with the astigmatism ignored, and from there the defocus, by signal alone."""
    widget = tcbf.widgets.Challenge(scan)

    def sweep(name, values):
        signals = []
        for value in values:
            setattr(widget, name, value)
            signals.append(widget.signal_to_noise())
        setattr(widget, name, values[int(np.argmax(signals))])
        # it stands out of what the sweep found elsewhere
        assert max(signals) > 1.5 * np.median(signals)

    truth, values = scan.truth, [float(value) for value in range(-20_000, 20_001, 500)]
    if "rotation_deg" in scan.asked:
        sweep("rotation_deg", [float(angle) for angle in range(-180, 180, 15)])
        values = [value for value in values if value >= 5_000]  # underfocus is told, or the twin is as good
        if abs((widget.rotation_deg - truth["rotation_deg"] + 180) % 360 - 180) > 90:
            truth = {"defocus": -truth["defocus"], "rotation_deg": (truth["rotation_deg"] + 360) % 360 - 180}
        # one step of the sweep
        assert abs((widget.rotation_deg - truth["rotation_deg"] + 180) % 360 - 180) <= 15
    sweep("defocus", values)
    assert abs(widget.defocus - truth["defocus"]) <= 1_000  # two steps: the rotation is not exact, nor the astigmatism


def test_handing_in_again_counts_what_was_improved(small):
    points_of(small, TRUTH.moved(("C10",), np.array([500.0])))
    first = small.hand_in()
    answer = small.answer
    # the answer stays while it is improved, and no longer is what the sliders say
    points_of(small, TRUTH)
    assert (small.handed_in, small.points, small.answer) == (False, first, answer)
    small.handed_in = True
    assert (small.points, small.answer) == (100.0, (-12_000.0, 35.0, -1_500.0, 900.0))
    small.defocus = 0.0
    assert small.hand_in() == small.points < first < 100
    # as a page sends it: moved, and handed in again
    page = {"defocus": -12_000.0, "answer": [-12_000.0, 35.0, -1_500.0, 900.0], "points": 100.0, "handed_in": True}
    small.set_state(page)
    assert (small.handed_in, small.points) == (True, 100.0)
    small.set_state({"defocus": -11_000.0, "handed_in": False})
    assert (small.handed_in, small.points) == (False, 100.0)
    # made anew, what the code of a copy says is handed in
    made = tcbf.widgets.Challenge(made_up_challenge(), defocus=-11_000.0, handed_in=True)
    assert made.answer == (-11_000.0, 0.0, 0.0, 0.0)


def test_what_is_told_cannot_be_set():
    """Scored with another rotation than that of the scan, the shifts would be compared with those of another truth."""
    accepted = "it is not asked: Challenge here accepts 35.0 only, as told"
    for value in (-100.0, 0.0):
        with pytest.raises(traitlets.TraitError, match=f"rotation_deg is {value}; {accepted}"):
            tcbf.widgets.Challenge(made_up_challenge(level=1), rotation_deg=value)
    widget = tcbf.widgets.Challenge(made_up_challenge(level=1), rotation_deg=35.0)
    with pytest.raises(traitlets.TraitError, match=accepted):
        widget.rotation_deg = -100.0
    with pytest.raises(traitlets.TraitError, match="C12x is 20.0; it is not asked: Challenge here accepts 0.0 only"):
        widget.C12x = 20.0
    assert (widget.rotation_deg, widget.C12x) == (35.0, 0.0)


def test_the_best_points_of_another_scan_are_not_those_of_this_one():
    key = [tcbf.widgets.Challenge(scan).meta["key"] for scan in (made_up_challenge(), made_up_challenge())]
    assert key[0] == key[1]
    assert key[0].startswith("3:0:")
    moved = tcbf.widgets.Challenge(made_up_challenge(lens=TRUTH.moved(("C10",), np.array([100.0]))))
    assert moved.meta["key"] != key[0]


def test_handing_in_is_taken_back_by_the_trait(small):
    points_of(small, TRUTH)
    small.handed_in = True
    assert (small.points, small.answer) == (100.0, (12_000.0 * -1, 35.0, -1_500.0, 900.0))
    assert small.alt_text().endswith("Handed in, it gets 100.0 of 100 points.")
    small.handed_in = False
    assert (small.points, small.answer) == (None, ())


@pytest.mark.parametrize("revealed", [False, True])
def test_figure_draws_the_image_and_the_truth_only_once_it_is_shown(draws_its_panels, revealed):
    widget = tcbf.widgets.Challenge(made_up_challenge(), revealed=revealed)
    draws_its_panels(widget)
    titles = [axes.get_title(loc="left") for axes in widget.figure().axes]
    assert ("Shifts, predicted (arrows) and true (rings)" in titles) == revealed


@pytest.mark.parametrize("level", [0, 4, "2", True, None])
def test_unknown_levels_are_named(level):
    with pytest.raises(ValueError, match="level must be 1, 2 or 3, got"):
        tcbf.challenge(level)


@pytest.mark.parametrize("seed", [-1, 0.5, "a"])
def test_bad_seeds_are_named(seed):
    with pytest.raises((ValueError, TypeError), match="seed must be"):
        tcbf.challenge(1, seed=seed)


def test_a_wrong_source_and_values_beyond_the_sliders_are_named():
    with pytest.raises(TypeError, match="scan must be a ChallengeScan.* got BrightFieldStack"):
        tcbf.widgets.Challenge(made_up_challenge().stack)
    with pytest.raises(traitlets.TraitError, match="defocus is 20001.0; Challenge here accepts -20000 to 20000"):
        tcbf.widgets.Challenge(made_up_challenge(), defocus=20_001.0)
    with pytest.raises(traitlets.TraitError, match="defocus is -1.0; Challenge here accepts 0 to 20000"):
        tcbf.widgets.Challenge(made_up_challenge(level=2), defocus=-1.0)
