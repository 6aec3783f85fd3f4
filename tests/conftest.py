"""Scans that several tests share; each is simulated once per run."""

import numpy as np
import pytest
import scipy.ndimage

import tcbf_widgets as tcbf
from tcbf_widgets.geometry import frequency_grid
from tcbf_widgets.optics import interaction_parameter


@pytest.fixture(scope="session", autouse=True)
def _cache_of_this_run(tmp_path_factory):
    """The demo's cache of this run is its own: a stale one cannot hide an error."""
    patch = pytest.MonkeyPatch()
    patch.setenv("TCBF_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def demo():
    return tcbf.demo.apoferritin()


@pytest.fixture(scope="session")
def stack(demo):
    return tcbf.bright_field_stack(demo)


@pytest.fixture(scope="session")
def alignment(stack):
    return tcbf.align(stack)


@pytest.fixture(scope="session")
def fit(alignment):
    return tcbf.fit_aberrations(alignment)


@pytest.fixture(scope="session")
def specimen():
    return tcbf.apoferritin_in_ice()


@pytest.fixture(scope="session")
def true_phase():
    """Function (scan, shape, sampling) -> phase in rad of the demo's specimen on a grid over the scanned field.

    Frequencies beyond the grid's Nyquist frequency are taken away before. Band-limited to at most half of the
    specimen's own, what is left is smooth enough for a spline of fifth order. Another specimen may be given.
    """
    of_demo = tcbf.apoferritin_in_ice(seed=tcbf.demo._SPECIMEN_SEED)

    def on_grid(scan, shape, sampling, specimen=of_demo):
        q = np.linalg.norm(frequency_grid(specimen.shape, specimen.sampling), axis=-1)
        smooth = np.fft.ifft2(np.fft.fft2(specimen.projected) * (q < 0.5 / max(sampling))).real
        positions = tcbf.simulate.scan_positions(shape, sampling, scan.truth.rotation_deg)
        pixels = np.moveaxis(positions / specimen.sampling + (np.array(specimen.shape) - 1) / 2, -1, 0)
        return interaction_parameter(scan.energy) * scipy.ndimage.map_coordinates(smooth, pixels, order=5)

    return on_grid


@pytest.fixture(scope="session")
def packed_size():
    """Function (widget) -> bytes of its arrays as a page stores them."""

    def size(widget):
        assets = widget.static_payload()["assets"].values()
        return sum(len(asset["text"]) for asset in assets if asset["kind"] == "binary")

    return size


@pytest.fixture(scope="session")
def shows_numbers():
    """Function (widget) that asserts that every panel holds numbers, and that the poster can be drawn."""

    def check(widget):
        for name, panel in widget.panels().items():
            assert np.isfinite(panel.values).all(), name
        assert widget.poster_png().startswith(b"\x89PNG")

    return check


@pytest.fixture(scope="session")
def draws_its_panels():
    """Function (widget) that asserts that the figure draws every panel, pixel for pixel, and no other picture."""

    def check(widget):
        drawn = [axes.images[0].get_array() for axes in widget.figure().axes if axes.images]
        panels = widget.panels()
        assert len(drawn) == len(panels)
        for name, panel in panels.items():
            assert any(np.array_equal(image, panel.rgba()) for image in drawn), name

    return check
