"""The exercises on paper: ``make sheet`` writes _build/exercises.pdf, and exercises-answers.pdf for those who teach.

Questions come from `tcbf_widgets.check`, figures are the posters in the pages of the built book, and the browser of the
tests prints.
"""

from __future__ import annotations

import argparse
import base64
import html
import sys
from html.parser import HTMLParser
from pathlib import Path

import find_browser
import offline_notebooks
from playwright.sync_api import sync_playwright

from tcbf_widgets import check
from tcbf_widgets.atomic import check_writable, written_whole
from tcbf_widgets.question_lists import answered
from tcbf_widgets.questions import Choice, Number

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "_build"
STYLE = ROOT / "tools" / "pack" / "sheet.css"
TITLE = "Tilt-corrected bright-field STEM"
ABOUT = (
    "<i>With the figure</i>: move a slider of the chapter’s figure and read it off. <i>In the notebook</i>: let Python "
    "compute it. All others need a pencil. The last line is for the answer, in the unit beside it."
)
ABOUT_ANSWERS = (
    "All numbers are computed by the library when this is printed. Below each answer stand wrong ones that are often "
    "given, each with a hint that leads on."
)
HOW = {"hand": "", "slider": "with the figure", "code": "in the notebook"}
LINES = {"hand": 3, "slider": 1, "code": 1}  # to write on, before the one for the answer
# The main figure of a chapter by how its description begins, where that is not the first one.
MAIN = {"cross_correlation": "Measured shifts", "depth": "Weight of the missing wedge", "crystallites": "Virtual dark"}


class _Page(HTMLParser):
    """Collects title and posters of a built page."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.posters: list[tuple[str, str]] = []
        self._in_title = False

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "h1" and not self.title:
            self._in_title = True
        elif tag == "img" and "tcbf-poster" in (attributes.get("class") or "").split():
            self.posters.append((attributes["alt"], attributes["src"]))

    def handle_endtag(self, tag):
        if tag == "h1":
            self._in_title = False

    def handle_data(self, data):
        if self._in_title:
            self.title += data.strip()


def pages(book: Path) -> dict[str, Path]:
    """The built page of each chapter that has questions.

    Raises
    ------
    FileNotFoundError when one is not there
    """
    sources = {page.stem: page for page in offline_notebooks.pages(ROOT / "_toc.yml")}
    found = {}
    for chapter in check.CHAPTERS:
        found[chapter] = book / sources[chapter].relative_to(ROOT).with_suffix(".html")
        if not found[chapter].is_file():
            raise FileNotFoundError(f"book {str(book)!r} has no page of {chapter}; run `make book` first")
    return found


def sheet(book: Path, answers: bool = False) -> str:
    """The sheet as a page of HTML that needs no other file.

    Parameters
    ----------
    book : folder of the built book
    answers : whether it is the one with answers, for those who teach
    """
    sections = []
    for number, (chapter, page) in enumerate(pages(book).items(), start=1):
        read = _Page()
        read.feed(page.read_text(encoding="utf-8"))
        body = answered(chapter, folded=False).html if answers else _figure(read, page, chapter) + _questions(chapter)
        title = f"<h2><span>{number}</span> {html.escape(read.title)}</h2>"
        sections.append(f'<section id="{chapter}">{title}{body}</section>')
    kind = "Answers to the exercises" if answers else "Exercises"
    name = "" if answers else '<p class="name"><span>Name</span><span>Date</span></p>'
    about = ABOUT_ANSWERS if answers else ABOUT
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}: {kind.lower()}</title>'
        f'<style>{STYLE.read_text(encoding="utf-8")}</style></head><body class="{"answers" if answers else "asked"}">'
        f'<header><h1>{TITLE}</h1><p>{kind}</p>{name}</header><p class="about">{about}</p>{"".join(sections)}'
        "</body></html>"
    )


def _figure(read: _Page, page: Path, chapter: str) -> str:
    if not read.posters:
        return ""
    begins = MAIN.get(chapter, "")
    alt, source = next((poster for poster in read.posters if poster[0].startswith(begins)), read.posters[0])
    picture = base64.b64encode((page.parent / source).read_bytes()).decode()
    return (
        f'<figure><img src="data:image/png;base64,{picture}" alt="">'
        f"<figcaption>{html.escape(alt)}</figcaption></figure>"
    )


def _questions(chapter: str) -> str:
    return f"<ol>{''.join(map(_question, check.questions(chapter)))}</ol>"


def _question(question: Number | Choice) -> str:
    how = f" <em>{HOW[question.by]}</em>" if HOW[question.by] else ""
    return f"<li><p>{html.escape(question.text)}{how}</p>{_room(question)}</li>"


def _room(question: Number | Choice) -> str:
    """Boxes to tick, or lines to write on."""
    if isinstance(question, Choice):
        options = question.lettered.items()
        return f"<ul>{''.join(f'<li><b>{letter}</b> {html.escape(option)}</li>' for letter, option in options)}</ul>"
    lines = '<div class="line"></div>' * LINES[question.by]
    return f'{lines}<div class="answer"><span></span>{html.escape(question.unit)}</div>'


def print_pdf(browser, content: str, file: Path) -> None:
    """Print a page of HTML as PDF in a browser of Playwright."""
    foot = (
        '<div style="width: 100%; margin: 0 18mm; font: 7pt sans-serif; text-align: right">'
        '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
    )
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(content, wait_until="load")
    options = {"prefer_css_page_size": True, "print_background": True, "display_header_footer": True, "tagged": True}
    with written_whole(file, overwrite=True) as temporary:
        page.pdf(path=temporary, header_template="<span></span>", footer_template=foot, **options)
    context.close()


def print_both(book: Path, folder: Path) -> None:
    """Print exercises.pdf and exercises-answers.pdf into a folder.

    Raises
    ------
    FileNotFoundError without that folder or a built book; another OSError when a file cannot be written
    """
    files = {folder / "exercises.pdf": False, folder / "exercises-answers.pdf": True}
    for file in files:
        check_writable(file, overwrite=True)
    printed = {file: sheet(book, answers) for file, answers in files.items()}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser.find_or_get(), args=["--no-sandbox"])
        for file, content in printed.items():
            print_pdf(browser, content, file)
            print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
        browser.close()


def main() -> None:
    """Write both PDFs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--book", type=Path, default=BUILT / "html", help="folder of the built book")
    parser.add_argument("--out", type=Path, default=BUILT, help="folder for the PDFs")
    arguments = parser.parse_args()
    try:
        print_both(arguments.book, arguments.out)
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
