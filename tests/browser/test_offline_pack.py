"""The offline pack as a class meets it: unpacked, installed and used with the network blocked."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import exercise_sheet
import lab
import no_network
import offline_pack
import pytest
import support
from wheel_targets import here

import tcbf_widgets as tcbf


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """The pack for this machine, unpacked in a folder with a space in its name.

    Made as `make offline-pack` makes it: wheels that _build/wheelhouse lacks are downloaded.
    """
    folder = tmp_path_factory.mktemp("offline")
    zip_file = folder / "pack.zip"
    offline_pack.make(support.BOOK, [here()], zip_file, offline_pack.BUILT / "wheelhouse")
    with zipfile.ZipFile(zip_file) as archive:
        archive.extractall(folder / "a room")
    zip_file.unlink()
    yield folder / "a room" / offline_pack.FOLDER
    shutil.rmtree(folder)  # as large as a pack and all that it installs


# names of tests say how the network was blocked
@pytest.fixture(scope="module", params=[no_network.kind()], ids=["in " + no_network.kind()])
def installed(pack):
    """The same after its one command, which is not even begun if a page outside can be read."""
    command = no_network.command(sys.executable, pack / "install.py")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("Ready. Start with: ")
    return pack


@pytest.fixture(scope="module")
def jupyter(installed):
    """JupyterLab as start.py starts it; yields its address."""
    for name, values in lab.SETTINGS.items():
        file = installed / ".jupyter" / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    command = [sys.executable, str(installed / "start.py")]
    with lab.running(command, installed / "server.log", env=os.environ | no_network.PROXIES) as address:
        yield address


def test_everything_is_in_one_folder_and_found_from_its_first_page(pack):
    assert [folder.name for folder in pack.parent.iterdir()] == [pack.name]
    links = re.findall(r'href="([^"]+)"', (pack / "START-HERE.html").read_text(encoding="utf-8"))
    assert links == ["book/index.html"]
    named = re.findall(r"<tr><td><code>([\w.-]+)</code></td>", (pack / "START-HERE.html").read_text(encoding="utf-8"))
    assert {"book", "notebooks", "data", "wheelhouse", "LICENSES"} <= set(named)
    assert all((pack / name).exists() for name in named)
    assert "@" not in re.sub(r"(?s)<style>.*</style>", "", (pack / "START-HERE.html").read_text(encoding="utf-8"))
    assert tcbf.open(pack / "data" / "scan.h5").truth


def test_links_between_notebooks_lead_to_files(pack):
    notebooks = list((pack / "notebooks").rglob("*.ipynb"))
    assert pack / "notebooks" / "intro.ipynb" in notebooks
    for file in notebooks:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        text = re.sub(r"(?s)```.*?```|\$.*?\$", "", text)
        links = re.findall(r"\]\(([^()\s#:]+\.\w+)(?:#[^()\s]*)?\)", text)
        assert [link for link in links if not (file.parent / link).exists()] == [], file.name


@pytest.mark.parametrize("page", ["START-HERE.html", "book/index.html", "book/book/tcbf/cross_correlation.html"])
def test_it_opens_by_double_click(browser, pack, page):
    with support.watched_page(browser, (pack / page).as_uri(), pack.as_uri()) as watched:
        if page == "book/index.html":
            watched.page.wait_for_url("**/book/intro.html")
            watched.wait_for_widgets()
        roots = watched.page.locator(".tcbf-static .tcbf-widget[data-view]")
        assert (roots.count() > 0) == (page != "START-HERE.html")
        assert set(roots.evaluate_all("roots => roots.map(root => root.dataset.state)")) <= {"ready"}
        assert watched.problems == []


def test_a_notebook_runs_in_a_jupyterlab_of_the_wheelhouse_alone(browser, installed, jupyter):
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    notebook = lab.Notebook(context.new_page(), jupyter, "notebooks/intro.ipynb")
    assert notebook.run_all() == []
    (root,) = notebook.widgets(1)
    assert root.get_attribute("data-view") == "TiltCorrection"
    assert notebook.outside == []
    used = notebook.python("(tcbf.__path__[0], __import__('os').environ['TCBF_CACHE'])")
    assert all(place.startswith(str(installed)) for place in used)
    notebook.close()
    context.close()
    # the scan that came with the pack was found: none was simulated
    assert len(list((installed / "data" / "cache").iterdir())) == 1


def test_the_exercises_fill_a_sheet_of_paper_a_chapter(browser, tmp_path):
    exercise_sheet.print_pdf(browser, exercise_sheet.sheet(support.BOOK), tmp_path / "exercises.pdf")
    content = (tmp_path / "exercises.pdf").read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", content))
    chapters = len(tcbf.check.CHAPTERS)
    # both sides of a sheet; the last may stay empty behind. One chapter may grow on to a second sheet.
    assert 2 * chapters - 1 <= pages <= 2 * chapters + 2
    assert 0.1e6 < len(content) < 6e6
