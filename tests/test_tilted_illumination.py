"""TiltedIllumination: the image of a pixel is that of the library and of a scan, and it lies where the arrow points."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.imaging import exit_wave, tilted_image
from tcbf_widgets.optics import aperture, interaction_parameter
from tcbf_widgets.registration import Registration
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.tilted_drawing import MILLIMETRE, tilted_drawing

NOISE = "ignore:the specimen scatters"  # it does so to the rim of every grid
LOWEST_RESOLVED = 0.06  # 1/Å: below it two sidebands reach every pixel within 0.7 of the rim of 0.203 1/Å


@pytest.fixture(scope="module")
def widget():
    """One widget; tests set the state that they need."""
    return tcbf.widgets.TiltedIllumination()


def bring(widget, ky, kx, defocus=15_000.0):
    widget.ky, widget.kx, widget.defocus = ky, kx, defocus


def one_cage(widget):
    """The built-in specimen anew: a cage in a field of 180 Å, around which there is nothing."""
    sampling = widget.meta["sampling"]
    cage = tcbf.apoferritin_in_ice(shape=186, sampling=sampling, ice_thickness=0.0, seed=7)
    return tcbf.Specimen(np.pad(cage.potential, ((0, 0), (35, 35), (35, 35))), sampling, cage.slice_thickness)


# ---- the image


def test_image_is_the_tilted_image_of_the_specimen(widget):
    """The phase travels as 16 bits of its range: an error of 2e-6 rad, and no more than that in the image."""
    bring(widget, -0.1, 0.05, -9_000.0)
    specimen = one_cage(widget)
    lens = tcbf.Aberrations.from_defocus(-9_000.0)
    expected = tilted_image(exit_wave(specimen, 300e3), (-0.1, 0.05), lens, 4.0)
    assert np.allclose(widget.image(), expected, atol=2e-5)


def test_phase_is_that_of_the_specimen(widget):
    specimen = one_cage(widget)
    expected = interaction_parameter(300e3) * (specimen.projected - specimen.projected.mean())
    assert np.allclose(unpack(widget.arrays["phase"]), expected, atol=np.ptp(expected) / 65535)


def test_images_of_all_pixels_of_the_disk_fit_into_the_field(widget):
    """At the first defocus the cage, displaced as far as the rim, stays on its side of the periodic field."""
    bring(widget, 0.0, 0.0, tcbf.widgets.TiltedIllumination.defocus.default_value)
    assert widget.rim_shift() == pytest.approx(60)
    length = 256 * widget.meta["sampling"]
    assert length == pytest.approx(247.5, abs=0.1)
    phase = unpack(widget.arrays["phase"])
    y, x = (np.indices(phase.shape) - 127.5) * widget.meta["sampling"]
    far = np.hypot(y, x) > length / 2 - abs(widget.rim_shift())
    # what lies that far out, 64 Å, is the outermost fringe of a cage with a radius of 62 Å
    assert np.abs(phase[far] - phase[0, 0]).max() < 0.1 * np.ptp(phase)


@pytest.mark.filterwarnings(NOISE)
def test_image_is_what_a_scan_records_in_this_pixel():
    """Probe by probe through the specimen, on a small field: the definition of a virtual image."""
    specimen = tcbf.Specimen(np.random.default_rng(4).normal(0, 300, (1, 32, 32)), 1.0, 10.0)
    widget = tcbf.widgets.TiltedIllumination(specimen=specimen, semiangle=2.5, defocus=3_000.0)
    n, step = 256, widget.meta["sampling"]
    k = frequency_grid((n, n), step)
    row, column = 3, -2  # of the detector, whose pixels are the frequencies of the field
    bring(widget, *k[row, column], 3_000.0)
    lens = tcbf.Aberrations.from_defocus(3_000.0)
    probe = tcbf.optics.aperture(k, 2.5, 300e3, edge=1 / (n * step)) * np.exp(-1j * lens.chi(k, 300e3))
    wave = np.exp(1j * unpack(widget.arrays["phase"]).astype(float))
    band = np.linalg.norm(k, axis=-1) < 1 / (3 * step)
    wave = np.fft.ifft2(np.fft.fft2(wave) * band)
    for y, x in ((0, 0), (17, 200), (130, 64)):
        at = np.exp(-2j * np.pi * (k @ (np.array([y, x]) * step)))
        pattern = np.abs(np.fft.fft2(wave * np.fft.ifft2(probe * at))) ** 2
        assert widget.image()[y, x] == pytest.approx(pattern[row, column], rel=1e-5)


@pytest.mark.parametrize("k", [(0.0, 0.0), (0.05, -0.12), (0.0485, 0.198), (0.15, 0.16), (-0.2, 0.24)])
def test_pattern_is_the_mean_of_the_image_at_any_defocus(widget, k):
    # the third pixel is one that the rim cuts: aperture squared, as the detector counts
    pattern = unpack(widget.arrays["pattern"])
    middle, length = len(pattern) // 2, 256 * widget.meta["sampling"]
    row, column = np.rint(np.array(k) * length).astype(int)
    for defocus in (0.0, -20_000.0):
        bring(widget, row / length, column / length, defocus)
        # the pattern travels as 8 bits of its range
        step = float(np.ptp(pattern)) / 255
        assert np.log10(widget.image().mean(dtype=float)) == pytest.approx(
            pattern[middle + row, middle + column], abs=step
        )


# ---- where it lies


@pytest.mark.parametrize(
    "k, defocus",
    [((-0.071, 0.11), 15_000.0), ((0.0, 0.14), -12_000.0), ((0.1, -0.02), 20_000.0), ((0.05, 0.05), 8_000)],
)
def test_image_lies_where_the_arrow_points(widget, k, defocus):
    """Measured by cross-correlation with the axial image, of what both see through two sidebands."""
    images = []
    for pixel in ((0.0, 0.0), k):
        bring(widget, *pixel, defocus)
        images.append(np.fft.rfft2(widget.image().astype(float) - 1))
    sampling = widget.meta["sampling"]
    q = np.linalg.norm(frequency_grid((256, 256), sampling)[:, :129], axis=-1)
    low = q < LOWEST_RESOLVED
    registration = Registration((256, 256))
    measured = registration(images[1] * low, images[0] * low) * sampling
    # the registration is good to 1/8 pixel; the phase of the protein is not quite weak
    assert np.allclose(measured, widget.shift(), atol=sampling / 4)
    assert np.allclose(widget.shift(), tcbf.electron_wavelength(300e3) * defocus * np.array(k))


def test_spherical_aberration_moves_the_rim_by_its_cube():
    widget = tcbf.widgets.TiltedIllumination(C30=2.7e7, defocus=0.0)
    rim = 4e-3 / tcbf.electron_wavelength(300e3)
    bring(widget, 0.0, round(rim / 2, 3), 0.0)
    angle = widget.kx * tcbf.electron_wavelength(300e3)
    assert np.allclose(widget.shift(), [0, -2.7e7 * angle**3])


@pytest.mark.parametrize("defocus", [15_000.0, -20_000.0, 0.0])
def test_drawn_ray_ends_in_the_pixel_and_meets_the_specimen_at_minus_the_shift(widget, defocus):
    bring(widget, -0.071, 0.11, defocus)
    drawing = tilted_drawing(defocus, 20_000.0, widget.kx / widget.meta["rim"], inside=True)
    (arrow,), (dot,) = drawing["arrows"], drawing["dots"]
    ray = next(ray["points"] for ray in drawing["rays"] if ray["name"] == "axial")
    assert ray[-1] == pytest.approx([dot["x"], dot["z"]])
    assert dot["x"] > 0  # as kx
    assert any(point == pytest.approx([arrow["to"], arrow["z"]]) for point in ray)
    # both scales follow from the drawing itself: the disk on the detector, and the specimen from the focus
    disk, focus = (next(part for part in drawing["parts"] if part["kind"] == kind) for kind in ("screen", "plane"))
    disk = drawing["parts"][-1]["disk"]
    angles = disk / (drawing["depth"] - focus["z"]) / 4e-3
    if defocus:
        # underfocused: the specimen comes before the focus, nearer to the source
        assert np.sign(focus["z"] - arrow["z"]) == np.sign(defocus)
        heights = (focus["z"] - arrow["z"]) * MILLIMETRE / defocus
        landing = arrow["to"] * MILLIMETRE / angles / heights
        assert landing == pytest.approx(-widget.shift()[1])  # projected on x
    else:
        assert arrow["to"] == 0


# ---- bright field and dark field


def test_inside_the_disk_it_is_bright_and_outside_dark(widget):
    bring(widget, 0.0, 0.2)
    assert "bright field" in widget.alt_text()
    assert widget.panels()["image"].title == "Image, bright field"
    bright = widget.image().mean()
    bring(widget, 0.0, 0.21)
    panel = widget.panels()["image"]
    assert "dark field" in widget.alt_text()
    assert "scattered electrons only, smeared and displaced towards the pixel" in widget.alt_text()
    assert panel.title == "Image, dark field"
    assert panel.vmin == 0
    assert widget.image().mean() < 2e-3 * bright


@pytest.mark.parametrize(
    "beyond, field", [(-0.51, "bright"), (-0.49, "rim"), (0.0, "rim"), (0.49, "rim"), (0.51, "dark")]
)
def test_the_rim_is_as_wide_as_a_step_of_k_and_neither_bright_nor_dark(beyond, field):
    vacuum = tcbf.Specimen(np.zeros((1, 16, 16)), 4.0, 10.0)
    widget = tcbf.widgets.TiltedIllumination(specimen=vacuum)
    k = widget.meta["rim"] + beyond / (256 * widget.meta["sampling"])
    bring(widget, 0.0, k, 0.0)
    passes = aperture([0.0, k], 4.0, 300e3, edge=1 / (256 * widget.meta["sampling"]))
    assert widget.image().mean() == pytest.approx(passes**2, abs=1e-6)
    assert (passes == 1, 0 < passes < 1, passes == 0) == (field == "bright", field == "rim", field == "dark")
    assert field in widget.field
    assert widget.field in widget.panels()["image"].title
    assert ("scattered electrons only" in widget.alt_text()) == (field == "dark")


@pytest.mark.parametrize("defocus, side", [(15_000.0, "towards"), (-15_000.0, "away from"), (0.0, "in its place")])
def test_a_dark_field_is_displaced_by_less_than_the_rim_and_says_to_which_side(defocus, side):
    """A round blob, whose place is the centre of mass of its dark field: what is said, against what is seen."""
    y, x = np.indices((256, 256)) - 128.0
    blob = tcbf.Specimen(200 * np.exp(-(y**2 + x**2) / (2 * 2.0**2))[None], 1.0, 10.0)
    widget = tcbf.widgets.TiltedIllumination(specimen=blob, semiangle=3.8)
    for sign in (1, -1):
        bring(widget, 0.0, sign * 0.22, defocus)
        image = widget.image().sum(axis=0)
        towards = sign * (image @ (np.arange(256) - 128)) / image.sum() * widget.meta["sampling"]
        assert 0.7 < towards / widget.rim_shift() < 1 if defocus else abs(towards) < 1
        assert side in widget.alt_text()
    assert widget.rim_shift() == pytest.approx(3.8e-3 * defocus)


def test_in_focus_a_pixel_off_the_axis_sees_one_sideband_and_the_opposite_pixel_its_negative(widget):
    """Of a weak phase φ cos 2πq·r, the image is 1 - φ (A(k-q) - A(k+q)) sin 2πq·r."""
    turns = np.tile(2 * np.pi * 30 * np.arange(256) / 256, (256, 1))  # q = 0.121 1/Å; the rim is at 0.203
    weak = tcbf.Specimen(np.cos(turns)[None], widget.meta["sampling"], 10.0)
    images = {}
    shown = tcbf.widgets.TiltedIllumination(specimen=weak)
    for kx in (0.0, 0.05, 0.15, -0.15):
        bring(shown, 0.0, kx, 0.0)
        images[kx] = shown.image().astype(float) - 1
    phase = interaction_parameter(300e3)
    assert np.abs(images[0.0]).max() < phase**2
    assert np.abs(images[0.05]).max() < phase**2
    # A(k-q) = 1, A(k+q) = 0: half of what two sidebands can give, and a quarter of a period aside
    assert np.allclose(images[0.15], -phase * np.sin(turns), atol=0.01 * phase)
    assert np.allclose(images[-0.15], -images[0.15], atol=0.01 * phase)


def test_without_a_specimen_a_dark_field_is_black():
    vacuum = tcbf.Specimen(np.zeros((1, 64, 64)), 2.0, 10.0)
    widget = tcbf.widgets.TiltedIllumination(specimen=vacuum)
    assert np.ptp(widget.image()) < 1e-6
    assert widget.image().mean() == pytest.approx(1)
    bring(widget, 0.24, 0.24, 5_000.0)
    assert widget.image().max() == 0
    assert widget.poster_png().startswith(b"\x89PNG")
