"""The views paint what Python says: every canvas, byte for byte, against `panels()`, which `figure()` draws too."""

import base64
import itertools

import numpy as np
import pytest
import support
from controls import bring

import tcbf_widgets as tcbf
from tests.bullseye_patterns import BULLSEYE, bullseye_and_disk, recorded
from tests.challenge_scans import made_up_challenge
from tests.crystallite_runs import small_crystallites
from tests.direct_images import images_of_demo
from tests.growing_images import growing_images
from tests.ptychography_runs import two_methods, two_slices

# States that a reader can set, one after the other; what a state does not name stays as it was.
LOOKS = [
    {"cmap": "viridis"},
    {"cmap": "magma", "contrast": (5.0, 90.5)},
    {"cmap": "cividis", "contrast": (0.0, 100.0)},
    {"cmap": "gray", "smooth": True},
]
RADII = [{"radius": radius} for radius in (1, 6, 26)]
GROUPS = [
    {"level": level, "group": group}
    for level, group in [(0, 0), (1, 5), (2, 0), (2, 11), (3, 44), (4, 100), (5, 0), (5, 2000)]
]
STEPS = [{"iteration": iteration} for iteration in range(7)]
FIELDS = [
    {"spacing": spacing, "field": field}
    for spacing, field in itertools.product((1, 6, 16), ("measured", "fitted", "both", "residual"))
]
RIMS = [
    {"field": "residual", "iteration": 0},
    {"field": "fitted", "iteration": 2, "selected": 0},
    {"field": "residual", "iteration": 6, "selected": 1000, "spacing": 1},
]
LENSES = [
    {"defocus": 15_000.0},
    {"rotation_deg": -15.0, "C12x": 400.0, "C12y": -2_000.0},
    {"transpose": True, "rotation_deg": 90.0},
    {"defocus": -30_000.0, "C21x": 3e4, "C21y": -2_000.0},
    {"defocus": 0.0, "C12x": 0.0, "C12y": 0.0, "C21x": 0.0, "C21y": 0.0},
    {"rotation_deg": 180.0, "transpose": False, "C23x": 1e5, "C23y": -5e4, "C30": -5e7},
]
ORDERS = [
    {"max_radial_order": radial, "max_angular_order": angular}
    for radial, angular in itertools.product((1, 2, 3), (0, 2, 4))
]
TRANSFERS = [
    {"defocus": 7_000.0, "semiangle": 8.0, "reach": 0.9},
    {"C30": 0.0, "flip": True},
    {"defocus": -30_000.0, "C30": 5e7, "semiangle": 10.0, "reach": 1.0},
    {"defocus": 0.0, "flip": False},
    {"semiangle": 1.0, "reach": 0.1},
]
GRIDS = [
    {"factor": 1},
    {"factor": 8, "kernel_width": 0.0, "reach": 0.4},
    {"factor": 5, "kernel_width": 0.5, "flip": True},
    {"factor": 3, "kernel_width": 0.125, "flip": False, "reach": 0.05},
]
ASSUMED = [{"assumed_defocus": defocus} for defocus in (0.0, 700.0, 12_000.0, 17_300.0, 30_000.0)]

EXPOSURES = [
    {"dose": 10.0, "defocus": 3_300.0},
    {"dose": 1000.0, "zoom": 2.7},
    {"noise": False, "defocus": -20_000.0},
    {"zoom": 8.0, "defocus": 0.0},
    {"noise": True, "dose": 57.5, "zoom": 1.0},
]

PIXELS = [
    {"ky": -0.071, "kx": 0.11, "defocus": 15_000.0},
    {"ky": 0.0, "kx": 0.0},
    {"defocus": 0.0},
    {"kx": -0.203, "defocus": -15_000.0},  # at the rim
    {"ky": 0.243, "kx": -0.243, "defocus": 20_000.0},
]

SCANS = [
    {"defocus": -1_000.0, "position": (16, 48)},
    {"step": 8, "electrons": 1e4},
    {"step": 32, "defocus": 300.0},
    {"defocus": 0.0, "electrons": 1e6},
    {"step": 2, "electrons": None, "position": (62, 2)},
    {"defocus": 1_500.0, "electrons": 100.0},
]

WEDGES = [
    {"beta": 0.0, "semiangle": 60.0},
    {"beta": 1.0, "depth": 0.0},
    {"beta": 250.0, "y": 23.5, "depth": 310.0},
    {"semiangle": 5.0, "y": 0.0},
    {"beta": 33.3, "semiangle": 21.5, "y": 11.5, "depth": 180.0},
]

EPOCHS = [
    {"epoch": 0},
    {"epoch": 5, "error_range": 0.05},
    {"run": "ePIE", "quality": "phase_rms"},  # which has fewer
    {"epoch": 2, "error_range": 0},
    {"epoch": 6, "run": "Adam"},
]
SLICES = [{"layer": 0}, {"epoch": 1}, {"layer": 1, "contrast": (20.0, 80.0)}]

TEMPLATES = [
    {"electrons": 20_000.0, "threshold": 3.0},
    {"exclusion": 11.95, "outer": 8.35, "inner": 5.05, "spot": 3.0, "cross": 2.5},
    {"zero_sum": False},
    {"probe": "disk", "noise": False},
    {"spot": 0.9, "inner": 1.5, "outer": 2.0, "zero_sum": True, "electrons": 300.0},
    {"probe": "bullseye", "noise": True},
]

CUTS = [
    {"position": (3, 15)},
    {"threshold": 13.0, "feature": 7},
    {"position": (12, 2), "true_boundaries": True},
    {"threshold": 150.0, "feature": 0},
    {"position": None, "true_boundaries": False},
]

GUESSES = [
    {"defocus": -12_300.0},
    {"rotation_deg": 77.5, "C12x": -1_400.0},
    {"defocus": 0.0, "C12y": 5_000.0},
]

DETAILS = [{"detail": detail} for detail in (8.0, 11.3, 20.0, 80.0)]

# name: how it is made in a state that is not the first, and the states it is then brought into
WIDGETS = {
    "VirtualBrightField": (lambda stack, _: tcbf.widgets.VirtualBrightField(stack, radius=17), RADII + LOOKS),
    "MaskSchedule": (lambda stack, _: tcbf.widgets.MaskSchedule(stack, level=3, group=7), GROUPS + LOOKS),
    "AlignmentMovie": (lambda _, alignment: tcbf.widgets.AlignmentMovie(alignment, iteration=4), STEPS + LOOKS),
    "ShiftField": (
        lambda _, alignment: tcbf.widgets.ShiftField(alignment, spacing=3, iteration=5, field="fitted"),
        FIELDS + RIMS + LOOKS,
    ),
    "AberrationExplorer": (
        lambda _, alignment: tcbf.widgets.AberrationExplorer(alignment, rotation_deg=-30.0, C30=2e7),
        LENSES + LOOKS,
    ),
    "AberrationFitView": (
        lambda _, alignment: tcbf.widgets.AberrationFitView(alignment, max_radial_order=2),
        ORDERS + LOOKS,
    ),
    "ContrastTransfer": (lambda *_: tcbf.widgets.ContrastTransfer(defocus=9_000.0, flip=True), TRANSFERS + LOOKS),
    "TiltedIllumination": (
        lambda *_: tcbf.widgets.TiltedIllumination(ky=0.02, kx=0.24, C30=2.7e7),
        PIXELS + LOOKS,
    ),
    "Upsampling": (
        lambda stack, alignment: tcbf.widgets.Upsampling(stack, tcbf.fit_aberrations(alignment), factor=6),
        GRIDS + LOOKS,
    ),
    "PhaseContrast": (
        lambda *_: tcbf.widgets.PhaseContrast(tcbf.apoferritin_in_ice((256, 256), slices=2), seed=7, dose=30.0),
        EXPOSURES + LOOKS,
    ),
    "ProbeAndScan": (
        lambda *_: tcbf.widgets.ProbeAndScan(tcbf.overlap_scan(1e5, step=16), seed=3, position=(16, 32)),
        SCANS + LOOKS,
    ),
    "MissingWedge": (lambda *_: tcbf.widgets.MissingWedge(beta=8.0, depth=250.0, energy=200e3), WEDGES + LOOKS),
    "PtychographyMovie": (
        lambda *_: tcbf.widgets.PtychographyMovie(two_methods(), sampling=0.5, epoch=3),
        EPOCHS + LOOKS,
    ),
    "PtychographyMovie of two slices": (lambda *_: tcbf.widgets.PtychographyMovie(two_slices(), layer=1), SLICES),
    "LiveImage": (
        lambda *_: tcbf.widgets.LiveImage(growing_images(), part=3),
        [{"part": 0}, {"part": 2, "contrast": (5.0, 80.0)}, {"part": 4}, *LOOKS],
    ),
    "DirectPtychography": (
        lambda *_: tcbf.widgets.DirectPtychography(**images_of_demo(), detail=14.0),
        DETAILS + LOOKS,
    ),
    "BullseyeTemplate": (
        lambda *_: tcbf.widgets.BullseyeTemplate(bullseye_and_disk(), errors=False, seed=2, exclusion=11.3),
        TEMPLATES + LOOKS,
    ),
    "BullseyeTemplate of a recorded pattern": (
        lambda *_: tcbf.widgets.BullseyeTemplate(recorded(), BULLSEYE, outer=6.05),
        [{"exclusion": 10.9, "outer": 7.0}, {"zero_sum": False, "contrast": (0.0, 100.0)}],
    ),
    "CrystalliteMap": (
        lambda *_: tcbf.widgets.CrystalliteMap(**small_crystallites(), threshold=60.0, feature=3),
        CUTS + LOOKS,
    ),
    "CrystalliteMap of features alone": (
        lambda *_: tcbf.widgets.CrystalliteMap(small_crystallites()["features"], position=(2, 2)),
        CUTS[:2],
    ),
    "Challenge": (lambda *_: tcbf.widgets.Challenge(made_up_challenge(), C12y=300.0), GUESSES + LOOKS[:2]),
    "TiltCorrection": (
        lambda _, alignment: tcbf.widgets.TiltCorrection(tcbf.fit_aberrations(alignment), assumed_defocus=9_900.0),
        ASSUMED + LOOKS,
    ),
}

CANVASES = """root => [...root.querySelectorAll("canvas[data-panel]")].filter(canvas => !canvas.hidden).map(canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let text = "";
    for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
    return { name: canvas.dataset.panel, shape: [canvas.height, canvas.width, 4], bytes: btoa(text) };
})"""


def differences(root, widget):
    """Return one line for each canvas that is not as Python says."""
    panels = {name: panel.rgba() for name, panel in widget.panels().items()}
    canvases = {
        canvas["name"]: np.frombuffer(base64.b64decode(canvas["bytes"]), np.uint8).reshape(canvas["shape"])
        for canvas in root.evaluate(CANVASES)
    }
    if canvases.keys() != panels.keys():
        return [f"panels {sorted(canvases)} instead of {sorted(panels)}"]
    lines = []
    for name, expected in panels.items():
        if canvases[name].shape != expected.shape:
            lines.append(f"{name}: shape {canvases[name].shape} instead of {expected.shape}")
        elif wrong := int((canvases[name] != expected).any(axis=-1).sum()):
            apart = np.abs(canvases[name].astype(int) - expected).max()
            lines.append(f"{name}: {wrong} of {expected[..., 0].size} pixels differ, by up to {apart}")
    return lines


@pytest.fixture(params=WIDGETS)
def saved(request, browser, stack, alignment, tmp_path):
    """A widget, and its root in the page it was saved as."""
    make, states = WIDGETS[request.param]
    widget = make(stack, alignment)
    with support.saved_widget(browser, widget, tmp_path) as (_, root):
        yield widget, root, states


def test_every_pixel_is_that_of_python(saved):
    widget, root, states = saved
    wrong = {"as saved": differences(root, widget)}
    for state in states:
        bring(root, widget, state)
        wrong[str(state)] = differences(root, widget)
    assert {state: lines for state, lines in wrong.items() if lines} == {}
