// Sliders for a lens: the first orders in sight, the rest folded away; each returns to its first value by a button.
import { createCheckbox } from "./checkbox.js";
import { h, s, setAttribute, setText } from "./dom.js";
import { COEFFICIENTS } from "./explorer_state.js";
import { clamp, fixed } from "./numbers.js";
import { createSlider } from "./slider.js";

export const LABELS = {
  defocus: "Defocus",
  rotation_deg: "Rotation",
  C12x: "Astigmatism C12x",
  C12y: "Astigmatism C12y",
  C21x: "Coma C21x",
  C21y: "Coma C21y",
  C23x: "Three-fold C23x",
  C23y: "Three-fold C23y",
  C30: "C30",
};
const MAIN = ["defocus", "rotation_deg", "C12x", "C12y"];
const MORE = COEFFICIENTS.filter((name) => !MAIN.includes(name));
const NOT_FITTED = "not fitted";
const RESET = "M3.5 8.5a4.5 4.5 0 1 0 1.6-3.4M5 2v3.4h3.4";

export const decimalsOf = (unit) => ({ "°": 1, nm: 0 })[unit] ?? 2;

/** A value in the unit of its slider, "1.50 µm". */
export function written({ unit, scale }, value) {
  const text = fixed(value / scale, decimalsOf(unit));
  return unit === "°" ? `${text}°` : `${text} ${unit}`;
}

const NAMED = 3; // coefficients in the sentence; more than that nobody listens to

/** The coefficients that are not 0, as ["coma C21x 100 µm"], with about three digits. */
export function othersInWords(ranges, values) {
  const others = COEFFICIENTS.filter((name) => name !== "defocus" && values[name] !== 0);
  const said = others.slice(0, NAMED).map((name) => {
    const { unit, scale } = ranges[name];
    const digits = 2 - Math.floor(Math.log10(Math.abs(values[name] / scale)));
    const label = LABELS[name].replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
    return `${label} ${fixed(values[name] / scale, clamp(digits, 0, decimalsOf(unit)))} ${unit}`;
  });
  if (others.length > NAMED) said[NAMED - 1] += ` and ${others.length - NAMED} more`;
  return said;
}

/**
 * createLensSliders({frame, reveal}): sliders named after the model's traits, with the ranges and the fit of its meta.
 * Returns {nodes, paint(values, revealed)}.
 */
export function createLensSliders({ frame, reveal }) {
  const { get, set, reset, meta } = frame;
  const slider = (name) =>
    createLensSlider(frame, name, meta.fitted.includes(name) ? [{ value: meta.fit[name], label: "fit" }] : []);
  const sliders = Object.fromEntries([...MAIN, ...MORE].map((name) => [name, slider(name)]));
  const exchange = createCheckbox("Detector axes exchanged", (transpose) => set({ transpose }));
  const button = h("button", { type: "button", onclick: reveal }, "Reveal the fit");
  const all = h("button", { type: "button", onclick: reset }, "Reset all");
  const row = h(
    "div",
    { class: "tcbf-lens-row" },
    exchange.node,
    h("span", { class: "tcbf-lens-buttons" }, meta.fit ? button : null, all),
  );
  const more = h(
    "details",
    { class: "tcbf-lens-more" },
    h("summary", {}, "Higher orders"),
    h("div", { class: "tcbf-lens" }, ...MORE.map((name) => sliders[name].node)),
  );
  frame.controls.classList.add("tcbf-lens");
  more.open = MORE.some((name) => get(name) !== 0);
  const unfitted = [...MAIN, ...MORE].filter((name) => !meta.fitted.includes(name));
  const painted = {};
  return {
    nodes: [...MAIN.map((name) => sliders[name].node), row, more],
    paint(values, revealed) {
      // one moves, as a rule: the others cost nothing
      for (const [name, { paint }] of Object.entries(sliders)) {
        if (painted[name] !== values[name]) paint((painted[name] = values[name]));
      }
      exchange.paint(values.transpose);
      setText(button, revealed ? "Back to the fit" : "Reveal the fit");
      setAttribute(frame.root, "data-revealed", revealed);
      // where no tick tells what was found
      for (const name of meta.fit ? unfitted : []) setAttribute(sliders[name].range, "title", revealed ? NOT_FITTED : "");
    },
  };
}

/** The slider of one of the model's traits, with the range of its meta, marks, and a button back to its first value. */
export function createLensSlider({ set, first, meta }, name, ticks) {
  const range = meta.ranges[name];
  const made = createSlider({
    label: LABELS[name],
    min: range.least ?? -range.most,
    max: range.most,
    step: range.step,
    unit: range.unit,
    scale: range.scale,
    decimals: decimalsOf(range.unit),
    ticks,
    text: (value) => written(range, value),
    onInput: (value) => set({ [name]: value }),
  });
  made.node.querySelector(".tcbf-value").append(resetButton(LABELS[name], () => set({ [name]: first(name) })));
  return made;
}

function resetButton(label, onclick) {
  const name = `Reset ${label}`;
  return h(
    "button",
    { type: "button", class: "tcbf-reset", "aria-label": name, title: name, onclick },
    s("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: RESET })),
  );
}
