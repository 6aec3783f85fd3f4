"""The teaching scan: its geometry, its truth and its cache."""

import numpy as np
import pytest

import tcbf_widgets as tcbf


def test_demo_has_the_teaching_geometry(demo, stack):
    assert demo.array.shape == (24, 48, 128, 128)
    assert demo.energy == 300e3
    assert demo.scan_sampling == (10, 10)
    assert demo.reciprocal_sampling == (1 / 128, 1 / 128)
    assert demo.truth.aberrations.defocus == 15_000
    assert demo.truth.rotation_deg == -15
    # semi-angle over pixel angle; the threshold at half height keeps the area
    assert stack.disk.radius == pytest.approx(4e-3 / tcbf.electron_wavelength(300e3) * 128, abs=0.1)
    # the middle of a pixel pair of the finer simulated pattern, to the noise of some 160 rim pixels
    assert stack.disk.center == pytest.approx((63.75, 63.75), abs=0.1)
    assert stack.mean_counts.mean() == pytest.approx(4.7, abs=0.1)


def test_second_call_comes_from_the_cache(demo, monkeypatch):
    def fail(*arguments, **more):
        raise AssertionError("simulated again")

    monkeypatch.setattr("tcbf_widgets.demo.simulate_scan", fail)
    again = tcbf.demo.apoferritin()
    assert np.array_equal(again.array, demo.array)
    assert again.truth == demo.truth


@pytest.fixture
def quick(monkeypatch):
    """The demo on a scan of four positions."""
    whole = tcbf.demo.simulate_scan
    monkeypatch.setattr("tcbf_widgets.demo.simulate_scan", lambda s, **more: whole(s, scan_shape=(2, 2), **more))


def test_damaged_cache_is_made_again(quick, tmp_path, monkeypatch):
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path))
    first = tcbf.demo.apoferritin()
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    assert np.array_equal(tcbf.demo.apoferritin().array, first.array)


def test_a_cache_that_cannot_be_written_is_only_a_warning(quick, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path / "file" / "folder"))
    with pytest.warns(UserWarning, match="was not cached"):
        assert tcbf.demo.apoferritin().array.shape[:2] == (2, 2)


def test_parameters_have_files_of_their_own(quick, tmp_path, monkeypatch):
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path))
    tcbf.demo.apoferritin(dose=100)
    tcbf.demo.apoferritin(dose=30)
    assert len(list(tmp_path.iterdir())) == 2
