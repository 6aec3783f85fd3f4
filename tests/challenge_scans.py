"""A small scan with a lens to be found, without a simulation: one picture, moved as the lens says, and counted."""

import numpy as np
import scipy.ndimage

from tcbf_widgets.bright_field import BrightFieldStack
from tcbf_widgets.challenges import ASKED, ChallengeScan
from tcbf_widgets.disk import BrightFieldDisk
from tcbf_widgets.lens import Lens
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.registration import shift_images

ENERGY, STEP = 300e3, 10.0
TRUTH = Lens(Aberrations.from_defocus(-12_000.0, C12x=-1_500.0, C12y=900.0), 35.0)


def made_up_challenge(level: int = 3, shape=(16, 20), lens: Lens = TRUTH) -> ChallengeScan:
    """A disk of 4 mrad and 4.4 pixels, its middle between pixels; images of 20 counts per position."""
    rng = np.random.default_rng(20)
    center = (5.5, 4.75)
    mask = np.hypot(*(np.indices((12, 11)) - np.reshape(center, (2, 1, 1)))) < 4.4
    pixels = np.argwhere(mask)
    sampling = 4e-3 / (0.019687 * 4.4)
    shifts = lens.shifts((pixels - center) * sampling, ENERGY)
    margin = 8
    picture = scipy.ndimage.gaussian_filter(rng.normal(size=[n + 2 * margin for n in shape]), 1.2)
    pictures = np.broadcast_to(1 + 0.1 * picture / picture.std(), (len(pixels), *picture.shape))
    moved = shift_images(pictures, shifts / STEP)[:, margin:-margin, margin:-margin]
    counts = rng.poisson(20 * np.maximum(moved, 0))
    means = counts.mean(axis=(1, 2))
    images = (counts / means[:, None, None]).astype(np.float32)
    disk = BrightFieldDisk(mask.astype(float), mask, center, 4.4)
    stack = BrightFieldStack(images, means, pixels, disk, ENERGY, (STEP, STEP), (sampling, sampling))
    uncertainties = dict.fromkeys(ASKED[level], 25.0) | {"rotation_deg": 0.1}
    return ChallengeScan(level, 0, stack, lens, ASKED[level], {name: uncertainties[name] for name in ASKED[level]})
