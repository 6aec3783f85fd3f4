"""Find the brightest disk of every pattern with py4DSTEM; runs in py4DSTEM's own environment.

Reads patterns and the picture of the probe from an npz, writes positions and timings as npz. Kernels and smoothing are
tried in turn, so that each pattern of noise meets the settings that suit it: all results are written.

    python peer_py4dstem_disks.py patterns.npz result.npz --radius 9
"""

import argparse
import itertools
import time

import numpy as np
import py4DSTEM
from py4DSTEM.braggvectors import Probe
from py4DSTEM.braggvectors.diskdetection import find_Bragg_disks

KERNELS = ("flat", "sigmoid")
SMOOTHING = (0, 1, 2)  # pixels, sigma_cc; 2 is py4DSTEM's own


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patterns")
    parser.add_argument("result")
    parser.add_argument("--radius", type=float, required=True, help="of the probe, pixels")
    options = parser.parse_args()
    with np.load(options.patterns) as given:
        patterns, probe = given["patterns"].astype(np.float32), given["probe"]
    positions, seconds, settings = [], [], []
    for mode, sigma in itertools.product(KERNELS, SMOOTHING):
        kernel = kernel_of(probe, mode, options.radius)
        start = time.perf_counter()
        found = find_Bragg_disks(
            patterns, kernel, sigma_cc=sigma, maxNumPeaks=1, minPeakSpacing=4, edgeBoundary=4, minRelativeIntensity=0
        )
        seconds.append(time.perf_counter() - start)
        positions.append([brightest(points) for points in found])
        settings.append(f"{mode}, sigma_cc={sigma}")
    np.savez(
        options.result,
        positions=np.array(positions),
        seconds=seconds,
        each=seconds,
        settings=settings,
        version=py4DSTEM.__version__,
    )


def kernel_of(probe, mode, radius):
    """The probe as py4DSTEM wants it, with its middle at the corner pixel."""
    middle = tuple(n // 2 for n in probe.shape)
    extra = {"radii": (radius, 2 * radius)} if mode == "sigmoid" else {}
    return Probe(probe.astype(np.float32)).get_kernel(mode=mode, origin=middle, returncalc=True, **extra)


def brightest(points):
    """(y, x) of the peak of the highest intensity, NaN if there is none."""
    peaks = points.data
    if not len(peaks):
        return (np.nan, np.nan)
    best = peaks[np.argmax(peaks["intensity"])]
    return (best["qx"], best["qy"])


if __name__ == "__main__":
    main()
