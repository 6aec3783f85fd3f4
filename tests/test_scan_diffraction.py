"""Scans made ready for iterative ptychography: places, orientation and sign by what the reconstruction shows."""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.optics import Aberrations
from tcbf_widgets.ptychography import diffract
from tcbf_widgets.scan_diffraction import diffraction_of_scan


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
    """Twelve epochs. The detector's pixels integrate over what the model takes at their middles, and positions are
    rounded: some percent of the phase. A cage in the middle of the field makes turned images alike, but less."""
    ready = diffraction_of_scan(scan, optics_of(scan))
    *_, last = tcbf.reconstruct(ready.data, ready.probe, epochs=12, batches=4, step=0.02, phase_only=True)
    found, true = ready.on_scan(last.slices, 2), tcbf.simulate.phase_on_scan(specimen, scan, 2)
    assert found.shape == true.shape == (28, 34)
    assert likeness(found, true) > 0.9
    assert np.polyfit(true.ravel(), found.ravel(), 1)[0] == pytest.approx(1, abs=0.2)
    for wrong in (-found, found[::-1], found[:, ::-1], found[::-1, ::-1]):
        assert likeness(wrong, true) < likeness(found, true) - 0.1


def test_the_true_object_explains_the_patterns(demo, true_phase):
    """An object of the true phase, put on the ready scan by its own rule, has patterns like the recorded ones: what is
    left is counting noise, a fourth of an electron in the square of each amplitude, and the rounding of positions."""
    ready = diffraction_of_scan(demo, optics_of(demo), crop=64)
    positions, amplitudes = ready.data.positions[::31], np.sqrt(ready.data.intensities[::31])
    empty = np.abs(diffract(ready.probe, np.ones(ready.data.object_shape), positions))
    expected_sum = ready.data.intensities.sum(axis=(1, 2)).mean()
    assert expected_sum == pytest.approx(1)
    assert np.sum(empty**2, axis=(1, 2)) == pytest.approx(1)
    # the empty probe's own disk stands where the recorded one does: a pixel off would lose a tenth
    assert np.vdot(empty, amplitudes) / np.linalg.norm(empty) / np.linalg.norm(amplitudes) > 0.93


def test_positions_are_those_of_the_scan_up_to_half_a_pixel(demo):
    ready = diffraction_of_scan(demo, optics_of(demo), crop=64)
    assert ready.sampling == (2.0, 2.0)
    assert ready.data.window == (64, 64)
    assert np.abs(ready.rounded).max() <= 0.5
    exact = (ready.data.positions - ready.rounded).reshape(24, 48, 2)
    angle = np.deg2rad(-15.0)
    # one step along the scan's x axis is 5 pixels, turned back to the axes of the detector
    np.testing.assert_allclose(exact[0, 1] - exact[0, 0], 5 * np.array([-np.sin(angle), np.cos(angle)]), atol=1e-9)
    assert ready.data.positions.min() == 0
    assert (ready.data.positions.max(axis=0) + 64 == ready.data.object_shape).all()


def test_an_object_comes_back_to_the_scan_it_was_put_under(demo):
    """A ramp of phase along the object's x axis is, on the scan, one along the detector's: no spline can bend it."""
    ready = diffraction_of_scan(demo, optics_of(demo))
    ny, nx = ready.data.object_shape
    ramp = np.exp(1j * np.multiply.outer(np.ones(ny), 1e-3 * np.arange(nx)))
    found = ready.on_scan(ramp, factor=1)
    step = 1e-3 * 10 / ready.sampling[1]
    angle = np.deg2rad(-15.0)
    np.testing.assert_allclose(np.diff(found, axis=1), step * np.cos(angle), rtol=1e-4)
    np.testing.assert_allclose(np.diff(found, axis=0), step * np.sin(angle), rtol=1e-4)
    two = ready.on_scan(np.stack([ramp, ramp]), factor=1)
    np.testing.assert_allclose(two, 2 * found, atol=1e-9)


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
