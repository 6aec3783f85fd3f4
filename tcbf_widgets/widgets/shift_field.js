// How far each virtual image is displaced: arrows over the disk, their fit, and what a shift does to an image.
import { unpackArray } from "./shared/arrays.js";
import { percentiles, limits } from "./shared/contrast.js";
import { s, setAttribute } from "./shared/dom.js";
import { fieldData, fieldTable } from "./shared/field_data.js";
import { createFieldPanel } from "./shared/field_panel.js";
import { createFrame } from "./shared/frame.js";
import { createImagePanel, columns } from "./shared/image_panel.js";
import { memoise } from "./shared/memoise.js";
import { npyBytes } from "./shared/npy.js";
import { clamp, compact, fixed, plural } from "./shared/numbers.js";
import { makePickable } from "./shared/picking.js";
import { arrowPath, nearest } from "./shared/quiver.js";
import { scanReadout } from "./shared/readout.js";
import { createSelect, createSlider } from "./shared/slider.js";
import { createTransition } from "./shared/transition.js";

const NAMES = ["pixels", "measured", "fit", "counts", "mean_counts"];
const TRAITS = ["spacing", "iteration", "selected", "field"];
const WIDEST = 16; // detector pixels between arrows

const read = (model) =>
  Object.fromEntries(NAMES.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  const { pixels, counts, measured } = read(model);
  if (!pixels.size || !measured.size)
    return "There are no shifts to show: no detector pixel was selected. Lower the threshold.";
  if (!counts.size) return "There is no image to show: the scan has no positions.";
  return "";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const data = fieldData(read(model), meta);
  const now = stateOf(model, data);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(data, now) });
  const { get, set } = frame;
  const choice = createSelect({
    label: "Field",
    quiet: true,
    onInput: (field) => set({ field }),
    options: [
      ["measured", "measured"],
      ["fitted", "fitted"],
      ["both", "measured and fitted"],
      ["residual", "residual"],
    ],
  });
  const panels = makePanels(meta, data, now, choice.node);
  const picker = makePickable(panels.field, {
    label: "Chosen arrow",
    points: () => now.cells().k,
    index: now.cell,
    find: (ky, kx) => nearest(now.cells().k, ky, kx),
    choose: (cell) => set({ selected: now.cells().members[cell][0] }),
  });
  const sliders = controls(data, set, now);
  const displacement = displacementArrow(panels.before, data, meta);
  frame.panels.append(...columns([panels.field], [panels.before, panels.after]));
  frame.controls.append(sliders.spacing.node, sliders.iteration.node, sliders.selected.node);

  const arrows = createTransition((vectors) => drawField(panels.field, now, vectors));
  panels.field.onLayout = () => arrows.redraw();
  signal.addEventListener("abort", arrows.stop);
  frame.watch((changed) => {
    const moving = changed.size === 1 && changed.has("iteration") && now.field() !== "residual";
    if (["spacing", "iteration", "selected", "field"].some((name) => changed.has(name)))
      arrows.to(now.vectors(), moving);
    if (changed.has("field")) panels.field.show(now.field());
    paintMap(panels.field, data, now, get);
    paintImages(panels, now, get, changed);
    displacement(now.shift());
    choice.paint(now.field());
    sliders.spacing.paint(now.spacing());
    sliders.iteration.paint(now.iteration());
    sliders.selected.paint(now.selected() + 1);
    const sentence = chosenText(now);
    picker.paint(now.cell() + 1, now.cells().k.length, sentence);
    describe(panels, now, meta, sentence);
    frame.say(
      `spacing ${now.spacing()} px: ${plural(now.cells().k.length, "arrow")}; ${stepText(meta, now)} the longest is ${fixed(now.longest(), 1)} Å; ${sentence}`,
    );
  });
}

/** The model's traits, clamped to the data, and what follows from them. Costly parts are remembered. */
function stateOf(model, data) {
  const now = {
    spacing: () => clamp(Math.round(model.get("spacing")), 1, WIDEST),
    iteration: () => clamp(model.get("iteration"), 0, data.last),
    selected: () => clamp(model.get("selected"), 0, data.count - 1),
    field: () => model.get("field"),
    cells: () => data.cells(now.spacing()),
    cell: () => now.cells().cellOf[now.selected()],
  };
  now.vectors = () => data.vectors(now.spacing(), now.iteration());
  // residual and both have no shift of their own: the measured one is applied
  now.kind = () => (now.field() === "fitted" ? "fitted" : "measured");
  now.shift = () => now.vectors()[now.kind()][now.cell()];
  now.longest = () => now.vectors()[now.kind()].reduce((most, [y, x]) => Math.max(most, Math.hypot(y, x)), 0);
  now.rms = () => rootMeanSquare(data.residual(now.iteration()));
  now.before = memoise(
    () => `${now.spacing()}/${now.cell()}`,
    () => data.cellImage(now.cells().members[now.cell()]),
  );
  now.after = memoise(
    () => `${now.spacing()}/${now.cell()}/${now.iteration()}/${now.kind()}`,
    () => data.shifted(now.before(), now.shift()),
  );
  return now;
}

function rootMeanSquare(map) {
  const finite = map.filter(Number.isFinite);
  return Math.sqrt(finite.reduce((sum, value) => sum + value * value, 0) / finite.length);
}

function makePanels(meta, data, now, control) {
  const scan = { shape: data.scanShape, pixelSize: meta.scan_sampling, unit: "Å", frame: "axial" };
  const readout = (image) => (row, column) =>
    scanReadout(meta, row, column, image()[row * data.scanShape[1] + column]);
  return {
    field: createFieldPanel({
      title: "Shifts,",
      control,
      ...data,
      readout: (ky, kx) => fieldReadout(data, now, ky, kx),
    }),
    before: createImagePanel({ name: "before", title: "Before its shift", ...scan, readout: readout(now.before) }),
    after: createImagePanel({ name: "after", title: "After its shift", ...scan, readout: readout(now.after) }),
  };
}

function fieldReadout(data, now, ky, kx) {
  const { k, members } = now.cells();
  const cell = nearest(k, ky, kx);
  if (now.field() === "residual") {
    return `(${fixed(k[cell][0], 3)}, ${fixed(k[cell][1], 3)}) 1/Å: ${fixed(data.meanResidual(members[cell], now.iteration()), 1)} Å`;
  }
  const [y, x] = now.vectors()[now.kind()][cell];
  return `(${fixed(k[cell][0], 3)}, ${fixed(k[cell][1], 3)}) 1/Å: (${fixed(y, 1)}, ${fixed(x, 1)}) Å`;
}

function controls(data, set, now) {
  return {
    spacing: createSlider({
      label: "Arrow spacing",
      min: 1,
      max: WIDEST,
      unit: "px",
      onInput: (spacing) => set({ spacing }),
    }),
    iteration: createSlider({ label: "Step", min: 0, max: data.last, onInput: (iteration) => set({ iteration }) }),
    selected: createSlider({
      label: "Detector pixel",
      min: 1,
      max: data.count,
      onInput: (pixel) => set({ selected: pixel - 1 }),
      text: () => chosenText(now),
    }),
  };
}

function drawField(panel, now, vectors) {
  const { k, members, outline } = now.cells();
  const field = now.field();
  const cell = now.cell();
  panel.drawArrows("measured", field === "measured" || field === "both" ? k : [], vectors.measured);
  if (field === "both") panel.drawTips("fitted", k, vectors.fitted);
  else panel.drawArrows("fitted", field === "fitted" ? k : [], vectors.fitted);
  panel.drawArrows("chosen", field === "residual" ? [] : [k[cell]], [vectors[now.kind()][cell]]);
  panel.layers.cell.setAttribute("d", outline(members[cell], panel.view));
}

function paintMap(panel, data, now, get) {
  if (now.field() !== "residual") return;
  const residual = data.residual(now.iteration());
  const [high] = percentiles(residual, [get("contrast")[1]]) ?? [1];
  panel.drawMap(residual, [0, high], get("cmap"));
}

function paintImages({ before, after }, now, get, changed) {
  // One range for both, so that the shift is all that differs.
  const range = limits(now.before(), get("contrast"));
  before.drawValues(now.before(), range, get("cmap"));
  after.drawValues(now.after(), range, get("cmap"));
  if (changed.has("smooth")) for (const panel of [before, after]) panel.setSmooth(get("smooth"));
}

// Where this image lies relative to the axial one: from the middle of the picture to there.
function displacementArrow({ overlay }, { scanShape: [height, width] }, { scan_sampling: [dy, dx] }) {
  const layers = ["halo", "chosen"].map((name) => s("path", { class: `tcbf-arrows tcbf-arrows-${name}` }));
  overlay.append(...layers);
  return ([y, x]) => {
    const path = arrowPath(width / 2, height / 2, x / dx, y / dy, 1.5);
    for (const layer of layers) setAttribute(layer, "d", path);
  };
}

function chosenText(now) {
  const cell = now.cell();
  const [ky, kx] = now.cells().k[cell];
  const [y, x] = now.shift();
  const count = now.cells().members[cell].length;
  const who = count === 1 ? "the chosen pixel" : `the ${count} chosen pixels`;
  return `${who} at k = (${fixed(ky, 2)}, ${fixed(kx, 2)}) 1/Å ${count === 1 ? "is" : "are"} displaced by (${fixed(y, 0)}, ${fixed(x, 0)}) Å`;
}

function stepText({ bins = [] }, now) {
  const step = now.iteration();
  if (step === 0) return "unaligned,";
  return `after step ${step}${bins[step] ? ` (bin ${bins[step]})` : ""}`;
}

function describe({ field, before, after }, now, meta, sentence) {
  const kind = {
    measured: "Measured shifts",
    fitted: "Fitted shifts",
    both: "Measured and fitted shifts",
    residual: "Distance of measured from fitted shifts",
  }[now.field()];
  field.setAlt(
    `${kind} over the bright-field disk, ${stepText(meta, now)} longest ${compact(now.longest())} Å; ${sentence}`,
  );
  field.setMapAlt(`${kind}, pixel by pixel`);
  before.setAlt(`Mean virtual image of the chosen pixels; ${sentence}`);
  after.setAlt(`The same image moved by its ${now.kind()} shift`);
  field.setRest(now.field() === "residual" ? `rms ${fixed(now.rms(), 2)} Å` : "");
}

function downloads(data, now) {
  return [
    { label: "Arrows (CSV)", file: "arrows.csv", content: () => fieldTable(now.cells(), now.vectors()) },
    { label: "Image (npy)", file: "after.npy", content: () => npyBytes(now.after(), data.scanShape) },
  ];
}
