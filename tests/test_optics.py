"""Waves and lenses against printed numbers, closed forms and finite differences."""

import numpy as np
import pytest

from tcbf_widgets.geometry import detector_to_scan, frequency_grid, orientation_matrix, scan_to_detector
from tcbf_widgets.optics import Aberrations, aperture, electron_wavelength, interaction_parameter, orders


@pytest.mark.parametrize(
    "energy, wavelength",
    [(60e3, 0.0486606), (80e3, 0.0417572), (100e3, 0.0370144), (200e3, 0.0250793), (300e3, 0.0196875)],
)
def test_wavelength_matches_printed_tables(energy, wavelength):
    assert electron_wavelength(energy) == pytest.approx(wavelength, abs=5e-8)  # the tables' last digit


@pytest.mark.parametrize("energy, sigma", [(100e3, 9.244e-4), (200e3, 7.288e-4), (300e3, 6.526e-4)])
def test_interaction_parameter_matches_kirkland(energy, sigma):
    assert interaction_parameter(energy) == pytest.approx(sigma, abs=5e-8)


@pytest.mark.parametrize("bad", [0, -300e3, np.nan, np.inf, "much", None, 300])
def test_energy_must_be_positive(bad):
    with pytest.raises(ValueError, match="energy must be .*give it in eV"):
        electron_wavelength(bad)


def some_k(n=50, seed=1):
    return np.random.default_rng(seed).uniform(-0.2, 0.2, (n, 2))


@pytest.mark.parametrize("name", Aberrations.names())
def test_gradient_equals_finite_differences(name):
    aberrations = Aberrations(**{name: 1e4})
    k, step = some_k(), 1e-5
    numeric = np.empty(k.shape)
    for axis in (0, 1):
        move = np.eye(2)[axis] * step
        numeric[:, axis] = (aberrations.chi(k + move, 300e3) - aberrations.chi(k - move, 300e3)) / (2 * step)
    gradient = aberrations.gradient(k, 300e3)
    # central differences err by step²/6 · χ''' and by rounding χ/step; both are below 1e-6 of the largest value
    assert np.allclose(gradient, numeric, rtol=0, atol=1e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("name", Aberrations.names())
def test_chi_has_the_symmetry_and_power_of_its_name(name):
    order, fold = orders(name)
    assert name.startswith(f"C{order}{fold}")
    k = some_k()
    chi = Aberrations(**{name: 1e4}).chi(k, 300e3)
    assert np.allclose(Aberrations(**{name: 1e4}).chi(2 * k, 300e3), 2 ** (order + 1) * chi)
    turned = detector_to_scan(k, 360 / fold if fold else 77.0)
    assert np.allclose(Aberrations(**{name: 1e4}).chi(turned, 300e3), chi)


@pytest.mark.parametrize("name", ["C99", "C12", "C10x", "rotation_deg"])
def test_orders_of_an_unknown_coefficient_are_refused(name):
    with pytest.raises(ValueError, match=f"unknown aberration '{name}'; known are C10"):
        orders(name)


def test_coma_hessian_is_that_of_its_own_gradient():
    # (2π/λ)(λ³/3) k² (k_x): second derivatives 6 k_x, 2 k_y; 2 k_y, 2 k_x, and not what is often copied
    k, step = np.array([0.07, -0.11]), 1e-4
    coma = Aberrations(C21x=1e4)
    scale = 2 * np.pi * electron_wavelength(300e3) ** 2 * 1e4 / 3
    numeric = np.stack(
        [(coma.gradient(k + d, 300e3) - coma.gradient(k - d, 300e3)) / (2 * step) for d in np.eye(2) * step]
    )
    ky, kx = k
    assert np.allclose(numeric, scale * np.array([[2 * kx, 2 * ky], [2 * ky, 6 * kx]]), rtol=1e-6)


def test_rim_ray_of_the_teaching_geometry_lands_60_angstrom_away():
    k = np.array([[0.0, 4e-3 / electron_wavelength(300e3)]])
    aberrations = Aberrations.from_defocus(15_000)
    assert np.allclose(aberrations.ray_landing(k, 300e3), [[0, -60]])
    assert np.allclose(aberrations.image_shift(k, 300e3), [[0, 60]])


def test_polar_form_of_astigmatism():
    aberrations = Aberrations(C12x=30.0, C12y=40.0)
    assert aberrations.C12 == pytest.approx(50)
    assert aberrations.phi12 == pytest.approx(np.rad2deg(np.arctan2(40, 30)) / 2)
    assert aberrations["C12y"] == 40
    with pytest.raises(KeyError, match="unknown aberration 'C13'"):
        aberrations["C13"]


def test_aberrations_must_be_finite():
    with pytest.raises(ValueError, match="C10 must be a finite number, got nan"):
        Aberrations(C10=float("nan"))


def test_k_needs_two_components():
    with pytest.raises(ValueError, match="axis of length 2"):
        Aberrations().chi(np.zeros((4, 3)), 300e3)


def test_aperture_area_with_soft_edge():
    # a rim that falls linearly over one pixel keeps the area of the disk to the curvature of the rim
    k = frequency_grid((256, 256), 1.0)
    area = aperture(k, 4.0, 300e3, edge=1 / 256).sum() / 256**2
    assert area == pytest.approx(np.pi * (4e-3 / electron_wavelength(300e3)) ** 2, rel=2e-4)


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("rotation", [-170.0, -15.0, 0.0, 90.0])
def test_detector_and_scan_axes_are_inverse_to_each_other(rotation, transpose):
    vectors = some_k()
    there = detector_to_scan(vectors, rotation, transpose)
    assert np.allclose(scan_to_detector(there, rotation, transpose), vectors, atol=1e-15)
    assert np.linalg.det(orientation_matrix(rotation, transpose)) == pytest.approx(-1 if transpose else 1)


def test_positive_rotation_turns_x_towards_y():
    assert np.allclose(detector_to_scan([0.0, 1.0], 90), [1.0, 0.0])
    assert np.allclose(detector_to_scan([1.0, 0.0], 0, transpose=True), [0.0, 1.0])
