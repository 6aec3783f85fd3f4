"""Fit defocus and rotation with quantem's direct ptychography; runs in quantem's own environment.

Reads a scan written by `tcbf_widgets.save`, writes what one fit finds, and its timings, as npz.

    python peer_quantem.py scan.h5 result.npz --energy 300e3 --semiangle 4 --fit gradient --near 13500 -10

The fits, with the settings that came nearest to the truth of those tried on scans of 100 electrons/Å²:

    no-guess   fit_hyperparameters_cross_correlation from C10 = 0 and the rotation that quantem estimates from the
               centres of mass (--near is left aside): each image against its neighbours, in bins of 7 detector pixels
    near       the same from --near, each image against the mean, in bins of 7 pixels; with the default bins of 3, 2
               and 1 pixels it ends 5 to 8 % off
    gradient   fit_hyperparameters_gradient from --near with its defaults, over C10 and the rotation alone

The semi-angle is given; quantem does not measure it. Only the fit is timed, not the collection of the bright-field
images. All end with a reconstruction; the first two with the quickest that quantem has.
"""

import argparse
import time

import h5py
import numpy as np
import quantem
from quantem.core.datastructures import Dataset4dstem
from quantem.diffractive_imaging import DirectPtychography

BINS = (7, 7, 7, 7)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan")
    parser.add_argument("result")
    parser.add_argument("--energy", type=float, required=True, help="eV")
    parser.add_argument("--semiangle", type=float, required=True, help="mrad")
    parser.add_argument("--fit", choices=("no-guess", "near", "gradient"), required=True)
    parser.add_argument("--near", type=float, nargs=2, metavar=("DEFOCUS", "ROTATION"), help="Å, degrees")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    if options.fit != "no-guess" and options.near is None:
        parser.error(f"--fit {options.fit} needs --near")
    ptychography = prepare(options)
    seconds = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        fit(ptychography, options.fit)
        seconds.append(time.perf_counter() - start)
    state = ptychography.hyperparameter_state
    np.savez(
        options.result,
        seconds=seconds,
        # χ, and so C10, have the sign of tcbf_widgets
        defocus=-state.current_aberrations()["C10"],
        # quantem turns (row, column) vectors counter-clockwise, tcbf_widgets (see its geometry) clockwise
        rotation_deg=-state.current_rotation_angle(),
        version=quantem.__version__,
    )


def prepare(options):
    """The bright-field images, and where the fit starts."""
    start = {"aberration_coefs": {}, "rotation_angle": None}
    if options.fit != "no-guess":
        defocus, rotation = options.near
        start = {"aberration_coefs": {"C10": -defocus}, "rotation_angle": -rotation}
    return DirectPtychography.from_dataset4d(
        read(options.scan), energy=options.energy, semiangle_cutoff=options.semiangle, verbose=False, **start
    )


def read(path):
    """The scan; quantem has a reader for such files, but loses the units of the calibration on the way."""
    with h5py.File(path) as file:
        group = file["datacube_root/datacube"]
        steps = [group[f"dim{axis}"].attrs["step"] for axis in range(4)]
        counts = group["data"][()].astype(np.float32)
    return Dataset4dstem.from_array(counts, sampling=steps, units=["A", "A", "A^-1", "A^-1"])


def fit(ptychography, kind):
    if kind == "gradient":
        ptychography.fit_hyperparameters_gradient(("C10", "rotation_angle"), use_initial_state=True, verbose=False)
        return
    ptychography.fit_hyperparameters_cross_correlation(
        bin_factors=BINS,
        alignment_method="pairwise" if kind == "no-guess" else "reference",
        use_initial_state=True,
        deconvolution_kernel="prlx",
        verbose=False,
    )


if __name__ == "__main__":
    main()
