"""Find a Chromium or Chrome for the browser tests, or get one; print where it is.

Looked for in this order: the environment variable TCBF_BROWSER, PATH, the usual places, Playwright's own. When there
is none: Playwright's download, then, as root on Debian and Ubuntu, the system's package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/usr/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SECONDS = 450  # for all attempts to install one together
MISSING = (
    "The browser tests need Chromium or Chrome: install one, or set TCBF_BROWSER to its path "
    "(neither `playwright install chromium` nor the system's packages could provide it here)."
)

TOO_SLOW = (
    "The browser tests need Chromium or Chrome, and `{command}` did not end in its share of {minutes:g} "
    "minutes: install one yourself, or set TCBF_BROWSER to its path."
)


def starts(path: str | None) -> bool:
    """Tell whether there is a program that starts: a browser may lack its libraries."""
    if not path or not Path(path).is_file():
        return False
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def playwright_path() -> str | None:
    """Return where Playwright keeps its own Chromium, whether it is there or not."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return None
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def find() -> str | None:
    """Return the path of an installed browser, or None.

    Raises
    ------
    SystemExit : when TCBF_BROWSER names something that is not a browser
    """
    wanted = os.environ.get("TCBF_BROWSER")
    if wanted:
        path = shutil.which(wanted)
        if not starts(path):
            sys.exit(f"TCBF_BROWSER is {wanted!r}, which does not start; give the path of Chromium or Chrome.")
        return path
    candidates = [shutil.which(name) for name in NAMES] + list(PLACES)
    return next((path for path in candidates if starts(path)), None) or next(
        (path for path in [playwright_path()] if starts(path)), None
    )


def get() -> None:
    """Try to install a browser, for `SECONDS` at most; whether it worked, `find` tells.

    Raises
    ------
    SystemExit : when there is none and the time was too short for an attempt
    """
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        attempts += [
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"],
        ]
    deadline, late = time.monotonic() + SECONDS, None
    for i, command in enumerate(attempts):
        print("no browser found; trying:", " ".join(command), file=sys.stderr)
        # an attempt that hangs leaves the others their share
        share = max(0.0, deadline - time.monotonic()) / (len(attempts) - i)
        try:
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=share)
        except subprocess.TimeoutExpired:
            late = " ".join(command)
        if find():
            return
    if late:
        sys.exit(TOO_SLOW.format(command=late, minutes=SECONDS / 60))


def find_or_get() -> str:
    """Return the path of a browser, installed if need be.

    Raises
    ------
    SystemExit : with one sentence that says what is missing
    """
    path = find()
    if path is None:
        get()
        path = find()
    if path is None:
        sys.exit(MISSING)
    return path


if __name__ == "__main__":
    print("browser:", find_or_get())
