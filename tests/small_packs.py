"""Offline packs with nothing to install, and their installer as a module."""

import importlib.util
import json
import shutil
import sys

import offline_pack

MINE = "{}.{}".format(*sys.version_info[:2])


def loaded(file):
    spec = importlib.util.spec_from_file_location("pack_install", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def put_pack(folder, **contents):
    """A pack for this machine with nothing to install; returns its install.py as a module."""
    folder.mkdir(exist_ok=True)
    for name in ("install.py", "start.py"):
        shutil.copy(offline_pack.TEXTS / name, folder)
    module = loaded(folder / "install.py")
    usual = {"systems": [module.system()], "pythons": [MINE], "oldest": {MINE: f"{MINE}.0"}, "longest_path": 100}
    usual |= {"roots": ["app"], "grading": ["grader"]}
    (folder / "wheelhouse").mkdir()
    (folder / "wheelhouse" / "contents.json").write_text(json.dumps(usual | contents))
    return module
