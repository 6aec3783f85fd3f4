"""Frames that are turned and binned while they are read are those that would be made of the whole array."""

import numpy as np
import pytest

from tcbf_widgets.scan_array import ScanArray, binned, turned

FRAMES = np.random.default_rng(3).integers(0, 250, (13, 6, 5)).astype(np.uint8)  # one more than the scan has
SCAN = FRAMES[:12].reshape(3, 4, 6, 5)


def expected(flip, transpose, size):
    """The same in words of numpy alone."""
    frames = SCAN
    if flip[0]:
        frames = np.flip(frames, 2)
    if flip[1]:
        frames = np.flip(frames, 3)
    if transpose:
        frames = np.moveaxis(frames, 3, 2)
    ny, nx = frames.shape[2] // size, frames.shape[3] // size
    wide = frames.astype(int)
    return sum(wide[:, :, y : ny * size : size, x : nx * size : size] for y in range(size) for x in range(size))


@pytest.mark.parametrize("source", [FRAMES, SCAN], ids=["frames in a row", "rows of frames"])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("flip", [(False, False), (True, False), (False, True), (True, True)])
def test_any_order_of_frames_and_pixels(source, flip, transpose, size):
    lazy, whole = ScanArray(source, (3, 4), flip, transpose, size), expected(flip, transpose, size)
    assert lazy.shape == whole.shape
    assert np.array_equal(np.asarray(lazy), whole)
    assert np.asarray(lazy).dtype == lazy.dtype


@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        np.int64(1),
        slice(1, 3),
        slice(None, None, 2),
        slice(None, None, -1),
        slice(2, 0, -1),
        slice(2, 2),
        (1, 2),
        (slice(0, 2), slice(1, None), 3),
        (-1, Ellipsis, 0),
        (Ellipsis, 2),
        (slice(None), 1, 2, 3),
        np.array([2, 0]),
        (),
    ],
    ids=str,
)
def test_indexed_like_an_array(key):
    lazy, whole = ScanArray(FRAMES, (3, 4), (True, False), True), expected((True, False), True, 1)
    assert np.array_equal(lazy[key], whole[key])


def test_a_row_beyond_the_scan_is_no_row():
    with pytest.raises(IndexError):
        ScanArray(FRAMES, (3, 4))[3]


def test_only_the_rows_asked_for_are_read():
    class Watched:
        shape, dtype, read = FRAMES.shape, FRAMES.dtype, ()

        def __getitem__(self, key):
            self.read += (key,)
            return FRAMES[key]

    watched = Watched()
    ScanArray(watched, (3, 4))[1]
    assert watched.read == (slice(4, 8),)


def test_turning_copies_nothing():
    assert np.shares_memory(turned(SCAN, (True, True), True), SCAN)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.float32, np.float64])
def test_sums_of_squares_of_pixels_hold_the_largest_counts(dtype):
    largest = np.iinfo(dtype).max if np.dtype(dtype).kind in "ui" and np.dtype(dtype).itemsize < 4 else 1000
    frames = np.full((2, 4, 4), largest, dtype)
    assert (binned(frames, 4) == 16 * float(largest)).all()


def test_negative_counts_are_read_as_none_before_they_are_summed():
    frames = np.array([[[-1.0, 3.0], [2.0, -4.0]]], np.float32)
    lazy = ScanArray(frames, (1, 1), bin=2, clip_negative=True)
    assert lazy[0, 0, 0, 0] == 5
    assert lazy.dtype == np.float32
