"""A polycrystal of gold, scanned with a bullseye or a round probe, simulated with the truth attached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._checks import (
    checked_position,
    finite_number,
    non_negative_integer,
    positive_integer,
    positive_number,
    positive_pair,
    shape_pair,
)
from .crystallite_patterns import Crystallite, Film
from .descan_ramp import checked_descan, descan_ramps
from .fourdstem import FourDSTEM
from .grains import grain_orientations, grain_seeds, grain_shares
from .optics import electron_wavelength
from .probe_shapes import ProbeShape, disk_shape, standard_bullseye
from .recording import recorded

_APERTURE = 0.18  # 1/Å, rim of the standard apertures: the disks of gold do not touch, the closest are 0.42 1/Å apart
_POSITIONS_PER_GRAIN = 16  # in the mean, at least: the smallest grain has a quarter of the mean


@dataclass(frozen=True, eq=False)
class CrystalliteScan:
    """A simulated scan of gold grains, and all that it was made with.

    Attributes
    ----------
    data : FourDSTEM, counts, or expected shares of the electrons
    grain_map : (scan_y, scan_x) integers, the grain that has most of the probe
    crystallites : the grains, in the order of these numbers
    shares : (scan_y, scan_x, grains) share of the probe on each grain
    probe : its shape on the detector, in pixels
    descan : ((y per y, y per x), (x per y, x per x)) pixels from end to end
    descan_shifts : (scan_y, scan_x, 2) pixels by which each pattern stands off the centre
    centre : (y, x) pixels, where the direct beam stands without descan: the middle of the detector
    thickness : Å
    background : share of the electrons in the smooth background
    electrons : per pattern, on the detector and beside it; None without noise
    seed : of grains and noise
    """

    data: FourDSTEM
    grain_map: np.ndarray
    crystallites: tuple[Crystallite, ...]
    shares: np.ndarray
    probe: ProbeShape
    descan: tuple
    descan_shifts: np.ndarray
    centre: tuple[float, float]
    thickness: float
    background: float
    electrons: float | None
    seed: int

    def __repr__(self) -> str:
        electrons = "no noise" if self.electrons is None else f"{self.electrons:.4g} electrons each"
        return f"CrystalliteScan({len(self.crystallites)} grains of gold, {self.data!r}, {electrons})"

    @property
    def semiangle(self) -> float:
        """Semi-angle of the aperture in mrad."""
        return self.probe.radius * self.data.angular_sampling[0]

    @property
    def _film(self) -> Film:
        scan = self.data
        return Film(
            *(scan.detector_shape, scan.reciprocal_sampling[0], scan.energy),
            *(self.probe, self.thickness, self.background),
        )

    def expected(self, y: int, x: int) -> np.ndarray:
        """(detector_y, detector_x) expected pattern at a position: share of all electrons in each pixel."""
        y, x = checked_position((y, x), self.data.scan_shape)
        return self._film.pattern(self.crystallites, self.shares[y, x], self.centre + self.descan_shifts[y, x])

    def spots(self, y: int, x: int) -> tuple[np.ndarray, np.ndarray]:
        """Disks of the pattern at a position, on the detector and beside it.

        Returns
        -------
        positions : (m, 2) pixels on the detector
        shares : (m,) of all electrons. Where the probe lies on two grains the direct beam is that of both together
        """
        y, x = checked_position((y, x), self.data.scan_shape)
        lit = [(part, grain) for part, grain in zip(self.shares[y, x], self.crystallites, strict=True) if part]
        offsets = np.vstack([np.zeros((1, 2)), *(grain.spots[1:] for _, grain in lit)])
        direct = sum(part * grain.intensities[0] for part, grain in lit)
        shares = np.concatenate([[direct], *(part * grain.intensities[1:] for part, grain in lit)])
        return offsets + self.centre + self.descan_shifts[y, x], (1 - self.background) * shares


def crystallite_scan(
    electrons: float | None = 1000.0,
    *,
    scan_shape=(40, 40),
    scan_sampling=20.0,
    detector_shape=(128, 128),
    reciprocal_sampling: float = 0.02,
    energy: float = 300e3,
    probe: str | ProbeShape = "bullseye",
    grains: int = 10,
    thickness: float = 50.0,
    descan=((4.0, 0.6), (-0.8, 3.0)),
    background: float = 0.05,
    seed: int = 0,
    progress: bool = False,
) -> CrystalliteScan:
    """Simulate a 4D-STEM scan of a thin polycrystalline film of gold.

    Parameters
    ----------
    electrons : per pattern; None for expected shares
    scan_shape, scan_sampling : probe positions (y, x) and their distance in Å
    detector_shape : (y, x) pixels; the direct beam stands in the middle, at ((ny - 1) / 2, (nx - 1) / 2)
    reciprocal_sampling : 1/Å per detector pixel
    energy : eV
    probe : "bullseye", "disk" of the same semi-angle (0.18 1/Å, 3.5 mrad at 300 kV), or a shape in detector pixels.
        Each has the same electrons in its pattern
    grains : how many, of 16 positions or more in the mean
    thickness : Å of the film
    descan : detector pixels that the pattern moves from one end of the scan to the other,
        ((y per y, y per x), (x per y, x per x))
    background : share of the electrons in a smooth background around the direct beam, 0 to less than 1
    seed : of grains and noise; the same seed gives the same grains with other electrons, probes and noise
    progress : show a progress bar

    Returns
    -------
    CrystalliteScan with uint8 or uint16 counts (float32 without noise)
    """
    electrons = None if electrons is None else positive_number("electrons", electrons, "per pattern; None for no noise")
    scan_shape, detector_shape = shape_pair("scan_shape", scan_shape), shape_pair("detector_shape", detector_shape)
    scan_sampling = positive_pair("scan_sampling", scan_sampling, "in Å")
    sampling = positive_number("reciprocal_sampling", reciprocal_sampling, "in 1/Å per detector pixel")
    descan, shape = checked_descan(descan), _checked_probe(probe, detector_shape, sampling)
    electron_wavelength(energy)  # raises for what is no energy
    grains, seed = _checked_grains(grains, scan_shape), non_negative_integer("seed", seed)
    thickness = positive_number("thickness", thickness, "in Å")
    film = Film(detector_shape, sampling, float(energy), shape, thickness, _checked_share("background", background))

    for_grains, for_noise = np.random.SeedSequence(seed).spawn(2)
    rng = np.random.default_rng(for_grains)
    seeds = grain_seeds(np.multiply(scan_shape, scan_sampling), grains, rng)
    crystallites = tuple(film.crystallite(*stance) for stance in grain_orientations(grains, rng))
    # a Gaussian as wide at half of its height as the Airy disk, 0.51 λ / semi-angle
    width = 0.51 / (shape.radius * sampling) / np.sqrt(8 * np.log(2))
    shares = grain_shares(seeds, scan_shape, scan_sampling, width)
    shifts = descan_ramps(descan, scan_shape)
    centre = tuple((n - 1) / 2 for n in detector_shape)
    _check_counts(electrons, film, crystallites)
    patterns = _record(film, crystallites, shares, shifts + centre, electrons, for_noise, progress)
    return CrystalliteScan(
        FourDSTEM(patterns, energy, scan_sampling, sampling),
        *(shares.argmax(axis=-1), crystallites, shares, shape, descan, shifts, centre),
        *(thickness, film.background, electrons, seed),
    )


def _record(film: Film, crystallites, shares, direct_beams, electrons, seeds, progress) -> np.ndarray:
    """Patterns of all positions, counted if ``electrons`` per pattern is given."""
    scan_shape = shares.shape[:2]
    shares, direct_beams = shares.reshape(-1, shares.shape[-1]), direct_beams.reshape(-1, 2)

    def expected(batch):
        places = zip(shares[batch], direct_beams[batch], strict=True)
        return np.stack([film.pattern(crystallites, share, beam) for share, beam in places])

    shape = (len(shares), *film.detector_shape)
    return recorded(expected, shape, electrons, seeds, "electrons", progress).reshape(*scan_shape, *film.detector_shape)


def _check_counts(electrons: float | None, film: Film, crystallites) -> None:
    """Raise if the brightest pixel of a disk may count more electrons than 16 bits hold."""
    offset = np.arange(-np.ceil(film.probe.radius) - 3, film.probe.radius + 4)
    pixels = film.probe.brightness(offset[:, None], offset).sum()  # fully lit ones
    brightest = max(grain.intensities.max() for grain in crystallites) / pixels + 1 / np.prod(film.detector_shape)
    most = int(np.iinfo(np.uint16).max / (1.1 * brightest))  # the noise of so many is far less than a tenth
    if electrons is not None and electrons > most:
        raise ValueError(f"electrons must be at most {most:.3g}, as pixels count in 16 bits, got {electrons:g}")


def _checked_probe(probe, detector_shape, sampling: float) -> ProbeShape:
    radius = _APERTURE / sampling
    if isinstance(probe, str) and probe == "bullseye":
        probe = standard_bullseye(radius)
    elif isinstance(probe, str) and probe == "disk":
        probe = disk_shape(radius)
    elif not isinstance(probe, ProbeShape):
        raise ValueError(f"probe must be 'bullseye', 'disk' or a ProbeShape in detector pixels, got {probe!r}")
    if 2 * probe.radius >= min(detector_shape):
        raise ValueError(
            f"detector_shape={detector_shape} does not hold the probe, which is {2 * probe.radius:.3g} pixels wide; "
            "give more pixels, a larger reciprocal_sampling or a smaller probe"
        )
    return probe


def _checked_grains(grains, scan_shape) -> int:
    grains, most = positive_integer("grains", grains), max(1, scan_shape[0] * scan_shape[1] // _POSITIONS_PER_GRAIN)
    if grains > most:
        raise ValueError(f"grains must be at most {most} on {scan_shape[0]} x {scan_shape[1]} positions, got {grains}")
    return grains


def _checked_share(name: str, value) -> float:
    share = finite_number(name, value)
    if not 0 <= share < 1:
        raise ValueError(f"{name} must be a share of the electrons, 0 or more and less than 1, got {value!r}")
    return share
