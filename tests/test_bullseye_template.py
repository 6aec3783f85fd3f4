"""What BullseyeTemplate sends and shows: patterns, templates and peaks as the library computes them."""

import json

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.templates import Template
from tcbf_widgets.widgets import BullseyeTemplate
from tcbf_widgets.widgets.bullseye_source import first_radii, make_template
from tcbf_widgets.widgets.figure import contrast_limits
from tcbf_widgets.widgets.found_disks import compare
from tests.bullseye_patterns import BULLSEYE, bullseye_and_disk, make, recorded

# ---- the numbers shown


@pytest.mark.parametrize("probe", ["bullseye", "disk"])
def test_pattern_template_and_peaks_are_those_of_the_library(probe):
    scan = bullseye_and_disk()[probe]
    widget = make(probe=probe, position=(1, 3), electrons=2500.0, seed=5, threshold=3.5)
    counts = tcbf.poisson_counts(2500 * scan.expected(1, 3).astype(float), 5)
    assert np.array_equal(widget.pattern, counts)
    template = Template(scan.probe, 1.35 * scan.probe.radius)
    assert np.allclose(widget.template.values(31), template.values(31), atol=1e-12)
    with pytest.warns(UserWarning, match="fewer|asked"):
        peaks = tcbf.find_peaks(counts, template, 100, 2 * scan.probe.radius, 3.5)
    assert len(peaks) > 3
    assert np.allclose(widget.peaks.positions, peaks.positions, atol=1e-9)
    assert np.allclose(widget.peaks.significance, peaks.significance)
    panels = widget.panels()
    assert np.array_equal(panels["pattern"].values, np.sqrt(counts).astype(np.float32))
    assert np.allclose(panels["correlation"].values, tcbf.correlation_map(counts, template), atol=1e-4)
    shown = panels["template"].values
    assert shown.shape == (widget.meta["field"],) * 2
    assert abs(shown.sum()) < 1e-3
    assert (panels["pattern"].vmin, panels["pattern"].vmax) == contrast_limits(panels["pattern"].values, (0.5, 99.5))


def test_without_noise_the_expected_pattern_is_shown():
    widget = make(noise=False, electrons=700.0)
    expected = bullseye_and_disk()["bullseye"].expected(2, 2)
    assert np.allclose(widget.pattern, 700 * expected, rtol=1e-6)
    assert "without counting noise" in widget.alt_text()
    assert widget.disks.direct < 0.02  # the direct beam is even all over; its neighbours pull a little


def test_disks_are_found_where_they_are_and_more_of_them_with_more_electrons():
    few, many = make(electrons=300.0).disks, make(electrons=30_000.0).disks
    assert few.found < many.found == len(many.visible)
    assert many.direct < 0.1
    assert many.others < 0.5
    assert few.false == many.false == 0


def test_noise_has_no_ring():
    """Five standard deviations, where a frame holds some hundred independent places."""
    template = tcbf.bullseye_template(1.4, 3.6, 5.4)
    for seed in range(8):
        noise = tcbf.poisson_counts(np.full((80, 84), 2.0), seed)
        assert len(BullseyeTemplate(noise, template).peaks) == 0


def test_without_its_dark_part_a_template_takes_an_even_background_for_disks():
    even = tcbf.poisson_counts(np.full((60, 64), 3.0), 1)
    balanced = BullseyeTemplate(even, BULLSEYE)
    bright = BullseyeTemplate(even, BULLSEYE, zero_sum=False)
    assert len(balanced.peaks) == 0
    assert len(bright.peaks) > 5
    assert bright.peaks.significance.min() > 5
    shown = bright.panels()["template"]
    assert shown.values.min() == pytest.approx(0, abs=1e-6)
    assert shown.title == "Template, bright part"
    # brightness times the level, in the middle and where the edge cuts a part of it off, as the norm is made good for
    correlation = bright.panels()["correlation"].values
    assert correlation.mean() == pytest.approx(3 * shown.values.sum(), rel=0.1)
    assert np.abs(balanced.panels()["correlation"].values.mean()) < 0.02 * correlation.mean()


def test_profiles_are_the_template_along_a_diagonal_and_the_probe():
    widget = make(cross=1.0)
    r, curves = widget.profiles()
    values = widget.template.values(2 * 40 + 1)
    diagonal = np.sqrt(2) * np.arange(12)
    assert np.allclose(np.interp(diagonal, r, curves["template"]), values[40:52, 40:52].diagonal(), atol=2e-3)
    shape = bullseye_and_disk()["bullseye"].probe
    along = np.arange(12.0)
    assert np.allclose(np.interp(diagonal, r, curves["probe"]), shape.brightness(along, along), atol=2e-3)


# ---- beside the truth


def test_a_peak_belongs_to_the_nearest_disk_and_counts_once():
    spots = np.array([[10.0, 10.0], [10.0, 20.0], [30.0, 30.0], [60.0, 5.0], [20.0, 35.0]])
    shares = np.array([0.3, 0.1, 0.01, 0.1, 0.001])  # the fourth beside the frame, the last one faint
    peaks = np.array([[10.3, 10.4], [11.0, 20.0], [9.5, 20.0], [20.0, 35.1], [30.0, 10.0]])
    disks = compare(peaks, spots, shares, (40, 40), 6.0)
    assert len(disks.visible) == 3
    assert (disks.found, disks.false) == (2, 1)
    # half a pixel in the plane
    assert disks.direct == pytest.approx(0.5 / np.sqrt(2))
    assert disks.others == pytest.approx(0.5 / np.sqrt(2))


def test_no_peaks_are_no_disks():
    disks = compare(np.zeros((0, 2)), np.ones((3, 2)), np.full(3, 0.1), (9, 9), 2.0)
    assert (disks.found, disks.false, disks.direct, disks.others) == (0, 0, None, None)


# ---- recorded patterns


@pytest.mark.parametrize("template", [BULLSEYE, tcbf.circle_template(5.4), tcbf.ring_template(3.6, 5.4)])
def test_a_recorded_pattern_is_shown_with_any_of_the_templates(template, shows_numbers):
    widget = BullseyeTemplate(recorded(), template, threshold=4.0)
    assert np.array_equal(widget.pattern, recorded())
    assert np.allclose(widget.template.values(25), template.values(25), atol=1e-12)
    assert widget.disks is None
    assert "A recorded diffraction pattern" in widget.alt_text()
    shows_numbers(widget)
    for bad in ({"electrons": 100.0}, {"seed": 3}, {"noise": False}):
        with pytest.raises(traitlets.TraitError, match=f"{next(iter(bad))} is that of a scan"):
            BullseyeTemplate(recorded(), template, **bad)


@pytest.mark.parametrize("pattern", [np.zeros((32, 33)), np.full((32, 33), 7.0), -np.ones((32, 33))])
def test_a_pattern_without_signal_has_no_disks(pattern, shows_numbers):
    widget = BullseyeTemplate(pattern, BULLSEYE)
    assert len(widget.peaks) == 0
    assert "no disk found" in widget.alt_text()
    assert not widget.panels()["correlation"].values.any()
    shows_numbers(widget)


def test_one_disk_of_a_recorded_pattern_is_said_in_words():
    y, x = np.indices((40, 41))
    widget = BullseyeTemplate(9 * tcbf.circle_template(5).shape.brightness(y - 20.3, x - 18.8), tcbf.circle_template(5))
    assert np.allclose(widget.peaks.positions, [[20.3, 18.8]], atol=0.015)  # as interpolation is
    assert "1 disk found, it stands" in widget.alt_text()


# ---- how it is made


def test_the_first_state_is_the_probe_of_the_scan():
    widget = BullseyeTemplate(bullseye_and_disk()["disk"], errors=False)
    assert widget.probe == "disk"
    assert widget.outer == pytest.approx(6)
    assert BullseyeTemplate(bullseye_and_disk()["disk"], BULLSEYE, errors=False).outer == pytest.approx(5.4)


def test_radii_of_any_template_make_that_template():
    for template in (BULLSEYE, tcbf.circle_template(4, 6), tcbf.ring_template(2, 5)):
        again = make_template(*_kind(template), edge=0.6)
        assert again.exclusion == template.exclusion
        assert np.allclose(again.values(21), template.values(21))


def _kind(template):
    radii = first_radii(template)
    assert radii["spot"] < radii["inner"] < radii["outer"] < radii["exclusion"]
    return {1: "ring" if template.shape.rings[0][0] else "disk", 2: "bullseye"}[len(template.shape.rings)], radii


def test_errors_are_measured_given_or_left_out():
    given = {"disk": tcbf.position_errors(bullseye_and_disk()["disk"], exposures=2, electrons=(100, 1000))}
    widget = make(errors=given)
    assert widget.meta["errors"]["disk"]["electrons"] == [100, 1000]
    assert list(widget.meta["errors"]) == ["disk"]
    assert widget.meta["python"]["call"].endswith("(patterns, errors=errors)")
    measured = BullseyeTemplate(bullseye_and_disk()["disk"])
    assert measured.meta["errors"]["disk"]["electrons"][-1] == 30_000
    assert measured.meta["python"]["call"].endswith("(scan)")
    assert len(measured.figure().axes) == 5
    assert len(make().figure().axes) == 4


def test_figure_draws_every_panel_with_its_pixels(draws_its_panels):
    draws_its_panels(make(cmap="viridis", probe="disk"))


def test_data_fits_its_budget_and_meta_is_plain(packed_size):
    widget = make()
    assert packed_size(widget) <= 1.5e6
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    json.dumps(widget.meta, allow_nan=False)


def test_a_template_without_a_dark_part_shows_and_finds_nothing(shows_numbers, recwarn):
    widget = BullseyeTemplate(recorded(), BULLSEYE)
    with widget.hold_trait_notifications():
        widget.spot, widget.inner, widget.outer, widget.exclusion = 2.4, 2.43, 2.46, 2.5
    assert len(widget.peaks) == 0
    assert not widget.panels()["template"].values.any()
    assert not widget.panels()["correlation"].values.any()
    assert not widget.profiles()[1]["template"].any()
    shows_numbers(widget)
    widget.zero_sum = False
    assert len(widget.peaks) > 0
    assert not recwarn


def test_sliders_leave_a_dark_part():
    ranges = make().meta["ranges"]
    assert ranges["spot"][1] == pytest.approx(0.8 * 6, abs=1)
    low, high = ([ranges[name][end] for name in ("spot", "inner", "outer", "exclusion")] for end in (0, 1))
    for ends in (low, high):
        assert (np.diff(ends) >= np.array([0.5, 0.5, 1])).all()


def test_a_disk_is_not_bound_to_radii_that_it_does_not_have():
    widget = BullseyeTemplate(bullseye_and_disk()["disk"], errors=False)
    widget.outer = 3.0
    assert widget.template.shape.rings == ((0.0, 3.0),)
    with pytest.raises(traitlets.TraitError, match="exclusion is 2.5; radii must grow"):
        widget.exclusion = 2.5


def test_radii_can_be_set_together():
    widget = make()
    with widget.hold_trait_notifications():
        widget.outer, widget.inner, widget.spot = 1.6, 1.55, 1.5
    assert widget.template.shape.rings == ((0.0, 1.5), (1.55, 1.6))
