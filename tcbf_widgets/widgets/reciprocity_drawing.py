"""Rays of a conventional and of a scanning microscope as drawings; shared/reciprocity_drawing.js makes the same.

Both microscopes have the same rays. Those of one direction (the "bundle") the conventional one records at once, and the
scanning one after the other, position by position. With those through one point of the focus (the "disk") it is the
other way round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..microscopes import MILLIMETRE, apparent_shift, ctem_column, stem_column
from ..rays import Column
from .numbers import fixed
from .ray_poster import ray_points

ANGLES, DEFOCI = 150, 400  # how many times angles and defocus are drawn too large
_HALF = 2.2  # mm, half the width of a drawing
_BESIDE = (-0.4, -0.2, 0.2, 0.4)  # mm, from the selected ray
_DIRECTIONS = (-1, -0.5, 0, 0.5, 1)  # of the disk, in semi-angles


@dataclass(frozen=True)
class ReciprocityState:
    """Defocus in Å, tilt and semi-angle in mrad, and which rays are drawn."""

    defocus: float
    tilt: float
    semiangle: float
    traces: bool = False
    tilted_beams: bool = False
    inverted: bool = False

    @property
    def image_shift(self) -> float:
        """Apparent image shift in Å, referred to the specimen, as the rays have it: λ C10 k."""
        return apparent_shift(ctem_column(self.defocus, self.tilt, self.semiangle))

    @property
    def is_bright_field(self) -> bool:
        """True if the selected beam passes the aperture."""
        return bool(ctem_column(self.defocus, self.tilt, self.semiangle).trace([[0, 0]], "source").passes[0, -1])


def ctem_drawing(state: ReciprocityState) -> dict:
    """The conventional microscope, electrons running down the page."""
    columns = {tilt: _ctem(state, tilt) for tilt in (state.tilt, *_directions(state))}
    column = columns[state.tilt]
    shift = apparent_shift(column)
    rays = [line for tilt in _directions(state) for line in _lines("disk", columns[tilt], [(shift, tilt)])]
    if state.traces:
        rays += _lines("bundle", column, [(shift + beside * MILLIMETRE, state.tilt) for beside in _BESIDE])
    rays += _lines("axial", column, [(shift, state.tilt)])
    place, shift = _places(column), shift / MILLIMETRE
    magnified = shift * column.matrix("focus", "image")[0, 0]
    far = fixed(state.defocus / 1e4, 3)
    labels = {
        "source": ["source"],
        "condenser": ["condenser lens"],
        "first deflector": ["deflector"],
        "second deflector": ["deflector"],
        "focus": ["focus", *_if_bright(state, f"shift {fixed(state.image_shift, 1)} Å")],
        "specimen": ["specimen", f"Δf = {far} µm"],
        "objective": ["objective lens"],
        "aperture": ["aperture", f"{fixed(state.semiangle, 1)} mrad"],
        "image": ["image (× −2)", "○ without tilt"],
    }
    return {
        "half": _HALF,
        "depth": place["image"],
        "flow": 1,
        "parts": [_part(plane, labels) for plane in column.planes],
        "rays": rays,
        "arrows": _if_bright(
            state,
            {"name": "axial", "z": place["focus"], "from": 0, "to": shift},
            {"name": "axial", "z": place["image"], "from": 0, "to": magnified},
        ),
        "dots": [
            {"name": "neutral", "x": 0, "z": 0},
            {"name": "neutral", "x": 0, "z": place["specimen"]},
            {"name": "neutral", "x": 0, "z": place["image"], "open": True},
        ],
    }


def stem_drawing(state: ReciprocityState) -> dict:
    """The scanning microscope, electrons running down the page, or up if it is inverted."""
    column = stem_column(DEFOCI * state.defocus, ANGLES * state.semiangle)
    # what the detector pixel sees of the feature on the axis it sees with the probe here
    probe = apparent_shift(_ctem(state, state.tilt))
    rays = _lines("disk", column, [(probe, tilt) for tilt in _directions(state)])
    if state.traces:
        rays += _lines("bundle", column, [(probe + beside * MILLIMETRE, -state.tilt) for beside in _BESIDE])
    rays += _lines("axial", column, [(probe, -state.tilt)])
    place = _places(column)
    pixel, source = rays[-1]["points"][-1][0], probe / MILLIMETRE * column.matrix("focus", "source")[0, 0]
    far = fixed(state.defocus / 1e4, 3)
    labels = {
        "source": ["source", "moves to scan"],
        "aperture": ["aperture", f"{fixed(state.semiangle, 1)} mrad"],
        "objective": ["objective lens"],
        "specimen": ["specimen", f"Δf = {far} µm"],
        "focus": ["probe", *_if_bright(state, f"at {fixed(state.image_shift, 1)} Å")],
        "projector": ["projector lens"],
        "detector": ["detector", f"pixel {fixed(-state.tilt, 2)} mrad"],
    }
    disk = 1e-3 * ANGLES * state.semiangle * column["projector"].focal_length / MILLIMETRE
    drawing = {
        "half": _HALF,
        "depth": place["detector"],
        "flow": -1 if state.inverted else 1,
        "parts": [_part(plane, labels, disk) for plane in column.planes],
        "rays": rays,
        "arrows": _if_bright(state, {"name": "axial", "z": place["focus"], "from": 0, "to": probe / MILLIMETRE}),
        "dots": [
            {"name": "neutral", "x": source, "z": 0},
            {"name": "neutral", "x": 0, "z": place["specimen"]},
            {"name": "axial", "x": pixel, "z": place["detector"]},
        ],
    }
    return _upside_down(drawing) if state.inverted else drawing


def _ctem(state: ReciprocityState, tilt: float) -> Column:
    return ctem_column(DEFOCI * state.defocus, ANGLES * tilt, ANGLES * state.semiangle)


def _if_bright(state: ReciprocityState, *marks) -> list:
    """The marks of a displacement, or none in dark field: no direct beam, no bright-field image that it could move."""
    return list(marks) if state.is_bright_field else []


def _directions(state: ReciprocityState) -> list[float]:
    """Directions of the whole disk in mrad, if they are shown."""
    return [share * state.semiangle for share in _DIRECTIONS] if state.tilted_beams else []


def _lines(name: str, column: Column, rays) -> list[dict]:
    """Rays given by height in Å and angle in mrad at the focus.

    Behind the specimen a ray ends where it is stopped. Before it, it begins there, dashed: no electron comes along it.
    """
    paths = column.trace(np.reshape(rays, (-1, 2)) * [1, 1e-3 * ANGLES], "focus")
    lines = []
    for number in range(len(rays)):
        missing = not bool(paths.passes[number, column.index("specimen")])
        points = ray_points(column, paths, number, MILLIMETRE, after=missing)
        lines.append({"name": name, "points": points, "dashed": missing})
    return lines


_SHAPES = {
    "source": ("plane", 1.6),
    "condenser": ("lens", 1.4),
    "first deflector": ("deflector", 2.0),
    "second deflector": ("deflector", 2.0),
    "specimen": ("specimen", 1.6),
    "focus": ("plane", 1.6),
    "objective": ("lens", 2.1),
    "aperture": ("aperture", 2.1),
    "projector": ("lens", 2.1),
    "image": ("screen", 2.2),
    "detector": ("screen", 2.2),
}


def _part(plane, labels: dict, disk: float = 0.0) -> dict:
    kind, half = _SHAPES[plane.name]
    hole = plane.radius / MILLIMETRE if kind == "aperture" else 0
    part = {"kind": kind, "z": plane.position / MILLIMETRE, "half": half, "label": labels[plane.name]}
    return part | {"hole": hole, "disk": disk if plane.name == "detector" else 0}


def _places(column: Column) -> dict[str, float]:
    return {plane.name: plane.position / MILLIMETRE for plane in column.planes}


def _upside_down(drawing: dict) -> dict:
    depth = drawing["depth"]
    turned = {name: [item | {"z": depth - item["z"]} for item in drawing[name]] for name in ("parts", "arrows", "dots")}
    rays = [ray | {"points": [[x, depth - z] for x, z in ray["points"]]} for ray in drawing["rays"]]
    return drawing | turned | {"rays": rays}
