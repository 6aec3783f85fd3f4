"""Upsampling: what it sends and shows equals what the library computes."""

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.registration import shift_images
from tcbf_widgets.widgets.spectra import PaddedSpectrum
from tcbf_widgets.widgets.upsampling_source import shown_part


@pytest.fixture(scope="module")
def upsampling(stack, fit):
    return tcbf.widgets.Upsampling(stack, fit)


@pytest.mark.parametrize("factor, width", [(1, 0.125), (3, 0.0), (4, 0.3), (8, 0.5)])
def test_density_is_that_of_upsample(upsampling, stack, fit, factor, width):
    upsampling.factor = factor
    expected = tcbf.upsample(stack, fit.shifts, factor, width).values
    assert np.allclose(upsampling.joined(width), expected, atol=2e-3 * np.ptp(expected))


def test_plain_image_is_the_aligned_sum_on_the_scan_grid(upsampling, stack, fit):
    upsampling.factor = 1
    moved = shift_images(stack.images, -fit.shifts / stack.scan_sampling)
    assert np.allclose(upsampling.interpolated(), np.average(moved, axis=0, weights=stack.mean_counts), atol=1e-5)
    upsampling.factor = 4
    spectrum = np.abs(np.fft.fft2(upsampling.interpolated().astype(float) - 1))
    qy, qx = (np.abs(np.fft.fftfreq(n, 2.5)) for n in spectrum.shape)
    outside = (qy[:, None] > 0.0501) | (qx > 0.0501)
    assert spectrum[outside].max() < 1e-4 * spectrum.max()


@pytest.mark.parametrize("factor", [2, 4])
def test_flipped_phases_are_those_of_correct_contrast(upsampling, stack, fit, factor):
    upsampling.factor, upsampling.kernel_width, upsampling.flip = factor, 0.125, True
    image = upsampling.panels()["density"].values
    expected = tcbf.correct_contrast(tcbf.upsample(stack, fit.shifts, factor), fit).values
    # they continue the image differently beyond its borders
    inside = tuple(slice(6 * factor, -6 * factor) for _ in range(2))
    assert np.corrcoef(image[inside].ravel(), expected[inside].ravel())[0, 1] > 0.99
    upsampling.flip = False
    plain = upsampling.panels()["density"].values
    assert np.corrcoef(plain[inside].ravel(), expected[inside].ravel())[0, 1] < 0.5


def test_correlation_of_halves_is_that_of_the_library(upsampling, stack, fit):
    halves = [tcbf.upsample(stack, fit.shifts, 4, subset=half) for half in tcbf.half_sets(stack)]
    expected = tcbf.fourier_ring_correlation(*halves)
    assert np.allclose(upsampling.rings(4), [expected.q, expected.values], atol=1e-6)
    assert upsampling.meta["resolution"]["4"] == expected.crossing(last=True)
    assert upsampling.rings("plain")[0].max() <= 0.05 < 0.1 < upsampling.meta["resolution"]["4"]


def test_range_of_the_spectra_stays_while_the_kernel_moves(upsampling):
    upsampling.factor, ranges, power = 3, set(), []
    for width in (0.0, 0.5):
        upsampling.kernel_width = width
        panel = upsampling.panels()["density_spectrum"]
        ranges.add((panel.vmin, panel.vmax))
        power.append(np.nanmean(panel.values))
    assert len(ranges) == 1
    assert power[1] < power[0] - 1


@pytest.mark.parametrize("flip", [False, True])
def test_the_kernel_does_not_touch_the_plain_image(upsampling, flip):
    upsampling.factor, upsampling.flip, drawn = 3, flip, []
    for width in (0.0, 0.5):
        upsampling.kernel_width = width
        drawn.append(upsampling.panels()["fourier"].rgba())
    assert np.array_equal(*drawn)
    upsampling.kernel_width = 0.125
    panels = upsampling.panels()
    own = np.percentile(panels["density"].values, (1, 99))
    assert [(panel.vmin, panel.vmax) for panel in panels.values()][:2] == [pytest.approx(own)] * 2
    assert panels["fourier"].title.endswith("phases flipped") == flip


def test_where_the_pixels_end_before_the_agreement_that_is_said(upsampling):
    assert upsampling.meta["to_the_end"][:2] == [1, 2]
    for factor, words in ((1, "as far as these pixels reach, to 20"), (2, "as far as these pixels reach, to 10")):
        upsampling.factor = factor
        assert words in upsampling.alt_text()
    upsampling.factor = 4
    assert "agree up to" in upsampling.alt_text()


def test_sources_of_shifts(stack, alignment, fit):
    for source, name in ((alignment, "alignment"), (fit.shifts, "shifts")):
        widget = tcbf.widgets.Upsampling(stack, source)
        assert widget.meta["python"]["call"] == f"tcbf.widgets.Upsampling(stack, {name})"
        assert not widget.flip
        with pytest.raises(traitlets.TraitError, match="flip needs the aberrations"):
            widget.flip = True


@pytest.mark.parametrize(
    "error, message, shifts",
    [
        (ValueError, r"shifts must have shape \(\d+, 2\)", np.zeros((3, 2))),
        (ValueError, "shifts must be finite", np.nan),
        (ValueError, "shifts move every image out", 1e6),
    ],
)
def test_bad_shifts_are_named(stack, error, message, shifts):
    shifts = np.full((len(stack), 2), shifts) if np.isscalar(shifts) else shifts
    with pytest.raises(error, match=message):
        tcbf.widgets.Upsampling(stack, shifts)


@pytest.mark.parametrize("bad", [{"factor": 9}, {"factor": 0}, {"kernel_width": 0.6}, {"reach": 2.0}])
def test_bad_traits_of_upsampling_are_named(upsampling, bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        upsampling.set_trait(*next(iter(bad.items())))


@pytest.mark.parametrize("positions, pixels", [((9, 10), 5), ((1, 12), 5), ((9, 9), 1.1), ((70, 90), 2)])
@pytest.mark.parametrize("constant", [False, True])
def test_unusual_stacks_are_upsampled(packed_size, positions, pixels, constant):
    y, x = np.indices((12, 12))
    inside = np.hypot(y - 5, x - 5) < pixels
    noise = np.zeros(()) if constant else np.random.default_rng(0).uniform(-1, 1, (*positions, 12, 12))
    array = np.broadcast_to(inside * (5.0 + noise), (*positions, 12, 12)).astype(np.float32)
    stack = tcbf.bright_field_stack(tcbf.FourDSTEM(array, 300e3, (10.0, 12.0), 0.01))
    widget = tcbf.widgets.Upsampling(stack, 100 * stack.k, factor=2)
    for name, panel in widget.panels().items():
        assert np.isfinite(panel.values).all() or name.endswith("spectrum")
    assert widget.poster_png().startswith(b"\x89PNG")
    assert packed_size(widget) <= 1.2e6


def test_of_a_large_scan_the_middle_is_shown():
    rows, columns = shown_part((70, 90))
    assert (rows[1] - rows[0] + 6) * (columns[1] - columns[0] + 6) <= 2600
    assert abs(sum(rows) - 70) <= 1
    assert abs(sum(columns) - 90) <= 1
    assert shown_part((24, 48)) == ((0, 24), (0, 48))


def test_upsampling_fits_its_budget(upsampling, packed_size):
    assert packed_size(upsampling) <= 1.2e6
    assert set(upsampling.meta["python"]["traits"]) <= set(upsampling.trait_names())


def test_copied_code_names_a_refinement_as_the_book_does(stack):
    best = tcbf.refine_aberrations(stack)
    calls = tcbf.widgets.Upsampling(stack, best), tcbf.widgets.ContrastTransfer(best)
    assert [widget.meta["python"]["call"] for widget in calls] == [
        "tcbf.widgets.Upsampling(stack, best)",
        "tcbf.widgets.ContrastTransfer(best)",
    ]


def test_spectrum_has_the_power_of_the_image_at_its_frequency():
    y, x = np.indices((48, 64))
    image = 1 + 0.1 * np.cos(2 * np.pi * (y * 6 / 48 + x * 16 / 64))
    spectrum = PaddedSpectrum(image, (2.0, 2.0))
    picture = spectrum.picture(128, 0.25)
    row, column = np.unravel_index(np.nanargmax(picture), picture.shape)
    q = (np.array([row, column]) - 63.5) * 0.5 / 128
    assert np.allclose(np.abs(q), [6 / 96, 16 / 128], atol=0.005)
    assert np.allclose(spectrum.filtered(np.ones(spectrum.values.shape)), image, atol=1e-6)
    assert np.isnan(spectrum.picture(16, 1.0)[0, 0])


def test_figure_draws_every_panel_with_its_pixels(draws_its_panels, upsampling):
    draws_its_panels(upsampling)
