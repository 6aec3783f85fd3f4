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
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

import h5py
import numpy as np
import psutil

import tcbf_widgets as tcbf

AIM = 0.8
MEMORY = 1e9  # bytes, for the reconstruction
DOSE = 100  # electrons/Å²
DEFOCUS, ROTATION = 15_000, -15  # Å, degrees
TURNED = np.sin(np.deg2rad(-ROTATION)) + np.cos(np.deg2rad(ROTATION))  # width of a square that is turned
WINDOW = 256  # Å of specimen that each probe sees
DETECTOR = (128, 128)
CHUNKS = (2, 24, 128, 128)
PIECE = 2**24
WORKERS = os.cpu_count() or 1
SAMPLING = 10.0  # Å between positions
CALIBRATION = {"energy": 300e3, "scan_sampling": SAMPLING, "reciprocal_sampling": 2 / WINDOW}
SUFFIXES = {"npy": ".npy", "hdf5": ".h5", "gzip": ".gzip.h5", "lz4": ".lz4.h5"}
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
    missed, first = [], None
    print("MB of counts in a second; ratios of stack to plain, and to at once, cold; memory in MB")
    print(LINE.format("", "cold", "", "", "warm", "", "", "ratio", "", "memory", ""))
    three = ("plain", "at once", "stack")
    print(LINE.format("", *three, *three, "plain", "at once", "its own", "with files"))
    for name in options.formats:
        file = folder / f"scan-{options.gigabytes:g}GB{SUFFIXES[name]}"
        if not file.exists():
            write(file, options.gigabytes * 1e9)
        missed += speeds(name, file, options.repeats)
        if first is None:
            first = reconstruction(file)
        if not options.folder:
            file.unlink()
    missed += first
    print("\nshort of its aim:\n  " + "\n  ".join(missed) if missed else "\nas fast and as small as it should be")
    return missed


# ---- files


@cache
def counts(size):
    """(side, side, ny, nx) uint8 counts of a scan that takes about so many bytes as uint16."""
    side = int(np.sqrt(size / (2 * np.prod(DETECTOR))))
    print(f"simulating {side} x {side} positions", file=sys.stderr)
    width = int(side * SAMPLING * TURNED) + WINDOW + 16
    lens = {"defocus": DEFOCUS, "rotation_deg": ROTATION, "detector_shape": DETECTOR, "window": WINDOW}
    specimen = tcbf.apoferritin_in_ice((width, width))
    return tcbf.simulate_scan(specimen, scan_shape=(side, side), scan_sampling=SAMPLING, dose=DOSE, **lens).array


def write(file, size):
    """A scan of about so many bytes."""
    scan = counts(size)
    print(f"writing {file}", file=sys.stderr)
    with created(file, scan.shape) as array:
        for start in range(0, len(scan), CHUNKS[0]):
            array[start : start + CHUNKS[0]] = scan[start : start + CHUNKS[0]]


def created(file, shape):
    """A context with an array of counts in a new file."""
    if file.suffix == ".npy":
        return Mapped(file, shape)
    storage = {}
    if ".gzip" in file.suffixes:
        storage = {"compression": "gzip", "compression_opts": 1}
    elif ".lz4" in file.suffixes:
        import hdf5plugin

        storage = hdf5plugin.Bitshuffle(cname="lz4")
    return InHDF5(file, shape, storage)


class Mapped:
    """An npy file that is written piece by piece."""

    def __init__(self, file, shape):
        self.array = np.lib.format.open_memmap(file, "w+", np.uint16, shape)

    def __enter__(self):
        return self.array

    def __exit__(self, *error):
        self.array.flush()


class InHDF5:
    """A dataset that is written piece by piece."""

    def __init__(self, file, shape, storage):
        self.file = h5py.File(file, "w")
        self.array = self.file.create_dataset("counts", shape, np.uint16, chunks=CHUNKS, **storage)

    def __enter__(self):
        return self.array

    def __exit__(self, *error):
        self.file.close()


def forget(file):
    """Have the system forget what it keeps of a file."""
    handle = os.open(file, os.O_RDONLY)
    os.fdatasync(handle)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)


# ---- plain reading


def reading(name, file):
    """Seconds to read all of a file: by a plain program, and by threads or processes at once."""
    if name == "npy":
        return {"plain": partial(read_bytes, file, 1), "at once": partial(read_bytes, file, WORKERS)}
    alone = partial(read_rows, file, None)
    # of what is not compressed HDF5 reads one piece at a time, in however many threads
    return {"plain": alone, "at once": alone if name == "hdf5" else partial(read_in_processes, file)}


def read_bytes(file, threads):
    """Seconds to read a file in threads, each into memory of its own."""
    size = file.stat().st_size
    handle = os.open(file, os.O_RDONLY)
    pieces = np.empty((threads, PIECE), np.uint8)
    pieces[:] = 1  # memory that is new has to be found first

    def job(number):
        for start in range(number * PIECE, size, threads * PIECE):
            os.preadv(handle, [pieces[number]], start)

    with ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        list(pool.map(job, range(threads)))
        seconds = time.perf_counter() - start
    os.close(handle)
    return seconds


def read_rows(file, which):
    """Seconds to read rows of a dataset, all for None, as many at once as share chunks."""
    if ".lz4" in file.suffixes:
        import hdf5plugin  # noqa: F401

    with h5py.File(file) as opened:
        counts = opened["counts"]
        start = time.perf_counter()
        place = np.empty((CHUNKS[0], *counts.shape[1:]), counts.dtype)
        for row in range(0, len(counts), CHUNKS[0]) if which is None else which:
            counts.read_direct(place, np.s_[row : row + CHUNKS[0]])
        return time.perf_counter() - start


def read_in_processes(file):
    """Seconds to do so in processes."""
    from loky import ProcessPoolExecutor

    with h5py.File(file) as opened:
        rows = len(opened["counts"])
    pool = ProcessPoolExecutor(WORKERS)
    list(pool.map(partial(read_rows, file), [range(0, CHUNKS[0], CHUNKS[0])] * WORKERS))  # have them started
    start = time.perf_counter()
    few = 8 * CHUNKS[0]
    list(pool.map(partial(read_rows, file), [range(r, min(r + few, rows), CHUNKS[0]) for r in range(0, rows, few)]))
    seconds = time.perf_counter() - start
    pool.shutdown(kill_workers=True)
    return seconds


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
    size = opened(file).array
    size = np.prod(size.shape, dtype=float) * size.dtype.itemsize
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
    rate = {key: size / 1e6 / statistics.median(column) for key, column in seconds.items()}
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
