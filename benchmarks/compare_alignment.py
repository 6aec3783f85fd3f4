"""Time and error of our alignment and of py4DSTEM's Parallax, side by side on the same scans.

py4DSTEM needs numpy < 2, so it runs in an environment of its own:

    make benchmark-environment
    make benchmark

Both align the same scans with the same schedule, in turn; only the alignment itself is timed, not the collection of
the bright-field images. Times hold as ratios within one run only. The exit status is 1 when the first table shows less
than FACTOR times the speed of py4DSTEM, or shifts further from the truth than its.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from side_by_side import SCHEDULE, add_python_option, ask_py4dstem, peer_python, timed

import tcbf_widgets as tcbf

CONTINUED = (*SCHEDULE, 4, 4, 2, 2, 1, 1)
FACTOR = 8
DEMO_SECONDS = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_python_option(parser, "py4dstem")
    parser.add_argument("--doses", type=float, nargs="+", default=[100, 30])
    parser.add_argument("--rounds", type=int, default=4, help="scans, each with noise of its own")
    options = parser.parse_args()
    python = peer_python(parser, options, "py4dstem")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; needed is 1 at least")
    time_demo()
    short, *_ = [compare(python, options.rounds, dose, SCHEDULE) for dose in options.doses]
    compare(python, options.rounds, options.doses[0], CONTINUED)
    print("\nshort of its aim:\n  " + "\n  ".join(short) if short else "\nas fast and as true as it should be")
    sys.exit(bool(short))


def time_demo():
    """Print how long the teaching scan takes without its cache."""
    start = time.perf_counter()
    tcbf.demo.apoferritin(cache=False)
    print(f"tcbf.demo.apoferritin(cache=False): {time.perf_counter() - start:.2f} s (aim: {DEMO_SECONDS} s or less)")


def compare(python, rounds, dose, bins):
    """Print one table; every round is a scan of its own. Return a line for each aim that is missed."""
    mine, peers = [], []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(rounds):
            data = tcbf.demo.apoferritin(dose=dose, seed=seed)
            scan = tcbf.save(data, Path(folder) / f"scan{seed}.h5")
            mine.append(ours(data, bins))
            peers.append(theirs(python, scan, data, bins))
    print(f"\n{dose:g} electrons/Å², bins {', '.join(map(str, bins))}, {rounds} scans")
    report(f"tcbf_widgets {tcbf.__version__}", mine)
    pairs = [(my, peer) for my, peer in zip(mine, peers, strict=True) if peer is not None]
    if len(pairs) < len(peers):
        print(f"  py4DSTEM failed on {len(peers) - len(pairs)} of {len(peers)} scans")
    if not pairs:
        return ["py4DSTEM failed on every scan: nothing to compare with"]
    return report_peer(pairs, data.truth)


def ours(data, bins):
    stack = tcbf.bright_field_stack(data)
    alignment, seconds = timed(lambda: tcbf.align(stack, bins=bins))
    return {"seconds": seconds, "rms": distance(alignment.shifts, stack.k, data)}


def theirs(python, scan, data, bins):
    """What py4DSTEM finds; None if it fails."""
    found = ask_py4dstem(python, scan, data, bins)
    if found is None:
        return None
    k = (found["pixels"] - found["pixels"].mean(axis=0)) * data.reciprocal_sampling
    return found | {"rms": distance(found["shifts"], k, data)}


def distance(shifts, k, data):
    """Root mean square distance from the true shifts in Å; a common offset of all images does not count."""
    apart = shifts - data.truth.image_shifts(k, data.energy)
    apart -= apart.mean(axis=0)
    return np.sqrt(np.mean(np.sum(apart**2, axis=1)))


def report(name, runs):
    seconds, rms = ([run[key] for run in runs] for key in ("seconds", "rms"))
    print(
        f"  {name:18s} {np.median(seconds):5.2f} s (best {min(seconds):.2f}); shifts off by "
        f"{np.median(rms):.2f} Å rms (median; {min(rms):.2f} to {max(rms):.2f})"
    )


def report_peer(pairs, truth):
    """Print py4DSTEM's line and how it compares; return a line for each aim that is missed."""
    mine, peers = zip(*pairs, strict=True)
    report(f"py4DSTEM {peers[0]['version']}", peers)
    defocus, rotation = (np.median([peer[key] for peer in peers]) for key in ("defocus", "rotation_deg"))
    print(
        f"  py4DSTEM finds a defocus of {defocus:.0f} Å and a rotation of {rotation:.1f}°, "
        f"in truth {truth.aberrations.defocus:.0f} Å and {truth.rotation_deg:.1f}°"
    )
    ratios = np.array([peer["seconds"] / my["seconds"] for my, peer in pairs])
    ratio, my_rms, peer_rms = np.median(ratios), *(np.median([run["rms"] for run in runs]) for runs in (mine, peers))
    print(f"  py4DSTEM / tcbf_widgets, time: median {ratio:.1f}, {ratios.min():.1f} to {ratios.max():.1f}")
    missed = [f"{ratio:.1f} times the speed of py4DSTEM; {FACTOR} times is the aim"] if ratio < FACTOR else []
    if my_rms > peer_rms:
        missed.append(f"shifts off by {my_rms:.2f} Å rms, those of py4DSTEM by {peer_rms:.2f}")
    return missed


if __name__ == "__main__":
    main()
