"""How detector axes, scan axes and angles relate: the one place for these conventions.

Vectors are ``(y, x)`` on the last axis and images draw y down. A detector vector becomes a scan
vector by an optional transposition followed by a rotation,

    k_scan = R(rotation) · T · k_detector,      R = [[cos, sin], [-sin, cos]] in (y, x),

so a positive rotation turns the x axis of the detector towards the y axis of the scan, which is
clockwise on the screen.
"""

from __future__ import annotations

import numpy as np

from ._checks import finite_number


def orientation_matrix(rotation_deg: float = 0.0, transpose: bool = False) -> np.ndarray:
    """Matrix that takes a detector vector (y, x) to scan axes.

    Parameters
    ----------
    rotation_deg : angle from detector to scan axes in degrees
    transpose : True if the detector is read out with its two axes exchanged

    Returns
    -------
    (2, 2) orthogonal matrix; its determinant is -1 with ``transpose``.

    >>> orientation_matrix(90) @ [0, 1]          # detector x lies along scan y
    array([1., 0.])
    """
    angle = np.deg2rad(finite_number("rotation_deg", rotation_deg))
    cosine, sine = np.cos(angle), np.sin(angle)
    rotation = np.array([[cosine, sine], [-sine, cosine]]).round(15)
    return rotation[:, ::-1] if transpose else rotation


def detector_to_scan(vectors, rotation_deg: float = 0.0, transpose: bool = False) -> np.ndarray:
    """Express detector vectors, shape (..., 2), in scan axes; units are kept."""
    return np.asarray(vectors, float) @ orientation_matrix(rotation_deg, transpose).T


def scan_to_detector(vectors, rotation_deg: float = 0.0, transpose: bool = False) -> np.ndarray:
    """Express scan vectors, shape (..., 2), in detector axes; the inverse of `detector_to_scan`."""
    return np.asarray(vectors, float) @ orientation_matrix(rotation_deg, transpose)


def frequency_grid(shape: tuple[int, int], sampling) -> np.ndarray:
    """Spatial frequencies of a discrete Fourier transform.

    Parameters
    ----------
    shape : (ny, nx) of the image
    sampling : Å per pixel, one number or (y, x)

    Returns
    -------
    (ny, nx, 2) array of (k_y, k_x) in 1/Å, zero frequency first
    """
    step = np.broadcast_to(np.asarray(sampling, float), 2)
    ky, kx = (np.fft.fftfreq(n, d) for n, d in zip(shape, step, strict=True))
    return np.stack(np.meshgrid(ky, kx, indexing="ij"), axis=-1)
