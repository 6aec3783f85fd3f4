"""Take the pictures of the README from the built book: `make book`, then `python tools/make_pictures.py`."""

import argparse
from pathlib import Path

import find_browser
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
BOOK = ROOT / "_build" / "html" / "book"
PICTURES = ROOT / "book" / "pictures"
PAGES = {
    "TiltCorrection": "intro.html",
    "VirtualBrightField": "tcbf/cross_correlation.html",
    "ShiftField": "tcbf/cross_correlation.html",
}


def main(views):
    """Save one picture for each view, without the parts that only a screen needs."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser.find_or_get(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1200}, device_scale_factor=1.5)
        for view in views:
            page.goto((BOOK / PAGES[view]).as_uri())
            widget = page.wait_for_selector(f'.tcbf-widget[data-view="{view}"][data-state="ready"]')
            widget.screenshot(path=PICTURES / f"{view}.png")
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("views", nargs="*", metavar="VIEW", help="by default all")
    views = parser.parse_args().views
    if unknown := set(views) - PAGES.keys():
        parser.error(f"no picture of {', '.join(unknown)}; there are {', '.join(PAGES)}")
    main(views or PAGES)
