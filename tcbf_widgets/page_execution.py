"""Pages of the book executed side by side, as many as there are processors, before Sphinx reads them one by one.

Most of the time of a build is that of the pages' kernels. What is executed here goes to the same cache that reading a
page looks into.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from jupyter_cache import get_cache
from myst_nb.core.execute import create_client
from myst_nb.core.read import create_nb_reader


class _Silent:
    """Takes what an execution has to say and says nothing: it is said again when the page is read."""

    def debug(self, *_, **__) -> None:
        """Take a message."""

    info = warning = error = debug


def setup(app) -> None:
    """Connect to Sphinx."""
    app.connect("env-before-read-docs", execute_pages)


def execute_pages(app, env, docnames: list[str]) -> None:
    """Execute those pages that are about to be read and not yet in the cache."""
    config = getattr(env, "mystnb_config", None)
    if config is None or config.execution_mode != "cache":
        return
    # opened once, by one thread: two that make its tables at the same time would be in each other's way
    get_cache(config.execution_cache_path).list_cache_records()
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        for page in [pool.submit(_execute, env, name) for name in docnames]:
            page.result()


def _execute(env, docname: str) -> None:
    path = env.doc2path(docname)
    text = Path(path).read_text(encoding="utf-8")
    reader = create_nb_reader(path, env.myst_config, env.mystnb_config, text)
    if reader is None:
        return  # a page without code
    # whatever goes wrong: the page is executed again when it is read, and its error is told there, with its name
    with suppress(Exception), create_client(reader.read(text), path, env.mystnb_config, _Silent(), reader.read_fmt):
        pass
