"""A widget without a kernel: what it displays in a book, and the file that it saves."""

import base64
import json
import re
import zlib

import numpy as np
import pytest
import traitlets as t

from tcbf_widgets.widgets import MaskSchedule, VirtualBrightField, bundles, static
from tcbf_widgets.widgets.arrays import pack, unpack
from tcbf_widgets.widgets.figure import Panel
from tcbf_widgets.widgets.widget import TcbfWidget


class Squares(TcbfWidget):
    """The smallest widget: one picture, one number."""

    _esm = "export default { render({ el }) { el.textContent = '</script><b>'; } };"
    _css = ".tcbf-widget { color: red }"
    level = t.Int(3).tag(sync=True)

    def __init__(self, array=None, **traits):
        array = np.zeros((8, 8), np.uint8) if array is None else array
        super().__init__(arrays={"squares": pack(array)}, meta={"title": "Squares & <more>"}, **traits)

    def panels(self):
        return {"squares": Panel(unpack(self.arrays["squares"]), 0, 255, title="Squares")}

    def alt_text(self):
        return f'Squares at level {self.level}, "gray".'


@pytest.fixture
def static_mode(monkeypatch):
    monkeypatch.setenv(static.ENVIRONMENT_VARIABLE, "1")


def spec_of(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/tcbf\+json">(.*?)</script>', html, re.DOTALL)[1])


def decode(asset: dict) -> bytes:
    stored = base64.b64decode(asset["text"])
    return zlib.decompress(stored) if asset["encoding"] == "zlib" else stored


def test_live_widgets_display_by_their_model_and_hold_a_comm():
    widget = Squares()
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert widget.comm is not None


def test_static_widgets_display_as_html_png_and_words_without_a_comm(static_mode):
    widget = Squares()
    data, _ = widget._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html", "image/png"}
    assert widget.comm is None
    assert widget.layout is None
    assert data["text/plain"] == 'Squares at level 3, "gray".'
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert 'alt="Squares at level 3, &quot;gray&quot;."' in data["text/html"]


def test_payload_holds_synced_traits_and_arrays_by_content():
    array = np.arange(64, dtype=np.uint8).reshape(8, 8)
    payload = Squares(array, level=5).static_payload()
    assert payload["state"]["level"] == 5
    assert payload["state"]["view"] == "Squares"
    assert not {"layout", "tooltip", "_esm", "_model_name"} & payload["state"].keys()
    (buffer,) = payload["buffers"]
    assert buffer["path"] == ["arrays", "squares", "data"]
    assert decode(payload["assets"][buffer["id"]]) == array.tobytes()
    assert "data" not in payload["state"]["arrays"]["squares"]


def test_equal_arrays_have_one_name_and_other_arrays_another():
    first, second = (Squares().static_payload()["buffers"][0]["id"] for _ in range(2))
    other = Squares(np.ones((8, 8), np.uint8)).static_payload()["buffers"][0]["id"]
    assert first == second != other


@pytest.mark.parametrize("array", [np.zeros(5000, np.uint8), np.random.default_rng(0).bytes(5000)])
def test_arrays_are_compressed_only_where_it_pays(array):
    array = np.frombuffer(bytes(array), np.uint8)
    payload = Squares(array.reshape(50, 100)).static_payload()
    asset = payload["assets"][payload["buffers"][0]["id"]]
    assert asset["encoding"] == ("zlib" if not array.any() else "raw")
    assert decode(asset) == array.tobytes()
    assert asset["bytes"] == 5000


def test_no_text_of_a_widget_ends_the_script_that_holds_it():
    html = Squares().static_html()
    # the payload's, and the runtime's
    assert html.count("</script>") == 2
    assert spec_of(html)["assets"][spec_of(html)["esm"][0]]["text"] == Squares._esm


def test_script_json_refuses_nan():
    with pytest.raises(ValueError, match="not JSON compliant"):
        static.script_json({"value": float("nan")})


def test_splitting_moves_code_arrays_and_poster_into_files_and_leaves_the_state():
    html = Squares().static_html()
    assert static.is_fragment(html)
    # a page that runs no script keeps the poster's aspect, and says why it does not move
    assert html.count("<noscript>") == 1
    assert re.search(r'<img class="tcbf-poster"[^>]* style="width:100%;height:auto" ', html)
    text, files = static.split_assets(html, "../_static/tcbf/")
    spec = spec_of(text)
    assert "assets" not in spec
    assert spec["state"]["level"] == 3
    names = {*spec["esm"], spec["css"], spec["buffers"][0]["id"]}
    poster = re.search(r'src="\.\./_static/tcbf/(\w+)\.png"', text)[1]
    assert files.keys() == {f"{name}.js" for name in names} | {f"{poster}.png"}
    assert all(files[f"{name}.js"].startswith(b"(window.TCBFQ ??= []).push([") for name in names)
    assert "TCBF.start" not in text
    assert len(text) < 2000


def test_saved_page_is_complete_in_itself(tmp_path):
    path = Squares().save_html(tmp_path / "squares.html")
    text = path.read_text(encoding="utf-8")
    assert "<title>Squares &amp; &lt;more&gt;</title>" in text
    assert static.runtime() in text
    assert not re.search(r'(?:src|href)="(?!data:)', text)
    assert list(tmp_path.iterdir()) == [path]


def test_saving_never_overwrites_unasked(tmp_path):
    path = tmp_path / "squares.html"
    path.write_text("precious")
    with pytest.raises(FileExistsError, match="already exists; give another name or overwrite=True"):
        Squares().save_html(path)
    assert path.read_text() == "precious"
    Squares().save_html(path, overwrite=True)
    assert path.read_text().startswith("<!doctype html>")


def test_saving_names_the_folder_that_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder .*nowhere"):
        Squares().save_html(tmp_path / "nowhere" / "squares.html")


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "squares.html"
    path.write_text("old")

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(static.os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        Squares().save_html(path, overwrite=True)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("contrast", [(99, 1), (5, 5), (-1, 50), (0, 101)])
def test_contrast_must_be_ordered_percentiles(contrast):
    with pytest.raises(t.TraitError, match="accepted are percentiles 0 <= low < high <= 100"):
        Squares(contrast=contrast)


@pytest.mark.parametrize("value", [float("nan"), np.float32(1), {1, 2}])
def test_meta_must_be_plain_json(value):
    widget = Squares()
    with pytest.raises(t.TraitError, match="meta must be plain JSON"):
        widget.meta = {"value": value}


def test_the_view_cannot_be_changed():
    with pytest.raises(t.TraitError, match="read-only"):
        Squares().view = "Other"


def test_a_missing_bundle_says_how_to_make_one(tmp_path, monkeypatch):
    class Bare(TcbfWidget):
        pass

    monkeypatch.setattr(bundles, "DIST", tmp_path)
    with pytest.raises(FileNotFoundError, match="run `make environment`"):
        Bare()


def test_a_widget_made_of_another_has_its_view(stack):
    class Mine(VirtualBrightField):
        pass

    mine, other = Mine(stack), VirtualBrightField(stack)
    assert mine.view == "VirtualBrightField"
    assert mine._esm == other._esm
    assert mine.static_payload()["esm"] == other.static_payload()["esm"]


def test_a_page_carries_the_modules_of_its_views_and_no_others(stack):
    payloads = [Widget(stack).static_payload() for Widget in (VirtualBrightField, MaskSchedule)]
    shared = set(payloads[0]["esm"]) & set(payloads[1]["esm"])
    assert shared
    for payload in payloads:
        modules = {name: payload["assets"][name] for name in payload["esm"]}
        assert payload["esm"][0] not in shared
        imported = [name for module in modules.values() for name in module["imports"].values()]
        assert set(imported) == set(payload["esm"][1:])
        for module in modules.values():
            assert all(f'"{name}"' in module["text"] for name in module["imports"])
