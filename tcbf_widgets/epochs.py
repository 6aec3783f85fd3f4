"""What is known of an object after each use of all patterns, and how far it is from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .image_metrics import SSIM_WINDOW, phase_error, psnr, ssim

_FLAT = 1e-6  # rad, a range of phases that is none


@dataclass(frozen=True, eq=False)
class Epoch:
    """What is known after all patterns have been used once more.

    Attributes
    ----------
    number : 0 for the start
    loss : Σ (|Ψ| - √I)² / Σ I, as the patterns were used on the way
    slices : (slices, ny, nx) complex64, the object
    probe : (wy, wx) complex64, the given one or, with fit_probe, the one found so far
    truth : (slices, ny, nx) complex, the object to compare with, or None
    """

    number: int
    loss: float
    slices: np.ndarray
    probe: np.ndarray
    truth: np.ndarray | None = None

    def __repr__(self) -> str:
        count, ny, nx = self.slices.shape
        layers = f"{count} slices" if count > 1 else "1 slice"
        return f"Epoch({self.number}, loss {self.loss:.3g}, {layers} of {ny} x {nx} pixels)"

    def phase_error(self) -> np.ndarray:
        """Phase minus the true one in rad, -π to π, the open phase of each slice aligned; needs a truth.

        Returns
        -------
        (slices, ny, nx)
        """
        if self.truth is None:
            raise ValueError("truth is needed for an error: reconstruct(..., truth=object)")
        return phase_error(self.slices, self.truth)

    def phase_rms(self) -> float:
        """Root mean square of the phase error in rad; NaN without a truth."""
        return np.nan if self.truth is None else float(np.sqrt(np.mean(self.phase_error() ** 2)))

    def psnr(self) -> float:
        """Peak signal-to-noise ratio of the phase in dB, over the range of the true one; NaN without one."""
        found, true, span = self._phases()
        return psnr(found, true, span) if span else np.nan

    def ssim(self) -> float:
        """Structural similarity of the phases, mean over the slices; NaN without a truth that has a range.

        NaN also for images smaller than the window of 7 pixels in which it compares.
        """
        found, true, span = self._phases()
        if not span or min(true.shape[1:]) < SSIM_WINDOW:
            return np.nan
        return float(np.mean([ssim(a, b, span) for a, b in zip(found, true, strict=True)]))

    def _phases(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Phases found and true, the true ones of each slice from 0 on, and the range of these."""
        if self.truth is None:
            return np.empty(0), np.empty(0), 0.0
        # away from the cut at ±π, so that a phase offset of the truth does not tear it; and next to the truth
        true = phase_error(self.truth, np.ones_like(self.truth))
        true -= true.min(axis=(1, 2), keepdims=True)
        span = float(true.max())
        return true + self.phase_error(), true, span if span > _FLAT else 0.0


def checked_truth(truth, shape: tuple[int, int, int] | None = None) -> np.ndarray | None:
    """Return a true object with axes (slice, y, x), None if there is none, or raise if it is no complex transmission.

    A phase is none: taken for a transmission, a positive number has the phase zero, and every error would be wrong.
    """
    if truth is None:
        return None
    truth = np.asarray(truth)
    usable = np.iscomplexobj(truth) and truth.ndim in (2, 3) and truth.size
    if not usable or not np.isfinite(truth).all():
        raise ValueError(
            "truth must be (ny, nx) or (slices, ny, nx) finite complex numbers, np.exp(1j * phase); got "
            f"{truth.dtype} of shape {truth.shape}" + (" with NaN or infinity" if usable else "")
        )
    truth = truth.reshape(-1, *truth.shape[-2:])
    if shape is not None and truth.shape != shape:
        raise ValueError(f"truth must have the shape of the object, {shape}, got {truth.shape}")
    return truth
