"""Aberrations from all images at once: the error against the Cramér-Rao bound, over seeds and doses.

The bound is that of frequencies up to the scan's Nyquist frequency, without a border (`information`). Aims, from the
design: an rms error of C10 over ten seeds within 1.5 times the bound, or 0.2 % where that is finer; rotation 0.2°,
0.5° at 10 electrons/Å².
"""

import numpy as np
import pytest
from scipy.stats import chi2

import tcbf_widgets as tcbf
from tcbf_widgets.information import cramer_rao_bound, phase_power
from tcbf_widgets.lens import Lens
from tests.counted_scans import counted

ENERGY = 300e3

# A right claim is taken for a wrong one by one in so many sets of scans. One that is half as large as it should be is
# found out in four of five sets of ten scans, and in nine of twenty sets of four
FALSE_ALARMS = 1 / 200


@pytest.fixture(scope="module")
def expected():
    return tcbf.demo.apoferritin(dose=None)


def found_in(expected, dose, seeds):
    """What is found in scans of one dose whose electrons are drawn by so many seeds."""
    return [tcbf.refine_aberrations(tcbf.bright_field_stack(counted(expected, dose, seed))) for seed in range(seeds)]


def near_the_bound(found, rotation):
    """Assert that errors over seeds are within the aims and as large as claimed; aim of the rotation in degrees."""
    errors = np.array([one.aberrations.C10 for one in found]) + 15_000
    claims = np.array([one.uncertainties["C10"] for one in found])
    turned = np.array([one.rotation_deg for one in found]) + 15
    lens = Lens(tcbf.Aberrations.from_defocus(15_000), -15.0)
    specimen = tcbf.apoferritin_in_ice(seed=tcbf.demo._SPECIMEN_SEED)
    bound = cramer_rao_bound(found[-1].stack, lens, phase_power(specimen, ENERGY))["C10"]
    assert np.sqrt(np.mean(np.square(errors))) < max(1.5 * bound, 0.002 * 15_000)
    assert np.sum(np.square(errors / claims)) < chi2.isf(FALSE_ALARMS, len(found))
    assert np.sqrt(np.mean(np.square(turned))) < rotation


# at 30 and 1000 electrons/Å² as well: benchmarks/compare_aberrations.py
@pytest.mark.filterwarnings("ignore:the sign of the defocus is uncertain")
def test_error_is_near_the_bound_where_light_is_scarce(expected):
    near_the_bound(found_in(expected, 10, seeds=10), rotation=0.5)


def test_error_is_near_the_bound_at_the_dose_of_the_demonstration(expected):
    near_the_bound(found_in(expected, 100, seeds=4), rotation=0.2)
