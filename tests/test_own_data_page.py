"""What the chapter on your own data says of commands and of files is so."""

import re
import shlex
from pathlib import Path

import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import cli, files
from tcbf_widgets.readers import other

PAGE = (Path(__file__).parent.parent / "book" / "tcbf" / "own_data.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"^tcbf (.+)", PAGE, re.MULTILINE))
def test_commands_are_understood(line):
    assert cli._parser().parse_args(shlex.split(line)).run


def test_options_named_in_the_text_are_there(capsys):
    with pytest.raises(SystemExit):
        cli._parser().parse_args(["reconstruct", "--help"])
    known = set(re.findall(r"--[\w-]+", capsys.readouterr().out))
    assert set(re.findall(r"`(--[\w-]+)`", PAGE)) <= known


def test_every_file_of_the_table_is_read():
    table = re.search(r"^\| file \|.*?\n\n", PAGE, re.MULTILINE | re.DOTALL)[0]
    suffixes = set(re.findall(r"`\w*(\.\w+)`", table))
    assert len(suffixes) > 10
    assert suffixes <= files._READERS.keys() | {f".{suffix}" for suffix in other._USUAL}
    assert files._READERS.keys() >= {".npy", ".h5", ".hspy", ".nxs", ".raw", ".mib"}  # each has its line


def test_what_is_shown_and_not_executed_runs(tmp_path, monkeypatch):
    """With LiberTEM in this process, in place of the four that the page starts."""
    simulated = tcbf.simulate_scan(
        tcbf.apoferritin_in_ice(), defocus=15_000, detector_shape=(64, 64), scan_shape=(16, 24)
    )
    monkeypatch.chdir(tmp_path)
    tcbf.save(simulated, "scan.h5")
    data = tcbf.open("scan.h5")
    stack = tcbf.bright_field_stack(data)
    names = {"tcbf": tcbf, "data": data, "survey": tcbf.survey(data), "best": tcbf.refine_aberrations(stack)}
    inline = tcbf.distributed.context
    monkeypatch.setattr(tcbf.distributed, "context", lambda where, workers: inline("inline"))
    shown = []
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    exec(code, names | {"display": shown.append})
    assert (tmp_path / "scan.html").exists()
    assert shown[0].parts
    assert code.count("cluster") >= 4
