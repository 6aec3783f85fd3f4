"""What LiberTEM is asked to work on, and where: what is refused, and how it is said."""

from dataclasses import replace

import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import distributed
from tests.moving_disk import moving_scan


@pytest.fixture(scope="module")
def inline():
    with distributed.context() as context:
        yield context


@pytest.fixture(scope="module")
def scan():
    return moving_scan((8, 9), (63, 60))[0]


@pytest.fixture(scope="module")
def descan():
    return moving_scan((8, 9), (63, 60), drift=(3, 2))[1]


@pytest.fixture(scope="module")
def template():
    return tcbf.bullseye_template(1.1, 3, 4.5)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("cluster",), "where must be 'inline', 'threads', 'dask' or the address .*, got 'cluster'"),
        ((2,), "where must be .*, got 2"),
        (("dask", 0), "workers must be a positive integer, got 0"),
        (("inline", 2), "workers is for where='threads' and where='dask', got workers=2 with 'inline'"),
    ],
)
def test_refuses_other_places_to_work(arguments, message):
    with pytest.raises(ValueError, match=message):
        distributed.context(*arguments)


def test_says_that_no_scheduler_answers(monkeypatch):
    from tcbf_widgets import processes as places

    monkeypatch.setattr(places, "_WAIT", 1)
    with pytest.raises(ConnectionError, match="no Dask scheduler answers at where='tcp://127.0.0.1:1'"):  # noqa: SIM117
        with distributed.context("tcp://127.0.0.1:1"):
            pass


def test_refuses_what_is_no_context(scan):
    with pytest.raises(TypeError, match=r"context must be a Context, from tcbf.distributed.context\(\); got str"):
        distributed.map_frames(scan, "inline")


def test_refuses_what_is_no_scan(scan, inline):
    with pytest.raises(TypeError, match="data must be a FourDSTEM, .* or a DataSet of LiberTEM; got ndarray"):
        distributed.map_frames(scan.array, inline)
    line = inline.load("memory", data=scan.array[0])
    with pytest.raises(ValueError, match=r"data must have two scan and two detector axes, got \(9,\) and \(63, 60\)"):
        distributed.map_frames(line, inline)


def test_refuses_a_descan_of_another_scan(scan, descan, inline):
    other = replace(scan, array=scan.array[:5])
    with pytest.raises(ValueError, match=r"descan belongs to a scan of \(8, 9\) positions, data has \(5, 9\)"):
        distributed.map_frames(other, inline, descan)
    with pytest.raises(TypeError, match="descan must be a Descan"):
        distributed.map_frames(scan, inline, descan.corners)


def test_refuses_bad_places_and_templates(scan, inline, template):
    with pytest.raises(ValueError, match="peaks must be at least one peak"):
        distributed.feature_vectors(scan, np.zeros((0, 2)), template, inline)
    with pytest.raises(ValueError, match="template is .* pixels wide, the frame only 63 x 60"):
        distributed.feature_vectors(scan, [[30, 30]], tcbf.circle_template(40), inline)


def test_a_stack_is_collected_in_threads_if_no_context_is_given(scan):
    found = tcbf.bright_field_stack(scan, engine="libertem")
    np.testing.assert_array_equal(found.images, tcbf.bright_field_stack(scan).images)


def test_refuses_other_engines(scan, inline):
    with pytest.raises(ValueError, match="engine must be one of 'numpy', 'libertem', got 'dask'"):
        tcbf.bright_field_stack(scan, engine="dask")
    with pytest.raises(ValueError, match="context is for engine='libertem', got one with engine='numpy'"):
        tcbf.bright_field_stack(scan, context=inline)
    with pytest.raises(TypeError, match="context must be a Context"):
        tcbf.bright_field_stack(scan, engine="libertem", context="tcp://host:8786")


def test_a_stack_needs_a_calibration(scan, inline):
    with pytest.raises(TypeError, match="data must be a FourDSTEM, .* got MemoryDataSet"):
        distributed.bright_field_stack(inline.load("memory", data=scan.array, sig_dims=2), inline)


def test_counts_and_images_of_the_stack_must_fit_into_memory(scan, inline):
    """Images of float32 would fit, the bytes that they are made of as well would not."""
    count = len(tcbf.bright_field_stack(scan).images) + 60  # and of the pixels around the disk
    room = 4.5 * count * 72
    with pytest.raises(ValueError, match="memory=.* is too little: the disk has .* pixels, and their images of 8 x 9"):
        distributed.bright_field_stack(scan, inline, memory=room)


def test_says_where_a_cluster_belongs_in_a_script(monkeypatch):
    from tcbf_widgets import processes as places

    def refuse(**_):
        raise RuntimeError("Nanny failed to start.")  # what Dask says where its processes start others in turn

    monkeypatch.setattr(places, "SpecCluster", refuse)
    with pytest.raises(RuntimeError, match=r"Nanny failed.*__main__"), distributed.context("dask", 1):
        pass
