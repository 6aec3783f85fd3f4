// A labelled native range with its ends, marks at meaningful values, and the value as an editable number.
import { h, setAttribute, setText, uniqueId } from "./dom.js";
import { clamp } from "./numbers.js";

/**
 * createSlider({label, min, max, step, unit, ticks: [{value, label}], text: value -> aria text, ends: [low, high],
 * onInput}) returns {node, paint(value, {max})}.
 */
export function createSlider({ label, min, max, step = 1, unit = "", ticks = [], text, ends, onInput }) {
  const id = uniqueId("slider");
  const range = h("input", { type: "range", id, min, max, step });
  const digits = Math.max(String(max).length, String(min).length);
  const entry = h("input", {
    type: "number", class: "tcbf-entry", min, max, step, style: `width:${digits + 2.5}ch`,
    "aria-label": `${label}, typed${unit ? ` (${unit})` : ""}`,
  });
  const ends_ = (ends ?? [min, max]).map((end) => h("span", { class: "tcbf-end", "aria-hidden": "true" }, String(end)));
  const node = h("div", { class: "tcbf-slider" },
    h("label", { for: id }, label),
    h("span", { class: "tcbf-value" }, entry, unit ? h("span", { class: "tcbf-unit" }, unit) : null),
    h("span", { class: "tcbf-line" }, ends_[0],
      h("span", { class: ticks.length ? "tcbf-track tcbf-marked" : "tcbf-track" }, range, ...ticks.map((tick) => mark(tick, min, max))), ends_[1]));

  range.addEventListener("input", () => onInput(Number(range.value)));
  entry.addEventListener("change", () => {
    const typed = entry.value.trim() === "" ? NaN : Number(entry.value);
    if (Number.isFinite(typed)) onInput(clamp(Math.round(typed / step) * step, Number(range.min), Number(range.max)));
    entry.value = range.value;
  });
  entry.addEventListener("keydown", (event) => event.stopPropagation());

  const paint = (value, { max: newMax = Number(range.max), ends: newEnds } = {}) => {
    if (Number(range.max) !== newMax) {
      setAttribute(range, "max", newMax);
      setAttribute(entry, "max", newMax);
      if (!newEnds) setText(ends_[1], String(newMax));
    }
    if (newEnds) ends_.forEach((end, i) => setText(end, String(newEnds[i])));
    range.disabled = entry.disabled = newMax <= min;
    range.value = value;
    if (document.activeElement !== entry || Number(entry.value) !== value) entry.value = value;
    if (text) setAttribute(range, "aria-valuetext", text(value));
  };
  return { node, range, paint };
}

// The middle of the thumb travels between 8 px from either end.
function mark({ value, label }, min, max) {
  const share = (value - min) / (max - min || 1);
  const side = share > 0.75 ? "tcbf-mark-left" : share < 0.25 ? "tcbf-mark-right" : "";
  return h("span", { class: `tcbf-mark ${side}`, style: `left:calc(8px + ${share} * (100% - 16px))` }, h("span", {}, label));
}

/** A labelled <select>. options: [[value, text]] */
export function createSelect({ label, options, onInput }) {
  const id = uniqueId("select");
  const select = h("select", { id }, ...options.map(([value, text]) => h("option", { value }, text)));
  select.addEventListener("change", () => onInput(select.value));
  const node = h("div", { class: "tcbf-choice" }, h("label", { for: id }, label), select);
  return { node, select, paint: (value) => { if (select.value !== String(value)) select.value = String(value); } };
}
