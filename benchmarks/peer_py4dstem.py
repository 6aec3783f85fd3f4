"""Align a scan with py4DSTEM's Parallax and fit aberrations to its shifts; runs in py4DSTEM's own environment.

Reads a scan written by `tcbf_widgets.save` with py4DSTEM's own reader, writes shifts and timings as npz.

    python peer_py4dstem.py scan.h5 result.npz --energy 300e3 --bins 32 32 16 16 8 8
"""

import argparse
import time

import numpy as np
import py4DSTEM


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan")
    parser.add_argument("result")
    parser.add_argument("--energy", type=float, required=True, help="eV")
    parser.add_argument("--bins", type=int, nargs="+", required=True)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    seconds = []
    for _ in range(options.repeats):
        cube = py4DSTEM.read(options.scan)
        parallax = prepare(cube, options.energy)
        start = time.perf_counter()
        parallax.reconstruct(alignment_bin_values=list(options.bins), progress_bar=False, plot_aligned_bf=False)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    parallax.aberration_fit(plot_CTF_comparison=False, plot_BF_shifts_comparison=False, verbose=False)
    fit_seconds = time.perf_counter() - start
    step = cube.calibration.get_R_pixel_size()
    np.savez(
        options.result,
        # py4DSTEM holds the correction, in scan pixels: an image lies at minus that
        shifts=-parallax._xy_shifts * step,
        pixels=parallax._xy_inds,
        seconds=seconds,
        fit_seconds=fit_seconds,
        defocus=-parallax.aberrations_C1,
        # py4DSTEM turns (row, column) vectors counter-clockwise, tcbf_widgets (see its geometry) clockwise
        rotation_deg=-np.rad2deg(parallax.rotation_Q_to_R_rads),
        version=py4DSTEM.__version__,
    )


def prepare(cube, energy):
    """A Parallax object with its bright-field stack collected, as on the published page."""
    cube.data = cube.data.astype(np.float32)
    parallax = py4DSTEM.process.phase.Parallax(datacube=cube, energy=energy, object_padding_px=(8, 8), verbose=False)
    return parallax.preprocess(edge_blend=4, plot_average_bf=False)


if __name__ == "__main__":
    main()
