"""What CrystalliteMap says: the twin of shared/crystallite_words.js."""

from __future__ import annotations

from .numbers import fixed, plural, short


def status(threshold: float, in_gap: bool, sizes: list[int], index: float | None, chosen: int | None) -> str:
    """Say how many crystallites a threshold leaves, and how they compare with the truth.

    Parameters
    ----------
    threshold : height up to which merges are made
    in_gap : whether it lies in the largest gap
    sizes : frames of each crystallite, the largest first
    index : adjusted Rand index; None without a truth
    chosen : place of the chosen crystallite; None without one
    """
    found = plural(len(sizes), "crystallite")
    smallest = f" of all {sizes[0]} frames" if len(sizes) == 1 else f", the smallest of {plural(sizes[-1], 'frame')}"
    compared = "" if index is None else f"; adjusted Rand index {fixed(index, 3)} against the truth"
    shown = "" if chosen is None else f"; {crystallite(chosen, sizes)}"
    gap = " (largest gap)" if in_gap else ""
    return f"threshold {short(threshold)}{gap}: {found}{smallest}{compared}{shown}"


def crystallite(chosen: int, sizes: list[int]) -> str:
    """Name a crystallite, and say how large it is."""
    return f"crystallite {chosen + 1}: {plural(sizes[chosen], 'frame')}"


def feature_title(feature: int) -> str:
    """Write above a virtual dark field of which feature it is."""
    return f"Virtual dark field {feature + 1}"


def detector_title(chosen: int | None, has_patterns: bool, has_map: bool) -> str:
    """Write above the detector what is shown of it."""
    if chosen is None:
        return f"All frames, {'ln(1 + σ)' if has_map else 'places'}"
    return f"Crystallite {chosen + 1}, {'√ of mean' if has_patterns else 'features'}"


def note(features: tuple[int, int], binning: int, crystallites: tuple[int, int]) -> str:
    """Say what is not shown, if anything, and that there is no gap, if so.

    Parameters
    ----------
    features : how many are shown, and of how many
    binning : of the virtual dark fields
    crystallites : how many are shown at most, and how many the largest gap leaves, 1 without one
    """
    shown, count = features
    fewer = f"of {count} features the first {shown} are shown" if shown < count else ""
    coarser = f"virtual dark fields are binned {binning} × {binning}" if binning > 1 else ""
    most, wanted = crystallites
    cut = f"the largest gap leaves {wanted} crystallites, no more than {most} can be shown" if wanted > most else ""
    even = "merge heights have no gap" if wanted == 1 else ""
    return ", ".join(filter(None, (fewer, coarser, cut, even)))


def as_python(given: dict, first: dict) -> dict:
    """What the widget is made of, as Python code, and its first state."""
    texts = {"tree": "tree", "truth": "truth=grain_map"}
    named = [texts.get(name, f"{name}={name}") for name, value in given.items() if value is not None]
    look = {"cmap": "gray", "contrast": [1, 99], "smooth": False}
    call = f"tcbf.widgets.CrystalliteMap({', '.join(['features', *named])})"
    return {"call": call, "traits": [*first, *look], "defaults": first | look}
