"""From specimen to measurement: a 4D-STEM scan with counting noise."""

from __future__ import annotations

import numpy as np
import scipy.ndimage

from ._checks import (
    finite_number,
    non_negative_integer,
    positive_integer,
    positive_number,
    positive_pair,
    require,
    shape_pair,
)
from .descan_ramp import checked_descan, descan_ramps
from .fourdstem import FourDSTEM, Truth
from .geometry import frequency_grid, scan_to_detector
from .multislice import Beam, band_limit
from .optics import Aberrations, electron_wavelength, interaction_parameter
from .recording import recorded
from .specimen import Specimen


def scan_positions(scan_shape, scan_sampling, rotation_deg: float, transpose: bool = False) -> np.ndarray:
    """Probe positions of a scan in specimen axes, centred on the origin.

    The specimen grid has the axes of the detector, so a rotation between scan and detector turns
    the scan and leaves the recorded patterns untouched by interpolation. A transposition only concerns
    the read-out of the detector, so it does not move the probe; with ``transpose`` positions are given
    along the axes of the patterns as they were read out.

    Returns
    -------
    (scan_y, scan_x, 2) in Å
    """
    ny, nx = shape_pair("scan_shape", scan_shape)
    step = positive_pair("scan_sampling", scan_sampling, "in Å")
    y, x = (np.arange(n) - (n - 1) / 2 for n in (ny, nx))
    grid = np.stack(np.meshgrid(y * step[0], x * step[1], indexing="ij"), axis=-1)
    return scan_to_detector(grid, rotation_deg, transpose)


def phase_on_scan(specimen: Specimen, data: FourDSTEM, factor: int = 4) -> np.ndarray:
    """Phase of a specimen where a simulated scan saw it, on the grid of `upsample`.

    Frequencies beyond the Nyquist frequency of this grid are taken away before. What is left of the specimen is smooth
    enough on its own grid for a spline of fifth order, if that is half as fine or finer.

    Parameters
    ----------
    specimen : the one that the scan was simulated from
    data : the scan, with its truth
    factor : pixels per scan step

    Returns
    -------
    (factor · scan_y, factor · scan_x) rad, of all slices together
    """
    require("specimen", specimen, Specimen, "from tcbf.apoferritin_in_ice()")
    truth = require("data", data, FourDSTEM, "from tcbf.simulate_scan(specimen)").truth
    if truth is None:
        raise ValueError("data has no truth: it must be simulated, by tcbf.simulate_scan or tcbf.demo.apoferritin")
    factor = positive_integer("factor", factor)
    shape, sampling = [factor * n for n in data.scan_shape], [step / factor for step in data.scan_sampling]
    q = np.linalg.norm(frequency_grid(specimen.shape, specimen.sampling), axis=-1)
    smooth = np.fft.ifft2(np.fft.fft2(specimen.projected) * (q < 0.5 / max(sampling))).real
    positions = scan_positions(shape, sampling, truth.rotation_deg)
    pixels = np.moveaxis(positions / specimen.sampling + (np.array(specimen.shape) - 1) / 2, -1, 0)
    return interaction_parameter(data.energy) * scipy.ndimage.map_coordinates(smooth, pixels, order=5)


def simulate_scan(
    specimen: Specimen,
    *,
    energy: float = 300e3,
    semiangle: float = 4.0,
    aberrations: Aberrations | None = None,
    defocus: float | None = None,
    scan_shape=(24, 48),
    scan_sampling=10.0,
    detector_shape=(128, 128),
    window: int = 256,
    rotation_deg: float = 0.0,
    transpose: bool = False,
    descan=((0.0, 0.0), (0.0, 0.0)),
    dose: float | None = 100.0,
    seed: int = 0,
    progress: bool = False,
) -> FourDSTEM:
    """Simulate a 4D-STEM scan over the middle of a specimen.

    Parameters
    ----------
    specimen : potential; must hold the scan and half a window around it
    energy, semiangle : eV, mrad
    aberrations, or defocus in Å : of the probe, referred to the middle of the specimen; directions in scan axes
    scan_shape, scan_sampling : probe positions (y, x) and their distance in Å
    detector_shape : (y, x) pixels; the window's frequencies are binned onto it
    window : pixels of the specimen that each probe sees; the detector resolves 1/(window · sampling)
    rotation_deg, transpose : from detector to scan axes (see `geometry`)
    descan : detector pixels that the pattern moves from one end of the scan to the other,
        ((y per y, y per x), (x per y, x per x))
    dose : electrons/Å²; None returns expected intensities that sum to 1 per pattern
    seed : of the Poisson noise
    progress : show a progress bar

    Returns
    -------
    FourDSTEM with uint8 or uint16 counts (float32 without dose) and its ``truth``
    """
    require("specimen", specimen, Specimen, "from tcbf.apoferritin_in_ice()")
    truth = Truth(
        _aberrations(aberrations, defocus),
        finite_number("rotation_deg", rotation_deg),
        bool(transpose),
        positive_number("semiangle", semiangle, "in mrad"),
        None if dose is None else positive_number("dose", dose, "in electrons/Å²"),
        checked_descan(descan),
        non_negative_integer("seed", seed),
    )
    scan = (shape_pair("scan_shape", scan_shape), positive_pair("scan_sampling", scan_sampling, "in Å"))
    return _simulate(specimen, truth, energy, scan, window, _binning(window, detector_shape), progress)


def _aberrations(aberrations, defocus) -> Aberrations:
    if (aberrations is None) == (defocus is None):
        raise ValueError("give either aberrations or defocus (Å)")
    if aberrations is None:
        return Aberrations.from_defocus(defocus)
    return require("aberrations", aberrations, Aberrations, "for example tcbf.Aberrations.from_defocus(15_000)")


def _simulate(specimen: Specimen, truth: Truth, energy, scan, window: int, binning: int, progress) -> FourDSTEM:
    """The scan of checked arguments; ``scan`` holds its shape and its steps in Å."""
    scan_shape, steps = scan
    _check_window(specimen, energy, truth, window)
    positions = scan_positions(scan_shape, steps, truth.rotation_deg).reshape(-1, 2)
    corners, fractions = _windows(positions, specimen, window)
    electrons = None if truth.dose is None else truth.dose * steps[0] * steps[1]
    beam = Beam(specimen, energy, truth, window, binning)
    patterns = _record(beam, corners, fractions, _descan_ramps(truth, scan_shape), electrons, truth.seed, progress)
    if truth.transpose:
        patterns = patterns.swapaxes(-1, -2)
    patterns = np.ascontiguousarray(patterns).reshape(*scan_shape, *patterns.shape[1:])
    return FourDSTEM(patterns, energy, steps, binning / (window * specimen.sampling), truth=truth)


def _binning(window: int, detector_shape) -> int:
    """Window frequencies per detector pixel."""
    window = positive_integer("window", window)
    ny, nx = shape_pair("detector_shape", detector_shape)
    if ny != nx or window % ny:
        raise ValueError(f"detector_shape must be square and divide window={window}, got {(ny, nx)}")
    return window // ny


def _check_window(specimen: Specimen, energy: float, truth: Truth, window: int) -> None:
    """The window must hold the defocused probe, the specimen's sampling the aperture."""
    rim = truth.semiangle * 1e-3 / electron_wavelength(energy)
    if rim >= band_limit(specimen.sampling):
        raise ValueError(
            f"semiangle={truth.semiangle} mrad reaches beyond the band of the specimen; sample it at "
            f"{1 / (3 * rim):.2g} Å per pixel or finer, it has {specimen.sampling:g}"
        )
    angle = np.linspace(0, 2 * np.pi, 64)
    landing = truth.aberrations.ray_landing(rim * np.stack([np.sin(angle), np.cos(angle)], axis=-1), energy)
    diameter = 2 * np.linalg.norm(landing, axis=-1).max()
    if diameter > window * specimen.sampling:
        raise ValueError(
            f"window={window} pixels is {window * specimen.sampling:.0f} Å wide, but the probe {diameter:.0f} Å; "
            f"window must be at least {int(np.ceil(diameter / specimen.sampling))}"
        )


def _windows(positions: np.ndarray, specimen: Specimen, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Corner pixel of each probe's window, and the probe's offset in Å from the window's middle pixel."""
    pixels = positions / specimen.sampling + (np.array(specimen.shape) - 1) / 2
    nearest = np.rint(pixels).astype(int)
    corners = nearest - window // 2
    if corners.min() < 0 or (corners.max(axis=0) + window > specimen.shape).any():
        extent = np.ptp(corners, axis=0) + window + 1
        raise ValueError(
            f"specimen is too small for this scan: it has {specimen.shape} pixels, "
            f"scan and window need {tuple(int(n) for n in extent)}"
        )
    return corners, (pixels - nearest) * specimen.sampling


def _descan_ramps(truth: Truth, scan_shape) -> np.ndarray | None:
    """(positions, 2) pattern shifts in pixels of the pattern before its transposition, None if there are none."""
    descan = truth.descan[::-1] if truth.transpose else truth.descan
    return descan_ramps(descan, scan_shape).reshape(-1, 2) if np.any(descan) else None


def _record(beam: Beam, corners, fractions, tilts, electrons, seed, progress) -> np.ndarray:
    """Patterns of all positions, counted if ``electrons`` per pattern is given."""

    def expected(batch):
        return beam.patterns(corners[batch], fractions[batch], None if tilts is None else tilts[batch])

    size = beam.window // beam.binning
    return recorded(expected, (len(corners), size, size), electrons, np.random.SeedSequence(seed), "dose", progress)
