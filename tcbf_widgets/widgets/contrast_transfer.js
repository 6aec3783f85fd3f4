// Which frequencies of a specimen the aligned sum shows, and what that does to an image: all computed here, live.
import { unpackArray } from "./shared/arrays.js";
import { createCheckbox } from "./shared/checkbox.js";
import { percentiles } from "./shared/contrast.js";
import { csvText } from "./shared/csv.js";
import { h, s } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { frequencyBar, limitMark, overlayText, textLayer } from "./shared/frequency_plane.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { createLines } from "./shared/lines.js";
import { npyBytes } from "./shared/npy.js";
import { MICRON, MILLIMETRE, compact, fixed } from "./shared/numbers.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";
import { TRAITS, transferState } from "./shared/transfer_state.js";


export function whatIsMissing(model) {
  const { size } = unpackArray(model.get("arrays").phase, "phase");
  return size ? "" : "There is no phase to show: the specimen has no pixels.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const phase = unpackArray(model.get("arrays").phase, "phase");
  const now = transferState(model, meta, phase);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now, phase) });
  const { get } = frame;
  const parts = build(frame, now, meta, phase);
  frame.watch((changed) => {
    now.update(changed);
    const cmap = get("cmap");
    const images = [parts.image, parts.phase];
    const only = (name) => changed.size === 1 && changed.has(name);
    if (!only("flip")) parts.plane.drawValues(now.plane, [0, 1], cmap);
    parts.plane.paintOverlay(now.transfer.limit, now.reach());
    // one range for both, that of an ideal phase plate: weak contrast looks weak
    const most = Math.max(...(percentiles(phase.values(), get("contrast")) ?? [1]).map(Math.abs));
    if (!only("reach")) parts.image.drawValues(now.image, [1 - 2 * most, 1 + 2 * most].map(Math.fround), cmap);
    if (changed.has("cmap") || changed.has("contrast"))
      parts.phase.drawValues(phase.values(), [-most, most].map(Math.fround), cmap);
    if (changed.has("smooth")) for (const panel of images) panel.setSmooth(get("smooth"));
    paintCurves(parts.lines, now);
    paintControls(parts, now);
    describe(parts, frame, now);
  });
}

function build(frame, now, meta, phase) {
  const size = phase.shape[0];
  const scan = { shape: phase.shape, pixelSize: [meta.sampling, meta.sampling], unit: "Å" };
  const readout = (values) => (row, column) =>
    scanReadout({ scan_sampling: scan.pixelSize }, row, column, values()[row * size + column]);
  const plane = planePanel(meta.picture, now);
  const image = createImagePanel({ ...scan, name: "image", title: "", readout: readout(() => now.image) });
  const truth = createImagePanel({
    ...scan,
    name: "phase",
    title: "True phase (rad)",
    readout: readout(() => phase.values()),
  });
  truth.setAlt("Projected phase of the specimen, the truth that the image is to show");
  const lines = linesPanel(now);
  frame.panels.append(...columns([plane], [image], [truth]));
  frame.panels.after(lines.node);
  const sliders = makeSliders(frame, meta);
  const buttons = makeButtons(frame, now);
  frame.controls.append(...Object.values(sliders).map(({ node }) => node), buttons.node);
  return { plane, image, phase: truth, lines, sliders, buttons };
}

function planePanel(size, now) {
  const panel = createImagePanel({
    name: "transfer",
    title: "Transfer |L(q)|",
    shape: [size, size],
    bar: false,
    readout: (row, column) => {
      const at = (index) => (index + 0.5 - size / 2) * ((2 * now.reach()) / size);
      const q = Math.hypot(at(row), at(column));
      return [`${fixed(q, 3)} 1/Å (${compact(1 / q, 3)} Å)`, compact(now.plane[row * size + column], 2)];
    },
  });
  const middle = `M${size / 2} 0V${size}`;
  panel.overlay.append(s("path", { class: "tcbf-limit-halo", d: middle }));
  panel.overlay.append(s("path", { class: "tcbf-limit tcbf-divider", d: middle }));
  panel.picture.append(
    textLayer(
      overlayText("closed form", 0, 0, { dx: 6, dy: 16 }),
      overlayText("exact sum", 100, 0, { anchor: "end", dx: -6, dy: 16 }),
    ),
  );
  const circle = limitMark(panel, size);
  const bar = frequencyBar(panel.picture);
  panel.paintOverlay = (limit, reach) => {
    circle(limit, reach);
    bar(2 * reach);
  };
  return panel;
}

function linesPanel(now) {
  return createLines({
    name: "transfer",
    title: "Transfer L(q)",
    xLabel: "spatial frequency q (1/Å)",
    range: [-1, 1],
    lines: [
      { name: "plane", label: "plane wave, sin χ" },
      { name: "exact", label: "exact sum" },
      { name: "closed", label: "A⋆A sin χ" },
      { name: "envelope", label: "A⋆A" },
      { name: "below" },
    ],
    readout: (q) => {
      const { transfer } = now;
      const u = q / transfer.rim;
      const sign = now.flip() && Math.sin(transfer.chi(u)) < 0 ? -1 : 1;
      const [exact, closed] = [transfer.exact(u), transfer.closed(u)].map((value) => fixed(sign * value, 2));
      return `${fixed(q, 3)} 1/Å: exact ${exact}, closed ${closed}`;
    },
  });
}

function paintCurves(lines, now) {
  const { limit } = now.transfer;
  const marks = [
    { x: limit, label: "2α/λ", value: `${fixed(1 / limit, 2)} Å` },
    { x: now.scherzerLimit(), label: "Scherzer", value: `${fixed(1 / now.scherzerLimit(), 2)} Å`, low: true },
  ];
  const flipped = now.flip() ? ", phases flipped" : "";
  const alt = `Transfer against frequency up to ${fixed(now.reach(), 2)} 1/Å${flipped}; ${stateText(now)}`;
  lines.paint({ xMax: now.reach(), series: now.curves, marks }, alt);
}

function makeSliders({ set }, { ranges }) {
  const slider = (name, options) => {
    const said = options.unit === "1/Å" ? "per Å" : options.unit;
    const text = (value) => `${fixed(value / options.scale, options.decimals)} ${said}`;
    const [min, max] = ranges[name];
    return createSlider({ min, max, text, onInput: (value) => set({ [name]: value }), ...options });
  };
  return {
    defocus: slider("defocus", { label: "Defocus", unit: "µm", scale: MICRON, step: 100, decimals: 3 }),
    C30: slider("C30", { label: "C30", unit: "mm", scale: MILLIMETRE, step: 1e6, decimals: 2 }),
    semiangle: slider("semiangle", { label: "Semi-angle", unit: "mrad", scale: 1, step: 0.1, decimals: 1 }),
    reach: slider("reach", { label: "Shown up to", unit: "1/Å", scale: 1, step: 0.01, decimals: 2 }),
  };
}

function makeButtons({ set }, now) {
  const flip = createCheckbox("Phase flip", (on) => set({ flip: on }));
  const toScherzer = () => set({ defocus: Number(now.scherzer().toFixed(1)) });
  const scherzer = h("button", { type: "button", onclick: toScherzer }, "Scherzer defocus");
  return { node: h("div", { class: "tcbf-player tcbf-whole-row" }, flip.node, scherzer), flip };
}

function paintControls({ sliders, buttons }, now) {
  for (const [name, slider] of Object.entries(sliders)) slider.paint(now[name]());
  buttons.flip.paint(now.flip());
}

function stateText(now) {
  const { limit } = now.transfer;
  const far = `${fixed(now.defocus() / MICRON, 3)} µm`;
  const [C30, angle] = [fixed(now.C30() / MILLIMETRE, 1), fixed(now.semiangle(), 1)];
  return `defocus ${far}, C30 ${C30} mm, α ${angle} mrad: limit ${fixed(1 / limit, 2)} Å`;
}

function describe({ plane, image }, frame, now) {
  const { zero } = now;
  const first = Number.isFinite(zero) ? `first zero at ${compact(1 / zero, 3)} Å` : "no zero before it";
  const difference = `differ by up to ${fixed(now.difference, 2)}`;
  const alike = `correlation of image and phase ${fixed(now.correlation, 2)}`;
  const flipped = now.flip() ? ", phases flipped" : "";
  image.setTitle(`Aligned sum${flipped}`);
  image.setAlt(`Image of the specimen${now.flip() ? " with the phases flipped" : ""}; ${alike}`);
  plane.setAlt(`Transfer over the frequencies, left its closed form, right the exact sum, which ${difference}`);
  frame.say(`${stateText(now)}, ${first}; exact sum and closed form ${difference}; ${alike}${flipped}`);
}

function downloads(now, phase) {
  return [
    {
      label: "Curves (CSV)",
      file: "curves.csv",
      content: () => {
        const { closed, exact, plane } = now.curves;
        return csvText({ q_per_angstrom: closed[0], closed_form: closed[1], exact_sum: exact[1], plane_wave: plane[1] });
      },
    },
    { label: "Image (npy)", file: "image.npy", content: () => npyBytes(now.image, phase.shape) },
  ];
}
