import numpy as np
import pytest

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def scan():
    counts = np.random.default_rng(0).poisson(2.0, (5, 7, 12, 11)).astype(np.uint8)
    counts[1, 2] = 0  # a frame without signal
    counts[2] += 3  # frames without a dark pixel
    return tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02)


def test_maps_of_one_pass_equal_the_textbook_ones(scan):
    maps = tcbf.map_frames(scan)
    frames = scan.array.reshape(-1, 12, 11).astype(float)
    # double precision throughout
    np.testing.assert_allclose(maps.mean, frames.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(maps.std, frames.std(axis=0), rtol=1e-12)
    logs = np.log(frames - frames.min(axis=(1, 2), keepdims=True) + 1)
    np.testing.assert_allclose(maps.log_sum, logs.sum(axis=0), rtol=1e-12)
    assert maps.frames == 35


def test_the_standard_deviation_of_large_even_counts_keeps_its_digits():
    counts = (60_000 + np.random.default_rng(1).integers(0, 2, (3, 50, 4, 4))).astype(np.float32)
    maps = tcbf.map_frames(tcbf.FourDSTEM(counts, 300e3, 20.0, 0.02))
    # a sum of squares would have lost 9 of 16 digits here
    np.testing.assert_allclose(maps.std, counts.astype(float).std(axis=(0, 1)), rtol=1e-10)


def test_the_logarithm_of_the_standard_deviation_begins_at_zero(scan):
    log_std = tcbf.map_frames(scan).log_std
    assert log_std.min() == 0
    assert np.isfinite(log_std).all()


def test_one_frame_has_no_deviation():
    one = tcbf.FourDSTEM(np.ones((1, 1, 4, 4), np.uint8), 300e3, 20.0, 0.02)
    assert not tcbf.map_frames(one).std.any()


@pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
def test_bad_counts_in_a_file_are_refused_when_they_are_read(tmp_path, bad):
    counts = np.ones((3, 4, 6, 5), np.float32)
    counts[2, 1, 3, 3] = bad
    np.save(tmp_path / "scan.npy", counts)
    data = tcbf.FourDSTEM(np.load(tmp_path / "scan.npy", mmap_mode="r"), 300e3, 20.0, 0.02)
    with pytest.raises(ValueError, match="array must hold"):
        tcbf.map_frames(data)


def test_what_is_no_scan_and_no_descan_is_refused(scan):
    with pytest.raises(TypeError, match="data must be a FourDSTEM"):
        tcbf.map_frames(scan.array)
    with pytest.raises(TypeError, match="descan must be a Descan"):
        tcbf.map_frames(scan, descan=np.zeros((5, 7, 2)))
