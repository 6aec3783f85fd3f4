"""Colours that are mixed in integers, so that Python and the browser agree to the last bit (see shared/colour.js)."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps

from .figure import AXIAL

TINT_WEIGHT = 192  # of 256

# Ten hues of equal lightness and chroma, then the same, darker; magenta is left out because it means "chosen"
_GROUPS = (
    *("e2a08c", "d3ab6f", "b5b86a", "8ec381", "6bc7a6", "63c4ca", "7abae2", "9badea", "b7a3e0", "c9a0c4"),
    *("b2705c", "a27c3d", "858a36", "5e9453", "359878", "25949b", "448bb3", "6b7ebb", "8874b2", "9a7195"),
)
_STRIDE = 7  # sends neighbouring numbers far apart; no divisor in common with 20


def _rgb(colour: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(colour.lstrip("#")), np.uint8)


def tint(rgba: np.ndarray, where: np.ndarray, colour: str) -> np.ndarray:
    """Mix a colour into the pixels of an image.

    Parameters
    ----------
    rgba : (height, width, 4) uint8
    where : (height, width) bool
    colour : "#rrggbb"

    Returns
    -------
    (height, width, 4) uint8

    >>> tint(np.zeros((1, 1, 4), np.uint8), np.ones((1, 1), bool), "#804000")[0, 0].tolist()
    [96, 48, 0, 0]
    """
    mixed = rgba.copy()
    base = rgba[where, :3].astype(int)
    mixed[where, :3] = (base * (256 - TINT_WEIGHT) + _rgb(colour).astype(int) * TINT_WEIGHT + 128) >> 8
    return mixed


def group_colours(numbers: np.ndarray, chosen: int) -> np.ndarray:
    """Colour group numbers, -1 = transparent; the chosen group is magenta.

    Parameters
    ----------
    numbers : (height, width) int
    chosen : number of the chosen group

    Returns
    -------
    (height, width, 4) uint8
    """
    table = np.stack([_rgb(colour) for colour in _GROUPS])
    rgba = np.zeros((*numbers.shape, 4), np.uint8)
    inside = numbers >= 0
    rgba[inside, :3] = table[numbers[inside] * _STRIDE % len(table)]
    rgba[inside, 3] = 255
    rgba[numbers == chosen, :3] = _rgb(AXIAL)
    return rgba


def hue_colours(numbers: np.ndarray, hues) -> np.ndarray:
    """Colour numbers by a list of places in the table of colours of groups.

    Parameters
    ----------
    numbers : (height, width) int, >= 0
    hues : for each number, the place of its colour in the table

    Returns
    -------
    (height, width, 4) uint8
    """
    table = np.stack([np.append(_rgb(_GROUPS[hue]), np.uint8(255)) for hue in hues])
    return table[numbers]


def hue_name(hue: int) -> str:
    """Colour "#rrggbb" at a place in that table."""
    return f"#{_GROUPS[hue]}"


def phase_colours(cycles: np.ndarray, amplitude: np.ndarray) -> np.ndarray:
    """Colour a complex picture: the phase by a cyclic map, the amplitude by brightness.

    Parameters
    ----------
    cycles : (height, width) phase / 2π, any number of turns
    amplitude : (height, width) 0 (black) to 1

    Returns
    -------
    (height, width, 4) uint8

    >>> phase_colours(np.array([[0.0, 3.0, 0.5]]), np.array([[1.0, 0.0, 1.0]]))[0, :, 0].tolist()
    [225, 0, 47]
    """
    table = colormaps["twilight"].resampled(256)(np.arange(256), bytes=True)[:, :3].astype(int)
    # to the nearest colour: at phase 0, where rounding decides between the ends of the map, both are one
    index = np.floor((cycles - np.floor(cycles)) * 256 + 0.5).astype(int) % 256
    light = np.floor(255 * amplitude + 0.5).astype(int)
    rgba = np.full((*cycles.shape, 4), 255, np.uint8)
    rgba[..., :3] = (table[index] * light[..., None] + 127) // 255
    return rgba
