"""Sphinx extension of the book: widgets that live without a kernel, and pages that need no network.

While a book is built, widgets display as static HTML (see `widgets.static`). This extension moves the views' code,
their style sheet, every array and every poster into `_static/tcbf/<hash>`, each once for the whole book, and tells
the pages where to find them. It also gives every version of the package its own cache of executed notebooks, and
takes out of the theme what would ask for a network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from docutils import nodes

from . import accessible_html, page_execution
from .widgets import static

PACKAGE = Path(__file__).parent
FOLDER = "tcbf"  # below _static
_CACHE_NAME = re.compile(FOLDER + "-[0-9a-f]{12}")

# stands for the way from a page to _static/tcbf until the page is written and its place is known
PLACEHOLDER = "tcbf-assets:/"


def setup(app):
    """Connect to Sphinx."""
    # inherited by the kernels that execute the pages
    os.environ[static.ENVIRONMENT_VARIABLE] = "1"
    app.connect("config-inited", separate_cache, priority=900)
    app.connect("doctree-read", move_assets)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    # late, so that scripts of other extensions are already listed
    app.connect("html-page-context", finish_page, priority=900)
    app.connect("build-finished", copy_assets)
    accessible_html.setup(app)
    page_execution.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}


def package_digest(package: Path = PACKAGE) -> str:
    """Hash of all that decides how an executed page comes out: the package's Python files and its bundles."""
    files = [
        *package.rglob("*.py"),
        *(file for file in package.glob("widgets/dist/**/*") if file.is_file()),
        package / "widgets/static_runtime.js",
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def separate_cache(app, config) -> None:
    """Give each version of the package its own jupyter-cache, and drop those of others.

    jupyter-cache compares the source of cells only: after a change of the package it would return old outputs.
    A change of this setting also makes Sphinx read all pages again.
    """
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / f"{FOLDER}-{package_digest()}"
    config.nb_execution_cache_path = str(current)
    # only what this function made: others keep their caches there too
    for old in caches.glob(f"{FOLDER}-*"):
        if _CACHE_NAME.fullmatch(old.name) and old != current and old.is_dir():
            shutil.rmtree(old)


def move_assets(app, doctree) -> None:
    """Replace what widgets carry in a page by names of files, and store those files beside the doctrees."""
    store = Path(app.doctreedir) / FOLDER
    used = set()
    for node in list(doctree.findall(nodes.raw)):
        text = node.astext()
        if not static.is_fragment(text):
            continue
        text, files = static.split_assets(text, PLACEHOLDER)
        for name, content in files.items():
            _store(store / name, content)
        used |= files.keys()
        node.replace_self(nodes.raw("", text, format="html"))
    pages = _pages(app.env)
    pages.pop(app.env.docname, None)
    if used:
        name, content = _runtime()
        _store(store / name, content)
        pages[app.env.docname] = used | {name}


def forget_page(app, env, docname) -> None:
    """Forget the assets of a page that is read again or gone."""
    _pages(env).pop(docname, None)


def merge_pages(app, env, docnames, other) -> None:
    """Collect what parallel readers found."""
    _pages(env).update({name: used for name, used in _pages(other).items() if name in docnames})


def finish_page(app, pagename, templatename, context, doctree) -> None:
    """Point a page to its assets and take the network out of its scripts."""
    for kind in ("script_files", "css_files"):
        if kind in context:
            context[kind][:] = [file for file in context[kind] if not _is_thebe(file)]
    if pagename not in _pages(app.env):
        return
    folder = context["pathto"](f"_static/{FOLDER}/", resource=True)
    context["body"] = context["body"].replace(PLACEHOLDER, folder)
    app.add_js_file(f"{FOLDER}/{_runtime()[0]}", loading_method="defer")


def copy_assets(app, exception) -> None:
    """Put exactly those assets that pages use into the built book, and keep no others."""
    if exception or app.builder.format != "html":
        return
    store, target = Path(app.doctreedir) / FOLDER, Path(app.outdir) / "_static" / FOLDER
    used = set().union(*_pages(app.env).values())
    for folder in (store, target):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.name not in used:
                old.unlink()
    for name in used:
        if not (target / name).exists():  # the name is the hash of the content
            shutil.copyfile(store / name, target / name)


def _pages(env) -> dict[str, set[str]]:
    """Names of asset files by page; kept in the environment, so that unchanged pages keep theirs."""
    if not hasattr(env, "tcbf_pages"):
        env.tcbf_pages = {}
    return env.tcbf_pages


def _runtime() -> tuple[str, bytes]:
    """Name and content of the runtime's file; a new version has a new name, as no cache may serve an old one."""
    content = static.runtime().encode()
    return f"runtime-{static.content_id(content)}.js", content


def _store(file: Path, content: bytes) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    # parallel readers may write the same file
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    temporary.write_bytes(content)
    os.replace(temporary, file)


def _is_thebe(file) -> bool:
    """Tell whether a script or style belongs to sphinx-thebe, which the theme brings and which loads from a CDN."""
    inline = str(getattr(file, "attributes", {}).get("body", ""))
    return "thebe" in str(getattr(file, "filename", file)) or "thebe" in inline
