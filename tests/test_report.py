"""A report: numbers are those of the stages, its page asks for nothing, its arrays come back, and so does its work."""

import json
import re
import shlex
from dataclasses import replace
from html.parser import HTMLParser

import h5py
import numpy as np
import pytest

import tcbf_widgets as tcbf
from tcbf_widgets import cli, processing, report_figures, report_page, report_words, reporting
from tcbf_widgets.doubts import doubts, notes
from tcbf_widgets.electrons import Gain
from tcbf_widgets.gathering import Gathered
from tcbf_widgets.surveying import Finding
from tcbf_widgets.widgets import static

# elements without an end
VOID = {"meta", "img", "br", "link", "input", "hr"}
MOST = 4_000_000  # bytes that a page may have


@pytest.fixture(scope="module")
def folder(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    tcbf.save(demo, folder / "a scan.h5")
    return folder


@pytest.fixture(scope="module")
def report(folder):
    """What the command made of the demonstration: (page, what it printed)."""
    printed = []
    patch = pytest.MonkeyPatch()
    patch.setattr("builtins.print", lambda text="", **_: printed.append(text))
    page = folder / "report.html"
    assert cli.main(["reconstruct", str(folder / "a scan.h5"), "-o", str(page)]) == 0
    patch.undo()
    return page, "\n".join(printed)


@pytest.fixture(scope="module")
def best(stack):
    return tcbf.refine_aberrations(stack)


@pytest.fixture(scope="module")
def done(stack, alignment):
    """The same, made of the stages by hand, with the fit of the alignment for a refinement."""
    fit = tcbf.fit_aberrations(alignment)
    parts = (fit.aberrations, fit.rotation_deg, fit.transpose, fit.names, fit.covariance, fit.sign_confidence)
    best = tcbf.Refinement(stack, *parts, 20.0)
    pictures = processing._pictures(stack, "refined", best.shifts, best, 2)
    return processing.Processed(
        Gathered(stack, 1, None, ()), alignment, best, fit, "refined", **pictures, remarks=(), notes=()
    )


@pytest.fixture
def quick(done, monkeypatch):
    """Make reports of ``done`` without work, and without figures."""
    monkeypatch.setattr(reporting, "process", lambda *_, **__: done)
    monkeypatch.setattr(reporting, "chosen_figures", lambda _: [])


class Page(HTMLParser):
    """Text, addresses and open elements of a page."""

    def __init__(self, path):
        super().__init__()
        self.open, self.text, self.addresses = [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        self.words = " ".join("".join(self.text).replace("\u00a0", " ").split())

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href", "srcset", "data", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


# ---- the page


def test_the_page_is_whole_well_formed_and_asks_for_nothing(report):
    path, _ = report
    page = Page(path)
    assert page.open == []
    inline = [address for address in page.addresses if address.startswith("data:")]
    others = set(page.addresses) - set(inline)
    assert len(inline) == 5  # the picture and four posters
    arrays = {address for address in others if address.endswith(".h5")}
    # what is left are links, which nobody follows unasked
    assert all(address.startswith("https://doi.org/10.") for address in others - arrays)
    assert [path.with_name(address).is_file() for address in arrays] == [True]
    assert path.stat().st_size < MOST


def test_code_and_arrays_are_stored_once(report):
    text = report[0].read_text(encoding="utf-8")
    descriptions = [json.loads(found) for found in re.findall(r'application/tcbf\+json">(.*?)</script>', text)]
    names = [name for description in descriptions for name in description["assets"]]
    assert len(names) == len(set(names))
    needed = {name for description in descriptions for name in description["esm"]}
    assert needed <= set(names)
    assert text.count(static.runtime()) == 1
    linked = [description["state"]["view"] for description in descriptions if "iteration" in description["links"]]
    assert linked == ["AlignmentMovie", "ShiftField"]


def test_its_numbers_are_those_of_the_stages_by_hand(report, stack, best):
    page, printed = Page(report[0]), report[1].replace("\u00a0", " ")
    spread = best.uncertainties
    defocus = f"{best.aberrations.defocus / 1e4:.4f} ± {spread['C10'] / 1e4:.4f} µm"
    rotation = f"−{abs(best.rotation_deg):.2f} ± {spread['rotation_deg']:.2f}°"
    halves = [tcbf.upsample(stack, best.shifts, 4, subset=half) for half in tcbf.half_sets(stack)]
    resolution = f"{1 / tcbf.fourier_ring_correlation(*halves).crossing(last=True):.1f} Å"
    for number in (defocus, rotation, resolution, "2\u202f118 pixels", "100 electrons/Å²"):
        assert " ".join(number.split()) in page.words
        assert number in printed
    assert len(printed.splitlines()) <= 12
    assert str(report[0]) in printed
    assert "a scan.h5" in page.words


def test_the_command_in_the_page_makes_the_same_page(report, folder, monkeypatch):
    (command,) = re.findall(r"<pre>(.*?)</pre>", report[0].read_text(encoding="utf-8"))
    words = shlex.split(command.replace("&#x27;", "'"))
    assert words[:5] == ["tcbf", "reconstruct", "a scan.h5", "-o", "report.html"]
    seen = []

    def instead(*arguments, **options):
        seen.append((arguments, options))
        raise ValueError("far enough")

    monkeypatch.setattr(reporting, "process", instead)
    monkeypatch.chdir(folder)
    assert cli.main(words[1:]) == 2  # the page is there, and that is no obstacle
    ((_, options),) = seen
    assert options["upsample"] == 4
    assert options["bin"] == 1
    assert report[0].exists()


# ---- the arrays


def test_the_arrays_come_back_with_units_and_axes(report, stack, alignment, best):
    (path,) = report[0].parent.glob("report-*.h5")
    with h5py.File(path) as file:
        root = file["reconstruction"]
        np.testing.assert_array_equal(root["aligned/data"], alignment.image)
        np.testing.assert_array_equal(root["shifts_aligned/data"], alignment.shifts)
        np.testing.assert_array_equal(root["k/data"], stack.k)
        np.testing.assert_array_equal(root["disk/data"], stack.disk.mask)
        np.testing.assert_array_equal(root["mean_pattern/data"], stack.disk.mean_pattern)
        for name, step, unit in (("image", 2.5, "A"), ("corrected", 2.5, "A"), ("unaligned", 10.0, "A")):
            group = root[name]
            assert group.attrs["emd_group_type"] == "array"
            for axis, length in enumerate(group["data"].shape):
                steps = group[f"dim{axis}"]
                assert (steps.attrs["step"], steps.attrs["units"], len(steps)) == (step, unit, length)
                np.testing.assert_allclose(np.diff(steps), step)
        lens = root["covariance"].attrs
        assert lens["C10"] == best.aberrations.C10
        assert lens["uncertainty_C10"] == best.uncertainties["C10"]
        assert list(lens["names"]) == list(best.names)
        np.testing.assert_array_equal(root["covariance/data"], best.covariance)
        np.testing.assert_allclose(root["shifts/data"], best.shifts)
        assert json.loads(file.attrs["about"])["source"] == "a scan.h5"
        for name, group in root.items():
            assert "units" in group["data"].attrs, name
            for axis, length in enumerate(group["data"].shape):
                assert len(group[f"dim{axis}"]) == length


# ---- stopping, going on, refusing


def test_stopped_it_leaves_nothing_but_finished_stages_and_goes_on_after_them(folder, done, monkeypatch, capsys):
    page = folder / "stopped.html"
    command = ["reconstruct", str(folder / "a scan.h5"), "-o", str(page)]
    before = sorted(folder.iterdir())

    def stops(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(processing, "align", lambda *_, **__: done.alignment)
    monkeypatch.setattr(processing, "refine_aberrations", stops)
    monkeypatch.setattr(reporting, "chosen_figures", lambda _: [])
    assert cli.main(command) == 130
    assert "goes on after the last stage" in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before
    monkeypatch.setattr(processing, "align", stops)
    monkeypatch.setattr(processing, "refine_aberrations", lambda *_, **__: done.refinement)
    assert cli.main(command) == 0
    assert "stack: finished before" in capsys.readouterr().err
    assert page.exists()
    # the work is complete, and nothing is kept of it: the same again begins anew
    monkeypatch.setattr(processing, "refine_aberrations", stops)
    assert cli.main([*command, "--force"]) == 130
    assert "finished before" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, says",
    [
        (["missing.h5", "-o", "new.html"], "missing.h5' is not a file"),
        (["a scan.h5", "-o", "report.html"], "report.html already exists; give another name, or --force"),
        (["a scan.h5", "-o", "report.pdf"], "path must end with .html or .htm, got 'report.pdf'"),
        (["a scan.h5", "-o", "no/report.html"], "there is no folder 'no'"),
        (["bare.npy", "-o", "new.html"], "bare.npy does not hold energy, scan_sampling, reciprocal_sampling; pass it"),
        (["a scan.h5", "-o", "new.html", "--upsample", "9"], "upsample must be at most 8"),
        (["a scan.h5", "-o", "new.html", "--workers", "2"], "--workers 2 is for --engine libertem, got --engine numpy"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(report, words, says, monkeypatch, capsys):
    folder = report[0].parent
    monkeypatch.chdir(folder)
    np.save("bare.npy", np.ones((8, 8, 8, 8)))
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert cli.main(["reconstruct", *words]) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.err.startswith("tcbf: ")
    assert "Traceback" not in printed.err
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_an_existing_report_is_replaced_only_when_asked(tmp_path, demo, quick):
    path = tmp_path / "r.html"
    assert tcbf.report(demo, path, progress=False) == path
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="already exists"):
        tcbf.report(demo, path, progress=False)
    assert path.read_bytes() == before
    tcbf.report(demo, path, progress=False, upsample=2, overwrite=True)
    assert path.read_bytes() != before
    assert len(list(tmp_path.iterdir())) == 2


def test_the_same_again_has_the_same_bytes(tmp_path, demo, quick):
    pages = [
        tcbf.report(demo, tmp_path / name / "r.html", progress=False)
        for name in ("a", "b")
        if not (tmp_path / name).mkdir()
    ]
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_descan_from_elsewhere_is_repeated_in_python(folder, tmp_path, quick):
    places = np.zeros((24, 48, 2))
    descan = tcbf.Descan(places, places, np.eye(2), 0.1)
    page = tcbf.report(folder / "a scan.h5", tmp_path / "r.html", descan=descan, progress=False)
    again = Page(page).words
    assert "tcbf.report('a scan.h5', \"r.html\", descan=descan, upsample=4, bin=1, overwrite=True)" in again


@pytest.mark.parametrize(
    "options, says",
    [
        ({"dose": 3}, "dose is no option of a report"),
        ({"energy": 300e3}, "energy is for files, source is FourDSTEM"),
    ],
)
def test_options_without_use_are_refused(tmp_path, demo, options, says):
    with pytest.raises(TypeError, match=says):
        tcbf.report(demo, tmp_path / "r.html", **options)


def test_a_stack_has_been_gathered_already(tmp_path, stack):
    with pytest.raises(TypeError, match="bin is for scans, source is BrightFieldStack"):
        tcbf.report(stack, tmp_path / "r.html", bin=2)


def test_remarks_are_warnings_in_python_and_lines_in_the_page(tmp_path, demo, done, monkeypatch):
    noted = replace(done, remarks=("the beam <went> off",))
    monkeypatch.setattr(reporting, "process", lambda *_, **__: noted)
    monkeypatch.setattr(reporting, "chosen_figures", lambda _: [])
    with pytest.warns(UserWarning, match="the beam <went> off"):
        path = tcbf.report(demo, tmp_path / "r.html", progress=False)
    page = Page(path)
    assert "Problem. The beam <went> off." in page.words
    assert page.open == []


def test_what_was_done_to_the_scan_is_a_note_and_a_doubt_is_a_problem(tmp_path, demo, done, stack, quick, monkeypatch):
    places = np.zeros((*stack.scan_shape, 2))
    gathered = Gathered(stack, 2, tcbf.Descan(places, places, np.eye(2), 0.1), ())
    far = replace(done.fit, aberrations=replace(done.fit.aberrations, C10=2 * done.fit.aberrations.C10))
    said = doubts(gathered, done.refinement, far, "refined")
    harmless = notes(gathered, done.refinement, "refined")
    told = replace(done, gathered=gathered, remarks=tuple(said), notes=tuple(harmless))
    monkeypatch.setattr(reporting, "process", lambda *_, **__: told)
    with pytest.warns(UserWarning, match="off the refined one") as caught:
        page = Page(tcbf.report(demo, tmp_path / "r.html", progress=False))
    assert len(caught) == 1  # a note is nothing to warn of
    assert "Problem. The defocus by cross-correlation alone is 100 % off" in page.words
    assert "Note. Squares of 2 x 2 detector pixels were summed" in page.words
    assert "Note. Descan was corrected by whole pixels" in page.words
    # of a scan in which nothing was found, the squares may be the reason
    (alone,) = doubts(gathered, done.refinement, None, "nothing")
    assert "before you believe that there is nothing" in alone
    assert notes(gathered, done.refinement, "nothing") == []
    nothing = replace(told, outcome="nothing", remarks=(alone,))
    assert '<span class="kind">Problem.</span> Squares of 2 x 2' in report_page._findings(nothing)


# ---- words for every outcome


def rows(done):
    return {name: (value, more) for name, value, more in report_words.number_rows(done)}


def test_what_was_found_reads_as_it_is(done):
    assert re.fullmatch(
        r"2\u202f118 virtual .* of 24 × 48 probe positions, each moved back by up to \d\d Å and summed\. Two halves of "
        r"them agree down to \d+\.\d Å.*\.",
        report_words.lead(done),
    )
    table = rows(done)
    assert table["Scan"] == ("24 × 48 positions", "10 Å apart, a field of 24 × 48 nm")
    assert table["Energy"] == ("300 kV", "")
    assert table["Semi-angle"][0] == "3.99 mrad"
    assert "Descan" not in table
    assert table["Rotation of the detector"][1] == "its axes are not exchanged"


def test_the_resolution_is_said_to_be_the_last_crossing(done):
    assert "falls below 1/7 for the last time" in "".join(text for text, _ in report_words.method(done))


def test_nothing_found_is_said_and_no_number_pretends_otherwise(done):
    nothing = replace(done, outcome="nothing", fit=None, flipped=None, corrected=None, rings=None)
    assert report_words.lead(nothing).startswith("Nothing was found: no displacement of the 2\u202f118 virtual")
    table = rows(nothing)
    assert table["Lens"][0] == "not determined"
    assert "Defocus" not in table
    assert "Resolution by half-sets" not in table
    assert "neither found a displacement" in "".join(text for text, _ in report_words.method(nothing))
    ((widget, _),) = report_figures.chosen_figures(nothing)
    assert widget.view == "VirtualBrightField"


def test_an_alignment_alone_gives_doubtful_numbers(done):
    aligned = replace(done, outcome="aligned", flipped=None, corrected=None)
    assert "did not settle: its numbers are doubtful" in report_words.lead(aligned)
    assert rows(aligned)["Defocus"][1] == "by cross-correlation alone"
    assert "did not settle" in "".join(text for text, _ in report_words.method(aligned))


def test_halves_that_agree_on_nothing_are_reported(done):
    alone = replace(done, rings=replace(done.rings, values=0 * done.rings.values))
    assert "Two halves of them agree on nothing" in report_words.lead(alone)
    assert rows(alone)["Resolution by half-sets"][0] == "none"


def test_descan_and_squares_of_pixels_are_told(done, stack):
    places = np.zeros((*stack.scan_shape, 2))
    descan = tcbf.Descan(places, places, np.array([[3.0, 0.0], [4.0, 0.0]]), 0.1)
    table = rows(replace(done, gathered=Gathered(stack, 2, descan, ())))
    assert table["Descan"] == ("corrected", "5.0 pixels along y, 0.0 along x of the scan")
    assert table["Bright-field disk"][1].endswith("of 2 × 2 detector pixels each")


def test_findings_stand_with_their_remedies_what_matters_first(tmp_path, demo, done, stack, monkeypatch):
    findings = (Finding("fine", "no hot or dead pixels"), Finding("problem", "the disk is cut", "centre it"))
    told = replace(done, gathered=Gathered(stack, 1, None, findings))
    monkeypatch.setattr(reporting, "process", lambda *_, **__: told)
    monkeypatch.setattr(reporting, "chosen_figures", lambda _: [])
    page = Page(tcbf.report(demo, tmp_path / "r.html", progress=False))
    assert "Problem. The disk is cut. Centre it. Fine. No hot or dead pixels." in page.words


@pytest.mark.parametrize("confidence, says", [(np.inf, "as given"), (1.2, "uncertain, 1.2"), (8.0, "this sign by 8.0")])
def test_the_sign_of_the_defocus_is_as_certain_as_it_is(done, confidence, says):
    best = replace(done.refinement, sign_confidence=confidence)
    assert says in rows(replace(done, refinement=best))["Defocus"][1]


def test_astigmatism_has_the_uncertainty_of_its_size_and_direction(done):
    best = done.refinement
    covariance = best.covariance.copy()
    places = [best.names.index(name) for name in ("C12x", "C12y")]
    covariance[np.ix_(places, places)] = np.diag([4.0, 900.0])  # 2 Å along x, 30 Å along y
    lens = replace(best.aberrations, C12x=1000.0, C12y=0.0)
    told = rows(replace(done, refinement=replace(best, aberrations=lens, covariance=covariance)))
    # across, 30 Å turn 1000 Å by 0.03 rad = 1.7°, and the axis by half of that
    assert told["Two-fold astigmatism"] == ("100.00 ± 0.20 nm", "at 0.0 ± 0.9°")
    small = replace(best, aberrations=replace(lens, C12x=40.0), covariance=covariance)
    assert "the direction is open" in rows(replace(done, refinement=small))["Two-fold astigmatism"][1]


def test_counts_that_are_no_electrons_are_called_counts(done, stack):
    amplified = replace(stack, mean_counts=25 * stack.mean_counts)
    value, more = rows(replace(done, gathered=Gathered(amplified, 1, None, ())))["Dose on the detector"]
    assert value.endswith(" counts/Å²")
    assert more == "they are not single electrons: the noise is 25.1 times Poisson's"


def test_noise_of_counted_electrons_is_called_so(done, monkeypatch):
    for gain, says in (
        (1.03, "the noise is that of counted electrons"),
        (1.3, "electrons are counted: the noise is 1.3"),
    ):
        monkeypatch.setattr(report_words, "gain_of", lambda _, gain=gain: Gain(gain, gain, 0.001))
        assert rows(done)["Dose on the detector"][1].startswith(says)


# ---- figures


def test_a_large_scan_is_thinned_for_the_page(alignment, stack):
    thin = report_figures._thin(alignment, 700_000)
    assert thin.stack.scan_shape == (12, 24)
    # squares of scan pixels counted together: the counts are all there
    np.testing.assert_allclose(thin.stack.counts.sum(), stack.counts.sum(), rtol=1e-4)
    assert thin.stack.scan_sampling == (20.0, 20.0)
    movie = report_figures._thin_movie(alignment, 3_000)
    assert movie.image.shape == (12, 24)
    np.testing.assert_allclose(movie.image.mean(), alignment.image.mean(), rtol=1e-6)
    np.testing.assert_array_equal(movie.errors, alignment.errors)


@pytest.mark.parametrize("room", [2_000_000, 600_000])
def test_figures_of_the_alignment_keep_to_their_room(alignment, room):
    figures = report_figures._of_alignment(alignment, room)
    assert [widget.view for widget, _ in figures] == ["AlignmentMovie", "ShiftField"]
    assert figures[0][0].smooth
    assert report_figures._stored(figures) <= room


def test_the_middle_of_a_large_scan_is_a_stack_like_any(stack, monkeypatch):
    assert report_figures._middle(stack) is stack
    monkeypatch.setattr(report_figures, "_WIDEST", 20)
    part = report_figures._middle(stack)
    assert part.scan_shape == (20, 20)
    np.testing.assert_allclose(part.counts, stack.counts[:, 2:22, 14:34], atol=1e-5)
    seen = part.images.mean(axis=(1, 2))
    np.testing.assert_allclose(seen[seen > 0], 1, atol=1e-5)
