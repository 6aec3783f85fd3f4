"""`save_html` writes one file that works by double-click, without network, in light and dark."""

import support

import tcbf_widgets as tcbf


def test_a_saved_widget_lives_by_double_click(browser, stack, tmp_path):
    figure = tcbf.widgets.VirtualBrightField(stack)
    with support.saved_widget(browser, figure, tmp_path, color_scheme="light") as (watched, widget):
        assert widget.get_attribute("data-view") == "VirtualBrightField"
        slider = widget.locator("input[type=range]").first
        before, painted = widget.evaluate(support.PICTURE), support.last_paint(watched.page)
        slider.press("End")
        support.wait_for_paint(watched.page, after=painted)
        assert widget.evaluate(support.PICTURE) != before
        assert watched.axe() == []
        # its title is a heading to those who ask for headings, and shown once
        title = watched.page.get_by_role("heading", level=1, name="Virtual bright-field images")
        assert title.bounding_box()["width"] == 1
        assert widget.locator(".tcbf-heading").text_content() == title.text_content()
        watched.page.emulate_media(color_scheme="dark")
        assert watched.axe(*support.COLOURS) == []
