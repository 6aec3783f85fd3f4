"""A survey finds what is wrong with a scan, measures descan, and says nothing of a good scan."""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import looking
from tcbf_widgets.descan_ramp import descan_ramps
from tcbf_widgets.electrons import gain_of
from tcbf_widgets.surveying import survey_array

DESCAN = ((6.0, 1.0), (-2.0, 5.0))


def worth_telling(found):
    return [finding for finding in found.findings if finding.kind != "fine"]


def only(found):
    (finding,) = worth_telling(found)
    return finding


def thinned(counts, share, seed=0):
    """The counts of a scan of which each electron was recorded with this probability."""
    return np.random.default_rng(seed).binomial(counts, share).astype(counts.dtype)


@pytest.fixture(scope="module")
def moving():
    """A scan of 30 electrons/Å² whose pattern wanders over the detector."""
    specimen = tcbf.apoferritin_in_ice(seed=tcbf.demo._SPECIMEN_SEED)
    return tcbf.simulate_scan(specimen, defocus=15_000.0, rotation_deg=-15.0, dose=30.0, descan=DESCAN, seed=3)


def test_a_good_scan_is_described(demo):
    found = tcbf.survey(demo)
    assert isinstance(found, tcbf.Survey)
    assert not worth_telling(found)
    assert found.dose == pytest.approx(100, rel=0.01)  # 1.15e7 electrons; the detector misses few
    assert found.semiangle == pytest.approx(4.0, abs=0.02)  # 26 pixels, whose area is known to a few of 2100
    assert found.counts_per_electron == pytest.approx(1, abs=0.03)  # and what contrast there is from step to step
    assert found.whole_counts
    assert found.largest_count == demo.array.max()
    assert found.counts_per_pattern == pytest.approx(demo.array.sum(axis=(2, 3)).mean())
    assert found.descan is None
    assert found.rows_seen == 24
    assert len(found.hot) == len(found.dead) == found.defects_in_disk == 0
    np.testing.assert_allclose(found.mean_pattern, demo.array.mean(axis=(0, 1)))


@pytest.mark.parametrize("dose", [0.01, 0.03, 0.1, 0.3])
def test_nothing_is_found_in_good_scans_of_little_dose(demo, dose):
    for seed in range(2):
        assert not worth_telling(tcbf.survey(replace(demo, array=thinned(demo.array, dose, seed))))


def test_expected_intensities_have_no_dose_and_no_faults():
    found = tcbf.survey(tcbf.demo.apoferritin(dose=None))
    assert not worth_telling(found)
    assert found.dose is None
    assert not found.whole_counts
    assert found.movement.descan is not None


def test_descan_is_measured(moving):
    found = tcbf.survey(moving)
    # at 30 electrons/Å² a sum of 32 patterns places the disk to 0.02 pixels, a plane through 36 its ends to
    # 0.02 √12/36 = 0.012; three times that, and as much for what the specimen does
    np.testing.assert_allclose(found.descan.matrix, DESCAN, atol=0.06)
    assert found.descan.residual_rms < 0.05
    assert (found.movement.errors < 0.03).all()
    truth = moving.truth
    assert found.disk.radius * moving.angular_sampling[0] == pytest.approx(truth.semiangle, abs=0.05)
    assert found.semiangle == pytest.approx(truth.semiangle, abs=0.05)
    assert found.descan.fitted.shape == found.descan.measured.shape == (*moving.scan_shape, 2)
    assert only(found).text == "descan: the pattern moves by 8.6 pixels over the scan"  # (6 - 1, -2 - 5)


def test_with_its_descan_the_defocus_is_found_and_without_it_nothing(moving):
    descan = tcbf.survey(moving).descan
    corrected = tcbf.refine_aberrations(tcbf.bright_field_stack(moving, descan=descan), defocus_sign=1)
    # what the correction leaves is half a pixel of rounding
    assert abs(corrected.aberrations["C10"] - moving.truth.aberrations["C10"]) < 4 * corrected.uncertainties["C10"]
    assert corrected.uncertainties["C10"] < 100
    with pytest.warns(UserWarning, match="no shift field stands out"):
        lost = tcbf.refine_aberrations(tcbf.bright_field_stack(moving), defocus_sign=1)
    assert abs(lost.aberrations["C10"] - moving.truth.aberrations["C10"]) > 1000


@pytest.mark.parametrize("matrix", [((0.2, 0.1), (-0.1, 0.2)), ((4.0, 0.0), (0.0, 0.0)), ((-30.0, 8.0), (3.0, 25.0))])
def test_descan_of_any_size_is_measured_and_corrected_if_it_is_worth_it(matrix):
    shape = (24, 24)
    center = np.array((47.5, 50.0)) + descan_ramps(matrix, shape)
    y, x = np.indices((96, 100))
    distance = np.hypot(y - center[..., :1, None], x - center[..., 1:, None])
    counts = np.random.default_rng(6).poisson(2.0 * np.clip(16.5 - distance, 0, 1)).astype(np.uint8)
    found = tcbf.survey(tcbf.FourDSTEM(counts, 300e3, 10.0, 0.01))
    # 16 patterns of 1600 electrons in each part: as in the test above
    np.testing.assert_allclose(found.movement.descan.matrix, matrix, atol=0.05 + 0.003 * np.abs(matrix).max())
    assert (found.descan is None) == (np.abs(matrix).max() < 0.5)
    # of a disk in motion each part of the scan is blurred by a sixth of the way
    assert found.disk.radius == pytest.approx(16, abs=0.3)


def test_light_that_wanders_over_the_disk_is_no_descan(demo):
    x = (np.arange(128) - 63.7) / 26
    share = 0.5 * (1 + np.linspace(-0.4, 0.4, 48)[:, None, None] * x)
    movement = tcbf.survey(replace(demo, array=thinned(demo.array, np.clip(share, 0, 1)))).movement
    assert movement.movement < 0.3  # of light that grows from -40 to 40 % over a radius of 26 pixels


def test_few_positions_show_no_descan(demo):
    for y, x in np.ndindex(6, 4):
        part = demo.array[4 * y : 4 * y + 2, 12 * x : 12 * x + 2, 32:96, 32:96]
        assert tcbf.survey(replace(demo, array=part)).descan is None
    for x in (0, 10, 20, 30, 40):
        assert tcbf.survey(replace(demo, array=demo.array[:, x : x + 1, 32:96, 32:96])).descan is None


def test_hot_pixels_are_counted(demo):
    counts = demo.array.astype(np.uint16)
    counts[:, :, [50, 60, 3], [60, 70, 100]] = [300, 200, 50]
    found = tcbf.survey(replace(demo, array=counts))
    assert found.hot.tolist() == [[3, 100], [50, 60], [60, 70]]
    assert only(found).text == "3 hot pixels; 2 in the disk"
    assert found.counts_per_pattern == pytest.approx(10_000, rel=0.01)
    assert found.largest_count == demo.array.max()


def test_dead_pixels_and_columns_are_counted(demo):
    counts = demo.array.copy()
    counts[:, :, 50, 70] = 0
    counts[..., 60:62] = 0
    finding = only(tcbf.survey(replace(demo, array=counts)))
    assert finding.kind == "note"
    assert finding.text.startswith("1 dead pixel and 2 dead columns; 1")


def test_saturation_is_found(demo):
    counts = np.minimum(demo.array.astype(int) * 16, 255).astype(np.uint8)
    texts = [finding.text for finding in worth_telling(tcbf.survey(replace(demo, array=counts)))]
    assert any(text.startswith("saturated: ") and "reached 255" in text for text in texts)


@pytest.mark.parametrize("limit, kind", [(63, np.uint8), (63, np.uint16), (255, np.uint16)])
def test_counters_of_few_bits_saturate(limit, kind):
    y, x = np.indices((40, 40)) - 19.3
    counts = np.random.default_rng(9).poisson(1.0 * limit * (np.hypot(y, x) < 12), (6, 8, 40, 40))
    found = survey_array(np.minimum(counts, limit).astype(kind))
    assert found.saturated > 300  # of 450, all of which reach it in half of the patterns
    assert not survey_array(np.minimum(counts, limit - 1).astype(kind)).saturated


@pytest.mark.parametrize("place", [20, 90])
def test_a_cluster_of_hot_pixels_is_not_the_disk(demo, place):
    counts = demo.array.astype(np.uint16)
    counts[..., place : place + 3, 60:63] = 60
    found = tcbf.survey(replace(demo, array=counts))
    assert found.disk.radius == pytest.approx(26, abs=0.1)
    assert only(found).text == "9 pixels side by side far brighter than the disk: a cluster of hot ones"


def test_an_offset_is_named(demo):
    rng = np.random.default_rng(10)
    counts = 5 * demo.array[::2, ::2] + np.rint(rng.normal(20, 8, demo.array[::2, ::2].shape))
    found = survey_array(np.clip(counts, 0, None).astype(np.uint16))
    assert found.offset == pytest.approx(20, abs=0.5)
    texts = [finding.text for finding in worth_telling(found)]
    assert "the detector counts 20 per pixel and pattern outside the disk: an offset" in texts
    assert not any("edge" in text for text in texts)


def test_calibration_is_one_number_or_two_and_what_is_neither_is_named(demo):
    part = demo.array[:4, :8, 32:96, 32:96]
    one, two = survey_array(part, 10, 0.15), survey_array(part, (10, 10), (0.15, 0.15))
    assert one.scan_sampling == two.scan_sampling == (10.0, 10.0)
    assert one.dose == two.dose > 0
    assert one.semiangle == two.semiangle
    with pytest.raises(ValueError, match="scan_sampling must be"):
        survey_array(part, "10 Å")
    with pytest.raises(ValueError, match="angular_sampling must be"):
        survey_array(part, 10, -0.15)


def test_negative_background_is_found(demo):
    counts = demo.array.astype(np.float32) - 0.5
    finding = only(survey_array(counts, demo.scan_sampling, demo.angular_sampling))
    assert finding.kind == "problem"
    assert finding.text == "negative counts, down to -0.5: too much background taken off"


def test_nan_is_counted(demo):
    counts = demo.array.astype(np.float32)
    counts[3, 4, 5, :7] = np.nan
    assert only(survey_array(counts)).text == "7 counts are NaN or infinite"
    counts[3, 4, 5, :6] = 0
    assert only(survey_array(counts)).text == "1 count is NaN or infinite"


@pytest.mark.parametrize(
    "calibration, text, remedy",
    [
        ({"angular_sampling": 0.154e-3}, "the disk would have a semi-angle of 0.004 mrad", "angular_sampling"),
        ({"angular_sampling": 154}, "the disk would have a semi-angle of 3999 mrad", "reciprocal_sampling"),
        ({"scan_sampling": (10e-10, 10e-10)}, "positions of the scan would be 1e-09 Å apart", "scan_sampling"),
        ({"scan_sampling": (10, 2e5)}, "positions of the scan would be 200000 Å apart", "scan_sampling"),
    ],
)
def test_calibration_in_another_unit_is_a_problem(demo, calibration, text, remedy):
    given = {"scan_sampling": demo.scan_sampling, "angular_sampling": demo.angular_sampling} | calibration
    finding = only(survey_array(demo.array, **given))
    assert (finding.kind, finding.text) == ("problem", text)
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    "slope, where", [((0.3, 0.0), "bottom as at its top"), ((-0.2, 0.2), "upper right as at its lower left")]
)
def test_uneven_illumination_is_found(demo, slope, where):
    y, x = (np.indices(demo.detector_shape) - 63.7) / 26
    counts = thinned(demo.array, np.clip(0.5 * (1 + slope[0] * y + slope[1] * x), 0, 1))
    found = tcbf.survey(replace(demo, array=counts))
    steep = np.hypot(*slope)
    assert found.illumination[0] == pytest.approx((1 + steep) / (1 - steep), rel=0.03)
    assert only(found).text.endswith(f"times as bright at its {where}")


def test_a_drifting_beam_current_is_found(demo):
    current = np.linspace(1, 0.7, 24)[:, None, None, None]
    found = tcbf.survey(replace(demo, array=thinned(demo.array, current)))
    assert found.steadiness.drift == pytest.approx(-0.3 / 0.85, abs=0.02)
    assert only(found).text == "counts drift: 30 % less in the last row than in the first"


def test_blank_rows_are_found(demo):
    counts = demo.array.copy()
    counts[[5, 6, 17]] = 0
    found = tcbf.survey(replace(demo, array=counts))
    assert only(found).text == "3 rows of the scan below half of the usual counts: 5, 6, 17"
    assert not any("steady" in finding.text for finding in found.findings)
    assert abs(found.steadiness.drift) < 0.01


def test_flicker_is_found(demo):
    current = np.random.default_rng(1).normal(0.8, 0.05, 24)[:, None, None, None]
    found = tcbf.survey(replace(demo, array=thinned(demo.array, current)))
    assert found.steadiness.flicker == pytest.approx(0.05 / 0.8, rel=0.4)  # 23 differences
    assert only(found).text.startswith("the beam flickers: ")


@pytest.mark.parametrize("ends, text", [((2, 0), "first 2"), ((0, 3), "last 3"), ((1, 2), "first 1 and last 2")])
def test_fly_back_is_found(demo, ends, text):
    share = np.ones((48, 1, 1))
    share[: ends[0]] = 0.6
    share[48 - ends[1] :] = 0.6
    found = tcbf.survey(replace(demo, array=thinned(demo.array, share)))
    assert (found.row_ends.first, found.row_ends.last) == ends
    assert only(found).text == f"the {text} positions of each row count 40 % less: fly-back"


def test_a_disk_at_the_edge_is_found(demo):
    found = tcbf.survey(replace(demo, array=demo.array[:, :, 45:]))
    assert only(found).text == "the bright-field disk touches the edge of the detector"
    assert found.disk is None
    assert found.semiangle is None


def test_darkness_is_found(demo):
    finding = worth_telling(tcbf.survey(replace(demo, array=np.zeros((3, 4, 20, 20), np.uint8))))[0]
    assert finding.text == "no bright-field disk is in the mean pattern"


def test_amplified_counts_have_no_dose(demo):
    found = tcbf.survey(replace(demo, array=7 * demo.array.astype(np.uint16)))
    assert found.dose is None
    assert found.counts_per_electron == pytest.approx(7, rel=0.05)
    assert only(found).text == "one electron counts about 7.1, by the noise: dose is not known"


def test_contrast_is_not_taken_for_gain(demo):
    """At high dose the specimen makes counts vary more than noise does: the detector still counts electrons."""
    expected = tcbf.demo.apoferritin(dose=None).array[::2, :, 32:96, 32:96].astype(float)
    rng = np.random.default_rng(8)
    for dose, kind in ((1e3, "electrons"), (1e4, "electrons"), (1e5, "hidden")):
        data = tcbf.FourDSTEM(rng.poisson(100 * dose * expected).astype(np.uint16), 300e3, 10.0, 0.0078)
        found = tcbf.survey(data)
        assert found.gain.kind == kind
        assert found.dose == pytest.approx(dose, rel=0.02)
        assert not any("one electron counts" in finding.text for finding in found.findings)
        # the report goes by the same rule
        assert gain_of(tcbf.bright_field_stack(data)).kind == kind


def test_counts_that_were_divided_are_no_electrons():
    y, x = np.indices((40, 40)) - 19.3
    counts = np.random.default_rng(9).poisson(200.0 * (np.hypot(y, x) < 12), (6, 8, 40, 40)) // 4
    found = tcbf.survey(tcbf.FourDSTEM(counts.astype(np.uint16), 300e3, 10.0, 0.01))
    assert found.dose is None
    assert only(found).text == "counts scatter 0.25 times as much as electrons would: they are not single electrons"


def test_without_calibration_pixels_remain(demo):
    found = survey_array(demo.array)
    assert found.semiangle is None
    assert found.dose is None
    assert found.disk.radius == pytest.approx(26, abs=0.1)


def test_of_a_large_scan_pairs_of_rows_are_looked_at(moving, monkeypatch):
    monkeypatch.setattr(looking, "_MOST", 0)
    found = tcbf.survey(moving)
    assert found.rows_seen == 12
    np.testing.assert_allclose(found.movement.descan.matrix, DESCAN, atol=0.08)  # half of the electrons
    look = looking.look_at(moving.array)
    assert np.diff(look.rows)[::2].tolist() == [1] * 6
    assert look.sums.sum() == moving.array[look.rows].sum()
    assert look.frames.sum() == 12 * 48


def test_little_memory_gives_the_same(demo):
    found, little = tcbf.survey(demo), tcbf.survey(demo, memory=2e6)
    np.testing.assert_array_equal(found.mean_pattern, little.mean_pattern)
    assert found.findings[0].kind == little.findings[0].kind == "fine"


@pytest.mark.parametrize("positions", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_the_smallest_scans_pass(demo, positions):
    found = tcbf.survey(replace(demo, array=demo.array[: positions[0], : positions[1]]))
    assert found.disk.radius == pytest.approx(26, abs=0.5)


def test_a_scan_is_needed():
    with pytest.raises(TypeError, match="data must be a FourDSTEM"):
        tcbf.survey(np.ones((2, 2, 8, 8)))
