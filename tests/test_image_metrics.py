"""Likeness of images, against definitions written out."""

import numpy as np
import pytest

from tcbf_widgets.image_metrics import phase_error, psnr, ssim, with_common_phase


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    image = rng.random((20, 24))
    return image, np.clip(image + 0.1 * rng.standard_normal(image.shape), 0, 1)


def test_the_open_phase_is_aligned_and_nothing_else(pair):
    reference = np.exp(1j * pair[0])
    assert np.allclose(with_common_phase(np.exp(2.5j) * reference, reference), reference)
    # of small errors, the aligned phase leaves the mean out
    error = 1e-3 * (pair[1] - pair[1].mean())
    assert np.allclose(phase_error(np.exp(1j * (pair[0] + error - 3)), reference), error, atol=1e-6)
    assert not with_common_phase(np.zeros(3), np.ones(3)).any()


def test_each_of_several_images_has_an_open_phase_of_its_own(pair):
    references = np.exp(1j * np.stack(pair))
    turned = references * np.exp(1j * np.array([2.5, -1.0]))[:, None, None]
    assert np.allclose(with_common_phase(turned, references), references)
    assert np.allclose(phase_error(turned[0], references[1]), phase_error(turned[:1], references[1:])[0])
    # an empty one among them is left as it is
    turned[0] = 0
    assert np.allclose(with_common_phase(turned, references), references * np.array([0, 1])[:, None, None])


def test_phases_that_go_around_are_compared_the_short_way():
    ends = np.exp(1j * np.array([0, 3.1, -3.1])), np.exp(1j * np.array([0, -3.1, 3.1]))
    assert np.allclose(np.abs(phase_error(*ends)), [0, 2 * (np.pi - 3.1), 2 * (np.pi - 3.1)])


def test_psnr_is_the_power_of_the_range_over_that_of_the_error(pair):
    square = np.mean((pair[0] - pair[1]) ** 2)
    assert psnr(*pair, data_range=2.0) == pytest.approx(10 * np.log10(4 / square))
    assert psnr(pair[0], pair[0], 1.0) == np.inf


def test_ssim_is_its_definition_window_by_window(pair):
    x, y = pair
    values = []
    for i in range(x.shape[0] - 6):
        for j in range(x.shape[1] - 6):
            a, b = x[i : i + 7, j : j + 7].ravel(), y[i : i + 7, j : j + 7].ravel()
            (va, vab), (_, vb) = np.cov(a, b)
            ma, mb = a.mean(), b.mean()
            values.append((2 * ma * mb + 1e-4) * (2 * vab + 9e-4) / ((ma**2 + mb**2 + 1e-4) * (va + vb + 9e-4)))
    assert ssim(x, y, 1.0) == pytest.approx(np.mean(values), abs=1e-12)
    assert ssim(x, x, 1.0) == pytest.approx(1)


def test_images_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match=r"one shape, got \(7, 7\) and \(7, 8\)"):
        ssim(np.ones((7, 7)), np.ones((7, 8)), 1.0)
    with pytest.raises(ValueError, match="at least 7 pixels, got shape"):
        ssim(np.ones((6, 9)), np.ones((6, 9)), 1.0)
    with pytest.raises(ValueError, match="data_range must be a number > 0"):
        psnr(np.ones(3), np.ones(3), 0)
