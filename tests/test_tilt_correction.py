"""TiltCorrection: its pictures are those of the library, and what it calls sharp is in focus."""

from dataclasses import replace

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.bright_field import group_pixels
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.moved_sum import MovedSum
from tcbf_widgets.widgets.tilt_correction import KERNEL, noise_of_shared_power

RANGE = np.arange(0, 30_001, 500.0)


@pytest.fixture(scope="module")
def made(fit):
    return tcbf.widgets.TiltCorrection(fit)


@pytest.fixture
def widget(made):
    """The widget in its first state; to make one takes a second."""
    made.assumed_defocus = made.meta["measured"]
    return made


def assuming(fit, turned: float = 0.0, **coefficients) -> FittedOptics:
    """The same stack with another lens, and the detector turned further by degrees."""
    return replace(fit, aberrations=Aberrations(**coefficients), rotation_deg=fit.rotation_deg + turned)


@pytest.mark.parametrize("defocus", [0.0, 6_000.0, 15_000.0, 30_000.0])
def test_the_moved_sum_is_that_of_the_library_for_groups_that_move_together(fit, widget, stack, defocus):
    group = group_pixels(stack.pixels, 2)
    k = np.stack([np.bincount(group, axis) / np.bincount(group) for axis in stack.k.T], axis=1)
    lens = replace(fit.lens, aberrations=replace(fit.aberrations, C10=-defocus))
    whole = tcbf.upsample(stack, lens.shifts(k, stack.energy)[group], factor=4, kernel_width=KERNEL)
    # the counts of a group are summed before they are moved, and shifts are sent as float32
    assert np.allclose(widget.image(defocus), whole.values, atol=1e-5)


def test_at_the_fit_groups_of_pixels_hardly_blur(fit, widget, stack):
    whole = tcbf.upsample(stack, fit.shifts, factor=4, kernel_width=KERNEL).values
    # two pixels are at most half a scan step apart
    assert np.corrcoef(widget.image(fit.aberrations.defocus).ravel(), whole.ravel())[0, 1] > 0.97


def test_the_plain_sum_moves_nothing_and_is_the_moved_one_without_defocus(fit, stack):
    widget = tcbf.widgets.TiltCorrection(assuming(fit, C10=-15_000.0), assumed_defocus=0.0)
    panels = widget.panels()
    assert np.array_equal(panels["plain"].rgba(), panels["moved"].rgba())
    # a scan step away from its neighbours, a sample shows what was counted there: mean of all images
    mean = np.average(stack.images, axis=0, weights=stack.mean_counts)
    middle = panels["plain"].values.reshape(24, 4, 48, 4)[:, 1:3, :, 1:3].mean(axis=(1, 3))
    assert np.corrcoef(middle.ravel(), mean.ravel())[0, 1] > 0.99


def test_the_sharpness_is_highest_at_the_true_defocus(widget, demo):
    curve = []
    for defocus in RANGE:
        widget.assumed_defocus = defocus
        curve.append(widget.sharpness())
    # rim images a tenth of a scan step apart tell nothing any more: 250 Å
    assert abs(RANGE[np.argmax(curve)] - demo.truth.aberrations.defocus) <= 500
    assert max(curve) == pytest.approx(1, abs=0.01)
    assert max(curve[0], curve[-1]) < 0.15


def test_what_noise_alone_shares_is_not_called_sharpness(fit, widget):
    """The plain sum is noise (1.05 % of contrast, 1.00 % by counting), and so is the moved one far from focus."""
    floor = widget.meta["sharpness_floor"]
    assert widget.meta["plain_sharpness"] < floor
    assert widget.alt_text().startswith("Left, the plain sum of 2118 virtual images: the sharpness is below 11 % of")
    for defocus in (0.0, 2_500.0, 5_000.0):
        widget.assumed_defocus = defocus
        assert widget.sharpness() < floor
        assert widget.alt_text().endswith(
            "summed: the sharpness is below 11 % of that at the measured defocus, no more than noise would show."
        )
    widget.assumed_defocus = 10_000.0
    assert "summed: the sharpness is 28 % of that" in widget.alt_text()


@pytest.mark.parametrize("moved", [0.0, 4.0])
def test_the_floor_is_the_noise_of_the_shared_power(moved):
    """Ninety stacks of unequal counts, moved apart or not."""
    rng = np.random.default_rng(2)
    means, frame = rng.uniform(2, 9, 40), (48, 50)
    weights, shifts = means / means.sum(), moved * rng.uniform(-1, 1, (40, 2))
    powers, expected = [], []
    for _ in range(90):
        images = rng.poisson(means[:, None, None], (40, 36, 40)) / means[:, None, None]
        powers.append(MovedSum(images, weights, frame).shared_power(shifts))
        expected.append(np.prod(frame) * noise_of_shared_power(images, weights))
    # the window alone takes 0.15 of it, √mean(w⁴), the sum without an image's own power 0.02; ninety tell 7.5 %
    assert 0.55 < np.std(powers) / np.mean(expected) < 1
    assert abs(np.mean(powers)) < 0.4 * np.mean(expected)


def test_the_sharpness_at_the_fit_is_one_and_that_of_the_explorer_elsewhere(fit, widget):
    assert widget.sharpness() == pytest.approx(1, abs=1e-6)
    explorer = tcbf.widgets.AberrationExplorer(fit, **tcbf.widgets.AberrationExplorer(fit).meta["fit"])
    for defocus in (9_000.0, 13_500.0, 20_000.0):
        widget.assumed_defocus = explorer.defocus = defocus
        # straight lines between samples, and a larger frame
        assert widget.sharpness() == pytest.approx(explorer.sharpness(), abs=0.02)


def test_the_image_is_the_specimen_at_the_true_defocus_only(widget, true_phase, demo):
    """The transfer is negative up to its first zero, at 17 Å: heavy is dark there."""
    phase = true_phase(demo, (96, 192))
    q = np.hypot(np.fft.fftfreq(96, 2.5)[:, None], np.fft.fftfreq(192, 2.5))

    def likeness(defocus):
        band = (q > 1 / 60) & (q < 1 / 20)  # of what is larger, no defocus makes a difference
        image, coarse = (np.fft.ifft2(np.fft.fft2(a) * band).real for a in (widget.image(defocus), phase))
        inside = np.s_[16:-16, 16:-16]  # of the border, fewer images know
        return -np.corrcoef(image[inside].ravel(), coarse[inside].ravel())[0, 1]

    assert likeness(15_000.0) > 0.8
    for defocus in (0.0, 9_000.0, 21_000.0):
        assert likeness(defocus) < 0.5


def test_first_state_is_the_fit_and_is_said(fit, widget):
    assert widget.assumed_defocus == widget.meta["measured"] == fit.aberrations.defocus
    assert widget.meta["range"] == [0, 30_000]
    assert widget.rim_shift() == pytest.approx(1e-3 * fit.semiangle * fit.aberrations.defocus)
    assert "2118 virtual images" in widget.alt_text()
    assert "1.51 µm, by up to 60 Å or 6.0 scan steps" in widget.alt_text()
    assert widget.alt_text().endswith("is 100 % of that at the measured defocus.")


@pytest.mark.parametrize("defocus, ends", [(-15_000.0, [-30_000, 0]), (0.0, [0, 1_000]), (300.0, [0, 1_000])])
def test_over_focus_and_no_defocus_have_a_slider_too(fit, defocus, ends):
    # half a turn more, and over-focus predicts the same shifts
    widget = tcbf.widgets.TiltCorrection(assuming(fit, turned=180.0 if defocus < 0 else 0.0, C10=-defocus))
    assert widget.meta["range"] == ends
    if defocus < 0:
        assert widget.sharpness() == pytest.approx(1, abs=1e-6)
        widget.assumed_defocus = -30_000.0
        assert np.isfinite(widget.sharpness())
    else:  # a lens that this scan did not have: what the images share then is noise, and not a measure
        assert "summed: the sharpness cannot be measured." in widget.alt_text()


def test_a_refinement_is_taken_and_other_aberrations_hold(fit, stack):
    lens = {"C12y": 3_000.0, "C21x": 2e5}
    widget = tcbf.widgets.TiltCorrection(assuming(fit, C10=-15_000.0, **lens))
    without = tcbf.upsample(stack, assuming(fit, **lens).shifts, factor=4, kernel_width=KERNEL)
    assert np.corrcoef(widget.image(0.0).ravel(), without.values.ravel())[0, 1] > 0.97
    assert np.corrcoef(widget.image(0.0).ravel(), widget.image(None).ravel())[0, 1] < 0.9


def test_images_that_share_nothing_say_so(fit):
    rng = np.random.default_rng(0)
    noise = tcbf.FourDSTEM(rng.poisson(4, (9, 10, 20, 20)).astype(np.float32), 300e3, 10.0, 0.01)
    y, x = np.indices((20, 20))
    lit = replace(noise, array=noise.array * (np.hypot(y - 9.5, x - 9.5) < 5))
    constant = replace(
        lit,
        array=np.where(lit.array.mean(axis=(0, 1)) > 0, np.float32(4), np.float32(0))
        * np.ones((9, 10, 1, 1), np.float32),
    )
    widget = tcbf.widgets.TiltCorrection(replace(fit, stack=tcbf.bright_field_stack(constant)))
    assert np.isnan(widget.sharpness())
    assert "cannot be measured" in widget.alt_text()
    assert np.allclose(widget.panels()["moved"].values, 1)
    assert widget.poster_png().startswith(b"\x89PNG")


def test_large_scans_have_as_many_pixels_as_a_slider_can_move(fit, monkeypatch):
    monkeypatch.setattr("tcbf_widgets.widgets.tilt_correction._MOST", 24 * 48 * 5)
    widget = tcbf.widgets.TiltCorrection(fit)
    assert widget.meta["factor"] == 2
    assert widget.panels()["moved"].values.shape == (48, 96)


@pytest.mark.parametrize(
    "bad", [{"assumed_defocus": -100.0}, {"assumed_defocus": 30_001.0}, {"assumed_defocus": np.nan}]
)
def test_a_defocus_beyond_the_slider_is_named(fit, bad):
    with pytest.raises(traitlets.TraitError, match="assumed_defocus is .*; TiltCorrection here accepts 0.0 to 30000.0"):
        tcbf.widgets.TiltCorrection(fit, **bad)


def test_wrong_source_is_named(alignment):
    with pytest.raises(TypeError, match=r"fit must be .* from tcbf.fit_aberrations\(alignment\).* got Alignment"):
        tcbf.widgets.TiltCorrection(alignment)


def test_data_are_small_and_figure_and_call_are_whole(widget):
    assets = widget.static_payload()["assets"].values()
    assert sum(len(asset["text"]) for asset in assets if asset["kind"] == "binary") <= 0.6e6
    assert unpack(widget.arrays["group_images"]).dtype == np.uint8
    drawn = [axes.images[0].get_array() for axes in widget.figure().axes if axes.images]
    for panel in widget.panels().values():
        assert any(np.array_equal(image, panel.rgba()) for image in drawn)
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
