// Diffraction disks found by correlation with a template: electrons, template, correlation and peaks, all computed here
// while a slider moves.
import { unpackArray } from "./shared/arrays.js";
import { createControls } from "./shared/bullseye_controls.js";
import { diskMarks } from "./shared/bullseye_marks.js";
import { bullseyeState, LOWEST, patternsOf, TRAITS } from "./shared/bullseye_state.js";
import * as words from "./shared/bullseye_words.js";
import { limits } from "./shared/contrast.js";
import { csvText } from "./shared/csv.js";
import { h } from "./shared/dom.js";
import { createErrorPlot } from "./shared/error_plot.js";
import { createFrame } from "./shared/frame.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { createLines } from "./shared/lines.js";
import { npyBytes } from "./shared/npy.js";
import { compact, fixed } from "./shared/numbers.js";

const HEIGHT = 176; // px, of the plots

export function whatIsMissing(model) {
  const { size } = unpackArray(model.get("arrays").pattern0, "pattern0");
  return size ? "" : "There is no pattern to show: it has no pixels.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const arrays = Object.fromEntries(
    Object.entries(model.get("arrays")).map(([name, packed]) => [name, unpackArray(packed, name).values()]),
  );
  const now = bullseyeState(model, meta, patternsOf(arrays, meta));
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now, meta) });
  const parts = build(frame, now, meta);
  frame.watch((changed) => {
    now.update(changed);
    paintPictures(parts.panels, now, changed, frame);
    parts.marks.pattern(now.peaks, now.radii().outer, now.disks?.visible, now.about().radius);
    parts.marks.correlation(now.peaks);
    paintProfile(parts.profile, now);
    parts.errors?.paint(...errorNow(now));
    parts.controls.paint();
    describe(parts.panels, frame, now);
  });
}

function build(frame, now, meta) {
  const panels = makePanels(now, meta);
  frame.panels.append(...columns([panels.pattern], [panels.template], [panels.correlation]));
  const profile = createLines({
    name: "profile",
    title: "Along a radius",
    xLabel: "radius (px)",
    range: [LOWEST, 1.1],
    height: HEIGHT,
    lines: [...(meta.recorded ? [] : [{ name: "probe", label: "probe" }]), { name: "template", label: "template" }],
    readout: (x) => `${fixed(x, 1)} px: template ${fixed(at(now.profiles.template, x), 2)}`,
  });
  const drawn = Object.keys(meta.errors).length > 0;
  const errors = drawn ? errorPlot(frame, meta) : null;
  const controls = createControls(frame, now, meta);
  frame.controls.append(...controls.nodes);
  // below the status line: pictures and radii are seen together
  const plots = h("div", { class: "tcbf-bullseyeplots" }, profile.node, errors?.node);
  frame.controls.parentNode.append(plots);
  const marks = { pattern: diskMarks(panels.pattern), correlation: diskMarks(panels.correlation) };
  return { panels, profile, errors, controls, marks };
}

function makePanels(now, { frame, field, recorded }) {
  const place = (row, column) => `y ${row}, x ${column} px`;
  const panel = (name, title, shape, readout) =>
    createImagePanel({ name, title, shape, unit: "px", readout: (y, x) => readout(y, x, y * shape[1] + x) });
  const half = (field - 1) / 2;
  return {
    pattern: panel("pattern", recorded ? "Pattern, √counts" : "Pattern, √electrons", frame, (row, column, i) => [
      place(row, column),
      `${compact(now.counts[i], 3)}${recorded ? "" : "\u00a0e"}`,
    ]),
    template: panel("template", words.templateTitle(now), [field, field], (row, column, i) => [
      place(row - half, column - half),
      fixed(now.templatePicture[i], 2),
    ]),
    correlation: panel("correlation", "Correlation", frame, (row, column, i) => [
      place(row, column),
      compact(now.correlation[i], 3),
    ]),
  };
}

function errorPlot({ set }, { errors, ranges }) {
  return createErrorPlot({
    title: "Error along one axis (px)",
    errors,
    range: ranges.electrons,
    height: HEIGHT,
    onPick: (electrons) => set({ electrons }),
  });
}

function paintPictures(panels, now, changed, { get }) {
  const [cmap, looks] = [get("cmap"), changed.has("cmap") || changed.has("contrast")];
  const draw = (name, values) => panels[name].drawValues(values, limitsOf(values, get("contrast")), cmap);
  if (looks || now.changed.pattern) draw("pattern", now.pattern);
  if (looks || now.changed.template) panels.template.drawValues(now.templatePicture, [-1, 1], cmap);
  if (looks || now.changed.pattern || now.changed.template) draw("correlation", now.correlation);
  if (changed.has("smooth")) for (const panel of Object.values(panels)) panel.setSmooth(get("smooth"));
}

// Percentiles, or all of the range where few pixels differ from the rest.
function limitsOf(values, contrast) {
  const [low, high] = limits(values, contrast);
  return low < high ? [low, high] : limits(values, [0, 100]);
}

function paintProfile(lines, now) {
  if (!now.changed.template) return;
  const alt = `Values of the template from its middle outwards: ${words.radiiText(now)}`;
  lines.paint({ xMax: now.profiles.template[0].at(-1), series: now.profiles, marks: [] }, alt);
}

function errorNow(now) {
  const direct = now.disks.direct;
  const here = direct === null ? "not found here" : `here ${fixed(direct, 2)} px`;
  const alt = `Error of the direct beam along one axis, against the electrons in a pattern; ${here}`;
  return [now.electrons(), direct, alt];
}

// A value of a curve of equal steps.
function at([xs, ys], x) {
  const place = (x / xs.at(-1)) * (xs.length - 1);
  const below = Math.min(xs.length - 2, Math.floor(place));
  return ys[below] + (ys[below + 1] - ys[below]) * (place - below);
}

function describe(panels, frame, now) {
  const what = words.statusText(now);
  panels.pattern.setAlt(`Diffraction pattern: ${what}`);
  panels.template.setTitle(words.templateTitle(now));
  panels.template.setAlt(`Template: ${words.radiiText(now)}`);
  const threshold = `${fixed(now.threshold(), 1)} standard deviations`;
  panels.correlation.setAlt(`Correlation of pattern and template; rings where it exceeds ${threshold}`);
  frame.say(what);
}

function downloads(now, { frame }) {
  const table = () => {
    const [y_px, x_px, height, significance] = ["y", "x", "height", "significance"].map((name) =>
      now.peaks.map((peak) => peak[name]),
    );
    return { y_px, x_px, height, significance };
  };
  return [
    { label: "Disks (CSV)", file: "disks.csv", content: () => csvText(table()) },
    { label: "Pattern (npy)", file: "pattern.npy", content: () => npyBytes(Float32Array.from(now.counts), frame) },
    { label: "Correlation (npy)", file: "correlation.npy", content: () => npyBytes(now.correlation, frame) },
  ];
}
