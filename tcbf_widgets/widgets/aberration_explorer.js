// What a lens does to shifts, probe and image, while its aberrations are in the reader's hand.
import { unpackArray } from "./shared/arrays.js";
import { limits } from "./shared/contrast.js";
import { createFrame } from "./shared/frame.js";
import { LENS, arrowTable, explorerData, lensOf } from "./shared/explorer_state.js";
import { modelOver } from "./shared/field_key.js";
import { columns } from "./shared/image_panel.js";
import { createLensMotion, createMovedImage, createShiftField } from "./shared/lens_parts.js";
import { createLensSliders, othersInWords, written } from "./shared/lens_sliders.js";
import { npyBytes } from "./shared/npy.js";
import { fixed } from "./shared/numbers.js";
import { createPhasePanel } from "./shared/phase_panel.js";
import { followPairs } from "./shared/pointed_pair.js";

const NAMES = ["pixels", "measured", "best", "group_images", "group_means", "group_k", "members"];

const read = (model) =>
  Object.fromEntries(NAMES.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  const { pixels, group_images: images } = read(model);
  if (!pixels.size) return "There are no shifts to show: no detector pixel was selected. Lower the threshold.";
  if (!images.size) return "There is no image to show: the scan has no positions.";
  return "";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const data = explorerData(read(model), meta);
  let shown = null;
  const frame = createFrame({
    model,
    el,
    signal,
    traits: [...LENS, "revealed"],
    downloads: () => downloads(data, () => shown.arrows),
  });
  const { get, set } = frame;
  let travels = false;
  const reveal = () => {
    travels = true;
    set({ ...meta.fit, revealed: true });
  };
  const parts = build(frame, data, meta, reveal);
  const moveTo = createLensMotion(signal, (lens, onItsWay) => {
    const values = { ...lens, transpose: get("transpose") };
    shown = { values, ...data.predict(values), sharpness: data.move(values) };
    paint(parts, data, shown, frame);
    // on the way to the fit, a screen reader would never come to the end of a sentence
    frame.quiet(onItsWay);
  });
  const drawRings = () => parts.field.drawTips("measured", data.cells.k, data.cells.measured);
  parts.field.onLayout = () => {
    drawRings();
    drawArrows(parts.field, data, shown.arrows);
  };
  drawRings();
  frame.watch((changed) => {
    if (changed.has("smooth")) parts.image.setSmooth(get("smooth"));
    moveTo(Object.fromEntries(LENS.map((name) => [name, get(name)])), travels);
    travels = false;
  });
}

function build(frame, data, meta, reveal) {
  const { image, meter } = createMovedImage(data, meta, "Sharpness");
  const phase = createPhasePanel(meta, data.radius);
  const field = fieldPanel(data, meta);
  const sliders = createLensSliders({ frame, reveal });
  frame.panels.append(...columns([image, phase], [field]));
  frame.controls.append(...sliders.nodes);
  return { image, meter, phase, field, sliders };
}

function fieldPanel(data, meta) {
  const { k, measured } = data.cells;
  const panel = createShiftField(meta, modelOver("predicted", meta.reference), () => "");
  panel.show("both");
  panel.refresh = followPairs(panel, { k, arrows: () => panel.arrows, rings: () => measured });
  return panel;
}

function drawArrows(field, { cells }, arrows) {
  field.arrows = arrows;
  field.drawArrows("fitted", cells.k, arrows);
  field.refresh();
}

function paint({ image, meter, phase, field, sliders }, data, shown, { get, say, meta }) {
  const { values, arrows, rms, sharpness } = shown;
  image.drawValues(data.image, limits(data.image, get("contrast")), get("cmap"));
  meter.paint(sharpness, Number.isNaN(sharpness) ? "–" : `${fixed(100 * sharpness, 0)} %`);
  phase.paint(lensOf(values, meta.held));
  drawArrows(field, data, arrows);
  field.setRest(`rms ${fixed(rms, 1)} Å`);
  sliders.paint(values, get("revealed"));
  const miss = `predicted shifts miss the ${meta.reference} ones by ${fixed(rms, 1)} Å rms`;
  const sharp = sharpnessText(sharpness, meta);
  image.setAlt(`Sum of the virtual images, moved back as predicted; ${sharp}`);
  phase.setAlt(`Phase of the probe over the aperture; ${lensText(values, meta)}`);
  field.setAlt(`Predicted shifts as arrows over the ${meta.reference} ones as rings: ${miss}`);
  say(`${lensText(values, meta)}: ${miss}; ${sharp}`);
}

function sharpnessText(sharpness, { fit }) {
  if (Number.isNaN(sharpness)) return "sharpness cannot be measured: the images share nothing";
  return `sharpness ${fixed(100 * sharpness, 0)} % of that ${fit ? "at the fit" : "with the aligned shifts"}`;
}

function lensText(values, { ranges }) {
  const text = (name) => written(ranges[name], values[name]);
  return [
    `defocus ${text("defocus")}`,
    `rotation ${text("rotation_deg")}`,
    ...(values.transpose ? ["axes exchanged"] : []),
    ...othersInWords(ranges, values),
  ].join(", ");
}

function downloads(data, arrows) {
  return [
    { label: "Shifts (CSV)", file: "shifts.csv", content: () => arrowTable(data.cells, arrows()) },
    { label: "Image (npy)", file: "image.npy", content: () => npyBytes(data.image, data.scanShape) },
  ];
}
