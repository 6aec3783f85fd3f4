"""ProbeAndScan: a defocused probe, the positions on which it stands, and the diffraction patterns recorded there."""

from __future__ import annotations

import math

import numpy as np
import traitlets as t

from .._checks import require
from ..counting import poisson_counts
from ..multislice import probe_spectrum
from ..optics import Aberrations, electron_wavelength
from ..ptychography import diffract
from ..ptychography_scan import OverlapScan, linear_overlap, probe_width
from .arrays import pack, unpack
from .colours import phase_colours
from .figure import AXIAL, Panel, colourise, contrast_limits
from .numbers import fixed, grouped
from .probe_scan_drawing import figure_probe_scan
from .probe_scan_source import PERCENTILES, disk_levels, object_phase, slider_ranges, tile_size
from .scan_lattice import ScanLattice
from .stack_state import check_slider
from .widget import TcbfWidget

_STEPS = (2, 4, 8, 16, 32)  # px
_FADED = 0.2  # of the largest amplitude; below it, the colours of the phase grow dark
_UNLIT = 96  # of 256: brightness left to what no probe lights
_GAP = 1  # pixels between the patterns of the mosaic


class ProbeAndScan(TcbfWidget):
    """Probe, positions and diffraction patterns of a scan for ptychography.

    Shows the probe's amplitude and phase, the object with all positions as the middles of the windows, the pattern of
    the chosen position (in a scan of the same step, that of number `widget.lattice.number`), and a mosaic: the block of
    8 x 8 positions to which the chosen one belongs. Pixels of the object on which no probe falls are dark.

    The circle on the object is as wide as the probe, see `width`; a thin one is that of the next position. Windows have
    the size of the object, so that each of them is the whole object, rolled until the probe stands in its middle;
    dashed lines are where its ends meet.

    Patterns are shown as √(I/I₀), the amplitude that a reconstruction compares, I₀ being the whole beam, on the part of
    the detector that holds the bright-field disk; black and white are percentiles of it inside the disk, those of the
    scan as it was made, wider by 1/√electrons where electrons are counted. The probe's amplitude is shown from 0 to its
    largest value; where it is below a fifth of that, the colours of its phase fade to black.

    Parameters
    ----------
    scan : OverlapScan of one slice, from `tcbf.overlap_scan()`
    defocus : Å; by default that of the scan
    step : pixels from one position to the next, 2, 4, 8, 16 or 32; by default that of the scan
    position : (y, x), the pixel of the object on which the probe stands; the nearest position of the scan is shown. By
        default where the phase is largest
    electrons : per pattern; None for expected intensities. By default those of the scan
    seed : of the counting noise
    cmap, contrast, smooth : look of the images; the percentiles of the object are those of its phase
    """

    defocus = t.Float(650.0, help="Å, -C10").tag(sync=True)
    step = t.Int(4, help="pixels from one position to the next").tag(sync=True)
    position = t.Tuple(t.Int(), t.Int(), default_value=(0, 0), help="pixel (y, x) of the object").tag(sync=True)
    electrons = t.Float(None, allow_none=True, help="per pattern; None: no counting noise").tag(sync=True)
    seed = t.Int(0, help="seed of the counting noise").tag(sync=True)

    def __init__(self, scan: OverlapScan, **traits) -> None:
        require("scan", scan, OverlapScan, "from tcbf.overlap_scan()")
        phase = object_phase(scan)
        step = int(scan.step)
        first = {
            "defocus": float(scan.defocus),
            "step": step,
            "position": ScanLattice(len(phase), step, np.unravel_index(phase.argmax(), phase.shape)).centre,
            "electrons": None if scan.electrons is None else float(scan.electrons),
            "seed": 0,
        }
        state = first | traits
        super().__init__(
            arrays={"phase": pack(phase), "levels": pack(disk_levels(scan, phase))},
            meta={
                "title": "Probe and scan",
                "wavelength": electron_wavelength(scan.energy),
                "energy": float(scan.energy),
                "semiangle": float(scan.semiangle),
                "sampling": float(scan.sampling),
                "defocus": first["defocus"],
                "steps": sorted({n for n in (*_STEPS, step) if len(phase) % n == 0 and 2 * n <= len(phase)}),
                "tile": tile_size(scan, len(phase)),
                "ranges": slider_ranges(scan, len(phase), state),
                "python": {
                    "call": "tcbf.widgets.ProbeAndScan(scan)",
                    "traits": [*first, "cmap", "contrast", "smooth"],
                    "defaults": first
                    | {"position": list(first["position"]), "cmap": "gray", "contrast": [1, 99], "smooth": False},
                },
            },
            **state,
        )

    @t.validate("defocus", "electrons", "seed")
    def _validate_in_range(self, proposal):
        return proposal["value"] if proposal["value"] is None else check_slider(self, proposal)

    @t.validate("step")
    def _validate_step(self, proposal):
        step, steps = proposal["value"], self.meta.get("steps")
        if steps and step not in steps:
            raise t.TraitError(f"step is {step}; this scan accepts {', '.join(map(str, steps))} pixels")
        return step

    @t.validate("position")
    def _validate_position(self, proposal):
        position = proposal["value"]
        size = self.arrays["phase"]["shape"][0] if self.arrays else math.inf
        if not all(0 <= at < size for at in position):
            raise t.TraitError(f"position is {position}; accepted are pixels (y, x) from 0 to {size - 1}")
        return position

    # ---- the numbers shown

    @property
    def lattice(self) -> ScanLattice:
        """Positions of the scan in the present state, and the chosen one."""
        return ScanLattice(self.arrays["phase"]["shape"][0], self.step, self.position)

    @property
    def width(self) -> float:
        """Width of the probe in Å: 2 · semiangle · |defocus|, or near focus the Airy disk, 1.22 λ / semiangle."""
        return probe_width(self.defocus, self.meta["semiangle"], self.meta["energy"])

    def overlap(self) -> float:
        """Share of its width by which an illuminated circle overlaps the next: 1 - step / width, or 0."""
        return linear_overlap(self.width, self.step * self.meta["sampling"])

    def lit(self) -> np.ndarray:
        """(ny, nx) numbers of the probes that light a pixel of the object."""
        return self.lattice.lit(self.width / 2 / self.meta["sampling"])

    def probe(self) -> np.ndarray:
        """Probe (wy, wx), of unit intensity, its middle at pixel (wy // 2, wx // 2)."""
        size, meta = self.lattice.size, self.meta
        lens = Aberrations.from_defocus(self.defocus)
        spectrum = probe_spectrum((size, size), meta["sampling"], meta["energy"], meta["semiangle"], lens)
        return np.fft.fftshift(np.fft.ifft2(spectrum, norm="ortho"))

    def patterns(self, numbers) -> np.ndarray:
        """Intensities (n, wy, wx) of positions by their numbers, zero frequency first; counted, if electrons are."""
        lattice, numbers = self.lattice, np.atleast_1d(numbers)
        corners = lattice.centres[numbers] - lattice.size // 2
        patterns = np.abs(diffract(self.probe(), np.exp(1j * unpack(self.arrays["phase"]).astype(float)), corners)) ** 2
        if self.electrons is None:
            return patterns
        pixels = patterns[0].size
        for number, pattern in zip(numbers.tolist(), patterns, strict=True):
            pattern[:] = poisson_counts(pattern * self.electrons, self.seed, number * pixels) / self.electrons
        return patterns

    def panels(self) -> dict[str, Panel]:
        """Return the probe's amplitude and phase, the object, the chosen pattern and the mosaic."""
        probe, lattice = self.probe(), self.lattice
        amplitude = np.abs(probe)
        most = amplitude.max()
        colours = phase_colours(np.angle(probe) / (2 * np.pi), np.minimum(1, amplitude / (_FADED * most)))
        tiles = {number: self._tile(pattern) for number, pattern in self._shown_patterns()}
        space = ((self.meta["sampling"],) * 2, "Å")
        angle = 1e3 * self.meta["wavelength"] / (lattice.size * self.meta["sampling"])
        angles = (self.cmap, (angle, angle), "mrad")
        levels, m, n = self._limits(), len(lattice.shown), lattice.across
        of_all = f"{m} × {m} of {n} × {n}" if m < n else f"all {n} × {n}"
        return {
            "amplitude": Panel(amplitude.astype(np.float32), 0, most, self.cmap, *space, "Probe |P|"),
            "phase": Panel(colours, 0, 1, "gray", *space, "Probe, phase"),
            "object": Panel(self._object(), 0, 1, "gray", *space, "Object (rad)"),
            "pattern": Panel(tiles[lattice.number], *levels, *angles, "Pattern √(I/I₀)", AXIAL),
            "mosaic": Panel(self._mosaic(tiles), *levels, self.cmap, title=f"Patterns, {of_all}"),
        }

    def _shown_patterns(self):
        numbers = self.lattice.shown.ravel()
        return zip(numbers.tolist(), self.patterns(numbers), strict=True)

    def _tile(self, pattern: np.ndarray) -> np.ndarray:
        """√(I/I₀) on the part of the detector that is shown, zero frequency in its middle."""
        half = self.meta["tile"] // 2
        middle = len(pattern) // 2
        part = slice(middle - half, middle + half)
        return np.sqrt(np.fft.fftshift(pattern)[part, part]).astype(np.float32)

    def _mosaic(self, tiles: dict[int, np.ndarray]) -> np.ndarray:
        shown, tile = self.lattice.shown, self.meta["tile"]
        side = len(shown) * (tile + _GAP) - _GAP
        mosaic = np.full((side, side), np.nan, np.float32)
        for (row, column), number in np.ndenumerate(shown):
            top, left = row * (tile + _GAP), column * (tile + _GAP)
            mosaic[top : top + tile, left : left + tile] = tiles[int(number)]
        return mosaic

    def _object(self) -> np.ndarray:
        """Phase of the object as colours, darker where no probe lights it."""
        phase = unpack(self.arrays["phase"])
        rgba = colourise(phase, *contrast_limits(phase, self.contrast), self.cmap)
        dark = self.lit() == 0
        rgba[dark, :3] = (rgba[dark, :3].astype(int) * _UNLIT + 128) >> 8
        return rgba

    def _limits(self) -> tuple[float, float]:
        """√(I/I₀) of black and white."""
        levels = unpack(self.arrays["levels"]).astype(float)
        low, high = np.interp(self.contrast, PERCENTILES, levels)
        wider = 0.0 if self.electrons is None else 1 / math.sqrt(self.electrons)
        return max(0.0, float(low) - wider), float(high) + wider

    def figure(self):
        """Draw probe, object with positions and chosen pattern, and the mosaic beside them."""
        return figure_probe_scan(self.panels(), self.lattice, self.width / self.meta["sampling"], self.smooth)

    def alt_text(self) -> str:
        """Return what is to be seen, in one sentence."""
        lattice, lit, sampling = self.lattice, self.lit(), self.meta["sampling"]
        y, x = (f"{at * sampling:.1f}" for at in lattice.centre)
        dark = f", {100 * np.mean(lit == 0):.0f} % of them by none" if not lit.all() else ""
        electrons = "without counting noise"
        if self.electrons is not None:
            electrons = f"with {grouped(self.electrons)} electrons each, exposure {self.seed + 1}"
        return (
            f"Amplitude and phase of a probe at a defocus of {fixed(self.defocus, 0)} Å, {self.width:.1f} Å wide; an "
            f"object with {lattice.across**2} positions, {lattice.step * sampling:.1f} Å apart, an overlap of "
            f"{100 * self.overlap():.0f} %, each pixel lit by {lit.mean():.1f} probes on average{dark}; the pattern of "
            f"the position at y {y}, x {x} Å, and those of the block of {lattice.shown.size} positions around it, "
            f"{electrons}."
        )
