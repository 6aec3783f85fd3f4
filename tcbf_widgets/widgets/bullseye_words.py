"""What BullseyeTemplate says; the twin of shared/bullseye_words.js."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .found_disks import FoundDisks
from .numbers import fixed, grouped, plural


def radii_text(kind: str, radii: dict[str, float], zero_sum: bool) -> str:
    """The template in words."""
    text = {name: fixed(value, 2) for name, value in radii.items()}
    parts = {
        "disk": f"a disk of radius {text['outer']} px",
        "ring": f"a ring from {text['inner']} to {text['outer']} px",
        "bullseye": f"a spot of radius {text['spot']} px, a ring from {text['inner']} to {text['outer']} px",
    }
    dark = f"what is dark up to {text['exclusion']} px counting against it" if zero_sum else "without its dark part"
    return f"{parts[kind]}, {dark}"


def electrons_text(electrons: float, noise: bool) -> str:
    """How many electrons, and whether they are counted."""
    return f"{grouped(electrons)} electrons{'' if noise else ', without counting noise'}"


def found_text(disks: FoundDisks) -> str:
    """What was found, as compared with the truth."""
    text = f"{disks.found} of {len(disks.visible)} disks found"
    if disks.direct is not None:
        text += f", the direct beam {fixed(disks.direct, 2)} px off along one axis"
    if disks.others is not None:
        text += f", the others {fixed(disks.others, 2)} px (rms)"
    if disks.false:
        text += f"; {plural(disks.false, 'ring')} where there is no disk"
    return text


def recorded_text(significance) -> str:
    """What was found in a pattern without a truth."""
    count = len(significance)
    if not count:
        return "no disk found"
    best = f"{fixed(max(significance), 1)} standard deviations above zero"
    return f"{plural(count, 'disk')} found, {'it stands' if count == 1 else 'the clearest'} {best}"


def python_call(patterns, template, position, min_distance, errors) -> str:
    """The call that makes the widget."""
    name = "patterns" if isinstance(patterns, Mapping) else "pattern" if isinstance(patterns, np.ndarray) else "scan"
    arguments = [name, *(["template"] if template is not None else [])]
    arguments += [f"position={tuple(int(at) for at in position)}"] if position is not None else []
    arguments += [f"min_distance={min_distance!r}"] if min_distance is not None else []
    if errors is not None:
        arguments.append("errors=errors" if errors else "errors=False")
    return f"tcbf.widgets.BullseyeTemplate({', '.join(arguments)})"
