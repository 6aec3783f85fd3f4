"""How precisely aberrations can be known at all: the Cramér-Rao bound."""

from __future__ import annotations

import numpy as np

from ._checks import positive_number, require
from .bright_field import BrightFieldStack
from .group_transfer import PixelGroups
from .lens import Lens, check_names
from .likelihood import Slopes, inverse
from .optics import interaction_parameter
from .patch import Patch
from .specimen import Specimen


def phase_power(specimen: Specimen, energy: float):
    """Power spectrum of the phase of a specimen, averaged over directions.

    Parameters
    ----------
    specimen : potential
    energy : eV

    Returns
    -------
    function of |q| in 1/Å that gives the power in rad² Å²; integrated over the plane of q it is the phase's variance
    """
    require("specimen", specimen, Specimen, "from tcbf.apoferritin_in_ice()")
    phase = interaction_parameter(energy) * np.asarray(specimen.potential, float).sum(axis=0)
    window = np.multiply.outer(*(np.hanning(n) for n in phase.shape))  # or the frame's border would pose as detail
    spectrum = np.square(np.abs(np.fft.fft2((phase - phase.mean()) * window))) * specimen.sampling**2
    spectrum /= np.square(window).sum()
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n, specimen.sampling) for n in phase.shape), indexing="ij"))
    width = 2 / (min(phase.shape) * specimen.sampling)
    ring = (frequency / width).astype(int).ravel()
    members = np.bincount(ring)
    power = np.bincount(ring, spectrum.ravel()) / members
    middle = np.bincount(ring, frequency.ravel()) / members
    return lambda q: np.interp(q, middle, power, right=0.0)


def cramer_rao_bound(
    stack: BrightFieldStack,
    lens: Lens,
    power,
    names=("C10", "C12x", "C12y", "rotation_deg"),
    limit: float | None = None,
) -> dict[str, float]:
    """Smallest standard deviation that an unbiased estimate of each parameter can have, the specimen being unknown.

    A change of the optics counts only as far as no change of the specimen could imitate it: with Γ the transfer of all
    pixels at one frequency and n their counts, the information is Σ_q |φ(q)|² ∂Γ* n (1 - ΓΓ*n/|Γ|²) ∂Γ. The scan is
    taken to have no border.

    Parameters
    ----------
    stack : its pixels, counts and scan are those of the experiment; its images are not used
    lens : optics at which the bound is evaluated
    power : function of |q| in 1/Å: power spectrum of the specimen's phase in rad² Å², see `phase_power`
    names : parameters that are unknown
    limit : frequencies of the specimen that are used, 1/Å; the Nyquist frequency of the scan if None. What lies beyond
        it folds back into the images and carries information as well.

    Returns
    -------
    name -> standard deviation in Å, or degrees; all infinite if the pixels cannot tell the parameters apart

    Reference: Kay, Fundamentals of Statistical Signal Processing (1993), section 3.7 and 15.7 (complex data).
    """
    require("stack", stack, BrightFieldStack, "from tcbf.bright_field_stack(data)")
    require("lens", lens, Lens, "from tcbf_widgets.lens, or fit.lens")
    names = check_names(names)
    nyquist = 0.5 / max(stack.scan_sampling)
    limit = nyquist if limit is None else positive_number("limit", limit, "in 1/Å")
    groups = PixelGroups(stack, 1, variance=1.0)
    patch = Patch.empty(stack.scan_shape, stack.scan_sampling, limit)
    transfer = groups.transfer(patch.q, lens)
    strength = power(np.linalg.norm(patch.q, axis=1)) / np.prod(stack.scan_sampling) * transfer.length**2
    information = Slopes(patch, groups, transfer, names).information_without_border(strength)
    covariance = inverse(information)
    deviations = np.full(len(names), np.inf) if covariance is None else np.sqrt(np.diag(covariance))
    return dict(zip(names, deviations.tolist(), strict=True))
