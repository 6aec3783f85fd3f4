"""What a crystallite of gold diffracts into: disks, each with the shape of the probe, anywhere between the pixels.

Intensities are kinematic: every diffracted beam leaves the direct beam once and is not scattered again. For films of a
few nanometres they show where disks lie and that they are unequal; what dynamical theory adds is not here.

A disk is not evenly bright. Each of its points is another direction of incidence, for which the Ewald sphere meets the
relrod at another height: over the disk of 200, at 300 kV and a semi-angle of 3.5 mrad, the excitation error changes by
±0.0017 1/Å, in 50 Å of gold by ±9 % of the way from the middle of the relrod to its first zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from . import gold
from .optics import electron_wavelength
from .probe_shapes import ProbeShape

_FARTHEST = 3.0  # 1/Å: so far out disks count in the sum of all electrons
_STEEPEST = 0.5  # sine of the largest angle of diffraction
_WIDTHS = 10  # of the relrod, 1 / thickness: what lies farther from the Ewald sphere holds nothing
_FAINTEST = 1e-4  # share of the electrons below which a disk is left out
_SOFT = 6.0  # widths of its soft edge: there a disk has fallen to 1e-4
_BACKGROUND_WIDTH = 0.3  # 1/Å


@dataclass(frozen=True, eq=False)
class Crystallite:
    """One grain: how it stands, and the disks it diffracts into.

    zone_axis, rotation_deg, mistilt_deg : as `gold.orientation` takes them
    hkl : (m, 3) indices; the first disk is the direct beam
    spots : (m, 2) pixels from the direct beam
    intensities : (m,) share of the electrons that are not in the background; a little less than 1 in all, as the
        faintest disks are left out
    excitation : (m,) 1/Å, excitation error in the middle of each disk
    slopes : (m, 2) 1/Å per pixel, how the excitation error changes over the disk
    peaks : (m,) share that a disk would have if its excitation error were 0 all over
    """

    zone_axis: tuple[int, int, int]
    rotation_deg: float
    mistilt_deg: tuple[float, float]
    hkl: np.ndarray
    spots: np.ndarray
    intensities: np.ndarray
    excitation: np.ndarray
    slopes: np.ndarray
    peaks: np.ndarray

    def __repr__(self) -> str:
        axis, lean = " ".join(map(str, self.zone_axis)), np.hypot(*self.mistilt_deg)
        return (
            f"Crystallite([{axis}], rotated by {self.rotation_deg:.1f}°, off by {lean:.1f}°, {len(self.spots)} disks)"
        )


@dataclass(frozen=True, eq=False)
class Film:
    """What all grains share: a film of gold, seen with one probe on one detector.

    detector_shape : (ny, nx) pixels
    sampling : 1/Å per pixel
    energy : eV
    probe : its shape on the detector
    thickness : Å
    background : share of the electrons in the smooth background
    """

    detector_shape: tuple[int, int]
    sampling: float
    energy: float
    probe: ProbeShape
    thickness: float
    background: float

    def crystallite(self, zone_axis, rotation_deg: float, mistilt_deg) -> Crystallite:
        """The disks of one grain, brightest or not, as far as they hold 1e-4 of the electrons."""
        hkl = gold.reflections(_FARTHEST)
        g = hkl / gold.LATTICE @ gold.orientation(zone_axis, rotation_deg, mistilt_deg).T
        wave = 1 / electron_wavelength(self.energy)
        met = np.linalg.norm(g[:, :2], axis=1) < _STEEPEST * wave
        met[met] = np.abs(gold.excitation_error(g[met], self.energy)) * self.thickness < _WIDTHS
        hkl, g = hkl[met], g[met]
        excitation = gold.excitation_error(g, self.energy)
        # the derivative of the excitation error by the direction of incidence; s is linear over a disk to 1e-6 1/Å
        slopes = -self.sampling * g[:, :2] / np.sqrt(wave**2 - np.sum(g[:, :2] ** 2, axis=1, keepdims=True))
        strength = gold.relrod(0.0, gold.extinction_distance(hkl, self.energy), self.thickness)
        strength[0] = 1.0  # the direct beam, where excitation error and slope are 0
        mean = self._mean_over_disk(excitation, slopes)
        total = np.sum(strength * mean)
        kept = strength * mean >= _FAINTEST * total
        return Crystallite(
            tuple(zone_axis),
            rotation_deg,
            tuple(mistilt_deg),
            *(hkl[kept], g[kept, :2] / self.sampling, (strength * mean)[kept] / total),
            *(excitation[kept], slopes[kept], strength[kept] / total),
        )

    def pattern(self, crystallites, shares, direct_beam) -> np.ndarray:
        """Expected pattern of a probe that lies on some crystallites.

        Parameters
        ----------
        crystallites : all of them
        shares : (crystallites,) of the probe
        direct_beam : (y, x) pixel of the direct beam

        Returns
        -------
        (ny, nx) float32, share of all electrons; what falls beside the detector is lost
        """
        size = 2 * self._half_width + 2
        canvas = np.zeros([n + 2 * size for n in self.detector_shape], np.float32)
        inside = canvas[size:-size, size:-size]
        if self.background:
            inside += self.background * self._halo(direct_beam)
        for share, crystallite in zip(shares, crystallites, strict=True):
            if share:
                self._add_disks(canvas, size, crystallite, (1 - self.background) * share, direct_beam)
        return inside

    def _add_disks(self, canvas, size: int, crystallite: Crystallite, share: float, direct_beam) -> None:
        """Add the disks of a crystallite to a canvas that is ``size`` pixels wider than the detector on each side."""
        middle = crystallite.spots + direct_beam
        corners = np.floor(middle).astype(int) - self._half_width
        seen = np.all((corners > -size) & (corners < self.detector_shape), axis=1)
        corners, offsets = corners[seen], (corners - middle)[seen]
        # float32 halves the time; offsets of some pixels keep seven digits
        y, x = ((offsets[:, axis, None] + np.arange(size)).astype(np.float32) for axis in (0, 1))
        slopes = (self.thickness * crystallite.slopes[seen]).astype(np.float32)
        phase = (self.thickness * crystallite.excitation[seen]).astype(np.float32)
        phase_y, phase_x = phase[:, None] + slopes[:, :1] * y, slopes[:, 1:] * x
        disks = self.probe.brightness(y[:, :, None], x[:, None, :])
        disks *= np.sinc(phase_y[:, :, None] + phase_x[:, None, :]) ** 2
        disks *= (share / self._area * crystallite.peaks[seen])[:, None, None]
        for (top, left), disk in zip(corners + size, disks, strict=True):
            canvas[top : top + size, left : left + size] += disk

    @cached_property
    def _half_width(self) -> int:
        """Pixels from the middle of a disk as far as it is drawn."""
        return int(np.ceil(self.probe.radius + _SOFT * self.probe.edge))

    @cached_property
    def _open_pixels(self) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (n, 2) of a disk that stands on a pixel, and their brightness."""
        y, x = np.indices((2 * self._half_width + 1,) * 2) - self._half_width
        brightness = self.probe.brightness(y, x)
        return np.stack([y[brightness > 0], x[brightness > 0]], axis=-1), brightness[brightness > 0]

    @cached_property
    def _area(self) -> float:
        """Brightness of a whole disk. Wherever the disk stands the sum of its pixels is the same to some 1e-4."""
        return float(self._open_pixels[1].sum())

    def _mean_over_disk(self, excitation, slopes) -> np.ndarray:
        """Mean of sinc²(π t s) over each disk, its parts weighted with their brightness."""
        pixels, brightness = self._open_pixels
        phases = self.thickness * (excitation[:, None] + slopes @ pixels.T)
        return np.sinc(phases) ** 2 @ (brightness / self._area)

    def _halo(self, direct_beam) -> np.ndarray:
        """A sketch of what phonons, plasmons and a supporting film scatter; its sum on a detector without end is 1.

        It falls as a Lorentzian to the power 3/2: a broad peak with a long tail.
        """
        width = _BACKGROUND_WIDTH / self.sampling
        y, x = (
            ((np.arange(n) - c) / width).astype(np.float32)
            for n, c in zip(self.detector_shape, direct_beam, strict=True)
        )
        falling = 1 + y[:, None] ** 2 + x**2
        return np.float32(1 / (2 * np.pi * width**2)) / (falling * np.sqrt(falling))
