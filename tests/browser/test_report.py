"""A report opens by double-click: no network, linked figures, readable in light and dark and on a phone."""

import pytest
import support

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def report(stack, tmp_path_factory):
    return tcbf.report(stack, tmp_path_factory.mktemp("report") / "report.html", upsample=2, progress=False)


def test_a_report_lives_without_network_and_its_figures_are_linked(browser, report):
    with support.watched_page(browser, report.as_uri(), color_scheme="light") as watched:
        page = watched.page
        movie, field = (page.locator(f".tcbf-widget[data-view={name}]") for name in ("AlignmentMovie", "ShiftField"))
        steps = [figure.get_by_role("slider", name="Step") for figure in (movie, field)]
        assert [step.input_value() for step in steps] == ["6", "6"]
        before = [figure.evaluate(support.PICTURE) for figure in (movie, field)]
        painted = support.last_paint(page)
        steps[0].press("Home")
        support.wait_for_paint(page, after=painted)
        assert [step.input_value() for step in steps] == ["0", "0"]
        after = [figure.evaluate(support.PICTURE) for figure in (movie, field)]
        assert all(one != other for one, other in zip(before, after, strict=True))
        assert watched.axe() == []
        page.emulate_media(color_scheme="dark")
        assert watched.axe(*support.COLOURS) == []
        page.set_viewport_size({"width": 360, "height": 700})
        page.evaluate(support.REST)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert watched.problems == []
