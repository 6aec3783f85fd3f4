"""Arrays survive the way to the browser and back, and pictures are coloured as matplotlib colours them."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import Normalize

from tcbf_widgets.widgets.arrays import QUANTISED_TYPES, WIRE_TYPES, pack, quantise, unpack
from tcbf_widgets.widgets.figure import Panel, colourise, contrast_limits, draw_panels, figure_png, nice_length

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("dtype", WIRE_TYPES)
@pytest.mark.parametrize("shape", [(7,), (3, 4), (2, 3, 4), (0, 5)])
def test_packing_keeps_every_value_shape_and_type(dtype, shape):
    array = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    packed = pack(array)
    assert packed["dtype"] == dtype
    assert packed["shape"] == list(shape)
    assert len(packed["data"]) == array.nbytes
    np.testing.assert_array_equal(unpack(packed), array)


@pytest.mark.parametrize(
    "given, wire", [("bool", "uint8"), ("int8", "int16"), ("int64", "int32"), ("float64", "float32")]
)
def test_other_types_become_a_wire_type_that_holds_their_values(given, wire):
    array = np.array([0, 1, 1, 0]).astype(given)
    packed = pack(array)
    assert packed["dtype"] == wire
    np.testing.assert_array_equal(unpack(packed), array)


def test_packed_bytes_are_little_endian_in_c_order_whatever_the_array_is():
    array = np.arange(6, dtype=">i2").reshape(2, 3)
    assert pack(np.asfortranarray(array))["data"] == np.arange(6, dtype="<i2").tobytes()


def test_packing_keeps_nan_of_floats():
    assert np.isnan(unpack(pack([1.0, np.nan]))).tolist() == [False, True]


@pytest.mark.parametrize("array", [[1j], ["a"], [None]])
def test_packing_refuses_what_a_picture_cannot_show(array):
    with pytest.raises(TypeError, match="array has dtype .* accepted are"):
        pack(array)


def test_packing_refuses_integers_beyond_32_bits():
    with pytest.raises(OverflowError, match="accepted are -2147483648 to 2147483647"):
        pack(np.array([2**40]))


@pytest.mark.parametrize("dtype", QUANTISED_TYPES)
def test_quantising_is_off_by_half_a_step_at_most(dtype):
    array = np.random.default_rng(1).normal(3.0, 20.0, (50, 60))
    packed = quantise(array, dtype)
    steps = 2 ** (8 * np.dtype(dtype).itemsize) - 1
    assert packed["scale"] == pytest.approx(np.ptp(array) / steps)
    # half a step, and what float32 cannot resolve of values up to about 80
    np.testing.assert_allclose(unpack(packed), array, rtol=0, atol=0.5001 * packed["scale"] + 4e-6)


@pytest.mark.parametrize("array", [np.full((2, 2), 7.5), np.zeros((0, 3)), [4.0]])
def test_constant_and_empty_arrays_are_quantised_without_loss(array):
    packed = quantise(array)
    assert packed["scale"] == 1.0
    np.testing.assert_array_equal(unpack(packed), np.asarray(array, np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_quantising_refuses_what_has_no_integer(bad):
    with pytest.raises(ValueError, match="array holds NaN or infinite values"):
        quantise([1.0, bad])


def test_quantising_refuses_other_types():
    with pytest.raises(ValueError, match="dtype is 'float32'; accepted are 'uint8'"):
        quantise([1.0], "float32")


@pytest.mark.parametrize("cmap", ["gray", "viridis", "cividis", "magma"])
def test_colours_equal_those_of_matplotlib(cmap):
    values = np.random.default_rng(2).normal(size=(40, 50)).astype(np.float32)
    low, high = contrast_limits(values)
    theirs = colormaps[cmap](Normalize(np.float32(low), np.float32(high), clip=True)(values), bytes=True)
    np.testing.assert_array_equal(colourise(values, low, high, cmap), theirs)


def test_a_constant_image_gets_the_first_colour_and_nan_none():
    image = colourise(np.array([[2.0, np.nan]]), 2.0, 2.0, "magma")
    assert image[0, 0].tolist() == [*colormaps["magma"](0, bytes=True)[:3], 255]
    assert image[0, 1].tolist() == [0, 0, 0, 0]


def test_contrast_limits_leave_out_what_is_not_finite():
    values = np.array([np.nan, np.inf, *range(101)])
    assert contrast_limits(values, (10, 90)) == (10.0, 90.0)
    assert contrast_limits([np.nan]) == (0.0, 1.0)


@pytest.mark.parametrize("longest", [0.013, 0.1, 0.5, 1, 3.3, 19.99, 480])
def test_a_scale_bar_is_1_2_or_5_and_as_long_as_it_fits(longest):
    length = nice_length(longest)
    assert f"{length:e}"[0] in "125"
    assert longest / 2.5 < length <= longest * (1 + 1e-9)


def test_panels_are_drawn_equally_high_in_proportion_and_without_pyplot():
    from matplotlib import pyplot

    panels = {
        "wide": Panel(np.zeros((10, 30)), title="Wide", unit="Å", pixel_size=(10, 10)),
        "square": Panel(np.zeros((20, 20, 3), np.uint8), title="Square", frame="#CC79A7"),
    }
    figure = draw_panels(panels)
    width, height = figure.get_size_inches()
    boxes = {axes.get_label(): axes.get_position() for axes in figure.axes}
    assert boxes["wide"].height == pytest.approx(boxes["square"].height)
    for name, aspect in (("wide", 3.0), ("square", 1.0)):
        assert boxes[name].width * width / (boxes[name].height * height) == pytest.approx(aspect)
    assert pyplot.get_fignums() == []
    assert figure_png(figure).startswith(b"\x89PNG")


def test_drawn_pixels_are_the_panels_pixels():
    values = np.arange(12.0).reshape(3, 4)
    panel = Panel(values, 0, 11, "viridis")
    (image,) = draw_panels({"only": panel}).axes[0].images
    np.testing.assert_array_equal(image.get_array(), colourise(values, 0, 11, "viridis"))


def test_a_figure_needs_a_panel():
    with pytest.raises(ValueError, match="panels is empty"):
        draw_panels({})


def test_the_colour_tables_of_the_views_are_those_of_matplotlib():
    spec = importlib.util.spec_from_file_location("make_colormaps", ROOT / "tools" / "make_colormaps.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.TARGET.read_text(encoding="utf-8") == tool.source(), "run python tools/make_colormaps.py"
    for name in tool.NAMES:
        theirs = colormaps[name](np.linspace(0, 1, 256), bytes=True)[:, :3]
        np.testing.assert_array_equal(np.frombuffer(tool.table(name), np.uint8).reshape(256, 3), theirs)
