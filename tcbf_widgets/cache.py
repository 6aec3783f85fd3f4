"""The user's cache folder: what can be made again, and takes a while."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The folder: environment variable TCBF_CACHE, else where the system keeps caches of its users."""
    return Path(os.environ.get("TCBF_CACHE") or platformdirs.user_cache_dir("tcbf_widgets"))
