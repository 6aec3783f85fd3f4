// One picture: title, canvas with exactly the array's pixels, scale bar and outlines in layers of their own,
// and a line below with the grey scale's ends and, or instead where there is no room, the value under the pointer.
import { colourTable, mapColours } from "./colour.js";
import { h, s, setAttribute, setText } from "./dom.js";
import { clamp, compact } from "./numbers.js";
import { createReading } from "./readout.js";
import { scaleBar } from "./scalebar.js";

/**
 * createImagePanel({name, title, shape: [h, w], pixelSize: [y, x], unit, frame, bar: true, legend: true, numbers, readout})
 * numbers(value) -> text at the ends of the grey scale; readout(row, column) -> [place, value] of the pixel under the pointer.
 */
export function createImagePanel({
  name,
  title,
  shape,
  pixelSize = [1, 1],
  unit = "px",
  frame = "",
  bar = true,
  legend = true,
  numbers = compact,
  readout,
}) {
  const [height, width] = shape;
  const canvas = h("canvas", { width, height, "data-panel": name, role: "img" });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let pixels = context.createImageData(width, height);
  let size = shape;
  const overlay = s("svg", {
    class: "tcbf-overlay",
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  // A line scan would be a hair; beyond this the picture is stretched.
  const ruler = bar ? scaleBarLayer(unit) : null;
  ruler?.paint(width * pixelSize[1]);
  const aspect = clamp((width * pixelSize[1]) / (height * pixelSize[0]) || 1, 0.5, 3);
  const picture = h(
    "div",
    { class: "tcbf-picture", "data-frame": frame, style: `aspect-ratio:${aspect}` },
    canvas,
    overlay,
    ruler?.node,
  );
  const heading = h("div", { class: "tcbf-title" }, title);
  const scale = createLegend(numbers);
  const reading = createReading();
  const node = h(
    "div",
    { class: "tcbf-panel" },
    heading,
    picture,
    h("div", { class: "tcbf-foot tcbf-readfoot" }, legend ? scale.node : null, reading.node),
  );
  const place = (event) => pixelAt(event, picture, size);
  const refresh = followPointer(picture, place, (at) => reading.paint(at && readout?.(...at)));
  const draw = (fill) => {
    fill(pixels.data);
    context.putImageData(pixels, 0, 0);
    refresh();
  };
  return {
    node,
    picture,
    canvas,
    overlay,
    place,
    aspect,
    draw,
    /** Draw values with limits through a colour map. */
    drawValues(values, limits, cmap) {
      const table = colourTable(cmap);
      const known = countNumbers(values);
      draw((rgba) => mapColours(values, limits, table, rgba));
      picture.classList.toggle("tcbf-gaps", known < values.length);
      scale.paint(limits, table, cmap, known);
    },
    legend: scale,
    /** Another number of pixels for the same field, or for one of another width. */
    setShape([rows, columns], extent = null) {
      if (extent) ruler?.paint(extent);
      if (size[0] === rows && size[1] === columns) return;
      size = [rows, columns];
      Object.assign(canvas, { height: rows, width: columns });
      pixels = context.createImageData(columns, rows);
    },
    setTitle: (text) => setText(heading, text),
    setAlt: (text) => setAttribute(canvas, "aria-label", text),
    setSmooth: (smooth) => picture.classList.toggle("tcbf-smooth", Boolean(smooth)),
  };
}

// show([row, column] or null) on every move; returns a function that shows the same place again, after a new picture.
function followPointer(picture, place, show) {
  let at = null;
  const follow = (event) => {
    at = place(event);
    show(at);
  };
  picture.addEventListener("pointermove", follow);
  picture.addEventListener("pointerdown", follow);
  picture.addEventListener("pointerleave", () => {
    at = null;
    show(null);
  });
  return () => at && show(at);
}

function countNumbers(values) {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === values[i]) count++;
  return count;
}

function pixelAt(event, picture, [height, width]) {
  const box = picture.getBoundingClientRect();
  const row = Math.floor(((event.clientY - box.top) / box.height) * height);
  const column = Math.floor(((event.clientX - box.left) / box.width) * width);
  return row >= 0 && column >= 0 && row < height && column < width ? [row, column] : null;
}

function scaleBarLayer(unit) {
  const label = s("text", { x: "50%", y: "14" });
  const line = s("rect", { x: "0", y: "20", width: "100%", height: "3" });
  const node = s("svg", { class: "tcbf-scalebar", "aria-hidden": "true" }, label, line);
  const paint = (extent) => {
    const { fraction, label: text } = scaleBar(extent, unit);
    setAttribute(node, "style", fraction ? `width:${100 * fraction}%` : "display:none");
    setText(label, text);
  };
  return { node, paint };
}

/** The ends of the grey scale with the scale between them. */
export function createLegend(numbers = compact) {
  const low = h("span");
  const high = h("span");
  const canvas = h("canvas", { width: 256, height: 1, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(256, 1);
  const node = h("span", { class: "tcbf-legend" }, low, canvas, high);
  let drawn = "";
  const paint = ([vmin, vmax], table, cmap, known = 1, text = numbers) => {
    setText(low, known ? numbers(vmin) : "no data");
    setText(high, known ? text(vmax) : "");
    canvas.hidden = !known;
    if (drawn === cmap) return;
    drawn = cmap;
    for (let i = 0; i < 256; i++) pixels.data.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], 255], 4 * i);
    context.putImageData(pixels, 0, 0);
  };
  return { node, paint };
}

/**
 * Columns of panels that share one height, by arithmetic in CSS alone: a column of images with aspect ratios a_i
 * (width / height) is A = 1 / sum(1 / a_i) as wide as it is high, except that each further image brings its own
 * title and gap ("chrome"), which takes no part in the scaling.
 */
export function columns(...groups) {
  const most = Math.max(...groups.map((group) => group.length));
  return groups.map((group) => {
    const share = 1 / group.reduce((sum, panel) => sum + 1 / panel.aspect, 0);
    const column = h("div", { class: "tcbf-column", style: `--share:${share};--spare:${most - group.length}` });
    column.append(...group.map((panel) => panel.node));
    return column;
  });
}

/** Give controls the widths of the columns above them. */
export function alignTo(columnNodes, controls) {
  return controls.map((control, i) =>
    h("div", { class: "tcbf-column", style: columnNodes[i].getAttribute("style") }, control),
  );
}
