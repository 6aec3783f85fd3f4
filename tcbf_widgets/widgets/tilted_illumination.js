// The virtual image of any detector pixel, computed here while the pixel is dragged; the ray that leads there; and an
// arrow to where the image should lie.
import { unpackArray } from "./shared/arrays.js";
import { colourTable, mapColours } from "./shared/colour.js";
import { limits } from "./shared/contrast.js";
import { createFrame } from "./shared/frame.js";
import { createImagePanel, columns } from "./shared/image_panel.js";
import { npyBytes } from "./shared/npy.js";
import { MICRON, clamp, fixed } from "./shared/numbers.js";
import { createSlider } from "./shared/slider.js";
import { makeDraggable } from "./shared/draggable.js";
import { createRayDiagram } from "./shared/ray_diagram.js";
import { DEPTH, HALF, exaggeration, tiltedDrawing } from "./shared/tilted_drawing.js";
import { pixelMark, shiftMark } from "./shared/tilted_marks.js";
import { tiltedState, TRAITS } from "./shared/tilted_state.js";
import * as words from "./shared/tilted_words.js";

const LOOK = ["cmap", "contrast", "smooth"];

export function whatIsMissing(model) {
  const { size } = unpackArray(model.get("arrays").phase, "phase");
  return size ? "" : "There is no image to show: the specimen has no pixels.";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const [phase, pattern] = ["phase", "pattern"].map((name) => unpackArray(model.get("arrays")[name], name));
  const now = tiltedState(model, meta, phase);
  const frame = createFrame({ model, el, signal, traits: TRAITS, downloads: () => downloads(now, phase) });
  const { get } = frame;
  const parts = build(frame, now, meta, phase, pattern);
  frame.watch((changed) => {
    if (!now.update() && !LOOK.some((name) => changed.has(name))) return;
    const [cmap, contrast] = [get("cmap"), get("contrast")];
    if (changed.has("cmap") || changed.has("contrast"))
      drawLog(parts.detector, pattern.values(), limits(pattern.values(), contrast)[0], cmap);
    drawShares(parts.image, now.image, now.range(contrast), cmap);
    if (changed.has("smooth")) for (const panel of [parts.detector, parts.image]) panel.setSmooth(get("smooth"));
    parts.pixel(now.k());
    parts.shift(now.inside() ? now.shift() : null);
    const [ky, kx] = now.k();
    for (const [name, value] of Object.entries({ ky, kx, defocus: now.defocus() })) parts.sliders[name].paint(value);
    describe(parts, frame, now, meta);
  });
}

// Both legends are in shares of the beam, as the readouts are.
function drawShares(panel, values, range, cmap, { ends = range, digits = 3 } = {}) {
  const table = colourTable(cmap);
  panel.draw((rgba) => mapColours(values, range, table, rgba));
  const percents = ends.map((end) => 100 * end);
  panel.legend.paint(percents, table, cmap, 1, (value) => words.percent(value / 100, digits));
}

const drawLog = (panel, values, low, cmap) =>
  drawShares(panel, values, [low, 0], cmap, { ends: [10 ** low, 1], digits: 2 });

function build(frame, now, meta, phase, pattern) {
  const detector = detectorPanel(frame, meta, pattern);
  const image = createImagePanel({
    name: "image",
    title: "",
    shape: phase.shape,
    pixelSize: [meta.sampling, meta.sampling],
    unit: "Å",
    frame: "axial",
    readout: (row, column) => {
      // from the middle of the field, where the cross is
      const place = [row, column].map((index) => (index + 0.5 - meta.pixels / 2) * meta.sampling);
      return [words.beside(place, 0), words.percent(now.image[row * meta.pixels + column], 3)];
    },
  });
  const side = { title: "Beam, side view", half: HALF, depth: DEPTH, labels: 100 };
  const rays = createRayDiagram({ name: "beam", ...side });
  rays.aspect = 0.92; // as high as the pictures, with its labels
  const [angles, heights] = exaggeration(meta.semiangle, meta.ranges.defocus[1]).map((times) => times.toFixed(0));
  rays.setFoot(`projected on x; angles ×\u00a0${angles}, defocus\u00a0×\u00a0${heights}`);
  const sliders = makeSliders(frame, meta);
  frame.panels.append(...columns([rays], [detector], [image]));
  frame.controls.append(...Object.values(sliders).map(({ node }) => node));
  return { detector, image, rays, sliders, pixel: detector.mark, shift: shiftMark(image, phase.shape, meta.sampling) };
}

// The detector plane, with the pixel that can be dragged.
function detectorPanel({ set }, meta, pattern) {
  const [size] = pattern.shape;
  const step = 1 / (meta.pixels * meta.sampling); // 1/Å from one pixel of the picture to the next
  const at = (index) => (index + 0.5 - size / 2) * step;
  const values = pattern.values();
  const panel = createImagePanel({
    name: "detector",
    title: "Detector (log)",
    shape: pattern.shape,
    pixelSize: [step, step],
    unit: "1/Å",
    readout: (row, column) => {
      const share = 10 ** values[row * size + column];
      return [words.frequencyText([at(row), at(column)], 2), words.percent(share)];
    },
  });
  const wanted = (name, share) => {
    const k = (share - 0.5) * size * step;
    return clamp(Number((Math.round(k / meta.step) * meta.step).toFixed(9)), ...meta.ranges[name]);
  };
  const place = makeDraggable(panel.picture, ([y, x]) => set({ ky: wanted("ky", y), kx: wanted("kx", x) }));
  const paint = pixelMark(panel, size, step, meta.rim);
  panel.mark = (k) => {
    paint(k);
    place(k.map((value) => 0.5 + value / (size * step)));
  };
  return panel;
}

function makeSliders({ set }, { ranges, step }) {
  const decimals = words.decimalsOf(step);
  const pixel = (name, label) =>
    createSlider({
      label,
      min: ranges[name][0],
      max: ranges[name][1],
      step,
      scale: 1,
      decimals,
      unit: "1/Å",
      text: (value) => `${fixed(value, decimals)} per Å`,
      onInput: (value) => set({ [name]: value }),
    });
  return {
    ky: pixel("ky", "Pixel ky"),
    kx: pixel("kx", "Pixel kx"),
    defocus: createSlider({
      label: "Defocus",
      min: ranges.defocus[0],
      max: ranges.defocus[1],
      step: 100,
      scale: MICRON,
      decimals: 3,
      unit: "µm",
      text: (value) => `${fixed(value / MICRON, 3)} µm`,
      onInput: (defocus) => set({ defocus }),
    }),
  };
}

function describe({ detector, image, rays }, frame, now, meta) {
  const [where, what] = [words.pixelText(now, meta), words.imageText(now)];
  const inside = now.inside();
  image.setTitle(`Image, ${now.field()}`);
  image.setAlt(`Virtual image of the chosen pixel, ${what}`);
  detector.setAlt(`Detector plane with the bright-field disk and the chosen ${where}`);
  const [defocus, away] = [now.defocus(), now.k()[1] / meta.rim];
  const seen = inside ? "one ray leads to the chosen pixel" : "only scattered rays lead to the chosen pixel";
  rays.paint(
    tiltedDrawing({ defocus, deepest: meta.ranges.defocus[1], away, inside }),
    `Beam from the side, projected on x, at ${words.defocusText(now)}: ${seen}`,
  );
  frame.say(`${words.defocusText(now)}, ${where}, ${what}`);
}

function downloads(now, phase) {
  return [{ label: "Image (npy)", file: "image.npy", content: () => npyBytes(now.image, phase.shape) }];
}
