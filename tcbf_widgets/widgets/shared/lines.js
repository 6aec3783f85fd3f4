// A plot of several lines over one axis, drawn anew with every change: the view says how far the axis reaches.
import { h, s, setAttribute, setText } from "./dom.js";
import { tickLabels, ticks } from "./numbers.js";
import { followSize, linear, path } from "./plot_frame.js";

const MARGIN = { right: 12, bottom: 40, left: 48 };

/**
 * createLines({name, title, xLabel, range: [low, high] of y, height, room, lines: [{name, label, points}],
 * readout(x) -> text}), with `room` px above the axes; lines are drawn in their order, and without a label they are not named in the key. Those with
 * points, "disk", "ring" or "cross", are such points and no line.
 * paint({xMax, series: {name: [xs, ys]}, marks: [{x, label, value, low, above}]}, alt): a mark is a vertical line, with
 * its label and value at its top to the left, or if `low` at its foot to the right, as far as there is room, or if
 * `above` over the axes; what lies beyond the axis is named at its end.
 */
export function createLines({ name, title, xLabel, range, height = 168, room = 8, lines, readout }) {
  const svg = s("svg", { class: "tcbf-plot", role: "img", "data-plot": name });
  const paths = lines.map((line) => s("path", { class: classOf(line) }));
  const [axes, marked] = [s("g"), s("g")];
  svg.append(axes, ...paths, marked);
  const under = h("span", { class: "tcbf-readout" });
  const heading = h("div", { class: "tcbf-title tcbf-keyrow" }, h("span", {}, title), key(lines));
  const holder = h("div", { class: "tcbf-plotarea", style: `height:${height}px` }, svg);
  const foot = h("div", { class: "tcbf-foot tcbf-axisfoot" }, under);
  const node = h("div", { class: "tcbf-panel tcbf-panel-plot" }, heading, holder, foot);
  const state = { width: 800, height, top: room, drawn: null, axis: "" };

  const draw = () => {
    if (!state.drawn) return;
    const { xMax, series, marks } = state.drawn;
    const scale = scales(state, xMax, range);
    const axis = `${state.width}/${state.height}/${xMax}`;
    if (axis !== state.axis) drawAxes(svg, axes, state, scale, { xMax, range, xLabel });
    state.axis = axis;
    lines.forEach((line, i) => {
      const drawn = line.points ? scattered : path;
      setAttribute(paths[i], "d", drawn(...series[line.name], scale, line.points));
    });
    marked.replaceChildren(...marks.map((mark) => markLine(mark, scale, xMax)));
  };
  followSize(holder, (width, tall) => {
    Object.assign(state, { width, height: tall });
    draw();
  });
  if (readout) followPointer(svg, state, range, (x) => setText(under, x === null ? "" : readout(x)));
  return {
    node,
    paint(drawn, alt) {
      state.drawn = drawn;
      draw();
      setAttribute(svg, "aria-label", alt);
    },
  };
}

function scales({ width, height, top }, xMax, [low, high]) {
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const bottom = height - MARGIN.bottom;
  return { left, right, top, bottom, x: linear(0, xMax, left, right), y: linear(low, high, bottom, top) };
}

function drawAxes(svg, group, { width, height }, scale, { xMax, range, xLabel }) {
  setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
  const xs = ticks(0, xMax, Math.max(2, Math.floor(width / 80)));
  const ys = ticks(...range, 3);
  const text = (attributes, content) => s("text", { class: "tcbf-tick", ...attributes }, content);
  const xText = tickLabels(xs);
  const yText = tickLabels(ys);
  const below = { y: scale.bottom + 16, "text-anchor": "middle" };
  group.replaceChildren(
    s("path", { class: "tcbf-axis", d: `M${scale.left} ${scale.top}V${scale.bottom}H${scale.right}` }),
    ...(range[0] < 0 ? [s("path", { class: "tcbf-zero", d: `M${scale.left} ${scale.y(0)}H${scale.right}` })] : []),
    ...xs.map((x, i) => text({ x: scale.x(x), ...below }, xText[i])),
    ...ys.map((y, i) => text({ x: scale.left - 8, y: scale.y(y), dy: ".35em", "text-anchor": "end" }, yText[i])),
    s(
      "text",
      { class: "tcbf-axislabel", x: (scale.left + scale.right) / 2, y: height - 4, "text-anchor": "middle" },
      xLabel,
    ),
  );
}

// Points of three kinds, 6 px wide, from the middle: (x, y) is where the pen stands then.
const POINTS = {
  disk: "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
  ring: "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
  cross: "m-3-3l6 6m0-6l-6 6",
};

const classOf = ({ name, points }) => `tcbf-line tcbf-line-${name}${points ? ` tcbf-points-${points}` : ""}`;

function scattered(xs, ys, { x, y }, kind) {
  let text = "";
  for (let i = 0; i < xs.length; i++)
    if (Number.isFinite(ys[i])) text += `M${x(xs[i]).toFixed(1)} ${y(ys[i]).toFixed(1)}${POINTS[kind]}`;
  return text;
}

const LETTER = 6.5; // px, wide
const ROW = 14;

function markLine({ x, label, value, low = false, above = false }, scale, xMax) {
  if (!(x > 0) || !Number.isFinite(x)) return s("g");
  const outside = x > xMax;
  const px = scale.x(Math.min(x, xMax));
  if (above) return markAbove(`${label} ${value}${outside ? " \u2192" : ""}`, px, outside, scale);
  const rows = outside ? [`${label}: ${value} \u2192`] : [label, value];
  const wide = LETTER * Math.max(...rows.map((row) => row.length)) + 6;
  const right = low ? px + wide < scale.right + MARGIN.right : px - wide < scale.left;
  const [at, anchor] = right && !outside ? [px + 4, "start"] : [px - 4, "end"];
  const y = low ? scale.bottom - 6 - ROW * (rows.length - 1) : scale.top + 8;
  return s(
    "g",
    { class: "tcbf-markline tcbf-markstrong" },
    outside ? null : s("line", { x1: px, x2: px, y1: scale.top, y2: scale.bottom }),
    s(
      "text",
      { class: "tcbf-tick tcbf-onlines", "text-anchor": anchor },
      ...rows.map((row, i) => s("tspan", { x: at, y: y + ROW * i }, row)),
    ),
  );
}

// Over its line, as far as there is room.
function markAbove(text, px, outside, { left, right, top, bottom }) {
  const half = (LETTER * text.length) / 2;
  const at = Math.max(left + half, Math.min(px, right - half));
  return s(
    "g",
    { class: "tcbf-markline tcbf-markstrong" },
    outside ? null : s("line", { x1: px, x2: px, y1: top - 2, y2: bottom }),
    s("text", { class: "tcbf-tick", "text-anchor": "middle", x: at, y: top - 6 }, text),
  );
}

function key(lines) {
  const sample = (line) =>
    s(
      "svg",
      { viewBox: "0 0 24 8", "aria-hidden": "true" },
      s("path", { class: classOf(line), d: line.points ? `M12 4${POINTS[line.points]}` : "M1 4H23" }),
    );
  const items = lines
    .filter(({ label }) => label)
    .map((line) => h("span", { class: "tcbf-keyitem" }, sample(line), line.label));
  return h("span", { class: "tcbf-key" }, ...items);
}

function followPointer(svg, state, range, show) {
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const { left, right } = scales(state, 1, range);
    const share = ((event.clientX - box.left) * (state.width / box.width) - left) / (right - left);
    show(state.drawn && share >= 0 && share <= 1 ? share * state.drawn.xMax : null);
  };
  svg.addEventListener("pointermove", at);
  svg.addEventListener("pointerdown", at);
  svg.addEventListener("pointerleave", () => show(null));
}
