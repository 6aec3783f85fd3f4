"""Aberrations from shifts: what was simulated is recovered, in every orientation of the detector.

Tolerances. The fit takes the images for displaced copies of one another, which at this border and defocus biases the
defocus by about one percent (see test_alignment); noise adds 35 Å at 100 electrons/Å². So 2 % is asked for, and 0.5°.
"""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import fit_aberrations
from tcbf_widgets.alignment import Alignment
from tcbf_widgets.ambiguity import phase_sign, twin
from tcbf_widgets.geometry import orientation_matrix
from tcbf_widgets.lens import Lens

ENERGY = 300e3


def test_recovers_defocus_and_rotation_of_the_demo(fit):
    assert fit.aberrations["C10"] == pytest.approx(-15_000, rel=0.02)
    assert fit.rotation_deg == pytest.approx(-15, abs=0.5)
    assert not fit.transpose
    assert fit.aberrations.C12 < 300
    assert fit.names == ("C10", "C12x", "C12y", "rotation_deg")


def test_what_is_not_fitted_is_zero(alignment):
    round_fit = fit_aberrations(alignment, 1, 0)
    assert round_fit.names == ("C10", "rotation_deg")
    assert round_fit.aberrations == tcbf.Aberrations(C10=round_fit.aberrations.C10)


def test_predicted_shifts_and_semiangle_are_those_of_the_truth(fit, demo, stack):
    apart = fit.predicted_shifts - demo.truth.image_shifts(stack.k, ENERGY)
    assert np.sqrt(np.mean(np.sum(np.square(apart), axis=1))) < 1.0
    np.testing.assert_array_equal(fit.predicted_shifts, fit.shifts)
    assert fit.semiangle == pytest.approx(4.0, rel=0.01)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_all_eight_orientations_of_the_detector(demo, turns, mirrored):
    """The same scan read out turned and mirrored has the same aberrations; only rotation and transposition change."""
    array, axes = demo.array, np.eye(2)
    for _ in range(turns):
        array, axes = np.rot90(array, axes=(2, 3)), np.array([[0.0, -1.0], [1.0, 0.0]]) @ axes
    if mirrored:
        array, axes = array.swapaxes(2, 3), axes[::-1]
    stack = tcbf.bright_field_stack(replace(demo, array=np.ascontiguousarray(array), truth=None))
    found = fit_aberrations(tcbf.align(stack))
    expected = orientation_matrix(-15) @ np.linalg.inv(axes)
    assert found.transpose == mirrored
    np.testing.assert_allclose(orientation_matrix(found.rotation_deg, found.transpose), expected, atol=0.01)
    assert found.aberrations.C10 == pytest.approx(-15_000, rel=0.02)


@pytest.mark.parametrize("defocus", [-15_000.0, 8_000.0])
def test_the_contrast_decides_the_sign(specimen, defocus):
    data = tcbf.simulate_scan(specimen, defocus=defocus, dose=100, rotation_deg=40)
    found = fit_aberrations(tcbf.align(tcbf.bright_field_stack(data)))
    assert np.sign(found.aberrations.defocus) == np.sign(defocus)
    assert found.sign_confidence > 2


def test_phase_sign_is_odd_under_the_twin(stack, fit):
    # exact but for the few pixels whose disk is not symmetric about its centre
    assert phase_sign(stack, twin(fit.lens)) == pytest.approx(-phase_sign(stack, fit.lens), rel=0.05)


def test_a_sign_that_is_known_is_obeyed(alignment, fit):
    other = fit_aberrations(alignment, defocus_sign=-1)
    assert other.aberrations.C10 == pytest.approx(-fit.aberrations.C10)
    assert other.rotation_deg == pytest.approx(fit.rotation_deg + 180)
    assert other.sign_confidence == np.inf
    np.testing.assert_allclose(other.shifts, fit.shifts, atol=1e-6)


def synthetic(alignment, lens, scatter, seed=0) -> Alignment:
    """An alignment whose groups were measured exactly, but for Gaussian scatter in Å."""
    step = alignment.steps[-1]
    groups = step.groups
    rng = np.random.default_rng(seed)
    size = np.bincount(groups)[:, None]
    exact = lens.shifts(alignment.stack.k, ENERGY)
    mean = np.stack([np.bincount(groups, axis) for axis in exact.T], axis=1) / size
    measured = (mean + rng.normal(scale=scatter, size=mean.shape))[groups]
    return replace(alignment, steps=(replace(step, measured=measured, fraction=1.0),))


HIGHER = tcbf.Aberrations.from_defocus(
    15_000, C12x=800, C12y=-500, C21x=9e4, C21y=-4e4, C23x=3e4, C23y=5e4, C30=9e7, C32x=2e7, C34y=3e7
)


def test_third_order_is_recovered_from_exact_shifts(alignment):
    """Shifts of groups are means over their pixels, the fit takes them at the mean k: the small difference is bias, and
    with a scatter of 0.3 Å must stay below 3.5 uncertainties for each of 13 parameters."""
    lens = Lens(HIGHER, 30.0)
    found = fit_aberrations(synthetic(alignment, lens, 0.3), 3, 4, defocus_sign=1)
    for name, uncertainty in found.uncertainties.items():
        truth = 30.0 if name == "rotation_deg" else HIGHER[name]
        value = found.rotation_deg if name == "rotation_deg" else found.aberrations[name]
        assert abs(value - truth) < 3.5 * uncertainty, name


def test_uncertainties_are_the_scatter_of_repeated_fits(alignment):
    """Over 40 draws a standard deviation is known to 11 %; the estimate itself scatters by about as much."""
    lens = Lens(tcbf.Aberrations.from_defocus(15_000, C12x=500), 30.0)
    fits = [fit_aberrations(synthetic(alignment, lens, 1.0, seed), defocus_sign=1) for seed in range(40)]
    scatter = np.std([found.aberrations.C10 for found in fits])
    claimed = np.mean([found.uncertainties["C10"] for found in fits])
    assert scatter == pytest.approx(claimed, rel=0.4)


def test_too_few_groups_are_refused_with_the_rank(alignment, stack):
    step = alignment.steps[-1]
    coarse = tcbf.bright_field.group_pixels(stack.pixels, 32) // 2  # five groups, ten numbers
    few = replace(alignment, steps=(replace(step, groups=coarse),))
    with pytest.raises(ValueError, match=r"groups of pixels determine \d+ of 15 parameters"):
        fit_aberrations(few, 3, 4)


def test_as_many_numbers_as_parameters_leave_no_scatter_to_judge_by(alignment, stack):
    step = alignment.steps[-1]
    thirds = (np.arctan2(*stack.k.T) // (2 * np.pi / 3) + 2).astype(int) % 3
    few = replace(alignment, steps=(replace(step, groups=thirds),))
    with pytest.raises(ValueError, match="3 groups of pixels determine 6 of 6 parameters"):
        fit_aberrations(few, 1, 2)


def test_shifts_that_are_all_zero_are_refused(alignment):
    step = alignment.steps[-1]
    zero = np.zeros_like(step.shifts)
    with pytest.raises(ValueError, match="all are zero"):
        fit_aberrations(replace(alignment, steps=(replace(step, measured=zero, shifts=zero),)))


@pytest.mark.parametrize(
    "arguments",
    [
        {"max_radial_order": 0},
        {"max_radial_order": 4},
        {"max_radial_order": 1.5},
        {"max_radial_order": True},
        {"max_angular_order": -1},
        {"max_angular_order": 5},
        {"defocus_sign": 0},
        {"defocus_sign": "under"},
        {"transpose": 1},
    ],
)
def test_arguments_that_make_no_sense_are_refused(alignment, arguments):
    (name,) = arguments
    with pytest.raises(ValueError, match=name):
        fit_aberrations(alignment, **arguments)


def test_a_stack_is_no_alignment(stack):
    with pytest.raises(TypeError, match=r"tcbf\.align"):
        fit_aberrations(stack)


def test_aberrations_under_unknown_names_are_refused(fit):
    with pytest.raises(KeyError, match="unknown aberration 'C99'; known are C10"):
        fit.aberrations["C99"]
    with pytest.raises(ValueError, match="unknown aberration 'C99' beside defocus"):
        tcbf.Aberrations.from_defocus(1000, C99=1)


def test_a_doubtful_sign_is_said(alignment, stack):
    """Shifts as good as ever, but in their place images of counting noise: there is no contrast to decide by."""
    counts = stack.mean_counts[:, None, None]
    noise = np.random.default_rng(0).poisson(counts, stack.images.shape) / counts
    empty = replace(alignment, stack=replace(stack, images=noise.astype(np.float32)))
    with pytest.warns(UserWarning, match=r"sign of the defocus is uncertain .* pass defocus_sign=1"):
        found = fit_aberrations(empty)
    assert found.sign_confidence < 2  # noise exceeds it with one seed in twenty
    assert abs(found.aberrations.C10) == pytest.approx(15_000, rel=0.02)
