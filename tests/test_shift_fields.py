"""The search of a shift field on images of single pixels, which have no half-sets, and on large scans."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.disk import BrightFieldDisk
from tcbf_widgets.frames import Frames, search_field
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.shift_fields import _strongest

STEP, PIXEL = 10.0, 0.0313  # Å per scan position, 1/Å per detector pixel
TURN = np.deg2rad(15)
TRUTH = 300.0 * np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])  # Å per 1/Å of k
FINEST = 0.03  # 1/Å, beyond which there is little signal


def stack_of_moved_copies(side, noise, seed=0):
    """Images of a disk of 7 pixels across: details of about one size, as contrast transfer makes them, and noise."""
    rng = np.random.default_rng(seed)
    mask = np.hypot(*(np.mgrid[:11, :11] - 5)) < 3.6
    pixels = np.argwhere(mask)
    disk = BrightFieldDisk(mask * 5.0, mask, (5.0, 5.0), 3.5)
    q = frequency_grid((side, side), (STEP, STEP))[:, : side // 2 + 1]
    strength = np.exp(-(((np.linalg.norm(q, axis=-1) - 0.02) / 0.005) ** 2) / 2)
    specimen = np.fft.rfft2(rng.normal(size=(side, side))) * strength
    shifts = (pixels - 5) * PIXEL @ TRUTH
    moved = specimen * np.exp(-2j * np.pi * np.einsum("yxc,nc->nyx", q, shifts))
    images = 1 + 0.1 * np.fft.irfft2(moved, s=(side, side)) + noise * rng.normal(size=(len(pixels), side, side))
    counts = np.full(len(pixels), 1 / noise**2, np.float32)
    return tcbf.BrightFieldStack(images.astype(np.float32), counts, pixels, disk, 300e3, (STEP, STEP), (PIXEL, PIXEL))


@pytest.mark.parametrize(("side", "noise"), [(48, 0.1), (300, 0.1), (300, 0.6)])
def test_single_pixels_are_searched_in_scans_of_any_size(side, noise):
    """Single pixels have no half-sets; from two by two of them one learns all the same where signal is."""
    stack = stack_of_moved_copies(side, noise)
    found = search_field(Frames(stack, 8, 4), np.arange(len(stack)), reach=64.0, zooms=3, astigmatic=True)
    # nearer than a third of the shortest wave with signal, no other summit of the likelihood is
    assert np.abs(stack.k @ (found.matrix - TRUTH)).max() < 1 / FINEST / 3
    assert found.significance > 6


def test_frequencies_are_taken_from_all_of_the_band():
    """The few hundred largest weights of a large scan lie in some rings, under which many fields look alike."""
    rng, side = np.random.default_rng(0), 400
    length = np.linalg.norm(frequency_grid((side, side), (STEP, STEP))[:, : side // 2 + 1], axis=-1)
    ring = np.rint(length * side * STEP).astype(int)
    weight = np.exp(-(((length - 0.02) / 0.005) ** 2)) * rng.uniform(0.8, 1.2, ring.max() + 1)[ring]
    wanted = np.sort(weight, axis=None)[-weight.size // 6]
    chosen = _strongest(weight)
    assert len(np.unique(chosen)) == len(chosen) < 1000
    spread = np.std(length[weight > wanted])
    assert np.std(length.ravel()[chosen]) == pytest.approx(spread, rel=0.1)  # 512 of 13 000: 3 % by chance
    even = length.ravel()[_strongest(np.ones_like(weight))]
    assert even.mean() == pytest.approx(length.mean(), rel=0.1)
