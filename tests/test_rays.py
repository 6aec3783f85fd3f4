"""Rays against the formulas of a textbook, and their image shift against that of the waves."""

import numpy as np
import pytest

from tcbf_widgets.microscopes import apparent_shift, ctem_column, stem_column
from tcbf_widgets.optics import Aberrations, electron_wavelength
from tcbf_widgets.rays import Column, Plane, deflector, drift, lens, tilt_pair

STATES = [(15_000, 2.5), (-8_000, 4.0), (20_000, -3.1), (3.0, 0.01), (0, 3.0), (15_000, 0.0)]


def random_column(rng) -> Column:
    """Lenses of either sign and deflectors at random places."""
    places = np.sort(rng.uniform(0, 9, 6))
    lengths = rng.uniform(0.5, 3, 6) * rng.choice([-1, 1], 6)
    angles = rng.normal(0, 0.1, 6)
    parts = zip("abcdef", places, lengths, angles, strict=True)
    return Column(tuple(Plane(*part) for part in parts))


# ---- matrices


def test_a_drift_moves_a_lens_bends_and_a_deflector_adds():
    ray = np.array([2.0, 0.1, 1.0])
    assert np.allclose(drift(5) @ ray, [2.5, 0.1, 1])
    assert np.allclose(lens(4) @ ray, [2, -0.4, 1])
    assert np.allclose(lens(np.inf) @ ray, ray)
    assert np.allclose(deflector(-0.3) @ ray, [2, -0.2, 1])


def test_two_thin_lenses_in_contact_add_their_powers():
    assert np.allclose(lens(3) @ lens(6), lens(2))
    # and apart by d, less d/(f1 f2), from the element that bends
    assert (lens(3) @ drift(1.5) @ lens(6))[1, 0] == pytest.approx(-(1 / 3 + 1 / 6 - 1.5 / 18))


def test_matrices_compose_along_the_column_and_back():
    column = random_column(np.random.default_rng(0))
    whole = column.matrix("a", "f")
    assert np.allclose(whole, column.matrix("c", "f") @ column.matrix("a", "c"))
    assert np.allclose(column.matrix("f", "a") @ whole, np.eye(3))
    assert np.allclose(column.matrix("e", "b"), np.linalg.inv(column.matrix("b", "e")))


@pytest.mark.parametrize("seed", range(5))
def test_area_in_phase_space_is_kept(seed):
    """The determinant of any column is 1: no lens makes a beam narrower without making it steeper."""
    matrix = random_column(np.random.default_rng(seed)).matrix("a", "f")
    assert np.linalg.det(matrix[:2, :2]) == pytest.approx(1)
    assert np.array_equal(matrix[2], [0, 0, 1])


# ---- imaging


@pytest.mark.parametrize("a, f", [(30, 20), (1.5, 1.0), (5, 20), (10, -10)])
def test_a_lens_images_where_the_reciprocals_of_the_distances_add_up(a, f):
    b = 1 / (1 / f - 1 / a)
    matrix = drift(b) @ lens(f) @ drift(a)
    # conjugate planes: the height does not depend on the slope; magnified by -b/a; slopes by the inverse
    assert np.allclose(matrix, [[-b / a, 0, 0], [-1 / f, -a / b, 0], [0, 0, 1]])


def test_parallel_rays_meet_in_the_back_focal_plane():
    column = Column((Plane("front", 0), Plane("lens", 7, focal_length=3), Plane("back", 10)))
    heights = column.trace([[-1, 0.2], [0, 0.2], [4, 0.2]], "front").heights[:, -1]
    assert np.allclose(heights, 3 * 0.2)


def test_a_telescope_keeps_parallel_rays_parallel():
    column = Column((Plane("one", 0, focal_length=10), Plane("two", 14, focal_length=4), Plane("end", 20)))
    matrix = column.matrix("one", "end")
    assert matrix[1, 0] == pytest.approx(0)
    assert matrix[1, 1] == pytest.approx(-10 / 4)  # angles grow as the beam shrinks


# ---- deflectors


def test_a_pair_of_opposite_deflectors_shifts_and_does_not_tilt():
    column = Column((Plane("one", 0, deflection=0.1), Plane("two", 5, deflection=-0.1), Plane("end", 30)))
    paths = column.trace([[0, 0], [1, 0.02]], "one")
    assert np.allclose(paths.heights[:, -1] - [0, 1 + 0.02 * 30], 0.5)
    assert np.allclose(paths.slopes[:, -1], [0, 0.02])


@pytest.mark.parametrize("pivot", [12.0, 40.0, 5.0])
def test_a_tilting_pair_leaves_its_pivot_where_it_is(pivot):
    first, second = tilt_pair(0.03, 0, 5, pivot)
    column = Column((Plane("one", 0, deflection=first), Plane("two", 5, deflection=second), Plane("end", 50)))
    paths = column.trace([[0, 0], [0.7, 0]], "one")
    at_pivot = paths.heights[:, -1] - paths.slopes[:, -1] * (50 - pivot)
    assert np.allclose(at_pivot, [0, 0.7])
    assert np.allclose(paths.slopes[:, -1], 0.03)


# ---- apertures


def test_an_aperture_stops_rays_there_and_for_good():
    column = Column((Plane("start", 0), Plane("hole", 10, radius=1), Plane("wide", 20, radius=5), Plane("end", 30)))
    passes = column.trace([[0, 0], [0, 0.1], [0, -0.1001], [2, -0.1]], "start").passes
    assert passes.tolist() == [[True] * 4, [True] * 4, [True, False, False, False], [True] * 4]


@pytest.mark.parametrize("tilt, passes", [(4, True), (-4, True), (4.01, False)])
def test_the_objective_aperture_passes_its_semi_angle(tilt, passes):
    paths = ctem_column(15_000, tilt, semiangle=4).trace([[0, 0]], "source")
    assert paths.passes[0, -1] == passes


# ---- microscopes


@pytest.mark.parametrize("defocus, tilt", STATES)
def test_image_shift_of_the_rays_is_that_of_the_waves(defocus, tilt):
    """λ C10 k, sign included: a plane wave of slope λk shows what the detector pixel -k shows in STEM."""
    column = ctem_column(defocus, tilt, semiangle=10)
    energy = 300e3
    k = 1e-3 * tilt / electron_wavelength(energy)
    aberrations = Aberrations.from_defocus(defocus)
    image_of_pixel = aberrations.image_shift([0.0, -k], energy)[1]
    # positions of 1e7 Å cancel to some Å: 1e-16 · 1e7 Å is far below the tolerance
    assert apparent_shift(column) == pytest.approx(image_of_pixel, abs=1e-7)
    assert apparent_shift(column) == pytest.approx(1e-3 * tilt * aberrations.C10, abs=1e-7)


@pytest.mark.parametrize("defocus, tilt", STATES)
def test_ray_of_a_detector_pixel_lands_where_the_waves_say(defocus, tilt):
    """The ray of direction k meets the specimen at ∇χ/2π from the probe."""
    energy = 300e3
    k = 1e-3 * tilt / electron_wavelength(energy)
    column = stem_column(defocus, semiangle=10)
    probe = 7.0
    paths = column.trace([[probe, 1e-3 * tilt]], "focus")
    landing = paths.heights[0, column.index("specimen")] - probe
    assert landing == pytest.approx(Aberrations.from_defocus(defocus).ray_landing([0.0, k], energy)[1], abs=1e-7)


@pytest.mark.parametrize("defocus, tilt", STATES)
def test_reversed_ray_of_one_microscope_is_a_ray_of_the_other(defocus, tilt):
    ctem, stem = ctem_column(defocus, tilt, semiangle=10), stem_column(defocus, semiangle=10)
    forth = ctem.trace([[0, 0]], "source")
    length = forth.positions[-1]
    start = ctem.index("second deflector") + 1  # behind the deflectors nothing differs
    back = stem.trace([[forth.heights[0, ctem.index("focus")], -1e-3 * tilt]], "focus")
    for name in ("focus", "specimen", "objective", "aperture"):
        assert ctem[name].position == pytest.approx(length - stem[name].position)
        assert forth.heights[0, ctem.index(name)] == pytest.approx(back.heights[0, stem.index(name)], abs=1e-7)
    assert forth.heights[0, -1] == pytest.approx(back.heights[0, 0], abs=1e-7)
    assert ctem.planes[start].name in ("focus", "specimen")


def test_planes_of_source_and_probe_and_of_focus_and_image_are_conjugate():
    for column, planes, magnification in (
        (ctem_column(9_000, 2), ("focus", "image"), -2),
        (stem_column(9_000), ("source", "focus"), -0.5),
    ):
        matrix = column.matrix(*planes)
        assert matrix[0, 0] == pytest.approx(magnification)
        assert matrix[0, 1] == pytest.approx(0, abs=1e-8)


def test_direction_behind_the_specimen_becomes_a_place_on_the_detector():
    column = stem_column(15_000)
    heights = column.trace([[0, 3e-3], [500, 3e-3], [-900, 3e-3]], "focus").heights[:, -1]
    assert np.ptp(heights) < 1e-6
    assert heights[0] == pytest.approx(3e-3 * column["projector"].focal_length)


# ---- bad input


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: lens(0), "focal_length must be a number of Å other than 0"),
        (lambda: Plane("a", 0, focal_length=float("nan")), "focal_length must be"),
        (lambda: Plane("a", 0, radius=-1), "radius must be a number > 0"),
        (lambda: Plane("a", 0, radius="x"), "radius must be a number > 0 in Å, or inf for no aperture; got 'x'"),
        (lambda: Plane("a", 0, radius=None), "radius must be a number > 0"),
        (lambda: Plane("a", float("inf")), "position must be a finite number"),
        (lambda: Plane("a", "there"), "position must be a finite number, got 'there'"),
        (lambda: Plane("a", 0, deflection=None), "deflection must be a finite number, got None"),
        (lambda: Column((Plane("a", 1), Plane("b", 0))), "planes must be in the order .* a at 1, b at 0"),
        (lambda: Column((Plane("a", 0), Plane("a", 1))), "names of planes must differ"),
        (lambda: tilt_pair(0.1, 5, 5, 9), "second=5 must lie behind first=5"),
        (lambda: ctem_column(3e7, 1), "defocus must be between"),
        (lambda: ctem_column(0, "much"), "tilt must be a finite number"),
        (lambda: stem_column(0, semiangle=0), "semiangle must be a number > 0"),
        (lambda: stem_column(0).trace([1, 2], "focus"), r"rays must be finite numbers of shape \(n, 2\)"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_planes_keep_numbers_whatever_came():
    plane = Plane("a", "1", focal_length="2", deflection=np.float32(0.5), radius="3")
    assert [type(part) for part in vars(plane).values()] == [str] + 4 * [float]
    assert Column((Plane("source", 0), plane)).trace([[0, 2.0]], "source").heights.tolist() == [[0, 2]]
    with pytest.raises(TypeError, match='name must be a str, such as "specimen"; got int'):
        Plane(1, 0)


def test_an_unknown_plane_is_named():
    with pytest.raises(KeyError, match="no plane 'gun' in this column; it has source, aperture"):
        stem_column(0).matrix("gun", "detector")
