// Original, reconstruction and error epoch by epoch, above the curves; grows while a reconstruction goes on.
import { csvText } from "./shared/csv.js";
import { h, setText } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { movieState, NEWEST, TRAITS } from "./shared/movie_state.js";
import { allSlices, CURVE_TEXTS, small, statusText, whereText } from "./shared/movie_words.js";
import { npyBytes } from "./shared/npy.js";
import { brief, compact } from "./shared/numbers.js";
import { createPlayer } from "./shared/player.js";
import { scanReadout } from "./shared/readout.js";
import { createRunKey } from "./shared/run_key.js";
import { createRunPlot } from "./shared/run_plot.js";
import { curvesTable, runsOf } from "./shared/runs.js";
import { createSelect, createSlider } from "./shared/slider.js";

const SPANS = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001]; // rad
const QUALITIES = [
  ["psnr", "PSNR (dB)"],
  ["phase_rms", "Phase error (rad)"],
];
const LOGARITHMIC = ["loss", "phase_rms"];
const NAMES = { loss: "loss", psnr: "peak signal-to-noise ratio", ssim: "structural similarity", phase_rms: "phase error" };

export function whatIsMissing(model) {
  const begun = model.get("meta").shape && runsOf(model).length;
  return begun ? "" : "Waiting for the first epoch: movie.follow(tcbf.reconstruct(…)) shows each as it comes.";
}

export function show({ model, el, signal }) {
  const now = movieState(model);
  now.update(new Set(TRAITS.concat("contrast")));
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now) });
  const goTo = (epoch) => frame.set({ epoch: epoch >= now.last ? NEWEST : epoch, playing: false });
  const span = errorRange(now, frame);
  const parts = { span, panels: imagePanels(now, frame.meta, span.node), ...curves(now, frame, goTo), ...controls(now, model, frame, goTo) };
  place(frame, parts);
  frame.watch((changed) => {
    // of another object: what else belongs to it is on its way, and with it a new view
    if (!now.update(changed)) return;
    paintPanels(parts.panels, now, frame, changed);
    paintCurves(parts, now, frame, changed);
    paintControls(parts, now, frame);
    frame.say(statusText(now, frame.meta));
    // while it plays or grows, a screen reader would never come to the end of a sentence
    frame.quiet(frame.get("playing") || (changed.has("latest") && !changed.has("epoch")));
  });
}

function place(frame, { panels, plots, slider, layers, player, key }) {
  const [images, below] = [panels, plots].map((group) => columns(...Object.values(group).map((panel) => [panel])));
  if (images.length > 1) {
    frame.panels.classList.add("tcbf-trio");
    frame.panels.append(...images);
    frame.panels.after(h("div", { class: "tcbf-panels tcbf-trio tcbf-curves" }, ...below));
  } else frame.panels.append(...images, ...below);
  frame.controls.before(key.node);
  frame.controls.append(slider.node, layers.node, player.node);
}

function errorRange(now, { set }) {
  const text = (span) => (Number(span) ? `±${brief(Number(span))}` : "");
  return createSelect({
    label: "Range of the errors",
    quiet: true,
    options: [0, ...SPANS].map((span) => [span, text(span)]),
    text,
    onInput: (span) => set({ error_range: Number(span) }),
  });
}

function imagePanels(now, { shape, binning, sampling }, span) {
  const [, rows, cols] = shape;
  const [height, width] = [Math.floor(rows / binning), Math.floor(cols / binning)];
  const steps = (sampling ?? [1, 1]).map((step) => step * binning);
  const at = (row, column, value) =>
    sampling
      ? scanReadout({ scan_sampling: steps }, row, column, value, "rad")
      : [`y ${row}, x ${column}`, `${compact(value, 4)}\u00a0rad`];
  const titles = {
    truth: "Original (rad)",
    reconstruction: "Reconstruc\u00adtion (rad)",
    error: h("span", { class: "tcbf-choosetitle" }, "Error (rad),", span),
  };
  const panel = (name) =>
    createImagePanel({
      name,
      title: titles[name],
      shape: [height, width],
      pixelSize: steps,
      unit: "Å",
      bar: Boolean(sampling),
      numbers: brief,
      readout: (row, column) => at(row, column, now.pictures[name][row * width + column]),
    });
  return Object.fromEntries(Object.keys(now.pictures).map((name) => [name, panel(name)]));
}

function curves(now, { set }, goTo) {
  const quality = createSelect({
    label: "Curve",
    quiet: true,
    options: QUALITIES,
    onInput: (value) => set({ quality: value }),
  });
  const log = (curve) => LOGARITHMIC.includes(curve);
  const aspect = now.truth ? null : 1.2;
  const plot = (name, heading) => createRunPlot({ name, heading, aspect, log, onPick: goTo });
  const plots = { loss: plot("loss", "Loss") };
  if (now.truth) {
    const heading = h("span", { class: "tcbf-choosetitle" }, quality.node);
    Object.assign(plots, { quality: plot("quality", heading), ssim: plot("ssim", "SSIM") });
  }
  return { plots, quality };
}

function controls(now, model, frame, goTo) {
  const { get, set } = frame;
  const text = () => whereText(now);
  const slider = createSlider({ label: "Epoch", min: now.first, max: now.last, text, onInput: goTo });
  const layers = createSlider({
    label: "Slice",
    min: 1,
    max: now.layers,
    text: (slice) => `slice ${slice} of ${now.layers}`,
    onInput: (slice) => set({ layer: slice - 1 }),
  });
  const step = (by) => {
    // from image to image
    const { frames } = now.run;
    const at = frames.indexOf(now.frame) + (by > 0 || now.frame.epoch === now.epoch ? by : 0);
    return frames[(at + frames.length) % frames.length].epoch;
  };
  const onward = () => (step(1) >= now.last ? NEWEST : step(1));
  const player = createPlayer({
    model,
    frame,
    advance: () => set({ epoch: onward() }),
    step: (by) => goTo(step(by)),
    toggle: () => set({ playing: !get("playing") }),
    rate: () => get("speed"),
    moving: () => now.run.frames.length > 1 && get("playing"),
  });
  const key = createRunKey({ label: "Run", onInput: (run) => set({ run }) });
  return { slider, layers, player, key };
}

function paintPanels(panels, now, { get }, changed) {
  const looks = ["cmap", "contrast", "layer"].some((name) => changed.has(name));
  for (const [name, panel] of Object.entries(panels)) {
    const range = name === "error" ? [-now.span, now.span] : now.range;
    if (looks || name !== "truth") panel.drawValues(now.pictures[name], range, get("cmap"));
    if (changed.has("smooth")) panel.setSmooth(get("smooth"));
  }
  const where = `${whereText(now)}${now.layers > 1 ? `, slice ${now.layer + 1} of ${now.layers}` : ""}`;
  const mean = `on average ${small(now.values.phase_rms)} rad${now.layers > 1 ? ` in ${allSlices(now.layers)}` : ""}`;
  panels.truth?.setAlt("Original phase of the object");
  panels.reconstruction.setAlt(`Reconstructed phase at ${where}`);
  if (!panels.error) return;
  panels.error.setAlt(`Error of the phase at ${where}, ${mean}`);
}

// The first choice is the range that the epoch needs: it says which one that is.
function paintErrorRange(span, now, { get }) {
  setText(span.select.options[0], `auto ±${brief(now.ownSpan)}`);
  span.paint(get("error_range"));
}

function paintCurves({ plots, quality }, now, { get }, changed) {
  for (const [name, plot] of Object.entries(plots)) {
    const curve = name === "quality" ? get("quality") : name;
    if (now.otherCurves || (name === "quality" && changed.has("quality"))) {
      const runs = now.runs.map((run) => ({ numbers: run.numbers, values: run[curve] }));
      plot.draw({ curve, runs, chosen: now.chosen });
    }
    const text = CURVE_TEXTS[curve](now.values[curve]);
    const values = now.run[curve];
    const course = `${CURVE_TEXTS[curve](values[0])} at the start, ${CURVE_TEXTS[curve](values.at(-1))} at the end`;
    plot.paint(now.place, text, `${NAMES[curve]} against the epoch: ${text} at ${whereText(now)}; ${course}`);
  }
  quality.paint(get("quality"));
}

function paintControls({ slider, layers, player, key, span }, now, frame) {
  if (now.truth) paintErrorRange(span, now, frame);
  slider.paint(now.epoch, { max: now.last });
  layers.node.hidden = now.layers < 2;
  layers.paint(now.layer + 1, { max: now.layers });
  key.paint(
    now.runs.map(({ label }) => label),
    now.chosen,
  );
  player.paint();
}

const downloads = (now) => [
  { label: "Curves (CSV)", file: "curves.csv", content: () => csvText(curvesTable(now.runs)) },
  {
    label: "Reconstruction (npy)",
    file: "reconstruction.npy",
    content: () => npyBytes(now.pictures.reconstruction, now.frame.packed.shape.slice(1)),
  },
];
