"""The search of a shift field on images of single pixels, which have no half-sets, and on large scans."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.disk import BrightFieldDisk
from tcbf_widgets.frames import Frames, search_field
from tcbf_widgets.geometry import frequency_grid

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


@pytest.mark.parametrize("side", [48, 300])
def test_single_pixels_are_searched_in_scans_of_any_size(side):
    """A larger scan has more frequencies; of a fixed number that are taken, all must not lie on one line or ring."""
    stack = stack_of_moved_copies(side, noise=0.1)
    found = search_field(Frames(stack, 8, 4), np.arange(len(stack)), reach=64.0, zooms=3, astigmatic=True)
    # nearer than a third of the shortest wave with signal, no other summit of the likelihood is
    assert np.abs(stack.k @ (found.matrix - TRUTH)).max() < 1 / FINEST / 3
    assert found.significance > 10
