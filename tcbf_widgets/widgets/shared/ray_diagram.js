// A column of lenses with its rays, drawn in SVG; widgets/ray_poster.py draws the same with matplotlib.
//
// A drawing is plain data, in mm with x to the right and z down the page:
//   half: half the width, depth: the height; flow: 1 where electrons run down the page, -1 where up;
//   parts: [{kind, z, half, hole, disk, label: [lines]}], the kinds being "lens", "deflector" (two coils beyond `half`),
//     "aperture" (open up to `hole`), "specimen", "screen" (a detector or a source; `disk` marks its middle part) and
//     "plane" (dashed: nothing is there);
//   rays: [{name, points: [[x, z], ...], dashed}]; arrows across the axis: [{name, z, from, to}]; dots: [{name, x, z, open}].
// A name gives the colour: "axial" (the selected one), "bundle" (what runs beside it), "disk" (all others) or "neutral". Labels stand to the right, each
// as near to its part as the others allow. Rays follow from rayPoints(); the drawing is as much exaggerated as its maker says.
import { h, s, setAttribute, setText } from "./dom.js";
import { followSize } from "./plot.js";
import { spread } from "./spread.js";

const LABELS = 136; // px, for the labels on the right
const LINE = 15; // px, of a label
const MARGIN = 14; // px, above and below
const LARGEST = 56; // px for a mm
const FIRST_WIDTH = 424; // px, until the page says how wide it is

/** createRayDiagram({name, title, half, depth}) returns {node, paint(drawing, alt), setTitle(text), setFoot(text)}. */
export function createRayDiagram({ name, title, half, depth }) {
  const svg = s("svg", { class: "tcbf-rays", role: "img", "data-diagram": name });
  const heading = h("div", { class: "tcbf-title" }, title);
  const foot = h("div", { class: "tcbf-foot" });
  const holder = h("div", { class: "tcbf-rayarea" }, svg);
  const node = h("div", { class: "tcbf-panel" }, heading, holder, foot);
  const state = { width: FIRST_WIDTH, drawing: null };
  const draw = () => {
    const scale = Math.min((state.width - LABELS - 8) / (2 * half), LARGEST);
    const height = depth * scale + 2 * MARGIN;
    holder.style.height = `${height}px`;
    setAttribute(svg, "viewBox", `0 0 ${state.width} ${height}`);
    if (state.drawing) svg.replaceChildren(...drawn(state.drawing, state.width, scale, height));
  };
  followSize(holder, (width) => {
    if (width === state.width) return;
    state.width = width;
    draw();
  });
  return {
    node,
    aspect: 1,
    paint(drawing, alt) {
      state.drawing = drawing;
      draw();
      setAttribute(svg, "aria-label", alt);
    },
    setTitle: (text) => setText(heading, text),
    setFoot: (text) => setText(foot, text),
  };
}

/** A line under diagrams that says what the colours mean, [[name, text], ...], and how the drawing is exaggerated. */
export function rayKey(names, exaggeration) {
  const sample = (name) =>
    s(
      "svg",
      { viewBox: "0 0 24 8", "aria-hidden": "true" },
      s("path", { class: `tcbf-ray tcbf-ray-${name}`, d: "M1 4H23" }),
    );
  const items = names.map(([name, text]) => h("span", { class: "tcbf-keyitem" }, sample(name), text));
  return h("div", { class: "tcbf-raykey" }, ...items, h("span", {}, exaggeration));
}

/** Points of a traced ray, as far as it passes (or from where it would), in mm across and along the beam. */
export function rayPoints(column, path, unit, { after = false } = {}) {
  const stop = path.passes.indexOf(false);
  const points = column.planes.map(({ position }, i) => [path.heights[i] / unit, position / unit]);
  if (stop < 0) return points;
  return after ? points.slice(stop) : points.slice(0, stop + 1);
}

function drawn({ half, depth, flow, parts, rays, arrows = [], dots = [] }, width, scale, height) {
  const middle = (width - LABELS) / 2;
  const at = { x: (x) => middle + x * scale, y: (z) => MARGIN + z * scale, scale };
  return [
    s("line", { class: "tcbf-opticaxis", x1: at.x(0), x2: at.x(0), y1: at.y(0) - 8, y2: at.y(depth) + 8 }),
    ...parts.flatMap((part) => glyph(part, at, half)),
    ...rays.map((ray) => line(ray, at)),
    ...arrows.map((arrow) => across(arrow, at)),
    ...dots.map(({ name, x, z, open }) =>
      s("circle", { class: `tcbf-dot-${name}${open ? " tcbf-open" : ""}`, cx: at.x(x), cy: at.y(z), r: 4.5 }),
    ),
    ...labels(parts, at, half, height),
    flowArrow(flow, at, half, depth),
  ];
}

function line({ name, points, dashed }, at) {
  const d = points.map(([x, z]) => `${at.x(x).toFixed(1)} ${at.y(z).toFixed(1)}`).join("L");
  return s("path", { class: `tcbf-ray tcbf-ray-${name}${dashed ? " tcbf-dashed" : ""}`, d: `M${d}` });
}

const GLYPHS = {
  lens(x, y, wide) {
    const arc = (side) => `A${wide * 6} ${wide * 6} 0 0 1 ${x + side * wide} ${y}`;
    return [s("path", { class: "tcbf-glass", d: `M${x - wide} ${y}${arc(1)}${arc(-1)}Z` })];
  },
  deflector: (x, y, wide) =>
    [-1, 1].map((side) =>
      s("rect", { class: "tcbf-coil", x: x + side * (wide + 4) - 4, y: y - 9, width: 8, height: 18 }),
    ),
  aperture: (x, y, wide, hole) => [
    s("path", { class: "tcbf-bar", d: `M${x - wide} ${y}H${x - hole}M${x + hole} ${y}H${x + wide}` }),
  ],
  specimen: (x, y, wide) => [s("rect", { class: "tcbf-slab", x: x - wide, y: y - 4, width: 2 * wide, height: 8 })],
  screen: (x, y, wide, hole, disk) => [
    s("path", { class: "tcbf-bar", d: `M${x - wide} ${y}H${x + wide}` }),
    ...(disk ? [s("path", { class: "tcbf-bar tcbf-bar-disk", d: `M${x - disk} ${y}H${x + disk}` })] : []),
  ],
  plane: (x, y, wide) => [s("path", { class: "tcbf-nothing", d: `M${x - wide} ${y}H${x + wide}` })],
};

function glyph({ kind, z, half, hole = 0, disk = 0 }, at, widest) {
  const [wide, open, marked] = [half ?? widest, hole, disk].map((length) => length * at.scale);
  return GLYPHS[kind](at.x(0), at.y(z), wide, open, marked);
}

// from the axis to where it ends, with a head unless it is too short for one
function across({ name, z, from, to }, at) {
  const [x0, x1, y] = [at.x(from), at.x(to), at.y(z)];
  const side = Math.sign(x1 - x0);
  const head = Math.abs(x1 - x0) > 9 ? 8 * side : 0;
  return s(
    "g",
    { class: `tcbf-across tcbf-across-${name}` },
    s("path", { d: `M${x0} ${y}H${x1 - head}` }),
    head ? s("path", { class: "tcbf-arrowhead", d: `M${x1 - head} ${y - 5}L${x1} ${y}L${x1 - head} ${y + 5}Z` }) : "",
  );
}

function labels(parts, at, half, height) {
  const named = parts.filter(({ label }) => label?.length).sort((a, b) => a.z - b.z);
  const sizes = named.map(({ label }) => LINE * label.length + 6);
  const wanted = named.map(({ z }) => at.y(z));
  const left = at.x(half) + 18;
  return spread(wanted, sizes, [0, height]).map((centre, i) => {
    const { label } = named[i];
    const first = centre - (LINE * (label.length - 1)) / 2;
    const rows = label.map((row, j) =>
      s("tspan", { x: left, y: first + LINE * j, dy: ".35em", class: j ? "tcbf-second" : null }, row),
    );
    const start = at.x(half) + 2;
    const lead = `M${start} ${wanted[i]}h3L${left - 5} ${first}h2`;
    return s("g", {}, s("path", { class: "tcbf-lead", d: lead }), s("text", { class: "tcbf-raylabel" }, ...rows));
  });
}

// Which way the electrons go.
function flowArrow(flow, at, half, depth) {
  const x = at.x(-half) + 6;
  const y = at.y(flow > 0 ? 0 : depth) + 6 * flow;
  const d = `M${x} ${y}v${24 * flow}m-4 ${-6 * flow}l4 ${6 * flow}l4 ${-6 * flow}`;
  return s(
    "g",
    { class: "tcbf-flowarrow" },
    s("path", { d }),
    s("text", { x: x + 9, y: y + 12 * flow, dy: ".35em" }, "e\u207B"),
  );
}
