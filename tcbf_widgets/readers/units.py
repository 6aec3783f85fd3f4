"""What the text of a unit in a file stands for."""

from __future__ import annotations

# symbols mean what they say in this case only: mm is not Mm; words are compared in lower case
_SYMBOLS = {
    **dict.fromkeys(("A", "Å", "\N{ANGSTROM SIGN}"), ("length", 1.0)),
    "fm": ("length", 1e-5),
    "pm": ("length", 1e-2),
    "nm": ("length", 1e1),
    **dict.fromkeys(("um", "µm", "μm"), ("length", 1e4)),  # the micro sign and the Greek letter
    "mm": ("length", 1e7),
    "m": ("length", 1e10),
    **dict.fromkeys(("urad", "µrad", "μrad"), ("angle", 1e-3)),
    "mrad": ("angle", 1.0),
    "rad": ("angle", 1e3),
    **dict.fromkeys(("deg", "°"), ("angle", 17.453292519943297)),
    **dict.fromkeys(("eV", "V"), ("energy", 1.0)),
    **dict.fromkeys(("keV", "kV", "KeV", "KV"), ("energy", 1e3)),
    **dict.fromkeys(("MeV", "MV"), ("energy", 1e6)),
}
_WORDS = {
    "ang": "A",
    "angstrom": "A",
    "ångström": "A",
    "angström": "A",
    "picometer": "pm",
    "nanometer": "nm",
    "micrometer": "um",
    "micron": "um",
    "millimeter": "mm",
    "meter": "m",
    "microradian": "urad",
    "milliradian": "mrad",
    "radian": "rad",
    "degree": "deg",
    "volt": "V",
    "kilovolt": "kV",
    "electronvolt": "eV",
    "kiloelectronvolt": "keV",
}
_ORNAMENTS = str.maketrans({**dict.fromkeys("[]{}()_^*$\\ \t\n\0", ""), "⁻": "-", "−": "-", "¹": "1"})
_LONGEST = 64  # characters; what is longer is no unit


def unit(text) -> tuple[str, float] | None:
    r"""The kind of a unit, and the factor that brings its numbers to ours; None if it is not known.

    Parameters
    ----------
    text : str, or bytes in UTF-8 or Latin-1; "nm^-1", "1/nm", "[n_m^-1]" and "nm⁻¹" are the same

    Returns
    -------
    kind : "length" (Å), "frequency" (1/Å), "angle" (mrad) or "energy" (eV; kV count as keV)
    factor : ours = factor * theirs

    >>> for text in ("A", "Å", "nm", "[n_m]", "um", "1/nm", "nm^-1", "[n_m^-1]", "[1_/_n_m]", "Å⁻¹", "$A^{-1}$"):
    ...     print(text, *unit(text))
    A length 1.0
    Å length 1.0
    nm length 10.0
    [n_m] length 10.0
    um length 10000.0
    1/nm frequency 0.1
    nm^-1 frequency 0.1
    [n_m^-1] frequency 0.1
    [1_/_n_m] frequency 0.1
    Å⁻¹ frequency 1.0
    $A^{-1}$ frequency 1.0
    >>> unit("mrad"), unit("rad"), unit("keV"), unit(b"kV"), unit(b"\xb5m"), unit("Nanometers")
    (('angle', 1.0), ('angle', 1000.0), ('energy', 1000.0), ('energy', 1000.0), ('length', 10000.0), ('length', 10.0))
    >>> unit("pixels"), unit(""), unit("1/mrad"), unit("<undefined>"), unit(None), unit("nm^-2")
    (None, None, None, None, None, None)
    """
    if isinstance(text, bytes):
        text = _decoded(text)
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    bare = text.translate(_ORNAMENTS)
    divided, raised = bare.startswith(("1/", "/")), bare.endswith("-1")
    base = bare.removeprefix("1").removeprefix("/") if divided else bare.removesuffix("-1")
    known = _SYMBOLS.get(base) or _SYMBOLS.get(_WORDS.get(_word(base), ""))
    if known is None or not (divided or raised):
        return known
    return ("frequency", 1 / known[1]) if known[0] == "length" else None


def in_unit(kind: str, number: float | None, text) -> float | None:
    """The number in our unit of that kind; None if there is none, or its unit is of another kind.

    >>> in_unit("energy", 200, "keV")
    200000.0
    """
    known = unit(text)
    return None if number is None or known is None or known[0] != kind else float(number) * known[1]


def _word(text: str) -> str:
    """A word in the one spelling of the table: small, American, singular."""
    text = text.lower().replace("metre", "meter")
    return text.removesuffix("s") if len(text) > 4 else text


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")
