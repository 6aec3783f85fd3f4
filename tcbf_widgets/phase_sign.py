"""Which of two lenses that give the same shifts is the right one: that under which matter is bright."""

from __future__ import annotations

import numpy as np

from .bright_field import BrightFieldStack
from .group_transfer import PixelGroups
from .lens import Lens
from .likelihood import model, signal_to_noise
from .patch import Patch

_GROUPS_ACROSS = 12  # groups along the diameter of the disk


def phase_sign(stack: BrightFieldStack, lens: Lens) -> float:
    """By how many standard deviations the contrast speaks for this lens, and not for its twin.

    The images are combined to the phase that they are most probably those of. The twin gives the same phase with the other
    sign. Matter is clumped and adds phase, so the true one is skewed: few places rise high above a wide, flat ground.

    Parameters
    ----------
    stack : virtual images
    lens : aberrations and orientation

    Returns
    -------
    skewness of the phase, divided by the scatter of the skewness of Gaussian noise of the same spectrum; negative values
    speak for the twin, (-C10, rotation + 180°)
    """
    groups = PixelGroups(stack, max(1, round(2 * stack.disk.radius / _GROUPS_ACROSS)))
    limit = min(0.5 / max(stack.scan_sampling), 2 * groups.rim)
    patch = Patch(groups.images(stack), stack.scan_sampling, (0, 0), limit)
    state = model(patch, groups, lens)
    ratio = signal_to_noise(patch, state)
    along = np.vecdot(state.direction, patch.spectrum)
    # as strong as the images carry each frequency: divided by the transfer, noise and the slowest waves would drown the rest
    phase = ratio / (1 + ratio) * along
    picture = patch.forward(phase[:, None])[..., 0].astype(float)
    variance = picture.var()
    if variance == 0:
        return 0.0
    skewness = np.mean(picture**3) / variance**1.5
    power = np.square(np.abs(phase))
    # as many independent values as the spectrum is wide; both signs of q count
    independent = 2 * power.sum() ** 2 / np.square(power).sum()
    return float(skewness / np.sqrt(6 / independent))
