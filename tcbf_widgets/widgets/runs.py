"""Reconstructions as a widget keeps them: of every epoch its numbers, and images of as many as a page holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .._checks import require
from ..epochs import Epoch, checked_truth
from ..image_metrics import with_common_phase
from .arrays import Packed, pack, quantise, unpack
from .stack_state import binned, fitting_binning

CURVES = ("loss", "psnr", "ssim", "phase_rms")
MAX_BYTES = 1_000_000  # of all images; in base64 a page then stays below 1.5 MB
MAX_VALUES = 32_768  # of one image, all its slices; the pixels of larger objects are binned to it
MOST_RUNS = 6  # as many lines can be told apart
_STEPS = 4  # of a byte in the rms of an image at least, else two bytes


@dataclass(frozen=True, eq=False)
class Kept:
    """One epoch: its number, its values in the order of CURVES, and its image unless it was thinned out."""

    number: int
    values: tuple[float, ...]
    image: Packed | None


class Runs:
    """Reconstructions of one object by label, epoch by epoch.

    With a truth, an image is the error of the phase, in bytes over its own range: the smaller the error, the finer;
    without one it is the phase itself in two bytes, with a mean transmission of phase 0.

    Parameters
    ----------
    truth : (slices, ny, nx) complex, or None: that of the first epoch, if it has one
    """

    def __init__(self, truth: np.ndarray | None = None) -> None:
        self._given, self.truth = truth, truth
        self.shape: tuple[int, int, int] | None = None  # of the object
        self.stride = 1  # images of epochs that it divides are kept, of the first, and of the last
        self._kept: dict[str, list[Kept]] = {}

    # ---- filling

    def begin(self, label: str, epoch: Epoch, name: str) -> None:
        """Begin a run, or begin it anew, with its first epoch; ``name`` says in errors where the epoch comes from."""
        others = {other: kept for other, kept in self._kept.items() if other != label}
        _check(name, epoch, self.shape if others else None)
        if len(others) >= MOST_RUNS:
            raise ValueError(
                f"runs may be {MOST_RUNS} at most, whose lines can still be told apart; got {label!r} after "
                f"{', '.join(map(repr, others))}"
            )
        truth = self.truth if others else epoch.truth if self._given is None else self._given
        self.truth, self.shape = checked_truth(truth, epoch.slices.shape), epoch.slices.shape
        self.stride = self.stride if others else 1
        self._kept[label] = [self._keep(epoch)]
        self._thin()

    def add(self, label: str, epoch: Epoch, name: str) -> None:
        """Append an epoch to a run that has begun."""
        _check(name, epoch, self.shape)
        kept = self._kept[label]
        if epoch.number <= kept[-1].number:
            raise ValueError(f"{name} must count up, got epoch {epoch.number} after {kept[-1].number}")
        new = self._keep(epoch)
        before = kept[-1]
        kept.append(new)
        if before.number % self.stride and len(kept) > 2:
            kept[-2] = replace(before, image=None)
        self._thin()

    def _keep(self, epoch: Epoch) -> Kept:
        epoch = replace(epoch, truth=self.truth)
        values = (epoch.loss, epoch.psnr(), epoch.ssim(), epoch.phase_rms())
        return Kept(int(epoch.number), tuple(float(value) for value in values), self._image(epoch.slices))

    def _image(self, wave: np.ndarray) -> Packed:
        wave = self._shown(with_common_phase(wave, np.ones_like(wave) if self.truth is None else self.truth))
        if self.truth is None:
            return quantise(np.angle(wave), "uint16")
        error = np.angle(wave * np.exp(-1j * self.true_phases().astype(float)))
        fine = np.ptp(error) / 255 <= np.sqrt(np.mean(error**2)) / _STEPS
        return quantise(error, "uint8" if fine else "uint16")

    def _shown(self, wave: np.ndarray) -> np.ndarray:
        return binned(wave, self.binning) if self.binning > 1 else wave

    def _thin(self) -> None:
        """Drop images of every second epoch that still has one, until all fit."""
        longest = max(kept[-1].number for kept in self._kept.values())
        while self._bytes() > MAX_BYTES and self.stride <= longest:
            self.stride *= 2
            for label, kept in self._kept.items():
                ends = (kept[0], kept[-1])
                self._kept[label] = [
                    one if one in ends or one.number % self.stride == 0 else replace(one, image=None) for one in kept
                ]

    def _bytes(self) -> int:
        return sum(len(one.image["data"]) for kept in self._kept.values() for one in kept if one.image)

    # ---- what is there

    @property
    def labels(self) -> list[str]:
        """Names of the runs, in their order."""
        return list(self._kept)

    @property
    def binning(self) -> int:
        """How many pixels along each axis become one in the images."""
        if self.shape is None:
            return 1
        slices, *size = self.shape
        return fitting_binning(slices, size, MAX_VALUES)[0]

    def true_phases(self) -> np.ndarray | None:
        """Phases (slices, y, x) of the truth in rad, float32, binned as the images are; None without a truth."""
        return None if self.truth is None else np.angle(self._shown(self.truth)).astype(np.float32)

    def numbers(self, label: str) -> list[int]:
        """Numbers of all epochs of a run."""
        return [one.number for one in self._kept[label]]

    def curve(self, label: str, name: str) -> np.ndarray:
        """One of CURVES for all epochs of a run, float32."""
        return np.array([one.values[CURVES.index(name)] for one in self._kept[label]], np.float32)

    def at(self, label: str, number: int) -> tuple[Kept, Kept]:
        """The last epoch of a run up to a number, and the last of those that has an image."""
        reached = [one for one in self._kept[label] if one.number <= number] or self._kept[label][:1]
        return reached[-1], next(one for one in reversed(reached) if one.image)

    # ---- on its way

    def packed(self) -> dict[str, dict]:
        """All runs as a front end gets them, by their place."""
        return {str(place): _packed_run(label, kept) for place, (label, kept) in enumerate(self._kept.items())}

    def packed_after(self, label: str, number: int) -> dict:
        """What a run has gained after an epoch, in the same form, and the place of the run."""
        new = [one for one in self._kept[label] if one.number > number]
        return {"run": self.labels.index(label), **_packed_run(label, new)}


def unpacked(one: Kept) -> np.ndarray:
    """The image of an epoch, (slices, y, x) float32."""
    return unpack(one.image)


def _packed_run(label: str, kept: list[Kept]) -> dict:
    """Numbers and curves of a run, and its images behind one another, so that a page has few files to load."""
    frames, at = [], 0
    for one in kept:
        if one.image:
            frames.append(
                {"epoch": one.number, "at": at} | {key: one.image[key] for key in ("dtype", "scale", "offset")}
            )
            at += len(one.image["data"])
    data = b"".join(one.image["data"] for one in kept if one.image)
    shape = next((one.image["shape"] for one in kept if one.image), [0, 0, 0])
    return {
        "label": label,
        "numbers": pack(np.array([one.number for one in kept], np.int32)),
        "curves": pack(np.array([one.values for one in kept], np.float32).reshape(-1, len(CURVES)).T),
        "shape": list(shape),
        "frames": frames,
        "images": pack(np.frombuffer(data, np.uint8)),
    }


def _check(name: str, epoch, shape: tuple | None) -> None:
    require(name, epoch, Epoch, "from tcbf.reconstruct(data, probe)")
    slices = np.asarray(epoch.slices)
    if slices.ndim != 3 or not slices.size:
        raise ValueError(f"{name} must hold slices of axes (slice, y, x), got shape {slices.shape}")
    if shape is not None and slices.shape != shape:
        raise ValueError(f"{name} has an object of shape {slices.shape}, the ones before {shape}; all must have one")
    if not np.isfinite(slices).all():
        raise ValueError(f"{name} holds NaN or infinite numbers in epoch {epoch.number}; show the epochs before it")
