"""LiveImage: what it keeps of a growing image, what it shows, and what it sends while the image grows."""

from dataclasses import replace

import numpy as np
import pytest
import traitlets

from tcbf_widgets.widgets import LiveImage, live_image
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.live_parts import empty_rows
from tests.growing_images import growing_images

# two bytes over the range of an image
FINE = 1e-5


class Front:
    """What a front end knows of a widget: its state, put together from the messages."""

    def __init__(self, widget, monkeypatch):
        self.state, self.parts, self.bytes = {}, [], 0
        monkeypatch.setattr(widget, "_send", self.receive)

    def receive(self, message, buffers=None):
        self.bytes += sum(len(buffer) for buffer in buffers)
        for path, buffer in zip(message["buffer_paths"], buffers, strict=True):
            parent = message["state"]
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = buffer
        self.state |= message["state"]
        if "parts" in message["state"]:
            self.parts = list(self.state["parts"].values())
        elif latest := message["state"].get("latest"):
            self.parts[latest["place"]] = latest

    def newest(self):
        return self.parts[-1]["fraction"], unpack(self.parts[-1]["image"])


def read(image):
    """The pixels of a growing image, NaN in rows still to come."""
    values = image.values.copy()
    values[round(image.fraction * len(values)) :] = np.nan
    return values


@pytest.fixture
def patient(monkeypatch):
    """Every image is sent, however soon it comes."""
    monkeypatch.setattr(live_image, "_INTERVAL", 0.0)


def test_the_newest_image_of_each_fifth_is_kept():
    images = growing_images(count=12)
    live = LiveImage(images)
    assert [live.parts[place].fraction for place in range(5)] == [images[i].fraction for i in (1, 3, 6, 8, 11)]
    for place, kept in enumerate([images[i] for i in (1, 3, 6, 8, 11)]):
        np.testing.assert_allclose(live.parts.image(place), read(kept), atol=FINE)


def test_a_panel_shows_what_each_part_has_added():
    images = growing_images((25, 40), count=5)
    live = LiveImage(images, part=2)
    panels = live.panels()
    np.testing.assert_allclose(panels["image"].values, read(images[2]), atol=FINE)
    np.testing.assert_allclose(panels["added"].values, read(images[2]) - images[1].values, atol=2 * FINE)
    assert panels["image"].title == "60 % of the scan"
    live.part = 0
    np.testing.assert_allclose(live.panels()["added"].values, read(images[0]) - 1, atol=2 * FINE)


def test_all_parts_share_the_range_of_the_newest():
    live = LiveImage(growing_images(), contrast=(0.0, 100.0))
    whole = live.parts.image(4)
    for part in range(5):
        live.part = part
        image, added = live.panels().values()
        assert (image.vmin, image.vmax) == (whole.min(), whole.max())
        assert added.vmax == -added.vmin == pytest.approx((image.vmax - image.vmin) / 2, rel=1e-6)


@pytest.mark.parametrize("part", [-1, 1])
def test_figure_draws_every_panel_with_its_pixels(draws_its_panels, shows_numbers, part):
    live = LiveImage(growing_images(), part=part)
    draws_its_panels(live)
    if part == -1:  # where rows are still to come there are none
        shows_numbers(live)


def test_rows_that_nothing_has_reached_are_left_empty():
    image = growing_images((24, 40), count=4)[1]
    assert empty_rows(image.values, image) == ((12, 24),)
    assert empty_rows(image.values, image, 5) == ((3, 4),)  # rows 15 to 19: those before lie in part where it has been
    # without the highest frequency, which LiberTEM takes out, they are not flat
    signs = (-1.0) ** np.arange(24)[:, None]
    wavy = image.values - signs * (image.values * signs).mean(axis=0)
    assert np.ptp(wavy[12:]) > 1e-3
    assert empty_rows(wavy, image) == ((12, 24),)
    # what has been read may be as flat, of another value; the whole has none at all
    assert empty_rows(np.where(np.arange(24)[:, None] < 7, 2.0, np.ones((24, 40))), image) == ((7, 24),)
    assert empty_rows(image.values, replace(image, fraction=1)) == ()
    live = LiveImage(image)
    assert "rows that nothing has reached yet are left empty" in live.alt_text()
    for panel in live.panels().values():
        assert not panel.rgba()[12:].any()
        assert panel.rgba()[:12, :, 3].all()


def test_a_hundred_per_cent_are_the_whole():
    images = growing_images(count=2)
    for image, title in [(replace(images[0], fraction=0.999), "99 % of the scan"), (images[1], "100 % of the scan")]:
        assert LiveImage(image).panels()["image"].title == title


def test_large_images_are_binned_and_say_so(packed_size):
    images = growing_images((700, 900))
    live = LiveImage(images)
    assert live.panels()["image"].values.shape == (233, 300)
    np.testing.assert_allclose(
        live.panels()["image"].values, images[-1].values[:699].reshape(233, 3, 300, 3).mean(axis=(1, 3)), atol=FINE
    )
    assert live.panels()["image"].pixel_size == (15.0, 15.0)
    assert "3 x 3 pixels are shown as one" in live.alt_text()
    assert packed_size(live) < 1.5e6


def test_it_waits_for_the_first_image():
    live = LiveImage()
    assert live.panels() == {}
    assert "no image had come yet" in live.alt_text()
    assert live.poster_png().startswith(b"\x89PNG")


def test_every_image_reaches_a_view_as_it_comes(monkeypatch, patient):
    live, images = LiveImage(), growing_images(count=24)
    front = Front(live, monkeypatch)
    for image in images:
        live.add(image)
        fraction, values = front.newest()
        assert fraction == image.fraction
        np.testing.assert_allclose(values, image.values, atol=FINE)
    assert front.state["meta"]["shape"] == [24, 40]
    given = LiveImage(images)
    assert live.get_state(["parts", "latest", "meta"]) == given.get_state(["parts", "latest", "meta"])


def test_images_that_come_too_fast_to_see_are_left_out(monkeypatch):
    live, images = LiveImage(), growing_images((200, 30), count=200)
    front = Front(live, monkeypatch)
    monkeypatch.setattr(live_image, "_INTERVAL", 1e9)
    for image in images:
        live.add(image)
    # all of them whenever there is one more, and at the end
    assert front.bytes <= (1 + 2 + 3 + 4 + 5 + 5) * 2 * 200 * 30
    assert front.newest()[0] == 1


def test_who_moved_back_stays_there_while_more_come():
    live, images = LiveImage(), growing_images(count=20)
    for image in images[:12]:
        live.add(image)
    live.part = 1
    before = live.panels()["image"].values
    for image in images[12:]:
        live.add(image)
    assert np.array_equal(live.panels()["image"].values, before, equal_nan=True)


def test_another_scan_begins_anew(monkeypatch, patient):
    live = LiveImage(growing_images(), part=2)
    front = Front(live, monkeypatch)
    other = growing_images((16, 30), sampling=(2.0, 3.0))
    live.add(other[0])
    assert (live.part, len(live.parts), len(front.parts)) == (-1, 1, 1)
    assert front.state["meta"]["scan_sampling"] == [2.0, 3.0]
    for image in growing_images((16, 30), sampling=(2.0, 3.0), seed=1):  # the same one once more
        live.add(image)
    assert len(live.parts) == 5


def test_refuses_what_it_cannot_show():
    images = growing_images()
    with pytest.raises(TypeError, match=r"images\[0\] must be a ParallaxImage, .* got ndarray"):
        LiveImage([np.ones((3, 3))])
    with pytest.raises(TypeError, match="images must be ParallaxImages, in the order .* got ndarray"):
        LiveImage(np.ones((3, 3)))
    with pytest.raises(ValueError, match="images is empty"):
        LiveImage([])
    with pytest.raises(ValueError, match=r"images\[1\] does not belong to the ones before"):
        LiveImage(images[1::-1])
    with pytest.raises(ValueError, match="image holds NaN or infinite numbers"):
        LiveImage().add(replace(images[0], values=np.full((3, 3), np.nan)))
    with pytest.raises(traitlets.TraitError, match="part is 5; LiveImage here accepts -1 to 4"):
        LiveImage(images, part=5)
    with pytest.raises(traitlets.TraitError, match="part is 0"):
        LiveImage(part=0)
