// Arrows over reciprocal space with equal axes, and, instead of them, a map of the pixels.
import { colourTable, mapColours } from "./colour.js";
import { h, s, setAttribute, setText, uniqueId } from "./dom.js";
import { createKey, KEYS } from "./field_key.js";
import { createLegend } from "./image_panel.js";
import { compact, tickLabels, ticks } from "./numbers.js";
import { followSize } from "./plot_frame.js";
import { arrowPath, circlePath, leaves, quiverPath, REACH, tipPath } from "./quiver.js";
import { lengthLabel, niceLength } from "./scalebar.js";

const MARGIN = { top: 8, right: 8, bottom: 40, left: 52 };
/** Radii of the disk that the axes of its shifts reach: room for the arrows of its rim. */
export const AXES_REACH = 1.45;

/**
 * createFieldPanel({title, control, radius (1/Å), longest (Å), half (1/Å, what the axes reach), map: {shape, corner:
 * [ky, kx], step: [dy, dx]}, unit, keys, readout([ky, kx]) -> text}).
 * All lengths share one scale, for every iteration and spacing, so that arrows can be compared; what leaves the
 * axes is cut off, and the key says so.
 */
export function createFieldPanel({
  title,
  control,
  radius,
  longest,
  half,
  map,
  unit = "1/Å",
  keys = KEYS,
  readout,
}) {
  const { node, picture, canvas, svg, axes, inside, layers, legend, key, pointed, under } = fieldNodes(
    title,
    control,
    map.shape,
  );
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const pixels = context.createImageData(canvas.width, canvas.height);
  const panel = { node, picture, layers, key, pointed, aspect: 1, view: null, onLayout: () => {} };
  const setPath = (name, d) => setAttribute(layers[name], "d", d);
  const cut = new Set();
  const setCut = (name, leaving) => {
    cut[leaving ? "add" : "delete"](name);
    key.setCut(cut.size > 0);
  };

  followSize(picture, (width, height) => layout(width, height));
  const layout = (width, height) => {
    panel.view = viewOf(width, height, radius, longest, half);
    drawAxes(axes, svg, panel.view, unit, longest);
    placeClip(inside, panel.view.box);
    setPath("mask", circlePath(panel.view.x(0), panel.view.y(0), radius * panel.view.perK));
    placeMap(canvas, map, panel.view);
    panel.onLayout();
  };
  layout(360, 360);

  panel.place = (event) => toReciprocal(event, svg, panel.view);
  panel.setAlt = (text) => setAttribute(svg, "aria-label", text);
  panel.setMapAlt = (text) => setAttribute(canvas, "aria-label", text);
  panel.drawArrows = (name, tails, vectors) => {
    const scale = arrowScale(panel.view);
    setPath(name, quiverPath(tails, vectors, scale));
    setCut(name, leaves(tails, vectors, scale, panel.view.box));
  };
  panel.drawTips = (name, tails, vectors) => {
    setPath(name, tipPath(tails, vectors, arrowScale(panel.view)));
    setCut(name, false);
  };
  panel.drawMap = (values, limits, cmap) => {
    const table = colourTable(cmap);
    mapColours(values, limits, table, pixels.data);
    context.putImageData(pixels, 0, 0);
    const clipped = values.some((value) => value > limits[1]) ? "≥ " : "";
    const known = values.some(Number.isFinite) ? 1 : 0;
    legend.paint(limits, table, cmap, known, (high) => `${clipped}${compact(high)} Å`);
  };
  panel.show = (field) => {
    const isMap = field === "residual";
    canvas.hidden = legend.node.hidden = !isMap;
    picture.dataset.field = field;
    key.show(isMap ? [] : keys[field]);
  };
  panel.setRest = readoutLine(picture, under, (event) => readout(...panel.place(event)));
  return panel;
}

function fieldNodes(title, control, [height, width]) {
  const canvas = h("canvas", { width, height, "data-panel": "residual", role: "img", class: "tcbf-map" });
  const names = ["mask", "cell", "measured", "fitted", "chosen"];
  const layers = Object.fromEntries(
    names.map((name) => [name, s("path", { class: `tcbf-arrows tcbf-arrows-${name}` })]),
  );
  const axes = s("g");
  const inside = s("rect");
  const id = uniqueId("axes");
  const svg = s(
    "svg",
    { class: "tcbf-plot tcbf-field", role: "img", "data-plot": "field" },
    s("clipPath", { id }, inside),
    axes,
    s("g", { "clip-path": `url(#${id})` }, ...Object.values(layers)),
  );
  const picture = h("div", { class: "tcbf-plotarea tcbf-picture", style: "aspect-ratio:1" }, canvas, svg);
  const legend = createLegend();
  const key = createKey();
  const pointed = h("span", { class: "tcbf-readout tcbf-unit" });
  const under = h("span", { class: "tcbf-readout" });
  const heading = h("div", { class: "tcbf-title tcbf-choosetitle" }, title, control, pointed);
  const node = h(
    "div",
    { class: "tcbf-panel" },
    heading,
    picture,
    h("div", { class: "tcbf-foot" }, legend.node, key.node, under),
  );
  return { node, picture, canvas, svg, axes, inside, layers, legend, key, pointed, under };
}

// What the pointer is over; without a pointer, the text at rest, which the returned function sets.
function readoutLine(picture, line, textAt) {
  let rest = "";
  let over = null;
  const show = (event) => {
    over = event;
    setText(line, over ? textAt(over) : rest);
  };
  picture.addEventListener("pointermove", show);
  picture.addEventListener("pointerleave", () => show(null));
  return (text) => {
    rest = text;
    show(over);
  };
}

const arrowScale = (view) => ({ toX: view.x, toY: view.y, scale: view.perAngstrom, head: 7 });

function viewOf(width, height, radius, longest, half) {
  const innerWidth = width - MARGIN.left - MARGIN.right;
  const innerHeight = height - MARGIN.top - MARGIN.bottom;
  const perK = Math.max(1, Math.min(innerWidth, innerHeight)) / (2 * half);
  const centre = [MARGIN.top + innerHeight / 2, MARGIN.left + innerWidth / 2];
  return {
    width,
    height,
    perK,
    half,
    perAngstrom: longest > 0 ? (REACH * radius * perK) / longest : 0,
    box: { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom },
    x: (k) => centre[1] + k * perK,
    y: (k) => centre[0] + k * perK,
    kx: (px) => (px - centre[1]) / perK,
    ky: (px) => (px - centre[0]) / perK,
  };
}

function drawAxes(group, svg, view, unit, longest) {
  setAttribute(svg, "viewBox", `0 0 ${view.width} ${view.height}`);
  const bottom = view.height - MARGIN.bottom;
  const right = view.width - MARGIN.right;
  const values = ticks(-view.half, view.half, 5);
  const labels = tickLabels(values);
  const middle = view.x(0);
  group.replaceChildren(
    s("path", { class: "tcbf-axis", d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}` }),
    ...values.map((k, i) =>
      s("text", { class: "tcbf-tick", x: view.x(k), y: bottom + 16, "text-anchor": "middle" }, labels[i]),
    ),
    ...values.map((k, i) =>
      s(
        "text",
        { class: "tcbf-tick", x: MARGIN.left - 6, y: view.y(k), dy: ".35em", "text-anchor": "end" },
        labels[i],
      ),
    ),
    s("text", { class: "tcbf-axislabel", x: middle, y: view.height - 4, "text-anchor": "middle" }, `kx (${unit})`),
    s(
      "text",
      { class: "tcbf-axislabel", "text-anchor": "middle", transform: `translate(10 ${view.y(0)}) rotate(-90)` },
      `ky (${unit})`,
    ),
    ...keyArrow(view, longest),
  );
}

// How long an arrow of a round length is drawn.
function keyArrow(view, longest) {
  const length = niceLength(longest);
  if (!length || !view.perAngstrom) return [];
  const x = MARGIN.left + 12;
  const y = MARGIN.top + 12;
  const px = length * view.perAngstrom;
  return [
    s("path", { class: "tcbf-arrows tcbf-keyarrow", d: arrowPath(x, y, px, 0, 7) }),
    s(
      "text",
      { class: "tcbf-tick tcbf-keyarrow", x: x + px + 8, y, dy: ".35em" },
      lengthLabel(length, "Å ").trim(),
    ),
  ];
}

function placeClip(rect, { left, right, top, bottom }) {
  const size = { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
  for (const [name, value] of Object.entries(size)) setAttribute(rect, name, value);
}

function placeMap(canvas, { shape: [height, width], corner, step }, view) {
  Object.assign(canvas.style, {
    left: `${(100 * view.x(corner[1])) / view.width}%`,
    top: `${(100 * view.y(corner[0])) / view.height}%`,
    width: `${(100 * width * step[1] * view.perK) / view.width}%`,
    height: `${(100 * height * step[0] * view.perK) / view.height}%`,
  });
}

function toReciprocal(event, svg, view) {
  const box = svg.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * view.width;
  const y = ((event.clientY - box.top) / box.height) * view.height;
  return [view.ky(y), view.kx(x)];
}
