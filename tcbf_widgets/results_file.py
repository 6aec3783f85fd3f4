"""The arrays of a reconstruction as HDF5, in the EMD layout: every array with its unit, every axis with its step."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import h5py
import numpy as np

from . import __version__
from .processing import Processed

_SCAN, _DETECTOR = ("y", "x"), ("k_y", "k_x")


def write_results(done: Processed, path, about: dict) -> None:
    """Write what a reconstruction has found.

    Groups of the EMD layout, which py4DSTEM and emdfile read as a tree, h5py and HDFView as they are: ``data`` has an
    attribute ``units``, and a vector ``dim0``, ``dim1`` for each axis has ``name``, ``units`` and ``step``.

    Parameters
    ----------
    done : from `processing.process`
    path : file to write
    about : what else is to be remembered, as plain JSON: source, arguments; it becomes the attribute ``about``
    """
    with h5py.File(Path(path), "w") as file:
        file.attrs.update(emd_group_type="file", version_major=1, version_minor=0, authoring_program="tcbf_widgets")
        file.attrs.update(version=__version__, about=json.dumps(about))
        root = file.create_group("reconstruction")
        root.attrs.update(emd_group_type="root", python_class="Root")
        _write_images(root, done)
        _write_pixels(root, done)
        _write_optics(root, done)
        if done.rings is not None:
            axes = [("q", done.rings.q, "A^-1")]
            _array(root, "ring_correlation", done.rings.values, "1", axes)
            _array(root, "ring_counts", done.rings.counts, "1", axes)


def _write_images(root: h5py.Group, done: Processed) -> None:
    fine = _steps(_SCAN, done.image.sampling, "A")
    _array(root, "image", done.image.values, "1", fine, "sum of the moved images, relative to its mean")
    _array(root, "coverage", done.image.coverage, "1", fine, "samples that meet at each pixel, 1 where all do")
    for name, image, words in (
        ("flipped", done.flipped, "phases flipped"),
        ("corrected", done.corrected, "Wiener filter, an estimate of 1 + 2 x phase in rad"),
    ):
        if image is not None:
            _array(root, name, image.values, "1", fine, words)
    coarse = _steps(_SCAN, done.stack.scan_sampling, "A")
    _array(root, "aligned", done.alignment.image, "1", coarse, "sum aligned by cross-correlation")
    _array(root, "unaligned", done.alignment.start.image, "1", coarse, "sum of the images as they are")


def _write_pixels(root: h5py.Group, done: Processed) -> None:
    stack, disk = done.stack, done.stack.disk
    pixel, vector = ("pixel", np.arange(len(stack)), "pixels"), ("axis", np.arange(2), "y, x")
    _array(root, "pixels", stack.pixels, "pixels", [pixel, vector], "place of each pixel of the disk on the detector")
    _array(root, "mean_counts", stack.mean_counts, "counts", [pixel], "per probe position")
    _array(root, "k", stack.k, "A^-1", [pixel, vector], "from the centre of the disk, detector axes")
    _array(root, "shifts", done.shifts, "A", [pixel, vector], "by which images were moved back, scan axes")
    _array(root, "shifts_aligned", done.alignment.shifts, "A", [pixel, vector], "by cross-correlation alone, scan axes")
    detector = _steps(_DETECTOR, stack.reciprocal_sampling, "A^-1")
    _array(root, "mean_pattern", disk.mean_pattern, "counts", detector, "per probe position")
    _array(root, "disk", disk.mask.astype(np.uint8), "1", detector, "1 inside the bright-field disk")


def _write_optics(root: h5py.Group, done: Processed) -> None:
    """What was refined: numbers as attributes, and the covariance of those that were fitted."""
    best = done.refinement
    parameter = ("parameter", np.arange(len(best.names)), ", ".join(best.names))
    _array(root, "covariance", best.covariance, "A and degrees, squared", [parameter, parameter])
    group = root["covariance"]
    group.attrs.update(outcome=done.outcome, names=list(best.names), **asdict(best.aberrations))
    group.attrs.update(rotation_deg=best.rotation_deg, transpose=bool(best.transpose), energy=best.energy)
    group.attrs.update(semiangle_mrad=best.semiangle, sign_confidence=best.sign_confidence)
    group.attrs.update(significance=best.significance, bin=done.gathered.bin)
    for name, value in best.uncertainties.items():
        group.attrs[f"uncertainty_{name}"] = value


def _steps(names, sampling, units: str) -> list[tuple]:
    """Axes in equal steps; how many there are follows from the array."""
    return [(name, step, units) for name, step in zip(names, sampling, strict=True)]


def _array(root: h5py.Group, name: str, values, units: str, axes: list[tuple], words: str = "") -> None:
    """One array with its axes, each (name, step or (n,) positions, units)."""
    values = np.asarray(values)
    group = root.create_group(name)
    group.attrs.update(emd_group_type="array", python_class="Array", description=words)
    group.create_dataset("data", data=values).attrs.update(units=units)
    for i, (axis, step, axis_units) in enumerate(axes):
        positions = step * np.arange(values.shape[i]) if np.ndim(step) == 0 else np.asarray(step)
        dataset = group.create_dataset(f"dim{i}", data=positions)
        dataset.attrs.update(name=axis, units=axis_units)
        if np.ndim(step) == 0:
            dataset.attrs["step"] = step
