"""LiberTEM gives what numpy gives, wherever it works, and leaves no process behind."""

import os
import pickle
from dataclasses import replace

import h5py
import numpy as np
import psutil
import pytest
from libertem.udf.logsum import LogsumUDF
from libertem.udf.masks import ApplyMasksUDF
from libertem.udf.stddev import StdDevUDF

import tcbf_widgets as tcbf
from tcbf_widgets import distributed, frame_source
from tcbf_widgets.aberrations import FittedOptics
from tcbf_widgets.readers.arina import FrameSeries
from tcbf_widgets.scan_array import ScanArray
from tests.moving_disk import moving_scan
from tests.started_processes import left_since, running, started_since

# both sum in float64, in different orders; values of float32 masks are differences of sums some times as large
TIGHT = 1e-12
ASKED = 1e-5


@pytest.fixture(scope="module")
def scan():
    """72 patterns of an odd and an even number of pixels."""
    return tcbf.crystallite_scan(
        300, scan_shape=(8, 9), detector_shape=(63, 60), reciprocal_sampling=0.04, grains=3, seed=1
    ).data


@pytest.fixture(scope="module")
def template():
    return tcbf.bullseye_template(1.1, 3, 4.5)


@pytest.fixture(scope="module")
def descan(scan, template):
    found = tcbf.measure_descan(scan, template)
    assert found.corners.any(axis=(0, 1)).all()  # along both axes
    return found


@pytest.fixture(scope="module", params=["as recorded", "descan corrected"])
def correction(request, descan):
    return descan if request.param == "descan corrected" else None


@pytest.fixture(scope="module")
def inline():
    with distributed.context() as context:
        yield context


@pytest.fixture(scope="module")
def threads():
    with distributed.context("threads", workers=2) as context:
        yield context


@pytest.fixture(scope="module")
def dask():
    """A cluster of two processes; its block ends with an error, and leaves nothing behind all the same."""
    before, environment, others = psutil.Process().cwd(), dict(os.environ), running()
    with pytest.raises(ZeroDivisionError), distributed.context("dask", workers=2) as context:  # noqa: PT012
        folder = context.executor.client.run(lambda dask_worker: dask_worker.local_directory).popitem()[1]
        assert dict(os.environ) == environment
        assert started_since(others)
        yield context
        raise ZeroDivisionError
    assert psutil.Process().cwd() == before
    assert not left_since(others)
    assert not os.path.exists(folder)


@pytest.fixture(scope="module", params=["inline", "threads", "dask"])
def context(request):
    return request.getfixturevalue(request.param)


def assert_maps_agree(found, expected, tolerance=TIGHT):
    assert found.frames == expected.frames
    for name in ("log_sum", "mean", "std"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        assert ours.dtype == np.float64
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * theirs.max(), err_msg=name)


def test_maps_equal_those_of_numpy(scan, context, correction):
    assert_maps_agree(distributed.map_frames(scan, context, correction), tcbf.map_frames(scan, correction))


def test_feature_vectors_equal_those_of_numpy(scan, template, context, correction):
    peaks = tcbf.find_peaks(tcbf.map_frames(scan, correction).log_std, template, count=12)
    found = distributed.feature_vectors(scan, peaks, template, context, correction)
    expected = tcbf.feature_vectors(scan, peaks, template, correction)
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, expected.values, atol=ASKED * np.abs(expected.values).max())
    np.testing.assert_allclose(found.noise, expected.noise, rtol=TIGHT)
    np.testing.assert_array_equal(found.positions, peaks.positions)


def assert_same_stack(found, expected):
    """Counts are equal, so images are, to the last bit."""
    for name in ("pixels", "mean_counts", "images"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    assert found.disk.center == expected.disk.center


@pytest.mark.parametrize("drift", [(0, 0), (3, 4)])
def test_stacks_equal_those_of_numpy(context, drift):
    """With a hot and a dead pixel, and where patterns move over them."""
    data, descan, _ = moving_scan((12, 9), (26, 24), drift=drift, defects=True)
    descan = descan if any(drift) else None
    expected = tcbf.bright_field_stack(data, descan=descan)
    assert len(expected.left_out) == (0 if descan else 2)
    found = tcbf.bright_field_stack(data, descan=descan, engine="libertem", context=context)
    assert_same_stack(found, expected)


def test_parallax_images_are_the_same_everywhere(context):
    data, descan, steady = moving_scan((12, 9), (26, 24), drift=(3, 4))
    stack = tcbf.bright_field_stack(data, descan=descan)
    fit = FittedOptics(stack, tcbf.Aberrations(C10=-9e3), 20.0, False, ("C10",), np.eye(1), np.inf)
    with distributed.context() as here:
        expected = distributed.parallax_image(steady, fit, here, 2)
    found = distributed.parallax_image(data, fit, context, 2, descan=descan)
    np.testing.assert_allclose(found.values, expected.values, atol=TIGHT)


def test_maps_equal_those_of_libertems_own_functions(scan, inline):
    maps = distributed.map_frames(scan, inline)
    # its functions compiled by numba would take seconds to compile
    logsum, spread = inline.run_udf(frame_source.dataset(scan, inline), [LogsumUDF(), StdDevUDF(use_numba=False)])
    np.testing.assert_allclose(maps.log_sum, logsum["logsum"].data, rtol=ASKED)  # it sums in float32
    np.testing.assert_allclose(maps.mean, spread["mean"].data, rtol=TIGHT)
    np.testing.assert_allclose(maps.std, spread["std"].data, rtol=TIGHT)


def test_feature_vectors_equal_those_of_libertems_own_masks(scan, template, descan, dask):
    """Its masks are moved onto the pattern, where our window is moved: the same for places off the edge."""
    places = np.array([[31.3, 29.1], [20.0, 40.5], [40.7, 18.2]]) - descan.corners.max(axis=(0, 1)) / 2
    masks = np.stack([template.sampled(place, scan.detector_shape) for place in places]).astype(np.float32)
    moves = ApplyMasksUDF.aux_data(descan.corners.ravel(), kind="nav", extra_shape=(2,), dtype=int)
    theirs = ApplyMasksUDF(lambda: masks, mask_count=3, mask_dtype=np.float32, use_sparse=False, shifts=moves)
    expected = dask.run_udf(frame_source.dataset(scan, dask), theirs)["intensity"].data
    found = distributed.feature_vectors(scan, places, template, dask, descan).values
    np.testing.assert_allclose(found, expected, atol=ASKED * np.abs(expected).max())


def as_npy(array, folder):
    np.save(folder / "scan.npy", array)
    return np.load(folder / "scan.npy", mmap_mode="r")


def part_of_npy(array, folder):
    return as_npy(np.pad(array, [(1, 1)] * 4), folder)[1:-1, 1:-1, 1:-1, 1:-1]


def backwards_npy(array, folder):
    return as_npy(array[::-1], folder)[::-1]


def columns_first_npy(array, folder):
    return as_npy(np.asfortranarray(array), folder)


def as_raw(array, folder):
    array.tofile(folder / "scan.raw")
    return np.memmap(folder / "scan.raw", array.dtype, "r", shape=array.shape)


def as_hdf5(array, folder, **storage):
    with h5py.File(folder / "scan.h5", "w") as file:
        file.create_dataset("deep/er", data=array, **storage)
    return h5py.File(folder / "scan.h5", "r")["deep/er"]


def as_chunked_hdf5(array, folder):
    return as_hdf5(array, folder, chunks=(2, 4, 16, 17), compression="gzip")


def as_mib(array, folder):
    """Each frame behind a header, stored upside down, as a Merlin does; opened as `tcbf.open` would."""
    stored = np.zeros(array.shape[0] * array.shape[1], [("header", "V384"), ("counts", array.dtype, array.shape[2:])])
    stored["counts"] = array.reshape(-1, *array.shape[2:])[:, ::-1]
    stored.tofile(folder / "scan.mib")
    frames = np.memmap(folder / "scan.mib", stored.dtype, "r")["counts"]
    return ScanArray(frames, array.shape[:2], flip=(True, False))


def as_series(array, folder):
    """In several files, with a pixel that is masked because it counted nonsense, as Arina does; of exchanged axes."""
    frames = array.reshape(-1, *array.shape[2:]).swapaxes(1, 2).copy()
    masked = np.zeros(frames.shape[1:], bool)
    masked[0, 0], frames[:, 0, 0] = True, 255
    assert not array[:, :, 0, 0].any()
    pieces = []
    for number, part in enumerate(np.array_split(frames, 3)):
        with h5py.File(folder / f"data_{number}.h5", "w") as file:
            file["data"] = part
        pieces.append(h5py.File(folder / f"data_{number}.h5", "r")["data"])
    return ScanArray(FrameSeries(tuple(pieces), masked), array.shape[:2], transpose=True)


def as_hdf5_in_memory(array, folder):
    file = h5py.File(folder / "never.h5", "w", driver="core", backing_store=False)
    return file.create_dataset("data", data=array)


@pytest.mark.parametrize(
    "stored, read_by_workers",
    [
        (as_npy, True),
        (as_hdf5, True),
        (as_chunked_hdf5, True),
        (part_of_npy, True),
        (backwards_npy, True),
        (columns_first_npy, True),
        (as_raw, True),
        (as_mib, True),
        (as_series, True),
        (as_hdf5_in_memory, False),
    ],
)
def test_files_give_the_same_maps(scan, descan, tmp_path, dask, recwarn, stored, read_by_workers):
    data = replace(scan, array=stored(scan.array, tmp_path))
    found = distributed.map_frames(data, dask, descan)
    assert_maps_agree(found, tcbf.map_frames(scan, descan))
    sizes = [len(pickle.dumps(part)) for part in frame_source.dataset(data, dask).get_partitions()]
    # the frames of a part have 34 kB; its description may hold a mask of bad pixels, 4 kB
    assert (max(sizes) < 10_000) == read_by_workers
    assert not recwarn.list


@pytest.mark.parametrize("dtype", [">u2", "int32", "float16", ">f4", "float64"])
def test_types_of_counts_give_the_same_maps(scan, tmp_path, inline, dtype):
    array = scan.array.astype(dtype)
    for stored in (array, as_npy(array, tmp_path), as_hdf5(array, tmp_path)):
        assert_maps_agree(distributed.map_frames(replace(scan, array=stored), inline), tcbf.map_frames(scan))


@pytest.mark.parametrize("piece", [1, 10_000, 25_000])  # bytes; a frame has 3780
def test_pieces_need_not_be_whole_rows_of_the_scan(scan, descan, inline, monkeypatch, piece):
    monkeypatch.setattr(frame_source, "_PIECE_BYTES", piece)
    assert_maps_agree(distributed.map_frames(scan, inline, descan), tcbf.map_frames(scan, descan))


def test_a_piece_does_not_take_along_the_whole_array(scan, inline, monkeypatch):
    monkeypatch.setattr(frame_source, "_PIECE_BYTES", scan.array.nbytes // 8)
    sizes = [len(pickle.dumps(part)) for part in frame_source.dataset(scan, inline).get_partitions()]
    assert len(sizes) >= 8
    assert max(sizes) < scan.array.nbytes / 8 + 10_000


def test_a_scan_of_one_frame(scan, template, tmp_path, inline):
    one = scan.array[4:5, 4:5]
    for array in (one, as_npy(one, tmp_path), as_hdf5(one, tmp_path)):
        data = replace(scan, array=array)
        assert_maps_agree(distributed.map_frames(data, inline), tcbf.map_frames(data))
        assert distributed.feature_vectors(data, [[31, 30]], template, inline).values.shape == (1, 1, 1)


def test_takes_data_sets_of_libertem(scan, descan, tmp_path, dask):
    as_npy(scan.array, tmp_path)
    frames = dask.load("npy", path=str(tmp_path / "scan.npy"))
    assert_maps_agree(distributed.map_frames(frames, dask, descan), tcbf.map_frames(scan, descan))


def test_works_on_a_running_cluster_and_leaves_it_running(scan, dask):
    address = dask.executor.client.scheduler.address
    with distributed.context(address) as guest:
        assert_maps_agree(distributed.map_frames(scan, guest), tcbf.map_frames(scan))
    assert_maps_agree(distributed.map_frames(scan, dask), tcbf.map_frames(scan))


def test_a_client_that_knows_no_worker_for_a_moment_does_no_harm(scan, dask, monkeypatch):
    monkeypatch.setattr(dask.executor, "get_available_workers", list)
    parts = [part.slice.shape[0] for part in frame_source.dataset(scan, dask).get_partitions()]
    assert sum(parts) == np.prod(scan.scan_shape)


def test_our_clients_know_their_workers_at_every_moment(dask):
    with distributed.context(dask.executor.client.scheduler.address) as joined:
        for client in (dask.executor.client, joined.executor.client):
            # when Dask replaces what it knows by an answer without workers
            replaced = client._periodic_callbacks["scheduler-info"]
            assert replaced._next_timeout > replaced.io_loop.time() + 3e6  # seconds


def test_each_process_works_in_one_thread(dask):
    def numbers():
        import numba
        import threadpoolctl

        return [numba.get_num_threads(), *(pool["num_threads"] for pool in threadpoolctl.threadpool_info())]

    for found in dask.executor.client.run(numbers).values():
        assert set(found) == {1}


def test_nobody_else_is_let_in(dask):
    mine = psutil.Process()
    for process in (mine, *mine.children(recursive=True)):
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.ip == "127.0.0.1"


def test_shows_progress(scan, inline, capsys):
    distributed.map_frames(scan, inline, progress=True)
    assert "72/72" in capsys.readouterr().err
    distributed.map_frames(scan, inline)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("bad, message", [(np.nan, "finite counts, got 1 NaN"), (-3, "counts >= 0, got -3")])
def test_refuses_bad_counts_in_a_file(scan, tmp_path, context, bad, message):
    array = scan.array.astype(np.float32)
    array[5, 3, 0, 0] = bad
    data = replace(scan, array=as_npy(array, tmp_path))
    with pytest.raises(ValueError, match=f"data must hold {message}"):
        distributed.map_frames(data, context)
