"""The simulated polycrystal: disks where the lattice puts them, electrons that add up, a truth that is true."""

import dataclasses

import numpy as np
import pytest
import scipy.ndimage

import tcbf_widgets as tcbf
from tcbf_widgets import gold, grains, recording
from tcbf_widgets import polycrystal as module
from tcbf_widgets.crystallite_patterns import Film
from tcbf_widgets.probe_shapes import bullseye_shape, disk_shape

SMALL = {"scan_shape": (12, 14), "scan_sampling": 10.0, "detector_shape": (63, 70), "reciprocal_sampling": 0.04}
ENERGY, SAMPLING = 300e3, 0.02
BULLSEYE, DISK = bullseye_shape(2.2, 6, 9, 1.6), disk_shape(9)


@pytest.fixture(scope="module")
def small():
    """Expected patterns of eight grains."""
    return tcbf.crystallite_scan(None, grains=8, seed=3, **SMALL)


def film(shape=(128, 128), probe=DISK, thickness=50.0, background=0.0):
    return Film(shape, SAMPLING, ENERGY, probe, thickness, background)


def centroid(pattern):
    y, x = np.indices(pattern.shape)
    return np.array([(pattern * y).sum(), (pattern * x).sum()]) / pattern.sum(dtype=float)


def around(pattern, middle, reach):
    """The pattern within ``reach`` of a place, 0 elsewhere."""
    y, x = np.indices(pattern.shape)
    return np.where(np.hypot(y - middle[0], x - middle[1]) < reach, pattern, 0.0)


def test_the_spots_of_a_cube_face_form_a_square_lattice():
    crystallite = film().crystallite((0, 0, 1), 0.0, (0.0, 0.0))
    hkl, spots = crystallite.hkl, crystallite.spots
    # 200 is 0.49041 1/Å long and lies along x
    assert np.allclose(spots, hkl[:, [1, 0]] / gold.LATTICE / SAMPLING, atol=1e-9)
    assert hkl[0].tolist() == [0, 0, 0]
    assert {(2, 0, 0), (0, -2, 0), (2, 2, 0), (4, -2, 0)} <= set(map(tuple, hkl))
    assert not np.any(hkl % 2)  # odd indices lie a layer above or below


def test_an_upright_crystal_is_equally_bright_on_opposite_sides():
    crystallite = film().crystallite((0, 1, 1), 25.0, (0.0, 0.0))
    bright = {tuple(h): i for h, i in zip(crystallite.hkl, crystallite.intensities, strict=True)}
    for (h, k, l), intensity in bright.items():  # noqa: E741
        assert bright[(-h, -k, -l)] == pytest.approx(intensity, rel=1e-9)
    assert bright[(1, 1, -1)] == pytest.approx(bright[(-1, 1, -1)], rel=1e-9)


def test_a_mistilt_moves_the_bright_spots_and_leaves_the_lattice():
    """Bright spots lie on the Laue circle: through the direct beam, about the point to which the zone axis leans."""
    upright = film().crystallite((0, 0, 1), 0.0, (0.0, 0.0))
    leaning = film().crystallite((0, 0, 1), 0.0, (0.0, 1.0))
    wavelength = tcbf.electron_wavelength(ENERGY)
    radius = np.sin(np.deg2rad(1.0)) / wavelength
    g = leaning.spots * SAMPLING
    power = radius**2 - np.sum((g - (0, radius)) ** 2, axis=1)
    # a sphere of which only the parabola is taken: λ³ g⁴ / 8 is 1e-5 at 1.8 1/Å
    assert leaning.excitation == pytest.approx(wavelength * power / 2, abs=2e-5)
    ahead = [np.sum(grain.intensities * grain.spots[:, 1]) for grain in (upright, leaning)]
    assert ahead[0] == pytest.approx(0, abs=1e-9)
    assert ahead[1] > 5
    # cos 1° shortens by 2e-4
    assert np.allclose(leaning.spots, leaning.hkl[:, [1, 0]] / gold.LATTICE / SAMPLING, rtol=2e-4, atol=1e-9)


@pytest.mark.parametrize("probe", [BULLSEYE, DISK], ids=["bullseye", "disk"])
@pytest.mark.parametrize("shape", [(128, 128), (127, 131)], ids=["even", "odd"])
def test_disks_stand_between_the_pixels_where_they_are_said_to(probe, shape):
    one = film(shape, probe)
    crystallite = one.crystallite((0, 0, 1), 31.0, (0.2, -0.5))
    # evenly lit disks: their centroid is their middle
    crystallite = dataclasses.replace(crystallite, slopes=np.zeros_like(crystallite.slopes))
    beam = np.array([61.37, 66.81])
    pattern = one.pattern([crystallite], [1.0], beam).astype(float)
    found = 0
    for spot, hkl in zip(crystallite.spots[:12], crystallite.hkl, strict=False):
        middle = beam + spot
        if np.any(middle < 14) or np.any(middle > np.array(shape) - 15):
            continue
        # soft edges of 0.6 pixels are sampled with an error of 5e-4 of the sum, 1e-3 pixels of the centroid
        assert centroid(around(pattern, middle, 12)) == pytest.approx(middle, abs=3e-3), hkl
        found += 1
    assert found >= 5


def test_each_pixel_of_a_disk_has_its_own_excitation_error():
    thick = film(thickness=120.0)
    stance = ((1, 1, 2), 40.0, (0.3, 0.6))
    crystallite = thick.crystallite(*stance)
    beam = np.array([63.2, 63.9])
    pattern = thick.pattern([crystallite], [1.0], beam)
    y, x = np.indices(pattern.shape)
    for number in (1, 2, 5):
        hkl, middle = crystallite.hkl[number], beam + crystallite.spots[number]
        inside = np.hypot(y - middle[0], x - middle[1]) < 6
        k = SAMPLING * (np.stack([y, x], axis=-1)[inside] - middle)
        g = hkl / gold.LATTICE @ gold.orientation(*stance).T
        exact = gold.relrod(gold.excitation_error(g, ENERGY, k), gold.extinction_distance(hkl, ENERGY), thick.thickness)
        direct = pattern[tuple(np.rint(beam).astype(int))]
        # float32, and s that is linear over the disk to 1e-6 1/Å, 1e-4 of a period at 120 Å
        assert pattern[inside] / direct == pytest.approx(exact, rel=2e-3, abs=1e-4 * exact.max())
        assert np.ptp(exact) > 0.1 * exact.mean()  # there is something to see


def test_electrons_add_up():
    wide = film((420, 421), BULLSEYE)
    crystallite = wide.crystallite((0, 1, 1), 10.0, (0.4, 0.4))
    assert 0.99 < crystallite.intensities.sum() <= 1  # without the faintest disks, 1e-4 each
    pattern = wide.pattern([crystallite], [1.0], (209.3, 210.1))
    # the sum over sampled soft edges differs by some 1e-4
    assert pattern.sum(dtype=float) == pytest.approx(crystallite.intensities.sum(), rel=5e-4)
    # the disks of the triad keep 34 pixels away from the direct beam
    crystallite = wide.crystallite((1, 1, 1), 10.0, (0.4, 0.4))
    direct = around(wide.pattern([crystallite], [1.0], (209.3, 210.1)), (209.3, 210.1), 16)
    assert direct.sum() == pytest.approx(crystallite.intensities[0], rel=5e-4)


def test_background_holds_its_share_and_its_half_radius():
    wide = film((1200, 1200), background=0.2)
    nothing = wide.pattern([], [], (599.5, 599.5)).astype(float)
    # (1 + q²/w²)^-3/2 encloses 1 - 1/√(1 + q²/w²): half of it within √3 · 0.3 1/Å, 26 pixels
    assert around(nothing, (599.5, 599.5), np.sqrt(3) * 0.3 / SAMPLING).sum() == pytest.approx(0.1, rel=3e-3)
    # and all but 1/√(1 + 40²) = 2.5 % within 600 pixels
    assert around(nothing, (599.5, 599.5), 600).sum() == pytest.approx(0.2 * (1 - 0.025), rel=1e-3)


def test_bullseye_and_disk_are_lit_by_as_many_electrons():
    scans = [tcbf.crystallite_scan(None, grains=4, probe=probe, **SMALL) for probe in ("bullseye", "disk")]
    assert scans[0].semiangle == scans[1].semiangle == pytest.approx(0.18 * 19.6875, rel=1e-4)
    assert np.array_equal(scans[0].grain_map, scans[1].grain_map)
    totals = [scan.data.array.sum(axis=(2, 3)) for scan in scans]
    # disks at the frame's edge are cut through other parts; the mean over a disk weighs other parts of it
    assert totals[0] == pytest.approx(totals[1], rel=0.01)
    assert scans[0].data.array.max() > 1.5 * scans[1].data.array.max()  # in fewer pixels


def test_disks_at_the_edge_are_cut_and_do_not_come_back():
    """A detector is a window: what a larger one sees there, and nothing else."""
    stance = ((0, 1, 1), 10.0, (0.4, 0.4))
    for shape, margin in (((64, 70), 30), ((63, 71), 31)):
        beam = np.array([31.3, 36.8])
        larger = film(tuple(n + 2 * margin for n in shape), BULLSEYE)
        small = film(shape, BULLSEYE).pattern([larger.crystallite(*stance)], [1.0], beam)
        whole = larger.pattern([larger.crystallite(*stance)], [1.0], beam + margin)
        # float32 of offsets that are some pixels
        assert np.allclose(small, whole[margin:-margin, margin:-margin], atol=1e-6 * whole.max())


def test_descan_moves_whole_patterns_by_what_was_asked():
    descan = ((3.0, 0.4), (-0.7, 2.2))
    scan = tcbf.crystallite_scan(None, grains=1, descan=descan, background=0.0, thickness=0.5, **SMALL)
    found = np.empty((12, 14, 2))
    for y, x in np.ndindex(12, 14):
        place = np.add(scan.centre, scan.descan_shifts[y, x])
        found[y, x] = centroid(around(scan.data.array[y, x], place, 7.5))
    # disks of 4.5 pixels; soft edges are sampled with an error of some 1e-3 of their radius
    assert found - scan.centre == pytest.approx(scan.descan_shifts, abs=5e-3)
    assert scan.descan_shifts[-1, -1] - scan.descan_shifts[0, 0] == pytest.approx(np.array(descan) @ [1, 1])
    assert scan.descan_shifts.mean(axis=(0, 1)) == pytest.approx([0, 0], abs=1e-12)
    assert scan.centre == (31.0, 34.5)


def test_expected_and_spots_are_those_of_the_scan(small):
    for y, x in ((0, 0), (5, 7), (11, 13)):
        assert np.array_equal(small.expected(y, x), small.data.array[y, x])
    y, x = np.unravel_index(np.argmin(small.shares.max(axis=-1)), small.grain_map.shape)
    positions, shares = small.spots(y, x)
    assert positions[0] == pytest.approx(np.add(small.centre, small.descan_shifts[y, x]))
    mixed = small.shares[y, x] @ [grain.intensities.sum() for grain in small.crystallites]
    assert shares.sum() == pytest.approx(0.95 * mixed)
    assert len(positions) == 1 + sum(len(small.crystallites[n].hkl) - 1 for n in np.flatnonzero(small.shares[y, x]))


def test_disks_are_lit_as_the_energy_has_it():
    scan = tcbf.crystallite_scan(None, grains=1, energy=100e3, **SMALL | {"scan_shape": (2, 2)})
    (grain,) = scan.crystallites
    alone = Film((63, 70), 0.04, 100e3, scan.probe, 50.0, 0.05)
    again = alone.crystallite(grain.zone_axis, grain.rotation_deg, grain.mistilt_deg)
    assert np.array_equal(grain.intensities, again.intensities)
    assert scan.semiangle == pytest.approx(1e3 * 0.18 * tcbf.electron_wavelength(100e3))


def test_a_probe_on_a_boundary_sees_both_grains(small):
    y, x = np.unravel_index(np.argmin(small.shares.max(axis=-1)), small.grain_map.shape)
    parts = small.shares[y, x]
    assert np.count_nonzero(parts) >= 2
    beam = small.centre + small.descan_shifts[y, x]
    one_hot = np.eye(len(parts))
    pure = [small._film.pattern(small.crystallites, one_hot[n], beam) for n in range(len(parts))]
    assert np.allclose(small.expected(y, x), np.tensordot(parts, pure, axes=1), atol=1e-7)


def test_probe_is_as_wide_as_diffraction_makes_it(small):
    """Only next to a boundary does a probe of 2.8 Å, 0.51 λ/α at half height, see a second grain."""
    mixed = small.shares.max(axis=-1) < 0.999
    edge = scipy.ndimage.maximum_filter(small.grain_map, 3) != scipy.ndimage.minimum_filter(small.grain_map, 3)
    assert mixed.any()
    assert not np.any(mixed & ~edge)
    assert mixed.sum() < 0.5 * edge.sum()  # steps of 10 Å, twice 3 σ are 7 Å


def test_the_truth_is_the_grain_with_most_of_the_probe(small):
    assert np.array_equal(small.grain_map, small.shares.argmax(axis=-1))
    assert np.array_equal(np.unique(small.grain_map), np.arange(8))


def test_same_seed_same_scan_in_any_number_of_threads(monkeypatch):
    def scan(threads, seed=5):
        monkeypatch.setattr(recording, "WORKERS", threads)
        return tcbf.crystallite_scan(300, grains=4, seed=seed, **SMALL)

    one, four, other = scan(1), scan(4), scan(4, seed=6)
    assert np.array_equal(one.data.array, four.data.array)
    assert not np.array_equal(one.data.array, other.data.array)
    assert not np.array_equal(one.grain_map, other.grain_map)


def test_same_seed_same_specimen_with_other_electrons_and_probe(small):
    other = tcbf.crystallite_scan(50, grains=8, seed=3, probe="disk", thickness=40.0, **SMALL)
    assert np.array_equal(other.grain_map, small.grain_map)
    for a, b in zip(other.crystallites, small.crystallites, strict=True):
        assert (a.zone_axis, a.rotation_deg, a.mistilt_deg) == (b.zone_axis, b.rotation_deg, b.mistilt_deg)


def test_counts_are_poisson_with_the_asked_electrons(small):
    electrons = 4e4
    counts = tcbf.crystallite_scan(electrons, grains=8, seed=3, **SMALL).data.array
    expected = small.data.array.astype(float) * electrons
    bright = expected > 1
    z = (counts - expected)[bright] / np.sqrt(expected[bright])
    # mean 0 and variance 1 within five standard errors of so many pixels; the fourth moment of a mean of 1 is 4
    assert abs(z.mean()) < 5 / np.sqrt(z.size)
    assert abs(z.var() - 1) < 5 * np.sqrt(3 / z.size)
    assert counts.dtype == np.uint16
    faint = tcbf.crystallite_scan(500, grains=8, seed=3, **SMALL).data.array
    assert faint.dtype == np.uint8
    assert faint.sum() == pytest.approx(500 * small.data.array.sum(dtype=float), rel=5 / np.sqrt(faint.sum()))


def test_standard_patterns_have_spots_to_find():
    """A strong direct beam, ten or so disks to be seen, and none that is more than the direct beam: still kinematic."""
    for probe in (BULLSEYE, DISK):
        for stance in grains.grain_orientations(10, np.random.default_rng(0)):
            crystallite = film(probe=probe).crystallite(*stance)
            inside = np.all(np.abs(crystallite.spots) < 64, axis=1)
            seen = np.count_nonzero(crystallite.intensities[inside] > 0.005)  # five of 1000 electrons
            assert 0.2 < crystallite.intensities[0] < 0.7
            assert 8 <= seen <= 25
            assert crystallite.intensities.argmax() == 0


def test_scan_says_what_it_is(small):
    assert repr(small).startswith("CrystalliteScan(8 grains of gold, FourDSTEM(12 x 14 scan of 10 Å, 63 x 70 detector")
    assert repr(small).endswith("no noise)")
    assert "disks)" in repr(small.crystallites[0])
    assert (small.electrons, small.background, small.thickness, small.seed) == (None, 0.05, 50.0, 3)
    assert small.data.array.dtype == np.float32


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"electrons": 0}, "electrons must be a number > 0, got 0; per pattern; None for no noise"),
        ({"scan_shape": (0, 4)}, "scan_shape must be a positive integer, got 0"),
        ({"scan_sampling": -1}, "scan_sampling must be a number > 0"),
        ({"detector_shape": 2.5}, "detector_shape must be a positive integer"),
        ({"detector_shape": (128, 18)}, r"detector_shape=\(128, 18\) does not hold the probe, which is 18 pixels wide"),
        ({"reciprocal_sampling": np.nan}, "reciprocal_sampling must be a number > 0"),
        ({"reciprocal_sampling": 0.002}, "does not hold the probe, which is 180 pixels wide; give more pixels"),
        ({"energy": 300}, "energy must be at least 1000 eV, got 300"),
        ({"probe": "ring"}, "probe must be 'bullseye', 'disk' or a ProbeShape in detector pixels, got 'ring'"),
        ({"probe": 9}, "probe must be 'bullseye', 'disk' or a ProbeShape"),
        ({"grains": 0}, "grains must be a positive integer"),
        ({"grains": 101}, "grains must be at most 100 on 40 x 40 positions, got 101"),
        ({"thickness": 0}, "thickness must be a number > 0"),
        ({"descan": 1.0}, "descan must be four finite numbers .* got 1.0"),
        ({"background": 1}, "background must be a share of the electrons, 0 or more and less than 1, got 1"),
        ({"background": -0.1}, "background must be a share of the electrons"),
        ({"seed": 1.5}, "seed must be an integer >= 0, got 1.5"),
    ],
)
def test_bad_arguments_are_named_before_any_work(monkeypatch, arguments, message):
    monkeypatch.setattr(module, "grain_seeds", lambda *arguments: pytest.fail("began to work"))
    with pytest.raises(ValueError, match=message):
        tcbf.crystallite_scan(**arguments)


def test_more_electrons_than_a_count_holds_are_named():
    few = SMALL | {"scan_shape": (2, 2)}
    with pytest.raises(
        ValueError, match=r"electrons must be at most 5.71e\+06, as pixels count in 16 bits, got 5.72e\+06"
    ):
        tcbf.crystallite_scan(5.72e6, grains=1, **few)
    # so the limit is no lower than it has to be, by half
    assert tcbf.crystallite_scan(5.7e6, grains=1, **few).data.array.max() > 2**15
