"""A scan larger than the memory it may take: how fast its stack is collected, and how much memory all of it takes.

    python benchmarks/out_of_core.py
    python benchmarks/out_of_core.py --gigabytes 1 --formats npy gzip --folder /path/to/a/fast/disk

The scan is that of `tcbf.demo.apoferritin`, repeated as often as it takes, with counting noise of four kinds. It is
written as npy, as HDF5 in chunks, and as HDF5 compressed with gzip and LZ4 (with hdf5plugin), each in turn; files in a
folder of your own are left there, and used again.

Plain reading is what anybody could do: npy in pieces of 16 MB, in as many threads as there are processors; HDF5 by
h5py, chunks that belong to the same rows at once, in one process and, if it is compressed, in as many processes as
there are processors, which have started before the clock does; the faster of the two counts. Cold: after the system
was told to forget the file. Each number is the best of some runs, plain reading and collecting in turn, and a run of
collecting is a process of its own: from an open file to the stack, with the start of all processes that it needs.

Memory is what belongs to the process and all that it starts (RssAnon and RssShmem of Linux), looked at every 20 ms;
besides, the sum of the largest that each of them has been with the pages of files that it shares (VmHWM).

The exit status is 1 when the stack is collected at less than AIM times the speed of plain reading, cold, or the whole
reconstruction takes more than MEMORY.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import psutil

import tcbf_widgets as tcbf

AIM = 0.8
MEMORY = 1e9  # bytes, for the reconstruction
DOSE = 100  # electrons/Å²
NOISES = 4
ACROSS = 5  # demo scans side by side
CHUNKS = (2, 24, 128, 128)
PIECE = 2**24
WORKERS = os.cpu_count() or 1
CALIBRATION = {"energy": 300e3, "scan_sampling": 10.0, "reciprocal_sampling": 1 / 128}
SUFFIXES = {"npy": ".npy", "hdf5": ".h5", "gzip": ".gzip.h5", "lz4": ".lz4.h5"}
LINE = "  {:6s} {:>8s} {:>8s} {:>8s} {:>8s} {:>8s} {:>10s} {:>10s}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=4, help="of counts, before compression")
    parser.add_argument("--folder", type=Path, help="keep files there (default: a temporary one)")
    parser.add_argument("--formats", nargs="+", choices=SUFFIXES, default=list(SUFFIXES))
    parser.add_argument("--repeats", type=int, default=3, help="runs of each measurement")
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
    print(f"MB of counts in a second; memory in MB\n{LINE.format('', 'plain', '', 'stack', '', 'ratio', 'memory', '')}")
    print(LINE.format("", "cold", "warm", "cold", "warm", "cold", "its own", "with files"))
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


def write(file, size):
    """A scan of about so many bytes."""
    tile = tcbf.demo.apoferritin(dose=None)
    print(f"writing {file}", file=sys.stderr)
    (rows, columns), detector = tile.scan_shape, tile.detector_shape
    rng = np.random.default_rng(0)
    electrons = DOSE * np.prod(tile.scan_sampling)
    noisy = [rng.poisson(tile.array * electrons).astype(np.uint16) for _ in range(NOISES)]
    down = max(1, round(size / (ACROSS * noisy[0].nbytes)))
    shape = (down * rows, ACROSS * columns, *detector)
    with created(file, shape) as array:
        for row in range(down):
            chosen = [noisy[i] for i in rng.integers(0, NOISES, ACROSS)]
            array[row * rows : (row + 1) * rows] = np.concatenate(chosen, axis=1)


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


def plain_readers(name, file):
    """Ways to read all of a file: functions that give the seconds it took."""
    if name == "npy":
        return [partial(read_bytes, file)]
    if name == "hdf5":
        return [partial(read_rows, file, None)]
    return [partial(read_rows, file, None), partial(read_in_processes, file)]


def read_bytes(file):
    """Seconds to read a file in threads, each into memory of its own."""
    size = file.stat().st_size
    handle = os.open(file, os.O_RDONLY)
    pieces = np.empty((WORKERS, PIECE), np.uint8)
    pieces[:] = 1  # memory that is new has to be found first

    def job(number):
        for start in range(number * PIECE, size, WORKERS * PIECE):
            os.preadv(handle, [pieces[number]], start)

    with ThreadPoolExecutor(WORKERS) as pool:
        start = time.perf_counter()
        list(pool.map(job, range(WORKERS)))
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
    seconds = {key: [] for key in ("plain cold", "plain warm", "stack cold", "stack warm")}
    most = []
    for _ in range(repeats):
        for heat in ("cold", "warm"):
            for read in plain_readers(name, file):
                if heat == "cold":
                    forget(file)
                seconds[f"plain {heat}"].append(read())
            if heat == "cold":
                forget(file)
            most.append(watched("stack", file))
            seconds[f"stack {heat}"].append(most[-1]["seconds"])
    plain, plain_warm, ours, ours_warm = (size / 1e6 / min(column) for column in seconds.values())
    memory = [f"{max(run[key] for run in most) / 1e6:.0f}" for key in ("own", "with files")]
    rates = [f"{rate:.0f}" for rate in (plain, plain_warm, ours, ours_warm)]
    print(LINE.format(name, *rates, f"{ours / plain:.2f}", *memory), flush=True)
    return [f"{name}: {ours / plain:.2f} times the speed of plain reading"] if ours < AIM * plain else []


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
