"""Hot and dead pixels are found, nothing else is, and neither disk nor images suffer from them."""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.defects import find_defects
from tcbf_widgets.descan import Descan
from tcbf_widgets.descan_ramp import descan_ramps
from tcbf_widgets.disk import find_disk

FRAMES = 1152
ELECTRONS = 0.0472  # per pixel of the demo's disk, pattern and electron/Å²


@pytest.fixture(scope="module")
def expected():
    """(128, 128) expected counts per pattern at 1 electron/Å², of the demo's scan."""
    return 100.0 * tcbf.demo.apoferritin(dose=None).array.mean(axis=(0, 1), dtype=float)


@pytest.fixture(scope="module")
def known():
    """Places of 20 hot pixels, of 20 dead ones, and how many times too high the hot ones are."""
    rng = np.random.default_rng(2)
    y, x = np.indices((128, 128))
    # four pixels apart: clusters are another test; not in the dead columns, nor at the rim
    places = np.argwhere((np.hypot(y - 63.7, x - 63.7) < 22) & (y % 4 == 1) & (x % 4 == 1) & (abs(x - 60.5) > 1))
    chosen = rng.choice(places, 37, replace=False)
    hot = np.concatenate([chosen[:17], [[3, 4], [0, 0], [127, 50]]])
    return hot, chosen[17:], np.geomspace(10, 1e4, 20)


def spoilt(pattern, known):
    """The pattern of a detector with the known defects, and two dead columns."""
    hot, dead, factor = known
    pattern = pattern.copy()
    lit = np.maximum(pattern[tuple(hot.T)], 0.2 * pattern.max())  # a hot pixel needs no beam
    pattern[tuple(hot.T)] = factor * lit
    pattern[tuple(dead.T)] = 0
    pattern[:, 60:62] = 0
    return pattern


def recorded(expected, dose, seed=0):
    return np.random.default_rng(seed).poisson(FRAMES * dose * expected) / FRAMES


def as_set(pixels):
    return set(map(tuple, pixels.tolist()))


@pytest.mark.parametrize("dose", [1, 10, 100, 1000])
def test_a_good_detector_has_none(expected, dose):
    for seed in range(5):
        assert len(find_defects(recorded(expected, dose, seed), FRAMES)) == 0


def test_expected_intensities_have_none(expected):
    assert len(find_defects(expected, FRAMES)) == 0
    assert len(find_defects(1e-6 * expected, FRAMES)) == 0


@pytest.mark.parametrize("gain", [0.01, 30.0])
def test_counts_in_other_units_have_the_noise_that_they_have(expected, known, gain):
    assert len(find_defects(gain * recorded(expected, 10), FRAMES)) == 0
    found = find_defects(gain * recorded(spoilt(expected, known), 10), FRAMES)
    assert as_set(found.hot) == as_set(known[0])


@pytest.mark.parametrize("dose", [10, 100, 1000])
def test_all_are_found(expected, known, dose):
    found = find_defects(recorded(spoilt(expected, known), dose), FRAMES)
    hot, dead, _ = known
    assert as_set(found.hot) == as_set(hot)
    assert as_set(dead) <= as_set(found.dead)
    assert found.dead_lines == ([], [60, 61])
    assert len(found.dead) == 20 + 2 * 128
    assert found.mask.sum() == len(found) == 296


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_gaps_between_chips_are_found_across_each_other(expected, width):
    pattern = recorded(expected, 100)
    pattern[70 : 70 + width] = 0
    pattern[:, 62 : 62 + width] = 0
    found = find_defects(pattern, FRAMES)
    rows, columns = list(range(70, 70 + width)), list(range(62, 62 + width))
    assert found.dead_lines == (rows, columns)
    assert len(found.hot) == 0


@pytest.mark.parametrize("distance", [19.0, 20.0, 21.0])
@pytest.mark.parametrize("frames", [100, 10_000])
def test_disks_of_a_crystal_are_none(distance, frames):
    """Disks of a lattice that all but touch: the dark between them is no gap, the corners of it no dead pixels."""
    y, x = np.indices((128, 128)) - 63.3
    lattice = np.arange(-3, 4) * distance
    pattern = np.full(y.shape, 1e-5)
    for cy in lattice:
        for cx in lattice:
            pattern += (np.hypot(y - cy, x - cx) < 9.5) * np.exp(-np.hypot(cy, cx) / distance)
    assert len(find_defects(np.random.default_rng(3).poisson(frames * pattern) / frames, frames)) == 0


def test_pairs_of_defects_are_found(expected):
    pattern = recorded(expected, 100)
    pattern[50, 50:52] *= 20
    pattern[70:72, 70] = 0
    found = find_defects(pattern, FRAMES)
    assert as_set(found.hot) == {(50, 50), (50, 51)}
    assert as_set(found.dead) == {(70, 70), (71, 70)}


def test_too_few_counts_say_nothing(expected):
    # eight electrons or less in each pixel, of all patterns together: one without any is no wonder
    pattern = np.random.default_rng(0).poisson(8 * expected / expected.max()) / FRAMES
    assert len(find_defects(pattern, FRAMES)) == 0


@pytest.mark.parametrize("shape", [(1, 5), (2, 2), (3, 3)])
def test_small_detectors_pass(shape):
    assert len(find_defects(np.ones(shape), 10)) == 0
    assert len(find_defects(np.zeros(shape), 10)) == 0


def test_what_is_mended_looks_like_its_surroundings(expected, known):
    clean = recorded(expected, 1000)
    found = find_defects(recorded(spoilt(expected, known), 1000), FRAMES)
    mended = found.mended(recorded(spoilt(expected, known), 1000))
    inside = found.mask & (np.hypot(*(np.indices((128, 128)) - 63.7)) < 22)
    assert np.allclose(mended[inside], expected[inside] * 1000, rtol=0.1)  # the disk is as even as that
    good = ~found.mask & (clean > 0)
    assert np.array_equal(mended[good], recorded(spoilt(expected, known), 1000)[good])
    whole = find_defects(clean, FRAMES)
    assert whole.mended(clean) is clean


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_gap_does_not_cut_the_disk_nor_pull_its_centre(expected, width):
    clean = recorded(expected, 30)
    gap = clean.copy()
    gap[:, 52 : 52 + width] = 0
    pictures = find_disk(clean), find_disk(gap, defects=find_defects(gap, FRAMES))
    # at both ends of the gap a few pixels at the rim are guessed, of 2100 in the disk
    assert pictures[1].center == pytest.approx(pictures[0].center, abs=0.05)
    assert pictures[1].radius == pytest.approx(pictures[0].radius, abs=0.05)


@pytest.fixture(scope="module")
def spoilt_demo(demo, known):
    """The demo as the spoilt detector records it."""
    hot, dead, factor = known
    counts = demo.array.astype(np.uint32)
    lit = np.maximum(counts.mean(axis=(0, 1))[tuple(hot.T)], 1.0)
    counts[:, :, *hot.T] = np.random.default_rng(4).poisson(factor * lit, (*demo.scan_shape, 20))
    counts[:, :, *dead.T] = 0
    counts[..., 60:62] = 0
    return replace(demo, array=counts)


def test_a_clean_stack_lacks_no_pixel(stack):
    assert len(stack.left_out) == 0


def test_the_stack_lacks_the_defects_and_is_else_the_same(demo, stack, spoilt_demo, known):
    spoilt_stack = tcbf.bright_field_stack(spoilt_demo)
    assert spoilt_stack.disk.center == pytest.approx(stack.disk.center, abs=0.05)
    left_out = as_set(spoilt_stack.left_out)
    assert as_set(known[0][:17]) | as_set(known[1]) < left_out
    assert {x for _, x in left_out - as_set(known[0]) - as_set(known[1])} == {60, 61}
    numbers = {tuple(pixel): i for i, pixel in enumerate(stack.pixels.tolist())}
    for i in (0, 500, len(spoilt_stack) - 1):
        same = numbers[tuple(spoilt_stack.pixels[i].tolist())]
        assert np.array_equal(spoilt_stack.images[i], stack.images[same])


def test_aberrations_and_image_are_as_of_a_good_detector(stack, spoilt_demo):
    clean = tcbf.refine_aberrations(stack)
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(spoilt_demo))
    # a twentieth of the pixels is missing, a third of the noise of all; and without two columns the pixels are
    # grouped differently, which moves the result by as much as noise does
    for name, error in clean.uncertainties.items():
        pair = (found.rotation_deg, clean.rotation_deg)
        pair = pair if name == "rotation_deg" else (found.aberrations[name], clean.aberrations[name])
        assert abs(pair[0] - pair[1]) < 2 * error, name


def test_the_alignment_is_that_of_a_good_detector(alignment, spoilt_demo):
    found = tcbf.align(tcbf.bright_field_stack(spoilt_demo))
    # noise of the image: the counts of all pixels at a position, about 1e4; the images share most of it
    assert np.sqrt(np.mean(np.square(found.image - alignment.image))) < 0.01
    assert found.errors[-1] == pytest.approx(alignment.errors[-1], rel=0.05)


def test_defects_that_wander_over_the_disk_with_descan_are_read_around(known):
    y, x = np.indices((40, 44))
    fitted = np.array((19.5, 21.0)) + descan_ramps(((5.0, 0.0), (0.0, 4.0)), (24, 20))
    distance = np.hypot(y - fitted[..., :1, None], x - fitted[..., 1:, None])
    counts = np.random.default_rng(5).poisson(20.0 * np.clip(9.5 - distance, 0, 1)).astype(np.uint16)
    along = Descan(fitted, fitted, np.diag((5.0, 4.0)), 0.0)
    good = tcbf.bright_field_stack(tcbf.FourDSTEM(counts, 300e3, 10.0, 0.01), descan=along)
    counts[..., 18, 20], counts[..., 22, 25], counts[..., 17] = 20_000, 0, 0
    stack = tcbf.bright_field_stack(tcbf.FourDSTEM(counts, 300e3, 10.0, 0.01), descan=along)
    assert len(stack.left_out) == 0
    assert stack.disk.center == pytest.approx(good.disk.center, abs=0.1)
    # of a pixel through which a defect wanders, some positions hold the counts of its neighbour: means of 20 counts at
    # 480 positions scatter by 1 %, but at the rim, where neighbours differ
    inside = np.linalg.norm(stack.pixels - np.array(stack.disk.center), axis=1) < 8
    assert np.allclose(stack.mean_counts[inside], 20, rtol=0.05)
    assert stack.mean_counts.max() < 1.05 * 20


def test_a_dark_row_between_the_disk_and_the_edge_is_no_gap():
    y, x = np.indices((12, 12))
    disk = 5.0 * (np.hypot(y - 5, x - 5) < 5)  # a row and a column from the edge
    assert not len(find_defects(disk, 100))
    assert find_disk(disk, 0.5, find_defects(disk, 100)).center == (5.0, 5.0)
