"""The built book as its readers meet it: over http and by double-click, always with the network blocked."""

import pytest
import support

# how the book is opened, and how wide: as files by double-click, and served
DOUBLE_CLICK, SERVED = ("file", 1200), ("http", 360)

FIRST_FOCUS = """root => { root.querySelector("button, input, select, summary, a[href], [tabindex='0']").focus(); }"""

# What Tab should reach: all controls in sight. Radio buttons of one group are a single stop.
CONTROLS = """root => [...root.querySelectorAll("button, input, select, summary, a[href], [tabindex='0']")]
    .filter(part => !part.disabled && part.tabIndex >= 0 && part.checkVisibility({visibilityProperty: true}))
    .filter((part, _, all) => {
        const group = all.filter(({ type, name }) => type === "radio" && name === part.name);
        return part.type !== "radio" || part === (group.find(({ checked }) => checked) ?? group[0]);
    }).length"""

# What a reader can unfold: solutions, folded code, the options of every widget.
UNFOLD = """() => {
    for (const details of document.querySelectorAll("main details")) details.open = true;
    for (const button of document.querySelectorAll("main .toggle-button, .tcbf-options"))
        if (button.ariaExpanded === "false") button.click();
    const folded = "main .toggle-hidden, .tcbf-sheet[hidden], main details:not([open])";
    return document.querySelectorAll(folded).length;
}"""

IS_DARK = "() => document.documentElement.dataset.theme === 'dark'"

COUNT_FOCUS = """root => {
    const active = document.activeElement;
    if (!root.contains(active)) return null;
    return [...root.querySelectorAll("*")].indexOf(active);
}"""


@pytest.fixture(scope="module", params=[DOUBLE_CLICK, SERVED], ids=["double-click, wide", "served, narrow"])
def opening(request, served_book):
    """Address of the book, and width of the page."""
    place, width = request.param
    return served_book if place == "http" else support.BOOK.as_uri(), width


@pytest.fixture(scope="module")
def watched(browser, opening, page_name):
    """A page of the book with the network blocked, opened once for all that is asked of it, in this order."""
    address, width = opening
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": "light"}
    with support.watched_page(browser, f"{address}/{page_name}", address, **options) as watched:
        yield watched
    assert watched.problems == []  # nor did it ask for more than it may later on


def bring_into(page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(f"theme => ({IS_DARK})() === (theme === 'dark')", arg=theme)


def widgets(watched) -> list:
    return watched.page.locator(".tcbf-widget[data-view]").all()


def test_the_index_leads_to_the_first_page(browser, opening):
    address, _ = opening
    with support.watched_page(browser, f"{address}/index.html", address) as watched:
        watched.page.wait_for_url("**/book/intro.html")
        assert watched.problems == []


def test_page_loads_without_network_failed_request_or_console_error(watched):
    assert watched.problems == []


def test_every_widget_of_the_page_has_painted(watched):
    hosts = watched.page.locator(".tcbf-static")
    states = hosts.evaluate_all("hosts => hosts.map(host => host.dataset.state)")
    assert states == ["ready"] * hosts.count()
    roots = watched.page.locator(".tcbf-static .tcbf-widget[data-view]")
    assert roots.count() == hosts.count()
    assert set(roots.evaluate_all("roots => roots.map(root => root.dataset.state)")) <= {"ready"}
    assert watched.page.locator(".tcbf-poster:visible").count() == 0


def test_nothing_scrolls_sideways(watched):
    assert watched.page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0


# axe-core takes longer than all else, and most of it for colours. So a page is looked at where all is unfolded: narrow
# in the light, and for its colours wide in the dark as well. What only a wide page has, and what is folded, is the same
# on all pages, and looked at on two
AS_OPENED = ("book/intro.html", "book/tcbf/cross_correlation.html")


@pytest.mark.parametrize("page", AS_OPENED)
def test_axe_finds_nothing_in_a_wide_page_as_it_opens(browser, page):
    address = support.BOOK.as_uri()
    options = {"viewport": {"width": DOUBLE_CLICK[1], "height": 900}, "color_scheme": "light"}
    with support.watched_page(browser, f"{address}/{page}", address, **options) as watched:
        assert watched.axe() == []


@pytest.mark.parametrize("opening", [DOUBLE_CLICK], indirect=True)
def test_every_slider_moves_by_keyboard_and_changes_its_picture(watched):
    unmoved = []
    for widget in widgets(watched):
        for slider in widget.locator("input[type=range]").all():
            if not slider.is_visible() or slider.is_disabled():
                continue
            before, painted = widget.evaluate(support.PICTURE), support.last_paint(watched.page)
            slider.focus()
            at_start = slider.evaluate("input => input.value === input.min")
            slider.press("End" if at_start else "Home")
            support.wait_for_paint(watched.page, after=painted)
            if widget.evaluate(support.PICTURE) == before:
                unmoved.append(f"{widget.get_attribute('data-view')}: {slider.evaluate(support.LABEL)}")
    assert unmoved == []
    assert watched.problems == []


@pytest.mark.parametrize("opening", [DOUBLE_CLICK], indirect=True)
def test_tab_reaches_every_control_of_every_widget(watched):
    watched.page.evaluate(UNFOLD)
    for widget in widgets(watched):
        expected = widget.evaluate(CONTROLS)
        widget.evaluate(FIRST_FOCUS)
        reached = set()
        for _ in range(expected + 5):
            index = widget.evaluate(COUNT_FOCUS)
            if index is None:
                break
            reached.add(index)
            watched.page.keyboard.press("Tab")
        assert len(reached) == expected, widget.get_attribute("data-view")


def test_axe_finds_nothing_in_what_is_unfolded(watched, opening):
    assert watched.page.evaluate(UNFOLD) == 0
    if opening == DOUBLE_CLICK:
        bring_into(watched.page, "dark")
        assert watched.axe(*support.COLOURS) == []
    else:
        assert watched.axe() == []


def test_a_dark_page_goes_to_paper_in_light_colours(browser):
    address = support.BOOK.as_uri()
    with support.watched_page(browser, f"{address}/book/intro.html", address, color_scheme="dark") as watched:
        assert watched.page.evaluate(IS_DARK)
        watched.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
        assert not watched.page.evaluate(IS_DARK)
        watched.page.emulate_media(media="print")
        assert watched.page.locator(".tcbf-controls:visible, .tcbf-options:visible").count() == 0
        watched.page.evaluate("() => dispatchEvent(new Event('afterprint'))")
        assert watched.page.evaluate(IS_DARK)
