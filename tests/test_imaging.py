"""Images of plane waves and of single detector pixels against closed forms and a whole simulated scan."""

import numpy as np
import pytest

from tcbf_widgets import imaging, multislice
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.optics import Aberrations
from tests.phase_specimens import ENERGY, WAVELENGTH, filtered, smooth_phase, specimen_of

# ---- plane waves


@pytest.mark.parametrize("c30", [0.0, 2.7e7])
@pytest.mark.parametrize("defocus", [-20_000.0, 893.0, 15_000.0])
@pytest.mark.parametrize("plate", [False, True])
def test_contrast_of_a_weak_phase_is_sine_or_cosine_of_chi(defocus, c30, plate):
    aberrations = Aberrations.from_defocus(defocus, C30=c30)
    shape, pattern = (48, 64), smooth_phase((48, 64))
    chi = aberrations.chi(frequency_grid(shape, 1.0), ENERGY)
    transfer = np.cos(chi) if plate else np.sin(chi)
    errors = []
    for strength in (1e-2, 1e-3):
        wave = imaging.exit_wave(specimen_of(strength * pattern), ENERGY)
        image = imaging.plane_wave_image(wave, aberrations, phase_plate=plate)
        errors.append(np.abs(image - 1 - 2 * filtered(strength * pattern, transfer)).max())
    # what the closed form leaves out is of second order: |iφ ⊛ F⁻¹{e^(-iχ)}|² and φ², each at most some 20 φ²
    assert errors[0] < 50 * 1e-2**2
    assert errors[1] < errors[0] / 90  # a tenth of the phase, a hundredth of the error; the rest is of third order


def test_a_pure_phase_is_invisible_in_focus():
    phase = 0.4 * smooth_phase((64, 64), finest=12)
    wave = imaging.exit_wave(specimen_of(phase), ENERGY)
    # the harmonics that the band stops: J_n(slope) beyond the third of 1 Å, some 1e-5 here
    assert np.allclose(imaging.plane_wave_image(wave), 1, atol=1e-4)


def test_the_lens_loses_no_electron_without_an_aperture():
    phase = 0.05 * smooth_phase((64, 64), finest=20)
    wave = imaging.exit_wave(specimen_of(np.stack([phase, phase.T, phase[::-1]])), ENERGY)
    # sixteen orders of so weak a phase fit into the band
    assert np.sum(np.abs(wave.spectrum) ** 2) == pytest.approx(1, abs=1e-10)
    for optics in ({}, {"aberrations": Aberrations(C10=-9000, C21x=1e5)}):
        assert imaging.plane_wave_image(wave, **optics).mean() == pytest.approx(1, abs=1e-10)


def test_an_aperture_keeps_what_lies_inside_it():
    wave = imaging.exit_wave(specimen_of(0.3 * smooth_phase((64, 64))), ENERGY)
    q = np.linalg.norm(frequency_grid((64, 64), 1.0), axis=-1)
    share = np.clip((4e-3 / WAVELENGTH - q) * 64 + 0.5, 0, 1)
    image = imaging.plane_wave_image(wave, Aberrations(C10=500), semiangle=4)
    assert image.mean() == pytest.approx(np.sum(np.abs(share * wave.spectrum) ** 2), rel=1e-12)  # Parseval


def test_a_strong_grating_images_itself_at_a_quarter_of_the_talbot_distance():
    """Exact for any strength: I = 1 + sin(φ(x) - φ(x + a/2)) at a²/2λ behind a grating of period a."""
    period = 64
    phase = np.tile(0.9 * smooth_phase((1, period), finest=16), (4, 1))
    wave = imaging.exit_wave(specimen_of(phase, 0.5), ENERGY)
    distance = (period * 0.5) ** 2 / (2 * WAVELENGTH)
    image = imaging.plane_wave_image(wave, Aberrations(C10=distance))
    step = phase - np.roll(phase, period // 2, axis=1)
    # the band of the specimen stops harmonics of about 1e-6 and less
    assert np.allclose(image, 1 + np.sin(step), atol=1e-5)
    again = imaging.plane_wave_image(wave, Aberrations(C10=5 * distance))
    assert np.allclose(again, image, atol=1e-12)


def test_slices_that_do_not_scatter_are_free_space():
    phase, slices = 0.2 * smooth_phase((32, 32)), np.zeros((5, 32, 32))
    slices[1] = phase
    image = imaging.plane_wave_image(imaging.exit_wave(specimen_of(slices, thickness=40), ENERGY))
    # from the second of five slices to the middle of the specimen the wave still has 40 Å to go
    alone = imaging.exit_wave(specimen_of(phase), ENERGY)
    assert np.allclose(image, imaging.plane_wave_image(alone, Aberrations(C10=40)), atol=1e-12)
    assert not np.allclose(image, imaging.plane_wave_image(alone), atol=1e-3)


# ---- detector pixels: reciprocity


def scan_of_all_positions(specimen, aberrations, semiangle):
    """Intensities (detector_y, detector_x, scan_y, scan_x), 1 in the disk, of a probe on every pixel in turn."""
    shape, sampling, thickness = specimen.shape, specimen.sampling, specimen.slice_thickness
    k = frequency_grid(shape, sampling)
    band = np.linalg.norm(k, axis=-1) < 1 / (3 * sampling)
    transmission = np.fft.ifft2(np.fft.fft2(multislice.transmission(specimen.potential.astype(float), ENERGY)) * band)
    propagator = multislice.fresnel_propagator(k, ENERGY, thickness) * band
    probe = multislice.probe_spectrum(shape, sampling, ENERGY, semiangle, aberrations)
    probe *= multislice.fresnel_propagator(k, ENERGY, -thickness * (len(transmission) - 1) / 2) / np.abs(probe).max()
    result = np.empty((*shape, *shape))
    for row, column in np.ndindex(shape):
        ramp = np.exp(-2j * np.pi * k @ (np.array([row, column]) * sampling))
        result[:, :, row, column] = (
            np.abs(multislice.multislice(np.fft.ifft2(probe * ramp), transmission, propagator)) ** 2
        )
    return result


# equalities to rounding hold on grids however coarse, and are quicker there
on_a_coarse_grid = pytest.mark.filterwarnings("ignore:.*a sampling of 1 Å per pixel holds:UserWarning")


@on_a_coarse_grid
@pytest.mark.parametrize("slices", [1, 4])
def test_a_pixel_of_a_scan_is_the_tilted_image(slices):
    """Reciprocity to rounding, inside and outside of the disk, with aberrations of every symmetry."""
    shape, aberrations = (16, 20), Aberrations(C10=-700, C12x=90, C12y=-150, C21x=2e4, C23y=-1e4, C30=1e6)
    phases = [0.5 * smooth_phase(shape, finest=5, seed=seed) for seed in range(slices)]
    specimen = specimen_of(np.stack(phases), thickness=25)
    scan = scan_of_all_positions(specimen, aberrations, semiangle=4)
    k = frequency_grid(shape, 1.0)
    for pixel in ((0, 0), (2, 1), (0, 17), (15, 3), (4, 0), (0, 15), (12, 4)):
        wave = imaging.exit_wave(specimen, ENERGY, k=-k[pixel], reverse=True)
        image = imaging.tilted_image(wave, k[pixel], aberrations, semiangle=4)
        assert np.allclose(image, scan[pixel], rtol=0, atol=1e-12)


@on_a_coarse_grid
def test_pixels_between_the_frequencies_of_the_field():
    """A field laid out twice along y and x has frequencies between those of one: there the pixel is on the grid."""
    phases = np.stack([0.5 * smooth_phase((16, 12), finest=5, seed=seed) for seed in range(3)])
    k, aberrations = np.array([2.5 / 16, -1.5 / 12]), Aberrations(C10=-700, C12y=-150, C21x=2e4)
    images = []
    for times in (1, 2):
        specimen = specimen_of(np.tile(phases, (1, times, times)), thickness=25)
        wave = imaging.exit_wave(specimen, ENERGY, k=-k, reverse=True)
        images.append(imaging.tilted_image(wave, k, aberrations))
    assert np.allclose(np.tile(images[0], (2, 2)), images[1], rtol=0, atol=1e-12)


@on_a_coarse_grid
def test_order_of_slices_and_tilt_matter():
    """To first order, a slice z before the middle adds iφ(p) exp(-iπλz(p² + 2p·k)): out of focus, and displaced.

    So the wrong order and the wrong tilt are wrong by that much and no more, if the band of the grid holds p and
    p + tilt for either sign: 0.2 + 0.14 of 0.67 1/Å.
    """
    strength, k = 1e-4, np.array([0.125, 0.0625])
    phases = strength * np.stack([smooth_phase((32, 32), 0.5, finest=5, seed=seed) for seed in range(4)])
    specimen, p = specimen_of(phases, 0.5, thickness=25), frequency_grid((32, 32), 0.5)

    def first_order(k=(0.0, 0.0), reverse=False):
        before = 25 * np.array([1.5, 0.5, -0.5, -1.5]) * (-1 if reverse else 1)
        turned = np.pi * WAVELENGTH * before[:, None, None] * ((p**2).sum(axis=-1) + 2 * p @ k)
        spectrum = (1j * np.fft.fft2(phases, norm="forward") * np.exp(-1j * turned)).sum(axis=0)
        spectrum[0, 0] += 1
        return spectrum

    ways = ({"k": -k, "reverse": True}, {"k": -k}, {"k": k, "reverse": True}, {"reverse": True})
    right, *mistakes = (imaging.exit_wave(specimen, ENERGY, **way).spectrum for way in ways)
    # of second order are 6 pairs of slices and 4 halves, each at most strength² by Cauchy and Schwarz
    error = 8.1 * strength**2
    for way, spectrum in zip(ways, (right, *mistakes), strict=True):
        assert np.allclose(spectrum, first_order(**way), rtol=0, atol=error)
    for wrong in mistakes:
        assert np.abs(wrong - right).max() > 10 * error


def test_the_axial_pixel_sees_what_a_conventional_microscope_sees():
    wave = imaging.exit_wave(specimen_of(0.3 * smooth_phase((32, 24))), ENERGY)
    optics = {"aberrations": Aberrations(C10=-4000, C12x=300, C30=1e7), "semiangle": 6}
    conventional = imaging.plane_wave_image(wave, **optics)
    assert np.allclose(imaging.tilted_image(wave, (0, 0), **optics), conventional, atol=1e-13)


@pytest.mark.parametrize("k", [(0.0, 0.07), (0.113, 0.0), (-0.0801, 0.0533)])
def test_the_image_of_a_tilted_pixel_is_displaced_by_the_slope_of_chi(k):
    """The phase of each wave in the image of a weak object, against its phase in the axial image."""
    n, aberrations = 64, Aberrations(C10=-12_000, C12x=1500, C12y=-2200)
    wave = imaging.exit_wave(specimen_of(1e-5 * smooth_phase((n, n), finest=4)), ENERGY)
    tilted, axial = (np.fft.fft2(imaging.tilted_image(wave, at, aberrations)) for at in (k, (0.0, 0.0)))
    q = frequency_grid((n, n), 1.0)
    seen = (np.abs(axial) > 0.1 * np.abs(axial[1:, 1:]).max()) & (np.linalg.norm(q, axis=-1) > 0)
    shift = aberrations.image_shift(np.array(k), ENERGY)
    # χ is quadratic, so without an aperture every wave is displaced alike; of second order in φ remains 1e-5
    expected = axial * np.exp(-2j * np.pi * q @ shift)
    assert np.allclose(tilted[seen], expected[seen], rtol=2e-3)
    assert np.linalg.norm(shift) > 10


def test_outside_of_the_disk_the_background_is_dark():
    rim = 4e-3 / WAVELENGTH
    phase = 0.05 * smooth_phase((64, 64), finest=6)
    wave = imaging.exit_wave(specimen_of(phase), ENERGY)
    bright, dark = (
        imaging.tilted_image(wave, (0.0, at * rim), Aberrations(C10=-2000), semiangle=4).mean() for at in (0.9, 1.1)
    )
    assert bright == pytest.approx(1, abs=0.01)  # as much as a weak object scatters, φ² = 0.0025, leaves or enters
    assert 0 < dark < 0.0025
    nothing = imaging.exit_wave(specimen_of(0 * phase), ENERGY)
    assert imaging.tilted_image(nothing, (0.0, 1.1 * rim), semiangle=4).max() == 0


# ---- bad input

ANY = imaging.ExitWave(np.ones((4, 4)), 1.0, ENERGY)


@on_a_coarse_grid
def test_a_wave_that_came_otherwise_gives_no_image():
    slices = specimen_of(0.1 * np.stack([smooth_phase((16, 16), seed=seed) for seed in range(2)]))
    k = np.array([0.05, -0.1])
    for way in ({}, {"k": -k}, {"k": k, "reverse": True}, {"reverse": True}):
        wave = imaging.exit_wave(slices, ENERGY, **way)
        with pytest.raises(ValueError, match=r"needs exit_wave\(specimen, energy, k=\(-0.05, 0.1\), reverse=True\)"):
            imaging.tilted_image(wave, k)
    with pytest.raises(ValueError, match="accepted is one along the axis. See tilted_image"):
        imaging.plane_wave_image(imaging.exit_wave(slices, ENERGY, k=k))
    with pytest.raises(TypeError, match="wave must be an ExitWave"):
        imaging.plane_wave_image(np.ones((4, 4)))


@pytest.mark.parametrize(
    "energy, message", [(300, "at least 1000 eV, got 300"), (300e6, "at most 1e\\+07 eV, got 3e\\+08")]
)
def test_energies_out_of_range_are_refused(energy, message):
    with pytest.raises(ValueError, match=f"energy must be {message}"):
        imaging.exit_wave(specimen_of(np.zeros((4, 4))), energy)


@pytest.mark.parametrize("sampling", [0, -1.0, 1e-10, 0.009, 1e4, np.nan, None])
def test_samplings_out_of_range_are_refused(sampling):
    with pytest.raises(ValueError, match=r"sampling must be .*Å per pixel"):
        imaging.ExitWave(np.ones((4, 4)), sampling, ENERGY)


@pytest.mark.parametrize("semiangle, message", [(0, "> 0"), (4000, "at most 500 mrad"), (np.nan, "> 0")])
def test_semiangles_out_of_range_are_refused(semiangle, message):
    with pytest.raises(ValueError, match=f"semiangle must be .*{message}"):
        imaging.plane_wave_image(ANY, semiangle=semiangle)


def test_what_the_grid_cannot_hold_is_refused_with_a_sampling_that_can():
    wave = imaging.ExitWave(np.ones((8, 8)), 1.0, ENERGY)
    with pytest.raises(ValueError, match=r"k reaches to 0.5 1/Å, accepted is less than 0.333 .*; 0.66 Å suffice"):
        imaging.tilted_image(wave, (0.3, 0.4), semiangle=4)
    with pytest.raises(ValueError, match=r"semiangle reaches to 0.508 1/Å.*0.65 Å suffice"):
        imaging.tilted_image(wave, (0, 0), semiangle=10)
    imaging.tilted_image(imaging.ExitWave(np.ones((8, 8)), 0.65, ENERGY), (0.3, 0.4), semiangle=10)


@pytest.mark.parametrize("bad", [np.ones(4), np.ones((2, 4, 4)), np.full((4, 4), np.nan), np.ones((0, 4))])
def test_spectra_must_be_pictures_of_finite_numbers(bad):
    with pytest.raises(ValueError, match="spectrum must"):
        imaging.ExitWave(bad, 1.0, ENERGY)


@pytest.mark.parametrize("bad", [0.1, (1, 2, 3), (0.1, np.nan), "xy"])
def test_vectors_have_two_components(bad):
    with pytest.raises(ValueError, match="k must be "):
        imaging.tilted_image(ANY, bad)
    with pytest.raises(ValueError, match="k must be "):
        imaging.exit_wave(specimen_of(np.zeros((4, 4))), ENERGY, k=bad)


@pytest.mark.parametrize("tilt", [0.34, 0.5, 0.9, 1.0, 5.3])
def test_tilts_that_the_grid_cannot_hold_are_refused(tilt):
    phases = np.zeros((3, 4, 4))
    enough = imaging.exit_wave(specimen_of(phases, 0.99 / (3 * tilt)), ENERGY, k=(0, -tilt))
    assert np.allclose(enough.spectrum, np.eye(16)[0].reshape(4, 4), atol=1e-12)  # 1 at zero, whatever the tilt
    for ask in (
        lambda: imaging.exit_wave(specimen_of(phases), ENERGY, k=(0, -tilt)),
        lambda: imaging.wave_of_phases(phases, 1.0, 10.0, ENERGY, k=(0, -tilt)),
    ):
        with pytest.raises(ValueError, match=f"k reaches to {tilt:g} 1/Å, accepted is less than 0.333") as raised:
            ask()
        suffices = float(str(raised.value).split("; ")[1].split(" Å suffice")[0])
        assert 0.9 / (3 * tilt) < suffices < 1 / (3 * tilt)
    # one slice turns every plane wave by the same phase
    one = specimen_of(0.1 * smooth_phase((16, 16)))
    assert np.array_equal(imaging.exit_wave(one, ENERGY, k=(0, tilt)).spectrum, imaging.exit_wave(one, ENERGY).spectrum)


def test_other_things_than_specimens_and_aberrations_are_refused():
    with pytest.raises(TypeError, match="specimen must be a Specimen"):
        imaging.exit_wave(np.zeros((4, 4)), ENERGY)
    with pytest.raises(TypeError, match="aberrations must be an Aberrations"):
        imaging.plane_wave_image(ANY, aberrations=-15_000)
