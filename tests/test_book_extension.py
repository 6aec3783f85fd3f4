"""The Sphinx extension, on a tiny book of its own."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tcbf_widgets import book

NOTEBOOK = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---
# Squares

```{{code-cell}} ipython3
import sys

sys.path[:0] = [".", ".."]
from squares import Squares
Squares({array})
```
"""

SQUARES = """\
import numpy as np
import traitlets as t
from tcbf_widgets.widgets.arrays import pack, unpack
from tcbf_widgets.widgets.figure import Panel
from tcbf_widgets.widgets.widget import TcbfWidget


class Squares(TcbfWidget):
    _esm = "export default {}"
    _css = "b { color: red }"

    def __init__(self, value):
        super().__init__(arrays={"a": pack(np.full((9, 9), value, np.uint8))}, meta={"title": "Squares"})

    def panels(self):
        return {"a": Panel(unpack(self.arrays["a"]), 0, 9)}

    def alt_text(self):
        return "Squares."
"""


CONFIGURATION = """\
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
project = "Tiny"
extensions = {extensions}
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
"""


def write_project(folder, page: str):
    """Write a book of three pages: two as given, and one that only lists them."""
    source = folder / "source"
    (source / "part").mkdir(parents=True)
    (source / "squares.py").write_text(SQUARES)
    (source / "index.md").write_text("# Start\n\n```{toctree}\npart/one\ntwo\n```\n")
    (source / "part" / "one.md").write_text(page)
    (source / "two.md").write_text(page)
    return folder


@pytest.fixture(scope="module", autouse=True)
def package_is_found_by_kernels():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(book.__file__).parents[1]), prepend=os.pathsep)
        yield


@pytest.fixture
def project(tmp_path):
    """Two pages that show the same array."""
    return write_project(tmp_path, NOTEBOOK.format(array=1))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The same, built once for all tests that only look at it."""
    return build(write_project(tmp_path_factory.mktemp("built"), NOTEBOOK.format(array=1)))


@pytest.fixture
def plain_project(tmp_path):
    """Two pages without any code."""
    return write_project(tmp_path, "# Plain\n\nNothing to run.\n")


def build(project, builder: str = "html", extensions=("myst_nb", "tcbf_widgets.book")):
    """Build the book in two parallel processes, fail on warnings, and return the output folder."""
    output, doctrees = project / "build" / builder, project / "build" / "doctrees"
    (project / "source" / "conf.py").write_text(CONFIGURATION.format(extensions=list(extensions)))
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-j2", "-b", builder, "-d", doctrees]
    done = subprocess.run([*command, project / "source", output], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return output


def spec_of(page) -> dict:
    return json.loads(re.search(r'<script type="application/tcbf\+json">(.*?)</script>', page.read_text())[1])


def assets(html) -> set[str]:
    return {file.name for file in (html / "_static" / "tcbf").iterdir()}


def test_pages_share_assets_that_lie_in_files_once(built):
    pages = [built / "part" / "one.html", built / "two.html"]
    specs = [spec_of(page) for page in pages]
    assert specs[0] == specs[1]
    assert "assets" not in specs[0]
    identifiers = {*specs[0]["esm"], specs[0]["css"], specs[0]["buffers"][0]["id"]}
    scripts = {name for name in assets(built) if name.endswith(".js")}
    (runtime,) = scripts - {f"{identifier}.js" for identifier in identifiers}
    assert runtime.startswith("runtime-")
    for page, up in zip(pages, ("../", ""), strict=True):
        text = page.read_text()
        assert f'data-assets="{up}_static/tcbf/"' in text
        assert book.PLACEHOLDER not in text
        poster = re.search(rf'class="tcbf-poster"[^>]*src="{re.escape(up)}_static/tcbf/(\w+\.png)"', text)[1]
        assert (built / "_static" / "tcbf" / poster).is_file()
        assert text.count(f'src="{up}_static/tcbf/{runtime}"') == 1


def test_pages_without_widgets_load_no_runtime_and_no_page_loads_widget_machinery(built):
    assert "tcbf/runtime" not in (built / "index.html").read_text()
    for page in built.rglob("*.html"):
        text = page.read_text()
        assert "html-manager" not in text
        assert "require.js" not in text
        assert not re.search(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//', text)


def test_an_incremental_build_keeps_used_assets_and_drops_others_as_it_does_old_caches(project):
    caches = project / "build" / ".jupyter_cache"
    for name in ("tcbf-0123456789ab", "tcbf-notes", "executed"):
        (caches / name).mkdir(parents=True)
    (caches / "global.db").write_text("of another tool")
    html = build(project)
    foreign = {"tcbf-notes", "executed", "global.db"}
    assert {entry.name for entry in caches.iterdir()} == foreign | {f"tcbf-{book.package_digest()}"}
    before = assets(html)
    (project / "source" / "two.md").write_text(NOTEBOOK.format(array=2))
    build(project)
    both = assets(html)
    assert before < both
    (project / "source" / "part" / "one.md").write_text("# One\n\nNo widget any more.\n")
    build(project)
    kept = spec_of(html / "two.html")
    assert f"{kept['buffers'][0]['id']}.js" in assets(html)
    assert assets(html) < both
    assert {file.name for file in (project / "build" / "doctrees" / "tcbf").iterdir()} == assets(html)


def test_paper_gets_the_poster(project):
    latex = build(project, "latex")
    (document,) = latex.glob("*.tex")
    assert len(re.findall(r"\\sphinxincludegraphics\{.*\.png", document.read_text())) == 2
    assert "application/tcbf" not in document.read_text()


def test_another_version_of_the_package_has_another_cache(tmp_path):
    package = tmp_path / "package"
    (package / "widgets" / "dist" / "page").mkdir(parents=True)
    for name, text in {"a.py": "1", "widgets/static_runtime.js": "2", "widgets/dist/page/view.js": "3"}.items():
        (package / name).write_text(text)
    digests = [book.package_digest(package)]
    for name in ("a.py", "widgets/static_runtime.js", "widgets/dist/page/view.js"):
        (package / name).write_text("changed")
        digests.append(book.package_digest(package))
    assert len(set(digests)) == 4


WAITING = """
```{{code-cell}} ipython3
import time
from pathlib import Path

Path("{own}.txt").touch()
end = time.monotonic() + 60
while not Path("{other}.txt").exists():
    assert time.monotonic() < end, "{other} was not executed at the same time"
    time.sleep(0.05)
```
"""


def test_pages_are_executed_side_by_side(plain_project):
    front = NOTEBOOK.split("# Squares")[0]
    here, there = plain_project / "source" / "here", plain_project / "source" / "there"
    (plain_project / "source" / "two.md").write_text(front + "# Two\n" + WAITING.format(own=here, other=there))
    page = front + "# One\n" + WAITING.format(own=there, other=here)
    (plain_project / "source" / "part" / "one.md").write_text(page)
    build(plain_project)


def test_an_error_of_a_page_is_told_with_its_name(plain_project):
    front = NOTEBOOK.split("# Squares")[0]
    (plain_project / "source" / "two.md").write_text(front + "# Two\n\n```{code-cell} ipython3\n1 / 0\n```\n")
    with pytest.raises(AssertionError, match=r"(?s)two\.md:Executing notebook failed"):
        build(plain_project)


def test_thebe_is_taken_out_of_pages(plain_project):
    extension = """
        def setup(app):
            app.add_js_file(None, body="var THEBE_JS_URL = 'https://unpkg.com/thebe'")
            app.add_js_file("sphinx-thebe.js")
            app.add_css_file("sphinx-thebe.css")
            app.add_js_file("harmless.js")
            return {"parallel_read_safe": True, "parallel_write_safe": True}
        """
    (plain_project / "source" / "fake_thebe.py").write_text(textwrap.dedent(extension))
    html = build(plain_project, extensions=["myst_nb", "fake_thebe", "tcbf_widgets.book"])
    text = (html / "index.html").read_text()
    assert "thebe" not in text.lower()
    assert "harmless.js" in text
