// Aberrations fitted to the measured shifts, for every choice of orders: how well they are known, and what is left over.
import { unpackArray } from "./shared/arrays.js";
import { createCoefficientTable, measured } from "./shared/coefficient_table.js";
import { percentiles } from "./shared/contrast.js";
import { h, setText } from "./shared/dom.js";
import { modelOver } from "./shared/field_key.js";
import { AXES_REACH, createFieldPanel } from "./shared/field_panel.js";
import { ANGULAR, RADIAL, coefficientTable, fitState } from "./shared/fit_state.js";
import { createFrame } from "./shared/frame.js";
import { columns } from "./shared/image_panel.js";
import { npyBytes } from "./shared/npy.js";
import { fixed, plural } from "./shared/numbers.js";
import { followPairs } from "./shared/pointed_pair.js";
import { createSlider } from "./shared/slider.js";

const NAMES = ["pixels", "measured"];
const ORDERS = ["max_radial_order", "max_angular_order"];

const read = (model) =>
  Object.fromEntries(NAMES.map((name) => [name, unpackArray(model.get("arrays")[name], name)]));

export function whatIsMissing(model) {
  if (!read(model).pixels.size) return "There are no shifts to fit: no detector pixel was selected. Lower the threshold.";
  const { fits } = model.get("meta");
  return fits.every(({ error }) => error) ? `There is nothing to fit: ${fits[0].error}.` : "";
}

export function show({ model, el, signal }) {
  const meta = model.get("meta");
  const now = fitState(model, read(model), meta);
  const frame = createFrame({ model, el, signal, traits: ORDERS, downloads: () => downloads(now) });
  const { get } = frame;
  const parts = build(frame, now, meta);
  parts.field.onLayout = () => drawField(parts.field, now);
  frame.watch((changed) => {
    parts.map.picture.classList.toggle("tcbf-smooth", Boolean(get("smooth")));
    if (ORDERS.some((name) => changed.has(name))) drawField(parts.field, now);
    const [high] = percentiles(now.residual(), [get("contrast")[1]]) ?? [1];
    parts.map.drawMap(now.residual(), [0, high], get("cmap"));
    parts.table.paint(now.fit());
    setText(parts.note, signText(now.fit()));
    parts.sliders.forEach((slider, i) => slider.paint(get(ORDERS[i])));
    describe(parts, frame, now, meta);
  });
}

function build(frame, now, meta) {
  const panel = (title, reach, readout) =>
    createFieldPanel({
      title,
      keys: modelOver("fitted", "measured"),
      radius: now.radius,
      longest: meta.longest,
      half: reach * now.radius,
      map: now.map,
      readout,
    });
  const field = panel("Shifts", AXES_REACH, () => "");
  field.refresh = followPairs(field, { k: now.cells.k, arrows: now.fitted, rings: () => now.cells.measured });
  const map = panel(meta.groups ? "Residual of the groups" : "Residual", 1.1, (y, x) => `${fixed(valueAt(now, y, x), 1)} Å`);
  field.show("both");
  map.show("residual");
  const table = createCoefficientTable(now.radius * meta.wavelength);
  const note = h("p", { class: "tcbf-unit tcbf-note" });
  frame.panels.append(...columns([field], [map]));
  frame.panels.after(h("div", { class: "tcbf-numbers" }, table.node, note));
  const labels = ["Highest radial order m", "Highest angular order n"];
  const sliders = [RADIAL, ANGULAR].map(([min, max], i) =>
    createSlider({ label: labels[i], min, max, onInput: (order) => frame.set({ [ORDERS[i]]: order }) }),
  );
  frame.controls.append(...sliders.map(({ node }) => node));
  return { field, map, table, note, sliders };
}

function drawField(field, now) {
  field.drawTips("measured", now.cells.k, now.cells.measured);
  field.drawArrows("fitted", now.cells.k, now.fitted());
  field.refresh();
}

function valueAt(now, ky, kx) {
  const { shape, corner, step } = now.map;
  const row = Math.floor((ky - corner[0]) / step[0]);
  const column = Math.floor((kx - corner[1]) / step[1]);
  const inside = row >= 0 && column >= 0 && row < shape[0] && column < shape[1];
  return inside ? now.residual()[row * shape[1] + column] : NaN;
}

function signText({ error, sign_confidence: confidence }) {
  if (error) return "";
  const twin = "The same shifts follow from the opposite defocus and a rotation by 180°.";
  if (confidence === null) return `${twin} The sign was given.`;
  return `${twin} The contrast speaks for this sign by ${fixed(confidence, 1)} standard deviations.`;
}

function describe({ field, map }, frame, now, meta) {
  const fit = now.fit();
  const orders = `orders up to m = ${now.radial()}, n = ${now.angular()}`;
  if (fit.error) {
    field.setAlt("Measured shifts over the bright-field disk; there is no fit");
    map.setAlt("No residual: there is no fit");
    map.setMapAlt("No residual: there is no fit");
    map.setRest("");
    return frame.say(`${orders}: not determined. ${fit.error}`);
  }
  const rms = `${fixed(now.rms(), 2)} Å rms`;
  const { values, uncertainties: known } = fit;
  const count = plural(Object.keys(values).length + 1, "parameter");
  const defocus = `${measured(-values.C10 / 1e4, (known.C10 ?? NaN) / 1e4)} µm`;
  const rotation = `${measured(fit.rotation_deg, known.rotation_deg ?? NaN)}°`;
  field.setAlt(`Fitted shifts as arrows, measured ones as rings, over the bright-field disk; residual ${rms}`);
  map.setAlt("Outline of the bright-field disk");
  map.setMapAlt(`Distance of measured from fitted shifts, one for each group of pixels; ${rms}`);
  map.setRest(rms);
  frame.say(
    `${orders}: ${count} from ${plural(meta.groups, "group")} of pixels; defocus ${defocus}, rotation ${rotation}; ` +
      `residual ${rms}`,
  );
}

function downloads(now) {
  return [
    {
      label: "Coefficients (CSV)",
      file: "coefficients.csv",
      content: () => coefficientTable(now.fit()),
    },
    { label: "Residual (npy)", file: "residual.npy", content: () => npyBytes(now.residual(), now.map.shape) },
  ];
}
