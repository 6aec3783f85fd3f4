"""What ProbeAndScan shows: the patterns, positions and probe of its scan, and those of other sliders."""

import dataclasses

import numpy as np
import pytest
import traitlets

import tcbf_widgets as tcbf
from tcbf_widgets.ptychography import diffract
from tcbf_widgets.widgets import ProbeAndScan
from tcbf_widgets.widgets.arrays import unpack
from tcbf_widgets.widgets.scan_lattice import ScanLattice


@pytest.fixture(scope="module")
def scan():
    return tcbf.overlap_scan()


def disk(scan, beyond=0.0):
    """Where in a pattern, zero frequency first, the bright-field disk lies, or what is so many steps wider."""
    k = np.fft.fftfreq(64, scan.sampling)
    return np.hypot(k[:, None], k) < 0.01 / tcbf.electron_wavelength(scan.energy) + beyond * k[1]


@pytest.mark.parametrize("state", [{}, {"step": 8, "defocus": -300.0}, {"step": 16, "defocus": 0.0}])
def test_probe_positions_and_patterns_are_those_of_a_scan(scan, state):
    widget = ProbeAndScan(scan, **state)
    other = tcbf.overlap_scan(**state)
    assert np.array_equal(widget.lattice.centres, other.centres)
    assert np.allclose(widget.probe(), other.probe, atol=1e-15)
    chosen = np.array([0, widget.lattice.number, widget.lattice.across**2 - 1])
    # the phase is sent as float32
    assert np.allclose(widget.patterns(chosen), other.data.intensities[chosen], atol=1e-9)


def test_the_object_is_that_of_the_scan(scan):
    sent = unpack(ProbeAndScan(scan).arrays["phase"])
    assert sent.dtype == np.float32
    assert np.allclose(np.exp(1j * sent), scan.truth[0], atol=1e-7)


def test_electrons_are_those_of_the_scan():
    counted = tcbf.overlap_scan(1e4, seed=5, step=16)
    widget = ProbeAndScan(counted, seed=5)
    assert widget.electrons == 1e4
    # means that differ in the eighth digit give other counts once in 1e6 pixels or less; here there are 65 536
    assert np.allclose(widget.patterns(np.arange(16)), counted.data.intensities, atol=1e-12)
    widget.electrons = None
    expected = np.abs(diffract(counted.probe, counted.truth, counted.data.positions)) ** 2
    assert np.allclose(widget.patterns(np.arange(16)), expected, atol=1e-9)


def test_the_pattern_and_the_mosaic_are_roots_of_intensities_in_the_order_of_the_scan(scan):
    widget = ProbeAndScan(scan, position=(40, 24))
    panels, side = widget.panels(), widget.meta["tile"]
    part = slice(32 - side // 2, 32 + side // 2)

    def shown(number):
        return np.sqrt(np.fft.fftshift(scan.data.intensities[number])[part, part])

    number = 10 * 16 + 6  # of the position at (40, 24)
    assert scan.centres[number].tolist() == [40, 24]
    assert np.allclose(panels["pattern"].values, shown(number), atol=1e-7)
    mosaic, pitch = panels["mosaic"].values, side + 1
    for row, column in [(0, 0), (2, 6), (7, 7)]:
        tile = mosaic[row * pitch :, column * pitch :][:side, :side]
        assert np.allclose(tile, shown((8 + row) * 16 + column), atol=1e-7)
    assert mosaic.shape == (8 * pitch - 1,) * 2
    assert np.isnan(mosaic[side]).all()
    assert np.isnan(mosaic[:, side]).all()
    # nothing but dark field is cut off
    assert np.fft.fftshift(disk(scan, beyond=0.5))[part, part].sum() == disk(scan, beyond=0.5).sum()


@pytest.mark.parametrize("step", [2, 4, 16, 32])
@pytest.mark.parametrize("position", [(0, 0), (63, 62), (31, 33), (7, 50)])
def test_the_nearest_position_is_chosen_also_around_the_edge(scan, step, position):
    lattice = ProbeAndScan(scan, step=step, position=position).lattice
    apart = np.abs(lattice.centres - position)
    distance = np.linalg.norm(np.minimum(apart, 64 - apart), axis=1)
    assert distance[lattice.number] == distance.min()
    assert lattice.centres[lattice.number].tolist() == list(lattice.centre)
    assert lattice.number in lattice.shown
    assert len(lattice.shown) == min(8, 64 // step)


@pytest.mark.parametrize("step, radius", [(2, 3.0), (4, 12.99), (16, 9.0), (32, 10.5), (8, 0.0), (32, 30.0)])
def test_light_is_counted_as_discs_that_hold_a_pixel(step, radius):
    lattice = ScanLattice(64, step, (0, 0))
    pixels = np.indices((64, 64)).reshape(2, -1).T
    apart = np.abs(pixels[:, None] - lattice.centres)
    inside = np.linalg.norm(np.minimum(apart, 64 - apart), axis=2) <= radius
    assert np.array_equal(lattice.lit(radius).ravel(), inside.sum(axis=1))


def test_width_overlap_and_light_follow_from_the_geometry(scan):
    widget = ProbeAndScan(scan)
    assert widget.width == pytest.approx(2 * 0.010 * 650)
    assert widget.overlap() == pytest.approx(1 - 2 / 13)
    # as many as the area of the circle holds cells of the scan, but for pixels on its rim
    assert widget.lit().mean() == pytest.approx(np.pi / 4 * (13 / 2) ** 2, rel=0.02)
    widget.step = 32
    assert widget.overlap() == 0
    assert 0.4 < (widget.lit() == 0).mean() < 0.6
    widget.defocus = 0.0
    assert widget.width == pytest.approx(1.22 * tcbf.electron_wavelength(300e3) / 0.010)


@pytest.mark.parametrize("defocus", [0.0, 200.0, 650.0, 1500.0, -1000.0])
def test_most_of_the_probe_is_inside_the_circle(scan, defocus):
    widget = ProbeAndScan(scan, defocus=defocus)
    y, x = np.indices((64, 64)) - 32
    inside = np.hypot(y, x) * scan.sampling <= widget.width / 2
    # an Airy disk holds 84 % within its first dark ring, and a shadow all but the fringes around it; least in between,
    # 79 % at 200 Å. A circle half as wide would hold about a quarter of a shadow
    assert np.sum(np.abs(widget.probe()[inside]) ** 2) > 0.7


def test_what_no_probe_lights_is_darker(scan):
    lit = ProbeAndScan(scan).panels()["object"].values
    widget = ProbeAndScan(scan, step=32)
    dark = widget.panels()["object"].values
    unlit = widget.lit() == 0
    assert np.array_equal(dark[~unlit], lit[~unlit])
    assert np.allclose(dark[unlit][:, :3], 0.375 * lit[unlit][:, :3], atol=0.51)
    assert (dark[..., 3] == 255).all()


def test_grey_levels_are_percentiles_inside_the_disk_and_wider_where_electrons_are_counted(scan):
    widget = ProbeAndScan(scan, contrast=(2.0, 95.5))
    panel = widget.panels()["pattern"]
    inside = np.sqrt(scan.data.intensities[:, disk(scan, beyond=-0.5)])  # without the pixels that the rim cuts
    # those of the widget are of a quarter of the positions
    assert [panel.vmin, panel.vmax] == pytest.approx(np.percentile(inside, (2, 95.5)).tolist(), rel=0.01)
    widget.electrons = 1e4
    noisy = widget.panels()["mosaic"]
    assert (panel.vmin - noisy.vmin, noisy.vmax - panel.vmax) == pytest.approx((0.01, 0.01))
    widget.electrons = 100.0
    assert widget.panels()["pattern"].vmin == 0


def test_phase_fades_where_there_is_no_amplitude(scan):
    widget = ProbeAndScan(scan)
    amplitude, colours = np.abs(widget.probe()), widget.panels()["phase"].values
    weak = amplitude < 1e-3 * amplitude.max()
    assert weak.any()
    assert colours[weak][:, :3].max() <= 1
    bright = amplitude > 0.2 * amplitude.max()
    assert colours[bright][:, :3].max(axis=-1).min() > 40


def test_the_first_state_is_that_of_the_scan_where_its_phase_is_largest():
    scan = tcbf.overlap_scan(2e3, step=8, defocus=-420.0)
    widget = ProbeAndScan(scan)
    assert (widget.defocus, widget.step, widget.electrons) == (-420.0, 8, 2e3)
    largest = np.unravel_index(np.angle(scan.truth[0]).argmax(), (64, 64))
    assert np.abs(np.subtract(widget.position, largest)).max() <= 4
    assert widget.meta["python"]["call"] == "tcbf.widgets.ProbeAndScan(scan)"


def test_figure_data_and_words(scan, draws_its_panels, packed_size):
    widget = ProbeAndScan(scan, defocus=400.0, step=16, electrons=1e5)
    draws_its_panels(widget)
    assert packed_size(widget) < 30_000
    assert set(widget.meta["python"]["traits"]) <= set(widget.trait_names())
    assert widget.alt_text() == (
        "Amplitude and phase of a probe at a defocus of 400 Å, 8.0 Å wide; an object with 16 positions, 8.0 Å apart, "
        "an overlap of 0 %, each pixel lit by 0.8 probes on average, 24 % of them by none; the pattern of the position "
        "at y 24.0, x 16.0 Å, and those of the block of 16 positions around it, with 100\u202f000 electrons each, "
        "exposure 1."
    )


@pytest.mark.parametrize("step", [1, 16])
def test_sliders_reach_the_scan_and_a_window_full_of_probe(step):
    scan = tcbf.overlap_scan(step=16, semiangle=16.0)
    widget = ProbeAndScan(dataclasses.replace(scan, step=step), defocus=2500.0)  # of the step, nothing else depends
    assert widget.step == step
    assert step in widget.meta["steps"]
    assert widget.meta["ranges"]["defocus"] == [-1000.0, 2500.0]
    for name, panel in widget.panels().items():
        assert np.isfinite(panel.values).mean() > (0.9 if name == "mosaic" else 0.999)  # but for the gaps of the mosaic
    assert widget.poster_png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "bad, accepted",
    [
        ({"defocus": 1501.0}, "-1000.0 to 1500.0"),
        ({"step": 5}, "2, 4, 8, 16, 32 pixels"),
        ({"step": 64}, "2, 4, 8, 16, 32 pixels"),
        ({"position": (64, 0)}, "from 0 to 63"),
        ({"position": (0, -1)}, "from 0 to 63"),
        ({"electrons": 5.0}, "100.0 to 1000000.0"),
        ({"seed": -1}, "0 to 4294967295"),
    ],
)
def test_a_slider_out_of_range_is_named_with_what_is_accepted(scan, bad, accepted):
    widget = ProbeAndScan(scan)
    ((name, value),) = bad.items()
    before = getattr(widget, name)
    with pytest.raises(traitlets.TraitError, match=rf"{name} is .*accept.* {accepted}"):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


@pytest.mark.parametrize(
    "bad", [{"position": (70, 3)}, {"step": 3}, {"step": "four"}, {"position": (1.5, 2)}, {"cmap": "jet"}]
)
def test_bad_arguments_are_named(scan, bad):
    with pytest.raises(traitlets.TraitError, match=next(iter(bad))):
        ProbeAndScan(scan, **bad)


@pytest.mark.parametrize("bad", [{"electrons": 0}, {"electrons": -5.0}, {"defocus": np.nan}, {"defocus": None}])
def test_what_is_no_number_is_named(scan, bad):
    with pytest.raises(ValueError, match=rf"{next(iter(bad))} must be a .*number"):
        ProbeAndScan(scan, **bad)


def test_wrong_scans_are_named_with_a_remedy(scan):
    with pytest.raises(TypeError, match=r"scan must be an OverlapScan, from tcbf.overlap_scan\(\); got Diffraction"):
        ProbeAndScan(scan.data)
    with pytest.raises(ValueError, match="scan has 2 slices, accepted is one"):
        ProbeAndScan(tcbf.overlap_scan(slices=2))
    wide = dataclasses.replace(scan, truth=np.ones((1, 96, 96), complex))
    with pytest.raises(ValueError, match=r"an object of \(96, 96\) pixels .* a power of two"):
        ProbeAndScan(wide)
