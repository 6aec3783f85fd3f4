// Merge heights against the number of crystallites, and beside them the tree, over one axis of height that a line cuts.
import { h, s, setAttribute, setText } from "./dom.js";
import { hueName } from "./colour.js";
import { branches } from "./merge_tree.js";
import { clamp, short, steps125 } from "./numbers.js";
import { followSize } from "./plot_frame.js";
import { followPress } from "./pressing.js";

const MARGIN = { top: 8, right: 8, bottom: 40 };
const HEIGHT = 216;
const FIRST = 800; // px, wide until it is known how wide it is
const STEPS_END = 0.3; // of the width: merge heights, then the tree
const TREE_START = 0.36;
const DIGIT = 8; // px, and as much between two numbers
const COUNTS = [1, 5, 10, 20, 40, 60, 80];
const LABEL = 88; // px, beside a step
const ROOM = 1.15; // below the lowest cut, as a factor

/**
 * createCutPlot(tree, {ends: [lowest, highest cut], gap: {count, threshold} or null, onPick(height)}) returns
 * {node, paint(now, colours, alt)}.
 */
export function createCutPlot(tree, { ends, gap, onPick }) {
  const range = [ends[0] / ROOM, ends[1]];
  const fixed = s("g");
  const above = s("path", { class: "tcbf-branch" });
  const below = s("g");
  const numbers = s("g");
  const cut = s("line", { class: "tcbf-cursor" });
  const dot = s("circle", { class: "tcbf-dot", r: 5 });
  const grip = s("circle", { class: "tcbf-cutgrip", r: 22 });
  const svg = s("svg", { class: "tcbf-plot tcbf-cutplot", role: "img", "data-plot": "merges" }, fixed, above, below, cut, numbers, dot, grip);
  const holder = h("div", { class: "tcbf-plotarea", style: `height:${HEIGHT}px` }, svg);
  const heading = h("div", { class: "tcbf-title" }, "Merge heights and tree");
  const state = { width: FIRST, height: HEIGHT, scale: null, shown: null };

  const layout = (width, height) => {
    Object.assign(state, { width, height });
    state.scale = scalesOf(state, tree, range);
    drawAxes(svg, fixed, state, tree, range);
    if (gap) fixed.append(gapLabel(gap, state.scale));
    draw();
  };
  const draw = () => {
    if (!state.shown) return;
    const { now, colours } = state.shown;
    const { x, y, left, right, count } = state.scale;
    const level = y(now.threshold);
    const { lines, stems } = branches(tree, now.cut, now.threshold, range);
    drawBranches(above, below, lines, { x, y }, now, colours);
    for (const [name, value] of Object.entries({ x1: left, x2: right, y1: level, y2: level })) setAttribute(cut, name, value);
    for (const mark of [dot, grip]) setAttribute(mark, "transform", `translate(${count(now.cut.nodes.length)} ${level})`);
    writeNumbers(numbers, stems.map(x), level, now.chosen);
  };
  layout(FIRST, HEIGHT);
  followSize(holder, layout);
  svg.classList.add("tcbf-pickable");
  const pick = (event) => {
    const box = svg.getBoundingClientRect();
    onPick(clamp(state.scale.heightAt(((event.clientY - box.top) / box.height) * state.height), ...ends));
  };
  followPress(svg, pick, grip);
  return {
    node: h("div", { class: "tcbf-panel tcbf-panel-plot" }, heading, holder),
    paint(now, colours, alt) {
      state.shown = { now, colours };
      draw();
      setAttribute(svg, "aria-label", alt);
    },
  };
}

function scalesOf({ width, height }, { count }, [low, high]) {
  const [left, right] = [16 + 8 * Math.max(...heightTicks([low, high]).map((tick) => short(tick).length)), width - MARGIN.right];
  const bottom = height - MARGIN.bottom;
  const decades = Math.log(high / low) || 1;
  const wide = right - left;
  return {
    left,
    right,
    bottom,
    y: (value) => bottom - (Math.log(value / low) / decades) * (bottom - MARGIN.top),
    heightAt: (y) => low * Math.exp(((bottom - y) / (bottom - MARGIN.top)) * decades),
    x: (place) => left + wide * (TREE_START + (1 - TREE_START) * place),
    count: (number) => left + wide * (0.01 + ((STEPS_END - 0.01) * (number - 1)) / Math.max(1, count - 1)),
  };
}

/** 1, 2 and 5 times powers of ten within a range. */
function heightTicks([low, high]) {
  const powers = Array.from({ length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 }, (_, i) => i + Math.floor(Math.log10(low)));
  return [...new Set(powers.flatMap(steps125))].filter((tick) => tick >= low && tick <= high);
}

function drawAxes(svg, fixed, { width, height, scale }, tree, range) {
  setAttribute(svg, "viewBox", `0 0 ${width} ${height}`);
  const { left, right, bottom, y, count } = scale;
  const text = (attributes, content) => s("text", { class: "tcbf-tick", ...attributes }, content);
  const room = Math.max(1, Math.floor((bottom - MARGIN.top) / 16));
  const ticks = heightTicks(range);
  const every = Math.ceil(ticks.length / room);
  fixed.replaceChildren(
    s("path", { class: "tcbf-axis", d: `M${left} ${MARGIN.top}V${bottom}H${count(tree.count)}` }),
    ...ticks
      .filter((_, i) => i % every === 0)
      .map((tick) => text({ x: left - 8, y: y(tick), dy: ".35em", "text-anchor": "end" }, short(tick))),
    ...countTicks(tree.count, count).map((number) =>
      text({ x: count(number), y: bottom + 16, "text-anchor": "middle" }, String(number)),
    ),
    s("text", { class: "tcbf-axislabel", x: left, y: height - 4 }, "number of crystallites"),
    s("path", { class: "tcbf-curve", d: stepsPath(tree, scale, range) }),
  );
}

// From the largest down, those that have room.
function countTicks(most, x) {
  const kept = [];
  for (const number of COUNTS.filter((count) => count <= most).reverse())
    if (!kept.length || x(kept.at(-1)) - x(number) >= 3 * DIGIT) kept.push(number);
  return kept;
}

// Beside the steepest step, where there is room: steps go down to the right.
function gapLabel({ count: number, threshold }, { left, x, y, count }) {
  const at = count(number);
  const right = at + LABEL < x(0);
  if (!right && at - LABEL < left) return s("g");
  const place = { x: at + (right ? 10 : -10), y: Math.max(MARGIN.top + 12, y(threshold) - 10), "text-anchor": right ? "start" : "end" };
  return s("text", { class: "tcbf-tick", ...place }, "largest gap");
}

// For each height, how many crystallites are left by it.
function stepsPath({ count, heights }, { y, count: x }, [low, high]) {
  let d = `M${x(count)} ${y(low)}`;
  heights.forEach((height, i) => {
    d += `V${y(Math.max(low, height)).toFixed(1)}H${x(count - 1 - i).toFixed(1)}`;
  });
  return `${d}V${y(high)}`;
}

function drawBranches(above, below, lines, { x, y }, { cut, chosen }, colours) {
  const paths = cut.nodes.map(() => "");
  let rest = "";
  for (const { place, points } of lines) {
    const d = points.map(([at, height], i) => `${i ? "L" : "M"}${x(at).toFixed(1)} ${y(height).toFixed(1)}`).join("");
    if (place === null) rest += d;
    else paths[place] += d;
  }
  setAttribute(above, "d", rest);
  while (below.children.length < paths.length) below.append(s("path", { class: "tcbf-branch" }));
  [...below.children].forEach((path, place) => {
    setAttribute(path, "d", paths[place] ?? "");
    if (place >= paths.length) return;
    setAttribute(path, "style", `stroke:${hueName(colours[cut.nodes[place]])};stroke-width:${place === chosen ? 5 : 3}`);
  });
}

// The largest first, as far as there is room; the chosen one always.
function writeNumbers(group, stems, level, chosen) {
  const taken = [];
  const places = [...stems.keys()].sort((a, b) => (b === chosen) - (a === chosen) || a - b);
  const half = (place) => (DIGIT / 2) * (String(place + 1).length + 0.5);
  const free = (place) => taken.every((other) => Math.abs(stems[place] - stems[other]) >= half(place) + half(other));
  for (const place of places) if (free(place)) taken.push(place);
  while (group.children.length < taken.length) group.append(s("text", { class: "tcbf-tick tcbf-onlines", "text-anchor": "middle" }));
  [...group.children].forEach((text, i) => {
    setAttribute(text, "display", i < taken.length ? "inline" : "none");
    if (i >= taken.length) return;
    setAttribute(text, "x", stems[taken[i]].toFixed(1));
    setAttribute(text, "y", level - 5);
    setText(text, String(taken[i] + 1));
  });
}
