"""Where is a disk? Errors of its place here and by py4DSTEM on the same patterns, beside the Cramér-Rao bound.

    make benchmark-environment
    python benchmarks/compare_disks.py

Patterns hold the direct beam alone, at places between the pixels, on an even background, with bullseye and round probes
of the same radius, 9 pixels. py4DSTEM finds the brightest disk with two kernels and three smoothings; the best of the
six for each dose is shown, and the time of the quickest. Times hold as ratios within one run only.

The exit status is 1 when an aim is missed: 1.2 times the bound for the bullseye, from 30 electrons in the disk.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from side_by_side import add_python_option, ask_peer, peer_python

import tcbf_widgets as tcbf
from tcbf_widgets.peaks import Correlator

SHAPE = (64, 64)
ELECTRONS = (30, 100, 300, 1000)  # in the disk
BACKGROUND = 1e-5  # electrons per pixel for each electron of the disk
REACH = 12  # pixels around the mean place within which a disk is looked for, by both
AIM = 1.2  # times the bound
TEMPLATES = {"bullseye": tcbf.bullseye_template(2.2, 6, 9, cross=1.6), "disk": tcbf.circle_template(9)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_python_option(parser, "py4dstem")
    parser.add_argument("--patterns", type=int, default=400)
    options = parser.parse_args()
    python = peer_python(parser, options, "py4dstem")
    missed = []
    print(f"errors of the place along one axis, pixels (rms of {options.patterns} patterns), and times the bound:")
    with tempfile.TemporaryDirectory() as folder:
        for name, template in TEMPLATES.items():
            for electrons in ELECTRONS:
                missed += compare(name, template, electrons, options.patterns, python, Path(folder) / "patterns.in")
    print("\nshort of its aim:\n  " + "\n  ".join(missed) if missed else "\nas true as it should be")
    sys.exit(bool(missed))


def compare(name, template, electrons, count, python, path):
    """Print the errors of both for one probe and dose; return a line if the aim is missed."""
    places, patterns = simulated(template.shape, electrons, count)
    bound = tcbf.position_bound(template.shape, electrons, BACKGROUND * electrons)
    start = time.perf_counter()
    correlator = Correlator(template, SHAPE)
    own = rms([correlator.highest(p.astype(float), places.mean(axis=0), REACH)[0] for p in patterns] - places)
    seconds = time.perf_counter() - start
    y, x = (np.arange(n) - n // 2 for n in SHAPE)  # py4DSTEM wants a probe as large as the frame, its middle on a pixel
    with path.open("wb") as file:
        np.savez(file, patterns=patterns, probe=template.shape.brightness(y[:, None], x))
    found = ask_peer("py4dstem_disks", python, path, "--radius", template.shape.radius)
    line = f"  {name:8s} {electrons:5d} electrons: bound {bound:.3f}, tcbf_widgets {own:.3f} ({own / bound:.2f})"
    if found is not None:
        errors = [rms(positions - places) for positions in found["positions"]]
        best = int(np.argmin(errors))
        line += (
            f", py4DSTEM {found['version']} {errors[best]:.3f} ({errors[best] / bound:.2f}; "
            f"{found['settings'][best]}), time {found['each'].min() / seconds:.1f} times"
        )
    print(line)
    return [f"{name}, {electrons} electrons: {own / bound:.2f} times the bound"] * (
        name == "bullseye" and own > AIM * bound
    )


def simulated(shape, electrons, count):
    """Places (n, 2) and counted patterns (n, ny, nx) of one disk each."""
    rng = np.random.default_rng(electrons)
    places = (np.array(SHAPE) - 1) / 2 + rng.uniform(-0.5, 0.5, (count, 2))
    y, x = (np.arange(n) for n in SHAPE)
    patterns = np.stack([shape.brightness(y[:, None] - a, x - b) for a, b in places])
    patterns *= electrons / patterns.sum(axis=(1, 2), keepdims=True)
    return places, rng.poisson(patterns + BACKGROUND * electrons).astype(np.uint16)


def rms(errors):
    """Along one axis; places that were not found, or beyond the reach, count as that reach."""
    errors = np.nan_to_num(errors, nan=REACH).clip(-REACH, REACH)
    return float(np.sqrt(np.mean(np.square(errors))))


if __name__ == "__main__":
    main()
