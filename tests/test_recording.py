"""How scans are recorded: in which kind of number, and what is too much for any."""

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import polycrystal, recording


class Noiseless:
    """Counts what is expected."""

    def __init__(self, seed):
        pass

    def poisson(self, expected):
        return np.rint(expected).astype(np.int64)


@pytest.fixture
def noiseless(monkeypatch):
    monkeypatch.setattr(np.random, "default_rng", Noiseless)


def recorded(patterns, electrons, **options):
    options = {"seeds": np.random.SeedSequence(0), "dose": "dose", "progress": False} | options
    return recording.recorded(lambda batch: patterns[batch], patterns.shape, electrons, **options)


@pytest.mark.parametrize("most, dtype", [(0, "uint8"), (255, "uint8"), (256, "uint16"), (65_535, "uint16")])
def test_counts_are_held_in_as_few_bits_as_they_need(noiseless, most, dtype):
    patterns = np.zeros((35, 2, 3))  # more than two batches, the last of them not full
    patterns[:, 1, 2] = np.rint(np.linspace(0, most, 35)) / 4
    found = recorded(patterns, 4.0)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, 4 * patterns)


def test_a_count_beyond_16_bits_is_refused_with_the_argument_to_lower(noiseless):
    patterns = np.zeros((35, 2, 3))
    patterns[34, 0, 0] = 1.0
    with pytest.raises(ValueError, match="^current is too high for 16-bit counts: a pixel counted 65536 electrons$"):
        recorded(patterns, 65_536.0, dose="current")


def test_shares_are_not_counted():
    patterns = np.random.default_rng(0).random((20, 2, 3)) * 1e6
    found = recorded(patterns, None)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, patterns.astype(np.float32))


def test_progress_is_shown_on_request(capsys):
    for progress in (True, False):
        recorded(np.zeros((20, 2, 3)), 1.0, progress=progress)
        assert ("scan: 100%" in capsys.readouterr().err) == progress


def test_each_simulation_names_its_own_argument(monkeypatch):
    specimen = tcbf.apoferritin_in_ice((160, 160), slices=1)
    with pytest.raises(ValueError, match="^dose is too high for 16-bit counts: a pixel counted"):
        tcbf.simulate_scan(
            specimen, defocus=0.0, scan_shape=(1, 2), dose=1e7, window=128, detector_shape=(64, 64), scan_sampling=10.0
        )
    # which otherwise refuses so many before any work
    monkeypatch.setattr(polycrystal, "_check_counts", lambda *arguments: None)
    with pytest.raises(ValueError, match="^electrons is too high for 16-bit counts: a pixel counted"):
        tcbf.crystallite_scan(1e8, scan_shape=(1, 2), grains=1, detector_shape=(32, 32), reciprocal_sampling=0.04)
