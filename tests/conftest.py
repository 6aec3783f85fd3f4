"""Scans that several tests share; each is simulated once per run."""

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
def specimen():
    return tcbf.apoferritin_in_ice()
