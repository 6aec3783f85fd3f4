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
        watched.page.emulate_media(color_scheme="dark")
        assert watched.axe(*support.COLOURS) == []
