"""`tcbf` in a terminal: one screen on each file, a sentence for each mistake."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets.cli import main
from tcbf_widgets.cli_info import _command
from tcbf_widgets.cli_reconstruct import _STAGES
from tcbf_widgets.cli_words import as_options
from tcbf_widgets.reporting import GATHERING, READING


@pytest.fixture(scope="module")
def folder(demo, tmp_path_factory):
    """A folder with the demo, its bare counts, and counts with many faults."""
    folder = tmp_path_factory.mktemp("cli")
    tcbf.save(demo, folder / "scan.h5")
    np.save(folder / "bare.npy", demo.array)
    rng = np.random.default_rng(0)
    current = np.linspace(1, 0.6, 24)[:, None, None, None] * rng.normal(0.85, 0.05, 24)[:, None, None, None]
    current = current * np.where(np.arange(48) > 45, 0.5, 1)[:, None, None]
    faulty = (demo.array * current * np.linspace(1, 0.2, 128)).astype(np.float32) - np.float32(0.02)
    for row in range(24):
        faulty[row] = np.roll(faulty[row], row // 3, axis=-1)
    faulty[:, :, 60, 64], faulty[..., 70:72], faulty[0, 0, 0, :5] = 3000, 0, np.nan
    np.save(folder / "many faults.npy", faulty)
    return folder


@pytest.fixture
def here(folder, monkeypatch):
    """In the folder files have short names, so that lines can be short."""
    monkeypatch.chdir(folder)


def said(capsys, *arguments):
    """Lines that a command prints."""
    assert main(list(map(str, arguments))) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    return lines


def refused(capsys, *arguments):
    """The sentence with which a command refuses."""
    assert main(list(map(str, arguments))) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert shown.err.startswith("tcbf: ")
    assert len(shown.err.splitlines()) == 1
    return shown.err


def test_a_scan_is_described_on_one_screen(here, capsys):
    lines = said(capsys, "info", "scan.h5")
    text = "\n".join(lines)
    assert lines[0].startswith("scan.h5: EMD")
    for part in (
        "24 x 48 positions, 10 Å apart: 24 x 48 nm",
        "128 x 128 pixels of 0.00781 1/Å or 0.154 mrad, uint8",
        "300 kV",
        "radius 26.0 pixels, 3.99 mrad; centre (63.7, 63.7)",
        "100 electrons/Å²",
        "fine      no hot or dead pixels",
    ):
        assert part in text
    assert lines[-1] == "next: tcbf reconstruct scan.h5 -o scan.html"
    assert "note" not in text


def test_what_is_missing_is_named_with_its_option(here, capsys):
    text = "\n".join(said(capsys, "info", "bare.npy"))
    assert "missing   energy of the beam: --energy 300e3 (eV)" in text
    assert "missing   step of the scan: --scan-sampling 10 (Å)" in text
    assert "missing   size of a pixel: --reciprocal-sampling 0.0078 (1/Å)" in text
    assert "radius 26.0 pixels; centre" in text
    assert "next: tcbf info" in text
    assert "--energy ... " in text


def test_what_is_given_is_used_and_goes_into_the_next_command(here, capsys):
    given = ["--energy", "300e3", "--scan-sampling", "10,12", "--angular-sampling", "0.154", "--transpose"]
    text = "\n".join(said(capsys, "info", "bare.npy", *given))
    assert "10 x 12 Å apart" in text
    assert "4.00 mrad" in text
    assert "83.4 electrons/Å²" in text
    command = text[text.index("next: ") :].replace("\\\n", "").split()
    assert command[1:3] == ["tcbf", "reconstruct"]
    assert " ".join(command[-7:]) == "--energy 300000 --scan-sampling 10,12 --angular-sampling 0.154 --transpose"


def test_many_faults_fit_on_one_screen(here, capsys):
    text = "\n".join(said(capsys, "info", "many faults.npy"))
    for part in ("problem", "NaN", "negative counts", "1 hot pixel", "descan", "drift", "flickers", "times as bright"):
        assert part in text
    assert "next: tcbf info 'many faults.npy'" in text


def test_negative_counts_are_clipped_on_request_and_in_the_next_command(tmp_path, demo, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("negative.npy", demo.array.astype(np.float32) - np.float32(0.02))
    assert "negative counts" in "\n".join(said(capsys, "info", "negative.npy"))
    text = "\n".join(said(capsys, "info", "negative.npy", "--clip-negative"))
    assert "negative counts" not in text
    assert "--clip-negative" in text[text.index("next: ") :]


def test_lines_of_the_next_command_are_joined_by_a_shell(capsys):
    lines = _command(["tcbf info", "'a b.npy'", *(f"--option{i} {i}" for i in range(12))])
    assert max(map(len, lines)) <= 80
    assert all(line.endswith(" \\") for line in lines[:-1])
    joined = "\n".join(lines).replace("\\\n", "").split()
    assert joined[:3] == ["next:", "tcbf", "info"]
    assert len(joined) == 5 + 2 * 12


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("nowhere.h5", None, "is not a file: there is none of this name"),
        (".", None, "is not a file but a folder"),
        ("empty.h5", b"", "empty.h5 is empty (0 bytes)\n"),
        ("photo.h5", b"\xff\xd8\xff\xe0" * 200, "photo.h5 is no HDF5 file\n"),
        ("photo.mib", b"\xff\xd8\xff\xe0" * 200, "photo.mib is no Merlin file"),
        ("broken.h5", b"\x89HDF\r\n\x1a\n and no more", "is not a whole HDF5 file"),
        ("broken.npy", b"\x93NUMPY", "is not a whole"),
        ("text.npy", b"no numbers", "text.npy is no .npy file\n"),
        ("unknown.xyz", b"no scan", "unknown.xyz"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(tmp_path, capsys, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert words in refused(capsys, "info", tmp_path / name)


def test_options_that_make_no_sense_are_refused(here, capsys):
    assert "--energy must be a number > 0, got -3" in refused(capsys, "info", "bare.npy", "--energy", "-3")
    assert "--scan-shape 7,9" in refused(capsys, "info", "bare.npy", "--scan-shape", "7,9")
    said = "--energy must be at least 1000 eV, got 300; give it in eV, 1e3 to 1e7 (300 kV is 300e3)"
    assert said in refused(capsys, "info", "bare.npy", "--energy", "300")
    assert said in refused(capsys, "reconstruct", "scan.h5", "-o", "none.html", "--energy", "300")
    with pytest.raises(SystemExit, match="2"):
        main(["info", "bare.npy", "--reciprocal-sampling", "0.01", "--angular-sampling", "0.2"])
    assert "not allowed with argument --reciprocal-sampling" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option, text, words",
    [
        ("--energy", "300kV", "one number, or two with a comma, as 10 or 10,12.5; got '300kV'"),
        ("--scan-sampling", "1,2,3", "one number, or two with a comma, as 10 or 10,12.5; got '1,2,3'"),
        ("--scan-shape", "24x48", "two whole numbers with a comma, rows and columns, as 24,48; got '24x48'"),
        ("--scan-shape", "1152", "as 24,48; got '1152'"),
        ("--scan-shape", "1.5,2", "as 24,48; got '1.5,2'"),
    ],
)
def test_what_is_no_number_is_told_what_would_be_one(capsys, option, text, words):
    with pytest.raises(SystemExit, match="2"):
        main(["info", "bare.npy", option, text])
    said = capsys.readouterr().err
    assert f"argument {option}: " in said
    assert said.endswith(f"{words}\n")


def test_a_sentence_names_options_and_no_arguments(here, tmp_path, capsys):
    said = refused(capsys, "reconstruct", "bare.npy", "-o", tmp_path / "a.html")
    assert "for example --energy 300e3 (eV), --scan-sampling 10.0 (Å), --reciprocal-sampling 0.0078 (1/Å)" in said
    assert said.endswith("or --angular-sampling (mrad)\n")
    np.save(tmp_path / "row.npy", np.ones((6, 8, 9), np.uint8))
    assert refused(capsys, "info", tmp_path / "row.npy").endswith("one after another; give --scan-shape Y,X\n")


@pytest.mark.parametrize(
    "text, words",
    [
        ("choose one with dataset=: a (2, 3)", "choose one with --dataset: a (2, 3)"),
        ("dataset='c' is not in a.h5", "--dataset c is not in a.h5"),
        (
            "if you know it, pass defocus_sign=1 (underfocus) or -1",
            "if you know it, pass --defocus-sign 1 (underfocus) or -1",
        ),
        (
            "as 0: np.maximum(array, 0), tcbf.open(..., clip_negative=True)",
            "as 0: np.maximum(array, 0), --clip-negative",
        ),
        ("tcbf.bright_field_stack(data, descan=tcbf.survey(data).descan)", None),
        ("shape=(2, 3), energy of the beam, /data/energy=3.h5", None),
    ],
)
def test_arguments_become_options_and_code_stays(text, words):
    assert as_options(text) == (words or text)


def test_every_option_is_named_as_it_is_typed():
    for name in (*READING, *GATHERING, *_STAGES):
        assert as_options(f"{name} must be given; {name}=3 is") == "--{0} must be given; --{0} 3 is".format(
            name.replace("_", "-")
        )


def test_of_several_datasets_one_is_chosen(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with h5py.File("two.h5", "w") as file:
        for name in ("first", "second"):
            file[name] = np.ones((2, 3, 8, 9), np.uint8)
    assert "first" in refused(capsys, "info", "two.h5")
    assert "2 x 3 positions" in "\n".join(said(capsys, "info", "two.h5", "--dataset", "second"))


def test_a_demo_is_written_and_never_overwritten_by_accident(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = Path("demo.h5")
    assert said(capsys, "demo", path)[-1] == "next: tcbf info demo.h5"
    assert np.array_equal(tcbf.open(path).array[0], tcbf.demo.apoferritin().array[0])
    before = path.read_bytes()
    assert "already exists; give another name, or --force" in refused(capsys, "demo", path)
    assert path.read_bytes() == before
    said(capsys, "demo", path, "--dose", "30", "--force")
    assert tcbf.open(path).truth.dose == 30
    assert "path must end with" in refused(capsys, "demo", "demo.txt")
    assert "dose must be a number > 0" in refused(capsys, "demo", "none.h5", "--dose", "0")


def test_help_and_version(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("info", "demo", "reconstruct"))
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"tcbf_widgets {tcbf.__version__}\n"


def test_help_imports_nothing_heavy():
    code = "import sys; from tcbf_widgets.cli import main; main([]); sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_the_package_can_be_run():
    done = subprocess.run([sys.executable, "-m", "tcbf_widgets", "info", "nowhere"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "tcbf: path 'nowhere' is not a file: there is none of this name\n"
