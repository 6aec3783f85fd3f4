"""Ready-made teaching data, simulated once and kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from ._checks import finite_number, non_negative_integer, positive_number, require
from .cache import cache_folder
from .files import open_scan, save
from .fourdstem import FourDSTEM
from .simulate import phase_on_scan, simulate_scan
from .specimen import apoferritin_in_ice

# everything that decides what lies in the cache: the physics, and how a scan is written and read
_SOURCES = (
    "optics.py",
    "geometry.py",
    "scattering.py",
    "protein.py",
    "specimen.py",
    "multislice.py",
    "descan_ramp.py",
    "recording.py",
    "simulate.py",
    "fourdstem.py",
    "files.py",
    "demo.py",
)
# A field on which each step of the alignment has something to show
_SPECIMEN_SEED = 7
_SPECIMEN = "tcbf.demo.apoferritin"  # its name, by which a scan of it is known


def apoferritin(
    dose: float | None = 100.0,
    defocus: float = 15_000.0,
    rotation_deg: float = -15.0,
    seed: int = 0,
    cache: bool = True,
) -> FourDSTEM:
    """The teaching scan: apoferritin in ice at the sampling of a real low-dose experiment.

    24 x 48 probe positions 10 Å apart, 128 x 128 detector pixels of 1/128 1/Å, 300 kV, 4 mrad.

    Parameters
    ----------
    dose : electrons/Å²; None for expected intensities
    defocus : Å, positive with the focus behind the specimen
    rotation_deg : from detector to scan axes
    seed : of the counting noise; the specimen stays the same
    cache : keep the scan on disk (folder: environment variable TCBF_CACHE, else the user's cache)

    Returns
    -------
    FourDSTEM; ``.truth`` holds what it was made with
    """
    # checked before the long work; 100 and 100.0 are one scan
    dose = None if dose is None else positive_number("dose", dose, "in electrons/Å²")
    defocus, rotation_deg = finite_number("defocus", defocus), finite_number("rotation_deg", rotation_deg)
    seed = non_negative_integer("seed", seed)
    path = cache_folder() / f"apoferritin-{_fingerprint(dose, defocus, rotation_deg, seed)}.h5"
    found = _kept(path) if cache else None
    if found is not None:
        return found
    specimen = apoferritin_in_ice(seed=_SPECIMEN_SEED)
    data = simulate_scan(specimen, dose=dose, defocus=defocus, rotation_deg=rotation_deg, seed=seed)
    data = replace(data, truth=replace(data.truth, specimen=_SPECIMEN))
    if cache:
        _keep(data, path)
    return data


def true_phase(data: FourDSTEM, factor: int = 4) -> np.ndarray:
    """Phase in rad of the demo's specimen on the scanned field: what any reconstruction can be compared with.

    Parameters
    ----------
    data : from `apoferritin`, the whole scan
    factor : pixels per scan step, the grid being that of `upsample`

    Returns
    -------
    (factor · scan_y, factor · scan_x) rad, without frequencies beyond the Nyquist frequency of the grid

    Raises
    ------
    ValueError for a scan of another specimen; `simulate.phase_on_scan` takes any
    """
    truth = require("data", data, FourDSTEM, "from tcbf.demo.apoferritin()").truth
    if truth is None or truth.specimen != _SPECIMEN:
        raise ValueError(
            "data must be a scan from tcbf.demo.apoferritin, got one of another specimen; for a simulation of your "
            "own, tcbf.simulate.phase_on_scan(specimen, data)"
        )
    return phase_on_scan(apoferritin_in_ice(seed=_SPECIMEN_SEED), data, factor)


def _kept(path: Path) -> FourDSTEM | None:
    """The scan of a cache file with its counts in memory; None if there is no file, or none that can be read."""
    if not path.is_file():
        return None
    try:
        found = open_scan(path)
        return replace(found, array=found.array[()]) if found.truth else None
    except (ValueError, OSError, KeyError, TypeError):
        return None  # damaged, or of an unknown layout: it is made again


def _keep(data: FourDSTEM, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save(data, path, overwrite=True)
    except OSError as error:
        warnings.warn(f"the demo scan was not cached: {error}", stacklevel=3)


def _fingerprint(*parameters) -> str:
    """Changes with the parameters and with the code they are put through."""
    digest = hashlib.sha256(repr(parameters).encode())
    for name in _SOURCES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()[:16]
