// How far each virtual image is displaced: arrows over the disk, their fit, and what a shift does to an image.
import { unpackArray } from "./shared/arrays.js";
import { percentiles, limits } from "./shared/contrast.js";
import { s, setAttribute } from "./shared/dom.js";
import { fieldData } from "./shared/field_data.js";
import { createFieldPanel } from "./shared/field_panel.js";
import { fieldState, WIDEST } from "./shared/field_state.js";
import { createFrame } from "./shared/frame.js";
import { createImagePanel, columns } from "./shared/image_panel.js";
import { npyBytes } from "./shared/npy.js";
import { fixed, plural } from "./shared/numbers.js";
import { makePickable } from "./shared/picking.js";
import { arrowPath, nearest } from "./shared/quiver.js";
import { scanReadout } from "./shared/readout.js";
import { shiftTable } from "./shared/shift_table.js";
import { createSelect, createSlider } from "./shared/slider.js";
import { createTransition } from "./shared/transition.js";

const NAMES = ["pixels", "measured", "fit", "counts", "mean_counts"];
const TRAITS = ["spacing", "iteration", "selected", "field"];
const FIELDS = [
  ["measured", "measured"],
  ["fitted", "fitted"],
  ["both", "measured and fitted"],
  ["residual", "residual"],
];
const ALT = {
  measured: "Measured shifts",
  fitted: "Fitted shifts",
  both: "Fitted shifts as arrows, measured ones as rings,",
  residual: "Distance of measured from fitted shifts",
};

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
  const now = fieldState(model, data);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(data, now) });
  const { get } = frame;
  const parts = build(frame, data, now, meta);
  const arrows = createTransition((vectors) => drawField(parts.field, now, vectors));
  parts.field.onLayout = () => arrows.redraw();
  signal.addEventListener("abort", arrows.stop);
  frame.watch((changed) => {
    const moving = changed.size === 1 && changed.has("iteration") && now.field() !== "residual";
    if (TRAITS.some((name) => changed.has(name))) arrows.to(now.vectors(), moving);
    if (changed.has("field")) parts.field.show(now.field());
    paintMap(parts.field, data, now, get);
    paintImages(parts, now, get, changed);
    parts.displacement(now.shift());
    parts.choice.paint(now.field());
    parts.sliders.spacing.paint(now.spacing());
    parts.sliders.iteration.paint(now.iteration());
    parts.sliders.selected.paint(now.selected() + 1);
    describe(parts, frame, now, meta);
  });
}

function build(frame, data, now, meta) {
  const { set } = frame;
  const choice = createSelect({ label: "Field", quiet: true, options: FIELDS, onInput: (field) => set({ field }) });
  const { field, before, after } = makePanels(meta, data, now, choice.node);
  const picker = makePickable(field, {
    label: "Chosen arrow",
    points: () => now.cells().k,
    index: now.cell,
    find: (ky, kx) => nearest(now.cells().k, ky, kx),
    choose: (cell) => set({ selected: now.cells().members[cell][0] }),
  });
  const sliders = controls(data, set, now);
  frame.panels.append(...columns([field], [before, after]));
  frame.controls.append(sliders.spacing.node, sliders.iteration.node, sliders.selected.node);
  return { field, before, after, picker, sliders, choice, displacement: displacementArrow(before, data, meta) };
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

function fieldReadout(data, now, y, x) {
  const { k, members } = now.cells();
  const cell = nearest(k, y, x);
  const [ky, kx] = k[cell];
  const [shiftY, shiftX] = now.vectors()[now.kind()][cell];
  const residual = () => fixed(data.meanResidual(members[cell], now.iteration()), 1);
  const value = now.field() === "residual" ? residual() : `(${fixed(shiftY, 1)}, ${fixed(shiftX, 1)})`;
  return `(${fixed(ky, 3)}, ${fixed(kx, 3)}) 1/Å: ${value} Å`;
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
  if (field === "both") panel.drawTips("measured", k, vectors.measured);
  else panel.drawArrows("measured", field === "measured" ? k : [], vectors.measured);
  panel.drawArrows("fitted", field === "fitted" || field === "both" ? k : [], vectors.fitted);
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
  const at = `k = (y\u00a0${fixed(ky, 2)}, x\u00a0${fixed(kx, 2)}) 1/Å`;
  const shift = `(y\u00a0${fixed(y, 0)}, x\u00a0${fixed(x, 0)}) Å, ${fixed(Math.hypot(y, x), 0)}\u00a0Å long`;
  return `${who} at ${at} ${count === 1 ? "is" : "are"} displaced by ${shift}`;
}

function stepText({ bins = [] }, now) {
  const step = now.iteration();
  if (step === 0) return "unaligned,";
  return `after step ${step}${bins[step] ? ` (bin ${bins[step]})` : ""}`;
}

function describe({ field, before, after, picker }, frame, now, meta) {
  const kind = ALT[now.field()];
  const chosen = chosenText(now);
  const count = now.cells().k.length;
  const longest = `${stepText(meta, now)} the longest is ${fixed(now.longest(), 1)} Å`;
  picker.paint(now.cell() + 1, count, chosen);
  field.setAlt(`${kind} over the bright-field disk, ${longest}; ${chosen}`);
  field.setMapAlt(`${ALT.residual}, pixel by pixel`);
  field.setRest(now.field() === "residual" ? `rms ${fixed(now.rms(), 2)} Å` : "");
  before.setAlt(`Mean virtual image of the chosen pixels; ${chosen}`);
  after.setAlt(`The same image moved by its ${now.kind()} shift`);
  frame.say(`spacing ${now.spacing()} px: ${plural(count, "arrow")}; ${longest}; ${chosen}`);
}

function downloads(data, now) {
  return [
    { label: "Arrows (CSV)", file: "arrows.csv", content: () => shiftTable(now.cells(), now.vectors()) },
    { label: "Image (npy)", file: "after.npy", content: () => npyBytes(now.after(), data.scanShape) },
  ];
}
