// A plot of several runs against the epoch: one line style each, the chosen run strong, a cursor, and a click or drag
// that sets the epoch. It may grow: what does not depend on the cursor is drawn when runs, choice or size change.
import { s, setAttribute } from "./dom.js";
import { brief, clamp, steps125, superscript, tickLabels, ticks } from "./numbers.js";
import { createPlotFrame, dotted, dragToPick, followSize, linear, path } from "./plot_frame.js";

const MARGIN = { top: 8, right: 8, bottom: 40, left: 44 };
const FIRST = 280; // px, wide until it is known how wide it is

/** Dashes of the lines, by the place of the run. */
export const STYLES = ["none", "9 4", "2 3", "11 4 2 4", "5 5", "11 3 2 3 2 3"];

/**
 * createRunPlot({name, heading, aspect, log: curve -> bool, onPick(epoch)}); heading is text or a node; without an
 * aspect all plots have one height.
 * Returns {node, aspect, draw({curve, runs: [{numbers, values}], chosen}), paint(place, text, alt)}.
 */
export function createRunPlot({ name, heading, aspect, log, onPick }) {
  const frame = createPlotFrame({ name, heading, aspect, top: MARGIN.top });
  const state = { width: FIRST, height: frame.height(FIRST), index: 0, drawn: null, scale: null };
  const numbers = []; // of the chosen run

  const place = () => {
    const { scale, index } = state;
    frame.place(scale.x(numbers[index]), scale.y(state.values[index]), scale.bottom);
  };
  const draw = () => {
    if (!state.drawn) return;
    state.scale = drawStatic(frame, state, log(state.drawn.curve));
    place();
  };
  followSize(frame.holder, (width, height) => {
    Object.assign(state, { width, height });
    draw();
  });
  dragToPick(frame.svg, state, numbers, (index) => onPick(numbers[index]));
  return {
    node: frame.node,
    aspect: aspect ?? 1,
    draw(drawn) {
      const run = drawn.runs[drawn.chosen];
      numbers.splice(0, numbers.length, ...run.numbers);
      Object.assign(state, { drawn, values: run.values, index: clamp(state.index, 0, numbers.length - 1) });
      draw();
    },
    paint(index, text, alt) {
      state.index = index;
      place();
      frame.say(text, alt);
    },
  };
}

function drawStatic({ svg, fixed }, { width, height, drawn }, isLog) {
  setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  const all = drawn.runs.flatMap(({ values }) => values);
  const axis = (isLog ? logAxis : linearAxis)(all, drawn.curve, clamp(Math.floor((bottom - MARGIN.top) / 28), 2, 5));
  const numbers = drawn.runs.flatMap((run) => [run.numbers[0], run.numbers.at(-1)]);
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  const along = linear(...axis.ends, bottom - 4, MARGIN.top);
  const scale = { x: linear(first, last, left + 6, right - 4), y: (value) => along(axis.of(value)), bottom };
  const text = (attributes, content) => s("text", { class: "tcbf-tick", ...attributes }, content);
  const epochs = last > first ? ticks(first, last, Math.max(2, Math.floor(width / 64))).filter(Number.isInteger) : [first];
  fixed.replaceChildren(
    s("path", { class: "tcbf-axis", d: `M${left} ${MARGIN.top}V${bottom}H${right}` }),
    ...axis.ticks.map(([value, label]) =>
      text({ x: left - 8, y: scale.y(value), dy: ".35em", "text-anchor": "end" }, label),
    ),
    ...epochs.map((epoch) => text({ x: scale.x(epoch), y: bottom + 16, "text-anchor": "middle" }, String(epoch))),
    s("text", { class: "tcbf-axislabel", x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }, "epoch"),
    ...lines(drawn, scale),
  );
  return scale;
}

// The chosen run comes last, over the others.
function lines({ runs, chosen }, scale) {
  const order = [...runs.keys()].filter((place) => place !== chosen);
  return [...order, chosen].flatMap((place) => {
    const { numbers, values } = runs[place];
    const strong = place === chosen ? " tcbf-run-chosen" : "";
    const d = path(numbers, values, scale);
    const line = s("path", { class: `tcbf-line tcbf-run${strong}`, "stroke-dasharray": STYLES[place % STYLES.length], d });
    return strong ? [line, s("path", { class: "tcbf-points", d: dotted(numbers, values, scale) })] : [line];
  });
}

const finite = (values) => values.filter(Number.isFinite);
const ends = (values, otherwise) => (values.length ? [Math.min(...values), Math.max(...values)] : otherwise);

function linearAxis(values, curve, count) {
  let [low, high] = ends(finite(values), [0, 1]);
  if (curve === "ssim") [low, high] = [Math.min(0, low), 1];
  const room = curve === "ssim" ? 0 : (high - low) * 0.06 || 1;
  const at = ticks(low - room, high + room, count);
  const labels = tickLabels(at);
  return { of: (value) => value, ends: [low - room, high + room], ticks: at.map((value, i) => [value, labels[i]]) };
}

// Values that are not positive have no place on a logarithmic axis: the line has a gap there.
function logAxis(values, _, count) {
  const of = (value) => (value > 0 ? Math.log10(value) : NaN);
  const [low, high] = ends(finite(values.map(of)), [-1, 0]);
  const room = Math.max(0.06 * (high - low), 0.1 - (high - low) / 2);
  const [from, to] = [low - room, high + room];
  const powers = Array.from({ length: Math.floor(to) - Math.ceil(from) + 1 }, (_, i) => Math.ceil(from) + i);
  if (powers.length >= 2) {
    const every = Math.ceil(powers.length / count);
    const kept = powers.filter((power) => power % every === 0);
    return { of, ends: [from, to], ticks: kept.map((power) => [Number(`1e${power}`), `10${superscript(power)}`]) };
  }
  const inside = (value) => of(value) >= from && of(value) <= to;
  const between = steps125(Math.floor(to)).filter(inside);
  const at = between.length >= 2 ? between : ticks(10 ** from, 10 ** to, 3);
  return { of, ends: [from, to], ticks: at.map((value) => [value, brief(value)]) };
}
