"""Time from a slider's movement to the painted picture, and the size of data and code, in a built book.

    make book
    make benchmark            this and the comparison with py4DSTEM
    python benchmarks/slider_to_paint.py _build/html

Opens every page as a file in headless Chromium and moves every slider of every widget to and fro, one movement per
frame of the browser. Two times are measured, both from the slider's `input` event:

    painted   until the view has drawn its canvases and curves (its performance mark "tcbf-painted")
    frame     until the browser has finished that frame: the same, and style, layout and the recording of what is to
              be painted, for the whole page; afterwards the browser's other threads put it on the screen

Not included: the wait for the screen's next frame before the event, and the screen itself. The first movements, before
the browser has compiled the code, count as all others do. The budgets hold for the longer of the two times.
"""

import argparse
import gzip
import json
import re
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "browser")]

import find_browser  # noqa: E402
import support  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

MEDIAN_MS, P95_MS = 16, 33
DATA_BYTES = 1_500_000  # base64, for each widget and for each page
CODE_BYTES = 60_000  # the views of a page with their style sheet, gzipped

# The spec of every widget in a page, in the order of the document; its assets lie in files beside it.
WIDGETS = """() => [...document.querySelectorAll(".tcbf-static")].map(host => ({
    view: host.querySelector(".tcbf-widget[data-view]").dataset.view,
    assets: host.dataset.assets,
    spec: host.querySelector('script[type="application/tcbf+json"]').textContent,
}))"""

# Moves one slider through `count` positions, the last one where it began; resolves to [[painted, frame], ...] in ms.
SWEEP = """async (input, count) => {
    const nextFrame = () => new Promise(resolve => requestAnimationFrame(resolve));
    // a message sent from a frame's callback arrives after that frame has been rendered
    const rendered = () => new Promise(resolve => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
    });
    const [first, min, step] = [input.value, input.min, input.step].map(Number);
    const last = Math.round((Number(input.max) - min) / step);
    const stride = Math.max(1, Math.ceil(2 * last / count));
    let index = Math.round((first - min) / step);
    let [direction, stops] = [stride, 0];
    const times = [];
    for (let i = 0; i < count; i++) {
        if (index + direction > last || index + direction < 0) direction = -direction;
        index += direction;
        await nextFrame();
        performance.clearMarks("tcbf-painted");
        input.value = min + index * step;
        const start = performance.now();
        input.dispatchEvent(new Event("input", { bubbles: true }));
        let end = await rendered();
        const reached = Math.round((Number(input.value) - min) / step);
        if (reached !== index) {  // another slider is in its way: not a movement, and back from there
            index = reached;
            direction = -direction;
            if (stops++ > count) throw new Error(`cannot move at ${input.value}`);
            i--;
            continue;
        }
        while (!performance.getEntriesByName("tcbf-painted").length) {
            if (end - start > 2000) throw new Error(`nothing was painted at ${input.value}`);
            await nextFrame();
            end = await rendered();
        }
        times.push([performance.getEntriesByName("tcbf-painted").at(-1).startTime - start, end - start]);
    }
    input.value = first;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await nextFrame();
    return times;
}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("book", nargs="?", type=Path, default=ROOT / "_build" / "html", help="folder of the built book")
    parser.add_argument("--movements", type=int, default=60, help="of each slider (default: %(default)s)")
    parser.add_argument("--page", help="this page only, as tcbf/cross_correlation.html; by default all")
    options = parser.parse_args()
    if not (options.book / "index.html").is_file():
        parser.error(f"book is {options.book}, which has no index.html: run `make book`, or give a built book's folder")
    if options.movements < 2:
        parser.error(f"--movements is {options.movements}; needed are 2 at least")
    pages = [name for name in support.book_pages(options.book) if name.endswith(options.page or "")]
    if not pages:
        parser.error(f"--page is {options.page}; the book has {', '.join(support.book_pages(options.book))}")
    exceeded = measure(options.book.resolve(), pages, options.movements)
    print("\nover budget:\n  " + "\n  ".join(exceeded) if exceeded else "\nall within budget")
    sys.exit(bool(exceeded))


def measure(book, pages, movements):
    """Print what every page costs; return one line for each budget that is exceeded."""
    exceeded = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser.find_or_get(), args=support.ARGUMENTS)
        print(f"Chromium {browser.version}, {movements} movements of each slider; median / 95th percentile in ms")
        for name in pages:
            context = browser.new_context(viewport={"width": 1200, "height": 900})
            watched = support.WatchedPage(context, book.as_uri())
            watched.open((book / name).as_uri())
            exceeded += page_report(watched.page, book / name, name, movements)
            exceeded += [f"{name}: {problem}" for problem in watched.problems]
            context.close()
        browser.close()
    return exceeded


def page_report(page, file, name, movements):
    """Print the widgets of one page and what it loads; return what is over budget."""
    exceeded, page_sizes, code = [], {}, {}
    roots = page.locator(".tcbf-static .tcbf-widget[data-view]").all()
    for widget, root in zip(page.evaluate(WIDGETS), roots, strict=True):
        sizes = asset_sizes(file, widget, code)
        page_sizes |= sizes
        title = f"{name}, {widget['view']}"
        print(f"\n{title}: {sum(sizes.values()) / 1e6:.2f} MB of data")
        exceeded += over_size(title, sizes)
        root.scroll_into_view_if_needed()
        for slider in root.locator("input[type=range]:enabled").all():
            exceeded += slider_report(title, slider, movements)
    if not code:
        return exceeded
    size = sum(len(gzip.compress(text.encode(), 9)) for text in code.values())
    print(
        f"\n{name}: {sum(page_sizes.values()) / 1e6:.2f} MB of data (budget {DATA_BYTES / 1e6:g}), "
        f"{size / 1e3:.1f} kB of views and style sheet, gzipped (budget {CODE_BYTES / 1e3:g})"
    )
    if size > CODE_BYTES:
        exceeded.append(f"{name}: {size / 1e3:.1f} kB of code")
    return exceeded + over_size(name, page_sizes)


def asset_sizes(file, widget, code):
    """Bytes of base64 of each asset of one widget by its id; its code and style sheet go to `code`."""
    spec = json.loads(widget["spec"])

    def asset(identifier):
        script = (file.parent / widget["assets"] / f"{identifier}.js").read_text(encoding="utf-8")
        return json.loads(re.search(r"\.push\((.*)\);", script, re.DOTALL)[1])[1]

    code |= {identifier: asset(identifier)["text"] for identifier in (*spec["esm"], spec["css"]) if identifier}
    return {buffer["id"]: len(asset(buffer["id"])["text"]) for buffer in spec["buffers"]}


def over_size(title, sizes):
    total = sum(sizes.values())
    return [f"{title}: {total / 1e6:.2f} MB of data"] if total > DATA_BYTES else []


def slider_report(title, slider, movements):
    """Move one slider and print its times; return what is over budget."""
    label = slider.evaluate(support.LABEL)
    times = slider.evaluate(SWEEP, movements)
    painted, frame = ([statistics.median(column), percentile(column, 95)] for column in zip(*times, strict=True))
    print(f"  {label:20s} painted {painted[0]:5.1f} /{painted[1]:5.1f}   frame {frame[0]:5.1f} /{frame[1]:5.1f}")
    limits = zip(("median", "95th percentile"), frame, (MEDIAN_MS, P95_MS), strict=True)
    return [
        f"{title}, {label}: {kind} {time:.1f} ms, budget {budget}" for kind, time, budget in limits if time > budget
    ]


def percentile(values, percent):
    """The value that `percent` of the values do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


if __name__ == "__main__":
    main()
