"""The polynomial of χ and its derivatives are what χ and finite differences of it are."""

import numpy as np
import pytest

from tcbf_widgets.ambiguity import lens_of_linear_field, twin, wrapped
from tcbf_widgets.lens import ROTATION, Lens, check_names, coefficient_names, monomials
from tcbf_widgets.optics import Aberrations

ENERGY = 300e3
ALL = Aberrations(-9e3, 700, -400, 3e4, -2e4, 1e4, 2e4, 2e7, 3e6, -1e6, 2e6, 4e6)
LENS = Lens(ALL, 33.0, True)


@pytest.fixture
def k():
    return np.random.default_rng(0).uniform(-0.2, 0.2, (7, 2))


def test_polynomial_is_chi(k):
    polynomial = ALL.polynomial(ENERGY)
    values = sum(polynomial[a, b] * k[:, 0] ** a * k[:, 1] ** b for a in range(5) for b in range(5))
    np.testing.assert_allclose(values, ALL.chi(k, ENERGY), rtol=1e-12)


def test_taylor_coefficients_give_chi_around_a_pixel(k):
    q = np.random.default_rng(1).uniform(-0.1, 0.1, (5, 2))
    centre = LENS.scan_k(k)
    expected = ALL.chi(centre + q[:, None], ENERGY) - ALL.chi(centre, ENERGY)
    np.testing.assert_allclose(monomials(q) @ LENS.taylor_coefficients(k, ENERGY), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [*Aberrations.names(), ROTATION])
def test_slopes_are_finite_differences(k, name):
    """χ is linear in its coefficients, so any step will do; the rotation's error is the square of its small step."""
    step = 1e-3 if name == ROTATION else 1.0
    higher, lower = (LENS.moved((name,), [sign * step]) for sign in (1, -1))
    difference = (higher.taylor_coefficients(k, ENERGY) - lower.taylor_coefficients(k, ENERGY)) / (2 * step)
    slope = LENS.taylor_slope(name, k, ENERGY)
    np.testing.assert_allclose(slope, difference, rtol=1e-5, atol=1e-7 * np.abs(slope).max())
    shifts = (higher.shifts(k, ENERGY) - lower.shifts(k, ENERGY)) / (2 * step)
    np.testing.assert_allclose(
        LENS.shift_slopes((name,), k, ENERGY)[0], shifts, rtol=1e-5, atol=1e-6 * abs(shifts).max()
    )


def test_twin_gives_the_same_shifts(k):
    other = twin(LENS)
    assert other.aberrations.C10 == -LENS.aberrations.C10
    assert other.aberrations.C21x == LENS.aberrations.C21x
    np.testing.assert_allclose(other.shifts(k, ENERGY), LENS.shifts(k, ENERGY), atol=1e-9)


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("rotation", [-170.0, -90.0, 0.0, 15.0, 120.0])
@pytest.mark.parametrize("defocus", [1.2e4, -1.2e4])
def test_polar_decomposition_inverts_a_linear_field(k, defocus, rotation, transpose):
    """Up to the twin, which the decomposition returns with a positive defocus."""
    lens = Lens(Aberrations.from_defocus(defocus, C12x=900, C12y=-2000), rotation, transpose)
    matrix = np.linalg.lstsq(k, lens.shifts(k, ENERGY), rcond=None)[0].T
    found = lens_of_linear_field(matrix, ENERGY)
    expected = lens if defocus > 0 else twin(lens)
    assert found.transpose == transpose
    assert found.rotation_deg == pytest.approx(expected.rotation_deg)
    for name in coefficient_names():
        assert found.aberrations[name] == pytest.approx(expected.aberrations[name], abs=1e-6)


def test_near_focus_the_transposition_has_to_be_told(k):
    """With more astigmatism than defocus the field looks transposed; told the truth, the decomposition finds it."""
    lens = Lens(Aberrations.from_defocus(500, C12x=3000, C12y=1000), 20.0, False)
    matrix = np.linalg.lstsq(k, lens.shifts(k, ENERGY), rcond=None)[0].T
    assert lens_of_linear_field(matrix, ENERGY).transpose
    found = lens_of_linear_field(matrix, ENERGY, transpose=False)
    found = found if found.aberrations.defocus > 0 else twin(found)
    assert not found.transpose
    assert found.rotation_deg == pytest.approx(20.0)
    assert found.aberrations.C12x == pytest.approx(3000)
    np.testing.assert_allclose(found.shifts(k, ENERGY), lens.shifts(k, ENERGY), atol=1e-9)


@pytest.mark.parametrize("angle, expected", [(180, 180), (-180, 180), (540, 180), (-190, 170), (0, 0), (359.5, -0.5)])
def test_rotations_are_wrapped(angle, expected):
    assert wrapped(angle) == expected


@pytest.mark.parametrize("names", [("C10", "C99"), "defocus", (), ("C10", "C10")])
def test_unknown_or_repeated_names_are_refused(names):
    with pytest.raises(ValueError, match="names"):
        check_names(names)
