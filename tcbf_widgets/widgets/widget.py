"""The base of all widgets: an anywidget that is also a poster, a sentence and a self-contained page."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import anywidget
import traitlets as t
from ipywidgets import Layout, widget_serialization
from ipywidgets.widgets.trait_types import InstanceDict

from . import bundles, static
from .figure import Panel, draw_panels, figure_png


class _LiveModule:
    """The module of a widget's view as class attribute, read when the first widget is made and not on import."""

    def __get__(self, instance, owner):
        return self if instance is None else bundles.live_module(bundles.view_of(owner))


class _StyleSheet:
    """The style sheet of all views, likewise."""

    def __get__(self, instance, owner):
        return self if instance is None else bundles.style_sheet()


class TcbfWidget(anywidget.AnyWidget):
    """Base class of the widgets.

    A subclass computes `arrays` (with `pack` and `quantise`) and `meta` when it is made, adds its own traits, and
    says what it shows in `panels()` and `alt_text()`.

    Live in Jupyter, traits follow the sliders and the other way round. Where TCBF_STATIC=1 is set (the book sets
    it while it is built) the same object displays as HTML that needs no kernel.
    """

    _esm = _LiveModule()
    _css = _StyleSheet()

    view = t.Unicode(read_only=True, help="name of the figure: that of the class").tag(sync=True)
    arrays = t.Dict(help="packed arrays by name, see widgets.arrays").tag(sync=True)
    meta = t.Dict(help="calibration, labels and numbers as plain JSON").tag(sync=True)
    cmap = t.Enum(("gray", "viridis", "cividis", "magma"), "gray", help="colour map of images").tag(sync=True)
    contrast = t.Tuple(
        t.Float(), t.Float(), default_value=(1.0, 99.0), help="percentiles shown as the first and last colour"
    ).tag(sync=True)
    smooth = t.Bool(False, help="interpolate between pixels").tag(sync=True)

    # ipywidgets forbids None, but a Layout would open a comm where there must be none
    layout = InstanceDict(Layout, allow_none=True).tag(sync=True, **widget_serialization)

    def __init__(self, **traits) -> None:
        if static.is_static():
            traits.setdefault("layout", None)
        super().__init__(**traits)

    def open(self) -> None:
        """Connect to the front end, unless the widget displays as static HTML.

        Without a comm no widget state is recorded, and a book built from the notebook loads none of the
        machinery that would need a network.
        """
        if not static.is_static():
            super().open()

    # ---- what subclasses say

    def panels(self) -> dict[str, Panel]:
        """Return the pictures shown in the present state: what the view has to paint, as numbers."""
        raise NotImplementedError(f"{type(self).__name__} has no panels()")

    def alt_text(self) -> str:
        """Return a sentence that says what is to be seen in the present state."""
        raise NotImplementedError(f"{type(self).__name__} has no alt_text()")

    # ---- what follows from it

    def figure(self):
        """Draw the present state with matplotlib; the figure is not registered with pyplot."""
        return draw_panels(self.panels(), smooth=self.smooth)

    def poster_png(self) -> bytes:
        """Return `figure()` as PNG."""
        return figure_png(self.figure())

    def static_payload(self) -> dict:
        """Return state, code and arrays as `widgets.static.payload` describes them."""
        return static.payload(self.get_state(), self._page_modules(), str(self._css))

    def static_html(self) -> str:
        """Return the widget as HTML that needs no kernel, no network and no other file."""
        return static.fragment(self.static_payload(), self.poster_png(), self.alt_text())

    def save_html(self, path: str | os.PathLike, overwrite: bool = False) -> Path:
        """Save the widget as one file that opens by double-click, without kernel and network.

        Parameters
        ----------
        path : of the file to write, such as "figure.html"
        overwrite : replace a file that is already there

        Returns
        -------
        the path written

        Raises
        ------
        FileExistsError : when the file exists and `overwrite` is false; it is left as it was
        FileNotFoundError : when the folder does not exist
        """
        static.check_writable(path, overwrite=overwrite)
        text = static.page(self.meta.get("title", type(self).__name__), self.static_html())
        return static.write_atomically(path, text, overwrite=overwrite)

    def _repr_mimebundle_(self, **kwargs):
        if not static.is_static():
            return super()._repr_mimebundle_(**kwargs)
        bundle = {
            "text/plain": self.alt_text(),
            "text/html": self.static_html(),
            "image/png": base64.b64encode(self.poster_png()).decode(),  # for PDF
        }
        return bundle, {}

    def _page_modules(self) -> dict[str, str]:
        """Modules of the view in a page without a kernel, its own first."""
        # anywidget adds a trait of that name, hence the search; a subclass may bring a module of its own
        defined = (vars(owner).get("_esm") for owner in type(self).__mro__)
        own = next(esm for esm in defined if isinstance(esm, (str, _LiveModule)))
        return {"view.js": own} if isinstance(own, str) else bundles.page_modules(self.view)

    # ---- traits

    @t.default("view")
    def _default_view(self) -> str:
        return bundles.view_of(type(self))

    @t.validate("contrast")
    def _validate_contrast(self, proposal):
        low, high = proposal["value"]
        if not 0 <= low < high <= 100:
            raise t.TraitError(f"contrast is ({low}, {high}); accepted are percentiles 0 <= low < high <= 100")
        return proposal["value"]

    @t.validate("meta")
    def _validate_meta(self, proposal):
        try:
            json.dumps(proposal["value"], allow_nan=False)
        except (TypeError, ValueError) as error:
            raise t.TraitError(f"meta must be plain JSON without NaN or infinities: {error}") from error
        return proposal["value"]
