"""The procedural protein and its potential."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tcbf_widgets import protein, scattering, specimen
from tcbf_widgets.geometry import frequency_grid


def test_cage_has_octahedral_symmetry():
    cage = protein.apoferritin()
    turned = cage.rotated(Rotation.from_euler("z", 90, degrees=True))
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(cage.positions).query(turned.positions)
    assert distance.max() < 1e-6


def test_cage_has_size_hollow_and_mass_of_ferritin():
    cage = protein.apoferritin()
    radius = np.linalg.norm(cage.positions, axis=1)
    assert 58 < np.percentile(radius, 95) < 64  # outer diameter about 12 nm
    assert np.percentile(radius, 1) > 36  # but for a few side chains, a hollow of more than 7 nm
    masses = {"C": 13.0, "N": 15.0, "O": 17.0, "S": 33.1}  # with one hydrogen each
    kilodalton = sum(masses[str(element)] for element in cage.elements) / 1e3
    assert 380 < kilodalton < 480  # ferritin: 440 to 480, here without its longest loops


def test_potential_of_one_atom_integrates_to_its_scattering_factor():
    shape, sampling = (64, 64), 0.5
    q = np.linalg.norm(frequency_grid(shape, sampling)[:, :33], axis=-1)
    spectrum = specimen._atom_spectrum(np.array([[10.3, 12.7]]), np.array(["C"]), shape, sampling, q)
    potential = np.fft.irfft2(spectrum, s=shape)
    expected = scattering.POTENTIAL_PER_FACTOR * scattering.solvated_factor("C", 0.0)
    assert potential.sum() * sampling**2 == pytest.approx(float(expected), rel=1e-12)


def test_deposited_atoms_equal_the_direct_fourier_sum():
    # B-spline deposition, its sinc⁴ divided out, against Σ f exp(-2πi q·r): the rest is aliasing,
    # (sinc(1 - q)/sinc(q))⁴ = 1.2 % of the amplitude at half of the Nyquist frequency
    shape, sampling = (64, 48), 1.0
    positions = np.random.default_rng(3).uniform(5, 40, (30, 2))
    grid = frequency_grid(shape, sampling)[:, :25]
    q = np.linalg.norm(grid, axis=-1)
    spectrum = specimen._atom_spectrum(positions, np.full(30, "O"), shape, sampling, q)
    phases = np.exp(-2j * np.pi * np.tensordot(grid, positions, axes=(-1, -1))).sum(axis=-1)
    direct = scattering.POTENTIAL_PER_FACTOR * scattering.solvated_factor("O", q) * phases
    inside = q < 0.25
    error = np.linalg.norm((spectrum - direct)[inside]) / np.linalg.norm(direct[inside])
    assert error < 0.012


def test_ice_potential_is_that_of_independent_atoms():
    assert scattering.ice_potential() == pytest.approx(4.6, abs=0.1)
    assert scattering.POTENTIAL_PER_FACTOR == pytest.approx(47.878, abs=1e-3)


def test_field_holds_separate_cages():
    rng = np.random.default_rng(0)
    centres = specimen._scattered_centres(np.array([840.0, 840.0]), 128.0, rng)
    apart = np.abs(centres[:, None] - centres[None])
    apart = np.linalg.norm(np.minimum(apart, 840 - apart), axis=-1) + 1e9 * np.eye(len(centres))
    assert len(centres) >= 20
    assert apart.min() >= 128
    assert np.allclose(centres[0], 420)


def test_each_cage_has_an_orientation_of_its_own():
    # a field of 400 Å holds several cages, whose atoms follow one another
    atoms = specimen._cages_in_field(np.array([400.0, 400.0]), np.random.default_rng(0))
    cage = protein.apoferritin()
    copies = atoms.positions.reshape(-1, len(cage), 3)
    assert len(copies) >= 4
    orientations = []
    for copy in copies:
        # heights stay counted from the middle, so the mean of a copy is its centre
        orientation, distance = Rotation.align_vectors(copy - copy.mean(axis=0), cage.positions)
        assert distance / np.sqrt(len(cage)) < 1e-4  # rms in Å, of rounding: turned, and nothing else
        orientations.append(orientation)
    # turning by 24 rotations leaves the cage as it is: the smallest angle over them tells orientations apart
    symmetry = protein.octahedral_rotations()
    for i, first in enumerate(orientations):
        for second in orientations[:i]:
            angles = (first.inv() * second * symmetry).magnitude()
            assert np.rad2deg(angles.min()) > 1


def test_specimen_is_reproducible_and_reacts_to_its_seed():
    small = {"shape": (200, 200), "ice_thickness": 100.0}
    first, again = specimen.apoferritin_in_ice(**small), specimen.apoferritin_in_ice(**small)
    other = specimen.apoferritin_in_ice(**small, seed=1)
    assert np.array_equal(first.potential, again.potential)
    assert not np.allclose(first.potential, other.potential)


def test_slices_share_the_atoms_of_the_whole():
    small = {"shape": (200, 200), "ice_thickness": 0.0}
    one, four = specimen.apoferritin_in_ice(**small), specimen.apoferritin_in_ice(**small, slices=4)
    assert four.potential.shape == (4, 200, 200)
    assert four.slice_thickness == pytest.approx(31)
    # float32 rounding of potentials around 1000 V·Å
    assert np.allclose(four.projected, one.projected, atol=2e-3)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"sampling": 0}, "sampling must be a number > 0"),
        ({"slices": 1.5}, "slices must be a positive integer"),
        ({"shape": (0, 10)}, "shape must be a positive integer"),
        ({"b_factor": -1}, "b_factor must be >= 0"),
        ({"ice_thickness": np.nan}, "ice_thickness must be a finite number"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        specimen.apoferritin_in_ice(**arguments)


def test_specimen_refuses_bad_potentials():
    with pytest.raises(ValueError, match="axes \\(slice, y, x\\)"):
        specimen.Specimen(np.zeros((4, 4)), 1.0, 10.0)
    with pytest.raises(ValueError, match="potential must be finite"):
        specimen.Specimen(np.full((1, 4, 4), np.nan), 1.0, 10.0)
