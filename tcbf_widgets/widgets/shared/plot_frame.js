// What plots have in common: curves and scales; those with a cursor also title, readout, dot, and the epoch or radius
// that a press sets.
import { h, s, setAttribute, setText } from "./dom.js";
import { nearest } from "./numbers.js";
import { followPress } from "./pressing.js";

const HEIGHT = 136;
const DOTTED = 40; // points; more would run into one another

/**
 * createPlotFrame({name, heading, aspect, height, top}), heading being text or a node and top where the cursor begins,
 * returns {node, svg, holder, height(width), fixed, place(x, y, bottom), say(readout, alt)}: what does not depend on the
 * cursor is drawn into the group `fixed`, a point without y has no dot.
 */
export function createPlotFrame({ name, heading, aspect, height = HEIGHT, top }) {
  const fixed = s("g");
  const cursor = s("line", { class: "tcbf-cursor", y1: top });
  const dot = s("circle", { class: "tcbf-dot", r: 5 });
  const svg = s("svg", { class: "tcbf-plot", role: "img", "data-plot": name }, fixed, cursor, dot);
  const readout = h("span", { class: "tcbf-readout" });
  const holder = h("div", { class: "tcbf-plotarea", style: aspect ? `aspect-ratio:${aspect}` : `height:${height}px` }, svg);
  const title = h("div", { class: "tcbf-title tcbf-titlerow" }, heading, readout);
  return {
    node: h("div", { class: "tcbf-panel tcbf-panel-plot" }, title, holder),
    svg,
    holder,
    height: (width) => (aspect ? Math.round(width / aspect) : height),
    fixed,
    place(x, y, bottom) {
      const known = Number.isFinite(y);
      setAttribute(cursor, "transform", `translate(${x} 0)`);
      setAttribute(cursor, "y2", bottom);
      setAttribute(dot, "visibility", known ? "visible" : "hidden");
      if (known) setAttribute(dot, "transform", `translate(${x} ${y})`);
    },
    say(text, alt) {
      setText(readout, text);
      setAttribute(svg, "aria-label", alt);
    },
  };
}

// Whole tenths of a pixel as relative steps: a third of the text that numbers in full would take.
/** A curve as a path; a gap where a value has no place. */
export function path(xs, ys, { x, y }) {
  let text = "";
  let [lastX, lastY, pen] = [0, 0, "M"];
  for (let i = 0; i < xs.length; i++) {
    const [px, py] = [Math.round(10 * x(xs[i])), Math.round(10 * y(ys[i]))];
    if (!Number.isFinite(ys[i]) || !Number.isFinite(py)) {
      pen = "M";
      continue;
    }
    text += pen === "M" ? `M${px / 10} ${py / 10}` : `l${(px - lastX) / 10} ${(py - lastY) / 10}`;
    [lastX, lastY, pen] = [px, py, "l"];
  }
  return text;
}

/** The points of a curve at screen coordinates x(xs) and y(ys), as a path; none where there are too many. */
export function dotted(xs, ys, { x, y }) {
  if (xs.length > DOTTED) return "";
  let text = "";
  for (let i = 0; i < xs.length; i++) {
    const at = y(ys[i]);
    if (Number.isFinite(ys[i]) && Number.isFinite(at)) text += `M${x(xs[i]).toFixed(1)} ${at.toFixed(1)}h0`;
  }
  return text;
}

/** A scale: from ... to, to start ... end; the middle where there is one value only. */
export function linear(from, to, start, end) {
  const factor = to === from ? 0 : (end - start) / (to - from);
  const middle = to === from ? (start + end) / 2 : start;
  return (value) => middle + (value - from) * factor;
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

/** Press or drag over a plot: onPick(index) of the x (numbers) next to the pointer, unless it is state.index. */
export function dragToPick(svg, state, x, onPick) {
  svg.classList.add("tcbf-pickable");
  const pick = (event) => {
    const box = svg.getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const best = nearest(Array.from(x, state.scale.x), px);
    if (best !== state.index) onPick(best);
  };
  followPress(svg, pick);
}
