"""Write views.json: what numpy and matplotlib say where the views' JavaScript must say the same.

Run `python -m tests.golden` after changing a case; tests/js reads the file.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from . import (
    challenges,
    counts,
    deposits,
    disks,
    drawings,
    fields,
    lenses,
    merges,
    pictures,
    quizzes,
    rays,
    scans,
    tilted,
    upsampled,
    waves,
    wedges,
)

TARGET = Path(__file__).with_name("views.json")


def golden() -> dict:
    """All cases, as numbers, lists and texts."""
    rng = np.random.default_rng(20240422)
    return {
        "percentiles": pictures.percentile_cases(rng),
        "colours": pictures.colour_cases(rng),
        "shifts": pictures.shift_cases(rng),
        "npy": pictures.npy_cases(),
        "grouping": fields.grouping_case(rng),
        "arrows": fields.arrow_case(rng),
        "lenses": lenses.lens_cases(np.random.default_rng(3)),
        "transforms": lenses.transform_cases(np.random.default_rng(4)),
        "moved_sums": lenses.moved_sum_cases(np.random.default_rng(5)),
        "phases": pictures.phase_case(np.random.default_rng(6)),
        "ffts": upsampled.fft_cases(rng),
        "transfers": lenses.transfer_cases(),
        "joins": upsampled.join_cases(rng),
        "interpolations": upsampled.interpolation_cases(rng),
        "spectra": upsampled.spectrum_cases(rng),
        "deposits": deposits.deposit_cases(np.random.default_rng(9)),
        "disks": disks.disk_cases(np.random.default_rng(16)),
        "found_disks": disks.comparison_cases(np.random.default_rng(17)),
        "bullseye_ends": disks.slider_end_cases(np.random.default_rng(21)),
        "quizzes": quizzes.quiz_cases(),
        "rays": rays.ray_cases(np.random.default_rng(8)),
        "reciprocity": drawings.reciprocity_cases(),
        "spreads": drawings.spread_cases(np.random.default_rng(10)),
        "challenges": challenges.challenge_case(),
        "counts": counts.count_cases(np.random.default_rng(12)),
        "scans": scans.scan_cases(np.random.default_rng(14)),
        "tilted": tilted.tilted_cases(np.random.default_rng(13)),
        "merges": merges.merge_cases(np.random.default_rng(17)),
        "waves": waves.wave_cases(np.random.default_rng(11)),
        "wedges": wedges.wedge_cases(np.random.default_rng(15)),
    }


def main() -> None:
    TARGET.write_text(json.dumps(golden(), separators=(",", ":"), allow_nan=False) + "\n")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
