"""The alignment recovers what the simulation put in.

Tolerances. The pure shift model takes each image for a displaced copy of the axial one. Two things bias it by
about one percent: specimen that enters and leaves through the border of so small a scan, and transfer that differs
between pixels. Noise adds some tenths of an Ångström at 100 electrons/Å². So we ask for 1.5 % of the root mean
square shift, plus 1 Å: a tenth of a scan step. At half a micrometre of defocus the rim shift is two scan steps and
the contrast differs much between pixels: the bias alone is 2 Å of 14 Å without any noise, and we ask for 4 Å. Eight
tenths lie between: with noise 1.3 Å of 23 Å in the orientation that is tested, just what we ask for, 1.5 Å in others.
"""

import warnings

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.frames import Frames
from tcbf_widgets.registration import shift_images
from tcbf_widgets.shift_fields import linear_field, search_round_fields
from tests.counted_scans import counted

CONTINUED = (32, 32, 16, 16, 8, 8, 4, 4, 2, 2, 1, 1)


def rms(vectors):
    return float(np.sqrt(np.mean(np.sum(np.square(vectors), axis=1))))


def distance_from_truth(stack, data, shifts):
    apart = shifts - data.truth.image_shifts(stack.k, data.energy)
    return rms(apart - apart.mean(axis=0))


def tolerance(stack, data):
    small = abs(data.truth.aberrations.defocus) < 6_000
    return 4.0 if small else 1.0 + 0.015 * rms(data.truth.image_shifts(stack.k, data.energy))


def aligned(specimen, **scan):
    data = tcbf.simulate_scan(specimen, **({"dose": 100, "rotation_deg": -15} | scan))
    stack = tcbf.bright_field_stack(data)
    return data, stack, tcbf.align(stack)


def test_demo_is_aligned_to_a_tenth_of_a_scan_step(demo, stack, alignment):
    # measured: 0.5 Å (benchmarks/compare_alignment.py)
    assert distance_from_truth(stack, demo, alignment.shifts) < 1.0


# the difficult orientations where shifts are large and the tolerance is a small part of them
@pytest.mark.parametrize(
    "defocus, rotation, transpose",
    [
        (-30_000, 40, True),
        (-15_000, 73, False),
        (-5_000, -15, False),
        (5_000, 0, False),
        (8_000, -15, False),
        (30_000, -160, False),
    ],
)
def test_recovers_shifts_of_either_sign_of_defocus_in_any_orientation(specimen, defocus, rotation, transpose):
    data, stack, alignment = aligned(specimen, defocus=defocus, rotation_deg=rotation, transpose=transpose)
    assert distance_from_truth(stack, data, alignment.shifts) < tolerance(stack, data)


@pytest.fixture(scope="module")
def expected(specimen):
    """The intensities of one scan, of which others count the electrons."""
    return tcbf.simulate_scan(specimen, defocus=15_000, rotation_deg=-15, dose=None)


@pytest.mark.parametrize("dose", [20, 30, 300, 1000])
def test_recovers_shifts_at_other_doses(expected, dose):
    data = counted(expected, dose, 0)
    stack = tcbf.bright_field_stack(data)
    assert distance_from_truth(stack, data, tcbf.align(stack).shifts) < tolerance(stack, data)


@pytest.mark.parametrize("rotation, transpose", [(0, False), (45, False), (90, True)])
def test_recovers_astigmatism_in_scan_axes(specimen, rotation, transpose):
    aberrations = tcbf.Aberrations.from_defocus(15_000, C12x=4000, C12y=-1000)
    orientation = {"rotation_deg": rotation, "transpose": transpose}
    data, stack, alignment = aligned(specimen, aberrations=aberrations, dose=300, **orientation)
    assert distance_from_truth(stack, data, alignment.shifts) < 1.0


@pytest.mark.parametrize("scan_shape, step", [((40, 52), 4.0), ((40, 30), (6.0, 9.0))])
def test_recovers_shifts_of_finer_and_oblong_scans(specimen, scan_shape, step):
    """A rim shift of 15 scan steps is beyond the padding: the frame must grow."""
    data, stack, alignment = aligned(specimen, defocus=15_000, scan_shape=scan_shape, scan_sampling=step)
    assert distance_from_truth(stack, data, alignment.shifts) < tolerance(stack, data)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_does_not_diverge_when_continued_to_single_pixels(expected, seed):
    data = counted(expected, 100, seed)
    stack = tcbf.bright_field_stack(data)
    alignment = tcbf.align(stack, bins=CONTINUED)
    after_six = distance_from_truth(stack, data, alignment.states[6].shifts)
    at_end = distance_from_truth(stack, data, alignment.shifts)
    assert at_end < tolerance(stack, data)
    assert at_end < after_six + 0.5  # Å: single pixels may add noise, not lose the way
    assert np.all(np.diff(alignment.errors) <= 0)


def test_error_never_rises(alignment):
    assert np.all(np.diff(alignment.errors) <= 0)
    assert alignment.errors[-1] < alignment.errors[0]
    assert len(alignment.errors) == len(alignment.states) == len(alignment.steps) + 1 == 7


def test_error_is_the_weighted_deviation_from_the_mean(stack):
    """The error from one sum over spectra equals the sum over all images and positions, written out."""
    frames = Frames(stack, padding=8, edge_blend=4)
    wy, wx = (w[p] for w, p in zip(frames.windows, frames.inside, strict=True))
    window = np.outer(wy, wx)
    mean = stack.images.mean(axis=0)
    counted = window > 0.1
    deviation = np.sum(window * (stack.images.astype(float) - np.where(counted, mean, 1)) ** 2)
    # the mean of n equally weighted images has 1/n of their variance, which the error adds back
    variance = np.sum(window * (stack.images.astype(float) - 1) ** 2) / (window.sum() * len(stack))
    deviation = (deviation + variance * window[counted].sum()) / (window.sum() * len(stack))
    image, error = frames.mean_and_error(np.zeros((len(stack), 2)))
    assert error == pytest.approx(np.sqrt(deviation), rel=1e-5)
    shown = window > 0.02
    assert np.allclose(image[shown], mean[shown], atol=1e-4)


def test_error_at_other_shifts_is_the_deviation_written_out(stack, alignment):
    """Each image moved by itself, in a frame wide enough, and its deviation from the mean summed up."""
    frames = Frames(stack, padding=12, edge_blend=4)
    wy, wx = (w[p] for w, p in zip(frames.windows, frames.inside, strict=True))
    padded = np.zeros((len(stack), *frames.shape))
    padded[(slice(None), *frames.inside)] = (stack.images - 1) * np.outer(wy, wx)
    pixels = -alignment.shifts / stack.scan_sampling
    moved = shift_images(padded, pixels)
    index = [np.arange(n) for n in frames.shape]
    window = np.stack(
        [
            np.outer(
                *(np.interp(i - s, i, w, period=len(i)) for i, w, s in zip(index, frames.windows, shift, strict=True))
            )
            for shift in pixels
        ]
    )
    coverage = window.sum(axis=0)
    counted = coverage > 0.1 * len(stack)
    mean = np.where(counted, moved.sum(axis=0) / np.maximum(coverage, 1), 0)
    # Σ w (J - M)² with w J what was moved; the power Σ w J² is the same before and after
    deviation = frames.power - 2 * np.sum(moved * mean) + np.sum(window * mean**2)
    variance = frames.power / (len(stack) * wy.sum() * wx.sum())
    own = variance * np.sum((np.square(window).sum(axis=0) / np.maximum(coverage, 1))[counted])
    expected = np.sqrt((deviation + own) / coverage.sum())
    # single precision inside
    assert frames.mean_and_error(alignment.shifts)[1] == pytest.approx(expected, rel=1e-5)


@pytest.fixture(scope="module")
def noise_stack():
    rng = np.random.default_rng(3)
    pattern = 50.0 * (np.hypot(*(np.indices((24, 24)) - 11.5)) < 8)
    counts = rng.poisson(np.broadcast_to(pattern, (24, 30, 24, 24))).astype(np.uint8)
    return tcbf.bright_field_stack(tcbf.FourDSTEM(counts, 300e3, 10.0, 0.01))


@pytest.mark.parametrize("rim", [50.0, 120.0, 200.0])
def test_noise_alone_gives_no_shift_an_advantage(noise_stack, rim):
    """Images of pure noise: no field of shifts may look better than none, beyond the scatter of the noise itself."""
    stack = noise_stack
    frames = Frames(stack, padding=8, edge_blend=4)
    zero = frames.mean_and_error(np.zeros((len(stack), 2)))[1]
    # Σ M² W of noise scatters by √(2/positions) of its mean, which is 1/n of the power
    scatter = zero * np.sqrt(2 / 500) / (2 * len(stack))
    changes = []
    for angle in np.deg2rad(np.arange(0, 360, 30)):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        shifts = stack.k @ (rim / np.linalg.norm(stack.k, axis=1).max() * turn)
        changes.append(frames.wide_enough(shifts).mean_and_error(shifts)[1] - zero)
    assert abs(np.mean(changes)) < 3 * scatter
    assert np.max(np.abs(changes)) < 6 * scatter


def test_noise_alone_gives_no_alignment(noise_stack):
    with pytest.warns(UserWarning, match=r"no shifts were found.*bins .* too coarse.*max_shift"):
        alignment = tcbf.align(noise_stack)
    assert not alignment.found
    assert not alignment.shifts.any()


def test_bins_larger_than_the_disk_are_reported(stack):
    with pytest.warns(UserWarning, match=r"bins \(1000,\) too coarse for a disk of radius 26 pixels"):
        tcbf.align(stack, bins=(1000,))


def test_aligned_image_is_the_mean_of_moved_images(stack, alignment):
    """Against an independent way: each original image moved once, by its shift, and averaged."""
    moved = shift_images(stack.images, -alignment.shifts / stack.scan_sampling)
    inside = (slice(8, -8), slice(8, -8))
    mean = moved.mean(axis=0)[inside]
    # the padded frame has empty space where the periodic one has the other border: compare the middle
    assert np.corrcoef(mean.ravel(), alignment.image[inside].ravel())[0, 1] > 0.99


def test_shifts_count_from_the_axial_image(stack, alignment):
    last = alignment.states[-1]
    assert np.allclose(last.fit[0], 0)
    assert np.allclose(last.shifts, stack.k @ last.fit[1:])
    assert rms(last.measured - last.shifts) < 10  # measured and fitted share their origin


def test_stack_is_left_as_it_was(stack):
    before = stack.images.copy()
    tcbf.align(stack, bins=(16, 8))
    assert np.array_equal(stack.images, before)


def test_same_input_same_output(stack, alignment):
    assert np.array_equal(tcbf.align(stack).shifts, alignment.shifts)


@pytest.mark.parametrize("transpose", [False, True])
def test_coarse_search_finds_a_round_field(transpose):
    """Copies of one picture displaced by a known field: found to the search's own step of a pixel at the rim."""
    rng = np.random.default_rng(2)
    frequency = np.hypot(np.fft.fftfreq(40)[:, None], np.fft.rfftfreq(64))
    picture = np.fft.rfft2(rng.normal(size=(40, 64))) * np.exp(-((frequency / 0.1) ** 2))
    k = rng.uniform(-1, 1, (30, 2))
    field = np.array([[3.0, -5.0], [5.0, 3.0]]) * ([1, -1] if transpose else [1, 1])
    images = np.fft.irfft2(np.broadcast_to(picture, (30, 40, 33)), s=(40, 64))
    spectra = np.fft.rfft2(shift_images(images, k @ field))
    found = search_round_fields(spectra, k, (frequency < 0.2).astype(float), (40, 64), (1.0, 1.0), reach=12).matrix
    assert np.abs(k @ found - k @ field).max() < 1.0


def test_linear_field_outvotes_outliers():
    rng = np.random.default_rng(0)
    k = rng.uniform(-1, 1, (60, 2))
    truth = np.array([[0.5, -0.2], [3.0, 0.4], [-0.7, 2.0]])
    shifts = np.column_stack([np.ones(60), k]) @ truth
    shifts[::5] += rng.uniform(-50, 50, (12, 2))
    fit = linear_field(k, shifts, np.ones(60))
    # least squares would be off by several units; least distances ignores a fifth of bad values almost entirely
    assert np.allclose(fit, truth, atol=0.1)


@pytest.mark.parametrize("bins", [(), (0,), (8, -1), (2.5,), ("8",), None])
def test_bins_must_be_positive_integers(stack, bins):
    with pytest.raises(ValueError, match="bins must"):
        tcbf.align(stack, bins=bins)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"padding": -1}, "padding must be an integer >= 0"),
        ({"edge_blend": 1.5}, "edge_blend must be an integer >= 0"),
        ({"edge_blend": 13}, "edge_blend must be at most 12"),
        ({"upsampling": 0}, "upsampling must be a positive integer"),
    ],
)
def test_bad_arguments_are_named(stack, arguments, message):
    with pytest.raises(ValueError, match=message):
        tcbf.align(stack, **arguments)


def test_wrong_source_is_named(demo):
    with pytest.raises(TypeError, match=r"stack must be a BrightFieldStack, from .*; got FourDSTEM"):
        tcbf.align(demo)
    with pytest.raises(TypeError, match="data must be a FourDSTEM, .* got ndarray"):
        tcbf.bright_field_stack(demo.array)


def test_scan_smaller_than_the_largest_shift_is_an_error(stack):
    with pytest.raises(
        ValueError, match="240 x 480 Å, is smaller than the largest shift, max_shift=300 Å; scan a larger"
    ):
        tcbf.align(stack, max_shift=300)
    with pytest.raises(ValueError, match="max_shift must be a number > 0"):
        tcbf.align(stack, max_shift=0)


def test_shifts_beyond_the_scan_are_never_believed(specimen):
    """120 Å in a scan of 100 Å cannot be measured; the result stays within what was searched."""
    data = tcbf.simulate_scan(specimen, defocus=30_000, dose=None, scan_shape=(10, 10), scan_sampling=10.0)
    stack = tcbf.bright_field_stack(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        shifts = tcbf.align(stack, max_shift=70).shifts
    assert np.linalg.norm(shifts, axis=1).max() <= 1.25 * 70


@pytest.mark.parametrize("positions", [(1, 1), (1, 40), (7, 20)])
def test_scan_too_small_to_register_is_an_error(positions):
    pattern = np.zeros((16, 16), np.uint8)
    pattern[4:12, 4:12] = 3
    data = tcbf.FourDSTEM(np.broadcast_to(pattern, (*positions, 16, 16)).copy(), 300e3, 10.0, 0.01)
    with pytest.raises(ValueError, match="at least 8 x 8 positions"):
        tcbf.align(tcbf.bright_field_stack(data))


def test_images_without_structure_stay_where_they_are():
    pattern = np.zeros((16, 16), np.uint8)
    pattern[4:12, 4:12] = 3
    data = tcbf.FourDSTEM(np.broadcast_to(pattern, (8, 8, 16, 16)).copy(), 300e3, 10.0, 0.01)
    with pytest.warns(UserWarning, match="a specimen without contrast"):
        alignment = tcbf.align(tcbf.bright_field_stack(data), bins=(8, 4))
    assert np.isfinite(alignment.shifts).all()
    assert alignment.errors[-1] == 0
    assert np.allclose(alignment.image, 1)


def test_progress_bar_goes_to_the_end(stack, capsys):
    tcbf.align(stack, bins=(16, 8), progress=True)
    assert "2/2" in capsys.readouterr().err
