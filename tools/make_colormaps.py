"""Write the colour tables of the views from matplotlib's own, so that both sides colour alike.

Run it again when a map is added: ``python tools/make_colormaps.py``.
"""

import base64
from pathlib import Path

import numpy as np
from matplotlib import colormaps

# those that the trait `cmap` of the widgets accepts
NAMES = ("gray", "viridis", "cividis", "magma")
# for phases: equal steps look equal, and the last colour meets the first
CYCLIC = "twilight"
TARGET = Path(__file__).resolve().parents[1] / "tcbf_widgets" / "widgets" / "shared" / "colormaps.js"

HEADER = """\
// Written by tools/make_colormaps.py from matplotlib; do not edit by hand.
// Each table is the base64 of 256 x 3 bytes: red, green, blue.
"""


def table(name: str) -> bytes:
    """Return the 256 RGB triples of one matplotlib colour map."""
    rgba = colormaps[name].resampled(256)(np.arange(256), bytes=True)
    return rgba[:, :3].tobytes()


def source() -> str:
    """Return the text of colormaps.js."""
    lines = [f'  {name}:\n    "{base64.b64encode(table(name)).decode()}",' for name in NAMES]
    cyclic = f'// {CYCLIC}, for phases\nexport const cyclic =\n  "{base64.b64encode(table(CYCLIC)).decode()}";\n'
    return HEADER + "export const tables = {\n" + "\n".join(lines) + "\n};\n" + cyclic


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(source(), encoding="utf-8")
    print(f"wrote {TARGET}")
