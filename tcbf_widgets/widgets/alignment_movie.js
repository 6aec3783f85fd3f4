// The aligned image after each iteration, and the error that falls.
import { frameValues, unpackArray } from "./shared/arrays.js";
import { limits } from "./shared/contrast.js";
import { csvText } from "./shared/csv.js";
import { h, setAttribute } from "./shared/dom.js";
import { createFrame } from "./shared/frame.js";
import { alignTo, columns, createImagePanel } from "./shared/image_panel.js";
import { clamp, fixed, plural } from "./shared/numbers.js";
import { npyBytes } from "./shared/npy.js";
import { createPlayer } from "./shared/player.js";
import { createPlot } from "./shared/plot.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";

const NAMES = ["images", "errors", "rms_shift"];
const FASTEST_BLINK = 2.5; // per second: three flashes a second are the limit of what is safe to look at

const read = (model) =>
  Object.fromEntries(NAMES.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  return read(model).images.size
    ? ""
    : "There is no image to show: the alignment holds no step, or its scan has no positions.";
}

export function show({ model, el, signal }) {
  const arrays = read(model);
  const meta = model.get("meta");
  const errors = arrays.errors.values();
  const last = arrays.images.shape[0] - 1;
  const at = () => clamp(model.get("iteration"), 0, last);
  const values = () => frameValues(arrays.images, at());
  const frame = createFrame({
    model,
    el,
    signal,
    traits: ["iteration", "playing", "speed", "blink"],
    downloads: () => downloads(arrays, meta, values),
  });
  const { get, set } = frame;
  const goTo = (iteration) => set({ iteration, playing: false, blink: false });

  const image = imagePanel(meta, arrays.images, values);
  const plot = errorPlot(meta, errors, goTo);
  const slider = createSlider({
    label: "Step",
    min: 0,
    max: last,
    onInput: goTo,
    text: (step) => stepText(meta, step, last),
  });
  const { player, blink } = playback(model, frame, { at, last, goTo });
  const layout = columns([image], [plot]);
  frame.panels.append(...layout);
  frame.controls.classList.add("tcbf-aligned");
  frame.controls.append(...alignTo(layout, [slider.node, player.node]));

  // One range of greys for all steps, so that what looks sharper is sharper.
  let range = null;
  frame.watch((changed) => {
    if (changed.has("contrast")) range = limits(arrays.images.values(), get("contrast"));
    image.drawValues(values(), range, get("cmap"));
    if (changed.has("smooth")) image.setSmooth(get("smooth"));
    const step = at();
    describe(image, plot, meta, errors, step, last);
    slider.paint(step);
    player.paint();
    setAttribute(blink, "aria-pressed", Boolean(get("blink")));
    frame.say(statusText(meta, errors, step, last));
    // while it plays, a screen reader would never come to the end of a sentence
    frame.quiet(get("playing") || get("blink"));
  });
}

function playback(model, frame, { at, last, goTo }) {
  const { get, set } = frame;
  const player = createPlayer({
    model,
    frame,
    advance: () => set({ iteration: get("blink") ? (at() === last ? 0 : last) : (at() + 1) % (last + 1) }),
    step: (by) => goTo((at() + by + last + 1) % (last + 1)),
    toggle: () => set({ playing: !get("playing"), blink: false }),
    rate: () => (get("blink") ? Math.min(FASTEST_BLINK, get("speed")) : get("speed")),
    moving: () => last > 0 && (get("playing") || get("blink")),
  });
  const onclick = () => set({ blink: !get("blink"), playing: false });
  const blink = h("button", { type: "button", onclick }, "Blink first and last");
  player.node.append(blink);
  return { player, blink };
}

function describe(image, plot, meta, errors, step, last) {
  const where = stepText(meta, step, last);
  const error = fixed(errors[step], 4);
  image.setTitle(step === 0 ? "Sum without alignment" : `Aligned sum after step ${step}`);
  image.setAlt(`${step === 0 ? "Unaligned" : "Aligned"} sum of the virtual images, ${where}`);
  plot.paint(step, error, `Error against step; ${error} at ${where}; ${courseText(errors)}`);
}

function imagePanel(meta, { shape }, values) {
  return createImagePanel({
    name: "image",
    title: "",
    shape: shape.slice(1),
    pixelSize: meta.scan_sampling,
    unit: "Å",
    readout: (row, column) => scanReadout(meta, row, column, values()[row * shape[2] + column]),
  });
}

function errorPlot(meta, errors, onPick) {
  const x = Array.from(errors, (_, i) => i);
  const rises = x.filter((i) => i > 0 && errors[i] > errors[i - 1]);
  return createPlot({
    name: "errors",
    title: "Error",
    x,
    y: errors,
    xTicks: x,
    subTicks: x.map((i) => meta.bins?.[i] ?? "–"),
    xLabel: "step, and its bin",
    aspect: 1.2,
    onPick,
    marks: rises.map((i) => ({ x: i, label: "rose", warning: true })),
  });
}

function stepText({ bins = [], groups = [] }, step, last) {
  if (step === 0) return "unaligned";
  const bin = bins[step] ? `, bin ${bins[step]}` : "";
  const count = groups[step] ? `, ${plural(groups[step], "group")}` : "";
  return `step ${step} of ${last}${bin}${count}`;
}

function statusText(meta, errors, step, last) {
  const error = `error ${fixed(errors[step], 4)}`;
  if (step === 0) return `unaligned: ${error}`;
  const percent = fixed(100 * (errors[step] / errors[0] - 1), 1);
  return `${stepText(meta, step, last)}: ${error} (${percent} % since the start), ${courseText(errors)}`;
}

/** "never rose", or where it did: an alignment that does not converge must not look like one that does. */
function courseText(errors) {
  const rises = Array.from(errors.keys()).filter((i) => i > 0 && errors[i] > errors[i - 1]);
  return rises.length ? `rose at step ${rises.join(", ")}` : "never rose";
}

function downloads({ images, errors, rms_shift: shifts }, meta, values) {
  const steps = Array.from(errors.values().keys());
  return [
    {
      label: "Errors (CSV)",
      file: "errors.csv",
      content: () =>
        csvText({
          step: steps,
          bin: meta.bins ?? [],
          groups: meta.groups ?? [],
          error: errors.values(),
          rms_shift_angstrom: shifts.values(),
        }),
    },
    { label: "Image (npy)", file: "image.npy", content: () => npyBytes(values(), images.shape.slice(1)) },
  ];
}
