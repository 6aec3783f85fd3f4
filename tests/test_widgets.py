"""What the widgets send and show: equal to what the library computes, in every state."""

import re
from pathlib import Path

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.bright_field import group_pixels
from tcbf_widgets.registration import shift_images
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.figure import contrast_limits
from tcbf_widgets.widgets.mask_schedule import _group_type
from tcbf_widgets.widgets.stack_state import scan_binning

NAMES = ("VirtualBrightField", "MaskSchedule", "AlignmentMovie", "ShiftField")


@pytest.fixture(scope="module")
def make(stack, alignment):
    """A widget by name on the demo data."""

    def make_widget(name, **traits):
        source = stack if name in NAMES[:2] else alignment
        return getattr(tcbf.widgets, name)(source, **traits)

    return make_widget


@pytest.mark.parametrize(
    "name, traits",
    [
        ("VirtualBrightField", {"radius": 17}),
        ("MaskSchedule", {"level": 3, "group": 7}),
        ("AlignmentMovie", {"iteration": 4}),
        ("ShiftField", {}),
        ("ShiftField", {"field": "residual"}),
    ],
)
def test_figure_draws_every_panel_with_its_pixels(draws_its_panels, make, name, traits):
    draws_its_panels(make(name, **traits))


@pytest.mark.parametrize("name", NAMES)
def test_data_fits_its_budget(make, packed_size, name):
    """1.5 MB a widget, as stored in a page; a page with all four fits too, since they share the counts."""
    assert packed_size(make(name)) <= 1.5e6


def test_widgets_of_one_stack_share_their_counts(make):
    schedule, field = make("MaskSchedule"), make("ShiftField")
    assert schedule.arrays["counts"] == field.arrays["counts"]
    assets = {}
    for name in NAMES:
        assets |= make(name).static_payload()["assets"]
    binary = [asset for asset in assets.values() if asset["kind"] == "binary"]
    assert sum(len(asset["text"]) for asset in binary) <= 1.5e6


@pytest.mark.parametrize("name", NAMES)
def test_meta_is_plain_json_and_names_traits_that_exist(make, name):
    widget = make(name)
    assert widget.view == name
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    assert widget.alt_text().endswith(".")


def test_counts_go_to_the_browser_as_they_are(stack, make):
    sent = unpack(make("MaskSchedule").arrays["counts"])
    assert sent.dtype == np.uint8
    assert np.allclose(sent, stack.counts, atol=1e-4)


@pytest.mark.parametrize("radius", [1, 6, 26])
def test_virtual_bright_field_shows_the_radius_series(make, stack, radius):
    widget = make("VirtualBrightField", radius=radius)
    panels = widget.panels()
    distance = np.linalg.norm(stack.pixels - np.array(stack.disk.center), axis=1)
    inside = (distance <= radius) | (radius == 26)
    step = unpack(widget.arrays["series"]).max() / 65535  # sixteen bits over the range of all images
    assert np.allclose(panels["axial"].values, stack.images[inside].mean(axis=0), atol=2 * step)
    assert np.allclose(panels["incoherent"].values, stack.images.mean(axis=0), atol=2 * step)
    magenta = np.all(np.abs(panels["disk"].rgba()[..., :3].astype(int) - [0xCC, 0x79, 0xA7]) < 64, axis=-1)
    assert magenta.sum() == inside.sum()
    assert (panels["axial"].vmin, panels["axial"].vmax) == contrast_limits(panels["axial"].values)


def test_first_state_is_the_best_radius(make):
    widget = make("VirtualBrightField")
    assert widget.radius == 1 + np.nanargmax(unpack(widget.arrays["snr"]))


@pytest.mark.parametrize("level, group", [(0, 0), (2, 7), (5, 2000)])
def test_mask_schedule_shows_the_mean_of_its_group(make, stack, level, group):
    widget = make("MaskSchedule", level=level, group=group)
    members = group_pixels(stack.pixels, (32, 16, 8, 4, 2, 1)[level]) == group
    panels = widget.panels()
    assert np.allclose(panels["group_image"].values, stack.images[members].mean(axis=0), atol=1e-5)
    chosen = np.all(panels["masks"].rgba() == [0xCC, 0x79, 0xA7, 255], axis=-1)
    assert chosen.sum() == members.sum()


def test_alignment_movie_shows_every_step_in_one_range(make, alignment):
    widget = make("AlignmentMovie")
    ranges = set()
    for i, step in enumerate(alignment.states):
        widget.iteration = i
        panel = widget.panels()["image"]
        assert np.allclose(panel.values, step.image, atol=2e-5)
        ranges.add((panel.vmin, panel.vmax))
    assert len(ranges) == 1
    assert widget.meta["monotone"] is True
    assert np.allclose(unpack(widget.arrays["errors"]), alignment.errors, rtol=1e-6)


@pytest.mark.parametrize("field", ["measured", "fitted", "both", "residual"])
@pytest.mark.parametrize("spacing", [1, 6, 16])
def test_shift_field_links_arrow_and_image(make, stack, alignment, spacing, field):
    widget = make("ShiftField", spacing=spacing, field=field, iteration=5, selected=300)
    step = alignment.states[5]
    members, shift = widget.chosen()
    source = step.shifts if field in ("fitted", "both") else step.measured
    assert np.allclose(shift, source[members].mean(axis=0), atol=0.01)
    panels = widget.panels()
    image = stack.images[members].mean(axis=0, dtype=float)
    assert np.allclose(panels["before"].values, image, atol=1e-5)
    # "after" is the image at r + shift
    expected = shift_images(image[None], -shift[None] / stack.scan_sampling)[0]
    assert np.allclose(panels["after"].values, expected, atol=1e-4)
    assert len(widget.arrows()["k"]) == len(set(widget.cells()))


def test_shift_field_draws_the_fit_as_arrows_over_measured_rings(make):
    widget = make("ShiftField", field="both")
    titles = [axes.get_title(loc="left") for axes in widget.figure().axes]
    assert "Shifts, fitted (arrows) and measured (rings)" in titles
    assert widget.alt_text().startswith("Fitted shifts as arrows, measured ones as rings, over the bright-field disk")


def test_shift_field_says_how_long_the_chosen_arrow_is(make):
    widget = make("ShiftField")
    y, x, length = map(
        int, re.search(r"\(y (\d+), x (\d+)\) Å, (\d+) Å long", widget.alt_text().replace("−", "")).groups()
    )
    _, shift = widget.chosen()
    assert np.allclose([y, x, length], [*np.abs(shift), np.linalg.norm(shift)], atol=0.51)


@pytest.mark.parametrize(
    "name, bad",
    [
        ("VirtualBrightField", {"radius": 0}),
        ("VirtualBrightField", {"radius": 27}),
        ("MaskSchedule", {"level": 6}),
        ("MaskSchedule", {"group": 5000}),
        ("AlignmentMovie", {"iteration": 7}),
        ("AlignmentMovie", {"speed": 0.0}),
        ("ShiftField", {"spacing": 17}),
        ("ShiftField", {"selected": -1}),
        ("ShiftField", {"field": "true"}),
        ("ShiftField", {"cmap": "jet"}),
    ],
)
def test_bad_traits_are_named(make, name, bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        make(name, **bad)


@pytest.mark.parametrize("name", NAMES)
def test_wrong_source_is_named(name, demo):
    with pytest.raises(TypeError, match=r"(stack|alignment) must be .* got FourDSTEM"):
        getattr(tcbf.widgets, name)(demo)


def small_stack(positions=(9, 10), scale=1.0, constant=False):
    y, x = np.indices((20, 20))
    pattern = 5.0 * (np.hypot(y - 9.5, x - 9.5) < 5)
    noise = np.zeros(()) if constant else np.random.default_rng(0).uniform(-1, 1, (*positions, 20, 20))
    array = np.broadcast_to(scale * np.maximum(pattern + noise * (pattern > 0), 0), (*positions, 20, 20))
    return tcbf.bright_field_stack(tcbf.FourDSTEM(array.astype(np.float32), 300e3, 10.0, 0.01))


@pytest.mark.filterwarnings("ignore:no shifts were found")
@pytest.mark.parametrize("options", [{}, {"constant": True}, {"scale": 1e-4}, {"scale": 1e6}, {"positions": (8, 30)}])
def test_unusual_stacks_are_shown(options):
    stack = small_stack(**options)
    alignment = tcbf.align(stack, bins=(4,))
    for name in NAMES:
        widget = getattr(tcbf.widgets, name)(stack if name in NAMES[:2] else alignment)
        for panel in widget.panels().values():
            assert np.isfinite(panel.values).all()
        assert widget.poster_png().startswith(b"\x89PNG")


@pytest.mark.parametrize("scale", [1e-4, 0.37, 1e6])
def test_images_survive_the_way_through_integers(scale):
    stack = small_stack(scale=scale)
    arrays = tcbf.widgets.MaskSchedule(stack, bins=(4,)).arrays
    sent = unpack(arrays["counts"]) / unpack(arrays["mean_counts"])[:, None, None]
    assert np.allclose(sent, stack.images, atol=stack.images.max() / 65535)


def test_large_scans_are_binned_to_what_a_page_can_hold(stack, monkeypatch):
    monkeypatch.setattr("tcbf_widgets.widgets.stack_state.MAX_VALUES", stack.images.size // 3)
    widget = tcbf.widgets.MaskSchedule(stack, bins=(8,))
    sent = unpack(widget.arrays["counts"]) / unpack(widget.arrays["mean_counts"])[:, None, None]
    blocks = stack.images.reshape(len(stack), 12, 2, 24, 2).mean(axis=(2, 4))
    assert np.allclose(sent, blocks, atol=1e-4)
    assert widget.meta["scan_sampling"] == [20, 20]


@pytest.mark.parametrize("name, images", [("VirtualBrightField", "series"), ("AlignmentMovie", "images")])
def test_series_of_images_of_large_scans_are_binned_too(make, monkeypatch, name, images):
    whole = unpack(make(name).arrays[images])
    monkeypatch.setattr("tcbf_widgets.widgets.stack_state.MAX_VALUES", whole.size // 3)
    widget = make(name)
    sent = unpack(widget.arrays[images])
    assert np.allclose(sent, whole.reshape(len(whole), 12, 2, 24, 2).mean(axis=(2, 4)), atol=1e-4)
    assert widget.meta["scan_sampling"] == [20, 20]
    assert all(np.isfinite(panel.values).all() for panel in widget.panels().values())


@pytest.mark.parametrize(
    "shape, binning", [((100, 24, 48), 1), ((20_000, 32, 32), 2), ((90_000, 32, 32), 4), ((1, 4096, 4096), 2)]
)
def test_many_pixels_and_long_scans_keep_to_one_size(shape, binning):
    assert scan_binning(np.broadcast_to(np.float32(1), shape)) == binning


def test_more_pixels_than_a_page_can_hold_are_refused_with_a_remedy():
    images = np.broadcast_to(np.float32(1), (100_000, 20, 20))
    with pytest.raises(ValueError, match="stack has 100000 images of 20 x 20 positions; binned to 10 x 10 .* bin the"):
        scan_binning(images)


@pytest.mark.parametrize("bins", [(), (4, 0), (2.5,), "all"])
def test_bins_are_refused_as_the_alignment_refuses_them(stack, bins):
    with pytest.raises(ValueError, match="bins must") as by_alignment:
        tcbf.align(stack, bins=bins)
    for arguments in ({"bins": bins}, {"schedule": bins}):
        with pytest.raises(ValueError, match="must") as by_widget:
            tcbf.widgets.MaskSchedule(stack, **arguments)
        assert str(by_widget.value) == str(by_alignment.value).replace("bins", next(iter(arguments)), 1)


def test_one_bin_is_a_schedule_too(stack):
    assert tcbf.widgets.MaskSchedule(stack, bins=8, schedule=8).meta["bins"] == [8]


@pytest.mark.parametrize("last, kind", [(65535, np.uint16), (65536, np.uint32)])
def test_group_numbers_fit_their_type(last, kind):
    assert _group_type(np.array([[0, last]])) is kind


def test_the_call_repeats_arguments_that_differ_from_the_default(stack):
    widget = tcbf.widgets.MaskSchedule(stack, bins=(16, 4), schedule=[16])
    assert widget.meta["python"]["call"] == "tcbf.widgets.MaskSchedule(stack, bins=(16, 4), schedule=(16,))"
    assert tcbf.widgets.MaskSchedule(stack).meta["python"]["call"] == "tcbf.widgets.MaskSchedule(stack)"


def test_views_offer_the_colour_maps_that_the_trait_accepts():
    shared = Path(tcbf.__file__).parent / "widgets" / "shared"
    tables = re.findall(r"^  (\w+):", (shared / "colormaps.js").read_text(), re.MULTILINE)
    assert tuple(tables) == tcbf.widgets.widget.TcbfWidget.cmap.values


def test_words_for_a_ratio_that_cannot_be_measured(make):
    widget = make("VirtualBrightField", radius=1)
    snr = unpack(widget.arrays["snr"])
    assert np.isnan(snr[0])
    assert "not measurable with so few pixels" in widget.alt_text()
    widget.radius = int(np.nanargmax(snr)) + 1
    assert f"signal-to-noise ratio {np.nanmax(snr):.2f};" in widget.alt_text()
