// A column of lenses with its rays, drawn in SVG; widgets/ray_poster.py draws the same with matplotlib.
//
// A drawing is plain data, in mm with x to the right and z down the page:
//   half: half the width, depth: the height; flow: 1 where electrons run down the page, -1 where up;
//   parts: [{kind, z, half, hole, disk, label: [lines]}], the kinds being "lens", "deflector" (two coils beyond `half`),
//     "aperture" (open up to `hole`), "specimen", "screen" (a detector or a source; `disk` marks its middle part) and
//     "plane" (dashed: nothing is there);
//   rays: [{name, points: [[x, z], ...], dashed}]; arrows across the axis: [{name, z, from, to}];
//   dots: [{name, x, z, open}].
// A name gives the colour: "axial" (the selected one), "bundle" (what runs beside it), "disk" (all others) or "neutral".
// Labels stand to the right, each as near to its part as the others allow; a small drawing has the first word of each.
// Rays follow from rayPoints(); the drawing is as much exaggerated as its maker says.
import { h, s, setAttribute, setText } from "./dom.js";
import { followSize } from "./plot_frame.js";
import { spread } from "./spread.js";

const MARGIN = 14; // px, above and below
// px: room for the labels on the right, how far they stand from the drawing, their lines and what is between two of
// them; radius of dots, half the thickness of specimens, width and half the height of coils, length of the arrow that
// says which way electrons go. A small drawing shows a share of the width: the ends of lenses and screens are cut off.
const LARGE = { labels: 136, lead: 18, line: 15, between: 6, dot: 4.5, slab: 4, coil: [8, 9], flow: 24, share: 1 };
const SMALL = { labels: 72, lead: 10, line: 14, between: 2, dot: 3.5, slab: 3, coil: [4, 5], flow: 14, share: 0.8 };
const SMALLEST = 220; // px wide is a large drawing at least
const LARGEST = 56; // px for a mm
const FIRST_WIDTH = 424; // px, until the page says how wide it is

/**
 * createRayDiagram({name, title, half, depth, labels: px that they need where the drawing is large}) returns
 * {node, paint(drawing, alt), setTitle(text), setFoot(text)}.
 */
export function createRayDiagram({ name, title, half, depth, labels = LARGE.labels }) {
  const svg = s("svg", { class: "tcbf-rays", role: "img", "data-diagram": name });
  const heading = h("div", { class: "tcbf-title" }, title);
  const foot = h("div", { class: "tcbf-foot" });
  const holder = h("div", { class: "tcbf-rayarea" }, svg);
  const node = h("div", { class: "tcbf-panel" }, heading, holder, foot);
  const state = { width: FIRST_WIDTH, drawing: null };
  const draw = () => {
    const small = state.width < SMALLEST;
    const look = small ? SMALL : { ...LARGE, labels };
    const shown = half * look.share;
    const scale = Math.min((state.width - look.labels - 8) / (2 * shown), LARGEST);
    const height = depth * scale + 2 * MARGIN;
    holder.style.height = `${height}px`;
    setAttribute(svg, "viewBox", `0 0 ${state.width} ${height}`);
    svg.classList.toggle("tcbf-rays-small", small);
    const room = { ...look, half: shown, scale, width: state.width, height };
    if (state.drawing) svg.replaceChildren(...drawn(state.drawing, room));
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

/**
 * A line under diagrams that says what the colours mean, [[name, text], ...], and how the drawing is exaggerated:
 * {node, show(name, whether it is drawn)}. The name "bar" is that of the disk on a detector.
 */
export function rayKey(names, exaggeration) {
  const sample = (name) =>
    s(
      "svg",
      { viewBox: "0 0 24 8", "aria-hidden": "true" },
      s("path", { class: name === "bar" ? "tcbf-bar tcbf-bar-disk" : `tcbf-ray tcbf-ray-${name}`, d: "M1 4H23" }),
    );
  const items = names.map(([name, text]) => h("span", { class: "tcbf-keyitem" }, sample(name), text));
  return {
    node: h("div", { class: "tcbf-raykey" }, ...items.slice(0, -1), h("span", {}, exaggeration), ...items.slice(-1)),
    // what is not drawn keeps its place, so that nothing moves
    show(name, drawn) {
      items[names.findIndex(([known]) => known === name)].style.visibility = drawn ? "" : "hidden";
    },
  };
}

/** Points of a traced ray, as far as it passes (or from where it would), in mm across and along the beam. */
export function rayPoints(column, path, unit, { after = false } = {}) {
  const stop = path.passes.indexOf(false);
  const points = column.planes.map(({ position }, i) => [path.heights[i] / unit, position / unit]);
  if (stop < 0) return points;
  return after ? points.slice(stop) : points.slice(0, stop + 1);
}

function drawn({ depth, flow, parts, rays, arrows = [], dots = [] }, look) {
  const middle = (look.width - look.labels) / 2;
  const at = { ...look, x: (x) => middle + x * look.scale, y: (z) => MARGIN + z * look.scale };
  return [
    s("line", { class: "tcbf-opticaxis", x1: at.x(0), x2: at.x(0), y1: at.y(0) - 8, y2: at.y(depth) + 8 }),
    ...parts.flatMap((part) => glyph(part, at)),
    ...rays.map((ray) => line(ray, at)),
    ...arrows.map((arrow) => across(arrow, at)),
    ...dots.map(({ name, x, z, open }) =>
      s("circle", { class: `tcbf-dot-${name}${open ? " tcbf-open" : ""}`, cx: at.x(x), cy: at.y(z), r: at.dot }),
    ),
    ...labels(parts, at),
    flowArrow(flow, at, depth),
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
  deflector: (x, y, wide, hole, disk, { coil: [width, up] }) =>
    [x - wide - width, x + wide].map((left) =>
      s("rect", { class: "tcbf-coil", x: left, y: y - up, width, height: 2 * up }),
    ),
  aperture: (x, y, wide, hole) => [
    s("path", { class: "tcbf-bar", d: `M${x - wide} ${y}H${x - hole}M${x + hole} ${y}H${x + wide}` }),
  ],
  specimen: (x, y, wide, hole, disk, { slab }) => [
    s("rect", { class: "tcbf-slab", x: x - wide, y: y - slab, width: 2 * wide, height: 2 * slab }),
  ],
  screen: (x, y, wide, hole, disk) => [
    s("path", { class: "tcbf-bar", d: `M${x - wide} ${y}H${x + wide}` }),
    ...(disk ? [s("path", { class: "tcbf-bar tcbf-bar-disk", d: `M${x - disk} ${y}H${x + disk}` })] : []),
  ],
  plane: (x, y, wide) => [s("path", { class: "tcbf-nothing", d: `M${x - wide} ${y}H${x + wide}` })],
};

function glyph({ kind, z, half = Infinity, hole = 0, disk = 0 }, at) {
  const [wide, open, marked] = [Math.min(half, at.half), hole, disk].map((length) => length * at.scale);
  return GLYPHS[kind](at.x(0), at.y(z), wide, open, marked, at);
}

// from the axis to where it ends, with a head unless it is too short for one
function across({ name, z, from, to }, at) {
  const [x0, x1, y] = [at.x(from), at.x(to), at.y(z)];
  const length = Math.abs(x1 - x0);
  const size = length > 4 ? Math.min(8, length - 1) : 0;
  const head = Math.sign(x1 - x0) * size;
  const wing = 0.625 * size;
  return s(
    "g",
    { class: `tcbf-across tcbf-across-${name}` },
    s("path", { d: `M${x0} ${y}H${x1 - head}` }),
    head ? s("path", { class: "tcbf-arrowhead", d: `M${x1 - head} ${y - wing}V${y + wing}L${x1} ${y}Z` }) : "",
  );
}

function labels(parts, at) {
  const named = parts.filter(({ label }) => label?.length).sort((a, b) => a.z - b.z);
  const words = named.map(({ label }) => (at.share < 1 ? [label[0].split(" ")[0]] : label));
  const sizes = words.map((rows) => at.line * rows.length + at.between);
  const wanted = named.map(({ z }) => at.y(z));
  const left = at.x(at.half) + at.lead;
  return spread(wanted, sizes, [0, at.height]).map((centre, i) => {
    const first = centre - (at.line * (words[i].length - 1)) / 2;
    const rows = words[i].map((row, j) =>
      s("tspan", { x: left, y: first + at.line * j, dy: ".35em", class: j ? "tcbf-second" : null }, row),
    );
    const start = at.x(at.half) + 2;
    const lead = `M${start} ${wanted[i]}h${at.lead / 6}L${left - 5} ${first}h2`;
    return s("g", {}, s("path", { class: "tcbf-lead", d: lead }), s("text", { class: "tcbf-raylabel" }, ...rows));
  });
}

// Which way the electrons go.
function flowArrow(flow, at, depth) {
  const x = at.x(-at.half) + 6;
  const y = at.y(flow > 0 ? 0 : depth) + 6 * flow;
  const d = `M${x} ${y}v${at.flow * flow}m-4 ${-6 * flow}l4 ${6 * flow}l4 ${-6 * flow}`;
  return s(
    "g",
    { class: "tcbf-flowarrow" },
    s("path", { d }),
    s("text", { x: x + 9, y: y + (at.flow / 2) * flow, dy: ".35em" }, "e\u207B"),
  );
}
