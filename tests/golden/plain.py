"""Numbers as JSON has them."""

from __future__ import annotations

import json

import numpy as np


def floats(array) -> list:
    """Nested lists of Python floats; NaN as None, since JSON has none."""
    array = np.asarray(array, dtype=float)
    return json.loads(json.dumps(array.tolist()).replace("NaN", "null"))
