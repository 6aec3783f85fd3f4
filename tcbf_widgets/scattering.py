"""Elastic electron scattering factors of the light atoms and of gold, and the ice that atoms displace."""

from __future__ import annotations

import numpy as np

# Σ a_i exp(-b_i s²), s = q/2 in 1/Å, neutral atoms, s < 2 1/Å:
# Peng, Ren, Dudarev, Whelan, Acta Cryst. A52 (1996) 257, doi:10.1107/S0108767395014371, table 1
_PENG = {
    "H": ((0.0349, 0.1201, 0.1970, 0.0573, 0.1195), (0.5347, 3.5867, 12.3471, 18.9525, 38.6269)),
    "C": ((0.0893, 0.2563, 0.7570, 1.0487, 0.3575), (0.2465, 1.7100, 6.4094, 18.6113, 50.2523)),
    "N": ((0.1022, 0.3219, 0.7982, 0.8197, 0.1715), (0.2451, 1.7481, 6.1925, 17.3894, 48.1431)),
    "O": ((0.0974, 0.2921, 0.6910, 0.6990, 0.2039), (0.2067, 1.3815, 4.6943, 12.7105, 32.4726)),
    "S": ((0.2497, 0.5628, 1.3899, 2.1865, 0.7715), (0.2681, 1.6711, 7.0267, 19.5377, 50.3888)),
    # the fit of the same authors up to s < 6 1/Å, also in International Tables for Crystallography C, table 4.3.2.3
    "Au": ((0.3055, 1.3945, 2.9617, 3.8990, 2.0026), (0.0596, 0.5827, 3.1035, 11.9693, 47.9106)),
}

# Volume that an atom takes from the solvent, Å³:
# Fraser, MacRae, Suzuki, J. Appl. Cryst. 11 (1978) 693, doi:10.1107/S0021889878014296, table 1
EXCLUDED_VOLUME = {"H": 5.15, "C": 16.44, "N": 2.49, "O": 9.13, "S": 19.86}

# h²/(2π m e): from a scattering factor in Å to the integral of the potential in V·Å³
POTENTIAL_PER_FACTOR = 47.87801

# Molecules of low-density amorphous ice per Å³ (0.94 g/cm³)
ICE_NUMBER_DENSITY = 0.0314


def scattering_factor(element: str, q) -> np.ndarray:
    """Electron scattering factor for electrons at rest, in Å.

    Parameters
    ----------
    element : "H", "C", "N", "O", "S" or "Au"
    q : spatial frequency in 1/Å, any shape

    >>> round(float(scattering_factor("C", 0.0)), 3)
    2.509
    """
    if element not in _PENG:
        raise ValueError(f"element must be one of {', '.join(_PENG)}, got {element!r}")
    s_squared = np.square(np.asarray(q, float)) / 4
    return sum(a * np.exp(-b * s_squared) for a, b in zip(*_PENG[element], strict=True))


def water_factor(q) -> np.ndarray:
    """Scattering factor of one water molecule in Å, its atoms taken at one point."""
    return scattering_factor("O", q) + 2 * scattering_factor("H", q)


def ice_potential() -> float:
    """Mean inner potential of vitreous ice in V, from independent atoms.

    >>> round(ice_potential(), 1)
    4.6
    """
    return float(ICE_NUMBER_DENSITY * POTENTIAL_PER_FACTOR * water_factor(0.0))


def solvated_factor(element: str, q) -> np.ndarray:
    """Scattering factor of an atom with one hydrogen, less that of the ice it displaces, in Å.

    The displaced ice is a Gaussian of the atom's excluded volume, as in Fraser et al. (1978).
    """
    q = np.asarray(q, float)
    factor, mean_ice = 0.0, ice_potential() / POTENTIAL_PER_FACTOR
    for name in (element, "H"):
        volume = EXCLUDED_VOLUME[name]
        displaced = mean_ice * volume * np.exp(-np.pi * volume ** (2 / 3) * np.square(q))
        factor = factor + scattering_factor(name, q) - displaced
    return factor
