"""Fail when a built book loads anything from a network: ``python tools/check_offline.py _build/html``.

Links for readers to follow may point anywhere; scripts, styles, images, fonts and frames may not.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

REMOTE = re.compile(r"^(?:https?:)?//", re.IGNORECASE)
CSS_LOAD = re.compile(r"""(?:url\(|@import\s+)\s*["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
LOADING_LINKS = {"stylesheet", "preload", "prefetch", "modulepreload", "preconnect", "dns-prefetch", "icon", "manifest"}


class _Loads(HTMLParser):
    """Collects the remote addresses that a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.remote: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        addresses = [attributes.get(name, "") for name in ("src", "poster", "data")]
        addresses += [part.split()[0] for part in attributes.get("srcset", "").split(",") if part.split()]
        if tag == "link" and LOADING_LINKS & set(attributes.get("rel", "").split()):
            addresses.append(attributes.get("href", ""))
        self.remote += [address for address in addresses if REMOTE.match(address)]
        self.remote += CSS_LOAD.findall(attributes.get("style", ""))
        self._in_style = tag == "style"

    def handle_data(self, data):
        if self._in_style:
            self.remote += CSS_LOAD.findall(data)


def remote_loads(file: Path) -> list[str]:
    """Return the remote addresses that an HTML or CSS file loads."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".css":
        return CSS_LOAD.findall(text)
    parser = _Loads()
    parser.feed(text)
    return parser.remote


def check(folder: Path) -> list[str]:
    """Return one line for each file of a built book that would ask for a network."""
    files = sorted([*folder.rglob("*.html"), *folder.rglob("*.css")])
    found = {file: remote_loads(file) for file in files}
    return [f"{file.relative_to(folder)}: {', '.join(sorted(set(urls)))}" for file, urls in found.items() if urls]


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1], "index.html").is_file():
        sys.exit("Give the folder of a built book, such as _build/html.")
    lines = check(Path(sys.argv[1]))
    if lines:
        sys.exit("The built book loads from the network:\n" + "\n".join(lines))
