"""The teaching scan: its geometry, its truth and its cache."""

import subprocess
import sys
from dataclasses import replace
from functools import cache

import h5py
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


def test_the_true_phase_is_known_of_the_demo_only(demo, specimen):
    """Seven electrons more or less do not make another specimen, another field does."""
    phase = tcbf.demo.true_phase(demo, 1)
    own = tcbf.apoferritin_in_ice(seed=tcbf.demo._SPECIMEN_SEED)
    assert np.array_equal(phase, tcbf.simulate.phase_on_scan(own, demo, 1))
    assert np.array_equal(phase, tcbf.demo.true_phase(replace(demo, array=demo.array + 7), 1))
    other = tcbf.simulate_scan(specimen, defocus=15_000, scan_shape=(2, 2))
    for scan in (other, replace(demo, truth=None)):
        with pytest.raises(ValueError, match="got one of another specimen.*phase_on_scan"):
            tcbf.demo.true_phase(scan)
    with pytest.raises(TypeError, match="data must be a FourDSTEM"):
        tcbf.demo.true_phase(demo.array)


_specimen = cache(tcbf.apoferritin_in_ice)


@pytest.fixture
def quick(monkeypatch):
    """The demo on a scan of four positions, of a specimen that is made once."""
    whole = tcbf.demo.simulate_scan
    monkeypatch.setattr("tcbf_widgets.demo.apoferritin_in_ice", _specimen)
    monkeypatch.setattr("tcbf_widgets.demo.simulate_scan", lambda s, **more: whole(s, scan_shape=(2, 2), **more))


def test_damaged_cache_is_made_again(quick, tmp_path, monkeypatch):
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path))
    first = tcbf.demo.apoferritin()
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    assert np.array_equal(tcbf.demo.apoferritin().array, first.array)


@pytest.mark.parametrize("truth", ['{"aberrations": {"C99": 1}}', "{}", '{"aberrations": {}, "unknown": 1}', "3"])
def test_a_cache_of_unknown_layout_is_made_again(quick, tmp_path, monkeypatch, truth):
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path))
    first = tcbf.demo.apoferritin()
    (path,) = tmp_path.iterdir()
    with h5py.File(path, "a") as file:
        file["datacube_root/datacube"].attrs["truth"] = truth
    assert tcbf.demo.apoferritin().truth == first.truth


def test_the_cache_depends_on_every_module_that_the_demo_needs():
    code = "import sys, tcbf_widgets.demo; print(*(n for n in sys.modules if n.startswith('tcbf_widgets.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("tcbf_widgets.") + ".py" for name in done.stdout.split()}
    # these only refuse, rename, say where files are kept and in how many threads, or read what others wrote
    others = {"_checks.py", "_threads.py", "atomic.py", "cache.py", "file_maps.py", "scan_array.py"}
    assert {name for name in loaded - others if not name.startswith("readers")} == set(tcbf.demo._SOURCES)


def test_a_change_of_any_source_has_a_file_of_its_own(tmp_path, monkeypatch):
    used = set(tcbf.demo._SOURCES)
    for name in used:
        (tmp_path / name).write_text("1")
    monkeypatch.setattr("tcbf_widgets.demo.__file__", str(tmp_path / "demo.py"))
    prints = [tcbf.demo._fingerprint(1.0)]
    for name in used:
        (tmp_path / name).write_text("2")
        prints.append(tcbf.demo._fingerprint(1.0))
    assert len(set(prints)) == 1 + len(used)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"dose": 0}, "dose must be a number > 0, got 0; in electrons/Å²"),
        ({"defocus": "far"}, "defocus must be a finite number, got 'far'"),
        ({"rotation_deg": np.nan}, "rotation_deg must be a finite number"),
        ({"seed": -1}, "seed must be an integer >= 0, got -1"),
    ],
)
def test_bad_arguments_are_named_before_the_long_work(monkeypatch, arguments, message):
    monkeypatch.setattr("tcbf_widgets.demo.apoferritin_in_ice", lambda **more: pytest.fail("made a specimen"))
    with pytest.raises(ValueError, match=message):
        tcbf.demo.apoferritin(**arguments)


def test_a_cache_that_cannot_be_written_is_only_a_warning(quick, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path / "file" / "folder"))
    with pytest.warns(UserWarning, match="was not cached"):
        assert tcbf.demo.apoferritin().array.shape[:2] == (2, 2)


def test_parameters_have_files_of_their_own(quick, tmp_path, monkeypatch):
    monkeypatch.setenv("TCBF_CACHE", str(tmp_path))
    tcbf.demo.apoferritin(dose=100)
    tcbf.demo.apoferritin(dose=100.0, defocus=15_000)
    tcbf.demo.apoferritin(dose=30)
    assert len(list(tmp_path.iterdir())) == 2
