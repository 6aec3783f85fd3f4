// Arrows over reciprocal space with equal axes, and, instead of them, a map of the pixels.
import { h, s, setAttribute, setText } from "./dom.js";
import { createLegend } from "./image_panel.js";
import { colourTable, mapColours } from "./colour.js";
import { tickLabels, ticks } from "./numbers.js";
import { followSize } from "./plot.js";
import { arrowPath, circlePath, quiverPath, REACH, tipPath } from "./quiver.js";
import { lengthLabel, niceLength } from "./scalebar.js";

const MARGIN = { top: 8, right: 8, bottom: 40, left: 52 };

// What is drawn, and as what, for each kind of field: layer, shape, name.
const KEYS = {
  measured: [["measured", "arrow", "measured"]],
  fitted: [["fitted", "arrow", "fitted"]],
  both: [
    ["measured", "arrow", "measured"],
    ["fitted", "ring", "fitted"],
  ],
};

/**
 * createFieldPanel({title, control, radius (1/Å), longest (Å), half (1/Å, what the axes reach), map: {shape, corner:
 * [ky, kx], step: [dy, dx]}, unit, keys, readout([ky, kx]) -> text}).
 * All lengths share one scale, for every iteration and spacing, so that arrows can be compared; what leaves the
 * picture is cut off.
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
  const { node, picture, canvas, svg, axes, layers, legend, key, under } = fieldNodes(title, control, map.shape);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const pixels = context.createImageData(canvas.width, canvas.height);
  const panel = { node, picture, layers, aspect: 1, view: null, onLayout: () => {} };
  const setPath = (name, d) => setAttribute(layers[name], "d", d);

  followSize(picture, (width, height) => layout(width, height));
  const layout = (width, height) => {
    panel.view = viewOf(width, height, radius, longest, half);
    drawAxes(axes, svg, panel.view, unit, longest);
    setPath("mask", circlePath(panel.view.x(0), panel.view.y(0), radius * panel.view.perK));
    placeMap(canvas, map, panel.view);
    panel.onLayout();
  };
  layout(360, 360);

  panel.place = (event) => toReciprocal(event, svg, panel.view);
  panel.setAlt = (text) => setAttribute(svg, "aria-label", text);
  panel.setMapAlt = (text) => setAttribute(canvas, "aria-label", text);
  panel.drawArrows = (name, tails, vectors) => setPath(name, quiverPath(tails, vectors, arrowScale(panel.view)));
  panel.drawTips = (name, tails, vectors) => setPath(name, tipPath(tails, vectors, arrowScale(panel.view)));
  panel.drawMap = (values, limits, cmap) => {
    const table = colourTable(cmap);
    mapColours(values, limits, table, pixels.data);
    context.putImageData(pixels, 0, 0);
    legend.paint(limits, table, cmap);
  };
  panel.show = (field) => {
    const isMap = field === "residual";
    canvas.hidden = legend.node.hidden = !isMap;
    picture.dataset.field = field;
    key.replaceChildren(...(isMap ? ["Å"] : keys[field].map(keyItem)));
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
  const svg = s(
    "svg",
    { class: "tcbf-plot tcbf-field", role: "img", "data-plot": "field" },
    axes,
    ...Object.values(layers),
  );
  const picture = h("div", { class: "tcbf-plotarea tcbf-picture", style: "aspect-ratio:1" }, canvas, svg);
  const legend = createLegend();
  const key = h("span", { class: "tcbf-key" });
  const under = h("span", { class: "tcbf-readout" });
  const heading = h("div", { class: "tcbf-title tcbf-choosetitle" }, title, control);
  const node = h(
    "div",
    { class: "tcbf-panel" },
    heading,
    picture,
    h("div", { class: "tcbf-foot" }, legend.node, key, under),
  );
  return { node, picture, canvas, svg, axes, layers, legend, key, under };
}

// What the pointer is over; without a pointer, the text at rest, which the returned function sets.
function readoutLine(picture, line, textAt) {
  let rest = "";
  picture.addEventListener("pointermove", (event) => setText(line, textAt(event)));
  picture.addEventListener("pointerleave", () => setText(line, rest));
  return (text) => {
    rest = text;
    setText(line, rest);
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

function keyItem([layer, shape, name]) {
  const d = shape === "ring" ? circlePath(19, 4, 3) : arrowPath(1, 4, 22, 0, 6);
  const mark = s("path", { class: `tcbf-arrows tcbf-arrows-${layer}`, d });
  return h(
    "span",
    { class: "tcbf-keyitem" },
    s("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" }, mark),
    name,
  );
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
