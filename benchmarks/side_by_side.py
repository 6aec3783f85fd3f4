"""What the comparisons share: peers that run in environments of their own, and clocks.

A peer is a script `peer_<name>.py`. It reads a scan written by `tcbf_widgets.save`, or another file that it knows, and
writes an npz with what it found, in the conventions of tcbf_widgets: seconds, version, and what it was asked for.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SCHEDULE = (32, 32, 16, 16, 8, 8)  # the bins with which py4DSTEM aligns
REPEATS = 3  # timed runs on each scan; their median counts, so that nobody pays for a cold start
PEERS = {"py4dstem": "py4DSTEM", "quantem": "quantem"}


def add_python_option(parser, peer):
    """The option that says which Python has the peer installed."""
    default = str(HERE / f".venv-{peer}" / "bin" / "python")
    parser.add_argument(f"--{peer}-python", default=default, help=f"has {PEERS[peer]} installed (default: %(default)s)")


def peer_python(parser, options, peer) -> str:
    """The Python of a peer's environment; ends the program with the remedy if there is none."""
    python = getattr(options, f"{peer}_python")
    if not Path(python).exists():
        parser.error(f"--{peer}-python is {python}, which is missing: run `make benchmark-environment` first")
    return python


def ask_peer(peer, python, scan, *arguments):
    """What a peer finds in a scan, as a dict of arrays; None, and the end of its error output, if it fails."""
    result = scan.with_suffix(".npz")
    command = [python, HERE / f"peer_{peer}.py", scan, result, *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        last = "\n  ".join(done.stderr.strip().splitlines()[-8:])
        print(
            f"{PEERS.get(peer, peer)} failed on {scan.name} (exit status {done.returncode}):\n  {last}", file=sys.stderr
        )
        return None
    with np.load(result) as found:
        return dict(found) | {"seconds": float(np.median(found["seconds"])), "version": str(found["version"])}


def ask_py4dstem(python, scan, data, bins):
    """py4DSTEM's alignment with these bins, and the aberrations that it fits to the shifts."""
    return ask_peer("py4dstem", python, scan, "--energy", data.energy, "--repeats", REPEATS, "--bins", *bins)


def timed(work):
    """What ``work()`` gives, and the median of the seconds that it takes."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, float(np.median(seconds))
