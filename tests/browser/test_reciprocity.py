"""The diagrams of Reciprocity in a page: as drawn in Python, and readable on a phone."""

import numpy as np
import pytest
from controls import bring

import tcbf_widgets as tcbf
from tcbf_widgets.widgets.reciprocity_drawing import ctem_drawing, stem_drawing

RAYS = """root => Object.fromEntries([...root.querySelectorAll("svg[data-diagram]")].map(svg => [svg.dataset.diagram,
    [...svg.querySelectorAll(".tcbf-ray")].map(ray => ray.getAttribute("d"))]))"""

# pairs of labels that touch, and labels that leave their drawing
UNREADABLE = """root => [...root.querySelectorAll("svg[data-diagram]")].flatMap(svg => {
    const room = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll("tspan, text:not(:has(tspan))")].map(text => {
        const { left, right, top, bottom } = text.getBoundingClientRect();
        return { text: text.textContent, left, right, top: top + 3, bottom: bottom - 3 };
    });
    const outside = boxes.filter(box => box.left < room.left - 1 || box.right > room.right + 1
        || box.top < room.top - 4 || box.bottom > room.bottom + 4);
    const touching = boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => a.left < b.right && b.left < a.right
        && a.top < b.bottom && b.top < a.bottom).map(b => ({ text: `${a.text} / ${b.text}` })));
    return [...outside, ...touching].map(({ text }) => text);
})"""

STATES = [
    {"tilt": -4.8, "defocus": -20_000.0},
    {"traces": True, "tilted_beams": True, "defocus": 20_000.0, "tilt": 4.0},
    {"inverted": True},
    {"tilt": 0.0, "defocus": 0.0},
]


@pytest.fixture(scope="module", params=[(1000, "1000 px"), (360, "a phone")], ids=lambda param: param[1])
def reciprocity(request, opened_once):
    widget = tcbf.widgets.Reciprocity()
    watched, root = opened_once(widget, viewport={"width": request.param[0], "height": 900})
    yield widget, root
    assert watched.problems == []


def coordinates(path):
    return np.array([point.split() for point in path.lstrip("M").split("L")], float)


def test_rays_are_those_of_python_and_labels_are_readable(reciprocity):
    widget, root = reciprocity
    for state in [{}, *STATES]:
        bring(root, widget, state)
        drawn = root.evaluate(RAYS)
        for name, make in (("ctem", ctem_drawing), ("stem", stem_drawing)):
            expected = [np.array(ray["points"]) for ray in make(widget.state())["rays"]]
            ours = [coordinates(path) for path in drawn[name]]
            assert [len(ray) for ray in ours] == [len(ray) for ray in expected]
            # one scale and one origin for all: fitted to the points, and then exact to the tenth of a pixel written
            points, pixels = np.concatenate(expected), np.concatenate(ours)
            scale, *_ = np.linalg.lstsq(points - points.mean(axis=0), pixels - pixels.mean(axis=0), rcond=None)
            assert scale == pytest.approx(scale[1, 1] * np.diag([np.ptp(points[:, 0]) > 1e-6, 1]), abs=0.2)
            fitted = (points - points.mean(axis=0)) @ scale + pixels.mean(axis=0)
            assert np.allclose(fitted, pixels, atol=0.15)
        assert root.evaluate(UNREADABLE) == [], state


# to either side of the rim, with the longest numbers, and with one more line to explain
CROSSING = [{"tilt": -3.95, "defocus": -20_000.0}, {"tilt": -4.5}, {"tilted_beams": True}, {"tilted_beams": False}]

RESIZE = """async (root, width) => {
    root.style.width = `${width}px`;
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}"""

# texts that are cut off, and the height of the figure
ROOM = """root => {
    const texts = [...root.querySelectorAll(".tcbf-foot, .tcbf-title")];
    const small = text => text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight + 1;
    return { cut: texts.filter(small).map(text => text.textContent), height: root.getBoundingClientRect().height };
}"""

# are the drawings beside each other, and how far is it from the top of the figure to the end of its first slider?
COMPARED = """root => {
    const [ctem, stem] = [...root.querySelectorAll("svg[data-diagram]")].map(svg => svg.getBoundingClientRect());
    const end = root.querySelector(".tcbf-slider").getBoundingClientRect().bottom;
    return { beside: ctem.top === stem.top && ctem.right <= stem.left, end: end - root.getBoundingClientRect().top };
}"""


def test_nothing_is_cut_off_and_nothing_jumps_when_the_beam_crosses_the_rim(reciprocity):
    widget, root = reciprocity
    for width in (288, 328, 528, 592, 700, 880):
        if width > root.evaluate("root => root.parentElement.clientWidth"):
            continue
        root.evaluate(RESIZE, width)
        heights = set()
        for state in CROSSING:
            bring(root, widget, state)
            room = root.evaluate(ROOM)
            assert room["cut"] == [], (width, state)
            heights.add(room["height"])
        assert len(heights) == 1, width
        compared = root.evaluate(COMPARED)
        assert compared["beside"]
        assert compared["end"] <= 640 or width > 800  # a phone shows both, and what moves them
    root.evaluate("root => { root.style.width = ''; }")


def test_the_legend_lists_what_is_drawn(reciprocity):
    widget, root = reciprocity
    for shown in (True, False):
        bring(root, widget, {"tilted_beams": shown})
        assert root.get_by_text("other directions").is_visible() == shown
    assert root.get_by_text("this direction", exact=True).is_visible()
