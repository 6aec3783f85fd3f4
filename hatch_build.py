"""Build hook: a package always carries its bundled views, whoever builds it."""

import importlib.util
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ViewsHook(BuildHookInterface):
    """Bundle the JavaScript before files are collected (wheel, sdist and editable installs)."""

    def initialize(self, version, build_data):
        """Run tools/bundle.py, which does nothing when the bundle is up to date."""
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location("tcbf_bundle", root / "tools" / "bundle.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.bundle(root)
