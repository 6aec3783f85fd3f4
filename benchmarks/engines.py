"""What LiberTEM costs on one machine: the same stack by numpy and by each of LiberTEM's executors, in one run.

    python benchmarks/engines.py
    python benchmarks/engines.py --files scan.npy scan.h5 --workers 2

Without files, a scan of 300 MB is simulated, and written as npy and as HDF5. Times are of `bright_field_stack`, in
seconds, from the opened file on, which the system knows already: the fastest of some runs, the first, in which an
executor loads what it needs, and how long it takes to start the executor and to end it.
"""

import argparse
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from large_files import CALIBRATION

import tcbf_widgets as tcbf
from tcbf_widgets.fourdstem import FourDSTEM

SIDE = 96  # positions of the simulated scan along an axis
LINE = "  {:12s} {:>9s} {:>9s} {:>9s} {:>9s} {:>9s}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", nargs="+", type=Path, help="scans; calibrated as the one of the book")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", type=float, default=4e9, help="bytes; twice the images have to fit")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for file in options.files or written(Path(folder)):
            compare(file, options)


def written(folder):
    """Files of a simulated scan."""
    width = int(1.3 * 10 * SIDE) + 280
    scan = tcbf.simulate_scan(
        tcbf.apoferritin_in_ice((width, width)), scan_shape=(SIDE, SIDE), defocus=15_000, rotation_deg=-15
    )
    counts = FourDSTEM(scan.array.astype(np.uint16), scan.energy, scan.scan_sampling, scan.reciprocal_sampling)
    tcbf.save(counts, folder / "scan.npy")
    tcbf.save(counts, folder / "scan.h5")
    return [folder / "scan.npy", folder / "scan.h5"]


def compare(file, options):
    """A line for each way."""
    data = tcbf.open(file, **CALIBRATION)
    size = np.prod(data.array.shape, dtype=float) * data.array.dtype.itemsize
    print(f"{file.name}: {size / 1e6:.0f} MB of counts, {file.stat().st_size / 1e6:.0f} MB of file")
    print(LINE.format("", "fastest", "first", "start", "end", "MB/s"))
    expected = tcbf.bright_field_stack(data, memory=options.memory).images[:, ::7, ::7].copy()
    ways = {"numpy": None, "inline": None, "threads": None, "dask": options.workers}
    for name, workers in ways.items():
        start = time.perf_counter()
        with nullcontext() if name == "numpy" else tcbf.distributed.context(name, workers=workers) as context:
            opened = time.perf_counter() - start
            seconds = [timed(data, expected, options.memory, context) for _ in range(options.repeats)]
            start = time.perf_counter()
        closed = time.perf_counter() - start
        values = (min(seconds), seconds[0], opened, closed)
        print(LINE.format(name, *(f"{value:.2f}" for value in values), f"{size / 1e6 / min(seconds):.0f}"), flush=True)


def timed(data, expected, memory, context=None):
    """Seconds for the stack, which must be the same."""
    how = {} if context is None else {"engine": "libertem", "context": context}
    start = time.perf_counter()
    stack = tcbf.bright_field_stack(data, memory=memory, **how)
    seconds = time.perf_counter() - start
    if not np.array_equal(stack.images[:, ::7, ::7], expected):
        raise SystemExit("the stack differs")
    return seconds


if __name__ == "__main__":
    main()
