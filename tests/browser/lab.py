"""A real JupyterLab for tests: its server, a page of the book open as notebook in it, and that notebook's kernel."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path

import psutil
import support

# Every cell is in the document, whether in sight or not; nothing calls home.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
}
OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--IdentityProvider.token=",
    "--ServerApp.password=",
    "--ServerApp.disable_check_xsrf=True",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


@contextlib.contextmanager
def lab_server(folder: Path):
    """Run JupyterLab on a copy of the book in `folder` as long as the block lasts; yields its address."""
    shutil.copytree(support.ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("_vendor", ".ipynb*"))
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    with running(command, folder / "server.log", cwd=folder, env=_isolated_environment(folder)) as address:
        yield address


@contextlib.contextmanager
def running(command, log: Path, **options):
    """Run a command that starts JupyterLab, with `OPTIONS`, as long as the block lasts; yields its address.

    A port that was free may be taken a moment later, so it is tried twice.
    """
    failed = []
    while len(failed) < 2:
        address = f"http://127.0.0.1:{_free_port()}"
        server = _started(command, address, log, options)
        try:
            wrong = _wait_until_up(server, address, log)
            if not wrong:
                yield address
                _stop_kernels(address)
                break
            failed.append(wrong)
        finally:
            ended = _end(server)
    else:
        raise RuntimeError(f"JupyterLab {' and then it '.join(failed)}; its log ends with\n{log.read_text()[-2000:]}")
    if not ended:
        raise RuntimeError(f"JupyterLab had to be killed; its log ends with\n{log.read_text()[-2000:]}")


class Notebook:
    """A page of the book, opened in JupyterLab the way a double-click opens it; if need be, JupyterLab itself before.

    The network is blocked; `outside` holds what was asked of it.
    """

    def __init__(self, page, address: str, path: str) -> None:
        self.page = page
        self.outside: list[str] = []
        self._allowed = (address, *support.INLINE)
        page.route("**/*", self._route)
        if page.url.startswith(address):
            page.evaluate("async path => { await jupyterapp.commands.execute('docmanager:open', { path }); }", path)
        else:
            page.goto(f"{address}/lab/tree/{path}?reset", timeout=90_000)
        page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=90_000)
        # keyboard-driven cells are flaky before all of this holds
        page.evaluate(
            """async () => {
                const app = window.jupyterapp;
                await app.restored;
                const widget = app.shell.currentWidget;
                await widget.context.ready;
                await widget.sessionContext.ready;
                await widget.sessionContext.session.kernel.info;
            }"""
        )

    def close(self) -> None:
        """Close the notebook, unsaved as it is, and end its kernel."""
        self.page.evaluate(
            """async () => {
                const widget = window.jupyterapp.shell.currentWidget;
                await widget.sessionContext.shutdown();
                widget.dispose();
            }"""
        )
        self.page.unroute("**/*", self._route)

    def _route(self, route) -> None:
        if route.request.url.startswith(self._allowed):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def run_all(self) -> list[str]:
        """Run every cell and return the errors they ended with.

        Without the solutions of exercises, which take half of the time: a kernel ran them when the book was built.
        """
        return self.page.evaluate(
            """async () => {
                const app = window.jupyterapp;
                const notebook = app.shell.currentWidget;
                const cells = notebook.model.sharedModel.cells;
                const isEnd = cell => cell.cell_type === "markdown" && /^## Exercises$/m.test(cell.source);
                const end = cells.findIndex(isEnd);
                if (end >= 0) notebook.content.activeCellIndex = end;
                await app.commands.execute(end >= 0 ? "notebook:run-all-above" : "notebook:run-all-cells");
                return cells.flatMap(cell => cell.cell_type === "code" ? cell.outputs : [])
                    .filter(output => output.output_type === "error")
                    .map(output => `${output.ename}: ${output.evalue}`);
            }"""
        )

    def prompts(self) -> list[str]:
        """Return what stands before the code cells: "[3]:" once run, "[*]:" as long as one runs or waits."""
        return self.page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").all_inner_texts()

    def python(self, expression: str, setup: str = ""):
        """Run `setup` in the notebook's kernel, beside its cells, and return the value of a literal expression."""
        reply = self.page.evaluate(
            """async ([code, expression]) => {
                const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
                const future = kernel.requestExecute({
                    code, silent: true, store_history: false, user_expressions: {value: expression},
                });
                return (await future.done).content;
            }""",
            [setup, expression],
        )
        if reply["status"] != "ok":
            raise RuntimeError(f"{reply['ename']}: {reply['evalue']}")
        value = reply["user_expressions"]["value"]
        if value["status"] != "ok":
            raise RuntimeError(f"{expression}: {value['ename']}: {value['evalue']}")
        return ast.literal_eval(value["data"]["text/plain"])

    def widgets(self, count: int) -> list:
        """Return the roots of `count` widgets or more once all have painted, in the order of the page.

        One widget may be shown in several places.
        """
        self.page.wait_for_function(
            """count => {
                const roots = [...document.querySelectorAll(".jp-Notebook .tcbf-widget[data-view]")];
                return roots.length >= count && roots.every(root => root.dataset.state === "ready");
            }""",
            arg=count,
            timeout=120_000,
        )
        return self.page.locator(".jp-Notebook .tcbf-widget[data-view]").all()


def _isolated_environment(folder: Path) -> dict[str, str]:
    """Environment without the user's own Jupyter settings; those of the project's environment count."""
    for name, values in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
    environment.pop("TCBF_STATIC", None)
    return environment


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _started(command, address: str, log: Path, options: dict) -> subprocess.Popen:
    port = address.rsplit(":", 1)[1]
    with log.open("w") as file:
        return subprocess.Popen(
            [*command, *OPTIONS, f"--ServerApp.port={port}"],
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )


def _wait_until_up(server: subprocess.Popen, address: str, log: Path, seconds: float = 150) -> str:
    """Wait as long as a first start may take, which compiles all modules; return what is wrong, if anything is."""
    deadline, answer = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        if server.poll() is not None:
            return f"ended with code {server.returncode}"
        try:
            with urllib.request.urlopen(f"{address}/api/status", timeout=5):
                if f"{address}/lab" in log.read_text():  # else somebody else's answers there
                    return ""
        except (OSError, HTTPException) as error:
            answer = error
        time.sleep(0.2)
    return f"gave no other answer than {answer!r} for {seconds} s"


def _end(server: subprocess.Popen, seconds: float = 30) -> bool:
    """End JupyterLab and whatever started it, which are one group; return whether they did when they were asked."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, number)
        deadline = time.monotonic() + seconds
        while _living(server.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not _living(server.pid):
            server.wait()
            return number == signal.SIGTERM
    return False


def _living(group: int) -> list[psutil.Process]:
    """Processes of a group that have not ended."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def _stop_kernels(address: str) -> None:
    with contextlib.suppress(OSError):
        with urllib.request.urlopen(f"{address}/api/kernels") as answer:
            kernels = json.load(answer)
        for kernel in kernels:
            request = urllib.request.Request(f"{address}/api/kernels/{kernel['id']}", method="DELETE")
            urllib.request.urlopen(request).close()
