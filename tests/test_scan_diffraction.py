"""Scans made ready for iterative ptychography: places, orientation and sign by what the reconstruction shows."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.ndimage

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.optics import Aberrations, interaction_parameter
from tcbf_widgets.ptychography import amplitude_loss
from tcbf_widgets.scan_diffraction import diffraction_of_scan
from tcbf_widgets.specimen import Specimen


def optics_of(scan):
    truth, stack = scan.truth, tcbf.bright_field_stack(scan)
    return FittedOptics(stack, truth.aberrations, truth.rotation_deg, truth.transpose, ("C10",), np.eye(1), np.inf)


def likeness(first, second):
    return np.corrcoef(first.ravel(), second.ravel())[0, 1]


@pytest.fixture(scope="module", params=[(25.0, False), (-60.0, True)], ids=["turned", "turned and transposed"])
def scan(request, specimen):
    """A small scan without noise, astigmatic so that no symmetry hides an error."""
    rotation, transpose = request.param
    lens = Aberrations(C10=-10_000, C12x=900)
    orientation = {"rotation_deg": rotation, "transpose": transpose}
    return tcbf.simulate_scan(specimen, aberrations=lens, dose=None, scan_shape=(14, 17), **orientation)


def test_the_phase_is_found_where_it_is_in_radians(scan, specimen):
    """A pixel of the detector, 1/128 1/Å wide, averages fringes of what lies far apart under the probe, some 80 Å wide;
    the model takes them at its middle. An eighth of the phase is lost by it. Noise there is none: positions that are
    rounded, and twelve epochs, leave 2 % of the power, likeness 0.985. A cage in the middle of the field makes turned
    images alike, but by no more than 0.83."""
    ready = diffraction_of_scan(scan, optics_of(scan))
    *_, last = tcbf.reconstruct(ready.data, ready.probe, epochs=12, batches=4, step=0.02, phase_only=True)
    found, true = ready.on_scan(last.slices, 2), tcbf.simulate.phase_on_scan(specimen, scan, 2)
    assert found.shape == true.shape == (28, 34)
    assert likeness(found, true) > 0.97
    assert np.polyfit(true.ravel(), found.ravel(), 1)[0] == pytest.approx(7 / 8, abs=0.05)
    for wrong in (-found, found[::-1], found[:, ::-1], found[::-1, ::-1]):
        assert likeness(wrong, true) < likeness(found, true) - 0.1


def true_object(specimen, ready):
    """What lies in each pixel of the object, (ny, nx) complex: the inverse of `on_scan`, from the specimen itself."""
    q = np.linalg.norm(frequency_grid(specimen.shape, specimen.sampling), axis=-1)
    smooth = np.fft.ifft2(np.fft.fft2(specimen.projected) * (q < 0.5 / max(ready.sampling))).real
    index = np.stack(np.indices(ready.data.object_shape), axis=-1) - np.array(ready.data.window) // 2
    places = (index + ready.scan.corner) * ready.sampling
    places = places[..., ::-1] if ready.scan.transpose else places  # the specimen has axes of its own
    pixels = np.moveaxis(places / specimen.sampling + (np.array(specimen.shape) - 1) / 2, -1, 0)
    return np.exp(1j * interaction_parameter(ready.energy) * scipy.ndimage.map_coordinates(smooth, pixels))


def loss_of(ready, probe, slices, propagator=None):
    """Amplitude loss of some of the patterns, each with a sum of 1."""
    some = slice(None, None, 7)
    amplitudes = np.sqrt(ready.data.intensities[some])
    return amplitude_loss(probe, slices, ready.data.positions[some], amplitudes, propagator).value / len(amplitudes)


def test_the_true_object_explains_the_patterns(scan, specimen):
    """Rounded positions and the width of the detector's pixels leave a third of what an empty object does; each error
    of place, sign or orientation costs as much again or more."""
    optics = optics_of(scan)
    ready, lens = diffraction_of_scan(scan, optics), scan.truth.aberrations
    assert ready.data.intensities.sum(axis=(1, 2)).mean() == pytest.approx(1)
    truth = true_object(specimen, ready)
    inverted = replace(optics, aberrations=Aberrations(C10=-lens.C10, C12x=-lens.C12x))
    wrong = {
        "empty": (ready.probe, np.ones_like(truth)),
        "reversed": (ready.probe, truth.conj()),
        "-C10": (diffraction_of_scan(scan, inverted).probe, truth),
        "transposed": (diffraction_of_scan(scan, replace(optics, transpose=not optics.transpose)).probe, truth),
        **{f"probe off, axis {axis}": (np.roll(ready.probe, 1, axis), truth) for axis in (0, 1)},
        **{f"object off, axis {axis}": (ready.probe, np.roll(truth, 1, axis)) for axis in (0, 1)},
    }
    right = loss_of(ready, ready.probe, truth)
    for name, (probe, candidate) in wrong.items():
        assert right < 0.6 * loss_of(ready, probe, candidate), name


def test_what_two_slices_need_explains_a_thick_specimen(specimen):
    """The specimen and its mirror image 1000 Å below: waves of 10 Å turn by 0.6 rad between them. The probe that
    enters is half of this above the middle. Nothing else explains the patterns as well; they look through two
    proteins, so that pixels and rounding leave more than above."""
    twice = np.concatenate([specimen.potential, specimen.potential[:, ::-1]])
    thick = Specimen(twice, specimen.sampling, slice_thickness=1000.0)
    scan = tcbf.simulate_scan(thick, defocus=10_000, dose=None, scan_shape=(8, 8), rotation_deg=25)
    ready = diffraction_of_scan(scan, optics_of(scan))
    slices = np.stack([true_object(replace(thick, potential=part[None]), ready) for part in twice])
    down, up = ready.propagator(1000.0), ready.propagator(-1000.0)
    wrong = {
        "flat": (ready.probe, slices.prod(axis=0), None),
        "in another order": (ready.probe_at(-500.0), slices[::-1], down),
        "probe of the middle": (ready.probe, slices, down),
        "upwards": (ready.probe_at(500.0), slices, up),
    }
    right = loss_of(ready, ready.probe_at(-500.0), slices, down)
    for name, (probe, candidate, propagator) in wrong.items():
        assert right < 0.85 * loss_of(ready, probe, candidate, propagator), name
    np.testing.assert_allclose(ready.probe_at(0.0), ready.probe, atol=1e-7)
    *_, last = tcbf.reconstruct(ready.data, ready.probe_at(-500.0), epochs=1, slices=2, propagator=down)
    assert ready.on_scan(last.slices, 1).shape == (8, 8)


def test_positions_are_those_of_the_scan_up_to_half_a_pixel(demo):
    ready = diffraction_of_scan(demo, optics_of(demo), crop=64)
    assert ready.sampling == (2.0, 2.0)
    assert ready.data.window == (64, 64)
    # steps of 5 pixels, turned back to the axes of the detector; the mean is the middle of the scan
    angle, (row, column) = np.deg2rad(-15.0), np.indices((24, 48))
    along_y, along_x = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    exact = 5 * (row[..., None] * along_y + column[..., None] * along_x).reshape(-1, 2)
    found = ready.data.positions + np.array(ready.scan.corner) - (exact - exact.mean(axis=0))
    assert np.abs(found).max() <= 0.5
    assert ready.data.positions.min() == 0
    assert (ready.data.positions.max(axis=0) + 64 == ready.data.object_shape).all()
    np.testing.assert_allclose(ready.scan.positions().reshape(-1, 2), 2 * (exact - exact.mean(axis=0)), atol=1e-9)


def test_a_line_says_what_it_is(demo):
    ready = diffraction_of_scan(demo, optics_of(demo), crop=64)
    ny, nx = ready.data.object_shape
    assert repr(ready) == (f"ScanDiffraction(1152 patterns of 64 x 64 pixels, object of {ny} x {nx} pixels of 2 x 2 Å)")
    assert isinstance(ready, tcbf.ScanDiffraction)


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_an_object_comes_back_to_the_scan_it_was_put_under(scan, specimen, factor):
    """The true phase, put on the object's pixels, is again the true phase of the scan, at any factor: finer detail does
    not fold back. Splines of third order, there and back, change it by 3 %, and at factor 4, where they have to carry
    detail of little more than two pixels, by 6 %: likeness 0.998."""
    ready = diffraction_of_scan(scan, optics_of(scan))
    truth, expected = true_object(specimen, ready), tcbf.simulate.phase_on_scan(specimen, scan, factor)
    found = ready.on_scan(truth, factor)
    assert likeness(found, expected) > 0.997
    assert found.mean() == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(ready.on_scan(np.stack([truth, truth]), factor), 2 * found, atol=1e-6)


def test_by_default_the_window_holds_the_disk_with_little_room(demo):
    window = diffraction_of_scan(demo, optics_of(demo)).data.window
    assert window == (60, 60)


def test_bad_input_is_named(demo):
    optics = optics_of(demo)
    with pytest.raises(ValueError, match="crop must hold the disk"):
        diffraction_of_scan(demo, optics, crop=40)
    with pytest.raises(ValueError, match="lie on the detector"):
        diffraction_of_scan(demo, optics, crop=200)
    with pytest.raises(ValueError, match="crop must be a positive integer"):
        diffraction_of_scan(demo, optics, crop=64.5)
    with pytest.raises(TypeError, match="fit must be a FittedOptics"):
        diffraction_of_scan(demo, optics.lens)
    with pytest.raises(TypeError, match="data must be a FourDSTEM"):
        diffraction_of_scan(optics.stack, optics)
    with pytest.raises(ValueError, match="wide and a window only"):
        diffraction_of_scan(demo, replace(optics, aberrations=Aberrations(C10=-20_000)))
    with pytest.raises(ValueError, match="fit is of a scan"):
        diffraction_of_scan(replace(demo, array=demo.array[:8]), optics)
    with pytest.raises(ValueError, match="shape of the object"):
        diffraction_of_scan(demo, optics).on_scan(np.ones((4, 4)))
