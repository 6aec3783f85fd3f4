// Axial pixels summed within a radius, beside the image of the whole disk.
import { frameValues, unpackArray } from "./shared/arrays.js";
import { colourTable, mapColours, tintRings } from "./shared/colour.js";
import { limits } from "./shared/contrast.js";
import { csvText } from "./shared/csv.js";
import { createFrame } from "./shared/frame.js";
import { columns, createImagePanel } from "./shared/image_panel.js";
import { scanReadout, detectorReadout, milliradians } from "./shared/readout.js";
import { npyBytes } from "./shared/npy.js";
import { clamp, compact, plural } from "./shared/numbers.js";
import { createPlot } from "./shared/plot.js";
import { createSlider } from "./shared/slider.js";

const NAMES = ["disk", "ring", "series", "snr", "sharpness"];

const read = (model) =>
  Object.fromEntries(NAMES.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  const { disk, series } = read(model);
  if (!disk.size || !series.shape[0])
    return "There is no bright-field disk to show: no detector pixel was selected. Lower the threshold.";
  if (!series.size) return "There is no image to show: the scan has no positions.";
  return "";
}

export function show({ model, el, signal }) {
  const arrays = read(model);
  const { radii, pixel_counts: counts } = model.get("meta");
  const largest = radii.length;
  const now = {
    radius: () => clamp(model.get("radius"), 1, largest),
    axial: () => frameValues(arrays.series, now.radius() - 1),
    whole: () => frameValues(arrays.series, largest - 1),
  };
  const frame = createFrame({
    model,
    el,
    signal,
    traits: ["radius"],
    downloads: () => downloads(arrays, radii, counts, now),
  });
  const { images, plots, slider } = build(frame, arrays, now);
  frame.watch((changed) => {
    const j = now.radius() - 1;
    const [contrast, cmap] = [frame.get("contrast"), frame.get("cmap")];
    const newLook = changed.has("contrast") || changed.has("cmap");
    images.disk.drawTinted(contrast, cmap, radii[j], newLook);
    images.axial.drawValues(now.axial(), limits(now.axial(), contrast), cmap);
    if (newLook) images.incoherent.drawValues(now.whole(), limits(now.whole(), contrast), cmap);
    if (changed.has("smooth")) for (const image of Object.values(images)) image.setSmooth(frame.get("smooth"));
    slider.paint(now.radius());
    const { snr, sharpness } = paintCurves(plots, arrays, radii, j);
    describe(images, radii[j], counts[j], counts.at(-1));
    const pixels = `${counts[j]} of ${plural(counts.at(-1), "pixel")}`;
    frame.say(`radius ${radii[j]} px, ${pixels}, SNR ${snr}${drowned(arrays, frame.meta, j)}, sharpness ${sharpness}`);
  });
}

function build(frame, arrays, now) {
  const { radii, pixel_counts: counts } = frame.meta;
  const setRadius = (radius) => frame.set({ radius });
  const images = imagePanels(frame.meta, arrays, now);
  const plots = curves(arrays, frame.meta, setRadius);
  const best = indexOfMax(arrays.snr.values());
  const slider = createSlider({
    label: "Radius of the sum",
    min: 1,
    max: radii.length,
    unit: "px",
    onInput: setRadius,
    ticks: best >= 0 ? [{ value: radii[best], label: "highest SNR" }] : [],
    text: (value) => `${value} pixels, ${counts[value - 1]} of ${counts.at(-1)} detector pixels`,
  });
  const layout = columns([images.disk], [images.axial, images.incoherent]);
  layout[0].append(plots.snr.node);
  layout[1].append(plots.sharpness.node);
  frame.panels.append(...layout);
  frame.controls.append(slider.node);
  return { images, plots, slider };
}

function imagePanels(meta, { disk, ring, series }, now) {
  const shape = series.shape.slice(1);
  const scan = { shape, pixelSize: meta.scan_sampling, unit: "Å" };
  const readout = (values) => (row, column) => scanReadout(meta, row, column, values()[row * shape[1] + column]);
  const [top, left] = meta.disk_origin;
  return {
    disk: tintedDisk(disk, ring, {
      ...milliradians(meta),
      name: "disk",
      title: "Bright-field disk",
      shape: disk.shape,
      legend: false,
      readout: (row, column) =>
        detectorReadout(meta, row + top, column + left, disk.values()[row * disk.shape[1] + column]),
    }),
    axial: createImagePanel({
      ...scan,
      name: "axial",
      title: "Sum of axial pixels",
      frame: "axial",
      readout: readout(now.axial),
    }),
    incoherent: createImagePanel({
      ...scan,
      name: "incoherent",
      title: "Sum of the whole disk",
      frame: "disk",
      readout: readout(now.whole),
    }),
  };
}

// The greys stay while the radius moves; only the tint is mixed anew.
function tintedDisk(disk, ring, options) {
  const panel = createImagePanel(options);
  const gray = new Uint8ClampedArray(4 * disk.size);
  panel.drawTinted = (contrast, cmap, radius, newLook) => {
    const values = disk.values();
    if (newLook) mapColours(values, limits(values, contrast), colourTable(cmap), gray);
    panel.draw((rgba) => {
      rgba.set(gray);
      tintRings(rgba, ring.raw, radius);
    });
  };
  return panel;
}

function curves({ snr, sharpness }, { radii, snr_floor: value }, onRadius) {
  const onPick = (index) => onRadius(index + 1);
  const floor = value > 0 ? { value, label: "noise alone lies mostly below" } : undefined;
  const common = { x: radii, xLabel: "radius (px)", onPick };
  return {
    snr: createPlot({ name: "snr", title: "Signal-to-noise ratio", y: snr.values(), floor, ...common }),
    sharpness: createPlot({ name: "sharpness", title: "Sharpness", y: sharpness.values(), ...common }),
  };
}

/** A ratio that noise alone could give is no measurement of a signal. */
const drowned = ({ snr }, { snr_floor: floor }, j) => (snr.values()[j] < floor ? " (no more than noise)" : "");

/** In words where a sentence is read out: few pixels have a ratio of nothing by nothing. */
const inWords = (value) => (Number.isFinite(value) ? compact(value, 2) : "not measurable");

/** Draw both curves; returns what they say at the radius, for a sentence. */
function paintCurves(plots, arrays, radii, j) {
  const at = `at ${plural(radii[j], "pixel")}`;
  const paint = (name, title) => {
    const value = arrays[name].values()[j];
    plots[name].paint(j, compact(value, 2), `${title} against radius; ${inWords(value)} ${at}`);
    return inWords(value);
  };
  return { snr: paint("snr", "Signal-to-noise ratio"), sharpness: paint("sharpness", "Sharpness") };
}

function describe({ disk, axial, incoherent }, radius, count, total) {
  disk.setAlt(
    `Bright-field disk, ${total} pixels in cyan; the ${count} pixels within ${radius} pixels of the centre in magenta`,
  );
  axial.setAlt(`Virtual image, sum of the ${count} axial pixels`);
  incoherent.setAlt(`Incoherent image, sum of all ${total} pixels of the disk`);
}

function downloads({ series, snr, sharpness }, radii, counts, now) {
  return [
    {
      label: "Curves (CSV)",
      file: "curves.csv",
      content: () =>
        csvText({ radius_px: radii, pixels: counts, snr: snr.values(), sharpness: sharpness.values() }),
    },
    {
      label: "Image (npy)",
      file: "axial.npy",
      content: () => npyBytes(now.axial(), series.shape.slice(1)),
    },
  ];
}

function indexOfMax(values) {
  let best = -1;
  for (let i = 0; i < values.length; i++)
    if (Number.isFinite(values[i]) && (best < 0 || values[i] > values[best])) best = i;
  return best;
}
