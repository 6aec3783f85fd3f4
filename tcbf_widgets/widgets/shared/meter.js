// A number between nothing and what can be had, as a bar beside a title.
import { h, s, setAttribute, setText } from "./dom.js";
import { clamp } from "./numbers.js";

/** createMeter(label): {node, paint(share or NaN, text)}; 1 fills the bar. */
export function createMeter(label) {
  const bar = s("rect", { class: "tcbf-meter-bar", x: 0, y: 0, height: 8, width: 0 });
  const track = s("rect", { class: "tcbf-meter-track", x: 0, y: 0, height: 8, width: 100 });
  const said = h("span", { class: "tcbf-meter-value" });
  const node = h(
    "span",
    { class: "tcbf-meter", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 },
    h("span", { class: "tcbf-meter-label", "aria-hidden": "true" }, label.toLowerCase()),
    s("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, track, bar),
    said,
  );
  return {
    node,
    paint(share, text) {
      const percent = Number.isNaN(share) ? 0 : Math.round(100 * share);
      setAttribute(bar, "width", clamp(percent, 0, 100));
      setAttribute(node, "aria-valuenow", clamp(percent, 0, 100));
      setAttribute(node, "aria-valuetext", text);
      setText(said, text);
    },
  };
}
