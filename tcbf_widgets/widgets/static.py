"""Widgets in pages without a kernel: state, code and arrays as HTML that a small runtime brings to life.

The runtime is static_runtime.js beside this file. `fragment` gives HTML that is complete in itself; while a book
is built, `tcbf_widgets.book` moves the assets in it to files that all pages share.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import zlib
from functools import cache
from pathlib import Path

from ..atomic import check_writable as check_writable  # before a page is made
from ..atomic import written_whole
from .bundles import imports

ENVIRONMENT_VARIABLE = "TCBF_STATIC"

# state of every ipywidget that only a live front end understands
_LIVE_ONLY = {"layout", "tabbable", "tooltip"}

# the two parts of a fragment that a book keeps in files
_POSTER = re.compile(r'src="data:image/png;base64,(?P<data>[^"]+)"')
_PAYLOAD = re.compile(
    r'(?P<open><script type="application/tcbf\+json">)(?P<json>.*?)</script><script>.*?</script></div>', re.DOTALL
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; max-width: 60rem; padding: 1rem; font-family: system-ui, sans-serif; line-height: 1.5; }}
img {{ max-width: 100%; height: auto; }}
h1 {{ font-size: 1.25rem; font-weight: 600; }}
{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""

_ONE_FIGURE = """/* the living figure shows its title itself */
@media (scripting: enabled) {
h1 { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
}
"""


def is_static() -> bool:
    """Tell whether widgets display as static HTML (environment variable TCBF_STATIC=1) instead of live."""
    return os.environ.get(ENVIRONMENT_VARIABLE) == "1"


def payload(state: dict, modules: dict[str, str], css: str = "") -> dict:
    """Describe a widget so that JSON can hold it, with code and arrays by the hash of their content.

    Parameters
    ----------
    state : synced traits by name; private ones and those for live front ends are left out
    modules : text of the view's module, then of those that it imports, by file name
    css : text of its style sheet

    Returns
    -------
    {"state", "esm": [id of the view's module, those that it imports], "css", "buffers": [{"path", "id"}],
    "assets": {id: asset}}
    """
    state = {name: value for name, value in state.items() if name[0] != "_" and name not in _LIVE_ONLY}
    state, buffers = _without_buffers(state)
    names = {name: content_id(text.encode()) for name, text in modules.items()}
    result = {"state": state, "esm": list(names.values()), "css": None, "buffers": [], "assets": {}}
    for name, text in modules.items():
        imported = {f"./{other}": names[other] for other in imports(text)}
        result["assets"][names[name]] = {"kind": "esm", "text": text, "imports": imported}
    if css:
        result["css"] = content_id(css.encode())
        result["assets"][result["css"]] = {"kind": "css", "text": css}
    for path, buffer in buffers:
        identifier, asset = _binary_asset(bytes(buffer))
        result["buffers"].append({"path": path, "id": identifier})
        result["assets"][identifier] = asset
    return result


def fragment(description: dict, poster: bytes | str, alt: str) -> str:
    """Return one widget as HTML that needs nothing else: poster, payload and runtime.

    Parameters
    ----------
    description : from `payload`
    poster : PNG that stands in until the view has painted, and where no script runs; or HTML, for what has words only
    alt : what the poster shows, in words
    """
    shown = f'<div class="tcbf-poster">{poster}</div>' if isinstance(poster, str) else _image(poster, alt)
    return (
        f'<div class="tcbf-static">{shown}'
        '<div class="tcbf-live"></div>'
        "<noscript><p>This figure answers to its controls where JavaScript is allowed.</p></noscript>"
        f'<script type="application/tcbf+json">{script_json(description)}</script>'
        f"<script>{runtime()}</script>"
        "</div>"
    )


def _image(png: bytes, alt: str) -> str:
    width, height = _png_size(png)
    return (
        f'<img class="tcbf-poster" alt="{html.escape(alt)}" width="{width}" height="{height}" '
        # without the runtime, too, no page may stretch it
        f'style="width:100%;height:auto" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
    )


def is_fragment(text: str) -> bool:
    """Tell whether HTML came from `fragment`."""
    return text.lstrip().startswith('<div class="tcbf-static">') and _PAYLOAD.search(text) is not None


def split_assets(text: str, base: str) -> tuple[str, dict[str, bytes]]:
    """Take code, arrays, poster and runtime out of a fragment, for pages that share them as files.

    Parameters
    ----------
    text : from `fragment`
    base : address of the folder of the files, ending in "/"

    Returns
    -------
    the fragment without them, and the files by name
    """
    files: dict[str, bytes] = {}

    def take_assets(match: re.Match) -> str:
        description = json.loads(match["json"])
        for identifier, asset in description.pop("assets").items():
            script = f"(window.TCBFQ ??= []).push({script_json([identifier, asset])});\n"
            files[f"{identifier}.js"] = script.encode()
        # the runtime goes too: the page loads it once
        return f"{match['open']}{script_json(description)}</script></div>"

    def take_poster(match: re.Match) -> str:
        png = base64.b64decode(match["data"])
        name = f"{content_id(png)}.png"
        files[name] = png
        return f'src="{base}{name}"'

    text = _PAYLOAD.sub(take_assets, text)
    text = _POSTER.sub(take_poster, text)
    text = text.replace('<div class="tcbf-static">', f'<div class="tcbf-static" data-assets="{base}">')
    return text, files


def page(title: str, content: str, style: str = _ONE_FIGURE) -> str:
    """Return a complete HTML document around one fragment, or around anything else with rules of its own."""
    return PAGE.format(title=html.escape(title), content=content, style=style)


def script_json(value) -> str:
    r"""Return JSON that may stand inside a script element.

    Raises
    ------
    ValueError : for NaN and infinities, which JSON cannot hold

    >>> script_json({"text": "</script>"})
    '{"text":"\\u003c/script>"}'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


@cache
def runtime() -> str:
    """Return the text of static_runtime.js."""
    return Path(__file__).with_name("static_runtime.js").read_text(encoding="utf-8")


def write_atomically(path, text: str, *, overwrite: bool = False) -> Path:
    """Write a text file whole or not at all; raises as `check_writable` does."""
    with written_whole(path, overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return Path(path)


def content_id(content: bytes) -> str:
    """Name of an asset: the same content has the same name everywhere."""
    return hashlib.sha256(content).hexdigest()[:16]


def _without_buffers(value, path: tuple = ()) -> tuple[object, list]:
    """Copy of a nested dict without its binary values, and [(path, binary value)]."""
    if not isinstance(value, dict):
        return value, []
    rest, buffers = {}, []
    for name, item in value.items():
        if isinstance(item, (bytes, bytearray, memoryview)):
            buffers.append(([*path, name], item))
            continue
        rest[name], found = _without_buffers(item, (*path, name))
        buffers += found
    return rest, buffers


def _binary_asset(content: bytes) -> tuple[str, dict]:
    compressed = min(_deflate(content, zlib.Z_DEFAULT_STRATEGY), _deflate(content, zlib.Z_HUFFMAN_ONLY), key=len)
    # inflating costs time: only where it saves at least a tenth
    encoding, stored = ("zlib", compressed) if len(compressed) < 0.9 * len(content) else ("raw", content)
    asset = {
        "kind": "binary",
        "encoding": encoding,
        "bytes": len(content),
        "text": base64.b64encode(stored).decode(),
    }
    return content_id(content), asset


def _deflate(content: bytes, strategy: int) -> bytes:
    """Compress; counting noise repeats nowhere, so without the search for repetitions it becomes an eighth smaller."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, strategy)
    return compressor.compress(content) + compressor.flush()


def _png_size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG in pixels, from its header."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
