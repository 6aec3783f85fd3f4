// A labelled native range with its ends, marks at meaningful values, and the value as an editable number.
import { h, setAttribute, setText, uniqueId } from "./dom.js";
import { clamp, MINUS, nearest } from "./numbers.js";

/**
 * createSlider({label, min, max, step, unit, ticks: [{value, label}], text: value -> aria text, ends: [low, high],
 * values, scale, decimals, onInput}) returns {node, paint(value, {max})}. With `values`, the slider counts through a
 * list and the entry shows and takes its values (the nearest one). With `scale` (what one `unit` is in the slider's own
 * numbers, 10 for nm of a slider in Å) the entry shows `decimals` and takes any number, also between two steps. With
 * `log`, the slider counts `step`s of the decimal logarithm, and gives numbers of three digits; where `min` is 0, its
 * lowest place is 0, and the next one `least`.
 */
export function createSlider({
  label,
  min,
  max,
  step = 1,
  unit = "",
  ticks = [],
  text,
  values = null,
  scale = null,
  decimals = 0,
  log = false,
  least = min,
  ends,
  onInput,
}) {
  if (log) scale = 1;
  const { toRange, fromRange } = log ? logarithmic({ min, max, least, step }) : { toRange: Number, fromRange: Number };
  const written = (value) => (values ? values[value] : scale ? Number((value / scale).toFixed(decimals)) : value);
  const { node, range, entry, endMarks } = sliderNodes({
    label,
    min: toRange(min),
    max: toRange(max),
    step,
    unit,
    ticks,
    values: values ?? (scale ? [written(min), written(max)] : null),
    decimals,
    ends: ends ?? [written(min), written(max)].map((end) => String(end).replace("-", MINUS)),
  });
  const typed = (number) => {
    if (values) return nearest(values, number);
    if (log) return clamp(number, min, max);
    if (scale) return clamp(number * scale, Number(range.min), Number(range.max));
    return clamp(Math.round(number / step) * step, Number(range.min), Number(range.max));
  };
  range.addEventListener("input", () => onInput(fromRange(range.value)));
  entry.addEventListener("change", () => {
    const number = entry.value.trim() === "" ? NaN : Number(entry.value);
    if (Number.isFinite(number)) onInput(typed(number));
    entry.value = written(shown);
  });
  // letters and Space typed here are not commands
  entry.addEventListener("keydown", (event) => event.stopPropagation());
  entry.addEventListener("beforeinput", commaAsPoint);

  let shown = fromRange(range.value);
  const paint = (value, { max: newMax = Number(range.max) } = {}) => {
    if (Number(range.max) !== newMax) {
      setAttribute(range, "max", newMax);
      setAttribute(entry, "max", newMax);
      setText(endMarks[1], String(newMax));
    }
    range.disabled = entry.disabled = newMax <= Number(range.min);
    range.value = toRange(value);
    shown = value;
    if (Number(entry.value) !== written(value) || entry.value === "") entry.value = written(value);
    if (text) setAttribute(range, "aria-valuetext", text(value));
  };
  return { node, range, paint };
}

function logarithmic({ min, max, least, step }) {
  const first = Math.log10(least);
  return {
    toRange: (value) => (value < least ? first - step : Math.log10(value)),
    fromRange: (text) => (Number(text) < first - step / 2 ? min : clamp(Number((10 ** text).toPrecision(3)), least, max)),
  };
}

// Half of the world writes 1,5; where the browser does not know that comma it would drop it, and read 15.
function commaAsPoint(event) {
  if (event.data !== ",") return;
  event.preventDefault();
  document.execCommand("insertText", false, ".");
}

function sliderNodes({ label, min, max, step, unit, ticks, values, decimals, ends }) {
  const id = uniqueId("slider");
  const range = h("input", { type: "range", id, min, max, step });
  const [least, most] = values ? [Math.min(...values), Math.max(...values)] : [min, max];
  const long = (value) => String(decimals ? Math.trunc(value) : value).length;
  const digits = Math.max(long(most), long(least)) + (decimals ? decimals + 1 : 0);
  const entry = h("input", {
    type: "number",
    class: "tcbf-entry",
    min: least,
    max: most,
    step: values ? "any" : step,
    style: `width:${digits + 2.5}ch`,
    "aria-label": `${label}, typed${unit ? ` (${unit})` : ""}`,
  });
  const endMarks = ends.map((end) => h("span", { class: "tcbf-end", "aria-hidden": "true" }, String(end)));
  const trackClass = ticks.length ? "tcbf-track tcbf-marked" : "tcbf-track";
  const track = h("span", { class: trackClass }, range, ...ticks.map((tick) => mark(tick, min, max)));
  const node = h(
    "div",
    { class: "tcbf-slider" },
    h("label", { for: id }, label),
    h("span", { class: "tcbf-value" }, entry, unit ? h("span", { class: "tcbf-unit" }, unit) : null),
    h("span", { class: "tcbf-line" }, endMarks[0], track, endMarks[1]),
  );
  return { node, range, entry, endMarks };
}

// The middle of the thumb travels between 8 px from either end.
function mark({ value, label }, min, max) {
  const share = (value - min) / (max - min || 1);
  const side = share > 0.75 ? "tcbf-mark-left" : share < 0.25 ? "tcbf-mark-right" : "";
  return h(
    "span",
    { class: `tcbf-mark ${side}`, style: `left:calc(8px + ${share} * (100% - 16px))` },
    h("span", {}, label),
  );
}

/** A labelled <select>; a quiet one has its label for assistive technology only. options: [[value, text]] */
export function createSelect({ label, options, quiet = false, text = String, onInput }) {
  const id = uniqueId("select");
  const select = h(
    "select",
    { id, "aria-label": quiet ? label : null },
    ...options.map(([value, text]) => h("option", { value }, text)),
  );
  select.addEventListener("change", () => onInput(select.value));
  const node = h("div", { class: "tcbf-choice" }, quiet ? null : h("label", { for: id }, label), select);
  const paint = (value) => {
    if (select.value === String(value)) return;
    select.value = String(value);
    // Python may set what the list does not offer
    if (select.selectedIndex < 0) select.append(h("option", { value, selected: true }, text(value)));
  };
  return { node, select, paint };
}
