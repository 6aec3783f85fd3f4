"""What a survey has found, in words, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass

_MANY = 0.05  # of the disk's pixels: so many defects cost more than they are worth
_OFF_PLANE = 0.5  # pixels, rms along one axis: descan that bends by more is not corrected by a plane
_DRIFT, _FLICKER = 0.05, 0.01  # of the beam current
_UNEVEN = 1.3  # times from rim to rim
_SURE, _LIKELY = 5.0, 2.0  # times the error
_SMALL = 4.0  # pixels of radius, below which a disk has too few images
_FEW = 0.01  # counts per pixel of the disk and pattern: what no alignment has been seen to survive
_NAMED = 4  # dark rows
_SEMIANGLES, _STEPS = (0.05, 200.0), (0.01, 1e5)  # mrad; Å: what lies outside was given in another unit
CORRECT_DESCAN = (
    "corrected by tcbf reconstruct; in Python: tcbf.bright_field_stack(data, descan=tcbf.survey(data).descan)"
)
_WAYS = ("right", "lower right", "bottom", "lower left", "left", "upper left", "top", "upper right")


@dataclass(frozen=True)
class Finding:
    """One thing about a scan that is worth telling.

    kind : "fine", "note" (works, but better be known) or "problem" (to be mended first)
    text : what it is
    remedy : what to do about it; empty if nothing is to be done
    """

    kind: str
    text: str
    remedy: str = ""


def findings(survey) -> tuple[Finding, ...]:
    """All findings of a `Survey`: problems first, then notes, then what is fine."""
    checks = (_bad, _negative, _calibration, _disk, _saturated, _defects, _descan, _light, _ends, _beam, _units)
    found = [finding for check in checks for finding in check(survey)]
    order = ("problem", "note", "fine")
    return tuple(sorted(found, key=lambda finding: order.index(finding.kind)))


def _bad(survey):
    if survey.bad_counts:
        yield Finding(
            "problem",
            f"{_many(survey.bad_counts, 'count')} {'is' if survey.bad_counts == 1 else 'are'} NaN or infinite",
            "set them to 0, for example with np.nan_to_num(array)",
        )


def _negative(survey):
    if survey.smallest_count < 0:
        yield Finding(
            "problem",
            f"negative counts, down to {survey.smallest_count:.3g}: too much background taken off",
            "take off less, or clip: tcbf.open(path, clip_negative=True), --clip-negative",
        )


def _calibration(survey):
    """What no microscope has: a number in another unit than that it was given as."""
    semiangle, steps = survey.semiangle, survey.scan_sampling or ()
    if semiangle is not None and not _SEMIANGLES[0] <= semiangle <= _SEMIANGLES[1]:
        yield Finding(
            "problem",
            f"the disk would have a semi-angle of {_number(semiangle)} mrad",
            "give the detector's calibration in mrad per pixel (angular_sampling) or 1/Å (reciprocal_sampling)",
        )
    wrong = [step for step in steps if not _STEPS[0] <= step <= _STEPS[1]]
    if wrong:
        text = f"positions of the scan would be {_number(wrong[0])} Å apart"
        yield Finding("problem", text, "give the step of the scan in Å (scan_sampling)")


def _disk(survey):
    if survey.offset:
        yield Finding(
            "problem",
            f"the detector counts {survey.offset:.3g} per pixel and pattern outside the disk: an offset",
            "subtract it: a dark reference, or array - offset",
        )
    elif survey.at_edge:
        yield Finding(
            "problem",
            "the bright-field disk touches the edge of the detector",
            "centre it, or record with a shorter camera length",
        )
    elif survey.disk is None:
        yield Finding(
            "problem",
            "no bright-field disk is in the mean pattern",
            "check which axes are those of the detector, and that the beam was on",
        )
    elif survey.disk.radius < _SMALL:
        yield Finding(
            "problem",
            f"the disk is only {survey.disk.radius:.1f} pixels in radius",
            "record with a longer camera length, or bin the detector less",
        )
    elif survey.disk.mean_pattern[survey.disk.mask].mean() < _FEW and survey.whole_counts:
        mean = survey.disk.mean_pattern[survey.disk.mask].mean()
        yield Finding("note", f"few electrons: {mean:.2g} per pixel of the disk and pattern", "record with more dose")


def _saturated(survey):
    if survey.saturated:
        yield Finding(
            "problem",
            f"saturated: {_many(survey.saturated, 'pixel')} reached {survey.largest_count:.0f}, the most there can be",
            "counts beyond are lost: use less beam current, or a shorter dwell time",
        )


def _defects(survey):
    inside, lines = survey.defects_in_disk, sum(map(len, survey.defects.dead_lines))
    hot, dead = len(survey.hot), len(survey.dead)
    if survey.clustered:
        text = f"{_many(survey.clustered, 'pixel')} side by side far brighter than the disk: a cluster of hot ones"
        yield Finding("problem", text, "set them to 0: they are not found one by one")
    if not hot + dead:
        if survey.clustered:
            return
        yield Finding("fine", "no hot or dead pixels")
        return
    parts = [f"{_many(hot, 'hot pixel')}"] if hot else []
    rows, columns = survey.defects.dead_lines
    single = dead - int(_pixels_of_lines(survey))
    parts += [_many(single, "dead pixel")] if single else []
    parts += [_many(len(rows), "dead row")] if rows else []
    parts += [_many(len(columns), "dead column")] if columns else []
    text = _listed(parts) + (f"; {inside} in the disk" if inside else "")
    size = 0 if survey.disk is None else int(survey.disk.mask.sum())
    if size and inside > _MANY * size and inside - lines * 2 * survey.disk.radius > _MANY * size:
        yield Finding("problem", text, "have the detector's defects mapped, or record a new dark reference")
    else:
        yield Finding("note", text, "they are left out of all images" if inside else "")


def _pixels_of_lines(survey) -> int:
    rows, columns = survey.defects.dead_lines
    ny, nx = survey.defects.shape
    return len(rows) * nx + len(columns) * ny - len(rows) * len(columns)


def _descan(survey):
    found = survey.movement
    if found.descan is None:
        return
    if found.descan.residual_rms > _OFF_PLANE:
        yield Finding(
            "problem",
            f"the pattern moves unevenly over the scan, {found.descan.residual_rms:.1f} pixels (rms) off a plane",
            "align the descan; or scan a smaller field",
        )
    if found.significant:
        yield Finding(
            "note",
            f"descan: the pattern moves by {found.movement:.1f} pixels over the scan",
            CORRECT_DESCAN,
        )
    elif found.descan.residual_rms <= _OFF_PLANE:
        yield Finding("fine", f"the pattern stands still within {max(found.movement, 0.1):.1f} pixels")


def _light(survey):
    if survey.illumination is None or survey.disk.radius < _SMALL or survey.illumination[0] <= _UNEVEN:
        return
    ratio, angle = survey.illumination
    bright = _WAYS[round(angle / 45) % 8]
    dark = _WAYS[(round(angle / 45) + 4) % 8]
    yield Finding(
        "note",
        f"the disk is {ratio:.1f} times as bright at its {bright} as at its {dark}",
        "centre the condenser aperture; tilt correction works all the same",
    )


def _ends(survey):
    ends = survey.row_ends
    if ends.first + ends.last == 0:
        return
    which = [f"first {ends.first}"] * bool(ends.first) + [f"last {ends.last}"] * bool(ends.last)
    size = f"{100 * abs(ends.change):.0f} % {'less' if ends.change < 0 else 'more'}"
    cut = f"{ends.first or ''}:{-ends.last or ''}"
    yield Finding(
        "note",
        f"the {' and '.join(which)} positions of each row count {size}: fly-back",
        f"leave them out, array[:, {cut}]",
    )


def _beam(survey):
    beam = survey.steadiness
    if beam.dark_rows:
        some = ", ".join(map(str, beam.dark_rows[:_NAMED])) + (", ..." if len(beam.dark_rows) > _NAMED else "")
        yield Finding(
            "note",
            f"{_many(len(beam.dark_rows), 'row')} of the scan below half of the usual counts: {some}",
            "if the beam was blanked there: leave them out",
        )
    sign = "more" if beam.drift > 0 else "less"
    if abs(beam.drift) > max(_DRIFT, _SURE * beam.drift_error):
        yield Finding(
            "note",
            f"counts drift: {100 * abs(beam.change):.0f} % {sign} in the last row than in the first",
            "beam current, or thickness: if it is the current, let the source settle",
        )
    if beam.flicker > max(_FLICKER, _LIKELY * beam.flicker_error):
        yield Finding(
            "note",
            f"the beam flickers: {100 * beam.flicker:.1f} % from row to row beyond counting noise",
            "tcbf.refine_aberrations takes it out of the images",
        )
    elif abs(beam.drift) <= max(_DRIFT, _SURE * beam.drift_error) and not beam.dark_rows:
        yield Finding("fine", "the beam current is steady")


def _units(survey):
    if not survey.whole_counts:
        return
    kind, number = survey.gain.kind, f"{survey.counts_per_electron:.2g}"
    if kind == "amplified":
        text = f"one electron counts about {number}, by the noise: dose is not known"
        yield Finding("note", text, "divide by the gain of the detector for a dose")
    elif kind == "reduced":
        text = f"counts scatter {number} times as much as electrons would: they are not single electrons"
        yield Finding("note", text, "multiply by what they were divided by for a dose; or counts are lost")
    elif kind == "hidden":
        text = "the specimen's contrast hides the noise: dose takes each count for an electron"
        yield Finding("note", text, "compare with the dose that was set")


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
