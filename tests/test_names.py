"""What `import tcbf_widgets` promises is there."""

import inspect

import pytest

import tcbf_widgets as tcbf


@pytest.mark.parametrize("name", tcbf.__all__)
def test_a_public_name_is_there_and_has_a_docstring(name):
    thing = getattr(tcbf, name)
    assert inspect.getdoc(thing)
    assert name in dir(tcbf)


def test_what_stages_return_can_be_named():
    scan = tcbf.overlap_scan(step=16)
    assert isinstance(scan, tcbf.OverlapScan)
    assert isinstance(scan.data, tcbf.Diffraction)
    assert isinstance(next(tcbf.reconstruct(scan.data, scan.probe)), tcbf.Epoch)


def test_other_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tcbf.nothing  # noqa: B018
