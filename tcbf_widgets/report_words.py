"""What a reconstruction has found, in words: numbers with uncertainties, what they mean, and how they were won."""

from __future__ import annotations

import math

import numpy as np

from .doubts import FARTHEST, disagreement
from .electrons import gain_of
from .processing import Processed
from .widgets.lens_controls import UNITS, with_uncertainty
from .widgets.numbers import fixed, grouped, short

_SAME_NOISE = 0.05  # of the variance: counts whose noise differs from Poisson's by less are said to have it
DOUBTFUL = 2.0  # standard deviations by which the contrast must speak for a sign
_YU, _VARNAVIDES, _ROSENTHAL = "10.1101/2024.04.22.590491", "10.48550/arXiv.2309.05250", "10.1016/j.jmb.2003.07.013"


def lead(done: Processed) -> str:
    """The result in two sentences."""
    count, (ny, nx) = grouped(len(done.stack)), done.stack.scan_shape
    images = f"{count} virtual bright-field images of {ny} × {nx} probe positions"
    if done.outcome == "nothing":
        return (
            f"Nothing was found: no displacement of the {images} stands out of their noise. The picture is their sum "
            "as they are, without alignment, and the numbers of the lens are unknown."
        )
    longest = float(np.linalg.norm(done.shifts, axis=1).max())
    moved = f"{images}, each moved back by up to {longest:.0f} Å and summed"
    if done.outcome == "aligned":
        return f"{moved}. The alignment succeeded, the refinement of the lens did not settle: its numbers are doubtful."
    if done.rings is None or done.rings.agreed is None:
        return f"{moved}. Two halves of them agree on nothing: the noise is too strong to trust any detail."
    return f"{moved}. Two halves of them agree down to {_resolution(done)}."


def number_rows(done: Processed) -> list[tuple[str, str, str]]:
    """Rows of the table: what, its value, and what there is to add."""
    return [*lens_rows(done), *_image_rows(done), *_scan_rows(done)]


def lens_rows(done: Processed) -> list[tuple[str, str, str]]:
    """What is known of the lens, in the same form."""
    stack = done.stack
    always = [("Semi-angle", f"{1e3 * stack.wavelength * stack.rim:.2f} mrad", "from the radius of the disk")]
    if done.outcome == "nothing":
        return [("Lens", "not determined", "neither defocus nor rotation"), *always]
    best = done.refinement if done.outcome == "refined" else done.fit
    if best is None:
        return [("Lens", "not determined", "the alignment alone did not tell"), *always]
    source = "" if done.outcome == "refined" else "by cross-correlation alone"
    spread = best.uncertainties
    rows = [("Defocus", with_uncertainty("defocus", best.aberrations.defocus, spread["C10"]), source or _sign(best))]
    if "C12x" in best.names:
        rows.append(("Two-fold astigmatism", *_astigmatism(best)))
    rows += [
        (name, with_uncertainty(name, best.aberrations[name], spread[name]), "")
        for name in best.names
        if name in UNITS and name not in ("C12x", "C12y", "rotation_deg")
    ]
    turned = with_uncertainty("rotation_deg", best.rotation_deg, spread["rotation_deg"])
    exchanged = "its axes are exchanged" if best.transpose else "its axes are not exchanged"
    return [*rows, ("Rotation of the detector", turned, exchanged), *always, *_comparison(done)]


def _sign(best) -> str:
    """What speaks for the sign of the defocus."""
    confidence = best.sign_confidence
    if math.isinf(confidence):
        return "the sign is as given"
    if confidence < DOUBTFUL:
        return f"the sign is uncertain, {confidence:.1f} standard deviations of the contrast: give it if you know it"
    return f"the contrast speaks for this sign by {confidence:.1f} standard deviations"


def _astigmatism(best) -> tuple[str, str]:
    """Size and direction, and what there is to add."""
    places = [best.names.index(name) for name in ("C12x", "C12y")]
    covariance, size = best.covariance[np.ix_(places, places)], best.aberrations.C12
    direction = np.array([best.aberrations.C12x, best.aberrations.C12y]) / max(size, 1e-12)
    along = math.sqrt(direction @ covariance @ direction)
    across = math.sqrt(direction[::-1] * [-1, 1] @ covariance @ (direction[::-1] * [-1, 1]))
    text = with_uncertainty("C12x", size, along)
    if size < 3 * max(along, across):
        return text, "no more than its uncertainty: the direction is open"
    return text, f"at {with_uncertainty('rotation_deg', best.aberrations.phi12, math.degrees(across / size) / 2)}"


def _comparison(done: Processed) -> list[tuple[str, str, str]]:
    """The same lens as the alignment sees it."""
    if done.fit is None:
        return []
    fit, best = done.fit, done.refinement
    text = with_uncertainty("defocus", fit.aberrations.defocus, fit.uncertainties["C10"])
    residual = f"measured shifts lie {fit.residual_rms:.1f} Å (rms) from the fitted ones"
    if done.outcome == "refined":
        away = disagreement(best, fit)
        if away > FARTHEST:
            residual += f"; {100 * away:.0f} % off is more than it should be"
    return [("Defocus by cross-correlation alone", text, residual)]


def _resolution(done: Processed) -> str:
    text = f"{1 / done.rings.agreed:.1f} Å"
    return f"{text}, where the pixels end" if done.rings.agrees_to_the_end else text


def _image_rows(done: Processed) -> list[tuple[str, str, str]]:
    if done.rings is None:
        return []
    scan = f"1/7 of the Fourier ring correlation; the scan alone resolves {2 * max(done.stack.scan_sampling):.0f} Å"
    value = "none" if done.rings.agreed is None else _resolution(done)
    return [
        ("Resolution by half-sets", value, scan),
        (
            "Limit of the aperture",
            f"{1 / (2 * done.stack.rim):.1f} Å",
            "λ/2α; an axial image ends at half of these frequencies",
        ),
    ]


def _scan_rows(done: Processed) -> list[tuple[str, str, str]]:
    stack, disk = done.stack, done.stack.disk
    (ny, nx), (sy, sx) = stack.scan_shape, stack.scan_sampling
    step = short(sy) if sy == sx else f"{short(sy)} × {short(sx)}"
    squares = f" of {done.gathered.bin} × {done.gathered.bin} detector pixels each" if done.gathered.bin > 1 else ""
    rows = [
        ("Scan", f"{ny} × {nx} positions", f"{step} Å apart, a field of {ny * sy / 10:.0f} × {nx * sx / 10:.0f} nm"),
        ("Energy", f"{short(stack.energy / 1e3)} kV", ""),
        ("Dose on the detector", *_dose(done)),
        ("Bright-field disk", f"{grouped(len(stack))} pixels", f"radius {fixed(disk.radius, 1)} pixels{squares}"),
    ]
    if done.gathered.descan is not None:
        moved = np.linalg.norm(done.gathered.descan.matrix, axis=0)
        words = f"{moved[0]:.1f} pixels along y, {moved[1]:.1f} along x of the scan"
        rows.append(("Descan", "corrected", words))
    return rows


def _dose(done: Processed) -> tuple[str, str]:
    gain, dose = gain_of(done.stack), short(done.dose)
    noise = f"the noise is {short(gain.best)} times Poisson's"
    if gain.kind == "electrons" and abs(gain.best - 1) < _SAME_NOISE:
        return f"{dose} electrons/Å²", "the noise is that of counted electrons"
    if gain.kind == "electrons":
        return f"{dose} electrons/Å²", f"electrons are counted: {noise}"
    if gain.is_one:
        return f"{dose} electrons/Å²", "if each count is an electron: their noise does not tell"
    return f"{dose} counts/Å²", f"they are not single electrons: {noise}"


def method(done: Processed) -> list[tuple[str, str]]:
    """How the result came about, as pieces of one paragraph: (text, DOI that follows it or "")."""
    begin = (
        "Each pixel of the bright-field disk sees the specimen under a tilt of its own; out of focus its virtual image "
        "is displaced in proportion to the tilt. "
    )
    alignment = "The images were aligned by iterative cross-correlation, from coarse groups of pixels to fine ones"
    if done.outcome == "nothing":
        searched = ", and independently searched for a common defocus and rotation; neither found a displacement. "
        return [(begin, ""), (alignment, _VARNAVIDES), (searched, ""), ("For the method, see ", _YU), (".", "")]
    return [(begin, ""), (alignment, _VARNAVIDES), *_from_lens_to_image(done), (".", "")]


def _from_lens_to_image(done: Processed) -> list[tuple[str, str]]:
    """What came after the alignment, in the same form."""
    refined = (
        "; defocus, astigmatism and the rotation of the detector were found by maximum likelihood from all images at "
        "once, without a starting guess. Uncertainties are one standard deviation of the noise, from the Fisher "
        "information; strong or crystalline specimens add 0.1 to 1 % that they do not show. "
    )
    doubtful = "; a maximum-likelihood refinement of the lens did not settle. "
    summed = (
        "The samples of all images, moved back, were joined on a grid "
        f"{done.image.factor} times as fine as the scan by kernel density estimation; this is tilt-corrected "
        "bright-field STEM"
    )
    pieces = [(refined if done.outcome == "refined" else doubtful, ""), (summed, _YU)]
    if done.corrected is not None:
        pieces.append(
            (
                ". The picture above is corrected for contrast transfer by a Wiener filter, so that heavy is "
                "bright at every size; its signal-to-noise ratio is that of the half-sets",
                "",
            )
        )
    if done.rings is not None:
        words = (
            ". The resolution is where the Fourier ring correlation of two halves of the disk falls below 1/7 for the "
            "last time; zeros of the contrast transfer make it dip before"
        )
        pieces.append((words, _ROSENTHAL))
    return pieces
