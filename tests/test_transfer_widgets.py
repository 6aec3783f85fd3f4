"""ContrastTransfer and Upsampling: what they send and show equals what the library computes."""

import json

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.registration import shift_images
from tcbf_widgets.transfer import disk_grid, scherzer_defocus, summed_transfer, tcbf_transfer
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.round_transfer import RoundTransfer
from tcbf_widgets.widgets.spectra import PaddedSpectrum
from tcbf_widgets.widgets.upsampling_source import shown_part

# defocus in Å, C30 in Å, semi-angle in mrad
OPTICS = [(15_000, 2.7e7, 4), (7_000, 2.7e7, 8), (-3_000, 1e7, 6), (892.9, 2.7e7, 4)]


@pytest.fixture(scope="module")
def small_specimen():
    return tcbf.apoferritin_in_ice(shape=160, sampling=1.5, seed=3)


def vectors(q):
    return np.stack([np.zeros_like(q), q], axis=-1)


# ---- the transfer


@pytest.mark.parametrize("defocus, c30, semiangle", OPTICS)
def test_closed_form_and_exact_sum_are_those_of_the_library(defocus, c30, semiangle):
    transfer = RoundTransfer(defocus, c30, semiangle, 300e3)
    aberrations = tcbf.Aberrations.from_defocus(defocus, C30=c30)
    q = np.linspace(0, 2, 21) * transfer.rim
    assert np.allclose(transfer.closed(q), tcbf_transfer(vectors(q), aberrations, 300e3, semiangle), atol=1e-12)
    sums = [
        summed_transfer(vectors(q), disk_grid(300e3, semiangle, across), aberrations, 300e3, semiangle).real
        for across in (61, 121)
    ]
    away = [np.abs(transfer.exact(q).imag - total).max() for total in sums]
    # a sum over pixels approaches the integral over the disk as the pixels get finer
    assert away[1] < 2e-3
    assert away[1] < away[0]


def test_spherical_aberration_parts_exact_sum_and_closed_form_by_known_amounts():
    assert RoundTransfer(15_000, 2.7e7, 4, 300e3).largest_difference() == pytest.approx(0.14, abs=0.005)
    assert RoundTransfer(7_000, 2.7e7, 8, 300e3).largest_difference() == pytest.approx(0.80, abs=0.005)
    assert RoundTransfer(15_000, 0, 8, 300e3).largest_difference() < 1e-14


def test_negative_spherical_aberration_and_defocus_reverse_the_transfer():
    plus, minus = RoundTransfer(8_000, 2e7, 7, 300e3), RoundTransfer(-8_000, -2e7, 7, 300e3)
    q = np.linspace(0, 2, 50) * plus.rim
    assert np.allclose(plus.exact(q).imag, -minus.exact(q).imag, atol=1e-14)


# the last: Scherzer's defocus at 10 mrad, where the sum turns long before the closed form does
@pytest.mark.parametrize("defocus, c30, semiangle", [*OPTICS, (15_000, 0, 4), (0, 2.7e7, 4), (892.9, 2.7e7, 10)])
def test_first_zero_is_where_the_sum_over_pixels_first_changes_its_sign(defocus, c30, semiangle):
    zero = RoundTransfer(defocus, c30, semiangle, 300e3).first_zero()
    limit = 2e-3 * semiangle / tcbf.optics.electron_wavelength(300e3)
    q = np.array([*np.linspace(0.1, 0.97, 20), 1.03]) * min(zero, limit)
    aberrations, k = tcbf.Aberrations.from_defocus(defocus, C30=c30), disk_grid(300e3, semiangle, 101)
    signs = np.sign(summed_transfer(vectors(q), k, aberrations, 300e3, semiangle).real)
    assert (signs[:-1] == signs[0]).all()
    assert signs[-1] == (-signs[0] if np.isfinite(zero) else 0)


def test_first_zero_without_spherical_aberration_is_known():
    wavelength = tcbf.optics.electron_wavelength(300e3)
    assert RoundTransfer(15_000, 0, 4, 300e3).first_zero() == pytest.approx((wavelength * 15_000) ** -0.5, rel=1e-9)
    assert RoundTransfer(0, 0, 4, 300e3).first_zero() == np.inf


def test_at_ten_mrad_exact_sum_and_closed_form_have_opposite_signs_at_scherzers_defocus():
    transfer = RoundTransfer(scherzer_defocus(2.7e7, 300e3), 2.7e7, 10, 300e3)
    q = 0.02
    assert transfer.closed(q) < 0 < transfer.exact(q).imag


def test_picture_is_the_modulus_of_the_transfer_where_it_is_resolved_and_its_mean_elsewhere():
    transfer = RoundTransfer(3_000, 2.7e7, 8, 300e3)
    size, reach = 64, 0.1
    picture = transfer.picture(size, reach)
    axis = (np.arange(size) - 31.5) * 2 * reach / size
    q = np.hypot(axis[:, None], axis)
    near = q < 0.03
    left = np.arange(size) < 32
    expected = np.where(left, np.abs(transfer.closed(q)), np.abs(transfer.exact(q).imag))
    assert np.allclose(picture[near], expected[near], atol=0.01)
    # the mean of |sin| is 2/π
    for fine in (RoundTransfer(100_000, 0, 8, 300e3), RoundTransfer(100_000, 1e6, 8, 300e3)):
        flat, q = fine.picture(size, 0.6)[5, [5, 58]], np.hypot(26.5, 26.5) * 1.2 / 64
        assert flat == pytest.approx(2 / np.pi * np.abs([fine.envelope(q), fine.exact(q)]), rel=0.01)


def test_fringes_about_as_fine_as_a_pixel_make_no_rings_of_their_own():
    transfer = RoundTransfer(15_000, 2.7e7, 4, 300e3)
    row = transfer.picture(256, 0.45)[128]
    q = np.abs(np.arange(256) - 127.5) * 0.9 / 256
    # from 0.2 1/Å on, a fringe is less than 2.5 pixels wide; the sampled |sin| would go from 0 to 1 in rings
    beyond = (q > 0.2) & (q < 0.35)
    assert beyond.sum() > 80
    left = np.arange(256) < 128
    mean = 2 / np.pi * np.where(left, transfer.envelope(q), np.abs(transfer.exact(q)))
    assert np.abs(row - mean)[beyond].max() < 0.03


# ---- the widget


def test_first_state_is_that_of_the_book():
    widget = tcbf.widgets.ContrastTransfer()
    assert (widget.defocus, widget.C30, widget.semiangle, widget.meta["energy"]) == (15_000, 2.7e7, 4, 300e3)
    assert "differ by up to 0.14" in widget.alt_text()
    assert widget.panels()["image"].values.shape == (128, 128)


def test_image_is_the_phase_through_the_exact_transfer(small_specimen):
    widget = tcbf.widgets.ContrastTransfer(specimen=small_specimen, defocus=6_000, semiangle=6)
    phase = unpack(widget.arrays["phase"]).astype(float)
    step = widget.meta["sampling"]
    assert step == pytest.approx(160 * 1.5 / 128)
    q = np.stack(np.meshgrid(np.fft.fftfreq(128, step), np.fft.fftfreq(128, step), indexing="ij"), axis=-1)
    aberrations = tcbf.Aberrations.from_defocus(6_000, C30=2.7e7)
    factor = 2 * summed_transfer(q, disk_grid(300e3, 6, 41), aberrations, 300e3, 6).real
    expected = 1 + np.fft.ifft2(np.fft.fft2(phase) * factor).real
    assert np.abs(widget.image() - expected).max() < 0.02 * np.ptp(expected)
    assert widget.image().mean() == pytest.approx(1)


def test_phase_is_that_of_the_specimen(small_specimen):
    widget = tcbf.widgets.ContrastTransfer(specimen=small_specimen, energy=200e3)
    phase = unpack(widget.arrays["phase"])
    expected = tcbf.optics.interaction_parameter(200e3) * small_specimen.projected
    low = (slice(0, 8), slice(0, 8))
    spectra = np.fft.fft2(phase)[low] / 128**2, np.fft.fft2(expected - expected.mean())[low] / 160**2
    assert np.allclose(*spectra, atol=1e-4 * np.abs(spectra[1]).max())


def test_phase_flip_turns_an_image_that_misleads_into_one_that_shows_the_specimen():
    widget = tcbf.widgets.ContrastTransfer()
    before = widget.correlation()
    widget.flip = True
    assert before < 0 < 0.6 < widget.correlation()


def test_in_focus_a_perfect_lens_shows_nothing():
    widget = tcbf.widgets.ContrastTransfer(defocus=0, C30=0)
    assert np.ptp(widget.image()) == 0
    assert widget.correlation() == 0
    assert widget.alt_text().endswith(".")


def test_weak_contrast_looks_weak():
    widget = tcbf.widgets.ContrastTransfer()
    ranges = set()
    for defocus in (15_000, scherzer_defocus(2.7e7, 300e3)):
        widget.defocus = defocus
        panel = widget.panels()["image"]
        ranges.add((panel.vmin, panel.vmax))
    assert len(ranges) == 1


@pytest.mark.parametrize("shape, sampling", [((64, 64), 3.0), ((40, 90), 2.0), ((300, 301), 1.0), ((1, 1), 1.0)])
@pytest.mark.parametrize("constant", [False, True])
def test_specimens_of_any_size_areshown_part(shape, sampling, constant):
    potential = np.random.default_rng(0).normal(size=(1, *shape)) * (not constant)
    widget = tcbf.widgets.ContrastTransfer(specimen=tcbf.Specimen(potential, sampling, 10.0))
    for panel in widget.panels().values():
        assert np.isfinite(panel.values).all()
    assert widget.poster_png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "error, message, arguments",
    [
        (TypeError, "specimen must be a Specimen", {"specimen": np.ones((8, 8))}),
        (TypeError, "fit must be a FittedOptics, from tcbf.fit_aberrations", {"fit": 3}),
        (ValueError, "energy must be", {"energy": -1}),
        (ValueError, "semiangle must be at most 20 mrad, got 40", {"semiangle": 40.0}),
        (ValueError, "semiangle must be a number > 0", {"semiangle": 0}),
        (traitlets.TraitError, "reach is 3", {"reach": 3.0}),
        (ValueError, "defocus must be a finite number", {"defocus": "far"}),
    ],
)
def test_bad_arguments_are_named(error, message, arguments):
    with pytest.raises(error, match=message):
        tcbf.widgets.ContrastTransfer(**arguments)


def test_sliders_reach_what_the_first_state_asks_for():
    widget = tcbf.widgets.ContrastTransfer(defocus=-52_000.0, C30=-1e6, semiangle=20.0)
    ranges = widget.meta["ranges"]
    assert ranges["defocus"] == [-70_000, 70_000]
    assert ranges["C30"][0] <= -1e6
    assert ranges["semiangle"] == [1, 20]


def test_sliders_end_where_they_say():
    widget = tcbf.widgets.ContrastTransfer()
    for name, beyond in (("defocus", 31_000), ("C30", -1), ("semiangle", 11), ("reach", 0)):
        with pytest.raises(traitlets.TraitError, match=f"{name} is {beyond}"):
            setattr(widget, name, float(beyond))


def test_meta_names_traits_that_exist_and_data_fit_the_budget():
    widget = tcbf.widgets.ContrastTransfer()
    json.dumps(widget.meta, allow_nan=False)
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    assert packed_size(widget) < 1e5


# ---- Upsampling


@pytest.fixture(scope="module")
def fit(alignment):
    return tcbf.fit_aberrations(alignment)


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


def test_copied_code_names_a_refinement_as_the_book_does(stack):
    best = tcbf.refine_aberrations(stack)
    calls = tcbf.widgets.Upsampling(stack, best), tcbf.widgets.ContrastTransfer(best)
    assert [widget.meta["python"]["call"] for widget in calls] == [
        "tcbf.widgets.Upsampling(stack, best)",
        "tcbf.widgets.ContrastTransfer(best)",
    ]


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
def test_unusual_stacks_are_upsampled(positions, pixels, constant):
    y, x = np.indices((12, 12))
    inside = np.hypot(y - 5, x - 5) < pixels
    noise = np.zeros(()) if constant else np.random.default_rng(0).uniform(-1, 1, (*positions, 12, 12))
    array = np.broadcast_to(inside * (5.0 + noise), (*positions, 12, 12)).astype(np.float32)
    stack = tcbf.bright_field_stack(tcbf.FourDSTEM(array, 300e3, (10.0, 12.0), 0.01))
    widget = tcbf.widgets.Upsampling(stack, 100 * stack.k, factor=2)
    for name, panel in widget.panels().items():
        assert np.isfinite(panel.values).all() or name.endswith("spectrum")
    assert widget.poster_png().startswith(b"\x89PNG")
    assert widget.alt_text().endswith(".")
    assert packed_size(widget) <= 1.2e6


def test_of_a_large_scan_the_middle_isshown_part():
    rows, columns = shown_part((70, 90))
    assert (rows[1] - rows[0] + 6) * (columns[1] - columns[0] + 6) <= 2600
    assert abs(sum(rows) - 70) <= 1
    assert abs(sum(columns) - 90) <= 1
    assert shown_part((24, 48)) == ((0, 24), (0, 48))


def packed_size(widget):
    assets = widget.static_payload()["assets"].values()
    return sum(len(asset["text"]) for asset in assets if asset["kind"] == "binary")


def test_upsampling_fits_its_budget(upsampling):
    assert packed_size(upsampling) <= 1.2e6
    json.dumps(upsampling.meta, allow_nan=False)
    assert set(upsampling.meta["python"]["traits"]) <= set(upsampling.trait_names())


@pytest.mark.parametrize("name", ["ContrastTransfer", "Upsampling"])
def test_figure_draws_every_panel_of_these_widgets_with_its_pixels(upsampling, name):
    widget = upsampling if name == "Upsampling" else tcbf.widgets.ContrastTransfer(flip=True)
    drawn = [axes.images[0].get_array() for axes in widget.figure().axes if axes.images]
    panels = widget.panels()
    assert len(drawn) == len(panels)
    for panel in panels.values():
        assert any(np.array_equal(image, panel.rgba()) for image in drawn)


def test_contrast_transfer_starts_at_the_fit(fit):
    widget = tcbf.widgets.ContrastTransfer(fit)
    assert widget.defocus == fit.aberrations.defocus == pytest.approx(15_000, rel=0.03)
    assert widget.semiangle == fit.semiangle == pytest.approx(4, rel=0.01)
    assert (widget.C30, widget.meta["energy"]) == (0, 300e3)
    assert widget.meta["python"]["call"] == "tcbf.widgets.ContrastTransfer(fit)"
    with pytest.raises(ValueError, match="energy=200000.0 cannot be given with a fit"):
        tcbf.widgets.ContrastTransfer(fit, energy=200e3)
