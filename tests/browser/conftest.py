"""Fixtures of the browser tests: one browser, the built book over http, and widgets saved as pages."""

import contextlib

import find_browser
import pytest
import support
from controls import return_to_first
from playwright.sync_api import sync_playwright


def pytest_generate_tests(metafunc):
    """Run tests that take `page_name` for each page of the built book."""
    if "page_name" not in metafunc.fixturenames:
        return
    if not (support.BOOK / "index.html").is_file():
        raise pytest.UsageError("the browser tests need the built book: run `make book` first")
    metafunc.parametrize("page_name", support.book_pages(), scope="module")


@pytest.fixture(scope="session")
def browser():
    path = find_browser.find_or_get()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=support.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served_book():
    with support.serve(support.BOOK) as address:
        yield address


@pytest.fixture(scope="module")
def opened_once(browser, tmp_path_factory):
    """Return a function that saves a widget and opens its page for all tests of a file: (watched page, root)."""
    with contextlib.ExitStack() as pages:
        yield lambda widget, **options: pages.enter_context(
            support.saved_widget(browser, widget, tmp_path_factory.mktemp("saved"), **options)
        )


@pytest.fixture
def shown(opened_widget):
    """What the fixture `opened_widget` of a file opened for all its tests, in its first state: (widget, page, root)."""
    widget, watched, root = opened_widget
    for trait, value in widget.meta["python"]["defaults"].items():
        setattr(widget, trait, value)
    return_to_first(watched.page, root)
    return widget, watched.page, root


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that saves a widget and opens its page for one test: (page, root)."""
    with contextlib.ExitStack() as pages:

        def open_widget(widget, **options):
            watched, root = pages.enter_context(support.saved_widget(browser, widget, tmp_path, **options))
            return watched.page, root

        yield open_widget
