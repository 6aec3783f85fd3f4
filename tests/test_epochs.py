"""Errors that an epoch states."""

import numpy as np
import pytest

from tcbf_widgets.epochs import Epoch
from tcbf_widgets.image_metrics import psnr, ssim
from tests.small_scan import picture


def test_an_epoch_states_errors_that_the_open_phase_of_each_slice_does_not_change():
    """A phase may go from one slice to another as a whole; and neither it nor one of the truth may tear an image."""
    truth = np.stack([picture(1), picture(2, strongest=0.2)])
    error = 0.01 * np.random.default_rng(0).standard_normal(truth.shape)
    error -= error.mean(axis=(1, 2), keepdims=True)  # what is left after the alignment of small errors
    open_phases = np.exp(1j * np.array([0.7, -2.0]))[:, None, None]
    offset = np.exp(3j)  # true phases on both sides of the cut at π
    epoch = Epoch(1, 0.0, truth * np.exp(1j * error) * open_phases, np.ones((4, 4)), truth * offset)
    assert np.allclose(epoch.phase_error(), error, atol=1e-5)  # alignment of phases, not of their means: third order
    assert epoch.phase_rms() == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-4)
    true = np.angle(truth)
    assert true.min() == pytest.approx(0, abs=1e-12)
    assert epoch.psnr() == pytest.approx(psnr(true + error, true, 0.4), abs=1e-3)
    expected = np.mean([ssim(a + e, a, 0.4) for a, e in zip(true, error, strict=True)])
    assert epoch.ssim() == pytest.approx(expected, abs=1e-5)


def test_images_smaller_than_the_window_of_a_similarity_have_none():
    rng = np.random.default_rng(0)
    small, enough = (np.exp(0.3j * rng.standard_normal((1, n, 9))) for n in (6, 7))
    epochs = [Epoch(3, 0.01, np.sqrt(truth), np.ones((4, 4)), truth) for truth in (small, enough)]
    assert np.isnan(epochs[0].ssim())
    assert 0 < epochs[1].ssim() < 1
    assert np.isfinite([epochs[0].psnr(), epochs[0].phase_rms()]).all()
    assert repr(epochs[0]) == "Epoch(3, loss 0.01, 1 slice of 6 x 9 pixels)"


def test_a_phase_that_goes_around_has_errors_without_jumps():
    ramp = np.exp(2j * np.pi * np.arange(16) / 16) * np.ones((1, 16, 1))
    epoch = Epoch(1, 0.0, ramp * np.exp(0.05j * np.cos(np.arange(16) * np.pi / 4)), np.ones((4, 4)), ramp)
    assert np.abs(epoch.phase_error()).max() == pytest.approx(0.05, rel=0.01)
    assert epoch.psnr() == pytest.approx(20 * np.log10(2 * np.pi * 15 / 16 / (0.05 / np.sqrt(2))), abs=0.01)


def test_without_a_truth_or_its_range_there_is_no_error_to_state():
    nothing, flat = (Epoch(0, 0.0, np.ones((1, 8, 8)), np.ones((4, 4)), truth) for truth in (None, np.ones((1, 8, 8))))
    assert np.isnan([nothing.phase_rms(), nothing.psnr(), nothing.ssim(), flat.psnr(), flat.ssim()]).all()
    assert flat.phase_rms() == 0
    with pytest.raises(ValueError, match="truth is needed for an error"):
        nothing.phase_error()
