"""LiveImage before, with and after its first part, in a saved page."""

import support

import tcbf_widgets as tcbf
from tests.growing_images import growing_images


def controls(root):
    return root.locator(".tcbf-player button, .tcbf-player select, input[type=range]")


def test_a_page_that_was_saved_before_the_first_image_says_so(browser, tmp_path):
    with support.saved_widget(browser, tcbf.widgets.LiveImage(), tmp_path) as (watched, root):
        assert root.locator(".tcbf-heading").text_content() == "How the image grows with the scan"
        assert root.locator(".tcbf-status").text_content() == "No image had come when this page was saved."
        assert root.evaluate("root => getComputedStyle(root).borderLeftStyle") == "none"  # no warning
        assert watched.axe() == []


def test_one_part_cannot_be_played(browser, tmp_path):
    images = growing_images(count=5)
    with support.saved_widget(browser, tcbf.widgets.LiveImage(images[:1]), tmp_path) as (_, root):
        assert controls(root).count() == 5
        assert all(control.is_disabled() for control in controls(root).all())
        status = root.locator(".tcbf-status").text_content()
        assert status == "part 1 of 1, 21 % of the scan has been read; hatched: not reached yet"
        root.locator(".tcbf-heading").click()
        root.page.keyboard.press("Space")
        assert root.get_by_role("button", name="Pause", exact=True).count() == 0


def test_the_line_says_what_had_been_read(browser, tmp_path):
    with support.saved_widget(browser, tcbf.widgets.LiveImage(growing_images()), tmp_path) as (_, root):
        status = root.locator(".tcbf-status")
        assert status.text_content() == "part 5 of 5, 100 % of the scan: all frames read"
        assert not any(control.is_disabled() for control in controls(root).all())
        root.locator("input[type=range]").press("Home")
        assert status.text_content() == "part 1 of 5, 8 % of the scan had been read then; hatched: not reached yet"
