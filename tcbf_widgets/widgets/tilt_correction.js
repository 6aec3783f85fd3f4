// The same electrons summed twice: as they are, and with every image moved back for a defocus that the reader assumes.
import { unpackArray } from "./shared/arrays.js";
import { limits } from "./shared/contrast.js";
import { createFrame } from "./shared/frame.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { npyBytes } from "./shared/npy.js";
import { MICRON, clamp, fixed } from "./shared/numbers.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";
import { createTiltSums, sharpnessText } from "./shared/tilt_sums.js";

const NAMES = ["group_images", "group_means", "weights", "others", "per_defocus", "sharpness"];

const read = (model) =>
  Object.fromEntries(NAMES.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  const { group_images: images } = read(model);
  if (!images.shape[0]) return "There are no images to sum: no detector pixel was selected. Lower the threshold.";
  if (!images.size) return "There is no image to show: the scan has no positions.";
  return "";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const sums = createTiltSums(read(model), meta);
  const images = { plain: sums.image(null), fit: sums.image(meta.measured), moved: null };
  const assumed = () => clamp(model.get("assumed_defocus"), ...meta.range);
  const frame = createFrame({
    model,
    el,
    signal,
    traits: ["assumed_defocus"],
    downloads: () => [
      { label: "Image (npy)", file: "image.npy", content: () => npyBytes(images.moved, sums.shape) },
    ],
  });
  const { panels, slider } = build(frame, sums, images, meta);
  let range = null;
  frame.watch((changed) => {
    const cmap = frame.get("cmap");
    if (changed.has("assumed_defocus")) images.moved = sums.image(assumed());
    // one range for both, and the same for every defocus: what comes into focus gains contrast
    if (changed.has("contrast")) range = limits(images.fit, frame.get("contrast"));
    for (const [name, panel] of Object.entries(panels)) {
      if (name === "moved" || changed.has("cmap") || changed.has("contrast"))
        panel.drawValues(images[name], range, cmap);
      panel.setSmooth(frame.get("smooth"));
    }
    slider.paint(assumed());
    describe(panels, frame, assumed(), sums.sharpness(assumed()));
  });
}

function build(frame, sums, images, meta) {
  const titles = {
    plain: `Plain sum of ${meta.images} images`,
    moved: "The same images, moved back",
  };
  const sampling = meta.scan_sampling.map((step) => step / meta.factor);
  const panels = {};
  for (const [name, title] of Object.entries(titles)) {
    panels[name] = createImagePanel({
      name,
      title,
      shape: sums.shape,
      pixelSize: sampling,
      unit: "Å",
      readout: (row, column) =>
        scanReadout({ scan_sampling: sampling }, row, column, images[name][row * sums.shape[1] + column]),
    });
  }
  const slider = createSlider({
    label: "Assumed defocus",
    min: meta.range[0],
    max: meta.range[1],
    step: meta.step,
    unit: "µm",
    scale: MICRON,
    decimals: 2,
    ticks: [{ value: meta.measured, label: "measured" }],
    text: micrometres,
    onInput: (value) => frame.set({ assumed_defocus: value }),
  });
  frame.panels.append(...columns([panels.plain], [panels.moved]));
  frame.controls.append(slider.node);
  return { panels, slider };
}

const micrometres = (defocus) => `${fixed(defocus / MICRON, 2)} µm`;

function describe(panels, { say, meta }, defocus, sharpness) {
  const rim = meta.semiangle * Math.abs(defocus);
  const steps = rim / Math.max(...meta.scan_sampling);
  const moved =
    defocus === 0
      ? "it moves no image"
      : `images from the rim of the disk move back by ${fixed(rim, 0)} Å, ${fixed(steps, 1)} scan steps`;
  const [plain, sharp] = [meta.plain_sharpness ?? NaN, sharpness].map((x) => sharpnessText(x, meta.sharpness_floor));
  panels.plain.setAlt(`Plain sum of ${meta.images} virtual images; ${plain}`);
  panels.moved.setAlt(`The same images, moved back for a defocus of ${micrometres(defocus)} and summed; ${sharp}`);
  say(`assumed defocus ${micrometres(defocus)}: ${moved}; ${sharp}`);
}
