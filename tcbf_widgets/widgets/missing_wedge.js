// What a beam records of the depth of an object, and what the weight of the wedge leaves of it: computed here, live.
import { unpackArray } from "./shared/arrays.js";
import { csvText } from "./shared/csv.js";
import { makeDraggable } from "./shared/draggable.js";
import { createFrame } from "./shared/frame.js";
import { frequencyBar, overlayText, textLayer } from "./shared/frequency_plane.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { createLines } from "./shared/lines.js";
import { npyBytes } from "./shared/npy.js";
import { clamp, fixed } from "./shared/numbers.js";
import { createControls } from "./shared/wedge_controls.js";
import { cutMark, uprightBar, wedgeMarks } from "./shared/wedge_marks.js";
import { TRAITS, VOLUMES, wedgeState } from "./shared/wedge_state.js";
import * as words from "./shared/wedge_words.js";

export function whatIsMissing(model) {
  const { size } = unpackArray(model.get("arrays").phases, "phases");
  return size ? "" : "There is no object to show: it has no slices or no pixels.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const phases = unpackArray(model.get("arrays").phases, "phases");
  const now = wedgeState(model, meta, phases);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now, phases.shape) });
  const parts = build(frame, now, meta, phases.shape);
  frame.watch((changed) => {
    now.update(changed);
    const has = (...names) => names.some((name) => changed.has(name));
    const cmap = frame.get("cmap");
    if (has("cmap", "beta")) parts.weight.drawValues(now.weight, [0, 1], cmap);
    for (const name of VOLUMES) drawCuts(parts[name], now.pictures[name], now.limits, cmap, has("cmap", "contrast"));
    if (has("beta", "semiangle")) {
      parts.weight.mark(now.limit, now.beta());
      paintCurves(parts.lines, now, meta);
    }
    if (has("depth", "y")) for (const name of VOLUMES) parts[name].mark(now);
    if (has("smooth")) for (const panel of parts.panels) panel.setSmooth(frame.get("smooth"));
    parts.controls.paint();
    describe(parts, frame, now, meta);
  });
}

function drawCuts({ section, plane }, picture, limits, cmap, look) {
  if (look || picture.changed.section) section.drawValues(picture.section, limits, cmap);
  if (look || picture.changed.plane) plane.drawValues(picture.plane, limits, cmap);
}

function build(frame, now, meta, shape) {
  const weight = weightPanel(now, meta);
  const volumes = VOLUMES.map((name) => volumePanels(name, frame, now, meta, shape));
  const lines = linesPanel(now);
  frame.panels.append(...columns([weight], ...volumes.map(({ section, plane }) => [section, plane])));
  frame.panels.after(lines.node);
  const controls = createControls(frame, now, meta);
  frame.controls.append(...controls.nodes);
  const panels = [weight, ...volumes.flatMap(({ section, plane }) => [section, plane])];
  return { weight, lines, controls, panels, ...Object.fromEntries(VOLUMES.map((name, i) => [name, volumes[i]])) };
}

function weightPanel(now, { picture: [height, width], sampling, thickness }) {
  const most = [1 / (2 * thickness), 1 / (2 * sampling)];
  const panel = createImagePanel({
    name: "weight",
    title: words.TITLES.weight,
    shape: [height, width],
    bar: false,
    readout: (row, column) => {
      const [kz, qx] = [
        ((2 * row + 1) / height - 1) * most[0],
        ((2 * column + 1) / width - 1) * most[1],
      ].map(Math.abs);
      return [`kz ${fixed(kz, 4)}, qx ${fixed(qx, 2)} 1/Å`, fixed(now.weight[row * width + column], 2)];
    },
  });
  frequencyBar(panel.picture)(2 * most[1]);
  uprightBar(panel.picture, 2 * most[0], "1/Å");
  panel.mark = wedgeMarks(panel, [height, width], most);
  return panel;
}

// A section along the beam and a plane across it, each with the line where it is cut by the other.
function volumePanels(name, { set }, now, { aspects, sampling, thickness, ranges }, [nz, ny, nx]) {
  const readout = (cut, at) => (row, column) => [
    words.place(at(row), column * sampling),
    `${fixed(now.pictures[name][cut][row * nx + column], 4)}\u00a0rad`,
  ];
  const panel = (cut, shape, aspect, at) =>
    createImagePanel({
      name: cut === "section" ? name : `${name}_plane`,
      title: cut === "section" ? words.TITLES[name] : "",
      shape,
      pixelSize: [(nx * sampling) / aspect / shape[0], sampling],
      unit: "Å",
      bar: cut === "section", // a plane is as wide
      legend: cut === "section" && name === "object", // one range for all
      readout: readout(cut, at),
    });
  const section = panel("section", [nz, nx], aspects[0], (row) => ["z", row * thickness]);
  const plane = panel("plane", [ny, nx], aspects[1], (row) => ["y", row * sampling]);
  uprightBar(section.picture, (nz * thickness) / 10, "nm");
  if (name === "object") section.picture.append(textLayer(overlayText("z ↓", 0, 0, { dx: 6, dy: 16 })));
  const [cutSection, cutPlane] = [cutMark(section, [nz, nx]), cutMark(plane, [ny, nx])];
  const drag = (panel, trait, count, step) =>
    makeDraggable(panel.picture, ([share]) =>
      set({ [trait]: clamp(Math.floor(share * count) * step, ...ranges[trait]) }),
    );
  const [toDepth, toRow] = [drag(section, "depth", nz, thickness), drag(plane, "y", ny, sampling)];
  const mark = () => {
    cutSection(now.slice());
    cutPlane(now.row());
    toDepth([(now.slice() + 0.5) / nz, 0.5]);
    toRow([(now.row() + 0.5) / ny, 0.5]);
  };
  return { section, plane, mark };
}

function linesPanel(now) {
  return createLines({
    name: "resolution",
    title: "Depth resolution (nm)",
    xLabel: "size d = 1/q (Å)",
    range: [0, (1.3 * now.deep) / 10], // above the curves is the room of the mark's label
    lines: [
      { name: "beam", label: "beam" },
      { name: "weight", label: "weight ½" },
      { name: "wave", label: "one plane wave, d²/λ" },
      { name: "thick", label: "thickness of the object" },
    ],
    readout: (size) => {
      const { beam, weight } = now.resolution(Math.max(size, 1e-9));
      return `${fixed(size, 1)} Å: beam ${words.length(beam)}, weight ${words.length(weight)}`;
    },
  });
}

function paintCurves(lines, now, meta) {
  const size = words.deepest(now, meta);
  const marks = [{ x: size, label: "no depth beyond", value: `${fixed(size, 1)} Å` }];
  const alt = `Depth resolution against size up to ${fixed(meta.sizes[1], 0)} Å: ${words.status(now, meta)}`;
  lines.paint({ xMax: meta.sizes[1], series: now.curves, marks }, alt);
}

function describe(parts, frame, now, meta) {
  const status = words.status(now, meta);
  const said = words.pictures(now);
  parts.object.plane.setTitle(`Plane at z ${fixed(now.depth() / 10, 1)}\u00a0nm`);
  parts.weight.setAlt(`Weight over the frequencies across and along the beam; ${words.half(now.beta())}`);
  for (const name of VOLUMES) {
    parts[name].section.setAlt(`Section along the beam at y ${fixed(now.y() / 10, 2)} nm: ${said[name]}`);
    parts[name].plane.setAlt(`Plane across the beam at a depth of ${fixed(now.depth() / 10, 1)} nm: ${said[name]}`);
  }
  frame.say(status);
}

function downloads(now, [nz, ny, nx]) {
  const cut = (name) => [
    { label: `${words.TITLES[name]}, section (npy)`, file: `${name}.npy`, content: () => npyBytes(now.pictures[name].section.slice(), [nz, nx]) },
    { label: `${words.TITLES[name]}, plane (npy)`, file: `${name}_plane.npy`, content: () => npyBytes(now.pictures[name].plane.slice(), [ny, nx]) },
  ];
  return [
    {
      label: "Depth resolution (CSV)",
      file: "resolution.csv",
      content: () => {
        const [size] = now.curves.beam;
        const values = [...size].map((d) => now.resolution(d));
        const column = (name) => values.map((value) => (Number.isFinite(value[name]) ? value[name] : NaN));
        return csvText({
          size_angstrom: size,
          beam_angstrom: column("beam"),
          weight_angstrom: column("weight"),
          plane_wave_angstrom: column("wave"),
        });
      },
    },
    ...cut("recorded"),
    ...cut("weighted"),
  ];
}
