// How far off the direct beam is found along one axis, against the electrons in a pattern: measured for each probe, the
// best that is possible, and the pattern at hand. Both axes are logarithmic.
import { s, setAttribute } from "./dom.js";
import { brief, clamp, grouped } from "./numbers.js";
import { createPlotFrame, dotted, dragToPick, followSize, linear, path } from "./plot_frame.js";
import { STYLES } from "./run_plot.js";

const MARGIN = { top: 8, right: 8, bottom: 40, left: 44 };
const FIRST = 400; // px, wide until it is known how wide it is

/**
 * createErrorPlot({title, errors: {name: {electrons, rms, bound}}, range: [least, most] electrons, height,
 * onPick(electrons)}) returns {node, paint(electrons, error or null, alt)}.
 */
export function createErrorPlot({ title, errors, range, height, onPick }) {
  const frame = createPlotFrame({ name: "errors", heading: title, height, top: MARGIN.top });
  const numbers = Object.values(errors)[0].electrons;
  const state = { scale: null, electrons: range[0], error: null, index: -1 };
  const place = () => {
    const { scale, electrons, error } = state;
    const y = error === null ? NaN : clamp(scale.y(error), MARGIN.top, scale.bottom);
    frame.place(scale.x(electrons), y, scale.bottom);
  };
  const layout = (width, tall) => {
    state.scale = drawStatic(frame, errors, range, width, tall);
    place();
  };
  layout(FIRST, frame.height(FIRST));
  followSize(frame.holder, layout);
  dragToPick(frame.svg, state, numbers, (index) => onPick(numbers[index]));
  return {
    node: frame.node,
    paint(electrons, error, alt) {
      Object.assign(state, { electrons, error, index: numbers.indexOf(electrons) });
      place();
      frame.say("", alt);
    },
  };
}

function drawStatic({ svg, fixed }, errors, range, width, height) {
  setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
  const [right, bottom] = [width - MARGIN.right, height - MARGIN.bottom];
  const all = Object.values(errors).flatMap(({ rms, bound }) => [...rms, ...bound]);
  const ends = [Math.min(...all) / 1.5, Math.max(...all) * 1.2];
  const logarithmic = ([low, high], start, end) => {
    const scale = linear(Math.log10(low), Math.log10(high), start, end);
    return (value) => scale(Math.log10(value));
  };
  const scale = {
    x: logarithmic(range, MARGIN.left + 6, right - 4),
    y: logarithmic(ends, bottom - 4, MARGIN.top),
    bottom,
  };
  const middle = { "text-anchor": "middle" };
  const text = (attributes, content) => s("text", { class: "tcbf-tick", ...attributes }, content);
  fixed.replaceChildren(
    s("path", { class: "tcbf-axis", d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}` }),
    ...decades(ends).map((value) =>
      text({ x: MARGIN.left - 8, y: scale.y(value), dy: ".35em", "text-anchor": "end" }, brief(value)),
    ),
    ...decades(range).map((value) => text({ x: scale.x(value), y: bottom + 16, ...middle }, grouped(value))),
    text({ class: "tcbf-axislabel", x: (MARGIN.left + right) / 2, y: height - 4, ...middle }, "electrons per pattern"),
    ...Object.values(errors).flatMap((curves, i) => curvesOf(curves, scale, STYLES[i % STYLES.length])),
    ...labels(errors, scale, text),
    // where the curves are not: they fall to the right
    ...["thin lines:", "lowest possible"].map((row, i) => text({ x: MARGIN.left + 8, y: bottom - 20 + 14 * i }, row)),
  );
  return scale;
}

function curvesOf({ electrons, rms, bound }, scale, dashes) {
  const line = (name, values) =>
    s("path", { class: `tcbf-line tcbf-line-${name}`, "stroke-dasharray": dashes, d: path(electrons, values, scale) });
  return [
    line("bound", bound),
    line("error", rms),
    s("path", { class: "tcbf-points tcbf-errorpoints", d: dotted(electrons, rms, scale) }),
  ];
}

// Names of the probes over or under the last but one of their points.
function labels(errors, scale, text) {
  const last = Object.entries(errors).map(([name, { electrons, rms }]) => {
    const place = Math.max(0, rms.length - 2);
    return { name, x: electrons[place], y: rms[place] };
  });
  const most = Math.max(...last.map(({ y }) => y));
  return last.map(({ name, x, y }) => {
    const [dx, dy, anchor] = y === most ? [6, -8, "start"] : [-6, 16, "end"];
    return text({ x: scale.x(x) + dx, y: scale.y(y) + dy, "text-anchor": anchor }, name);
  });
}

const decades = ([low, high]) => {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => Number(`1e${from + i}`));
};
