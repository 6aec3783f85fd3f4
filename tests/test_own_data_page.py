"""What the chapter on your own data says of commands and of files is so."""

import re
import shlex
from pathlib import Path

import pytest

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
