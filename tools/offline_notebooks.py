"""The pages of the book as plain notebooks: links lead from one to the other, and nothing of jupytext is needed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import jupytext
import nbformat
import yaml

_LINK = re.compile(r"(\]\()([^()\s#:]+)\.md((?:#[^()\s]*)?\))")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^()\s]+)|^(?:```|:{3,})\{(?:figure|image)\}\s+(\S+)", re.MULTILINE)
_CODE = "format_name: myst"


def pages(toc: Path) -> list[Path]:
    """The pages that a table of contents names, in its order."""
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    parts = contents.get("parts", [contents])
    names = [contents["root"], *(chapter["file"] for part in parts for chapter in part["chapters"])]
    return [toc.parent / f"{name}.md" for name in names]


def pages_with_code(toc: Path) -> list[Path]:
    """Those of them that are notebooks."""
    return [page for page in pages(toc) if _CODE in page.read_text(encoding="utf-8")]


def notebooks(toc: Path, book: str = "../book") -> dict[str, bytes]:
    """Files of a folder of notebooks, by name: one for each page with code, and the pictures that pages show.

    Parameters
    ----------
    toc : the table of contents
    book : the built book as seen from that folder; pages without code are only there
    """
    found = pages(toc)
    root = Path(os.path.commonpath([page.parent for page in found]))
    with_code = set(pages_with_code(toc))
    files = {}
    for page in found:
        text = page.read_text(encoding="utf-8")
        for name in {first or second for first, second in _PICTURE.findall(text)}:
            picture = (page.parent / name).resolve()
            if picture.is_file() and picture.is_relative_to(root.resolve()):
                files[picture.relative_to(root.resolve()).as_posix()] = picture.read_bytes()
        if page in with_code:
            # the built book repeats the folders of its sources
            built = f"{book}/{root.relative_to(toc.parent).as_posix()}"
            files[page.relative_to(root).with_suffix(".ipynb").as_posix()] = _notebook(page, root, with_code, built)
    return files


def _notebook(page: Path, root: Path, with_code: set[Path], built: str) -> bytes:
    notebook = jupytext.read(page)
    notebook.metadata.pop("jupytext", None)

    def lead(match) -> str:
        target = Path(os.path.normpath(page.parent / f"{match[2]}.md"))
        if target in with_code:
            return f"{match[1]}{match[2]}.ipynb{match[3]}"
        if not target.is_relative_to(root):
            return match[0]
        up = "../" * len(page.relative_to(root).parent.parts)
        return f"{match[1]}{up}{built}/{target.relative_to(root).with_suffix('.html').as_posix()}{match[3]}"

    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{number}"  # jupytext draws them at random
        if cell.cell_type == "markdown":
            cell.source = _LINK.sub(lead, cell.source)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return (nbformat.writes(notebook) + "\n").encode()
