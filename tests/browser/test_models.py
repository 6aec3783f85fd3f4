"""How a view follows a model that changes under it: new numbers from Python, and a state that it cannot draw."""

import pytest
import support

import tcbf_widgets as tcbf
from tcbf_widgets.widgets.bundles import live_module

CODE = live_module("AlignmentMovie")

# A film of `count` frames of 2 x 3, drawn by the module that a notebook gets; every listener of the model is counted.
FILM = """async ({ code, count, ...traits }) => {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const { default: view } = await import(url);
    const array = (numbers, shape) => ({
        dtype: "float32", shape, scale: null, offset: null, data: new DataView(Float32Array.from(numbers).buffer),
    });
    window.film = count => ({
        arrays: {
            images: array(Array.from({ length: 6 * count }, (_, i) => i), [count, 2, 3]),
            errors: array(Array.from({ length: count }, (_, i) => 1 / (1 + i)), [count]),
            rms_shift: array(Array.from({ length: count }, (_, i) => i), [count]),
        },
        meta: { title: "Film", bins: Array(count).fill(4), groups: Array(count).fill(9), scan_sampling: [10, 10] },
    });
    window.listeners = 0;
    class Model extends TCBF.Model {
        on(...given) { window.listeners++; return super.on(...given); }
        off(...given) { window.listeners--; return super.off(...given); }
    }
    window.model = new Model({
        view: "AlignmentMovie", ...film(count), iteration: count - 1, playing: false, speed: 1, blink: false,
        cmap: "gray", contrast: [1, 99], smooth: false, ...traits,
    });
    const el = document.createElement("div");
    document.querySelector("main").replaceChildren(el);
    window.leave = view.render({ model, el });
}"""


@pytest.fixture(scope="module")
def page(browser, stack, tmp_path_factory):
    """A page with the runtime, for one film after the other."""
    file = tcbf.widgets.VirtualBrightField(stack).save_html(tmp_path_factory.mktemp("saved") / "figure.html")
    with support.watched_page(browser, file.as_uri()) as watched:
        yield watched.page


def test_reset_after_new_numbers_does_not_return_to_a_step_that_is_gone(page):
    page.evaluate(FILM, {"code": CODE, "count": 5})
    page.evaluate("async () => { model.set({ ...film(3), iteration: 1 }); await null; }")
    slider = page.locator("input[type=range]").first
    assert slider.get_attribute("max") == "2"
    slider.press("End")
    assert page.evaluate("() => model.get('iteration')") == 2
    slider.press("r")
    assert page.evaluate("() => model.get('iteration')") == 1


def test_a_view_that_leaves_takes_all_its_listeners_along(page):
    page.evaluate(FILM, {"code": CODE, "count": 3})
    assert page.evaluate("() => listeners") > 0
    page.evaluate("() => leave()")
    assert page.evaluate("() => listeners") == 0


def test_a_view_that_fails_says_so_listens_no_more_and_recovers_with_new_numbers(page):
    page.evaluate(FILM, {"code": CODE, "count": 3, "cmap": "jet"})
    message = page.locator(".tcbf-message")
    assert message.get_attribute("role") == "alert"
    assert "cmap" in message.text_content() or "jet" in message.text_content()
    # those that wait for new numbers remain
    assert page.evaluate("() => listeners") == 2
    page.evaluate("async () => { model.set({ cmap: 'gray', ...film(4) }); await null; }")
    assert page.locator(".tcbf-widget[data-view]").get_attribute("data-state") == "ready"
