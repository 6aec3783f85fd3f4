"""A 4D-STEM scan with its calibration, and for a simulation the truth it was made with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np

from ._checks import positive_pair
from .geometry import detector_to_scan
from .optics import Aberrations, beam_energy, electron_wavelength
from .scan_array import rows_of

_CHUNK_BYTES = 2**26  # how much of a scan is looked at in one piece


@dataclass(frozen=True)
class Truth:
    """What a simulated scan was made with.

    aberrations : of the probe, Å, directions in scan axes
    rotation_deg, transpose : from detector to scan axes (see `geometry`)
    semiangle : mrad
    dose : electrons/Å², None without noise
    descan : pattern shift in detector pixels across the scan, ((y per y, y per x), (x per y, x per x))
    seed : of the noise
    specimen : what was scanned, if it has a name, as that of `tcbf.demo.apoferritin` has
    """

    aberrations: Aberrations
    rotation_deg: float = 0.0
    transpose: bool = False
    semiangle: float = 4.0
    dose: float | None = None
    descan: tuple = ((0.0, 0.0), (0.0, 0.0))
    seed: int = 0
    specimen: str | None = None

    def image_shifts(self, k, energy: float) -> np.ndarray:
        """True shifts (n, 2) in Å, scan axes, of the virtual images of detector pixels ``k`` (n, 2)."""
        k_scan = detector_to_scan(k, self.rotation_deg, self.transpose)
        return self.aberrations.image_shift(k_scan, energy)

    def to_json(self) -> str:
        """The truth as JSON text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Truth:
        """The truth from JSON text."""
        values = json.loads(text)
        values["aberrations"] = Aberrations(**values["aberrations"])
        values["descan"] = tuple(tuple(row) for row in values["descan"])
        return cls(**values)


@dataclass(frozen=True, eq=False, init=False)
class FourDSTEM:
    """A 4D-STEM scan: one diffraction pattern per probe position, with calibration.

    Parameters
    ----------
    array : (scan_y, scan_x, detector_y, detector_x) counts; numpy array, memory map or HDF5 dataset
    energy : eV
    scan_sampling : Å between probe positions, one number or (y, x)
    reciprocal_sampling : 1/Å per detector pixel, one number or (y, x)
    angular_sampling : mrad per detector pixel, instead of ``reciprocal_sampling``
    truth : what a simulation was made with, None for an experiment

    `dataclasses.replace` gives a scan with another calibration; what is not replaced stays, so another energy leaves
    the frequencies in 1/Å and changes the angles.

    >>> data = FourDSTEM(np.ones((4, 4, 8, 8)), energy=300e3, scan_sampling=10, angular_sampling=0.15)
    >>> data
    FourDSTEM(4 x 4 scan of 10 Å, 8 x 8 detector of 0.00762 1/Å, 300 kV)
    """

    array: np.ndarray
    energy: float
    scan_sampling: tuple[float, float]
    reciprocal_sampling: tuple[float, float]
    truth: Truth | None

    # written out, as only the reciprocal sampling is kept of the two ways to give one calibration
    def __init__(
        self, array, energy, scan_sampling, reciprocal_sampling=None, angular_sampling=None, truth: Truth | None = None
    ):
        energy = beam_energy("energy", energy)
        _check_array(array)
        for name, value in (
            ("array", array),
            ("energy", energy),
            ("scan_sampling", positive_pair("scan_sampling", scan_sampling, "give the probe step in Å")),
            ("reciprocal_sampling", _reciprocal(reciprocal_sampling, angular_sampling, energy)),
            ("truth", truth),
        ):
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        (sy, sx), (dy, dx) = self.scan_shape, self.detector_shape
        return (
            f"FourDSTEM({sy} x {sx} scan of {_pair_text(self.scan_sampling)} Å, "
            f"{dy} x {dx} detector of {_pair_text(self.reciprocal_sampling)} 1/Å, {self.energy / 1e3:g} kV)"
        )

    @property
    def scan_shape(self) -> tuple[int, int]:
        """(scan_y, scan_x)."""
        return self.array.shape[:2]

    @property
    def detector_shape(self) -> tuple[int, int]:
        """(detector_y, detector_x)."""
        return self.array.shape[2:]

    @property
    def angular_sampling(self) -> tuple[float, float]:
        """Mrad per detector pixel, (y, x)."""
        y, x = self.reciprocal_sampling
        return (1e3 * self.wavelength * y, 1e3 * self.wavelength * x)

    @property
    def wavelength(self) -> float:
        """Electron wavelength in Å."""
        return electron_wavelength(self.energy)

    def row_blocks(self):
        """Yield (slice of scan rows, array) pieces of bounded size, each checked for bad counts."""
        row_bytes = max(1, int(np.prod(self.array.shape[1:])) * np.dtype(self.array.dtype).itemsize)
        step = max(1, _CHUNK_BYTES // row_bytes)
        for start in range(0, self.scan_shape[0], step):
            rows = slice(start, min(start + step, self.scan_shape[0]))
            block = rows_of(self.array, rows)
            check_counts("array", block)
            yield rows, block


def _reciprocal(reciprocal, angular, energy: float) -> tuple[float, float]:
    """1/Å per detector pixel from the one of the two samplings that is given."""
    if reciprocal is not None and angular is not None:
        raise ValueError("give reciprocal_sampling (1/Å) or angular_sampling (mrad), not both; set the other to None")
    if reciprocal is not None:
        return positive_pair("reciprocal_sampling", reciprocal, "in 1/Å per detector pixel")
    if angular is None:
        raise ValueError(
            "reciprocal_sampling is missing: give it in 1/Å per detector pixel, or angular_sampling in mrad"
        )
    y, x = positive_pair("angular_sampling", angular, "in mrad per detector pixel")
    wavelength = electron_wavelength(energy)
    return (1e-3 * y / wavelength, 1e-3 * x / wavelength)


def _pair_text(pair) -> str:
    return f"{pair[0]:.3g}" if pair[0] == pair[1] else f"{pair[0]:.3g} x {pair[1]:.3g}"


def _check_array(array) -> None:
    shape = getattr(array, "shape", None)
    if shape is None or not hasattr(array, "dtype"):
        raise TypeError(f"array must be a 4D array of counts, got {type(array).__name__}")
    if len(shape) != 4:
        raise ValueError(
            f"array must have 4 axes (scan_y, scan_x, detector_y, detector_x), got shape {tuple(shape)}; "
            "reshape it with the scan size of your acquisition"
        )
    if 0 in shape:
        raise ValueError(f"array must not be empty, got shape {tuple(shape)}")
    if np.dtype(array.dtype).kind not in "uif":
        raise TypeError(f"array must hold integer or real counts, got dtype {array.dtype}")
    if isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
        check_counts("array", array)


def check_counts(name: str, counts: np.ndarray) -> None:
    """Raise if counts are NaN, infinite or negative."""
    if counts.dtype.kind == "u" or not counts.size:
        return
    lowest, highest = counts.min(), counts.max()  # NaN propagates through both
    if not (np.isfinite(lowest) and np.isfinite(highest)):
        bad = int(np.count_nonzero(~np.isfinite(counts)))
        raise ValueError(f"{name} must hold finite counts, got {bad} NaN or infinite values; mask them to 0 first")
    if lowest < 0:
        raise ValueError(
            f"{name} must hold counts >= 0, got {lowest:g}; subtract less background, or read them as 0: "
            "np.maximum(array, 0), tcbf.open(..., clip_negative=True)"
        )
