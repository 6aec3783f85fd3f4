"""The scripts behind make: what they find, and what they say when they do not."""

import subprocess
import sys

import bundle
import check_offline
import find_browser
import pytest

ROOT = bundle.ROOT


def executable(path, script: str):
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def find_python(*arguments, path):
    command = ["/bin/sh", ROOT / "tools" / "find_python.sh", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": str(path)})


def test_finds_the_first_python_that_is_new_enough(tmp_path):
    executable(tmp_path / "python3", "exit 1")
    right = executable(tmp_path / "python3.12", "exit 0")
    done = find_python(path=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, str(right))


def test_says_what_python_is_needed(tmp_path):
    old = executable(tmp_path / "old", "exit 1")
    done = find_python(old, path=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer with its venv module is needed, and ")
    assert done.stderr.count("\n") == 1


def test_finds_a_python_that_is_old_enough(tmp_path):
    assert find_python(sys.executable, "4.0", path=tmp_path).returncode == 0
    done = find_python(sys.executable, "3.11", path=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Python 3.11 or newer, but older than 3.11, with its venv module is needed, and ")


def test_takes_the_browser_that_tcbf_browser_names(tmp_path, monkeypatch):
    browser = executable(tmp_path / "my-browser", "exit 0")
    monkeypatch.setenv("TCBF_BROWSER", str(browser))
    assert find_browser.find_or_get() == str(browser)


def test_stops_when_tcbf_browser_does_not_start(tmp_path, monkeypatch):
    monkeypatch.setenv("TCBF_BROWSER", str(tmp_path / "absent"))
    with pytest.raises(SystemExit, match="TCBF_BROWSER is .* give the path of Chromium or Chrome"):
        find_browser.find_or_get()


def test_passes_over_a_browser_that_lacks_its_libraries(tmp_path, monkeypatch):
    monkeypatch.delenv("TCBF_BROWSER", raising=False)
    executable(tmp_path / "chromium", "exit 127")
    right = executable(tmp_path / "google-chrome", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(find_browser, "PLACES", ())
    assert find_browser.find() == str(right)


def test_stops_with_one_sentence_when_no_browser_can_be_had(monkeypatch):
    attempts = []
    monkeypatch.delenv("TCBF_BROWSER", raising=False)
    monkeypatch.setattr(find_browser, "find", lambda: None)
    monkeypatch.setattr(find_browser.subprocess, "run", lambda command, **options: attempts.append(command))
    with pytest.raises(SystemExit) as stop:
        find_browser.find_or_get()
    assert attempts[0] == [sys.executable, "-m", "playwright", "install", "chromium"]
    assert str(stop.value).startswith("The browser tests need Chromium or Chrome: install one")
    assert "\n" not in str(stop.value)


def test_stops_with_one_sentence_when_getting_a_browser_takes_too_long(monkeypatch):
    limits = []

    def hang(command, timeout, **options):
        limits.append(timeout)
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.delenv("TCBF_BROWSER", raising=False)
    monkeypatch.setattr(find_browser, "find", lambda: None)
    monkeypatch.setattr(find_browser.shutil, "which", lambda name: None)  # no apt-get
    monkeypatch.setattr(find_browser.subprocess, "run", hang)
    with pytest.raises(
        SystemExit, match="did not end in its share of 7.5 minutes: .* set TCBF_BROWSER to its path"
    ) as stop:
        find_browser.find_or_get()
    assert "\n" not in str(stop.value)
    assert limits == [pytest.approx(450, abs=5)]


@pytest.mark.parametrize(
    "html, remote",
    [
        ('<script src="https://cdn.example/x.js"></script>', ["https://cdn.example/x.js"]),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', ["//cdn.example/x.css"]),
        ('<img srcset="a.png 1x, https://cdn.example/b.png 2x">', ["https://cdn.example/b.png"]),
        ("<style>@import 'https://cdn.example/x.css';</style>", ["https://cdn.example/x.css"]),
        ('<p style="background: url(https://cdn.example/x.png)">', ["https://cdn.example/x.png"]),
        ('<a href="https://example.org">to follow</a><link rel="next" href="https://example.org">', []),
        ('<img src="data:image/png;base64,AA"><script src="../x.js"></script>', []),
    ],
)
def test_notices_what_a_page_would_load_from_a_network(tmp_path, html, remote):
    (tmp_path / "page.html").write_text(html)
    assert check_offline.remote_loads(tmp_path / "page.html") == remote
    assert len(check_offline.check(tmp_path)) == bool(remote)


def test_a_bundle_is_current_until_a_source_changes(tmp_path):
    views = tmp_path / bundle.WIDGETS
    (views / "dist").mkdir(parents=True)
    (tmp_path / "tools").mkdir()
    for name in ("package-lock.json", "tools/bundle.mjs"):
        (tmp_path / name).write_text("{}")
    (views / "view.js").write_text("1")
    assert not bundle.is_current(tmp_path)
    for name in bundle.OUTPUTS:
        (views / "dist" / name).write_text("bundled")
    (views / "dist" / bundle.STAMP).write_text(bundle.source_digest(tmp_path))
    assert bundle.is_current(tmp_path)
    (views / "view.js").write_text("2")
    assert not bundle.is_current(tmp_path)
