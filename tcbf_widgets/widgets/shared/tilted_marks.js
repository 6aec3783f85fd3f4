// Marks over the pictures of TiltedIllumination: the disk and the chosen pixel, and where its image should lie.
import { s, setAttribute, setText } from "./dom.js";
import { textLayer } from "./frequency_plane.js";
import { clamp, fixed } from "./numbers.js";
import { overlayLine } from "./overlay_line.js";
import { arrowPath, circlePath } from "./quiver.js";

/** Add disk and pixel to the picture of the detector, `step` 1/Å a pixel; returns paint([ky, kx]). */
export function pixelMark({ overlay }, size, step, rim) {
  overlayLine(overlay, "tcbf-arrows-mask", "tcbf-limit-halo")(circlePath(size / 2, size / 2, rim / step));
  const point = overlayLine(overlay, "tcbf-point");
  return ([ky, kx]) => point(`M${size / 2 + kx / step} ${size / 2 + ky / step}h.01`);
}

/**
 * Add a cross where the axial image lies, and an arrow from there to where this one should lie, with its length, from
 * 1 Å on. Returns paint([y, x] in Å), or paint(null) where there is no such place.
 */
export function shiftMark({ overlay, picture }, [height, width], sampling) {
  // the middle of the field is a corner of four pixels
  const [y0, x0] = [height / 2, width / 2];
  const arrow = overlayLine(overlay, "tcbf-arrows tcbf-arrows-predicted", "tcbf-arrows tcbf-arrows-halo");
  overlayLine(overlay, "tcbf-limit tcbf-divider", "tcbf-limit-halo")(`M${x0 - 6} ${y0}h12M${x0} ${y0 - 6}v12`);
  overlay.classList.add("tcbf-clipped");
  const line = s("tspan");
  const label = s("text", { class: "tcbf-overlaytext", "text-anchor": "middle" }, line);
  picture.append(textLayer(label));
  return (shift) => {
    const [y, x] = (shift ?? [0, 0]).map((length) => length / sampling);
    const d = shift ? arrowPath(x0, y0, x, y, 10) : "";
    arrow(d);
    const far = shift ? Math.hypot(...shift) : 0;
    setText(line, far >= 1 ? `${fixed(far, 0)} Å` : "");
    // beyond the tip, where it hides neither arrow nor cross
    const length = Math.hypot(y, x);
    const [up, right] = length > 0.5 ? [y / length, x / length] : [-1, 0];
    setAttribute(line, "x", `${share(x0 + x + 24 * right, width)}%`);
    setAttribute(line, "y", `${share(y0 + y + 16 * up + 5, height)}%`);
  };
}

const share = (at, size) => clamp((100 * at) / size, 9, 91).toFixed(2);
