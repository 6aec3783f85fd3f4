"""A scan larger than the memory it may take: how fast its stack is collected, and how much memory all of it takes.

    python benchmarks/out_of_core.py
    python benchmarks/out_of_core.py --gigabytes 1 --formats npy gzip --folder /path/to/a/fast/disk

The scan is simulated as `tcbf.demo.apoferritin` is, on as many positions as it takes (4 GB: three minutes, once, and
7 GB of memory). It is written as npy, as HDF5 in chunks, and as HDF5 compressed with gzip and LZ4 (with hdf5plugin),
each in turn; files in a folder of your own are left there, and used again.

Plain reading is one program that reads all counts into memory, piece after piece of 16 MB: npy as bytes, HDF5 with
h5py, chunks that belong to the same rows at once. "At once" is the same in as many threads as there are processors, or
processes if the file is compressed, which have started before the clock does. Cold: after the system was told to forget
the file; the machine below a virtual one may still know it, so that all are measured in turn, and medians are shown.
A run of collecting is a process of its own: from an open file to the stack, with the start of all processes it needs.

Memory is what belongs to the process and all that it starts (RssAnon and RssShmem of Linux), looked at every 20 ms;
besides, the sum of the largest that each of them has been with the pages of files that it shares (VmHWM).

The exit status is 1 when the stack is collected at less than AIM times the speed of the plain program, cold, or the
whole reconstruction takes more than MEMORY.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from large_files import CALIBRATION, SUFFIXES, forget, reading, write

import tcbf_widgets as tcbf

AIM = 0.8
MEMORY = 1e9  # bytes, for the reconstruction
LINE = "  {:6s}" + 8 * " {:>8s}" + 2 * " {:>10s}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=4, help="of counts, before compression")
    parser.add_argument("--folder", type=Path, help="keep files there (default: a temporary one)")
    parser.add_argument("--formats", nargs="+", choices=SUFFIXES, default=list(SUFFIXES))
    parser.add_argument("--repeats", type=int, default=5, help="runs of each measurement")
    parser.add_argument("--work", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return WORKS[options.work[0]](options.work[1])
    if options.folder:
        return sys.exit(bool(measure(options, options.folder)))
    with tempfile.TemporaryDirectory() as folder:
        return sys.exit(bool(measure(options, Path(folder))))


def measure(options, folder):
    """Print both tables; return a line for each aim that is missed."""
    missed, of_memory = [], None
    print("MB of counts in a second; ratios of stack to plain, and to at once, cold; memory in MB")
    print(LINE.format("", "cold", "", "", "warm", "", "", "ratio", "", "memory", ""))
    three = ("plain", "at once", "stack")
    print(LINE.format("", *three, *three, "plain", "at once", "its own", "with files"))
    for name in options.formats:
        file = folder / f"scan-{options.gigabytes:g}GB{SUFFIXES[name]}"
        if not file.exists():
            write(file, options.gigabytes * 1e9)
        missed += speeds(name, file, options.repeats)
        if of_memory is None:  # the format makes no difference to it
            of_memory = reconstruction(file)
        if not options.folder:
            file.unlink()
    missed += of_memory
    print("\nshort of its aim:\n  " + "\n  ".join(missed) if missed else "\nas fast and as small as it should be")
    return missed


# ---- work, each in a process of its own


def opened(file):
    """The scan."""
    return tcbf.open(file, **CALIBRATION)


def stack(file):
    """Collect the stack and print the seconds it took."""
    data = opened(file)
    start = time.perf_counter()
    tcbf.bright_field_stack(data, memory=psutil.virtual_memory().total / 2)
    print(json.dumps({"seconds": time.perf_counter() - start}))


def reconstruct(file):
    """Reconstruct in little memory, and print what was found."""
    from tcbf_widgets.processing import process

    start = time.perf_counter()
    done = process(opened(file), memory=MEMORY)
    found = {"seconds": time.perf_counter() - start, "bin": done.gathered.bin, "outcome": done.outcome}
    found |= {"defocus": done.refinement.aberrations.defocus, "rotation": done.refinement.rotation_deg}
    print(json.dumps(found))


WORKS = {"stack": stack, "reconstruct": reconstruct}


def watched(what, file):
    """What a work printed, with the most bytes that it and its processes took: of their own, and with files."""
    process = psutil.Popen([sys.executable, __file__, "--work", what, file], stdout=subprocess.PIPE, text=True)
    most, largest = 0, {}
    while process.poll() is None:
        time.sleep(0.02)
        now = [sizes(one) for one in family(process)]
        most = max(most, sum(own for _, own, _ in now))
        largest |= {number: max(high, largest.get(number, 0)) for number, _, high in now}
    if process.returncode:
        sys.exit(f"{what} of {file} failed")
    return json.loads(process.stdout.read()) | {"own": most, "with files": sum(largest.values())}


def family(process):
    """A process and all that it started."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def sizes(process):
    """Number of a process, bytes of its own, and the most that it has been; zeros if it has ended."""
    try:
        lines = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    found = {line.split(":")[0]: 1024 * int(line.split()[1]) for line in lines if line.endswith(" kB")}
    return process.pid, found.get("RssAnon", 0) + found.get("RssShmem", 0), found.get("VmHWM", 0)


# ---- tables


def speeds(name, file, repeats):
    """Print one line; return a line if the aim is missed."""
    counts = opened(file).array
    megabytes = np.prod(counts.shape, dtype=float) * counts.dtype.itemsize / 1e6
    seconds = {(heat, what): [] for heat in ("cold", "warm") for what in ("plain", "at once", "stack")}
    most = []
    for _ in range(repeats):
        for heat, what in seconds:
            if heat == "cold":
                forget(file)
            if what == "stack":
                most.append(watched("stack", file))
                seconds[heat, what].append(most[-1]["seconds"])
            else:
                seconds[heat, what].append(reading(name, file)[what]())
    rate = {key: megabytes / statistics.median(column) for key, column in seconds.items()}
    ratios = [rate["cold", "stack"] / rate["cold", what] for what in ("plain", "at once")]
    memory = [max(run[key] for run in most) / 1e6 for key in ("own", "with files")]
    fields = [*(f"{value:.0f}" for value in rate.values()), *(f"{ratio:.2f}" for ratio in ratios)]
    print(LINE.format(name, *fields, *(f"{value:.0f}" for value in memory)), flush=True)
    return [f"{name}: {ratios[0]:.2f} times the speed of plain reading"] if ratios[0] < AIM else []


def reconstruction(file):
    """Print what the whole reconstruction takes; return a line if it is too much."""
    forget(file)
    found = watched("reconstruct", file)
    print(
        f"\nreconstruction of {file.name} with memory={MEMORY:g}: {found['own'] / 1e6:.0f} MB of its own, "
        f"{found['with files'] / 1e6:.0f} MB with files, {found['seconds']:.0f} s; detector binned by {found['bin']}, "
        f"{found['outcome']}, defocus {found['defocus']:.0f} Å, rotation {found['rotation']:.2f}°\n",
        flush=True,
    )
    return [f"reconstruction: {found['own'] / 1e6:.0f} MB of memory"] if found["own"] > MEMORY else []


if __name__ == "__main__":
    main()
