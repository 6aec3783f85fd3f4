"""Assignments: what nbgrader makes of the masters, and the marks that right, wrong and empty submissions get."""

import re
import sys
from pathlib import Path

import assignments
import nbformat
import pytest
from matplotlib import pyplot

import tcbf_widgets as tcbf

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # of nbgrader

NAMES = assignments.names()
POINTS = {name: {} for name in NAMES}  # of each test; answers in words, graded by hand, are left out
for name in NAMES:
    for cell in assignments.source_notebook(name).cells:
        about = cell.metadata.get("nbgrader", {})
        if "points" in about and cell.cell_type == "code":
            POINTS[name][about["grade_id"]] = about["points"]

# assignment -> [(a line of its solution, what a student writes instead, tests that this fails)]
MISTAKES = {
    "aberrations": [
        ("return solution[1:].T", "return solution[1:]", {"linear_fit_order", "linear_fit_offset"}),
        ("return defocus, c12x, c12y, np.degrees(", "return defocus, c12x, -c12y, -np.degrees(",
         {"read_lens_rotation", "read_lens_astigmatism"}),
        ("np.sum(residual**2) / (2 * (len(residual) - 3))", "np.mean(residual**2)", {"noise_of_few"}),
        ("np.linalg.inv(design.T @ design)\n    return np.tile(np.sqrt(np.diag(covariance)[1:])",
         "np.linalg.inv(k.T @ k)\n    return np.tile(np.sqrt(np.diag(covariance))", {"errors_half"}),
        ("return -defocus, rotation + 180", "return -defocus, -rotation", {"twin_shifts"}),
    ],
    "cross_correlation": [
        ("np.exp(-2j * np.pi * (qy", "np.exp(2j * np.pi * (qy", {"moved_direction", "moved_fraction"}),
        ("np.fft.fft2(image) * np.conj(np.fft.fft2(reference))", "np.conj(np.fft.fft2(image)) * np.fft.fft2(reference)",
         {"correlation_values"}),
        ("shift.append((place + n / 2) % n - n / 2)", "shift.append(place)", {"peak_negative", "peak_fraction"}),
        ("-np.asarray(shifts)", "np.asarray(shifts)", {"aligned_mean_back"}),
        ("rim = 4e-3 * 15_000", "rim = 2 * 4e-3 * 15_000", {"expected_rim"}),
    ],
    "ptychography": [
        ('np.fft.fft2(probe * windows, norm="ortho")', "np.fft.fft2(probe * windows)", {"waves_total"}),
        ("(np.abs(detected) - amplitudes) ** 2", "(np.abs(detected) ** 2 - amplitudes**2) ** 2", {"loss_value"}),
        ("2 * (size - amplitudes)", "(amplitudes - size)", {"slope_sign", "slope_size"}),
        ("np.add.at(total, (rows, columns), (np.conj(1j * leaving) * back).real)",
         "total[rows, columns] += (np.conj(1j * leaving) * back).real", {"slope_sum"}),
        ("phase - step * slope_of(phase)", "phase + step * slope_of(phase)", {"descend_many"}),
        ("np.std(phase - truth)", "np.sqrt(np.mean((phase - truth) ** 2))", {"distance_common"}),
    ],
    "virtual_images": [
        ("joules * (1 + joules / (2 * MASS * LIGHT**2))", "joules", {"wavelength_relativity"}),
        ("np.sin(-np.pi", "np.sin(np.pi", {"transfer_sign"}),
        ("period**2 / (2 * wavelength)", "period**2 / wavelength", {"best_defocus_value"}),
        ("wavelength * defocus * k", "-wavelength * defocus * k", {"image_place_direction", "image_place_lens"}),
        ("image / image.mean()", "image", {"axial_image_mean"}),
    ],
}  # fmt: skip

BLOCKED = "import sys; sys.modules |= dict.fromkeys(['anywidget', 'ipywidgets'])\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder with sources and releases."""
    folder = tmp_path_factory.mktemp("course")
    assignments.write_sources(folder)
    assignments.release(folder)
    return folder


def notebook_in(course, stage, name, student="."):
    return nbformat.read(course / stage / student / name / f"{name}.ipynb", as_version=4)


def submit(course, name, student, mistakes=None):
    """Hand in the released notebook with the answers of the master, some of them replaced; None: as it was released."""
    notebook = notebook_in(course, "release", name)
    if mistakes is not None:
        for cell, solved in zip(notebook.cells, assignments.source_notebook(name).cells, strict=True):
            if cell.metadata.get("nbgrader", {}).get("solution"):
                # a warning is written to stderr, which nbgrader by itself takes for a failure
                warn = f'    __import__("warnings").warn("{student}")\n    ### BEGIN'
                cell.source = solved.source.replace("    ### BEGIN", warn)
        for right, wrong, _ in mistakes:
            (answer,) = (found for found in notebook.cells if right in found.source)
            answer.source = answer.source.replace(right, wrong)
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def grades(course, tmp_path_factory):
    """Function (assignment, student) -> points of each test; right answers are graded where there are no widgets."""
    interface = assignments.grader(course)
    startup = tmp_path_factory.mktemp("ipython") / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "without_widgets.py").write_text(BLOCKED)
    for name in NAMES:
        submit(course, name, "wrong", MISTAKES[name])
        submit(course, name, "empty")
        assignments.checked(interface.autograde(name, "*"), name)
        submit(course, name, "right", [])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IPYTHONDIR", str(startup.parents[1]))
            assignments.checked(interface.autograde(name, "right"), name)

    def of(name, student):
        with interface.gradebook as gradebook:
            marks = gradebook.find_submission_notebook(name, name, student).grades
            return {mark.name: mark.auto_score for mark in marks if mark.cell.cell_type == "code"}

    return of


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("name", NAMES)
def test_right_answers_get_all_points_without_widgets_and_every_cell_runs(course, grades, name):
    assert grades(name, "right") == POINTS[name]
    cells = code_cells(notebook_in(course, "autograded", name, "right"))
    assert all(cell.execution_count for cell in cells)
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_shown_to_who_works_on_it(monkeypatch, name):
    """The cells run here, and not in a kernel of their own, for a test in less time."""
    shown, show = [], tcbf.show
    monkeypatch.setattr(tcbf, "show", lambda *arguments: shown.append(show(*arguments)), raising=False)
    namespace = {}
    cells = code_cells(assignments.source_notebook(name))
    for cell in cells:
        exec(compile(cell.source, name, "exec"), namespace)
    pyplot.close("all")
    assert len(shown) == sum("tcbf.show(" in cell.source for cell in cells) > 0
    assert all(isinstance(widget, tcbf.widgets.TcbfWidget) for widget in shown)
    for widget in shown:
        widget.close()


@pytest.mark.parametrize("name", NAMES)
def test_typical_mistakes_cost_the_points_they_should_and_no_others(grades, name):
    failed = {grade_id for _, _, tests in MISTAKES[name] for grade_id in tests}
    assert failed < POINTS[name].keys()
    expected = {grade_id: 0 if grade_id in failed else points for grade_id, points in POINTS[name].items()}
    assert grades(name, "wrong") == expected


@pytest.mark.parametrize("name", NAMES)
def test_nothing_written_gets_nothing(grades, name):
    assert grades(name, "empty") == dict.fromkeys(POINTS[name], 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_release_holds_no_solution_and_no_hidden_test(course, name):
    text = "\n".join(cell.source for cell in notebook_in(course, "release", name).cells)
    assert "SOLUTION" not in text
    assert "HIDDEN" not in text
    master = "\n".join(cell.source for cell in notebook_in(course, "source", name).cells)
    for kind in ("SOLUTION", "HIDDEN TESTS"):
        regions = re.findall(rf"### BEGIN {kind}\n(.*?)### END {kind}", master, re.DOTALL)
        assert regions
        assert not [region for region in regions if region.strip() in text]
    # words, graded by hand
    cells = assignments.source_notebook(name).cells
    answers = [cell.source for cell in cells if cell.cell_type == "markdown" and "nbgrader" in cell.metadata]
    assert answers
    assert not [answer for answer in answers if answer in text]


@pytest.mark.parametrize("name", NAMES)
def test_points_are_those_that_the_text_promises(name):
    notebook = assignments.source_notebook(name)
    text = "\n".join(cell.source for cell in notebook.cells)
    total = sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in notebook.cells)
    assert int(re.search(r"(\d+) points\.", text)[1]) == total
    assert sum(map(int, re.findall(r"^## .*\((\d+) points?\)$", text, re.MULTILINE))) == total
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade") and cell.cell_type == "code":
            assert int(re.match(r"# Test, (\d) points?: ", cell.source)[1]) == about["points"], about["grade_id"]


@pytest.mark.usefixtures("grades")
def test_tests_cannot_change_in_number_once_work_has_come_in(course):
    folder = course / "source" / NAMES[0]
    notebook = notebook_in(course, "source", NAMES[0])
    notebook.cells = [found for found in notebook.cells if found.cell_type == "markdown"]
    nbformat.write(notebook, folder / f"{NAMES[0]}.ipynb")
    with pytest.raises(RuntimeError, match=f"{NAMES[0]}: Cannot add or remove cells"):
        assignments.release(course)
    assignments.write_sources(course)
    assignments.release(course)


def test_settings_that_were_changed_stay(tmp_path, capsys):
    course = tmp_path / "course"
    for _ in range(2):  # made, renewed
        assignments.write_sources(course)
        assert (course / "nbgrader_config.py").read_bytes() == assignments.SETTINGS.read_bytes()
        assert capsys.readouterr().out == ""
    mine = "c = get_config()\nc.Execute.timeout = 600\n"
    (course / "nbgrader_config.py").write_text(mine)
    assignments.write_sources(course)
    assert (course / "nbgrader_config.py").read_text() == mine
    said = capsys.readouterr().out
    assert f"{course / 'nbgrader_config.py'} is not that of classroom/" in said
    assert "delete it" in said


@pytest.mark.parametrize(
    "words, status, said",
    [
        (["--help"], 0, "folder of the course"),
        ([""], 2, "folder is empty"),
        (["--hlep"], 2, "unrecognized arguments: --hlep"),
        (["one", "two"], 2, "unrecognized arguments: two"),
        (["{repository}"], 2, "is the repository"),
        (["taken"], 2, "is a file"),
    ],
)
def test_words_that_are_no_folder_make_nothing(monkeypatch, tmp_path, capsys, words, status, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").touch()
    monkeypatch.setattr(assignments, "write_sources", lambda course: pytest.fail(f"made {course}"))
    monkeypatch.setattr(sys, "argv", ["assignments.py", *(w.format(repository=assignments.ROOT) for w in words)])
    with pytest.raises(SystemExit) as ended:
        assignments.main()
    assert ended.value.code == status
    told = capsys.readouterr()
    assert said in told.out + told.err


def refused(monkeypatch, tmp_path, cells):
    master = (assignments.MASTERS / f"{NAMES[0]}.md").read_text(encoding="utf-8").split("\n# ")[0]
    (tmp_path / "mine.md").write_text(master + cells, encoding="utf-8")
    monkeypatch.setattr(assignments, "MASTERS", tmp_path)
    with pytest.raises(ValueError, match=r"^mine\.md: ") as error:
        assignments.source_notebook("mine")
    return str(error.value)


def cell(*words):
    return "\n```{code-cell} ipython3\n" + "".join(f":{word}\n" for word in words) + "\n1\n```\n"


@pytest.mark.parametrize(
    "cells, reason",
    [
        (cell("answer: a", "test: b"), "a cell is one of answer, test, keep"),
        (cell("test: a"), "tests and answers in words have whole points"),
        (cell("keep: a", "points: 1"), "tests and answers in words have whole points"),
        (cell("answer: a") + cell("keep: a"), "two cells are called 'a'"),
    ],
)
def test_a_master_with_a_slip_is_refused(monkeypatch, tmp_path, cells, reason):
    assert reason in refused(monkeypatch, tmp_path, cells)


def test_show_gives_the_widget_or_a_sentence(monkeypatch, capsys):
    assert isinstance(tcbf.show("Reciprocity", defocus=5000.0), tcbf.widgets.Reciprocity)
    assert isinstance(tcbf.show("ProbeAndScan", tcbf.overlap_scan), tcbf.widgets.ProbeAndScan)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(tcbf.widgets, "_MODULES", {"Reciprocity": "is_not_there"})
    assert tcbf.show("Reciprocity", lambda: pytest.fail("computed for nothing")) is None
    said = capsys.readouterr().out
    assert said.startswith("The figure Reciprocity cannot be shown here (ModuleNotFoundError: No module named ")
    with pytest.raises(AttributeError, match="no widget 'Nothing'; there are .*Reciprocity"):
        tcbf.show("Nothing")


@pytest.mark.parametrize("error", [AttributeError("of a package"), FileNotFoundError("no bundle"), KeyError("view")])
def test_show_says_what_is_broken_in_a_widget(monkeypatch, capsys, error):
    def broken(data):
        raise error

    monkeypatch.setattr(tcbf.widgets, "Reciprocity", broken, raising=False)
    assert tcbf.show("Reciprocity", 1) is None
    said = capsys.readouterr().out
    assert said.startswith(f"The figure Reciprocity cannot be shown here ({type(error).__name__}: {error}). No task")


def test_show_leaves_errors_of_functions_to_those_who_wrote_them(capsys):
    with pytest.raises(FileNotFoundError, match=r"mine\.h5"):
        tcbf.show("ShiftField", Path("mine.h5").read_bytes)
    assert capsys.readouterr().out == ""


def test_show_makes_no_figure_while_nbgrader_grades(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert tcbf.show("AlignmentMovie", lambda: pytest.fail("computed for nothing")) is None
