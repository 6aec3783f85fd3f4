// Marks over a picture of the frequency plane, its zero in the middle.
import { s, setAttribute, setText } from "./dom.js";
import { overlayLine } from "./overlay_line.js";
import { circlePath } from "./quiver.js";
import { scaleBar } from "./scalebar.js";

/** Add a scale bar to a picture; returns paint(width of the picture in 1/Å). */
export function frequencyBar(picture) {
  const label = s("text", { x: "50%", y: "14" });
  const line = s("rect", { y: "20", width: "100%", height: "3" });
  const bar = s("svg", { class: "tcbf-scalebar", "aria-hidden": "true" }, label, line);
  picture.append(bar);
  return (width) => {
    const { fraction, label: text } = scaleBar(width, "1/Å");
    setAttribute(bar, "style", `width:${100 * fraction}%`);
    setText(label, text);
  };
}

/** Add the circle |q| = limit and its label to a panel of size x size pixels; returns paint(limit, reach). */
export function limitMark({ picture, overlay }, size) {
  const paint = overlayLine(overlay, "tcbf-limit");
  const label = overlayText("2α/λ");
  overlay.classList.add("tcbf-clipped");
  picture.append(textLayer(label));
  return (limit, reach) => {
    const share = limit / reach;
    const d = share < 1.4 ? circlePath(size / 2, size / 2, (share * size) / 2) : "";
    paint(d);
    // at its upper right; outside as far as there is room
    const at = 50 * share * Math.SQRT1_2;
    const [right, top] = [50 + at, 50 - at];
    if (share > 1.15) placeText(label, right, top, { anchor: "end", dx: -4, dy: 14 });
    else if (right > 78) placeText(label, 100, top, { anchor: "end", dx: -4, dy: -2 });
    else placeText(label, right, top, { dx: 2, dy: -2 });
    setAttribute(label, "display", d ? "inline" : "none");
  };
}

/** Add the rectangle of the scan's Nyquist frequencies [y, x] and its label to a panel; returns paint(reach). */
export function nyquistMark({ picture, overlay }, size, [y, x]) {
  const paint = overlayLine(overlay, "tcbf-limit tcbf-divider", "tcbf-limit-halo");
  const label = overlayText("scan\u2019s\nNyquist");
  picture.append(textLayer(label));
  return (reach) => {
    const [top, left] = [y, x].map((q) => (size / 2) * (1 - q / reach));
    paint(`M${left} ${top}H${size - left}V${size - top}H${left}z`);
    // beside its corner; inside where there is no room
    const [right, height] = [50 * (1 + x / reach), 50 * (1 - y / reach)];
    if (right < 66) placeText(label, right, height, { anchor: "start", dx: 5, dy: 10 });
    else placeText(label, 100 - right, height, { anchor: "start", dx: 5, dy: 14 });
  };
}

/** A layer for texts whose size does not follow that of the picture; their places are shares of it. */
export const textLayer = (...texts) =>
  s("svg", { class: "tcbf-overlay tcbf-clipped", "aria-hidden": "true" }, ...texts);

/** A text of one line or more at `left` and `top` percent of a picture, moved by dx and dy screen pixels. */
export function overlayText(text, left = 0, top = 0, options = {}) {
  const lines = text.split("\n").map((line) => s("tspan", {}, line));
  return placeText(s("text", { class: "tcbf-overlaytext" }, ...lines), left, top, options);
}

/** Move such a text. */
export function placeText(label, left, top, { anchor = "start", dx = 0, dy = 0 }) {
  setAttribute(label, "y", `${top.toFixed(2)}%`);
  setAttribute(label, "text-anchor", anchor);
  [...label.children].forEach((line, i) => {
    const place = { x: `${left.toFixed(2)}%`, dx, dy: i ? 14 : dy };
    for (const [name, value] of Object.entries(place)) setAttribute(line, name, value);
  });
  return label;
}
