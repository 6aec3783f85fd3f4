"""Time and error of our alignment and of py4DSTEM's Parallax, side by side on the same scans.

py4DSTEM needs numpy < 2, so it runs in an environment of its own:

    make benchmark-environment
    make benchmark

Both align the same scans with the same schedule, in turn; only the alignment itself is timed, not the collection of
the bright-field images. Times hold as ratios within one run only.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

import tcbf_widgets as tcbf

HERE = Path(__file__).parent
SCHEDULE = (32, 32, 16, 16, 8, 8)
REPEATS = 3  # timed runs on each scan; their median counts, so that neither pays for a cold start
CONTINUED = (*SCHEDULE, 4, 4, 2, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=str(HERE / ".venv-py4dstem" / "bin" / "python"))
    parser.add_argument("--doses", type=float, nargs="+", default=[100, 30])
    parser.add_argument("--rounds", type=int, default=5, help="scans, each with noise of its own")
    options = parser.parse_args()
    if not Path(options.peer_python).exists():
        raise SystemExit(f"{options.peer_python} is missing: run `make benchmark-environment` first")
    for dose in options.doses:
        compare(options, dose, SCHEDULE)
    compare(options, options.doses[0], CONTINUED)


def compare(options, dose, bins):
    """Print one table; every round is a scan of its own, with other counting noise."""
    mine, peers = [], []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.rounds):
            data = tcbf.demo.apoferritin(dose=dose, seed=seed)
            scan = tcbf.save(data, Path(folder) / f"scan{seed}.h5")
            mine.append(ours(data, bins))
            peers.append(theirs(options.peer_python, scan, data, bins))
    print(f"\n{dose:g} electrons/Å², bins {', '.join(map(str, bins))}, {options.rounds} scans")
    report("tcbf_widgets", mine)
    report("py4DSTEM 0.14.18", peers)
    ratios = np.array([peer["seconds"] / my["seconds"] for my, peer in zip(mine, peers, strict=True)])
    print(f"  py4DSTEM / tcbf_widgets, time: median {np.median(ratios):.1f}, {ratios.min():.1f} to {ratios.max():.1f}")


def ours(data, bins):
    stack = tcbf.bright_field_stack(data)
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        alignment = tcbf.align(stack, bins=bins)
        seconds.append(time.perf_counter() - start)
    return {"seconds": np.median(seconds), "rms": distance(alignment.shifts, stack.k, data)}


def theirs(python, scan, data, bins):
    result = scan.with_suffix(".npz")
    command = [python, HERE / "peer_py4dstem.py", scan, result, "--repeats", str(REPEATS), "--bins", *map(str, bins)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with np.load(result) as found:
        k = (found["pixels"] - found["pixels"].mean(axis=0)) * data.reciprocal_sampling
        return {"seconds": float(np.median(found["seconds"])), "rms": distance(found["shifts"], k, data)}


def distance(shifts, k, data):
    """Root mean square distance from the true shifts in Å; a common offset of all images does not count."""
    apart = shifts - data.truth.image_shifts(k, data.energy)
    apart -= apart.mean(axis=0)
    return np.sqrt(np.mean(np.sum(apart**2, axis=1)))


def report(name, runs):
    seconds, rms = ([run[key] for run in runs] for key in ("seconds", "rms"))
    print(
        f"  {name:16s} {np.median(seconds):5.2f} s (best {min(seconds):.2f}); shifts off by "
        f"{np.median(rms):.2f} Å rms (median; {min(rms):.2f} to {max(rms):.2f})"
    )


if __name__ == "__main__":
    main()
