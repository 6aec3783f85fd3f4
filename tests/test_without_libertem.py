"""Without LiberTEM, an extra: what says so, what runs all the same; and nobody loads it to know whether it is there.

Each test asks a process of its own, in which nothing is imported yet.
"""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

PAGE = Path(__file__).parent.parent / "book" / "relatives" / "crystallites.md"
HINT = 'pip install "tcbf_widgets[distributed]"'
AS_IF_NOT_INSTALLED = 'import sys; sys.modules |= dict.fromkeys(["libertem", "distributed", "dask"])\n'


def printed(script: str) -> str:
    """What a script prints that ends without an error, in a new process."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_says_how_to_install_libertem():
    script = """
        import tcbf_widgets as tcbf
        assert not tcbf.distributed.available()
        calls = [
            tcbf.distributed.context,
            lambda: tcbf.distributed.map_frames(None, None),
            lambda: tcbf.distributed.feature_vectors(None, None, None, None),
            lambda: tcbf.distributed.bright_field_stack(None, None),
            lambda: tcbf.distributed.parallax_image(None, None, None),
            lambda: tcbf.bright_field_stack(None, engine="libertem"),
        ]
        for call in calls:
            try:
                call()
            except ImportError as error:
                print(error)
    """
    assert printed(AS_IF_NOT_INSTALLED + textwrap.dedent(script)).count(HINT) == 6


def test_a_live_image_is_shown_without_libertem():
    script = """
        import numpy as np
        import tcbf_widgets as tcbf
        live = tcbf.widgets.LiveImage(tcbf.ParallaxImage(np.eye(8), (1.0, 1.0), 1, 1.0))
        print(live.alt_text())
    """
    assert "100 % of a scan" in printed(AS_IF_NOT_INSTALLED + textwrap.dedent(script))


def test_cells_of_the_book_for_libertem_run_without_it_and_say_how_to_get_it():
    cells = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.M)
    cells = [cell for cell in cells if "tcbf.distributed" in cell]
    assert cells
    # of what the cells before them computed they need nothing
    for cell in cells:
        assert printed(f"{AS_IF_NOT_INSTALLED}import tcbf_widgets as tcbf\n{cell}") == f"to run this: {HINT}\n"


def test_libertem_is_not_imported_to_know_that_it_is_there():
    script = """
        import sys
        import tcbf_widgets as tcbf
        print(tcbf.distributed.available(), {"libertem", "distributed", "dask"} & set(sys.modules))
    """
    assert printed(script) == "True set()\n"
