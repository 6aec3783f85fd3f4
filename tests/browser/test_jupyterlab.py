"""The pages as notebooks in a real JupyterLab: they run, and sliders and Python follow each other."""

import re
import time

import pytest
import support
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
    toc = (support.ROOT / "_toc.yml").read_text(encoding="utf-8")
    names = re.findall(r"(?:file|root):\s*(\S+)", toc)
    files = [support.ROOT / f"{name}.md" for name in names]
    pages = [file for file in files if file.is_file() and "format_name: myst" in file.read_text(encoding="utf-8")]
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


def test_text_is_rendered_as_in_the_book_and_without_network(notebook):
    notebook.page.add_style_tag(content=".katex { display: none !important }")  # math may say "(r)="
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
    assert sorted(root.get_attribute("data-view") for root in roots) == sorted(made)
    assert notebook.outside == []
    for root in roots:
        # of several widgets of one kind, the first shown is the first made
        index = made.index(root.get_attribute("data-view"))
        made[index] = None
        round_trip(notebook, root, index)


def round_trip(notebook, root, index: int) -> None:
    """Move the first slider of a widget, see Python follow; set Python back, see the slider follow."""
    before = notebook.python(STATE)[index][1]
    slider = root.locator("input[type=range]:visible").first
    start, picture = slider.input_value(), root.evaluate(support.PICTURE)

    slider.focus()
    slider.press("Home" if start != slider.get_attribute("min") else "End")
    moved = until(lambda: changed_traits(before, notebook.python(STATE)[index][1]))
    assert float(slider.input_value()) in [float(value) for value in moved.values()]
    assert root.evaluate(support.PICTURE) != picture

    for name in moved:
        notebook.python("None", f"_tcbf_widgets[{index}].{name} = {before[name]!r}")
    until(lambda: slider.input_value() == start)
    until(lambda: root.evaluate(support.PICTURE) == picture)
