"""What the browser tests share: a server for the built book, a watched page, and questions to ask of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import TimeoutError as PlaywrightTimeout

ROOT = Path(__file__).resolve().parents[2]
BOOK = Path(os.environ.get("TCBF_BOOK", ROOT / "_build" / "html"))
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
COLOURS = ("color-contrast", "link-in-text-block")  # the rules of axe-core for which light and dark differ
INLINE = ("data:", "blob:", "about:")

# Chromium as root in a container, without graphics card and without calls to its maker
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# the picture of a widget: every pixel of its canvases and every mark of its drawings
PICTURE = """root => [...root.querySelectorAll("canvas, svg")]
    .map(part => part.localName === "canvas" ? part.toDataURL() : part.outerHTML).join("|")"""


# What fades in has no contrast yet. Chromium's promise `finished` of what fades out of sight may stay open for ever,
# so it is looked for frame by frame; what runs for ten seconds or more does not fade, and is told by name
REST = """async () => {
    const most = 600; // frames
    const ends = ({ effect }) => Number.isFinite(effect.getComputedTiming().endTime);
    const running = () => document.getAnimations().filter(one => one.playState === "running" && ends(one));
    const name = ({ animationName, transitionProperty, id, effect: { target, pseudoElement } }) =>
        `${animationName ?? transitionProperty ?? id} of ${target?.cloneNode().outerHTML}${pseudoElement ?? ""}`;
    for (let frame = 0; frame < most; frame++) {
        await new Promise(requestAnimationFrame);
        if (frame > 0 && !running().length) return;
    }
    throw new Error(`still moving after ${most} frames: ${running().map(name).join(", ")}`);
}"""


# how a reader would name a control
LABEL = """input => input.getAttribute("aria-label") ?? input.labels?.[0]?.textContent.trim() ?? input.outerHTML"""


LAST_PAINT = "performance.getEntriesByName('tcbf-painted').at(-1)?.startTime ?? 0"


def last_paint(page) -> float:
    """Return when a widget of a page has last painted (each paint replaces one performance mark)."""
    return page.evaluate(f"() => {LAST_PAINT}")


def wait_for_paint(page, *, after: float, timeout: float = 2000) -> None:
    """Wait until a widget has painted again; returns after the timeout when none does."""
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function(f"after => ({LAST_PAINT}) > after", arg=after, timeout=timeout)
    # transitions may follow the first paint
    page.evaluate("() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


def book_pages(book: Path = BOOK) -> list[str]:
    """Return the pages of the built book, relative to it, without the index: that only leads to the first."""
    pages = [page.relative_to(book) for page in book.rglob("*.html")]
    return sorted(page.as_posix() for page in pages if "_static" not in page.parts and page.name != "index.html")


@contextlib.contextmanager
def serve(folder: Path):
    """Serve a folder on a free port as long as the block lasts; yields the address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def watched_page(browser, url: str, allowed: str | None = None, **options):
    """Open a page in a context of its own as long as the block lasts; it loads from `allowed` only, or from itself."""
    context = browser.new_context(**options)
    try:
        watched = WatchedPage(context, allowed or url)
        watched.open(url)
        yield watched
    finally:
        context.close()


@contextlib.contextmanager
def saved_widget(browser, widget, folder: Path, **options):
    """Save a widget and open its page as long as the block lasts: (watched page, the widget's root).

    At the end nothing may have gone wrong on the page.
    """
    address = widget.save_html(Path(tempfile.mkdtemp(dir=folder)) / "figure.html").as_uri()
    with watched_page(browser, address, **options) as watched:
        yield watched, watched.page.locator(".tcbf-widget[data-view]")
    assert watched.problems == []


class WatchedPage:
    """A page that may load from one place only, and that writes down everything that goes wrong."""

    def __init__(self, context, allowed: str) -> None:
        self.problems: list[str] = []
        self._allowed = (allowed, *INLINE)
        self.page = context.new_page()
        self.page.route("**/*", self._route)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("requestfailed", lambda r: self.problems.append(f"failed: {r.url} {r.failure}"))
        self.page.on("response", self._response)

    def open(self, url: str) -> None:
        """Open a page and wait until every widget on it has painted."""
        self.page.goto(url, wait_until="load")
        self.wait_for_widgets()

    def wait_for_widgets(self) -> None:
        self.page.wait_for_function(
            """() => [...document.querySelectorAll(".tcbf-static")].every(host => host.dataset.state &&
                host.dataset.state !== "loading")""",
            timeout=60_000,
        )

    def axe(self, *rules: str) -> list[str]:
        """Run axe-core, with some of its rules or all usual ones, and return one line for each thing it finds."""
        self.page.evaluate(REST)
        self.page.evaluate("async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; }")
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            """async only => {
                // what is preloaded, style sheets, no rule in use reads, and a page that is a file may not
                const options = { preload: false, ...(only.length && { runOnly: { type: "rule", values: only } }) };
                const line = (rule, { html, failureSummary }) =>
                    `${rule.id}: ${html.slice(0, 200)} -- ${failureSummary.replaceAll("\\n", " ")}`;
                return (await axe.run(options)).violations.flatMap(rule => rule.nodes.map(node => line(rule, node)));
            }""",
            rules,
        )
        return [line[:600] for line in found]

    def _route(self, route) -> None:
        if route.request.url.startswith(self._allowed):
            route.continue_()
        else:
            self.problems.append(f"network: {route.request.url}")
            route.abort()

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _response(self, response) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")
