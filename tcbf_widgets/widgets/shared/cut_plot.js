// Merge heights against the number of crystallites, and beside them the tree, over one axis of height that a line cuts.
import { hueName } from "./colour.js";
import { drawAxes, gapLabel, scalesOf } from "./cut_axes.js";
import { childrenOf, h, s, setAttribute, setText } from "./dom.js";
import { makeDraggable } from "./draggable.js";
import { branches } from "./merge_tree.js";
import { clamp } from "./numbers.js";
import { followSize } from "./plot_frame.js";

const HEIGHT = 216;
const FIRST = 800; // px, wide until it is known how wide it is
const ROOM = 1.15; // below the lowest cut, as a factor
const DIGIT = 8; // px, and half as much between two numbers

/**
 * createCutPlot(tree, {ends: [lowest, highest cut], gap: {count, threshold} or null, onPick(height)}) returns
 * {node, paint(now, colours, alt)}.
 */
export function createCutPlot(tree, { ends, gap, onPick }) {
  const range = [ends[0] / ROOM, ends[1]];
  const { node, holder, svg, layers } = plotNodes();
  const state = { width: FIRST, height: HEIGHT, scale: null, shown: null };

  const draw = () => {
    if (!state.shown) return;
    const { cut, threshold } = state.shown.now;
    drawCut(layers, state, branches(tree, cut, threshold, range), toCut);
  };
  const layout = (width, height) => {
    Object.assign(state, { width, height });
    state.scale = scalesOf(state, tree, range);
    drawAxes(svg, layers.fixed, state, tree, range);
    if (gap) layers.fixed.append(gapLabel(gap, state.scale));
    draw();
  };
  const toCut = makeDraggable(holder, ([share]) => onPick(clamp(state.scale.heightAt(share * state.height), ...ends)));
  layout(FIRST, HEIGHT);
  followSize(holder, layout);
  return {
    node,
    paint(now, colours, alt) {
      state.shown = { now, colours };
      draw();
      setAttribute(svg, "aria-label", alt);
    },
  };
}

function plotNodes() {
  const layers = {
    fixed: s("g"),
    above: s("path", { class: "tcbf-branch" }),
    below: s("g"),
    cut: s("line", { class: "tcbf-cursor" }),
    numbers: s("g"),
    dot: s("circle", { class: "tcbf-dot", r: 5 }),
  };
  const attributes = { class: "tcbf-plot tcbf-cutplot", role: "img", "data-plot": "merges" };
  const svg = s("svg", attributes, ...Object.values(layers));
  const holder = h("div", { class: "tcbf-plotarea", style: `height:${HEIGHT}px` }, svg);
  const heading = h("div", { class: "tcbf-title" }, "Merge heights and tree");
  return { node: h("div", { class: "tcbf-panel tcbf-panel-plot" }, heading, holder), holder, svg, layers };
}

function drawCut(layers, { width, height, scale, shown: { now, colours } }, { lines, stems }, toCut) {
  const { x, y, left, right, count } = scale;
  const [level, middle] = [y(now.threshold), count(now.cut.nodes.length)];
  drawBranches(layers, lines, scale, now, colours);
  const ends = { x1: left, x2: right, y1: level, y2: level };
  for (const [name, value] of Object.entries(ends)) setAttribute(layers.cut, name, value);
  setAttribute(layers.dot, "transform", `translate(${middle} ${level})`);
  toCut([level / height, middle / width]);
  writeNumbers(layers.numbers, stems.map(x), level, now.chosen);
}

function drawBranches({ above, below }, lines, { x, y }, { cut, chosen }, colours) {
  const paths = cut.nodes.map(() => "");
  let rest = "";
  for (const { place, points } of lines) {
    const d = points.map(([at, height], i) => `${i ? "L" : "M"}${x(at).toFixed(1)} ${y(height).toFixed(1)}`).join("");
    if (place === null) rest += d;
    else paths[place] += d;
  }
  setAttribute(above, "d", rest);
  childrenOf(below, paths.length, () => s("path", { class: "tcbf-branch" })).forEach((path, place) => {
    setAttribute(path, "d", paths[place]);
    const width = place === chosen ? 5 : 3;
    setAttribute(path, "style", `stroke:${hueName(colours[cut.nodes[place]])};stroke-width:${width}`);
  });
}

// The largest first, as far as there is room; the chosen one always.
function writeNumbers(group, stems, level, chosen) {
  const taken = [];
  const places = [...stems.keys()].sort((a, b) => (b === chosen) - (a === chosen) || a - b);
  const half = (place) => (DIGIT / 2) * (String(place + 1).length + 0.5);
  const free = (place) => taken.every((other) => Math.abs(stems[place] - stems[other]) >= half(place) + half(other));
  for (const place of places) if (free(place)) taken.push(place);
  const make = () => s("text", { class: "tcbf-tick tcbf-onlines", "text-anchor": "middle" });
  childrenOf(group, taken.length, make).forEach((text, i) => {
    setAttribute(text, "x", stems[taken[i]].toFixed(1));
    setAttribute(text, "y", level - 5);
    setText(text, String(taken[i] + 1));
  });
}
