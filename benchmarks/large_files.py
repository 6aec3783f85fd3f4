"""Large scans in files of several formats, and what anybody could do to read them."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial

import h5py
import numpy as np

import tcbf_widgets as tcbf

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


@contextmanager
def created(file, shape):
    """A context with an array of counts in a new file, to be written piece by piece."""
    if file.suffix == ".npy":
        array = np.lib.format.open_memmap(file, "w+", np.uint16, shape)
        yield array
        array.flush()
        return
    storage = {}
    if ".gzip" in file.suffixes:
        storage = {"compression": "gzip", "compression_opts": 1}
    elif ".lz4" in file.suffixes:
        import hdf5plugin

        storage = hdf5plugin.Bitshuffle(cname="lz4")
    with h5py.File(file, "w") as opened:
        yield opened.create_dataset("counts", shape, np.uint16, chunks=CHUNKS, **storage)


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
