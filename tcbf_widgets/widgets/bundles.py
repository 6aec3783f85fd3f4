"""The bundled views, as tools/bundle.mjs wrote them into dist/."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

DIST = Path(__file__).with_name("dist")

_IMPORT = re.compile(r'"\./(chunk-\w+\.js)"')


def file_name(view: str) -> str:
    """Return the name of the files of a view, without ending; a view is called as its Python class.

    >>> file_name("ShiftField")
    'shift_field'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", view).lower()


def view_of(widget_class: type) -> str:
    """Return the name of the view of a widget class: its own, or of the class that it is derived from."""
    names = [owner.__name__ for owner in widget_class.__mro__]
    return next((name for name in names if (DIST / f"live/{file_name(name)}.js").is_file()), names[0])


def style_sheet() -> str:
    """Return the style sheet of all views."""
    return _read("views.css")


def live_module(view: str) -> str:
    """Return the module of a view, such as "ShiftField", that imports nothing."""
    return _read(f"live/{file_name(view)}.js")


def page_modules(view: str) -> dict[str, str]:
    """Return the modules of a view by file name: its own first, then those that it shares with other views."""
    modules: dict[str, str] = {}
    wanted = [f"{file_name(view)}.js"]
    for name in wanted:
        if name not in modules:
            modules[name] = _read(f"page/{name}")
            wanted += imports(modules[name])
    return modules


def imports(text: str) -> list[str]:
    """Return the file names of the modules that a module of a page imports.

    >>> imports('import{a as b}from"./chunk-AB12.js";import"./chunk-C3.js";')
    ['chunk-AB12.js', 'chunk-C3.js']
    """
    return _IMPORT.findall(text)


@cache
def _read(name: str) -> str:
    path = DIST / name
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing: the views are not bundled yet. In a clone, run `make environment`."
        )
    return path.read_text(encoding="utf-8")
