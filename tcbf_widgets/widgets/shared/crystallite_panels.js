// The pictures of CrystalliteMap, and what is read in them.
import * as words from "./crystallite_words.js";
import { h } from "./dom.js";
import { createImagePanel } from "./image_panel.js";
import { compact, fixed } from "./numbers.js";
import { detectorReadout, milliradians, scanReadout } from "./readout.js";
import { createSelect } from "./slider.js";

/** Panels {field, detector, labels}, and the select above the detector, which calls show("all" or "one"). */
export function makePanels(now, meta, show) {
  const { scan_unit: unit, scan_sampling: step, binning } = meta;
  const coarse = step.map((size) => size * binning);
  const inScan = (row, column, value, [dy, dx]) =>
    unit === "px" ? [`y ${row}, x ${column} px`, value] : scanPlace(row, column, value, [dy, dx]);
  const field = createImagePanel({
    name: "field",
    title: "",
    shape: now.fieldShape,
    pixelSize: coarse,
    unit,
    frame: "axial",
    readout: (row, column) => inScan(row, column, compact(now.field()[row * now.fieldShape[1] + column], 3), coarse),
  });
  const labels = createImagePanel({
    name: "labels",
    title: "",
    shape: now.scan,
    pixelSize: step,
    bar: false, // that of the virtual dark field holds for it
    legend: false,
    readout: (row, column) => inScan(row, column, words.crystallite(now.numberAt(row, column), now.cut.sizes), step),
  });
  return { field, labels, ...detectorPanel(now, meta, show) };
}

const scanPlace = (row, column, text, step) => [scanReadout({ scan_sampling: step }, row, column, 0)[0], text];

function detectorPanel(now, { detector }, show) {
  const known = Boolean(detector.wavelength);
  const select = createSelect({
    label: "Pattern",
    quiet: true,
    options: [
      ["all", "All frames"],
      ["one", "Crystallite"],
    ],
    onInput: show,
  });
  const how = h("span");
  const panel = createImagePanel({
    ...(known ? milliradians(detector) : {}),
    name: "detector",
    title: h("span", { class: "tcbf-choosetitle" }, select.node, how),
    shape: detector.shape,
    legend: now.hasMap || now.hasPatterns,
    readout: (row, column) => {
      const text = detectorValue(now, now.detector()[row * detector.shape[1] + column]);
      return known ? detectorReadout(detector, row, column, text) : [`y ${row}, x ${column} px`, text];
    },
  });
  return { detector: panel, select, how };
}

function detectorValue(now, value) {
  if (now.node !== null && now.hasPatterns) return `mean ${compact(value * value, 3)}`;
  return now.hasMap ? `ln(1 + s) ${fixed(value, 2)}` : "";
}
