"""`save_html` writes one file that works by double-click, without network, in light and dark."""

import pytest
import support

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def stack():
    return tcbf.bright_field_stack(tcbf.demo.apoferritin())


@pytest.fixture(scope="module")
def saved_page(stack, tmp_path_factory):
    return tcbf.widgets.VirtualBrightField(stack).save_html(tmp_path_factory.mktemp("saved") / "figure.html")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_a_saved_widget_lives_by_double_click(browser, saved_page, color_scheme):
    context = browser.new_context(color_scheme=color_scheme)
    watched = support.WatchedPage(context, saved_page.as_uri())
    watched.open(saved_page.as_uri())
    widget = watched.page.locator(".tcbf-widget[data-view=VirtualBrightField]")
    slider = widget.locator("input[type=range]").first
    before, painted = widget.evaluate(support.PICTURE), support.last_paint(watched.page)
    slider.press("End")
    support.wait_for_paint(watched.page, after=painted)
    assert widget.evaluate(support.PICTURE) != before
    assert watched.axe() == []
    assert watched.problems == []
    context.close()
