// All masks at once, small: what the slider goes through.
import { paintGroups } from "./colour.js";
import { h, setAttribute } from "./dom.js";
import { plural } from "./numbers.js";

const NONE_CHOSEN = -2;

/** levels are functions that give {map, shape, count}; returns {node, paint(chosen index)}. */
export function createFilmstrip(bins, levels, onPick) {
  const buttons = levels.map((level, index) => frameButton(level(), bins[index], () => onPick(index)));
  const paint = (chosen) => buttons.forEach((button, i) => setAttribute(button, "aria-pressed", i === chosen));
  return { node: h("div", { class: "tcbf-strip", role: "group", "aria-label": "Bins" }, ...buttons), paint };
}

function frameButton({ shape, map, count }, bin, onclick) {
  const [height, width] = shape;
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  paintGroups(map, NONE_CHOSEN, pixels.data);
  context.putImageData(pixels, 0, 0);
  const size = h("span", { class: "tcbf-unit" }, plural(count, "group"));
  return h("button", { type: "button", onclick }, canvas, h("span", {}, `bin ${bin}`), size);
}
