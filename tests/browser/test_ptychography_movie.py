"""PtychographyMovie in a page: played, picked on its curves, run by run, and what is saved of it."""

import numpy as np
import pytest
from controls import (
    bring,
    cut_texts,
    downloaded,
    equal_pictures_in_a_row,
    resized,
    return_to_first,
    settle,
    slider,
    status,
)

import tcbf_widgets as tcbf
from tests.ptychography_runs import two_methods


@pytest.fixture(scope="module")
def opened_movie(opened_once):
    movie = tcbf.widgets.PtychographyMovie(two_methods(), sampling=0.5, speed=8.0)
    return movie, *opened_once(movie)


@pytest.fixture
def shown(opened_movie):
    movie, watched, root = opened_movie
    return_to_first(watched.page, root)
    movie.run, movie.epoch = "Adam", -1
    return movie, watched.page, root


def test_space_plays_from_the_start_and_stops(shown):
    _, page, root = shown
    epoch = slider(root, "Epoch")
    epoch.press("Space")
    page.wait_for_function("() => document.querySelector('.tcbf-status').textContent.startsWith('Adam, epoch 2 of 6')")
    epoch.press("Space")
    stopped = status(root)
    page.wait_for_timeout(300)
    assert status(root) == stopped
    root.get_by_role("button", name="One step on").click()
    assert status(root) != stopped
    for step, where in (("back", "6"), ("on", "0")):
        epoch.press("Home" if step == "back" else "End")
        root.get_by_role("button", name=f"One step {step}").click()
        assert status(root).startswith(f"Adam, epoch {where} of 6")


@pytest.mark.parametrize("name", ["loss", "quality", "ssim"])
def test_a_press_on_a_curve_goes_to_its_epoch(shown, name):
    _, _, root = shown
    plot = root.locator(f'svg[data-plot="{name}"]')
    ends = [plot.locator(".tcbf-points").evaluate(f"path => path.getBBox().{side}") for side in ("x", "width")]
    for epoch in (2, 5, 0):
        plot.click(position={"x": ends[0] + ends[1] * epoch / 6 + 3, "y": 30})
        settle(root)
        assert slider(root, "Epoch").input_value() == str(epoch)
        assert status(root).startswith(f"Adam, epoch {epoch} of 6: loss ")
    cursor = plot.locator(".tcbf-cursor").bounding_box()
    assert abs(cursor["x"] - plot.bounding_box()["x"] - ends[0]) < 2


def test_runs_are_chosen_by_keys_and_drawn_strong_in_their_own_line(shown):
    _, _, root = shown
    adam, epie = (root.get_by_role("radio", name=name, exact=True) for name in ("Adam", "ePIE"))
    strong = root.locator('svg[data-plot="loss"] .tcbf-run-chosen')
    styles = [strong.get_attribute("stroke-dasharray")]
    adam.press("ArrowRight")
    settle(root)
    assert epie.is_checked()
    assert epie.evaluate("radio => radio === document.activeElement")
    assert status(root).startswith("ePIE, epoch 3 of 3: loss ")
    assert slider(root, "Epoch").get_attribute("max") == "3"
    styles.append(strong.get_attribute("stroke-dasharray"))
    assert len(set(styles)) == 2
    epie.press("ArrowLeft")
    settle(root)
    assert status(root).startswith("Adam, epoch 6 of 6: loss ")


def test_the_middle_curve_is_chosen_in_its_title(shown):
    movie, _, root = shown
    texts = {}
    for quality in ("phase_rms", "psnr"):
        bring(root, movie, {"quality": quality})
        texts[quality] = root.locator('.tcbf-panel:has([data-plot="quality"]) .tcbf-readout').text_content()
    last = two_methods()["Adam"][-1]
    assert texts == {"psnr": f"{last.psnr():.1f}", "phase_rms": f"{last.phase_rms():.3f}"}


def test_what_is_saved_is_what_is_shown(shown):
    movie, _, root = shown
    bring(root, movie, {"epoch": 2})
    curves, image = downloaded(root, "Curves (CSV)", "Reconstruction (npy)")
    assert np.array_equal(np.load(image), movie.phases()[0])
    table = np.genfromtxt(curves, delimiter=",", names=True, dtype=None, encoding="utf-8")
    assert table.dtype.names == ("run", "epoch", "loss", "psnr_db", "ssim", "phase_error_rad")
    for label in movie.runs.labels:
        of_run = table[table["run"] == label]
        assert of_run["epoch"].tolist() == movie.runs.numbers(label)
        assert np.allclose(of_run["phase_error_rad"], movie.runs.curve(label, "phase_rms"), rtol=1e-6)


def test_steps_go_from_image_to_image_and_the_slider_to_every_epoch(opened, monkeypatch):
    epochs = two_methods()["Adam"]
    # room for the truth's errors of four epochs: every second one has an image
    monkeypatch.setattr("tcbf_widgets.widgets.runs.MAX_BYTES", 4 * 64 * 64)
    _, root = opened(tcbf.widgets.PtychographyMovie(epochs))
    epoch = slider(root, "Epoch")
    seen = []
    for _ in range(4):
        root.get_by_role("button", name="One step back").click()
        seen.append(epoch.input_value())
    assert seen == ["4", "2", "0", "6"]
    epoch.press("ArrowLeft")
    settle(root)
    assert status(root).startswith("epoch 5 of 6: loss ")
    assert status(root).endswith("; images of some epochs only, this of epoch 4")


def test_a_movie_without_epochs_says_that_it_waits(opened):
    page, root = opened(tcbf.widgets.PtychographyMovie())
    assert root.count() == 0
    assert page.locator(".tcbf-message").text_content().startswith("Waiting for the first epoch: movie.follow(")


@pytest.mark.parametrize("width", [288, 360])
def test_on_a_phone_three_equal_pictures_stand_above_the_slider(shown, width):
    _, page, root = shown
    with resized(root, width, 700):
        boxes = equal_pictures_in_a_row(root)
        assert slider(root, "Epoch").bounding_box()["y"] - boxes[0]["y"] < 400  # on the screen with them
        assert cut_texts(root) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") == width
