"""The bright-field stack is the same however it is read: at once, in pieces, through moving windows, in squares."""

from dataclasses import replace

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import blocks, collecting
from tcbf_widgets.descan import Descan, standing_still
from tcbf_widgets.descan_ramp import descan_ramps

CALIBRATION = {"energy": 300e3, "scan_sampling": 10.0, "reciprocal_sampling": 0.01}


def disk(center, shape=(24, 26), radius=6.0):
    y, x = np.indices(shape)
    return (np.hypot(y - center[0], x - center[1]) < radius).astype(float)


def scan(centers, counts=20.0, seed=0):
    """Counts of a disk that lies at ``centers`` (scan_y, scan_x, 2)."""
    patterns = np.array([[disk(center) for center in row] for row in centers])
    return tcbf.FourDSTEM(np.random.default_rng(seed).poisson(counts * patterns).astype(np.uint8), **CALIBRATION)


def still(shape=(40, 5), center=(11.5, 13.0)):
    return scan(np.broadcast_to(center, (*shape, 2)))


def assert_same(first, second):
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.mean_counts, second.mean_counts)
    assert first.disk.center == second.disk.center


def by_definition(data):
    """Two passes over an array in memory: the disk, then its pixels."""
    found = tcbf.disk.find_disk(data.array.mean(axis=(0, 1)))
    y, x = np.nonzero(found.mask & (data.array.sum(axis=(0, 1)) > 0))
    images = np.moveaxis(data.array[:, :, y, x], -1, 0).astype(np.float32)
    return images / images.mean(axis=(1, 2), keepdims=True), found


def test_one_pass_gives_what_two_would(monkeypatch):
    data = still()
    monkeypatch.setattr(collecting, "_LEAST", 0)  # only a few rows are looked at first
    stack = tcbf.bright_field_stack(data)
    images, found = by_definition(data)
    assert np.allclose(stack.images, images, rtol=1e-6)
    assert stack.disk.center == found.center


def test_a_disk_elsewhere_in_the_rows_looked_at_first_is_found_all_the_same(monkeypatch):
    centers = np.broadcast_to((11.5, 13.0), (40, 5, 2)).copy()
    centers[20] = (7.0, 7.0)  # the one row of forty that is looked at first
    data = scan(centers)
    monkeypatch.setattr(collecting, "_LEAST", 0)
    images, _ = by_definition(data)
    assert np.allclose(tcbf.bright_field_stack(data).images, images, rtol=1e-6)


def test_little_memory_makes_small_pieces_and_the_same_stack(monkeypatch):
    data = still()
    whole = tcbf.bright_field_stack(data)
    sizes = []
    pieces = blocks.row_pieces
    monkeypatch.setattr(blocks, "row_pieces", lambda *given: sizes.append(pieces(*given)) or sizes[-1])
    row = data.array[0].nbytes * blocks._COPIES * (blocks.WORKERS + 1)
    # the pixels in the margin around the disk are kept until the disk is known
    little = tcbf.bright_field_stack(data, memory=2.5 * whole.images.nbytes + 2 * row)
    assert_same(little, whole)
    assert len(sizes[0]) > 5


def test_images_that_do_not_fit_are_named_with_a_remedy():
    with pytest.raises(ValueError, match=r"the disk has \d+ pixels, .* 40 x 5 positions take .*tcbf.bin_detector"):
        tcbf.bright_field_stack(still(), memory=100_000)


@pytest.mark.parametrize("bad, says", [(np.nan, "array must hold finite counts"), (-3, "array must hold counts >= 0")])
def test_bad_counts_of_a_file_are_named_by_what_they_are(tmp_path, bad, says):
    counts = still().array.astype(np.float32)
    counts[3, 3, 0, 0] = bad
    np.save(tmp_path / "bad.npy", counts)
    with pytest.raises(ValueError, match=says):
        tcbf.bright_field_stack(tcbf.open(tmp_path / "bad.npy", **CALIBRATION))


@pytest.mark.parametrize("stage", [tcbf.survey, tcbf.bright_field_stack])
def test_a_file_damaged_within_its_counts_is_named(tmp_path, stage):
    path = tmp_path / "damaged.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("counts", data=still().array, chunks=(1, 5, 24, 26), compression="gzip")
        where = file["counts"].id.get_chunk_info(20)
    content = bytearray(path.read_bytes())
    content[where.byte_offset : where.byte_offset + where.size] = bytes(where.size)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"damaged\.h5"):
        stage(tcbf.open(path, **CALIBRATION))


def test_a_moving_disk_is_read_through_a_moving_window():
    ramps = np.array([[6.0, 0.0], [0.0, 4.0]])
    fitted = np.array((11.5, 13.0)) + descan_ramps(ramps, (16, 9))
    along = Descan(fitted, fitted, ramps, 0.0)
    data = scan(fitted)
    stack = tcbf.bright_field_stack(data, descan=along, rim=0)
    # as if each pattern had been cut out of its frame first
    (ny, nx), corners = along.window((24, 26)), along.corners
    cut = [[data.array[i, j, y : y + ny, x : x + nx] for j, (y, x) in enumerate(corners[i])] for i in range(16)]
    assert_same(stack, tcbf.bright_field_stack(replace(data, array=np.array(cut))))
    assert stack.disk.radius == pytest.approx(6, abs=0.3)
    assert np.allclose(stack.disk.center, along.beam, atol=0.3)
    # read through the window before anything else is done with it, it is the same
    assert_same(stack, tcbf.bright_field_stack(standing_still(data, along)))


def test_the_rim_of_a_corrected_disk_is_left_out():
    ramps = np.array([[6.0, 0.0], [0.0, 4.0]])
    fitted = np.array((11.5, 13.0)) + descan_ramps(ramps, (16, 9))
    data = scan(fitted)
    whole, inner = (tcbf.bright_field_stack(data, descan=Descan(fitted, fitted, ramps, 0.0), rim=r) for r in (0, None))
    assert inner.disk.center == whole.disk.center
    assert inner.disk.radius == whole.disk.radius
    inside = {tuple(pixel) for pixel in whole.pixels}
    around = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    kept = {(y, x) for y, x in inside if all((y + dy, x + dx) in inside for dy, dx in around)}
    assert {tuple(pixel) for pixel in inner.pixels} == kept
    assert not len(inner.left_out)


def test_a_rim_as_wide_as_the_disk_is_named():
    with pytest.raises(ValueError, match="rim=7 leaves nothing of a disk with a radius of 5.9 pixels"):
        tcbf.bright_field_stack(still(), rim=7)


def test_defects_are_mended_before_squares_are_summed():
    data = still((40, 5))
    hot = data.array.copy()
    hot[..., 11, 13] = 250
    found = tcbf.survey(replace(data, array=hot)).defects
    mended = np.asarray(standing_still(replace(data, array=hot), None, found).array)
    assert np.array_equal(
        np.delete(mended.reshape(200, -1), 11 * 26 + 13, 1), np.delete(hot.reshape(200, -1), 11 * 26 + 13, 1)
    )
    assert mended[..., 11, 13].max() < 60


def test_squares_of_pixels_are_a_coarser_detector():
    data = still((8, 5))
    binned = tcbf.bin_detector(data, 2)
    summed = data.array.reshape(8, 5, 12, 2, 13, 2).sum(axis=(3, 5), dtype=np.uint32)
    coarse = tcbf.FourDSTEM(summed, 300e3, 10.0, 0.02)
    assert_same(tcbf.bright_field_stack(binned), tcbf.bright_field_stack(coarse))
    assert binned.reciprocal_sampling == (0.02, 0.02)
    assert tcbf.bin_detector(data, 1) is data


@pytest.mark.parametrize("size", [0, 13, 1.5, "two"])
def test_squares_that_are_none_are_named(size):
    with pytest.raises(ValueError, match="size must be"):
        tcbf.bin_detector(still((2, 2)), size)
