"""Counted electrons against the distribution they are to have."""

import numpy as np
import pytest
import scipy.stats

from tcbf_widgets.counting import counted_image, poisson_counts, uniforms


@pytest.mark.parametrize("mean", [0.02, 0.7, 3.0, 9.99, 10.0, 10.7, 35.0, 400.0, 1e6])
def test_counts_are_the_quantiles_of_the_poisson_distribution(mean):
    number = 50_000
    counts = poisson_counts(np.full(number, mean), seed=5)
    exact = scipy.stats.poisson.ppf(uniforms(number, 5), mean)
    # the expansion is of finite order: next to the edge of a step it is one off, less often the larger the mean
    assert np.abs(counts - exact).max() <= 1
    assert np.mean(counts != exact) <= (0 if mean < 10 else 1e-3)


@pytest.mark.parametrize("mean", [0.3, 4.0, 12.0, 100.0])
def test_counts_have_the_distribution_of_electrons(mean):
    number = 200_000
    counts = poisson_counts(np.full(number, mean), seed=11)
    # five standard deviations of mean and variance of so many Poisson numbers
    assert counts.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / number))
    assert counts.var() == pytest.approx(mean, abs=5 * np.sqrt((mean + 2 * mean**2) / number))
    edges = scipy.stats.poisson.ppf(np.linspace(0.02, 0.98, 20), mean)
    edges = np.unique(edges)
    classes = np.searchsorted(edges, counts)  # class i: above edge i - 1, up to edge i
    share = np.diff(scipy.stats.poisson.cdf(edges, mean), prepend=0, append=1)
    found = np.bincount(classes, minlength=len(share))
    assert scipy.stats.chisquare(found, number * share).pvalue > 1e-4


def test_pixels_seeds_and_pictures_are_independent():
    n = 65_536
    one, other = uniforms(n, 1), uniforms(n, 2)
    pairs = [(one, other), (one, uniforms(n, 1, start=n)), (one[1:], one[:-1]), (one[256:], one[:-256])]
    for a, b in pairs:
        # of independent numbers, one over the root of their count; five times that
        assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(n)
    assert scipy.stats.kstest(one, "uniform").pvalue > 1e-3
    assert len(np.unique(one)) == n
    assert np.array_equal(uniforms(n, 1, start=n)[:10], uniforms(2 * n, 1)[n : n + 10])


def test_noise_follows_the_dose_without_flickering():
    """More expected electrons are never fewer counted ones, but for one rare step back where the method changes."""
    means = np.concatenate([np.linspace(0, 9.999, 500), np.linspace(10, 200, 500)])
    counts = np.stack([poisson_counts(np.full(300, mean), seed=2) for mean in means])
    steps = np.diff(counts, axis=0)
    assert (np.delete(steps, 499, axis=0) >= 0).all()
    assert steps[499].min() >= -1


def test_an_image_keeps_its_mean_and_gains_the_noise_of_its_dose():
    image = np.linspace(0.5, 1.5, 40_000).reshape(200, 200)
    noisy = counted_image(image, dose=25, sampling=2.0, seed=4)
    assert (noisy - image).mean() == pytest.approx(0, abs=5 * 0.1 / 200)  # 100 electrons a pixel
    assert (noisy - image).std() == pytest.approx(0.1, rel=0.03)
    assert np.array_equal(counted_image(image, None, 2.0), image)
    assert np.array_equal(noisy, poisson_counts(image * 100, 4) / 100)
    assert not np.array_equal(noisy, counted_image(image, 25, 2.0, seed=4, start=40_000))


@pytest.mark.parametrize("dose", [0, -1.0, np.nan, np.inf, "high"])
def test_no_dose_is_refused_with_what_to_give_instead(dose):
    with pytest.raises(ValueError, match=r"dose must be a number > 0, got .*None means no noise"):
        counted_image(np.ones((4, 4)), dose, 1.0)


@pytest.mark.parametrize(
    "bad, got",
    [([-0.1, 2], "-0.1 to 2"), ([np.nan], "NaN or inf"), ([np.inf], "NaN or inf"), ([1e10], "1e\\+10 to 1e")],
)
def test_expected_electrons_must_be_numbers_that_can_be_counted(bad, got):
    with pytest.raises(ValueError, match=rf"expected must be 0 to 2\^31 electrons per pixel, got {got}"):
        poisson_counts(bad)
    with pytest.raises(ValueError, match=f"image must be .*, got {got}"):
        counted_image(bad, 10.0, 1.0)


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, True])
def test_seeds_are_integers_of_32_bits(seed):
    with pytest.raises(ValueError, match="seed must be "):
        poisson_counts([1.0], seed)


def test_shapes_are_kept():
    assert poisson_counts(np.full((2, 3, 4), 5.0)).shape == (2, 3, 4)
    assert poisson_counts(np.zeros((0, 3))).shape == (0, 3)
    assert not poisson_counts(np.zeros(50)).any()
