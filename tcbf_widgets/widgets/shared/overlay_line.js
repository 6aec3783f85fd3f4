// A line over a picture, on top of its halo: seen on every picture, and on the page where a picture has gaps.
import { s, setAttribute } from "./dom.js";

/** Add such a line to an overlay, by the classes of both; returns paint(d). */
export function overlayLine(overlay, line, halo = `${line}-halo`) {
  const paths = [halo, line].map((name) => s("path", { class: name }));
  overlay.append(...paths);
  return (d) => {
    for (const path of paths) setAttribute(path, "d", d);
  };
}
