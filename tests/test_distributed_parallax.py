"""Tilt-corrected images by libertem-parallax: moved as our aberrations say, whatever the detector's orientation."""

from dataclasses import replace

import numpy as np
import pytest
from libertem_parallax import ParallaxUDF

import tcbf_widgets as tcbf
from tcbf_widgets import distributed
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.distributed_parallax import detector_arguments, parallax_udf, polar_coefficients
from tests.moving_disk import moving_scan

ASTIGMATIC = tcbf.Aberrations(C10=-9000.0, C12x=1700.0, C12y=-2300.0)
# sums in float64 of counts, in another order
TIGHT = 1e-10


@pytest.fixture(scope="module")
def inline():
    with distributed.context() as context:
        yield context


def fitted(data, aberrations=ASTIGMATIC, rotation_deg=23.0, transpose=False, descan=None):
    """What a fit of these aberrations would be, of a scan that shows none of them."""
    stack = tcbf.bright_field_stack(data, descan=descan)
    return FittedOptics(stack, aberrations, rotation_deg, transpose, ("C10",), np.eye(1), np.inf)


@pytest.fixture(scope="module")
def still():
    """9 x 7 frames of 21 x 19 pixels, the disk in the middle."""
    return moving_scan((9, 7), (21, 19))[0]


@pytest.fixture(scope="module")
def aside():
    """The disk far from the middle of 24 x 30 pixels, two of its pixels defective."""
    return moving_scan((8, 9), (24, 30), center=(9.0, 18.0), defects=True)[0]


def direct(data, fit, upsampling):
    """The sum by its definition: each image, less the mean of each frame, put on a finer grid and rolled."""
    counts = data.array[:, :, *fit.stack.pixels.T].astype(float)
    counts -= counts.mean(axis=2, keepdims=True)
    image = np.zeros(np.multiply(upsampling, data.scan_shape))
    steps = np.round(-fit.shifts / data.scan_sampling * upsampling).astype(int)
    for values, step in zip(np.moveaxis(counts, 2, 0), steps, strict=True):
        fine = np.zeros_like(image)
        fine[::upsampling, ::upsampling] = values
        image += np.roll(fine, step, (0, 1))
    return image * upsampling**2 / fit.stack.mean_counts.sum()


def without_highest(image):
    """Without the frequencies at Nyquist's, which are those of an even number of pixels."""
    for axis, n in enumerate(image.shape):
        if n % 2 == 0:
            signs = np.expand_dims((-1.0) ** np.arange(n), 1 - axis)
            image = image - signs * (image * signs).mean(axis=axis, keepdims=True)
    return image


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("rotation", [0, 17, -31, 78, -102, 164, -175])
def test_pixels_move_as_libertem_parallax_would_move_them(still, rotation, transpose):
    """Relative to the axial pixel, and for defocus and astigmatism: more its own geometry does not know.

    Which pixel it takes for the axial one depends on the rotation and on whether their number is even or odd.
    """
    fit = fitted(still, rotation_deg=rotation, transpose=transpose)
    stack, arguments = fit.stack, detector_arguments(fit.lens)
    theirs = ParallaxUDF.from_parameters(
        shape=still.array.shape,
        scan_sampling=stack.scan_sampling,
        energy=stack.energy,
        semiangle_cutoff=1.1 * fit.semiangle,  # some more pixels
        reciprocal_sampling=stack.reciprocal_sampling,
        aberration_coefs=polar_coefficients(fit.aberrations),
        upsampling_factor=3,
        **arguments,
    ).preprocessed_geometry
    y, x = np.divmod(theirs.bf_flat_inds, still.detector_shape[1])
    if arguments["detector_flip_cols"]:
        x = still.detector_shape[1] - 1 - x
    # the first one has the frequency zero
    moves = {(a - y[0], b - x[0]): move for a, b, move in zip(y, x, theirs.shifts.tolist(), strict=True)}
    ours = parallax_udf(fit, 3).preprocessed_geometry.shifts
    assert [moves[a, b] for a, b in np.rint(stack.pixels - stack.disk.center).astype(int)] == ours.tolist()
    assert np.abs(ours).max() > 5  # pixels: much is moved


@pytest.mark.parametrize("upsampling", [1, 2, 3])
def test_the_image_is_the_sum_of_moved_images(aside, inline, upsampling):
    fit = fitted(aside, tcbf.Aberrations(C10=7000.0, C21x=4e5, C30=1e7), rotation_deg=-64.0, transpose=True)
    assert len(fit.stack.left_out) == 2
    expected = direct(aside, fit, upsampling)
    found = distributed.parallax_image(aside, fit, inline, upsampling)
    np.testing.assert_allclose(found.values - 1, without_highest(expected) if upsampling > 1 else expected, atol=TIGHT)
    assert found.sampling == (10 / upsampling, 10 / upsampling)
    assert found.fraction == 1


def test_descan_is_corrected_on_the_way(inline):
    data, descan, steady = moving_scan((8, 9), (26, 24), drift=(4, 3), defects=True)
    fit = fitted(data, descan=descan)
    found = distributed.parallax_image(data, fit, inline, descan=descan)
    np.testing.assert_allclose(found.values - 1, direct(steady, fit, 1), atol=TIGHT)


def test_frequencies_that_the_lens_inverts_are_turned_over(aside, inline):
    fit = fitted(aside, tcbf.Aberrations(C10=-8000.0))
    found = distributed.parallax_image(aside, fit, inline, 2, phase_flip=True)
    image = without_highest(direct(aside, fit, 2))
    q = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n, 5.0) for n in image.shape), indexing="ij"))
    chi = np.pi * tcbf.electron_wavelength(300e3) * -8000.0 * q**2
    assert np.ptp(np.sign(np.sin(chi))) == 2
    flipped = np.fft.ifft2(np.fft.fft2(image) * np.sign(np.sin(chi))).real
    np.testing.assert_allclose(found.values - 1, flipped, atol=TIGHT)


def test_partial_images_grow_to_the_whole(aside, inline):
    fit, parts = fitted(aside), []
    found = distributed.parallax_image(aside, fit, inline, on_partial=parts.append)
    fractions = [part.fraction for part in parts]
    assert len(parts) >= 4
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert np.array_equal(parts[-1], found)
    first = replace(aside, array=np.where(np.arange(8)[:, None, None, None] < 2, aside.array, 0))
    np.testing.assert_allclose(parts[0].values - 1, direct(first, fit, 1), atol=TIGHT)
    assert "25% of the scan" in repr(parts[0])
    # as a widget shows them, with two bytes for each pixel
    live = tcbf.widgets.LiveImage(parts)
    np.testing.assert_allclose(live.panels()["image"].values, found.values, atol=1e-5)


def test_coefficients_are_those_of_the_same_phase():
    angle = np.linspace(0, 2 * np.pi, 7)
    k = 0.1 * np.stack([np.sin(angle), np.cos(angle)], axis=-1)  # (y, x)
    theirs = polar_coefficients(ASTIGMATIC)
    from_y = np.arctan2(k[:, 1], k[:, 0])
    size = theirs["C10"] + theirs["C12"] * np.cos(2 * (from_y - theirs["phi12"]))
    chi = np.pi * tcbf.electron_wavelength(300e3) * 0.1**2 * size
    np.testing.assert_allclose(chi, ASTIGMATIC.chi(k, 300e3), rtol=1e-12)


def test_refuses_what_is_not_of_the_fit(still, aside, inline):
    fit = fitted(still)
    with pytest.raises(ValueError, match="data must be the scan that fit is of"):
        distributed.parallax_image(aside, fit, inline)
    with pytest.raises(TypeError, match="fit must be a FittedOptics"):
        distributed.parallax_image(still, fit.stack, inline)
    with pytest.raises(ValueError, match="upsampling must be a positive integer"):
        distributed.parallax_image(still, fit, inline, 0)
    with pytest.raises(TypeError, match="on_partial must be a function of an image, got str"):
        distributed.parallax_image(still, fit, inline, on_partial="print")
