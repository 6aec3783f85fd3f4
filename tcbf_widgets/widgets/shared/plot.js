// A small line plot in SVG: axes in the text's colour, a cursor, and a click or drag that sets the value.
// Everything that does not depend on the cursor is drawn once per size.
import { h, s, setAttribute, setText } from "./dom.js";
import { clamp, tickLabels, ticks } from "./numbers.js";
import { followPress } from "./pressing.js";

const MARGIN = { top: 12, right: 12, bottom: 40 };
const SECOND_ROW = 16; // of labels under the axis

/**
 * createPlot({name, title, xLabel, x: number[], y: number[], xTicks, subTicks, marks: [{x, label, warning}],
 * floor: {value, label}, height, aspect, onPick(index)})
 * returns {node, aspect, paint(index, text)}.
 */
export function createPlot(options) {
  const { title, x, y, onPick } = options;
  const svg = s("svg", { class: "tcbf-plot", role: "img", "data-plot": options.name });
  const readout = h("span", { class: "tcbf-readout" });
  const heading = h("div", { class: "tcbf-title tcbf-titlerow" }, title, readout);
  const holder = h(
    "div",
    {
      class: "tcbf-plotarea",
      style: options.aspect ? `aspect-ratio:${options.aspect}` : `height:${options.height ?? 136}px`,
    },
    svg,
  );
  const node = h("div", { class: "tcbf-panel tcbf-panel-plot" }, heading, holder);
  const cursor = s("line", { class: "tcbf-cursor" });
  const dot = s("circle", { class: "tcbf-dot", r: 5 });
  const state = { index: 0, scale: null };

  const place = () => {
    const { index, scale } = state;
    if (!scale) return;
    const px = scale.x(x[index]);
    setAttribute(cursor, "transform", `translate(${px} 0)`);
    const has = Number.isFinite(y[index]);
    dot.style.display = has ? "" : "none";
    if (has) setAttribute(dot, "transform", `translate(${px} ${scale.y(y[index])})`);
  };
  const layout = (width, height) => {
    state.scale = drawStatic(svg, options, width, height);
    svg.append(cursor, dot);
    setAttribute(cursor, "y1", MARGIN.top);
    setAttribute(cursor, "y2", state.scale.bottom);
    place();
  };
  layout(344, options.aspect ? Math.round(344 / options.aspect) : (options.height ?? 136));
  followSize(holder, layout);
  if (onPick) dragToPick(svg, state, x, onPick);
  return {
    node,
    aspect: options.aspect ?? 1,
    paint(index, text, alt) {
      state.index = index;
      place();
      setText(readout, text);
      setAttribute(svg, "aria-label", alt);
    },
  };
}

/** Call layout(width, height) whenever the element gets another size. */
export function followSize(element, layout) {
  let last = "";
  new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    const key = `${Math.round(width)}x${Math.round(height)}`;
    if (width < 1 || height < 1 || key === last) return;
    last = key;
    layout(Math.round(width), Math.round(height));
  }).observe(element);
}

function drawStatic(svg, { x, y, xLabel, xTicks, subTicks, marks = [], floor }, width, height) {
  setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
  const [x0, x1] = extent(x);
  const [y0, y1] = floor ? [0, 1.06 * Math.max(floor.value, extent(y)[1])] : padded(extent(y));
  const bottom = height - MARGIN.bottom - (subTicks ? SECOND_ROW : 0);
  const yTicks = ticks(y0, y1, clamp(Math.floor((bottom - MARGIN.top) / 24), 2, 6));
  const yText = tickLabels(yTicks);
  const left = 16 + 8 * Math.max(...yText.map((text) => text.length));
  const scale = {
    x: linear(x0, x1, left + 4, width - MARGIN.right),
    y: linear(y0, y1, bottom - 4, MARGIN.top),
    bottom,
  };
  const xValues = xTicks ?? ticks(x0, x1, Math.max(2, Math.floor(width / 56))).filter(Number.isInteger);
  svg.replaceChildren(
    s("path", { class: "tcbf-axis", d: `M${left} ${MARGIN.top}V${bottom}H${width - MARGIN.right}` }),
    ...yTicks.map((value, i) =>
      s(
        "text",
        { class: "tcbf-tick", x: left - 8, y: scale.y(value), dy: ".35em", "text-anchor": "end" },
        yText[i],
      ),
    ),
    ...xValues.map((value) =>
      s("text", { class: "tcbf-tick", x: scale.x(value), y: bottom + 16, "text-anchor": "middle" }, String(value)),
    ),
    ...(subTicks
      ? xValues.map((value) =>
          s(
            "text",
            { class: "tcbf-tick", x: scale.x(value), y: bottom + 32, "text-anchor": "middle" },
            subTicks[value],
          ),
        )
      : []),
    s(
      "text",
      { class: "tcbf-axislabel", x: (left + width - MARGIN.right) / 2, y: height - 4, "text-anchor": "middle" },
      xLabel,
    ),
    ...marks.map((mark) => markAt(mark, scale, bottom)),
    ...(floor ? [floorAt(floor, scale, left, width - MARGIN.right)] : []),
    s("path", { class: "tcbf-curve", d: curve(x, y, scale) }),
    ...(x.length <= 40 ? [s("path", { class: "tcbf-points", d: points(x, y, scale) })] : []),
  );
  return scale;
}

// Below this line a value says nothing.
function floorAt({ value, label }, scale, left, right) {
  const py = scale.y(value);
  return s(
    "g",
    { class: "tcbf-markline" },
    s("line", { x1: left, x2: right, y1: py, y2: py, "stroke-dasharray": "2 4" }),
    s("text", { class: "tcbf-tick", x: right, y: py + 14, "text-anchor": "end" }, label),
  );
}

function markAt({ x, label, warning = false }, scale, bottom) {
  const px = scale.x(x);
  return s(
    "g",
    { class: warning ? "tcbf-markline tcbf-warning" : "tcbf-markline" },
    s("line", { x1: px, x2: px, y1: MARGIN.top, y2: bottom }),
    s("text", { class: "tcbf-tick", x: px - 4, y: MARGIN.top + 4, "text-anchor": "end" }, label),
  );
}

// Gaps where the curve has no value: NaN lifts the pen.
function curve(x, y, scale) {
  let path = "";
  let pen = "M";
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(y[i])) {
      pen = "M";
      continue;
    }
    path += `${pen}${scale.x(x[i]).toFixed(1)} ${scale.y(y[i]).toFixed(1)}`;
    pen = "L";
  }
  return path;
}

function points(x, y, scale) {
  let path = "";
  for (let i = 0; i < x.length; i++)
    if (Number.isFinite(y[i])) path += `M${scale.x(x[i]).toFixed(1)} ${scale.y(y[i]).toFixed(1)}h0`;
  return path;
}

export function linear(from, to, start, end) {
  const factor = to === from ? 0 : (end - start) / (to - from);
  const middle = to === from ? (start + end) / 2 : start;
  return (value) => middle + (value - from) * factor;
}

function extent(values) {
  const finite = Array.from(values).filter(Number.isFinite);
  return finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
}

function padded([low, high]) {
  const space = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low - space, high + space];
}

export function dragToPick(svg, state, x, onPick) {
  svg.classList.add("tcbf-pickable");
  const pick = (event) => {
    const box = svg.getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    let best = 0;
    for (let i = 1; i < x.length; i++) {
      if (Math.abs(state.scale.x(x[i]) - px) < Math.abs(state.scale.x(x[best]) - px)) best = i;
    }
    if (best !== state.index) onPick(clamp(best, 0, x.length - 1));
  };
  followPress(svg, pick);
}
