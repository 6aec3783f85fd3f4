"""Fixtures of the browser tests: one browser, and the built book over http and as files."""

import find_browser
import pytest
import support
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


@pytest.fixture(scope="module", params=["http", "file"])
def book_address(request, served_book):
    """Where the book is: served, or as files that one opens by double-click."""
    return served_book if request.param == "http" else support.BOOK.as_uri()


@pytest.fixture
def watched_page(browser, book_address):
    """Return a function that opens a page of the book with the network blocked and writes down its problems."""
    contexts = []

    def open_page(name: str, *, color_scheme: str = "light", width: int = 1200) -> support.WatchedPage:
        viewport = {"width": width, "height": 900}
        context = browser.new_context(color_scheme=color_scheme, viewport=viewport)
        contexts.append(context)
        watched = support.WatchedPage(context, book_address)
        watched.open(f"{book_address}/{name}")
        return watched

    yield open_page
    for context in contexts:
        context.close()
