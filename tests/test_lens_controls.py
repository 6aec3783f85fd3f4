"""Sliders of a lens: their ranges, their first values, and how values are written."""

import pytest

from tcbf_widgets.widgets.lens_controls import detuned, slider_ranges, with_uncertainty


def test_ranges_are_physical_and_hold_the_fit():
    ranges = slider_ranges({"defocus": 15_000.0, "C30": 9e7}, 4e-3)
    assert ranges["defocus"] == {"most": 30_000.0, "step": 100.0, "unit": "µm", "scale": 1e4}
    assert [ranges[name]["most"] for name in ("C12x", "C21y", "C23x", "C30")] == [2e4, 1e6, 1e6, 2e8]
    # with a wide beam less C30 does as much as the defocus
    assert slider_ranges({"defocus": 500.0}, 20e-3)["C30"]["most"] == 2e6


@pytest.mark.parametrize("defocus", [300.0, -15_143.0, 90_000.0])
def test_the_lens_with_defocus_and_astigmatism_exchanged_can_be_reached(defocus):
    # one that has |C12| = |defocus| explains the shifts of a lens with little astigmatism
    ranges = slider_ranges({"defocus": defocus, "C12x": 0.1 * defocus, "C12y": 0.0}, 4e-3)
    for name in ("C12x", "C12y"):
        assert ranges[name]["most"] >= 1.25 * abs(defocus)


def test_first_values_are_near_the_fit_and_not_there():
    ranges = slider_ranges({"defocus": -15_143.0}, 4e-3)
    assert detuned({"defocus": -15_143.0, "rotation_deg": -15.1}, ranges) == {"defocus": -11_400.0, "rotation_deg": 0.0}
    assert detuned({"defocus": 0.0, "rotation_deg": 178.0}, ranges)["rotation_deg"] == -180.0 + 15.0


def test_values_have_as_many_digits_as_they_deserve():
    assert with_uncertainty("C12x", -87.5, 34.8) == "−8.8 ± 3.5 nm"
    assert with_uncertainty("C30", 2.7e7, 9.6e6) == "2.7 ± 1.0 mm"
    assert with_uncertainty("C30", 2.7e7, None) == "2.70 mm (not determined)"
    assert with_uncertainty("C30", 2.7e7, float("nan")) == "2.70 mm (not determined)"
