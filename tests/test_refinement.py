"""Aberrations from all images at once: other lenses, orientations and scans, each held to four times what it claims.

How errors compare with the bound is in test_refinement_error.py.
"""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.refinement import _SmallShifts
from tcbf_widgets.steadying import steadied
from tests.counted_scans import counted

ENERGY = 300e3


@pytest.fixture(scope="module")
def of_demo():
    return tcbf.apoferritin_in_ice(seed=tcbf.demo._SPECIMEN_SEED)


def within_four_claims(found, aberrations, rotation):
    for name, claimed in found.uncertainties.items():
        value, truth = (
            (found.rotation_deg, rotation) if name == "rotation_deg" else (found.aberrations[name], aberrations[name])
        )
        assert abs(value - truth) < 4 * claimed, f"{name}: {value} ± {claimed}, simulated {truth}"


@pytest.fixture(scope="module")
def expected():
    return tcbf.demo.apoferritin(dose=None)


@pytest.fixture(scope="module")
def counted_once(expected):
    """Stack of 100 electrons/Å²."""
    return tcbf.bright_field_stack(counted(expected, 100, 0))


@pytest.fixture(scope="module")
def found_once(counted_once):
    """What is found in it."""
    return tcbf.refine_aberrations(counted_once)


@pytest.mark.parametrize(
    "aberrations, rotation, transpose",
    [
        (tcbf.Aberrations.from_defocus(-15_000, C12x=-600, C12y=800), 75, False),
        (tcbf.Aberrations.from_defocus(5_000), 100, False),
        (tcbf.Aberrations.from_defocus(-8_000, C12x=1000), 0, True),
        (tcbf.Aberrations.from_defocus(15_000, C12x=4000, C12y=-3000), -170, True),
        (tcbf.Aberrations.from_defocus(15_000, C12x=8000, C12y=-6000), -15, False),
    ],
)
def test_other_lenses_and_orientations_need_no_guess(of_demo, aberrations, rotation, transpose):
    orientation = {"rotation_deg": rotation, "transpose": transpose}
    data = tcbf.simulate_scan(of_demo, aberrations=aberrations, dose=100, **orientation)
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(data))
    assert found.transpose == transpose
    within_four_claims(found, aberrations, rotation)


def test_a_larger_scan_is_known_better(of_demo):
    larger = tcbf.apoferritin_in_ice(shape=(960, 1080), seed=3)
    data = tcbf.simulate_scan(larger, defocus=15_000, dose=100, scan_shape=(48, 64), rotation_deg=-15)
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(data))
    assert abs(found.aberrations.C10 + 15_000) < 0.002 * 15_000
    assert abs(found.rotation_deg + 15) < 0.1
    assert found.uncertainties["C10"] < 15  # 20 of the demonstration, whose scan has 2.7 times fewer positions


def test_coma_and_spherical_aberration_are_recovered_within_their_uncertainties(of_demo):
    aberrations = tcbf.Aberrations.from_defocus(9_000, C21x=4e4, C21y=-2.5e4, C30=2.7e7)
    data = tcbf.simulate_scan(of_demo, aberrations=aberrations, semiangle=6, dose=1000, rotation_deg=-15)
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(data), 3, 2)
    within_four_claims(found, aberrations, -15)
    assert found.uncertainties["C30"] < 0.05 * aberrations.C30
    assert found.uncertainties["C21x"] < 0.1 * aberrations.C21x


def test_oblong_scan_steps_and_oblong_detector_pixels(of_demo):
    data = tcbf.simulate_scan(
        of_demo, defocus=15_000, dose=300, scan_shape=(30, 40), scan_sampling=(8.0, 12.0), rotation_deg=20
    )
    pairs = data.array.reshape(*data.scan_shape, 64, 2, 128).sum(axis=3)
    oblong = tcbf.FourDSTEM(pairs, ENERGY, data.scan_sampling, (2 / 128, 1 / 128))
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(oblong))
    within_four_claims(found, tcbf.Aberrations.from_defocus(15_000), 20)


def test_counts_in_other_units_give_the_same(counted_once, found_once):
    """A detector that writes 37.5 for each electron has not seen more electrons."""
    found = found_once
    scaled = tcbf.refine_aberrations(replace(counted_once, mean_counts=37.5 * counted_once.mean_counts))
    assert scaled.aberrations.C10 == pytest.approx(found.aberrations.C10, abs=0.1 * found.uncertainties["C10"])
    assert scaled.uncertainties["C10"] == pytest.approx(found.uncertainties["C10"], rel=0.02)


def test_noise_alone_gives_no_confident_number(expected):
    flat = np.broadcast_to(expected.array.mean(axis=(0, 1)), expected.array.shape)
    stack = tcbf.bright_field_stack(counted(replace(expected, array=flat), 100, 1))
    with pytest.warns(UserWarning, match="no shift field stands out of the noise"):
        found = tcbf.refine_aberrations(stack)
    assert all(np.isinf(value) for value in found.uncertainties.values())
    assert found.significance < 6
    assert found.sign_confidence == 0
    with pytest.warns(UserWarning, match="no shift field stands out of the noise"):
        found = tcbf.refine_aberrations(stack, 1, 0, defocus_sign=-1)
    assert found.aberrations.C10 > 0
    assert found.aberrations.C12 == 0  # the search tries astigmatic fields too, but here it is not asked for


@pytest.mark.parametrize("common", ["flicker", "drift"])
def test_a_beam_that_changes_is_no_signal(expected, common):
    """Without a specimen: what all pixels share at one position must not pass for images that do not move."""
    rng = np.random.default_rng(0)
    size = expected.scan_shape
    change = (
        1 + 0.03 * rng.normal(size=size) if common == "flicker" else np.tile(np.linspace(0.95, 1.05, size[1]), (24, 1))
    )
    flat = expected.array.mean(axis=(0, 1)) * change[:, :, None, None]
    stack = tcbf.bright_field_stack(counted(replace(expected, array=flat), 100, 1))
    with pytest.warns(UserWarning, match="no shift field stands out of the noise"):
        found = tcbf.refine_aberrations(stack)
    assert np.isinf(found.uncertainties["C10"])


def test_what_was_found_is_told_in_one_line(stack):
    lens = tcbf.Aberrations(C10=-15004.2, C12x=12.4)
    names = ("C10", "C12x", "rotation_deg")
    known = (stack, lens, -14.987, True, names)
    found = tcbf.Refinement(*known, np.diag(np.square([20.3, 18.2, 0.0712])), 3.0, 20.0)
    assert repr(found) == "Refinement(C10 -15004 ± 20 Å, C12x 12 ± 18 Å, rotation -14.99 ± 0.07°, axes exchanged)"
    unknown = tcbf.Refinement(*known, np.diag([np.inf] * 3), 0.0, 3.0)
    assert repr(unknown) == "Refinement(C10 -15004 Å, C12x 12 Å, rotation -15.0°, axes exchanged, not determined)"


def test_the_start_is_looked_for_where_a_divided_scan_shows_something(stack):
    """198 columns are three parts of 66: only the one in the middle holds the specimen."""
    counts = stack.mean_counts[:, None, None]
    empty = np.random.default_rng(1).poisson(counts, (len(stack), 12, 75)) / counts
    images = np.concatenate([empty, stack.images[:, :12], empty], axis=2, dtype=np.float32)
    divided = steadied(replace(stack, images=images))
    small = _SmallShifts(divided)
    np.testing.assert_array_equal(small.images, small.groups.images(divided)[:, 66:132])


def test_one_stray_count_decides_nothing(counted_once, found_once):
    found, images = found_once, counted_once.images.copy()
    images[len(images) // 3, 10, 20] = 3000
    struck = tcbf.refine_aberrations(replace(counted_once, images=images))
    assert struck.aberrations.C10 == pytest.approx(found.aberrations.C10, abs=0.2 * found.uncertainties["C10"])


def test_some_descan_does_little(of_demo):
    """Half a detector pixel from end to end of the scan; more has to be corrected before."""
    data = tcbf.simulate_scan(of_demo, defocus=15_000, dose=100, rotation_deg=-15, descan=((0.5, 0), (0, 0.5)))
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(data))
    assert abs(found.aberrations.C10 + 15_000) < 0.01 * 15_000


def test_more_astigmatism_than_defocus_needs_the_transposition(of_demo):
    aberrations = tcbf.Aberrations.from_defocus(10_000, C12x=-9_000, C12y=6_000)
    data = tcbf.simulate_scan(of_demo, aberrations=aberrations, dose=100, rotation_deg=-15)
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(data), transpose=False)
    within_four_claims(found, aberrations, -15)


def test_images_without_any_structure_give_no_confident_number(counted_once):
    constant = replace(counted_once, images=np.ones_like(counted_once.images))
    with pytest.warns(UserWarning, match="no shift field stands out"):
        found = tcbf.refine_aberrations(constant)
    assert np.isinf(found.uncertainties["C10"])


@pytest.mark.parametrize("name, value", [("max_radial_order", 4), ("max_angular_order", "2"), ("defocus_sign", 2)])
def test_arguments_are_checked_before_any_work(stack, name, value):
    with pytest.raises(ValueError, match=name):
        tcbf.refine_aberrations(stack, **{name: value})


def test_a_scan_without_extent_is_refused(stack):
    with pytest.raises(ValueError, match="at least 8 x 8 positions"):
        tcbf.refine_aberrations(replace(stack, images=stack.images[:, :4]))


def test_a_sign_that_is_known_is_obeyed(counted_once):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = tcbf.refine_aberrations(counted_once, defocus_sign=-1)
    assert found.aberrations.C10 > 0
    assert found.sign_confidence == np.inf


def test_intensities_without_noise_are_known_best(expected):
    """The model's own error is what remains: some tenths of a percent."""
    found = tcbf.refine_aberrations(tcbf.bright_field_stack(expected))
    assert found.aberrations.C10 == pytest.approx(-15_000, rel=0.003)
    assert found.rotation_deg == pytest.approx(-15, abs=0.1)
