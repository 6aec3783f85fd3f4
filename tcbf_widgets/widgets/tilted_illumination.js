// The virtual image of any detector pixel, computed here while the pixel is dragged; the ray that leads there; and an
// arrow to where the image should lie.
import { unpackArray } from "./shared/arrays.js";
import { limits } from "./shared/contrast.js";
import { createFrame } from "./shared/frame.js";
import { createImagePanel, columns } from "./shared/image_panel.js";
import { npyBytes } from "./shared/npy.js";
import { clamp, compact, fixed } from "./shared/numbers.js";
import { scanReadout } from "./shared/readout.js";
import { createSlider } from "./shared/slider.js";
import { makeDraggable } from "./shared/draggable.js";
import { createRayDiagram } from "./shared/ray_diagram.js";
import { DEPTH, HALF, exaggeration, signedDistance, tiltedDrawing } from "./shared/tilted_drawing.js";
import { pixelMark, shiftMark } from "./shared/tilted_marks.js";
import { decimalsOf, defocusText, imageText, pixelText, tiltedState, TRAITS } from "./shared/tilted_state.js";

const LOOK = ["cmap", "contrast", "smooth"];
const MICRON = 1e4; // Å

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
      parts.detector.drawValues(pattern.values(), [limits(pattern.values(), contrast)[0], 0], cmap);
    parts.image.drawValues(now.image, now.range(contrast), cmap);
    if (changed.has("smooth")) for (const panel of [parts.detector, parts.image]) panel.setSmooth(get("smooth"));
    parts.pixel(now.k());
    parts.shift(now.inside() ? now.shift() : null);
    const [ky, kx] = now.k();
    for (const [name, value] of Object.entries({ ky, kx, defocus: now.defocus() })) parts.sliders[name].paint(value);
    describe(parts, frame, now, meta);
  });
}

function build(frame, now, meta, phase, pattern) {
  const detector = detectorPanel(frame, meta, pattern);
  const image = createImagePanel({
    name: "image",
    title: "",
    shape: phase.shape,
    pixelSize: [meta.sampling, meta.sampling],
    unit: "Å",
    frame: "axial",
    readout: (row, column) =>
      scanReadout(
        { scan_sampling: [meta.sampling, meta.sampling] },
        row,
        column,
        now.image[row * phase.shape[1] + column],
      ),
  });
  const rays = createRayDiagram({ name: "beam", title: "Beam, seen from the side", half: HALF, depth: DEPTH });
  rays.aspect = 1.3; // it has labels beside it
  const [angles, heights] = exaggeration(meta.semiangle, meta.ranges.defocus[1]).map((times) => times.toFixed(0));
  rays.setFoot(`angles × ${angles}, defocus × ${heights}`);
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
    title: "Detector, log₁₀ of intensity",
    shape: pattern.shape,
    pixelSize: [step, step],
    unit: "1/Å",
    readout: (row, column) =>
      `(${fixed(at(row), 2)}, ${fixed(at(column), 2)}) 1/Å: ${compact(10 ** values[row * size + column], 2)}`,
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
  const decimals = decimalsOf(step);
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
  const [where, what] = [pixelText(now, meta), imageText(now)];
  const inside = now.inside();
  image.setTitle(`Its image, ${now.field()}`);
  image.setAlt(`Virtual image of the chosen pixel, ${what}`);
  detector.setAlt(`Detector plane with the bright-field disk and the chosen ${where}`);
  const [defocus, away] = [now.defocus(), signedDistance(now.k(), meta.rim)];
  const seen = inside ? "one ray leads to the chosen pixel" : "only scattered rays lead to the chosen pixel";
  rays.paint(
    tiltedDrawing({ defocus, deepest: meta.ranges.defocus[1], away, inside }),
    `Side view of the beam at ${defocusText(now)}: ${seen}`,
  );
  frame.say(`${defocusText(now)}, ${where}, ${what}`);
}

function downloads(now, phase) {
  return [{ label: "Image (npy)", file: "image.npy", content: () => npyBytes(now.image, phase.shape) }];
}
