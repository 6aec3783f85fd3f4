"""A gold crystal under the beam, against closed forms, tables of others and the Ewald sphere drawn point by point."""

import numpy as np
import pytest
from scipy import constants
from scipy.integrate import quad

from tcbf_widgets import gold, multislice
from tcbf_widgets.optics import electron_wavelength
from tcbf_widgets.scattering import POTENTIAL_PER_FACTOR, scattering_factor

ENERGY = 300e3


def lattice_vectors(hkl, *stance):
    """Reciprocal lattice vectors (y, x, z) of a crystal with this orientation."""
    return np.array(hkl) / gold.LATTICE @ gold.orientation(*stance).T


def angle_deg(a, b):
    return np.rad2deg(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))


def test_scattering_factor_agrees_with_another_parametrisation():
    # Å at these q; Lobato & Van Dyck, Acta Cryst. A70 (2014) 636, doi:10.1107/S205327331401643X: one fit to
    # calculations like those of Peng et al., with functions that fall like the potential of a nucleus
    others = {0.0: 10.5758, 0.2: 9.2461, 0.5: 6.0402, 1.0: 3.0655, 1.5: 1.8229}
    # two fits to tables that are good to some 0.1 %, each fit to some 0.1 % as well
    assert scattering_factor("Au", list(others)) == pytest.approx(list(others.values()), rel=4e-3)


def test_reflections_are_the_face_centred_ones_with_their_multiplicities():
    hkl = gold.reflections(0.9)
    assert hkl[0].tolist() == [0, 0, 0]
    squares, multiplicity = np.unique(np.sum(hkl**2, axis=1), return_counts=True)
    # 000, 111, 200, 220, 311, 222: the known order of powder lines. 400 lies at 0.98 1/Å
    assert squares.tolist() == [0, 3, 4, 8, 11, 12]
    assert multiplicity.tolist() == [1, 8, 6, 12, 24, 8]
    assert np.all(np.diff(np.sum(hkl**2, axis=1)) >= 0)


def test_mixed_indices_do_not_diffract():
    forbidden = [(1, 0, 0), (1, 1, 0), (2, 1, 0), (2, 1, 1), (3, 0, 0)]
    assert np.array_equal(gold.structure_factor(forbidden), np.zeros(5))
    assert np.all(np.isinf(gold.extinction_distance(forbidden, ENERGY)))
    seen = {tuple(h) for h in gold.reflections(1.0)}
    assert not seen & set(forbidden)


def test_all_atoms_of_a_cell_scatter_in_phase():
    q = np.sqrt(8) / gold.LATTICE
    still = 4 * scattering_factor("Au", q)
    # exp(-B s²), s = q/2
    assert gold.structure_factor((2, 2, 0)) == pytest.approx(still * np.exp(-gold.B_FACTOR * (q / 2) ** 2))


def test_thermal_motion_is_that_of_the_debye_model():
    """B = 6h²/(m k Θ) · (φ(Θ/T)·T/Θ + 1/4), Willis & Pryor, Thermal Vibrations in Crystallography (1975)."""
    debye, temperature, mass = 165.0, 293.0, 196.9666 * constants.atomic_mass
    ratio = debye / temperature
    phi = quad(lambda x: x / np.expm1(x), 0, ratio)[0] / ratio
    b_factor = 6 * constants.h**2 / (mass * constants.k * debye) * (phi / ratio + 0.25) * 1e20
    assert gold.B_FACTOR == pytest.approx(b_factor, abs=0.005)  # two digits are given


def test_extinction_distances_of_the_textbook():
    # Å at 100 kV: Williams & Carter, Transmission Electron Microscopy, chapter 13
    textbook = {(1, 1, 1): 183, (2, 0, 0): 202, (2, 2, 0): 278}
    found = gold.extinction_distance(list(textbook), 100e3)
    # older scattering factors, and a thermal motion that is not said: exp(-B s²) of 220 is 0.93
    assert found == pytest.approx(list(textbook.values()), rel=0.03)


def test_extinction_distance_grows_with_the_velocity_of_the_electrons():
    def velocity(energy):
        gamma = 1 + energy / 510998.95
        return np.sqrt(1 - gamma**-2)

    slow, fast = (gold.extinction_distance((1, 1, 1), energy) for energy in (100e3, 300e3))
    assert fast / slow == pytest.approx(velocity(300e3) / velocity(100e3), rel=1e-6)
    gamma = 1 + 100e3 / 510998.95
    by_hand = np.pi * gold.LATTICE**3 / (gamma * electron_wavelength(100e3) * gold.structure_factor((1, 1, 1)))
    # POTENTIAL_PER_FACTOR is h²/(2π m e) to 1e-5
    assert slow == pytest.approx(by_hand, rel=1e-5)


def test_weak_relrods_are_what_a_phase_grating_diffracts():
    """One cell of gold as a potential, made weak, through the transmission of the multislice method."""
    n, weak, energy = 32, 1e-4, 200e3
    number = np.fft.fftfreq(n, 1 / n).astype(int)
    hkl = np.stack([*np.meshgrid(number, number, indexing="ij"), np.zeros((n, n), int)], axis=-1)
    projected = np.fft.ifft2(gold.structure_factor(hkl)).real * n**2 * POTENTIAL_PER_FACTOR / gold.LATTICE**2
    wave = np.fft.fft2(multislice.transmission(weak * projected[None], energy)[0]) / n**2
    for hk in ((2, 0), (2, 2), (4, 2), (6, 0)):
        xi = gold.extinction_distance((*hk, 0), energy) / weak
        # second order of the potential: 1e-4 of the mean phase, up to some of them for the weak beams; complex64 waves
        assert abs(wave[hk]) ** 2 == pytest.approx(gold.relrod(0.0, xi, gold.LATTICE), rel=3e-3)


@pytest.mark.parametrize("zone_axis", [(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 1, 2), (0, 1, 3), (2, -1, 5)])
def test_an_orientation_turns_and_keeps_hands(zone_axis):
    matrix = gold.orientation(zone_axis, 37.0, (0.4, -0.9))
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(-1)  # y before x
    upright = gold.orientation(zone_axis) @ zone_axis
    assert upright == pytest.approx([0, 0, np.linalg.norm(zone_axis)])


def test_a_cube_face_shows_squares():
    g = lattice_vectors([(2, 0, 0), (0, 2, 0), (2, 2, 0)], (0, 0, 1), 12.0)
    assert angle_deg(g[0], g[1]) == pytest.approx(90)
    assert np.linalg.norm(g, axis=1) * gold.LATTICE == pytest.approx([2, 2, np.sqrt(8)])
    assert np.abs(g[:, 2]).max() < 1e-12


def test_the_triad_shows_six_spots_of_220():
    hkl = gold.reflections(0.8)
    g = hkl / gold.LATTICE @ gold.orientation((1, 1, 1), 5.0).T
    flat = (np.abs(g[:, 2]) < 1e-9) & (np.linalg.norm(g, axis=1) > 0)
    assert np.sort(np.sum(hkl[flat] ** 2, axis=1)).tolist() == [8] * 6
    directions = np.sort(np.rad2deg(np.arctan2(g[flat, 0], g[flat, 1])) % 360)
    assert directions == pytest.approx(5 + 60 * np.arange(6))


@pytest.mark.parametrize(
    "zone_axis, first, second, cosine",
    [
        ((0, 1, 1), (1, 1, -1), (1, -1, 1), -1 / 3),  # 109.47°
        ((1, 1, 2), (1, 1, -1), (2, -2, 0), 0),
        ((0, 1, 3), (2, 0, 0), (1, 3, -1), 1 / np.sqrt(11)),  # 72.45°
    ],
)
def test_angles_between_spots(zone_axis, first, second, cosine):
    g = lattice_vectors([first, second], zone_axis, 200.0)
    assert np.abs(g[:, 2]).max() < 1e-12
    assert np.cos(np.deg2rad(angle_deg(*g[:, :2]))) == pytest.approx(cosine, abs=1e-12)


def test_rotation_goes_from_x_towards_y():
    length = 2 / gold.LATTICE
    assert lattice_vectors((2, 0, 0), (0, 0, 1)) == pytest.approx([0, length, 0])
    turned = lattice_vectors((2, 0, 0), (0, 0, 1), 30.0)
    assert turned == pytest.approx([length / 2, length * np.sqrt(0.75), 0])


def test_a_mistilt_leans_the_zone_axis_to_where_it_says():
    lean = np.deg2rad([0.3, -1.1])
    size = np.linalg.norm(lean)
    axis = gold.orientation((0, 1, 3), 77.0, (0.3, -1.1)) @ np.array([0, 1, 3]) / np.sqrt(10)
    assert axis == pytest.approx([*(np.sin(size) * lean / size), np.cos(size)])


def test_excitation_error_ends_on_the_sphere():
    rng = np.random.default_rng(0)
    g, k = rng.uniform(-2, 2, (50, 3)), rng.uniform(-0.2, 0.2, (50, 2))
    radius = 1 / electron_wavelength(ENERGY)
    incident = np.column_stack([k, np.sqrt(radius**2 - np.sum(k**2, axis=1))])
    diffracted = incident + g
    diffracted[:, 2] += gold.excitation_error(g, ENERGY, k)
    assert np.linalg.norm(diffracted, axis=1) == pytest.approx(radius, rel=1e-13)
    assert np.all(diffracted[:, 2] > 0)  # forwards, not the other side of the sphere


def test_bragg_condition_has_no_excitation_error():
    length, theta = 2 / gold.LATTICE, np.arcsin(electron_wavelength(ENERGY) / gold.LATTICE)
    g = length * np.array([0, np.cos(theta), -np.sin(theta)])  # sin θ = λ |g| / 2
    assert gold.excitation_error(g, ENERGY) == pytest.approx(0, abs=1e-12)
    upright = gold.excitation_error([0, length, 0], ENERGY)
    # -λ g²/2; the next term is smaller by (λ g)² / 4
    assert upright == pytest.approx(-electron_wavelength(ENERGY) * length**2 / 2, rel=1e-4)


def test_excitation_error_is_linear_over_a_disk():
    """What the simulation assumes for every pixel of a disk: 1e-6 1/Å off at the rim, a ten-thousandth of a relrod."""
    g = np.array([0.9, -1.2, 0.01])
    k = 0.18 * np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
    slope = -g[:2] / np.sqrt(electron_wavelength(ENERGY) ** -2 - g[:2] @ g[:2])
    linear = gold.excitation_error(g, ENERGY) + k @ slope
    assert gold.excitation_error(g, ENERGY, k) == pytest.approx(linear, abs=1e-6)


def test_relrod_is_the_limit_of_two_beams_and_ends_where_thickness_says():
    xi, thickness = 260.0, 40.0
    for s in (0.03, 0.05, 0.11):
        effective = np.hypot(s, 1 / xi)
        two_beams = (np.sin(np.pi * thickness * effective) / (xi * effective)) ** 2
        # s_eff differs from s by 1/(2 s ξ²), which t turns into a phase of at most 0.03
        assert gold.relrod(s, xi, thickness) == pytest.approx(two_beams, abs=0.05 / (xi * s) ** 2)
    assert gold.relrod(1 / thickness, xi, thickness) == pytest.approx(0, abs=1e-30)
    assert gold.relrod(0.0, xi, thickness) == pytest.approx((np.pi * thickness / xi) ** 2)


@pytest.mark.parametrize("zone_axis", [(0, 0, 0), (1, 1), (1, 0, np.nan), "hkl"])
def test_what_is_no_zone_axis_is_named(zone_axis):
    with pytest.raises(ValueError, match=r"zone_axis must be three indices \(u, v, w\), not all of them 0, got"):
        gold.orientation(zone_axis)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"rotation_deg": np.nan}, "rotation_deg must be a finite number, got nan"),
        ({"mistilt_deg": (0, "a")}, r"mistilt_deg must be two finite numbers \(y, x\) in degrees, got \(0, 'a'\)"),
        ({"mistilt_deg": 1.0}, r"mistilt_deg must be two finite numbers \(y, x\) in degrees, got 1.0"),
        ({"mistilt_deg": (1, 2, 3)}, r"mistilt_deg must be two finite numbers \(y, x\) in degrees, got \(1, 2, 3\)"),
    ],
)
def test_what_is_no_angle_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        gold.orientation((0, 0, 1), **arguments)


def test_reach_must_be_positive():
    with pytest.raises(ValueError, match="reach must be a number > 0, got 0; in 1/Å"):
        gold.reflections(0)
