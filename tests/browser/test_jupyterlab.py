"""The pages as notebooks in a real JupyterLab: they run, and sliders and Python follow each other."""

import json
import re
import time
import urllib.request
from contextlib import contextmanager

import offline_notebooks
import pytest
import support
from controls import settle
from lab import Notebook, lab_server

# the numbers of all our widgets, in the order in which they were made
STATE = """[(w.view, {name: value for name, value in w.get_state().items()
    if isinstance(value, (int, float)) and not isinstance(value, bool)}) for w in _tcbf_widgets]"""
FIND_WIDGETS = """
from ipywidgets.widgets.widget import _instances
from tcbf_widgets.widgets import TcbfWidget
_tcbf_widgets = [w for w in _instances.values() if isinstance(w, TcbfWidget)]
"""


def notebook_pages() -> list[str]:
    """Return the pages of the table of contents that hold code."""
    pages = offline_notebooks.pages_with_code(support.ROOT / "_toc.yml")
    return [page.relative_to(support.ROOT).as_posix() for page in pages]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with lab_server(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="module")
def lab_page(browser):
    """A page for JupyterLab, which takes long to load: one notebook after the other is opened in it."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module", params=notebook_pages())
def notebook(lab, lab_page, request):
    """A page of the book as notebook, for all that is asked of it."""
    notebook = Notebook(lab_page, lab, request.param)
    yield notebook
    notebook.close()


def until(condition, seconds: float = 20.0):
    """Return the first true value of a condition; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    pytest.fail(f"nothing happened within {seconds} s")


def changed_traits(before: dict, after: dict) -> dict:
    return {name: value for name, value in after.items() if value != before[name]}


# A movie, and a reconstruction that waits where the test wants to look; a file of the name of the stop lets it go on.
MOVIE = (
    """import pathlib, time
import tcbf_widgets as tcbf
scan = tcbf.overlap_scan()
movie = tcbf.widgets.PtychographyMovie(truth=scan.truth, sampling=scan.sampling)
movie""",
    """def paced(stops, **options):
    for epoch in tcbf.reconstruct(scan.data, scan.probe, **options):
        while not pathlib.Path(stops.get(epoch.number, ".")).exists():
            time.sleep(0.02)
        yield epoch
        time.sleep(0.06)  # longer than an update has to wait for the next

last = movie.follow(paced({0: "begin", 5: "on"}, epochs=9), label="Adam")""",
    """movie.follow(paced({0: "again"}, epochs=2, method="epie"), label="ePIE")
movie""",
)


# An image that waits after half of the scan.
LIVE = (
    """import pathlib, time
import numpy as np
import tcbf_widgets as tcbf
live = tcbf.widgets.LiveImage()
live""",
    """for row in range(1, 11):
    while row == 6 and not pathlib.Path("further").exists():
        time.sleep(0.02)
    live.add(tcbf.ParallaxImage(1.0 + (np.indices((10, 12))[0] < row), (5.0, 5.0), 1, row / 10))
    time.sleep(0.12)  # longer than an update has to wait for the next""",
)


def put(address: str, path: str, content, kind: str) -> None:
    """Write a file in the folder of a JupyterLab, as its own browser of files does."""
    format = "json" if kind == "notebook" else "text"
    body = json.dumps({"type": kind, "format": format, "content": content}).encode()
    request = urllib.request.Request(f"{address}/api/contents/{path}", body, method="PUT")
    urllib.request.urlopen(request).close()


@contextmanager
def notebook_of(cells, lab, lab_page, name):
    """A notebook of cells of code, opened."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [cell | {"id": f"cell-{i}", "source": source} for i, source in enumerate(cells)]
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    put(lab, name, {"nbformat": 4, "nbformat_minor": 5, "metadata": python, "cells": cells}, "notebook")
    notebook = Notebook(lab_page, lab, name)
    try:
        yield notebook
    finally:
        notebook.close()


def test_an_image_grows_while_a_scan_is_read(lab, lab_page):
    with notebook_of(LIVE, lab, lab_page, "live.ipynb") as notebook:
        page = notebook.page
        page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.locator(".tcbf-status").filter(has_text="part 3 of 3, 50 % of the scan").wait_for(timeout=60_000)
        assert notebook.prompts() == ["[1]:", "[*]:"]
        (root,) = notebook.widgets(1)
        status, slider = root.locator(".tcbf-status"), root.get_by_label("Part", exact=True)
        slider.press("Home")
        until(lambda: status.text_content().startswith("part 1 of 3, 20 % of the scan"))
        put(lab, "further", "", "file")
        # a reader who goes back stays there, although it goes on
        until(lambda: notebook.prompts() == ["[1]:", "[2]:"])
        until(lambda: status.text_content().startswith("part 1 of 5, 20 % of the scan"))
        slider.press("End")
        until(lambda: status.text_content() == "part 5 of 5, 100 % of the scan: all frames read")
        until(lambda: notebook.python("(live.part, len(live.parts))") == (-1, 5))


def test_a_movie_grows_while_the_reconstruction_goes_on(lab, lab_page):
    with notebook_of(MOVIE, lab, lab_page, "movie.ipynb") as notebook:
        watch_it_grow(notebook, lambda name: put(lab, name, "", "file"))


def watch_it_grow(notebook, let_go) -> None:
    page = notebook.page
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.get_by_text("Waiting for the first epoch").wait_for(timeout=60_000)
    let_go("begin")
    (root,) = notebook.widgets(1)
    status, slider = root.locator(".tcbf-status"), root.get_by_label("Epoch", exact=True)
    error = 'root => root.querySelector("canvas[data-panel=error]").toDataURL()'
    until(lambda: status.text_content().startswith("Adam, epoch 4 of 4: loss "))
    assert notebook.prompts() == ["[1]:", "[*]:", "[*]:"]
    newest = root.evaluate(error)
    # a reader who goes back, with keys that mean something to a notebook as well, stays there, although it goes on
    slider.press("Home")
    slider.press("ArrowRight")
    until(lambda: status.text_content().startswith("Adam, epoch 1 of 4: loss "))
    assert root.evaluate(error) != newest
    let_go("on")
    until(lambda: status.text_content().startswith("Adam, epoch 1 of 9: "))
    slider.press("End")
    until(lambda: status.text_content().startswith("Adam, epoch 9 of 9: "))
    let_go("again")
    # the next run is shown as it comes, in views that are made later as well
    first, second = notebook.widgets(2)
    until(lambda: notebook.prompts() == ["[1]:", "[2]:", "[3]:"])
    for root in (first, second):
        until(lambda root=root: root.locator(".tcbf-status").text_content().startswith("ePIE, epoch 2 of 2: "))
        assert root.get_by_role("radio").count() == 2
    second.get_by_role("radio", name="Adam").check()
    until(lambda: first.locator(".tcbf-status").text_content().startswith("Adam, epoch 9 of 9: "))
    assert first.get_by_label("Epoch", exact=True).get_attribute("max") == "9"
    # views share what the page knows, so they may follow a moment before Python does
    known = "(movie.run, movie.number(), last.number, movie.runs.numbers('Adam'))"
    until(lambda: notebook.python(known) == ("Adam", 9, 9, list(range(10))))


def test_text_is_rendered_as_in_the_book_and_without_network(notebook):
    notebook.page.add_style_tag(content=".katex { display: none !important }")  # math may say "(r)="
    notebook.page.wait_for_function(  # it is rendered after the notebook has been opened
        """() => [...document.querySelectorAll(".jp-Notebook .jp-MarkdownCell")]
            .every(cell => cell.innerText.trim())""",
        timeout=60_000,
    )
    cells = notebook.page.locator(".jp-Notebook .jp-MarkdownCell").all()
    text = "\n".join(cell.inner_text() for cell in cells)
    assert text
    assert re.findall(r"^:::.*|\{[a-z:-]+\}`.*|^:(?:label|class):.*|^\([\w-]+\)=$", text, re.MULTILINE) == []
    assert notebook.outside == []


def test_page_runs_and_every_widget_follows_python_and_python_follows_it(notebook):
    assert notebook.run_all() == []
    notebook.python("None", FIND_WIDGETS)
    made = [view for view, _ in notebook.python(STATE)]
    roots = notebook.widgets(len(made))
    assert {root.get_attribute("data-view") for root in roots} == set(made)
    assert notebook.outside == []
    for root in roots:
        # of several widgets of one kind, the first shown is the first made; what is shown once more comes after them
        view = root.get_attribute("data-view")
        if view in made:
            index = made.index(view)
            made[index] = None
            (answer_and_clear if view == "Quiz" else round_trip)(notebook, root, index)
    assert not any(made)


def answer_and_clear(notebook, root, index: int) -> None:
    """Answer the first question of a quiz, see Python know it; clear it in Python, see it gone."""
    question = root.locator(".tcbf-question").first
    answers, options = f"_tcbf_widgets[{index}].answers", question.get_by_role("radio")
    if options.count():
        options.first.check()
        options.first.press("Enter")
    else:
        question.get_by_role("textbox").fill("1")
        question.get_by_role("textbox").press("Enter")
    name = question.get_attribute("data-question")
    given = until(lambda: notebook.python(answers))
    assert given == {name: options.first.get_attribute("value") if options.count() else "1"}
    assert question.locator(".tcbf-verdict").text_content()
    notebook.python("None", f"{answers} = {{}}")
    until(lambda: question.locator(".tcbf-verdict").text_content() == "")


def round_trip(notebook, root, index: int) -> None:
    """Move the first slider of a widget, see Python follow; set Python back, see the slider follow."""
    before = notebook.python(STATE)[index][1]
    slider = root.locator("input[type=range]:visible").first
    settle(root)
    start, picture = slider.input_value(), root.evaluate(support.PICTURE)

    slider.focus()
    slider.press("Home" if start != slider.get_attribute("min") else "End")
    moved = until(lambda: changed_traits(before, notebook.python(STATE)[index][1]))
    # a slider of a logarithm holds that, and its entry the number itself; readers count features from 1, Python from 0
    entry = root.locator("input.tcbf-entry:visible").first
    shown = {float(value) + (name == "feature") for name, value in moved.items()}
    assert {float(slider.input_value()), float(entry.input_value())} & shown
    assert root.evaluate(support.PICTURE) != picture

    for name in moved:
        notebook.python("None", f"_tcbf_widgets[{index}].{name} = {before[name]!r}")
    until(lambda: slider.input_value() == start)
    until(lambda: root.evaluate(support.PICTURE) == picture)
