"""Ptychography here and by torch's autograd: slopes, time of an epoch, error after twenty, in the same run.

torch comes with quantem's environment:

    make benchmark-environment
    python benchmarks/compare_ptychography.py

1. The analytic slopes of the amplitude loss in double precision beside those of autograd, for one slice and three.
2. The teaching example (`tcbf.overlap_scan()`): Adam, two batches an epoch, single precision, the same number of
   threads; and the loop of peer_torch.py, which indexes windows one by one. Both solve it in turn, ROUNDS times. Times
   hold as ratios within one run only.
3. ePIE on the same patterns; and how far the methods come with few electrons, beside the bound 1/(2 √n) rad for n
   electrons a pixel, for frequencies within the aperture.

The exit status is 1 when an aim is missed: slopes equal to 1e-12 of the largest; Adam's phases within 0.008 rad rms in
20 epochs, those of ePIE within 1e-4; an epoch in less time than torch's.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from side_by_side import add_python_option, ask_peer, peer_python

import tcbf_widgets as tcbf
from tcbf_widgets._threads import WORKERS
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.image_metrics import phase_error
from tcbf_widgets.multislice import fresnel_propagator
from tcbf_widgets.optics import electron_wavelength
from tcbf_widgets.ptychography import amplitude_loss

EPOCHS = 20
SLOPES, ADAM, EPIE = 1e-12, 0.008, 1e-4  # of the largest, rad, rad
DOSES = (1e3, 1e4, 1e5)  # electrons per pattern


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_python_option(parser, "quantem")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    python = peer_python(parser, options, "quantem")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}; needed is 1 at least")
    with tempfile.TemporaryDirectory() as folder:
        missed = compare_slopes(python, Path(folder)) + compare_epochs(python, Path(folder), options.rounds)
    report_doses()
    print("\nshort of its aim:\n  " + "\n  ".join(missed) if missed else "\nas fast and as true as it should be")
    sys.exit(bool(missed))


def compare_slopes(python, folder):
    """Print how far the analytic slopes are from autograd's; return a line for each that is too far."""
    missed = []
    print("slopes in double precision, largest difference from autograd's as a share of the largest slope:")
    for count in (1, 3):
        problem = random_problem(count)
        phases = np.exp(1j * np.angle(problem["slices"]))
        mine = amplitude_loss(*problem.values())
        of_phases = amplitude_loss(*(problem | {"slices": phases}).values()).phases(phases)
        found = ask_peer("torch", python, written(folder / f"slopes{count}.in", problem), "slopes")
        if found is None:
            return ["torch failed: no slopes to compare with"]
        own = {"slices": mine.slices, "probe": mine.probe, "phases": of_phases}
        apart = {name: np.abs(value - found[name]).max() / np.abs(value).max() for name, value in own.items()}
        apart["loss"] = abs(mine.value - found["loss"]) / mine.value
        print(
            f"  {count} slice{'s' * (count > 1)}: " + ", ".join(f"{name} {value:.1e}" for name, value in apart.items())
        )
        missed += [f"{name} of {count} slices: {value:.1e} apart" for name, value in apart.items() if value > SLOPES]
    return missed


def random_problem(count):
    """A probe, slices that absorb, windows that wrap, and the amplitudes of another object; shapes are not square."""
    rng = np.random.default_rng(count)
    window, shape = (24, 20), (31, 28)

    def waves(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    return {
        "probe": waves(*window),
        "slices": np.exp(0.5j * rng.standard_normal((count, *shape))) * (1 - 0.2 * rng.random((count, *shape))),
        "positions": rng.integers(-10, 28, (12, 2)),
        "amplitudes": np.abs(waves(12, *window)),
        "propagator": fresnel_propagator(frequency_grid(window, 0.5), 300e3, 200.0),
    }


def written(path, arrays):
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def compare_epochs(python, folder, rounds):
    """Print times and errors of the teaching example; return a line for each aim that is missed."""
    scan = tcbf.overlap_scan()
    problem = {"probe": scan.probe.astype(np.complex64), "positions": scan.data.positions}
    # torch transforms without a factor
    amplitudes = np.sqrt(scan.data.intensities * scan.data.intensities[0].size).astype(np.float32)
    path = written(folder / "epochs.in", problem | {"amplitudes": amplitudes})
    runs = {"Adam": [], "torch": [], "ePIE": []}
    for seed in range(rounds):
        runs["Adam"].append(ours(scan, seed))
        found = ask_peer("torch", python, path, "epochs", "--threads", WORKERS, "--epochs", EPOCHS, "--seed", seed)
        if found is None:
            return ["torch failed: nothing to compare with"]
        rms = np.sqrt(np.mean(phase_error(found["slices"], scan.truth) ** 2))
        runs["torch"].append({"seconds": found["seconds"], "rms": rms})
        runs["ePIE"].append(ours(scan, seed, method="epie"))
    threads = f"{WORKERS} thread{'s' * (WORKERS > 1)}"
    print(f"\n256 patterns of 64 x 64 pixels, {EPOCHS} epochs, {rounds} rounds in turn, {threads}, medians:")
    names = {"Adam": f"tcbf_widgets {tcbf.__version__}, Adam", "torch": f"torch {found['version']}, the loop"}
    for name, all_runs in runs.items():
        seconds, rms = ([run[key] for run in all_runs] for key in ("seconds", "rms"))
        print(
            f"  {names.get(name, 'tcbf_widgets, ' + name):28s} {1e3 * np.median(seconds):6.1f} ms an epoch "
            f"(best {1e3 * min(seconds):.1f}); phase off by {np.median(rms):.2g} rad rms (worst {max(rms):.2g})"
        )
    ratios = [torch["seconds"] / mine["seconds"] for mine, torch in zip(runs["Adam"], runs["torch"], strict=True)]
    print(f"  torch / Adam, time: median {np.median(ratios):.1f}, {min(ratios):.1f} to {max(ratios):.1f}")
    missed = [] if np.median(ratios) > 1 else [f"Adam takes {1 / np.median(ratios):.2f} times as long as torch"]
    for name, aim in (("Adam", ADAM), ("ePIE", EPIE)):
        worst = max(run["rms"] for run in runs[name])
        missed += [f"{name}: {worst:.2g} rad rms, the aim is {aim:g}"] if worst > aim else []
    return missed


def ours(scan, seed, **options):
    """The median of the seconds of an epoch, and the error after the last."""
    epochs = tcbf.reconstruct(scan.data, scan.probe, epochs=EPOCHS, truth=scan.truth, seed=seed, **options)
    next(epochs)
    seconds = []
    for _ in range(EPOCHS):
        start = time.perf_counter()
        last = next(epochs)
        seconds.append(time.perf_counter() - start)
    return {"seconds": float(np.median(seconds)), "rms": last.phase_rms()}


def report_doses():
    print(f"\nphase off by (rad rms) after {EPOCHS} epochs; in brackets frequencies within the aperture alone:")
    for electrons in DOSES:
        scan = tcbf.overlap_scan(electrons)
        inside = np.linalg.norm(frequency_grid(scan.data.object_shape, scan.sampling), axis=-1) < (
            1e-3 * scan.semiangle / electron_wavelength(scan.energy)
        )
        bound = 0.5 / np.sqrt(electrons * len(scan.data.positions) / inside.size)
        line = f"  {electrons:7.0f} electrons per pattern:"
        for name, options in (("Adam", {}), ("Adam, phase only", {"phase_only": True}), ("ePIE", {"method": "epie"})):
            *_, last = tcbf.reconstruct(scan.data, scan.probe, epochs=EPOCHS, truth=scan.truth, **options)
            spectrum = np.fft.fft2(last.phase_error()[0], norm="ortho")
            power = np.sum(np.abs(spectrum[inside]) ** 2) / inside.size
            line += f" {name} {last.phase_rms():.3f} ({np.sqrt(power):.3f}),"
        print(line + f" bound {bound:.4f} ({bound * np.sqrt(inside.mean()):.4f})")


if __name__ == "__main__":
    main()
