"""Depth resolution, the limit of the beam and the missing wedge: closed forms, and waves sent through slices."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.depth import (
    depth_frequency,
    depth_resolution,
    matching_beta,
    missing_wedge_weight,
    recorded_frequencies,
    sectioning_limit,
    weighted,
)
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.multislice import fresnel_propagator
from tcbf_widgets.ptychography import diffract
from tcbf_widgets.slice_metrics import slice_correlation

ENERGY, SEMIANGLE = 300e3, 15.0
WAVELENGTH = tcbf.electron_wavelength(ENERGY)
SIZE, SAMPLING = 32, 0.5  # pixels, Å
K = frequency_grid((SIZE, SIZE), SAMPLING)
WEAK = 1e-4  # rad; what is of third order in it is 1e-8 of what is of first order


def aperture(semiangle=SEMIANGLE):
    return (np.linalg.norm(K, axis=-1) <= 1e-3 * semiangle / WAVELENGTH).astype(complex)


def change(layers, distance, semiangle=SEMIANGLE):
    """Slope of one pattern in the strength of weak phases (layers, y, x), the probe being in focus on the first."""
    probe = np.fft.ifft2(aperture(semiangle), norm="ortho")
    propagator = fresnel_propagator(K, ENERGY, distance)

    def pattern(strength):
        slices = np.exp(1j * strength * layers)
        return np.abs(diffract(probe, slices, np.array([[0, 0]]), propagator)[0]) ** 2

    return (pattern(WEAK) - pattern(-WEAK)) / (2 * WEAK)


def grating(cycles, strengths=(1.0,)):
    """The same grating in each layer, of whole cycles (y, x) over the field, as strong as is said."""
    y, x = np.indices((SIZE, SIZE)) / SIZE
    return np.real(np.multiply.outer(strengths, np.exp(2j * np.pi * (cycles[0] * y + cycles[1] * x))))


# ---- what a pattern records, by waves


@pytest.mark.parametrize("cycles", [(0, 5), (3, -4), (0, 1), (0, 12)])
@pytest.mark.parametrize("depth", [0.0, 40.0, -170.0])
def test_a_pixel_sees_a_weak_layer_turned_by_its_depth_frequency(cycles, depth):
    """The wave scattered from either side, cos = (exp + exp*)/2, against the unscattered one, as the docstring says."""
    found = change(np.concatenate([np.zeros((1, SIZE, SIZE)), grating(cycles)]), depth)
    psi = aperture()
    expected = np.zeros((SIZE, SIZE))
    for sign in (1, -1):
        q = sign * K[cycles]
        scattered = np.roll(psi, [sign * n for n in cycles], axis=(0, 1))  # ψ(k - q)
        turned = 0.5j * scattered * np.exp(-2j * np.pi * depth * depth_frequency(q, K, ENERGY))
        expected += 2 * np.real(np.conj(psi) * turned)
    # the window is periodic in k: what is scattered beyond its border comes back at the other side, with another k
    inside = np.all([np.abs(K[..., i] - s * K[cycles][i]) < 1 for i in (0, 1) for s in (1, -1)], axis=0)
    assert inside.sum() > 200
    # differences of intensities of order 1, divided by 2e-4: rounding of 1e-12; third order 1e-8
    assert np.allclose(found[inside], expected[inside], atol=1e-7)
    assert np.ptp(expected[inside]) > 0.2 or depth == 0


@pytest.mark.parametrize("semiangle", [10.0, 17.0, 30.0])
def test_no_pixel_with_both_waves_in_the_aperture_lies_beyond_the_limit(semiangle):
    fine = np.linspace(-1, 1, 401) * 1e-3 * semiangle / WAVELENGTH
    k = np.stack(np.meshgrid(fine, fine, indexing="ij"), axis=-1)
    rim = 1e-3 * semiangle / WAVELENGTH * (1 + 1e-12)
    for q in (0.03, 0.2, 0.5, 0.9):
        both = (np.linalg.norm(k, axis=-1) <= rim) & (np.linalg.norm(k - [0, q], axis=-1) <= rim)
        limit = float(sectioning_limit(q, semiangle, ENERGY))
        if both.any():
            reached = np.abs(depth_frequency(np.array([0, q]), k[both], ENERGY)).max()
            # to the nearest of 401 pixels
            assert limit - WAVELENGTH * q * (fine[1] - fine[0]) <= reached <= limit * (1 + 1e-9)
        else:
            assert limit == 0


@pytest.mark.parametrize("cycles", [3, 6])
def test_a_pattern_loses_gratings_beyond_the_limit(cycles):
    """A grating that also goes up and down along the beam, in 48 slices: it fades out at both ends, to be one k_z."""
    q, distance, count = cycles / (SIZE * SAMPLING), 30.0, 48
    limit = float(sectioning_limit(q, SEMIANGLE, ENERGY))
    fading = np.hanning(count)

    def recorded(share):
        waves = fading * np.exp(2j * np.pi * share * limit * distance * np.arange(count))
        return np.linalg.norm(change(grating((0, cycles), waves), distance))

    half_of, beyond = recorded(0.5), recorded(1.0 + 4 / (count * distance * limit))
    # two widths of the fading's spectrum beyond the limit, next to nothing is left
    assert beyond < 0.02 * half_of
    assert recorded(0.0) == pytest.approx(half_of, rel=0.25)


def test_large_shapes_look_the_same_at_any_depth_and_fine_detail_does_not():
    """Largest difference of two patterns with one grating at two depths."""
    distance = 120.0
    differences = []
    for cycles in (1, 6):
        q = K[0, cycles, 1]
        pair = [change(grating((0, cycles), strengths), distance) for strengths in ((1, 0), (0, 1))]
        differences.append(np.abs(pair[1] - pair[0]).max())
        # two waves, each of which is turned by 2π k_z Δz at most
        assert differences[-1] <= 2 * 2 * np.sin(
            min(np.pi * float(sectioning_limit(q, SEMIANGLE, ENERGY)) * distance, np.pi / 2)
        )
    assert (
        depth_resolution(1 / 16, ENERGY, SEMIANGLE)
        > 4 * distance
        > distance
        > depth_resolution(6 / 16, ENERGY, SEMIANGLE)
    )
    assert differences[1] > 2 * differences[0]


# ---- closed forms


def test_at_the_depth_resolution_a_wave_has_turned_by_half_a_period():
    for vector in np.array([[0.1, 0.2], [0.0, 0.5]]):
        distance = float(depth_resolution(np.linalg.norm(vector), 200e3))
        assert fresnel_propagator(vector, 200e3, distance) == pytest.approx(-1)
    # twice as fine, four times as deep
    assert depth_resolution(0.1, 200e3) == pytest.approx(4 * depth_resolution(0.2, 200e3))


def test_probe_and_plane_wave_agree_at_the_rim_of_the_aperture_where_the_probe_is_best():
    rim = 1e-3 * SEMIANGLE / WAVELENGTH
    q = np.linspace(0.01, 2.2, 500) * rim
    probe, plane = depth_resolution(q, ENERGY, SEMIANGLE), depth_resolution(q, ENERGY)
    best = WAVELENGTH / (1e-3 * SEMIANGLE) ** 2
    assert depth_resolution(rim, ENERGY, SEMIANGLE) == pytest.approx(best)
    assert depth_resolution(rim, ENERGY) == pytest.approx(best)
    assert probe.min() >= best * (1 - 1e-12)
    assert (probe[q < 0.999 * rim] < plane[q < 0.999 * rim]).all()
    assert np.isinf(probe[q > 2 * rim]).all()
    # large shapes: a cone
    assert depth_resolution(1e-4, ENERGY, SEMIANGLE) == pytest.approx(1e4 / (2 * 1e-3 * SEMIANGLE), rel=1e-4)


def test_the_limit_rises_with_the_angle_and_closes_where_two_disks_part():
    assert sectioning_limit(1e-6, SEMIANGLE, ENERGY) == pytest.approx(1e-6 * 1e-3 * SEMIANGLE, rel=1e-5)
    end = 2e-3 * SEMIANGLE / WAVELENGTH
    assert sectioning_limit([0, end, 2 * end], SEMIANGLE, ENERGY) == pytest.approx([0, 0, 0], abs=1e-12)


def test_the_weight_is_its_formula():
    weight = missing_wedge_weight(4, (6, 5), (0.5, 0.7), 20.0, beta=3.0)
    kz, qy, qx = (np.fft.fftfreq(n, step) for n, step in ((4, 20.0), (6, 0.5), (5, 0.7)))
    for i, j, n in np.ndindex(weight.shape):
        across = qy[j] ** 2 + qx[n] ** 2
        if across:
            assert weight[i, j, n] == pytest.approx(1 - np.arctan(9 * kz[i] ** 2 / across) / (np.pi / 2))
    assert weight[0, 0, 0] == 1  # by definition
    assert not weight[1:, 0, 0].any()
    assert np.all(weight[0] == 1)
    assert np.all(missing_wedge_weight(4, (6, 5), 0.5, 20.0, beta=0) == 1)


def test_the_matching_beta_puts_the_half_weight_on_the_limit_of_the_beam():
    """One pixel of k_x over a field so wide that the curvature of the limit is nothing, and slices to fit the cone."""
    sampling = 1e4
    thickness = sampling / (1e-3 * SEMIANGLE)  # k_z = αk_x for every pair of equal steps
    weight = missing_wedge_weight(8, (8, 8), sampling, thickness, matching_beta(SEMIANGLE))
    recorded = recorded_frequencies(8, (8, 8), sampling, thickness, SEMIANGLE, ENERGY)
    assert [weight[n, 0, n] for n in range(1, 4)] == pytest.approx([0.5] * 3)
    for n in range(1, 4):
        assert recorded[n - 1, 0, n]
        assert not recorded[n + 1, 0, n]
    # counted in cycles per slice and per pixel
    assert np.allclose(
        missing_wedge_weight(8, (8, 8), 1.0, 1.0, matching_beta(SEMIANGLE) * sampling / thickness), weight
    )


def test_recorded_frequencies_are_those_of_the_limit():
    recorded = recorded_frequencies(6, (8, 10), (0.4, 0.3), 15.0, 20.0, ENERGY)
    kz, qy, qx = (np.fft.fftfreq(n, step) for n, step in ((6, 15.0), (8, 0.4), (10, 0.3)))
    for i, j, n in np.ndindex(recorded.shape):
        q = np.hypot(qy[j], qx[n])
        assert recorded[i, j, n] == (q <= 0.04 / WAVELENGTH and abs(kz[i]) <= 0.02 * q - WAVELENGTH * q**2 / 2)
    assert recorded[0].any()
    assert not recorded_frequencies(2, (8, 8), 0.1, 5.0, 10.0, ENERGY)[0, 0, 4]  # 5 1/Å, and 2α/λ is 1


def test_weighting_keeps_what_all_slices_share_and_levels_their_means():
    phases = np.random.default_rng(0).standard_normal((3, 8, 8)).astype(np.float32)
    done = weighted(phases, missing_wedge_weight(3, (8, 8), 1.0, 10.0, beta=1.0))
    assert done.dtype == np.float32
    assert np.allclose(done.sum(axis=0), phases.sum(axis=0), atol=1e-5)
    assert np.allclose(done.mean(axis=(1, 2)), phases.mean(), atol=1e-6)
    assert np.allclose(weighted(phases, np.ones(phases.shape)), phases, atol=1e-6)


# ---- slices told apart


@pytest.mark.parametrize("shape, sampling, rings", [((24, 24), 0.5, 12), ((24, 16), (0.5, 0.75), 8)])
def test_slice_correlation_tells_the_frequencies_whose_depth_is_known(shape, sampling, rings):
    """Slices of 12 x 12 Å that are right below 0.5 1/Å and exchanged above, whatever they share; rings end where the
    coarser pixels do."""
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(2, *shape))
    q = np.linalg.norm(frequency_grid(shape, sampling), axis=-1)
    low = np.fft.ifft2(np.fft.fft2(truth) * (q < 0.5)).real
    found = low + (truth - low)[::-1] + rng.normal(size=shape)
    correlation = slice_correlation(found, truth, sampling)
    assert np.allclose(correlation.values[correlation.q < 0.45], 1)
    assert np.allclose(correlation.values[correlation.q > 0.55], -1)
    assert len(correlation.q) == rings
    assert correlation.counts[:2].tolist() == [8, 12]


def test_slice_correlation_takes_transmissions_whose_common_phase_is_open():
    truth = np.exp(0.3j * np.random.default_rng(2).normal(size=(3, 8, 8)))
    assert np.allclose(slice_correlation(truth * np.exp(3j), truth, 1.0).values, 1)


def test_a_reconstruction_knows_the_depth_of_what_the_beam_sections():
    """Two crystallites 200 Å apart, without noise: the depth of their lattice, 2.4 to 3 Å, is known."""
    scan = tcbf.overlap_scan(slices=2, slice_distance=200.0)
    epochs = tcbf.reconstruct(
        scan.data, scan.probe, slices=2, propagator=scan.propagator, phase_only=True, epochs=8, truth=scan.truth
    )
    last = list(epochs)[-1]
    correlation = slice_correlation(last.slices, last.truth, scan.sampling)
    lattice = (correlation.q > 0.3) & (correlation.q < 0.45)
    assert correlation.values[lattice].min() > 0.9


# ---- what is refused


@pytest.mark.parametrize("q", [0, -0.1, np.nan, [0.1, 0.0]])
def test_frequencies_without_a_depth_are_refused(q):
    with pytest.raises(ValueError, match="q must be finite and > 0"):
        depth_resolution(q, 300e3)


def test_impossible_beams_are_refused():
    with pytest.raises(ValueError, match="semiangle must be a number > 0, got -3; in mrad"):
        sectioning_limit(0.1, -3, ENERGY)
    with pytest.raises(ValueError, match="q must be finite and >= 0"):
        sectioning_limit([0.1, np.inf], 10, ENERGY)
    with pytest.raises(ValueError, match="semiangle must be a number > 0"):
        matching_beta(0)


@pytest.mark.parametrize(
    "message, change",
    [("beta", {"beta": -1}), ("beta", {"beta": np.nan}), ("slices", {"slices": 0}), ("sampling", {"sampling": 0})],
)
def test_impossible_weights_are_refused(message, change):
    with pytest.raises(ValueError, match=f"{message} must be"):
        missing_wedge_weight(
            **({"slices": 2, "shape": (4, 4), "sampling": 1.0, "slice_thickness": 5.0, "beta": 1} | change)
        )


@pytest.mark.parametrize(
    "message, found, truth",
    [
        ("found must have axes", np.zeros((8, 8)), np.zeros((2, 8, 8))),
        ("two slices or more", np.zeros((2, 8, 8)), np.zeros((1, 8, 8))),
        ("one shape", np.zeros((2, 8, 8)), np.zeros((3, 8, 8))),
        ("found must be finite", np.full((2, 8, 8), np.nan), np.zeros((2, 8, 8))),
        ("both be complex", np.ones((2, 8, 8), complex), np.zeros((2, 8, 8))),
    ],
)
def test_slices_that_cannot_be_compared_are_refused(message, found, truth):
    with pytest.raises(ValueError, match=message):
        slice_correlation(found, truth, 1.0)
