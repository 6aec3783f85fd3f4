"""What CrystalliteMap says: the twin of shared/crystallite_words.js."""

from __future__ import annotations

import math

from .numbers import fixed, plural, short

_NAMED = 4  # crystallites, at most, that are named one by one


def status(threshold: float, in_gap: bool, sizes: list[int], index: float | None, chosen: int | None) -> str:
    """Say how many crystallites a threshold leaves, and how they compare with the truth.

    Parameters
    ----------
    threshold : height up to which merges are made
    in_gap : whether it lies in the largest gap
    sizes : frames of each crystallite, the largest first
    index : adjusted Rand index; None where nothing is compared
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
        return f"All frames, {'ln(1 + s)' if has_map else 'places'}"
    return f"Crystallite {chosen + 1}, {'√ of mean' if has_patterns else 'features'}"


def feature_name(feature: int, features: int) -> str:
    """Name a feature by its number."""
    return f"feature {feature + 1} of {features}"


def bright_in(means) -> str:
    """Say in which crystallites a feature is bright: those whose mean is above half of the largest, that one first.

    Parameters
    ----------
    means : of the feature, one for each crystallite

    Returns
    -------
    words that follow the name of the feature; none for a single crystallite
    """
    largest = max(means)
    if len(means) < 2:
        return ""
    places = [place for place, mean in enumerate(means) if mean > largest / 2 and mean > 0]
    places.sort(key=lambda place: -means[place])
    if not 0 < len(places) < len(means):
        return f", bright in {'all' if places else 'none of the'} {len(means)} crystallites"
    if len(places) > _NAMED:
        return f", bright in {len(places)} of {len(means)} crystallites"
    *others, last = [str(place + 1) for place in places]
    named = f"{', '.join(others)} and {last}" if others else last
    return f", bright in crystallite{'s' if others else ''} {named}"


def feature_place(place, detector: dict) -> str:
    """Say where a feature is: how far from the beam; in pixels of the picture where there are no units.

    Parameters
    ----------
    place : (y, x) pixels of the picture
    detector : as `Detector.as_meta` has it
    """
    if "wavelength" not in detector:
        y, x = (fixed(float(at), 0) for at in place)
        return f"at y {y}, x {x} px"
    away = [
        (at - zero) * step
        for at, zero, step in zip(place, detector["center"], detector["reciprocal_sampling"], strict=True)
    ]
    return f"{fixed(1e3 * detector['wavelength'] * math.hypot(*away), 1)} mrad from the beam"


def rings(chosen: int | None) -> str:
    """Say what the rings on the detector are."""
    sizes = "" if chosen is None else ", the larger the stronger the feature is in this crystallite"
    return f"with a ring at the place of each feature{sizes}"


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
    named = ["tree" if name == "tree" else f"{name}={name}" for name, value in given.items() if value is not None]
    look = {"cmap": "gray", "contrast": [1, 99], "smooth": False}
    call = f"tcbf.widgets.CrystalliteMap({', '.join(['features', *named])})"
    return {"call": call, "traits": [*first, *look], "defaults": first | look}
