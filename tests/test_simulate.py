"""The simulated scan against closed forms and independent ways to the same numbers."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import multislice, simulate
from tcbf_widgets.geometry import detector_to_scan, frequency_grid
from tcbf_widgets.optics import Aberrations, electron_wavelength, interaction_parameter
from tcbf_widgets.specimen import Specimen

SMALL = {"scan_shape": (4, 5), "scan_sampling": 12.0, "window": 128, "detector_shape": (64, 64)}


@pytest.fixture(scope="module")
def small_specimen():
    return tcbf.apoferritin_in_ice((320, 320))


def test_probe_has_unit_intensity_and_the_size_geometry_gives_it():
    spectrum = multislice.probe_spectrum((512, 512), 1.0, 300e3, 4.0, Aberrations.from_defocus(15_000))
    assert np.sum(np.abs(spectrum) ** 2) == pytest.approx(1)
    intensity = np.abs(np.fft.fftshift(np.fft.ifft2(spectrum))) ** 2 * 512**2
    y, x = np.mgrid[:512, :512] - 256
    # a uniformly lit disk of radius 60 Å has a root mean square radius of 60/√2 Å; fringes add little
    rms = np.sqrt(np.sum(intensity * (x**2 + y**2)) / intensity.sum())
    assert rms == pytest.approx(60 / np.sqrt(2), rel=0.03)


def test_propagator_is_unitary_and_adds_up():
    k = frequency_grid((16, 16), 1.0)
    there = multislice.fresnel_propagator(k, 300e3, 120.0)
    assert np.allclose(np.abs(there), 1)
    assert np.allclose(
        there, multislice.fresnel_propagator(k, 300e3, 50.0) * multislice.fresnel_propagator(k, 300e3, 70.0)
    )


def test_propagation_equals_defocus():
    """Free space behind the lens and C10 of the lens are one and the same."""
    k = frequency_grid((64, 64), 1.0)
    probe = multislice.probe_spectrum((64, 64), 1.0, 300e3, 4.0, Aberrations())
    moved = probe * multislice.fresnel_propagator(k, 300e3, 700.0)
    assert np.allclose(moved, multislice.probe_spectrum((64, 64), 1.0, 300e3, 4.0, Aberrations(C10=700.0)))


def test_transmission_of_a_weak_potential():
    potential = np.full((2, 2), 10.0)
    expected = 1 + 1j * interaction_parameter(300e3) * potential
    assert np.allclose(multislice.transmission(potential, 300e3), expected, atol=(6.6e-3) ** 2 / 2)


def test_pattern_equals_the_integral_over_the_probe(small_specimen):
    """One pattern of the scan, against the textbook sum over the specimen without windows and without FFT."""
    data = tcbf.simulate_scan(small_specimen, defocus=3000, dose=None, rotation_deg=25, **SMALL)
    position = simulate.scan_positions((4, 5), 12.0, 25)[1, 3]
    n, sampling = 128, 1.0
    center = np.rint(position + 159.5).astype(int)
    index = np.arange(-n // 2, n // 2)
    y, x = (center[0] + index, center[1] + index)
    transmitted = multislice.band_limited(multislice.transmission(small_specimen.potential, 300e3), sampling)
    k = np.fft.fftfreq(n, sampling)
    spectrum = multislice.probe_spectrum((n, n), sampling, 300e3, 4.0, Aberrations.from_defocus(3000))
    ramp_y = np.exp(2j * np.pi * np.outer(y - 159.5 - position[0], k))
    ramp_x = np.exp(2j * np.pi * np.outer(x - 159.5 - position[1], k))
    probe = ramp_y @ spectrum @ ramp_x.T / n**2
    wave = probe * transmitted[0][np.ix_(y, x)]
    forward = np.exp(-2j * np.pi * np.outer(k, index))
    intensity = np.abs(forward @ wave @ forward.T) ** 2
    binned = np.fft.fftshift(intensity).reshape(64, 2, 64, 2).sum(axis=(1, 3))
    # complex64 inside the scan
    assert np.allclose(data.array[1, 3], binned, atol=2e-6 * binned.max())


def test_weak_phase_object_gives_the_closed_form_contrast():
    """A weak phase grating seen by the axial pixel: I = 1 + 2 φ A(q) sin χ(q), with the sign that defocus gives."""
    n, energy, q, amplitude = 512, 300e3, 16 / 512, 1e-3
    x = np.arange(n)
    phase = amplitude * np.cos(2 * np.pi * q * (x - (n - 1) / 2))
    specimen = Specimen(np.broadcast_to(phase / interaction_parameter(energy), (1, n, n)).astype(np.float32), 1.0, 10.0)
    defocus = 9000.0
    aberrations = Aberrations.from_defocus(defocus)
    data = tcbf.simulate_scan(
        specimen,
        defocus=defocus,
        dose=None,
        scan_shape=(1, 16),
        scan_sampling=4.0,
        window=256,
        detector_shape=(256, 256),
    )
    axial = data.array[0, :, 128, 128].astype(float)
    chi = float(aberrations.chi(np.array([0.0, q]), energy))
    position = (np.arange(16) - 7.5) * 4.0
    expected = 1 + 2 * amplitude * np.sin(chi) * np.cos(2 * np.pi * q * position)
    ratio = axial / axial.mean() * expected.mean()
    # second order in φ: 1e-6; float32 patterns: 1e-5
    assert np.allclose(ratio, expected, atol=2e-5)
    assert np.ptp(expected) > 1e-3  # there is something to see


def test_few_slices_are_enough_for_the_thin_protein():
    """One slice against eight: fields and images must agree far better than 100 electrons/Å² can tell."""
    common = {"defocus": 15_000, "dose": None, "scan_shape": (20, 20), "scan_sampling": 10.0}
    shape = (470, 470)
    stacks = [
        tcbf.bright_field_stack(tcbf.simulate_scan(tcbf.apoferritin_in_ice(shape, ice_thickness=0, slices=n), **common))
        for n in (1, 8)
    ]
    one, eight = (tcbf.align(stack) for stack in stacks)
    assert np.abs(one.shifts - eight.shifts).max() < 0.1  # Å; noise moves them by several tenths
    difference, contrast = np.std(one.image - eight.image), np.std(one.image)
    assert difference < 0.05 * contrast


def test_aberrations_stand_in_scan_axes(small_specimen):
    """Turning scan and astigmatism together turns the whole experiment: the pattern at the pivot turns as well."""
    odd = SMALL | {"scan_shape": (5, 5)}
    straight = tcbf.Aberrations.from_defocus(3000, C12x=2000, C21y=5000)
    # a quarter turn of the axes changes the sign of two-fold terms and exchanges those of coma
    turned = tcbf.Aberrations.from_defocus(3000, C12x=-2000, C21x=-5000)
    first = tcbf.simulate_scan(small_specimen, aberrations=straight, dose=None, **odd).array[2, 2]
    k = frequency_grid((16, 16), 1.0)
    assert np.allclose(turned.chi(detector_to_scan(k, 90), 300e3), straight.chi(k, 300e3), atol=1e-9)
    second = tcbf.simulate_scan(small_specimen, aberrations=turned, rotation_deg=90, dose=None, **odd).array[2, 2]
    assert np.allclose(first, second, atol=2e-6 * first.max())


@pytest.mark.parametrize("transpose", [False, True])
def test_descan_moves_the_disk_by_what_was_asked(small_specimen, transpose):
    descan = ((1.5, -0.5), (0.25, 2.0))
    data = tcbf.simulate_scan(small_specimen, defocus=0.0, dose=None, transpose=transpose, descan=descan, **SMALL)
    y, x = np.mgrid[:64, :64]
    centres = np.stack([(data.array * axis).sum(axis=(2, 3)) / data.array.sum(axis=(2, 3)) for axis in (y, x)], axis=-1)
    moved = centres[-1, -1] - centres[0, 0]
    # the specimen deflects the beam a little as well
    assert np.allclose(moved, np.array(descan) @ [1, 1], atol=0.1)


def test_rotation_turns_the_scan_and_not_the_pattern(small_specimen):
    """At the pivot of the scan nothing changes; a quarter turn exchanges rows and columns."""
    odd = SMALL | {"scan_shape": (5, 5)}
    straight = tcbf.simulate_scan(small_specimen, defocus=3000, dose=None, **odd).array
    turned = tcbf.simulate_scan(small_specimen, defocus=3000, dose=None, rotation_deg=90, **odd).array
    scale = 2e-6 * straight.max()
    assert np.allclose(turned[2, 2], straight[2, 2], atol=scale)
    # scan vector (y, x) is R · detector vector: the probe at scan (0, 1) stands where R⁻¹(0, 1) = (1, 0)·∓1 is
    assert np.allclose(turned[2, 3], straight[1, 2], atol=scale)


def test_transpose_is_a_matter_of_readout(small_specimen):
    plain = tcbf.simulate_scan(small_specimen, defocus=3000, dose=None, **SMALL).array
    swapped = tcbf.simulate_scan(small_specimen, defocus=3000, dose=None, transpose=True, **SMALL).array
    assert np.array_equal(swapped, plain.swapaxes(2, 3))


def test_counts_are_poisson_with_the_asked_dose(small_specimen):
    expected = tcbf.simulate_scan(small_specimen, defocus=3000, dose=None, **SMALL).array
    counts = tcbf.simulate_scan(small_specimen, defocus=3000, dose=50, **SMALL).array
    electrons = 50 * 12.0**2
    z = (counts - expected * electrons) / np.sqrt(np.maximum(expected * electrons, 1e-12))
    bright = expected * electrons > 1
    assert counts.dtype == np.uint8
    # mean 0 and variance 1 within five standard errors of so many pixels
    assert abs(z[bright].mean()) < 5 / np.sqrt(bright.sum())
    assert abs(z[bright].var() - 1) < 5 * np.sqrt(3 / bright.sum())


def test_same_seed_same_counts_other_seed_other_counts(small_specimen):
    scans = [tcbf.simulate_scan(small_specimen, defocus=3000, dose=50, seed=s, **SMALL).array for s in (1, 1, 2)]
    assert np.array_equal(scans[0], scans[1])
    assert not np.array_equal(scans[0], scans[2])


def test_truth_speaks_scan_axes():
    truth = tcbf.fourdstem.Truth(Aberrations.from_defocus(10_000), rotation_deg=90)
    wavelength = electron_wavelength(300e3)
    shift = truth.image_shifts(np.array([[0.0, 0.1]]), 300e3)
    assert np.allclose(shift, [[10_000 * wavelength * 0.1, 0]], atol=1e-9)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "give either aberrations or defocus"),
        ({"defocus": 1.0, "aberrations": Aberrations()}, "give either aberrations or defocus"),
        ({"defocus": np.nan}, "defocus must be a finite number"),
        ({"defocus": 1.0, "dose": 0}, "dose must be a number > 0"),
        ({"defocus": 1.0, "semiangle": -4}, "semiangle must be a number > 0"),
        ({"defocus": 1.0, "window": 100}, "detector_shape must be square and divide window=100"),
        ({"defocus": 1.0, "scan_shape": (40, 40)}, "specimen is too small for this scan"),
        ({"defocus": 20_000}, "window=128 pixels is 128 Å wide, but the probe 160 Å; window must be at least 16[01]"),
        ({"defocus": 1.0, "semiangle": 7.0}, "semiangle=7.0 mrad reaches beyond the band of the specimen"),
        ({"defocus": 1.0, "scan_sampling": 0}, "scan_sampling must be a number > 0"),
        ({"defocus": 1.0, "seed": -1}, "seed must be an integer >= 0, got -1"),
        ({"defocus": 1.0, "energy": 300}, "energy must be at least 1000 eV, got 300"),
        ({"defocus": 1.0, "rotation_deg": np.inf}, "rotation_deg must be a finite number"),
        ({"defocus": 1.0, "descan": (1, 2)}, r"descan must be four finite numbers .* got \(1, 2\)"),
        ({"defocus": 1.0, "descan": 1}, "descan must be four finite numbers .* got 1"),
        ({"defocus": 1.0, "descan": ((1, 2), (3, np.nan))}, "descan must be four finite numbers"),
        ({"defocus": 1.0, "descan": ((1, 2), (3,))}, "descan must be four finite numbers"),
    ],
)
def test_bad_arguments_are_named_before_any_long_work(small_specimen, monkeypatch, arguments, message):
    monkeypatch.setattr(simulate, "Beam", lambda *arguments: pytest.fail("built the beam"))
    with pytest.raises(ValueError, match=message):
        tcbf.simulate_scan(small_specimen, **(SMALL | arguments))


def test_wrong_types_are_named(small_specimen):
    with pytest.raises(TypeError, match="specimen must be a Specimen, from tcbf.apoferritin_in_ice.*; got ndarray"):
        tcbf.simulate_scan(small_specimen.potential, defocus=1.0, **SMALL)
    with pytest.raises(TypeError, match="aberrations must be an Aberrations, for example .*; got dict"):
        tcbf.simulate_scan(small_specimen, aberrations={"C10": 1.0}, **SMALL)
