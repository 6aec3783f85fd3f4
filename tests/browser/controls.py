"""The controls of a widget in a page: by the traits they change, by their labels."""

import contextlib
import io

# The control of each trait, by its label, and what it says for a value of the trait.
CONTROLS = {
    "radius": ("Radius of the sum", int),
    "level": ("Bin", int),
    "group": ("Group", lambda group: group + 1),
    "iteration": ("Step", int),
    "spacing": ("Arrow spacing", int),
    "selected": ("Detector pixel", lambda pixel: pixel + 1),
    "field": ("Field", str),
    "defocus": ("Defocus", float),
    "rotation_deg": ("Rotation", float),
    "transpose": ("Detector axes exchanged", bool),
    "max_radial_order": ("Highest radial order m", int),
    "max_angular_order": ("Highest angular order n", int),
    "C12x": ("Astigmatism C12x", float),
    "C12y": ("Astigmatism C12y", float),
    "C21x": ("Coma C21x", float),
    "C21y": ("Coma C21y", float),
    "C23x": ("Three-fold C23x", float),
    "C23y": ("Three-fold C23y", float),
    "C30": ("C30", float),
    "semiangle": ("Semi-angle", float),
    "reach": ("Shown up to", float),
    "flip": ("Phase flip", bool),
    "factor": ("Upsampling factor", int),
    "kernel_width": ("Kernel width σ", float),
    "tilt": ("Tilt", float),
    "traces": ("All rays of this direction", bool),
    "tilted_beams": ("All directions of one point", bool),
    "inverted": ("Inverted source (STEM upside down)", bool),
    "assumed_defocus": ("Assumed defocus", float),
    "detail": ("Finest detail shown, typed (Å)", float),
    "dose": ("Dose, typed (e/Å²)", float),
    "noise": ("Counting noise", bool),
    "zoom": ("Zoom", float),
    "ky": ("Pixel ky", float),
    "kx": ("Pixel kx", float),
    "beta": ("Weight β, typed", float),
    "depth": ("Plane z", float),
    "y": ("Section y", float),
    "step": ("Step", lambda step: [2, 4, 8, 16, 32].index(step)),
    "electrons": ("Electrons, typed (e)", float),
    "epoch": ("Epoch", int),
    "part": ("Part", lambda part: part + 1),
    "layer": ("Slice", lambda layer: layer + 1),
    "quality": ("Curve", str),
    "error_range": ("Range of the errors", str),
    "threshold": ("Threshold, typed", float),
    "spot": ("Spot, typed (px)", float),
    "inner": ("Inner, typed (px)", float),
    "outer": ("Outer, typed (px)", float),
    "exclusion": ("Exclusion, typed (px)", float),
    "cross": ("Bars, typed (px)", float),
    "zero_sum": ("Zero in sum", bool),
    "feature": ("Feature", lambda feature: feature + 1),
    "true_boundaries": ("True boundaries", bool),
    "cmap": ("Colour map", str),
    "smooth": ("Smooth between pixels", bool),
}
# the picture in which a position is pressed, where it is not the object
POSITIONS = {"CrystalliteMap": "labels"}
PERCENTILES = ("Black at percentile", "White at percentile")

MOVE = """(root, [label, value]) => {
    const named = control => [control.getAttribute("aria-label"), control.labels?.[0]?.textContent.trim()];
    const control = [...root.querySelectorAll("input, select")].find(control => named(control).includes(label));
    if (control.type === "checkbox") control.checked = value;
    else control.value = value;
    for (const event of ["input", "change"]) control.dispatchEvent(new Event(event, { bubbles: true }));
}"""

# what changes twice within a frame is painted in the next, and what takes longer says so
SETTLED = """async root => {
    for (let i = 0; i < 2 || root.querySelector("[aria-busy=true]"); i++)
        await new Promise(resolve => requestAnimationFrame(resolve));
}"""


def bring(root, widget, state):
    """Bring the widget of the page, through its controls, and that in Python into a state."""
    for trait, value in state.items():
        setattr(widget, trait, value)
        if trait == "contrast":
            moves = list(zip(PERCENTILES, value, strict=True))
            # the lower one may not pass the upper one on its way
            moves = [(PERCENTILES[1], 100), *moves]
        elif trait in ("run", "probe"):
            moves = [(value, value)]  # one button for each
        elif trait == "position" and value is None:
            moves = [("Pattern", "all")]
        elif trait == "position":
            moves = []
            press_pixel(root, value, POSITIONS.get(root.get_attribute("data-view"), "object"))
            root.page.mouse.move(0, 0)  # what is under it may be looked at
            settle(root)
        elif trait == "electrons" and value is None:
            moves = [("Counting noise", False)]
        else:
            label, said = CONTROLS[trait]
            moves = [(label, said(value))]
        for move in moves:
            root.evaluate(MOVE, list(move))
            settle(root)


def settle(root) -> None:
    """Wait until a widget has painted all that changed."""
    root.evaluate(SETTLED)


def press_pixel(root, pixel, panel="object"):
    """Press a picture in the middle of a pixel (y, x)."""
    canvas = root.locator(f"canvas[data-panel={panel}]")
    box = canvas.bounding_box()
    shape = canvas.evaluate("canvas => [canvas.height, canvas.width]")
    y, x = ((at + 0.5) / count for at, count in zip(pixel, shape, strict=True))
    pick = root.locator(f".tcbf-picture:has([data-panel={panel}]) .tcbf-pick")
    pick.click(position={"x": x * box["width"], "y": y * box["height"]})


def status(root) -> str:
    """What the status line says, once all that changed is painted."""
    settle(root)
    return root.locator(".tcbf-status").text_content()


def slider(root, label):
    return root.get_by_label(label, exact=True)


def open_options(root) -> None:
    button = root.get_by_role("button", name="Options", exact=True)
    if button.get_attribute("aria-expanded") != "true":
        button.click()


@contextlib.contextmanager
def resized(root, width: int, height: int):
    """Give the window of a widget's page another size (px) as long as the block lasts, in which all is painted."""
    page = root.page
    before = page.viewport_size
    page.set_viewport_size({"width": width, "height": height})
    try:
        settle(root)  # plots follow the width
        yield
    finally:
        page.set_viewport_size(before)


def equal_pictures_in_a_row(root) -> list[dict]:
    """Boxes of all pictures, which must be equally large, side by side in their order."""
    boxes = [picture.bounding_box() for picture in root.locator("canvas[data-panel]").all()]
    assert [box["x"] for box in boxes] == sorted({box["x"] for box in boxes})
    assert_alike(boxes)
    return boxes


def assert_alike(boxes) -> None:
    """Boxes must stand at one height, and be equally large."""
    for side in ("y", "width", "height"):
        assert max(box[side] for box in boxes) - min(box[side] for box in boxes) < 1  # part of a pixel


def cut_texts(root) -> list[str]:
    """Titles and lines below pictures that do not fit where they stand."""
    cut = "parts => parts.filter(part => part.scrollWidth > part.clientWidth).map(part => part.textContent)"
    return root.locator(".tcbf-title, .tcbf-foot").evaluate_all(cut)


def return_to_first(page, root) -> None:
    """Bring a widget of a page that several tests share back to its first state, without motion."""
    page.emulate_media(reduced_motion="reduce")
    root.locator("input[type=range]").first.press("r")
    page.mouse.move(0, 0)
    page.evaluate("() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")


def downloaded(root, *labels) -> list[io.BytesIO]:
    """Return the files behind buttons of the options."""
    open_options(root)
    files = []
    for label in labels:
        with root.page.expect_download() as download:
            root.get_by_role("button", name=label, exact=True).click()
        files.append(io.BytesIO(download.value.path().read_bytes()))
    return files
