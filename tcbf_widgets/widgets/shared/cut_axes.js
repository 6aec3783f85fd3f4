// Axes of the plot in which a tree is cut: heights upwards; to the right the number of crystallites, then the tree.
import { s, setAttribute } from "./dom.js";
import { short, steps125, ticks as evenTicks } from "./numbers.js";

const MARGIN = { top: 8, right: 8, bottom: 40, left: 28 }; // px; left of it the numbers
const STEPS_END = 0.3; // of the width: merge heights, then the tree
const TREE_START = 0.36;
const APART = 24; // px, between two numbers on an axis
const COUNTS = [80, 60, 40, 20, 10, 5, 2];
const FEWEST = 3; // numbers on the axis of height
const LABEL = 88; // px, beside a step

/** Scales {left, right, bottom, y(height), heightAt(y), x(place in the tree), count(number)} for a size in px. */
export function scalesOf({ width, height }, { count }, [low, high]) {
  const digits = Math.max(1, ...heightTicks([low, high]).map((tick) => short(tick).length));
  const [left, right] = [MARGIN.left + 8 * digits, width - MARGIN.right];
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

// 1, 2 and 5 times powers of ten within a range; even steps within one that is too short for them.
function heightTicks([low, high]) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const round = [...new Set(powers.flatMap(steps125))].filter((tick) => tick >= low && tick <= high);
  return round.length < FEWEST ? evenTicks(low, high, 4) : round;
}

/** Draw what does not depend on the cut. */
export function drawAxes(svg, fixed, { width, height, scale }, tree, range) {
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
    s("text", { class: "tcbf-axislabel", transform: `translate(12 ${bottom}) rotate(-90)` }, "merge height"),
    s("path", { class: "tcbf-curve", d: stepsPath(tree, scale, range) }),
  );
}

// 1, and from the largest down those that have room.
function countTicks(most, x) {
  const kept = [1];
  for (const number of COUNTS.filter((count) => count <= most))
    if (kept.every((other) => Math.abs(x(other) - x(number)) >= APART)) kept.push(number);
  return kept;
}

/** The label of the steepest step, beside it where there is room: steps go down to the right. */
export function gapLabel({ count: number, threshold }, { left, x, y, count }) {
  const at = count(number);
  const right = at + LABEL < x(0);
  if (!right && at - LABEL < left) return s("g");
  const [dx, anchor] = right ? [10, "start"] : [-10, "end"];
  const top = Math.max(MARGIN.top + 12, y(threshold) - 10);
  return s("text", { class: "tcbf-tick", x: at + dx, y: top, "text-anchor": anchor }, "largest gap");
}

// For each height, how many crystallites are left by it.
function stepsPath({ count, heights }, { y, count: x }, [low, high]) {
  let d = `M${x(count)} ${y(low)}`;
  heights.forEach((height, i) => {
    d += `V${y(Math.max(low, height)).toFixed(1)}H${x(count - 1 - i).toFixed(1)}`;
  });
  return `${d}V${y(high)}`;
}
