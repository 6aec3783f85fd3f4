// A phase in a conventional microscope, without and with a phase plate: waves, lens and electrons computed here, live.
import { unpackArray } from "./shared/arrays.js";
import { csvText } from "./shared/csv.js";
import { createExposure, exposureText } from "./shared/exposure.js";
import { createFrame } from "./shared/frame.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { createLines } from "./shared/lines.js";
import { npyBytes } from "./shared/npy.js";
import { MICRON, compact, fixed } from "./shared/numbers.js";
import { phaseContrastState, TRAITS } from "./shared/phase_contrast_state.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";

const NAMES = { potential: "Potential (V·Å)", plane: "Plane wave", plate: "Phase plate" };

export function whatIsMissing(model) {
  const { size } = unpackArray(model.get("arrays").phases, "phases");
  return size ? "" : "There is no phase to show: the specimen has no slices or no pixels.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const phases = unpackArray(model.get("arrays").phases, "phases");
  const now = phaseContrastState(model, meta, phases);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now) });
  const parts = build(frame, now, meta, phases.shape[1]);
  frame.watch((changed) => {
    now.update(changed);
    const side = now.side();
    const looks = ["cmap", "contrast", "zoom"].some((name) => changed.has(name));
    for (const [name, panel] of Object.entries(parts.panels)) {
      panel.setShape([side, side], side * meta.sampling);
      const [values, limits] =
        name === "potential" ? [now.potential, now.limits.potential] : [now[name].shown, now.limits.images];
      if (looks || name !== "potential") panel.drawValues(values, limits, frame.get("cmap"));
      if (changed.has("smooth")) panel.setSmooth(frame.get("smooth"));
    }
    if (changed.has("defocus")) paintCurves(parts.lines, now, meta);
    paintControls(parts, now);
    describe(parts, frame, now);
  });
}

function build(frame, now, meta, size) {
  const panels = Object.fromEntries(Object.keys(NAMES).map((name) => [name, imagePanel(name, now, meta, size)]));
  const lines = linesPanel(now);
  frame.panels.append(...columns(...Object.values(panels).map((panel) => [panel])));
  frame.panels.after(lines.node);
  const sliders = makeSliders(frame, meta);
  const exposure = createExposure(frame, now.seed, (noise) => frame.set({ noise }));
  frame.controls.append(...Object.values(sliders).map(({ node }) => node), exposure.node);
  return { panels, lines, sliders, exposure };
}

function imagePanel(name, now, { sampling }, size) {
  return createImagePanel({
    name,
    title: NAMES[name],
    shape: [size, size],
    pixelSize: [sampling, sampling],
    unit: "Å",
    readout: (row, column) => {
      const values = name === "potential" ? now.potential : now[name].shown;
      return scanReadout({ scan_sampling: [sampling, sampling] }, row, column, values[row * now.side() + column]);
    },
  });
}

function linesPanel(now) {
  return createLines({
    name: "transfer",
    title: "Transfer of a weak phase",
    xLabel: "spatial frequency q (1/Å)",
    range: [-1, 1.6], // above the curves is the room of the mark's label
    height: 200,
    lines: [
      { name: "sine", label: "plane wave, sin χ" },
      { name: "cosine", label: "phase plate, cos χ" },
    ],
    readout: (q) => {
      const chi = now.curves.chi(q, now.defocus());
      return `${fixed(q, 3)} 1/Å: sin χ ${fixed(Math.sin(chi), 2)}, cos χ ${fixed(Math.cos(chi), 2)}`;
    },
  });
}

function paintCurves(lines, now, { reach }) {
  const zero = now.curves.zero(now.defocus());
  const marks = [{ x: zero, label: "first zero", value: `${fixed(1 / zero, 1)} Å` }];
  const alt = `sin χ and cos χ against frequency up to ${compact(reach, 2)} 1/Å at ${micron(now)}`;
  lines.paint({ xMax: reach, series: now.curves.series, marks }, alt);
}

function makeSliders({ set }, { ranges }) {
  const slider = (name, options) => {
    const [min, max] = ranges[name];
    const text = (value) => `${fixed(value / (options.scale ?? 1), options.decimals)} ${options.said ?? options.unit}`;
    return createSlider({ min, max, text, onInput: (value) => set({ [name]: value }), ...options });
  };
  return {
    defocus: slider("defocus", { label: "Defocus", unit: "µm", scale: MICRON, step: 100, decimals: 3 }),
    dose: slider("dose", { label: "Dose", unit: "e/Å²", said: "electrons per Å²", log: true, step: 0.01, decimals: 1 }),
    zoom: slider("zoom", { label: "Zoom", unit: "×", said: "times", scale: 1, step: 0.1, decimals: 1 }),
  };
}

function paintControls({ sliders, exposure }, now) {
  for (const [name, slider] of Object.entries(sliders)) slider.paint(now[name]());
  exposure.paint(now.noise());
}

const micron = (now) => `defocus ${fixed(now.defocus() / MICRON, 3)} µm`;
const percent = (share) => `${fixed(100 * share, 1)}\u00a0%`;

function describe({ panels }, frame, now) {
  const electrons = now.perPixel();
  const noise = now.noise()
    ? `${fixed(electrons, electrons >= 10 ? 0 : 1)} electrons a pixel, noise ${percent(1 / Math.sqrt(electrons))}, ${exposureText(now.seed())}`
    : "without counting noise";
  const [plane, plate] = ["plane", "plate"].map((name) => percent(now[name].contrast));
  panels.potential.setAlt("Projected potential of the specimen");
  const contrast = `contrast (rms)${now.zoom() > 1 ? " of the whole field" : ""}`;
  panels.plane.setAlt(`Its image in a plane wave at ${micron(now)}: ${contrast} ${plane}, ${noise}`);
  panels.plate.setAlt(`Its image with a phase plate at ${micron(now)}: ${contrast} ${plate}, ${noise}`);
  frame.say(`${micron(now)}: ${contrast} ${plane} in a plane wave, ${plate} with a phase plate; ${noise}`);
}

function downloads(now) {
  const shape = () => [now.side(), now.side()];
  return [
    {
      label: "Curves (CSV)",
      file: "curves.csv",
      content: () => {
        const { sine, cosine } = now.curves.series;
        return csvText({ q_per_angstrom: sine[0], plane_wave: sine[1], phase_plate: cosine[1] });
      },
    },
    { label: "Plane wave (npy)", file: "plane.npy", content: () => npyBytes(now.plane.shown, shape()) },
    { label: "Phase plate (npy)", file: "plate.npy", content: () => npyBytes(now.plate.shown, shape()) },
  ];
}
