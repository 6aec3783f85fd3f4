// Marks over a picture of the frequency plane, its zero in the middle.
import { s, setAttribute, setText } from "./dom.js";
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

/** Path of the circle |q| = limit in a picture of size pixels that ends at reach; none if it lies outside. */
export function limitCircle(limit, reach, size) {
  const radius = ((limit / reach) * size) / 2;
  return radius < size * 0.75 ? circlePath(size / 2, size / 2, radius) : "";
}

/** Path of the rectangle |q_y| <= y, |q_x| <= x. */
export function nyquistBox([y, x], reach, size) {
  const [top, left] = [y, x].map((q) => (size / 2) * (1 - q / reach));
  return `M${left} ${top}H${size - left}V${size - top}H${left}z`;
}

export const overlayText = (label, x, y, anchor = "middle") =>
  s("text", { class: "tcbf-overlaytext", x, y, "text-anchor": anchor }, label);
