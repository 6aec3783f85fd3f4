// Marks over the pictures of ProbeAndScan: positions, illuminated circles, the ends of the window, the chosen pattern.
import { s, setAttribute } from "./dom.js";
import { overlayText, placeText, textLayer } from "./frequency_plane.js";
import { overlayLine } from "./overlay_line.js";
import { circlePath } from "./quiver.js";
import { centres } from "./scan_lattice.js";

const dotSize = (step) => Math.min(1.6, Math.max(0.7, 0.2 * step)); // pixels of the object
const dots = (points) => points.map(([y, x]) => `M${x + 0.5} ${y + 0.5}h.01`).join("");

/** Add the illuminated circle to the picture of the probe; returns paint(radius in pixels). */
export function probeMark({ overlay }, size) {
  const circle = overlayLine(overlay, "tcbf-lit");
  overlay.classList.add("tcbf-clipped");
  return (radius) => circle(circlePath(size / 2 + 0.5, size / 2 + 0.5, radius));
}

/**
 * Add all positions, the chosen one with its circle and that of the next, and the ends of its window; returns
 * paint(lattice, radius).
 */
export function objectMarks({ overlay, picture }, size) {
  const names = ["tcbf-places tcbf-places-others", "tcbf-places", "tcbf-ends"];
  const [others, shown, ends] = names.map((name) => s("path", { class: name }));
  overlay.append(others, shown, ends);
  const [next, circle, point] = ["lit-next", "lit", "place"].map((name) => overlayLine(overlay, `tcbf-${name}`));
  const label = overlayText("window\u2019s end");
  overlay.classList.add("tcbf-clipped");
  picture.append(textLayer(label));
  let drawn = "";
  return (lattice, radius) => {
    const { step, block, centre } = lattice;
    const [y, x] = centre;
    const key = [step, block.row, block.column].join();
    if (key !== drawn) {
      const [inside, outside] = [[], []];
      for (const place of centres(lattice)) (inBlock(place, lattice) ? inside : outside).push(place);
      setAttribute(shown, "d", dots(inside));
      setAttribute(others, "d", dots(outside));
      setAttribute(shown, "stroke-width", dotSize(step));
      setAttribute(others, "stroke-width", 0.8 * dotSize(step));
      drawn = key;
    }
    const [top, left] = centre.map((at) => (at + size / 2) % size);
    setAttribute(ends, "d", `M0 ${top}H${size}M${left} 0V${size}`);
    circle(wrapped(y + 0.5, x + 0.5, radius, size));
    next(wrapped(y + 0.5, ((x + step) % size) + 0.5, radius, size));
    point(dots([centre]));
    placeText(label, ...besideEnds(left / size, top / size));
  };
}

// Beside the crossing of the ends, where there is room, or above the scale bar, beside the upright end alone; the circle
// is half of the object away.
function besideEnds(left, top) {
  const [right, below, bar] = [left > 0.5, top < 0.5, left < 0.8 && top > 0.7];
  return [100 * left, 100 * (bar ? top - 0.22 : top), { anchor: right ? "end" : "start", dx: right ? -4 : 4, dy: below ? 14 : -5 }];
}

const inBlock = (place, { step, block }) =>
  [block.row, block.column].every((first, axis) => {
    const index = place[axis] / step;
    return index >= first && index < first + block.side;
  });

// A circle on a picture that goes on periodically.
function wrapped(y, x, radius, size) {
  const copies = (at) => [-size, 0, size].map((by) => at + by).filter((to) => to > -radius && to < size + radius);
  return copies(y)
    .flatMap((row) => copies(x).map((column) => circlePath(column, row, radius)))
    .join("");
}

/** Add a frame around one picture of the mosaic; returns paint(lattice). The layer is `extent` wide and high. */
export function mosaicMark({ overlay }, extent, { pitch, gap }) {
  const frame = overlayLine(overlay, "tcbf-frame");
  return ({ indices, block }) => {
    const unit = extent / (block.side * pitch - gap); // the layer keeps its own width
    const [top, left] = [indices[0] - block.row, indices[1] - block.column].map((at) => at * pitch * unit);
    const edge = (pitch - gap) * unit;
    frame(`M${left} ${top}h${edge}v${edge}h${-edge}z`);
  };
}
