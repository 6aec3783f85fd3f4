"""The page of a report: one HTML file with picture, numbers and living figures that asks for nothing else."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from html import escape as escaped
from urllib.parse import quote

import numpy as np
from PIL import Image  # matplotlib needs it, too

from .processing import Processed
from .report_words import lead, method, number_rows
from .widgets import static
from .widgets.figure import contrast_limits, nice_length
from .widgets.numbers import short

LINKED = ("iteration", "cmap")  # traits that have one value in all figures of the page
_WIDEST = 800  # pixels of the picture; a larger image is averaged, as no screen shows it
_COARSE = 600  # pixels: up to here single ones are shown as squares, beyond that the screen may smooth
_DOI = "https://doi.org/"

STYLE = """
body { max-width: 55rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; font-weight: 600; margin: 2.5rem 0 .5rem; }
.lead { margin: 0 0 1.5rem; max-width: 46rem; }
.muted { color: color-mix(in srgb, currentColor 72%, transparent); }
figure { margin: 0 0 3rem; }
figure .tcbf-widget { margin-left: -4px; margin-right: -4px; } /* its text begins where that of the page does */
figcaption { margin: .5rem 0 0; max-width: 46rem; }
.picture { position: relative; }
.picture img { display: block; width: 100%; height: auto; object-fit: fill; }
.picture.coarse img { image-rendering: pixelated; }
.picture.tall { max-width: 36rem; }
.bar { position: absolute; left: 3%; bottom: 4%; border-bottom: 4px solid #fff; color: #fff; font-size: .9rem;
  line-height: 1.3; text-shadow: 0 0 3px #000, 0 0 3px #000; filter: drop-shadow(0 0 1px #000); white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem 1rem .35rem 0; text-align: left; vertical-align: baseline; font-weight: 400;
  border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
td:nth-child(2) { font-weight: 600; white-space: nowrap; }
table.facts td:nth-child(2) { font-weight: 400; white-space: normal; overflow-wrap: anywhere; }
ul.findings { list-style: none; padding: 0; margin: 0; }
ul.findings li { padding: .25rem 0 .25rem 1rem; border-left: 3px solid transparent; margin: .25rem 0; }
ul.findings li.note { border-color: color-mix(in srgb, currentColor 30%, transparent); }
ul.findings li.problem { border-color: #e69f00; }
.kind { font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; padding: .75rem 1rem;
  background: color-mix(in srgb, currentColor 7%, transparent); }
a { color: inherit; }
@media (max-width: 40rem) {
  tr { display: block; padding: .4rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
  th, td { display: block; padding: 0; border: 0; }
  td:nth-child(2) { white-space: normal; }
}
"""


@dataclass(frozen=True)
class Source:
    """What was reconstructed, and how it can be done again.

    name : of the file, or what the data is
    facts : further lines about it: (what, value)
    again : command line or Python code that repeats it
    versions : of the libraries, name to number
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    again: str
    versions: dict[str, str]


def page_text(done: Processed, source: Source, figures: list[tuple], arrays: str) -> str:
    """The page.

    Parameters
    ----------
    done : what was found
    source : what it was found in
    figures : (widget, caption) pairs
    arrays : name of the file of arrays beside the page
    """
    parts = [
        f'<p class="lead">{_text(lead(done))}</p>',
        _picture(done),
        "<h2>Numbers</h2>",
        _table(number_rows(done)),
        _findings(done),
        *_living(figures),
        "<h2>Method</h2>",
        f"<p>{''.join(_cited(text, doi) for text, doi in method(done))}</p>",
        "<h2>Arrays and repetition</h2>",
        _repetition(source, arrays),
    ]
    return static.page(f"Tilt-corrected bright field of {source.name}", "\n".join(filter(None, parts)), STYLE)


def _text(text: str) -> str:
    """Text as HTML; a number and its unit stay in one line.

    >>> _text("10 × 20 Å & more") == "10\u00a0×\u00a020\u00a0Å &amp; more"
    True
    """
    return escaped(re.sub(r"(?<=\d) (?=[×Å±µn°]|[mk]?(?:rad|e?V|m)\b)|(?<=[×±]) (?=\d)", "\u00a0", text))


def _picture(done: Processed) -> str:
    """The best image there is, with its scale bar, and what it shows."""
    image, words = done.image, "Aligned sum of all images, without a correction of contrast."
    if done.outcome == "nothing":
        words = "Sum of all images without alignment."
    elif done.corrected is not None:
        image, words = done.corrected, "Corrected image: phase of the specimen by a Wiener filter, heavy is bright."
    elif done.flipped is not None:
        image, words = done.flipped, "Aligned sum, its phases flipped: heavy is bright, noise is as strong as it was."
    height, width = (n * step for n, step in zip(image.shape, image.sampling, strict=True))
    length = nice_length(0.3 * width / 10)
    picture = base64.b64encode(_png(image.values)).decode()
    looks = " coarse" * (max(image.shape) <= _COARSE) + " tall" * (height > width)
    return (
        f'<figure><div class="picture{looks}"><img alt="{_text(words)}" style="aspect-ratio: {width:.6g} / '
        f'{height:.6g}" src="data:image/png;base64,{picture}"><span class="bar" style="width: '
        f'{1000 * length / width:.4g}%">{length:g} nm</span></div><figcaption class="muted">{words} Pixels of '
        f"{short(image.sampling[0])} × {short(image.sampling[1])} Å; greys from the 1st to the 99th percentile."
        "</figcaption></figure>"
    )


def _png(values: np.ndarray) -> bytes:
    """A grey picture; of an image larger than a screen, means of squares of pixels."""
    edge = -(-max(values.shape) // _WIDEST)
    ny, nx = (n // edge * edge for n in values.shape)
    values = values[:ny, :nx].reshape(ny // edge, edge, nx // edge, edge).mean(axis=(1, 3))
    low, high = contrast_limits(values)
    grey = np.clip((values - low) / max(high - low, 1e-30) * 255, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "png", optimize=True)
    return stream.getvalue()


def _table(rows: list[tuple[str, ...]], look: str = "") -> str:
    def cells(value: str, *more: str) -> str:
        return f"<td>{_text(value)}</td>" + "".join(f'<td class="muted">{_text(text)}</td>' for text in more)

    body = "\n".join(f'<tr><th scope="row">{_text(name)}</th>{cells(*rest)}</tr>' for name, *rest in rows)
    return f'<table class="{look}">\n{body}\n</table>'


def _findings(done: Processed) -> str:
    """What the survey and the stages had to say, what matters most first."""
    lines = [(finding.kind, finding.text, finding.remedy) for finding in done.gathered.findings]
    lines += [("problem", remark, "") for remark in done.remarks] + [("note", note, "") for note in done.notes]
    if not lines:
        return ""
    order = {"problem": 0, "note": 1, "fine": 2}
    items = "\n".join(
        f'<li class="{kind}"><span class="kind">{kind.capitalize()}.</span> {_text(_sentence(text))}'
        f"{f' {_text(_sentence(remedy))}' if remedy else ''}</li>"
        for kind, text, remedy in sorted(lines, key=lambda line: order[line[0]])
    )
    return f'<h2>What to know about this scan</h2>\n<ul class="findings">\n{items}\n</ul>'


def _sentence(text: str) -> str:
    """Begin with a capital and end with a full stop.

    >>> _sentence("no shifts were found")
    'No shifts were found.'
    """
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _living(figures: list[tuple]) -> list[str]:
    """Widgets that share code and arrays, each stored once, and one runtime."""
    if not figures:
        return []
    parts, stored = ["<h2>Figures that answer</h2>"], set()
    for number, (widget, caption) in enumerate(figures):
        description = widget.static_payload()
        assets = description["assets"]
        description["assets"] = {name: asset for name, asset in assets.items() if name not in stored}
        stored |= set(assets)
        description["links"] = [name for name in LINKED if name in description["state"]]
        html = static.fragment(description, widget.poster_png(), widget.alt_text())
        if number:  # the runtime is here already
            html = html.replace(f"<script>{static.runtime()}</script>", "<script>TCBF.start();</script>")
        parts.append(f'<figure>{html}<figcaption class="muted">{_text(caption)}</figcaption></figure>')
    return parts


def _cited(text: str, doi: str) -> str:
    return _text(text) + (f' (<a href="{_DOI}{doi}">doi:{doi}</a>)' if doi else "")


def _repetition(source: Source, arrays: str) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in source.versions.items())
    link = f'<a href="{escaped(quote(arrays))}">{escaped(arrays)}</a>'
    return (
        f"<p>All arrays, with units and axes, are in {link} beside this page (HDF5, EMD layout). The same again:</p>\n"
        f"<pre>{escaped(source.again)}</pre>\n"
        f"{_table([*source.facts, ('Made with', versions)], 'facts')}"
    )
