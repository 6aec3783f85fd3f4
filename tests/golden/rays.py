"""Rays through columns, and through the two microscopes."""

from __future__ import annotations

import numpy as np

from tcbf_widgets.microscopes import apparent_shift, ctem_column, stem_column
from tcbf_widgets.rays import Column, Plane


def ray_cases(rng) -> list[dict]:
    columns = [("made up", _made_up(rng), "c", rng.normal(0, 1, (4, 2)), {})]
    for defocus, tilt in ((15_000.0, 2.5), (-8_000.0, 4.0), (0.0, -3.0)):
        rays = np.array([[0, 0], [2000.0, 1e-3], [-500.0, 6e-3]])
        state = {"defocus": defocus, "tilt": tilt, "semiangle": 5.0}
        columns.append(("ctem", ctem_column(**state), "source", rays, state))
        columns.append(("stem", stem_column(defocus, 5.0), "focus", rays, state))
    return [_case(*column) for column in columns]


def _made_up(rng) -> Column:
    places = np.sort(rng.uniform(0, 9, 5))
    lengths, angles, radii = (rng.uniform(0.5, 3, 5) for _ in range(3))
    return Column(tuple(Plane(*part) for part in zip("abcde", places, lengths, angles, radii, strict=True)))


def _case(kind: str, column: Column, at: str, rays, state: dict) -> dict:
    paths = column.trace(rays, at)
    first, last = column.planes[0].name, column.planes[-1].name
    return {
        "kind": kind,
        "state": state,
        "planes": [_plane(plane) for plane in column.planes],
        "at": at,
        "rays": rays.tolist(),
        "heights": paths.heights.tolist(),
        "slopes": paths.slopes.tolist(),
        "passes": paths.passes.tolist(),
        "matrix": column.matrix(first, last).tolist(),
        "back": column.matrix(last, first).tolist(),
        "shift": apparent_shift(column) if kind == "ctem" else None,
    }


def _plane(plane: Plane) -> dict:
    """A plane in the words of rays.js, without infinities, which JSON does not know."""
    numbers = {
        "position": plane.position,
        "focalLength": plane.focal_length,
        "deflection": plane.deflection,
        "radius": plane.radius,
    }
    return {"name": plane.name} | {name: value for name, value in numbers.items() if np.isfinite(value)}
