"""Reciprocity: what is drawn and said is what the waves say, in every state."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.microscopes import MILLIMETRE
from tcbf_widgets.optics import Aberrations, electron_wavelength
from tcbf_widgets.widgets.numbers import fixed
from tcbf_widgets.widgets.ray_poster import spread
from tcbf_widgets.widgets.reciprocity_drawing import (
    ANGLES,
    DEFOCI,
    ReciprocityState,
    ctem_drawing,
    stem_drawing,
)

STATES = [
    ReciprocityState(15_000.0, 3.0, 4.0),
    ReciprocityState(-8_000.0, 3.9, 4.0, traces=True, tilted_beams=True),
    ReciprocityState(20_000.0, -4.0, 4.0, inverted=True, tilted_beams=True),
    ReciprocityState(4_000.0, -1.0, 4.0, inverted=True, traces=True),
]


def rays(drawing, name):
    return [ray for ray in drawing["rays"] if ray["name"] == name]


def height(ray, z):
    """Of a ray at z in mm, and that in Å of the specimen."""
    points = sorted((depth, x) for x, depth in ray["points"])
    return np.interp(z, *zip(*points, strict=True)) * MILLIMETRE / (ANGLES * DEFOCI)


def depth(drawing, label):
    return next(part["z"] for part in drawing["parts"] if part["label"][0] == label)


@pytest.mark.parametrize("state", STATES)
def test_shift_in_the_drawing_is_that_of_the_waves(state):
    """λ C10 k of the plane wave with λk = tilt, and the image shift of the detector pixel -k."""
    k = 1e-3 * state.tilt / electron_wavelength(300e3)
    aberrations = Aberrations.from_defocus(state.defocus)
    expected = aberrations.image_shift([0.0, -k], 300e3)[1]
    assert expected == pytest.approx(1e-3 * state.tilt * aberrations.C10)
    assert state.image_shift == pytest.approx(expected, abs=1e-7)
    ctem, stem = ctem_drawing(state), stem_drawing(state)
    # the picture is 60000 times too large: what the rays lose to rounding stays far below a thousandth of an Å
    for drawing in (ctem, stem):
        assert drawing["arrows"][0]["to"] * MILLIMETRE / (ANGLES * DEFOCI) == pytest.approx(expected, abs=1e-6)
    assert height(*rays(ctem, "axial"), depth(ctem, "focus")) == pytest.approx(expected, abs=1e-6)
    # the image is twice as large, and upside down; its arrow ends where the ray does
    assert height(*rays(ctem, "axial"), ctem["depth"]) == pytest.approx(-2 * expected, abs=1e-6)
    arrow = ctem["arrows"][1]
    assert (arrow["from"], arrow["z"]) == (0, ctem["depth"])
    assert arrow["to"] * MILLIMETRE / (ANGLES * DEFOCI) == pytest.approx(-2 * expected, abs=1e-6)


@pytest.mark.parametrize("state", STATES)
def test_ray_of_the_pixel_lands_beside_the_probe_as_the_waves_say(state):
    drawing = stem_drawing(state)
    (ray,) = rays(drawing, "axial")
    offset = height(ray, depth(drawing, "specimen")) - height(ray, depth(drawing, "probe"))
    k = -1e-3 * state.tilt / electron_wavelength(300e3)
    landing = Aberrations.from_defocus(state.defocus).ray_landing([0.0, k], 300e3)[1]
    assert offset == pytest.approx(landing, abs=1e-6)


@pytest.mark.parametrize("state", [*STATES, ReciprocityState(15_000.0, 4.5, 4.0)])
def test_the_pixel_is_named_by_the_direction_of_its_ray(state):
    drawing = stem_drawing(state)
    (ray,) = rays(drawing, "axial")
    # behind the specimen, where the electrons have left it
    low, high = sorted((depth(drawing, "projector lens"), depth(drawing, "specimen")))
    (x0, z0), (x1, z1) = ([height(ray, z), z * drawing["flow"]] for z in (low, high))
    angle = 1e3 * (x1 - x0) / (z1 - z0) * DEFOCI / MILLIMETRE
    (label,) = (part["label"][1] for part in drawing["parts"] if part["label"][0] == "detector")
    assert label == f"pixel {fixed(angle, 2)} mrad" == f"pixel {fixed(-state.tilt, 2)} mrad"


@pytest.mark.parametrize("state", STATES)
def test_every_selected_ray_meets_the_feature(state):
    for drawing in (ctem_drawing(state), stem_drawing(state)):
        (ray,) = rays(drawing, "axial")
        assert height(ray, depth(drawing, "specimen")) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("state", STATES)
def test_upside_down_the_drawings_agree_from_the_specimen_on(state):
    ctem = ctem_drawing(state)
    stem = stem_drawing(ReciprocityState(**vars(state) | {"inverted": True}))
    assert stem["flow"] == -1
    for ours, theirs in (("focus", "probe"), ("specimen",) * 2, ("objective lens",) * 2, ("aperture",) * 2):
        z = depth(ctem, ours)
        assert depth(stem, theirs) == pytest.approx(z)
        for name in ("axial", "bundle", "disk"):
            heights = [sorted(height(ray, z) for ray in rays(drawing, name)) for drawing in (ctem, stem)]
            assert heights[0] == pytest.approx(heights[1], abs=1e-6)


def test_one_direction_meets_in_one_point_of_the_aperture_and_one_pixel():
    state = ReciprocityState(15_000.0, 3.0, 4.0, traces=True)
    ctem, stem = ctem_drawing(state), stem_drawing(state)
    for drawing, z in ((ctem, depth(ctem, "aperture")), (stem, stem["depth"])):
        selected = height(*rays(drawing, "axial"), z)
        assert [height(ray, z) for ray in rays(drawing, "bundle")] == pytest.approx([selected] * 4)
    # and lands everywhere on the image
    assert np.ptp([height(ray, ctem["depth"]) for ray in rays(ctem, "bundle")]) > 10


def test_the_disk_goes_through_the_probe_and_fills_the_aperture():
    state = ReciprocityState(15_000.0, 3.0, 4.0, tilted_beams=True)
    stem = stem_drawing(state)
    at_probe = [height(ray, depth(stem, "probe")) for ray in rays(stem, "disk")]
    assert at_probe == pytest.approx([state.image_shift] * 5)
    detector = next(part for part in stem["parts"] if part["label"][0] == "detector")
    ends = [ray["points"][-1][0] for ray in rays(stem, "disk")]
    assert (min(ends), max(ends)) == pytest.approx((-detector["disk"], detector["disk"]))


@pytest.mark.parametrize("tilt", [4.05, -4.9])
def test_beyond_the_aperture_no_electron_is_drawn(tilt):
    state = ReciprocityState(15_000.0, tilt, 4.0, traces=True)
    assert not state.is_bright_field
    ctem, stem = ctem_drawing(state), stem_drawing(state)
    for name in ("axial", "bundle"):
        for ray in rays(ctem, name):
            assert ray["points"][-1][1] == depth(ctem, "aperture")
            assert not ray["dashed"]
        for ray in rays(stem, name):
            assert ray["points"][0][1] == depth(stem, "aperture")
            assert ray["dashed"]
    # and nothing is said to be displaced: no direct beam makes an image of the feature
    for drawing, plane in ((ctem, "focus"), (stem, "probe")):
        assert drawing["arrows"] == []
        assert [plane] in [part["label"] for part in drawing["parts"]]
    assert "dark field" in tcbf.widgets.Reciprocity(tilt=tilt).alt_text()


def test_in_focus_nothing_is_displaced():
    state = ReciprocityState(0.0, 4.0, 4.0)
    assert state.image_shift == pytest.approx(0, abs=1e-8)
    assert "displaced by 0.0 Å" in tcbf.widgets.Reciprocity(defocus=0.0, tilt=4.0).alt_text()


def test_labels_stay_apart_in_order_and_inside():
    rng = np.random.default_rng(0)
    for _ in range(50):
        wanted, sizes = np.sort(rng.uniform(-5, 60, 6)), rng.uniform(1, 9, 6)
        centres = spread(wanted, sizes, (0, 60))
        assert centres[0] >= sizes[0] / 2 - 1e-9
        assert centres[-1] <= 60 - sizes[-1] / 2 + 1e-9
        for (a, above), (b, below) in pairwise(zip(centres, sizes, strict=True)):
            assert b - a >= (above + below) / 2 - 1e-9
    assert spread([10, 20, 30], [5, 5, 5], (0, 60)).tolist() == [10, 20, 30]


# ---- the page


def test_what_the_page_says_of_wrong_waves_does_not_come_from_its_grid():
    """Order of slices and side of the tilt, in % of the contrast: a finer grid says the same, a coarse one does not."""
    k, optics = np.array([0.0, 0.15]), (Aberrations.from_defocus(15_000), 4)

    def errors(pixels):
        specimen = tcbf.apoferritin_in_ice(pixels, sampling=128 / pixels, slices=8, seed=7)
        images = []
        for way in ({"k": -k, "reverse": True}, {"k": -k}, {"k": k, "reverse": True}):
            wave = tcbf.exit_wave(specimen, 300e3, **way)
            images.append(tcbf.tilted_image(replace(wave, k=-k, reverse=True), k, *optics))
        return [100 * (image - images[0]).std() / images[0].std() for image in images[1:]]

    assert errors(256) == pytest.approx(errors(320), abs=0.5)
    with pytest.warns(UserWarning, match="tilted by"):
        assert errors(102)[1] > 2 * errors(256)[1]


# ---- the widget


def test_first_state_is_out_of_focus_and_tilted():
    widget = tcbf.widgets.Reciprocity()
    assert (widget.defocus, widget.tilt, widget.meta["semiangle"]) == (15_000, 3, 4)
    assert widget.image_shift() == pytest.approx(-45)
    assert "displaced by −45.0 Å" in widget.alt_text()


def test_the_poster_draws_every_state():
    widget = tcbf.widgets.Reciprocity()
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    assert widget.panels() == {}
    posters = set()
    for state in ({}, {"traces": True}, {"tilted_beams": True}, {"inverted": True}, {"tilt": -4.5}, {"defocus": 0.0}):
        for name, value in state.items():
            setattr(widget, name, value)
        posters.add(widget.poster_png())
    assert len(posters) == 6


def test_copied_code_repeats_energy_and_semiangle():
    assert tcbf.widgets.Reciprocity().meta["python"]["call"] == "tcbf.widgets.Reciprocity()"
    call = tcbf.widgets.Reciprocity(energy=200e3, semiangle=3).meta["python"]["call"]
    assert call == "tcbf.widgets.Reciprocity(energy=200000.0, semiangle=3.0)"


@pytest.mark.parametrize(
    "error, message, arguments",
    [
        (ValueError, "energy must be", {"energy": 300}),
        (ValueError, "semiangle must be a number > 0", {"semiangle": -4}),
        (ValueError, "semiangle must be at most 5 mrad, got 30", {"semiangle": 30}),
        (traitlets.TraitError, "defocus is 50000", {"defocus": 5e4}),
        (traitlets.TraitError, "tilt is 6", {"tilt": 6.0}),
        (traitlets.TraitError, "traces", {"traces": "all"}),
    ],
)
def test_bad_arguments_are_named(error, message, arguments):
    with pytest.raises(error, match=message):
        tcbf.widgets.Reciprocity(**arguments)
