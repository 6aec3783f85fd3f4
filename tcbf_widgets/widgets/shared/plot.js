// A small line plot in SVG: axes in the text's colour, a cursor, and a click or drag that sets the value.
// Everything that does not depend on the cursor is drawn once per size.
import { s, setAttribute } from "./dom.js";
import { clamp, tickLabels, ticks } from "./numbers.js";
import { createPlotFrame, dotted, dragToPick, followSize, linear, path } from "./plot_frame.js";

const MARGIN = { top: 12, right: 12, bottom: 40 };
const SECOND_ROW = 16; // of labels under the axis
const FIRST = 344; // px, wide until it is known how wide it is

/**
 * createPlot({name, title, xLabel, x: number[], y: number[], xTicks, subTicks, marks: [{x, label, warning}],
 * floor: {value, label}, height, aspect, onPick(index)})
 * returns {node, aspect, paint(index, text)}.
 */
export function createPlot(options) {
  const { title, x, y, onPick } = options;
  const frame = createPlotFrame({ ...options, heading: title, top: MARGIN.top });
  const state = { index: 0, scale: null };
  const place = () => {
    const { index, scale } = state;
    frame.place(scale.x(x[index]), scale.y(y[index]), scale.bottom);
  };
  const layout = (width, height) => {
    state.scale = drawStatic(frame, options, width, height);
    place();
  };
  layout(FIRST, frame.height(FIRST));
  followSize(frame.holder, layout);
  if (onPick) dragToPick(frame.svg, state, x, onPick);
  return {
    node: frame.node,
    aspect: options.aspect ?? 1,
    paint(index, text, alt) {
      state.index = index;
      place();
      frame.say(text, alt);
    },
  };
}

function drawStatic({ svg, fixed }, { x, y, xLabel, xTicks, subTicks, marks = [], floor }, width, height) {
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
  fixed.replaceChildren(
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
    s("path", { class: "tcbf-curve", d: path(x, y, scale) }),
    s("path", { class: "tcbf-points", d: dotted(x, y, scale) }),
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

function extent(values) {
  const finite = Array.from(values).filter(Number.isFinite);
  return finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
}

function padded([low, high]) {
  const space = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low - space, high + space];
}
