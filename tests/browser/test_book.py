"""The built book as its readers meet it: over http and by double-click, always with the network blocked."""

import pytest
import support

FIRST_FOCUS = """root => { root.querySelector("button, input, select, summary, a[href], [tabindex='0']").focus(); }"""

# What Tab should reach: all controls in sight. Radio buttons of one group are a single stop.
CONTROLS = """root => [...root.querySelectorAll("button, input, select, summary, a[href], [tabindex='0']")]
    .filter(part => !part.disabled && part.tabIndex >= 0 && part.checkVisibility({visibilityProperty: true}))
    .filter(part => part.type !== "radio" || part.checked).length"""

# What a reader can unfold: solutions, folded code, the options of every widget.
UNFOLD = """async () => {
    for (const details of document.querySelectorAll("main details")) details.open = true;
    for (const button of document.querySelectorAll("main .toggle-button[aria-expanded=false], .tcbf-options"))
        button.click();
    const folded = "main .toggle-hidden, .tcbf-sheet[hidden], main details:not([open])";
    // what fades in has no contrast yet
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime));
    await Promise.allSettled(ending.map(animation => animation.finished));
    return document.querySelectorAll(folded).length;
}"""

COUNT_FOCUS = """root => {
    const active = document.activeElement;
    if (!root.contains(active)) return null;
    return [...root.querySelectorAll("*")].indexOf(active);
}"""


def widgets(watched) -> list:
    return watched.page.locator(".tcbf-widget[data-view]").all()


def test_page_loads_without_network_failed_request_or_console_error(watched_page, page_name):
    watched = watched_page(page_name)
    watched.page.wait_for_load_state("networkidle")
    assert watched.problems == []


def test_the_index_leads_to_the_first_page(watched_page):
    watched = watched_page("index.html")
    watched.page.wait_for_url("**/book/intro.html")
    assert watched.problems == []


def test_every_widget_of_the_page_has_painted(watched_page, page_name):
    watched = watched_page(page_name)
    hosts = watched.page.locator(".tcbf-static")
    states = hosts.evaluate_all("hosts => hosts.map(host => host.dataset.state)")
    assert states == ["ready"] * hosts.count()
    roots = watched.page.locator(".tcbf-static .tcbf-widget[data-view]")
    assert roots.count() == hosts.count()
    assert set(roots.evaluate_all("roots => roots.map(root => root.dataset.state)")) <= {"ready"}
    assert watched.page.locator(".tcbf-poster:visible").count() == 0


def test_every_slider_moves_by_keyboard_and_changes_its_picture(watched_page, page_name):
    watched = watched_page(page_name)
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


def test_tab_reaches_every_control_of_every_widget(watched_page, page_name):
    watched = watched_page(page_name)
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


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_axe_finds_nothing(browser, served_book, page_name, color_scheme, width):
    context = browser.new_context(color_scheme=color_scheme, viewport={"width": width, "height": 900})
    watched = support.WatchedPage(context, served_book)
    watched.open(f"{served_book}/{page_name}")
    # what is folded away at first differs by width only; unfolded, everything is seen in both colours
    found = watched.axe() if color_scheme == "light" else []
    still_folded = watched.page.evaluate(UNFOLD)
    found_unfolded = watched.axe()
    context.close()
    assert found == []
    assert still_folded == 0
    assert found_unfolded == []


@pytest.mark.parametrize("width", [1200, 360])
def test_nothing_scrolls_sideways(browser, served_book, page_name, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    watched = support.WatchedPage(context, served_book)
    watched.open(f"{served_book}/{page_name}")
    overflow = watched.page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    context.close()
    assert overflow <= 0
