"""Killed at any line, the work leaves either the old page with its arrays or the new one with its own, both whole."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from tcbf_widgets.report_files import check_report, publish


def write(content):
    """The two functions that `publish` takes, for a page and arrays with this content."""

    def arrays(path):
        with h5py.File(path, "w") as file:
            file["content"] = content

    return arrays, lambda name: f"<p>{content} {name}</p>"


def whole(page: Path) -> str | None:
    """Content of a page, None without one; its arrays must be there, and be what its name and its page say."""
    if not page.exists():
        return None
    content, name = re.fullmatch(r"<p>(\w+) (page-[0-9a-f]{8}\.h5)</p>", page.read_text()).groups()
    arrays = page.with_name(name)
    assert hashlib.sha256(arrays.read_bytes()).hexdigest()[:8] == name[5:13]
    with h5py.File(arrays, "r") as file:
        assert file["content"][()].decode() == content
    return content


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_page_and_arrays_appear_together_and_replace_the_old_ones(tmp_path):
    page = tmp_path / "page.html"
    first = publish(page, *write("old"), overwrite=False)
    assert whole(page) == "old"
    assert names(tmp_path) == [first.name, "page.html"]
    second = publish(page, *write("new"), overwrite=True)
    assert whole(page) == "new"
    assert names(tmp_path) == [second.name, "page.html"]
    assert publish(page, *write("new"), overwrite=True) == second
    assert whole(page) == "new"


def test_files_of_others_stay(tmp_path):
    (tmp_path / "page-00000000.h5").write_bytes(b"not ours")
    theirs = publish(tmp_path / "page.htm", *write("theirs"), overwrite=False)
    publish(tmp_path / "page.html", *write("old"), overwrite=False)
    publish(tmp_path / "page.html", *write("new"), overwrite=True)
    assert (tmp_path / "page-00000000.h5").read_bytes() == b"not ours"
    assert theirs.exists()


@pytest.mark.parametrize("failing", ["arrays", "page"])
def test_what_fails_leaves_nothing(tmp_path, failing):
    page = tmp_path / "page.html"
    publish(page, *write("old"), overwrite=False)
    before = names(tmp_path)
    arrays, text = write("new")

    def fails(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(page, fails if failing == "arrays" else arrays, fails if failing == "page" else text, overwrite=True)
    assert whole(page) == "old"
    assert names(tmp_path) == before


def test_a_page_that_somebody_wrote_in_the_meantime_stays(tmp_path):
    page = tmp_path / "page.html"
    arrays, text = write("new")

    def slowly(name):
        page.write_text("theirs")
        return text(name)

    with pytest.raises(FileExistsError):
        publish(page, arrays, slowly, overwrite=False)
    assert page.read_text() == "theirs"
    assert names(tmp_path) == ["page.html"]


@pytest.mark.parametrize(
    "name, error, says",
    [
        ("page.pdf", ValueError, "path must end with .html or .htm, got 'page.pdf'"),
        ("folder.html", IsADirectoryError, "is a folder"),
        ("there.html", FileExistsError, "already exists"),
        ("none/page.html", FileNotFoundError, "there is no folder"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(tmp_path, name, error, says):
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "there.html").touch()
    with pytest.raises(error, match=says):
        check_report(tmp_path / name, overwrite=False)


# Forks as often as `publish` has lines to run, and kills each child at another one.
KILLED_EVERYWHERE = """
import os, signal, sys
from pathlib import Path
from tcbf_widgets import report_files
from tests.test_report_files import names, whole, write

def killed_at(number, page, content):
    child = os.fork()
    if child == 0:
        left = number
        def trace(frame, event, argument):
            nonlocal left
            if frame.f_code.co_filename != report_files.__file__:
                return None
            left -= event == "line"
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return trace
        sys.settrace(trace)
        report_files.publish(page, *write(content), overwrite=True)
        sys.settrace(None)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

page = Path(sys.argv[1]) / "page.html"
number, seen = 0, []
while True:
    was = whole(page)
    code = killed_at(number, page, f"run{number}")
    now = whole(page)
    assert now in (was, f"run{number}"), (number, was, now)
    seen.append(now != was)
    if code == 0:
        break
    assert code == -signal.SIGKILL
    number += 1
print(number, sum(seen), len(names(page.parent)))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_killed_at_any_line_the_work_leaves_the_old_or_the_new(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", KILLED_EVERYWHERE, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    killed, replaced, left = map(int, done.stdout.split())
    assert killed > 50  # lines, each of which was the last of a process
    assert 1 < replaced < killed  # killed before the page is renamed, and after it
    assert left == 2  # the last run removed what those before it had left


def test_what_a_living_process_is_writing_stays(tmp_path):
    page = tmp_path / "page.html"
    living, dead = (tmp_path / f".page-{number}-{12 * 'a'}.h5" for number in (os.getppid(), 2**22 + 1))
    living.touch()
    dead.touch()
    publish(page, *write("new"), overwrite=False)
    assert living.exists()
    assert not dead.exists()
