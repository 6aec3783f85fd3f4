"""The measurement model against waves written out, an independent transfer, and finite differences."""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.group_transfer import PixelGroups
from tcbf_widgets.information import cramer_rao_bound, phase_power
from tcbf_widgets.lens import Lens
from tcbf_widgets.likelihood import Slopes, most_probable_specimen
from tcbf_widgets.patch import Patch
from tcbf_widgets.transfer import pixel_transfer

NAMES = ("C10", "C12x", "C21y", "C30", "rotation_deg")
LENS = Lens(tcbf.Aberrations.from_defocus(12_000, C12x=500, C12y=-300, C21x=2e4, C30=2.7e7), -15.0)


@pytest.fixture(scope="module")
def inner(stack):
    """The pixels of the inner half of the disk: no frequency below half of its radius meets the rim."""
    near = np.linalg.norm(stack.k, axis=1) < 0.45 * stack.rim
    near &= np.random.default_rng(0).random(len(stack)) < 0.1
    return replace(stack, images=stack.images[near], mean_counts=stack.mean_counts[near], pixels=stack.pixels[near])


def noise(size, count, seed=0):
    return np.random.default_rng(seed).normal(size=(*size, count)).astype(np.float32)


@pytest.mark.parametrize("limit", [0.04, 0.1, 0.23])
def test_forward_is_the_sum_of_waves(limit):
    """Below and far beyond the Nyquist frequency, 0.05: each component is a wave, seen at the scan positions."""
    patch = Patch(noise((6, 9), 2), (10.0, 10.0), (1, 2), limit)
    rng = np.random.default_rng(1)
    spectrum = (rng.normal(size=(len(patch.q), 2)) + 1j * rng.normal(size=(len(patch.q), 2))).astype(np.complex64)
    positions = np.stack(np.meshgrid(10.0 * np.arange(6), 10.0 * np.arange(9), indexing="ij"), axis=-1)
    waves = np.exp(2j * np.pi * positions @ patch.q.T)
    expected = 2 * (waves @ spectrum).real / patch.frame_positions
    plane = np.column_stack([np.ones(54), positions.reshape(54, 2)])
    flat = expected.reshape(54, 2)
    expected = (flat - plane @ np.linalg.lstsq(plane, flat, rcond=None)[0]).reshape(6, 9, 2)
    np.testing.assert_allclose(patch.forward(spectrum), expected, atol=1e-5 * np.abs(expected).max())


def test_adjoint_is_the_adjoint():
    patch = Patch(noise((7, 8), 3), (10.0, 12.0), (2, 3), 0.08)
    rng = np.random.default_rng(2)
    spectrum = (rng.normal(size=(len(patch.q), 3)) + 1j * rng.normal(size=(len(patch.q), 3))).astype(np.complex64)
    images = patch.images
    over_images = np.vdot(images, patch.forward(spectrum))
    over_spectrum = 2 / patch.frame_positions * np.vdot(patch.adjoint(images), spectrum).real
    assert over_images == pytest.approx(over_spectrum, rel=1e-4)


def test_groups_have_the_mean_transfer_of_their_pixels(stack):
    """Against `transfer.pixel_transfer`, pixel by pixel; float32 phases of some ten radians are 1e-5 off."""
    groups = PixelGroups(stack, 3)
    q = np.random.default_rng(3).uniform(-0.1, 0.1, (4, 2))
    lower, upper = groups.sidebands(q, LENS)
    semiangle = 1e3 * stack.wavelength * stack.rim
    k = LENS.scan_k(groups.k)
    inside = np.linalg.norm(k, axis=1) < stack.rim - 0.1 - groups.edge  # neither k nor k ± q meets the rim
    transfer = 1j * pixel_transfer(q, k, LENS.aberrations, stack.energy, semiangle)
    counts = groups.share * np.sqrt(np.repeat(groups.counts, np.diff(np.r_[groups.starts, len(k)])))
    whole = np.flatnonzero(np.logical_and.reduceat(inside, groups.starts))
    assert len(whole) > 10
    mean = np.add.reduceat(counts[:, None] * transfer, groups.starts) / groups.counts[:, None]
    found = (lower - upper).T / np.sqrt(groups.counts)[:, None]
    np.testing.assert_allclose(found[whole], mean[whole], atol=1e-4)


def log_likelihood(patch, groups, lens, ratio):
    """Gain over an empty specimen, at the best specimen; iterated until it no longer changes."""
    transfer = groups.transfer(patch.q, lens)
    start = np.zeros(len(patch.q), np.complex64)
    z = most_probable_specimen(patch, transfer, ratio, patch.project(transfer.direction), start, 60)
    left = patch.images - patch.forward(transfer.direction * z[:, None])
    penalty = 2 / patch.frame_positions * np.sum(np.abs(z) ** 2 / ratio)
    return -(np.sum(np.square(left, dtype=float)) + penalty) / 2, z, transfer


@pytest.fixture(scope="module")
def small(inner):
    """A patch with a strong specimen of its own: the model's own prediction for random components, and noise."""
    groups = PixelGroups(inner, 1)
    empty = Patch(noise((10, 12), groups.count), (10.0, 10.0), (6, 6), 0.08)
    rng = np.random.default_rng(4)
    z = (40 * (rng.normal(size=len(empty.q)) + 1j * rng.normal(size=len(empty.q)))).astype(np.complex64)
    transfer = groups.transfer(empty.q, LENS)
    images = empty.images + empty.forward(transfer.direction * z[:, None])
    return Patch(images, (10.0, 10.0), (6, 6), 0.08), groups


@pytest.mark.parametrize("name", NAMES)
def test_score_is_the_slope_of_the_log_likelihood(small, name):
    patch, groups = small
    ratio = np.full(len(patch.q), 5.0)
    lens = LENS.moved(("C10", "rotation_deg"), (60.0, 0.2))  # off the maximum, where the slope is small
    _, z, transfer = log_likelihood(patch, groups, lens, ratio)
    score = Slopes(patch, groups, transfer, (name,)).score(z)[0]
    step = {"C10": 2.0, "C12x": 2.0, "C21y": 300.0, "C30": 1e5, "rotation_deg": 0.01}[name]
    above, below = (log_likelihood(patch, groups, lens.moved((name,), (sign * step,)), ratio)[0] for sign in (1, -1))
    # float32 images leave about 1e-7 of the sum of squares, divided by the step
    rounding = 3e-7 * np.sum(np.square(patch.images, dtype=float)) / step
    assert score == pytest.approx((above - below) / (2 * step), rel=0.01, abs=rounding)


def test_information_is_the_scatter_of_the_score(small):
    """The score's covariance over noise is the information, by definition; 24 draws know a variance to 29 %."""
    patch, groups = small
    names, ratio = ("C10", "rotation_deg"), np.full(len(patch.q), 1e3)
    transfer = groups.transfer(patch.q, LENS)
    z = 10 * log_likelihood(patch, groups, LENS, ratio)[1]  # so strong that the specimen found hardly follows the noise
    slopes = Slopes(patch, groups, transfer, names)
    information = slopes.information(z, ratio, 40)
    clean = patch.forward(transfer.direction * z[:, None])
    scores = []
    for seed in range(24):
        noisy = Patch(clean + noise(patch.size, groups.count, seed), (10.0, 10.0), (6, 6), 0.08)
        found = most_probable_specimen(noisy, transfer, ratio, noisy.project(transfer.direction), z, 60)
        scores.append(Slopes(noisy, groups, transfer, names).score(found))
    spread = np.cov(np.array(scores).T)
    scale = np.sqrt(np.outer(np.diag(information), np.diag(information)))
    np.testing.assert_allclose(spread / scale, information / scale, atol=0.5)


def test_bound_is_the_inverse_of_the_full_information(stack):
    """Brute force: the derivatives by the optics and by every component of the specimen, written out with the
    independent transfer and finite differences, give the same standard deviations."""
    near = np.random.default_rng(5).random(len(stack)) < 0.03
    near &= np.linalg.norm(stack.k, axis=1) < 0.7 * stack.rim
    images = np.ones((near.sum(), 8, 9), np.float32)
    few = replace(stack, images=images, mean_counts=stack.mean_counts[near], pixels=stack.pixels[near])
    names, lens, limit = ("C10", "C12y", "rotation_deg"), Lens(tcbf.Aberrations(C10=-15_000.0), -15.0), 0.04
    bound = cramer_rao_bound(few, lens, lambda q: 1 / (1 + (q / 0.02) ** 2), names, limit)
    q = Patch.empty((8, 9), few.scan_sampling, limit).q
    semiangle = 1e3 * few.wavelength * few.rim
    phase = np.sqrt(1 / (1 + (np.linalg.norm(q, axis=1) / 0.02) ** 2) / 100)  # per scan position, unit noise

    def images_of(changed):
        transfer = 1j * pixel_transfer(q, changed.scan_k(few.k), changed.aberrations, few.energy, semiangle)
        return np.sqrt(few.mean_counts)[:, None] * transfer

    steps = (1.0, 1.0, 1e-3)
    transfer = images_of(lens)
    full = np.zeros((3 + 2 * len(q), 3 + 2 * len(q)))
    for index, this in enumerate(transfer.T):
        columns = [
            (images_of(lens.moved((n,), (h,)))[:, index] - images_of(lens.moved((n,), (-h,)))[:, index]) / (2 * h)
            for n, h in zip(names, steps, strict=True)
        ]
        jacobian = np.column_stack([*(phase[index] * np.array(columns)), this, 1j * this])
        place = [0, 1, 2, 3 + 2 * index, 4 + 2 * index]
        full[np.ix_(place, place)] += 2 * (jacobian.conj().T @ jacobian).real
    expected = np.sqrt(np.diag(np.linalg.inv(full)))[:3]
    np.testing.assert_allclose(list(bound.values()), expected, rtol=1e-3)


def test_bound_of_what_few_pixels_cannot_tell_is_infinite(stack):
    two = replace(stack, images=stack.images[:2], mean_counts=stack.mean_counts[:2], pixels=stack.pixels[:2])
    bound = cramer_rao_bound(two, LENS, lambda q: 1.0 + 0 * q, ("C10", "C12x", "C12y", "C30"))
    assert all(np.isinf(value) for value in bound.values())
    with pytest.raises(ValueError, match="limit"):
        cramer_rao_bound(stack, LENS, lambda q: q, limit=0)


def test_power_spectrum_integrates_to_the_variance(specimen):
    """Parseval, but for the window, which weighs places differently: a tenth."""
    power = phase_power(specimen, 300e3)
    q = np.linspace(0, 0.5 / specimen.sampling, 4000)
    variance = np.trapezoid(2 * np.pi * q * power(q), q)
    phase = tcbf.optics.interaction_parameter(300e3) * specimen.potential.sum(axis=0)
    assert variance == pytest.approx(phase.var(), rel=0.1)
