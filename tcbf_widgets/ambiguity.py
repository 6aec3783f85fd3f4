"""Which of several answers is right: what shifts leave open, and how the contrast decides.

The linear part s = B k of a shift field is a symmetric matrix, the defocus and two-fold astigmatism, times an
orthogonal one, the orientation of the detector; each of the two principal values of the first may have either sign. Of
the four decompositions two have a defocus larger than the astigmatism, and these differ by (C10, θ) against (-C10, θ +
180°). Taken are the two with the larger defocus, unless the transposition is told. Between these the contrast decides:
the phase of a specimen is positive, and matter clumps, so the right sign gives bright objects on a dark ground.
"""

from __future__ import annotations

import warnings

import numpy as np

from .bright_field import BrightFieldStack
from .group_transfer import PixelGroups
from .lens import Lens
from .likelihood import signal_to_noise
from .optics import Aberrations, electron_wavelength, orders
from .patch import Patch

_GROUPS_ACROSS = 12  # groups along the diameter of the disk
_DOUBTFUL = 2.0  # standard deviations by which the contrast must speak for a sign


def check_sign(defocus_sign) -> None:
    """Raise if ``defocus_sign`` is not None, 1 or -1."""
    if defocus_sign is not None and defocus_sign not in (1, -1):
        raise ValueError(f"defocus_sign must be 1, -1 or None, got {defocus_sign!r}")


def check_transpose(transpose) -> None:
    """Raise if ``transpose`` is not None, True or False."""
    if transpose is not None and not isinstance(transpose, (bool, np.bool_)):
        raise ValueError(f"transpose must be True, False or None, got {transpose!r}")


def wrapped(rotation_deg: float) -> float:
    """The same rotation between -180 (excluded) and 180 degrees.

    >>> wrapped(-190.0)
    170.0
    """
    return float(180 - (180 - rotation_deg) % 360)


def lens_of_linear_field(matrix: np.ndarray, energy: float, transpose: bool | None = None) -> Lens:
    """Polar decomposition of a linear shift field.

    Parameters
    ----------
    matrix : (2, 2) B with shifts s = B k in Å, k in 1/Å in detector axes
    energy : eV
    transpose : None for the decomposition whose defocus exceeds its astigmatism

    Returns
    -------
    Lens with C10, C12 and the rotation; of the two signs the one with positive defocus
    """
    left, values, right = np.linalg.svd(matrix)
    mirrored = bool(np.linalg.det(left @ right) < 0)
    if transpose is not None and bool(transpose) != mirrored:
        values, right = values * [1, -1], right * [[1], [-1]]  # the smaller principal value changes its sign
        mirrored = not mirrored
    # s = -∇χ/2π = -λ [[C10 - C12x, C12y], [C12y, C10 + C12x]] k, with k in scan axes and (y, x)
    lens_matrix = -(left * values) @ left.T / electron_wavelength(energy)
    turn = left @ right
    if mirrored:
        turn = turn[:, ::-1]
    c10 = float(np.trace(lens_matrix)) / 2
    aberrations = Aberrations(
        C10=c10, C12x=float(lens_matrix[1, 1] - lens_matrix[0, 0]) / 2, C12y=float(lens_matrix[0, 1])
    )
    return Lens(aberrations, float(np.rad2deg(np.arctan2(turn[0, 1], turn[0, 0]))), mirrored)


def twin(lens: Lens) -> Lens:
    """The other lens with the same shifts: turned by 180°, and with the signs of all even aberrations exchanged."""
    flipped = {
        name: -lens.aberrations[name] if orders(name)[0] % 2 else lens.aberrations[name] for name in Aberrations.names()
    }
    return Lens(Aberrations(**flipped), wrapped(lens.rotation_deg + 180), lens.transpose)


def choose_twin(stack: BrightFieldStack, lens: Lens, defocus_sign: int | None) -> tuple[Lens, float]:
    """The lens or its `twin`, as ``defocus_sign`` says or, if that is None, the contrast; and how sure that is."""
    if defocus_sign is not None:
        return (lens if lens.aberrations.defocus * defocus_sign >= 0 else twin(lens)), np.inf
    confidence = phase_sign(stack, lens)
    if abs(confidence) < _DOUBTFUL:
        warnings.warn(
            f"the sign of the defocus is uncertain (the contrast speaks for it by {abs(confidence):.1f} standard "
            "deviations); if you know it, pass defocus_sign=1 (underfocus, focus behind the specimen) or -1",
            stacklevel=3,
        )
    return (lens if confidence >= 0 else twin(lens)), abs(confidence)


def phase_sign(stack: BrightFieldStack, lens: Lens) -> float:
    """By how many standard deviations the contrast speaks for this lens, and not for its twin.

    The images are combined to the phase that they are most probably those of. The twin gives the same phase with the
    other sign. Matter is clumped and adds phase, so the true one is skewed: few places rise high above a wide, flat
    ground. Where that is not so, in negative stain, at holes and cavities, it is confidently wrong: give the sign.

    Parameters
    ----------
    stack : virtual images
    lens : aberrations and orientation

    Returns
    -------
    skewness of the phase, divided by the scatter of the skewness of Gaussian noise of the same spectrum; negative
    values speak for the twin, (-C10, rotation + 180°)
    """
    groups = PixelGroups(stack, max(1, round(2 * stack.disk.radius / _GROUPS_ACROSS)))
    limit = min(0.5 / max(stack.scan_sampling), 2 * groups.rim)
    patch = Patch(groups.images(stack), stack.scan_sampling, (0, 0), limit)
    transfer = groups.transfer(patch.q, lens)
    along = patch.project(transfer.direction)
    ratio = signal_to_noise(patch, transfer, along)
    # as strong as the images carry each frequency: divided by the transfer, noise and the slowest waves would drown
    # the rest
    phase = ratio / (1 + ratio) * along
    picture = patch.forward(phase[:, None])[..., 0].astype(float)
    variance = picture.var()
    if variance == 0:
        return 0.0
    skewness = np.mean(picture**3) / variance**1.5
    # skewness of Gaussian noise of this spectrum scatters by √(6 Σ ρ³ / N), ρ being the correlation over a distance
    power = np.square(np.abs(np.fft.fft2(picture - picture.mean())))
    correlation = np.fft.ifft2(power).real / power.mean()
    return float(skewness / np.sqrt(6 * np.sum(correlation**3) / picture.size))
