"""The whole way gives the numbers of its stages by hand, within memory, and goes on where it was stopped."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import gathering, processing
from tcbf_widgets.checkpoints import Checkpoints
from tcbf_widgets.contrast import spectral_snr
from tcbf_widgets.descan import standing_still
from tcbf_widgets.detector_binning import bin_detector
from tcbf_widgets.disk import BrightFieldDisk
from tcbf_widgets.gathering import Gathering, fitting_bin
from tcbf_widgets.processing import process

STAGES = ("stack", "alignment", "refinement")


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("TCBF_CACHE", str(tmp_path_factory.mktemp("checkpoints")))
    yield Checkpoints("of this test")
    patch.undo()


@pytest.fixture(scope="module")
def done(demo, checkpoints):
    return process(demo, checkpoints=checkpoints)


@pytest.fixture(scope="module")
def noise():
    """A stack of 16 x 16 positions and 49 pixels in which nothing but noise is to be found."""
    y, x = np.mgrid[:9, :9] - 4
    mask = (y**2 + x**2) < 16
    pixels = np.argwhere(mask)
    counts = np.random.default_rng(0).poisson(20.0, (len(pixels), 16, 16)).astype(np.float32)
    mean = counts.mean(axis=(1, 2))
    disk = BrightFieldDisk(mask * 20.0, mask, (4.0, 4.0), float(np.sqrt(mask.sum() / np.pi)))
    images = counts / mean[:, None, None]
    return tcbf.BrightFieldStack(images, mean, pixels, disk, 300e3, (10.0, 10.0), (0.05, 0.05))


def test_the_numbers_are_those_of_the_functions_called_by_hand(done, stack, alignment):
    np.testing.assert_array_equal(done.stack.images, stack.images)
    np.testing.assert_array_equal(done.alignment.shifts, alignment.shifts)
    best = tcbf.refine_aberrations(stack)
    assert done.outcome == "refined"
    assert done.refinement.aberrations == best.aberrations
    assert done.refinement.rotation_deg == best.rotation_deg
    np.testing.assert_array_equal(done.refinement.covariance, best.covariance)
    image = tcbf.upsample(stack, best.shifts, 4)
    np.testing.assert_array_equal(done.image, image)
    np.testing.assert_array_equal(done.flipped, tcbf.correct_contrast(image, best, "flip"))
    np.testing.assert_array_equal(done.corrected, tcbf.correct_contrast(image, best, "wiener"))
    halves = [tcbf.upsample(stack, best.shifts, 4, subset=half) for half in tcbf.half_sets(stack)]
    np.testing.assert_array_equal(done.rings.values, tcbf.fourier_ring_correlation(*halves).values)
    assert done.fit.aberrations == tcbf.fit_aberrations(alignment).aberrations
    assert done.gathered.bin == 1
    assert done.gathered.descan is None  # the demonstration has none
    assert done.remarks == done.notes == ()


def test_the_dose_is_that_of_the_simulation(done, demo):
    # 1152 patterns of 10 000 electrons each: counting leaves 0.03 %
    assert done.dose == pytest.approx(demo.truth.dose, rel=2e-3)


def test_finished_stages_are_not_done_again(demo, done, checkpoints, monkeypatch, capsys):
    def never(*_, **__):
        raise AssertionError("this stage was finished before")

    monkeypatch.setattr(Gathering, "gather", never)
    monkeypatch.setattr(processing, "align", never)
    monkeypatch.setattr(processing, "refine_aberrations", never)
    again = process(demo, checkpoints=checkpoints, progress=True)
    said = capsys.readouterr().err
    assert [line.split(":")[0] for line in said.splitlines()] == list(STAGES)
    assert again.refinement.aberrations == done.refinement.aberrations
    assert again.refinement.significance == done.refinement.significance
    assert again.gathered.findings == done.gathered.findings
    np.testing.assert_array_equal(again.corrected, done.corrected)
    np.testing.assert_array_equal(again.alignment.errors, done.alignment.errors)
    for one, other in zip(again.alignment.states, done.alignment.states, strict=True):
        for name in ("bin", "fraction", "error"):
            assert getattr(one, name) == getattr(other, name)
        for name in ("image", "measured", "shifts", "fit", "groups"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(again.stack.k, done.stack.k)


def test_where_nothing_is_found_the_sum_is_shown_as_it_is(noise):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what stages warn of is in the remarks
        found = process(noise)
    assert found.outcome == "nothing"
    assert not found.shifts.any()
    assert found.flipped is found.corrected is found.rings is found.fit is None
    weights = noise.mean_counts / noise.mean_counts.sum()
    # the mean of all images, but for what joining the samples spreads: a kernel of 1/8 of a step leaves 3e-14
    np.testing.assert_allclose(found.image.values, np.tensordot(weights, noise.images, 1), atol=1e-6)
    assert any("no shift field stands out" in remark for remark in found.remarks)


def test_an_alignment_alone_is_told_from_a_refinement(stack, alignment, monkeypatch):
    best = tcbf.fit_aberrations(alignment)
    names = best.names
    doubtful = tcbf.Refinement(
        stack, best.aberrations, best.rotation_deg, False, names, np.diag([np.inf] * len(names)), 0.0, 20.0
    )
    monkeypatch.setattr(processing, "refine_aberrations", lambda *_, **__: doubtful)
    monkeypatch.setattr(processing, "align", lambda *_, **__: alignment)
    found = process(stack, upsample=2)
    assert found.outcome == "aligned"
    np.testing.assert_array_equal(found.shifts, alignment.shifts)
    np.testing.assert_array_equal(found.image, tcbf.upsample(stack, alignment.shifts, 2))
    assert found.fit.aberrations == best.aberrations
    assert found.corrected is None
    assert found.rings is not None


def test_what_the_fit_warns_of_is_a_remark(stack, alignment, monkeypatch):
    best = tcbf.fit_aberrations(alignment)
    known = tcbf.Refinement(stack, best.aberrations, best.rotation_deg, False, best.names, best.covariance, 9.0, 20.0)
    monkeypatch.setattr(processing, "refine_aberrations", lambda *_, **__: known)
    monkeypatch.setattr(processing, "align", lambda *_, **__: alignment)

    def warning(*_, **__):
        warnings.warn("the sign is uncertain", stacklevel=2)
        return best

    monkeypatch.setattr(processing, "fit_aberrations", warning)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert process(stack, upsample=1).remarks == ("the sign is uncertain",)


def test_a_wiener_filter_needs_something_in_common(stack, alignment, monkeypatch):
    best = tcbf.fit_aberrations(alignment)
    known = tcbf.Refinement(stack, best.aberrations, best.rotation_deg, False, best.names, best.covariance, 9.0, 20.0)
    monkeypatch.setattr(processing, "refine_aberrations", lambda *_, **__: known)
    monkeypatch.setattr(processing, "align", lambda *_, **__: alignment)

    def nothing(rings, fit):
        ratio = spectral_snr(rings, fit)
        return replace(ratio, full=0 * ratio.full)

    monkeypatch.setattr(processing, "spectral_snr", nothing)
    found = process(stack, upsample=1)
    assert found.corrected is None
    assert found.flipped is not None
    assert found.remarks == ("half-sets of the images have nothing in common: no Wiener filter was applied",)


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"upsample": 9}, "upsample must be at most 8"),
        ({"max_radial_order": 0}, "max_radial_order must be an integer from 1 to 3"),
        ({"defocus_sign": 2}, "defocus_sign must be 1, -1 or None"),
        ({"engine": "cupy"}, "engine must be one of 'numpy', 'libertem', got 'cupy'"),
        ({"workers": 2}, "workers=2 is for engine='libertem'"),
        ({"engine": "libertem", "workers": 0}, "workers must be None for threads, .*, got 0"),
        ({"engine": "libertem", "workers": "node1"}, "workers must be None for threads, .*, got 'node1'"),
        ({"threshold": 1.5}, "threshold must lie between 0 and 1"),
        ({"memory": 1e8}, "memory=100 MB is too little: Python alone takes 150 MB"),
        ({"bin": 0}, "bin must be a positive integer, got 0"),
    ],
)
def test_errors_come_before_any_work(demo, wrong, says, monkeypatch):
    monkeypatch.setattr(gathering, "survey", lambda *_, **__: pytest.fail("work was done"))
    with pytest.raises(ValueError, match=says):
        process(demo, **wrong)


# ---- memory

DISK = BrightFieldDisk(np.ones((64, 64)), np.hypot(*(np.mgrid[:64, :64] - 32)) < 20, (32.0, 32.0), 20.0)
PIXELS = int(DISK.mask.sum())


@pytest.mark.parametrize("scan", [(64, 64), (200, 300)])
@pytest.mark.parametrize("room", [50_000_000, 400_000_000, 10**10])
def test_squares_of_pixels_are_as_small_as_memory_allows(scan, room):
    try:
        edge = fitting_bin(DISK, scan, room)
    except ValueError:
        edge = np.inf
    pixels = {size: PIXELS / size**2 for size in range(1, 5)}
    # the search takes ten times the stack; a climb five times, and spectra of 600 groups at most on a patch of 96 x 96
    patch = np.prod([min(n, 96) + 14 for n in scan]) * np.pi / 2 * 64

    def needed(count):
        groups = count / np.ceil(np.sqrt(count / 600)) ** 2
        return max(40 * count * np.prod(scan), 20 * count * np.prod(scan) + patch * groups)

    assert edge == min([size for size, count in pixels.items() if needed(count) <= room], default=np.inf)


def test_too_little_memory_is_an_error_that_says_how_much_it_takes():
    with pytest.raises(ValueError, match=r"memory=160 MB is too little: all stages together take \d.*squares of 4 x 4"):
        fitting_bin(DISK, (200, 300), 10_000_000)


def test_descan_is_taken_out_before_pixels_are_binned():
    matrix = ((3.0, 0.0), (0.0, 0.0))
    data = tcbf.simulate_scan(
        tcbf.apoferritin_in_ice(seed=7), defocus=15_000, rotation_deg=-15, descan=matrix, dose=300, seed=1
    )
    done = processing.process(data, bin=2, upsample=1)
    assert done.outcome == "refined"
    # 0.2 % by the binning and as much by what is left of descan; corrected by whole squares it was 90 % off
    assert done.refinement.aberrations.defocus == pytest.approx(15_000, rel=0.01)
    assert done.refinement.aberrations.C12 < 0.01 * 15_000
    # descan has carried the rim of the disk across its squares: they are left out
    still = bin_detector(standing_still(data, done.gathered.descan), 2)
    inner = tcbf.bright_field_stack(still, rim=1)
    assert len(done.stack) == len(inner) < len(tcbf.bright_field_stack(still, rim=0))
    squares, descan = done.notes
    assert "squares of 2 x 2 detector pixels were summed" in squares
    assert "descan was corrected by whole pixels" in descan
    assert done.remarks == ()
