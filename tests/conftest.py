"""Scans that several tests share; each is simulated once per run."""

import numpy as np
import pytest

import tcbf_widgets as tcbf


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
    """Function (scan, shape of the grid) -> phase in rad of the demo's specimen, or another, on the scanned field."""
    of_demo = tcbf.apoferritin_in_ice(seed=tcbf.demo._SPECIMEN_SEED)

    def on_grid(scan, shape, specimen=of_demo):
        return tcbf.simulate.phase_on_scan(specimen, scan, shape[0] // scan.scan_shape[0])

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
