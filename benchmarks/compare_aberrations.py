"""Time and error of defocus and rotation: ours, py4DSTEM's and quantem's, side by side on the same scans.

Both peers run in environments of their own (py4DSTEM needs numpy < 2, quantem torch):

    make benchmark-environment
    python benchmarks/compare_aberrations.py
    python benchmarks/compare_aberrations.py --scan 72 96 --doses 100 --seeds 10 --quantem-seeds 1
    python benchmarks/compare_aberrations.py --peers --defocus -8000 --astigmatism 1000 -500 --transpose

The lines of the tables:

    fit_aberrations         align, then the fit to the measured shifts; no guess
    refine_aberrations      from the stack; no guess
    Cramér-Rao bound        the standard deviation below which no unbiased estimate comes
    py4DSTEM                Parallax with the schedule of compare_alignment.py, then its aberration fit; no guess
    quantem, ... no guess   its cross-correlation fit from C10 = 0 and the rotation that it estimates itself
    quantem, ... near       its cross-correlation fit, started 10 % of the defocus and 5° off the truth
    quantem, gradient near  its gradient fit, started from there

Only the fits are timed, in turn on each scan, not the collection of the bright-field images; for py4DSTEM and
fit_aberrations alignment and fit together. Every error is given as root mean square over the scans, then as median of
its size: one scan on which a method loses its way decides the first, and leaves the second alone.

Conventions. All numbers are compared in those of tcbf_widgets; peer_py4dstem.py and peer_quantem.py translate. C10 is
minus the defocus for all three. (C10, θ) and (-C10, θ + 180°) give the same shifts: the peers, which choose one of the
two by the rotation they expect, are compared with the truth in whichever form lies nearer to their rotation. Ours has
to find the right one. Astigmatism, none unless asked for, is always fitted by ours, and by the peers but for the
gradient fit, which is given C10 and the rotation alone. That a detector is transposed ours has to find out; the peers,
which cannot, get the patterns transposed back.

The exit status is 1 when refine_aberrations misses its aims, as rms: C10 within 1.5 times the bound or 0.2 %, whichever
is more; rotation within 0.2° (0.5° at 10 electrons/Å²); and less time than py4DSTEM's alignment alone takes.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from side_by_side import PEERS, REPEATS, SCHEDULE, add_python_option, ask_peer, ask_py4dstem, peer_python, timed

import tcbf_widgets as tcbf
from tcbf_widgets.information import cramer_rao_bound, phase_power
from tcbf_widgets.lens import Lens

NEAR_DEFOCUS, NEAR_ROTATION = 0.9, 5.0  # a factor, and degrees
SPECIMEN_SEED = 7  # the specimen of tcbf.demo.apoferritin
SAMPLING = 10.0  # Å between probe positions
WINDOW = 256  # Å of specimen that each probe sees
C10_PERCENT, BOUND_FACTOR = 0.2, 1.5
QUANTEM_FITS = (  # how a line is called, the fit, timed runs of it
    ("cross-correlation, no guess", "no-guess", REPEATS),
    ("cross-correlation, near", "near", REPEATS),
    ("gradient, near", "gradient", 1),
)
ROTATION, ROTATION_AT_10 = 0.2, 0.5  # degrees
LINE = "  {:36s} {:>6s} {:>8s} {:>17s} {:>15s} {:>16s}"


@dataclass(frozen=True)
class Found:
    """How one method did on one scan: errors in Å and degrees; seconds; those of the alignment alone, if it has one."""

    c10: float
    rotation: float
    seconds: float
    alignment: float | None = None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for peer in PEERS:
        add_python_option(parser, peer)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS), help="none: ours alone")
    parser.add_argument("--doses", type=float, nargs="+", default=[10, 30, 100, 1000], help="electrons/Å²")
    parser.add_argument("--scan", type=int, nargs=2, default=(24, 48), metavar=("Y", "X"), help="probe positions")
    parser.add_argument("--seeds", type=int, default=4, help="scans at each dose, each with noise of its own")
    parser.add_argument("--quantem-seeds", type=int, default=1, help="how many of these quantem, being slow, sees")
    parser.add_argument("--defocus", type=float, default=15_000, help="Å, negative for overfocus")
    parser.add_argument("--astigmatism", type=float, nargs=2, default=(0, 0), metavar=("C12X", "C12Y"), help="Å")
    parser.add_argument("--rotation", type=float, default=-15, help="degrees")
    parser.add_argument("--transpose", action="store_true", help="the detector's axes are exchanged")
    options = parser.parse_args()
    if options.seeds < 1 or options.quantem_seeds < 1:
        parser.error(f"--seeds is {options.seeds}, --quantem-seeds {options.quantem_seeds}; needed is 1 at least")
    pythons = {peer: peer_python(parser, options, peer) for peer in options.peers}
    specimen, expected = simulate(options)
    missed = [line for dose in options.doses for line in compare(options, pythons, specimen, expected, dose)]
    print("\nshort of its aim:\n  " + "\n  ".join(missed) if missed else "\nas true and as fast as it should be")
    sys.exit(bool(missed))


def simulate(options):
    """The specimen, and its scan without noise; at 24 x 48 positions that of tcbf.demo.apoferritin."""
    side = max(840, int(np.hypot(*options.scan) * SAMPLING) + WINDOW + 8)
    specimen = tcbf.apoferritin_in_ice((side, side), seed=SPECIMEN_SEED)
    stig_x, stig_y = options.astigmatism
    aberrations = tcbf.Aberrations.from_defocus(options.defocus, C12x=stig_x, C12y=stig_y)
    orientation = {"rotation_deg": options.rotation, "transpose": options.transpose}
    scan = {"scan_shape": tuple(options.scan), "scan_sampling": SAMPLING, "window": WINDOW}
    return specimen, tcbf.simulate_scan(
        specimen, dose=None, aberrations=aberrations, progress=True, **orientation, **scan
    )


def counted(expected, dose, seed):
    """The scan with counting noise, drawn line by line so that it fits into memory."""
    rng = np.random.default_rng(seed)
    electrons = dose * SAMPLING**2
    counts = np.empty(expected.array.shape, np.uint16)
    for line, patterns in zip(counts, expected.array, strict=True):
        line[:] = rng.poisson(patterns * electrons)
    return replace(expected, array=counts, truth=replace(expected.truth, dose=dose, seed=seed))


def compare(options, pythons, specimen, expected, dose):
    """Print one table; return a line for each aim that is missed."""
    runs = {}
    for seed in range(options.seeds):
        data = counted(expected, dose, seed)
        asked = [peer for peer in pythons if peer != "quantem" or seed < options.quantem_seeds]
        for name, found in (ours(data) | theirs({peer: pythons[peer] for peer in asked}, data)).items():
            runs.setdefault(name, []).append(found)
    size = "{} x {}".format(*options.scan)
    print(f"\n{dose:g} electrons/Å², {size} positions; errors as rms, median")
    print(LINE.format("", "scans", "time", "C10 in Å", "C10 in %", "rotation in °"))
    for name, results in runs.items():
        report(name, results, expected.truth)
    limits = bound(data, specimen)
    print(row("Cramér-Rao bound", "", "", expected.truth, limits))
    return aims(runs, limits, expected.truth, dose)


def ours(data):
    """How each fit of ours did; None for one that says that it cannot."""
    stack = tcbf.bright_field_stack(data)
    results = {}
    for name, work in (
        ("fit_aberrations", lambda: tcbf.fit_aberrations(tcbf.align(stack))),
        ("refine_aberrations", lambda: tcbf.refine_aberrations(stack)),
    ):
        try:
            fit, seconds = timed(work)
        except ValueError as error:
            print(f"{name} failed: {error}", file=sys.stderr)
            results[name] = None
            continue
        turn = turned(fit.rotation_deg - data.truth.rotation_deg)
        results[name] = Found(fit.aberrations.C10 - data.truth.aberrations.C10, turn, seconds)
    return results


def theirs(pythons, data):
    """How each fit of the peers did; None for one that failed."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        told = replace(data, array=data.array.swapaxes(2, 3)) if data.truth.transpose else data
        scan = tcbf.save(told, Path(folder) / "scan.h5")
        if "py4dstem" in pythons:
            found = ask_py4dstem(pythons["py4dstem"], scan, data, SCHEDULE)
            results["py4DSTEM, alignment and fit"] = judged(found, data.truth)
        if "quantem" in pythons:
            beam = ("--energy", data.energy, "--semiangle", data.truth.semiangle)
            near = (NEAR_DEFOCUS * data.truth.aberrations.defocus, data.truth.rotation_deg + NEAR_ROTATION)
            for name, fit, repeats in QUANTEM_FITS:
                how = ("--fit", fit, "--repeats", repeats, "--near", *near)
                found = ask_peer("quantem", pythons["quantem"], scan, *beam, *how)
                results[f"quantem, {name}"] = judged(found, data.truth)
    return results


def judged(found, truth):
    """How a peer did, against the nearer of the two forms of the truth that have the same shifts."""
    if found is None:
        return None
    c10, turn = -float(found["defocus"]), turned(float(found["rotation_deg"]) - truth.rotation_deg)
    if abs(turn) > 90:
        c10, turn = -c10, turned(turn + 180)
    alignment = found["seconds"]
    return Found(c10 - truth.aberrations.C10, turn, alignment + float(found.get("fit_seconds", 0)), alignment)


def turned(angle):
    """The angle between -180° and 180°."""
    return (angle + 180) % 360 - 180


def report(name, results, truth):
    """Print the line of one method."""
    worked = [found for found in results if found is not None]
    scans = f"{len(worked)}/{len(results)}"
    if not worked:
        print(f"  {name:36s} {scans:>6s}   failed")
        return
    seconds = f"{np.median([found.seconds for found in worked]):.2f} s"
    print(row(name, scans, seconds, truth, rms(worked), median(worked)))


def row(name, scans, seconds, truth, *errors):
    """One line; each of the errors is a pair of Å and degrees."""
    c10, rotation = np.transpose(errors)
    percent = 100 * c10 / abs(truth.aberrations.C10)
    cells = [
        ", ".join(f"{number:.{digits}f}" for number in numbers)
        for numbers, digits in ((c10, 1), (percent, 2), (rotation, 3))
    ]
    return LINE.format(name, scans, seconds, *cells)


def errors(results):
    return np.abs([(found.c10, found.rotation) for found in results])


def rms(results):
    return np.sqrt(np.mean(errors(results) ** 2, axis=0))


def median(results):
    return np.median(errors(results), axis=0)


def bound(data, specimen):
    """Cramér-Rao bound of C10 in Å and of the rotation in degrees, astigmatism being unknown as it is to ours."""
    truth = data.truth
    lens = Lens(truth.aberrations, truth.rotation_deg, truth.transpose)
    limits = cramer_rao_bound(tcbf.bright_field_stack(data), lens, phase_power(specimen, data.energy))
    return limits["C10"], limits["rotation_deg"]


def aims(runs, limits, truth, dose):
    """A line for each aim that refine_aberrations misses."""
    mine = runs["refine_aberrations"]
    if None in mine:
        return [f"{dose:g} electrons/Å²: refine_aberrations failed on {mine.count(None)} of {len(mine)} scans"]
    c10, rotation = rms(mine)
    most = max(C10_PERCENT / 100 * abs(truth.aberrations.C10), BOUND_FACTOR * limits[0])
    missed = []
    if not c10 <= most:
        missed.append(f"{dose:g} electrons/Å²: C10 off by {c10:.1f} Å; {most:.1f} Å is the aim")
    allowed = ROTATION_AT_10 if dose <= 10 else ROTATION
    if not rotation <= allowed:
        missed.append(f"{dose:g} electrons/Å²: rotation off by {rotation:.2f}°; {allowed}° is the aim")
    peers = [found.alignment for found in runs.get("py4DSTEM, alignment and fit", ()) if found is not None]
    seconds = np.median([found.seconds for found in mine])
    if peers and seconds > np.median(peers):
        missed.append(f"{dose:g} electrons/Å²: {seconds:.1f} s; py4DSTEM aligns in {np.median(peers):.1f} s")
    return missed


if __name__ == "__main__":
    main()
