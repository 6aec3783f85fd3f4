"""AberrationExplorer and AberrationFitView: what they compute, against the library and against plain sums."""

import json
import re

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import fit_aberrations
from tcbf_widgets.bright_field import edge_profile, group_pixels
from tcbf_widgets.lens import Lens
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.registration import shift_images
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.colours import phase_colours
from tcbf_widgets.widgets.lens_controls import COEFFICIENTS, detuned, slider_ranges, with_uncertainty
from tcbf_widgets.widgets.moved_sum import MovedSum, choose_binning, frame_shape, packed_groups


@pytest.fixture(scope="module")
def fit(alignment):
    return fit_aberrations(alignment)


@pytest.fixture(scope="module")
def explorer(fit):
    return tcbf.widgets.AberrationExplorer(fit)


@pytest.fixture(scope="module")
def fit_view(alignment):
    return tcbf.widgets.AberrationFitView(alignment)


def stored_bytes(widget) -> int:
    assets = widget.static_payload()["assets"].values()
    return sum(len(asset["text"]) for asset in assets if asset["kind"] == "binary")


# ---- images moved back and summed


def test_moved_sum_is_that_of_images_moved_one_by_one():
    rng = np.random.default_rng(1)
    images, members = rng.uniform(0.5, 1.5, (6, 9, 11)), rng.integers(1, 5, 6)
    shifts, frame = rng.uniform(-3, 3, (6, 2)), (15, 17)  # odd sizes have no Nyquist frequency
    window = np.outer(edge_profile(9, 4), edge_profile(11, 4))

    def moved_back(pictures):
        padded = np.zeros((6, *frame))
        padded[:, :9, :11] = pictures
        return np.einsum("n,nyx->yx", members, shift_images(padded, -shifts))[:9, :11]

    coverage = moved_back(np.broadcast_to(window, (6, 9, 11)))
    expected = 1 + moved_back((images - 1) * window) / np.maximum(coverage, 0.02 * members.sum())
    assert np.allclose(MovedSum(images, members, frame).image(shifts), expected, atol=1e-5)


def test_shared_power_of_equal_images_is_that_of_all_pairs():
    rng = np.random.default_rng(2)
    image = rng.uniform(0.5, 1.5, (9, 9))
    windowed = (image - 1) * np.outer(edge_profile(9, 4), edge_profile(9, 4))
    alone = np.sum(np.abs(np.fft.fft2(windowed, (11, 11))) ** 2) - np.sum(windowed) ** 2
    total = MovedSum(np.stack([image] * 5), np.ones(5), (11, 11))
    assert np.isclose(total.shared_power(np.zeros((5, 2))), 5 * 4 * alone, rtol=1e-5)


def test_shared_power_of_noise_is_zero_on_average():
    rng = np.random.default_rng(3)
    shifts, powers = rng.uniform(-2, 2, (40, 2)), []
    for _ in range(200):
        total = MovedSum(rng.poisson(20, (40, 8, 10)) / 20, np.ones(40), (12, 15))
        powers.append(total.shared_power(shifts))
    # the mean of 200 scatters by a fourteenth of one
    assert abs(np.mean(powers)) < 4 * np.std(powers) / np.sqrt(200)


def test_a_frame_has_room_for_the_longest_shift():
    assert frame_shape((24, 48), (10.0, 10.0), 63.0) == [32, 60]
    assert frame_shape((24, 48), (10.0, 10.0), 0.0) == [25, 50]
    assert frame_shape((8, 8), (1.0, 1.0), 1e6) == [16, 16]


# ---- binning of what is sent


def test_detector_pixels_are_binned_first_and_groups_keep_together(stack):
    assert choose_binning(stack, 60.0) == (2, 1)
    arrays, binning = packed_groups(stack, 60.0)
    group = group_pixels(stack.pixels, 2)
    counts = np.stack([stack.counts[group == number].sum(axis=0) for number in (0, 200, 550)])
    sent = unpack(arrays["group_images"])
    assert (binning, sent.dtype) == (1, np.uint8)
    assert np.allclose(sent[[0, 200, 550]], counts, atol=1e-2)
    assert np.allclose(unpack(arrays["group_means"]), sent.mean(axis=(1, 2)))
    assert np.array_equal(unpack(arrays["members"]), np.bincount(group))
    assert np.allclose(unpack(arrays["group_k"])[200], stack.k[group == 200].mean(axis=0))


def test_the_scan_is_binned_where_large_groups_would_blur(stack, monkeypatch):
    monkeypatch.setattr("tcbf_widgets.widgets.moved_sum.MAX_VALUES", 60_000)
    # groups of 4 pixels differ by 9 Å at most, less than a scan step; of 5 by more than that
    assert choose_binning(stack, 60.0) == (4, 2)
    assert choose_binning(stack, 0.0) == (8, 1)


@pytest.mark.parametrize("scale", [1e-4, 0.37, 1e5])
def test_images_that_are_no_counts_are_sent_to_a_part_in_256(demo, scale):
    bright = tcbf.FourDSTEM(demo.array * np.float32(scale), 300e3, 10.0, demo.reciprocal_sampling)
    stack = tcbf.bright_field_stack(bright)
    arrays, _ = packed_groups(stack, 60.0)
    sent = unpack(arrays["group_images"]) / unpack(arrays["group_means"])[:, None, None]
    counts = stack.counts[group_pixels(stack.pixels, 2) == 7].sum(axis=0)
    assert np.allclose(sent[7], counts / counts.mean(), atol=np.ptp(sent) / 255)


# ---- AberrationExplorer


def test_predicted_shifts_are_those_of_the_lens(fit, stack):
    state = {"rotation_deg": 20.0, "transpose": True, "defocus": -12_000.0, "C12y": 700.0, "C21x": 3e4, "C30": 1e7}
    widget = tcbf.widgets.AberrationExplorer(fit, **state)
    aberrations = Aberrations(C10=12_000.0, C12y=700.0, C21x=3e4, C30=1e7)
    expected = Lens(aberrations, 20.0, True).shifts(stack.k, stack.energy)
    assert np.allclose(widget.predicted(widget.k()), expected)


def test_at_the_fit_the_shifts_agree_and_the_image_is_the_aligned_one(fit, alignment):
    widget = tcbf.widgets.AberrationExplorer(fit)
    away = (widget.rms(), widget.sharpness())
    for name, value in widget.meta["fit"].items():
        setattr(widget, name, value)
    measured = fit.measured - fit.offset
    assert np.isclose(widget.rms(), np.sqrt(np.mean(np.sum((fit.shifts - measured) ** 2, axis=1))), rtol=1e-3)
    assert np.isclose(widget.sharpness(), 1)
    # of two pixels in a group, and with other borders, yet the same picture
    assert np.corrcoef(widget.panels()["image"].values.ravel(), alignment.image.ravel())[0, 1] > 0.98
    assert away[0] > 5 * widget.rms()
    assert 0.1 < away[1] < 0.6


def test_without_a_fit_an_alignment_shows_its_own_shifts(alignment):
    widget = tcbf.widgets.AberrationExplorer(alignment)
    assert widget.meta["fit"] is None
    assert widget.meta["python"]["call"] == "tcbf.widgets.AberrationExplorer(alignment)"
    widget.defocus, widget.rotation_deg = 15_000.0, -15.0
    assert widget.rms() < 3
    assert np.isclose(widget.sharpness(), 1, atol=0.02)


def test_fitted_coefficients_without_a_slider_are_held(alignment, stack):
    fit = fit_aberrations(alignment, 3, 4)
    widget = tcbf.widgets.AberrationExplorer(fit)
    assert widget.meta["held"] == {name: fit.aberrations[name] for name in ("C32x", "C32y", "C34x", "C34y")}
    for name, value in widget.meta["fit"].items():
        setattr(widget, name, value)
    assert np.allclose(widget.predicted(stack.k), fit.shifts)


def test_phase_has_one_colour_in_focus_and_turns_with_defocus(fit):
    widget = tcbf.widgets.AberrationExplorer(fit, defocus=0.0)
    picture = widget.panels()["phase"].rgba()
    middle, corner = picture[80, 80], picture[0, 0]
    assert tuple(corner) == (0, 0, 0, 255)
    assert np.all(picture[80, 20:140] == middle)
    # along a radius, χ = π λ C10 k²: as many turns as that is of 2π
    widget.defocus = 15_000.0
    panel = widget.panels()["phase"]
    radius = widget.meta["disk_radius"] * widget.meta["reciprocal_sampling"][1]
    turns = 0.5 * widget.meta["wavelength"] * 15_000 * radius**2
    light = panel.rgba()[80, 80:].astype(int).sum(axis=1)
    inside = light[: int(radius / widget.meta["phase"]["step"])]
    dark = (inside[1:-1] <= inside[:-2]) & (inside[1:-1] < inside[2:])
    assert abs(dark.sum() - turns) <= 1


def test_amplitude_is_brightness():
    full, half, none = phase_colours(np.full((1, 3), 0.25), np.array([[1.0, 0.5, 0.0]]))[0, :, :3].astype(int)
    assert np.all(np.abs(2 * half - full) <= 2)
    assert not none.any()


@pytest.mark.parametrize("name", ["rotation_deg", *COEFFICIENTS])
def test_traits_beyond_the_sliders_are_named(explorer, fit, name):
    most = explorer.meta["ranges"][name]["most"]
    accepted = re.escape(f"accepts -{most:g} to {most:g}")
    with pytest.raises(traitlets.TraitError, match=f"{name} is .*; AberrationExplorer here {accepted}"):
        tcbf.widgets.AberrationExplorer(fit, **{name: 1.01 * most})


def test_ranges_are_physical_and_hold_the_fit():
    ranges = slider_ranges({"defocus": 15_000.0, "C30": 9e7}, 4e-3)
    assert ranges["defocus"] == {"most": 30_000.0, "step": 100.0, "unit": "µm", "scale": 1e4}
    assert [ranges[name]["most"] for name in ("C12x", "C21y", "C23x", "C30")] == [2e4, 1e6, 1e6, 2e8]
    # with a wide beam less C30 does as much as the defocus
    assert slider_ranges({"defocus": 500.0}, 20e-3)["C30"]["most"] == 2e6


@pytest.mark.parametrize("defocus", [300.0, -15_143.0, 90_000.0])
def test_the_lens_with_defocus_and_astigmatism_exchanged_can_be_reached(defocus):
    # one that has |C12| = |defocus| explains the shifts of a lens with little astigmatism
    ranges = slider_ranges({"defocus": defocus, "C12x": 0.1 * defocus, "C12y": 0.0}, 4e-3)
    for name in ("C12x", "C12y"):
        assert ranges[name]["most"] >= 1.25 * abs(defocus)


@pytest.mark.parametrize("orders, names", [((1, 0), {"defocus"}), ((2, 1), {"defocus", "C21x", "C21y"})])
def test_only_what_was_fitted_is_marked(alignment, orders, names):
    widget = tcbf.widgets.AberrationExplorer(fit_aberrations(alignment, *orders))
    assert set(widget.meta["fitted"]) == names | {"rotation_deg"}


def test_first_values_are_near_the_fit_and_not_there():
    ranges = slider_ranges({"defocus": -15_143.0}, 4e-3)
    assert detuned({"defocus": -15_143.0, "rotation_deg": -15.1}, ranges) == {"defocus": -11_400.0, "rotation_deg": 0.0}
    assert detuned({"defocus": 0.0, "rotation_deg": 178.0}, ranges)["rotation_deg"] == -180.0 + 15.0


def test_values_have_as_many_digits_as_they_deserve():
    assert with_uncertainty("C12x", -87.5, 34.8) == "-8.8 ± 3.5 nm"
    assert with_uncertainty("C30", 2.7e7, 9.6e6) == "2.7 ± 1.0 mm"
    assert with_uncertainty("C30", 2.7e7, None) == "2.70 mm (not determined)"


# ---- AberrationFitView


@pytest.mark.parametrize("radial, angular", [(1, 0), (1, 2), (2, 3), (3, 4)])
def test_fit_view_holds_the_fits_of_the_library(alignment, fit_view, stack, radial, angular):
    fit = fit_aberrations(alignment, radial, angular, transpose=False, defocus_sign=1)
    fit_view.max_radial_order, fit_view.max_angular_order = radial, angular
    shown = fit_view.fit()
    assert shown["values"] == {name: fit.aberrations[name] for name in fit.names[:-1]}
    assert shown["uncertainties"] == fit.uncertainties
    measured, fitted = fit_view.shifts()
    assert np.allclose(measured, fit.measured, atol=0.01)
    assert np.allclose(fitted, fit.shifts + fit.offset)
    residual = fit_view.panels()["residual"].values
    assert np.isclose(np.sqrt(np.nanmean(residual**2)), fit_view.residual_rms(), rtol=1e-5)
    assert np.isfinite(residual).sum() == len(stack)


def test_orders_that_cannot_be_determined_say_so(stack):
    alignment = tcbf.align(stack, bins=(16,))
    groups = alignment.steps[-1].groups.max() + 1
    widget = tcbf.widgets.AberrationFitView(alignment)
    widget.max_radial_order, widget.max_angular_order = 3, 4
    errors = [fit.get("error") for fit in widget.meta["fits"]]
    assert errors[0] is None
    if "error" in widget.fit():
        assert f"{groups} groups of pixels determine" in widget.alt_text()
        assert np.isnan(widget.panels()["residual"].values).all()


@pytest.mark.filterwarnings("ignore:no shifts were found")
def test_nothing_to_fit_is_said_and_not_raised():
    y, x = np.indices((20, 20))
    pattern = 5.0 * (np.hypot(y - 9.5, x - 9.5) < 5)
    array = np.broadcast_to(pattern, (9, 10, 20, 20)).astype(np.float32)
    alignment = tcbf.align(tcbf.bright_field_stack(tcbf.FourDSTEM(array, 300e3, 10.0, 0.01)), bins=(4,))
    widget = tcbf.widgets.AberrationFitView(alignment)
    assert "found no shifts" in widget.alt_text()
    explorer = tcbf.widgets.AberrationExplorer(alignment)
    assert np.isnan(explorer.sharpness())
    assert "cannot be measured" in explorer.alt_text()
    for each in (widget, explorer):
        assert each.poster_png().startswith(b"\x89PNG")
        json.dumps(each.meta, allow_nan=False)


@pytest.mark.parametrize("bad", [{"max_radial_order": 4}, {"max_radial_order": 0}, {"max_angular_order": 5}])
def test_bad_orders_are_named(alignment, bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        tcbf.widgets.AberrationFitView(alignment, **bad)


def test_known_orientation_is_repeated_in_the_call(alignment):
    widget = tcbf.widgets.AberrationFitView(alignment, transpose=False, defocus_sign=-1)
    call = "tcbf.widgets.AberrationFitView(alignment, transpose=False, defocus_sign=-1)"
    assert widget.meta["python"]["call"] == call
    assert all(fit["values"]["C10"] > 0 for fit in widget.meta["fits"])
    assert {fit["sign_confidence"] for fit in widget.meta["fits"]} == {None}


# ---- both


@pytest.mark.parametrize("name", ["AberrationExplorer", "AberrationFitView"])
def test_wrong_source_is_named(stack, name):
    with pytest.raises(TypeError, match="(fit|alignment) must be an? .* got BrightFieldStack"):
        getattr(tcbf.widgets, name)(stack)


def test_data_of_both_fit_a_page(explorer, fit_view):
    assert stored_bytes(explorer) <= 0.75e6
    assert stored_bytes(fit_view) <= 50e3


@pytest.mark.parametrize("name", ["explorer", "fit_view"])
def test_figure_draws_every_panel_with_its_pixels(request, name):
    widget = request.getfixturevalue(name)
    drawn = [axes.images[0].get_array() for axes in widget.figure().axes if axes.images]
    for panel in widget.panels().values():
        assert any(np.array_equal(image, panel.rgba()) for image in drawn)
    json.dumps(widget.meta, allow_nan=False)
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    assert widget.alt_text().endswith(".")
