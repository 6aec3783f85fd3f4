import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.descan import corrected_rows
from tests.crystallite_runs import BULLSEYE, DISK, thinned

DESCAN = ((5.0, 0.6), (-0.8, 3.0))


@pytest.fixture(scope="module", params=[(128, 128), (125, 118)], ids=["even frame", "odd frame"])
def scan(request):
    return tcbf.crystallite_scan(scan_shape=(15, 17), detector_shape=request.param, grains=3, descan=DESCAN, seed=1)


def rms(difference):
    """Root mean square along one axis, pixels."""
    return np.sqrt(np.nanmean(np.square(difference)))


def beam(scan):
    """(scan_y, scan_x, 2) pixels, where the direct beam of a simulated scan truly is."""
    return scan.descan_shifts + scan.centre


def test_the_direct_beam_is_found_to_a_tenth_of_a_pixel_at_1000_electrons(scan):
    assert rms(tcbf.measure_descan(scan.data, BULLSEYE).measured - beam(scan)) < 0.1


def test_the_direct_beam_is_found_to_three_tenths_of_a_pixel_at_100_electrons(scan, recwarn):
    assert rms(tcbf.measure_descan(thinned(scan.data, 0.1), BULLSEYE).measured - beam(scan)) < 0.3
    assert not recwarn.list  # noise follows a plane


def test_the_residual_is_that_along_one_axis(scan):
    descan = tcbf.measure_descan(scan.data, BULLSEYE)
    # without outliers, at 1000 electrons
    assert descan.residual_rms == pytest.approx(rms(descan.measured - descan.fitted), rel=0.02)


def test_a_hot_pixel_does_not_decide_where_to_look_first(scan):
    counts = scan.data.array.astype(np.uint16)
    counts[:, :, 30, 95] = 60_000
    descan = tcbf.measure_descan(tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02), BULLSEYE)
    assert np.abs(descan.fitted - beam(scan)).max() < 0.1


@pytest.mark.parametrize("size", [34, 35])
def test_a_recorded_template_of_odd_or_even_size_finds_it_as_well(scan, size):
    offset = np.arange(size) - (size - 1) / 2
    recorded = tcbf.measured_template(scan.probe.brightness(offset[:, None], offset), radius=10)
    assert rms(tcbf.measure_descan(scan.data, recorded).measured - beam(scan)) < 0.1


def test_the_plane_through_all_positions_is_far_better_than_a_single_one(scan):
    descan = tcbf.measure_descan(scan.data, BULLSEYE)
    # three parameters from n positions: √(3/n) of the error of one in the rms, 2.6 times that in a corner; twice this
    limit = 2 * 2.6 * descan.residual_rms * np.sqrt(3 / np.prod(scan.data.scan_shape))
    assert np.abs(descan.fitted - beam(scan)).max() < limit < 0.1
    np.testing.assert_allclose(descan.matrix, DESCAN, atol=2 * limit)
    np.testing.assert_allclose(descan.mean, scan.centre, atol=limit)


def test_patterns_without_a_disk_or_with_a_brighter_one_do_not_pull_the_plane(scan):
    counts = scan.data.array.astype(np.uint16)
    counts[3, 4] = 0
    counts[5:7, 2:9] = np.roll(counts[5:7, 2:9], 7, axis=-1)  # a beam elsewhere, within the reach
    data = tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02)
    descan = tcbf.measure_descan(data, BULLSEYE)
    assert np.isnan(descan.measured[3, 4]).all()
    assert np.abs(descan.fitted - beam(scan)).max() < 0.1


def test_descan_of_many_pixels_is_followed():
    far = tcbf.crystallite_scan(scan_shape=(14, 12), grains=3, descan=((30, 1), (-2, 22)), seed=3)
    descan = tcbf.measure_descan(far.data, BULLSEYE)
    assert np.abs(descan.fitted - beam(far)).max() < 0.1
    assert rms(descan.measured - beam(far)) < 0.1


@pytest.mark.parametrize("shape", [(1, 30), (30, 1), (2, 2), (1, 3)])
def test_scans_of_one_row_or_of_few_positions_have_a_plane_too(shape):
    small = tcbf.crystallite_scan(scan_shape=shape, grains=1, descan=DESCAN, seed=4)
    # three or four positions are not better known than one: a tenth of a pixel, four times that at most
    assert np.abs(tcbf.measure_descan(small.data, BULLSEYE).fitted - beam(small)).max() < 0.4


def test_positions_that_follow_no_plane_are_warned_of(scan):
    counts = scan.data.array.copy()
    for row in range(15):  # a bent descan, seven pixels at its ends
        counts[row] = np.roll(counts[row], round(7 * ((row - 7) / 7) ** 2), axis=-1)
    bent = tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02)
    with pytest.warns(UserWarning, match=r"the direct beam follows no plane: positions are \d.\d pixels off"):
        tcbf.measure_descan(bent, BULLSEYE)


def test_corrected_frames_hold_the_beam_in_one_place_and_only_recorded_counts(scan):
    descan = tcbf.measure_descan(scan.data, BULLSEYE)
    frames = np.concatenate([frames for _, frames in corrected_rows(scan.data, descan)])
    assert frames.dtype == scan.data.array.dtype
    shape = descan.window(scan.data.detector_shape)
    assert frames.shape[1:] == shape
    # 5 + 0.6 pixels along y from corner to corner, 0.8 + 3 along x
    assert np.subtract(scan.data.detector_shape, shape) == pytest.approx([5.6, 3.8], abs=1)
    places = (beam(scan) - descan.corners).reshape(-1, 2)
    assert np.abs(places - descan.beam).max() < 0.65  # half a pixel of rounding, and the error of the plane
    for number in (0, 100, 254):
        corner = descan.corners.reshape(-1, 2)[number]
        original = scan.data.array.reshape(-1, *scan.data.detector_shape)[number]
        np.testing.assert_array_equal(
            frames[number], original[corner[0] : corner[0] + shape[0], corner[1] : corner[1] + shape[1]]
        )


def test_progress_is_shown_on_request(scan, capsys):
    descan = tcbf.measure_descan(scan.data, BULLSEYE, progress=True)
    tcbf.map_frames(scan.data, descan, progress=True)
    tcbf.feature_vectors(scan.data, [[60.0, 60.0]], BULLSEYE, descan, progress=True)
    shown = capsys.readouterr().err
    for name in ("first look", "direct beam", "maps", "features"):
        assert f"{name}: 100%" in shown


def test_without_descan_frames_pass_as_they_are(scan):
    row, frames = next(corrected_rows(scan.data))
    assert row == 0
    np.testing.assert_array_equal(frames, scan.data.array[0])


def test_correction_sharpens_the_maps(scan):
    descan = tcbf.measure_descan(scan.data, BULLSEYE)
    recorded, corrected = tcbf.map_frames(scan.data), tcbf.map_frames(scan.data, descan)
    # five pixels of descan smear rings of three
    for name in ("mean", "std", "log_sum"):
        heights = [tcbf.find_peaks(getattr(maps, name), BULLSEYE, 1).heights[0] for maps in (recorded, corrected)]
        assert heights[1] > 1.2 * heights[0], name


def test_what_cannot_be_measured_is_refused():
    dark = tcbf.FourDSTEM(np.zeros((3, 3, 40, 40), np.uint8), 300e3, 20.0, 0.02)
    with pytest.raises(ValueError, match="data holds no signal"):
        tcbf.measure_descan(dark, DISK)
    with pytest.raises(TypeError, match="data must be a FourDSTEM"):
        tcbf.measure_descan(dark.array, DISK)
    with pytest.raises(TypeError, match="template must be a Template"):
        tcbf.measure_descan(dark, None)
    with pytest.raises(ValueError, match="reach must be a number > 0"):
        tcbf.measure_descan(dark, DISK, reach=0)
    lit = dark.array.copy()
    lit[0, 0, 15:25, 15:25] = 3
    with pytest.raises(ValueError, match="at least 3 frames with a disk that the template fits, got 1"):
        tcbf.measure_descan(tcbf.FourDSTEM(lit, 300e3, 20.0, 0.02), DISK)


def test_the_descan_of_another_scan_is_refused(scan):
    descan = tcbf.measure_descan(scan.data, BULLSEYE)
    other = tcbf.FourDSTEM(scan.data.array[:3], 300e3, 20.0, 0.02)
    with pytest.raises(ValueError, match=r"descan belongs to a scan of \(15, 17\) positions, data has \(3, 17\)"):
        tcbf.map_frames(other, descan)
