"""Upsampling against a sum written sample by sample, known waves, and the phase that the scan was simulated from."""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.bright_field import BrightFieldStack
from tcbf_widgets.disk import BrightFieldDisk
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.resolution import fourier_ring_correlation
from tcbf_widgets.transfer import tcbf_transfer
from tcbf_widgets.upsampling import UpsampledImage, fourier_upsample, upsample

STEPS = (4.0, 6.5)  # Å, not square


def stack_of(images, steps=STEPS, mean_counts=None):
    images = np.asarray(images, np.float32)
    n = len(images)
    pixels = np.column_stack([np.zeros(n, int), np.arange(n)])
    counts = np.ones(n, np.float32) if mean_counts is None else np.asarray(mean_counts, np.float32)
    disk = BrightFieldDisk(np.ones((1, n)), np.ones((1, n), bool), (0.0, (n - 1) / 2), np.sqrt(n / np.pi))
    return BrightFieldStack(images, counts, pixels, disk, 300e3, steps, (0.01, 0.01))


def random_stack(n=7, shape=(6, 9), seed=0):
    rng = np.random.default_rng(seed)
    stack = stack_of(rng.uniform(0.5, 1.5, (n, *shape)), mean_counts=rng.uniform(1, 4, n))
    return stack, rng.uniform(-2.3, 2.3, (n, 2)) * STEPS


def regular_shifts(across=20, steps=STEPS):
    """Shifts on a grid of one scan step: samples that lie densely and evenly."""
    axis = (np.arange(across) + 0.5) / across - 0.5
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2) * steps


def positions(shape, steps):
    """Å from the middle of the field, as those of a scan."""
    y, x = ((np.arange(n) - (n - 1) / 2) * step for n, step in zip(shape, steps, strict=True))
    return np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1)


def sample_by_sample(stack, shifts, factor, kernel_width, margin=40):
    """The same estimate from its definition: one sample after the other, four pixels each, then the Gaussian."""
    shape = [factor * n + 2 * margin for n in stack.scan_shape]
    total, weight = np.zeros(shape), np.zeros(shape)
    start = positions([factor * n for n in stack.scan_shape], np.array(stack.scan_sampling) / factor)[0, 0]
    at_probe = positions(stack.scan_shape, stack.scan_sampling)
    for image, shift, counts in zip(stack.images, shifts, stack.mean_counts, strict=True):
        for place, value in zip((at_probe - shift).reshape(-1, 2), image.ravel(), strict=True):
            pixel = (place - start) / stack.scan_sampling * factor
            low_y, low_x = np.floor(pixel)
            for y in (low_y, low_y + 1):
                for x in (low_x, low_x + 1):
                    share = counts * (1 - abs(pixel[0] - y)) * (1 - abs(pixel[1] - x))
                    index = (int(y) + margin, int(x) + margin)
                    if min(index) >= 0 and index[0] < shape[0] and index[1] < shape[1]:
                        total[index] += share * value
                        weight[index] += share
    reach = np.arange(-margin, margin + 1)
    kernel = np.exp(-0.5 * (reach / max(kernel_width * factor, 1e-9)) ** 2)
    for axis in (0, 1):
        blur = lambda line: np.convolve(line, kernel / kernel.sum(), "same")  # noqa: E731
        total, weight = (np.apply_along_axis(blur, axis, grid) for grid in (total, weight))
    full = stack.mean_counts.sum() / factor**2
    inside = (slice(margin, -margin), slice(margin, -margin))
    return (total / np.maximum(weight, 1e-30))[inside], weight[inside] / full


@pytest.mark.parametrize("factor", range(1, 9))
def test_every_factor_equals_the_sum_sample_by_sample(factor):
    stack, shifts = random_stack()
    image = upsample(stack, shifts, factor, kernel_width=0.2)
    values, coverage = sample_by_sample(stack, shifts, factor, 0.2)
    assert image.shape == (6 * factor, 9 * factor)
    assert image.sampling == (4.0 / factor, 6.5 / factor)
    # the Gaussian ends at four standard deviations (3e-4); sums in float32
    assert np.allclose(image.coverage, coverage, atol=2e-3)
    clear = coverage > 0.05
    assert clear.mean() > 0.5
    assert np.allclose(image.values[clear], values[clear], atol=5e-3)


def test_a_bright_sample_goes_back_to_where_it_belongs():
    """An image displaced by (+1, -2) scan steps shows at probe (3, 4) what lies at (2, 6)."""
    images = np.ones((1, 6, 9))
    images[0, 3, 4] = 2
    image = upsample(stack_of(images), np.array([[1, -2]]) * STEPS, factor=4)
    excess = (image.values - 1) * image.coverage
    centre = [np.average(axis, weights=excess) for axis in np.indices(image.shape)]
    assert np.allclose((np.array(centre) + 0.5) / 4 - 0.5, [2, 6], atol=1e-4)


def test_nothing_wraps_around():
    images = np.ones((30, 6, 9))
    images[:, 0] = 2
    shifts = np.column_stack([np.linspace(0.2, 2.5, 30) * STEPS[0], np.zeros(30)])  # up and out of the field
    image = upsample(stack_of(images), shifts, factor=3)
    assert np.allclose(image.values[9:], 1, atol=1e-6)


def test_field_is_that_of_the_scan():
    """A linear ramp in the specimen, seen by displaced images, stays this ramp on the fine grid."""
    shifts = regular_shifts()
    ramp = 1 + 0.01 * (positions((8, 12), STEPS)[None] - shifts[:, None, None]).sum(axis=-1)
    image = upsample(stack_of(ramp), shifts, factor=4)
    expected = 1 + 0.01 * positions(image.shape, image.sampling).sum(axis=-1)
    inside = (slice(4, -4), slice(4, -4))
    assert np.allclose(image.values[inside], expected[inside], atol=1e-3)


@pytest.mark.parametrize("wave", [(0.3, 0.2), (0.8, 0.0), (0.0, 1.4), (1.2, -0.9)])
def test_waves_beyond_the_nyquist_frequency_come_back_with_the_transfer_of_the_kernel(wave):
    """``wave`` in cycles per scan step: the scan's Nyquist frequency is 0.5."""
    q = np.array(wave) / STEPS
    shifts = regular_shifts()
    seen = positions((8, 12), STEPS)[None] - shifts[:, None, None]
    image = upsample(stack_of(1 + 0.1 * np.cos(2 * np.pi * seen @ q)), shifts, factor=4)
    expected = 0.1 * image.kernel_transfer(q) * np.cos(2 * np.pi * positions(image.shape, image.sampling) @ q)
    inside = (slice(4, -4), slice(4, -4))
    # 20 x 20 images: the samples are not a continuum
    assert np.abs(image.values - 1 - expected)[inside].max() < 0.04 * np.abs(expected).max()


def test_transfer_of_a_wide_kernel_is_the_continuous_one():
    image = UpsampledImage(np.ones((4, 4)), (2.0, 3.0), np.ones((4, 4)), 8, 0.25)
    q = np.array([[0.0, 0.0], [0.0, 0.03], [0.05, 0.02]])
    cycles = q * [2.0, 3.0]
    # σ is 2 pixels: far enough from the pixels' own size, and long enough for an end at four σ
    expected = np.prod(np.sinc(cycles) ** 2, axis=1) * np.exp(-2 * np.pi**2 * 4 * np.sum(cycles**2, axis=1))
    assert np.allclose(image.kernel_transfer(q), expected, atol=1e-3)


def test_images_weigh_as_their_counts():
    """The least noise: independent images of the same, weighted with one over their variance."""
    images = np.ones((2, 5, 5))
    images[0] += 0.3
    image = upsample(stack_of(images, mean_counts=[9, 1]), np.zeros((2, 2)), factor=1)
    assert np.allclose(image.values, 1 + 0.3 * 0.9)


def test_weights_by_counts_leave_less_noise_than_equal_ones():
    rng = np.random.default_rng(2)
    counts = np.concatenate([np.full(100, 0.5), np.full(300, 6.0)])
    images = rng.poisson(counts[:, None, None], (400, 16, 16)) / counts[:, None, None]
    shifts = np.tile(regular_shifts(10), (4, 1))
    weighted, equal = (upsample(stack_of(images, mean_counts=c), shifts, 2) for c in (counts, np.ones(400)))
    # variances: 1 / Σ counts, and Σ (1/counts) / n²
    expected = np.sqrt((1 / counts.sum()) / (np.sum(1 / counts) / 400**2))
    assert np.std(weighted.values) / np.std(equal.values) == pytest.approx(expected, rel=0.05)


def test_noise_falls_with_the_root_of_the_coverage():
    rng = np.random.default_rng(4)
    shifts = 6 * regular_shifts(30)
    image = upsample(stack_of(1 + 0.1 * rng.normal(size=(900, 24, 160))), shifts, factor=2)
    rows = slice(0, 2), slice(20, 28)
    coverage = [image.coverage[r, 16:-16].mean() for r in rows]
    noise = [np.std(image.values[r, 16:-16]) for r in rows]
    assert coverage[0] < 0.65
    assert coverage[1] == pytest.approx(1, abs=0.02)
    assert noise[0] / noise[1] == pytest.approx(np.sqrt(coverage[1] / coverage[0]), rel=0.1)


def test_no_shifts_and_factor_one_give_the_mean_image():
    stack, _ = random_stack()
    image = upsample(stack, np.zeros((7, 2)), factor=1)
    mean = np.average(stack.images, axis=0, weights=stack.mean_counts)
    assert np.allclose(image, mean, atol=1e-6)
    assert np.allclose(image.coverage, 1)


@pytest.mark.parametrize("kernel_width", [0, 0.125, 0.5])
def test_gaps_are_filled_between_the_samples(kernel_width):
    """Without displacements there is one sample a scan step; factor 8 leaves gaps, to be filled from the neighbours."""
    stack, _ = random_stack()
    image = upsample(stack, np.zeros((7, 2)), factor=8, kernel_width=kernel_width)
    mean = np.average(stack.images, axis=0, weights=stack.mean_counts)
    assert np.isfinite(image.values).all()
    assert image.values.min() >= mean.min() - 1e-6
    assert image.values.max() <= mean.max() + 1e-6
    if kernel_width < 0.5:
        assert image.coverage.min() < 1e-3
        # at the probe positions, four pixels share the sample
        assert np.allclose(image.values[3::8, 3::8], mean, atol=1e-5)


def test_what_no_sample_reaches_is_filled_from_the_nearest():
    images = np.ones((3, 6, 9))
    images[:, :, 0] = 1.5
    shift = np.array([0.0, -6.0]) * STEPS  # all images lie left: the field's left part is never seen
    image = upsample(stack_of(images), np.tile(shift, (3, 1)), factor=2)
    assert np.all(image.coverage[:, :10] == 0)
    # a Gaussian reaches four of its standard deviations, so the nearest column weighs more than all the others
    assert np.all((image.values[:, :10] > 1.25) & (image.values[:, :10] <= 1.5 + 1e-6))


def test_one_image_in_a_corner_is_enough():
    images = np.ones((500, 20, 20))
    shifts = np.full((500, 2), 1e9)
    shifts[0] = 19.5 * np.array(STEPS)
    image = upsample(stack_of(images), shifts, factor=2)
    assert np.allclose(image.values, 1)


def test_constant_images_stay_constant(alignment):
    stack = alignment.stack
    flat = replace(stack, images=np.ones_like(stack.images))
    assert np.all(upsample(flat, alignment.shifts, 3).values == 1)


def test_plain_fourier_interpolation_is_exact_for_waves_that_the_scan_resolves():
    at, fine = positions((10, 13), (1, 1)), positions((30, 39), (1 / 3, 1 / 3))
    q = np.array([2 / 10, -3 / 13])
    image = fourier_upsample(1 + np.sin(2 * np.pi * at @ q + 0.3), 3)
    assert np.allclose(image, 1 + np.sin(2 * np.pi * fine @ q + 0.3))
    assert np.allclose(fourier_upsample(at[..., 0], 1), at[..., 0])


def test_plain_fourier_interpolation_adds_no_frequencies():
    image = np.random.default_rng(0).normal(size=(10, 16))
    fine = fourier_upsample(image, 4)
    power = np.abs(np.fft.fft2(fine))
    beyond = np.abs(frequency_grid(fine.shape, 0.25)).max(axis=-1) > 0.5 + 1e-9
    assert power[beyond].max() < 1e-12 * power.max()
    assert fine.mean() == pytest.approx(image.mean())


def test_transfer_beyond_the_nyquist_frequency_of_the_scan(demo, stack, true_phase):
    """The demo at 100 electrons/Å². Correlation with the true phase, the sign of contrast transfer undone.

    The scan's steps of 10 Å pass frequencies up to 0.05 1/Å along its axes, 0.071 1/Å along its diagonals. Images that
    share nothing correlate by 0 ± 1/√counts, widened by the faded edge: 0.07 and less.
    """
    shifts = demo.truth.image_shifts(stack.k, demo.energy)
    fine = upsample(stack, shifts, factor=4)
    plain = fourier_upsample(upsample(stack, shifts, factor=1), factor=4)
    phase = true_phase(demo, fine.shape)
    transfer = tcbf_transfer(frequency_grid(fine.shape, fine.sampling), demo.truth.aberrations, demo.energy, 4.0)

    def against_truth(image):
        positive = np.fft.ifft2(np.fft.fft2(np.asarray(image) - 1) * np.sign(transfer)).real
        return fourier_ring_correlation(positive, phase, fine.sampling)

    with_shifts, without = against_truth(fine), against_truth(plain)
    resolved = (with_shifts.q > 0.015) & (with_shifts.q < 0.045)
    assert with_shifts.values[resolved].min() > 0.85
    assert without.values[resolved].min() > 0.8  # up to here the plain image is as good
    beyond = with_shifts.q > 0.075
    scatter = 1 / np.sqrt(with_shifts.counts)
    twice_nyquist = beyond & (with_shifts.q < 0.125)
    # each ring stands out, also those in which contrast transfer passes through zero
    assert np.all(with_shifts.values[twice_nyquist] > 5 * scatter[twice_nyquist])
    # measured: 0.59 in the mean of these rings, and 0.33 in that of the rings up to 0.2 1/Å, four times the Nyquist
    # frequency
    assert with_shifts.values[twice_nyquist].mean() > 0.5
    assert with_shifts.values[beyond & ~twice_nyquist].mean() > 0.2
    assert np.all(np.abs(without.values[beyond]) < 4 * scatter[beyond])
    assert abs(without.values[beyond].mean()) < 0.03


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"factor": 0}, "factor must be a positive integer, got 0"),
        ({"factor": 2.5}, "factor must be a positive integer, got 2.5"),
        ({"factor": True}, "factor must be a positive integer, got True"),
        ({"factor": 9}, "factor must be at most 8 pixels per scan step, got 9"),
        ({"kernel_width": -1}, "kernel_width must be >= 0, got -1"),
        ({"kernel_width": np.nan}, "kernel_width must be a finite number"),
        ({"shifts": np.zeros((6, 2))}, r"shifts must have shape \(7, 2\).*got \(6, 2\)"),
        ({"shifts": np.full((7, 2), np.nan)}, "shifts must be finite"),
        ({"shifts": np.full((7, 2), 1e6)}, "shifts move every image out of the scanned field"),
        ({"subset": np.zeros(7, bool)}, "subset must choose at least one image"),
        ({"subset": np.arange(7)}, "subset must be 7 bools.*got int64"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    stack, shifts = random_stack()
    with pytest.raises(ValueError, match=message):
        upsample(stack, **({"shifts": shifts} | arguments))


def test_other_bad_arguments():
    with pytest.raises(TypeError, match="stack must be a BrightFieldStack"):
        upsample(np.ones((3, 4, 4)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="factor must be at most 8"):
        fourier_upsample(np.ones((4, 4)), 16)
    with pytest.raises(ValueError, match=r"image must have axes \(y, x\), got shape \(4,\)"):
        fourier_upsample(np.ones(4))


def test_upsampled_image_is_an_array_to_numpy():
    stack, shifts = random_stack()
    image = tcbf.upsample(stack, shifts, 2)
    assert np.asarray(image) is image.values
    assert np.asarray(image, float).dtype == float
    assert "12 x 18 pixels of 2 x 3.25 Å, 2 per scan step" in repr(image)
