"""Whether specimens are sampled and sliced finely enough: warnings come when they should, and heeding them helps."""

import warnings

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import imaging
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.optics import Aberrations, interaction_parameter
from tcbf_widgets.specimen import Specimen
from tests.phase_specimens import ENERGY, WAVELENGTH, filtered, smooth_phase, specimen_of


def bump(sampling, height=12.0, slices=1, thickness=10.0):
    """A round phase of so many rad, 4 Å wide, on a field of 64 Å; its steepest slope is height/4 · e^(-1/2)."""
    axis = np.arange(-32, 32, sampling)
    phase = height * np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * 4**2))
    return specimen_of(np.repeat(phase[None] / slices, slices, axis=0), sampling, thickness)


def grating(strength, period=8.0, sampling=0.125, thickness=10.0, slices=1):
    """A sinusoidal phase of so many rad along x, four periods, in slices that are together as thick as given."""
    x = np.arange(round(4 * period / sampling)) * sampling
    phase = np.tile(strength * np.sin(2 * np.pi * x / period), (4, 1))
    return specimen_of(np.repeat(phase[None] / slices, slices, axis=0), sampling, thickness / slices)


def white(sampling, finest=0.0, strength=0.02):
    """Noise of so many rad on 128 x 128 pixels, without details smaller than `finest` Å."""
    noise = np.random.default_rng(0).standard_normal((128, 128))
    q = np.linalg.norm(frequency_grid((128, 128), sampling), axis=-1)
    return specimen_of(filtered(strength * noise, q * finest < 1), sampling)


def advice(specimen, **wave):
    """Warnings that a specimen raises, and the last number of each: what suffices."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        imaging.exit_wave(specimen, ENERGY, **wave)
    texts = [str(warning.message) for warning in caught]
    return texts, [float(text.split("at most ")[1].split(" Å")[0]) for text in texts if "at most" in text]


def lost(specimen):
    """Share of the scattered electrons that exit_wave cuts off, by the spectrum of exp(iφ) on a grid of its own."""
    phase = interaction_parameter(ENERGY) * specimen.potential[0].astype(float)
    power = np.abs(np.fft.fft2(np.exp(1j * phase), norm="forward")) ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        left = np.sum(np.abs(imaging.exit_wave(specimen, ENERGY).spectrum) ** 2)
    return (1 - left) / (1 - power[0, 0])


def test_steep_phases_ask_for_a_finer_sampling_that_suffices():
    slope = 12 / 4 * np.exp(-0.5)  # rad/Å
    (text,), (enough,) = advice(bump(2.0))
    assert "but a sampling of 2 Å per pixel holds waves below 0.17 1/Å" in text
    # waves spread beyond the frequency of the steepest ray, by a fraction
    assert 0.75 * 2 * np.pi / 3 / slope < enough < 2 * np.pi / 3 / slope
    assert advice(bump(64 / np.ceil(64 / enough))) == ([], [])


def test_one_steep_place_asks_for_a_finer_sampling_though_few_electrons_pass_it():
    """A steep atom in a field of strong, smooth ones: less than 1 % of the electrons, but its image would be wrong."""
    strong = 1.5 * smooth_phase((128, 128), finest=40)
    axis = np.arange(-64, 64)
    atom = 3 * np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * 0.8**2))  # up to 2.3 rad per pixel
    assert lost(specimen_of(strong + atom)) < 0.01
    (text,), _ = advice(specimen_of(strong + atom))
    assert "a sampling of 1 Å per pixel" in text
    assert advice(specimen_of(strong)) == ([], [])


def test_many_slices_are_as_steep_as_one():
    assert advice(bump(2.0, slices=8))[1] == advice(bump(2.0))[1]


@pytest.mark.parametrize("pixels", range(20, 40, 2))
def test_a_warning_comes_as_soon_as_one_electron_in_a_hundred_is_lost(pixels):
    specimen = grating(8.0, sampling=8 / pixels)
    texts, enough = advice(specimen)
    assert bool(texts) == (lost(specimen) > 0.01)
    if texts:
        assert lost(grating(8.0, sampling=8 / np.ceil(8 / enough[0]))) <= 0.01


def test_the_sampling_that_suffices_keeps_nearly_all_electrons():
    """What the warning is about: electrons scattered beyond the band are lost."""
    enough = advice(bump(2.0))[1][0]
    assert lost(bump(64 / np.ceil(64 / enough))) < 0.01
    assert lost(bump(0.5)) < 1e-6
    with pytest.warns(UserWarning, match="holds waves below") as caught:
        imaging.exit_wave(bump(2.0), ENERGY)
    assert lost(bump(2.0)) > 0.03
    assert caught[0].filename == __file__  # the warning points at who gave the specimen


@pytest.mark.parametrize("sampling", [0.5, 2.0])
def test_noise_up_to_the_rim_of_its_grid_has_no_sampling_that_suffices(sampling):
    """However weak it is: two thirds of the electrons would vanish silently. The warning says how smooth it must be."""
    specimen = white(sampling)
    # of a square of side 1/sampling, all but the circle of radius 1/(3·sampling)
    assert lost(specimen) == pytest.approx(1 - np.pi / 9, abs=0.02)
    (text,), enough = advice(specimen)
    assert "take a finer one until this warning is gone, or smooth it to details of more than" in text
    assert not enough
    details = float(text.split("more than ")[1].split(" Å")[0])
    assert details == pytest.approx(3 * sampling, rel=0.05)
    assert advice(white(sampling, finest=1.05 * details)) == ([], [])


def test_a_tilted_wave_in_several_slices_needs_room_for_what_it_scatters():
    phases = np.stack([0.1 * smooth_phase((64, 64), finest=6, seed=seed) for seed in range(2)])  # up to 0.167 1/Å
    assert advice(specimen_of(phases), k=(0.1, 0.1)) == ([], [])
    (text,), (enough,) = advice(specimen_of(phases), k=(0.15, -0.2))
    assert text.startswith("a wave tilted by 0.25 1/Å and scattered by the specimen reaches up to 0.42 1/Å")
    assert enough == pytest.approx(1 / 3 / (0.25 + 1 / 6), rel=0.05)
    # the same specimen, finer
    wide = np.pad(np.fft.fftshift(np.fft.fft2(phases), axes=(1, 2)), ((0, 0), (16, 16), (16, 16)))
    fine = specimen_of(np.fft.ifft2(np.fft.ifftshift(wide, axes=(1, 2))).real * 1.5**2, 1 / 1.5)
    assert fine.sampling < enough
    assert advice(fine, k=(0.15, -0.2)) == ([], [])
    assert advice(specimen_of(phases[:1]), k=(0.15, -0.2)) == ([], [])  # one slice has no path behind it


def test_slices_are_too_thick_from_the_stated_thickness_on():
    enough = 8.0**2 / (2 * WAVELENGTH)  # of a weak grating that scatters to 1/8 1/Å
    assert advice(grating(1e-3, thickness=0.99 * enough)) == ([], [])
    (text,), (advised,) = advice(grating(1e-3, thickness=1.01 * enough))
    assert f"slices of {1.01 * enough:g} Å are too thick" in text
    assert advised == pytest.approx(enough, rel=0.05)
    # in a tilted wave the ways through a slice differ by more: q (q + 2k) in place of q²
    assert advice(grating(1e-3, thickness=0.99 * enough / 3), k=(0, 0.125)) == ([], [])
    assert advice(grating(1e-3, thickness=1.01 * enough / 3), k=(0, 0.125))[1] == pytest.approx([enough / 3], rel=0.05)


def test_slices_count_though_their_sum_scatters_nothing():
    up, down = grating(1e-3, thickness=4000).potential, grating(-1e-3, thickness=4000).potential
    (text,), _ = advice(Specimen(np.concatenate([up, down]), 0.125, 4000))
    assert "slices of 4000 Å are too thick" in text


def test_thick_slices_ask_for_thinner_ones_that_suffice():
    fine = smooth_phase((64, 64), 0.5, finest=2.0)  # up to 0.5 1/Å
    thick = specimen_of(0.1 * fine, 0.5, 600.0)
    (text,), (enough,) = advice(thick)
    assert "slices of 600 Å are too thick" in text
    assert enough == pytest.approx(1 / (2 * WAVELENGTH * 0.5**2), rel=0.05)
    slices = int(np.ceil(600 / enough))
    assert advice(specimen_of(np.repeat(0.1 * fine[None] / slices, slices, axis=0), 0.5, 600 / slices)) == ([], [])


@pytest.mark.parametrize("strength", [0.1, 0.5, 1.0, 2.0, 4.0, 8.0])
@pytest.mark.parametrize("thickness", [100.0, 400.0, 1600.0])
def test_images_without_a_warning_are_right(strength, thickness):
    """A grating that goes on through the thickness, weak and strong, in slices as advised and in many thinner ones."""

    def image(slices):
        specimen = grating(strength, thickness=thickness, slices=slices)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wave = imaging.exit_wave(specimen, ENERGY)
        return imaging.plane_wave_image(wave, Aberrations.from_defocus(500))

    texts, enough = advice(grating(strength, thickness=thickness))
    slices = int(np.ceil(thickness / enough[0])) if texts else 1
    assert not texts or advice(grating(strength, thickness=thickness, slices=slices)) == ([], [])
    exact = image(200)
    # a tenth of the scattered wave at the highest frequency at most, less at the others; half a percent of grid
    assert (image(slices) - exact).std() < 0.12 * exact.std()


@pytest.mark.parametrize("options", [{}, {"slices": 4}, {"sampling": 2.0}, {"sampling": 0.5}])
def test_the_teaching_specimen_is_fine_as_it_is(options):
    assert advice(tcbf.apoferritin_in_ice((128, 128), **options)) == ([], [])


def test_empty_and_constant_specimens_are_fine_too():
    # of the odd shapes the transform is not exact: what is scattered by rounding only does not count
    for phase in (np.zeros((4, 4)), np.full((4, 4), 3.0), np.ones((1, 1)), np.full((45, 77), 1.7)):
        specimen = specimen_of(phase)
        assert advice(specimen) == ([], [])
        wave = imaging.exit_wave(specimen, ENERGY)
        assert np.allclose(imaging.plane_wave_image(wave, Aberrations(C10=-1e4)), 1)
